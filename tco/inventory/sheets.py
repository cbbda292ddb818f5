"""Tables of a fleet: CSV, or Excel with the same columns, one row a cluster.

`COLUMNS` is the one list of columns; `tco import --template` prints it with an example row.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from tco.errors import InputError, shown
from tco.inventory.databases import Database, Fields, facts
from tco.inventory.naming import engine_of, version_of
from tco.scenario.scenario import Licence, licence_as_written

COLUMNS: Mapping[str, tuple[str, str]] = {
    "identifier": ("name of the cluster", "orders"),
    "engine": ("as AWS writes it: mysql, postgres, aurora-mysql, docdb, redis, dynamodb", "mysql"),
    "version": ("engine version, such as 8.0 or 8.0.35", "8.0.35"),
    "region": ("AWS Region, such as eu-west-1", "eu-west-1"),
    "instance_class": ("such as db.r6g.large", "db.r6g.large"),
    "instances": ("instances billed: primary and readers, without standbys; blank: 1", "2"),
    "copies": ("copies of the data that the instances hold, where it is split into shards", ""),
    "deployment": ("single_az, multi_az or multi_az_cluster; blank: single_az", "multi_az"),
    "storage_gb": ("allocated storage of one copy, GB", "500"),
    "storage_type": ("gp2, gp3, io1 or io2; on Aurora io_optimized or aurora-iopt1", "gp3"),
    "iops": ("provisioned IOPS", ""),
    "environment": ("production, staging, development or test; blank: by the name", "production"),
    "platform": ("where it runs, such as ec2; blank: by the engine", ""),
    "status": ("as AWS says, such as available or stopped", "available"),
    "extended_support": ("true or false: whether Extended Support is bought", "true"),
    "acu": ("Aurora Serverless: capacity units on average", ""),
    "reads_per_second": ("calls a second on average over the month; blank: not known", ""),
    "writes_per_second": ("the same for writes", ""),
    "item_bytes": ("mean size of a row or item, bytes", ""),
    "capacity": ("DynamoDB: on_demand or provisioned", ""),
    "licence": ("Oracle and SQL Server: license_included or bring_your_own_license", ""),
    "member_of": ("identifier of the cluster, where the row is one of its instances", ""),
    "replica_of": ("identifier of the source, where the row is a read replica", ""),
}  # fmt: skip
NUMBERS = ("storage_gb", "iops", "acu", "reads_per_second", "writes_per_second", "item_bytes")
READ: Mapping[str, Callable[[Fields, str], Any]] = {
    **dict.fromkeys(NUMBERS, Fields.number),
    **dict.fromkeys(("instances", "copies"), Fields.whole),
    "extended_support": Fields.flag,
}
"""How a column is read that is no text."""
WORDS = ("engine", "deployment", "storage_type", "environment", "platform", "status", "capacity", "licence")
"""Columns whose case does not matter."""
DEPLOYMENTS = ("", "single_az", "multi_az", "multi_az_cluster")
SEPARATORS = (",", ";", "\t")
WORD = re.compile(r"[a-z][a-z -]*")
FORMULA = b"<f"
"""How a formula begins in the XML of a worksheet."""
CLOSE_STATUS = 0.85
CLOSE = 0.75
"""How alike a heading must be to a column to count as a misspelling of it."""
EXCEL_START = b"PK\x03\x04"


def template() -> str:
    """The heading of the table and an example row, as CSV."""
    return "".join(f"{','.join(row)}\n" for row in (COLUMNS, (example for _, example in COLUMNS.values())))


def resources_in(text: str) -> tuple[list[Database], Counter[str]]:
    """The rows of a CSV file, and what else it holds. Raises InputError where it is no table."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=heading.count)
    try:
        return _rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(f"is no table: {error}") from None


def resources_in_excel(content: bytes) -> tuple[list[Database], Counter[str]]:
    """The rows of the first worksheet that has the heading. Raises InputError."""
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise InputError('reading Excel needs the optional library openpyxl: pip install "tco[excel]"') from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
        formula = _uncalculated(content, sheets)
    except Exception as error:  # noqa: BLE001  # openpyxl raises whatever a broken part of the file leads to
        raise InputError(f"cannot be read as Excel: {' '.join(str(error).split()) or type(error).__name__}") from None
    if formula:
        raise InputError(f"{formula} is a formula without its value: open the file in a spreadsheet and save it")
    for rows in sheets.values():
        if any(_names(row)[:1] and "identifier" in _names(row) for row in rows[:10]):
            return _rows([_cell(value) for value in row] for row in rows)
    return [], Counter({f"worksheet without a column identifier: {name!r}": 1 for name in sheets})


