"""The order in which clusters are upgraded, and what becomes of them in it: days of cut-over, and what slips cost.

Clusters are places of their groups in a list. An order is carried out one cluster after the other, as the model's own
queue works: each as early as the team has the hours, then as late as its deadline lets it be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.evaluation.ledger_line import Array
from tco.model.fleet.waves import Wave
from tco.planning.cut_over_task import DAYS_OF_WEEK, Solution, Task
from tco.planning.programme import Places, cheapest
from tco.planning.team_days import Calendar
from tco.planning.work import Shared, Work
from tco.scenario.scenario import Scenario

Order = list[int]
DAY = timedelta(days=1)
MARGIN_DAYS = 28
"""So long before its deadline an upgrade is planned where the team has the time."""


def stated_order(scenario: Scenario, before: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """Which groups a user wants before which, each pair of neighbours. Raises InputError for an unknown group."""
    pairs = set()
    for several in before:
        names = [several] if isinstance(several, str) else list(several)
        if len(names) < len(("first", "next")):
            raise InputError("name two groups or more, the first ones to be upgraded first", path="before", value=names)
        for name in names:
            if name not in scenario.fleet:
                raise InputError(unknown("group", name, scenario.fleet), path="before")
        pairs |= set(pairwise(names))
    return pairs


def groups_before(works: Sequence[Work], stated: set[tuple[str, str]]) -> dict[int, list[int]]:
    """The groups that go before each group, directly or not: those stated, and before production those that run its
    designs, else its engine and version, unless the contrary is stated.
    """
    placed = {work.group: place for place, work in enumerate(works)}
    direct: dict[int, set[int]] = defaultdict(set)
    for first, then in stated:
        if first in placed and then in placed:
            direct[placed[then]].add(placed[first])
    for place, work in enumerate(works):
        for other, its in enumerate(works) if work.environment == "production" else ():
            alike = its.design_of == work.group if its.design_of else (its.engine, its.version) == (
                work.engine, work.version)  # fmt: skip
            if alike and its.environment != "production" and place not in _all_before(other, direct):
                direct[place].add(other)
    before = {place: sorted(_all_before(place, direct)) for place in sorted(direct)}
    for place, earlier in before.items():
        if place in earlier:
            raise InputError("no group can be upgraded before itself", path="before", value=works[place].group)
    return before


def _all_before(place: int, direct: Mapping[int, set[int]]) -> set[int]:
    before, left = set[int](), list(direct.get(place, ()))
    while left:
        if (earlier := left.pop()) not in before:
            before.add(earlier)
            left += direct.get(earlier, ())
    return before


def task_of(works: Sequence[Work], days: Calendar, before: Mapping[int, Sequence[int]]) -> Task:
    """What is to be ordered, of works that all have somewhere to go."""
    return Task(
        [work.clusters for work in works],
        [work.planned.team_hours if work.planned else 0.0 for work in works],
        [_costs_by_day(work, days) for work in works],
        [cost_if_forced(work, days) for work in works],
        days.available,
        days.per_week,
        before,
        waves_of(works),
    )


def waves_of(works: Sequence[Work]) -> list[tuple[list[int], Array]]:
    """The places of the works of each wave, and how its hours rise where only a part of it is made."""
    by_wave: dict[Shared, list[int]] = {}
    for place, work in enumerate(works):
        if work.shared:
            by_wave.setdefault(work.shared, []).append(place)
    return [(places, shared.factors) for shared, places in by_wave.items()]


def queue_order(works: Sequence[Work], waves_made: Sequence[Wave]) -> Order:
    """The order in which the waves of the model's own queue make clusters, in whole clusters of each group."""
    days: dict[int, list[tuple[date, float]]] = defaultdict(list)
    for wave in waves_made:
        for place, work in enumerate(works) if not wave.forced else ():
            if work.group in wave.groups.names and wave.upgrade.from_version == work.version:
                days[place] += [(day, share * work.clusters) for day, share in wave.cut_overs]
    dated = list[tuple[date, int]]()
    for place, parts in days.items():
        done = np.cumsum([clusters for _, clusters in sorted(parts)])
        at = np.searchsorted(done, np.arange(round(done[-1])) + 1 / 2)
        dated += [(sorted(parts)[number][0], place) for number in at.tolist()]
    return [place for _, place in sorted(dated)]


