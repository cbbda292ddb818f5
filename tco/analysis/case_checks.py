"""Comparisons of a figure of a published case with the model: exact, inside its range, by sign, or none.

The model's range is its 5th to 95th percentile. If a case lacks an input, the check is `not testable`: nothing is
guessed. What the model does not count, or gets wrong, is `missed`, with its reason. A limit that part of the range
meets is a `bound`, which proves too little to be a hit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tco.evidence.cases import Case, Figure
from tco.loading.loading import baseline
from tco.units import SECONDS_PER_MINUTE

Outcome = Literal["exact", "inside", "source", "bound", "sign", "guard", "missed", "not testable"]
Range = tuple[float, float]
BAND = (0.05, 0.95)
HALF = 0.5
ROUNDING = 1e-9
OPEN = (math.nan, math.nan)


@dataclass(frozen=True)
class Check:
    """One figure of a case and the model's range, low to high (equal if the model has one number)."""

    figure: str
    observed: str
    unit: str
    low: float
    high: float
    outcome: Outcome
    reason: str = ""
    rests_on: tuple[str, ...] = ()


Checker = Callable[[Case], Check]


def shown(figure: Figure) -> str:
    """A figure in words."""
    words = {"at_least": "at least ", "at_most": "at most ", "below": "below "}.get(figure.bound, "")
    if figure.text:
        return figure.text
    if figure.value is not None:
        return f"{words}{figure.value:g}"
    if figure.low is not None and figure.high is not None:
        return f"{figure.low:g} to {figure.high:g}"
    return f"{words}{figure.high if figure.low is None else figure.low:g}"


def inside(figure: Figure, low: float, high: float) -> bool:
    """Whether the observed figure is in the model's range.

    Both ends of a stated range must lie in it; part of the model's range must meet a bound; a whole number is taken as
    rounded, with a tolerance of half a unit.
    """
    if figure.value is not None and figure.bound == "exactly":
        rounding = HALF if float(figure.value).is_integer() else ROUNDING * figure.value
        return low <= figure.value + rounding and figure.value - rounding <= high
    at_least = figure.value if figure.bound == "at_least" and figure.low is None else figure.low
    at_most = figure.value if figure.bound in ("at_most", "below") and figure.high is None else figure.high
    if at_least is not None and at_most is not None:
        return low <= at_least and at_most <= high
    return high >= at_least if at_least is not None else low <= (at_most or 0.0)


def band(values: NDArray[np.float64]) -> Range:
    """The 5th and 95th percentile."""
    low, high = np.quantile(values, BAND)
    return float(low), float(high)


def _check(
    case: Case, name: str, model: Range, outcome: Outcome, reason: str = "", rests_on: tuple[str, ...] = ()
) -> Check:
    figure = case.observed[name] if name in case.observed else case.inputs[name]
    return Check(name, shown(figure), figure.unit, *model, outcome, reason, rests_on)


def in_assumption(name: str, path: str, scale: float = 1.0, reason: str = "") -> Checker:
    """Compares a figure with the range of one assumption. scale: one unit of the figure in the assumption's unit."""

    def assumed(_: Case) -> Range:
        low, high = (float(number) / scale for number in baseline()[path].quantile(np.array(BAND)))
        return low, high

    return in_range(name, assumed, reason, (path,))


def in_range(name: str, compute: Callable[[Case], Range], reason: str = "", rests_on: tuple[str, ...] = ()) -> Checker:
    """Compares a figure with a range that the model computes, in the figure's unit. reason: of a miss."""

    def check(case: Case) -> Check:
        figure, model = case.observed.get(name) or case.inputs[name], compute(case)
        good = inside(figure, *model)
        hit: Outcome = "inside" if figure.bound == "exactly" else "bound"
        return _check(case, name, model, hit if good else "missed", "" if good else reason, rests_on)

    return check


def exactly(name: str, compute: Callable[[Case], float]) -> Checker:
    """Compares a figure with a number of the model, which must equal it to the published digits."""

    def check(case: Case) -> Check:
        figure, value = case.observed[name], compute(case)
        stated = figure.value if figure.value is not None else math.nan
        good = abs(value - stated) <= max(HALF if figure.unit == "USD" else 0.0, 1e-4 * abs(stated))
        reason = "" if good else "the arithmetic differs"
        return _check(case, name, (value, value), "exact" if good else "missed", reason)

    return check


def holds(
    name: str, outcome: Outcome, compute: Callable[[Case], float], test: Callable[[float], bool], reason: str
) -> Checker:
    """Checks a sign or a guard: whether a number of the model passes `test`."""

    def check(case: Case) -> Check:
        value = compute(case)
        return _check(case, name, (value, value), outcome if test(value) else "missed", reason)

    return check


def untested(name: str, reason: str | Callable[[Case], str]) -> Checker:
    """Marks a figure that cannot be compared with the model, with the reason."""
    return lambda case: _check(case, name, OPEN, "not testable", reason if isinstance(reason, str) else reason(case))


def not_counted(name: str, reason: str) -> Checker:
    """Marks a figure of something that the model leaves out, as a miss."""
    return lambda case: _check(case, name, OPEN, "missed", reason)


def number(case: Case, name: str) -> float:
    """An input of a case, or its low end if it is a range."""
    figure = case.inputs[name]
    return (figure.low if figure.value is None else figure.value) or 0.0


def minutes_between(case: Case) -> float:
    """Minutes from `began` to `ended`, both with their offset from UTC."""
    form = "%Y-%m-%d %H:%M %z"
    began, ended = (datetime.strptime(case.inputs[name].text, form).astimezone() for name in ("began", "ended"))
    return (ended - began).total_seconds() / SECONDS_PER_MINUTE
