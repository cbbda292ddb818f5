"""How long n repetitions take when each doubling of their number takes less: Wright's learning curve.

The i-th repetition costs `first * i**exponent` with `exponent = log2(learning rate)`, but never less than a floor.
Everything here is vectorised and holds for whole and for real numbers of repetitions; between whole numbers the sum
is linear, so that it is exact at them.

Source: T. P. Wright, Factors Affecting the Cost of Airplanes, Journal of the Aeronautical Sciences 3 (1936) 122-128.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXACT_TERMS = 16
"""Up to here powers are added one by one; the rest follows from the Euler-Maclaurin formula (error below 1e-9)."""
SMALLEST_RATE = 1e-9


def exponent(learning_rate: Array) -> Array:
    """log2 of the learning rate: 0 for a rate of 1 (no learning), negative below."""
    return np.log2(np.maximum(learning_rate, SMALLEST_RATE))


def power_sum(count: Array, exponent: Array) -> Array:
    """Sum of i**exponent for i = 1 .. count; linear between whole counts; 0 for count 0.

    count and exponent broadcast against each other; exponent lies in (-30, 0].

    >>> float(power_sum(np.array(4.0), np.array(0.0)))
    4.0
    >>> round(float(power_sum(np.array(3.0), np.array(-1.0))), 6)
    1.833333
    """
    count, exponent = np.asarray(count, dtype=float), np.asarray(exponent, dtype=float)
    whole = np.floor(np.maximum(count, 0))
    part = np.maximum(count, 0) - whole
    total: Array = part * (whole + 1) ** exponent
    for term in range(1, EXACT_TERMS + 1):
        if np.any(whole >= term):
            total = total + np.where(whole >= term, float(term) ** exponent, 0.0)
    if np.any(whole > EXACT_TERMS):
        tail = _tail(np.maximum(whole, EXACT_TERMS), exponent)
        total = total + np.where(whole > EXACT_TERMS, tail, 0.0)
    return total


def _tail(last: Array, exponent: Array) -> Array:
    """Sum of i**exponent for i = EXACT_TERMS + 1 .. last, by Euler-Maclaurin."""
    first = float(EXACT_TERMS)
    rise = exponent + 1
    log_like = np.abs(rise) < 1e-12
    safe = np.where(log_like, 1.0, rise)
    integral = np.where(log_like, np.log(last / first), (last**rise - first**rise) / safe)
    ends = (last**exponent - first**exponent) / 2
    slope = exponent * (last ** (exponent - 1) - first ** (exponent - 1)) / 12
    third = exponent * (exponent - 1) * (exponent - 2)
    curve = third * (last ** (exponent - 3) - first ** (exponent - 3)) / 720
    result: Array = integral + ends + slope - curve
    return result


def learning_hours(first: Any, floor: Any, done: Any, count: Any, learning_rate: Any) -> Array:
    """Hours of `count` repetitions after `done` earlier ones: sum of max(first * i**exponent, floor).

    first and floor in hours a repetition; i runs from done + 1 to done + count; all arguments broadcast.
    """
    power = exponent(np.asarray(learning_rate, dtype=float))
    first, floor = np.asarray(first, dtype=float), np.asarray(floor, dtype=float)
    ratio = np.where(first > floor, np.maximum(floor, 0) / np.where(first > 0, first, 1.0), 1.0)
    with np.errstate(divide="ignore", over="ignore"):
        above = np.where(power < 0, ratio ** (1 / np.where(power < 0, power, -1.0)), np.inf)
    reached = np.floor(np.where(first > floor, np.where(ratio > 0, above, np.inf), 0.0) * (1 + 1e-12))
    upper, lower = np.asarray(done + count, dtype=float), np.asarray(done, dtype=float)

    def until(n: Array) -> Array:
        steep = np.minimum(n, reached)
        hours: Array = first * power_sum(steep, power) + floor * (n - steep)
        return hours

    return until(upper) - until(lower)
