"""What one dated price is, and how a folder of price tables (such as `data/prices`) is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import overload

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

#: The Region of a price that is the same in all of them; nobody can run anything there.
EVERYWHERE = "all"

#: What tells one price from another, in the order in which a failed look-up is explained.
KEY_FIELDS = ("service", "region", "item", "engine", "instance_class", "deployment", "term")
Key = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One published price in USD and the days on which it holds.

    item: short stable name of what is sold, such as `instance` or `storage_gp3`. `engine`, `instance_class`
    and `deployment` are empty where the price does not depend on them. tier_from, tier_to: the monthly
    quantities between which the price holds (from 0 to infinity where flat). valid_from, valid_to: first day,
    and first day no longer; None where unknown or still valid. observed_on: the day on which the price was
    read. source: what it was read from. sku: the price list's own number of it, where known. confidence:
    high, medium or low.
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
        """A readable name that no other row has: `AmazonRDS us-east-1 db.r6g.large mysql multi_az
        on_demand`.
        """
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
        return (
            self.service,
            self.region,
            self.item,
            self.engine,
            self.instance_class,
            self.deployment,
            self.term,
        )

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


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def read_table(file: Path) -> list[list[str]]:
    """The cells of a CSV file, line by line, without its heading."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))[1:]


def shipped_folder() -> Path:
    """Where the packaged price tables are."""
    return resources.path("data/prices")


class TableRows(Sequence[PriceRow]):
    """The rows of one folder of price tables, in file order: instances, then every other rate.

    Rows are built when they are asked for, because most never are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._instances = read_table(folder / "instances.csv")
        self._rates = read_table(folder / "rates.csv")

    @cached_property
    def _sources(self) -> dict[str, tuple[str, str]]:
        return {identity: (title, link) for identity, title, link in read_table(self._folder / "sources.csv")}

    def _source(self, identity: str) -> tuple[str, str]:
        """Title and link of a source. Raises InputError for one that the folder does not list."""
        try:
            return self._sources[identity]
        except KeyError:
            raise InputError(
                unknown("source", identity, self._sources), file=str(self._folder / "sources.csv")
            ) from None

    def __len__(self) -> int:
        return len(self._instances) + len(self._rates)

    @overload
    def __getitem__(self, index: int) -> PriceRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[PriceRow]: ...
    def __getitem__(self, index: int | slice) -> PriceRow | list[PriceRow]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if index < len(self._instances):
            return self._instance(self._instances[index])
        return self._rate(self._rates[index - len(self._instances)])

    def keys(self) -> Iterator[Key]:
        """The key of every row, in order, without building the rows."""
        for service, region, name, engine, deployment, term, *_ in self._instances:
            yield service, region, "instance", engine, name, deployment, term
        for service, region, item, engine, name, deployment, term, *_ in self._rates:
            yield service, region, item, engine, name, deployment, term

    def _instance(self, cells: list[str]) -> PriceRow:
        service, region, name, engine, deployment, term, price, start, end, seen, source, sku, trust, note = cells
        title, link = self._source(source)
        return PriceRow(
            service, region, "instance", engine, name, deployment, term, "instance hour", float(price),
            0.0, float("inf"), _day(start), _day(end), _day(seen), title, link, sku, trust, note,
        )  # fmt: skip

    def _rate(self, cells: list[str]) -> PriceRow:
        service, region, item, engine, name, deployment, term, unit, price, low, high, *rest = cells
        start, end, seen, source, sku, trust, note = rest
        title, link = self._source(source)
        return PriceRow(
            service, region, item, engine, name, deployment, term, unit, float(price),
            float(low or 0), float(high or "inf"), _day(start), _day(end), _day(seen), title, link, sku, trust, note,
        )  # fmt: skip


class JoinedRows(Sequence[PriceRow]):
    """Several sequences of rows behind one another, none of them copied."""

    def __init__(self, *parts: Sequence[PriceRow]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    @overload
    def __getitem__(self, index: int) -> PriceRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[PriceRow]: ...
    def __getitem__(self, index: int | slice) -> PriceRow | list[PriceRow]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        for part in self._parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(index)


def instance_classes(folder: Path) -> dict[str, InstanceClass]:
    """Every instance class of a folder of price tables by name, as the price list spells it (`db.r6g.large`)."""
    return {
        name: InstanceClass(name, family, float(vcpu), float(memory))
        for name, family, vcpu, memory, _ in read_table(folder / "classes.csv")
    }
