"""Wright's curve: each doubling costs a share of before, down to a floor; exact at whole numbers, monotone between."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.model.fleet.learning_curve import LearningCurve, exponent


def power_sum(count: Any, exponent: Any) -> Any:
    return LearningCurve(np.asarray(exponent)).powers(count)


def learning_hours(first: Any, floor: Any, done: Any, count: Any, rate: Any) -> Any:
    """Hours of `count` repetitions after `done` earlier ones."""
    curve = LearningCurve.of(rate)
    return curve.hours(first, floor, done + count) - curve.hours(first, floor, done)


@pytest.mark.parametrize(("rate", "expected"), [(1.0, 0.0), (0.5, -1.0), (0.8, math.log2(0.8)), (0.25, -2.0)])
def test_the_exponent_is_the_binary_logarithm(rate: float, expected: float) -> None:
    assert float(exponent(np.array(rate))) == pytest.approx(expected)


def test_published_example_of_an_80_percent_curve() -> None:
    """NASA's cost handbook: with 80 % the units cost 1, 0.8, 0.702, 0.64, ... of the first; 8 units 5.346 in all."""
    units = [float(power_sum(np.array(float(n)), exponent(np.array(0.8)))) for n in range(9)]
    assert np.diff(units).tolist() == pytest.approx([1, 0.8, 0.7021, 0.64, 0.5956, 0.5617, 0.5345, 0.512], abs=5e-5)
    assert units[8] == pytest.approx(5.346, abs=5e-4)


@given(st.integers(0, 5000), st.floats(0.5, 1.0))
def test_the_closed_form_is_the_sum(count: int, rate: float) -> None:
    power = math.log2(rate)
    summed = math.fsum(i**power for i in range(1, count + 1))
    assert float(power_sum(np.array(float(count)), np.array(power))) == pytest.approx(summed, rel=1e-9)


def test_counts_and_rates_of_several_draws_broadcast() -> None:
    """Counts on one axis and rates on the other, near and far, whole and not."""
    counts, rates = np.array([[3.0], [16.0], [40.0], [700.5]]), np.array([[0.7, 0.9, 1.0]])
    found = power_sum(counts, exponent(rates))
    for row, (count,) in enumerate(counts):
        for column, rate in enumerate(rates[0]):
            power, whole = math.log2(rate), int(count)
            summed = math.fsum(i**power for i in range(1, whole + 1)) + (count - whole) * (whole + 1) ** power
            assert found[row, column] == pytest.approx(summed, rel=1e-9)


@given(
    st.floats(0.1, 100), st.floats(0, 1), st.integers(0, 300), st.integers(0, 300), st.floats(0.5, 1.0)
)  # fmt: skip
def test_hours_are_the_sum_of_what_is_above_the_floor(
    first: float, floor_share: float, done: int, count: int, rate: float
) -> None:
    floor = first * floor_share
    summed = math.fsum(max(first * i ** math.log2(rate), floor) for i in range(done + 1, done + count + 1))
    assert float(learning_hours(first, floor, done, count, rate)) == pytest.approx(summed, rel=1e-8, abs=1e-9)


@given(st.floats(0, 400), st.floats(0, 400), st.floats(0.5, 1.0))
def test_real_numbers_of_repetitions_lie_between_whole_ones(done: float, count: float, rate: float) -> None:
    """Sweeps use real fleet sizes: more repetitions never cost less, nor more than the first each."""
    hours = float(learning_hours(10.0, 2.0, done, count, rate))
    more = float(learning_hours(10.0, 2.0, done, count + 0.5, rate))
    assert -1e-9 <= hours <= 10 * count + 1e-9
    assert hours - 1e-9 <= more <= hours + 5 + 1e-9


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000), st.floats(0.5, 1.0))
def test_waves_teach_as_much_as_one_of_their_size(first: int, second: int, third: int, rate: float) -> None:
    parts = sum(
        float(learning_hours(12.0, 2.0, done, count, rate))
        for done, count in ((0, first), (first, second), (first + second, third))
    )
    assert parts == pytest.approx(float(learning_hours(12.0, 2.0, 0, first + second + third, rate)), rel=1e-9, abs=1e-6)


def test_a_floor_above_the_first_is_what_everything_costs() -> None:
    assert float(learning_hours(1.0, 2.0, 0, 10, 0.8)) == 20
    assert float(learning_hours(2.0, 2.0, 0, 10, 0.8)) == 20
    assert float(learning_hours(0.0, 0.0, 0, 10, 0.8)) == 0


@pytest.mark.parametrize("counts", [[3], [1, 3], [1, 2, 3]])
def test_each_of_some_counts_has_its_sum(counts: list[int]) -> None:
    expected = [{1: 1, 2: 3 / 2, 3: 11 / 6}[count] for count in counts]
    assert np.ravel(power_sum(counts, -1.0)).tolist() == pytest.approx(expected)


def test_arguments_broadcast_over_draws_and_counts() -> None:
    rate, counts = np.array([[0.5]]), np.array([[1.0, 2.0, 4.0]])
    hours = learning_hours(np.array([[10.0], [20.0]]), np.array([[0.0]]), np.array([[0.0]]), counts, rate)
    assert hours.tolist() == [[10, 15, pytest.approx(125 / 6)], [20, 30, pytest.approx(250 / 6)]]
