"""Differences between two tables that need no model: ledgers as CSV files, line by line, and sets of prices."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tco.audit.sides import Source, scenarios_of
from tco.catalog.price_rows import PriceRow, PriceTables, shipped_folder
from tco.catalog.row_checks import check_table
from tco.errors import InputError
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.model.lines import evaluate

COLUMNS = ("measure", "option", "before", "after", "difference", "cause")
LEDGER_COLUMNS = ("option", "category", "line", "quantity", "unit", "cost")
UNITS = {"labour_hours": LABOUR, "downtime_minutes": DOWNTIME}
NUMBERS = ("quantity", "cost")
UNIQUE = {"period", "group"}
"""Columns of a ledger without which a table may have the same line more than once."""
LONGEST_HEADING = 10_000
RATES, PACKAGED, PRICE = "rates.csv", "packaged", "price"
SAME = 1e-9
"""Share of a number below which a difference is one of rounding."""
NOTHING = "nothing differs"


def table_differences(a: Source, b: Source) -> pd.DataFrame | None:
    """What differs between two ledgers or two sets of prices, as `tco.diff` has it; None where neither side is one.

    A ledger is a file that `tco ledger` printed; a scenario on the other side is evaluated. Measures: total (USD, not
    discounted), labour_hours and downtime_minutes; causes are the ledger's lines. A set of prices is a folder that `tco
    prices refresh` wrote, or the word `packaged`; the measure is `price` (USD a unit), each price is an option,
    and only services and Regions that both have count. Raises InputError.
    """
    if not are_tables(a, b):
        return None
    if _is_price_set(a) or _is_price_set(b):
        return _prices(*(_price_set(side) for side in (a, b)))
    return _bridges(*(_lines(_ledger(side)) for side in (a, b)))


def are_tables(a: Source, b: Source) -> bool:
    """Whether one side is a ledger or a set of prices."""
    return any(_is_price_set(side) or _is_ledger(side) for side in (a, b))


def _is_price_set(side: Source) -> bool:
    return isinstance(side, str | Path) and (Path(side) / RATES).is_file()


def _price_set(side: Source) -> PriceTables:
    if str(side) == PACKAGED:
        return PriceTables(shipped_folder())
    if not _is_price_set(side):
        raise InputError(f"is no set of prices, as the other side is: a folder with {RATES}, or {PACKAGED}", value=side)
    tables = PriceTables(Path(str(side)))
    for name in ("instances.csv", RATES):
        check_table([tables.row(*line) for line in tables.lines_of_set(name)], str(tables.folder / name))
    return tables


def _prices(before: PriceTables, after: PriceTables) -> pd.DataFrame:
    places = set(before.places) & set(after.places)
    if not places:
        named = ", ".join(" ".join(place) for place in after.places) or "none"
        raise InputError("the sets have no service and Region in common", file=str(after.folder), value=named)
    sides = [_newest(tables, places) for tables in (before, after)]
    rows = []
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        one, other = (side.get(name, math.nan) for side in sides)
        if not abs(other - one) <= SAME * abs(one):
            cause = "the price is new" if math.isnan(one) else "the price is gone" if math.isnan(other) else "it moved"
            rows.append((PRICE, name, one, other, other - one, cause))
    return pd.DataFrame(rows or [(PRICE, "all", 0.0, 0.0, 0.0, NOTHING)], columns=list(COLUMNS))


def _newest(tables: PriceTables, places: set[tuple[str, str]]) -> dict[str, float]:
    """The price of each item that was the last to begin, by the item's name."""
    newest: dict[str, PriceRow] = {}
    for place in sorted(places):
        for cells in tables.cells(place):
            row = tables.row(place, cells)
            words = (*place, row.item, row.instance_class, row.engine, row.deployment, row.term)
            tier = f"from {row.tier_from:g}" if row.tier_from else ""
            name = " ".join(filter(None, (*words, tier)))
            if name not in newest or str(row.valid_from or "") >= str(newest[name].valid_from or ""):
                newest[name] = row
    return {name: row.price for name, row in newest.items()}


def _is_ledger(side: Source) -> bool:
    if not isinstance(side, str | Path) or Path(side).suffix.lower() != ".csv" or not Path(side).is_file():
        return False
    with Path(side).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return set(LEDGER_COLUMNS) <= set(next(csv.reader([file.readline(LONGEST_HEADING)]), []))


def _ledger(side: Source) -> pd.DataFrame:
    """The rows of a side that is a ledger's file, or of a scenario, whose ledger is made."""
    if isinstance(side, str | Path) and Path(side).suffix.lower() == ".csv" and not _is_ledger(side):
        columns = f"comma-separated, with the columns {', '.join(LEDGER_COLUMNS)}"
        raise InputError(
            f"is no ledger, as the other side is: a file that tco ledger printed, {columns}", file=str(side)
        )
    if not _is_ledger(side):
        return evaluate(scenarios_of(side, side)[0]).table()
    try:
        table = pd.read_csv(Path(str(side)), dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as a ledger ({error})".splitlines()[0], file=str(side)) from None
    for column in LEDGER_COLUMNS:
        cells, wrong = table[column], "a blank cell"
        if column in NUMBERS:
            table[column] = pd.to_numeric(cells, errors="coerce")
            right, wrong = np.isfinite(table[column].to_numpy(float)), "no number"
        else:
            right = (cells != "").to_numpy()
        if not right.all():
            row = int(np.argmin(right))
            raise InputError(f"{column} is {wrong}", file=str(side), path=f"line {row + 2}", value=cells.iloc[row])
    if table.empty:
        raise InputError("is a ledger without a line", file=str(side))
    if set(table) >= UNIQUE and (again := table.duplicated().to_numpy()).any():
        raise InputError("repeats a line above it", file=str(side), path=f"line {int(np.argmax(again)) + 2}")
    return table


def _lines(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """Amounts by measure and option, then by line."""
    measures = {"total": table.assign(amount=table["cost"])}
    for measure, unit in UNITS.items():
        measures[measure] = table[table["unit"] == unit].assign(amount=lambda rows: rows["quantity"])
    amounts: dict[tuple[str, str], dict[str, float]] = {}
    for measure, rows in measures.items():
        for option in table["option"].unique():
            own = rows[rows["option"] == option]
            sums = (own["category"] + ": " + own["line"]).to_frame("line").assign(amount=own["amount"])
            amounts[measure, option] = sums.groupby("line", sort=False)["amount"].sum().to_dict()
    return amounts


def _bridges(before: Mapping[Any, Mapping[str, float]], after: Mapping[Any, Mapping[str, float]]) -> pd.DataFrame:
    """One row a measure, option and line that differs; they add up from one result to the other."""
    rows: list[tuple[Any, ...]] = []
    for measure, option in dict.fromkeys([*before, *after]):
        sides = before.get((measure, option)), after.get((measure, option))
        if sides[0] is None or sides[1] is None:
            ends = [math.nan if side is None else sum(side.values()) for side in sides]
            rows.append((measure, option, *ends, math.nan, f"the option is {'new' if sides[0] is None else 'gone'}"))
            continue
        level = sum(sides[0].values())
        moves = {line: sides[1].get(line, 0.0) - sides[0].get(line, 0.0) for line in {**sides[0], **sides[1]}}
        moved = [(line, move) for line, move in moves.items() if abs(move) > SAME * abs(level)]
        for line, move in sorted(moved, key=lambda one: -abs(one[1])) or [(NOTHING, 0.0)]:
            rows.append((measure, option, level, level + move, move, line))
            level += move
    return pd.DataFrame(rows, columns=list(COLUMNS))
