"""The draws beside a report: every digit of them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from small_notebooks import notebook_of

import tco
from tco.report import ReportError, build
from tco.report.build import as_csv, drawn_design
from tco.report.task import Task


def test_numbers_keep_every_digit() -> None:
    numbers = [0.1, 1 / 3, -0.0, 1e22, 1e16, 123456789.0, 5e-324, 1.7976931348623157e308, 1e-5, 0.0001]
    frame = pd.DataFrame(
        {"a.b": numbers, 'with, "quotes"': numbers[::-1]}, index=pd.RangeIndex(len(numbers), name="draw")
    )
    heading, *rows = csv.reader(io.StringIO(as_csv(frame)))
    assert heading == ["draw", *frame.columns]
    assert [[*map(float, row)] for row in rows] == [[draw, *row] for draw, *row in frame.itertuples()]
    assert rows[2][1] == "-0.0"


def test_the_draws_are_those_of_the_recipe() -> None:
    packed = drawn_design({"scenario": "quickstart", "set": {"labour.engineer_rate": 111}, "draws": 8, "seed": 3})
    heading, *rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    drawn = tco.monte_carlo(tco.load_scenario("quickstart", set={"labour.engineer_rate": 111}), 8, 3).frame()
    assert heading == ["draw", *drawn.columns]
    assert [[float(number) for number in row[1:]] for row in rows] == drawn.to_numpy().tolist()


def test_a_notebook_that_writes_into_the_packaged_facts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later reports would read what it has written."""
    kept = tmp_path / "prices.csv"
    kept.write_text("a,1")
    states = build._states
    monkeypatch.setattr(build, "_states", lambda _: states(tmp_path))

    def made(cell: str) -> build.Made:
        text = json.dumps(notebook_of("x: int = 1", cell, tags=[["parameters"]]))
        return build.make(Task("one", "one", {}, "own.ipynb", text, {}), engine="papermill")

    assert made("1 + 1").contents
    with pytest.raises(ReportError, match=r"facts .* have changed while it ran: .*prices\.csv; restore them"):
        made(f"open({str(kept)!r}, 'w').write('a,2')")
    with pytest.raises(ReportError, match=r"have changed while it ran: .*new\.csv; restore them"):
        made(f"open({str(tmp_path / 'new.csv')!r}, 'w').write('a,2')")
