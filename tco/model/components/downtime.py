"""Minutes in which a cluster does not serve, and what they cost: planned, gone wrong, local and regional.

Database minutes and application minutes (reconnect, warm caches, maintenance page) are lines of their own, the phase
says which. The quantity is cluster-minutes; a minute is priced at the cluster's business value times the share of
it that is lost, less off-peak where the work was planned and went as planned.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import DOWNTIME, ONE, Factors, Line
from tco.model.components.upkeep import by_green_copy, minor_events, patch_events
from tco.model.fleet.effort import fallback_share, incidents
from tco.model.fleet.events import cutover_luck, failure_luck, migration_luck, regional_luck
from tco.model.fleet.placement import Hosting, move_of
from tco.model.fleet.topology import MINOR_UPGRADE, PLANNED_SWITCH, REPAIR, survivors
from tco.model.fleet.waves import Wave
from tco.units import MONTHS_PER_YEAR, SECONDS_PER_MINUTE

Array = NDArray[np.float64]
PLANNED = "planned downtime"


def minute_price(hosting: Hosting, lost_share: str = "downtime.affected_share") -> Factors:
    """USD of a minute of one cluster being down, (draws or 1, members, months or 1).

    Business value of the cluster's minute x share of it lost x price level; a cluster that is not production counts
    with its share of a production one. A business-wide value is shared over all clusters.
    """
    inputs = hosting.inputs
    own = inputs.keep("value of a minute", lambda: minute_value(inputs))
    weight = inputs.keep(f"worth of minutes at {hosting.named}", lambda: worth(hosting))
    return own, weight, inputs[lost_share], inputs.price_level("business")


def minute_value(inputs: Inputs) -> Array:
    """USD that a minute of one production cluster is worth, (draws or 1, 1, 1)."""
    business = inputs.stated("downtime.business_value_per_minute")
    whole = inputs.clusters.sum(axis=1, keepdims=True)
    return np.where(business > 0, business / np.where(whole > 0, whole, 1.0), inputs["downtime.value_per_minute"])


def worth(hosting: Hosting) -> Array:
    """What a minute of each member is worth against that of a production cluster, (draws or 1, members or 1, 1)."""
    if hosting.production.all():
        return ONE
    return np.where(hosting.production, 1.0, hosting.inputs["downtime.non_production_value_share"])


def at_places(hosting: Hosting, factors: Factors, places: NDArray[np.intp]) -> Factors:
    """Factors over a hosting's members, for some of these."""
    if len(places) == len(hosting.members):
        return factors
    return tuple(factor[:, places] if factor.shape[1] > 1 else factor for factor in factors)


def off_peak(hosting: Hosting) -> Factors:
    """The price of a planned minute: work that goes as planned is done when few are hurt."""
    return (*minute_price(hosting), hosting.inputs["downtime.off_peak_factor"])


def planned(
    hosting: Hosting, kind: str, events: Factors, database_minutes: Array, places: NDArray[np.intp]
) -> Iterator[Line]:
    """The two lines of a planned event: minutes of the database, and minutes of the application on top."""
    price = at_places(hosting, off_peak(hosting), places)
    parts = {"database": database_minutes, "application": hosting.inputs["downtime.application_extra_minutes"]}
    for part, minutes in parts.items():
        yield hosting.line(
            "downtime",
            PLANNED,
            DOWNTIME,
            (*events, minutes),
            price,
            members=hosting.members[places],
            phase=f"{kind}: {part}",
        )


def method_minutes(wave: Wave) -> Array:
    """Database minutes of one cut-over by the wave's method; blue/green falls back to in place now and then."""
    inputs = wave.cohort.hosting.inputs
    in_place = inputs["downtime.inplace_major_minutes"]
    if wave.method == "in_place":
        return in_place
    if wave.method == "full_restart":
        return inputs["downtime.full_restart_minutes"]
    seconds = {
        "blue_green": "bluegreen_seconds",
        "rolling": "rolling_seconds",
        "logical_replication": "logical_replication_seconds",
    }[wave.method]
    switch = inputs[f"downtime.{seconds}"] / SECONDS_PER_MINUTE
    return switch + fallback_share(wave) * (in_place - switch)


def major_upgrades(wave: Wave) -> Iterator[Line]:
    """Planned minutes of a wave: clusters x steps x minutes of the method."""
    events = (wave.cohort.clusters, wave.share * wave.steps, wave.when)
    yield from planned(wave.cohort.hosting, "major upgrade", events, method_minutes(wave), wave.cohort.places)


def cutover_incidents(wave: Wave) -> Iterator[Line]:
    """Cut-overs that go wrong: expected incidents x minutes; never at the off-peak price."""
    hosting = wave.cohort.hosting
    price = at_places(hosting, minute_price(hosting), wave.cohort.places)
    yield hosting.line(
        "downtime",
        "cutover incidents",
        DOWNTIME,
        (incidents(wave), cutover_luck(wave), wave.split, wave.when, hosting.inputs["downtime.incident_minutes"]),
        price,
        members=wave.cohort.members,
        phase="major upgrade: incident",
    )


