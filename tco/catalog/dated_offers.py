"""What providers offer since when (`data/features.csv`), what a savings plan takes off (`data/savings_plans.csv`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from tco import resources


@dataclass(frozen=True)
class Feature:
    """Something that exists since a day. platform: where, empty for any; field, value: the setting that chooses it.

    field is that of an option, or `family` (of instances), or `assumption`: then value is a path that is above 0.
    """

    platform: str
    field: str
    value: str
    available_from: date
    name: str


@dataclass(frozen=True)
class SavingsPlan:
    """A discount on the items of a platform's bill in a unit; instances only from a generation on (`r7g`: 7)."""

    platform: str
    unit: str
    from_generation: int
    discount: float


@cache
def features() -> tuple[Feature, ...]:
    """All features with the day they came."""
    return tuple(
        Feature(of, field, value, date.fromisoformat(day), name)
        for of, field, value, day, name, *_ in _rows("features")
    )


@cache
def savings_plans(platform: str) -> tuple[SavingsPlan, ...]:
    """The discounts of a Database Savings Plan on a platform; none where none is known."""
    found = (SavingsPlan(of, unit, int(first), float(part)) for of, unit, first, part, *_ in _rows("savings_plans"))
    return tuple(plan for plan in found if plan.platform == platform)


def _rows(table: str) -> list[list[str]]:
    with resources.path(f"data/{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
