"""The table of all results of a batch: one row per report, fleet size and option, as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from tco.batches.journal import Journal
from tco.batches.plan import Plan
from tco.report.result_rows import COLUMNS

CSV, PARQUET = "results.csv", "results.parquet"
REPORT_COLUMNS = ("report", "scenario", "notebook")
TEXTS = (*REPORT_COLUMNS, "option")


def columns(plan: Plan) -> tuple[str, ...]:
    """The table's columns: the report, what was swept, and the numbers."""
    return (*REPORT_COLUMNS, *(axis.name for axis in plan.axes), *COLUMNS)


def rows(plan: Plan, journal: Journal) -> Iterator[Mapping[str, Any]]:
    """The table's rows in the order of the plan; none of a report that failed."""
    for report in plan.reports:
        entry = journal.entries.get(report.name)
        if entry is not None and entry.made:
            place = {
                "report": report.name,
                "scenario": report.source.scenario.name,
                "notebook": report.notebook.path.stem,
                **report.labels,
            }
            yield from ({**place, **row} for row in entry.rows)


def as_csv(names: Sequence[str], table: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as CSV with a heading line, numbers with every digit, a missing value as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.get(name) for name in names] for row in table)
    return text.getvalue().encode()


def as_parquet(names: Sequence[str], table: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as Parquet: a column of numbers where all its values are numbers, else of texts."""
    import pyarrow as pa
    from pyarrow import parquet

    made = {name: _column([row.get(name) for row in table], name in TEXTS) for name in names}
    arrays = {name: pa.array(values, type=_type(values, name in TEXTS)) for name, values in made.items()}
    sink = io.BytesIO()
    parquet.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def writes_parquet() -> bool:
    """Whether the optional library that writes Parquet is there."""
    return find_spec("pyarrow") is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _column(values: list[Any], text: bool) -> list[Any]:
    """The values of one column, all numbers or all texts."""
    if not text and all(value is None or _is_number(value) for value in values):
        return values
    return [None if value is None else str(value) for value in values]


def _type(values: Sequence[Any], text: bool) -> Any:
    import pyarrow as pa

    given = [value for value in values if value is not None]
    if text or any(isinstance(value, str) for value in given):
        return pa.string()
    whole = bool(given) and all(isinstance(value, int) for value in given)
    return pa.int64() if whole else pa.float64()
