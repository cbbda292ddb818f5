"""Values of a minute of downtime that surveys have of whole enterprises, used where the model means one cluster."""

from __future__ import annotations

import csv
from functools import cache

from tco import resources
from tco.platforms.base import MILLION
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_YEAR, HOURS_PER_DAY, MINUTES_PER_HOUR

VALUE = "downtime.value_per_minute"
CEILING = "value_per_minute"


@cache
def _ceiling() -> float:
    """USD a minute above which no single cluster is worth, from `data/claims/ceilings.csv`."""
    with resources.path("data/claims/ceilings.csv").open(encoding="utf-8", newline="") as file:
        return next(float(row["value"]) for row in csv.DictReader(file) if row["measure"] == CEILING)


def of_an_enterprise() -> str:
    """What is wrong with such a value, as a clause."""
    return (
        "surveys ask what an outage costs a whole enterprise or data centre; more than "
        f"{_ceiling():,.0f} USD a minute is what all clusters carry together, which is stated as "
        "downtime.business_value_per_minute"
    )


def outage_warnings(scenario: Scenario) -> list[str]:
    """A sentence for a value of a minute that no single cluster has."""
    entry = scenario.assumptions.get(VALUE)
    if entry is None or entry.mean <= _ceiling():
        return []
    yearly = entry.mean * MINUTES_PER_HOUR * HOURS_PER_DAY * DAYS_PER_YEAR
    said = (
        f"{VALUE}: {entry.mean:,.0f} USD a minute would be {yearly / MILLION:,.0f} million USD a year on each cluster"
    )
    return [f"{said}; {of_an_enterprise()}"]
