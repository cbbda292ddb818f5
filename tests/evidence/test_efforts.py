"""The table of published efforts, and what it says of the baseline's ranges."""

from __future__ import annotations

import re
from math import isnan

import pytest

from tco.evidence.efforts import ENOUGH, KINDS, efforts, pooled, published_priors
from tco.evidence.posteriors import MINUTES
from tco.loading.loading import baseline

IN_PLACE, BLUE_GREEN = MINUTES["in_place"], MINUTES["blue_green"]
ENTRIES = {path: baseline()[path] for path in (IN_PLACE, BLUE_GREEN)}


def fitted(values: list[float], limits: list[float], path: str = IN_PLACE) -> tuple[float, ...]:
    """The posterior of a path after minutes in place."""
    return pooled(ENTRIES, {IN_PLACE: values, BLUE_GREEN: []}, {IN_PLACE: limits, BLUE_GREEN: []})[path]


def test_published_efforts_say_where_each_number_is_from() -> None:
    assert len(efforts()) >= 40
    for row in efforts():
        assert row["who"]
        assert re.match(r"\d{4}(-\d\d){0,2}$", row["when"])
        assert row["link"].startswith("https://")
        assert row["basis"] in ("quoted", "derived")
        assert row["minutes_of"] in KINDS
        assert bool(row["minutes_of"]) == bool(row["minutes_down"])
        for name in ("clusters", "nodes", "data_gb", "people", "person_hours", "minutes_down"):
            assert not row[name] or float(row[name]) >= 0


def test_without_rows_the_posterior_is_the_stated_range() -> None:
    entry = ENTRIES[IN_PLACE]
    assert fitted([], []) == pytest.approx((entry.low, 15, entry.high), rel=0.1)


def test_many_rows_decide_and_few_do_not() -> None:
    few, many = fitted([60.0] * 2, []), fitted([60.0] * 60, [])
    assert 15 < few[1] < 0.9 * many[1]
    assert many[1] == pytest.approx(60, rel=0.05)
    assert many[2] / many[0] < few[2] / few[0]


def test_rows_that_differ_widen_the_range_of_another_fleet() -> None:
    alike, apart = fitted([15.0] * 8, []), fitted([2.0, 112.5] * 4, [])
    assert apart[1] == pytest.approx(alike[1], rel=0.1)
    assert apart[2] / apart[0] > 3 * alike[2] / alike[0]


def test_methods_lean_on_each_other() -> None:
    before, after = fitted([], [], BLUE_GREEN), fitted([60.0] * 10, [], BLUE_GREEN)
    own = fitted([60.0] * 10, [])
    assert before[1] < after[1]
    assert after[1] / before[1] < own[1] / 15, "less than what the rows say of their own method"


def test_a_limit_above_the_range_says_nothing_and_one_below_lowers_it() -> None:
    assert fitted([], [500.0]) == pytest.approx(fitted([], []), rel=0.02)
    assert fitted([], [2.0] * 3)[1] < fitted([], [])[1]


def test_the_ranges_are_shown_before_and_after_and_what_cannot_be_said_is_said() -> None:
    frame = published_priors().set_index("path")
    row = frame.loc[IN_PLACE]
    # 24hoursmedia 62, runbook A 6, WikiWatershed 25 and 20, Wiz 60; Preset is a source of the range
    assert (row["rows"], row["left_out"]) == (5, 1)
    assert row["posterior_low"] < 15 < row["posterior_high"]
    assert (frame["rows"] < ENOUGH).all(), "a range with enough rows is to be looked at anew"
    for path in ("upgrades.*_hours", "downtime.incident_probability_*"):
        assert isnan(frame.loc[path, "posterior_median"])
        assert len(frame.loc[path, "standing"]) > 40
