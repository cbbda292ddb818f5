"""Numeric inputs by path: of an assumption, of one group, or of the whole fleet.

`fleet.*.workload.reads_per_second` is the number of all groups: its value is the mean over clusters, and groups keep
their proportions. `requests_per_second` is reads and writes together, in the same way. `fleet_size` is a whole number
of clusters, shared among groups in whole clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tco.errors import InputError
from tco.evaluation.inputs import FLEET_SIZE
from tco.evaluation.ledger_line import Array
from tco.loading.loading import whole_clusters
from tco.sampling.designs import FLEET_NUMBERS, WORKLOAD_NUMBERS, check_numeric, check_values, sweep
from tco.scenario.scenario import parted

if TYPE_CHECKING:
    from tco.scenario.scenario import Scenario


EVERY_GROUP = "fleet.*."
REQUESTS = "requests_per_second"
BOTH_DIRECTIONS = ("workload.reads_per_second", "workload.writes_per_second")
WHOLE_FLEET = (
    REQUESTS,
    *(EVERY_GROUP + number for number in FLEET_NUMBERS if number != "clusters"),
    *(f"{EVERY_GROUP}workload.{number}" for number in WORKLOAD_NUMBERS),
)


def columns_at(scenario: Scenario, path: str, values: Sequence[float] | Array) -> Mapping[str, Array]:
    """The columns of a design in which a numeric input takes these values, one per row.

    Raises InputError for a path that is not numeric, values outside its bounds, and a whole-fleet number that is zero
    in every group, so that there are no proportions.
    """
    if path not in WHOLE_FLEET:
        check_numeric(scenario, path, further=WHOLE_FLEET)
        columns = sweep(scenario, path, values).columns
        return _whole_clusters(scenario, columns[path]) if path == FLEET_SIZE else columns
    tried = check_values(scenario, path, values)
    mean = current_value(scenario, path)
    if not mean:
        raise InputError("is 0 in every group, so there are no proportions to keep", path=path)
    now = {
        f"fleet.{name}.{number}": _number(scenario, name, number)
        for number in _numbers(path)
        for name in scenario.fleet
    }
    return {column: tried / mean * number for column, number in now.items() if number}


def _whole_clusters(scenario: Scenario, sizes: Array) -> Mapping[str, Array]:
    """The columns of a design with these fleet sizes, rounded, and the clusters that each group then has."""
    counts = {name: group.clusters for name, group in scenario.fleet.items()}
    whole, places = np.unique(np.round(sizes).astype(int), return_inverse=True)
    if not sum(counts.values()):
        return {FLEET_SIZE: whole[places].astype(float)}
    fleets = [whole_clusters(counts, size) for size in whole.tolist()]
    groups = {f"fleet.{name}.clusters": np.array([float(fleet[name]) for fleet in fleets])[places] for name in counts}
    return {FLEET_SIZE: whole[places].astype(float), **groups}


def current_value(scenario: Scenario, path: str) -> float:
    """The present value of a numeric input: an assumption's mean, the fleet size, a number of a group or the fleet."""
    if path == FLEET_SIZE:
        return float(scenario.fleet_size)
    if parted(path)[1] in scenario.assumptions:
        check_numeric(scenario, path)
        return scenario.assumption(path).mean
    if path in WHOLE_FLEET:
        clusters = {name: group.clusters for name, group in scenario.fleet.items()}
        total = sum(_number(scenario, name, number) * clusters[name] for number in _numbers(path) for name in clusters)
        return total / (sum(clusters.values()) or 1)
    check_numeric(scenario, path, further=WHOLE_FLEET)
    _, name, number = path.split(".", 2)
    return _number(scenario, name, number)


def _numbers(path: str) -> tuple[str, ...]:
    """The numbers of a group behind a whole-fleet path."""
    return BOTH_DIRECTIONS if path == REQUESTS else (path.removeprefix(EVERY_GROUP),)


def _number(scenario: Scenario, name: str, number: str) -> float:
    """A number of a group as the scenario states it; 0 if it states none."""
    node: object = scenario.fleet[name]
    for part in number.split("."):
        node = getattr(node, part, None)
    return float(node) if isinstance(node, (int, float)) else 0.0
