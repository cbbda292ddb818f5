"""The days on which a team works and clusters may cut over: hours a month, freezes, maintenance windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array
from tco.model.fleet.teams import upgrade_hours
from tco.units import DAYS_PER_MONTH, HOURS_PER_DAY, MINUTES_PER_HOUR

Days = NDArray[np.bool_]
DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROUNDING = 1e-6
MINUTES_OF_DAY = HOURS_PER_DAY * MINUTES_PER_HOUR
FLEET = ""
"""The name under which the window of all groups without one of their own is kept."""
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Window:
    """When clusters may cut over. weekdays: on which a window begins, Monday 0. hours: as `22:00-04:00`, or empty.

    minutes: how long one is.
    """

    weekdays: frozenset[int]
    hours: str
    minutes: float


ANY_TIME = Window(frozenset(range(len(DAYS_OF_WEEK))), "", MINUTES_OF_DAY)


@dataclass(frozen=True)
class Calendar:
    """The team's days. first: the first of them. available: hours until the end of each day. shares: what part of its
    month's hours each day has. ready: from which on clusters cut over. frozen: days without work. per_week: most
    cut-overs a week. windows: by group, see `FLEET`.
    """

    first: date
    available: Array
    shares: Array
    ready: int
    frozen: Days
    per_week: int | None
    windows: Mapping[str, Window]

    def place(self, day: date) -> int:
        """How many days after the first one a day is, at most the last."""
        return min((day - self.first).days, len(self.available) - 1)

    def day(self, place: int) -> date:
        """The day at a place."""
        return self.first + timedelta(days=int(place))

    def window(self, group: str) -> Window:
        """When clusters of a group may cut over."""
        return self.windows.get(group) or self.windows.get(FLEET, ANY_TIME)

    def closed(self, group: str) -> Days:
        """The days on which no cluster of a group cuts over: those of freezes and those outside its window."""
        weekdays = (np.arange(len(self.available)) + self.first.weekday()) % len(DAYS_OF_WEEK)
        return self.frozen | ~np.isin(weekdays, list(self.window(group).weekdays))

    def hours_until(self, place: int) -> float:
        """Hours available until the end of a day; none before the first."""
        return float(self.available[min(place, len(self.available) - 1)]) if place >= 0 else 0.0


def hours_a_month(
    inputs: Inputs, option: str, capacity: float | Mapping[str, float] | None
) -> float | Mapping[str, float]:
    """Labour hours a month: a capacity where one is stated, else the scenario's, the option's limit, or its team's."""
    stated = inputs.scenario.plan.capacity if capacity is None else capacity
    if stated is None:
        return upgrade_hours(inputs, inputs.scenario.options[option].upgrade_hours_per_month)[1]
    return stated


def team_days(
    inputs: Inputs,
    capacity: float | Mapping[str, float],
    freezes: Sequence[str],
    per_week: int | None,
    windows: str | Mapping[str, str],
) -> Calendar:
    """The days of the horizon of a scenario. Raises InputError for a capacity, freeze or window that is none.

    freezes: besides those of the scenario.
    """
    scenario = inputs.scenario
    days = pd.date_range(scenario.first_day, scenario.last_day, freq="D")
    months = days.strftime("%Y-%m")
    if isinstance(capacity, Mapping):
        if strange := sorted(set(capacity) - set(scenario.periods)):
            raise InputError(f"months of a capacity lie in the horizon, {scenario.periods[0]} to "
                             f"{scenario.periods[-1]}", path="capacity", value=strange[0])  # fmt: skip
        hours = np.array([float(capacity.get(month, 0.0)) for month in months])
    else:
        hours = np.full(len(days), float(capacity))
    if not np.isfinite(hours).all() or (hours < 0).any() or not hours.any():
        raise InputError("a capacity is hours a month above 0", path="capacity", value=capacity)
    frozen = np.zeros(len(days), dtype=bool)
    for span in (*scenario.freezes, *freezes):
        first, last = span_of(span)
        if last < scenario.first_day or first > scenario.last_day:
            horizon = f"{scenario.first_day} to {scenario.last_day}"
            raise InputError(f"a freeze must be within the horizon, {horizon}", path="freeze", value=span)
        frozen |= (days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))
    shares = np.where(frozen, 0.0, 1 / days.days_in_month.to_numpy())
    ready = round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH)
    stated = {FLEET: windows} if isinstance(windows, str) else windows
    for group in stated:
        if group not in (FLEET, *scenario.fleet):
            raise InputError(unknown("group", group, scenario.fleet), path="window")
    of_group = {group: window_of(text) for group, text in stated.items() if text}
    return Calendar(scenario.first_day, (shares * hours).cumsum(), shares, ready, frozen, per_week, of_group)


def span_of(text: str) -> tuple[date, date]:
    """The first and last day of `2027-11..2028-01` (months) or `2027-12-15..2028-01-05`. Raises InputError."""
    try:
        first, last = (pd.Period(part.strip(), freq="M" if len(part.strip()) == len("YYYY-MM") else "D")
                       for part in text.split(".."))  # fmt: skip
        ends = first.start_time.date(), last.end_time.date()
    except (ValueError, TypeError, AttributeError):
        raise InputError("a freeze is a span such as 2027-11..2028-01", path="freeze", value=text) from None
    if ends[0] > ends[1]:
        raise InputError("a freeze ends after it begins", path="freeze", value=text)
    return ends


def window_of(text: str) -> Window:
    """The window of `sat,sun 22:00-04:00`, `tue..thu` or `01:00-05:00`. Raises InputError."""
    weekdays, hours, minutes = set(ANY_TIME.weekdays), "", float(MINUTES_OF_DAY)
    parts = str(text).lower().split()
    try:
        if len(parts) not in (1, 2):
            raise ValueError
        if matched := _HOURS.fullmatch(parts[-1]):
            hours = parts.pop()
            begin, end = (int(matched[n]) * MINUTES_PER_HOUR + int(matched[n + 1]) for n in (1, 3))
            minutes = float((end - begin) % MINUTES_OF_DAY or MINUTES_OF_DAY)
        for named in parts:
            weekdays = {day for part in named.split(",") for day in _weekdays(part)}
    except ValueError:
        raise InputError(
            "a window is weekdays, hours or both, such as `sat,sun 22:00-04:00` or `tue..thu`",
            path="window",
            value=text,
        ) from None
    return Window(frozenset(weekdays), hours, minutes)


def _weekdays(part: str) -> Iterable[int]:
    """One weekday, or those from one to another."""
    first, last = (DAYS_OF_WEEK.index(name) for name in (part.split("..") if ".." in part else (part, part)))
    count = (last - first) % len(DAYS_OF_WEEK) + 1
    return [(first + number) % len(DAYS_OF_WEEK) for number in range(count)]