def cheapest_order(works: Sequence[Work], task: Task, days: Calendar, queue: Order) -> Solution:
    """The order in which clusters (as places of their groups) are upgraded, and the least that any plan may cost.

    queue: the order of the model's own queue; no plan that is found costs more than it.
    """

    def clusters(groups: Sequence[int]) -> Order:
        return [place for place in groups for _ in range(works[place].clusters)]

    def urgency(place: int) -> float:
        return _urgency(works[place])

    def vendors(place: int) -> tuple[date, date]:
        return works[place].forced_on or date.max, works[place].deadline

    def due(place: int) -> tuple[date, float]:
        return max(works[place].deadline, days.first), urgency(place)

    every = range(len(works))
    rules = [clusters(sorted(every, key=key)) for key in (vendors, due, urgency)]
    return cheapest(task, [queue, order_by_deadline(works), *rules])


def order_by_deadline(works: Sequence[Work]) -> Order:
    """What has the earliest deadline goes first, where time is short the dearest of them."""
    groups = sorted(range(len(works)), key=lambda place: (works[place].deadline, _urgency(works[place])))
    return [place for place in groups for _ in range(works[place].clusters)]


def _urgency(work: Work) -> float:
    """The less, the more a day costs for each hour of work."""
    return -(work.support[0][2] if work.support else 0.0) / max(work.planned.team_hours if work.planned else 0.0, 1.0)


@dataclass(frozen=True)
class Schedule:
    """What becomes of each cluster (as the place of its group): hours worked when it is done (in all, and its own), the
    day of its cut-over (as a place), its slip cost, and whether the vendor upgrades it.
    """

    places: Order
    until: Array
    own: Array
    cut_over: Places
    cost: Array
    forced: NDArray[np.bool_]


def carried_out(works: Sequence[Work], task: Task, order: Sequence[int], days: Calendar) -> Schedule:
    """Each cluster as early as the team can, then as late as its deadline and those after it let it be.

    Clusters that the order does not name are the vendor's.
    """
    named, last = Counter(order), len(days.available)
    rest = [place for place, work in enumerate(works) for _ in range(work.clusters - named[place])]
    places = [*order, *rest]
    cut_over = np.array([*task.days(order), *[last] * len(rest)], dtype=int)
    forced = cut_over >= last
    vendor = [days.place(work.forced_on) if work.forced_on else last for work in works]
    cut_over[forced] = [min(vendor[places[number]], last) for number in np.flatnonzero(forced)]
    hours = task.hours_if(Counter(place for place, left in zip(places, forced.tolist(), strict=True) if not left))
    own = np.where(forced, 0.0, np.array([hours[place] for place in places]))
    schedule = Schedule(places, own.cumsum(), own, cut_over, np.zeros(len(places)), forced)
    _as_late_as_free(works, schedule, task, days)
    schedule.cost[:] = [task.cost_by_day[place][last if left else day]
                    for place, day, left in zip(places, cut_over.tolist(), forced.tolist(), strict=True)]  # fmt: skip
    return schedule


def _as_late_as_free(works: Sequence[Work], schedule: Schedule, task: Task, days: Calendar) -> None:
    """Put off what is early: to its deadline less the margin, and so that what comes after keeps its own day."""
    latest, later = float("inf"), list[int]()
    preceding = [np.maximum.accumulate(np.where(np.isfinite(cost), np.arange(len(cost)), -1)) for cost in task.costs]
    for number in np.flatnonzero(~schedule.forced)[::-1]:
        place = schedule.places[number]
        aim = (works[place].deadline - days.first).days - MARGIN_DAYS
        day = min(aim, later[-1] if later else aim)
        if task.per_week and len(later) >= task.per_week:
            day = min(day, (later[-task.per_week] // DAYS_OF_WEEK) * DAYS_OF_WEEK - 1)
        if day >= 0:
            day = int(preceding[place][min(day, len(days.available) - 1)])
        late = min(days.hours_until(day), latest)
        later.append(day)
        latest = late - schedule.own[number]
        schedule.until[number] = max(schedule.until[number], late)
        schedule.cut_over[number] = max(schedule.cut_over[number], day)


def cost_if_forced(work: Work, days: Calendar) -> float:
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
    costs[days.closed(work.group)] = np.inf
    if work.forced_on:
        costs[max(days.place(work.forced_on), 0) if work.forced_on < days.day(len(costs)) else len(costs) :] = np.inf
    return costs
