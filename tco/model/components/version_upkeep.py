"""What versions ask for: major upgrades phase by phase, minor ones, patches, Extended Support, months without patches.

And environments that exist only for upgrades: rehearsal copies, and the second copy while blue/green is switched over.
Standing staging clusters are groups of the fleet and belong to infrastructure.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import extended_support_spans, free_patches_end, support_end
from tco.errors import UnknownPrice
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import ONE, ZERO, Array, Chance, Factors, Line
from tco.formats import listed
from tco.model.components.infrastructure import monthly_bill, support_on
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour, role_of
from tco.model.fleet.bills import amounts, bill, book_of, by_node, line_of_bill, own_nodes, price_names
from tco.model.fleet.designs import designs_by_group
from tco.model.fleet.effort import INCIDENT_PHASE, PHASES, ROLLBACK, designs_of, split_of_phase
from tco.model.fleet.events import failed_cutovers
from tco.model.fleet.placement import Placement, Stay, present, setting, standing
from tco.model.fleet.scheduling import cohorts, steps_to, time_on_version, versions_over_time
from tco.model.fleet.waves import Cohort, Wave, cut_overs, methods_of, split_of_work, upgraded_designs
from tco.platforms.base import BillLine
from tco.units import HOURS_PER_DAY, MONTHS_PER_YEAR

STAGING = "staging environments"
FURTHER_NODE = "upgrades.further_node_hours"
EXPOSURE = "upgrades.exposure_per_cluster_month"
SAVED = "upgrades.instances_saved_per_step"


def phase_labour(phase: str, inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Hours of one phase of a wave (`tco.model.fleet.effort`), in its month, split over its groups by clusters.

    Those of further nodes are split by these.
    """
    groups = wave.groups
    hours = PHASES[phase](inputs, wave)
    happened = failed_cutovers(inputs, placement.option, groups) if phase == INCIDENT_PHASE else ONE
    factors = (hours, happened, *split_of_phase(inputs, wave, phase))
    line = "rollback" if phase in ROLLBACK else "major upgrades"
    yield labour(inputs, groups, line, factors, role_of(phase), phase, chance=Chance(happened))


def change_freeze(inputs: Inputs, _placement: Placement, wave: Wave) -> Iterator[Line]:
    """Developers who cannot deploy around a cut-over: designs x steps x developers x hours x share of work blocked."""
    groups = wave.groups
    hours = (
        designs_of(inputs, wave) * wave.steps,
        inputs["upgrades.developers_per_design", groups],
        inputs["upgrades.freeze_working_hours", groups],
        inputs["upgrades.freeze_blocked_share", groups],
        *split_of_work(inputs, wave, upgraded_designs, at_cut_over=True),
    )
    yield labour(inputs, groups, "change freeze", hours, DEVELOPER, release="soft")


@cached
def minor_events(inputs: Inputs, stay: Stay) -> Array:
    """Minor upgrades of a cluster a month: the provider forces one every so many months; a team chooses its own."""
    if stay.platform.family == "managed":
        return 1 / inputs["upgrades.minor_interval_months", stay.groups]
    return inputs["upgrades.minor_events_self_managed_per_year", stay.groups] / MONTHS_PER_YEAR


@cached
def automation(inputs: Inputs, placement: Placement) -> Array:
    """Hours left of a minor upgrade by hand where the option automates cut-overs, (1 or draws, groups, 1)."""
    automated = by_green_copy(inputs, placement)
    if not automated.any():
        return ONE
    return np.where(automated.reshape(1, -1, 1), inputs["upgrades.minor_automation_factor", placement.groups], 1.0)


def by_green_copy(inputs: Inputs, placement: Placement) -> NDArray[np.bool_]:
    """Which groups make minor upgrades, too, on a green copy that is switched over: those whose method is that."""
    return np.array([method == "blue_green" for method in methods_of(inputs, placement)])


