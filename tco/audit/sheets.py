"""Where cells of a graph stand in a workbook, and the text of their formulas.

A row has its label and place in the model first, then one column for what holds at all times, then time across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from tco.audit.tracing import IF, POWERS, SUM, Cells, Graph, Guard, Step

INPUTS, CONSTANTS, CALCULATIONS = "Inputs", "Constants", "Calculations"
CONSTANT_COLUMN, FIRST_MONTH = 5, 7
FIRST_ROW = 4
MOST_ARGUMENTS = 250
SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "true_divide": "/", "divide": "/", "power": "^", "less": "<",
    "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "=", "not_equal": "<>",
}  # fmt: skip
FUNCTIONS = {
    "maximum": "MAX", "minimum": "MIN", "exp": "EXP", "log": "LN", "log2": "LOG", "floor": "INT", "absolute": "ABS",
    "logical_and": "AND", "bitwise_and": "AND", "logical_or": "OR", "bitwise_or": "OR", "logical_not": "NOT",
    "invert": "NOT", IF: "IF",
}  # fmt: skip


@cache
def column_name(column: int) -> str:
    """A column as a sheet calls it.

    >>> column_name(0), column_name(25), column_name(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True)
class Spot:
    """A cell of a sheet; name: a defined name of it. by_time: whether its column is a month's."""

    sheet: str
    row: int
    column: int
    name: str = ""
    by_time: bool = False

    def text(self, sheet: str) -> str:
        """How a formula on a sheet calls it."""
        if self.name:
            return self.name
        dollar = "" if self.by_time else "$"
        own = f"{dollar}{column_name(self.column)}{'' if self.by_time else '$'}{self.row + 1}"
        return own if sheet == self.sheet else f"{self.sheet}!{own}"


@dataclass
class Layout:
    """The places of all cells. next_row: the next free row of each sheet."""

    graph: Graph
    months: int
    spots: dict[int, Spot] = field(default_factory=dict)
    next_row: dict[str, int] = field(default_factory=dict)

    def place(self, sheet: str, cells: Cells) -> list[tuple[int, list[int]]]:
        """Give cells rows of a sheet, with time across where an axis has the months. Returns rows with their cells."""
        spans = (self.months, self.months + 1)
        by_time = [axis for axis, length in enumerate(cells.shape) if length > 1 and length in spans]
        moved = np.moveaxis(cells, by_time[-1], -1) if by_time else cells[..., None]
        rows = moved.reshape(-1, moved.shape[-1])
        placed = []
        for row_cells in rows.tolist():
            row = self.next_row.setdefault(sheet, FIRST_ROW)
            self.next_row[sheet] = row + 1
            for place, cell in enumerate(row_cells):
                column = FIRST_MONTH + place if by_time else CONSTANT_COLUMN
                self.spots[cell] = Spot(sheet, row, column, by_time=bool(by_time))
            placed.append((row, row_cells))
        return placed

    def text(self, cell: int, sheet: str) -> str:
        """How a formula on a sheet calls a cell."""
        return self.spots[cell].text(sheet)

    def ranges(self, cells: Sequence[int], sheet: str) -> str:
        """Cells as arguments of a function, neighbours as ranges."""
        parts: list[str] = []
        spots = [self.spots[cell] for cell in cells]
        first = 0
        while first < len(spots):
            last = first
            while last + 1 < len(spots) and _neighbours(spots[last], spots[last + 1], spots[first]):
                last += 1
            text = spots[first].text(sheet)
            if last > first and not spots[first].name:
                end = spots[last].text(spots[last].sheet)
                text = f"{text}:{end}"
                parts.append(text)
            else:
                parts += [spot.text(sheet) for spot in spots[first : last + 1]]
            first = last + 1
        return ",".join(parts)

    def formula(self, step: Step, place: int, sheet: str, tables: Mapping[int, tuple[str, str, str]]) -> str:
        """The formula of one cell that a step makes. tables: of learning curves, by the cell of the exponent."""
        if step.operation == SUM:
            summands = step.read[0].reshape(step.made.size, -1)[place].tolist()
            return f"=SUM({self.ranges(summands, sheet)})"
        read = [int(cells.flat[place]) for cells in step.read]
        texts = [self.text(cell, sheet) for cell in read]
        if step.operation == POWERS:
            count, (whole, sums, powers) = texts[0], tables[read[1]]
            return f"=LOOKUP({count},{whole},{sums})+({count}-INT({count}))*LOOKUP({count},{whole},{powers})"
        if step.operation in SIGNS:
            return f"={texts[0]}{SIGNS[step.operation]}{texts[1]}"
        if step.operation == "negative":
            return f"=-{texts[0]}"
        if step.operation == "ceil":
            return f"=-INT(-{texts[0]})"
        return f"={FUNCTIONS[step.operation]}({','.join(texts)})"

    def kept(self, guard: Guard, zero: int, sheet: str) -> str:
        """A formula that is true as long as the code would have taken the same way."""
        cells = list(dict.fromkeys(guard.cells.tolist()))[:MOST_ARGUMENTS]
        arguments = self.ranges(cells, sheet)
        if isinstance(self.graph.numbers[cells[0]], bool):
            condition = f"{'AND' if guard.every else 'OR'}({arguments})"
            return f"={condition}" if guard.truth else f"=NOT({condition})"
        sign = "<>" if guard.truth else "="
        return f"={'PRODUCT' if guard.every else 'SUMSQ'}({arguments}){sign}{self.text(zero, sheet)}"


def _neighbours(one: Spot, other: Spot, first: Spot) -> bool:
    if one.name or other.name or one.sheet != other.sheet or one.by_time != other.by_time:
        return False
    along = (other.row, other.column) == (one.row, one.column + 1) and one.row == first.row
    down = (other.row, other.column) == (one.row + 1, one.column) and one.column == first.column
    return along or down


def distinct_guards(graph: Graph, live: Iterable[str]) -> list[Guard]:
    """Each guard once, without those that no live input can break."""
    guards: dict[object, Guard] = {}
    wanted = set(live)
    for guard in graph.guards:
        key = (guard.cells.tobytes(), guard.every)
        if key not in guards and graph.behind(guard.cells.tolist()) & wanted:
            guards[key] = guard
    return list(guards.values())
