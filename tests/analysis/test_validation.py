"""The model against published cases: what agrees, what is missed, and why."""

from __future__ import annotations

import numpy as np
import pytest

from tco.analysis.case_checks import inside, minutes_between
from tco.analysis.published_cases import CHECKS
from tco.analysis.validation import badge, validation
from tco.evidence.cases import Figure, case, cases

EXACT = {
    ("dynamodb_2025", "credit_share"),
    ("extended_support_one_instance", "monthly_charge"),
    ("extended_support_two_instances", "monthly_charge"),
    ("extended_support_aurora_mysql_year_3", "rate_over_year_1"),
    ("extended_support_multi_az", "charged_vcpu_over_vcpu"),
    ("druva_dynamodb", "maintenance_notices"),
}
MISSED = {
    ("aurora_bluegreen_2026", "switchover"),
    ("amazon_wallet", "downtime"),
    ("amazon_wallet", "labour_before"),
    ("amazon_flash", "administration_per_database"),
    ("druva_dynamodb", "downtime"),
    ("trackit_aurora", "reason"),
    ("notion_resharding", "downtime_of_second_move"),
    ("gitlab_postgresql_11", "window"),
    ("fresha_postgresql_17", "downtime"),
    ("adyen_postgresql_13", "index_corruption_found"),
}


def of_outcome(*outcomes: str) -> set[tuple[str, str]]:
    found = validation()
    return set(found.loc[found["outcome"].isin(outcomes), ["case", "figure"]].itertuples(index=False, name=None))


def figure(**stated: object) -> Figure:
    return Figure.model_validate({"unit": "minute", "mark": "read", **stated})


def test_every_published_figure_is_held_against_the_model_once() -> None:
    frame = validation()
    assert set(CHECKS) == set(cases())
    held = list(frame[["case", "figure"]].itertuples(index=False, name=None))
    assert len(held) == len(set(held))
    assert {(name, stated) for name, known in cases().items() for stated in known.observed} <= set(held)


def test_arithmetic_matches_exactly() -> None:
    assert of_outcome("exact") == EXACT
    exact = validation().query("outcome == 'exact'")
    assert (exact["model_low"] == exact["model_high"]).all()


def test_misses_are_these_and_each_has_a_reason() -> None:
    """The founding article's zero downtime among them: the model counts events of a Region."""
    assert of_outcome("missed") == MISSED
    frame = validation()
    assert frame.loc[frame["outcome"] == "missed", "reason"].str.len().min() > 20
    assert frame.loc[frame["outcome"] == "not testable", "reason"].str.len().min() > 10


def test_no_hit_is_a_bound_or_comes_from_a_source_of_the_range() -> None:
    frame = validation().query("outcome == 'inside'")
    assert len(frame) >= 2
    assert not frame["calibrated"].any()
    for row in frame.itertuples():
        stated = case(row.case)
        assert (stated.observed.get(row.figure) or stated.inputs[row.figure]).bound == "exactly"
    assert ("netflix_cassandra", "people") in of_outcome("source")
    assert ("runsignup_aurora_3", "switchover") in of_outcome("bound")


def test_guards_are_not_reproduced() -> None:
    """Nobody saves 60 % by moving the quickstart, and the database alone is down less than 30 minutes a year."""
    guards = validation().query("outcome == 'guard'").set_index("case")
    assert set(guards.index) == {"amazon_oracle_exit", "druva_dynamodb"}
    assert guards.loc["amazon_oracle_exit", "model_high"] < 0.05
    assert guards.loc["druva_dynamodb", "model_high"] < 30


def test_what_is_inside_lies_inside() -> None:
    frame = validation().query("outcome in ['inside', 'source', 'bound']")
    assert (frame["model_low"] < frame["model_high"]).all()
    assert np.isfinite(frame[["model_low", "model_high"]].to_numpy()).all()


def test_a_source_of_a_range_is_told_from_an_independent_witness() -> None:
    frame = validation().set_index(["case", "figure"])["calibrated"]
    assert frame[("preset_rds_17", "incident_downtime")]
    assert frame[("netflix_cassandra", "people")]
    assert not frame[("amazon_wallet", "operations_reduction")]
    assert not frame[("gitlab_postgresql_11", "downtime_target")]


def test_the_badge_counts_each_figure_once() -> None:
    found = badge()
    assert found.cases == len(cases())
    assert found.figures == len(validation())
    assert (found.inside, found.missed) == (len(of_outcome("exact", "inside")), len(MISSED))
    assert found.short == f"published figures: {found.inside} inside, 10 missed, {found.not_testable} not testable"


@pytest.mark.parametrize(
    ("stated", "low", "high", "expected"),
    [
        ({"value": 135}, 60, 134.6, True),  # stated in whole units: 134.5 to 135.5
        ({"value": 135}, 60, 134.4, False),
        ({"value": 1.6}, 4, 60, False),
        ({"low": 120, "high": 300}, 95, 600, True),
        ({"low": 80, "high": 300}, 95, 600, False),
        ({"low": 11, "bound": "at_least"}, 3, 19, True),
        ({"low": 11, "bound": "at_least"}, 3, 10, False),
        ({"high": 40, "bound": "below"}, 4, 60, True),
        ({"high": 3, "bound": "below"}, 4, 60, False),
        ({"value": 3, "bound": "at_most"}, 4, 60, False),
        ({"value": 30, "bound": "at_least"}, 4, 60, True),
    ],
)
def test_inside(stated: dict[str, object], low: float, high: float, expected: bool) -> None:
    assert inside(figure(**stated), low, high) is expected


def test_minutes_between_two_times() -> None:
    """02:13 to 07:10 is 4 hours 57 minutes."""
    assert minutes_between(case("dynamodb_2015")) == 297
