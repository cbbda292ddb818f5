"""The pace of a move to another platform: clusters that have arrived, and work that is done, by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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
        return np.clip(self._monthly(self._area), 0, 1)

    @cached_property
    def remaining(self) -> Array:
        """Mean share of clusters that has not cut over, in each month."""
        return 1 - self.arrived

    def _monthly(self, by: Callable[[Array], Array]) -> Array:
        """What is added in each month to a quantity that is known by the time until which it is counted."""
        ends = np.concatenate([self.months, self.months[..., -1:] + 1], axis=2)
        return np.diff(by(ends), axis=2)

    def _area(self, time: Array) -> Array:
        """Cluster-months spent on the new platform until `time`, per cluster."""
        passed = np.maximum(time - self.begin, 0)
        ramp = np.minimum(passed, self.duration)
        area: Array = ramp**2 / (2 * self.duration) + (passed - ramp)
        return area

    @cached_property
    def cut_over(self) -> Array:
        """Share of clusters that cuts over in each month."""
        return self._monthly(self.cut_over_by)

    def cut_over_by(self, time: Array) -> Array:
        """Share of clusters that has cut over by a time in months from the start."""
        done: Array = np.clip((time - self.begin) / self.duration, 0, 1)
        return done

    @cached_property
    def work(self) -> Array:
        """Share of the re-modelling work done in each month: even from the start to the last cut-over."""
        return self._monthly(lambda time: np.minimum(time / (self.begin + self.duration), 1))
