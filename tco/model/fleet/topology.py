"""How a cluster survives the loss or restart of an instance: the property that decides its minutes of downtime.

A Multi-AZ instance fails over to its standby, a cluster (Multi-AZ cluster, Aurora with a reader) to a reader, a
self-managed set of several nodes to another node by its own means, a single instance waits for its restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ZERO, Array
from tco.model.fleet.groups import Groups, part
from tco.model.fleet.placement import Placement, Stay, setting
from tco.units import SECONDS_PER_MINUTE

Topology = Literal["single instance", "standby", "cluster", "self-managed set", "versionless"]

PLANNED_SWITCH: Mapping[Topology, str] = {
    "single instance": "downtime.minor_minutes_single_az",
    "standby": "downtime.failover_seconds",
    "cluster": "downtime.cluster_failover_seconds",
    "self-managed set": "downtime.rolling_seconds",
}
"""Database downtime of a planned switch of instances (a patch, a resize, a replacement), by topology."""
MINOR_UPGRADE: Mapping[Topology, str] = {
    "single instance": "downtime.minor_minutes_single_az",
    "standby": "downtime.minor_minutes_multi_az",
    "cluster": "downtime.minor_seconds_multi_az_cluster",
    "self-managed set": "downtime.rolling_seconds",
}
"""Database downtime of a minor upgrade: a standby is upgraded together with its primary and does not help."""
REPAIR: Mapping[Topology, str] = {
    "single instance": "downtime.single_az_recovery_minutes",
    "standby": "downtime.failover_seconds",
    "cluster": "downtime.cluster_failover_seconds",
    "self-managed set": "downtime.self_managed_failover_minutes",
    "versionless": "downtime.versionless_recovery_minutes",
}
"""Database downtime of an unplanned failure of one instance or partition."""


def minutes_of(inputs: Inputs, event: Mapping[Topology, str], topology: Topology) -> Array:
    """Minutes of an event (one of the tables above); 0 for a topology that the event does not touch."""
    path = event.get(topology)
    if path is None:
        return ZERO
    in_seconds = inputs.scenario.assumptions[path].unit.startswith("second")
    return inputs[path] / (SECONDS_PER_MINUTE if in_seconds else 1.0)


@cached
def topologies(inputs: Inputs, placement: Placement) -> tuple[tuple[Topology, Groups], ...]:
    """The placement's groups by topology."""
    found: dict[Topology, list[int]] = {}
    settings = zip(setting(inputs, placement, "deployment"), setting(inputs, placement, "instances"), strict=True)
    for position, (deployment, instances) in enumerate(settings):
        found.setdefault(topology_of(placement, deployment, int(instances)), []).append(position)
    return tuple((topology, part(inputs, placement.groups, positions)) for topology, positions in found.items())


def topology_of(stay: Stay, deployment: str, instances: int) -> Topology:
    """The topology of a cluster with a deployment and a number of billed instances."""
    if stay.family == "versionless":
        return "versionless"
    several = instances > 1 or deployment != "single_az"
    if stay.family == "self_managed":
        return "self-managed set" if several else "single instance"
    if deployment == "multi_az_cluster" or (several and stay.platform.readers_take_over):
        return "cluster"
    return "standby" if deployment == "multi_az" else "single instance"
