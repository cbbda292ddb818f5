"""The shapes (distributions) of uncertain numbers: the meaning of low, value and high, the mean, and the quantiles.

For lognormal, normal and beta, `low` and `high` are the 5th and 95th percentile and `value`, if stated, is the median
and must fit them within 20 %. For pert, triangular and uniform they are the ends. A fixed value may have a low and a
high for one-at-a-time designs. Values are cut at the smallest and at the largest meaningful one.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = Literal["fixed", "lognormal", "normal", "beta", "pert", "triangular", "uniform", "mixture"]

Z_95 = 1.6448536269514722
"""Standard normal quantile of 0.95: `low` and `high` lie this many standard deviations from the median."""
MEDIAN_TOLERANCE = 0.2
MAX_VALUE = 1e12
"""A larger number is taken for a typing error."""
MAX_SCORE = 8.0
"""The standard score up to which a beta distribution is tabulated; larger ones practically do not occur."""
KNOTS = 257


@dataclass(frozen=True)
class Range:
    """One shape with its numbers. `smallest`, `largest`: where values are cut."""

    shape: Shape
    value: float | None
    low: float | None
    high: float | None
    smallest: float = 0.0
    largest: float = MAX_VALUE

    def check(self) -> None:
        """Raises ValueError with what the shape needs if the numbers do not fit it."""
        shape, value, low, high = self.shape, self.value, self.low, self.high
        if shape == "mixture":
            raise ValueError("a mixture needs `parts` (each with weight and a value or range) and nothing else")
        if shape == "fixed" and value is None:
            raise ValueError("a fixed assumption needs a value")
        if low is not None and high is not None and low > high:
            raise ValueError(f"low {low:g} is above high {high:g}")
        if shape == "fixed":
            return
        if low is None or high is None:
            raise ValueError(f"a {shape} assumption needs low and high")
        if shape in ("pert", "triangular"):
            if value is None:
                raise ValueError(f"a {shape} assumption needs a value, the most likely one")
            if not low <= value <= high:
                raise ValueError(f"value {value:g} is outside low {low:g} to high {high:g}")
        if shape == "lognormal" and low <= 0:
            raise ValueError("a lognormal assumption needs low > 0")
        if shape == "beta" and low < high and not 0 < low < high < 1:
            raise ValueError(
                "a beta assumption needs 0 < low < high < 1; for a range that touches 0 or 1 use shape pert"
            )
        if value is not None and shape in ("lognormal", "normal", "beta"):
            middle = self._median(low, high)
            if abs(value - middle) > MEDIAN_TOLERANCE * middle:
                raise ValueError(
                    f"value {value:g} is not the median of a {shape} between {low:g} and {high:g}, "
                    f"which is {middle:.4g} (within {MEDIAN_TOLERANCE:.0%})"
                )

    def _median(self, low: float, high: float) -> float:
        """The median that low and high (5th and 95th percentile) imply."""
        if self.shape == "lognormal":
            return math.sqrt(low * high)
        if self.shape == "beta" and low < high:
            from scipy.special import betaincinv

            return float(betaincinv(*beta_parameters(low, high), 0.5))
        return (low + high) / 2

    @property
    def mean(self) -> float:
        """The mean after the cut at `smallest` and at `largest`."""
        low, high = self.low, self.high
        if self.shape == "fixed" or low is None or high is None:
            return 0.0 if self.value is None else self.value
        if low == high:
            return low
        if self.shape == "beta":
            return self._beta_mean(low, high)
        likely = low if self.value is None else self.value
        if self.shape == "pert":
            return (low + 4 * likely + high) / 6
        if self.shape == "triangular":
            return (low + likely + high) / 3
        if self.shape == "uniform":
            return (low + high) / 2
        middle, spread = self._normal(low, high)
        if self.shape == "lognormal":
            floor = (math.log(self.smallest) - middle) / spread if self.smallest else -math.inf
            ceiling = (math.log(self.largest) - middle) / spread
            whole = math.exp(middle + spread**2 / 2)
            inside = whole * (_normal_below(ceiling - spread) - _normal_below(floor - spread))
        else:
            floor, ceiling = (self.smallest - middle) / spread, (self.largest - middle) / spread
            inside = middle * (_normal_below(ceiling) - _normal_below(floor))
            inside += spread * (_normal_density(floor) - _normal_density(ceiling))
        return self.smallest * _normal_below(floor) + inside + self.largest * _normal_below(-ceiling)

    def _beta_mean(self, low: float, high: float) -> float:
        """The mean of a beta distribution after the cut at both ends."""
        from scipy.special import betainc

        a, b = beta_parameters(low, high)
        ends = self.smallest, min(self.largest, 1.0)
        below, above = (float(betainc(a, b, end)) for end in ends)
        inside = a / (a + b) * float(betainc(a + 1, b, ends[1]) - betainc(a + 1, b, ends[0]))
        return ends[0] * below + inside + ends[1] * (1 - above)

    def _normal(self, low: float, high: float) -> tuple[float, float]:
        """Mean and standard deviation of a normal number, or of the logarithm of a lognormal one."""
        if self.shape == "lognormal":
            return math.log(low * high) / 2, math.log(high / low) / (2 * Z_95)
        return (low + high) / 2, (high - low) / (2 * Z_95)

    def quantile(self, uniform: Array) -> Array:
        """The quantiles of these probabilities, each between 0 and 1."""
        low, high = self.low, self.high
        if self.shape == "fixed" or low is None or high is None or low == high:
            return np.full(uniform.shape, self.mean)
        likely = low if self.value is None else self.value
        if self.shape in ("lognormal", "normal"):
            middle, spread = self._normal(low, high)
            values = middle + spread * standard_score(uniform)
            values = np.exp(values) if self.shape == "lognormal" else values
        elif self.shape == "beta":
            values = _beta_quantile(*beta_parameters(low, high), uniform)
        elif self.shape == "pert":
            weight = 4 / (high - low)
            ends = 1 + weight * (likely - low), 1 + weight * (high - likely)
            values = low + (high - low) * _beta_quantile(*ends, uniform)
        elif self.shape == "triangular":
            rise, fall = likely - low, high - likely
            below = low + np.sqrt(uniform * (high - low) * rise)
            above = high - np.sqrt((1 - uniform) * (high - low) * fall)
            values = np.where(uniform < rise / (high - low), below, above)
        else:
            values = low + (high - low) * uniform
        return np.clip(values, self.smallest, self.largest)


def _normal_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _normal_density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def standard_score(uniform: Array) -> Array:
    """The standard normal quantile."""
    from scipy.special import ndtri

    scores: Array = ndtri(uniform)
    return scores


@cache
def beta_parameters(low: float, high: float) -> tuple[float, float]:
    """The two parameters of the beta distribution whose 5th and 95th percentile are `low` and `high`."""
    from scipy.optimize import root
    from scipy.special import betainc

    middle, spread = (low + high) / 2, (high - low) / (2 * Z_95)
    size = max(middle * (1 - middle) / spread**2 - 1, 0.5)
    start = [math.log(middle * size), math.log((1 - middle) * size)]

    def misfit(logs: list[float]) -> list[float]:
        a, b = math.exp(logs[0]), math.exp(logs[1])
        return [float(betainc(a, b, low)) - 0.05, float(betainc(a, b, high)) - 0.95]

    solved = root(misfit, start, tol=1e-12)
    if max(abs(gap) for gap in misfit(solved.x)) > 1e-6:
        raise ValueError(f"no beta distribution has 5 % below {low:g} and 5 % above {high:g}; use shape pert")
    return math.exp(solved.x[0]), math.exp(solved.x[1])


def _beta_quantile(a: float, b: float, uniform: Array) -> Array:
    """The quantile of the beta distribution, interpolated between tabulated standard scores (error below 1e-6)."""
    curve, step = _beta_curve(a, b), 2 * MAX_SCORE / (KNOTS - 1)
    position = np.clip((standard_score(uniform) + MAX_SCORE) / step, 0, KNOTS - 1 - 1e-9)
    knot = position.astype(np.intp)
    part = position - knot
    values: Array = ((curve[3][knot] * part + curve[2][knot]) * part + curve[1][knot]) * part + curve[0][knot]
    return values


@cache
def _beta_curve(a: float, b: float) -> tuple[Array, Array, Array, Array]:
    """Cubics between standard scores, with the right value and slope at each knot (Hermite); (KNOTS - 1,) each."""
    from scipy.special import betaincinv, betaln, ndtr

    scores = np.linspace(-MAX_SCORE, MAX_SCORE, KNOTS)
    below, above = betaincinv(a, b, ndtr(scores)), betaincinv(b, a, ndtr(-scores))
    values, rest = np.where(scores < 0, below, 1 - above), np.where(scores < 0, 1 - below, above)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        density = (a - 1) * np.log(values) + (b - 1) * np.log(rest) - betaln(a, b)
        slopes = np.exp(-(scores**2) / 2 - density) / math.sqrt(2 * math.pi)
    slopes = np.where(np.isfinite(slopes), slopes, 0.0) * (scores[1] - scores[0])
    left, right = values[:-1], values[1:]
    rise, start, end = right - left, slopes[:-1], slopes[1:]
    return left, start, 3 * rise - 2 * start - end, start + end - 2 * rise
