"""The model against published cases: what agrees, what is missed, and why."""

from __future__ import annotations

import numpy as np
import pytest

from tco.analysis.case_checks import inside, minutes_between
from tco.analysis.published_cases import CHECKS
from tco.analysis.validation import badge, validation
from tco.evidence.cases import Figure, case, cases

EXACT = {
    "dynamodb_2015",
    "dynamodb_2025",
    "extended_support_one_instance",
    "extended_support_two_instances",
    "extended_support_aurora_mysql_year_3",
    "extended_support_multi_az",
}
MISSED = {"aurora_bluegreen_2026", "amazon_wallet", "amazon_flash", "trackit_aurora", "adyen_postgresql_13"}
NOT_EVALUABLE = {"github_mysql_8", "meta_mysql_8", "retool_postgresql_13"}


def figure(**stated: object) -> Figure:
    return Figure.model_validate({"unit": "minute", "mark": "read", **stated})


def test_every_published_case_is_held_against_the_model() -> None:
    assert set(CHECKS) == set(cases()) == set(validation()["case"])


def test_arithmetic_cases_match_exactly() -> None:
    frame = validation()
    exact = frame[frame["outcome"] == "exact"]
    assert set(exact["case"]) == EXACT
    assert (exact["model_low"] == exact["model_high"]).all()
    kinds = frame[frame["kind"] == "exact"]
    assert set(kinds["outcome"]) <= {"exact", "inside"}


def test_misses_are_these_and_each_has_a_reason() -> None:
    frame = validation()
    missed = frame[frame["outcome"] == "miss"]
    assert set(missed["case"]) == MISSED
    open_ended = frame[frame["outcome"] == "not evaluable"]
    assert set(open_ended["case"]) == NOT_EVALUABLE
    assert missed["reason"].str.len().min() > 20
    assert open_ended["reason"].str.len().min() > 20


def test_guards_are_not_reproduced() -> None:
    """Nobody saves 60 % by moving the quickstart, and the database alone is down less than 30 minutes a year."""
    guards = validation().query("outcome == 'guard'").set_index("case")
    assert set(guards.index) == {"amazon_oracle_exit", "druva_dynamodb"}
    assert guards.loc["amazon_oracle_exit", "model_high"] < 0.05
    assert guards.loc["druva_dynamodb", "model_high"] < 30


def test_what_is_inside_lies_inside() -> None:
    frame = validation().query("outcome == 'inside'")
    assert (frame["model_low"] < frame["model_high"]).all()
    assert np.isfinite(frame[["model_low", "model_high"]].to_numpy()).all()


def test_a_source_of_a_range_is_told_from_an_independent_witness() -> None:
    frame = validation().set_index(["case", "figure"])["calibrated"]
    assert frame[("preset_rds_17", "incident_downtime")]
    assert not frame[("netflix_cassandra", "clusters_per_person")]
    assert not frame[("gitlab_postgresql_11", "downtime_target")]


def test_the_badge_counts_each_case_once() -> None:
    found = badge()
    assert found.cases == len(cases())
    assert (found.reproduced, found.missed, found.not_evaluable) == (20, len(MISSED), len(NOT_EVALUABLE))
    assert 0 < found.calibrated < found.reproduced
    assert str(found).startswith("20 of 28 published cases reproduced")


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
