"""Minutes in which a cluster does not serve, and what they cost: planned, gone wrong, local and regional; and credits.

Database minutes and application minutes (reconnect, warm caches, maintenance page) are lines of their own, the phase
says which. The quantity is cluster-minutes; a minute is priced at the cluster's business value times the share of
it that is lost, less off-peak where the work was planned and went as planned.

Credits for missed service levels follow from the rate and length of outages (`chance_below`), not from mean minutes.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np

from tco import platforms
from tco.catalog.services import tiers
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import DOWNTIME, ONE, REGIONAL, ZERO, Array, Chance, Factors, Line
from tco.model.components.infrastructure import monthly_bill
from tco.model.components.version_upkeep import by_green_copy, minor_events, patch_events
from tco.model.fleet.bills import billed_instances, line_of_bill
from tco.model.fleet.effort import fallback_share, incident_probability
from tco.model.fleet.events import failed_cutovers, failed_migrations, failures, regional_events, rings
from tco.model.fleet.growth import CLUSTERS, growth
from tco.model.fleet.placement import Placement, Stay, moved, setting, standing
from tco.model.fleet.waves import Wave, cut_overs
from tco.platforms.base import Family
from tco.scenario.scenario import Group
from tco.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR, SECONDS_PER_MINUTE

PLANNED = "planned downtime"
UPTIME_PROMISED = "sla.customer_uptime_threshold"
Topology = Literal["single instance", "standby", "cluster", "self-managed set", "ring", "versionless"]
"""How a cluster goes on without one of its instances; a ring has no primary and serves while any of them is stopped."""


class Minutes(NamedTuple):
    """The assumptions of how long a database is down, by event; empty where an event does not stop it.

    switch: a planned switch of instances (a patch, a resize, a replacement). minor_upgrade: a standby is upgraded
    together with its primary and does not help. repair: an unplanned failure that interrupts a cluster.
    """

    switch: str
    minor_upgrade: str
    repair: str


SINGLE, FAILOVER, ROLLING = "downtime.minor_minutes_single_az", "downtime.failover_seconds", "downtime.rolling_seconds"
CLUSTER, RECOVERY = "downtime.cluster_failover_seconds", "downtime.single_az_recovery_minutes"
DATABASE_MINUTES: Mapping[Topology, Minutes] = {
    "single instance": Minutes(SINGLE, SINGLE, RECOVERY),
    "standby": Minutes(FAILOVER, "downtime.minor_minutes_multi_az", FAILOVER),
    "cluster": Minutes(CLUSTER, "downtime.minor_seconds_multi_az_cluster", CLUSTER),
    "self-managed set": Minutes(ROLLING, ROLLING, "downtime.self_managed_failover_minutes"),
    "ring": Minutes("", "", RECOVERY),
    "versionless": Minutes("", "", "downtime.versionless_recovery_minutes"),
}
CUT_OVER = {
    "in_place": "downtime.inplace_major_minutes",
    "full_restart": "downtime.full_restart_minutes",
    "blue_green": "downtime.bluegreen_seconds",
    "rolling": "downtime.rolling_seconds",
    "logical_replication": "downtime.logical_replication_seconds",
}
"""Database downtime of one cut-over of a major upgrade, by method."""


def minutes_at(inputs: Inputs, path: str, groups: Groups) -> Array:
    """An assumption in minutes or seconds, in minutes, for some groups."""
    in_seconds = inputs.scenario.assumptions[path].unit.startswith("second")
    return inputs[path, groups] / (SECONDS_PER_MINUTE if in_seconds else 1.0)


@cached
def topologies(inputs: Inputs, placement: Placement) -> tuple[tuple[Topology, Groups], ...]:
    """The placement's groups by topology."""
    by_topology: dict[Topology, list[int]] = {}
    deployments, instances = setting(inputs, placement, "deployment"), billed_instances(inputs, placement)[0, :, 0]
    settings = zip(placement.groups.stated, rings(inputs, placement), deployments, instances.tolist(), strict=True)
    for position, (group, ring, deployment, count) in enumerate(settings):
        topology = "ring" if ring else topology_of(placement, group, deployment, count)
        by_topology.setdefault(topology, []).append(position)
    return tuple((topology, inputs.part(placement.groups, positions)) for topology, positions in by_topology.items())


