"""What many draws of one number say: percentiles, tails, rank correlation, and how sure the draws are of themselves.

Plain functions of arrays with one value a draw; nothing here knows of a scenario. Standard errors are those of
independent draws; low-discrepancy designs (Sobol sequences) do better for means, so for them they are upper bounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def percentiles(values: Array, shares: Sequence[float]) -> Array:
    """The values below which the given shares of draws lie, linear between draws; along the first axis.

    >>> percentiles(np.arange(11.0), (0.1, 0.5, 0.9)).tolist()
    [1.0, 5.0, 9.0]
    """
    found: Array = np.quantile(values, shares, axis=0)
    return found


def mean_error(values: Array) -> float:
    """Standard error of the mean: standard deviation / sqrt(draws); 0 for a single draw."""
    return float(np.sqrt(variance(values) / (len(values) - 1))) if len(values) > 1 else 0.0


def variance(values: Array) -> float:
    """The variance of the draws themselves, exactly 0 where they are all the same."""
    return float(np.var(values)) if np.ptp(values) else 0.0


def share_error(share: float, draws: int) -> float:
    """Standard error of a share of draws: sqrt(p (1 - p) / draws), with p kept half a draw off 0 and 1.

    A share of 0 or 1 in a finite number of draws is not certain, so its error is not 0 either.
    """
    kept = min(max(share, 0.5 / draws), 1 - 0.5 / draws)
    return float(np.sqrt(kept * (1 - kept) / draws))


def percentile_error(values: Array, share: float) -> float:
    """Standard error of a percentile: half the distance between the percentiles one standard error to each side.

    The number of draws below a percentile is binomial, so `share` itself is uncertain by sqrt(p (1 - p) / draws);
    David and Nagaraja, Order Statistics (2003), section 7.
    """
    error = share_error(share, len(values))
    low, high = percentiles(values, (max(share - error, 0.0), min(share + error, 1.0)))
    return float((high - low) / 2)


def tail_mean(values: Array, share: float = 0.95) -> float:
    """Conditional value at risk: the mean of the worst (highest) `1 - share` of draws.

    percentile + mean(max(value - percentile, 0)) / (1 - share), which counts the draw on the border in part;
    Rockafellar and Uryasev, Journal of Risk 2 (2000) 21-41.

    >>> tail_mean(np.arange(1.0, 101.0), 0.95)
    98.0
    """
    border = np.quantile(values, share, method="inverted_cdf")
    return float(border + np.mean(np.maximum(values - border, 0.0)) / (1 - share))


def exceedance(values: Array, levels: Array) -> Array:
    """The share of draws that lie above each level.

    >>> exceedance(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 2.0, 4.0])).tolist()
    [1.0, 0.5, 0.0]
    """
    above: Array = 1 - np.searchsorted(np.sort(values), levels, side="right") / len(values)
    return above


def ranks(values: Array) -> Array:
    """The rank of each draw from 1 up, equal ones sharing their mean rank."""
    order = np.argsort(values)
    ascending = values[order]
    found = np.empty(len(values))
    if (ascending[1:] != ascending[:-1]).all():
        found[order] = np.arange(1.0, len(values) + 1)
        return found
    begins = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))
    counts = np.diff(np.append(begins, len(values)))
    found[order] = np.repeat(begins + (counts + 1) / 2, counts)
    return found


def rank_correlation(first: Array, second: Array) -> float:
    """Spearman's correlation: that of the ranks, from -1 to 1; 0 where either does not vary.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 8.0, 27.0]))
    1.0
    """
    return correlation(ranks(first), ranks(second))


def correlation(first: Array, second: Array) -> float:
    """Pearson's correlation, from -1 to 1; 0 where either does not vary."""
    one, other = first - first.mean(), second - second.mean()
    size = np.sqrt((one @ one) * (other @ other))
    return float(np.clip(one @ other / size, -1, 1)) if size else 0.0


def normal_scores(values: Array) -> Array:
    """The draws put on the scale of a standard normal by their ranks: quantile of (rank - 1/2) / draws."""
    from scipy.special import ndtri

    scores: Array = ndtri((ranks(values) - 0.5) / len(values))
    return scores
