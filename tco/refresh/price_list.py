"""Reads an offer file of the AWS Price List, JSON or CSV, price by price: however large the file, little more than the
products that are wanted stays in memory.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import ijson  # type: ignore[import-untyped]  # it has no stubs

from tco.errors import InputError

Attributes = Mapping[str, str]
Product = TypeVar("Product")

CURRENCY = "USD"
#: Columns that every CSV file has; those behind them may be left out of a line where they are empty.
LEADING_CELLS = 17
#: What is kept of a product beside what it is.
KEPT = ("regioncode", "vcpu", "memory")


@dataclass(frozen=True)
class OfferHead:
    """What an offer file says of itself: which service's prices, which version, published on which day."""

    service: str
    version: str
    published: date


@dataclass(frozen=True, slots=True)
class Offered(Generic[Product]):
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
    with _faults_at(file), file.open("rb") as opened:
        if opened.read(1) == b"{":
            opened.seek(0)
            found = _json_head(opened)
        else:
            found = _csv_head(file)
    try:
        return OfferHead(found["offercode"], found["version"], date.fromisoformat(found["publicationdate"][:10]))
    except (KeyError, ValueError):
        raise InputError("is not an offer file of the AWS Price List", path=str(file)) from None


def read_prices(file: Path, product_of: Callable[[Attributes], Product | None]) -> Iterator[Offered[Product]]:
    """The prices in USD of the products that are wanted, in the order of the file. Raises InputError.

    product_of: what a product is, by its attributes (names in lower case without spaces: `instancetype`), or None.
    """
    with _faults_at(file):
        with file.open("rb") as opened:
            is_json = opened.read(1) == b"{"
        yield from _json_prices(file, product_of) if is_json else _csv_prices(file, product_of)


@contextmanager
def _faults_at(file: Path) -> Iterator[None]:
    """Whatever a parser stumbles over becomes one sentence about the file."""
    try:
        yield
    except ijson.IncompleteJSONError:
        raise InputError("ends in the middle", path=str(file)) from None
    except csv.Error as error:
        cut_off = "unexpected end of data" in str(error)
        raise InputError("ends in the middle" if cut_off else f"is not a CSV file ({error})", path=str(file)) from None
    except (ijson.JSONError, ValueError, AttributeError, TypeError, KeyError, InvalidOperation) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not an offer file of the AWS Price List ({error})", path=str(file)) from None


def _json_head(opened: IO[bytes]) -> dict[str, str]:
    head: dict[str, str] = {}
    for prefix, event, value in ijson.parse(opened):
        if event == "string" and "." not in prefix:
            head[prefix.lower()] = value
        elif event == "start_map" and prefix:
            break
    return head


def _json_prices(file: Path, product_of: Callable[[Attributes], Product | None]) -> Iterator[Offered[Product]]:
    products: dict[str, tuple[Product, Attributes]] = {}
    with file.open("rb") as opened:
        for sku, entry in ijson.kvitems(opened, "products"):
            attributes = named_attributes({**entry["attributes"], "productFamily": entry.get("productFamily", "")})
            product = product_of(attributes)
            if product is not None:
                products[sku] = product, {name: attributes.get(name, "") for name in KEPT}
    for term_type in ("OnDemand", "Reserved"):
        with file.open("rb") as opened:
            for sku, terms in ijson.kvitems(opened, f"terms.{term_type}"):
                if sku in products:
                    for term in terms.values():
                        yield from term_prices(sku, *products[sku], term, reserved=term_type == "Reserved")


def term_prices(
    sku: str, product: Product, kept: Attributes, term: Mapping[str, Any], *, reserved: bool
) -> Iterator[Offered[Product]]:
    """The prices in USD of one product under one term, written as JSON; kept: its Region, vCPU and memory, if known."""
    chosen = named_attributes(term.get("termAttributes") or {})
    for dimension in term["priceDimensions"].values():
        if CURRENCY in dimension["pricePerUnit"]:
            end = dimension.get("endRange", "Inf")
            yield Offered(
                sku, product, kept.get("regioncode", ""), kept.get("vcpu", ""), kept.get("memory", ""), reserved,
                lease=chosen.get("leasecontractlength", ""), purchase=chosen.get("purchaseoption", ""),
                offering_class=chosen.get("offeringclass", ""), effective=_day(term.get("effectiveDate", "")),
                price=Decimal(dimension["pricePerUnit"][CURRENCY]), begin=Decimal(dimension.get("beginRange", "0")),
                end=None if end == "Inf" else Decimal(end), upfront=dimension["unit"] == "Quantity",
            )  # fmt: skip


def _csv_head(file: Path) -> dict[str, str]:
    head: dict[str, str] = {}
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for cells in csv.reader(opened):
            if cells and cells[0] == "SKU":
                return head
            if len(cells) > 1:
                head[_plain(cells[0])] = cells[1]
    raise InputError("is not an offer file of the AWS Price List (it has no heading)", path=str(file))


def _csv_prices(file: Path, product_of: Callable[[Attributes], Product | None]) -> Iterator[Offered[Product]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = csv.reader(opened, strict=True)
        names = next([_plain(cell) for cell in cells] for cells in lines if cells and cells[0] == "SKU")
        before = last = len(names)
        for cells in lines:
            before, last = last, len(cells)
            if not LEADING_CELLS <= last <= len(names):
                continue  # a stray line; as the last one, a file that was cut off
            row = dict(zip(names, [*cells, *[""] * (len(names) - last)], strict=True))
            product = product_of(row) if row["currency"] == CURRENCY else None
            if product is not None:
                yield _csv_price(row, product)
    if last < before:
        raise InputError("ends in the middle", path=str(file))


def _csv_price(row: Mapping[str, str], product: Product) -> Offered[Product]:
    ending = row["endingrange"]
    return Offered(
        row["sku"], product, row.get("regioncode", ""), row.get("vcpu", ""), row.get("memory", ""),
        row["termtype"] == "Reserved", lease=row["leasecontractlength"], purchase=row["purchaseoption"],
        offering_class=row["offeringclass"], effective=_day(row["effectivedate"]),
        price=Decimal(row["priceperunit"]), begin=Decimal(row["startingrange"] or "0"),
        end=Decimal(ending) if ending not in ("", "Inf") else None, upfront=row["unit"] == "Quantity",
    )  # fmt: skip


def named_attributes(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Attributes under plain names, as `product_of` functions know them."""
    return {_plain(name): str(value) for name, value in attributes.items()}


def _plain(name: str) -> str:
    """`Instance Type` and `instanceType` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:  # files re-saved by a spreadsheet write dates in ways of their own
        return None
