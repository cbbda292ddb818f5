"""An upgrade plan: when the team works on which cluster, when it cuts over, what slips, and what that costs.

The team works on one cluster after the other, as in the model's own queue (`tco.model.fleet.upgrade_queue`), at so many
hours a month; no work is done in a freeze, and nothing is cut over then or outside its maintenance window. Each cluster
takes the hours that the queue counts, more where only a part of its wave is made. The order is that of the cheapest
plan (`tco.planning.programme`), exact for small fleets, or the best that is found from the queue's own order and other
rules on: slips never cost more than in the queue, unless what the queue does not know of (staging first, windows, ...)
makes them. In that order every upgrade is made as late as its deadline lets it be, less a margin, and no later.

Where deadlines are missed, the plan says why, and the least capacity that keeps them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from tco.analysis.comparison import DisplayedFrame
from tco.errors import InputError, checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array
from tco.formats import count
from tco.model.fleet.teams import PRODUCTIVE_HOURS
from tco.planning.constraint_solver import NEAR, solver_missing
from tco.planning.cut_over_task import DAYS_OF_WEEK, Task
from tco.planning.mixtures import checked_option
from tco.planning.programme import MOST_CLUSTERS
from tco.planning.team_days import ROUNDING, Calendar, hours_a_month, team_days
from tco.planning.upgrade_order import (
    Schedule,
    carried_out,
    cheapest_order,
    groups_before,
    order_by_deadline,
    queue_order,
    stated_order,
    task_of,
)
from tco.planning.waiting import cluster_names
from tco.planning.work import Upgrade, Work, queued_waves, work_of
from tco.sampling.designs import point
from tco.scenario.scenario import PlanRules, Scenario

MOST_A_WEEK = 1_000_000
"""Cut-overs a week above which a limit is a slip of the pen."""
NOTHING = Upgrade(0.0, 0.0, 0.0, 0.0, {})
COLUMNS = (
    "cluster group from_version to_version start cut_over deadline slack_days labour_hours staging_cost "
    "downtime_minutes slips slip_cost forced window"
).split()

TYPES = {**dict.fromkeys(("slips", "forced"), "bool"),
         **dict.fromkeys(("start", "cut_over", "deadline"), "datetime64[us]")}  # fmt: skip
"""Of columns that an empty plan would else have as objects."""

MOST_IN_REPORTS = 500
"""Clusters whose upgrade plan a report has, a row a cluster."""


class Plan(DisplayedFrame):
    """The frame of `plan`.

    gap: share by which the plan's slip cost may lie above the least possible. hours_by_month, capacity_by_month: hours
    of planned work, and those that there are, in each month (YYYY-MM). hours_by_role: the planned ones, a row a month
    and a column a role. worth_of_an_engineer: USD of slip cost that a further person saves in each month, at least.
    least_capacity: hours a month that keep every deadline that can still be kept. notes: what cannot be kept, and why.
    """

    _metadata = [  # noqa: RUF012
        "gap", "hours_by_month", "hours_by_role", "capacity_by_month", "worth_of_an_engineer", "least_capacity",
        "notes",
    ]  # fmt: skip
    gap: float
    hours_by_month: pd.Series[float]
    hours_by_role: pd.DataFrame
    capacity_by_month: pd.Series[float]
    worth_of_an_engineer: pd.Series[float]
    least_capacity: float
    notes: tuple[str, ...]


@checked
def plan(
    scenario: Scenario,
    option: str | None = None,
    capacity: float | Mapping[str, float] | None = None,
    *,
    max_cutovers_per_week: int | None = None,
    freeze: str | Sequence[str] = (),
    window: str | Mapping[str, str] = "",
    before: Sequence[Sequence[str]] = (),
    draws: int | None = None,
    seed: int = 0,
) -> Plan:
    """When to upgrade each cluster whose free patches end within the horizon, one row a cluster, in order of cut-over.

    option: whose platforms and methods hold; without one the reference. capacity: labour hours a month, or the hours of
    each month (YYYY-MM; months that are not named have none); without one the option's limit or its team.
    max_cutovers_per_week: weeks count from the start. freeze: spans such as `2027-11..2028-01` or
    `2027-12-15..2028-01-05`, ends included, without work and cut-overs, besides the scenario's. window: when clusters
    may cut over, such as `sat,sun 22:00-04:00`, `tue..thu` or `01:00-05:00`, for all or by group (others at any time).
    before: lists of groups of which each is upgraded whole before the next. What is not stated here is as `plan` in the
    scenario has it.

    Columns: cluster, group, from_version, to_version, start, cut_over, deadline (last day of free patches), slack_days
    (negative: late), labour_hours (of the team, as in `tco.calendar`), staging_cost (USD), downtime_minutes, slips
    (later than the deadline), slip_cost (USD: Extended Support from the deadline or the start until the cut-over, and a
    forced upgrade), forced (the vendor upgrades; its hours are outside the plan), window (the hours of the day, where
    they are stated). Attributes: gap, hours_by_month, hours_by_role, worth_of_an_engineer, least_capacity, notes; see
    `Plan`.

    Clusters of staging, development and test go before production of their design, or of their engine and version,
    unless `before` says the contrary; within a cluster secondaries go before the primary as its method says. The same
    inputs give the same plan on every machine. A plan uses the means of all assumptions, as calendars do: draws
    and seed do not move it, and a note says so. Raises InputError.
    """
    chosen = checked_option(scenario, option)
    inputs = Inputs(scenario, point(scenario).row(0))
    rules, stated = scenario.plan, [freeze] if isinstance(freeze, str) else list(freeze)
    per_week = rules.max_cutovers_per_week if max_cutovers_per_week is None else max_cutovers_per_week
    if per_week is not None and not 1 <= per_week <= MOST_A_WEEK:
        raise InputError(f"from 1 to {MOST_A_WEEK:,} cut-overs a week", path="max_cutovers_per_week", value=per_week)
    hours = hours_a_month(inputs, chosen, capacity)
    days = team_days(inputs, hours, stated or rules.freeze, per_week, window or rules.window)
    works = [work for work in work_of(scenario, chosen)
             if work.planned and work.clusters and work.deadline <= scenario.last_day]  # fmt: skip
    earlier = groups_before(works, stated_order(scenario, before or rules.before))
    task = task_of(works, days, earlier)
    queue = queue_order(works, queued_waves(scenario, chosen, hours))
    search = cheapest_order(works, task, days, queue)
    schedule = carried_out(works, task, search.order, days)
    frame = pd.DataFrame(_rows(works, schedule, days), columns=COLUMNS).astype(TYPES)
    frame = Plan(frame.sort_values(["cut_over", "start"], kind="stable", ignore_index=True))
    cost = float(schedule.cost.sum())
    frame.gap = max(cost - search.bound, 0.0) / cost if cost > ROUNDING else 0.0
    months = pd.Index(scenario.periods, name="month")
    frame.hours_by_role = _by_role(works, schedule, days, scenario)
    frame.hours_by_month = frame.hours_by_role.sum(axis=1).rename("hours")
    frame.capacity_by_month = pd.Series(np.diff(_by_ends(days, scenario), prepend=0.0), index=months, name="hours")
    frame.worth_of_an_engineer = _worth(task, search.order, days, cost, inputs, months)
    frame.least_capacity = least_capacity(works, task, days)
    frame.notes = tuple(shortages(works, days, frame, frame.least_capacity))
    if frame.gap > NEAR and len(frame) <= MOST_CLUSTERS and solver_missing():
        note = (
            "With OR-Tools (pip install 'tco[plan]') a constraint solver seeks a cheaper plan, or proves that none is."
        )
        frame.notes = (*frame.notes, note)
    if draws:
        note = f"The plan uses the means of all assumptions: {draws:,} draws with seed {seed} do not move it."
        frame.notes = (*frame.notes, note)
    return frame


def checked_rules(scenario: Scenario) -> None:
    """Whether what a scenario states under `plan` can be planned with. Raises InputError."""
    if scenario.plan == PlanRules():
        return
    rules, inputs = scenario.plan, Inputs(scenario, point(scenario).row(0))
    try:
        hours = hours_a_month(inputs, scenario.reference_option, None)
        team_days(inputs, hours, rules.freeze, rules.max_cutovers_per_week, rules.window)
        stated_order(scenario, rules.before)
    except InputError as error:
        raise error.located(path="plan") from None


def left_out_of_reports(scenario: Scenario) -> str:
    """Why a report has no upgrade plan of the scenario, and what makes one; empty where it has."""
    if scenario.fleet_size <= MOST_IN_REPORTS:
        return ""
    as_written = scenario.fleet_size == scenario.as_written.fleet_size
    size = "" if as_written else f" --fleet-size {scenario.fleet_size}"
    return (
        f"The upgrade plan, a row a cluster, is left out: the fleet has {scenario.fleet_size:,} clusters, of which a "
        f"report lists up to {MOST_IN_REPORTS}. `tco plan{size} --csv plan.csv` makes it."
    )


def _rows(works: Sequence[Work], schedule: Schedule, days: Calendar) -> Iterator[list[object]]:
    names = {place: iter(cluster_names(work)) for place, work in enumerate(works)}
    for number, place in enumerate(schedule.places):
        work, forced, until = works[place], bool(schedule.forced[number]), schedule.until[number]
        upgrade = (work.forced if forced else work.planned) or NOTHING
        cut_over = days.day(schedule.cut_over[number])
        begun = int(np.searchsorted(days.available, until - schedule.own[number] + ROUNDING))
        yield [
            next(names[place]), work.group, work.version, work.target,
            pd.Timestamp(cut_over if forced else days.day(min(begun, schedule.cut_over[number]))),
            pd.Timestamp(cut_over),
            pd.Timestamp(work.deadline), (work.deadline - cut_over).days,
            upgrade.team_hours if forced else float(schedule.own[number]), upgrade.staging,
            upgrade.minutes, cut_over > work.deadline, float(schedule.cost[number]), forced,
            "" if forced else days.window(work.group).hours,
        ]  # fmt: skip


def _by_role(works: Sequence[Work], schedule: Schedule, days: Calendar, scenario: Scenario) -> pd.DataFrame:
    """Hours worked in each month by role; a cluster's roles share all of its time."""
    ends = _by_ends(days, scenario)
    begins = np.concatenate([[0.0], ends[:-1]])
    since, places = schedule.until - schedule.own, np.array(schedule.places, dtype=int)
    planned = [work.planned or NOTHING for work in works]
    roles = dict.fromkeys(role for upgrade in planned for role in upgrade.roles)
    shares = {
        role: np.array([one.roles.get(role, 0.0) / max(one.team_hours, ROUNDING) for one in planned]) for role in roles
    }
    rows = []
    for begin, end in zip(begins, ends, strict=True):
        worked = np.clip(np.minimum(schedule.until, end) - np.maximum(since, begin), 0, None)
        rows.append([float(worked @ share[places]) for share in shares.values()])
    return pd.DataFrame(rows, index=pd.Index(scenario.periods, name="month"), columns=pd.Index(roles, name="role"))


