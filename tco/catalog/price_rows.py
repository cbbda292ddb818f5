"""What one dated price is, and how a folder of price tables (such as `data/prices`) is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tco import resources
from tco.errors import InputError, unknown

UNITS = (
    "instance hour",
    "vCPU hour",
    "vCPU-month",
    "capacity-unit hour",  # an RCU, WCU or ACU; for Cosmos DB a block of 100 request units a second
    "capacity unit",  # of a reservation, bought once
    "instance",  # of a reservation, bought once
    "million requests",
    "million change-record hours",
    "GB-month",
    "GB",
    "GB hour",
    "IOPS-month",
    "MB/s-month",
)
CONFIDENCE = ("high", "medium", "low")

EVERYWHERE = "all"
"""The Region of a price that is the same in all of them; nothing runs there."""
KEY_FIELDS = ("service", "region", "item", "engine", "instance_class", "deployment", "term")
"""What tells one price from another, in the order in which a failed look-up is explained."""
Key = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One published price in USD and the days on which it holds.

    - item: short stable name of what is sold, such as `instance` or `storage_gp3`.
    - engine, instance_class, deployment: empty where the price does not depend on them.
    - tier_from, tier_to: the monthly quantities between which the price holds (from 0 to infinity where flat).
    - valid_from, valid_to: first day, and first day no longer; None where unknown or still valid.
    - observed_on: the day on which the price was read. source: what it was read from.
    - sku: the price list's own number of it, where known. confidence: high, medium or low.
    """

    service: str
    region: str
    item: str
    engine: str
    instance_class: str
    deployment: str
    term: str
    unit: str
    price: float
    tier_from: float
    tier_to: float
    valid_from: date | None
    valid_to: date | None
    observed_on: date | None
    source: str
    link: str
    sku: str
    confidence: str
    note: str

    @property
    def name(self) -> str:
        """A readable name that no other row has: `AmazonRDS us-east-1 db.r6g.large mysql multi_az on_demand`."""
        parts = [self.service, self.region, self.item if self.item != "instance" else ""]
        parts += [self.instance_class, self.engine, self.deployment]
        parts += [self.term if self.instance_class or self.term != "on_demand" else ""]
        parts += [f"from {self.tier_from:g}" if self.tier_from > 0 else ""]
        parts += [f"since {self.valid_from}" if self.valid_from else ""]
        parts += [f"until {self.valid_to}" if self.valid_to else ""]
        return " ".join(part for part in parts if part)

    @property
    def key(self) -> Key:
        """The values of `KEY_FIELDS`."""
        names = (self.engine, self.instance_class, self.deployment, self.term)
        return (self.service, self.region, self.item, *names)

    def holds_on(self, day: date) -> bool:
        """Whether this price is in force on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """The hardware behind an instance class: virtual CPUs and memory in GiB."""

    name: str
    family: str
    vcpu: float
    memory_gib: float


class PriceRows:
    """Price rows in order. A row of a table is built at its first use, because most are never used."""

    def __init__(self, entries: Sequence[PriceRow | tuple[PriceTables, list[str]]]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, place: int) -> PriceRow:
        entry = self._entries[place]
        return entry if isinstance(entry, PriceRow) else entry[0].row(entry[1])

    def __iter__(self) -> Iterator[PriceRow]:
        return (self[place] for place in range(len(self)))

    def __add__(self, further: PriceRows) -> PriceRows:
        return PriceRows([*self._entries, *further._entries])


class PriceTables:
    """A folder of price tables (such as `data/prices`): rates, instances, their hardware and the sources.

    keys: those of `rows`, which are in file order: instances, then every other rate.
    """

    def __init__(self, folder: Path) -> None:
        self._sources_file = folder / "sources.csv"
        self._sources = {identity: (title, link) for identity, title, link in _cells(self._sources_file)}
        cells = [
            [service, region, "instance", engine, name, deployment, term, "instance hour", price, "", "", *rest]
            for service, region, name, engine, deployment, term, price, *rest in _cells(folder / "instances.csv")
        ]
        cells += _cells(folder / "rates.csv")
        self.keys: list[Key] = [tuple(row[: len(KEY_FIELDS)]) for row in cells]  # type: ignore[misc]
        self.rows = PriceRows([(self, row) for row in cells])
        self.classes = {
            name: InstanceClass(name, family, float(vcpu), float(memory))
            for name, family, vcpu, memory, _ in _cells(folder / "classes.csv")
        }

    def row(self, cells: list[str]) -> PriceRow:
        """The row of one line of cells. Raises InputError for a source that the folder does not list."""
        service, region, item, engine, name, deployment, term, unit, price, low, high, *rest = cells
        start, end, seen, source, sku, confidence, note = rest
        if source not in self._sources:
            raise InputError(unknown("source", source, self._sources), file=str(self._sources_file))
        return PriceRow(
            service, region, item, engine, name, deployment, term, unit, float(price), float(low or 0),
            float(high or "inf"), _day(start), _day(end), _day(seen), *self._sources[source], sku, confidence, note,
        )  # fmt: skip


def shipped_folder() -> Path:
    """Where the packaged price tables are."""
    return resources.path("data/prices")


def _cells(file: Path) -> list[list[str]]:
    """The cells of a CSV file, line by line, without its heading."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))[1:]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
