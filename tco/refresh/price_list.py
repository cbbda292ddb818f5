"""Reads an offer file of the AWS Price List, JSON or CSV, price by price.

However large the file, little more than the selected products is in memory.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]  # it has no stubs

from tco.catalog.row_checks import EARLIEST, latest_day, outside_days
from tco.errors import InputError, shown
from tco.formats import CURRENCY

Attributes = Mapping[str, str]
"""Of a product, by plain names: in lower case without spaces (`instancetype`)."""

LEADING_CELLS = 17
"""Columns that every CSV file has; a line may leave out the later ones where they are empty."""
AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""How products and instance classes are named; nothing that a spreadsheet would run."""
PIECE = 4096
"""Bytes of JSON that are looked at before they are parsed."""
MAX_DEPTH = 500
"""Levels of brackets; an offer file has eight."""
LONG_NUMBER = re.compile(rb"[0-9]{1000}")
"""The parser would end the process at a number of more than 4,300 digits; an offer file writes its numbers as texts."""
LARGEST_AMOUNT = 10**15
"""No price and no quantity of the Price List comes near this."""
FEE = "Quantity"
"""The unit of a one-off fee of a reservation."""
HOURS, MONTHS = ("hr", "hrs", "hour", "hours"), ("mo", "month", "months")
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "hour": HOURS,
    "hours": (*HOURS, "records"),
    "month": MONTHS,
    "gb": ("gb", "gigabyte", "gigabytes"),
    "requests": ("request", "requests", "unit", "units", "io", "ios"),
}
"""How a unit of the Price List ends, by the last word of the unit in the price tables."""
HARDWARE = ("regioncode", "vcpu", "memory")
"""Attributes that a price states beside its product."""


@dataclass(frozen=True, slots=True)
class Product:
    """The item of the price tables that a product of the Price List is.

    factor: its price times this is the price in `unit`. tier_from, tier_to: where each tier of an item is a product of
    its own, the quantities between which this one holds.
    """

    service: str
    item: str
    unit: str
    engine: str = ""
    instance_class: str = ""
    deployment: str = ""
    factor: Decimal = Decimal(1)
    tier_from: str = ""
    tier_to: str = ""


Selection = Callable[[Attributes], Product | None]
"""Which product has these attributes; None for one that the tables do not have."""


@dataclass(frozen=True)
class OfferHead:
    """What an offer file says of itself: which service's prices, which version, published on which day."""

    service: str
    version: str
    published: date

    def __post_init__(self) -> None:
        """Refuse a day on which nothing can have been published."""
        if not EARLIEST <= self.published <= latest_day():
            raise InputError(f"was published on {self.published}: {outside_days()}")


@dataclass(frozen=True, slots=True)
class Offered:
    """One price of an offer file.

    begin, end: the quantities it holds between, end None where there is no end. upfront: a one-off fee.
    region, vcpu, memory: as the file writes them, empty where it does not.
    """

    sku: str
    product: Product
    region: str
    vcpu: str
    memory: str
    reserved: bool
    lease: str
    purchase: str
    offering_class: str
    effective: date | None
    price: Decimal
    begin: Decimal
    end: Decimal | None
    upfront: bool


def read_head(file: Path) -> OfferHead:
    """The head of an offer file. Raises InputError where the file is none."""
    with _faults_at(file):
        head = _json_head(file) if _is_json(file) else _csv_head(file)
    try:
        service, version, published = (
            head["offercode"],
            head["version"],
            date.fromisoformat(head["publicationdate"][:10]),
        )
    except (KeyError, ValueError):
        raise InputError("is not an offer file of the AWS Price List", path=str(file)) from None
    return OfferHead(service, version, published)


def read_prices(file: Path, select: Selection) -> Iterator[Offered]:
    """The prices in USD of the selected products, in the order of the file. Raises InputError."""
    with _faults_at(file):
        yield from _json_prices(file, select) if _is_json(file) else _csv_prices(file, select)


