"""From clusters to the groups of a scenario: which are alike, what a group of them is called, and which are refused
because the packaged facts cannot price or date them. No value is changed silently.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from tco import platforms
from tco.errors import InputError
from tco.inventory.databases import Database
from tco.inventory.naming import ENVIRONMENTS, Environments
from tco.inventory.shapes import By, Shape, shape_of
from tco.inventory.writing import Groups, scenario
from tco.loading.checks import problems_of
from tco.loading.loading import baseline, problem_of
from tco.model.lines import evaluate
from tco.scenario.scenario import LONGEST_NAME, Scenario

NEWER_CLASSES = "; `tco prices refresh` reads newer ones, or state one of these"
NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]+")


def groups(clusters: Sequence[Database], by: By, environments: Environments, dates: Mapping[str, str]) -> Groups:
    """The groups of the clusters by name, each cluster used; those that cannot be in a scenario are refused.

    dates: `start` and `prices_as_of` of the scenario.
    """
    shapes: dict[Shape, list[Database]] = defaultdict(list)
    for database in clusters:
        try:
            shapes[shape_of(database, by, environments)].append(database)
        except InputError as error:
            database.refuse(str(error))
    for shape, reason in _refused(shapes, dates).items():
        for database in shapes.pop(shape):
            database.refuse(reason + (NEWER_CLASSES if reason.startswith("unknown instance class") else ""))
    named = {name: (shape, shapes[shape]) for name, shape in sorted(_names(sorted(shapes)).items())}
    for name, (_, databases) in named.items():
        for database in databases:
            database.use(name)
    return named


def _refused(shapes: Mapping[Shape, Sequence[Database]], dates: Mapping[str, str]) -> dict[Shape, str]:
    """The shapes that `tco check` would refuse, with the first reason.

    All are tried at once, then each sort of them; what passes is evaluated, and halved where that fails, first one of
    each sort, then all.
    """
    listed = {f"g{number}": (shape, databases) for number, (shape, databases) in enumerate(shapes.items())}
    if not listed or not _problem(listed, dates, evaluated=True):
        return {}
    sorts: dict[Shape, list[Shape]] = defaultdict(list)
    for shape in shapes:
        kind = shape._replace(own="", environment=ENVIRONMENTS[0], instances=min(shape.instances, 2))
        sorts[kind].append(shape)
    reasons = {kind: _problem({"g": (kind, shapes[alike[0]][:1])}, dates) for kind, alike in sorts.items()}
    good = {f"g{number}": (kind, shapes[sorts[kind][0]][:1])
            for number, kind in enumerate(kind for kind, reason in reasons.items() if not reason)}  # fmt: skip
    reasons |= _failing(good, dates)
    refused = {shape: reason for kind, reason in reasons.items() if reason for shape in sorts[kind]}
    return refused | _failing({name: one for name, one in listed.items() if one[0] not in refused}, dates)


def _failing(listed: Groups, dates: Mapping[str, str]) -> dict[Shape, str]:
    """The shapes without which the rest can be evaluated, with the reason."""
    if not listed or not (reason := _problem(listed, dates, evaluated=True)):
        return {}
    names = list(listed)
    if len(names) == 1:
        return {listed[names[0]][0]: reason}
    half = len(names) // 2
    parts = ({name: listed[name] for name in part} for part in (names[:half], names[half:]))
    return {shape: why for part in parts for shape, why in _failing(part, dates).items()}


def _problem(listed: Groups, dates: Mapping[str, str], evaluated: bool = False) -> str:
    """The first thing that is wrong with a scenario of some groups; empty where nothing is."""
    try:
        raw = scenario(listed, dates)
        for group in raw["fleet"].values():
            group.pop("assumptions", None)  # bare numbers, which `load_scenario` reads
        checked = Scenario(**raw, assumptions=baseline())
        problems = [problem.message for problem in problems_of(checked)]
        if evaluated and not problems:
            evaluate(checked)
    except ValidationError as error:
        found = [problem_of(detail, Scenario) for detail in error.errors()]
        problems = [str(replace(problem, path=problem.path.rpartition(".")[2])) for problem in found]
    except InputError as error:
        problems = [problem.message for problem in error.problems]
    return problems[0] if problems else ""


def _names(shapes: Iterable[Shape]) -> dict[str, Shape]:
    """A name for each shape: its cluster's own, or engine, version and environment and what else tells them apart."""
    named: dict[str, list[Shape]] = defaultdict(list)
    for shape in shapes:
        name = shape.own or _joined(_lifecycle(shape), shape.version, shape.environment)
        named[_plain(name)].append(shape)
    shapes_by_name: dict[str, Shape] = {}
    for name, alike in named.items():
        apart = [part for part in TELLING_APART if len({part(shape) for shape in alike}) > 1] if len(alike) > 1 else []
        for shape in alike:
            full = _joined(name, *(part(shape) for part in apart))[:LONGEST_NAME]
            number = 1
            while full in shapes_by_name:
                number += 1
                full = f"{_joined(name, *(part(shape) for part in apart))[: LONGEST_NAME - 6]}_{number}"
            shapes_by_name[full] = shape
    return shapes_by_name


def _lifecycle(shape: Shape) -> str:
    """The engine as the lifecycle tables call it, such as `aurora_mysql`; the group's own where it has no versions."""
    return platforms.platform(shape.platform).lifecycle_engines.get(shape.engine, shape.engine)


TELLING_APART = (
    lambda shape: shape.platform,
    lambda shape: shape.region,
    lambda shape: shape.instance_class.partition(".")[2],
    lambda shape: f"x{shape.instances}",
    lambda shape: dict(shape.settings).get("deployment", ""),
    lambda shape: dict(shape.settings).get("storage_type", ""),
    lambda shape: dict(shape.settings).get("capacity", ""),
    lambda shape: f"{shape.iops:g}_iops" if shape.iops else "",
)
"""What a group's name says beyond engine, version and environment, as far as groups differ in it."""


def _joined(*parts: str) -> str:
    return "_".join(_plain(part) for part in parts if part)


def _plain(text: str) -> str:
    """A name that can stand in a path of a scenario."""
    return NOT_IN_NAMES.sub("_", text).strip("_")[:LONGEST_NAME] or "cluster"
