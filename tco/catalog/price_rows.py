"""One dated price as a row, and the reading of a folder of price tables such as `data/prices`."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

from tco import resources
from tco.errors import InputError, unknown

CAPACITY_HOUR = "capacity-unit hour"
"""An RCU, WCU or ACU for an hour; for Cosmos DB a block of 100 request units a second."""
FREE_TIER_HOURS = 744
"""Free unit hours are published for a month of 31 days: https://aws.amazon.com/dynamodb/pricing/."""
UNITS = (
    "instance hour",
    "normalised instance hour",  # a large instance counts 4, an xlarge 8, a 2xlarge 16
    "vCPU hour",
    "vCPU-month",
    CAPACITY_HOUR,
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
DERIVED = "derived:"
"""First word of the note of a price that was computed from others."""
CONFIDENCE = ("high", "medium", "low")

REFRESHED = frozenset(
    {
        *("AWSDataTransfer", "AmazonDAX", "AmazonDocDB", "AmazonDynamoDB", "AmazonEC2", "AmazonEC2-EBS"),
        *("AmazonES", "AmazonElastiCache", "AmazonKeyspaces", "AmazonRDS"),
    }
)
"""The services whose prices `tco prices refresh` reads from the AWS Price List."""
EVERYWHERE = "all"
"""The Region of a price that is the same in all Regions."""
KEY_FIELDS = ("service", "region", "item", "engine", "instance_class", "deployment", "term")
"""The fields that identify a price, in the order in which a failed look-up is explained."""
Key = tuple[str, str, str, str, str, str, str]
OBSERVED_ON = 11
"""The column `observed_on` of a file of prices."""
Place = tuple[str, str]
"""A service and a Region: what one file of prices is about."""
DATED = ("valid_from", "valid_to", "observed_on", "source", "sku", "confidence", "note")
INSTANCES = ("service", "region", "instance_class", "engine", "deployment", "term", "price", *DATED)
RATES = (*KEY_FIELDS, "unit", "price", "tier_from", "tier_to", *DATED)
CLASSES = ("instance_class", "family", "vcpu", "memory_gib", "basis")
SOURCES = ("id", "title", "link")
"""The columns of the tables; a file of one service and Region has `RATES` without the first two."""
MAX_ROWS = 1 << 20
"""Numbers reserved per place, more than it has rows, so that a row's number does not depend on what else is read."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One published price in USD and the days on which it holds.

    - item: short stable name of what is sold, such as `instance` or `storage_gp3`.
    - engine, instance_class, deployment: empty where the price does not depend on them.
    - tier_from, tier_to: the monthly quantities between which the price holds (from 0 to infinity if flat).
    - valid_from, valid_to: first day, and first day after the last; None if unknown or still valid.
    - observed_on: the day on which the price was read. source: what it was read from.
    - sku: the number of the price in the price list, if known. confidence: high, medium or low.
    - note: begins with `DERIVED` if the price was computed from others.
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
    vcpu: float
    memory_gib: float


class PriceTables:
    """A folder of price tables: prices, the hardware of instance classes, and the sources.

    The packaged folder has one file per service and Region (`AmazonRDS/eu-west-1.csv`), which is read when its rows are
    first needed. A price set has `instances.csv` and `rates.csv` instead. places: the services and Regions that have
    prices, known from the names of the files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {(file.parent.name, file.stem): file for file in sorted(folder.glob("*/*.csv"))}
        self._cells: dict[Place, list[list[str]]] = defaultdict(list)
        for place, cells in self.lines_of_set("instances.csv") + self.lines_of_set("rates.csv"):
            self._cells[place].append(cells)
        self.places: Sequence[Place] = sorted({*self._files, *self._cells})

    def lines_of_set(self, name: str) -> list[tuple[Place, list[str]]]:
        """The place and the cells from `item` on of each line of a price set's `instances.csv` or `rates.csv`."""
        if name == "rates.csv":
            return [((service, region), cells) for service, region, *cells in _cells(self.folder / name, RATES)]
        return [
            ((service, region), ["instance", engine, of, deployment, term, "instance hour", price, "", "", *rest])
            for service, region, of, engine, deployment, term, price, *rest in _cells(self.folder / name, INSTANCES)
        ]

    def cells(self, place: Place) -> list[list[str]]:
        """The cells of the place's lines, from `item` on."""
        return _cells(self._files[place], RATES[2:]) if place in self._files else self._cells[place]

    def row(self, place: Place, cells: list[str]) -> PriceRow:
        """The row of one line of cells. Raises InputError for an unlisted source, and for a malformed number or day."""
        item, engine, name, deployment, term, unit, price, low, high, *rest = cells
        start, end, seen, source, sku, confidence, note = rest
        if source not in self._sources:
            raise InputError(unknown("source", source, self._sources), file=str(self.folder / "sources.csv"))
        try:
            begin = resources.number(low) if low else 0.0
            until = resources.number(high) if high else math.inf
            return PriceRow(
                *place, item, engine, name, deployment, term, unit, resources.number(price), begin, until,
                _day(start), _day(end), _day(seen), *self._sources[source], sku, confidence, note,
            )  # fmt: skip
        except ValueError as error:
            line = ",".join((*place, *cells))
            raise InputError(f"is not a price: {error}", file=str(self.folder), path=line) from None

    @cached_property
    def classes(self) -> dict[str, InstanceClass]:
        """The instance classes by name, as the price list spells it (`db.r6g.large`)."""
        file = self.folder / "classes.csv"
        classes = {}
        for name, _, vcpu, memory, _ in _cells(file, CLASSES):
            try:
                classes[name] = InstanceClass(name, float(vcpu), float(memory))
            except ValueError:
                raise InputError("vcpu and memory_gib are numbers", file=str(file), path=name) from None
        return classes

    def rows(self, places: Iterable[Place] | None = None) -> Iterator[PriceRow]:
        """The rows of these places, or all rows."""
        chosen = self.places if places is None else [place for place in places if place in self.places]
        return (self.row(place, cells) for place in chosen for cells in self.cells(place))

    @cached_property
    def _sources(self) -> dict[str, tuple[str, str]]:
        return {identity: (title, link) for identity, title, link in _cells(self.folder / "sources.csv", SOURCES)}


class PlaceRows:
    """The rows of one service in one Region, by number from 0: from a folder of tables, or of a user's own prices.

    Tables are read when a row is first needed. Rows are built on access, because most are never needed.
    """

    def __init__(self, place: Place, tables: PriceTables | None = None, own: Sequence[PriceRow] = ()) -> None:
        self.place = place
        self._tables = tables
        self._own = own
        self._known: dict[tuple[Any, ...], frozenset[str]] = {}

    def __getitem__(self, number: int) -> PriceRow:
        return self._tables.row(self.place, self._cells[number]) if self._tables else self._own[number]

    def __len__(self) -> int:
        return len(self._cells) if self._tables else len(self._own)

    def __iter__(self) -> Iterator[PriceRow]:
        return (self[number] for number in range(len(self)))

    @cached_property
    def _cells(self) -> list[list[str]]:
        return self._tables.cells(self.place) if self._tables else []

    @property
    def is_read(self) -> bool:
        """Whether the rows are in memory."""
        return self._tables is None or "_cells" in self.__dict__

    @cached_property
    def index(self) -> dict[Key, list[int]]:
        """The numbers of the rows with each key."""
        last = len(KEY_FIELDS) - len(self.place)
        keys = [row.key for row in self._own] or [cast("Key", (*self.place, *cells[:last])) for cells in self._cells]
        index: dict[Key, list[int]] = {}
        for number, key in enumerate(keys):
            index.setdefault(key, []).append(number)
        return index

    @cached_property
    def by_class(self) -> dict[str, list[int]]:
        """The numbers of the rows of each instance class; those without one under an empty name."""
        numbers: dict[str, list[int]] = {}
        for key, of_key in self.index.items():
            numbers.setdefault(key[KEY_FIELDS.index("instance_class")], []).extend(of_key)
        return numbers

    def days_read(self) -> set[date]:
        """The days on which the rows were observed."""
        days = {row.observed_on for row in self._own} | {_day(cells[OBSERVED_ON]) for cells in self._cells}
        return {day for day in days if day}

    def known(self, field: str, **names: str) -> frozenset[str]:
        """The values of a key field among the rows with these names."""
        query = (field, *names.items())
        if query not in self._known:
            fixed = [(KEY_FIELDS.index(name), value) for name, value in names.items()]
            place = KEY_FIELDS.index(field)
            self._known[query] = frozenset(key[place] for key in self.index if all(key[i] == v for i, v in fixed))
        return self._known[query]


def shipped_folder() -> Path:
    """The folder of the packaged price tables."""
    return resources.path("data/prices")


def _cells(file: Path, columns: Sequence[str]) -> list[list[str]]:
    """The cells of a CSV file, line by line, without its heading; empty if there is no such file.

    Raises InputError for a file with other columns.
    """
    if not file.exists():
        return []
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            heading, *lines = csv.reader(opened)
    except (ValueError, csv.Error):
        raise InputError("is not a CSV file in UTF-8 with a heading", file=str(file)) from None
    if heading != [*columns]:
        raise InputError(f"its columns must be {', '.join(columns)}", file=str(file))
    if wrong := [number for number, cells in enumerate(lines, start=2) if len(cells) != len(columns)]:
        raise InputError(f"line {wrong[0]} must have {len(columns)} cells", file=str(file))
    return lines


@cache
def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
