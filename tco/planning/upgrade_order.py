"""The order in which clusters are upgraded, and what becomes of them in it: days of cut-over, and what slips cost.

Clusters are places of their groups in a list. An order is evaluated one cluster after the other, as the model's own
queue works: each as early as the team has the hours, then as late as its deadline lets it be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.planning.programme import cheapest_counts
from tco.planning.team_days import DAYS_OF_WEEK, ROUNDING, Calendar
from tco.planning.work import Work
from tco.scenario.scenario import Scenario

Array = NDArray[np.float64]
Order = list[int]
DAY = timedelta(days=1)
MARGIN_DAYS = 28
"""So long before its deadline an upgrade is planned where the team has the time."""
WEEK = len(DAYS_OF_WEEK)
MOST_STEPS = 1_000_000
"""Clusters times orders that are tried after the first: about a second of work."""


def stated_order(scenario: Scenario, before: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """Which groups a user wants before which, each pair of neighbours. Raises InputError for an unknown group."""
    found = set()
    for several in before:
        names = [several] if isinstance(several, str) else list(several)
        if len(names) < len(("first", "next")):
            raise InputError("name two groups or more, the first ones to be upgraded first", path="before", value=names)
        for name in names:
            if name not in scenario.fleet:
                raise InputError(unknown("group", name, scenario.fleet), path="before")
        found |= set(pairwise(names))
    return found


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
    found = {place: sorted(_all_before(place, direct)) for place in sorted(direct)}
    for place, earlier in found.items():
        if place in earlier:
            raise InputError("no group can be upgraded before itself", path="before", value=works[place].group)
    return found


def _all_before(place: int, direct: Mapping[int, set[int]]) -> set[int]:
    found, left = set[int](), list(direct.get(place, ()))
    while left:
        if (earlier := left.pop()) not in found:
            found.add(earlier)
            left += direct.get(earlier, ())
    return found


def cheapest_order(works: Sequence[Work], days: Calendar, before: Mapping[int, Sequence[int]]) -> tuple[Order, float]:
    """The order in which clusters (as places of their groups) are upgraded, and the least that any plan may cost."""
    last = days.day(len(days.available))

    def clusters(groups: Sequence[int]) -> Order:
        return [place for place in groups for _ in range(works[place].clusters)]

    def urgency(place: int) -> float:
        return _urgency(works[place])

    every = range(len(works))
    queue = sorted(every, key=lambda place: (works[place].forced_on or last, works[place].deadline))
    rules = [clusters(queue),
             order_by_deadline(works, before),
             clusters(sorted(every, key=lambda place: (max(works[place].deadline, days.first), urgency(place)))),
             clusters(sorted(every, key=urgency))]  # fmt: skip
    found = cheapest_counts(
        [work.clusters for work in works],
        [work.planned.team_hours if work.planned else 0.0 for work in works],
        [_costs_by_day(work, days) for work in works],
        [cost_if_forced(work, days) for work in works],
        days.available,
        days.per_week,
        before,
    )
    if found.order:
        rules.insert(0, found.order)
    orders = [with_groups_before(order, before, works) for order in rules]
    costs = [float(carried_out(works, order, days, as_late=False).cost.sum()) for order in orders]
    best, cost = orders[int(np.argmin(costs))], min(costs)
    if cost > found.bound + ROUNDING:
        moved = _with_moves(best, works, days, before)
        if float(carried_out(works, moved, days, as_late=False).cost.sum()) < cost:
            best = moved
    return best, found.bound


def _with_moves(order: Order, works: Sequence[Work], days: Calendar, before: Mapping[int, Sequence[int]]) -> Order:
    """The order after moves of one cluster to another place, each of which saves, until none does or steps run out."""
    available, hours = days.available.tolist(), [work.planned.team_hours if work.planned else 0.0 for work in works]
    onward = [np.append(np.minimum.accumulate(_costs_by_day(work, days)[::-1])[::-1], np.inf).tolist()
              for work in works]  # fmt: skip
    pushed = [cost_if_forced(work, days) for work in works]

    def cost(tried: Order) -> float:
        at, total, left = 0.0, 0.0, [work.clusters for work in works]
        for place in tried:
            if any(left[other] for other in before.get(place, ())):
                return float("inf")
            left[place] -= 1
            slipped = onward[place][bisect_left(available, at + hours[place] - ROUNDING)]
            if slipped == float("inf"):
                total += pushed[place]
            else:
                at, total = at + hours[place], total + slipped
        return total

    best, least, steps = list(order), cost(order), MOST_STEPS // max(len(order), 1)
    saves = steps > len(order)
    while saves and steps > 0:
        saves = False
        for since, until in permutations(range(len(best)), len(("since", "until"))):
            if best[since] == best[until]:
                continue
            tried = best[:since] + best[since + 1 :]
            tried.insert(until, best[since])
            steps -= 1
            if (now := cost(tried)) < least - ROUNDING:
                best, least, saves = tried, now, True
            if steps <= 0:
                break
    return best


def order_by_deadline(works: Sequence[Work], before: Mapping[int, Sequence[int]]) -> Order:
    """What has the earliest deadline goes first, where time is short the dearest of them."""
    groups = sorted(range(len(works)), key=lambda place: (works[place].deadline, _urgency(works[place])))
    order = [place for place in groups for _ in range(works[place].clusters)]
    return with_groups_before(order, before, works)


def _urgency(work: Work) -> float:
    """The less, the more a day costs for each hour of work."""
    return -(work.support[0][2] if work.support else 0.0) / max(work.planned.team_hours if work.planned else 0.0, 1.0)


def with_groups_before(order: Order, before: Mapping[int, Sequence[int]], works: Sequence[Work]) -> Order:
    """The same order, in which no cluster comes before those that have to go before it."""
    left = {place: work.clusters for place, work in enumerate(works)}
    found: Order = []
    depth = {place: len(before.get(place, ())) for place in left}
    for place in order:
        for first in sorted(before.get(place, ()), key=depth.__getitem__):
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


def carried_out(works: Sequence[Work], order: Order, days: Calendar, as_late: bool = True) -> Made:
    """Each cluster as early as the team can, then as late as its deadline and those after it let it be.

    as_late: False leaves the second step out, which moves no cost and nothing that is late.
    """
    count = len(order)
    until, own = np.zeros(count), np.zeros(count)
    cut_over, forced = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=bool)
    hours = [work.planned.team_hours if work.planned else 0.0 for work in works]
    last = len(days.available)
    vendor = [days.place(work.forced_on) if work.forced_on else last for work in works]
    openings = [_openings(days, work.group) for work in works]
    available = days.available.tolist()
    at, weeks, kept = 0.0, list[int](), list[int]()
    for number, place in enumerate(order):
        following = openings[place][0]
        day = following[
            min(max(bisect_left(available, at + hours[place] - ROUNDING), days.ready, weeks[-1] if weeks else 0), last)
        ]
        if days.per_week and len(weeks) >= days.per_week:
            week = weeks[-days.per_week] // WEEK + 1
            day = following[min(max(day, week * WEEK), last)]
        if day >= vendor[place] or day >= last:
            forced[number], cut_over[number] = True, min(vendor[place], last)
            continue
        at += hours[place]
        until[number], own[number], cut_over[number] = at, hours[place], day
        weeks.append(day)
        kept.append(number)
    if as_late:
        preceding = [openings[place][1] for place in order]
        _as_late_as_free([works[place] for place in order], preceding, kept, until, own, cut_over, days)
    known: dict[tuple[int, int], float] = {}
    cost = np.zeros(count)
    for number, place in enumerate(order):
        key = (place, -1 if forced[number] else int(cut_over[number]))
        if key not in known:
            known[key] = cost_if_forced(works[place], days) if forced[number] else _slip(works[place], days, key[1])
        cost[number] = known[key]
    return Made(until, own, cut_over, cost, forced)


def _openings(days: Calendar, group: str) -> tuple[list[int], list[int]]:
    """For each day, and the one after the last, the next and the last day (else -1) on which a group may cut over."""
    count = len(days.available)
    places = np.append(np.where(days.closed(group), count, np.arange(count)), count)
    following = np.minimum.accumulate(places[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(places < count, places, -1))
    return following.tolist(), preceding.tolist()


def _as_late_as_free(
    works: Sequence[Work], preceding: Sequence[Sequence[int]], kept: Sequence[int], until: Array, own: Array,
    cut_over: NDArray[np.intp], days: Calendar,
) -> None:  # fmt: skip
    """Put off what is early: to its deadline less the margin, and so that what comes after keeps its own day."""
    latest, later = float("inf"), list[int]()
    for number in reversed(kept):
        aim = (works[number].deadline - days.first).days - MARGIN_DAYS
        day = min(aim, later[-1] if later else aim)
        if days.per_week and len(later) >= days.per_week:
            day = min(day, (later[-days.per_week] // WEEK) * WEEK - 1)
        if day >= 0:
            day = preceding[number][min(day, len(days.available))]
        late = min(days.hours_until(day), latest)
        later.append(day)
        latest = late - own[number]
        until[number] = max(until[number], late)
        cut_over[number] = max(cut_over[number], day)


def _slip(work: Work, days: Calendar, place: int) -> float:
    """USD of Extended Support from the deadline or the start until a cluster cuts over."""
    return work.support_until(max(work.deadline + DAY, days.first), days.day(place))


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
