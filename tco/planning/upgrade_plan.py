"""An upgrade plan: when the team works on which cluster, when it cuts over, what slips, and what that costs.

The team works on one cluster after the other, as in the model's own queue (`tco.model.fleet.scheduling`), at so many
hours a month; no work is done and nothing is cut over in a freeze. The order is that of the cheapest plan that an
integer programme over groups and days finds, or of the best of several rules, the queue's own among them. In that order
every upgrade is made as late as its deadline lets it be, less a margin, and no later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.errors import InputError
from tco.evaluation.inputs import Inputs
from tco.model.fleet.teams import PRODUCTIVE_HOURS, upgrade_hours
from tco.notebook_repr import Displayed
from tco.planning.mixtures import checked_option
from tco.planning.programme import cheapest_counts
from tco.planning.waiting import cluster_names
from tco.planning.work import Upgrade, Work, work_of
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
Order = list[int]
DAY = timedelta(days=1)
MARGIN_DAYS = 28
"""So long before its deadline an upgrade is planned where the team has the time."""
DAYS_OF_WEEK = 7
ROUNDING = 1e-6
NOTHING = Upgrade(0.0, 0.0, 0.0, 0.0)
COLUMNS = (
    "cluster group from_version to_version start cut_over deadline slack_days labour_hours staging_cost "
    "downtime_minutes slips slip_cost forced"
).split()


class Plan(Displayed, pd.DataFrame):
    """The frame of `plan`; its copies and selections are plain DataFrames.

    gap: share by which the plan's slip cost may lie above the least possible. hours_by_month, capacity_by_month: hours
    of planned work, and those that there are, in each month (YYYY-MM). worth_of_an_engineer: USD of slip cost that a
    further person saves in each month, at least. least_capacity: hours a month that keep every deadline that can still
    be kept. notes: what cannot be kept, and why.
    """

    _metadata = ["gap", "hours_by_month", "capacity_by_month", "worth_of_an_engineer", "least_capacity", "notes"]  # noqa: RUF012
    gap: float
    hours_by_month: pd.Series[float]
    capacity_by_month: pd.Series[float]
    worth_of_an_engineer: pd.Series[float]
    least_capacity: float
    notes: tuple[str, ...]

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    __repr__ = Displayed.__str__


@dataclass(frozen=True)
class Calendar:
    """The team's days. first: the first of them. available: hours until the end of each day. ready: from which on
    clusters cut over. frozen: days without work. per_week: most cut-overs a week.
    """

    first: date
    available: Array
    ready: int
    frozen: NDArray[np.bool_]
    per_week: int | None

    def place(self, day: date) -> int:
        """How many days after the first one a day is, at most the last."""
        return min((day - self.first).days, len(self.available) - 1)

    def day(self, place: int) -> date:
        """The day at a place."""
        return self.first + timedelta(days=int(place))

    def done_on(self, hours: float) -> int:
        """The day on which so many hours have been worked; after the last where there are not as many."""
        return int(np.searchsorted(self.available, hours - ROUNDING))

    def thawed(self, place: int) -> int:
        """The same day, or the first after a freeze."""
        while place < len(self.frozen) and self.frozen[place]:
            place += 1
        return place

    def hours_until(self, place: int) -> float:
        """Hours available until the end of a day; none before the first."""
        return float(self.available[min(place, len(self.available) - 1)]) if place >= 0 else 0.0


def plan(
    scenario: Scenario,
    option: str | None = None,
    capacity: float | Mapping[str, float] | None = None,
    *,
    max_cutovers_per_week: int | None = None,
    freeze: str | Sequence[str] = (),
    draws: int | None = None,
    seed: int = 0,
) -> Plan:
    """When to upgrade each cluster whose free patches end within the horizon, one row a cluster, in order of cut-over.

    option: whose platforms and methods hold; without one the reference. capacity: labour hours a month, or the hours of
    each month (YYYY-MM; months that are not named have none); without one the option's limit or its team.
    max_cutovers_per_week: weeks count from the start. freeze: spans such as `2027-11..2028-01` or
    `2027-12-15..2028-01-05`, ends included, without work and cut-overs, besides the scenario's. Columns: cluster,
    group, from_version, to_version, start, cut_over, deadline (last day of free patches), slack_days (negative: late),
    labour_hours, staging_cost (USD), downtime_minutes, slips (later than the deadline), slip_cost (USD: Extended
    Support from the deadline or the start until the cut-over, and a forced upgrade), forced (the vendor upgrades; its
    hours are outside the plan). Attributes: gap, hours_by_month, worth_of_an_engineer, least_capacity, notes; see
    `Plan`. Clusters of staging, development and test go before production of their design, or of their engine and
    version; within a cluster secondaries go before the primary as its method says. A plan stands at the means of
    all assumptions, as calendars do: draws and seed do not move it, and a note says so. Raises InputError.
    """
    chosen = checked_option(scenario, option)
    inputs = Inputs(scenario, point(scenario).row(0))
    if capacity is None:
        capacity = upgrade_hours(inputs, inputs.scenario.options[chosen].upgrade_hours_per_month)[1]
    if max_cutovers_per_week is not None and max_cutovers_per_week < 1:
        raise InputError("at least one cut-over a week", path="max_cutovers_per_week", value=max_cutovers_per_week)
    days = _calendar(
        inputs, capacity, [*scenario.freezes, *([freeze] if isinstance(freeze, str) else freeze)], max_cutovers_per_week
    )
    works = [work for work in work_of(scenario, chosen)
             if work.planned and work.clusters and work.deadline <= scenario.last_day]  # fmt: skip
    order, least = _order(works, days)
    made = _made(works, order, days)
    frame = Plan(_rows(works, order, made, days), columns=COLUMNS)
    frame = Plan(frame.sort_values(["cut_over", "start"], kind="stable", ignore_index=True))
    cost = float(made.cost.sum())
    frame.gap = max(cost - least, 0.0) / cost if cost > ROUNDING else 0.0
    months = pd.Index(scenario.periods, name="month")
    frame.hours_by_month = pd.Series(_by_month(made, days, scenario), index=months, name="hours")
    frame.capacity_by_month = pd.Series(np.diff(_by_ends(days, scenario), prepend=0.0), index=months, name="hours")
    frame.worth_of_an_engineer = _worth(works, order, days, cost, inputs, months)
    frame.least_capacity, frame.notes = _shortage(works, days, frame, max_cutovers_per_week)
    if draws:
        told = f"The plan stands at the means of all assumptions: {draws:,} draws with seed {seed} do not move it."
        frame.notes = (*frame.notes, told)
    return frame


def _calendar(
    inputs: Inputs, capacity: float | Mapping[str, float], freezes: Sequence[str], per_week: int | None
) -> Calendar:
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
    for span in freezes:
        first, last = span_of(span)
        frozen |= (days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))
    daily = np.where(frozen, 0.0, hours / days.days_in_month.to_numpy())
    ready = round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH)
    return Calendar(scenario.first_day, daily.cumsum(), ready, frozen, per_week)


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


def _before(works: Sequence[Work], scenario_of: Mapping[str, str | None]) -> dict[int, list[int]]:
    """The groups that go before each production group: those that run its designs, else its engine and version."""
    found: dict[int, list[int]] = {}
    for place, work in enumerate(works):
        if work.environment == "production":
            found[place] = [
                other for other, its in enumerate(works)
                if its.environment != "production" and (
                    scenario_of[its.group] == work.group if scenario_of[its.group]
                    else (its.engine, its.version) == (work.engine, work.version)
                )
            ]  # fmt: skip
    return found


def _order(works: Sequence[Work], days: Calendar) -> tuple[Order, float]:
    """The order in which clusters (as places of their groups) are upgraded, and the least that any plan may cost."""
    last = days.day(len(days.available))
    before = _before(works, {work.group: work.design_of for work in works})

    def clusters(groups: Sequence[int]) -> Order:
        return [place for place in groups for _ in range(works[place].clusters)]

    def urgency(place: int) -> float:
        work = works[place]
        return -(work.support[0][2] if work.support else 0.0) / max(work.planned.hours if work.planned else 0.0, 1.0)

    every = range(len(works))
    queue = sorted(every, key=lambda place: (works[place].forced_on or last, works[place].deadline))
    rules = [clusters(queue),
             clusters(sorted(every, key=lambda place: (works[place].deadline, urgency(place)))),
             clusters(sorted(every, key=lambda place: (max(works[place].deadline, days.first), urgency(place)))),
             clusters(sorted(every, key=urgency))]  # fmt: skip
    found = cheapest_counts(
        [work.clusters for work in works],
        [work.planned.hours if work.planned else 0.0 for work in works],
        [_costs_by_day(work, days) for work in works],
        [_cost_if_forced(work, days) for work in works],
        days.available,
        days.per_week,
    )
    if found.order:
        rules.insert(0, found.order)
    orders = [_with_staging_first(order, before, works) for order in rules]
    costs = [float(_made(works, order, days).cost.sum()) for order in orders]
    return orders[int(np.argmin(costs))], found.bound


def _with_staging_first(order: Order, before: Mapping[int, Sequence[int]], works: Sequence[Work]) -> Order:
    """The same order, in which no cluster comes before those that have to go before it."""
    left = {place: work.clusters for place, work in enumerate(works)}
    found: Order = []
    for place in order:
        for first in before.get(place, ()):
            found += [first] * left[first]
            left[first] = 0
        if left[place]:
            found.append(place)
            left[place] -= 1
    return found


@dataclass(frozen=True)
class Made:
    """What becomes of the clusters in an order: hours worked when each is done (in all, and its own), the day of its
    cut-over (as a place), its slip cost, and whether the vendor upgrades it.
    """

    until: Array
    own: Array
    cut_over: NDArray[np.intp]
    cost: Array
    forced: NDArray[np.bool_]


def _made(works: Sequence[Work], order: Order, days: Calendar) -> Made:
    """Each cluster as early as the team can, then as late as its deadline and those after it let it be."""
    count = len(order)
    until, own = np.zeros(count), np.zeros(count)
    cut_over, forced = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=bool)
    hours = [work.planned.hours if work.planned else 0.0 for work in works]
    vendor = [days.place(work.forced_on) if work.forced_on else len(days.available) for work in works]
    at, weeks, kept = 0.0, list[int](), list[int]()
    for number, place in enumerate(order):
        day = days.thawed(max(days.done_on(at + hours[place]), days.ready, weeks[-1] if weeks else 0))
        if days.per_week and len(weeks) >= days.per_week:
            week = weeks[-days.per_week] // DAYS_OF_WEEK + 1
            day = days.thawed(max(day, week * DAYS_OF_WEEK))
        if day >= vendor[place] or day >= len(days.available):
            forced[number], cut_over[number] = True, min(vendor[place], len(days.available))
            continue
        at += hours[place]
        until[number], own[number], cut_over[number] = at, hours[place], day
        weeks.append(day)
        kept.append(number)
    _as_late_as_free([works[place] for place in order], kept, until, own, cut_over, days)
    known: dict[tuple[int, int], float] = {}
    cost = np.zeros(count)
    for number, place in enumerate(order):
        key = (place, -1 if forced[number] else int(cut_over[number]))
        if key not in known:
            known[key] = _cost_if_forced(works[place], days) if forced[number] else _slip(works[place], days, key[1])
        cost[number] = known[key]
    return Made(until, own, cut_over, cost, forced)


def _as_late_as_free(
    works: Sequence[Work], kept: Sequence[int], until: Array, own: Array, cut_over: NDArray[np.intp], days: Calendar
) -> None:
    """Put off what is early: to its deadline less the margin, and so that what comes after keeps its own day."""
    latest, later = float("inf"), list[int]()
    for number in reversed(kept):
        aim = (works[number].deadline - days.first).days - MARGIN_DAYS
        day = min(aim, later[-1] if later else aim)
        if days.per_week and len(later) >= days.per_week:
            day = min(day, (later[-days.per_week] // DAYS_OF_WEEK) * DAYS_OF_WEEK - 1)
        while day >= 0 and days.frozen[day]:
            day -= 1
        late = min(days.hours_until(day), latest)
        later.append(day)
        latest = late - own[number]
        until[number] = max(until[number], late)
        cut_over[number] = max(cut_over[number], day)


def _slip(work: Work, days: Calendar, place: int) -> float:
    """USD of Extended Support from the deadline or the start until a cluster cuts over."""
    return work.support_until(max(work.deadline + DAY, days.first), days.day(place))


def _cost_if_forced(work: Work, days: Calendar) -> float:
    """USD of Extended Support and the forced upgrade of a cluster that the team does not reach within the horizon."""
    end = days.day(len(days.available))
    until = min(work.forced_on or end, end)
    pushed = work.forced.cost if work.forced and work.forced_on and work.forced_on < end else 0.0
    return work.support_until(max(work.deadline + DAY, days.first), until) + pushed


def _costs_by_day(work: Work, days: Calendar) -> Array:
    """The slip cost of a cluster that cuts over on each day; infinite before it can and from the vendor's day on."""
    costs = np.zeros(len(days.available))
    for first, last, price in work.support:
        begin = (max(first, work.deadline + DAY, days.first) - days.first).days
        end = (last - days.first).days + 1
        costs += price * np.clip(np.arange(len(costs)) - begin, 0, max(end - begin, 0))
    costs[: days.ready] = np.inf
    costs[days.frozen] = np.inf
    if work.forced_on:
        costs[max(days.place(work.forced_on), 0) if work.forced_on < days.day(len(costs)) else len(costs) :] = np.inf
    return costs


