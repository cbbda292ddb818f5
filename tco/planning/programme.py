"""The integer programme behind a plan: how many clusters of each group cut over by when, at the least cost of slipping.

minimise  sum over groups g and slots t of cost(g, t) x(g, t) + forced cost(g) f(g)
subject to  sum over t of x(g, t) + f(g) = clusters(g);  hours of all that has cut over by t <= hours available by t

Clusters of a group are alike, so that only their number counts, and the order within what is done by a slot is free. A
slot is one day, or some where there are many groups; its cost is that of its first day that can be used, so that the
optimum is a lower bound. What has to go before what is left out, which leaves it one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_VARIABLES = 6_000
MOST_GROUPS = 300
SECONDS = 5.0
GAP = 0.005
DAYS_OF_WEEK = 7


class Found(NamedTuple):
    """order: the group of each cluster in the order of cut-overs, forced ones last; empty where none was found.

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
) -> Found:
    """The cheapest order by group, from each group's clusters, hours of one, cost of one by day and cost if forced."""
    alone = [min(float(np.min(cost, initial=np.inf)), push) for cost, push in zip(costs, forced, strict=True)]
    bound = float(np.dot(alone, clusters))
    if not clusters or len(clusters) > MOST_GROUPS:
        return Found([], bound)
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack, identity, kron, vstack

    groups, length = len(clusters), len(available)
    step = -(-groups * length // MOST_VARIABLES)
    slots = -(-length // step)
    ends = np.minimum(np.arange(1, slots + 1) * step, length) - 1
    padded = [np.concatenate([cost, np.full(slots * step - length, np.inf)]) for cost in costs]
    table = np.array([cost.reshape(slots, step).min(axis=1) for cost in padded])
    possible = np.isfinite(table)
    sizes = np.array(clusters, dtype=float)
    # Variables: x by group and slot, f by group, then the hours used by the end of each slot.
    objective = np.concatenate([np.where(possible, table, 0.0).ravel(), forced, np.zeros(slots)])
    upper = np.concatenate([(possible * sizes[:, None]).ravel(), sizes, available[ends]])
    whole = hstack([kron(identity(groups), np.ones((1, slots))), identity(groups), csr_array((groups, slots))])
    used = identity(slots) - csr_array(
        (np.ones(slots - 1), (np.arange(1, slots), np.arange(slots - 1))), (slots, slots)
    )
    chain = hstack([kron(-np.array([hours], dtype=float), identity(slots)), csr_array((slots, groups)), used])
    rows, low, high = [whole, chain], [sizes, np.zeros(slots)], [sizes, np.zeros(slots)]
    if per_week:
        week = np.arange(slots) * step // DAYS_OF_WEEK
        weeks = csr_array((np.ones(slots), (week, np.arange(slots))))
        rows.append(hstack([kron(np.ones((1, groups)), weeks), csr_array((weeks.shape[0], groups + slots))]))
        low.append(np.zeros(weeks.shape[0]))
        high.append(np.full(weeks.shape[0], per_week * max(1.0, step / DAYS_OF_WEEK)))
    answer = milp(
        objective,
        integrality=np.concatenate([np.ones(groups * slots + groups), np.zeros(slots)]),
        bounds=Bounds(np.zeros(len(upper)), upper),
        constraints=LinearConstraint(vstack(rows), np.concatenate(low), np.concatenate(high)),
        options={"time_limit": SECONDS, "mip_rel_gap": GAP},
    )
    if answer.x is None:
        return Found([], bound)
    counts = np.round(answer.x[: groups * slots].reshape(groups, slots)).astype(int)
    order = [group for slot in range(slots) for group in range(groups) for _ in range(counts[group, slot])]
    left = [group for group in range(groups) for _ in range(clusters[group] - int(counts[group].sum()))]
    known = answer.mip_dual_bound
    return Found([*order, *left], max(bound, float(known) if known is not None else bound))
