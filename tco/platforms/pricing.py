"""`price` turns the usage of a month into the lines of a bill, each with its price row.

One usage gives one bill; a DataFrame, a list of usages, or arrays give many at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tco.catalog.price_rows import EVERYWHERE, PriceRow
from tco.catalog.prices import PriceBook, price_book
from tco.catalog.regions import unknown_region
from tco.catalog.row_checks import checked_day
from tco.errors import InputError, UnknownPrice, checked
from tco.platforms import platform as platform_named
from tco.platforms.base import BillLine, Platform, one
from tco.platforms.usage_columns import usage_columns

if TYPE_CHECKING:
    import pandas as pd

GENERIC = " (generic)"
"""An ending that a Region may have where its price holds for a whole country: `us (generic)` is `us`."""


@checked
def price(
    platform: str,
    usage: Any,
    region: str | Sequence[str],
    as_of: date | str | None = None,
    first_month: bool = True,
    prices: Iterable[Mapping[str, Any]] = (),
    discount: float = 0.0,
) -> pd.DataFrame:
    """The bill of one month on `platform`: one row per item, with item, quantity, unit, unit_price, cost and source.

    usage: the platform's fields (`tco price PLATFORM --help` lists them). Given a DataFrame, a list of
    mappings or arrays as values, a first column `bill` holds the index of each usage. region: one Region for
    all, or one per bill. as_of: the day of the prices; today if left out. first_month: whether fees paid when a term
    begins are on the bill. prices: own or negotiated prices, which take precedence; see `PriceBook.with_prices`.
    discount: a negotiated share off every price, 0 to 1, which the sources then state. Amounts are USD, not rounded.
    Raises InputError, or UnknownPrice if no row gives a price; both name the nearest known values.
    """
    record = platform_named(platform)
    day = _day(as_of)
    columns, index = usage_columns(record.usage, usage)
    classes, regions = columns.get("instance_class", one("")), [region] if isinstance(region, str) else region
    used = (*classes.tolist(), *regions)
    book = price_book().with_prices(prices, used=[name for name in used if isinstance(name, str) and name])
    columns["region"] = _regions(region, record.service, book, index)
    try:
        billed = [] if index is not None and len(index) == 0 else record.bill(columns, book, day)
    except InputError as error:
        raise _at_its_bill(error, record, columns, book, day, 1 if index is None else len(index)) from None
    lines = [line for line in billed if first_month or not line.upfront]
    if not 0 <= discount <= 1:
        raise InputError("a discount is a share from 0 to 1", path="discount", value=discount)
    return _frame(lines, book, index, float(discount))


def _at_its_bill(
    error: InputError, platform: Platform, columns: Mapping[str, NDArray[Any]], book: PriceBook, day: date, bills: int
) -> InputError:
    """The error of the first bill that cannot be made, with its number; it is found by bisection."""
    first, last = 0, bills
    while last - first > 1:
        middle = (first + last) // 2
        half = {name: column[first:middle] if len(column) == bills else column for name, column in columns.items()}
        try:
            platform.bill(half, book, day)
            first = middle
        except InputError as of_half:
            last, error = middle, of_half
    if bills == 1 or any(f"(bill {first})" in problem.message for problem in error.problems):
        return error
    return type(error)([replace(problem, message=f"{problem.message} (bill {first})") for problem in error.problems])


@checked
def price_items(platform: str) -> list[str]:
    """The items that may appear on a bill of `platform`; a tier of a price adds `(from ...)` to its item."""
    return list(platform_named(platform).items)


def _day(as_of: date | str | None) -> date:
    if as_of is None:
        as_of = date.today()  # noqa: DTZ011 (prices hold for local days)
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    try:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise InputError("must be a date such as 2026-10-01", path="as_of", value=as_of) from None
    return checked_day(day, "as_of")


def _regions(region: str | Sequence[str], service: str, book: PriceBook, index: Sequence[Any] | None) -> NDArray[Any]:
    """The Region of each bill. Raises UnknownPrice for one that no price names, with the nearest of the service."""
    if isinstance(region, str):
        column = one(region.removesuffix(GENERIC))
    else:
        column = np.array([str(name).removesuffix(GENERIC) for name in region], dtype=object)
        if index is None or len(column) != len(index):
            raise InputError("give one Region, or one for each bill", path="region", value=len(column))
    known = {*book.known("region")} - {EVERYWHERE}
    for name in dict.fromkeys(column.tolist()):
        if name not in known:
            offered = {*book.known("region", service=service)} - {EVERYWHERE}
            raise UnknownPrice(unknown_region(name, offered), path="region")
    return column


def _frame(lines: Sequence[BillLine], book: PriceBook, index: Sequence[Any] | None, discount: float) -> pd.DataFrame:
    """The lines as a tidy frame, bill by bill, without lines of quantity 0."""
    import pandas as pd

    count = 1 if index is None else len(index)
    quantity, unit_price, rows = (np.zeros((count, len(lines)), kind) for kind in (float, float, np.intp))
    for place, line in enumerate(lines):
        quantity[:, place] = line.quantity
        unit_price[:, place] = line.unit_price * (1 - discount) if discount else line.unit_price
        rows[:, place] = line.rows
    bill, on_bill = np.nonzero(quantity > 0)
    chosen_rows, row_place = np.unique(rows[bill, on_bill], return_inverse=True)
    less = f", less {round(100 * discount, 6):g}% negotiated" if discount else ""
    sources = [_source(book.row(int(row))) + less for row in chosen_rows]
    amounts, prices = quantity[bill, on_bill], unit_price[bill, on_bill]
    with np.errstate(over="ignore", invalid="ignore"):
        cost = amounts * prices
        total = cost.sum()
    if not np.isfinite(total):
        raise InputError("the bill is larger than numbers can hold")

    def named(texts: Sequence[str], places: NDArray[np.intp]) -> Any:
        return pd.array(list(texts), dtype="str").take(places)

    frame = pd.DataFrame(
        {
            "item": named([line.item for line in lines], on_bill),
            "quantity": amounts,
            "unit": named([line.unit for line in lines], on_bill),
            "unit_price": prices,
            "cost": cost,
            "source": named(sources, row_place),
        }
    )
    if index is not None:
        frame.insert(0, "bill", pd.Index(index).take(bill))
    return frame


def _source(row: PriceRow) -> str:
    read = f", read {row.observed_on}" if row.observed_on else ""
    return f"{row.name} ({row.source}{read})"
