"""How uniform numbers become draws: what low and high mean for each shape, correlations, and evenly spread numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tco.errors import InputError
from tco.sampling.uniforms import (
    ColumnSource,
    Correlated,
    Independent,
    LatinHypercube,
    SobolSequence,
    copula,
    direction_numbers,
    entropy,
)
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Correlation

ROWS = 4096
EVEN = (np.arange(100_000) + 0.5) / 100_000


def assumption(unit: str = "hour", **numbers: Any) -> Assumption:
    source = {"title": "test", "as_of": "2026-01-01", "kind": "judgement"}
    return Assumption.model_validate({"label": "x", "description": "x", "unit": unit, "source": source, **numbers})


SHAPES = {
    "lognormal": assumption(low=10, high=40),
    "normal": assumption(shape="normal", low=10, high=40),
    "beta": assumption("1", low=0.1, high=0.4),
    "pert": assumption(shape="pert", low=10, value=15, high=40),
    "pert with its mode at an end": assumption(shape="pert", low=10, value=10, high=40),
    "triangular": assumption(shape="triangular", low=10, value=15, high=40),
    "uniform": assumption(shape="uniform", low=10, high=40),
    "mixture": assumption(parts=[{"weight": 3, "low": 10, "high": 20}, {"weight": 1, "value": 240}]),
    "cut at 0": assumption(shape="normal", low=0, high=3),
    "share cut at 1": assumption("1", shape="lognormal", low=0.3, high=1),
}


@pytest.mark.parametrize("entry", SHAPES.values(), ids=SHAPES)
def test_the_mean_over_all_quantiles_is_the_mean_of_the_point_design(entry: Assumption) -> None:
    assert entry.quantile(EVEN).mean() == pytest.approx(entry.mean, rel=1e-3)


@pytest.mark.parametrize("shape", ["lognormal", "normal", "beta"])
def test_low_and_high_are_the_5th_and_95th_percentile(shape: str) -> None:
    entry = SHAPES[shape]
    assert entry.quantile(np.array([0.05, 0.95])) == pytest.approx([entry.low, entry.high], rel=1e-6)


@pytest.mark.parametrize("shape", ["pert", "pert with its mode at an end", "triangular", "uniform"])
def test_low_and_high_are_the_ends(shape: str) -> None:
    entry = SHAPES[shape]
    values = entry.quantile(np.array([1e-12, 1 - 1e-12]))
    assert values == pytest.approx([entry.low, entry.high], rel=2e-2)
    assert entry.low <= values[0] <= values[1] <= entry.high


def test_pert_and_beta_are_those_of_scipy() -> None:
    """PERT from 10 over 15 to 40 is 10 + 30 x Beta(1 + 4 x 5/30, 1 + 4 x 25/30)."""
    expected = 10 + 30 * stats.beta.ppf(EVEN, 1 + 4 * 5 / 30, 1 + 4 * 25 / 30)
    assert np.abs(SHAPES["pert"].quantile(EVEN) - expected).max() < 3e-6


def test_triangular_is_that_of_scipy() -> None:
    expected = stats.triang.ppf(EVEN, 5 / 30, loc=10, scale=30)
    assert SHAPES["triangular"].quantile(EVEN) == pytest.approx(expected, rel=1e-9)


def test_a_mixture_draws_each_part_as_often_as_it_weighs() -> None:
    values = SHAPES["mixture"].quantile(EVEN)
    assert (values == 240).mean() == pytest.approx(1 / 4, abs=1e-4)
    rest = values[values < 240]
    assert np.quantile(rest, [0.05, 0.95]) == pytest.approx([10, 20], rel=1e-3)


def test_draws_are_cut_at_0_and_shares_at_1() -> None:
    assert SHAPES["cut at 0"].quantile(EVEN).min() == 0
    assert SHAPES["share cut at 1"].quantile(EVEN).max() == 1


def test_without_spread_every_draw_is_the_same() -> None:
    assert set(assumption(shape="uniform", low=3, high=3).quantile(EVEN).tolist()) == {3.0}


# -- uniform numbers -------------------------------------------------------------------------------------------------

NAMES = tuple(f"column {number}" for number in range(8))
SEQUENCES: dict[str, ColumnSource] = {
    "sobol": SobolSequence(NAMES, ROWS, 7),
    "latin_hypercube": LatinHypercube(ROWS, 7),
    "random": Independent(7),
}


@pytest.mark.parametrize("numbers", SEQUENCES.values(), ids=SEQUENCES)
def test_a_row_is_the_same_in_any_stretch_of_rows(numbers: ColumnSource) -> None:
    whole = numbers.column(NAMES[3], 0, ROWS)
    assert ((whole > 0) & (whole < 1)).all()
    for first, rows in ((0, 1), (731, 1), (731, 2000), (ROWS - 5, 5)):
        assert (numbers.column(NAMES[3], first, rows) == whole[first : first + rows]).all()


@pytest.mark.parametrize("numbers", SEQUENCES.values(), ids=SEQUENCES)
def test_columns_that_are_made_together_are_those_made_alone(numbers: ColumnSource) -> None:
    for first, rows in ((0, ROWS), (731, 262)):
        alone = [numbers.column(name, first, rows).tolist() for name in NAMES]
        assert numbers.together(NAMES, first, rows).tolist() == alone


def test_random_numbers_are_those_of_a_stream_of_each_column() -> None:
    for name in NAMES:
        stream = np.random.Philox(key=entropy(7, name).generate_state(2, np.uint64))
        expected = np.random.Generator(stream.advance(182)).random(40)
        assert Independent(7).column(name, 4 * 182 + 3, 37).tolist() == expected[3:].tolist()


@pytest.mark.parametrize("rows", [5, 1000])
def test_columns_of_a_latin_hypercube_of_any_size_hit_every_stratum_once_together(rows: int) -> None:
    strata = np.floor(LatinHypercube(rows, 1).together(NAMES, 0, rows) * rows)
    assert (np.sort(strata, axis=1) == np.arange(rows)).all()


@pytest.mark.parametrize("name", ["sobol", "latin_hypercube"])
def test_each_column_hits_every_stratum_once(name: str) -> None:
    for column in NAMES:
        strata = np.floor(SEQUENCES[name].column(column, 0, ROWS) * ROWS)
        assert (np.sort(strata) == np.arange(ROWS)).all()


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 1000, 10_007])
def test_a_latin_hypercube_of_any_size_hits_every_stratum_once(rows: int) -> None:
    strata = np.floor(LatinHypercube(rows, 1).column("x", 0, rows) * rows)
    assert (np.sort(strata) == np.arange(rows)).all()


@pytest.mark.parametrize("numbers", SEQUENCES.values(), ids=SEQUENCES)
def test_columns_are_independent(numbers: ColumnSource) -> None:
    columns = np.stack([numbers.column(name, 0, ROWS) for name in NAMES])
    off_diagonal = np.corrcoef(columns)[~np.eye(len(NAMES), dtype=bool)]
    assert np.abs(off_diagonal).max() < 4 / np.sqrt(ROWS)


def test_direction_numbers_are_those_of_scipys_sequence() -> None:
    """Row n of scipy's unscrambled sequence is the exclusive or of the numbers at the set bits of n ^ (n >> 1)."""
    numbers = direction_numbers(50)
    expected = stats.qmc.Sobol(50, scramble=False, bits=32).random(256)
    for row in range(256):
        found = np.zeros(50, dtype=np.uint32)
        for bit in range(8):
            if (row ^ (row >> 1)) >> bit & 1:
                found ^= numbers[:, bit]
        assert (found / 2**32 == expected[row]).all()


