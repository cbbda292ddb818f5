"""The values of one number at which the cheapest option changes, found by narrowing intervals in each draw.

Values are first tried three steps apart, and those between them only if costs are so close that a change is possible.
The next values are tried around the point where the costs of the two options would be equal if they were linear. Since
they nearly are, three rounds suffice where bisection would need a dozen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.analysis.distribution import percentiles

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Costs = Callable[[Places, Array], Array]
"""The cost of every option, (rows, options), in draws (rows,) at values (rows,)."""

BAND = ("p10", "p90", "share")
"""Columns of the distribution of a change over draws."""
AROUND = np.array([-0.1, -0.0248, -0.0149, -0.005, 0.005, 0.0149, 0.0248, 0.1])
"""Values to try, as distances from the expected point in shares of the interval; its quarters are tried, too.

Most changes are so near to the expected point that the part with the change is then narrow enough.
"""
QUARTERS = np.array([0.25, 0.5, 0.75])
STEP = 3
"""Every third of an ascending list of values is tried in every draw."""
BEND = 0.5
"""A lead may be lost between two values if it is below this share of its second difference (a parabola: an eighth)."""
NARROW = 1 / 90
"""Intervals are narrowed to this share of their width; the error of a straight line is then below three digits."""
MAX_ROUNDS = 8
"""Enough for jumps, for which the expected point is no help: each round leaves at most a quarter of an interval."""


@dataclass(frozen=True)
class Intervals:
    """Intervals in which the cheapest option changes, one per row.

    draw: the draw of each. left, right: its ends. left_costs, right_costs: costs there, (rows, options). tolerance: the
    width at which it is narrow enough.
    """

    draw: Places
    left: Array
    right: Array
    left_costs: Array
    right_costs: Array
    tolerance: Array

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
        return self.left + (self.right - self.left) * self.share

    @property
    def share(self) -> Array:
        """The same as a share of the interval."""
        rows = np.arange(len(self.draw))
        lead = self.left_costs[rows, self.above] - self.left_costs[rows, self.below]
        lost = self.right_costs[rows, self.below] - self.right_costs[rows, self.above]
        whole = lead + lost
        place: Array = np.where(whole > 0, lead / np.where(whole > 0, whole, 1.0), 0.5)
        return place

    def at(self, rows: Places | NDArray[np.bool_]) -> Intervals:
        """The intervals of these rows."""
        return Intervals(*(column[rows] for column in vars(self).values()))

    def joined(self, other: Intervals) -> Intervals:
        """These intervals and others, sorted by draw and value."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        both = Intervals(*(np.concatenate(pair) for pair in pairs))
        return both.at(np.lexsort((both.left, both.draw)))


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
    left, right = tried[place], tried[place + 1]
    return Intervals(draw, left, right, costs[place, draw], costs[place + 1, draw], (right - left) * NARROW)


def narrowed(intervals: Intervals, costs: Costs) -> Intervals:
    """The narrowed intervals with changes, by draw and value; one interval may contain several changes."""
    for _ in range(MAX_ROUNDS):
        wide = intervals.right - intervals.left > intervals.tolerance
        if not wide.any():
            break
        intervals = intervals.at(~wide).joined(_divided(intervals.at(wide), costs))
    return intervals


def _divided(wide: Intervals, costs: Costs) -> Intervals:
    quarters = np.broadcast_to(QUARTERS, (len(wide.draw), len(QUARTERS)))
    inside = np.sort(np.concatenate([np.clip(wide.share[:, None] + AROUND, 0.0, 1.0), quarters], axis=1), axis=1)
    values = wide.left[:, None] + (wide.right - wide.left)[:, None] * inside
    tried = costs(np.repeat(wide.draw, values.shape[1]), values.ravel()).reshape(*values.shape, -1)
    edges = np.column_stack([wide.left, values, wide.right])
    known = np.concatenate([wide.left_costs[:, None], tried, wide.right_costs[:, None]], axis=1)
    cheapest = known.argmin(axis=2)
    row, part = np.nonzero(cheapest[:, 1:] != cheapest[:, :-1])
    left, right = (row, part), (row, part + 1)
    return Intervals(wide.draw[row], edges[left], edges[right], known[left], known[right], wide.tolerance[row])


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
