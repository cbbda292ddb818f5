"""Turns the prices of an offer file into a dated set of price tables, and compares a set with older prices.

Free amounts, tiers, terms and their fees become rows; a set is a folder that is written whole or not at all.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tco.catalog.price_rows import CLASSES, DERIVED, INSTANCES, KEY_FIELDS, RATES, SOURCES, PriceRow, PriceTables
from tco.catalog.row_checks import ACCEPTED
from tco.errors import InputError
from tco.execution.interruptions import locked, made_folder, remove_left, uninterrupted
from tco.refresh.price_list import Offered, OfferHead, Product, check_name

if TYPE_CHECKING:
    import pandas as pd

PURCHASES = {
    "No Upfront": "no_upfront",
    "Partial Upfront": "partial_upfront",
    "All Upfront": "all_upfront",
    "Heavy Utilization": "partial_upfront",  # the old name, still used for DynamoDB
}
KEY = (*KEY_FIELDS, "tier_from")

Row = dict[str, str]
Tier = tuple[str, ...]


@dataclass
class Tables:
    """Rows in the making, by the values of `KEY`. address: where the prices are read.

    classes: hardware of the instance classes met. unclear: keys for which the file holds several prices; they are left
    out.
    """

    head: OfferHead
    region: str
    address: str
    rows: dict[Tier, Row] = field(default_factory=dict)
    classes: dict[str, Row] = field(default_factory=dict)
    unclear: set[Tier] = field(default_factory=set)

    @property
    def source(self) -> str:
        """The name of the file as a source of prices."""
        return f"aws_price_list_{self.head.service}_{self.region}_{self.head.published.isoformat()}"

    def add(self, prices: Iterable[Offered]) -> None:
        """Add prices of any products and terms. Raises InputError for one of another Region."""
        by_term: dict[tuple[str, str], list[Offered]] = {}
        for price in prices:
            if price.region not in ("", self.region):
                raise InputError(f"holds prices of {price.region}, not of {self.region}", path=self.address)
            by_term.setdefault((price.sku, _term(price)), []).append(price)
        for alike in by_term.values():
            self._add_term(alike)

    def _add_term(self, prices: Iterable[Offered]) -> None:
        """Add the prices of one product under one term."""
        ordered = sorted(prices, key=lambda price: price.begin)
        # A first amount at no price is a free tier, which has a term of its own; what follows has no tier then.
        free = [price for price in ordered if not price.upfront and price.price == 0 and price.end is not None]
        paid = [price for price in ordered if price not in free]
        product = ordered[0].product
        for price in free:
            self._put(
                product, price, "free_tier", "0", _number((price.end or Decimal(0)) / max(product.factor, Decimal(1)))
            )
        tiered = sum(not price.upfront for price in paid) > 1
        lowest = min((price.begin for price in paid if not price.upfront), default=None)
        for price in paid:
            if not price.upfront and price.price == 0 and price.reserved:
                continue  # paid in full by the fee
            # The first tier that is paid holds from the first unit, since bills leave free amounts out by default.
            begin = Decimal(0) if price.begin == lowest else price.begin
            low = _number(begin) if tiered and not price.upfront else product.tier_from
            high = _number(price.end) if tiered and price.end is not None else product.tier_to
            self._put(product, price, _term(price), low, high)

    def _put(self, product: Product, price: Offered, term: str, low: str, high: str) -> None:
        item, unit, factor = product.item, product.unit, product.factor
        hour_of_instance = bool(product.instance_class)
        if price.reserved and not hour_of_instance:
            item = f"reserved_{item}"
        if price.upfront:
            item, factor = f"{item}_upfront", Decimal(1)
            unit = "instance" if hour_of_instance else "capacity unit"
        row = {
            "service": product.service, "region": self.region, "item": item, "engine": product.engine,
            "instance_class": product.instance_class, "deployment": product.deployment, "term": term, "unit": unit,
            "price": _number(price.price * factor), "tier_from": low, "tier_to": high,
            "valid_from": (price.effective or self.head.published).isoformat(), "valid_to": "",
            "observed_on": self.head.published.isoformat(), "source": self.source, "sku": price.sku,
            "confidence": "high", "note": "",
        }  # fmt: skip
        key = tuple(row[name] for name in KEY)
        if self.rows.setdefault(key, row)["price"] != row["price"]:
            self.unclear.add(key)
        if product.instance_class:
            check_name(product.instance_class)
            self.classes.setdefault(product.instance_class, _hardware(product.instance_class, price))

    def accept_all(self) -> None:
        """Mark every row as meant, however far it is from the price that it replaces."""
        for row in self.rows.values():
            row["note"] = ACCEPTED

    def clear_rows(self) -> list[Row]:
        """The rows without those that the file gives several prices for, sorted by key."""
        return [self.rows[key] for key in sorted(self.rows) if key not in self.unclear]

    def write(self, folder: Path, check: Callable[[PriceTables], None]) -> None:
        """Write a set into `folder`, which appears complete or not at all and replaces one already there.

        check: of the tables, before the set is seen; raises InputError.
        """
        title = f"AWS Price List of {self.head.service}, version {self.head.version}"
        with made_folder(folder.parent), _partial(folder) as partial:
            rows = self.clear_rows()
            _write(partial / "instances.csv", INSTANCES, (row for row in rows if row["item"] == "instance"))
            _write(partial / "rates.csv", RATES, (row for row in rows if row["item"] != "instance"))
            known = (row for row in self.classes.values() if row["vcpu"] and row["memory_gib"])
            _write(partial / "classes.csv", CLASSES, known)
            _write(partial / "sources.csv", SOURCES, [{"id": self.source, "title": title, "link": self.address}])
            check(PriceTables(partial))
            partial.chmod(0o755)
            with uninterrupted():
                _replace(folder, partial)


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder` for a set that is not whole yet, which goes at the end."""
    remove_left(folder.parent, f".{folder.name}.")
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    handle = None
    try:
        handle = os.open(partial, os.O_RDONLY)
        locked(handle)
        yield partial
    finally:
        if handle is not None:
            os.close(handle)
        shutil.rmtree(partial, ignore_errors=True)


