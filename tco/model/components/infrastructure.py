"""What the provider bills in an ordinary month, from dated price rows, and what is paid on top of the bill."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ONE, Factors, Line
from tco.model.fleet.bills import all_price_names, amounts, bill, discounted, monthly_bill, price_names
from tco.model.fleet.placement import Hosting, move_of
from tco.platforms.base import BillLine
from tco.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]


def bills(hosting: Hosting) -> Iterator[Line]:
    """Each item of the bill: clusters standing here x quantity of one cluster, at the discounted price of its row.

    Fees paid upfront are booked when a term begins and at each renewal.
    """
    for item in bill(hosting):
        rows = price_names(hosting, item)
        if item.upfront:
            yield from upfront(hosting, item, rows)
        else:
            yield hosting.line(
                "infrastructure",
                item.line,
                item.unit,
                (hosting.clusters, hosting.share, amounts(item.quantity)),
                (amounts(item.unit_price), discounted(hosting)),
                price_rows=rows,
            )


def upfront(hosting: Hosting, item: BillLine, rows: tuple[str, ...]) -> Iterator[Line]:
    """A fee paid in full when a term begins: for clusters that stay in the first month, for arriving ones at cut-over.

    It is paid again at each renewal inside the horizon, for the clusters that are still here.
    """
    for months, places in terms(hosting):
        quantity: Factors = (
            hosting.clusters[:, places],
            beginnings(hosting, months),
            amounts(item.quantity)[:, places] if np.atleast_2d(item.quantity).shape[1] > 1 else amounts(item.quantity),
        )
        price = amounts(item.unit_price)
        yield hosting.line(
            "infrastructure",
            "commitments",
            item.unit,
            quantity,
            (price[:, places] if price.shape[1] > 1 else price, discounted(hosting)),
            members=hosting.members[places],
            at_start=True,
            price_rows=tuple(rows[place] for place in places),
        )


def terms(hosting: Hosting) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The members by the length of their commitment in months: 36 where the term begins with `3yr`, else 12."""
    year = int(MONTHS_PER_YEAR)
    long = np.array([str(term).startswith("3yr") for term in hosting.setting("term")])
    for months, chosen in ((year, ~long), (year + year + year, long)):
        if chosen.any():
            yield months, np.flatnonzero(chosen)


def beginnings(hosting: Hosting, term_months: int) -> Array:
    """Share of the clusters whose term begins or is renewed in each month, (draws or 1, 1, months)."""
    months = hosting.inputs.months
    if hosting.stage == "arrives":
        first = move_of(hosting.inputs, hosting.option).cut_over
        begun: Array = first.copy()
        for shift in range(term_months, months, term_months):
            begun[..., shift:] += first[..., :-shift]
        return begun
    renewed: Array = (np.arange(months) % term_months == 0).astype(float).reshape(1, 1, -1)
    if hosting.stage == "leaves":
        renewed = renewed * (1 - move_of(hosting.inputs, hosting.option).cut_over_by(hosting.inputs.month_numbers))
    return renewed


def licences(hosting: Hosting) -> Iterator[Line]:
    """Licence or subscription of each billed instance: 0 for the open-source engines unless stated."""
    if hosting.is_instances:
        instances = np.array(hosting.setting("instances"), dtype=float).reshape(1, -1, 1)
        yield hosting.line(
            "infrastructure",
            "licence",
            "USD",
            (
                hosting.clusters,
                hosting.share,
                instances,
                hosting.inputs.stated("infrastructure.licence_per_instance_month"),
            ),
            (ONE, hosting.inputs.price_level("cloud")),
        )


def vendor_support(hosting: Hosting) -> Iterator[Line]:
    """The provider's support plan as a share of the bill."""
    yield hosting.line(
        "infrastructure",
        "vendor support",
        "USD",
        (
            hosting.clusters,
            hosting.share,
            hosting.inputs.stated("infrastructure.vendor_support_share"),
            monthly_bill(hosting),
        ),
        (ONE,),
        price_rows=all_price_names(hosting, range(len(hosting.members))),
    )


HOSTING_LINES = (bills, licences, vendor_support)
