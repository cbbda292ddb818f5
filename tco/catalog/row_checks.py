"""Whether rows can be prices: the same rules for packaged tables, price sets, what a refresh reads, and own prices."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise, product

from tco.catalog.price_rows import CONFIDENCE, UNITS, Key, PriceRow
from tco.errors import InputError, Problem, shown, unknown

MAX_PROBLEMS = 10
"""So many of a table are shown."""
FACTOR = 20.0
"""A price that is so many times the one it replaces, or so small a part of it, is taken for a slip."""
ACCEPTED = "accepted"
"""How the note of a price begins that is far from the one it replaces, and meant."""
EARLIEST = date(2006, 1, 1)
"""No price of a cloud is older."""
AHEAD = timedelta(days=366)
"""Prices are not published longer ahead."""
TERMS = (
    "on_demand",
    "free_tier",
    *(f"{years}yr_{kind}{fee}_upfront" for years, kind, fee in product("13", ("", "convertible_"),
                                                                     ("no", "partial", "all"))),
)  # fmt: skip
"""How long a price is bought for; those of `free_tier` hold for the amounts that an account has for nothing."""


def problems_of_row(row: PriceRow) -> Iterator[Problem]:
    """What is wrong with one row by itself, each problem at the field that it is about."""
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
    """The last day on which prices of today may be dated."""
    return date.today() + AHEAD  # noqa: DTZ011 (prices hold for local days)


def outside_days() -> str:
    """The sentence for a day on which no price can be read."""
    return f"must be a day from {EARLIEST} to {latest_day()}"


def checked_day(day: date, path: str) -> date:
    """The day, on which prices can be read. Raises InputError for another."""
    if not EARLIEST <= day <= latest_day():
        raise InputError(outside_days(), path=path, value=str(day))
    return day


def contradictions(rows: Sequence[PriceRow]) -> Iterator[tuple[int, int, str]]:
    """Rows that together give no price or two: the number of such a row, of the other, and the sentence."""
    alike: dict[Key, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        alike[row.key].append(number)
    for numbers in alike.values():
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


def _overlap(one: PriceRow, other: PriceRow) -> bool:
    starts, ends = (one.valid_from or date.min, other.valid_from or date.min), (one.valid_to, other.valid_to)
    return max(starts) < min(end or date.max for end in ends)


def implausible(row: PriceRow, before: PriceRow | None) -> str:
    """The sentence for a price far from the one that it replaces; empty where it is near, or replaces none."""
    if before is None or before.price == 0 or before.unit != row.unit:
        return ""
    factor = row.price / before.price
    if 1 / FACTOR <= factor <= FACTOR:
        return ""
    return f"{row.price:g} USD is {_times(factor)} {before.price:g} USD, the price that it replaces"


def _times(factor: float) -> str:
    return f"{factor:,.3g} times" if factor > 1 else f"1/{1 / factor:,.3g} of" if factor else "nothing beside"


def check_table(rows: Sequence[PriceRow], file: str) -> None:
    """Check the rows of a table, numbered from its second line on. Raises InputError that names file and line."""
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