class _Decimal(str):
    """The text of a number with decimals, of which a sheet keeps no zeros at the end."""

    __slots__ = ()


def _cell(value: Any) -> str:
    """A cell as text; a whole number without the decimals that Excel adds."""
    if value is None:
        return ""
    if isinstance(value, float) and not value.is_integer():
        return _Decimal(value)
    return str(int(value)) if isinstance(value, float) else str(value)


def _uncalculated(content: bytes, calculated: Mapping[str, list[list[Any]]]) -> str:
    """The first cell with a formula that no program has calculated, so that the file has no value of it."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if not any(FORMULA in parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")):
            return ""
    for sheet in openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets:
        for row, values in zip(sheet.iter_rows(), calculated[sheet.title], strict=True):
            for cell, value in zip(row, values, strict=True):
                if value is None and cell.value is not None:
                    return f"{sheet.title}!{cell.coordinate}"
    return ""


def _names(row: Sequence[Any]) -> list[str]:
    return ["_".join(str(cell or "").strip().lower().replace("-", " ").split()) for cell in row]


def _rows(rows: Iterator[Sequence[Any]]) -> tuple[list[Database], Counter[str]]:
    """Databases of the rows below the heading, which is the first row with a name `identifier`."""
    others: Counter[str] = Counter()
    databases: list[Database] = []
    names: list[str] = []
    for number, row in enumerate(rows, 1):
        if names:
            if any(cell not in ("", None) for cell in row):
                databases.append(_database(dict(zip(names, row, strict=False)), number))
                if len(row) < len(names) or any(cell not in ("", None) for cell in row[len(names) :]):
                    told = f"the row has {len(row)} cells and the heading {len(names)}: is a number parted by a comma?"
                    databases[-1].refuse(told)
        elif "identifier" in _names(row):
            names = _names(row)
            if twice := sorted({name for name in names if name and names.count(name) > 1}):
                raise InputError(f"column {twice[0]} appears twice")
            for name in names:
                if name and name not in COLUMNS:
                    close = get_close_matches(name, COLUMNS, 1, CLOSE)
                    others[f"column {name}" + (f" (did you mean {close[0]}?)" if close else "")] += 1
        elif any(str(cell).strip() for cell in row):
            others["row without a heading: a fleet table has a column identifier, see tco import --template"] += 1
    return databases, others


def _database(row: Mapping[str, Any], number: int) -> Database:
    values = Fields({name: value for name, value in row.items() if name in COLUMNS})
    try:
        database = _read(values)
    except InputError as error:
        database = Database(str(row.get("identifier") or ""))
        database.refuse(str(error))
    database.row = number
    return database


def _read(values: Fields) -> Database:
    cells = {name: READ.get(name, Fields.text)(values, name) for name in COLUMNS}
    cells |= {name: cells[name].lower() for name in WORDS}
    cells["deployment"] = cells["deployment"].replace("-", "_")
    if cells["deployment"] not in DEPLOYMENTS:
        raise InputError(f"deployment is {shown(cells['deployment'])}; valid: {', '.join(DEPLOYMENTS[1:])}")
    licence = licence_as_written(cells["licence"]) or ""
    if licence not in ("", *get_args(Licence)):
        raise InputError(f"licence is {shown(cells['licence'])}; valid: {', '.join(get_args(Licence))}")
    status = cells["status"]
    if meant := _misspelt(status):
        raise InputError(f"status is {shown(status)}; did you mean {meant!r}?")
    if status and not WORD.fullmatch(status):
        raise InputError(f"status is {shown(status)}; valid: a word of AWS, such as available or stopped")
    filled = tuple(name for name, cell in cells.items() if cell not in ("", None))
    database = Database(**cells | {"licence": licence, "iops": cells["iops"] or None}, columns=filled)
    if isinstance(values.raw("version"), _Decimal) and _is_known(database, longer := f"{database.version}0"):
        told = f"version is the number {database.version} in the sheet, which may have been {longer}"
        raise InputError(f"{told}: format its column as text and write it again")
    return database


def _misspelt(status: str) -> str:
    """The status that AWS bills otherwise than a running database and that one like it is a misspelling of."""
    known = [row["status"] for row in facts("statuses")]
    return "" if status in known else next(iter(get_close_matches(status, known, 1, CLOSE_STATUS)), "")


def _is_known(database: Database, version: str) -> bool:
    try:
        written = engine_of(database)
        return version_of(written.platform, written.engine, version) == version
    except InputError:
        return False
