"""Orders of cut-overs against all that there are, each simulated day by day by a checker that shares no code."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from tco.planning import constraint_solver, programme
from tco.planning.cut_over_task import Task
from tco.planning.programme import cheapest, relaxed

SEEDS = range(12)


def drawn(seed: int, groups: int = 6, clusters: int = 6) -> Task:
    """Up to so many groups and clusters within some months: hours that change by month and are too few, freezes, open
    weekdays, a limit of cut-overs a week, groups before groups, free days at first, dearer later ones, vendors' days,
    waves of which each cluster takes more hours where a part is made.
    """
    one = random.Random(seed)
    days = one.choice([60, 120, 200])
    counts = [1] * one.randint(1, min(groups, clusters))
    for _ in range(clusters - len(counts)):
        counts[one.randrange(len(counts))] += one.random() < 0.7
    hours = [one.choice([3.0, 8.5, 20.0, 41.3]) * one.uniform(0.8, 1.2) for _ in counts]
    rate = np.repeat([one.choice([0.2, 0.5, 1.0, 1.0, 2.0]) for _ in range(days // 30 + 1)], 30)[:days]
    daily = rate * one.choice([0.3, 0.6, 1.2]) * float(np.dot(counts, hours)) / days
    if one.random() < 0.4:
        begin = one.randrange(days)
        daily[begin : begin + 14] = 0.0
    costs, left = [], []
    for _ in counts:
        free, dear, end = one.randrange(days), one.randrange(days), one.choice([days, one.randrange(days)])
        price, places = one.uniform(1, 40), np.arange(days)
        cost = price * (np.clip(places - free, 0, None) + np.clip(places - max(dear, free), 0, None))
        left.append(float(cost[max(end - 1, 0)]) + price + one.choice([0.0, 200.0, 3000.0]))
        cost[: one.choice([0, 10])] = np.inf
        cost[end:] = np.inf
        cost[daily == 0] = np.inf
        if one.random() < 0.4:
            cost[~np.isin(places % 7, [1, 2, 3])] = np.inf
        costs.append(cost)
    before: dict[int, list[int]] = {}
    for then in range(1, len(counts)):
        if one.random() < 0.3:
            first = one.randrange(then)
            before[then] = sorted({first, *before.get(first, ())})
    per_week, waves = one.choice([None, None, 1, 2]), list[tuple[list[int], np.ndarray]]()
    if one.random() < 0.6:  # the fewer of the first groups are made, the more hours each takes
        of_wave = list(range(one.randint(1, len(counts))))
        most = sum(counts[group] for group in of_wave)
        waves = [(of_wave, 1 + one.choice([0.2, 2.0]) * (1 - np.arange(most + 1) / most))]
    return Task(counts, hours, costs, left, daily.cumsum(), per_week, before, waves)


def hours_of(task: Task, order: Sequence[int]) -> list[float]:
    """Hours of one cluster of each group, if this is what is made."""
    hours = list(task.hours)
    for groups, factors in task.waves:
        for group in groups:
            hours[group] *= float(factors[sum(other in groups for other in order)])
    return hours


def days_of(task: Task, order: tuple[int, ...]) -> list[int] | None:
    """The days on which a team makes clusters one after the other, day by day; None where it does not make all."""
    found, hours = list[int](), hours_of(task, order)
    worked = task.available[0]
    day, this_week = 0, 0
    for group in order:
        needed = hours[group]
        while True:
            full = task.per_week is not None and this_week >= task.per_week
            spent = sum(hours[other] for other in order[: len(found)])
            if worked - spent >= needed - 1e-6 and np.isfinite(task.costs[group][day]) and not full:
                break
            day += 1
            if day >= len(task.available):
                return None
            worked = task.available[day]
            this_week = 0 if day % 7 == 0 else this_week
        found.append(day)
        this_week += 1
    return found


def all_orders(task: Task) -> Iterator[tuple[int, ...]]:
    """All orders of all parts of the clusters, in which nothing comes before what has to go before it."""
    every = [group for group, count in enumerate(task.clusters) for _ in range(count)]
    for count in range(len(every) + 1):
        for order in set(permutations(every, count)):
            if not any(other in task.before.get(group, ()) for place, group in enumerate(order)
                       for other in order[place + 1 :]):  # fmt: skip
                yield order


def cost_of(task: Task, order: tuple[int, ...]) -> float:
    days = days_of(task, order)
    if days is None:
        return float("inf")
    made = sum(task.costs[group][day] for group, day in zip(order, days, strict=True))
    left = [count - order.count(group) for group, count in enumerate(task.clusters)]
    return float(made + np.dot(left, task.left))


def started(task: Task) -> list[list[int]]:
    """One simple order to begin with: group by group."""
    return [[group for group, count in enumerate(task.clusters) for _ in range(count)]]


def faults(task: Task, order: list[int]) -> list[str]:
    """What is wrong with the days of an order, from the days alone."""
    made = [(day, group) for group, day in zip(order, task.days(order), strict=True) if day < len(task.available)]
    wrong = [f"group {group} on a closed day {day}" for day, group in made if not np.isfinite(task.costs[group][day])]
    hours = hours_of(task, [group for _, group in made])
    spent = [sum(hours[group] for on, group in made if on <= day) for day in range(len(task.available))]
    wrong += ["more hours than there are"] if (np.array(spent) > task.available + 1e-5).any() else []
    weeks = [day // 7 for day, _ in made]
    wrong += [f"too many in week {week}" for week in set(weeks) if task.per_week and weeks.count(week) > task.per_week]
    wrong += [f"{group} before {its}" for day, group in made for other, its in made
              if its in task.before.get(group, ()) and other > day]  # fmt: skip
    wrong += [] if all(order.count(group) <= count for group, count in enumerate(task.clusters)) else ["too many"]
    return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_a_small_fleet_is_cheaper_and_the_bound_says_so(seed: int) -> None:
    pytest.importorskip("ortools", reason="the extra `plan`")
    task = drawn(seed, clusters=5)
    found = cheapest(task, started(task))
    least = min(cost_of(task, order) for order in all_orders(task))
    assert faults(task, found.order) == []
    assert task.cost(found.order) == pytest.approx(least, rel=1e-3, abs=0.05)
    assert found.bound <= least + 1e-6
    assert found.bound == pytest.approx(least, rel=1e-3, abs=0.1)


def test_where_all_cut_over_on_the_same_days_the_least_cost_is_found_by_counts() -> None:
    found = 0
    for seed in range(40):
        task = drawn(seed, clusters=4)
        order = task.in_order(started(task)[0])
        if exact := programme.by_counts(task, order):
            found += 1
            least = min(cost_of(task, order) for order in all_orders(task))
            assert exact.bound == pytest.approx(least)
            assert task.cost(exact.order) == pytest.approx(least)
            assert faults(task, exact.order) == []
    assert found > 4


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_solver_an_order_is_feasible_and_its_bound_holds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constraint_solver, "solver_missing", lambda: True)
    task = drawn(seed, clusters=5)
    found = cheapest(task, started(task))
    least = min(cost_of(task, order) for order in all_orders(task))
    assert faults(task, found.order) == []
    assert found.bound <= least + 1e-6 <= task.cost(found.order) + 2e-6


@pytest.mark.parametrize("seed", range(3))
def test_the_programme_bounds_fleets_that_are_too_large_to_try_all_orders(seed: int) -> None:
    """Of twenty groups no order that is found costs less than the linear programme says; and they are feasible."""
    task = drawn(100 + seed, groups=20, clusters=40)
    bound = relaxed(task)
    assert bound
    found = cheapest(task, started(task))
    assert bound.bound <= found.bound + 1e-6 <= task.cost(found.order) + 2e-6
    assert faults(task, found.order) == []
    assert cheapest(task, started(task)) == found, "the same on every run"


def test_days_that_no_order_needs_change_no_order() -> None:
    shorter = 0
    for seed in range(80):
        task = drawn(seed, groups=5, clusters=9)
        task = replace(task, available=task.available * 3)
        short, one = task.without_idle_end(), random.Random(seed)
        shorter += len(short.available) < len(task.available)
        every = [group for group, count in enumerate(task.clusters) for _ in range(count)]
        for _ in range(30):
            order = task.in_order(one.sample(every, one.randint(0, len(every))))
            days, ends = task.days(order), len(task.available)
            assert [day if day < ends else None for day in days] == [
                day if day < len(short.available) else None for day in short.days(order)
            ]
            assert short.cost(order) == task.cost(order)
    assert shorter > 20
