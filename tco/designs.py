"""Which values to try: a design is a recipe that yields blocks of rows, one row a model evaluation.

A column is an assumption path, a number of the fleet (`fleet.orders.clusters`) or `fleet_size`. What a design has
no column for is at its mean. Blocks keep memory flat: a design of a million rows is never held whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

BLOCK_ROWS = 65_536
FLEET_NUMBERS = ("clusters", "storage_gb", "iops", "backup_gb")
WORKLOAD_NUMBERS = ("reads_per_second", "writes_per_second", "item_bytes")


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a design: `first` is the index of the first, `columns` holds a (rows,) array by path."""

    first: int
    rows: int
    columns: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """A table of values to try, as columns; the point design has one row and no column.

    name: what kind of design it is. rows: number of evaluations. columns: the values tried, by path.
    """

    name: str
    rows: int
    columns: Mapping[str, Array] = field(default_factory=dict)

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows in order, in blocks of at most `size`."""
        for first in range(0, self.rows, size):
            last = min(first + size, self.rows)
            yield Block(first, last - first, {path: column[first:last] for path, column in self.columns.items()})

    def row(self, index: int) -> Block:
        """One row as a block of its own. Raises InputError outside 0 .. rows - 1."""
        if not 0 <= index < self.rows:
            raise InputError(f"the design has rows 0 to {self.rows - 1}", path="draw", value=index)
        return Block(index, 1, {path: column[index : index + 1] for path, column in self.columns.items()})

    def frame(self) -> pd.DataFrame:
        """The design as a table, one row an evaluation, to save beside a report."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns), index=pd.RangeIndex(self.rows, name="draw"))


def point(scenario: Scenario) -> Design:
    """One row: each assumption at its mean, events at their expectation. Its frame prints those means."""
    means = {path: np.array([entry.mean]) for path, entry in scenario.assumptions.items()}
    return Design("point", 1, means)


def sweep(scenario: Scenario, path: str, values: Sequence[float] | Array) -> Design:
    """One row a value of one numeric input, everything else at its mean.

    path: an assumption, `fleet_size`, or a number of a group such as `fleet.orders.workload.reads_per_second`.
    Values need not be whole. Raises InputError for a path that is no number or values outside its bounds.
    """
    check_column(scenario, path)
    column = np.asarray(values, dtype=float)
    if column.ndim != 1 or not len(column) or not np.isfinite(column).all() or (column < 0).any():
        raise InputError("values to try are finite numbers from 0 up, at least one", path=path, value=values)
    entry = scenario.assumptions.get(path)
    if entry is not None and ((column < entry.at_least) | (column > entry.largest)).any():
        raise InputError(f"values lie between {entry.at_least:g} and {entry.largest:g}", path=path, value=values)
    return Design("sweep", len(column), {path: column})


def one_at_a_time(scenario: Scenario, paths: Sequence[str] = ()) -> Design:
    """Two rows an assumption: it at its low, then at its high, everything else at its mean.

    paths: the assumptions to vary; without any, all that have a low and a high apart, fixed ones included. Row 2k is
    the low of the k-th, row 2k + 1 its high. Raises InputError for an unknown path or one without a range.
    """
    ranged = [
        path
        for path, entry in scenario.assumptions.items()
        if entry.low is not None and entry.high is not None and entry.low < entry.high
    ]
    for path in paths:
        if path not in ranged:
            raise InputError(unknown("assumption with a range", path, ranged), path=path)
    chosen = list(paths) or ranged
    columns = {}
    for place, path in enumerate(chosen):
        entry = scenario.assumptions[path]
        column = np.full(2 * len(chosen), entry.mean)
        column[2 * place], column[2 * place + 1] = float(entry.low or 0.0), float(entry.high or 0.0)
        columns[path] = column
    return Design("one_at_a_time", 2 * len(chosen), columns)


def check_column(scenario: Scenario, path: str) -> None:
    """InputError unless `path` names a number that a design can vary."""
    if path not in (known := numeric_paths(scenario)):
        raise InputError(unknown("numeric input", path, known), path=path)


def numeric_paths(scenario: Scenario) -> list[str]:
    """All inputs that a design may vary: assumptions, numbers of the fleet and the fleet size."""
    fleet = [
        f"fleet.{name}.{number}"
        for name, group in scenario.fleet.items()
        for number in (*FLEET_NUMBERS, *(f"workload.{number}" for number in WORKLOAD_NUMBERS if group.workload))
    ]
    return [*scenario.assumptions, "fleet_size", *fleet]
