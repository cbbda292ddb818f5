"""What low, high and value mean for each shape, which numbers are refused, and what an overlay replaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from tco.scenario.assumptions import Assumption, check_unit

SOURCE = {"title": "Somebody", "as_of": "2026-11-01", "kind": "judgement", "sponsor": "none"}
RATIO = {"label": "Thing", "description": "A thing.", "unit": "ratio", "source": SOURCE}
SHARE = {**RATIO, "unit": "1"}
Z = float(stats.norm.ppf(0.95))


def assumption(base: dict[str, Any] = RATIO, **entry: Any) -> Assumption:
    return Assumption.model_validate({**base, **entry})


# -- shapes and means ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "entry", "shape"),
    [
        (RATIO, {"value": 3}, "fixed"),
        (RATIO, {"low": 1, "high": 4}, "lognormal"),
        (RATIO, {"low": 1, "high": 4, "value": 2}, "lognormal"),
        (SHARE, {"low": 0.1, "high": 0.4}, "beta"),
        (SHARE, {"value": 0.4}, "fixed"),
        (RATIO, {"low": 0, "high": 4, "shape": "uniform"}, "uniform"),
        (RATIO, {"parts": [{"weight": 1, "value": 2}, {"weight": 3, "low": 1, "high": 4}]}, "mixture"),
    ],
)
def test_the_shape_follows_from_what_is_given(base: dict[str, Any], entry: dict[str, Any], shape: str) -> None:
    assert assumption(base, **entry).shape == shape


@given(st.floats(0.001, 1000), st.floats(1.01, 50))
def test_lognormal_low_and_high_are_percentiles(low: float, ratio: float) -> None:
    high = low * ratio
    law = stats.lognorm(s=np.log(ratio) / (2 * Z), scale=np.sqrt(low * high))
    assert law.cdf(low) == pytest.approx(0.05)
    assert assumption(low=low, high=high).mean == pytest.approx(law.mean(), rel=1e-6)


def test_a_share_is_cut_at_one_and_the_mean_counts_the_cut() -> None:
    """A lognormal share between 0.3 and 0.99 would exceed 1 in places; those draws are 1."""
    law = stats.lognorm(s=np.log(0.99 / 0.3) / (2 * Z), scale=np.sqrt(0.3 * 0.99))
    below = law.expect(lambda x: x, ub=1)
    expected = below + law.sf(1)
    assert assumption(SHARE, low=0.3, high=0.99, shape="lognormal").mean == pytest.approx(expected, rel=1e-6)
    assert expected < law.mean()


def test_a_normal_is_cut_at_zero() -> None:
    law = stats.norm(loc=5, scale=(9 - 1) / (2 * Z))
    expected = law.expect(lambda x: x, lb=0)
    assert assumption(low=1, high=9, shape="normal").mean == pytest.approx(expected, rel=1e-6)
    wide = stats.norm(loc=2, scale=4 / (2 * Z))
    assert assumption(low=0, high=4, shape="normal").mean == pytest.approx(wide.expect(lambda x: x, lb=0), rel=1e-6)


@pytest.mark.parametrize(
    ("base", "entry", "least"),
    [
        (RATIO, {"low": 1.1, "high": 2.4}, 1),
        (RATIO, {"low": 1, "high": 9, "shape": "normal"}, 0.5),
        (SHARE, {"low": 0.15, "high": 0.6}, 0.1),
        (SHARE, {"low": 0.4, "high": 0.99, "shape": "lognormal"}, 0.3),
        (RATIO, {"parts": [{"weight": 1, "value": 8}, {"weight": 3, "low": 1, "high": 4}]}, 1),
    ],
)
def test_draws_are_cut_at_the_least_that_is_meaningful_and_the_mean_counts_the_cut(
    base: dict[str, Any], entry: dict[str, Any], least: float
) -> None:
    uniform = (np.arange(200_000) + 0.5) / 200_000
    cut, whole = assumption(base, **entry, at_least=least), assumption(base, **entry)
    drawn = cut.quantile(uniform)
    assert whole.quantile(uniform).min() < drawn.min() == least
    np.testing.assert_array_equal(drawn, np.maximum(whole.quantile(uniform), least))
    assert cut.mean == pytest.approx(drawn.mean(), rel=1e-4)
    assert cut.mean > whole.mean


def test_a_beta_is_cut_at_its_most() -> None:
    cut = assumption(SHARE, low=0.1, high=0.4, at_most=0.45)
    drawn = cut.quantile((np.arange(200_000) + 0.5) / 200_000)
    assert drawn.max() == 0.45
    assert cut.mean == pytest.approx(drawn.mean(), rel=1e-4)


def test_a_beta_has_a_twentieth_on_each_side() -> None:
    found = assumption(SHARE, low=0.1, high=0.4)
    # Any beta with the 5th percentile 0.1 and the 95th 0.4; scipy finds it by least squares here, the code by a root.
    from scipy.optimize import least_squares

    fitted = least_squares(
        lambda p: stats.beta(np.exp(p[0]), np.exp(p[1])).cdf([0.1, 0.4]) - [0.05, 0.95], [1, 2], xtol=1e-14
    )
    assert found.mean == pytest.approx(stats.beta(*np.exp(fitted.x)).mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("entry", "mean"),
    [
        ({"value": 7}, 7),
        ({"value": 7, "low": 1, "high": 9, "shape": "fixed"}, 7),
        ({"low": 0, "value": 1, "high": 8, "shape": "pert"}, 2),  # (0 + 4 x 1 + 8) / 6
        ({"low": 0, "value": 1, "high": 8, "shape": "triangular"}, 3),  # (0 + 1 + 8) / 3
        ({"low": 0, "high": 8, "shape": "uniform"}, 4),
        ({"low": 4, "high": 4}, 4),
        # a quarter of the time 8, else uniform between 0 and 4: 0.25 x 8 + 0.75 x 2
        ({"parts": [{"weight": 1, "value": 8}, {"weight": 3, "low": 0, "high": 4, "shape": "uniform"}]}, 3.5),
    ],
)
def test_means(entry: dict[str, Any], mean: float) -> None:
    assert assumption(**entry).mean == pytest.approx(mean)


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "entry", "message"),
    [
        (RATIO, {"low": 5, "high": 4}, "low 5 is above high 4"),
        (RATIO, {"low": 5, "high": 4, "value": 4.5, "shape": "fixed"}, "low 5 is above high 4"),
        (RATIO, {"low": 1}, "needs low and high"),
        (RATIO, {"high": 4}, "needs a shape"),
        (RATIO, {"low": 0, "high": 4}, "needs a shape"),
        (RATIO, {"low": 0, "high": 4, "shape": "lognormal"}, "needs low > 0"),
        (RATIO, {"shape": "pert", "low": 1, "high": 4}, "needs a value"),
        (RATIO, {"shape": "pert", "low": 1, "high": 4, "value": 5}, "value 5 is outside low 1 to high 4"),
        (RATIO, {"shape": "triangular", "low": 1, "high": 4, "value": 0.5}, "is outside"),
        (RATIO, {}, "needs a value"),
        (RATIO, {"value": -1}, "greater than or equal to 0"),
        (RATIO, {"value": float("nan")}, "finite number"),
        (RATIO, {"value": float("inf")}, "finite number"),
        (RATIO, {"value": 1e13}, "less than or equal to"),
        (RATIO, {"value": "3"}, "valid number"),
        (RATIO, {"value": True}, "valid number"),
        (SHARE, {"value": 1.5}, "outside 0 to 1"),
        (SHARE, {"low": 0.1, "high": 1.2, "value": 0.3, "shape": "pert"}, "outside 0 to 1"),
        (SHARE, {"low": 0, "high": 0.5}, "use shape pert"),
        (RATIO, {"value": 3, "at_least": 4}, "outside 4"),
        (RATIO, {"value": 3, "parts": [{"weight": 1, "value": 2}]}, "mixture needs `parts`"),
        (RATIO, {"parts": [{"weight": 0, "value": 2}]}, "greater than 0"),
        (RATIO, {"parts": [{"weight": 1, "low": 3, "high": 2}]}, "low 3 is above high 2"),
        (RATIO, {"value": 3, "shape": "gamma"}, "lognormal"),
        (RATIO, {"value": 3, "colour": "red"}, "colour"),
        (RATIO, {"value": 3, "unit": "furlong"}, "furlong"),
        (RATIO, {"value": 3, "source": {"title": "x", "as_of": "2026-13-01", "kind": "judgement"}}, "as_of"),
        (RATIO, {"value": 3, "source": {"title": "", "as_of": "2026-11-01", "kind": "judgement"}}, "title"),
        (RATIO, {"value": 3, "source": {"title": "x", "as_of": "2026-11-01", "kind": "guess"}}, "judgement"),
    ],
)
def test_faulty_entries_are_refused(base: dict[str, Any], entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        assumption(base, **entry)
    assert message in str(caught.value)


@pytest.mark.parametrize(("value", "fits"), [(2, True), (1.7, True), (2.3, True), (1.5, False), (2.6, False)])
def test_a_value_must_be_the_median_within_a_fifth(value: float, fits: bool) -> None:
    """The median of a lognormal between 1 and 4 is 2; a fifth of it is 0.4."""
    if fits:
        assert assumption(low=1, high=4, value=value).mean == assumption(low=1, high=4).mean
    else:
        with pytest.raises(ValidationError, match="not the median"):
            assumption(low=1, high=4, value=value)


@pytest.mark.parametrize("unit", ["1", "USD/labour hour", "labour hour/(design x step)", "event/(cluster x year)"])
def test_units_are_made_of_known_words(unit: str) -> None:
    assert check_unit(unit) == unit


@pytest.mark.parametrize("unit", ["", "hours", "USD/hour/cluster", "USD per hour", "labour hour*2"])
def test_other_units_are_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="not made of known words"):
        check_unit(unit)


# -- overlays --------------------------------------------------------------------------------------------------------


LOGNORMAL = {"low": 1, "high": 4, "value": 2, "note": "from the baseline"}
OWN = {"title": "Our log", "as_of": "2026-10-01", "kind": "measured"}


def test_an_overlay_replaces_value_low_high_and_source_together() -> None:
    found = assumption(**LOGNORMAL).replaced({"low": 3, "high": 12, "source": OWN})
    assert (found.value, found.low, found.high) == (None, 3, 12)
    assert (found.shape, found.unit, found.label) == ("lognormal", "ratio", "Thing")
    assert found.source.title == "Our log"
    assert found.note == ""


@pytest.mark.parametrize(
    ("before", "overlay", "shape"),
    [
        ({"low": 1, "high": 4, "value": 2, "shape": "pert"}, {"low": 2, "high": 8, "value": 3}, "pert"),
        ({"low": 1, "high": 4, "value": 2, "shape": "pert"}, {"low": 2, "high": 8, "shape": "uniform"}, "uniform"),
        (LOGNORMAL, {"value": 5}, "fixed"),
        ({"value": 3}, {"low": 2, "high": 8}, "lognormal"),
        ({"value": 3, "low": 1, "high": 5, "shape": "fixed"}, {"value": 4, "low": 2, "high": 8}, "fixed"),
        (LOGNORMAL, {"parts": [{"weight": 1, "value": 2}, {"weight": 1, "value": 4}]}, "mixture"),
        ({"parts": [{"weight": 1, "value": 2}]}, {"low": 2, "high": 8}, "lognormal"),
    ],
)
def test_the_shape_stays_unless_given(before: dict[str, Any], overlay: dict[str, Any], shape: str) -> None:
    assert assumption(**before).replaced({**overlay, "source": OWN}).shape == shape


def test_unit_and_bounds_stay() -> None:
    found = assumption(value=3, at_least=1, at_most=5).replaced({"value": 4, "unit": "1", "at_most": 100})
    assert (found.unit, found.at_most) == ("ratio", 5)
    with pytest.raises(ValidationError, match="outside 1 to 5"):
        assumption(value=3, at_least=1, at_most=5).replaced({"value": 6})


def test_a_bare_number_has_no_spread() -> None:
    fixed = assumption(**LOGNORMAL).replaced({"value": 7, "shape": "fixed"})
    assert (fixed.shape, fixed.mean, fixed.is_uncertain, fixed.low, fixed.high) == ("fixed", 7, False, None, None)
    assert assumption(**LOGNORMAL).is_uncertain
