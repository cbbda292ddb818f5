"""How a figure of a published case is held against the model: exactly, inside its range, by sign, or not at all.

The model's range is its 5th to 95th percentile. What a case leaves open is said, not guessed: then the check is not
evaluable; what the model does not count, or gets wrong, is a miss with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from tco.evidence.cases import Case, Figure
from tco.loading.loading import baseline
from tco.scenario.quantiles import quantile
from tco.units import SECONDS_PER_MINUTE

Outcome = Literal["exact", "inside", "sign", "guard", "miss", "not evaluable"]
BAND = (0.05, 0.95)
HALF = 0.5
ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """One figure of a case against the model. low, high: the model's range (both the same where it is exact)."""

    figure: str
    observed: str
    unit: str
    low: float
    high: float
    outcome: Outcome
    reason: str = ""
    rests_on: tuple[str, ...] = ()


def shown(figure: Figure) -> str:
    """What a figure says, in words."""
    words = {"at_least": "at least ", "at_most": "at most ", "below": "below "}.get(figure.bound, "")
    if figure.text:
        return figure.text
    if figure.value is not None:
        return f"{words}{figure.value:g}"
    if figure.low is not None and figure.high is not None:
        return f"{figure.low:g} to {figure.high:g}"
    return f"{words}{figure.high if figure.low is None else figure.low:g}"


def inside(figure: Figure, low: float, high: float) -> bool:
    """Whether what was observed lies in the model's range.

    Both ends of a stated range must; of a bound, part of the model's range must lie on its side; a whole number was
    rounded, so it counts half a unit either way.
    """
    if figure.value is not None and figure.bound == "exactly":
        rounding = HALF if float(figure.value).is_integer() else ROUNDING * figure.value
        return low <= figure.value + rounding and figure.value - rounding <= high
    at_least = figure.value if figure.bound == "at_least" and figure.low is None else figure.low
    at_most = figure.value if figure.bound in ("at_most", "below") and figure.high is None else figure.high
    if at_least is not None and at_most is not None:
        return low <= at_least and at_most <= high
    return high >= at_least if at_least is not None else low <= (at_most or 0.0)


def against_assumption(case: Case, name: str, path: str, scale: float = 1.0, reason: str = "") -> Check:
    """A figure against the range of the assumption that stands for it; scale: units of the figure in the model's."""
    low, high = (float(number) / scale for number in quantile(baseline()[path], np.array(BAND)))
    return against_range(case, name, low, high, reason, (path,))


def against_range(
    case: Case, name: str, low: float, high: float, reason: str = "", rests_on: tuple[str, ...] = ()
) -> Check:
    """A figure against a range of the model, in the figure's unit."""
    figure = case.observed[name] if name in case.observed else case.inputs[name]
    good = inside(figure, low, high)
    return Check(
        name, shown(figure), figure.unit, low, high, "inside" if good else "miss", "" if good else reason, rests_on
    )


def exactly(case: Case, name: str, value: float) -> Check:
    """A figure against a sum of the model, which must match it to the digits that were published."""
    figure = case.observed[name]
    stated = figure.value if figure.value is not None else float("nan")
    good = abs(value - stated) <= max(HALF if figure.unit == "USD" else 0.0, 1e-4 * abs(stated))
    return Check(
        name,
        shown(figure),
        figure.unit,
        value,
        value,
        "exact" if good else "miss",
        "" if good else "the arithmetic differs",
    )


def held(case: Case, name: str, value: float, holds: bool, outcome: Outcome, reason: str) -> Check:
    """A sign or a guard: the model's number, and whether it is on the right side."""
    figure = case.observed[name]
    return Check(name, shown(figure), figure.unit, value, value, outcome if holds else "miss", reason)


def left_open(case: Case, name: str, outcome: Outcome, reason: str) -> Check:
    """A figure that cannot be held against the model, or that the model does not count."""
    figure = case.observed[name]
    return Check(name, shown(figure), figure.unit, float("nan"), float("nan"), outcome, reason)


def minutes_between(case: Case) -> float:
    """Minutes from `began` to `ended`, both with their offset from UTC."""
    form = "%Y-%m-%d %H:%M %z"
    began, ended = (datetime.strptime(case.inputs[name].text, form).astimezone() for name in ("began", "ended"))
    return (ended - began).total_seconds() / SECONDS_PER_MINUTE
