"""Charts of one kind differ in nothing that decides whether they can be drawn."""

from __future__ import annotations

import copy
from typing import Any

import altair as alt
import pandas as pd
import pytest

from tco.report.chart_kinds import kind

ROWS = [{"option": "stay", "cost": 12.5, "low": -1.0}, {"option": "move", "cost": 3.0, "low": -2.0}]


def chart(rows: list[dict[str, Any]] = ROWS, title: Any = "stay costs 12.5 USD", **changes: Any) -> dict[str, Any]:
    """Bars with their data by name, as altair writes them."""
    name = f"data-{hash(str(rows))}"
    plain = {
        "data": {"name": name},
        "datasets": {name: rows},
        "title": title,
        "mark": "bar",
        "encoding": {
            "x": {"field": "cost", "type": "quantitative", "scale": {"domain": [0, 12.5]}},
            "y": {"field": "option", "type": "nominal", "sort": ["stay", "move"]},
        },
    }
    return copy.deepcopy({**plain, **changes})


def with_encoding(channel: str, **changes: Any) -> dict[str, Any]:
    changed = chart()
    changed["encoding"][channel] |= changes
    return changed


def costs(*values: Any) -> list[dict[str, Any]]:
    return [{**row, "cost": value} for row, value in zip([*ROWS, *ROWS], values, strict=False)]


@pytest.mark.parametrize(
    "other",
    [
        chart(costs(700.0, 0.001)),
        chart(costs(1.0, 2.0, 3.0, 4.0)),
        chart(title={"text": ["move costs", "less"]}) | {"title": "another text"},
        chart(usermeta={"tco": {}}),
        with_encoding("x", scale={"domain": [0, 99]}),
        with_encoding("y", sort=["move", "stay"]),
        chart(data={"name": "a"}, datasets={"a": ROWS, "unused": []}),
    ],
)
def test_texts_and_the_size_of_numbers_decide_nothing(other: dict[str, Any]) -> None:
    assert kind(other) == kind(chart())


@pytest.mark.parametrize(
    "other",
    [
        chart([]),
        chart(ROWS[:1]),
        chart(costs(1.0, None)),
        chart(costs(float("nan"), 2.0)),
        chart(costs(1.0, 0)),
        chart(costs(1.0, -2.0)),
        chart(costs("1", "2")),
        chart([{**row, "option": "stay"} for row in ROWS]),
        chart([{"option": "stay", "cost": 1.0, "low": -1.0}, {"option": "move", "cost": 1.0}]),
        chart(mark="line"),
        chart(title=""),
        chart(height=300),
        with_encoding("x", field="low"),
        with_encoding("x", scale={"type": "log"}),
        with_encoding("x", scale={"domain": [0, 0]}),
        with_encoding("x", scale={"domain": [12.5, 0]}),
        with_encoding("y", sort=["stay"]),
        with_encoding("y", axis={"labelExpr": "nonsense("}),
    ],
)
def test_what_may_decide_makes_another_kind(other: dict[str, Any]) -> None:
    assert kind(other) != kind(chart())


def test_a_chart_that_computes_is_of_its_own_kind() -> None:
    """What a filter leaves depends on how large numbers are."""
    some = chart(transform=[{"filter": "datum.cost > 5"}])
    assert kind(some) == kind(copy.deepcopy(some))
    assert kind(some) != kind(chart(costs(1.0, 2.0), transform=[{"filter": "datum.cost > 5"}]))
    layered = {"layer": [some | {"data": {"values": ROWS}}]}
    assert kind(layered) != kind({"layer": [some | {"data": {"values": costs(1.0, 2.0)}}]})


def test_altairs_charts_of_other_numbers_are_of_one_kind() -> None:
    def made(*values: float) -> dict[str, Any]:
        frame = pd.DataFrame({"x": range(1, 1 + len(values)), "y": values, "name": "a"})
        line = alt.Chart(frame).mark_line().encode(x="x:Q", y="y:Q", color="name:N")
        return dict((line + line.mark_point()).to_dict())

    assert kind(made(1.0, 2.0)) == kind(made(20.0, 1.0, 4.0))
    assert kind(made(1.0, 2.0)) != kind(made(1.0, -2.0))
