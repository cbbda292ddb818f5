"""How long n repetitions take when each doubling of their number takes less: Wright's learning curve.

The i-th repetition costs `first * i**exponent` with `exponent = log2(learning rate)`, but never less than a floor.
Everything here is vectorised and holds for whole and for real numbers of repetitions; between whole numbers the sum
is linear, so that it is exact at them.

Source: T. P. Wright, Factors Affecting the Cost of Airplanes, Journal of the Aeronautical Sciences 3 (1936) 122-128.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import Array

EXACT_TERMS = 16
"""Up to here powers are added one by one; the rest follows from the Euler-Maclaurin formula (error below 1e-9)."""
MIN_RATE = 1e-9
MAX_LOG = 600.0
"""exp of this is as good as endless."""


def exponent(learning_rate: Array) -> Array:
    """log2 of the learning rate: 0 for a rate of 1 (no learning), negative below."""
    return np.log2(np.maximum(learning_rate, MIN_RATE))


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The curve of one exponent in (-30, 0], (draws or 1, ...), for many counts: what they share is computed once.

    >>> curve = LearningCurve.of(0.5)
    >>> round(float(curve.powers(3.0)), 6)
    1.833333
    >>> float(curve.hours(first=10.0, floor=4.0, count=3.0))
    19.0
    """

    exponent: Array

    @classmethod
    def of(cls, learning_rate: Any) -> LearningCurve:
        """The curve of a learning rate."""
        return cls(exponent(_numbers(learning_rate)))

    @cached_property
    def _sums(self) -> Array:
        """Sums of i**exponent up to 0, 1, ... EXACT_TERMS, along a new first axis."""
        sums = np.zeros((EXACT_TERMS + 1, *self.exponent.shape))
        for term in range(1, EXACT_TERMS + 1):  # one by one is faster than sums along the axis
            sums[term] = sums[term - 1] + np.exp(math.log(term) * self.exponent)
        return sums

    def powers(self, count: Any) -> Array:
        """Sum of i**exponent for i = 1 .. count; linear between whole counts; 0 for count 0. They broadcast.

        An exponent that is a formula, as of a workbook, makes a formula of them.
        """
        formula: Callable[[Any], Array] | None = getattr(self.exponent, "powers", None)
        if formula is not None:
            return formula(count)
        reached = np.maximum(np.asarray(count, dtype=float), 0.0)
        whole = np.floor(reached)
        total = self._tabulated(np.minimum(whole, EXACT_TERMS).astype(np.intp))
        far = whole > EXACT_TERMS
        if far.any() and far.shape == total.shape:  # few draws get so far
            total = np.array(total)
            total[far] += _tail(whole[far], np.broadcast_to(self.exponent, far.shape)[far])
        elif far.any():
            total = total + _tail(np.maximum(whole, EXACT_TERMS), self.exponent)
        part = reached - whole
        if part.any():
            total = total + part * np.exp(self.exponent * np.log(whole + 1))
        return total

    def _tabulated(self, whole: NDArray[np.intp]) -> Array:
        if whole.size == 1:
            one: Array = self._sums[whole.item()]
            return one
        count, draw = np.broadcast_arrays(whole, np.arange(self.exponent.size).reshape(self.exponent.shape))
        sums: Array = self._sums.reshape(-1).take(count * self.exponent.size + draw)
        return sums

    def hours(self, first: Any, floor: Any, count: Any, limit: Any = None) -> Array:
        """Hours of the first `count` repetitions: sum of max(first * i**exponent, floor) for i = 1 .. count.

        first and floor in hours a repetition; limit: that of first and floor, where it is known already; all broadcast.
        """
        first, floor, count = map(_numbers, (first, floor, count))
        steep = np.minimum(count, self.limit(first, floor) if limit is None else limit)
        hours: Array = first * self.powers(steep) + floor * (count - steep)
        return hours

    def limit(self, first: Array, floor: Array) -> Array:
        """The last repetition that still takes longer than the floor; infinite where none takes less."""
        steep = (first > floor) & (self.exponent < 0) & (floor > 0)
        ratio = np.where(steep, np.log(np.where(steep, floor, 1.0) / np.where(steep, first, 1.0)), 0.0)
        above = np.exp(np.minimum(ratio / np.where(steep, self.exponent, -1.0), MAX_LOG))
        reached: Array = np.where(first > floor, np.where(steep, np.floor(above), np.inf), 0.0)
        return reached


def _numbers(value: Any) -> Array:
    """Numbers as an array; an array of another kind, such as one of formulas, as it is."""
    return value if hasattr(value, "dtype") else np.asarray(value, dtype=float)


def _tail(last: Array, power: Array) -> Array:
    """Sum of i**power for i = EXACT_TERMS + 1 .. last, by Euler-Maclaurin."""
    first = float(EXACT_TERMS)
    logs = np.log(last / first)
    start, rise = first**power, power + 1
    end = start * np.exp(power * logs)
    log_like = np.abs(rise) < MIN_RATE
    integral = np.where(log_like, logs, (end * last - start * first) / np.where(log_like, 1.0, rise))
    slope = power * (end / last - start / first) / 12
    curve = power * (power - 1) * (power - 2) * (end / last**3 - start / first**3) / 720
    result: Array = integral + (end - start) / 2 + slope - curve
    return result