def minor_upgrades(hosting: Hosting) -> Iterator[Line]:
    """Planned minutes of minor upgrades, by topology; seconds where the option switches to a green copy."""
    switched = by_green_copy(hosting)
    for survivor in survivors(hosting) if hosting.is_versioned else ():
        for by_switch in (False, True):
            places = survivor.places[switched[survivor.places] == by_switch]
            if len(places):
                minutes = survivor.minutes(MINOR_UPGRADE)
                if by_switch:
                    seconds = hosting.inputs["downtime.bluegreen_seconds"]
                    minutes = np.minimum(minutes, seconds / SECONDS_PER_MINUTE)
                events = (hosting.clusters[:, places], hosting.share, minor_events(hosting))
                yield from planned(hosting, "minor upgrade", events, minutes, places)


def patches(hosting: Hosting) -> Iterator[Line]:
    """Planned minutes of operating-system and security patches, by topology."""
    yield from _switches(hosting, "OS patch", patch_events(hosting))


def resizes(hosting: Hosting) -> Iterator[Line]:
    """Planned minutes of changes of capacity, by topology; capacity that is not instances changes without any."""
    if hosting.is_instances:
        path = "downtime.resizes_per_year"
        yield from _switches(hosting, "capacity change", hosting.inputs[path] / MONTHS_PER_YEAR)


def replacements(hosting: Hosting) -> Iterator[Line]:
    """Planned minutes of hardware that is replaced before it fails, by topology."""
    if hosting.is_versioned:
        path = f"operations.hardware_replacements_{hosting.family}"
        yield from _switches(hosting, "hardware replacement", hosting.inputs[path] / MONTHS_PER_YEAR)


def _switches(hosting: Hosting, kind: str, events_per_month: Array) -> Iterator[Line]:
    for survivor in survivors(hosting) if hosting.is_versioned else ():
        events = (hosting.clusters[:, survivor.places], hosting.share, events_per_month)
        yield from planned(hosting, kind, events, survivor.minutes(PLANNED_SWITCH), survivor.places)


def migration(hosting: Hosting) -> Iterator[Line]:
    """Planned minutes of moving to another platform, cluster by cluster at its cut-over."""
    if hosting.stage == "arrives":
        events = (hosting.clusters, move_of(hosting.inputs, hosting.option).cut_over)
        places = np.arange(len(hosting.members))
        yield from planned(hosting, "migration", events, hosting.inputs["downtime.migration_cutover_minutes"], places)


def migration_incidents(hosting: Hosting) -> Iterator[Line]:
    """Moves to another platform that go wrong at cut-over: clusters x probability x minutes."""
    if hosting.stage == "arrives":
        inputs = hosting.inputs
        minutes = (
            hosting.clusters,
            move_of(inputs, hosting.option).cut_over,
            inputs["downtime.incident_probability_migration"],
            migration_luck(hosting),
            inputs["downtime.incident_minutes"],
        )
        yield hosting.line(
            "downtime", "cutover incidents", DOWNTIME, minutes, minute_price(hosting), phase="migration: incident"
        )


def local_failures(hosting: Hosting) -> Iterator[Line]:
    """Failures of single instances or partitions: clusters x failures a month x (repair + application minutes)."""
    inputs = hosting.inputs
    failures = inputs[f"downtime.unplanned_failures_{hosting.family}"] / MONTHS_PER_YEAR
    luck = failure_luck(hosting)
    for survivor in survivors(hosting):
        (own_luck,) = at_places(hosting, (luck,), survivor.places)
        price = at_places(hosting, minute_price(hosting), survivor.places)
        parts = {"database": survivor.minutes(REPAIR), "application": inputs["downtime.application_extra_minutes"]}
        for part, minutes in parts.items():
            yield hosting.line(
                "downtime",
                "unplanned local downtime",
                DOWNTIME,
                (hosting.clusters[:, survivor.places], hosting.share, failures, own_luck, minutes),
                price,
                members=hosting.members[survivor.places],
                phase=f"failure: {part}",
            )


def regional_kind(hosting: Hosting) -> str:
    """Which regional outages hit a platform: those of instances, or those of a versionless service."""
    return "versionless" if hosting.family == "versionless" else "instances"


def regional_events(hosting: Hosting) -> Iterator[Line]:
    """Outages of a Region, which hit all its clusters at once: events a month x minutes, for part of the requests."""
    inputs, kind = hosting.inputs, regional_kind(hosting)
    minutes = (
        hosting.clusters,
        hosting.share,
        inputs["downtime.regional_events_per_year"] / MONTHS_PER_YEAR,
        regional_luck(hosting),
        inputs[f"downtime.regional_minutes_{kind}"],
    )
    yield hosting.line(
        "downtime",
        "unplanned regional downtime",
        DOWNTIME,
        minutes,
        minute_price(hosting, f"downtime.regional_error_share_{kind}"),
        phase="regional event",
    )


WAVE_LINES = (major_upgrades, cutover_incidents)
HOSTING_LINES = (
    minor_upgrades,
    patches,
    resizes,
    replacements,
    migration,
    migration_incidents,
    local_failures,
    regional_events,
)
