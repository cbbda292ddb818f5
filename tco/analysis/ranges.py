"""Stretches of a number in which the cheapest option changes: found and narrowed down at once, each in its own draw.

Values are first tried three steps apart, and those between them only where costs lie so close that a change may be.
The next values are tried around where the costs of the two options would meet if they were straight lines; that they
are nearly so makes two rounds do what halving would take a dozen for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Costs = Callable[[Places, Array], Array]
"""What every option costs, (rows, options), in draws (rows,) at values (rows,)."""

AROUND = np.array([-0.1, -0.0248, -0.0149, -0.005, 0.005, 0.0149, 0.0248, 0.1])
"""Where values are tried: so far from the expected place, as shares of the stretch; and at its quarters.

Most changes lie so near to where they are expected that the part they are then found in is narrow enough.
"""
QUARTERS = np.array([0.25, 0.5, 0.75])
STEP = 3
"""Of an ascending row of values, every third is tried in every draw."""
BEND = 0.5
"""A lead may be lost between two values if it is smaller than this share of its bend there (a parabola: an eighth)."""
NARROW = 1 / 100
"""Stretches are narrowed down to this share of what they were; within, costs are as good as straight lines."""
MOST_ROUNDS = 8
"""Enough for jumps, where the expected place says nothing: what is left of a stretch is at most a quarter each time."""


@dataclass(frozen=True)
class Stretches:
    """One stretch a row: its draw, left and right end, and costs (rows, options) at both. enough: when it is narrow."""

    draw: Places
    left: Array
    right: Array
    left_costs: Array
    right_costs: Array
    enough: Array

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

    def at(self, rows: Places | NDArray[np.bool_]) -> Stretches:
        """Some of them."""
        return Stretches(
            self.draw[rows],
            self.left[rows],
            self.right[rows],
            self.left_costs[rows],
            self.right_costs[rows],
            self.enough[rows],
        )

    def beside(self, other: Stretches) -> Stretches:
        """These and others, by draw and value."""
        joined = Stretches(
            np.concatenate([self.draw, other.draw]),
            np.concatenate([self.left, other.left]),
            np.concatenate([self.right, other.right]),
            np.concatenate([self.left_costs, other.left_costs]),
            np.concatenate([self.right_costs, other.right_costs]),
            np.concatenate([self.enough, other.enough]),
        )
        return joined.at(np.lexsort((joined.left, joined.draw)))

    @property
    def value(self) -> Array:
        """Where the two options would cost the same if costs were straight lines."""
        return self.left + (self.right - self.left) * self.share

    @property
    def share(self) -> Array:
        """The same as a share of the stretch."""
        rows = np.arange(len(self.draw))
        lead = self.left_costs[rows, self.above] - self.left_costs[rows, self.below]
        lost = self.right_costs[rows, self.below] - self.right_costs[rows, self.above]
        whole = lead + lost
        place: Array = np.where(whole > 0, lead / np.where(whole > 0, whole, 1.0), 0.5)
        return place


def costs_at(tried: Array, draws: int, costs: Costs) -> Array:
    """What every option costs at each value in every draw, (values, draws, options); where no change is possible, those
    of the last value that was tried.

    tried: ascending, a multiple of three values and one.
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
    """Between which neighbouring values, (values - 1, draws), another option may be cheapest than at both of them."""
    count, draws, _ = costs.shape
    cheapest, everyone = costs.argmin(axis=2), np.arange(draws)
    found: NDArray[np.bool_] = cheapest[1:] != cheapest[:-1]
    for place in range(count - 1):
        first = max(place - 1, 0)
        near = costs[first : place + 3]
        lead = near - near[:, everyone, cheapest[place]][:, :, None]
        bends = np.abs(np.diff(lead, n=2, axis=0)).max(axis=0, initial=0.0)
        least = np.minimum(lead[place - first], lead[place - first + 1])
        found[place] |= (least < BEND * bends).any(axis=1)
    return found


def stretches(tried: Array, costs: Array) -> Stretches:
    """The stretches between neighbouring values tried in which the cheapest option changes.

    tried: ascending. costs: (values, draws, options).
    """
    cheapest = costs.argmin(axis=2)
    draw, place = np.nonzero((cheapest[1:] != cheapest[:-1]).T)
    left, right = tried[place], tried[place + 1]
    return Stretches(draw, left, right, costs[place, draw], costs[place + 1, draw], (right - left) * NARROW)


def narrowed(found: Stretches, costs: Costs) -> Stretches:
    """The parts of stretches that hold the changes, which may be more than before, by draw and value."""
    for _ in range(MOST_ROUNDS):
        wide = found.right - found.left > found.enough
        if not wide.any():
            break
        found = found.at(~wide).beside(_divided(found.at(wide), costs))
    return found


def _divided(wide: Stretches, costs: Costs) -> Stretches:
    quarters = np.broadcast_to(QUARTERS, (len(wide.draw), len(QUARTERS)))
    inside = np.sort(np.concatenate([np.clip(wide.share[:, None] + AROUND, 0.0, 1.0), quarters], axis=1), axis=1)
    values = wide.left[:, None] + (wide.right - wide.left)[:, None] * inside
    tried = costs(np.repeat(wide.draw, values.shape[1]), values.ravel()).reshape(*values.shape, -1)
    edges = np.column_stack([wide.left, values, wide.right])
    known = np.concatenate([wide.left_costs[:, None], tried, wide.right_costs[:, None]], axis=1)
    cheapest = known.argmin(axis=2)
    which, part = np.nonzero(cheapest[:, 1:] != cheapest[:, :-1])
    return Stretches(
        wide.draw[which],
        edges[which, part],
        edges[which, part + 1],
        known[which, part],
        known[which, part + 1],
        wide.enough[which],
    )