def _is_json(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(1) == b"{"


class _Shallow:
    """A JSON file that is read only as long as it is not nested deeply, since the parser keeps a text of every level,
    and has no number without end.

    Brackets are counted also where they are inside texts, of which the Price List has few, and none without its pair.
    """

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self._depth = 0
        self._before = b""

    def read(self, size: int) -> bytes:
        """The next bytes. Raises RecursionError past so many levels, InputError for such a number."""
        piece = self._opened.read(min(size, PIECE) if size else 0)
        self._depth += piece.count(b"{") + piece.count(b"[") - piece.count(b"}") - piece.count(b"]")
        if self._depth > MAX_DEPTH:
            raise RecursionError
        if LONG_NUMBER.search(self._before + piece):
            raise InputError("is not an offer file of the AWS Price List (it has a number of a thousand digits)")
        self._before = piece
        return piece


@contextmanager
def _faults_at(file: Path) -> Iterator[None]:
    """Turns the errors of parsers into an InputError about the file."""
    try:
        yield
    except ijson.IncompleteJSONError:
        raise InputError("ends in the middle", path=str(file)) from None
    except csv.Error as error:
        cut_off = "unexpected end of data" in str(error)
        raise InputError("ends in the middle" if cut_off else f"is not a CSV file ({error})", path=str(file)) from None
    except InputError:
        raise
    except RecursionError:
        raise InputError("is nested too deeply for an offer file of the AWS Price List", path=str(file)) from None
    except (ijson.JSONError, ValueError, AttributeError, TypeError, LookupError, ArithmeticError) as error:
        raise InputError(f"is not an offer file of the AWS Price List ({error})", path=str(file)) from None


def _json_head(file: Path) -> dict[str, str]:
    head: dict[str, str] = {}
    with file.open("rb") as opened:
        for prefix, event, value in ijson.parse(_Shallow(opened)):
            if event == "string" and "." not in prefix:
                head[prefix.lower()] = value
            elif event == "start_map" and prefix:
                break
    return head


def _json_prices(file: Path, select: Selection) -> Iterator[Offered]:
    products: dict[str, tuple[Product, Attributes]] = {}
    with file.open("rb") as opened:
        for sku, entry in ijson.kvitems(_Shallow(opened), "products"):
            attributes = named_attributes({**entry["attributes"], "productFamily": entry.get("productFamily", "")})
            product = select(attributes)
            if product is not None:
                products[sku] = product, {name: attributes.get(name, "") for name in HARDWARE}
    for term_type in ("OnDemand", "Reserved"):
        with file.open("rb") as opened:
            for sku, terms in ijson.kvitems(_Shallow(opened), f"terms.{term_type}"):
                if sku in products:
                    for term in terms.values():
                        yield from term_prices(sku, *products[sku], term, reserved=term_type == "Reserved")


def term_prices(
    sku: str, product: Product, hardware: Attributes, term: Mapping[str, Any], *, reserved: bool
) -> Iterator[Offered]:
    """The prices in USD of one product under one term as JSON; hardware: its Region, vCPU and memory, where known."""
    of_term = named_attributes(term.get("termAttributes") or {}) | {"effectivedate": term.get("effectiveDate", "")}
    for dimension in term["priceDimensions"].values():
        if CURRENCY in dimension["pricePerUnit"]:
            row = {
                "sku": sku, "termtype": "Reserved" if reserved else "", "unit": dimension["unit"],
                "priceperunit": dimension["pricePerUnit"][CURRENCY], "startingrange": dimension.get("beginRange", ""),
                "endingrange": dimension.get("endRange", ""),
            }  # fmt: skip
            yield _offered({**hardware, **of_term, **row}, product)


def _csv_head(file: Path) -> dict[str, str]:
    head: dict[str, str] = {}
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for cells in csv.reader(opened):
            if cells and cells[0] == "SKU":
                return head
            if len(cells) > 1:
                head[_plain(cells[0])] = cells[1]
    raise InputError("is not an offer file of the AWS Price List (it has no heading)", path=str(file))


def _csv_prices(file: Path, select: Selection) -> Iterator[Offered]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = csv.reader(opened, strict=True)
        names = next([_plain(cell) for cell in cells] for cells in lines if cells and cells[0] == "SKU")
        before = last = len(names)
        for cells in lines:
            before, last = last, len(cells)
            if not LEADING_CELLS <= last <= len(names):
                continue  # a stray line; as the last one, a file that was cut off
            row = dict(zip(names, [*cells, *[""] * (len(names) - last)], strict=True))
            product = select(row) if row["currency"] == CURRENCY else None
            if product is not None:
                yield _offered(row, product)
    if last < before:
        raise InputError("ends in the middle", path=str(file))


def _offered(row: Mapping[str, str], product: Product) -> Offered:
    """The price of a line of a CSV file, or of as many values from JSON, by plain names.

    Raises InputError for one that cannot be.
    """
    check_name(row["sku"])
    ending = row["endingrange"]
    begin = _amount(row, "startingrange") if row["startingrange"] else Decimal(0)
    end = _amount(row, "endingrange") if ending not in ("", "Inf") else None
    upfront = row["termtype"] == "Reserved" and row["unit"] == FEE
    if not upfront and not _means(row["unit"], product.unit):
        raise InputError(f"unit of product {row['sku']} must be like {product.unit!r}", value=shown(row["unit"]))
    if end is not None and end <= begin:
        raise InputError(f"a tier of product {row['sku']} ends where it begins or before", value=f"{begin} to {end}")
    return Offered(
        row["sku"], product, row.get("regioncode", ""), row.get("vcpu", ""), row.get("memory", ""),
        row["termtype"] == "Reserved", lease=row.get("leasecontractlength", ""), purchase=row.get("purchaseoption", ""),
        offering_class=row.get("offeringclass", ""), effective=_day(row["effectivedate"]),
        price=_amount(row, "priceperunit"), begin=begin, end=end, upfront=upfront,
    )  # fmt: skip


def _means(written: object, unit: str) -> bool:
    """Whether a unit of the Price List, such as `GB-Mo`, is of the kind of a unit of the price tables."""
    last = unit.casefold().replace("-", " ").split()[-1]
    return isinstance(written, str) and written.casefold().strip().endswith(ENDINGS[last])


def check_name(name: str) -> None:
    """Raise InputError for what is no name of a product or an instance class."""
    if not PLAIN_NAME.fullmatch(name):
        raise InputError("is no name of a product or an instance class", value=shown(name))


def _amount(row: Mapping[str, str], name: str) -> Decimal:
    """A price or an end of a tier. Raises InputError that names the product for one that cannot be."""
    value = Decimal(row[name]) if AMOUNT.fullmatch(row[name]) else None
    if value is None or value > LARGEST_AMOUNT:
        problem = f"{name} of product {row['sku']} must be a number from 0 to {LARGEST_AMOUNT:.0e}"
        raise InputError(problem, value=shown(row[name]).strip("'"))
    return value


def named_attributes(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Attributes by plain names."""
    return {_plain(name): str(value) for name, value in attributes.items()}


def _plain(name: str) -> str:
    """`instancetype` of both `Instance Type` and `instanceType`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:  # files re-saved by a spreadsheet write dates in ways of their own
        return None
