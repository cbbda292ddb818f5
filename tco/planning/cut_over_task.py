"""What is to be ordered, and what an order of cut-overs costs: the days of clusters that a team makes one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tco.evaluation.ledger_line import Array

DAYS_OF_WEEK = 7
ROUNDING = 1e-6


@dataclass(frozen=True)
class Task:
    """What is to be ordered, by group: clusters, hours of one, its cost if it cuts over on each day, its cost if left.

    costs are infinite on days on which a group cannot cut over, and else do not fall from day to day. available: hours
    until the end of each day. per_week: most cut-overs a week. before: the groups that go before a group. waves: the
    groups of each wave, and how many times its hours each cluster takes if so many of the wave are made (0 to all,
    where it is 1, and never rising); groups of none always take their hours.
    """

    clusters: Sequence[int]
    hours: Sequence[float]
    costs: Sequence[Array]
    left: Sequence[float]
    available: Array
    per_week: int | None
    before: Mapping[int, Sequence[int]]
    waves: Sequence[tuple[Sequence[int], Array]] = ()

    @cached_property
    def following(self) -> list[list[int]]:
        """By group, for each day and the one after the last, the next day on which the group may cut over."""
        count = len(self.available)
        places = [np.append(np.where(np.isfinite(cost), np.arange(count), count), count) for cost in self.costs]
        return [np.minimum.accumulate(place[::-1])[::-1].tolist() for place in places]

    @cached_property
    def hours_until(self) -> list[float]:
        """`available` as a list, which is quicker to search."""
        hours: list[float] = self.available.tolist()
        return hours

    @cached_property
    def cost_by_day(self) -> list[list[float]]:
        """By group, the cost of each day, and at last that of a cluster that is left to the vendor."""
        return [[*cost.tolist(), left] for cost, left in zip(self.costs, self.left, strict=True)]

    def hours_if(self, counts: Mapping[int, int]) -> list[float]:
        """Hours of one cluster of each group, if so many clusters of each are made."""
        hours = list(self.hours)
        for groups, factors in self.waves:
            factor = float(factors[sum(counts.get(group, 0) for group in groups)])
            for group in groups:
                hours[group] *= factor
        return hours

    def days(self, order: Sequence[int], available: Array | None = None) -> list[int]:
        """The day of each cut-over of an order of clusters, each as early as it can be; after the last: left.

        available: other hours until the end of each day.
        """
        until, last = self.hours_until if available is None else available.tolist(), len(self.available)
        named = Counter(order)
        done = self._days(order, self.hours_if(named), until)
        tried = list(range(len(order)))
        while late := self._first_in_part(order, tried, done, named):
            # What is left of one wave makes its others take more; all else is tried again.
            tried = [place for place in tried if done[place] < last or order[place] not in late]
            named = Counter(order[place] for place in tried)
            again = self._days([order[place] for place in tried], self.hours_if(named), until)
            done = [last] * len(order)
            for place, day in zip(tried, again, strict=True):
                done[place] = day
        return done

    def _first_in_part(
        self, order: Sequence[int], tried: Sequence[int], done: Sequence[int], named: Mapping[int, int]
    ) -> frozenset[int]:
        """The groups of the wave that is the first of which a cluster is left that its hours are counted with."""
        if not self.waves:
            return frozenset()
        left = Counter(order[place] for place in tried if done[place] == len(self.available))
        for first in left:  # in the order in which they are left
            for groups, factors in self.waves:
                count = sum(named[group] for group in groups)
                if first in groups and factors[count - sum(left[group] for group in groups)] > factors[count]:
                    return frozenset(groups)
        return frozenset()

    def _days(self, order: Sequence[int], hours: Sequence[float], until: list[float]) -> list[int]:
        at, latest, last, weeks, found = 0.0, 0, len(until), list[int](), list[int]()
        for group in order:
            done = bisect_left(until, at + hours[group] - ROUNDING)
            following = self.following[group]
            day = following[min(max(done, latest), last)]
            if self.per_week and len(weeks) >= self.per_week:
                day = following[min(max(day, (weeks[-self.per_week] // DAYS_OF_WEEK + 1) * DAYS_OF_WEEK), last)]
            found.append(day)
            if day < last:
                at += hours[group]
                latest = day
                weeks.append(day)
        return found

    def cost(self, order: Sequence[int], available: Array | None = None) -> float:
        """USD of all clusters; those that the order does not name are left to the vendor."""
        days = self.days(order, available)
        planned = sum(self.cost_by_day[group][day] for group, day in zip(order, days, strict=True))
        named = Counter(order)
        return planned + sum((count - named[group]) * self.left[group] for group, count in enumerate(self.clusters))

    def without_idle_end(self) -> Task:
        """The same task without the days at its end on which no order makes any cluster.

        They come after one by which the hours of all are there and from which every group that still can cut over can
        do so daily, for the weeks that the cut-overs of all take.
        """
        length, groups = len(self.available), range(len(self.clusters))
        in_waves = {group for several, _ in self.waves for group in several}
        needed = sum(self.hours[group] * self.clusters[group] for group in groups if group not in in_waves)
        needed += sum(
            max(self.hours[group] for group in several) * float((np.arange(len(factors)) * factors).max())
            for several, factors in self.waves
        )
        days = DAYS_OF_WEEK * -(-sum(self.clusters) // self.per_week) if self.per_week else 0
        is_open = np.ones(length, dtype=bool)
        for cost in self.costs:
            is_open &= np.isfinite(cost) | (np.arange(length) > np.max(np.flatnonzero(np.isfinite(cost)), initial=-1))
        closed = np.concatenate([[0], np.cumsum(~is_open)])
        first = bisect_left(self.hours_until, needed - ROUNDING)
        begins = np.arange(first, length - days)
        free = begins[closed[begins + days + 1] == closed[begins]]
        if not len(free):
            return self
        end = int(free[0]) + days + 1
        return replace(self, costs=[cost[:end] for cost in self.costs], available=self.available[:end])

    def in_order(self, order: Sequence[int]) -> list[int]:
        """The same order, in which no cluster comes before those that have to go before it."""
        left, ordered = Counter(order), list[int]()
        depth = {group: len(self.before.get(group, ())) for group in left}
        for group in order:
            for first in sorted((other for other in self.before.get(group, ()) if left[other]), key=depth.__getitem__):
                ordered += [first] * left[first]
                left[first] = 0
            if left[group]:
                ordered.append(group)
                left[group] -= 1
        return ordered


@dataclass(frozen=True)
class Solution:
    """order: the group of each cluster that the team makes, in the order of cut-overs. bound: no plan costs less."""

    order: list[int]
    bound: float
