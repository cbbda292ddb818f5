"""What things cost on a day: the price book finds the published row for a service, Region, item and date, or raises an
error that names the nearest known values. A price is never guessed, borrowed from another Region or taken as zero.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.catalog.own_prices import first_unknown_name, outside_known_days, own_rows
from tco.catalog.price_rows import (
    KEY_FIELDS,
    UNITS,
    InstanceClass,
    Key,
    PriceRow,
    PriceRows,
    PriceTables,
    shipped_folder,
)
from tco.errors import InputError, UnknownPrice, unknown

__all__ = ["KEY_FIELDS", "UNITS", "InstanceClass", "Names", "PriceBook", "PriceRow", "price_book"]

Index = dict[Key, list[int]]
Names = str | NDArray[Any]
"""One name for all bills, or an array of names, one a bill."""

SETS_FOLDER = "TCO_PRICES"
"""The environment variable that names a folder of newer price sets, as `tco prices refresh` writes them."""
PANDAS_FROM = 1000
"""From this many entries on, pandas tells values apart faster than a dict does."""


class PriceBook:
    """Every price row that may be used: the packaged ones and, taking precedence, a user's own.

    rows: all rows; the numbers that look-ups return are places in it.
    """

    def __init__(
        self,
        rows: PriceRows,
        indexes: Sequence[Index],
        classes: Mapping[str, InstanceClass],
        below: PriceBook | None = None,
    ):
        self.rows = rows
        self._below = below
        self._indexes = indexes
        self._classes = classes
        self._found: dict[tuple[Key, date], list[int]] = {}
        self._known: dict[tuple[Any, ...], list[str]] = {}

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

        A row without an engine serves every engine. Raises UnknownPrice, which names the nearest known values
        of the first of service, Region, item, engine, instance class, deployment, term and date that has no
        row.
        """
        key = (service, region, item, engine, instance_class, deployment, term)
        return self.rows[self._numbers(key, as_of)[0]]

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
        numbers, and the monthly quantities that it spans, arrays of shape (N,), or (1,) where every name is one string.
        Raises UnknownPrice as `find` does.
        """
        keys, place = distinct((service, region, item, engine, instance_class, deployment, term))
        wanted = _wanted(place, len(keys), where)
        numbers = [self._numbers(key, as_of) if wanted[i] else [] for i, key in enumerate(keys)]
        tiers = []
        for tier in range(max(1, *(len(found) for found in numbers))):
            spans = np.zeros((3, len(keys)))
            rows = np.full(len(keys), -1, dtype=np.intp)
            for i, found in enumerate(numbers):
                if tier < len(found):
                    row = self.rows[found[tier]]
                    rows[i] = found[tier]
                    spans[:, i] = row.price, row.tier_from, row.tier_to
            price, low, high = spans[:, place]
            tiers.append((price, rows[place], low, high))
        return tiers

    def with_prices(self, own: Iterable[Mapping[str, Any]]) -> PriceBook:
        """This book with a user's own or negotiated prices, which take precedence on the days they hold.

        Each is a mapping with service, region, item, price and source, and where they apply engine,
        instance_class, deployment, term, unit, tier_from, tier_to, valid_from, valid_to and note. Raises
        InputError.
        """
        rows = own_rows(own, self._unit_of_item)
        if not rows:
            return self
        index = _index((row.key for row in rows), len(self.rows))
        return PriceBook(self.rows + PriceRows(rows), [index, *self._indexes], self._classes, below=self)

    def named(self, names: Iterable[str]) -> list[PriceRow]:
        """The rows of these names, in the book's order; names that no row has are passed over."""
        return [self.rows[place] for place in sorted(self.places[name] for name in names if name in self.places)]

    @cached_property
    def places(self) -> ChainMap[str, int]:
        """The index of each row by its name."""
        if self._below is None:
            return ChainMap({row.name: place for place, row in enumerate(self.rows)})
        own = range(len(self._below.rows), len(self.rows))
        return self._below.places.new_child({self.rows[place].name: place for place in own})

    def instance_class(self, name: str) -> InstanceClass:
        """The hardware of an instance class, named as in the price list (`db.r6g.large`). Raises UnknownPrice."""
        try:
            return self._classes[name]
        except KeyError:
            raise UnknownPrice(unknown("instance class", name, self._classes)) from None

    def class_names(self) -> list[str]:
        """The instance classes whose hardware is known, sorted."""
        return sorted(self._classes)

    def known(self, field: str, **names: str) -> list[str]:
        """The values that a key field takes among the rows that match `names`, sorted."""
        query = (field, *names.items())
        if query not in self._known:
            place = KEY_FIELDS.index(field)
            fixed = [(KEY_FIELDS.index(name), value) for name, value in names.items()]
            # A book with own prices searches these alone, and asks the book below it, which caches its answers.
            indexes, below = (self._indexes[:1], self._below) if self._below else (self._indexes, None)
            found = {key[place] for index in indexes for key in index if all(key[i] == v for i, v in fixed)}
            self._known[query] = sorted(found | set(below.known(field, **names) if below else ()))
        return self._known[query]

    def _unit_of_item(self, service: str, item: str) -> str:
        for index in self._indexes:
            for key, numbers in index.items():
                if key[0] == service and key[2] == item:
                    return self.rows[numbers[0]].unit
        return ""

    def _numbers(self, key: Key, as_of: date) -> list[int]:
        """Rows of `key` that hold on `as_of`, one a tier, by rising tier."""
        cached = self._found.get((key, as_of))
        if cached is None:
            cached = self._found[key, as_of] = self._look_up(key, as_of)
        return cached

    def _look_up(self, key: Key, as_of: date) -> list[int]:
        any_engine: Key = (*key[:3], "", *key[4:])
        dated: list[int] = []
        for index in self._indexes:
            for candidate in dict.fromkeys((key, any_engine)):
                numbers = index.get(candidate, [])
                dated += numbers
                by_tier: dict[float, int] = {}
                # An unknown start is older than any known one, so that the newest row in force wins its tier.
                for number in sorted(numbers, key=lambda n: self.rows[n].valid_from or date.min):
                    if self.rows[number].holds_on(as_of):
                        by_tier[self.rows[number].tier_from] = number
                if by_tier:
                    return [by_tier[start] for start in sorted(by_tier)]
        if dated:
            raise UnknownPrice(outside_known_days(key, as_of, [self.rows[number] for number in dated]))
        raise UnknownPrice(first_unknown_name(key, [row_key for index in self._indexes for row_key in index]))


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


