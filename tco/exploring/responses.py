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
    clusters that should have moved or been upgraded and are not. curve: (sizes, bases, options, months) at fleet
    sizes of the line of cost against size; curve_at_start likewise.
    """

    places: tuple[Place, ...]
    curve_sizes: tuple[int, ...]
    options: tuple[str, ...]
    categories: tuple[str, ...]
    roles: tuple[str, ...]
    parts: tuple[str, ...]
    cost: Array
    at_start: Array | None
    hours: Array
    minutes: Array
    unfinished: Array
    curve: Array
    curve_at_start: Array | None


def responses(
    scenario: Scenario,
    places: Sequence[tuple[int, float] | Place],
    curve_sizes: Sequence[int] = (),
    curve_load: float = 1.0,
    curve_values: Mapping[str, float] | None = None,
) -> Responses:
    """The answers at whole fleet sizes, each as `load_scenario(..., fleet_size=)` would scale the fleet.

    curve_sizes: the sizes of the curve; curve_load, curve_values: its load and values by path. A number
    of a group's workload is stated whole: the load is no factor on it.
    """
    whole_places: list[Place] = [(size, load, dict(*more)) for size, load, *more in places]
    values = [more for *_, more in whole_places] + [curve_values or {}] * len(curve_sizes)
    wanted = dict.fromkeys([*(size for size, *_ in places), *curve_sizes])
    sized = {size: with_fleet_size(scenario, size).fleet for size in wanted}
    groups = list(scenario.fleet)
    counts = [[float(sized[size][name].clusters) for name in groups] for size, *_ in places]
    counts += [[group.clusters for group in sized[size].values()] for size in curve_sizes]
    clusters = np.array(counts).reshape(-1, len(groups))
    loads = np.array([load for _, load, _ in whole_places] + [curve_load] * len(curve_sizes), dtype=float)
    design = _design(scenario, clusters, loads)
    for path in dict.fromkeys(path for more in values for path in more):
        check_numeric(scenario, path)
        before = design.columns.get(path, np.full(len(values) * BASES, _stated(scenario, path)))[::BASES]
        column = [more.get(path, own) for more, own in zip(values, before, strict=True)]
        design = design.at({path: np.repeat(column, BASES)})
    ledger = evaluate(scenario, design, (COSTS, HOURS, MINUTES, LEFT))
    return _summed(ledger, tuple(whole_places), tuple(curve_sizes))


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


def _summed(ledger: Ledger, places: tuple[Place, ...], curve_sizes: tuple[int, ...]) -> Responses:
    """The totals of the ledger by place."""
    scenario = ledger.scenario
    months, options = scenario.months, tuple(scenario.options)
    points, count = len(places), len(places) + len(curve_sizes)
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
    left = np.zeros((points, len(options)))
    for (option,), amounts in ledger.totals(LEFT).items():
        left[:, options.index(option)] = amounts.reshape(-1)[::BASES][:points] / [max(size, 1) for size, *_ in places]
    by_base = cost.reshape(2, count, BASES, *cost.shape[2:])
    by_base[:, :, 1:] -= by_base[:, :, :1]
    ends, starts = by_base
    upfront = bool(starts.any())
    return Responses(
        places, curve_sizes, options, categories, roles, parts, ends[:points], starts[:points] if upfront else None,
        hours[::BASES][:points], minutes[::BASES][:points], left, ends[points:].sum(axis=3),
        starts[points:].sum(axis=3) if upfront else None,
    )  # fmt: skip


def part_of(line: str, phase: str) -> str:
    """The part of downtime that a line's phase belongs to, named as in `tco.charts.downtime_by_line`."""
    part = phase.rsplit(": ", 1)[-1].replace("regional event", "regional")
    return line if part in line else f"{line}, {part}"
