"""A dated set of price tables in a folder of its own: written whole or not at all, and compared with what is there."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tco.catalog.price_rows import PriceRow

if TYPE_CHECKING:
    import pandas as pd

INSTANCES = (
    "service", "region", "instance_class", "engine", "deployment", "term", "price", "valid_from", "valid_to",
    "observed_on", "source", "sku", "confidence", "note",
)  # fmt: skip
RATES = (
    "service", "region", "item", "engine", "instance_class", "deployment", "term", "unit", "price", "tier_from",
    "tier_to", "valid_from", "valid_to", "observed_on", "source", "sku", "confidence", "note",
)  # fmt: skip
CLASSES = ("instance_class", "family", "vcpu", "memory_gib", "basis")
SOURCES = ("id", "title", "link")

Row = Mapping[str, str]
Tier = tuple[str, ...]


def write_price_set(folder: Path, rows: Iterable[Row], classes: Iterable[Row], sources: Iterable[Row]) -> None:
    """Write the tables of a set into `folder`, which appears complete or not at all; one already there is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        listed = list(rows)
        _write(making / "instances.csv", INSTANCES, (row for row in listed if row["item"] == "instance"))
        _write(making / "rates.csv", RATES, (row for row in listed if row["item"] != "instance"))
        _write(making / "classes.csv", CLASSES, classes)
        _write(making / "sources.csv", SOURCES, sources)
        making.chmod(0o755)
        replaced = making.with_name(f"{making.name}.replaced")
        if folder.exists():
            folder.rename(replaced)
        making.rename(folder)
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _write(file: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def price_changes(before: Iterable[PriceRow], after: Iterable[PriceRow], day: date) -> pd.DataFrame:
    """What a set changes: one row for each price that is new, gone or different on `day`.

    Columns: change (`new`, `gone`, `dearer`, `cheaper`), name, unit, before, after (USD). Only the services, Regions
    and items of the set are compared. Prices that are gone stay in force, since the older rows remain.
    """
    import pandas as pd

    rows = list(after)
    covered = {(row.service, row.region, row.item) for row in rows}
    old = {_tier(row): row for row in before if (row.service, row.region, row.item) in covered and row.holds_on(day)}
    new = {_tier(row): row for row in rows}
    changes = []
    for tier in sorted({*old, *new}):
        earlier, later = old.get(tier), new.get(tier)
        shown = later or earlier
        if shown is None or (earlier and later and earlier.price == later.price):
            continue
        change = (
            "new" if not earlier else "gone" if not later else "dearer" if later.price > earlier.price else "cheaper"
        )
        changes.append(
            (change, _name(shown), shown.unit, earlier.price if earlier else None, later.price if later else None)
        )
    return pd.DataFrame(changes, columns=["change", "name", "unit", "before", "after"])


def _tier(row: PriceRow) -> Tier:
    return (*row.key, f"{row.tier_from:020.6f}")


def _name(row: PriceRow) -> str:
    return row.name.split(" since ")[0].split(" until ")[0]