def _index(keys: Iterable[Key], first: int = 0) -> Index:
    """The numbers of the rows with each key, counted from `first`."""
    index: Index = {}
    for number, key in enumerate(keys, start=first):
        index.setdefault(key, []).append(number)
    return index


def price_book() -> PriceBook:
    """The book of the packaged prices and of the sets below the folder that `TCO_PRICES` names, each read once.

    Where several hold on a day, the newest set takes precedence.
    """
    return read_book(os.environ.get(SETS_FOLDER, ""))


@cache
def read_book(sets: str) -> PriceBook:
    """The book of the packaged prices and of the price sets below the folder `sets` (empty: none)."""
    tables = PriceTables(shipped_folder())
    rows, indexes, classes = tables.rows, [_index(tables.keys)], tables.classes
    found = [path.parent for path in Path(sets).glob("*/rates.csv")] if sets else []
    if sets and not found:
        raise InputError("holds no price sets", path=SETS_FOLDER, value=sets)
    for folder in sorted(found, key=lambda path: path.name[-len("2026-10-01") :]):
        tables = PriceTables(folder)
        indexes.insert(0, _index(tables.keys, len(rows)))
        rows += tables.rows
        classes = tables.classes | classes
    return PriceBook(rows, indexes, classes)


def distinct(columns: Sequence[Names]) -> tuple[list[tuple[Any, ...]], NDArray[np.intp]]:
    """The distinct combinations of several columns, and for each bill the place of its own among them.

    Columns are strings or arrays of shape (N,) or (1,). The second array has shape (N,), or (1,) where no
    column is longer.
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
    """The distinct values of a column in order of appearance, and each entry's place among them."""
    if len(array) > PANDAS_FROM:
        import pandas as pd

        codes, values = pd.factorize(array.astype(object), use_na_sentinel=False)
        return values.tolist(), codes.astype(np.intp)
    places: dict[Any, int] = {}
    listed = array.tolist()
    codes = np.fromiter((places.setdefault(value, len(places)) for value in listed), dtype=np.intp, count=len(listed))
    return list(places), codes
