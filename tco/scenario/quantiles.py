"""The value that an assumption takes at each of its quantiles: its inverse distribution function, vectorised.

`quantile` turns numbers between 0 and 1 into values, so that uniform numbers become draws of the assumption. What low
and high mean for each shape is said in `assumptions`; values are cut at 0 and at the largest meaningful one.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tco.scenario.assumptions import LARGEST, Z_95, Assumption, Shape, beta_parameters, default_shape, mean

Array = NDArray[np.float64]

FURTHEST = 8.0
"""Standard scores beyond this are as good as certain: a beta distribution is tabulated up to here."""
KNOTS = 257
SMALLEST = 1e-12
"""Probabilities stay this far inside 0 and 1, where quantiles may be infinite."""


def quantile(entry: Assumption, uniform: Array) -> Array:
    """The values of an assumption below which it lies with the probabilities `uniform`, each inside 0 to 1.

    A mixture gives each of its parts a stretch of the probabilities as long as its weight, in the order of their
    means, so that a larger probability stands for a larger part.
    """
    if not entry.parts:
        return shape_quantile(entry.shape, entry.value, entry.low, entry.high, uniform, entry.largest)
    shapes = [part.shape or default_shape(part.model_dump()) for part in entry.parts]
    means = [
        mean(shape, part.value, part.low, part.high, entry.largest)
        for shape, part in zip(shapes, entry.parts, strict=True)
    ]
    order = sorted(range(len(means)), key=lambda place: means[place])
    ends = np.cumsum([entry.parts[place].weight for place in order])
    ends /= ends[-1]
    values, begin = np.zeros(uniform.shape), 0.0
    for place, end in zip(order, ends.tolist(), strict=True):
        part, here = entry.parts[place], (uniform >= begin) & (uniform < end)
        within = np.clip((uniform[here] - begin) / (end - begin), SMALLEST, 1 - SMALLEST)
        values[here] = shape_quantile(shapes[place], part.value, part.low, part.high, within, entry.largest)
        begin = end
    return values


def shape_quantile(
    shape: Shape, value: float | None, low: float | None, high: float | None, uniform: Array, largest: float = LARGEST
) -> Array:
    """The quantiles of one shape, cut at 0 and `largest`; a shape without spread has the same value at all."""
    if shape == "fixed" or low is None or high is None or low == high:
        return np.full(uniform.shape, mean(shape, value, low, high, largest))
    likely = low if value is None else value
    if shape == "lognormal":
        middle, spread = math.log(low * high) / 2, math.log(high / low) / (2 * Z_95)
        values = np.exp(middle + spread * standard_score(uniform))
    elif shape == "normal":
        values = (low + high) / 2 + (high - low) / (2 * Z_95) * standard_score(uniform)
    elif shape == "beta":
        values = beta_quantile(*_beta_parameters(low, high), uniform)
    elif shape == "pert":
        weight = 4 / (high - low)
        values = low + (high - low) * beta_quantile(1 + weight * (likely - low), 1 + weight * (high - likely), uniform)
    elif shape == "triangular":
        values = _triangular(low, likely, high, uniform)
    else:
        values = low + (high - low) * uniform
    return np.clip(values, 0.0, largest)


def standard_score(uniform: Array) -> Array:
    """The standard normal quantile."""
    from scipy.special import ndtri

    scores: Array = ndtri(uniform)
    return scores


def _triangular(low: float, likely: float, high: float, uniform: Array) -> Array:
    rise, fall = likely - low, high - likely
    peak = rise / (high - low)
    values: Array = np.where(
        uniform < peak,
        low + np.sqrt(uniform * (high - low) * rise),
        high - np.sqrt((1 - uniform) * (high - low) * fall),
    )
    return values


def beta_quantile(a: float, b: float, uniform: Array) -> Array:
    """The quantile of the beta distribution, interpolated between tabulated standard scores (error below 1e-6)."""
    curve, step = _beta_curve(a, b), 2 * FURTHEST / (KNOTS - 1)
    place = np.clip((standard_score(uniform) + FURTHEST) / step, 0, KNOTS - 1 - 1e-9)
    knot = place.astype(np.intp)
    part = place - knot
    values: Array = ((curve[3][knot] * part + curve[2][knot]) * part + curve[1][knot]) * part + curve[0][knot]
    return values


_beta_parameters = cache(beta_parameters)


@cache
def _beta_curve(a: float, b: float) -> tuple[Array, Array, Array, Array]:
    """Cubics between standard scores, with the right value and slope at each knot (Hermite); (KNOTS - 1,) each."""
    from scipy.special import betaincinv, betaln, ndtr

    scores = np.linspace(-FURTHEST, FURTHEST, KNOTS)
    below, above = betaincinv(a, b, ndtr(scores)), betaincinv(b, a, ndtr(-scores))
    values, rest = np.where(scores < 0, below, 1 - above), np.where(scores < 0, 1 - below, above)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        density = (a - 1) * np.log(values) + (b - 1) * np.log(rest) - betaln(a, b)
        slopes = np.exp(-(scores**2) / 2 - density) / math.sqrt(2 * math.pi)
    slopes = np.where(np.isfinite(slopes), slopes, 0.0) * (scores[1] - scores[0])
    left, right = values[:-1], values[1:]
    rise, start, end = right - left, slopes[:-1], slopes[1:]
    return left, start, 3 * rise - 2 * start - end, start + end - 2 * rise
