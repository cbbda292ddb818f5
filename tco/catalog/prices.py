"""The price book: finds the published price of a service, Region, item and date.

An unknown price is an error that names the nearest known values. It is never guessed, taken from another Region, or 0.
"""

from __future__ import annotations

import os
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.catalog.own_prices import KnownNames, first_unknown_name, outside_known_days, own_rows
from tco.catalog.price_rows import (
    KEY_FIELDS,
    MAX_ROWS,
    InstanceClass,
    Key,
    Place,
    PlaceRows,
    PriceRow,
    PriceTables,
    shipped_folder,
)
from tco.catalog.row_checks import ACCEPTED, check_table, implausible
from tco.errors import InputError, Problem, UnknownPrice, unknown

Names = str | NDArray[Any]
"""One name for all bills, or an array of names, one a bill."""

SETS_FOLDER = "TCO_PRICES"
"""The environment variable that names a folder of newer price sets, as `tco prices refresh` writes them."""
PANDAS_FROM = 1000
"""From this many entries on, pandas factorises faster than a dict."""


class PriceBook:
    """Every price row that may be used: the packaged ones and, taking precedence, a user's own.

    parts: the rows by service and Region. Of several for one place, the later take precedence. A file of prices is read
    when one of its rows is first needed. A row's number, which look-ups return, is the same in every process.
    own: the rows of the user's own prices, one per entry.
    """

    def __init__(self, parts: Sequence[PlaceRows], classes: Mapping[str, InstanceClass], own: Sequence[PriceRow] = ()):
        self.own = own
        self._parts = parts
        self._classes = classes
        self._numbers_of: dict[Place, list[int]] = defaultdict(list)
        for number, part in enumerate(parts):
            self._numbers_of[part.place].insert(0, number)
        self._cached: dict[tuple[Key, date], list[int]] = {}
        self._named: dict[tuple[str, str, str], dict[str, int]] = {}

    def row(self, number: int) -> PriceRow:
        """The row of a number that a look-up returned."""
        return self._parts[number // MAX_ROWS][number % MAX_ROWS]

    def rows(self, service: str | None = None, region: str | None = None) -> Iterator[PriceRow]:
        """The rows of a service, of a Region, of both, or all."""
        return (row for part in self._parts if _matches(part.place, service, region) for row in part)

    def places(self, service: str | None = None, region: str | None = None) -> list[Place]:
        """The services and Regions that have prices, sorted; with a service or a Region, only those of it."""
        return sorted(place for place in self._numbers_of if _matches(place, service, region))

    def find(
        self,
        service: str,
        item: str,
        region: str,
        *,
        engine: str = "",
        instance_class: str = "",
        deployment: str = "",
        term: str = "on_demand",
        as_of: date,
    ) -> PriceRow:
        """The row that holds on `as_of`; of a tiered price, its first tier.

        A row without an engine serves every engine, one without a class every class. Raises UnknownPrice, which names
        the nearest known values of the first of service, Region, item, engine, instance class, deployment, term and
        date that has no row.
        """
        key = (service, region, item, engine, instance_class, deployment, term)
        return self.row(self._numbers(key, as_of)[0])

    def find_tiers(
        self,
        service: Names,
        item: Names,
        region: Names,
        *,
        engine: Names = "",
        instance_class: Names = "",
        deployment: Names = "",
        term: Names = "on_demand",
        as_of: date,
        where: NDArray[np.bool_] | None = None,
    ) -> list[tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
        """The prices of many bills at once, tier by tier: one look-up for each distinct combination of names.

        Each name is one string or an array of shape (N,). `where`, of shape (..., N), says which bills need the price;
        the others get price 0.0 and row -1 without a look-up. Each tier, by rising quantity, holds prices, row
        numbers, and the monthly quantities that it spans, arrays of shape (N,), or (1,) if every name is one string.
        Raises UnknownPrice as `find` does.
        """
        keys, place = distinct((service, region, item, engine, instance_class, deployment, term))
        wanted = _wanted(place, len(keys), where)
        numbers = [self._numbers(key, as_of) if wanted[i] else [] for i, key in enumerate(keys)]
        tiers = []
        for tier in range(max(1, *(len(of_key) for of_key in numbers))):
            spans = np.zeros((3, len(keys)))
            rows = np.full(len(keys), -1, dtype=np.intp)
            for i, of_key in enumerate(numbers):
                if tier < len(of_key):
                    row = self.row(of_key[tier])
                    rows[i] = of_key[tier]
                    spans[:, i] = row.price, row.tier_from, row.tier_to
            price, low, high = spans[:, place]
            tiers.append((price, rows[place], low, high))
        return tiers

    def with_prices(
        self,
        own: Iterable[Mapping[str, Any]],
        classes: Iterable[InstanceClass] = (),
        used: Iterable[str] = (),
    ) -> PriceBook:
        """This book with a user's own or negotiated prices, which take precedence on the days they hold.

        Each is a mapping with service, region, item, price and source, and if they apply engine, instance_class,
        deployment, term, unit, tier_from, tier_to, valid_from, valid_to, note, and `accept: true` for a price far from
        the one that it replaces. classes: the hardware of own instance classes. used: Regions and instance classes of
        the scenario, which own prices may name even if no packaged row has them. Raises InputError.
        """
        hardware = {spelled: described for described in classes for spelled in spellings(described.name)}
        names = frozenset(used)
        own_classes = frozenset(spelled for name in (*names, *hardware) for spelled in spellings(name))
        entries = list(own)
        rows = own_rows(entries, KnownNames(self.known, self._unit_of_item, regions=names, classes=own_classes))
        if far := [
            Problem(f"{sentence}; if it is right, add `accept: true`", path=f"prices.{number}.price")
            for number, (entry, row) in enumerate(zip(entries, rows, strict=True))
            if not entry.get("accept") and (sentence := implausible(row, self.replaced(row)))
        ]:
            raise InputError(far)
        by_place: dict[Place, list[PriceRow]] = defaultdict(list)
        for row in rows:
            by_place[row.service, row.region].append(row)
        parts = [PlaceRows(place, own=of_place) for place, of_place in by_place.items()]
        if not parts and not hardware:
            return self
        return PriceBook([*self._parts, *parts], ChainMap(hardware, dict(self._classes)), rows)

    def replaced(self, row: PriceRow) -> PriceRow | None:
        """The row of this book that `row` replaces: of the same key and tier, in force when `row` begins; or None."""
        for part in self.parts_of((row.service, row.region)):
            alike = [part[number] for number in part.index.get(row.key, [])]
            alike = [other for other in alike if other.tier_from == row.tier_from]
            holding = [other for other in alike if row.valid_from is None or other.holds_on(row.valid_from)]
            if alike:
                return max(holding or alike, key=lambda other: other.valid_from or date.min)
        return None

    def named(self, names: Iterable[str]) -> list[PriceRow]:
        """The rows of these names, in the order of their numbers; unknown names are skipped."""
        numbers = [self._number_of(name) for name in names]
        return [self.row(number) for number in sorted(number for number in numbers if number is not None)]

    def _number_of(self, name: str) -> int | None:
        """The number of the row of this name, which begins with its service and Region."""
        service, region, *words = (*name.split(" "), "")
        numbers = self._numbers_of.get((service, region), [])
        of_class = next((word for word in words if any(word in self._parts[number].by_class for number in numbers)), "")
        alike = service, region, of_class
        if alike not in self._named:
            self._named[alike] = {
                self._parts[number][line].name: number * MAX_ROWS + line
                for number in reversed(numbers)
                for line in self._parts[number].by_class.get(of_class, [])
            }
        return self._named[alike].get(name)

    def instance_class(self, name: str) -> InstanceClass:
        """The hardware of an instance class, named as in the price list (`db.r6g.large`). Raises UnknownPrice."""
        try:
            return self._classes[name]
        except KeyError:
            sentence = unknown("instance class", name, self._classes)
            way_out = "a scenario may give the vcpu and memory_gib of one of its own under `classes`"
            raise UnknownPrice(f"{sentence} ({way_out})") from None

    def class_names(self) -> list[str]:
        """The instance classes whose hardware is known, sorted."""
        return sorted(self._classes)

    def known(self, field: str, **names: str) -> list[str]:
        """The values of a key field among the rows that match `names`, sorted."""
        places = self.places(names.get("service"), names.get("region"))
        if {field, *names} <= {"service", "region"}:
            return sorted({place[KEY_FIELDS.index(field)] for place in places})
        parts = [part for place in places for part in self.parts_of(place)]
        return sorted(set().union(*(part.known(field, **names) for part in parts)))

    def parts_of(self, place: Place) -> list[PlaceRows]:
        """The rows of a service and Region, those that take precedence first."""
        return [self._parts[number] for number in self._numbers_of.get(place, [])]

    def _unit_of_item(self, service: str, item: str) -> str:
        """The unit of an item, the same in every Region; empty for an unknown item."""
        parts = [part for place in self.places(service) for part in self.parts_of(place)]
        for part in sorted(parts, key=lambda part: not part.is_read):
            for key, numbers in part.index.items():
                if key[2] == item:
                    return part[numbers[0]].unit
        return ""

    def _numbers(self, key: Key, as_of: date) -> list[int]:
        """Rows of `key` that hold on `as_of`, one a tier, by rising tier."""
        if (key, as_of) not in self._cached:
            self._cached[key, as_of] = self._look_up(key, as_of)
        return self._cached[key, as_of]

    def _look_up(self, key: Key, as_of: date) -> list[int]:
        engines, classes = dict.fromkeys((key[3], "")), dict.fromkeys((key[4], ""))
        candidates: list[Key] = [(*key[:3], engine, of, *key[5:]) for of in classes for engine in engines]
        dated: list[PriceRow] = []
        for number in self._numbers_of.get(key[:2], []):
            part = self._parts[number]
            for candidate in candidates:
                rows = [(number * MAX_ROWS + line, part[line]) for line in part.index.get(candidate, [])]
                dated += [row for _, row in rows]
                # An unknown start is older than any known one, so that the newest row in force wins its tier.
                rows.sort(key=lambda numbered: numbered[1].valid_from or date.min)
                by_tier = {row.tier_from: place for place, row in rows if row.holds_on(as_of)}
                if by_tier:
                    return [by_tier[start] for start in sorted(by_tier)]
        if dated:
            raise UnknownPrice(outside_known_days(key, as_of, dated))
        raise UnknownPrice(first_unknown_name(key, self.known))


def spellings(name: str) -> tuple[str, ...]:
    """An instance class as the price lists of services spell it: `r9g.large` is `db.r9g.large` on RDS."""
    return (name, *(f"db.{name}", f"cache.{name}", f"{name}.search") * (name.count(".") == 1))


def _matches(place: Place, service: str | None, region: str | None) -> bool:
    return service in (None, place[0]) and region in (None, place[1])


def _wanted(place: NDArray[np.intp], count: int, where: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Which of `count` distinct combinations are needed by any bill."""
    if where is None:
        return np.ones(count, dtype=bool)
    needed = where.reshape(-1, where.shape[-1]).any(axis=0) if where.ndim else np.atleast_1d(where)
    if count == 1:
        return np.array([bool(needed.any())])
    wanted = np.zeros(count, dtype=bool)
    wanted[place[np.broadcast_to(needed, place.shape)]] = True
    return wanted


def price_book() -> PriceBook:
    """The book of the packaged prices and of the price sets in the folder that `TCO_PRICES` names, each read once.

    If several prices hold on a day, the newest set takes precedence.
    """
    return read_book(os.environ.get(SETS_FOLDER, ""))


@cache
def read_book(sets: str) -> PriceBook:
    """The book of the packaged prices and of the price sets below the folder `sets` (empty: none)."""
    folders = [path.parent for path in Path(sets).glob("*/rates.csv")] if sets else []
    if sets and not folders:
        raise InputError("holds no price sets", path=SETS_FOLDER, value=sets)
    newer = sorted(folders, key=lambda path: path.name[-len("2026-10-01") :])
    tables = [PriceTables(folder) for folder in (shipped_folder(), *newer)]
    shipped = PriceBook([PlaceRows(place, tables[0]) for place in tables[0].places], tables[0].classes)
    for price_set in tables[1:]:
        check_set(price_set, shipped)
    parts = [PlaceRows(place, folder) for folder in tables for place in folder.places]
    return PriceBook(parts, ChainMap(*(folder.classes for folder in reversed(tables))))


def check_set(tables: PriceTables, shipped: PriceBook) -> None:
    """Check a price set by itself and against the packaged prices. Raises InputError that names file and line."""
    for name in ("instances.csv", "rates.csv"):
        rows, file = [tables.row(*line) for line in tables.lines_of_set(name)], str(tables.folder / name)
        check_table(rows, file)
        for number, row in enumerate(rows, start=2):
            sentence = "" if row.note.startswith(ACCEPTED) else implausible(row, shipped.replaced(row))
            if sentence:
                way_out = "`tco prices refresh --accept` writes a set with such prices"
                raise InputError(f"{row.name}: {sentence}; {way_out}", file=file, path=f"line {number}")
    for hardware in tables.classes.values():
        if not (0 < hardware.vcpu < np.inf and 0 < hardware.memory_gib < np.inf):
            file = str(tables.folder / "classes.csv")
            raise InputError("vcpu and memory_gib are finite and above 0", file=file, path=hardware.name)


def distinct(columns: Sequence[Names]) -> tuple[list[tuple[Any, ...]], NDArray[np.intp]]:
    """The distinct combinations of several columns, and for each bill the index of its combination.

    Columns are strings or arrays of shape (N,) or (1,). The indices have shape (N,), or (1,) if no column is longer.
    """
    varying: list[tuple[int, NDArray[Any]]] = []
    first: list[Any] = []
    for position, column in enumerate(columns):
        if isinstance(column, str):
            first.append(column)
            continue
        array = np.asarray(column)
        first.append(str(array[0]) if array.size else "")
        if array.size != 1:
            varying.append((position, array))
    size = max((len(array) for _, array in varying), default=1)
    varying = [(position, array) for position, array in varying if not bool((array == array[:1]).all())]
    if not varying or size == 0:
        return [tuple(first)], np.zeros(size, dtype=np.intp)
    names: list[list[Any]] = []
    codes = np.zeros(size, dtype=np.intp)
    for _, array in varying:
        values, code = factors(array)
        codes = codes * len(values) + code
        names.append(values)
    present, place = np.unique(codes, return_inverse=True)
    combinations = []
    for code in present.tolist():
        combination = list(first)
        for (position, _), values in zip(reversed(varying), reversed(names), strict=True):
            code, chosen = divmod(code, len(values))
            combination[position] = values[chosen]
        combinations.append(tuple(combination))
    return combinations, place.astype(np.intp)


def factors(array: NDArray[Any]) -> tuple[list[Any], NDArray[np.intp]]:
    """The distinct values of a column in order of appearance, and for each entry the index of its value."""
    if len(array) > PANDAS_FROM:
        import pandas as pd

        codes, values = pd.factorize(array.astype(object), use_na_sentinel=False)
        return values.tolist(), codes.astype(np.intp)
    places: dict[Any, int] = {}
    listed = array.tolist()
    codes = np.fromiter((places.setdefault(value, len(places)) for value in listed), dtype=np.intp, count=len(listed))
    return list(places), codes