def _replace(folder: Path, partial: Path) -> None:
    """Rename `partial` to `folder`; a folder that is there goes, or stays where that fails."""
    replaced = partial.with_name(f"{partial.name}.replaced")
    if folder.exists():
        folder.rename(replaced)
    try:
        partial.rename(folder)
    except OSError:
        if replaced.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _term(price: Offered) -> str:
    """The name of a price's term, such as `1yr_no_upfront`."""
    if not price.reserved:
        return "on_demand"
    convertible = "convertible_" if price.offering_class == "convertible" else ""
    purchase = PURCHASES.get(price.purchase, price.purchase.lower().replace(" ", "_"))
    return f"{price.lease.replace(' ', '')}_{convertible}{purchase}"


def _hardware(name: str, price: Offered) -> Row:
    vcpu = price.vcpu.strip()
    memory = price.memory.replace(",", "").removesuffix("GiB").strip()
    return {
        "instance_class": name, "family": name.split(".")[-2] if "." in name else name,
        "vcpu": vcpu if vcpu.isdigit() else "", "memory_gib": memory if memory != "NA" else "", "basis": "listed",
    }  # fmt: skip


def _number(value: Decimal) -> str:
    """The shortest plain writing: 0.1415, never 1.415E-1."""
    return format(value.normalize(), "f")


def _write(file: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def price_changes(before: Iterable[PriceRow], after: Iterable[PriceRow], day: date) -> pd.DataFrame:
    """What a set changes: one row for each price that is new, gone or different on `day`.

    Columns: change (`new`, `gone`, `dearer`, `cheaper`), name, unit, before, after (USD). Only the services, Regions,
    items and engines of the set are compared; what follows from other prices was never published and cannot be
    gone. Prices that are gone stay in force, since the older rows remain.
    """
    import pandas as pd

    new = {_tier(row): row for row in after}
    covered = {_kind(row) for row in new.values()}
    old = {_tier(row): row for row in before if _kind(row) in covered and row.holds_on(day)}
    changes = []
    for tier in sorted({*old, *new}):
        earlier, later = old.get(tier), new.get(tier)
        if earlier and not later and earlier.note.startswith(DERIVED):
            continue
        if earlier and later:
            change = "dearer" if later.price > earlier.price else "cheaper"
        else:
            change = "new" if later else "gone"
        row, prices = later or old[tier], [one.price if one else None for one in (earlier, later)]
        if prices[0] != prices[1]:
            name = row.name.split(" since ")[0].split(" until ")[0]
            changes.append((change, name, row.unit, *prices))
    return pd.DataFrame(changes, columns=["change", "name", "unit", "before", "after"])


def _kind(row: PriceRow) -> tuple[str, ...]:
    return row.service, row.region, row.item, row.engine


def _tier(row: PriceRow) -> Tier:
    return (*row.key, f"{row.tier_from:020.6f}")
