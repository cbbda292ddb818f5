"""The work that goes on between upgrades, and the work that remains where there are none.

Work that a whole fleet needs once (policies, monitoring, drills) scales as N / (N + half-scale): a fleet of one
shares its people with other work. Labour of incidents is in the pages of on-call, and nowhere else.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import ONE, Array, Factors, Line
from tco.model.components.labour import DATABASE_ENGINEER, ON_CALL, STANDBY_CASHABLE, labour
from tco.model.fleet.bills import billed_instances, by_node, own_nodes
from tco.model.fleet.designs import designs_by_group
from tco.model.fleet.growth import CLUSTERS, growth
from tco.model.fleet.placement import Placement, Stay, placements, present, present_together, setting, share, standing
from tco.model.fleet.restore_drills import drill_hours
from tco.model.fleet.scheduling import cohorts
from tco.model.fleet.waves import Cohort
from tco.units import MONTHS_PER_YEAR, WEEKS_PER_MONTH


def scale(inputs: Inputs, count: Array) -> Array:
    """N / (N + half-scale): how much of the fleet-wide work a fleet of N clusters asks for; 0 for none."""
    return count / (count + np.where(count > 0, inputs["operations.fixed_half_scale_clusters"], 1.0))


@cached
def fleet_scale(inputs: Inputs, stay: Stay) -> Array:
    """How much of the fleet-wide work the clusters that are here ask for, (draws or 1, 1, months or 1)."""
    return scale(inputs, present_together(inputs, stay, inputs.clusters(stay.groups)))


@cached
def care(inputs: Inputs, groups: Groups) -> Array:
    """How much of a production cluster's routine work and pages each group asks for, (draws or 1, groups, 1)."""
    if groups.production.all():
        return ONE
    return np.where(groups.production, 1.0, inputs["operations.non_production_effort_share", groups])


