"""The order of cut-overs that slips cost least in, and the least that any plan may cost.

The team makes one cluster after the other, so that a set of cut-overs can be made where the hours of all that have cut
over by a day are available until then. A linear programme over groups and slots of days bounds the cost from below:

    minimise  sum over g and slots t of cost(g, t) x(g, t) + cost(g, vendor) f(g)
    subject to  sum over t of x(g, t) + f(g) = clusters(g)
                by the end of each slot s:  sum over g and t of hours(g, s, t) x(g, t) <= hours available

    hours(g, s, t): all hours of a cluster that cuts over by s, and of a later one those that do not fit between s and t

Its order is rounded to whole clusters. Of fleets up to `MOST_CLUSTERS` the constraint solver CP-SAT (the extra `plan`)
then seeks the cheapest plan of whole clusters and days. It ends after a fixed amount of work, not of time: the same
inputs give the same plan on every machine.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise, permutations, product
from math import prod
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import Array

Places = NDArray[np.intp]
MOST_VARIABLES = 10_000
MOST_GROUPS = 300
MOST_CLUSTERS = 300
WORK = 4.0
"""Of CP-SAT, in its own units of deterministic time: some seconds of a processor."""
NEAR = 1e-4
"""A plan that costs so little more than the bound, as a share, is not improved."""
SCALE = 100
"""CP-SAT counts in whole hundredths of hours and dollars."""
MOST_STEPS = 1_000_000
"""Clusters times orders that are tried one by one: about a second of work."""
EVEN = 1e-3
"""A change of a day's cost, as a share of it, that is none."""
ROUNDING = 1e-6
DAYS_OF_WEEK = 7


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
class Found:
    """order: the group of each cluster that the team makes, in the order of cut-overs. bound: no plan costs less."""

    order: list[int]
    bound: float


def solver_missing() -> bool:
    """Whether the extra `plan` is not installed."""
    return find_spec("ortools") is None


def cheapest(task: Task, orders: Iterable[Sequence[int]]) -> Found:
    """The cheapest of several orders, of moves in it, and of what CP-SAT finds, with the least that any may cost."""

    def better(best: list[int], *others: Sequence[int]) -> list[int]:
        return min([best, *map(task.in_order, others)], key=task.cost)

    if sum(task.clusters) <= MOST_CLUSTERS:  # of larger fleets slots are as coarse without it
        task = task.without_idle_end()
    first, *others = map(task.in_order, orders)
    best = better(first, *others)
    alone = [min(float(np.min(cost, initial=np.inf)), left) for cost, left in zip(task.costs, task.left, strict=True)]
    bound = float(np.dot(alone, task.clusters))
    if task.cost(best) <= bound + ROUNDING:
        return Found(best, bound)
    if programme := relaxed(task):
        best, bound = better(best, programme.order), max(bound, programme.bound)
    if task.cost(best) > bound * (1 + NEAR):
        best = _with_moves(_without_some(best, task), task)
    if task.cost(best) > bound * (1 + NEAR) and (exact := by_counts(task, best)):
        return exact
    if (
        task.cost(best) > bound * (1 + NEAR)
        and sum(task.clusters) <= MOST_CLUSTERS
        and (answer := solved(task, best, bound))
    ):
        best, bound = better(best, answer.order), answer.bound
    return Found(best, min(bound, task.cost(best)))


def _without_some(order: Sequence[int], task: Task) -> list[int]:
    """The order without those groups, one after the other, without which it costs less: others have their hours."""
    best, least = list(order), task.cost(order)
    while len(order) * len(task.clusters) <= MOST_STEPS:
        shorter = [[other for other in best if other != group] for group in dict.fromkeys(best)]
        shortest = min(shorter, key=task.cost, default=best)
        if task.cost(shortest) >= least - ROUNDING:
            break
        best, least = shortest, task.cost(shortest)
    return best


def _with_moves(order: Sequence[int], task: Task) -> list[int]:
    """The order after moves of one cluster to another place, each of which saves, until none does or steps run out."""
    best, least, steps = list(order), task.cost(order), MOST_STEPS // max(len(order), 1)
    saves = steps > len(order)
    while saves and steps > 0:
        saves = False
        for since, until in permutations(range(len(best)), 2):
            if best[since] == best[until]:
                continue
            tried = best[:since] + best[since + 1 :]
            tried.insert(until, best[since])
            steps -= 1
            if (not task.before or task.in_order(tried) == tried) and (now := task.cost(tried)) < least - ROUNDING:
                best, least, saves = tried, now, True
            if steps <= 0:
                break
    return best


