"""What claims may be about, and how each is computed: from the price book, the facts, the assumptions or the model."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from tco import resources
from tco.analysis.comparison import compare
from tco.catalog.lifecycle import cycle, engine_history
from tco.errors import InputError, shown, unknown
from tco.loading.loading import baseline, load_scenario
from tco.model.lines import evaluate
from tco.platforms.base import MILLION
from tco.platforms.pricing import price
from tco.platforms.request_units import dynamodb_units
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_YEAR, HOURS_PER_DAY, MINUTES_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

Inputs = dict[str, Any]
Variants = Iterable[tuple[str, Mapping[str, Any]]]
EXTENDED_SUPPORT = "Extended Support"
TERMS = ("1yr_no_upfront", "1yr_partial_upfront", "3yr_no_upfront", "3yr_partial_upfront")


@dataclass(frozen=True)
class Computed:
    """A value in a unit. low, high: a range inside which any claim holds. said: what is known of it in any case."""

    value: float
    unit: str
    low: float = math.nan
    high: float = math.nan
    said: str = ""


@dataclass(frozen=True)
class Subject:
    """compute: from inputs and a day; raises InputError or LookupError. variants: changes that explain wrong claims."""

    compute: Callable[[Inputs, date], Computed]
    variants: Callable[[Mapping[str, Any]], Variants] = lambda _: ()


def _taken(inputs: Inputs, *names: str) -> list[Any]:
    """Some inputs that a subject needs. Raises LookupError for one that is missing."""
    if missing := [name for name in names if name not in inputs]:
        raise LookupError(f"the claim does not say its {' and '.join(missing)}")
    return [inputs.pop(name) for name in names]


def _texts(inputs: Inputs, *names: str) -> list[str]:
    """Some inputs that a subject needs, which are names. Raises InputError for one that is none."""
    texts = _taken(inputs, *names)
    for name, value in zip(names, texts, strict=True):
        if not isinstance(value, str):
            raise InputError("is a name, written as text", path=f"inputs.{name}", value=shown(value))
    return texts


def _number(name: str, value: object) -> float:
    """An input that is a number. Raises InputError for one that is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        raise InputError("is a finite number", path=f"inputs.{name}", value=shown(value))
    return value


def _nothing_left(inputs: Inputs, *known: str) -> None:
    for name in inputs:
        raise InputError(unknown("input", name, known), path=f"inputs.{name}")


def _lines(platform: str, inputs: Inputs, region: str, day: date, item: str, first_month: bool = True) -> pd.DataFrame:
    """Lines of one month's bill whose name has an item. Raises InputError for the usage of several bills."""
    for name, value in inputs.items():
        if isinstance(value, list):
            raise InputError("is one value: a claim is about one bill", path=f"inputs.{name}", value=shown(value))
    lines = price(platform, inputs, region, day, first_month=first_month)
    matching = lines[lines["item"].str.contains(item, regex=False)]
    if matching.empty:
        raise LookupError(f"no line of the bill is named {item!r}; it has {', '.join(lines['item'])}")
    return matching


def _bill(inputs: Inputs, day: date) -> Computed:
    """A month's bill in USD. inputs: platform, region, the fields of its usage; item: of lines whose name has it."""
    platform, region = _texts(inputs, "platform", "region")
    (item,) = _texts({"item": inputs.pop("item", "")}, "item")
    bill_lines = _lines(platform, inputs, region, day, item, first_month=False)
    return Computed(float(bill_lines["cost"].sum()), "USD/month")


def _unit_price(inputs: Inputs, day: date) -> Computed:
    """The unit price of one item of a bill. inputs: as of a bill, with item."""
    platform, region, item = _texts(inputs, "platform", "region", "item")
    matching = _lines(platform, inputs, region, day, item)
    if len(matching) != 1:
        raise LookupError(f"{len(matching)} lines of the bill are named {item!r}: {', '.join(matching['item'])}")
    return Computed(float(matching["unit_price"].iloc[0]), f"USD/{matching['unit'].iloc[0]}")


def _extended_support(inputs: Inputs, day: date) -> Computed:
    """Extended Support of so many vCPUs. inputs: platform, region, engine, instance_class, year; vcpu; hours.

    instance_class: any whose price is known, of which vcpu (billed, standbys among them) takes the place.
    """
    platform, region, engine, of = _texts(inputs, "platform", "region", "engine", "instance_class")
    year, vcpu = _taken(inputs, "year", "vcpu")
    vcpu = _number("vcpu", vcpu)
    hours = _number("hours", inputs.pop("hours", baseline()["finance.hours_per_month"].mean))
    _nothing_left(inputs, "platform", "region", "engine", "instance_class", "year", "vcpu", "hours")
    usage = {"instance_class": of, "engine": engine, "extended_support_year": year}
    lines = price(platform, usage, region, day)
    rate = lines[lines["item"].str.contains(EXTENDED_SUPPORT)]["unit_price"]
    if rate.empty:
        raise LookupError(f"{engine} has no Extended Support on {platform}")
    return Computed(float(rate.iloc[0]) * vcpu * hours, "USD/month")


def _other_years(inputs: Mapping[str, Any]) -> Variants:
    for year in (1, 3):
        if year != inputs.get("year"):
            yield f"wrong year: that of year {year}", {"year": year}
    yield "counts the standby too, or another instance", {"vcpu": 2 * inputs.get("vcpu", 0)}
    yield "leaves out the standby", {"vcpu": inputs.get("vcpu", 0) / 2}
    for hours in (720, 730, 744, 750, 8760, 12 * 750):
        yield f"of {hours:,} hours", {"hours": hours}


