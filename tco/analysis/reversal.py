"""What would reverse the verdict: the smallest single change of each assumption that makes another option cheapest.

Every assumption with a range is moved alone from its mean, all of them in one design, and where the cheapest option
changes first, the value is narrowed down. How plausible a reversal is, is the probability that the assumption lies
beyond that value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.one_change_reversals import RATES, Moves, at_means, costs_of_moves, paths_of_dates
from tco.scenario.assumptions import Assumption
from tco.scenario.quantiles import quantile

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

Array = NDArray[np.float64]

FURTHEST = (0.01, 0.99)
"""Uncertain assumptions are moved between these quantiles of theirs, fixed ones between their low and high."""
USUAL = (0.05, 0.95)
ROUNDS = (2, 32, 160)
"""Each round divides the stretch that holds the first change into so many parts: 10,240 values in effect.

A change that is undone again before the middle of the way, or between the middle and the end, is missed.
"""
ROUNDS_OF_DATES = (1, 8, 16, 16)
"""The same for what moves dates, where each value has an upgrade calendar of its own: first the ends alone."""
COLUMNS = ("path", "label", "value", "mean", "end", "unit", "cheapest", "distance", "probability")


@dataclass(frozen=True)
class Stretch:
    """A stretch on the way from an assumption's mean to one of its ends, beyond which another option is cheapest.

    left: nearer to the mean. place: of the scenario among those asked about. winner: the option cheapest at the right,
    as a place among its options; -1 before it is known.
    """

    place: int
    path: str
    left: float
    right: float
    winner: int = -1


def reversals(ledger: Ledger, most: int | None = None) -> pd.DataFrame:
    """The single changes of one assumption that make another option cheapest (by NPV), the most plausible first.

    Columns: path, label, value (where it flips), mean, end (the 5th or 95th percentile on that side; low or high of a
    fixed one), unit, cheapest (beyond the value), distance (from the mean to the value, as a share of that to the
    end), probability (of lying beyond the value; NaN for a fixed assumption). All else stands at its mean. Empty where
    no single assumption reverses the verdict. most: so many rows at most; the others are then not narrowed down.
    """
    return reversals_of([ledger], most)[0]


def reversals_of(ledgers: Sequence[Ledger], most: int | None = None) -> list[pd.DataFrame]:
    """`reversals` of each ledger; those of fleets that differ in size alone are evaluated together."""
    scenarios = [ledger.scenario for ledger in ledgers]
    dated = paths_of_dates(*scenarios)
    stretches = [
        Stretch(place, path, entry.mean, end)
        for place, scenario in enumerate(scenarios)
        for path, entry in scenario.assumptions.items()
        for end in _ends(entry)
        if end != entry.mean
    ]
    now: Sequence[int] = ()
    for turn in range(max(len(ROUNDS), len(ROUNDS_OF_DATES))):
        stretches, now = _narrowed(scenarios, stretches, now, turn, dated)
        if most is not None:
            stretches = [
                one
                for place, scenario in enumerate(scenarios)
                for one in _likeliest(scenario, [own for own in stretches if own.place == place], most)
            ]
    frames = []
    for place, scenario in enumerate(scenarios):
        rows = [_row(scenario, one) for one in stretches if one.place == place]
        frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("distance", kind="stable")
        frame = frame.sort_values("probability", ascending=False, na_position="last", kind="stable")
        frames.append(frame.drop_duplicates("path", ignore_index=True).head(len(frame) if most is None else most))
    return frames


def _narrowed(
    scenarios: Sequence[Scenario], stretches: Sequence[Stretch], now: Sequence[int], turn: int, dated: frozenset[str]
) -> tuple[list[Stretch], Sequence[int]]:
    """Of each stretch the part in which the cheapest option changes first; without those in which it never does.

    now: the cheapest option of each scenario at the means of all assumptions, found in the first round; given back.
    """
    alike: dict[tuple[int, int], list[Stretch]] = {}
    found: list[Stretch] = []
    for one in stretches:
        rounds = ROUNDS_OF_DATES if one.path in dated else ROUNDS
        if turn < len(rounds):
            alike.setdefault((one.place, rounds[turn]), []).append(one)
        else:
            found.append(one)
    edges = {}
    for (place, parts), own in alike.items():
        left, right = (np.array([[getattr(one, side)] for one in own]) for side in ("left", "right"))
        edges[place, parts] = left + (right - left) * np.linspace(0, 1, parts + 1)
    known = 1 if turn else 0  # the right end of a stretch has been tried, once there has been a round
    asked = [
        Moves(scenarios[place], [one.path for one in alike[place, parts]], tried[:, 1 : parts + 1 - known])
        for (place, parts), tried in edges.items()
    ]
    at_rest = [] if now else [at_means(scenario) for scenario in scenarios]
    costs_of_all = costs_of_moves([*asked, *at_rest], dated, apart=RATES)
    now = now or [int(costs[0, 0].argmin()) for costs in costs_of_all[len(asked) :]]
    for ((place, parts), own), costs in zip(alike.items(), costs_of_all[: len(asked)], strict=True):
        cheapest = costs.argmin(axis=2)
        if known:
            cheapest = np.column_stack([cheapest, [one.winner for one in own]])
        changed = cheapest != now[place]
        for one, tried, winners, at in zip(own, edges[place, parts], cheapest, changed, strict=True):
            if at.any():
                first = int(at.argmax())
                found.append(
                    replace(one, left=float(tried[first]), right=float(tried[first + 1]), winner=int(winners[first]))
                )
    return found, now


def _likeliest(scenario: Scenario, stretches: Sequence[Stretch], most: int) -> list[Stretch]:
    """The stretches that may hold one of the `most` likeliest reversals; fixed assumptions where others are few.

    A reversal is at least as likely as its stretch's right end, and at most as likely as its left.
    """
    uncertain = [one for one in stretches if scenario.assumptions[one.path].is_uncertain]
    least: dict[str, float] = {}
    for one in uncertain:
        least[one.path] = max(least.get(one.path, 0.0), _beyond(scenario.assumptions[one.path], one, one.right))
    if len(least) < most:
        return list(stretches)
    enough = sorted(least.values(), reverse=True)[most - 1]
    return [one for one in uncertain if _beyond(scenario.assumptions[one.path], one, one.left) >= enough]


def _ends(entry: Assumption) -> tuple[float, ...]:
    """How far down and up an assumption is moved; nowhere where it has no range."""
    if entry.is_uncertain:
        return tuple(quantile(entry, np.array(FURTHEST)).tolist())
    if entry.low is not None and entry.high is not None:
        return entry.low, entry.high
    return ()


def _beyond(entry: Assumption, stretch: Stretch, value: float) -> float:
    """The probability that an uncertain assumption lies beyond a value, on the side of the stretch."""
    shares = np.linspace(0.001, 0.999, 999)
    below = float(np.interp(value, quantile(entry, shares), shares))
    return 1 - below if stretch.right > entry.mean else below


def _row(scenario: Scenario, stretch: Stretch) -> tuple[object, ...]:
    entry = scenario.assumptions[stretch.path]
    value = (stretch.left + stretch.right) / 2
    above = value > entry.mean
    if entry.is_uncertain:
        end, probability = float(quantile(entry, np.array(USUAL))[int(above)]), _beyond(entry, stretch, value)
    else:
        end, probability = float((entry.high if above else entry.low) or 0.0), float("nan")
    distance = abs(value - entry.mean) / abs(end - entry.mean) if end != entry.mean else float("inf")
    winner = list(scenario.options)[stretch.winner]
    return stretch.path, entry.label, value, entry.mean, end, entry.unit, winner, distance, probability
