"""The values of one number at which the cheapest option changes, found by narrowing intervals in each draw.

Values are first tried three steps apart, and those between them only if costs are so close that a change is possible.
The intervals that hold a change are divided twice into ten parts; within the part that holds it, costs are taken to be
linear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.analysis.distribution import percentiles
from tco.evaluation.ledger_line import Array

Places = NDArray[np.intp]
Costs = Callable[[Places, Array], Array]
"""The cost of every option, (rows, options), in draws (rows,) at values (rows,)."""

BAND = ("p10", "p90", "share")
"""Columns of the distribution of a change over draws."""
STEP = 3
"""Every third of an ascending list of values is tried in every draw."""
BEND = 0.5
"""A lead may be lost between two values if it is below this share of its second difference (a parabola: an eighth)."""
ROUNDS, PARTS = 2, 10
"""How often an interval with a change is divided, into so many parts: to a hundredth of its width."""


@dataclass(frozen=True)
class Intervals:
    """Intervals in which the cheapest option changes, one per row.

    draw: the draw of each. left, right: its ends. left_costs, right_costs: costs there, (rows, options).
    """

    draw: Places
    left: Array
    right: Array
    left_costs: Array
    right_costs: Array

    @property
    def below(self) -> Places:
        """The cheapest option at the left."""
        cheapest: Places = self.left_costs.argmin(axis=1)
        return cheapest

    @property
    def above(self) -> Places:
        """The cheapest option at the right."""
        cheapest: Places = self.right_costs.argmin(axis=1)
        return cheapest

    @property
    def value(self) -> Array:
        """The value at which the two options would cost the same if costs were linear."""
        rows = np.arange(len(self.draw))
        lead = self.left_costs[rows, self.above] - self.left_costs[rows, self.below]
        lost = self.right_costs[rows, self.below] - self.right_costs[rows, self.above]
        whole = lead + lost
        value: Array = self.left + (self.right - self.left) * np.where(
            whole > 0, lead / np.where(whole > 0, whole, 1.0), 0.5
        )
        return value

    def at(self, rows: Places | NDArray[np.bool_]) -> Intervals:
        """The intervals of these rows."""
        return Intervals(*(column[rows] for column in vars(self).values()))


def costs_by_draw(tried: Array, draws: int, costs: Costs) -> Array:
    """The cost of every option at each value in every draw, (values, draws, options).

    If no change is possible at a value, the costs are those at the last value evaluated. tried: ascending; their number
    is a multiple of three, plus one.
    """
    coarse = np.arange(0, len(tried), STEP)
    first = costs(np.tile(np.arange(draws), len(coarse)), np.repeat(tried[coarse], draws))
    first = first.reshape(len(coarse), draws, -1)
    known = np.repeat(first, STEP, axis=0)[: len(tried)]
    place, draw = np.nonzero(_may_change(first))
    between = (place[:, None] * STEP + np.arange(1, STEP)).ravel()
    rows = np.repeat(draw, STEP - 1)
    if len(rows):
        known[between, rows] = costs(rows, tried[between])
    return known


def _may_change(costs: Array) -> NDArray[np.bool_]:
    """Whether the cheapest option may change between neighbouring values, (values - 1, draws)."""
    count, draws, _ = costs.shape
    cheapest, everyone = costs.argmin(axis=2), np.arange(draws)
    possible: NDArray[np.bool_] = cheapest[1:] != cheapest[:-1]
    for place in range(count - 1):
        first = max(place - 1, 0)
        near = costs[first : place + 3]
        lead = near - near[:, everyone, cheapest[place]][:, :, None]
        bends = np.abs(np.diff(lead, n=2, axis=0)).max(axis=0, initial=0.0)
        least = np.minimum(lead[place - first], lead[place - first + 1])
        possible[place] |= (least < BEND * bends).any(axis=1)
    return possible


def intervals_of_change(tried: Array, costs: Array) -> Intervals:
    """The intervals between neighbouring values in which the cheapest option changes.

    tried: ascending. costs: (values, draws, options).
    """
    cheapest = costs.argmin(axis=2)
    draw, place = np.nonzero((cheapest[1:] != cheapest[:-1]).T)
    return Intervals(draw, tried[place], tried[place + 1], costs[place, draw], costs[place + 1, draw])


def narrowed(intervals: Intervals, costs: Costs) -> Intervals:
    """The narrowed intervals with changes, by draw and value; one interval may contain several changes."""
    for _ in range(ROUNDS if len(intervals.draw) else 0):
        draw, ends = intervals.draw, (intervals.left, intervals.right)
        edges = np.linspace(*ends, PARTS + 1, axis=1)
        inside = edges[:, 1:-1]
        tried = costs(np.repeat(draw, inside.shape[1]), inside.ravel()).reshape(*inside.shape, -1)
        known = np.concatenate([intervals.left_costs[:, None], tried, intervals.right_costs[:, None]], axis=1)
        cheapest = known.argmin(axis=2)
        row, part = np.nonzero(cheapest[:, 1:] != cheapest[:, :-1])
        left, right = (row, part), (row, part + 1)
        intervals = Intervals(draw[row], edges[left], edges[right], known[left], known[right])
    return intervals


def band(tried: Array, known: Array, below: int, above: int) -> tuple[float, float, float]:
    """P10 and P90 of the value from which on `above` costs no more than `below`, and the share of draws that have one.

    known: costs by (value tried, draw, option), linear between two values.
    """
    lead = known[:, :, above] - known[:, :, below]
    lost = (lead[:-1] > 0) & (lead[1:] <= 0)
    draw = np.flatnonzero(lost.any(axis=0))
    place = lost[:, draw].argmax(axis=0)
    before, after = lead[place, draw], lead[place + 1, draw]
    values = tried[place] + (tried[place + 1] - tried[place]) * before / (before - after)
    p10, p90 = percentiles(values, (0.1, 0.9)) if len(draw) else (np.nan, np.nan)
    return float(p10), float(p90), len(draw) / known.shape[1]