def by_counts(task: Task, known: Sequence[int]) -> Found | None:
    """The cheapest order of all, no dearer than a known one; None where its steps are too many or days differ.

    Where all groups may cut over on the same days, and weeks have no limit, what the next cluster costs depends on how
    many of each group are made before it, not on their order. So the least cost of each such state is worked out from
    those of one cluster less, for each number of clusters that are made at last, with which their hours go.
    """
    is_open = np.isfinite(np.array(task.costs))
    ends = [np.flatnonzero(days)[-1] + 1 if days.any() else 0 for days in is_open]
    shared = np.asarray(is_open.any(axis=0))
    if task.per_week or any((days[:end] != shared[:end]).any() for days, end in zip(is_open, ends, strict=True)):
        return None
    best, least, steps, length = list(known), task.cost(known), 0, len(task.available)
    groups = range(len(task.clusters))
    if len(groups) * prod(count + 1 for count in task.clusters) > MOST_STEPS:
        return None
    for counts in product(*(range(count, -1, -1) for count in task.clusters)):
        left = sum((task.clusters[group] - counts[group]) * task.left[group] for group in groups)
        if left >= least - ROUNDING:
            continue
        hours, reached = task.hours_if(dict(enumerate(counts))), {tuple(0 for _ in counts): (left, -1)}
        for state in product(*(range(count + 1) for count in counts)):
            cost, _ = reached.get(state, (least, -1))
            if cost >= least - ROUNDING:
                continue
            spent = sum(map(mul, state, hours))
            for group in groups:
                if state[group] == counts[group] or any(state[one] < counts[one] for one in task.before.get(group, ())):
                    continue
                steps += 1
                day = task.following[group][bisect_left(task.hours_until, spent + hours[group] - ROUNDING)]
                then = (*state[:group], state[group] + 1, *state[group + 1 :])
                now = cost + task.cost_by_day[group][day]
                if day < length and now < reached.get(then, (least, -1))[0]:
                    reached[then] = now, group
        if steps > MOST_STEPS:
            return None
        if counts in reached and reached[counts][0] < least - ROUNDING:
            least, state, best = reached[counts][0], counts, []
            while any(state):
                group = reached[state][1]
                best.insert(0, group)
                state = (*state[:group], state[group] - 1, *state[group + 1 :])
    return Found(best, least)


