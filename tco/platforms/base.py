"""What a platform is: its name, two independent properties (how capacity is billed, and which engine's
releases force upgrades, if any), and its bill for a month. A platform module states one `PLATFORM`; adding a
platform is adding a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tco.catalog.combinations import Names
from tco.catalog.prices import PriceBook
from tco.platforms.usage import InstanceUsage, Term, Usage, name, quantity, share

__all__ = [
    "Bill", "BillLine", "CapacityModel", "Columns", "Demand", "InstanceUsage", "Names", "Platform", "Term", "Usage",
    "name", "quantity", "share",
]  # fmt: skip

#: Usage of many bills: numbers broadcast to (..., N), names have shape (N,) or (1,), N bills; further axes
#: are draws.
Columns = Mapping[str, NDArray[Any]]
Amounts = NDArray[np.float64]
CapacityModel = Literal["instances", "requests", "provisioned", "capacity units"]


@dataclass(frozen=True)
class BillLine:
    """One item of many bills: cost = quantity x unit_price.

    item: what stands on the bill; it does not name the class or engine, which the price row does.
    line: the infrastructure line of the ledger that it belongs to, or Extended Support.
    quantity: shape (..., N). unit: one of the price rows' units. unit_price: USD, broadcastable to the
    quantity. rows: places in the book's rows, shape (N,) or (1,); -1 where nothing was looked up. upfront: a
    one-off fee, paid in full when a term begins; its item ends in `upfront`. reserved: bought for a term and due until
    it ends, used or not.
    """

    item: str
    line: str
    quantity: Amounts
    unit: str
    unit_price: Amounts
    rows: NDArray[np.intp]
    upfront: bool = False
    reserved: bool = False


class Demand(Protocol):
    """What clusters of a workload need, asked for one cluster and month by a platform's `sizing`.

    Numbers, 0 where nothing is stated: instances (primary and readers), storage_gb (allocated for one copy of the
    data; platforms that bill stored bytes take a share of it), iops, backup_gb (billed, beyond any free allowance),
    acu, fitted_acu (of one instance, where it is to be fitted to the load), reads_per_second, writes_per_second,
    item_bytes, hours_per_month. Texts, empty where nothing is stated: engine, version, region, environment,
    instance_class, deployment, reader_deployment, storage_type, storage_config, term, capacity, table_class, load.
    """

    def number(self, field: str) -> Amounts:
        """The field of every cluster group, shape (..., G)."""
        ...

    def text(self, field: str) -> NDArray[Any]:
        """The field of every cluster group, shape (G,)."""
        ...

    def assumption(self, path: str) -> Amounts:
        """An assumption's value for each draw, shape (D, 1) or (1, 1); the ledger notes that it was read."""
        ...


@dataclass(frozen=True)
class Platform:
    """A place where a database can run.

    - name: that of its module.
    - capacity_model: what is billed. `instances` are resized by hand; `requests` and `provisioned` need a workload.
    - lifecycle_engines: a group's engine -> the lifecycle engine whose releases force upgrades; empty: versionless.
    - hosts: the engines it hosts as they are; None: any workload, once re-modelled.
    - usage: the model of what a bill needs.
    - bill: the lines of many bills at once, in USD, from price rows only. Its columns hold `region` and any of the
      usage's fields; an item that no bill uses is left out. Raises UnknownPrice or InputError.
    - sizing: the usage of one cluster of a workload in a month.
    - items: everything that may stand on a bill.
    - service: the price rows' name of the service, in whose Regions it can run.
    - self_managed: whether operating system, patches and backups are the team's own work.
    - readers_take_over: whether a reader replaces a lost primary within seconds, as in
      https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html.
    - gib_per_unit, min_units: of capacity units: GiB of memory of one, and the fewest that an instance runs on.
    """

    name: str
    capacity_model: CapacityModel
    lifecycle_engines: Mapping[str, str]
    hosts: frozenset[str] | None
    usage: type[Usage]
    bill: Callable[[Columns, PriceBook, date], list[BillLine]]
    sizing: Callable[[Demand], Columns]
    items: tuple[str, ...] = ()
    service: str = ""
    self_managed: bool = False
    readers_take_over: bool = False
    gib_per_unit: float = 0.0
    min_units: float = 0.0


class Bill:
    """Collects the lines of many bills: reads usage by field, looks prices up only where something is used.

    A platform's `bill` makes one, charges item by item, and returns `lines`.
    """

    def __init__(self, columns: Columns, book: PriceBook, as_of: date, usage: type[Usage]):
        self._columns = columns
        self.fields = usage.model_fields
        self.book = book
        self.as_of = as_of
        self.lines: list[BillLine] = []

    def number(self, field: str) -> Amounts:
        """A field as numbers of shape (..., N) or (1,); its default where the usage leaves it out."""
        if field in self._columns:
            return np.asarray(self._columns[field], dtype=np.float64)
        return np.array([self.fields[field].default], dtype=np.float64)

    def text(self, field: str) -> NDArray[Any]:
        """A field as names (or lists) of shape (N,) or (1,); its default where the usage leaves it out or
        empty.
        """
        default = self.fields[field].get_default() if field in self.fields else ""
        if field not in self._columns:
            return one(default)
        column = np.asarray(self._columns[field])
        return np.where(column == "", default, column) if default and isinstance(default, str) else column

    def states(self, field: str) -> bool:
        """Whether the usage gives a field at all."""
        return field in self._columns

    def charge(
        self,
        item: str,
        line: str,
        quantity: Amounts,
        service: Names,
        price_item: Names,
        *,
        region: Names | None = None,
        engine: Names = "",
        instance_class: Names = "",
        deployment: Names = "",
        term: Names = "on_demand",
        times: Amounts | float = 1.0,
        upfront: bool = False,
        reserved: bool = False,
    ) -> None:
        """Charge `quantity` (shape (..., N)) at the price of `price_item`; where it is 0 no price is looked
        up.

        A tiered price gives one line a tier, named with the quantity that the tier starts from. `times`: how
        many things use that quantity each, so that tiers are of one and not of all. `region`: else the
        usage's own.
        """
        quantity = np.atleast_1d(np.asarray(quantity, dtype=np.float64))
        used = (quantity > 0) & (np.asarray(times) > 0)
        if not used.any():
            return
        tiers = self.book.find_tiers(
            service, price_item, self.text("region") if region is None else region, engine=engine,
            instance_class=instance_class, deployment=deployment, term=term, as_of=self.as_of, where=used,
        )  # fmt: skip
        for number, (price, rows, low, high) in enumerate(tiers):
            part = np.clip(quantity - low, 0, high - low) if len(tiers) > 1 else quantity
            if number and not (part > 0).any():
                continue
            row = self.book.rows[int(rows[rows >= 0][0])]
            named = f"{item} (from {row.tier_from:,.0f})" if number else item
            self.lines.append(BillLine(named, line, part * times, row.unit, price, rows, upfront, reserved))


def one(value: Any) -> NDArray[Any]:
    """A column of one entry, whatever the entry is (a list stays one entry)."""
    column = np.empty(1, dtype=object)
    column[0] = value
    return column
