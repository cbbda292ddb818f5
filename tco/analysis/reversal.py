"""What would reverse the verdict: the smallest single change of each assumption that makes another option cheapest.

Every assumption with a range is moved alone from its mean, all of them in one design, and where the cheapest option
changes first, the value is narrowed down. How plausible a reversal is, is the probability that the assumption lies
beyond that value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.single_moves import costs_of_moves, paths_of_dates
from tco.assumptions import Assumption
from tco.sampling.quantiles import quantile

if TYPE_CHECKING:
    from tco.ledger import Ledger
    from tco.scenario import Scenario

Array = NDArray[np.float64]

FURTHEST = (0.01, 0.99)
"""Uncertain assumptions are moved between these quantiles of theirs, fixed ones between their low and high."""
USUAL = (0.05, 0.95)
TRIED, TRIED_DATES = 20, 4
"""Values between the mean and an end; fewer where each has an upgrade calendar of its own."""
PARTS, ROUNDS = 8, 3
"""Each round divides the stretch that holds the change into so many parts."""
COLUMNS = ("path", "label", "value", "mean", "end", "unit", "cheapest", "distance", "probability")


def reversals(ledger: Ledger) -> pd.DataFrame:
    """The single changes of one assumption that make another option cheapest (by NPV), the most plausible first.

    Columns: path, label, value (where it flips), mean, end (the 5th or 95th percentile on that side; low or high of a
    fixed one), unit, cheapest (beyond the value), distance (from the mean to the value, as a share of that to the
    end), probability (of lying beyond the value; NaN for a fixed assumption). All else stands at its mean. Empty where
    no single assumption reverses the verdict.
    """
    scenario = ledger.scenario
    ends = {path: _ends(entry) for path, entry in scenario.assumptions.items()}
    moves = [(path, end) for path, pair in ends.items() for end in pair if end != scenario.assumptions[path].mean]
    if not moves:
        return pd.DataFrame(columns=list(COLUMNS))
    dated = paths_of_dates(scenario)
    found = [
        *_first_changes(scenario, [move for move in moves if move[0] not in dated], TRIED, dated),
        *_first_changes(scenario, [move for move in moves if move[0] in dated], TRIED_DATES, dated),
    ]
    options = list(ledger.options)
    rows = [_row(scenario, path, value, options[winner]) for path, value, winner in found]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("distance", kind="stable")
    frame = frame.sort_values("probability", ascending=False, na_position="last", kind="stable")
    return frame.drop_duplicates("path", ignore_index=True)


def _first_changes(
    scenario: Scenario, moves: Sequence[tuple[str, float]], tried: int, dated: frozenset[str]
) -> list[tuple[str, float, int]]:
    """Where the cheapest option changes first on the way from the mean of each path to its end: path, value, winner."""
    if not moves:
        return []
    paths = [path for path, _ in moves]
    left = np.array([scenario.assumptions[path].mean for path in paths])
    right = np.array([end for _, end in moves])
    now = int(costs_of_moves(scenario, paths[:1], left[:1, None], dated)[0, 0].argmin())
    beyond = np.full(len(moves), now)
    for turn in range(ROUNDS + 1):
        edges = left[:, None] + (right - left)[:, None] * np.linspace(0, 1, (PARTS if turn else tried) + 1)
        cheapest = costs_of_moves(scenario, paths, edges[:, 1:], dated).argmin(axis=2)
        changed = cheapest != now
        first, kept = changed.argmax(axis=1), np.flatnonzero(changed.any(axis=1))
        left, right = edges[kept, first[kept]], edges[kept, first[kept] + 1]
        beyond, paths = cheapest[kept, first[kept]], [paths[place] for place in kept]
        if not paths:
            return []
    middle = (left + right) / 2
    return list(zip(paths, middle.tolist(), beyond.tolist(), strict=True))


def _ends(entry: Assumption) -> tuple[float, ...]:
    """How far down and up an assumption is moved; nowhere where it has no range."""
    if entry.is_uncertain:
        return tuple(quantile(entry, np.array(FURTHEST)).tolist())
    if entry.low is not None and entry.high is not None:
        return entry.low, entry.high
    return ()


def _row(scenario: Scenario, path: str, value: float, winner: str) -> tuple[object, ...]:
    entry = scenario.assumptions[path]
    above = value > entry.mean
    if entry.is_uncertain:
        end = float(quantile(entry, np.array(USUAL))[int(above)])
        shares = np.linspace(0.001, 0.999, 999)
        below = float(np.interp(value, quantile(entry, shares), shares))
        probability = 1 - below if above else below
    else:
        end, probability = float((entry.high if above else entry.low) or 0.0), float("nan")
    distance = abs(value - entry.mean) / abs(end - entry.mean) if end != entry.mean else float("inf")
    return path, entry.label, value, entry.mean, end, entry.unit, winner, distance, probability
