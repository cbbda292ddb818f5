"""What waiting with the next major upgrade of each cluster costs, and the day on which it is best made.

Best for a cluster alone, and for all together: a team that has too few hours for the best day of each takes up those
whose delay is dear, and leaves to the vendor what costs less so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tco.errors import checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array
from tco.planning.cut_over_task import Task
from tco.planning.mixtures import checked_option
from tco.planning.programme import cheapest
from tco.planning.team_days import Calendar, hours_a_month, team_days
from tco.planning.upgrade_order import waves_of
from tco.planning.work import Work, work_of
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_MONTH, DAYS_PER_YEAR

COLUMNS = (
    "group cluster version deadline forced_on usd_per_day upgrade_hours upgrade_cost best_date cost_of_missing "
    "usd_per_day_later cost_at_best team_date cost_at_team_date"
).split()
DAY = timedelta(days=1)
NEVER = 1e15
"""USD of a support that never ends: dearer than any upgrade."""


@checked
def cost_of_delay(
    scenario: Scenario,
    option: str | None = None,
    capacity: float | Mapping[str, float] | None = None,
    *,
    together: bool = True,
) -> pd.DataFrame:
    """What a day's delay of its next major upgrade costs each cluster, one row a cluster that runs a version.

    option: whose deployment, method and sizes hold; without one the reference. capacity: labour hours a month, or those
    of each month (YYYY-MM), for `team_date`; without one the scenario's, the option's or its team's. together: False
    leaves the last two columns out, which take nearly all of the time.

    Columns: group, cluster, version, deadline (last day of free patches), forced_on (the vendor upgrades; blank: nobody
    does), usd_per_day (Extended Support alone, at the rate in force from its start; 0 where none is charged),
    upgrade_hours and upgrade_cost (USD; a planned upgrade with hours, staging, downtime and incidents), best_date (of
    lowest present value: as late as is free, unless waiting on for the vendor is cheaper yet), cost_of_missing (USD
    from the deadline or the start on: Extended Support until the vendor upgrades and what that costs; until the end of
    the horizon where he does not before), usd_per_day_later (the highest rate), cost_at_best (USD with the upgrade made
    on the best date), team_date and cost_at_team_date (the same with the dates of lowest present value for all clusters
    together that the team has the hours for; the vendor's day where it upgrades; blank where free patches end after the
    horizon). Undiscounted, at the means of all assumptions; all but the last two without a limit of the team. Raises
    InputError.
    """
    chosen = checked_option(scenario, option)
    inputs = Inputs(scenario, point(scenario).row(0))
    preparation = timedelta(days=round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH))
    ready, rate = scenario.first_day + preparation, inputs["finance.discount_rate"].item()
    works, rows = work_of(scenario, chosen), []
    if together:
        days = team_days(inputs, hours_a_month(inputs, chosen, capacity), scenario.plan.freeze, None, "")
        dates = _together(works, days, scenario, rate)
    else:
        dates = {work.group: [None] * work.clusters for work in works}
    for work in works:
        best, cost = _best(work, scenario, ready, rate)
        planned = work.planned
        row = [
            work.version,
            work.deadline,
            work.forced_on,
            work.support[0][2] if work.support else 0.0,
            planned.hours if planned else float("nan"),
            planned.cost if planned else float("nan"),
            best,
            _cost_of_missing(work, scenario),
            max((price for _, _, price in work.support), default=0.0),
            cost,
        ]
        for name, day in zip(cluster_names(work), dates[work.group], strict=True):
            rows.append([work.group, name, *row, day, _cost_on(work, scenario, day)])
    frame = pd.DataFrame(rows, columns=COLUMNS).drop(columns=[] if together else COLUMNS[-2:])
    for name in ("deadline", "forced_on", "best_date", *COLUMNS[-2:-1][: int(together)]):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def cluster_names(work: Work) -> list[str]:
    """The clusters of a group: its own name where it is one, else numbered."""
    if work.clusters == 1:
        return [work.group]
    return [f"{work.group}-{number}" for number in range(1, work.clusters + 1)]


def _together(works: Sequence[Work], days: Calendar, scenario: Scenario, rate: float) -> dict[str, list[date | None]]:
    """The day of each cluster, by group in order, that is best for all together with the hours that there are."""
    due = [work for work in works if work.clusters and work.planned and work.deadline <= scenario.last_day]
    values = [_values_by_day(work, days, rate) for work in due]
    # The team may work before the cut-over: a cluster that is ready on a day can cut over on any later day.
    task = Task(
        [work.clusters for work in due], [work.planned.team_hours if work.planned else 0.0 for work in due],
        [np.minimum.accumulate(value[::-1])[::-1] for value in values],
        [_value_if_left(work, days, rate) for work in due], days.available, None, {}, waves_of(due),
    )  # fmt: skip
    first = sorted(range(len(due)), key=lambda place: due[place].deadline)
    order = cheapest(task, [[place for place in first for _ in range(due[place].clusters)]]).order
    found: dict[str, list[date | None]] = {work.group: [] for work in works}
    for place, day in zip(order, task.days(order), strict=True):
        if day < len(days.available):
            found[due[place].group].append(days.day(day + int(np.argmin(values[place][day:]))))
    for work in due:
        found[work.group] += [work.forced_on] * (work.clusters - len(found[work.group]))
    return {work.group: sorted(found[work.group], key=lambda day: day or date.max) or [None] * work.clusters
            for work in works}  # fmt: skip


def _values_by_day(work: Work, days: Calendar, rate: float) -> Array:
    """Present value of Extended Support and a planned upgrade on each day; infinite where it cannot be made."""
    places = np.arange(len(days.available))
    daily = np.zeros(len(places))
    for first, last, price in work.support:
        daily[max((first - days.first).days, 0) : max((last - days.first).days + 1, 0)] = price
    discount = (1 + rate) ** (-places / DAYS_PER_YEAR)
    values = np.concatenate([[0.0], np.cumsum(daily * discount)[:-1]])
    values += (work.planned.cost if work.planned else 0.0) * discount
    values[days.closed(work.group) | (places < days.ready)] = np.inf
    if work.forced_on:
        values[max((work.forced_on - days.first).days, 0) :] = np.inf
    return values


def _value_if_left(work: Work, days: Calendar, rate: float) -> float:
    """Present value of Extended Support until the vendor upgrades and of that; what never ends is never best."""
    if not work.forced_on or not work.forced:
        return NEVER
    until, value = (work.forced_on - days.first).days, 0.0
    for first, last, price in work.support:
        paid = np.arange(max((first - days.first).days, 0), min((last - days.first).days + 1, until))
        value += price * float(((1 + rate) ** (-paid / DAYS_PER_YEAR)).sum())
    return float(value + work.forced.cost * (1 + rate) ** (-until / DAYS_PER_YEAR))


def _cost_on(work: Work, scenario: Scenario, day: date | None) -> float:
    """USD of Extended Support until a day, and of the upgrade then: the vendor's on its day, else a planned one."""
    if day is None:
        return float("nan")
    upgrade = work.forced if day == work.forced_on else work.planned
    return (upgrade.cost if upgrade else 0.0) + work.support_until(scenario.first_day, day)