def minor_upgrades(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Minor upgrades by hand or automated: clusters x events x hours, on own servers of each node."""
    hours = (
        *standing(inputs, placement),
        minor_events(inputs, placement.stay),
        by_node(inputs, placement.stay, own_nodes(inputs, placement), "upgrades.minor_hours_per_cluster", FURTHER_NODE),
        automation(inputs, placement),
    )
    yield labour(inputs, placement.groups, "minor upgrades", hours, DATABASE_ENGINEER, "cut-over")


def minor_tests(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Tests of applications on a minor upgrade: designs x events x hours, whole whatever makes the upgrade."""
    hours = (
        designs_by_group(inputs, placement.groups),
        present(inputs, placement),
        minor_events(inputs, placement.stay),
        inputs["upgrades.minor_test_hours_per_design", placement.groups],
    )
    yield labour(inputs, placement.groups, "minor upgrades", hours, DEVELOPER, "regression test")


def provider_upgrades(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Tests on releases to which a provider takes clusters by itself: designs x releases x hours of a minor test."""
    if placement.platform.provider_upgraded:
        groups = placement.groups
        hours = (
            designs_by_group(inputs, groups),
            present(inputs, placement),
            inputs["upgrades.provider_releases_per_year", groups] / MONTHS_PER_YEAR,
            inputs["upgrades.minor_test_hours_per_design", groups],
        )
        yield labour(inputs, groups, "provider upgrades", hours, DEVELOPER, "regression test")


def minor_upgrade_copies(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The doubled bill while the green copy of a minor upgrade exists: clusters x events x days x daily bill, USD."""
    positions = np.flatnonzero(by_green_copy(inputs, placement))
    if len(positions):
        groups = inputs.part(placement.groups, positions)
        months = green_copy_months(inputs, groups)
        here = standing(inputs, placement, groups)
        each = groups.of(minor_events(inputs, placement.stay), monthly_bill(inputs, placement))
        quantity = (*here, months, *each)
        yield line_of_bill(inputs, placement, groups, STAGING, quantity, "blue/green copy, minor upgrade")


def green_copy_months(inputs: Inputs, groups: Groups) -> Array:
    """Months that a green copy exists, (draws or 1, groups or 1, 1)."""
    return inputs["staging.bluegreen_days", groups] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])


def patch_events(inputs: Inputs, stay: Stay) -> Array:
    """Operating-system and security patches of a cluster a month that need hands."""
    own = "_self_managed" if stay.platform.family == "self_managed" else ""
    return inputs[f"upgrades.os_patches{own}_per_year", stay.groups] / MONTHS_PER_YEAR


