"""The work that goes on between upgrades, and the work that remains where there are none.

Work that a whole fleet needs once (policies, monitoring, drills) scales as N / (N + half-scale): a fleet of one
shares its people with other work. Labour of incidents is in the pages of on-call, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE, Factors, Line
from tco.model.components.labour import DATABASE_ENGINEER, ON_CALL, hourly_price, labour
from tco.model.fleet.placement import Hosting, hostings
from tco.model.fleet.restore_drills import archive_name, over_versions
from tco.model.fleet.waves import Cohort, cohorts
from tco.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]


def scale(clusters: Array, inputs: Inputs) -> Array:
    """N / (N + half-scale): how much of the fleet-wide work a fleet of N clusters asks for; 0 for none."""
    half = inputs["operations.fixed_half_scale_clusters"]
    whole = clusters + (half if half.all() else np.where(clusters > 0, half, 1.0))
    return np.divide(clusters, whole, out=whole)


def standing(hosting: Hosting) -> Array:
    """Clusters that stand here in each month, (draws or 1, 1, months or 1)."""
    return hosting.whole * hosting.share


def fleet_scale(hosting: Hosting) -> Array:
    """How much of the fleet-wide work the clusters that stand here ask for, (draws or 1, 1, months or 1)."""
    inputs = hosting.inputs
    return inputs.keep(f"fleet scale at {hosting.place}", lambda: scale(standing(hosting), inputs))


def care(hosting: Hosting) -> Array:
    """How much of a production cluster's routine work and pages each member asks for, (draws or 1, members, 1)."""
    if hosting.production.all():
        return ONE
    effort = hosting.inputs["operations.non_production_effort_share"]
    return hosting.inputs.keep(f"care of {hosting.named}", lambda: np.where(hosting.production, 1.0, effort))


def routine(hosting: Hosting) -> Iterator[Line]:
    """Routine administration of each cluster: clusters x hours a month."""
    hours = (
        hosting.clusters,
        care(hosting),
        hosting.share,
        hosting.inputs[f"operations.routine_hours_{hosting.family}"],
    )
    yield from labour(
        hosting.inputs, "operations", "routine administration", hours, hosting.members, DATABASE_ENGINEER, "per cluster"
    )


def fleet_wide(hosting: Hosting) -> Iterator[Line]:
    """Routine administration of the fleet: parameter policies, monitoring, notices of the provider."""
    hours = (
        fleet_scale(hosting),
        hosting.split,
        hosting.inputs[f"operations.fixed_hours_{hosting.family}"],
    )
    yield from labour(
        hosting.inputs, "operations", "routine administration", hours, hosting.members, DATABASE_ENGINEER, "fleet-wide"
    )


def capacity_changes(hosting: Hosting) -> Iterator[Line]:
    """Changes of instance size: clusters x resizes a month x hours; capacity by request needs none."""
    if hosting.is_instances:
        hours = (
            hosting.clusters,
            hosting.share,
            hosting.inputs["downtime.resizes_per_year"] / MONTHS_PER_YEAR,
            hosting.inputs["operations.capacity_change_hours"],
        )
        yield from labour(hosting.inputs, "operations", "capacity changes", hours, hosting.members, DATABASE_ENGINEER)


def hardware_failures(hosting: Hosting) -> Iterator[Line]:
    """Replacement of failing instances: clusters x replacements a month x hours."""
    if hosting.is_versioned:
        inputs, family = hosting.inputs, hosting.family
        effort = "hardware_failure_hours" + ("_managed" if family == "managed" else "")
        hours = (
            hosting.clusters,
            hosting.share,
            inputs[f"operations.hardware_replacements_{family}"] / MONTHS_PER_YEAR,
            inputs[f"operations.{effort}"],
        )
        yield from labour(inputs, "operations", "hardware failure", hours, hosting.members, DATABASE_ENGINEER)


def tuning(hosting: Hosting) -> Iterator[Line]:
    """Choosing capacity modes and watching the bill where requests are paid for; more with provisioned capacity."""
    if hosting.family != "versionless":
        return
    inputs = hosting.inputs
    provisioned = np.array([mode != "on_demand" for mode in hosting.setting("capacity")]).reshape(1, -1, 1)
    factor = np.where(provisioned, inputs["operations.provisioned_tuning_factor"], 1.0) if provisioned.any() else ONE
    hours = (fleet_scale(hosting), hosting.split, inputs["operations.capacity_mode_hours"], factor)
    yield from labour(
        inputs, "operations", "capacity-mode tuning and cost watching", hours, hosting.members, DATABASE_ENGINEER
    )


