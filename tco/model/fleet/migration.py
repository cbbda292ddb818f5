"""The pace of a move to another platform: clusters that have arrived, and work that is done, by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Move:
    """The move of an option's groups to other platforms, in months from the start, for each draw.

    hours: re-modelling labour in all. begin: months until the first cut-over. duration: months from the first to
    the last cut-over, from the hours and the capacity given to them. Shapes (draws or 1, 1, 1 or months).
    """

    hours: Array
    begin: Array
    duration: Array
    months: Array

    @cached_property
    def arrived(self) -> Array:
        """Mean share of clusters that has cut over, in each month; cut-overs are spread evenly over the duration."""
        return self._monthly(_area)

    @cached_property
    def remaining(self) -> Array:
        """Mean share of clusters that has not cut over, in each month."""
        return 1 - self.arrived

    @cached_property
    def cut_over(self) -> Array:
        """Share of clusters that cuts over in each month."""
        return self._monthly(_cut_over)

    def cut_over_by(self, time: Array) -> Array:
        """Share of clusters that has cut over by a time in months from the start."""
        return months_last(_cut_over(*map(months_first, (time, self.begin, self.duration))))

    @cached_property
    def work(self) -> Array:
        """Share of the re-modelling work done in each month: even from the start to the last cut-over."""
        return self._monthly(lambda time, begin, duration: np.minimum(time / (begin + duration), 1))

    def _monthly(self, by: Callable[[Array, Array, Array], Array]) -> Array:
        """What is added in each month to a share that is known by the time until which it is counted."""
        ends = np.concatenate([self.months, self.months[..., -1:] + 1], axis=2)
        until = by(*map(months_first, (ends, self.begin, self.duration)))
        added = until[1:] - until[:-1]
        return months_last(np.clip(added, 0, 1, out=added))


def _area(time: Array, begin: Array, duration: Array) -> Array:
    """Cluster-months spent on the new platform until `time`, per cluster."""
    passed = np.maximum(time - begin, 0)
    ramp = np.minimum(passed, duration)
    area: Array = ramp * ramp
    area /= 2 * duration
    area += passed
    area -= ramp
    return area


def _cut_over(time: Array, begin: Array, duration: Array) -> Array:
    done: Array = (time - begin) / duration
    return np.clip(done, 0, 1, out=done)


def months_first(array: NDArray[Any]) -> NDArray[Any]:
    """The first and the last axis exchanged, a view: many draws against few months are fastest draw by draw."""
    return array.transpose(2, 1, 0)


months_last = months_first
"""The way back."""
