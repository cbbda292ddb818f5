"""Every table of a report as a sheet of one Excel workbook, with the numbers of its CSV files, to the last digit."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from tco.formats import spreadsheet_cell

CONTENTS = "Contents"
LONGEST_NAME = 31
"""Characters of a sheet's name that Excel takes."""
REFUSED = re.compile(r"[\[\]:*?/\\']")
MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the same for all, so that two runs are the same to the byte
WIDE, NARROW = 60, 18


def table_book(tables: Mapping[str, Mapping[str, Any]], title: str) -> bytes | None:
    """The workbook of tables (`{name: {caption, columns, rows}}`); None where the extra `excel` is not installed."""
    if not tables or find_spec("xlsxwriter") is None:
        return None
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"title": title, "created": MADE})
        bold = book.add_format({"bold": True})
        contents = book.add_worksheet(CONTENTS)
        contents.set_column(0, 0, LONGEST_NAME)
        contents.set_column(1, 1, WIDE)
        contents.write_row(0, 0, ["Sheet", title], bold)
        names = {CONTENTS.lower()}
        for number, (name, table) in enumerate(tables.items(), 1):
            sheet = _sheet_name(name, names)
            contents.write_url(number, 0, f"internal:'{sheet}'!A1", string=sheet)
            contents.write_string(number, 1, str(spreadsheet_cell(table.get("caption") or "")))
            page = book.add_worksheet(sheet)
            page.freeze_panes(1, 0)
            page.set_column(0, max(len(table["columns"]) - 1, 0), NARROW)
            page.write_row(0, 0, [str(spreadsheet_cell(column)) for column in table["columns"]], bold)
            for row, values in enumerate(table["rows"], 1):
                for column, value in enumerate(values):
                    _write(page, row, column, value)
    return written.getvalue()


def _write(page: Any, row: int, column: int, value: Any) -> None:
    """One cell; blank where a value is missing."""
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    elif value is not None:
        page.write_string(row, column, str(spreadsheet_cell(str(value))))


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes and no other sheet has, whatever the case of its letters."""
    plain = REFUSED.sub("-", name)[:LONGEST_NAME] or "table"
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}-{number}"
    taken.add(found.lower())
    return found
