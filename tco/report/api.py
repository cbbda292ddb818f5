"""The main job: a scenario in, a folder with the HTML report, the executed notebook, CSVs and the manifest out.

All scenarios are read before the first report starts, so that a misspelt one costs no waiting. A report that fails
leaves nothing behind and does not keep the others from being made; the failures are told together at the end.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from tco import resources
from tco.errors import InputError, Problem
from tco.execution import Engine, forks
from tco.execution.pool import Pool
from tco.loading.loading import load_scenario
from tco.report import files
from tco.report.build import Made, make
from tco.report.notebook_run import ReportError, known_parameters, partial_text, read_notebook
from tco.report.page import print_page
from tco.report.parameters import NO_SCENARIO, SCENARIO, day_text, packed, whole_sizes
from tco.report.preload import ENVIRONMENT, NOTEBOOK, PRELOAD
from tco.report.task import Task


@dataclass(frozen=True)
class Report:
    """A finished report: the scenario's name, the folder of its files, the HTML page and the manifest's content."""

    scenario: str
    folder: Path
    html: Path
    manifest: Mapping[str, Any]

    @property
    def pdf(self) -> Path:
        """Where the printed page is, if it was printed."""
        return self.html.with_suffix(".pdf")


def report(
    scenarios: Sequence[str | Path | Mapping[str, Any]],
    *,
    fleet_sizes: Sequence[int] = (),
    out: str | Path = "reports",
    set: Mapping[str, Any] | None = None,
    today: date | str | None = None,
    notebook: str | Path | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: bool = True,
    timeout: float | None = None,
    engine: Engine | None = None,
    keep_draws: bool = True,
    pdf: str = "",
    workbook: str | Path | None = None,
) -> list[Report]:
    """Write one report per scenario into `out`/<scenario's name>/ and return them in order.

    scenarios: files, packaged names or dicts; none where the notebook has no parameter `scenario`. fleet_sizes:
    further numbers of clusters, shown beside the size that the scenario states. set: changes by path, for all
    scenarios. today: the date on the report; default: today's. notebook: another notebook than the packaged
    `fleet_comparison`; parameters: further parameters for it. progress: say on stderr what is being done. timeout:
    seconds a cell may take. engine: as of `tco.report.notebook_run.executed`. keep_draws: save the draws beside the
    report; otherwise its manifest says how to draw them again. pdf: print the page beside it with an installed
    Chromium, its `first-page` or the `whole`. workbook: a file that `tco.workbook` has written of the same scenario; a
    copy is put beside the page, which links to it (of one scenario only).

    Raises InputError when an input is wrong (nothing is written) and ReportError when a report could not be made; what
    its notebook has run until then is in `out`/<name>.failed.ipynb, until that report is made.
    """
    sizes = whole_sizes(fleet_sizes)
    source = Path(notebook) if notebook else resources.path(NOTEBOOK)
    parameters_of_all = {"fleet_sizes": sizes, "set": dict(set or {}), "today": day_text(today)}
    if notebook:  # which may lack those that were not stated
        stated = {"fleet_sizes": sizes, "set": set, "today": today}
        parameters_of_all = {name: value for name, value in parameters_of_all.items() if stated[name]}
    parameters_of_all |= parameters or {}
    if scenarios and SCENARIO in parameters_of_all:
        raise InputError("is named before: state it once", path=SCENARIO, value=parameters_of_all[SCENARIO])
    of_none: list[str] = []
    if notebook and SCENARIO not in known_parameters(read_notebook(resources.text(source), str(source)), source.name):
        if scenarios:
            raise InputError(NO_SCENARIO, file=source.name, value=scenarios[0])
        of_none = [source.stem]
    if workbook is not None and len(scenarios) != 1:
        raise InputError("a workbook is of one scenario: make its report alone", path="workbook")
    book = None if workbook is None else Path(workbook).read_bytes()
    finished: list[Report] = []
    failures: list[tuple[str, Exception]] = []
    with Pool(1, preload=PRELOAD, environment=ENVIRONMENT) if forks(engine) else nullcontext() as pool:
        if pool is not None:
            pool.start()  # which preloads while the scenarios are read
        names = of_none or _names(scenarios, set or {}, sizes)
        subjects: list[str | Path | Mapping[str, Any] | None] = [*scenarios] or [None]
        for scenario, name in zip(subjects, names, strict=True):
            began = time.monotonic()
            if progress:
                _say(f"{name}: running {source.name}")
            try:
                task = task_of(scenario, name, files.safe_name(name), source, parameters_of_all)
                task = replace(task, timeout=timeout, keep_draws=keep_draws, workbook=book)
                with files.reserved(Path(out) / task.name):
                    with _kept(Path(out, files.partial_name(task.name))):
                        written = _written(task, Path(out), progress and sys.stderr.isatty(), pool)
                    written.pdf.unlink(missing_ok=True)
                    if pdf:
                        print_page(written.html, written.pdf, pdf)
                    finished.append(written)
            except (InputError, ReportError) as error:
                failures.append((name, error))
                continue
            if progress:
                _say(f"{name}: done in {time.monotonic() - began:.1f} s")
    if failures:
        raise _told_together(failures)
    return finished


@contextmanager
def _kept(partial: Path) -> Iterator[None]:
    """Write the notebook of a ReportError raised inside to `partial`, which the error then names; else remove it."""
    try:
        yield
    except ReportError as error:
        notebook = getattr(error, "notebook", None)
        if notebook is None:
            raise
        unfinished = partial.with_name(f".writing-{partial.name}")
        try:
            unfinished.write_text(partial_text(notebook), encoding="utf-8")
            unfinished.replace(partial)
        except OSError:  # such as a full disk: what failed is told all the same
            with suppress(OSError):
                unfinished.unlink()
            raise error from None
        raise ReportError(f"{error}\n    what has run, with its errors: {partial}") from error
    partial.unlink(missing_ok=True)


def _written(task: Task, out: Path, progress: bool, pool: Pool | None) -> Report:
    built = make(task, progress=progress, engine="papermill") if pool is None else _made_in(pool, task, progress)
    folder = out / task.name
    files.write_together(folder, built.contents)
    return Report(task.scenario, folder, folder / f"{task.name}.html", built.manifest)


def _made_in(pool: Pool, task: Task, progress: bool) -> Made:
    """The report made in a process of its own. progress: the section in work on stderr."""
    pool.submit(task.name, partial(make, task, progress=progress, engine="forked"))
    (outcome,) = pool.outcomes()
    if isinstance(outcome.error, InputError | ReportError):
        raise outcome.error
    if outcome.failure is not None:
        raise ReportError(f"{task.notebook_name}: {outcome.failure}") from outcome.error
    built: Made = outcome.result
    return built


def task_of(
    scenario: str | Path | Mapping[str, Any] | None, name: str, folder: str, notebook: Path, given: Mapping[str, Any]
) -> Task:
    """The task of one report on the scenario called `name`, or on none, in a folder of that name. Raises InputError."""
    passed = dict(scenario) if isinstance(scenario, Mapping) else str(scenario)
    parameters, texts = packed(dict(given) if scenario is None else {SCENARIO: passed, **given})
    return Task(folder, "" if scenario is None else name, texts, notebook.name, resources.text(notebook), parameters)


def _names(
    scenarios: Sequence[str | Path | Mapping[str, Any]], changes: Mapping[str, Any], sizes: Sequence[int]
) -> list[str]:
    """The scenarios' names; InputError lists every fault of every file, and two reports that would share a folder."""
    if not scenarios:
        raise InputError("name at least one scenario")
    problems: list[Problem] = []
    names: list[str] = []
    for scenario in scenarios:
        try:
            names += {load_scenario(scenario, set=changes, fleet_size=size).name for size in (None, *sizes)}
        except InputError as error:
            problems += error.problems
    folders: dict[str, str] = {}
    for name in names:
        folder = files.safe_name(name).casefold()
        if folder in folders:
            problems.append(Problem(f"reports on {folders[folder]!r} and {name!r} would both be written to {folder!r}"))
        folders[folder] = name
    if problems:
        raise InputError(dict.fromkeys(problems))
    return names


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _told_together(failures: Sequence[tuple[str, Exception]]) -> Exception:
    """The failure itself where there is one, else one error that lists them."""
    if len(failures) == 1:
        return failures[0][1]
    if all(isinstance(error, InputError) for _, error in failures):
        problems = [error.problems for _, error in failures if isinstance(error, InputError)]
        return InputError(problem for several in problems for problem in several)
    return ReportError("\n".join(f"{name}: {error}" for name, error in failures))
