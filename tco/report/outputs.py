"""What an executed notebook holds besides its look: the tables with their data, the charts and the manifest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from tco.charts.display import CHART_TYPE
from tco.display.tables import DATA_TYPE
from tco.report.manifest import MANIFEST_TYPE
from tco.report.notebook_run import ReportError


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
    return list(_of_type(notebook, CHART_TYPE))


def manifest(notebook: Any) -> dict[str, Any]:
    """The manifest the notebook displays; empty where it displays none."""
    return next(_of_type(notebook, MANIFEST_TYPE), {})


def as_csv(table: dict[str, Any]) -> str:
    """A table's rows as CSV with a heading line; a missing value is an empty cell, numbers keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table["columns"])
    writer.writerows(table["rows"])
    return text.getvalue()


def _of_type(notebook: Any, mime_type: str) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if mime_type in output.get("data", {}):
                yield output["data"][mime_type]
