"""Charts take frames from anywhere: they draw what can be drawn and say clearly what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tco import charts
from tco.errors import InputError
from tco.report.chart_check import count_marks

LONG = "a very long name of something in a fleet of many, number"
YEARS = pd.DataFrame(
    [(option, year, 1000.0) for option in ("stay", "move") for year in (2027, 2028)], columns=["option", "year", "cost"]
)
PARTS = pd.DataFrame(
    [("stay", "infrastructure", 5.0, 0.0), ("move", "infrastructure", 3.0, -2.0)],
    columns=["option", "category", "cost", "difference"],
)
SIZES = pd.DataFrame([(1.0, "stay", 5.0), (10.0, "stay", 4.0)], columns=["value", "option", "npv_per_cluster"])
NONE = pd.DataFrame({"value": [], "cheapest_below": [], "cheapest_above": []})


def title(chart: Any) -> str:
    return " ".join(chart.to_dict()["title"]["text"])


def test_a_missing_column_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(InputError, match="the columns cost are missing; there are option, year"):
        charts.cost_by_year(YEARS.drop(columns="cost"))


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InputError, match="takes a DataFrame, not dict"):
        charts.cost_by_year({"option": ["stay"]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.cost_by_fleet_size(SIZES.head(0), NONE),
        lambda: charts.chance_by_value(pd.DataFrame(columns=["value", "option", "probability"]), what="clusters"),
    ],
)
def test_no_rows_where_some_are_needed(draw: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match="there are no rows to draw"):
        draw()


def test_no_rows_elsewhere_say_so() -> None:
    assert title(charts.cost_by_year(YEARS.head(0))) == "No costs"


def test_an_option_that_is_not_there_is_not_said_to_cost_the_same() -> None:
    with pytest.raises(InputError, match=r"unknown option 'mvoe'.*'move'"):
        charts.difference_by_category(PARTS, option="mvoe", reference="stay")


@pytest.mark.parametrize(
    "frame",
    [
        YEARS.head(1),
        YEARS.set_index("option"),
        YEARS.set_index("option", drop=False),
        YEARS.assign(option=[1, 1, 2, 2]),
        YEARS.assign(cost=[1000.0, float("nan"), 500.0, 500.0]),
        YEARS.assign(cost=0.0),
        pd.concat([YEARS.head(2).assign(option=f"{LONG} {number}") for number in range(25)]),
    ],
    ids=[
        "one row",
        "option as index",
        "option as index and column",
        "numbers as names",
        "a gap",
        "zeros",
        "twenty-five",
    ],
)
def test_odd_frames_are_drawn(frame: pd.DataFrame) -> None:
    chart = charts.cost_by_year(frame)
    assert count_marks(chart.to_dict()) > 0
    assert "nan" not in title(chart).lower()


def test_one_fleet_size_is_drawn() -> None:
    assert count_marks(charts.cost_by_fleet_size(SIZES.head(1), NONE).to_dict()) > 0