def _by_ends(days: Calendar, scenario: Scenario) -> Array:
    """Hours available until the end of each month."""
    ends = (pd.Period(month).end_time.date() for month in scenario.periods)
    return np.array([days.hours_until((end - days.first).days) for end in ends])


def _worth(
    task: Task, order: Sequence[int], days: Calendar, cost: float, inputs: Inputs, months: pd.Index[str]
) -> pd.Series[float]:
    """USD of slip cost that one more person saves in each month, in the same order, or with what it leaves at last."""
    hours, found = inputs[PRODUCTIVE_HOURS].item(), dict.fromkeys(months, 0.0)
    left = (Counter(dict(enumerate(task.clusters))) - Counter(order)).elements()
    orders = {tuple(order), tuple(task.in_order([*order, *left]))}
    for month in months if cost > ROUNDING else ():
        period = pd.Period(month)
        begin, end = ((day.date() - days.first).days for day in (period.start_time, period.end_time))
        more = np.zeros(len(days.available))
        more[begin : end + 1] = np.where(days.frozen[begin : end + 1], 0.0, hours / (end + 1 - begin))
        saved = cost - min(task.cost(one, days.available + more.cumsum()) for one in orders)
        found[month] = saved if saved > ROUNDING * cost else 0.0
    return pd.Series(found, name="USD").rename_axis("month")


