"""What the clusters of an option have for nothing, where it says that a free tier is theirs alone."""

import numpy as np

from tco.catalog.price_rows import CAPACITY_HOUR, FREE_TIER_HOURS
from tco.errors import UnknownPrice
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE, ZERO, Array, Factors
from tco.model.fleet.bills import amounts, bill, book_of
from tco.model.fleet.placement import Placement, placements, setting, standing
from tco.platforms.base import BillLine


def beyond_free_tier(inputs: Inputs, placement: Placement, item: BillLine) -> Factors:
    """Share of an item of the bill that no free tier covers, (draws or 1, groups, months); nothing without one.

    max(0, 1 - free amount / what all clusters of the option use of it in the month); where the first clusters of an
    organisation have it each, 1 - min(1, first clusters / clusters) x min(1, free amount / what a cluster uses), since
    one does not get what another leaves. Applies to the bill alone: support plans, staging and dual running count list
    prices.
    """
    stated = setting(inputs, placement, "free_tier")
    if not any(stated):
        return ()
    used, shares = used_of_free_tiers(inputs, placement.option), []
    first = placement.platform.free_clusters
    for position, row in enumerate(np.broadcast_to(item.rows, len(stated)).tolist()):
        free_tier = free_tier_of(inputs, placement, row) if stated[position] else None
        if free_tier is None:
            shares.append(ONE)
            continue
        pool, free = free_tier
        if first:
            own = _of_group(item, position, len(stated))
            shares.append(1 - first / np.maximum(used[pool], first) * free / np.maximum(own, free))
        else:
            shares.append(1 - free / np.maximum(used[pool], free))
    return (np.concatenate(np.broadcast_arrays(*shares), axis=1),)


@cached
def used_of_free_tiers(inputs: Inputs, option: str) -> dict[str, Array]:
    """What the clusters of an option that have free tiers use of each in a month, (draws or 1, 1, months or 1).

    Their number, where the first clusters of an organisation have it each.
    """
    used: dict[str, Array] = {}
    for placement in placements(inputs, option):
        stated = setting(inputs, placement, "free_tier")
        clusters, here = standing(inputs, placement)
        for item in bill(inputs, placement) if any(stated) else ():
            for position, row in enumerate(np.broadcast_to(item.rows, len(stated)).tolist()):
                free_tier = free_tier_of(inputs, placement, row) if stated[position] else None
                if free_tier is not None:
                    each = bool(placement.platform.free_clusters)
                    one = ONE if each else _of_group(item, position, len(stated))
                    used[free_tier[0]] = used.get(free_tier[0], ZERO) + clusters[:, [position]] * here * one
    return used


def free_tier_of(inputs: Inputs, placement: Placement, row: int) -> tuple[str, Array] | None:
    """The free tier that covers what a price row is for, by name, and its amount in a month; None without one."""
    if row < 0:
        return None
    book = book_of(inputs)
    priced = book.row(row)
    try:
        free = book.find(
            priced.service, priced.item, priced.region, term="free_tier", as_of=inputs.scenario.prices_as_of
        )
    except UnknownPrice:
        return None
    by_hour = free.unit == CAPACITY_HOUR
    hours = inputs["finance.hours_per_month"] / FREE_TIER_HOURS if by_hour else ONE
    of_all = placement.platform.free_tier == "organisation"
    return f"{priced.service} {priced.item}" if of_all else free.name, free.tier_to * hours


def _of_group(item: BillLine, position: int, groups: int) -> Array:
    """What a cluster of one of the groups uses of an item in a month, (draws or 1, 1, months or 1)."""
    quantity = amounts(item.quantity)
    return np.broadcast_to(quantity, (len(quantity), groups, quantity.shape[2]))[:, [position]]
