"""Minutes in which a cluster does not serve, and what they cost: planned, gone wrong, local and regional.

Database minutes and application minutes (reconnect, warm caches, maintenance page) are lines of their own, the phase
says which. The quantity is cluster-minutes; a minute is priced at the cluster's business value times the share of
it that is lost, less off-peak where the work was planned and went as planned.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import DOWNTIME, ONE, Array, Factors, Line
from tco.model.components.upkeep import by_green_copy, minor_events, patch_events
from tco.model.fleet.effort import fallback_share, incidents
from tco.model.fleet.events import failed_cutovers, failed_migrations, failures, regional_events
from tco.model.fleet.groups import Groups, cluster_shares, clusters, part
from tco.model.fleet.placement import Family, Placement, pace, standing
from tco.model.fleet.topology import MINOR_UPGRADE, PLANNED_SWITCH, REPAIR, minutes_of, topologies
from tco.model.fleet.waves import Wave, cut_overs, in_month
from tco.units import MONTHS_PER_YEAR, SECONDS_PER_MINUTE

PLANNED = "planned downtime"
METHOD_SECONDS = {
    "blue_green": "downtime.bluegreen_seconds",
    "rolling": "downtime.rolling_seconds",
    "logical_replication": "downtime.logical_replication_seconds",
}
"""Database downtime of one cut-over by methods that do not upgrade in place."""


def minute_price(inputs: Inputs, groups: Groups, lost_share: str = "downtime.affected_share") -> Factors:
    """USD of a minute of one cluster being down, (draws or 1, groups, months or 1).

    Business value of the cluster's minute x share of it lost x price level; a cluster that is not production counts
    with its share of a production one. A business-wide value is shared over all clusters.
    """
    return minute_value(inputs), worth(inputs, groups), inputs[lost_share], inputs.price_level("business")


@cached
def minute_value(inputs: Inputs) -> Array:
    """USD that a minute of one production cluster is worth, (draws or 1, 1, 1)."""
    business = inputs.stated("downtime.business_value_per_minute")
    total = inputs.clusters.sum(axis=1, keepdims=True)
    return np.where(business > 0, business / np.where(total > 0, total, 1.0), inputs["downtime.value_per_minute"])


@cached
def worth(inputs: Inputs, groups: Groups) -> Array:
    """What a minute of each group is worth against that of a production cluster, (draws or 1, groups or 1, 1)."""
    if groups.production.all():
        return ONE
    return np.where(groups.production, 1.0, inputs["downtime.non_production_value_share"])


def planned(
    inputs: Inputs, placement: Placement, groups: Groups, kind: str, events: Factors, database_minutes: Array
) -> Iterator[Line]:
    """The two lines of a planned event: minutes of the database, and minutes of the application on top.

    Work that goes as planned is done when few are hurt: its minutes have the off-peak price.
    """
    price = groups.of(*minute_price(inputs, placement.groups), inputs["downtime.off_peak_factor"])
    parts = {"database": database_minutes, "application": inputs["downtime.application_extra_minutes"]}
    for name, minutes in parts.items():
        quantity, phase = (*events, minutes), f"{kind}: {name}"
        yield Line("downtime", PLANNED, DOWNTIME, quantity, price, groups.indices, phase)


def method_minutes(inputs: Inputs, wave: Wave) -> Array:
    """Database minutes of one cut-over by the wave's method; blue/green falls back to in place now and then."""
    in_place = inputs["downtime.inplace_major_minutes"]
    if wave.method == "in_place":
        return in_place
    if wave.method == "full_restart":
        return inputs["downtime.full_restart_minutes"]
    switch = inputs[METHOD_SECONDS[wave.method]] / SECONDS_PER_MINUTE
    return switch + fallback_share(inputs, wave) * (in_place - switch)


