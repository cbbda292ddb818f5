"""A report proves that each of its charts draws something, and carries the script that draws them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tco.execution.nursery import Nursery, available
from tco.report import chart_check
from tco.report.notebook_run import ReportError

BARS = {
    "title": "Bars",
    "data": {"values": [{"a": 1}, {"a": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


def test_drawn_marks_are_counted() -> None:
    assert chart_check.drawn_marks(BARS) == 2
    assert chart_check.drawn_marks(BARS | {"mark": "point"}) == 2


def test_a_chart_without_marks_is_an_error() -> None:
    with pytest.raises(ReportError, match="'Bars' drew no mark"):
        chart_check.check_drawn([BARS, BARS | {"data": {"values": []}}])


def test_a_chart_that_cannot_be_drawn_is_an_error() -> None:
    broken = BARS | {"encoding": {"x": {"field": "a", "type": "quantitative", "axis": {"labelExpr": "nonsense("}}}}
    with pytest.raises(
        ReportError, match=r"'Bars' cannot be drawn: .*: Error: Expression parse error: \(nonsense\(\)$"
    ):
        chart_check.check_drawn([broken])
    untitled = {name: value for name, value in broken.items() if name != "title"}
    with pytest.raises(ReportError, match="the chart '2' cannot be drawn"):
        chart_check.check_drawn([BARS, untitled])


@pytest.mark.skipif(not available(), reason="needs fork and process descriptors")
def test_jobs_of_a_nursery_have_their_charts_drawn_by_its_companion(monkeypatch: pytest.MonkeyPatch) -> None:
    """None starts an engine of its own where all is well; where not, each has the error that it has without."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    empty = BARS | {"data": {"values": []}, "title": "Empty"}
    broken = BARS | {"mark": "no such mark", "title": "Broken"}
    wanted = {"bars": [BARS], "empty": [BARS, empty], "broken": [broken, empty], "none": []}
    told = {}
    for drawer in (chart_check.DRAWER, ""):
        with Nursery(2, warm=["companions", "tco.report.chart_check"], companion=drawer) as nursery:
            for name, charts in wanted.items():
                nursery.submit(name, "companions:drew", charts)
            told[drawer] = {outcome.key: outcome for outcome in nursery.outcomes()}
    with_one, without = told.values()
    assert [with_one[name].result for name in ("bars", "none")] == [False] * 2
    assert without["bars"].result
    for name, words in (("empty", "'Empty' drew no mark"), ("broken", "'Broken' cannot be drawn")):
        assert with_one[name].kind == "raised"
        assert words in str(with_one[name].failure)
        assert with_one[name].failure == without[name].failure


def test_a_companion_draws_one_chart_of_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was not drawn is tried each time."""
    answer = chart_check.drawer()
    drawn: list[object] = []
    marks = chart_check._marks

    def counted(chart: dict[str, Any]) -> int:
        drawn.append(chart["data"])
        return marks(chart)

    monkeypatch.setattr(chart_check, "_marks", counted)
    alike = BARS | {"data": {"values": [{"a": 3}, {"a": 4}, {"a": 5}]}, "title": "Longer bars"}
    other = BARS | {"data": {"values": [{"a": 3}]}}
    empty = BARS | {"data": {"values": []}}
    for charts, expected, times in (
        ([BARS, alike], chart_check.DRAWN, 1),
        ([BARS, other], chart_check.DRAWN, 1),
        ([other, BARS], chart_check.DRAWN, 0),
        ([BARS, empty], chart_check.NOT_DRAWN, 2),
        ([empty], chart_check.NOT_DRAWN, 2),
    ):
        drawn.clear()
        assert answer(json.dumps(charts).encode()) == expected
        assert len(drawn) == times


@pytest.mark.skipif(not available(), reason="needs fork and process descriptors")
def test_a_chart_that_takes_for_ever_ends_its_own_report_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    with Nursery(1) as nursery:
        nursery.submit("long", "companions:drew_too_long", [BARS])
        (outcome,) = nursery.outcomes()
    assert outcome.kind == "timeout"
    assert outcome.failure == "the drawing of its charts took longer than 0.2 s"


def test_the_script_is_kept_for_the_next_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = chart_check.javascript_bundle()
    (kept,) = (tmp_path / "tco").iterdir()
    assert kept.read_text(encoding="utf-8") == first == chart_check.javascript_bundle()
    assert "vegaEmbed" in first
    assert "</script" not in first


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tco").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "vegaEmbed" in chart_check.javascript_bundle()