def _rows(works: Sequence[Work], order: Order, made: Made, days: Calendar) -> Iterator[list[object]]:
    names = {place: iter(cluster_names(work)) for place, work in enumerate(works)}
    for number, place in enumerate(order):
        work, forced, until = works[place], bool(made.forced[number]), made.until[number]
        taken = (work.forced if forced else work.planned) or NOTHING
        cut_over = days.day(made.cut_over[number])
        begun = int(np.searchsorted(days.available, until - made.own[number] + ROUNDING))
        yield [
            next(names[place]), work.group, work.version, work.target,
            pd.Timestamp(cut_over if forced else days.day(min(begun, made.cut_over[number]))), pd.Timestamp(cut_over),
            pd.Timestamp(work.deadline), (work.deadline - cut_over).days, taken.hours, taken.staging, taken.minutes,
            cut_over > work.deadline, float(made.cost[number]), forced,
        ]  # fmt: skip


def _by_month(made: Made, days: Calendar, scenario: Scenario) -> Array:
    """Hours worked in each month."""
    ends = _by_ends(days, scenario)
    begins = np.concatenate([[0.0], ends[:-1]])
    since = made.until - made.own
    return np.array([np.clip(np.minimum(made.until, end) - np.maximum(since, begin), 0, None).sum()
                     for begin, end in zip(begins, ends, strict=True)])  # fmt: skip


