"""From a batch to the list of its reports: names, what each changes, and the task that makes it.

Nothing runs here, and nothing is written. `planned` finds every fault that can be found without looking at each
combination; `Plan.check` loads the scenario of every combination that is to be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tco.batches import sweeps
from tco.batches.batch_file import Batch
from tco.batches.names import repeated, report_name, short_names
from tco.batches.sources import NotebookSource, ScenarioSource, notebook_sources, scenario_sources
from tco.errors import InputError, Problem, unknown
from tco.loading.loading import load_scenario
from tco.report.basis import basis
from tco.report.parameters import day_text, whole_sizes
from tco.report.task import Task
from tco.report.task_inputs import packed

MOST_CHECKED = 2_000
"""Combinations of a scenario whose inputs are loaded before a batch starts; of more, an even choice."""


@dataclass(frozen=True)
class Planned:
    """One report of a plan: its name, scenario and notebook, and the label of its value on each axis."""

    name: str
    source: ScenarioSource
    notebook: NotebookSource
    labels: Mapping[str, sweeps.Label]


@dataclass(frozen=True)
class Plan:
    """All reports of a batch in order, and how each becomes a task.

    folder: where relative paths among the parameters are looked up first.
    """

    batch: Batch
    axes: tuple[sweeps.Axis, ...]
    reports: tuple[Planned, ...]
    folder: Path

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios' names, in order."""
        return tuple(dict.fromkeys(report.source.scenario.name for report in self.reports))

    @cached_property
    def notebooks(self) -> tuple[str, ...]:
        """The notebooks' file names without suffix, in order."""
        return tuple(dict.fromkeys(report.notebook.path.stem for report in self.reports))

    def changes(self, report: Planned) -> dict[str, Any]:
        """What the report changes in its scenario, by path. Raises InputError where two changes meet on a path."""
        found: dict[str, Any] = {}
        for path, value in self._changes(report):
            if sweeps.parameter_name(path):
                continue
            for place in sweeps.expanded(path, report.source.scenario):
                if place in found:
                    raise InputError("is changed twice, by `set` and `sweep` or by two axes", path=place)
                found[place] = value
        return found

    def task(self, report: Planned, today: str) -> Task:
        """The task of a report that bears the day `today`, where the batch names none of its own."""
        swept = {name: value for path, value in self._changes(report) if (name := sweeps.parameter_name(path))}
        own = {**self.batch.parameters, **report.notebook.parameters, **swept}
        given = {
            "set": self.changes(report),
            "fleet_sizes": whole_sizes(self.batch.fleet_sizes),
            "today": day_text(self.batch.today) if self.batch.today else today,
        }
        passed = {name: value for name, value in given.items() if name in report.notebook.known} | own
        scenario, texts = self._packed_scenario(report.source)
        parameters, more = packed(passed, (self.folder, Path()))
        return Task(
            name=report.name,
            scenario=report.source.scenario.name,
            files={**texts, **more},
            notebook_name=report.notebook.path.name,
            notebook=report.notebook.text,
            parameters={"scenario": scenario, **sweeps.plain(parameters)},
            labels=dict(report.labels),
            timeout=self.batch.timeout,
            keep_draws=self.batch.keep_draws,
            dated=self.batch.today is not None,
            basis=basis(),
        )

    def check(self, reports: Sequence[Planned]) -> None:
        """Load the scenario of each of `reports`; of more than `MOST_CHECKED`, of an even choice of them.

        Raises InputError listing every fault once, with the first report that has it.
        """
        step = -(-len(reports) // MOST_CHECKED) or 1
        found: dict[tuple[str, str, str], Problem] = {}
        seen: set[tuple[int, tuple[tuple[str, sweeps.Label], ...]]] = set()
        for report in reports[::step]:
            place = (id(report.source), tuple(report.labels.items()))
            if place in seen:
                continue
            seen.add(place)
            try:
                load_scenario(report.source.raw, set=self.changes(report))
            except InputError as error:
                for problem in error.located(file=report.source.named).problems:
                    found.setdefault((problem.file, problem.path, problem.message), problem)
        if found:
            raise InputError(found.values())

    def _changes(self, report: Planned) -> Iterator[tuple[str, Any]]:
        yield from ((path, sweeps.plain(value)) for path, value in self.batch.set.items())
        for axis in self.axes:
            yield from axis.values[report.labels[axis.name]].items()

    def _packed_scenario(self, source: ScenarioSource) -> tuple[str, Mapping[str, str]]:
        if source.named not in self._packed:
            parameters, texts = packed({"scenario": source.named}, (self.folder, Path()))
            self._packed[source.named] = (parameters["scenario"], texts)
        return self._packed[source.named]

    @cached_property
    def _packed(self) -> dict[str, tuple[str, Mapping[str, str]]]:
        return {}


def planned(batch: Batch, folder: Path = Path(), file: str = "") -> Plan:
    """The plan of `batch`, whose relative paths are looked up in `folder`; `file` names it in messages.

    Raises InputError listing every fault: a scenario or notebook that is missing or faulty, a path or parameter that
    is not known, a combination left out that is not there, and two reports that would have the same name.
    """
    problems: list[Problem] = []
    sources = list(_collected(problems, scenario_sources(batch, folder)))
    notebooks = list(_collected(problems, notebook_sources(batch, folder)))
    try:
        axes = sweeps.axes(batch.sweep)
    except InputError as error:
        problems += error.problems
        axes = ()
    if not problems:
        problems += _unknown_parameters(batch, axes, notebooks)
    if problems:
        raise InputError(replace(problem, file=problem.file or file) for problem in problems)
    reports = _reports(batch, axes, sources, notebooks, file)
    plan = Plan(batch, axes, reports, folder)
    _check_names(reports, file)
    return plan


def _reports(
    batch: Batch,
    axes: Sequence[sweeps.Axis],
    sources: Sequence[ScenarioSource],
    notebooks: Sequence[NotebookSource],
    file: str,
) -> tuple[Planned, ...]:
    """Every combination that is not left out: scenarios, then notebooks, then the axes, the last changing quickest."""
    places: dict[str, Sequence[object]] = {axis.name: list(axis.values) for axis in axes}
    places["scenario"] = [source.scenario.name for source in sources]
    places["notebook"] = [notebook.path.stem for notebook in notebooks]
    left_out = [_exclusion(entry, number, places, file) for number, entry in enumerate(batch.exclude)]
    used: set[int] = set()
    short = short_names([axis.name for axis in axes])
    found = []
    for source in sources:
        for notebook in notebooks:
            more = [notebook.path.stem] if len(notebooks) > 1 else []
            for labels in sweeps.combinations(axes):
                place = {"scenario": source.scenario.name, "notebook": notebook.path.stem, **labels}
                held = [number for number, one in enumerate(left_out) if one.holds(place)]
                used.update(held)
                if not held:
                    name = report_name(
                        source.scenario.name, {short[axis]: label for axis, label in labels.items()}, *more
                    )
                    found.append(Planned(name, source, notebook, labels))
    problems = [
        Problem("leaves nothing out: no combination has these values", path=f"exclude.{number}", file=file)
        for number in range(len(left_out))
        if number not in used
    ]
    if not found:
        problems.append(Problem("leaves every combination out", path="exclude", file=file))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _exclusion(
    entry: Mapping[str, Any], number: int, places: Mapping[str, Sequence[object]], file: str
) -> sweeps.Exclusion:
    try:
        return sweeps.exclusion(entry, places)
    except InputError as error:
        raise error.located(path=f"exclude.{number}", file=file) from None


def _check_names(reports: Sequence[Planned], file: str) -> None:
    """Refuse two reports of one name."""
    twice = repeated(report.name for report in reports)
    if not twice:
        return
    by_name: dict[str, list[str]] = {}
    for report in reports:
        by_name.setdefault(report.name.casefold(), []).append(report.source.named)
    raise InputError(
        Problem(
            f"two reports would be called {name!r}, of "
            f"{' and '.join(dict.fromkeys(by_name[name.casefold()]))}; give the scenarios different names, "
            "or the values (write `name: value`)",
            file=file,
        )
        for name in twice
        if name.casefold() in by_name
    )


def _collected(problems: list[Problem], sources: Iterable[Any]) -> Iterator[Any]:
    """The sources that could be read; the faults of the others go to `problems`."""
    for source in sources:
        if isinstance(source, InputError):
            problems += source.problems
        else:
            yield source


def _unknown_parameters(
    batch: Batch, axes: Sequence[sweeps.Axis], notebooks: Sequence[NotebookSource]
) -> Iterator[Problem]:
    """A problem for each parameter that a notebook is to be given and does not know."""
    swept = {path for axis in axes for case in axis.values.values() for path in case}
    asked = {"scenario": "scenarios"}
    if batch.set or any(sweeps.parameter_name(path) is None for path in swept):
        asked["set"] = "sweep" if swept else "set"
    if "fleet_sizes" in batch.model_fields_set:
        asked["fleet_sizes"] = "fleet_sizes"
    if batch.today is not None:
        asked["today"] = "today"
    asked |= {name: f"parameters.{name}" for name in batch.parameters}
    asked |= {name: f"sweep.{path}" for path in swept if (name := sweeps.parameter_name(path))}
    for notebook in notebooks:
        for name, place in {**asked, **dict.fromkeys(notebook.parameters, "notebooks")}.items():
            if name not in notebook.known:
                yield Problem(unknown(f"parameter of {notebook.path.name}", name, notebook.known), path=place)
