"""The value of information against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tco.analysis.value_of_information import (
    normal_perfect_information,
    partial_information,
    perfect_information,
    regression_terms,
)

DRAWS = 20_000


def normals(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((DRAWS, count))


@pytest.mark.parametrize("mean", [0.0, 10.0, -10.0, 60.0])
def test_perfect_information_of_two_options_with_a_normal_difference(mean: float) -> None:
    """A costs nothing, B costs N(mean, 20): the value is 20 phi(mean/20) - |mean| Phi(-|mean|/20)."""
    costs = np.column_stack([np.zeros(DRAWS), mean + 20 * normals(1, 1)[:, 0]])
    found = perfect_information(costs)
    assert found.value == pytest.approx(normal_perfect_information(mean, 20.0), abs=4 * found.standard_error + 1e-9)


def test_the_closed_form_at_a_known_point() -> None:
    """m = 1, s = 1: phi(1) - Phi(-1) = 0.241971 - 0.158655 = 0.083315 (unit normal loss integral tables)."""
    assert normal_perfect_information(1.0, 1.0) == pytest.approx(0.083315, abs=1e-6)
    assert normal_perfect_information(5.0, 0.0) == 0.0


def test_partial_information_is_that_of_the_assumptions_own_part() -> None:
    """The difference is 5 + 12 x + 16 y: knowing x alone resolves a normal with deviation 12, both one with 20."""
    x, y = normals(2, 2).T
    costs = np.column_stack([np.zeros(DRAWS), 5 + 12 * x + 16 * y])
    for columns, deviation in ((x[:, None], 12.0), (y[:, None], 16.0), (np.column_stack([x, y]), 20.0)):
        found = partial_information(costs, columns)
        expected = normal_perfect_information(5.0, deviation)
        assert found.value == pytest.approx(expected, abs=4 * found.standard_error)
        assert found.standard_error < 0.1 * expected


def test_partial_information_follows_a_bent_and_skewed_influence() -> None:
    """The difference is exp(x) - 1.5 with x normal and noise beside it; the expected gain by x alone is
    E[max(0, 1.5 - exp(x))] = 1.5 Phi(ln 1.5) - exp(1/2) Phi(ln 1.5 - 1), since the mean, exp(1/2) - 1.5, is above 0.
    """
    x, noise = normals(3, 2).T
    costs = np.column_stack([np.zeros(DRAWS), np.exp(x) - 1.5 + noise])

    def below(z: float) -> float:
        return math.erfc(-z / math.sqrt(2)) / 2

    expected = 1.5 * below(math.log(1.5)) - math.exp(0.5) * below(math.log(1.5) - 1)
    found = partial_information(costs, np.exp(x)[:, None])
    assert found.value == pytest.approx(expected, abs=4 * found.standard_error)


def test_an_assumption_that_changes_nothing_is_worth_nothing() -> None:
    x, noise = normals(4, 2).T
    costs = np.column_stack([np.zeros(DRAWS), 3 + noise])
    assert partial_information(costs, x[:, None]).value < 0.01
    assert partial_information(costs, np.ones((DRAWS, 1))).value == 0.0


def test_where_one_option_always_wins_nothing_is_worth_knowing() -> None:
    x = normals(5, 1)
    costs = np.column_stack([np.zeros(DRAWS), 10 + np.abs(x[:, 0])])
    assert perfect_information(costs).value == 0.0
    assert partial_information(costs, x).value == 0.0


def test_no_part_is_worth_more_than_everything() -> None:
    x = normals(6, 3)
    costs = np.column_stack([np.zeros(DRAWS), x @ [1.0, 2.0, 3.0], 1 + x @ [2.0, -1.0, 1.0]])
    whole = perfect_information(costs)
    for column in x.T:
        part = partial_information(costs, column[:, None])
        assert part.value <= whole.value + 3 * whole.standard_error
    assert partial_information(costs, x).value == pytest.approx(whole.value, rel=0.03)


def test_noise_is_not_worth_much_even_in_few_draws() -> None:
    """Of 100 columns that have nothing to do with the costs, each is worth 0; 500 draws with a spread of 10 find less
    than a tenth of what everything is worth, 10 phi(0) = 3.99, on average.
    """
    generator = np.random.default_rng(8)
    costs = np.column_stack([np.zeros(500), 10 * generator.standard_normal(500)])
    found = [partial_information(costs, column[:, None]).value for column in generator.standard_normal((100, 500))]
    assert np.mean(found) < 0.4


def test_too_few_draws_give_no_number() -> None:
    x = normals(7, 3)
    assert regression_terms(x[:150]) is None
    assert math.isnan(partial_information(x[:150, :2], x[:150]).value)
    assert regression_terms(x[:200]).shape == (200, 4)  # straight lines only
    assert regression_terms(x).shape == (DRAWS, 1 + 3 * 7 + 3)  # curves of seven terms and three products
