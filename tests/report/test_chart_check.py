"""A report proves that each of its charts can be rendered and shows something."""

from __future__ import annotations

import pytest

from tco.report import chart_check
from tco.report.notebook_run import ReportError

BARS = {
    "title": "Bars",
    "data": {"values": [{"a": 1}, {"a": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


def test_marks_are_counted() -> None:
    assert chart_check.count_marks(BARS) == 2
    assert chart_check.count_marks(BARS | {"mark": "point"}) == 2


def test_a_chart_without_marks_is_an_error() -> None:
    with pytest.raises(ReportError, match="'Bars' has no mark"):
        chart_check.check_charts([BARS, BARS | {"data": {"values": []}}])


def test_a_chart_that_cannot_be_drawn_is_an_error() -> None:
    broken = BARS | {"encoding": {"x": {"field": "a", "type": "quantitative", "axis": {"labelExpr": "nonsense("}}}}
    with pytest.raises(
        ReportError, match=r"'Bars' cannot be rendered: .*: Error: Expression parse error: \(nonsense\(\)$"
    ):
        chart_check.check_charts([broken])
    untitled = {name: value for name, value in broken.items() if name != "title"}
    with pytest.raises(ReportError, match="the chart '2' cannot be rendered"):
        chart_check.check_charts([BARS, untitled])