ALL_HOURS = 1e9
"""Labour hours a month that no fleet uses up."""
PRECISION = 0.005
MOST_NAMED = 8
"""Groups that a sentence names."""


def least_capacity(works: Sequence[Work], task: Task, days: Calendar) -> float:
    """Labour hours a month, the same in each, that keep every deadline which any number of hours keeps.

    In the order of deadlines, with the same freezes, windows, order of groups and cut-overs a week; found by halving to
    half a percent, upwards from the hours that are due by each deadline divided by the months until it.
    """
    if not works:
        return 0.0
    order = task.in_order(order_by_deadline(works))
    deadlines = np.array([(works[place].deadline - days.first).days for place in order])

    def missed(hours: float) -> int:
        """Clusters that are late or left to the vendor with so many hours a month."""
        cut_over = np.array(task.days(order, (days.shares * hours).cumsum()))
        return int((cut_over > np.minimum(deadlines, len(days.available) - 1)).sum())

    unavoidable, low = missed(ALL_HOURS), _due_by_deadlines(works, days)
    if low == 0 or missed(low) <= unavoidable:
        return low
    high = 2 * low
    while missed(high) > unavoidable:
        low, high = high, 2 * high
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if missed(middle) <= unavoidable else (middle, high)
    return high


def shortages(works: Sequence[Work], days: Calendar, frame: pd.DataFrame, least: float) -> Iterator[str]:
    """A sentence on the groups that miss their deadlines for each reason, and on each whose downtime does not fit into
    its window.
    """
    late = frame[frame["slips"].astype(bool) | frame["forced"].astype(bool)]
    weekly, missed = _cutovers_due(works, days), dict[str, list[str]]()
    for group, rows in late.groupby("group", sort=False):
        deadline = rows["deadline"].iloc[0].date()
        if (deadline - days.first).days < days.ready:
            why = "no capacity keeps a deadline before which no upgrade can be prepared"
        else:
            why = f"{np.ceil(least):,.0f} hours a month keep every deadline that can be kept"
            if days.per_week and weekly > days.per_week:
                why += f", with {np.ceil(weekly):.0f} cut-overs a week"
        missed.setdefault(why, []).append(f"{deadline} of {group} ({count(len(rows), 'cluster')})")
    for why, groups in missed.items():
        more = f" and {len(groups) - MOST_NAMED} more" if len(groups) > MOST_NAMED else ""
        yield f"Missed: {', '.join(groups[:MOST_NAMED])}{more}; {why}."
    for work in works:
        window, minutes = days.window(work.group), work.planned.minutes if work.planned else 0.0
        if minutes > window.minutes:
            yield (
                f"A cut-over of {work.group} takes {minutes:,.0f} minutes of downtime on average, incidents included; "
                f"its window {window.hours} has {window.minutes:,.0f}."
            )


def _due_by_deadlines(works: Sequence[Work], days: Calendar) -> float:
    """The most hours a month that are due by any deadline that can be prepared for, spread over the days until it."""
    months, least, needed = days.shares.cumsum(), 0.0, 0.0
    for work in sorted(works, key=lambda work: work.deadline):
        place = (work.deadline - days.first).days
        needed += work.clusters * (work.planned.team_hours if work.planned else 0.0) if place >= days.ready else 0.0
        if place >= days.ready and months[place] > 0:
            least = max(least, needed / float(months[place]))
    return least


def _cutovers_due(works: Sequence[Work], days: Calendar) -> float:
    """The most cut-overs a week that are due by any deadline that can be prepared for."""
    count, weekly = 0, 0.0
    for work in sorted(works, key=lambda work: work.deadline):
        place = (work.deadline - days.first).days
        if place >= days.ready:
            count += work.clusters
            weekly = max(weekly, count / max((place - days.ready) // DAYS_OF_WEEK, 1))
    return weekly
