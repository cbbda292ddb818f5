"""What the clusters of a hosting are billed for a month: the workload sized for the platform, at the dated prices."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.catalog.prices import PriceBook, price_book
from tco.evaluation.inputs import Inputs
from tco.model.fleet.placement import Hosting
from tco.model.fleet.sizing import fitted_acu, fitted_class
from tco.platforms.base import BillLine, Platform, UsageColumns
from tco.scenario.scenario import Group, Settings, asks_for_fit

Array = NDArray[np.float64]

REMEMBERED = 1024
"""Bills that are kept from one evaluation to the next: those of a scenario under all its options are some dozens."""
LARGEST_REMEMBERED = 4096
"""Numbers that a bill may be made from to be kept: bills that differ between many draws are not asked for again."""
SETTINGS = frozenset(Settings.model_fields)


def book_of(inputs: Inputs) -> PriceBook:
    """The price catalogue, with the scenario's own prices before it."""

    def book() -> PriceBook:
        own = [price.model_dump() for price in inputs.scenario.prices]
        return price_book().with_prices(own) if own else price_book()

    return inputs.settle("book", book)


def bill(hosting: Hosting, **fields: float) -> list[BillLine]:
    """The bill of one cluster of each member for one month, amounts of shape (draws or 1, members).

    fields: numbers of the platform's usage to set, such as extended_support_year. Raises UnknownPrice or InputError.
    """
    key = f"bill of {hosting.option} {hosting.named} {fields}"
    return hosting.inputs.settle(key, lambda: _bill(hosting, fields))


def _bill(hosting: Hosting, fields: dict[str, float]) -> list[BillLine]:
    sized = Sizing(hosting)
    columns = {"region": sized.text("region"), **hosting.platform.sizing(sized)}
    columns |= {name: np.array([value]) for name, value in fields.items()}
    return _remembered(hosting.platform, columns, book_of(hosting.inputs), hosting.inputs.scenario.prices_as_of)


_known: OrderedDict[object, tuple[PriceBook, list[BillLine]]] = OrderedDict()


def _remembered(platform: Platform, columns: UsageColumns, book: PriceBook, as_of: date) -> list[BillLine]:
    """The platform's bill, which follows from what it is asked for alone: evaluations of one scenario share most."""
    if sum(column.size for column in columns.values()) > LARGEST_REMEMBERED:
        return platform.bill(columns, book, as_of)
    asked = tuple((name, column.shape, _content(column)) for name, column in columns.items())
    key = (platform.name, as_of, id(book), asked)
    found = _known.get(key)
    if found is None:
        _known[key] = found = (book, platform.bill(columns, book, as_of))  # the book is held, so that its id stays its
        if len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return found[1]


def _content(column: NDArray[Any]) -> object:
    return repr(column.tolist()) if column.dtype == object else column.tobytes()


def monthly_bill(hosting: Hosting) -> Array:
    """The whole bill of one cluster for an ordinary month in USD, after discounts, without fees paid upfront.

    Shape (draws or 1, members, months or 1).
    """

    def whole() -> Array:
        costs = [line.quantity * line.unit_price for line in bill(hosting) if not line.upfront]
        return amounts(sum(costs, np.zeros((1, len(hosting.members))))) * discounted(hosting)

    return hosting.inputs.keep(f"monthly bill of {hosting.option} {hosting.named}", whole)


def discounted(hosting: Hosting) -> Array:
    """Share of a list price that is paid: (1 - `discount.<platform>`, if there is one) x price level of the month."""
    inputs, path = hosting.inputs, f"discount.{hosting.platform.name}"
    level = inputs.price_level("cloud")
    return (1 - inputs.stated(path)) * level if path in inputs.scenario.assumptions else level


def amounts(values: Array) -> Array:
    """Amounts of a bill, (members,) or (draws, members), on the ledger's three axes."""
    return np.atleast_2d(values)[:, :, None]


def price_names(hosting: Hosting, item: BillLine) -> tuple[str, ...]:
    """The names of the price rows behind a bill item, one a member; empty where none was looked up or nobody asks."""
    if not hosting.inputs.traces:
        return ("",) * len(hosting.members)

    def names() -> tuple[str, ...]:
        book = book_of(hosting.inputs)
        found = {row: book.rows[row].name if row >= 0 else "" for row in np.unique(item.rows).tolist()}
        return tuple(found[row] for row in np.broadcast_to(item.rows, len(hosting.members)).tolist())

    return hosting.inputs.settle(f"names of {item.rows.tobytes()!r} for {len(hosting.members)}", names)


def all_price_names(hosting: Hosting, places: Iterable[int]) -> tuple[str, ...]:
    """The names of all price rows behind the whole bill of some members, joined by `; `, one text a member.

    Empty texts where nobody asks.
    """
    if not hosting.inputs.traces:
        return tuple("" for _ in places)
    items = [price_names(hosting, item) for item in bill(hosting)]
    return tuple("; ".join(dict.fromkeys(names[place] for names in items if names[place])) for place in places)


def instance_classes(hosting: Hosting) -> list[str | None]:
    """The instance class of every member, fitted to its load where that is asked for; none where units are."""

    def fitted(place: int, stated: str) -> str | None:
        if hosting.platform.capacity_model == "capacity units":
            return None
        return fitted_class(hosting, place, stated, book_of(hosting.inputs)).name

    stated = hosting.setting("instance_class")
    return [fitted(place, name) if asks_for_fit(name) else name for place, name in enumerate(stated)]


@dataclass(frozen=True)
class Sizing:
    """What a platform asks about a hosting's clusters when it sizes them (`tco.platforms.base.Demand`)."""

    hosting: Hosting

    def number(self, field: str) -> Array:
        """The field of one cluster of every member, (draws or 1, members)."""
        inputs, members = self.hosting.inputs, self.hosting.members
        if field == "hours_per_month":
            return inputs["finance.hours_per_month"][:, :, 0]
        if field == "fitted_acu":
            stated = enumerate(self.hosting.setting("instance_class"))
            units = [fitted_acu(self.hosting, n) if asks_for_fit(name) else np.zeros(1) for n, name in stated]
            return np.stack(np.broadcast_arrays(*units), axis=-1)
        if field in ("instances", "acu"):
            return np.array([value or 0 for value in self.hosting.setting(field)], dtype=float).reshape(1, -1)
        if field in ("reads_per_second", "writes_per_second", "item_bytes"):
            return inputs.fleet_number(f"workload.{field}", _workload_number(field))[:, members, 0]
        return inputs.fleet_number(field, lambda group: getattr(group, field) or 0.0)[:, members, 0]

    def text(self, field: str) -> NDArray[Any]:
        """A name of every member, (members,): a setting, else the group's own field."""
        names = np.empty(len(self.hosting.groups), dtype=object)
        if field == "instance_class":
            names[:] = instance_classes(self.hosting)
        elif field in SETTINGS:
            names[:] = self.hosting.setting(field)
        elif field == "load":
            names[:] = [group.workload.load if group.workload else None for group in self.hosting.groups]
        else:
            names[:] = [getattr(group, field) for group in self.hosting.groups]
        return names

    def assumption(self, path: str) -> Array:
        """An assumption's value for each draw, (draws or 1, 1)."""
        return self.hosting.inputs[path][:, :, 0]


def _workload_number(field: str) -> Callable[[Group], float]:
    """How to read a number of the workload from a group; a group without a workload asks for nothing."""

    def number(group: Group) -> float:
        return float(getattr(group.workload, field)) if group.workload else 0.0

    return number
