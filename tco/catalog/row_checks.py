"""Checks of price rows: the same for packaged tables, price sets, refreshed prices and own prices."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise, product

from tco.catalog.price_rows import CONFIDENCE, UNITS, Key, PriceRow
from tco.errors import InputError, Problem, shown, unknown

MAX_PROBLEMS = 10
"""Problems shown per table."""
FACTOR = 20.0
"""A price that is more than this factor above or below the one it replaces is taken for a typing error."""
ACCEPTED = "accepted"
"""First word of the note of a price that is far from the one it replaces, and intended."""
EARLIEST = date(2006, 1, 1)
"""The first day of cloud prices."""
AHEAD = timedelta(days=366)
"""How long ahead prices are published at most."""
TERMS = (
    "on_demand",
    "free_tier",
    *(f"{years}yr_{kind}{fee}_upfront" for years, kind, fee in product("13", ("", "convertible_"),
                                                                     ("no", "partial", "all"))),
)  # fmt: skip
"""The terms of purchase; `free_tier` rows give the amounts that an account has free of charge."""


def problems_of_row(row: PriceRow) -> Iterator[Problem]:
    """The problems of one row by itself, each with its field as path."""
    if row.unit not in UNITS:
        yield Problem(unknown("unit", row.unit, UNITS), path="unit")
    if row.confidence not in CONFIDENCE:
        yield Problem(unknown("confidence", row.confidence, CONFIDENCE), path="confidence")
    if row.term not in TERMS:
        yield Problem(unknown("term", row.term, TERMS), path="term")
    if math.isnan(row.price) or row.price < 0:
        yield Problem("must be a number that is not negative", path="price", value=shown(row.price))
    elif math.isinf(row.price):
        yield Problem("must be finite", path="price", value=shown(row.price))
    if not 0 <= row.tier_from < row.tier_to or math.isinf(row.tier_from):
        yield Problem("a tier begins at 0 or more and ends above", path="tier_from", value=shown(row.tier_from))
    if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
        yield Problem("must be later than valid_from", path="valid_to", value=str(row.valid_to))
    for name, day in (("valid_from", row.valid_from), ("observed_on", row.observed_on)):
        if day and not EARLIEST <= day <= latest_day():
            yield Problem(outside_days(), path=name, value=str(day))


def latest_day() -> date:
    """The last valid day of a price, counted from today."""
    return date.today() + AHEAD  # noqa: DTZ011 (prices hold for local days)


def outside_days() -> str:
    """The sentence for a day on which no price exists."""
    return f"must be a day from {EARLIEST} to {latest_day()}"


def checked_day(day: date, path: str) -> date:
    """The day itself. Raises InputError if no price can exist on it."""
    if not EARLIEST <= day <= latest_day():
        raise InputError(outside_days(), path=path, value=str(day))
    return day


def contradictions(rows: Sequence[PriceRow]) -> Iterator[tuple[int, int, str]]:
    """Pairs of rows that leave a price ambiguous or undefined: the number of a row, of the other, and the sentence."""
    by_key: dict[Key, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_key[row.key].append(number)
    for numbers in by_key.values():
        spans = sorted(numbers, key=lambda n: (rows[n].tier_from, rows[n].valid_from or date.min, n))
        for earlier, later in pairwise(spans):
            if rows[earlier].tier_from == rows[later].tier_from and _overlap(rows[earlier], rows[later]):
                first, second = sorted((earlier, later))
                yield second, first, "the same price is given twice for the same days"
        tiers = defaultdict(list)
        for number in spans:
            tiers[rows[number].valid_from].append(number)
        for of_day in tiers.values():
            if rows[of_day[0]].tier_from != 0:
                yield of_day[0], of_day[0], "the first tier of a price begins at 0"
            for lower, upper in pairwise(of_day):
                if rows[lower].tier_from < rows[upper].tier_from != rows[lower].tier_to:
                    yield upper, lower, "a tier begins where the one below it ends"


def _overlap(*rows: PriceRow) -> bool:
    """Whether there is a day on which all of these rows hold."""
    return max(row.valid_from or date.min for row in rows) < min(row.valid_to or date.max for row in rows)


def implausible(row: PriceRow, before: PriceRow | None) -> str:
    """The sentence for a price far from the one that it replaces; empty if it is near, or replaces none."""
    if before is None or before.price == 0 or before.unit != row.unit:
        return ""
    factor = row.price / before.price
    if 1 / FACTOR <= factor <= FACTOR:
        return ""
    return f"{row.price:g} USD is {_times(factor)} {before.price:g} USD, the price that it replaces"


def _times(factor: float) -> str:
    return f"{factor:,.3g} times" if factor > 1 else f"1/{1 / factor:,.3g} of" if factor else "nothing beside"


def check_table(rows: Sequence[PriceRow], file: str) -> None:
    """Check the rows of a table, the first of which is line 2. Raises InputError with file and line."""
    problems = [
        Problem(problem.message, f"line {number + 2}: {problem.path}", file, problem.value)
        for number, row in enumerate(rows)
        for problem in problems_of_row(row)
    ]
    problems += [
        Problem(f"{sentence} ({rows[number].name}; see line {other + 2})", f"line {number + 2}", file)
        for number, other, sentence in contradictions(rows)
    ]
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])
