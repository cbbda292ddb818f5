"""What the provider bills in an ordinary month, from dated price rows, and what is paid on top of the bill."""

from collections.abc import Iterator
from math import prod

import numpy as np

from tco.catalog.releases import known_history, running
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import NONE, ONE, ZERO, Array, Factors, Line
from tco.model.fleet.bills import (
    amounts,
    bill,
    billed_instances,
    discounted,
    line_of_bill,
    monthly_bill_of,
    price_names,
)
from tco.model.fleet.free_tiers import beyond_free_tier
from tco.model.fleet.growth import CLUSTERS, growth
from tco.model.fleet.migration import pace_of
from tco.model.fleet.placement import Placement, Stay, setting, standing
from tco.model.fleet.scheduling import cohorts, time_on_version, versions_run
from tco.platforms.base import BillLine
from tco.units import MONTHS_PER_YEAR


def bills(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Each item of the bill: clusters here x quantity of one cluster, at the discounted price of its row.

    Where an option has a free tier for itself, its clusters pay for what they use beyond it, each for an equal share.
    Fees paid upfront are booked when a term begins and at each renewal. From the day on which the provider moves
    clusters to another engine they are billed as that.
    """
    for engines, shares in billed_as(inputs, placement):
        for item in bill(inputs, placement, moved_to=engines):
            if item.upfront:
                yield from upfront_fees(inputs, placement, item, shares)
            else:
                yield _item(inputs, placement, item, shares)


def billed_as(inputs: Inputs, placement: Placement) -> Iterator[tuple[tuple[str, ...], Factors]]:
    """The engines that groups are billed as (none: those that they state), each with its share of every month."""
    moved = moved_engines(inputs, placement)
    yield (), tuple(1 - share for _, share in moved)
    for engines, share in moved:
        yield engines, (share,)


@cached
def monthly_bill(inputs: Inputs, placement: Placement, instances_alone: bool = False) -> Array:
    """The whole bill of one cluster for each month in USD, after discounts, without fees paid upfront.

    That of what runs then, where the provider has moved it to another engine. instances_alone: what is paid for
    instances. Shape (draws or 1, groups, months or 1).
    """
    whole: Array = ZERO
    for engines, shares in billed_as(inputs, placement):
        whole = whole + prod((monthly_bill_of(inputs, placement, engines, instances_alone), *shares))
    return whole


def _item(inputs: Inputs, placement: Placement, item: BillLine, shares: Factors) -> Line:
    return Line(
        item.line,
        item.unit,
        (*standing(inputs, placement), amounts(item.quantity), *beyond_free_tier(inputs, placement, item), *shares),
        (amounts(item.unit_price), discounted(inputs, placement)),
        placement.groups.indices,
        price_rows=price_names(inputs, placement, item),
    )


@cached
def moved_engines(inputs: Inputs, placement: Placement) -> tuple[tuple[tuple[str, ...], Array], ...]:
    """What each group runs once its provider has moved it to the successor of its engine, and the share of each month
    that it does, (1, groups, months); nothing where no group is moved.
    """
    engines = [group.engine for group in placement.groups.stated]
    hosted = {lifecycle: engine for engine, lifecycle in placement.platform.lifecycle_engines.items()}
    shares = np.zeros((1, len(engines), inputs.months))
    horizon = inputs.scenario.first_day, inputs.scenario.last_day
    for cohort in cohorts(inputs, placement):
        followed = known_history(cohort.engine).successor
        for version in versions_run(inputs, placement.option, cohort) if followed else ():
            engine, _ = running(cohort.engine, version)
            if engine != cohort.engine:
                positions = [placement.groups.names.index(name) for name in cohort.groups.names]
                for position in positions:
                    engines[position] = hosted.get(engine, engine)
                shares[:, positions] += time_on_version(inputs, placement.option, cohort, version, *horizon)
    return ((tuple(engines), shares),) if shares.any() else ()


def upfront_fees(inputs: Inputs, placement: Placement, item: BillLine, shares: Factors) -> Iterator[Line]:
    """A fee paid in full when a term begins: for clusters that stay in the first month, for arriving ones at cut-over.

    It is paid again at each renewal inside the horizon, for the clusters that are still here. shares: of each month in
    which groups are billed as the item is.
    """
    names = price_names(inputs, placement, item)
    for months, groups in terms(inputs, placement):
        begun = beginnings(inputs, placement.stay, months)
        yield Line(
            "commitments",
            item.unit,
            (
                inputs.clusters(groups),
                begun,
                growth(inputs, CLUSTERS, groups),
                *groups.of(amounts(item.quantity), *shares),
            ),
            groups.of(amounts(item.unit_price), discounted(inputs, placement)),
            groups.indices,
            at_start=True,
            price_rows=groups.pick(names),
        )


def terms(inputs: Inputs, placement: Placement) -> Iterator[tuple[int, Groups]]:
    """The groups by the length of their commitment in months: 36 where the term begins with `3yr`, else 12."""
    year = int(MONTHS_PER_YEAR)
    long = np.array([str(term).startswith("3yr") for term in setting(inputs, placement, "term")])
    for months, chosen in ((year, ~long), (year + year + year, long)):
        if chosen.any():
            yield months, inputs.part(placement.groups, np.flatnonzero(chosen))


@cached
def beginnings(inputs: Inputs, stay: Stay, term_months: int) -> Array:
    """Share of the clusters whose term begins or is renewed in each month, (draws or 1, 1, months)."""
    if stay.stage == "arrives":
        first = pace_of(inputs, stay.migration).cut_over
        begun: Array = first.copy()
        for shift in range(term_months, inputs.months, term_months):
            begun[..., shift:] += first[..., :-shift]
        return begun
    renewed: Array = (np.arange(inputs.months) % term_months == 0).astype(float).reshape(1, 1, -1)
    if stay.stage == "leaves":
        renewed = renewed * (1 - pace_of(inputs, stay.migration).cut_over_by(inputs.month_numbers))
    return renewed


def licences(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Licence or subscription of each billed instance: 0 for the open-source engines unless stated."""
    fee = "infrastructure.licence_per_instance_month"
    licences = billed_instances(inputs, placement), inputs.stated(fee, placement.groups)
    quantity = (*standing(inputs, placement), *licences)
    price = (ONE, inputs.price_level("cloud"))
    yield Line("licence", "USD", quantity, price, placement.groups.indices)


def vendor_support(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """The provider's support plan as a share of the bill."""
    bills = (*standing(inputs, placement), monthly_bill(inputs, placement))
    yield from support_on(inputs, placement, placement.groups, bills)


def support_on(
    inputs: Inputs, placement: Placement, groups: Groups, billed: Factors, phase: str = NONE
) -> Iterator[Line]:
    """The support plan's share of what some of a placement's groups are billed, USD as factors; phase: for what."""
    quantity = (*billed, inputs.stated("infrastructure.vendor_support_share", groups))
    yield line_of_bill(inputs, placement, groups, "vendor support", quantity, phase)


LINES = (
    ("placement", (bills,)),
    ("instances", (licences,)),
    ("placement", (vendor_support,)),
)