def test_too_many_columns_for_a_sobol_sequence_are_refused() -> None:
    with pytest.raises(InputError, match="at most 1,111 columns"):
        direction_numbers(1112)


# -- correlation -----------------------------------------------------------------------------------------------------


def correlations(*stated: tuple[str, str, float]) -> list[Correlation]:
    return [Correlation(between=(one, other), value=value) for one, other, value in stated]


@pytest.mark.parametrize("value", [-1.0, -0.6, 0.3, 0.9, 1.0])
def test_what_is_stated_is_the_rank_correlation_of_the_draws(value: float) -> None:
    weights = copula(correlations(("a", "b", value)), ("a", "b", "c"))
    assert list(weights) == ["b"]
    numbers = Correlated(weights, SobolSequence(("a", "b"), ROWS, 3))
    drawn = [numbers.column(path, 0, ROWS) for path in ("a", "b")]
    assert stats.spearmanr(*drawn).statistic == pytest.approx(value, abs=0.01)
    for column in drawn:
        assert stats.kstest(column, "uniform").pvalue > 0.5


def test_correlations_with_what_is_certain_change_nothing() -> None:
    assert copula(correlations(("a", "fixed", 0.9)), ("a", "b")) == {}


def test_impossible_correlations_are_refused_naming_those_that_conflict() -> None:
    impossible = correlations(("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9), ("d", "e", 0.5))
    with pytest.raises(InputError, match="cannot hold together") as caught:
        copula(impossible, ("a", "b", "c", "d", "e"))
    for named in ("a and b (0.9)", "b and c (0.9)", "a and c (-0.9)"):
        assert named in str(caught.value)
    assert "d and e" not in str(caught.value)


def test_a_pair_stated_twice_or_with_itself_is_refused() -> None:
    with pytest.raises(InputError, match=r"stated twice, as 0\.2 and as 0\.3"):
        copula(correlations(("a", "b", 0.2), ("b", "a", 0.3)), ("a", "b"))
    with pytest.raises(InputError, match="between two assumptions"):
        copula(correlations(("a", "a", 0.2)), ("a", "b"))
