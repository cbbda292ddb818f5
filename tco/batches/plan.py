"""From a batch to the list of its reports: their scenarios, notebooks, names and changes, and the task of each.

Nothing is run or written here. `plan_batch` finds every fault that shows without looking at each combination;
`Plan.check` loads the scenario of every combination that is to be made.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, TypeVar

from tco import resources
from tco.batches import sweeps
from tco.batches.batch_file import Batch
from tco.errors import InputError, Problem, unknown
from tco.evidence.upgrade_log import read_upgrade_log
from tco.loading.loading import load_scenario, scenario_mapping, with_fleet_size
from tco.report.basis import basis
from tco.report.notebook_run import known_parameters, read_notebook
from tco.report.parameters import NO_SCENARIO, SCENARIO, check_kind, day_text, packed, whole_sizes
from tco.report.task import Task
from tco.scenario.scenario import Scenario

NOTEBOOK_SUFFIX = ".ipynb"
UPGRADE_LOG = "upgrade_log"
FILES = (UPGRADE_LOG, "since")
"""Parameters that name a file, in whatever notebook."""
MAX_CHECKED = 2_000
"""Combinations whose scenarios are loaded before a batch starts; of more, an evenly spaced selection."""
MOST_REPORTS = 100_000
"""Ten times the largest batch whose index page a browser still opens; see `docs/scale.md`."""

Item = TypeVar("Item")
Source = TypeVar("Source")


@dataclass(frozen=True)
class ScenarioSource:
    """A scenario of a batch: as the batch file names it, loaded, and the content of its file.

    folders: where the files that it names are looked up.
    """

    named: str
    scenario: Scenario
    path: Path
    folders: tuple[Path, ...]

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """The file's content."""
        return scenario_mapping(self.path, self.named)

    @cached_property
    def packed(self) -> tuple[str, Mapping[str, str]]:
        """The notebook's parameter `scenario`, and the texts of the files that it then reads."""
        parameters, texts = packed({"scenario": self.named}, self.folders)
        return parameters["scenario"], texts


@dataclass(frozen=True)
class NotebookSource:
    """A notebook of a batch. known: the kind of each of its parameters. parameters: those of this notebook alone."""

    path: Path
    text: str
    known: Mapping[str, str]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class PlannedReport:
    """One report of a plan: its name, scenario and notebook, and the label of its value on each axis."""

    name: str
    source: ScenarioSource
    notebook: NotebookSource
    labels: Mapping[str, sweeps.Label]

    @property
    def place(self) -> dict[str, sweeps.Label]:
        """Its place in the batch: the names of its scenario and notebook, and its label on each axis."""
        return {"scenario": self.source.scenario.name, "notebook": self.notebook.path.stem, **self.labels}


