"""Every table of a report as a sheet."""

from __future__ import annotations

import io
from importlib.util import find_spec

import openpyxl
import pytest

from tco.report import outputs
from tco.report.outputs import CONTENTS

TABLES = {
    "costs": {"caption": "=1+1", "columns": ["option", "npv"], "rows": [["stay", 1 / 3], ["=HYPERLINK(1)", None]]},
    "a" * 40: {"caption": "", "columns": ["x"], "rows": [[True]]},
    "A" * 40: {"caption": "", "columns": ["x"], "rows": []},
    "[odd]: name?": {"caption": "", "columns": ["x"], "rows": [["001"]]},
}


def test_each_table_is_a_sheet_with_every_digit() -> None:
    book = openpyxl.load_workbook(io.BytesIO(outputs.table_book(TABLES, "fleet") or b""))
    assert book.sheetnames[:2] == [CONTENTS, "costs"]
    assert len({name.lower() for name in book.sheetnames}) == len(TABLES) + 1
    rows = list(book["costs"].iter_rows(values_only=True))
    assert rows[:2] == [("option", "npv"), ("stay", 1 / 3)]
    assert book["costs"]["A3"].data_type == "s", "a name is never a formula"
    assert rows[2][1] is None
    assert book[book.sheetnames[4]]["A2"].value == "001"
    assert [cell.hyperlink.location for cell in book[CONTENTS]["A"][1:2]] == ["'costs'!A1"]


def test_two_runs_are_the_same_to_the_byte() -> None:
    assert outputs.table_book(TABLES, "fleet") == outputs.table_book(TABLES, "fleet")


def test_without_the_extra_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "find_spec", lambda name: None if name == "xlsxwriter" else find_spec(name))
    assert outputs.table_book(TABLES, "fleet") is None
    assert outputs.table_book({}, "fleet") is None
