"""The draws beside a report: every digit of them, as pandas would write it."""

from __future__ import annotations

import csv
import gzip
import io

import pandas as pd

import tco
from tco.report.build import as_csv, drawn_design


def test_numbers_are_written_as_pandas_writes_them() -> None:
    numbers = [0.1, 1 / 3, -0.0, 1e22, 1e16, 123456789.0, 5e-324, 1.7976931348623157e308, 1e-5, 0.0001]
    frame = pd.DataFrame(
        {"a.b": numbers, 'with, "quotes"': numbers[::-1]}, index=pd.RangeIndex(len(numbers), name="draw")
    )
    assert as_csv(frame) == frame.to_csv(lineterminator="\n")


def test_the_draws_are_those_of_the_recipe() -> None:
    packed = drawn_design({"scenario": "quickstart", "set": {"labour.engineer_rate": 111}, "draws": 8, "seed": 3})
    heading, *rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    drawn = tco.monte_carlo(tco.load_scenario("quickstart", set={"labour.engineer_rate": 111}), 8, 3).frame()
    assert heading == ["draw", *drawn.columns]
    assert [[float(number) for number in row[1:]] for row in rows] == drawn.to_numpy().tolist()