def topology_of(stay: Stay, group: Group, deployment: str, instances: float) -> Topology:
    """The topology of a cluster that is no ring, with a deployment and a number of billed instances.

    Nothing takes over for a node of memcached: each restart stops 1/n of the data, n of them as much as that of one.
    A service with versions whose instances nobody chooses keeps copies in several zones.
    """
    if stay.platform.family == "versionless":
        return "versionless"
    if not stay.platform.has_hosts:
        return "cluster"
    if not group.is_copied:
        return "single instance"
    if stay.platform.family == "self_managed":
        return "self-managed set" if instances > 1 else "single instance"
    if deployment == "multi_az_cluster" or (instances > 1 and stay.platform.readers_take_over):
        return "cluster"
    return "standby" if deployment == "multi_az" else "single instance"


def minute_price(inputs: Inputs, groups: Groups) -> Factors:
    """USD of a minute of one cluster being down, (draws or 1, groups, months or 1).

    Business value of the cluster's minute x share of it lost x price level; a cluster that is not production counts
    with its share of a production one. A business-wide value is shared over all clusters by that weight.
    """
    lost_share, level = inputs["downtime.affected_share", groups], inputs.price_level("business")
    return minute_value(inputs, groups), worth(inputs, groups), lost_share, level


@cached
def minute_value(inputs: Inputs, groups: Groups) -> Array:
    """USD that a minute of one production cluster is worth, (draws or 1, groups or 1, 1 or months).

    The value of the business is shared by those that are added, too: it does not grow with their number.
    """
    business, each = inputs.stated("downtime.business_value_per_minute"), inputs["downtime.value_per_minute", groups]
    if not business.any():
        return each
    fleet = inputs.whole_fleet
    total = over_groups(inputs.clusters(fleet) * worth(inputs, fleet) * growth(inputs, CLUSTERS, fleet))
    return np.where(business > 0, business / np.where(total > 0, total, 1.0), each)


@cached
def worth(inputs: Inputs, groups: Groups) -> Array:
    """What a minute of each group is worth against that of a production cluster, (draws or 1, groups or 1, 1)."""
    if groups.production.all():
        return ONE
    return np.where(groups.production, 1.0, inputs["downtime.non_production_value_share", groups])


def planned(
    inputs: Inputs, groups: Groups, kind: str, events: Factors, database_minutes: Array, chance: Chance | None = None
) -> Iterator[Line]:
    """The two lines of a planned event: minutes of the database, and minutes of the application on top.

    chance: as of a line. Work that goes as planned is done when few are hurt: its minutes have the off-peak price.
    """
    price = (*minute_price(inputs, groups), inputs["downtime.off_peak_factor", groups])
    parts = {"database": database_minutes, "application": inputs["downtime.application_extra_minutes", groups]}
    for name, minutes in parts.items():
        quantity, phase = (*events, minutes), f"{kind}: {name}"
        yield Line(PLANNED, DOWNTIME, quantity, price, groups.indices, phase, chance=chance)


@cached
def method_minutes(inputs: Inputs, method: str, groups: Groups) -> Array:
    """Database minutes of one cut-over by a method that goes well; blue/green falls back to in place now and then."""
    in_place, minutes = (minutes_at(inputs, CUT_OVER[name], groups) for name in ("in_place", method))
    return minutes + fallback_share(inputs, method, groups) * (in_place - minutes)