def _extended_support_share(inputs: Inputs, day: date) -> Computed:
    """Extended Support over the price of the instance, in %. inputs: those of a bill, with extended_support_year."""
    platform, region = _texts(inputs, "platform", "region")
    lines = price(platform, inputs, region, day, first_month=False)
    surcharge = lines["item"].str.contains(EXTENDED_SUPPORT)
    hours = lines["unit"] == "instance hour"
    if not surcharge.any() or not hours.any():
        raise LookupError("the bill has no Extended Support, or no instance, to compare: state extended_support_year")
    return Computed(100 * float(lines.loc[surcharge, "cost"].sum() / lines.loc[hours, "cost"].sum()), "%")


def _terms(inputs: Mapping[str, Any]) -> Variants:
    stated = inputs.get("term", "on_demand")
    for term in TERMS:
        if term != stated:
            yield f"list against reserved: that of {term}", {"term": term}
    if stated != "on_demand":
        yield "reserved against list: that of on_demand", {"term": None}
    for deployment in ("single_az", "multi_az"):
        if deployment != inputs.get("deployment", "single_az"):
            yield f"other deployment: that of {deployment}", {"deployment": deployment}
    for hours in (720, 744):
        yield f"of {hours} hours a month", {"hours_per_month": hours}


def _request_units(inputs: Inputs, _: date) -> Computed:
    """Units of one call. inputs: operation, item_bytes, consistency."""
    operation, size = _taken(inputs, "operation", "item_bytes")
    consistency = inputs.pop("consistency", "strong")
    _nothing_left(inputs, "operation", "item_bytes", "consistency")
    return Computed(dynamodb_units(operation, size, consistency), "unit")


def _consistencies(inputs: Mapping[str, Any]) -> Variants:
    stated = inputs.get("consistency", "strong")
    other = "strong" if stated == "eventual" else "eventual"
    yield f"takes a read as {other}ly consistent", {"consistency": other}


def _assumption(inputs: Inputs, _: date) -> Computed:
    """An assumption of the baseline: a claim within its range holds. inputs: path."""
    (path,) = _texts(inputs, "path")
    _nothing_left(inputs, "path")
    entry = baseline().get(path)
    if entry is None:
        raise InputError(unknown("assumption", path, baseline()), path="inputs.path")
    ends = [part.low if part.low is not None else part.mean for _, part in entry.ranges]
    tops = [part.high if part.high is not None else part.mean for _, part in entry.ranges]
    low, high = min(ends), max(tops)
    return Computed(entry.mean, entry.unit, low, high, f"the range is {low:g} to {high:g} {entry.unit}")


def _outage(inputs: Inputs, day: date) -> Computed:
    """USD that a minute of downtime of one cluster costs. inputs: minutes (default 1)."""
    minutes = _number("minutes", inputs.pop("minutes", 1.0))
    _nothing_left(inputs, "minutes")
    minute = _assumption({"path": "downtime.value_per_minute"}, day)
    return Computed(minute.value * minutes, "USD", minute.low * minutes, minute.high * minutes,
                    f"enterprise outage cost per cluster: {of_an_enterprise()}")  # fmt: skip


def _doubled_rate(inputs: Inputs, _: date) -> Computed:
    """The year of Extended Support from which its rate is doubled. inputs: engine (of the lifecycle), version."""
    (engine,), (version,) = _texts(inputs, "engine"), _taken(inputs, "version")
    _nothing_left(inputs, "engine", "version")
    period = engine_history(engine).extended_support.get(cycle(engine, str(version)))
    if period is None or period.year_3_start is None:
        raise LookupError(f"{engine} {version} has no doubled rate of Extended Support")
    return Computed(round((period.year_3_start - period.year_1_start).days / DAYS_PER_YEAR) + 1.0, "year")


def _result(inputs: Inputs, _: date) -> Computed:
    """A result of an option. inputs: scenario, option, measure (a column of `tco compare`), set, fleet_size."""
    (scenario,), (option, measure) = _taken(inputs, "scenario"), _texts(inputs, "option", "measure")
    changes, size = inputs.pop("set", {}), inputs.pop("fleet_size", None)
    _nothing_left(inputs, "scenario", "option", "measure", "set", "fleet_size")
    frame = compare(evaluate(load_scenario(scenario, set=changes, fleet_size=size))).set_index("option")
    if option not in frame.index or measure not in frame.columns:
        raise InputError(unknown("option", option, frame.index) + "; " + unknown("measure", measure, frame.columns))
    unit = {"labour_hours": "labour hour", "downtime_minutes": "downtime minute"}.get(measure, "USD")
    return Computed(float(frame[measure].to_numpy(float)[list(frame.index).index(option)]), unit)


SUBJECTS: Mapping[str, Subject] = {
    "bill": Subject(_bill, _terms),
    "unit price": Subject(_unit_price, _terms),
    "extended support": Subject(_extended_support, _other_years),
    "extended support share": Subject(_extended_support_share),
    "request units": Subject(_request_units, _consistencies),
    "assumption": Subject(_assumption),
    "outage": Subject(_outage),
    "doubled rate of extended support": Subject(_doubled_rate),
    "result": Subject(_result),
}
"""What can be checked, by the `subject` of a claim."""


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
    sentence = (
        f"{VALUE}: {entry.mean:,.0f} USD a minute would be {yearly / MILLION:,.0f} million USD a year on each cluster"
    )
    return [f"{sentence}; {of_an_enterprise()}"]