def _by_ends(days: Calendar, scenario: Scenario) -> Array:
    """Hours available until the end of each month."""
    ends = (pd.Period(month).end_time.date() for month in scenario.periods)
    return np.array([days.hours_until((end - days.first).days) for end in ends])


def _worth(
    works: Sequence[Work], order: Order, days: Calendar, cost: float, inputs: Inputs, months: pd.Index[str]
) -> pd.Series[float]:
    """USD of slip cost that one more person saves in each month, in the same order."""
    hours, found = inputs[PRODUCTIVE_HOURS].item(), []
    for month in months:
        period = pd.Period(month)
        begin, end = ((day.date() - days.first).days for day in (period.start_time, period.end_time))
        more = np.zeros(len(days.available))
        more[begin : end + 1] = np.where(days.frozen[begin : end + 1], 0.0, hours / (end + 1 - begin))
        changed = replace(days, available=days.available + more.cumsum())
        saved = cost - float(_made(works, order, changed).cost.sum()) if cost > ROUNDING else 0.0
        found.append(max(saved, 0.0))
        if cost <= ROUNDING:
            found += [0.0] * (len(months) - len(found))
            break
    return pd.Series(found, index=months, name="USD")


def _shortage(
    works: Sequence[Work], days: Calendar, frame: pd.DataFrame, per_week: int | None
) -> tuple[float, tuple[str, ...]]:
    """Hours a month that keep every deadline that can be kept, and sentences on those that are not."""
    open_days = (~days.frozen).cumsum() / DAYS_PER_MONTH
    least, needed, count, weekly = 0.0, 0.0, 0, 0.0
    for work in sorted(works, key=lambda work: work.deadline):
        place = days.place(work.deadline)
        needed += work.clusters * (work.planned.hours if work.planned else 0.0)
        count += work.clusters
        if place > days.ready and open_days[place] > 0:
            least = max(least, needed / open_days[place])
            weekly = max(weekly, count / max((place - days.ready) // DAYS_OF_WEEK, 1))
    late = frame[frame["slips"].astype(bool)]
    notes = []
    for group, rows in late.groupby("group", sort=False):
        deadline = rows["deadline"].iloc[0].date()
        if (deadline - days.first).days < days.ready:
            why = "no capacity keeps it: it ends before an upgrade can be prepared"
        else:
            why = f"{np.ceil(least):,.0f} hours a month keep it"
            if per_week and weekly > per_week:
                why += f", with {np.ceil(weekly):.0f} cut-overs a week"
        notes.append(f"The deadline {deadline} of {group} is missed by {len(rows)} of its clusters; {why}.")
    return least, tuple(notes)