def pages(hosting: Hosting) -> Array:
    """Pages a year from the clusters that stand here in a month, (draws or 1, 1, months or 1)."""
    cared_for: Array = (hosting.clusters * care(hosting)).sum(axis=1, keepdims=True)
    return cared_for * hosting.inputs[f"operations.pages_{hosting.family}"] * hosting.share


def page_labour(hosting: Hosting) -> Iterator[Line]:
    """Work on pages, follow-up included: clusters x pages a month x hours."""
    inputs = hosting.inputs
    hours = (
        hosting.clusters,
        care(hosting),
        hosting.share,
        inputs[f"operations.pages_{hosting.family}"] / MONTHS_PER_YEAR,
        inputs["operations.page_hours"],
    )
    yield from labour(inputs, "operations", "on-call", hours, hosting.members, ON_CALL, "pages")


def rotas(inputs: Inputs, places: Sequence[Hosting]) -> Array:
    """Rotas that the pages of an option's clusters take up in each month, (draws or 1, 1, months or 1)."""
    own: Array = reduce(np.add, (pages(hosting) for hosting in places))
    others = inputs["operations.other_pages_of_rota"]
    everything = own + (others if others.all() else np.where(own > 0, others, 1.0))
    further = everything / inputs["operations.rota_capacity_pages"]
    further -= 1
    np.maximum(further, 0, out=further)
    if not own.all():
        further *= own > 0
    further += np.divide(own, everything, out=everything)
    return further


def standby(inputs: Inputs, option: str) -> Iterator[Line]:
    """Standby pay of the rota's share that database pages take, and of further rotas above a rota's capacity.

    rotas = pages / (pages + other pages) + max(0, (pages + other pages) / capacity - 1), 0 without clusters; a rota
    is standby hours a year x share of the engineer rate. Split over the groups by clusters.
    """
    places = hostings(inputs, option)
    clusters = inputs.clusters
    whole = clusters.sum(axis=1, keepdims=True)
    hours = (
        inputs.keep(f"rotas of {[place.place for place in places]}", lambda: rotas(inputs, places)),
        inputs["operations.standby_hours_per_year"] / MONTHS_PER_YEAR,
        clusters / np.where(whole > 0, whole, 1.0),
    )
    members = np.arange(len(inputs.groups), dtype=np.intp)
    yield Line(
        "operations",
        "on-call",
        "standby hour",
        hours,
        (*hourly_price(inputs), inputs["operations.standby_pay_share"]),
        members,
        "standby",
        ON_CALL,
        "cashable",
    )


def drill_hours(cohorts: Sequence[Cohort]) -> Array:
    """Hours to drill every version that archives of some cohorts depend on once, (draws or 1, 1, months)."""
    inputs = cohorts[0].hosting.inputs

    def hours() -> Array:
        drill = inputs["operations.restore_drill_hours"]
        more = (
            inputs["operations.cross_version_restore_extra_hours"]
            + inputs["operations.cross_version_restore_failure_probability"] * drill
        )
        return over_versions(cohorts, drill, more)

    return inputs.keep(f"drills of {archive_name(cohorts)}", hours)


def restore_drills(hosting: Hosting) -> Iterator[Line]:
    """Restore drills for every version that archived backups depend on.

    hours = drills a month x [versions x hours of a drill + old versions x (extra hours + chance of failure x hours)],
    scaled as fleet-wide work. Backups in old versions stay for the retention time after their clusters have left.
    """
    inputs = hosting.inputs
    drills = inputs["operations.restore_drills_per_version_year"]
    versionless = hosting.family == "versionless"
    by_engine: dict[str, list[Any]] = {"": [None]} if versionless else {}
    for cohort in cohorts(hosting):
        by_engine.setdefault(cohort.engine, []).append(cohort)
    for engine_cohorts in by_engine.values():
        places = (
            np.arange(len(hosting.members))
            if versionless
            else np.concatenate([cohort.places for cohort in engine_cohorts])
        )
        clusters = hosting.clusters[:, places]
        whole = clusters.sum(axis=1, keepdims=True)
        weights = clusters / np.where(whole > 0, whole, 1.0)
        hours: Factors = (hosting.share, inputs["operations.restore_drill_hours"])
        if not versionless:
            hours = (drill_hours(engine_cohorts),)
        yield from labour(
            inputs,
            "operations",
            "restore drills",
            (scale(whole, inputs), weights, drills / MONTHS_PER_YEAR, *hours),
            hosting.members[places],
            DATABASE_ENGINEER,
        )


HOSTING_LINES = (
    routine,
    fleet_wide,
    capacity_changes,
    hardware_failures,
    tuning,
    page_labour,
    restore_drills,
)
OPTION_LINES = (standby,)