@dataclass(frozen=True)
class Plan:
    """All reports of a batch in order. folders: where relative paths among the parameters are looked up."""

    batch: Batch
    axes: tuple[sweeps.Axis, ...]
    reports: tuple[PlannedReport, ...]
    folders: tuple[Path, ...]

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios' names, in order."""
        return tuple(dict.fromkeys(report.source.scenario.name for report in self.reports))

    @cached_property
    def notebooks(self) -> tuple[str, ...]:
        """The notebooks' file names without suffix, in order."""
        return tuple(dict.fromkeys(report.notebook.path.stem for report in self.reports))

    def changes(self, report: PlannedReport) -> dict[str, Any]:
        """What the report changes in its scenario, by path. Raises InputError if a path is changed twice."""
        changed: dict[str, Any] = {}
        for path, value in self._changes(report):
            if sweeps.parameter_name(path):
                continue
            for place in sweeps.expanded(path, report.source.scenario):
                if place in changed:
                    raise InputError("is changed twice, by `set` and `sweep` or by two axes", path=place)
                changed[place] = value
        return changed

    def swept_parameters(self, report: PlannedReport) -> dict[str, Any]:
        """The notebook's parameters that are swept, by name. Raises InputError if one is swept twice."""
        swept: dict[str, Any] = {}
        for path, value in self._changes(report):
            if name := sweeps.parameter_name(path):
                if name in swept:
                    raise InputError("is swept twice, by two axes", path=path)
                swept[name] = value
        return swept

    def task(self, report: PlannedReport, today: str) -> Task:
        """The task of a report. today: the date printed on it, unless the batch file states one."""
        stated = {
            "set": self.changes(report),
            "fleet_sizes": whole_sizes(self.batch.fleet_sizes),
            "today": day_text(self.batch.today) if self.batch.today else today,
        }
        passed = {name: value for name, value in stated.items() if name in report.notebook.known}
        passed |= {**self.batch.parameters, **report.notebook.parameters, **self.swept_parameters(report)}
        parameters, texts = packed(passed, self.folders)
        scenario, scenario_texts = report.source.packed
        return Task(
            name=report.name,
            scenario=report.source.scenario.name,
            files={**scenario_texts, **texts},
            notebook_name=report.notebook.path.name,
            notebook=report.notebook.text,
            parameters={"scenario": scenario, **sweeps.plain(parameters)},
            labels=dict(report.labels),
            timeout=self.batch.timeout,
            keep_draws=self.batch.keep_draws,
            dated=self.batch.today is not None,
            basis=basis(),
        )

    def check(
        self, reports: Sequence[PlannedReport], each: Callable[[PlannedReport, Scenario], object] | None = None
    ) -> None:
        """Load the scenario of each of `reports`; of more than `MAX_CHECKED`, of an evenly spaced selection.

        each: load all of them, and call this with each, at every fleet size. Raises InputError listing every fault
        once, with the first report that has it.
        """
        sizes = whole_sizes(self.batch.fleet_sizes)
        step = 1 if each else -(-len(reports) // MAX_CHECKED) or 1
        problems: dict[tuple[str, str, str], Problem] = {}
        seen: set[object] = set()
        for report in reports[::step]:
            combination = id(report.source), tuple(report.labels.items())
            if combination in seen:  # the same with another notebook
                continue
            seen.add(combination)
            try:
                self.swept_parameters(report)
                loaded = load_scenario(report.source.raw, set=self.changes(report))
                for scenario in (loaded, *(with_fleet_size(loaded, size) for size in sizes)):
                    if each is not None:
                        each(report, scenario)
            except InputError as error:
                for problem in error.located(file=report.source.named).problems:
                    problems.setdefault((problem.file, problem.path, problem.message), problem)
        if problems:
            raise InputError(problems.values())

    def _changes(self, report: PlannedReport) -> Iterator[tuple[str, Any]]:
        """What `set` and the swept values change, by path as written."""
        yield from ((path, sweeps.plain(value)) for path, value in self.batch.set.items())
        for axis in self.axes:
            yield from axis.values[report.labels[axis.name]].items()


def plan_batch(batch: Batch, folder: Path = Path(), file: str = "") -> Plan:
    """The plan of `batch`, whose relative paths are looked up in `folder` first; `file` names it in messages.

    Raises InputError listing every fault: a scenario or notebook that is missing or faulty, an unknown path or
    parameter, an exclusion without a match, and two reports that would have the same name.
    """
    problems: list[Problem] = []
    folders = (folder, Path())
    matches = _each(problems, batch.scenarios, lambda written: _matching(written, folder))
    named = dict.fromkeys(name for names in matches for name in names)
    sources = _each(problems, named, lambda name: _scenario_source(name, folders, batch))
    notebooks = _each(problems, batch.notebooks, lambda name: _notebook_source(name, folders, batch))
    stems = sweeps.repeated(notebook.path.stem for notebook in notebooks)
    problems += [Problem(f"two notebooks are called {stem!r}", path="notebooks") for stem in stems]
    (axes,) = _each(problems, [batch.sweep], sweeps.axes) or [()]
    if not problems:
        problems += _faulty_parameters(batch, axes, notebooks, folders)
    reports = () if problems else _reports(batch, axes, sources, notebooks, problems)
    for name, positions in sweeps.repeated(report.name for report in reports).items():
        named_by = " and ".join(dict.fromkeys(reports[position].source.named for position in positions))
        message = f"two reports would be called {name!r}, of {named_by}; give the scenarios different names, "
        problems.append(Problem(f"{message}or the values (write `name: value`)"))
    if problems:
        raise InputError(replace(problem, file=problem.file or file) for problem in problems)
    return Plan(batch, axes, reports, folders)


def _each(problems: list[Problem], items: Iterable[Item], source: Callable[[Item], Source]) -> list[Source]:
    """What `source` returns for each item; the faults of items for which it raises InputError go to `problems`."""
    sources = []
    for item in items:
        try:
            sources.append(source(item))
        except InputError as error:
            problems += error.problems
    return sources


def _matching(written: str, folder: Path) -> list[str]:
    """The scenarios that an entry names: itself, or if it is a pattern, the matching files that describe a fleet."""
    if not glob.has_magic(written) or (folder / written).exists():
        return [written]
    if "**" in written and len((folder / written.partition("**")[0]).resolve().parts) == 1:
        raise InputError(
            "searches everything on the disk: name the folder that the files are in", path="scenarios", value=written
        )
    # A pattern may lead upwards or be absolute, which Path.glob does not allow.
    matching = sorted(glob.glob(written, root_dir=folder, recursive=True))  # noqa: PTH207
    fleets = [name for name in matching if resources.describes_fleet(folder / name)]
    if not fleets:
        raise InputError(f"no file that describes a fleet matches {written!r}", path="scenarios")
    return fleets


def _scenario_source(named: str, folders: tuple[Path, ...], batch: Batch) -> ScenarioSource:
    """A scenario, checked at every fleet size."""
    path = _file(named, folders)
    if path is None and named in resources.scenario_names():
        path = resources.path(f"params/{named}.yaml")
    scenario = load_scenario(path or named)
    for size in whole_sizes(batch.fleet_sizes):
        load_scenario(path or named, fleet_size=size)
    return ScenarioSource(named, scenario, path or Path(named), folders)


def notebook_file(named: str, folders: tuple[Path, ...] = (Path(),)) -> Path:
    """A notebook's file in one of the folders, else the packaged one of that name. Raises InputError."""
    packaged = sorted(path.stem for path in resources.path("notebooks").glob(f"*{NOTEBOOK_SUFFIX}"))
    path = _file(named, folders)
    if path is None and named in packaged:
        path = resources.path(f"notebooks/{named}{NOTEBOOK_SUFFIX}")
    if path is None:
        raise InputError("no such file, and " + unknown("packaged notebook", named, packaged), path="notebooks")
    return path


def _notebook_source(named: str, folders: tuple[Path, ...], batch: Batch) -> NotebookSource:
    """A notebook with the parameters that it has."""
    path = notebook_file(named, folders)
    text = resources.text(path)
    notebook = read_notebook(text, named)
    known = known_parameters(notebook, file=named)
    if SCENARIO not in known:
        raise InputError(f"{NO_SCENARIO}: tco report --notebook {named}", path="notebooks", value=named)
    return NotebookSource(path, text, known, sweeps.plain(batch.notebooks[named]))


def _file(named: str, folders: Sequence[Path]) -> Path | None:
    return next((path for folder in folders if (path := folder / named).is_file()), None)


def _reports(
    batch: Batch,
    axes: Sequence[sweeps.Axis],
    sources: Sequence[ScenarioSource],
    notebooks: Sequence[NotebookSource],
    problems: list[Problem],
) -> tuple[PlannedReport, ...]:
    """Every combination that is not excluded: scenarios, then notebooks, then the axes, the last varying fastest."""
    many = prod(map(len, (sources, notebooks, *(axis.values for axis in axes))))
    if many > MOST_REPORTS:
        message = f"{many:,} combinations are more than the {MOST_REPORTS:,} of a batch: sweep fewer values"
        problems.append(Problem(f"{message}, or make several batches", path="sweep"))
        return ()
    labels: dict[str, Sequence[object]] = {axis.name: list(axis.values) for axis in axes}
    labels["scenario"] = [source.scenario.name for source in sources]
    labels["notebook"] = [notebook.path.stem for notebook in notebooks]
    names = [axis.name for axis in axes]
    short = sweeps.short_names(names)
    reports = []
    for source, notebook, *chosen in product(sources, notebooks, *(axis.values for axis in axes)):
        more = [notebook.path.stem] if len(notebooks) > 1 else []
        report = sweeps.report_name(source.scenario.name, dict(zip(short, chosen, strict=True)), *more)
        reports.append(PlannedReport(report, source, notebook, dict(zip(names, chosen, strict=True))))
    excluded: set[int] = set()
    for number, entry in enumerate(batch.exclude):
        try:
            exclusion = sweeps.exclusion(entry, labels)
        except InputError as error:
            problems += error.located(path=f"exclude.{number}").problems
            continue
        matching = {
            position
            for position, report in enumerate(reports)
            if all(str(report.place[axis]) in named for axis, named in exclusion.items())
        }
        if not matching:
            problems.append(Problem("leaves nothing out: no combination has these values", path=f"exclude.{number}"))
        excluded |= matching
    if not problems and len(excluded) == len(reports):
        problems.append(Problem("leaves every combination out", path="exclude"))
    return tuple(report for position, report in enumerate(reports) if position not in excluded)


def _check_file(named: str, folders: Sequence[Path], parameter: str) -> None:
    """Raise InputError for a file among the parameters that is not there, or for a faulty upgrade log."""
    path = _file(named, folders)
    if path is None:
        raise InputError("no such file", path=parameter, value=named)
    if parameter == UPGRADE_LOG:
        read_upgrade_log(path)


def _stated_twice(swept: Mapping[str, str], batch: Batch, notebooks: Sequence[NotebookSource]) -> Iterator[Problem]:
    """A problem for each swept parameter that has a value elsewhere. swept: places by name."""
    for name, place in swept.items():
        if name in batch.parameters:
            yield Problem("is swept, and stated under `parameters` or by an option: state it once", path=place)
        for notebook in notebooks:
            if name in notebook.parameters:
                yield Problem(f"is swept, and a parameter of {notebook.path.name} alone: state it once", path=place)


def _faulty_parameters(
    batch: Batch, axes: Sequence[sweeps.Axis], notebooks: Sequence[NotebookSource], folders: Sequence[Path]
) -> Iterator[Problem]:
    """A problem for each parameter that a notebook would be given and does not have, cannot have, or has twice."""
    swept = {path for axis in axes for case in axis.values.values() for path in case}
    used: dict[str, str] = {}
    if batch.set or any(sweeps.parameter_name(path) is None for path in swept):
        used["set"] = "sweep" if swept else "set"
    if "fleet_sizes" in batch.model_fields_set:
        used["fleet_sizes"] = "fleet_sizes"
    if batch.today is not None:
        used["today"] = "today"
        try:
            day_text(batch.today)
        except InputError as error:
            yield from error.problems
    used |= {name: f"parameters.{name}" for name in batch.parameters}
    of_sweep = {name: f"sweep.{path}" for path in swept if (name := sweeps.parameter_name(path))}
    used |= of_sweep
    yield from _stated_twice(of_sweep, batch, notebooks)
    for notebook in notebooks:
        for name, place in {**used, **dict.fromkeys(notebook.parameters, "notebooks")}.items():
            if name not in notebook.known:
                yield Problem(unknown(f"parameter of {notebook.path.name}", name, notebook.known), path=place)
        stated = [*batch.parameters.items(), *notebook.parameters.items()]
        for axis in axes:
            for case in axis.values.values():
                stated += [(name, value) for path, value in case.items() if (name := sweeps.parameter_name(path))]
        for name, value in stated:
            try:
                check_kind(name, value, notebook.known.get(name, ""))
                if name in FILES and value:
                    _check_file(str(value), folders, name)
            except InputError as error:
                yield from error.located(path="parameters").problems
