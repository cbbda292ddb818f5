"""Where curves cross, found in every draw: against curves whose crossings are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tco.analysis.ranges import costs_by_draw, intervals_of_change, narrowed

Array = NDArray[np.float64]
TRIED = np.linspace(0.0, 39.0, 40)


class Curves:
    """Costs of some options in each draw, and how many were computed."""

    def __init__(self, *options: object):
        self.options = options
        self.computed = 0

    def __call__(self, draw: NDArray[np.intp], value: Array) -> Array:
        self.computed += len(draw)
        return np.column_stack([option(draw, value) for option in self.options])  # type: ignore[operator]


def changes(curves: Curves, draws: int) -> list[tuple[int, float, int, int]]:
    found = narrowed(intervals_of_change(TRIED, costs_by_draw(TRIED, draws, curves)), curves)
    return list(zip(found.draw.tolist(), found.value.tolist(), found.below.tolist(), found.above.tolist(), strict=True))


def test_straight_lines_cross_where_algebra_says() -> None:
    """10 + x against 20 + d: from 10 + d on, draw by draw; found in 14 coarse values and little more."""
    curves = Curves(lambda draw, x: 10 + x, lambda draw, x: 20.0 + draw + 0 * x)
    found = changes(curves, 20)
    assert [(draw, below, above) for draw, _, below, above in found] == [(draw, 0, 1) for draw in range(20)]
    assert [value for _, value, *_ in found] == pytest.approx([10.0 + draw for draw in range(20)], abs=1e-3)
    assert curves.computed < 20 * 40


def test_three_options_change_twice_within_one_step() -> None:
    """Zigzag within (20, 21): the third is cheapest only from 20.4 to 20.6, where the others meet at 20.5."""
    curves = Curves(
        lambda draw, x: x - 20.5 + 0 * draw,
        lambda draw, x: 20.5 - x + 0 * draw,
        lambda draw, x: -0.1 + 0 * x,
    )
    found = [(round(value, 3), below, above) for _, value, below, above in changes(curves, 1)]
    assert found == [(20.4, 0, 2), (20.6, 2, 1)]


def test_a_bend_between_coarse_values_is_not_missed() -> None:
    """(x - 19.5)**2 - 0.3 is below 0 from 18.95 to 20.05 alone, between the coarse values 18 and 21."""
    curves = Curves(lambda draw, x: 0 * x, lambda draw, x: (x - 19.5) ** 2 - 0.3)
    assert [round(value, 2) for _, value, *_ in changes(curves, 1)] == [18.95, 20.05]


def test_a_jump_is_narrowed_down_too() -> None:
    curves = Curves(lambda draw, x: np.where(x < 7.77, 0.0, 5.0), lambda draw, x: 1.0 + 0 * x)
    (change,) = changes(curves, 1)
    assert change[1] == pytest.approx(7.77, abs=0.3)


def test_equal_costs_never_change() -> None:
    curves = Curves(lambda draw, x: x, lambda draw, x: x)
    assert changes(curves, 3) == []
