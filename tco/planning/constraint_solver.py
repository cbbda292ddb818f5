"""The cheapest plan of whole clusters and days that the constraint solver CP-SAT finds (the extra `plan`).

It ends after a fixed amount of work, not of time: the same inputs give the same plan on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np

from tco.evaluation.ledger_line import Array
from tco.planning.cut_over_task import DAYS_OF_WEEK, ROUNDING, Solution, Task

WORK = 4.0
"""Of CP-SAT, in its own units of deterministic time: some seconds of a processor."""
NEAR = 1e-4
"""A plan that costs so little more than the bound, as a share, is not improved."""
SCALE = 100
"""CP-SAT counts in whole hundredths of hours and dollars."""
EVEN = 1e-3
"""A change of a day's cost, as a share of it, that is none."""


def solver_missing() -> bool:
    """Whether the extra `plan` is not installed."""
    return find_spec("ortools") is None


def solved(task: Task, known: Sequence[int], bound: float) -> Solution | None:
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
    return Solution([group for *_, group in planned], max(solver.best_objective_bound / SCALE + never, bound))


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