def routine(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Routine administration of each cluster: clusters x hours a month."""
    groups = placement.groups
    cared_for = (inputs.clusters(groups), care(inputs, groups), present(inputs, placement))
    hours = (*cared_for, inputs[f"operations.routine_hours_{placement.platform.family}", groups])
    yield labour(inputs, groups, "routine administration", hours, DATABASE_ENGINEER, "per cluster")


def fleet_wide(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Routine administration of the fleet: parameter policies, monitoring, notices of the provider."""
    groups = placement.groups
    scaled = (fleet_scale(inputs, placement.stay), inputs.cluster_shares(groups))
    hours = (*scaled, inputs[f"operations.fixed_hours_{placement.platform.family}"])
    yield labour(inputs, groups, "routine administration", hours, DATABASE_ENGINEER, "fleet-wide")


def capacity_changes(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Changes of instance size: clusters x resizes a month x hours, on own servers of each node."""
    hours = (
        *standing(inputs, placement),
        inputs["downtime.resizes_per_year", placement.groups] / MONTHS_PER_YEAR,
        by_node(
            inputs,
            placement.stay,
            own_nodes(inputs, placement),
            "operations.capacity_change_hours",
            "upgrades.further_node_hours",
        ),
    )
    yield labour(inputs, placement.groups, "capacity changes", hours, DATABASE_ENGINEER)


def hardware_failures(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Replacement of failing instances: instances x replacements of one a month x hours."""
    effort = "hardware_failure_hours" + ("_managed" if placement.platform.family == "managed" else "")
    hours = (
        *standing(inputs, placement),
        billed_instances(inputs, placement),
        inputs[f"operations.hardware_replacements_{placement.platform.family}", placement.groups] / MONTHS_PER_YEAR,
        inputs[f"operations.{effort}", placement.groups],
    )
    yield labour(inputs, placement.groups, "hardware failure", hours, DATABASE_ENGINEER)


def tuning(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Choosing capacity modes and watching the bill where requests are paid for; more with provisioned capacity."""
    if placement.platform.family == "versionless":
        groups = placement.groups
        modes = setting(inputs, placement, "capacity")
        provisioned = np.array([mode != "on_demand" for mode in modes]).reshape(1, -1, 1)
        factor = "operations.provisioned_tuning_factor"
        more = np.where(provisioned, inputs[factor, groups], 1.0) if provisioned.any() else ONE
        scaled = (fleet_scale(inputs, placement.stay), inputs.cluster_shares(groups))
        hours = (*scaled, inputs["operations.capacity_mode_hours"], more)
        line = "capacity-mode tuning and cost watching"
        yield labour(inputs, groups, line, hours, DATABASE_ENGINEER)


def page_labour(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Work on pages, follow-up included: clusters x pages a month x hours."""
    groups = placement.groups
    a_month = pages_of_cluster(inputs, placement.stay, own_nodes(inputs, placement)) / MONTHS_PER_YEAR
    cared_for = (inputs.clusters(groups), care(inputs, groups), present(inputs, placement))
    hours = (*cared_for, a_month, inputs["operations.page_hours", groups])
    yield labour(inputs, groups, "on-call", hours, ON_CALL, "pages")


def pages_of_cluster(inputs: Inputs, stay: Stay, nodes: tuple[float, ...]) -> Array:
    """Pages a year of a cluster, on own servers more for each node beyond the first, (draws or 1, groups or 1, 1)."""
    family = stay.platform.family
    return by_node(inputs, stay, nodes, f"operations.pages_{family}", "operations.pages_of_further_node")


def pages(inputs: Inputs, stay: Stay, nodes: tuple[float, ...]) -> Array:
    """Pages a year from the clusters that are here in a month, (draws or 1, 1, months or 1)."""
    of_groups = inputs.clusters(stay.groups) * care(inputs, stay.groups) * pages_of_cluster(inputs, stay, nodes)
    return present_together(inputs, stay, of_groups)


def rotas(pages_a_year: Array, capacity: Array) -> Array:
    """Rotas that answer so many pages: one for any, more above the capacity of one; none without pages."""
    needed: Array = np.where(pages_a_year > 0, np.maximum(pages_a_year / capacity, 1.0), 0.0)
    return needed


@cached
def further_rotas(inputs: Inputs, here: tuple[tuple[Stay, tuple[float, ...]], ...]) -> Array:
    """Rotas that clusters ask for on top of what other systems need, (draws or 1, 1, months or 1).

    here: where an option's clusters are, with the nodes of own servers (`own_nodes`).
    """
    own: Array = reduce(np.add, (pages(inputs, *part) for part in here))
    others, capacity = inputs["operations.other_pages_of_rota"], inputs["operations.rota_capacity_pages"]
    return rotas(own + others, capacity) - rotas(others, capacity)


def standby(inputs: Inputs, option: str) -> Iterator[Line]:
    """Standby pay of the rotas that databases ask for on top of what other systems need anyway.

    further rotas x weeks a month x USD a week, split over the groups by clusters. It is saved in cash as far as a rota
    ends (`operations.standby_cashable_share`).
    """
    everyone, cashable = inputs.whole_fleet, inputs[STANDBY_CASHABLE]
    here = tuple((placement.stay, own_nodes(inputs, placement)) for placement in placements(inputs, option))
    weeks = (further_rotas(inputs, here), np.full((1, 1, 1), WEEKS_PER_MONTH), inputs.cluster_shares(everyone))
    price = (inputs["operations.standby_pay_per_week"], inputs.price_level("labour"))
    releases = {"cashable": cashable, "soft": 1 - cashable}
    yield Line("on-call", "standby week", weeks, price, everyone.indices, "standby", ON_CALL, releases=releases)


def restore_drills(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Restore drills: of every version of an engine that archived backups depend on, and of every design's data.

    Versions: drills a month x hours to drill every one once (`drill_hours`), scaled as fleet-wide work. Backups in
    old versions stay for the retention time after their clusters have left. Designs: drills a month x designs x hours.
    """
    drills = inputs["operations.restore_drills_per_version_year"] / MONTHS_PER_YEAR
    everyone = placement.groups
    designs = (designs_by_group(inputs, everyone), present(inputs, placement))
    checks = (*designs, drills, inputs["operations.restore_drill_hours_per_design", everyone])
    yield labour(inputs, everyone, "restore drills", checks, DATABASE_ENGINEER, "designs")
    one_version: Factors = (share(inputs, placement), inputs["operations.restore_drill_hours"])
    by_engine: dict[str, list[Cohort]] = {}
    for cohort in cohorts(inputs, placement):
        by_engine.setdefault(cohort.engine, []).append(cohort)
    parts: list[Sequence[Cohort]] = [*by_engine.values()] if placement.platform.is_versioned else [()]
    for same_engine in parts:
        indices = [index for cohort in same_engine for index in cohort.groups.indices.tolist()]
        groups = inputs.groups_at(tuple(indices)) if same_engine else placement.groups
        hours = (drill_hours(inputs, placement.option, same_engine),) if same_engine else one_version
        grown = over_groups(inputs.clusters(groups) * growth(inputs, CLUSTERS, groups))
        scaled = (scale(inputs, grown), inputs.cluster_shares(groups))
        of_versions = (*scaled, drills, *hours)
        yield labour(inputs, groups, "restore drills", of_versions, DATABASE_ENGINEER, "versions")


LINES = (
    ("placement", (routine, fleet_wide)),
    ("instances", (capacity_changes,)),
    ("hosts", (hardware_failures,)),
    ("placement", (tuning, page_labour, restore_drills)),
    ("option", (standby,)),
)