def _cost_of_missing(work: Work, scenario: Scenario) -> float:
    """Extended Support from the deadline or the start on, and the forced upgrade, within the horizon."""
    since, end = max(work.deadline + DAY, scenario.first_day), scenario.last_day + DAY
    until = min(work.forced_on or end, end)
    pushed = work.forced.cost if work.forced and work.forced_on and work.forced_on < end else 0.0
    return work.support_until(since, until) + pushed


def _best(work: Work, scenario: Scenario, ready: date, rate: float) -> tuple[date | None, float]:
    """The day of lowest present value, and what is then paid for Extended Support and the upgrade.

    Cost rises by the day while support is charged and falls with the discount while it is not, so that the best day is
    one before a rate begins, the last before the vendor's, the first possible one, or the vendor's.
    """
    since = scenario.first_day
    tried = []
    if work.planned:
        last = (*(first for first, _, _ in work.support), *filter(None, (work.forced_on,)))
        days = {ready, max(work.deadline, ready), *(max(day - DAY, ready) for day in last)}
        tried = [(day, work.planned.cost) for day in days if work.forced_on is None or day < work.forced_on]
    if work.forced_on and work.forced:
        tried.append((work.forced_on, work.forced.cost))

    def present_value(choice: tuple[date, float]) -> tuple[float, date]:
        day = choice[0]
        spans = [(max(first, since), min(last, day - DAY), price) for first, last, price in work.support]
        paid = [(first + (last - first) / 2, ((last - first).days + 1) * price) for first, last, price in spans
                if first <= last]  # fmt: skip
        value = sum(amount * (1 + rate) ** (-(when - since).days / DAYS_PER_YEAR) for when, amount in [*paid, choice])
        return value, day

    if not tried:
        return None, float("nan")
    day, cost = min(tried, key=present_value)
    return day, cost + work.support_until(since, day)
