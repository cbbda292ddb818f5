"""How a cluster survives the loss or restart of an instance: the property that decides its minutes of downtime.

A Multi-AZ instance fails over to its standby, a cluster (Multi-AZ cluster, Aurora with a reader) to a reader, a
self-managed set of several nodes to another node by its own means, a single instance waits for its restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ZERO
from tco.model.fleet.placement import Hosting
from tco.units import SECONDS_PER_MINUTE

Array = NDArray[np.float64]
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


@dataclass(frozen=True)
class Survivor:
    """Members of a hosting with the same topology. places: positions along the hosting's members."""

    hosting: Hosting
    topology: Topology
    places: NDArray[np.intp]

    def minutes(self, by_topology: Mapping[Topology, str]) -> Array:
        """Minutes of an event (one of the tables above); 0 for a topology that the event does not touch."""
        path = by_topology.get(self.topology)
        if path is None:
            return ZERO
        inputs = self.hosting.inputs
        in_seconds = inputs.scenario.assumptions[path].unit.startswith("second")
        return inputs[path] / (SECONDS_PER_MINUTE if in_seconds else 1.0)


def survivors(hosting: Hosting) -> tuple[Survivor, ...]:
    """The hosting's members by topology."""
    return hosting.inputs.keep(("survivors", hosting), lambda: tuple(_survivors(hosting)))


def _survivors(hosting: Hosting) -> Iterator[Survivor]:
    kinds = [
        topology(hosting, deployment, int(instances))
        for deployment, instances in zip(hosting.setting("deployment"), hosting.setting("instances"), strict=True)
    ]
    for kind in dict.fromkeys(kinds):
        places = [place for place, found in enumerate(kinds) if found == kind]
        yield Survivor(hosting, kind, np.array(places, dtype=np.intp))


def topology(hosting: Hosting, deployment: str, instances: int) -> Topology:
    """The topology of a cluster with a deployment and a number of billed instances on the hosting's platform."""
    if hosting.family == "versionless":
        return "versionless"
    several = instances > 1 or deployment != "single_az"
    if hosting.family == "self_managed":
        return "self-managed set" if several else "single instance"
    if deployment == "multi_az_cluster" or (several and hosting.platform.readers_take_over):
        return "cluster"
    return "standby" if deployment == "multi_az" else "single instance"
