"""The posterior of a normal mean and of a probability, each in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tco.scenario.shapes import beta_parameters


def normal_posterior(
    mean: float, deviation: float, observations: Sequence[float], spread: float
) -> tuple[float, float]:
    """Mean and deviation of a normal mean after observations with a known spread, given its normal prior.

    Precisions add: 1/s**2 + n/d**2; the mean is weighted by them.

    >>> normal_posterior(0.0, 1.0, [2.0], 1.0)
    (1.0, 0.7071067811865476)
    """
    prior, data = 1 / deviation**2, len(observations) / spread**2
    middle = (prior * mean + sum(observations) / spread**2) / (prior + data)
    return middle, math.sqrt(1 / (prior + data))


def beta_posterior(
    low: float, high: float, failures: float, trials: float, mean: float | None = None
) -> tuple[float, float, bool]:
    """The range of a probability after trials, and whether they have more weight than the prior.

    low, high: its 5th and 95th percentile before and, returned, after. mean: the prior's, if known better.
    """
    from scipy.special import betaincinv

    a, b = beta_parameters(low, high)
    a, b = (a, b) if mean is None else ((a + b) * mean, (a + b) * (1 - mean))
    after = (a + failures, b + trials - failures)
    return float(betaincinv(*after, 0.05)), float(betaincinv(*after, 0.95)), trials > a + b
