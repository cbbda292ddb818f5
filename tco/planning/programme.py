"""The order of cut-overs that slips cost least in, and the least that any plan may cost.

The team makes one cluster after the other, so that a set of cut-overs can be made where the hours of all that have cut
over by a day are available until then. A linear programme over groups and slots of days bounds the cost from below:

    minimise  sum over g and slots t of cost(g, t) x(g, t) + cost(g, vendor) f(g)
    subject to  sum over t of x(g, t) + f(g) = clusters(g)
                by the end of each slot s:  sum over g and t of hours(g, s, t) x(g, t) <= hours available

    hours(g, s, t): all hours of a cluster that cuts over by s, and of a later one those that do not fit between s and t

Its order is rounded to whole clusters. Of fleets up to `MOST_CLUSTERS` the constraint solver CP-SAT (the extra `plan`)
then seeks the cheapest plan of whole clusters and days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import permutations, product
from math import prod
from operator import mul

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import Array
from tco.planning.constraint_solver import NEAR, solved
from tco.planning.cut_over_task import DAYS_OF_WEEK, ROUNDING, Solution, Task

Places = NDArray[np.intp]
MOST_VARIABLES = 10_000
MOST_GROUPS = 300
MOST_CLUSTERS = 300
MOST_STEPS = 1_000_000
"""Clusters times orders that are tried one by one: about a second of work."""


def cheapest(task: Task, orders: Iterable[Sequence[int]]) -> Solution:
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
        return Solution(best, bound)
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
    return Solution(best, min(bound, task.cost(best)))


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


def by_counts(task: Task, known: Sequence[int]) -> Solution | None:
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
    return Solution(best, least)


def relaxed(task: Task) -> Solution | None:
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
    return Solution([group for _, group in sorted(placed)], float(answer.fun))


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
