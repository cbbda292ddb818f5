"""On-demand against provisioned throughput: the capacity that a load needs when it is provisioned, and the average
utilisation at which both modes cost the same.

Units are those of `tco.platforms.request_units`; load shapes give the hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from tco.catalog.prices import PriceBook, price_book
from tco.errors import InputError, unknown
from tco.platforms.base import MILLION, Amounts, Demand
from tco.platforms.load_shapes import LoadShape, load_shape
from tco.units import SECONDS_PER_HOUR

Calls = Literal["reads", "writes"]

HOURS_PER_YEAR = 8760
"""Hours over which a reservation of a year is spread: https://aws.amazon.com/dynamodb/pricing/provisioned/."""
RESERVED_YEARS = {"1yr": 1, "3yr": 3}
TABLE_CLASSES = {"standard": "", "standard_ia": "_ia"}
"""The ending of a price row's item for each table class."""
ROUNDING_SLACK = 1e-9
"""Sums of shares such as 0.7 x 0.5 + 0.3 miss whole numbers by less than this."""


def provisioned_units(units_per_second: Any, target_utilization: Any = 1.0) -> Amounts:
    """Whole capacity units provisioned for a rate: rate / target to the nearest unit, never below the rate itself.

    units_per_second: units consumed. target_utilization: share of the capacity that auto scaling aims to have in use
    (1: exactly what is consumed). AWS's own example provisions 114 units for 80 a second at 70 % (80 / 0.70 = 114.3):
    https://aws.amazon.com/dynamodb/pricing/provisioned/.

    >>> provisioned_units([80.0, 0.5, 0.0], 0.7).tolist()
    [114.0, 1.0, 0.0]
    """
    rate = np.asarray(units_per_second, dtype=float)
    nearest_unit = np.floor(rate / target_utilization + 0.5)
    whole: Amounts = np.maximum(np.ceil(rate * (1 - ROUNDING_SLACK)), nearest_unit)
    return whole


def hourly_capacity(
    units_per_second: float, shape: LoadShape, of: str, target_utilization: float | None = None
) -> Amounts:
    """Provisioned units in each hour of a load shape, shape (24,) or (168,).

    units_per_second: average over the hours; of: `reads` or `writes`. With a target utilisation auto scaling follows
    the load hour by hour; without one the capacity is fixed at what the peak hour consumes.
    """
    rates = units_per_second * (shape.reads if of == "reads" else shape.writes)
    if target_utilization is None:
        return np.full(rates.shape, provisioned_units(rates.max()))
    return provisioned_units(rates, target_utilization)


def followed_share(shape: LoadShape, of: str) -> float:
    """Average load over average capacity if auto scaling follows a load shape one hour late.

    The capacity of an hour is what the busier of it and the hour before consumes, since capacity rises within minutes
    and comes down late (27 decreases a day at most). 1 for a flat load; the lower, the more a load jumps.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html

    >>> busy_hour = np.array([2.0] + [1.0] * 22 + [0.0])
    >>> round(followed_share(LoadShape("", "", None, busy_hour, np.ones(24)), "reads"), 3)
    0.923
    >>> followed_share(LoadShape("", "", None, busy_hour, np.ones(24)), "writes")
    1.0
    """
    load = shape.reads if of == "reads" else shape.writes
    return float(load.mean() / np.maximum(load, np.roll(load, 1)).mean())


def utilization(demand: Demand, of: Calls) -> Amounts:
    """Average share of provisioned capacity in use, (draws, groups); 1, and nothing read, if all is on demand.

    Target utilisation x tracking within the hour x `followed_share` of the load shape.
    """
    if (demand.text("capacity") == "on_demand").all():
        return np.ones((1, 1))
    followed = [followed_share(load_shape(load), of) if load else 1.0 for load in demand.text("load").tolist()]
    steady = demand.assumption("dynamodb.target_utilization") * demand.assumption("dynamodb.tracking_efficiency")
    used: Amounts = steady * np.array(followed)
    return used


@dataclass(frozen=True, slots=True)
class Crossing:
    """Average utilisation of provisioned capacity at which it costs the same as on-demand requests.

    reads and writes: share of provisioned units that are consumed, on average over all hours. Below it on-demand is
    cheaper, above it provisioned; a value above 1 means that on-demand is always cheaper.
    """

    reads: float
    writes: float


def on_demand_crossing(
    region: str,
    as_of: date,
    *,
    table_class: str = "standard",
    reserved_term: str | None = None,
    replicated: bool = False,
    book: PriceBook | None = None,
) -> Crossing:
    """The utilisation at which DynamoDB's two capacity modes cost the same in a Region on a day.

    An hour of one unit costs p; the same unit on demand, consumed a share u of the time, 3600 x u x q. They are equal
    at u = p / (3600 q). With `reserved_term` (`1yr`, `3yr`) p is the reserved rate with its upfront fee spread over
    the term; with `replicated` writes are those of a global table.
    Raises UnknownPrice if a row is missing, InputError for an unknown table class or term.
    """
    if table_class not in TABLE_CLASSES:
        raise InputError(unknown("table class", table_class, TABLE_CLASSES), path="table_class")
    if reserved_term is not None and reserved_term not in RESERVED_YEARS:
        raise InputError(unknown("reserved term", reserved_term, RESERVED_YEARS), path="reserved_term")
    if reserved_term and (table_class != "standard" or replicated):
        raise InputError("capacity is reserved for tables of the Standard class in one Region", path="reserved_term")
    prices = book or price_book()
    ending = TABLE_CLASSES[table_class]

    def price(item: str, term: str = "on_demand") -> float:
        return prices.find("AmazonDynamoDB", item, region, term=term, as_of=as_of).price

    def crossing(kind: str) -> float:
        on_demand = price(f"{kind}_request_unit{ending}") / MILLION * SECONDS_PER_HOUR
        if reserved_term is None:
            return price(f"{kind}_capacity_unit{ending}") / on_demand
        term = f"{reserved_term}_partial_upfront"
        item = f"reserved_{kind}_capacity_unit"
        hours = RESERVED_YEARS[reserved_term] * HOURS_PER_YEAR
        return (price(item, term) + price(f"{item}_upfront", term) / hours) / on_demand

    return Crossing(reads=crossing("read"), writes=crossing("replicated_write" if replicated else "write"))