def patches(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Patches of operating systems: clusters x events x hours, on own servers of each node."""
    events = (*standing(inputs, placement), patch_events(inputs, placement))
    nodes = own_nodes(inputs, placement)
    hours = (*events, by_node(inputs, placement.stay, nodes, "upgrades.os_patch_hours", FURTHER_NODE))
    yield labour(inputs, placement.groups, "OS and security patches", hours, DATABASE_ENGINEER)


def extended_support(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Paid support of versions past their standard support: vCPU or ACU hours x the rate of the year it is in.

    clusters x hours of a cluster x share of each month that is charged, for each cohort that is enrolled.
    """
    for cohort in cohorts(inputs, placement):
        if not cohort.extended_support:
            continue
        groups, months = cohort.groups, dict[int, Array]()
        for first, last, version in versions_over_time(inputs, placement.option, cohort):
            for begin, end, year in extended_support_spans(cohort.engine, version, first, last):
                months[year] = months.get(year, ZERO) + time_on_version(
                    inputs, placement.option, cohort, version, begin, end
                )
        for year, shares in months.items():
            for item in extended_support_bill(inputs, placement, cohort.engine, year):
                quantity, price = groups.of(amounts(item.quantity), amounts(item.unit_price))
                yield Line(
                    "Extended Support",
                    item.unit,
                    (*standing(inputs, placement, groups), quantity, shares),
                    (price, inputs.price_level("cloud")),
                    groups.indices,
                    item.item,
                    price_rows=groups.pick(price_names(inputs, placement, item)),
                )
                billed = (*standing(inputs, placement, groups), quantity, shares, price, inputs.price_level("cloud"))
                yield from support_on(inputs, placement, groups, billed, "Extended Support")


def extended_support_bill(inputs: Inputs, placement: Placement, engine: str, year: int) -> list[BillLine]:
    """The Extended Support items of a bill in a year of it, for one engine. Raises UnknownPrice without a price."""
    try:
        lines = bill(inputs, placement, float(year), engine)
    except UnknownPrice as error:
        raise _unpriced_support(inputs, placement, engine, error) from None
    return [item for item in lines if "Extended Support" in item.item]


def _unpriced_support(inputs: Inputs, placement: Placement, engine: str, error: UnknownPrice) -> UnknownPrice:
    """The error of a bill in Extended Support with the groups that need its price, and the ways out.

    Groups in Regions that have some such price are named only where all have one.
    """
    book, service = book_of(inputs), placement.platform.service
    policies = setting(inputs, placement, "policy")
    needing = {
        (name, policy): any("extended_support" in item for item in book.known("item", service=service, region=region))
        for name, group, policy in zip(placement.groups.names, placement.groups.stated, policies, strict=True)
        if group.extended_support and placement.platform.lifecycle_engines.get(group.engine) == engine
        for region in (group.region,)
    }
    lacking = [key for key, priced in needing.items() if not priced] or list(needing)
    stay = listed([f"fleet.{name} (policy {policy})" for name, policy in lacking])
    return UnknownPrice(
        f"{error}; it is needed as {stay} would run in paid Extended Support: without that price, state "
        "`extended_support: false` for a group that is not enrolled, or a policy that upgrades before",
        path=f"options.{placement.option}.policy",
    )


def unpatched_months(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Cluster-months that a version spends past its free patches, paid support or not: counted, not priced."""
    for cohort in cohorts(inputs, placement):
        quantity = time_past(inputs, placement, cohort, free_patches_end)
        yield Line("months past free patches", "cluster-month", quantity, (ZERO,), cohort.groups.indices)


def exposure(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The cost of a version without patches: cluster-months past all support x USD.

    Months of paid support are patched; clusters that are not enrolled in it, and own servers, have none.
    """
    for cohort in cohorts(inputs, placement):
        end = support_end if cohort.extended_support else free_patches_end
        quantity = time_past(inputs, placement, cohort, end)
        if all(factor.any() for factor in quantity):
            price = (inputs[EXPOSURE, cohort.groups], inputs.price_level("business"))
            yield Line("exposure past support", "cluster-month", quantity, price, cohort.groups.indices)


def upgrade_benefits(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Instances that newer versions need no more, USD below 0: of each version that a cohort comes to run.

    -clusters x share of the month on it x bill of instances x (1 - (1 - saved share) ^ steps of upgrades made).
    """
    for cohort in cohorts(inputs, placement):
        groups = cohort.groups
        saved = inputs.stated(SAVED, groups)
        if not saved.any():
            continue
        gone, horizon = ZERO, (inputs.scenario.first_day, inputs.scenario.last_day)
        for version, steps in steps_to(inputs, placement.option, cohort).items():
            on_version = time_on_version(inputs, placement.option, cohort, version, *horizon)
            gone = gone + on_version * (1 - (1 - saved) ** steps)
        quantity = (
            *standing(inputs, placement, groups),
            *groups.of(monthly_bill(inputs, placement, instances_alone=True)),
            gone,
        )
        yield line_of_bill(inputs, placement, groups, "upgrade benefits", quantity, price=-ONE)
        yield from support_on(inputs, placement, groups, (*quantity, -ONE), "upgrade benefits")


def time_past(
    inputs: Inputs, placement: Placement, cohort: Cohort, end_of: Callable[[str, str, date], date]
) -> Factors:
    """Cluster-months that a cohort spends past a last day of its versions, as factors."""
    past = ZERO
    for first, last, version in versions_over_time(inputs, placement.option, cohort):
        end = end_of(cohort.engine, version, last)
        if end < last:
            begin = max(first, end + timedelta(days=1))
            past = past + time_on_version(inputs, placement.option, cohort, version, begin, last)
    return *standing(inputs, placement, cohort.groups), past


def rehearsal_copies(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Copies of production for rehearsals, in USD.

    designs x steps x copies x share of production's size x monthly bill x days x 24 / hours per month. The bill is
    that of the clusters that bring the designs; storage of the copy is in it.
    """
    if not wave.forced:
        duration = inputs["staging.rehearsal_days", wave.groups] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
        shares, months = split_of_work(inputs, wave, upgraded_designs)
        quantity = (
            designs_of(inputs, wave) * wave.steps,
            inputs["staging.copies", wave.groups],
            inputs["staging.share_of_production_size", wave.groups],
            duration,
            shares,
            *wave.groups.of(monthly_bill(inputs, placement)),
            months,
        )
        yield line_of_bill(inputs, placement, wave.groups, STAGING, quantity, "rehearsal")


def build_and_teardown(inputs: Inputs, _placement: Placement, wave: Wave) -> Iterator[Line]:
    """Hours to build a rehearsal environment, load its data and tear it down, for each design and step."""
    if not wave.forced:
        split = split_of_work(inputs, wave, upgraded_designs)
        hours = (designs_of(inputs, wave) * wave.steps, inputs["staging.build_teardown_hours", wave.groups], *split)
        yield labour(inputs, wave.groups, STAGING, hours, DATABASE_ENGINEER, "rehearsal")


def green_copies(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """The doubled bill while a green copy exists: clusters x steps x days x daily bill; also where it is abandoned."""
    if wave.method == "blue_green":
        months = green_copy_months(inputs, wave.groups)
        quantity = (*cut_overs(inputs, wave), months, *wave.groups.of(monthly_bill(inputs, placement)))
        yield line_of_bill(inputs, placement, wave.groups, STAGING, quantity, "blue/green copy")


LINES = (
    ("wave", (*(partial(phase_labour, phase) for phase in PHASES), change_freeze)),
    ("versioned", (minor_upgrades, minor_tests)),
    ("placement", (provider_upgrades,)),
    ("versioned", (minor_upgrade_copies, patches, extended_support, unpatched_months, exposure, upgrade_benefits)),
    ("wave", (rehearsal_copies, build_and_teardown, green_copies)),
)
