"""What the model answers at many fleet sizes and loads at once, taken apart so that the page can finish the sums.

Cost is linear in the engineer rate and in what a minute of downtime costs, and the discount rate comes after: three
rows of one design (neither, the one at 1 USD, the other at 1 USD) give the cost at any of their values exactly. One
evaluation of a few hundred rows takes hardly longer than one of a single row, so a whole axis of fleet sizes is asked
for together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import FLEET_SIZE
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import CATALOGUE, DOWNTIME, LABOUR, UNFINISHED
from tco.evaluation.totals import COST, Query
from tco.exploring.choices import ENGINEER_RATE, VALUE_PER_CLUSTER, WORKLOAD_RATES, value_of_downtime
from tco.loading.loading import with_fleet_size
from tco.model.lines import evaluate
from tco.sampling.designs import Design, check_numeric
from tco.scenario.scenario import Scenario, parted

Array = NDArray[np.float64]
Place = tuple[int, float, Mapping[str, float]]
"""Clusters, the factor on the load, and values of assumptions or of a group's numbers that differ by place."""
BASES = 3
"""Neither labour nor downtime cost anything; an engineer hour costs 1 USD; a minute of downtime does."""
COSTS = Query(("option", "category", "at_start"), "p", COST)
HOURS = Query(("option", "role", "unit"), "p", LABOUR)
MINUTES = Query(("option", "line", "phase", "unit"), "", DOWNTIME)
LEFT = Query(("option",), "", UNFINISHED)


@dataclass(frozen=True)
class Responses:
    """Amounts at each of some places, a place being a fleet size, a factor on the load and values by path.

    cost: (places, bases, options, categories, months), paid at the end of each month; at_start: the same for what is
    paid at its start, or nothing. hours: (places, options, roles, months). minutes: (places, options, parts), of
    downtime over the horizon, the parts named as in charts of downtime. unfinished: (places, options), the share of
    clusters that should have moved or been upgraded and are not.
    """

    places: tuple[Place, ...]
    options: tuple[str, ...]
    categories: tuple[str, ...]
    roles: tuple[str, ...]
    parts: tuple[str, ...]
    cost: Array
    at_start: Array | None
    hours: Array
    minutes: Array
    unfinished: Array


def responses(scenario: Scenario, places: Sequence[Place]) -> Responses:
    """The answers at whole fleet sizes, each as `load_scenario(..., fleet_size=)` would scale the fleet.

    A number of a group's workload is stated whole: the load is no factor on it.
    """
    sized = {size: with_fleet_size(scenario, size).fleet for size, _, _ in places}
    clusters = np.array([[float(group.clusters) for group in sized[size].values()] for size, _, _ in places])
    values = [more for _, _, more in places]
    design = _design(scenario, clusters, np.array([load for _, load, _ in places], dtype=float))
    for path in dict.fromkeys(path for more in values for path in more):
        check_numeric(scenario, path)
        before = design.columns.get(path, np.full(len(values) * BASES, _stated(scenario, path)))[::BASES]
        column = [more.get(path, own) for more, own in zip(values, before, strict=True)]
        design = design.at({path: np.repeat(column, BASES)})
    ledger = evaluate(scenario, design, (COSTS, HOURS, MINUTES, LEFT))
    return _summed(ledger, tuple(places))


def _stated(scenario: Scenario, path: str) -> float:
    """What the scenario has at a path that a design may vary."""
    if parted(path)[1] in scenario.assumptions:
        return scenario.assumption(path).mean
    _, group, *names = path.split(".")
    return float(reduce(getattr, names, cast("Any", scenario.fleet[group])) or 0.0)


def _design(scenario: Scenario, clusters: Array, loads: Array) -> Design:
    """Three rows a place, one for each base."""
    columns: dict[str, Array] = {FLEET_SIZE: clusters.sum(axis=1)} if scenario.fleet_size else {}
    for (name, group), counts in zip(scenario.fleet.items(), clusters.T, strict=True):
        columns[f"fleet.{name}.clusters"] = counts
        if group.workload:
            for rate in WORKLOAD_RATES:
                columns[f"fleet.{name}.workload.{rate}"] = float(getattr(group.workload, rate)) * loads
    rows = {path: np.repeat(column, BASES) for path, column in columns.items()}
    rows[ENGINEER_RATE] = np.tile([0.0, 1.0, 0.0], len(loads))
    rows[VALUE_PER_CLUSTER] = np.zeros(len(loads) * BASES)  # else it would step in where the business's value is 0
    rows[value_of_downtime(scenario)] = np.tile([0.0, 0.0, 1.0], len(loads))
    return Design("sweep", len(loads) * BASES, rows, moves_dates=True)


def _summed(ledger: Ledger, places: tuple[Place, ...]) -> Responses:
    """The totals of the ledger by place."""
    scenario = ledger.scenario
    months, options, count = scenario.months, tuple(scenario.options), len(places)
    categories = tuple(CATALOGUE)
    cost = np.zeros((2, count * BASES, len(options), len(categories), months))
    for (option, category, at_start), amounts in ledger.totals(COSTS).items():
        cost[int(at_start), :, options.index(option), categories.index(category)] = amounts
    by_role = {key[:2]: found for key, found in ledger.totals(HOURS).items() if key[2] == LABOUR and found.any()}
    roles = tuple(dict.fromkeys(role for _, role in by_role))
    hours = np.zeros((count * BASES, len(options), len(roles), months))
    for (option, role), amounts in by_role.items():
        hours[:, options.index(option), roles.index(role)] = amounts
    by_part = {key[:3]: found for key, found in ledger.totals(MINUTES).items() if key[3] == DOWNTIME and found.any()}
    parts = tuple(dict.fromkeys(part_of(line, phase) for _, line, phase in by_part))
    minutes = np.zeros((count * BASES, len(options), len(parts)))
    for (option, line, phase), amounts in by_part.items():
        minutes[:, options.index(option), parts.index(part_of(line, phase))] += amounts
    left = np.zeros((count, len(options)))
    for (option,), amounts in ledger.totals(LEFT).items():
        left[:, options.index(option)] = amounts.reshape(-1)[::BASES] / [max(size, 1) for size, _, _ in places]
    by_base = cost.reshape(2, count, BASES, *cost.shape[2:])
    by_base[:, :, 1:] -= by_base[:, :, :1]
    ends, starts = by_base
    upfront = starts if starts.any() else None
    return Responses(places, options, categories, roles, parts, ends, upfront, hours[::BASES], minutes[::BASES], left)


def part_of(line: str, phase: str) -> str:
    """The part of downtime that a line's phase belongs to, named as in `tco.charts.downtime_by_line`."""
    part = phase.rsplit(": ", 1)[-1].replace("regional event", "regional")
    return line if part in line else f"{line}, {part}"
