"""What an executed notebook holds besides its look: tables with their data, charts, the manifest, and its results.

The results are the numbers that a table of many reports holds: one row per fleet size and option. They are read from
the tables that the notebook shows (`SOURCES`), so that they are the report's own to the last digit. `table_book` is an
Excel workbook with a sheet for each table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from tco.charts.display import CHART_TYPE
from tco.display.tables import DATA_TYPE
from tco.formats import spreadsheet_cell
from tco.report.manifest import MANIFEST_TYPE
from tco.report.notebook_run import ReportError

PLACE = ("fleet_size", "option")
SOURCES: Mapping[str, Mapping[str, str]] = {
    "comparison": {
        "total": "total",
        "npv": "npv_point",
        "labour_hours": "labour_hours",
        "downtime_minutes": "downtime_minutes",
        "npv_difference": "difference_point",
        "payback_months": "payback_months",
    },
    "uncertainty": {"point": "npv_point", "mean": "npv_mean", "p10": "npv_p10", "p50": "npv_p50", "p90": "npv_p90"},
    "ranking": {"probability_cheapest": "probability_cheapest"},
    "differences": {
        "point": "difference_point",
        "mean": "difference_mean",
        "p10": "difference_p10",
        "p90": "difference_p90",
        "probability_cheaper": "probability_cheaper",
    },
}
"""Tables by name, with the column of the results that each of their columns becomes; a later table overrules."""
COLUMNS = tuple(dict.fromkeys([*PLACE, *(column for columns in SOURCES.values() for column in columns.values())]))
"""All columns of a row, in order; amounts in USD over the horizon, npv discounted, labour in hours, downtime in
cluster-minutes; `point` at the assumptions' means, the others means over the draws, where the report has draws; a
difference is the option less the reference."""


def tables(notebook: Any) -> dict[str, dict[str, Any]]:
    """Every named table of `notebook` by name: `{name, caption, columns, rows}`.

    Raises ReportError when two tables share a name, since one file would overwrite the other.
    """
    found: dict[str, dict[str, Any]] = {}
    for data in _of_type(notebook, DATA_TYPE):
        if data["name"] in found:
            raise ReportError(f"two tables of the notebook are named {data['name']!r}")
        found[data["name"]] = data
    return found


def charts(notebook: Any) -> list[dict[str, Any]]:
    """The Vega-Lite specifications of all charts, in order."""
    return [chart for cell in notebook.cells for chart in charts_of(cell)]


def charts_of(cell: Any) -> list[dict[str, Any]]:
    """The Vega-Lite specifications of the charts that a cell shows."""
    return list(_of_cell(cell, CHART_TYPE))


def manifest(notebook: Any) -> dict[str, Any]:
    """The manifest the notebook displays; empty where it displays none."""
    return next(_of_type(notebook, MANIFEST_TYPE), {})


def with_keys(table: dict[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A table whose options have the keys of the scenario file, for programs, where the page has labels for readers."""
    stated = manifest.get("inputs", {}).get("scenario", {}).get("options", {})
    keys = {option["label"]: key for key, option in stated.items() if option.get("label")}
    if not keys:
        return table
    rows = [[keys.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in table["rows"]]
    return {**table, "columns": [keys.get(column, column) for column in table["columns"]], "rows": rows}


def as_csv(table: Mapping[str, Any]) -> str:
    """A table's rows as CSV with a heading line; a missing value is an empty cell, numbers keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(spreadsheet_cell, table["columns"]))
    writer.writerows(map(spreadsheet_cell, row) for row in table["rows"])
    return text.getvalue()


def result_rows(tables: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The results of a report with these tables (`{name: {columns, rows}}`); None where a number is not given.

    A notebook that shows none of the tables of `SOURCES` has no results.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, wanted in SOURCES.items():
        columns = tables.get(name, {}).get("columns", [])
        if not set(PLACE) <= set(columns):
            continue
        for values in tables[name]["rows"]:
            row = dict(zip(columns, values, strict=True))
            place = tuple(row[column] for column in PLACE)
            entry = found.setdefault(place, dict.fromkeys(COLUMNS) | dict(zip(PLACE, place, strict=True)))
            entry.update({column: row[given] for given, column in wanted.items() if given in row})
    return tuple(found.values())


def _of_type(notebook: Any, mime_type: str) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        yield from _of_cell(cell, mime_type)


def _of_cell(cell: Any, mime_type: str) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs", []):
        if mime_type in output.get("data", {}):
            yield output["data"][mime_type]


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


def _sheet_name(name: str, used: set[str]) -> str:
    """A name that Excel takes and no other sheet has, whatever the case of its letters."""
    plain = REFUSED.sub("-", name)[:LONGEST_NAME] or "table"
    found, number = plain, 1
    while found.lower() in used:
        number += 1
        found = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}-{number}"
    used.add(found.lower())
    return found
