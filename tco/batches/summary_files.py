"""The files of a whole batch: the index page, the table of results as CSV and Parquet, and the final journal.

The table has one row for each report, fleet size and option; its columns are the report, the swept values and the
numbers of `tco.report.outputs`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from tco.batches.destinations import JOURNAL, Destination
from tco.batches.index_page import index_html
from tco.batches.journal import Journal
from tco.batches.plan import Plan
from tco.batches.progress import Progress
from tco.batches.sweeps import REPORT_COLUMNS
from tco.formats import is_number
from tco.report.outputs import COLUMNS, as_csv

INDEX, CSV, PARQUET = "index.html", "results.csv", "results.parquet"
TEXT_COLUMNS = (*REPORT_COLUMNS, "option")


def write_summary(plan: Plan, journal: Journal, destination: Destination, progress: Progress) -> None:
    """Write the files; the same bytes for the same plan and results."""
    columns = (*REPORT_COLUMNS, *(axis.name for axis in plan.axes), *COLUMNS)
    table = list(table_rows(plan, journal))
    cells = [[row.get(name) for name in columns] for row in table]
    destination.write_file(CSV, as_csv({"columns": columns, "rows": cells}).encode())
    tables = [CSV]
    if find_spec("pyarrow") is not None:
        destination.write_file(PARQUET, as_parquet(columns, table))
        tables.append(PARQUET)
    else:
        destination.remove_file(PARQUET)
        progress({"event": "note", "text": f'{PARQUET} is left out: it needs pip install "tco[parquet]"'})
    destination.write_file(INDEX, index_html(plan, journal, tables).encode())
    lines = journal.lines(report.name for report in plan.reports)
    destination.write_file(JOURNAL, ("\n".join(lines) + "\n").encode())


def table_rows(plan: Plan, journal: Journal) -> Iterator[Mapping[str, Any]]:
    """The table's rows in the order of the plan; none for a report that failed."""
    for report in plan.reports:
        result = journal.results.get(report.name)
        if result is not None and result.made:
            place = {"report": report.name, **report.place}
            yield from ({**place, **row} for row in result.rows)


def as_parquet(columns: Sequence[str], table: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as Parquet: a column has a numeric type if all its values are numbers, else it holds texts."""
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {name: _array([row.get(name) for row in table], text=name in TEXT_COLUMNS) for name in columns}
    sink = io.BytesIO()
    parquet.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _array(values: Sequence[Any], *, text: bool) -> Any:
    """The values of one column as an array of pyarrow."""
    import pyarrow as pa

    stated = [value for value in values if value is not None]
    if text or not all(map(is_number, stated)):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    whole = bool(stated) and all(isinstance(value, int) for value in stated)
    return pa.array(values, pa.int64() if whole else pa.float64())
