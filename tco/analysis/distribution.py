"""Statistics of many draws of one number: percentiles, tails, ranks, and the standard errors of the simulation.

Functions of arrays with one value a draw. Where draws are the rows of a scrambled Sobol sequence (`low_discrepancy`),
the error of a mean is estimated from the scatter of blocks of consecutive rows, of three lengths; `docs/accuracy.md`
explains why, with sources and measurements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tco.evaluation.ledger_line import Array

LENGTHS = (2.0, 1.0, 0.5)
"""Lengths of blocks, in units of the largest power of two up to the root of the number of draws."""


def percentiles(values: Array, shares: Sequence[float]) -> Array:
    """The values below which the given shares of draws lie, linear between draws; along the first axis.

    >>> percentiles(np.arange(11.0), (0.1, 0.5, 0.9)).tolist()
    [1.0, 5.0, 9.0]
    """
    quantiles: Array = np.quantile(values, shares, axis=0)
    return quantiles


def mean_error(values: Array, low_discrepancy: bool = False) -> float:
    """Standard error of the mean; 0 for a single draw.

    Of independent draws: standard deviation / sqrt(draws). low_discrepancy: the draws are the rows of a scrambled Sobol
    sequence, in order; the standard deviation of block means / sqrt(blocks) then, the largest of blocks of 2 L, L and
    L / 2 rows, with L the largest power of two up to sqrt(draws).

    >>> mean_error(np.array([1.0, 3.0]))  # standard deviation sqrt(2), over sqrt(2)
    1.0
    """
    if len(values) < 2 or not np.ptp(values):
        return 0.0
    if not low_discrepancy:
        return float(np.sqrt(variance(values) / (len(values) - 1)))
    near_root = 2 ** int(math.log2(math.isqrt(len(values))))
    return max(mean_error(_block_means(values, max(int(near_root * length), 1))) for length in LENGTHS)


def _block_means(values: Array, rows: int) -> Array:
    """The means of consecutive blocks of `rows` draws; an incomplete last block is left out."""
    blocks = len(values) // rows
    means: Array = values[: blocks * rows].reshape(blocks, rows).mean(axis=1)
    return means


def shares_of_lowest(values: Array) -> Array:
    """By draw, the share that each column has in the lowest value: 1, or less where equal ones share it."""
    lowest = values == values.min(axis=1, keepdims=True)
    shares: Array = lowest / lowest.sum(axis=1, keepdims=True)
    return shares


def below_zero(values: Array) -> Array:
    """1 where a value is below 0, a half where it is 0, else 0: the mean is a chance in which ties count half."""
    lower: Array = (values < 0) + (values == 0) / 2
    return lower


def variance(values: Array) -> float:
    """The variance of the draws, exactly 0 if they are all equal."""
    return float(np.var(values)) if np.ptp(values) else 0.0


def share_error(share: float, draws: int) -> float:
    """Standard error of a share of independent draws: sqrt(p (1 - p) / draws), p half a draw off 0 and 1.

    A share of 0 or 1 in a finite number of draws is not certain, so its error is not 0 either.
    """
    bounded = min(max(share, 0.5 / draws), 1 - 0.5 / draws)
    return float(np.sqrt(bounded * (1 - bounded) / draws))


def chance_error(happened: Array, low_discrepancy: bool = False) -> float:
    """Standard error of the share of draws in which an event happened: 1 where it did, 0 where not, parts for ties.

    Of independent draws that of `share_error`; of rows of a Sobol sequence (low_discrepancy) that of `mean_error`, but
    no less than that of a share of 0.
    """
    if low_discrepancy:
        return max(mean_error(happened, low_discrepancy), share_error(0.0, len(happened)))
    return share_error(float(happened.mean()), len(happened))


def percentile_error(values: Array, share: float) -> float:
    """Standard error of a percentile: half the distance between the percentiles one standard error to each side.

    The number of draws below a percentile is binomial, so `share` itself is uncertain by sqrt(p (1 - p) / draws);
    David and Nagaraja, Order Statistics (2003), section 7. Of independent draws; rows of a Sobol sequence gain little
    here, so for them it is an upper bound (1.3 to 3 times the error, `docs/accuracy.md`).
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


def ranks(values: Array) -> Array:
    """The rank of each draw from 1 up, equal ones sharing their mean rank."""
    order = np.argsort(values)
    ascending = values[order]
    ranked = np.empty(len(values))
    if (ascending[1:] != ascending[:-1]).all():
        ranked[order] = np.arange(1.0, len(values) + 1)
        return ranked
    first = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))
    counts = np.diff(np.append(first, len(values)))
    ranked[order] = np.repeat(first + (counts + 1) / 2, counts)
    return ranked


def correlation(first: Array, second: Array) -> float:
    """Pearson's correlation, from -1 to 1; 0 if either does not vary. Of `ranks` it is Spearman's.

    >>> correlation(ranks(np.array([1.0, 2.0, 3.0])), ranks(np.array([1.0, 8.0, 27.0])))
    1.0
    """
    x, y = first - first.mean(), second - second.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / size, -1, 1)) if size else 0.0


def normal_scores(ranked: Array, draws: int) -> Array:
    """Ranks of draws as standard normal scores: the quantile of (rank - 1/2) / draws."""
    from scipy.special import ndtri

    scores: Array = ndtri((ranked - 0.5) / draws)
    return scores
