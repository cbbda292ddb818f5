"""Percentiles, tails, errors and rank correlation against values known otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tco.analysis.distribution import (
    chance_error,
    correlation,
    mean_error,
    percentile_error,
    percentiles,
    ranks,
    share_error,
    tail_mean,
)
from tco.sampling.uniforms import SobolSequence

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=2, max_size=60).map(np.array)


def test_tail_mean_of_a_normal() -> None:
    """The mean of the worst 5 % of a standard normal is phi(1.645) / 0.05 = 2.0627."""
    draws = np.random.default_rng(1).standard_normal(200_000)
    assert tail_mean(draws) == pytest.approx(2.0627, abs=0.02)


def test_tail_mean_counts_the_draw_on_the_border_in_part() -> None:
    """Of 10 draws the worst 5 % is half a draw: the largest. Of 30 it is one and a half: (30 + 29 / 2) / 1.5."""
    assert tail_mean(np.arange(1.0, 11.0)) == pytest.approx(10.0)
    assert tail_mean(np.arange(1.0, 31.0)) == pytest.approx((30 + 14.5) / 1.5)


@given(NUMBERS)
def test_tail_mean_lies_between_the_percentile_and_the_largest(values: np.ndarray) -> None:
    slack = 1e-9 * max(1.0, float(np.abs(values).max()))
    assert np.quantile(values, 0.95, method="inverted_cdf") - slack <= tail_mean(values) <= values.max() + slack


@given(NUMBERS, NUMBERS)
def test_rank_correlation_is_spearmans(first: np.ndarray, second: np.ndarray) -> None:
    size = min(len(first), len(second))
    first, second = first[:size], second[:size]
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert correlation(ranks(first), ranks(second)) == 0.0
    else:
        found = correlation(ranks(first), ranks(second))
        assert found == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-9)


@given(NUMBERS)
def test_ranks_share_ties(values: np.ndarray) -> None:
    assert ranks(values).tolist() == stats.rankdata(values).tolist()


def test_errors_shrink_with_the_root_of_the_draws() -> None:
    draws = np.random.default_rng(2).standard_normal(40_000)
    assert mean_error(draws) == pytest.approx(1 / 200, rel=0.02)
    # The error of a normal's median is sqrt(pi / 2) times that of its mean.
    assert percentile_error(draws, 0.5) == pytest.approx(np.sqrt(np.pi / 2) / 200, rel=0.1)
    assert mean_error(draws[:1]) == 0.0


def test_intervals_of_two_errors_hold_as_often_as_they_say() -> None:
    """Of 400 samples of 500 draws, about 95 % of intervals of 1.96 errors hold the true P90, 1.2816."""
    generator = np.random.default_rng(3)
    held = [
        abs(percentiles(draws, (0.9,))[0] - 1.2816) <= 1.96 * percentile_error(draws, 0.9)
        for draws in generator.standard_normal((400, 500))
    ]
    assert 0.91 <= np.mean(held) <= 0.985


def test_a_share_of_none_in_a_few_draws_is_not_certain() -> None:
    assert share_error(0.5, 100) == pytest.approx(0.05)
    for share in (0.0, 1.0):
        assert share_error(share, 100) == pytest.approx(np.sqrt(0.005 * 0.995 / 100))


def test_block_errors_by_hand() -> None:
    """16 draws, whose root is 4: the worst of blocks of eight, four and two rows counts.

    0 0 0 0 2 2 2 2, twice: blocks of eight have means 1 1; of four 0 2 0 2, 4 squares of 1 over 3 and over 4: 1/3; of
    two 0 0 2 2 0 0 2 2, 8 squares of 1 over 7 and over 8: 1/7. 0 0 2 2, four times: only blocks of two differ.
    Single draws: 16 squares of 1 over 15 and over 16.
    """
    draws = np.tile([0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0], 2)
    assert mean_error(draws, low_discrepancy=True) == pytest.approx(np.sqrt(1 / 3))
    assert mean_error(draws[[0, 1, 4, 5] * 4], low_discrepancy=True) == pytest.approx(np.sqrt(1 / 7))
    assert mean_error(draws) == pytest.approx(np.sqrt(1 / 15))


def test_block_errors_of_few_and_of_equal_draws() -> None:
    """Of three draws every block is a single one."""
    few = np.array([1.0, 2.0, 6.0])
    assert mean_error(few, low_discrepancy=True) == mean_error(few)
    assert mean_error(np.full(1000, 0.1), low_discrepancy=True) == 0.0
    assert mean_error(few[:1], low_discrepancy=True) == 0.0


def sobol_outcomes(draws: int, seeds: int = 100) -> np.ndarray:
    """(seeds, draws): lognormal in one column, with a product of two, a step and a rough wave; its mean is known."""
    names = tuple("abcdef")
    found = []
    for seed in range(seeds):
        points = SobolSequence(names, draws, seed)
        a, b, c, d, e, f = (points.column(name, 0, draws) for name in names)
        found.append(np.exp(stats.norm.ppf(a) / 2) + 4 * (b - 0.5) * (c - 0.5) + (d + e > 1.5) + np.sin(10 * f))
    return np.array(found)


OUTCOME = float(np.exp(1 / 8) + 1 / 8 + (1 - np.cos(10)) / 10)


@pytest.mark.parametrize("draws", [256, 1000, 1024, 4096])
def test_intervals_of_sobol_means_hold_as_often_as_they_say(draws: int) -> None:
    """Of 100 scrambles, intervals of 1.96 errors hold the true mean in 93 or more; those of random draws are wider."""
    outcomes = sobol_outcomes(draws)
    means = outcomes.mean(axis=1)
    stated = np.array([mean_error(one, low_discrepancy=True) for one in outcomes])
    independent = np.array([mean_error(one) for one in outcomes])
    assert (np.abs(means - OUTCOME) <= 1.96 * stated).mean() >= 0.93
    assert 0.9 * means.std(ddof=1) <= stated.mean() <= independent.mean() / 1.5


def test_intervals_of_sobol_shares_hold_as_often_as_they_say() -> None:
    """Of 100 scrambles with 1,000 draws: the share in which the outcome exceeds 2, known from a million draws."""
    happened = (sobol_outcomes(1000) > 2).astype(float)
    truth = float((sobol_outcomes(2**20, seeds=1) > 2).mean())
    stated = np.array([chance_error(one, low_discrepancy=True) for one in happened])
    assert (np.abs(happened.mean(axis=1) - truth) <= 1.96 * stated).mean() >= 0.93
    assert stated.mean() < share_error(truth, 1000)


def test_a_share_of_none_in_sobol_rows_is_not_certain_either() -> None:
    for happened in (np.zeros(100), np.ones(100)):
        assert chance_error(happened, low_discrepancy=True) == share_error(0.0, 100)
    assert chance_error(np.tile([0.0, 1.0], 50)) == share_error(0.5, 100)
