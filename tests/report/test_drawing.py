"""A report proves that each of its charts draws something, and carries the script that draws them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tco.report import drawing
from tco.report.running import ReportError

BARS = {
    "title": "Bars",
    "data": {"values": [{"a": 1}, {"a": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


def test_drawn_marks_are_counted() -> None:
    assert drawing.drawn_marks(BARS) == 2
    assert drawing.drawn_marks(BARS | {"mark": "point"}) == 2


def test_a_chart_without_marks_is_an_error() -> None:
    with pytest.raises(ReportError, match="'Bars' drew no mark"):
        drawing.check_drawn([BARS, BARS | {"data": {"values": []}}])


def test_a_chart_that_cannot_be_drawn_is_an_error() -> None:
    broken = BARS | {"encoding": {"x": {"field": "a", "type": "quantitative", "axis": {"labelExpr": "nonsense("}}}}
    with pytest.raises(ReportError, match="'Bars' cannot be drawn"):
        drawing.check_drawn([broken])


def test_the_script_is_kept_for_the_next_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = drawing.javascript_bundle()
    (kept,) = (tmp_path / "tco").iterdir()
    assert kept.read_text(encoding="utf-8") == first == drawing.javascript_bundle()
    assert "vegaEmbed" in first
    assert "</script" not in first


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tco").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "vegaEmbed" in drawing.javascript_bundle()
