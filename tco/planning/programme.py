"""The order of cut-overs that slips cost least in, and the least that any plan may cost.

Clusters of a group are alike, so that only how many of each are done counts. The team makes one after the other, so
that what is done tells when: the day on which as many hours have been worked.

    least(n) = min over groups g of least(n less one of g) + cost(g, day on which hours(n) have been worked)
    optimum  = min over n of least(n) + sum over g of (clusters(g) - n(g)) x cost(g, left to the vendor)

That is exact, and is solved for all n where those are few enough. Of larger fleets the order is that of a linear
programme over groups and slots of days, whose optimum is a lower bound:

    minimise  sum over g and slots t of cost(g, t) x(g, t) + cost(g, vendor) f(g)
    subject to  sum over t of x(g, t) + f(g) = clusters(g);  hours of all that is done by t <= hours available by t

The cost of a slot is that of its first day that can be used, and what has to go before what is left out, so that the
bound is one. Neither has a limit of time: the same inputs give the same order on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_STATES = 300_000
MOST_VARIABLES = 4_000
MOST_GROUPS = 300
ROUNDING = 1e-6
DAYS_OF_WEEK = 7


class Found(NamedTuple):
    """order: the group of each cluster in the order of cut-overs, forced ones last; empty where none was sought.

    bound: no plan costs less.
    """

    order: list[int]
    bound: float


def cheapest_counts(
    clusters: Sequence[int],
    hours: Sequence[float],
    costs: Sequence[Array],
    forced: Sequence[float],
    available: Array,
    per_week: int | None,
    before: Mapping[int, Sequence[int]],
) -> Found:
    """The cheapest order by group, from each group's clusters, hours of one, cost of one by day and cost if forced.

    costs are infinite on days on which a group cannot cut over, and else do not fall from day to day. before: groups
    that go before others, which only the exact search knows; a limit of cut-overs a week only the linear programme.
    """
    alone = [min(float(np.min(cost, initial=np.inf)), push) for cost, push in zip(costs, forced, strict=True)]
    bound = float(np.dot(alone, clusters))
    if not clusters or len(clusters) > MOST_GROUPS:
        return Found([], bound)
    if prod(count + 1 for count in clusters) <= MOST_STATES:
        found = _exact(clusters, hours, costs, forced, available, before)
    else:
        found = _relaxed(clusters, hours, costs, forced, available, per_week)
    return Found(found.order, max(bound, found.bound))


def _exact(
    clusters: Sequence[int], hours: Sequence[float], costs: Sequence[Array], forced: Sequence[float], available: Array,
    before: Mapping[int, Sequence[int]],
) -> Found:  # fmt: skip
    shape = tuple(count + 1 for count in clusters)
    counts = np.indices(shape).reshape(len(shape), -1)
    strides = [prod(shape[place + 1 :]) for place in range(len(shape))]
    worked = np.array(hours, dtype=float) @ counts
    days = np.minimum(np.searchsorted(available, worked - ROUNDING), len(available))
    # The cost of the first possible day from each day on; after the last there is none.
    onward = [np.append(np.minimum.accumulate(cost[::-1])[::-1], np.inf) for cost in costs]
    least, chosen = np.full(counts.shape[1], np.inf), np.full(counts.shape[1], -1)
    least[0] = 0.0
    layers = counts.sum(axis=0)
    order = np.argsort(layers, kind="stable")
    ends = np.cumsum(np.bincount(layers))
    for begin, end in pairwise(ends):
        states = order[begin:end]
        for group in range(len(shape)):
            there = states[counts[group, states] > 0]
            earlier = there - strides[group]
            value = least[earlier] + onward[group][days[there]]
            for other in before.get(group, ()):  # done, or out of reach
                value[(counts[other, earlier] < clusters[other]) & np.isfinite(onward[other][days[earlier]])] = np.inf
            better = value < least[there]
            least[there[better]], chosen[there[better]] = value[better], group
    left = (np.array(clusters)[:, None] - counts).T @ np.array(forced, dtype=float)
    state = int(np.argmin(least + left))
    bound, last = float(least[state] + left[state]), counts[:, state]
    found: list[int] = []
    while chosen[state] >= 0:
        found.append(int(chosen[state]))
        state -= strides[found[-1]]
    rest = [group for group, count in enumerate(clusters) for _ in range(count - int(last[group]))]
    return Found([*found[::-1], *rest], bound)


def _relaxed(
    clusters: Sequence[int], hours: Sequence[float], costs: Sequence[Array], forced: Sequence[float], available: Array,
    per_week: int | None,
) -> Found:  # fmt: skip
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, identity, kron, vstack

    groups, length = len(clusters), len(available)
    step = -(-groups * length // MOST_VARIABLES)
    slots = -(-length // step)
    ends = np.minimum(np.arange(1, slots + 1) * step, length) - 1
    padded = [np.concatenate([cost, np.full(slots * step - length, np.inf)]) for cost in costs]
    table = np.array([cost.reshape(slots, step).min(axis=1) for cost in padded])
    possible, sizes = np.isfinite(table), np.array(clusters, dtype=float)
    # Variables: x by group and slot, f by group, then the hours used by the end of each slot.
    objective = np.concatenate([np.where(possible, table, 0.0).ravel(), forced, np.zeros(slots)])
    upper = np.concatenate([(possible * sizes[:, None]).ravel(), sizes, available[ends]])
    whole = hstack([kron(identity(groups), np.ones((1, slots))), identity(groups), csr_array((groups, slots))])
    used = identity(slots) - csr_array(
        (np.ones(slots - 1), (np.arange(1, slots), np.arange(slots - 1))), (slots, slots)
    )
    chain = hstack([kron(-np.array([hours], dtype=float), identity(slots)), csr_array((slots, groups)), used])
    limits, most = None, None
    if per_week:
        week = np.arange(slots) * step // DAYS_OF_WEEK
        weeks = csr_array((np.ones(slots), (week, np.arange(slots))))
        limits = hstack([kron(np.ones((1, groups)), weeks), csr_array((weeks.shape[0], groups + slots))])
        touched = 1 - (1 - step) // DAYS_OF_WEEK  # calendar weeks in which slots that begin in one may end
        most = np.full(weeks.shape[0], float(per_week * touched))
    answer = linprog(
        objective, limits, most, vstack([whole, chain]), np.concatenate([sizes, np.zeros(slots)]),
        np.column_stack([np.zeros(len(upper)), upper]), method="highs",
    )  # fmt: skip
    if answer.x is None:
        return Found([], float("-inf"))
    done = answer.x[: groups * slots].reshape(groups, slots).cumsum(axis=1)
    placed = [
        (int(np.searchsorted(done[group], number + 1 - ROUNDING)), group)
        for group in range(groups) for number in range(clusters[group])
    ]  # fmt: skip
    return Found([group for _, group in sorted(placed)], float(answer.fun))
