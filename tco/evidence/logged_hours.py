"""The hours of logged upgrades, and the modelled hours of the same upgrades.

    total = steps x [ plan / n + (compatibility + regression test + rehearsal) x sum of j**exponent / n
                      + max(cutover first x i**exponent, floor) + further nodes x hours of each
                      + way back per design x sum of j**exponent / n + way back per cluster ]
            + diagnosis, rollback and repeat if it failed

j counts designs; n the upgrades of one project (engine, method, versions); i those of an engine and method from the
log's first row on. Tooling is left out: it belongs to no single upgrade. All assumptions are at their means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tco import platforms
from tco.evidence.upgrade_log import PHASES, LoggedUpgrade
from tco.model.fleet.effort import AUTOMATED, COMPATIBILITY, WAY_BACK, WAYS_BACK
from tco.model.fleet.learning_curve import LearningCurve
from tco.scenario.scenario import Scenario

CUT_OVER = "cut-over"
FLOORS = {False: "upgrades.cutover_hours_floor", True: "upgrades.cutover_hours_floor_automated"}
PATHS: Mapping[str, tuple[str, ...]] = {
    "plan": ("upgrades.plan_hours",),
    "compatibility": (COMPATIBILITY,),
    "regression test": ("upgrades.regression_hours_per_design",),
    "rehearsal": ("upgrades.rehearsal_hours_per_design",),
    CUT_OVER: ("upgrades.cutover_hours_first", *FLOORS.values()),
    "further nodes": ("upgrades.major_further_node_hours",),
    "rollback": (WAY_BACK, *WAYS_BACK.values()),
    "incidents": ("upgrades.incident_labour_hours",),
}
"""The assumptions behind the hours of each phase; the first is that of the first cluster or design."""
TOTAL = ""
"""The phase of rows without phase: their hours are the total of an upgrade."""


@dataclass(frozen=True)
class Upgrade:
    """One upgrade with its failed attempts. row: the last one. logged, modelled: hours by phase."""

    row: LoggedUpgrade
    method: str
    failed: bool
    logged: Mapping[str, float]
    modelled: dict[str, float] = field(default_factory=dict)


def compared(scenario: Scenario, rows: Sequence[tuple[LoggedUpgrade, str]]) -> list[Upgrade]:
    """The upgrades of a log with their modelled hours. rows: those of the log, each with its method.

    A retry belongs to the failed attempt: the same cluster leaves the same version.
    """
    latest: dict[tuple[str, str, str], list[tuple[LoggedUpgrade, str]]] = {}
    every: list[list[tuple[LoggedUpgrade, str]]] = []
    for row, method in rows:
        start = (row.cluster, row.engine, row.from_version)
        if start not in latest or not (row.phase or latest[start][-1][0].failed):
            latest[start] = []
            every.append(latest[start])
        latest[start].append((row, method))
    projects: dict[tuple[str, ...], list[Upgrade]] = {}
    for attempts in every:
        logged: dict[str, float] = {}
        for row, _ in attempts:
            logged[row.phase] = logged.get(row.phase, 0.0) + row.hours
        row, method = attempts[-1]
        key = (row.engine, method, row.from_version, row.to_version)
        projects.setdefault(key, []).append(Upgrade(row, method, any(tried.failed for tried, _ in attempts), logged))
    before = Counter[tuple[str, ...]]()
    for (engine, method, *_), project in projects.items():
        _model(scenario, project, before[engine, method])
        before[engine, method] += len(project)
    return [upgrade for project in projects.values() for upgrade in project]


def _model(scenario: Scenario, project: Sequence[Upgrade], before: int) -> None:
    """Set the modelled hours of each upgrade of a project. before: earlier upgrades of its engine and method."""
    mean = {path: scenario.assumptions[path].mean for paths in PATHS.values() for path in paths}
    curve = LearningCurve.of(scenario.assumptions["upgrades.learning_rate"].mean)
    per_cluster = scenario.assumptions["upgrades.designs_per_cluster"].mean
    known, now = (max(1.0, count * per_cluster) if count else 0.0 for count in (before, before + len(project)))
    row, first = project[0].row, mean[PATHS[CUT_OVER][0]]
    once = {phase: row.steps * float(curve.powers(now) - curve.powers(known)) for phase in PHASES} | {"plan": row.steps}
    floor = mean[FLOORS[project[0].method in AUTOMATED]]
    nodes = row.steps * _further_nodes(scenario, row.engine)
    back = (
        mean[WAY_BACK] * once["rehearsal"] / len(project) + row.steps * mean[WAYS_BACK[project[0].method in AUTOMATED]]
    )
    for place, upgrade in enumerate(project, before):
        for phase in PHASES:
            sharing = sum(phase in other.logged for other in project) if phase in upgrade.logged else len(project)
            upgrade.modelled[phase] = mean[PATHS[phase][0]] * once[phase] / sharing
        hours = curve.hours(first, floor, place + 1) - curve.hours(first, floor, place)
        upgrade.modelled[CUT_OVER] = row.steps * float(hours)
        upgrade.modelled["further nodes"] = nodes * mean[PATHS["further nodes"][0]]
        upgrade.modelled["rollback"] = back
        upgrade.modelled["incidents"] = upgrade.failed * mean[PATHS["incidents"][0]]


def _further_nodes(scenario: Scenario, engine: str) -> float:
    """Mean number of nodes beyond the first of self-managed clusters of an engine; 0 if the fleet has none."""
    nodes: list[int] = []
    for name, group in scenario.fleet.items():
        today = platforms.platform(scenario.todays_platform(name))
        if today.self_managed and today.lifecycle_engines.get(group.engine) == engine:
            nodes += [group.instances - 1] * max(group.clusters, 1)
    return sum(nodes) / max(len(nodes), 1)