def major_upgrades(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Planned minutes of a wave: clusters x steps x minutes of the method."""
    events, minutes = cut_overs(inputs, wave), method_minutes(inputs, wave)
    yield from planned(inputs, placement, wave.cohort.groups, "major upgrade", events, minutes)


def cutover_incidents(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Cut-overs that go wrong: expected incidents x minutes; never at the off-peak price."""
    groups = wave.cohort.groups
    price = groups.of(*minute_price(inputs, placement.groups))
    minutes = (
        incidents(inputs, wave),
        failed_cutovers(inputs, placement.option, groups),
        cluster_shares(inputs, groups),
        in_month(inputs, wave),
        inputs["downtime.incident_minutes"],
    )
    phase = "major upgrade: incident"
    yield Line("downtime", "cutover incidents", DOWNTIME, minutes, price, groups.indices, phase)


def minor_upgrades(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of minor upgrades, by topology; seconds where the option switches to a green copy."""
    switched = by_green_copy(inputs, placement)
    for topology, groups in topologies(inputs, placement) if placement.is_versioned else ():
        for by_switch in (False, True):
            positions = groups.positions[switched[groups.positions] == by_switch]
            if len(positions):
                minutes = minutes_of(inputs, MINOR_UPGRADE, topology)
                if by_switch:
                    minutes = np.minimum(minutes, inputs["downtime.bluegreen_seconds"] / SECONDS_PER_MINUTE)
                some = part(inputs, placement.groups, positions)
                events = (*standing(inputs, placement, some), minor_events(inputs, placement.stay))
                yield from planned(inputs, placement, some, "minor upgrade", events, minutes)


def patches(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of operating-system and security patches, by topology."""
    yield from _switches(inputs, placement, "OS patch", patch_events(inputs, placement))


def resizes(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of changes of capacity, by topology; capacity that is not instances changes without any."""
    if placement.is_instances:
        a_month = inputs["downtime.resizes_per_year"] / MONTHS_PER_YEAR
        yield from _switches(inputs, placement, "capacity change", a_month)


def replacements(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of hardware that is replaced before it fails, by topology."""
    if placement.is_versioned:
        a_month = inputs[f"operations.hardware_replacements_{placement.family}"] / MONTHS_PER_YEAR
        yield from _switches(inputs, placement, "hardware replacement", a_month)


def _switches(inputs: Inputs, placement: Placement, kind: str, events_per_month: Array) -> Iterator[Line]:
    for topology, groups in topologies(inputs, placement) if placement.is_versioned else ():
        events = (*standing(inputs, placement, groups), events_per_month)
        minutes = minutes_of(inputs, PLANNED_SWITCH, topology)
        yield from planned(inputs, placement, groups, kind, events, minutes)


def migration(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of moving to another platform, cluster by cluster at its cut-over."""
    if placement.stage == "arrives":
        groups = placement.groups
        events = (clusters(inputs, groups), pace(inputs, placement).cut_over)
        minutes = inputs["downtime.migration_cutover_minutes"]
        yield from planned(inputs, placement, groups, "migration", events, minutes)


def migration_incidents(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Moves to another platform that go wrong at cut-over: clusters x probability x minutes."""
    if placement.stage == "arrives":
        minutes = (
            clusters(inputs, placement.groups),
            pace(inputs, placement).cut_over,
            inputs["downtime.incident_probability_migration"],
            failed_migrations(inputs, placement),
            inputs["downtime.incident_minutes"],
        )
        price, phase = minute_price(inputs, placement.groups), "migration: incident"
        yield Line("downtime", "cutover incidents", DOWNTIME, minutes, price, placement.groups.indices, phase)


def local_failures(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Failures of single instances or partitions: clusters x failures a month x (repair + application minutes)."""
    a_month = inputs[f"downtime.unplanned_failures_{placement.family}"] / MONTHS_PER_YEAR
    happened = failures(inputs, placement)
    for topology, groups in topologies(inputs, placement):
        price = groups.of(*minute_price(inputs, placement.groups))
        repair = minutes_of(inputs, REPAIR, topology)
        parts = {"database": repair, "application": inputs["downtime.application_extra_minutes"]}
        events = (*standing(inputs, placement, groups), a_month, *groups.of(happened))
        for name, minutes in parts.items():
            quantity, phase = (*events, minutes), f"failure: {name}"
            yield Line("downtime", "unplanned local downtime", DOWNTIME, quantity, price, groups.indices, phase)


def regional_kind(family: Family) -> str:
    """Which regional outages hit a platform: those of instances, or those of a versionless service."""
    return "versionless" if family == "versionless" else "instances"


def regional_outages(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Outages of a Region, which hit all its clusters at once: events a month x minutes, for part of the requests."""
    kind, groups = regional_kind(placement.family), placement.groups
    minutes = (
        *standing(inputs, placement),
        inputs["downtime.regional_events_per_year"] / MONTHS_PER_YEAR,
        regional_events(inputs, groups),
        inputs[f"downtime.regional_minutes_{kind}"],
    )
    price = minute_price(inputs, groups, f"downtime.regional_error_share_{kind}")
    line = "unplanned regional downtime"
    yield Line("downtime", line, DOWNTIME, minutes, price, groups.indices, "regional event")


WAVE_LINES = (major_upgrades, cutover_incidents)
PLACEMENT_LINES = (
    minor_upgrades,
    patches,
    resizes,
    replacements,
    migration,
    migration_incidents,
    local_failures,
    regional_outages,
)