def relaxed(task: Task) -> Found | None:
    """The bound of the linear programme, and its order in whole clusters; None for more groups than it is made for."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, identity, kron, vstack

    groups, length = len(task.clusters), len(task.available)
    if not 0 < groups <= MOST_GROUPS:
        return None
    starts = _slots(task)
    slots, ends = len(starts), np.append(starts[1:], length) - 1
    table = np.array([np.minimum.reduceat(cost, starts) for cost in task.costs])
    possible, sizes, until = np.isfinite(table), np.array(task.clusters, dtype=float), task.available[ends]
    # Variables: x by group and slot; f by group; hours used by the end of each slot; clusters done by then of groups in
    # an order.
    follows = sorted(task.before)
    ordered = sorted({*follows, *(other for group in follows for other in task.before[group])})
    further = slots * (1 + len(ordered))
    objective = np.concatenate([np.where(possible, table, 0.0).ravel(), task.left, np.zeros(further)])
    upper = np.concatenate([(possible * sizes[:, None]).ravel(), sizes, until, np.repeat(sizes[ordered], slots)])
    steps = identity(slots) - csr_array((np.ones(slots - 1), (range(1, slots), range(slots - 1))), (slots, slots))
    spent = [csr_array(np.diff(_spent(hours, until), axis=0, prepend=0.0)) for hours in task.hours]
    picked = csr_array((np.ones(len(ordered)), (range(len(ordered)), ordered)), (len(ordered), groups))
    equal = vstack([
        hstack([kron(identity(groups), np.ones((1, slots))), identity(groups), csr_array((groups, further))]),
        hstack([*(-one for one in spent), csr_array((slots, groups)), steps, csr_array((slots, further - slots))]),
        hstack([-kron(picked, identity(slots)), csr_array((len(ordered) * slots, groups + slots)),
                kron(identity(len(ordered)), steps)]),
    ])  # fmt: skip
    limits, most = [], []
    if task.per_week:
        weeks = csr_array((np.ones(slots), (starts // DAYS_OF_WEEK, range(slots))))
        limits.append(hstack([kron(np.ones((1, groups)), weeks), csr_array((weeks.shape[0], groups + further))]))
        longest = -(-int((ends - starts + 1).max()) // DAYS_OF_WEEK)
        most.append(np.full(weeks.shape[0], float(task.per_week * longest)))
    if follows:
        shares = np.zeros((len(follows), groups))
        for row, group in enumerate(follows):
            shares[row, task.before[group]] = -1 / sizes[task.before[group]].sum()
        left = kron(csr_array(shares), np.ones((slots, 1)))
        shares[range(len(follows)), follows] = 1 / sizes[follows]
        done = kron(csr_array(shares[:, ordered]), identity(slots))
        rows = len(follows) * slots
        limits.append(hstack([csr_array((rows, groups * slots)), left, csr_array((rows, slots)), done]))
        most.append(np.zeros(rows))
    answer = linprog(
        objective, vstack(limits) if limits else None, np.concatenate(most) if most else None,
        equal, np.concatenate([sizes, np.zeros(further)]), np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
    )  # fmt: skip
    if answer.x is None:
        return None
    finished = answer.x[: groups * slots].reshape(groups, slots).cumsum(axis=1)
    placed = [
        (int(np.searchsorted(finished[group], number + 1 - ROUNDING)), group)
        for group in range(groups) for number in range(task.clusters[group])
    ]  # fmt: skip
    return Found([group for _, group in sorted(placed)], float(answer.fun))


def _slots(task: Task) -> Places:
    """The first day of each slot; parts of weeks or whole ones where cut-overs of a week are limited."""
    length = len(task.available)
    count = max(MOST_VARIABLES // len(task.clusters), 1)
    if task.per_week:
        weeks = -(-length // DAYS_OF_WEEK)
        if count < weeks:
            return np.arange(0, length, DAYS_OF_WEEK * -(-weeks // count))
        in_week = min(max(round(count / weeks), 1), DAYS_OF_WEEK)
        starts = (np.arange(weeks)[:, None] * DAYS_OF_WEEK + np.arange(in_week) * DAYS_OF_WEEK // in_week).ravel()
        return starts[starts < length]
    return np.unique(np.linspace(0, length, min(count, length), endpoint=False).astype(int))


def _spent(hours: float, until: Array) -> Array:
    """Hours that a cluster has taken by the end of each slot (row) if it cuts over in each slot (column)."""
    return np.where(np.tri(len(until), dtype=bool), hours, np.clip(hours - (until - until[:, None]), 0.0, hours))


def solved(task: Task, known: Sequence[int], bound: float) -> Found | None:
    """The cheapest plan that CP-SAT finds, and how far it has proved that none costs less; None without the extra.

    known: the best order known. bound: as far as known.
    """
    if solver_missing():
        return None
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    sizes = [_hours_of(model, task, group) for group in range(len(task.clusters))]
    variables = [_clusters_of(model, task, group, sizes[group]) for group in range(len(task.clusters))]
    for groups, factors in task.waves:
        planned = sum(one.planned for group in groups for one in variables[group])
        for group in groups:
            if factors[0] > 1:
                model.add_element(planned, _in_scale(task.hours[group] * factors), sizes[group])
    every = [one for of_group in variables for one in of_group]
    model.add_no_overlap([one.work for one in every])
    if task.per_week:
        model.add_cumulative([one.in_week for one in every], [1] * len(every), task.per_week)
    for group, earlier in task.before.items():
        for first in variables[group][:1]:
            for other in (one for place in earlier for one in variables[place]):
                model.add(other.day <= first.day).only_enforce_if(other.planned, first.planned)
                model.add(other.until <= first.until).only_enforce_if(other.planned, first.planned)
    never = sum(left * count for left, count, ones in zip(task.left, task.clusters, variables, strict=True) if not ones)
    total = sum(one.cost for one in every)
    model.add(total >= int(np.floor((bound - never) * SCALE)) - len(every))
    model.minimize(total)
    counted = dict.fromkeys(range(len(variables)), 0)
    for group, day in zip(known, task.days(known), strict=True):
        if day < len(task.available):
            model.add_hint(variables[group][counted[group]].day, day)
            counted[group] += 1
    for group, ones in enumerate(variables):
        for number, one in enumerate(ones):
            model.add_hint(one.planned, number < counted[group])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = WORK
    solver.parameters.relative_gap_limit = NEAR
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    planned = sorted(
        (solver.value(one.day), solver.value(one.until), group)
        for group, ones in enumerate(variables) for one in ones if solver.value(one.planned)
    )  # fmt: skip
    return Found([group for *_, group in planned], max(solver.best_objective_bound / SCALE + never, bound))


@dataclass(frozen=True)
class _Cluster:
    """The variables of one cluster: whether the team makes it, the day of its cut-over, hours until its work is done,
    its cost, and its work and its week as intervals.
    """

    planned: Any
    day: Any
    until: Any
    cost: Any
    work: Any
    in_week: Any


def _in_scale(hours: Array) -> list[int]:
    scaled: list[int] = (hours * SCALE).astype(int).tolist()
    return scaled


def _hours_of(model: Any, task: Task, group: int) -> Any:
    """The hours of one cluster of a group: a number, or a variable where they follow how many of its wave are made."""
    for groups, factors in task.waves:
        if group in groups and factors[0] > 1:
            most, *_, least = _in_scale(task.hours[group] * factors)
            return model.new_int_var(least, most, "")
    return int(task.hours[group] * SCALE)


def _clusters_of(model: Any, task: Task, group: int, hours: Any) -> list[_Cluster]:
    """The clusters of a group, one after the other; none where it cannot cut over on any day."""
    from ortools.sat.python import cp_model

    cost, left, available = task.costs[group], task.left[group], task.available
    open_days = np.flatnonzero(np.isfinite(cost))
    if not len(open_days):
        return []
    least, most = int(task.hours[group] * SCALE), int(np.ceil(available[-1] * SCALE))
    weeks = len(available) // DAYS_OF_WEEK
    pieces = _pieces(cost, available)
    highest = int(np.ceil(max(cost[open_days].max(), left) * SCALE))
    clusters = list[_Cluster]()
    for _ in range(task.clusters[group]):
        planned = model.new_bool_var("")
        day = model.new_int_var_from_domain(cp_model.Domain.from_values(open_days.tolist()), "")
        begun, until = model.new_int_var(0, most, ""), model.new_int_var(least, max(most, least), "")
        paid, week = model.new_int_var(0, highest, ""), model.new_int_var(0, weeks, "")
        model.add_division_equality(week, day, DAYS_OF_WEEK)
        within = [model.new_bool_var("") for _ in pieces]
        model.add_exactly_one(within)
        model.add(paid >= int(left * SCALE)).only_enforce_if(~planned)
        for (first, last), inside in zip(pieces, within, strict=True):
            model.add_linear_constraint(day, first, last).only_enforce_if(inside)
            base, daily = _line(np.ceil, available[first : last + 1] + ROUNDING)
            model.add(until * SCALE <= base + daily * (day - first)).only_enforce_if(inside, planned)
            base, daily = _line(np.floor, cost[first : last + 1])
            lower = base + daily * (open_days - first) <= cost[open_days] * SCALE**2 + 1
            where = [planned] if lower.all() else [planned, inside]
            model.add(paid * SCALE >= base + daily * (day - first)).only_enforce_if(*where)
        for before in clusters[-1:]:
            model.add_implication(planned, before.planned)
            model.add(before.day <= day)
            model.add(before.until + hours <= until).only_enforce_if(planned)
        clusters.append(_Cluster(
            planned, day, until, paid, model.new_optional_interval_var(begun, hours, until, planned, ""),
            model.new_optional_fixed_size_interval_var(week, 1, planned, ""),
        ))  # fmt: skip
    return clusters


def _pieces(cost: Array, available: Array) -> list[tuple[int, int]]:
    """Spans of days, ends included, in which hours and costs grow evenly and on some of which a group can cut over."""
    days = np.flatnonzero(np.isfinite(cost))
    slopes = np.diff(cost[days]) / np.diff(days)
    bent = days[1:-1][np.abs(np.diff(slopes)) > EVEN * np.maximum(np.abs(slopes[1:]), 1)]
    broken = np.flatnonzero(np.abs(np.diff(available, n=2, prepend=0.0)) > ROUNDING) + 1
    cuts = np.unique([days[0], *(bent + 1), *broken, days[-1] + 1])
    cuts = cuts[(cuts >= days[0]) & (cuts <= days[-1] + 1)]
    return [(int(begin), int(end) - 1) for begin, end in pairwise(cuts) if np.isfinite(cost[begin:end]).any()]


def _line(rounded: Any, values: Array) -> tuple[int, int]:
    """First value and slope of a line not above (floor) or below (ceil) the finite values of a piece, in SCALE^2."""
    known = np.flatnonzero(np.isfinite(values))
    slope = int(rounded((values[known[-1]] - values[known[0]]) / max(known[-1] - known[0], 1) * SCALE**2))
    bases = values[known] * SCALE**2 - slope * known
    return int(rounded(bases.min() if rounded is np.floor else bases.max())), slope