def major_upgrades(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Planned minutes of a wave: (clusters x steps - incidents) x minutes of the method.

    None of a ring that goes node by node. A cut-over that goes wrong has the minutes of an incident instead.
    """
    rings = np.zeros(len(placement.groups), dtype=bool)
    for topology, groups in topologies(inputs, placement):
        rings[groups.positions] = topology == "ring" and wave.method == "rolling"
    positions = wave.groups.positions[~rings[wave.groups.positions]]
    if len(positions):
        groups = inputs.part(placement.groups, positions)
        minutes = method_minutes(inputs, wave.method, groups)
        failed = failed_cutovers(inputs, placement.option, groups)
        well = going_well(incident_probability(inputs, wave, groups), failed)
        events = (*cut_overs(inputs, wave, groups), well.drawn)
        yield from planned(inputs, groups, "major upgrade", events, minutes, well)


def going_well(probability: Array, failed: Array) -> Chance:
    """Share of cut-overs that do not go wrong, and the expected one. failed: incidents over those expected.

    Where nearly all go wrong, a wave with more risk than others would have more incidents than cut-overs: 0 then.
    """
    expected = 1 - probability
    return Chance(expected if failed is ONE else np.maximum(1 - probability * failed, 0.0), expected)


def cutover_incidents(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Cut-overs that go wrong: expected incidents x all their minutes; never at the off-peak price."""
    groups, happened = wave.groups, failed_cutovers(inputs, placement.option, wave.groups)
    events = (*cut_overs(inputs, wave), incident_probability(inputs, wave, groups), happened)
    yield from _incidents(inputs, groups, "major upgrade", events, happened)


def _incidents(inputs: Inputs, groups: Groups, kind: str, events: Factors, happened: Array) -> Iterator[Line]:
    minutes, price = inputs["downtime.incident_minutes", groups], minute_price(inputs, groups)
    phase, chance = f"{kind}: incident", Chance(happened)
    yield Line("cutover incidents", DOWNTIME, (*events, minutes), price, groups.indices, phase, chance=chance)
    yield from credits_of_incidents(inputs, groups, events, happened)


def minor_upgrades(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of minor upgrades, by topology; seconds where the option switches to a green copy."""
    switched = by_green_copy(inputs, placement)
    for topology, groups in topologies(inputs, placement):
        path = DATABASE_MINUTES[topology].minor_upgrade
        for by_switch in (False, True) if path else ():
            positions = groups.positions[switched[groups.positions] == by_switch]
            if len(positions):
                some = inputs.part(placement.groups, positions)
                minutes = minutes_at(inputs, path, some)
                if by_switch:
                    minutes = np.minimum(minutes, minutes_at(inputs, "downtime.bluegreen_seconds", some))
                events = (*standing(inputs, placement, some), *some.of(minor_events(inputs, placement.stay)))
                yield from planned(inputs, some, "minor upgrade", events, minutes)


def patches(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of operating-system and security patches, by topology."""
    yield from _switches(inputs, placement, "OS patch", patch_events(inputs, placement))


def resizes(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of changes of capacity, by topology; capacity that is not instances changes without any."""
    a_month = inputs["downtime.resizes_per_year", placement.groups] / MONTHS_PER_YEAR
    yield from _switches(inputs, placement, "capacity change", a_month)


def replacements(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of hardware that is replaced before it fails, by topology.

    Only a primary interrupts, and only its shard: clusters x replacements of one instance, however many there are.
    """
    path = f"operations.hardware_replacements_{placement.platform.family}"
    a_month = inputs[path, placement.groups] / MONTHS_PER_YEAR
    yield from _switches(inputs, placement, "hardware replacement", a_month)


def _switches(inputs: Inputs, placement: Placement, kind: str, events_per_month: Array) -> Iterator[Line]:
    for topology, groups in topologies(inputs, placement):
        if path := DATABASE_MINUTES[topology].switch:
            events = (*standing(inputs, placement, groups), *groups.of(events_per_month))
            yield from planned(inputs, groups, kind, events, minutes_at(inputs, path, groups))


def migration(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Planned minutes of moving to another platform, cluster by cluster at its cut-over, where that goes well."""
    groups = placement.groups
    probability = inputs["downtime.incident_probability_migration", groups]
    well = going_well(probability, failed_migrations(inputs, placement))
    events, minutes = (*moved(inputs, placement.stay), well.drawn), inputs["downtime.migration_cutover_minutes", groups]
    yield from planned(inputs, groups, "migration", events, minutes, well)


def migration_incidents(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Moves to another platform that go wrong at cut-over: clusters x probability x minutes."""
    groups, happened = placement.groups, failed_migrations(inputs, placement)
    events = (*moved(inputs, placement.stay), inputs["downtime.incident_probability_migration", groups], happened)
    yield from _incidents(inputs, groups, "migration", events, happened)


def local_failures(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Failures of single instances or partitions: clusters x failures a month x (repair + application minutes).

    Of a ring only those that hit all of it: no node is the primary of the others.
    """
    happened = failures(inputs, placement)
    for topology, groups in topologies(inputs, placement):
        price = minute_price(inputs, groups)
        repair = minutes_at(inputs, DATABASE_MINUTES[topology].repair, groups)
        parts = {"database": repair, "application": inputs["downtime.application_extra_minutes", groups]}
        a_month = interruptions(inputs, placement.platform.family, topology, groups) / MONTHS_PER_YEAR
        (own,) = groups.of(happened)
        events = (*standing(inputs, placement, groups), a_month, own)
        for name, minutes in parts.items():
            quantity, phase = (*events, minutes), f"failure: {name}"
            yield Line("unplanned local downtime", DOWNTIME, quantity, price, groups.indices, phase, chance=Chance(own))


def interruptions(inputs: Inputs, family: Family, topology: Topology, groups: Groups) -> Array:
    """Unplanned failures a year that interrupt a cluster."""
    rate = inputs[f"downtime.unplanned_failures_{family}", groups]
    return rate * inputs["downtime.ring_failure_share", groups] if topology == "ring" else rate


def regional_kind(family: Family) -> str:
    """Which regional outages hit a platform: those of instances, or those of a versionless service."""
    return "versionless" if family == "versionless" else "instances"


def regional_outages(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Outages of a Region, which hit all its clusters at once: events a month x minutes, for part of the requests."""
    kind, groups = regional_kind(placement.platform.family), placement.groups
    happened = regional_events(inputs, groups)
    minutes = (
        *standing(inputs, placement),
        inputs["downtime.regional_events_per_year"] / MONTHS_PER_YEAR,
        happened,
        inputs[f"downtime.regional_minutes_{kind}", groups],
    )
    price = (*minute_price(inputs, groups), inputs[f"downtime.regional_error_share_{kind}", groups])
    yield Line(REGIONAL, DOWNTIME, minutes, price, groups.indices, "regional event", chance=Chance(happened))


def lasting(inputs: Inputs, minutes: Array, uptime: float | Array) -> Array:
    """Probability that an outage of so many minutes on average alone brings a month's uptime below `uptime`."""
    allowed = (1 - uptime) * inputs["finance.hours_per_month"] * MINUTES_PER_HOUR
    chance: Array = np.where(minutes > 0, np.exp(-allowed / np.where(minutes > 0, minutes, 1.0)), 0.0)
    return chance


def chance_below(
    inputs: Inputs, platform: str, topology: Topology, groups: Groups, uptime: float | Array, of_provider: bool = False
) -> Array:
    """Probability that a cluster's uptime in a month is below `uptime` (a share), planned maintenance excluded.

    1 - exp(-sum of rate a month x exp(-minutes allowed / mean minutes)): outages last exponentially distributed times.
    They are local failures and regional events; a regional one counts with its share of failing requests.
    of_provider: those that the provider answers for; on own servers failures as often as on managed ones, the rest is
    the team's.
    """
    family = platforms.platform(platform).family
    kind = regional_kind(family)
    regional = inputs[f"downtime.regional_minutes_{kind}", groups]
    regional = regional * inputs[f"downtime.regional_error_share_{kind}", groups]
    answering: Family = "managed" if of_provider and family == "self_managed" else family
    repair = minutes_at(inputs, DATABASE_MINUTES[topology].repair, groups)
    local_rate = interruptions(inputs, answering, topology, groups) / MONTHS_PER_YEAR
    regional_rate = inputs["downtime.regional_events_per_year"] / MONTHS_PER_YEAR
    longer = local_rate * lasting(inputs, repair, uptime) + regional_rate * lasting(inputs, regional, uptime)
    return 1 - np.exp(-longer)


@cached
def expected_credit(inputs: Inputs, platform: str, deployment: str, topology: Topology, groups: Groups) -> Array:
    """Expected share of a month's bill that is credited: sum over tiers of credit x chance of ending in that tier."""
    credit, paid_below = ZERO, 0.0
    for tier in tiers(platform, deployment):
        chance = chance_below(inputs, platform, topology, groups, tier.uptime_below, of_provider=True)
        credit = credit + (tier.credit_share - paid_below) * chance
        paid_below = tier.credit_share
    return credit


def credits_received(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Credits from the provider: bill x expected credit share x share of credits that is claimed."""
    deployments = np.array(setting(inputs, placement, "deployment"))
    for topology, groups in topologies(inputs, placement):
        for deployment in np.unique(deployments[groups.positions]).tolist():
            chosen = groups.positions[deployments[groups.positions] == deployment]
            some = inputs.part(placement.groups, chosen)
            billed = some.of(monthly_bill(inputs, placement))
            quantity = (
                *standing(inputs, placement, some),
                *billed,
                expected_credit(inputs, placement.platform_name, deployment, topology, some),
                inputs["sla.claimed_share", some],
            )
            yield line_of_bill(inputs, placement, some, "SLA credits received", quantity, price=-ONE)


def credits_paid(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Credits to customers: monthly revenue of production clusters x credit share x chance to miss the threshold."""
    production = placement.groups.production[0, :, 0]
    for topology, groups in topologies(inputs, placement):
        some = inputs.part(placement.groups, groups.positions[production[groups.positions]])
        if len(some):
            quantity = (
                *standing(inputs, placement, some),
                inputs.stated("sla.customer_monthly_revenue_per_cluster", some),
                inputs["sla.customer_credit_share", some],
                chance_below(inputs, placement.platform_name, topology, some, inputs[UPTIME_PROMISED, some]),
            )
            price = (inputs.price_level("business"),)
            yield Line("SLA credits paid", "USD", quantity, price, some.indices)


def credits_of_incidents(inputs: Inputs, groups: Groups, incidents: Factors, happened: Array) -> Iterator[Line]:
    """Credits to customers of production clusters after cut-overs that go wrong.

    incidents x chance that one lasts longer than the threshold allows x monthly revenue x credit share. incidents: of
    the groups in each month, as factors; happened: that of them which is incidents over those expected.
    """
    revenue = inputs.stated("sla.customer_monthly_revenue_per_cluster", groups)
    if groups.production.any() and revenue.any():
        long = lasting(inputs, inputs["downtime.incident_minutes", groups], inputs[UPTIME_PROMISED, groups])
        share = inputs["sla.customer_credit_share", groups]
        quantity = (*incidents, groups.production.astype(float), long, revenue, share)
        price = (inputs.price_level("business"),)
        phase = "cut-over incident"
        yield Line("SLA credits paid", "USD", quantity, price, groups.indices, phase, chance=Chance(happened))


LINES = (
    ("versioned", (minor_upgrades, patches)),
    ("instances", (resizes,)),
    ("hosts", (replacements,)),
    ("arrives", (migration, migration_incidents)),
    ("placement", (local_failures, regional_outages)),
    ("wave", (major_upgrades, cutover_incidents)),
    ("placement", (credits_received, credits_paid)),
)
