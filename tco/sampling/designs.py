"""Designs: recipes that yield blocks of rows of input values, one row per model evaluation.

A column is an assumption path, a number of the fleet (`fleet.orders.clusters`), `fleet_size`, or a chance event
(`luck.failure.orders`). Inputs without a column are at their means, events at their expectation. Blocks bound memory: a
design of a million rows is never held whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tco.errors import InputError, checked, unknown
from tco.sampling.events import PREFIX, event_columns
from tco.sampling.uniforms import ColumnSource
from tco.scenario.scenario import MOST_CLUSTERS, Scenario, may_differ, own_path, parted
from tco.scenario.shapes import MAX_VALUE, Array

if TYPE_CHECKING:
    import pandas as pd


BLOCK_ROWS = 16_384
FLEET_NUMBERS = ("clusters", "storage_gb", "iops", "backup_gb")
WORKLOAD_NUMBERS = ("reads_per_second", "writes_per_second", "item_bytes")


class LazyColumns(Mapping[str, Array]):
    """The columns of consecutive rows: stated ones, and those of a source, which are computed on first use.

    paths: the names of all. It can be pickled if the source can.
    """

    def __init__(
        self, paths: Sequence[str], stated: Mapping[str, Array], source: ColumnSource | None, first: int, rows: int
    ):
        self._columns: dict[str, Array | None] = {path: stated.get(path) for path in paths}
        self._source, self._first, self._rows = source, first, rows

    def __getitem__(self, path: str) -> Array:
        column = self._columns[path]
        if column is None:
            if self._source is None:
                raise KeyError(path)
            self._columns[path] = column = self._source.column(path, self._first, self._rows)
        return column

    def together(self, paths: tuple[str, ...]) -> Array:
        """Several columns, (paths, rows)."""
        if self._source is not None and all(self._columns[path] is None for path in paths):
            return self._source.together(paths, self._first, self._rows)
        return np.stack([self[path] for path in paths])

    def __contains__(self, path: object) -> bool:
        return path in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a design: `first` is the index of the first, `columns` holds a (rows,) array by path.

    moves_dates: dates follow the values of the row, which is then the only one; else they follow the means.
    """

    first: int
    rows: int
    columns: Mapping[str, Array] = field(default_factory=dict)
    moves_dates: bool = False

    def table(self, paths: tuple[str, ...]) -> Array:
        """Several columns, (paths, rows)."""
        if isinstance(self.columns, LazyColumns):
            return self.columns.together(paths)
        return np.stack([self.columns[path] for path in paths])


@dataclass(frozen=True)
class Design:
    """A table of values to try, as columns; the point design has one row.

    name: the kind of design. rows: number of evaluations. columns: stated values by path, each (rows,). recipe: source
    of the columns `generated`, block by block. moves_dates: whether the dates of upgrades follow the rows; else they
    follow the means and are the same in every row. low_discrepancy: whether the rows are a scrambled Sobol sequence, in
    order, so that means over them have smaller errors than those of independent draws.
    """

    name: str
    rows: int
    columns: Mapping[str, Array] = field(default_factory=dict)
    recipe: ColumnSource | None = None
    generated: tuple[str, ...] = ()
    moves_dates: bool = False
    low_discrepancy: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.generated, *self.columns)

    def block(self, first: int, rows: int) -> Block:
        """Consecutive rows. Raises InputError outside 0 .. rows - 1."""
        if not 0 <= first < first + rows <= self.rows:
            raise InputError(f"the design has rows 0 to {self.rows - 1}", path="draw", value=first)
        stated = {path: column[first : first + rows] for path, column in self.columns.items()}
        return Block(first, rows, LazyColumns(self.paths, stated, self.recipe, first, rows), self.moves_dates)

    def column(self, path: str, first: int, rows: int) -> Array | None:
        """One column of consecutive rows; None where the design has none of that name."""
        if path in self.columns:
            return self.columns[path][first : first + rows]
        return self.recipe.column(path, first, rows) if self.recipe and path in self.generated else None

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows in order, in blocks of at most `size`."""
        for first in range(0, self.rows, size):
            yield self.block(first, min(size, self.rows - first))

    def row(self, index: int) -> Block:
        """One row as a block of its own. Raises InputError outside 0 .. rows - 1."""
        return self.block(index, 1)

    def frame(self, paths: Sequence[str] | None = None) -> pd.DataFrame:
        """The design as a table, one row per evaluation, to save beside a report and to replay.

        paths: some of the columns; default: all. Raises InputError for an unknown one.
        """
        import pandas as pd

        columns = self.block(0, self.rows).columns if self.rows else {}
        chosen = self.paths if paths is None else paths
        self._check(chosen)
        return pd.DataFrame({path: columns[path] for path in chosen}, index=pd.RangeIndex(self.rows, name="draw"))

    def _check(self, paths: Sequence[str]) -> None:
        for path in paths:
            if path not in self.paths:
                raise InputError(unknown("column of the design", path, self.paths), path=path)

    def head(self, rows: int) -> Design:
        """The first rows of the design, or all if it has fewer."""
        if rows < 1:
            raise InputError("a design has at least one row", path="rows", value=rows)
        rows = min(rows, self.rows)
        return replace(self, rows=rows, columns={path: column[:rows] for path, column in self.columns.items()})

    def only(self, paths: Sequence[str]) -> Design:
        """The same values of these columns alone: other inputs at their means, events at their expectation."""
        self._check(paths)
        return replace(
            self,
            columns={path: column for path, column in self.columns.items() if path in paths},
            generated=tuple(path for path in self.generated if path in paths),
        )

    def without_events(self) -> Design:
        """The same values of assumptions, with events at their expectation."""
        return self.only([path for path in self.paths if not path.startswith(PREFIX)])

    def at(self, values: Mapping[str, float | Array]) -> Design:
        """The same design with columns set or added: one number for all rows, or one per row.

        Raises InputError for a column of another length or with a number that is not finite.
        """
        columns = dict(self.columns)
        for path, value in values.items():
            numbers = np.asarray(value, dtype=float)
            if numbers.shape not in ((), (self.rows,)) or not np.isfinite(numbers).all():
                raise InputError(f"a column holds one finite number, or {self.rows}", path=path, value=value)
            columns[path] = np.broadcast_to(numbers, (self.rows,))
        return replace(self, columns=columns, generated=tuple(path for path in self.generated if path not in columns))


@checked
def point(scenario: Scenario) -> Design:
    """One row: each assumption at its mean, events at their expectation. Its frame prints those means."""
    means = {path: np.array([entry.mean]) for path, entry in scenario.every_assumption.items()}
    return Design("point", 1, means, moves_dates=True)


@checked
def sweep(scenario: Scenario, path: str, values: Sequence[float] | Array) -> Design:
    """One row per value of one numeric input, everything else at its mean.

    path: an assumption, for a group too (`fleet.orders.assumptions.upgrades.plan_hours`), `fleet_size`, or a number of
    a group such as `fleet.orders.workload.reads_per_second`. Values need not be whole. Raises InputError for a path
    that is not numeric, and for values outside its bounds.
    """
    check_numeric(scenario, path)
    column = check_values(scenario, path, values)
    return Design("sweep", len(column), {path: column}, moves_dates=True)


@checked
def one_at_a_time(scenario: Scenario, paths: Sequence[str] = ()) -> Design:
    """Two rows per assumption: at its low, then at its high, everything else at its mean.

    paths: the assumptions to vary; default: all with low < high, fixed ones included. Row 2k is the low of the k-th,
    row 2k + 1 its high. Raises InputError for an unknown path or one without a range.
    """
    every = scenario.every_assumption
    ranged = {
        path: (entry.low, entry.high)
        for path, entry in every.items()
        if entry.low is not None and entry.high is not None and entry.low < entry.high
    }
    for path in paths:
        if path not in ranged:
            raise InputError(unknown("assumption with a range", path, ranged), path=path)
    chosen = list(paths) or list(ranged)
    columns = {path: np.full(2 * len(chosen), every[path].mean) for path in chosen}
    for place, path in enumerate(chosen):
        columns[path][2 * place : 2 * place + 2] = ranged[path]
    return Design("one_at_a_time", 2 * len(chosen), columns, moves_dates=True)


def check_columns(scenario: Scenario, design: Design) -> None:
    """Raises InputError unless every column of a design is a number of the scenario that can vary."""
    known = {*numeric_paths(scenario), *event_columns(scenario)}
    for path in design.paths:
        if path not in known:
            check_numeric(scenario, path, "column of the design")


def check_numeric(scenario: Scenario, path: str, what: str = "numeric input", further: Sequence[str] = ()) -> None:
    """Raises InputError unless a design may vary the number at a path, which may be any assumption of any group.

    what: the kind of path in the message. further: other valid paths, for the message.
    """
    if path in (known := numeric_paths(scenario)):
        return
    name, base = parted(path)
    if name in scenario.fleet and base in scenario.assumptions:
        if why := scenario.assumptions[base].scenario_wide:
            raise InputError(
                f"{base} holds for the whole scenario: {why}. {may_differ(scenario.assumptions)}", path=path
            )
        return
    if name in scenario.fleet:
        known = [own_path(name, base) for base, entry in scenario.assumptions.items() if not entry.scenario_wide]
    raise InputError(unknown(what, path, [*known, *further]), path=path)


def check_values(scenario: Scenario, path: str, values: Sequence[float] | Array) -> Array:
    """The values of a numeric input as a column. Raises InputError unless there are some, all within its bounds."""
    column = np.asarray(values, dtype=float)
    if column.ndim != 1 or not len(column) or not np.isfinite(column).all() or (column < 0).any():
        raise InputError("values to try are finite numbers from 0 up, at least one", path=path, value=values)
    low, high = 0.0, MAX_VALUE
    if parted(path)[1] in scenario.assumptions:
        entry = scenario.assumption(path)
        low, high = entry.at_least, entry.largest
    elif path.startswith(PREFIX):
        high = 1.0
    elif path == "fleet_size":
        high = MOST_CLUSTERS * max(len(scenario.fleet), 1)
    elif path.endswith((".clusters", ".designs")):
        high = MOST_CLUSTERS
    if (outside := (column < low) | (column > high)).any():
        raise InputError(f"values lie between {low:g} and {high:g}", path=path, value=column[outside][0].item())
    return column


def numeric_paths(scenario: Scenario) -> list[str]:
    """The inputs that a design may vary: assumptions of the scenario and of groups, numbers of the fleet, its size."""
    fleet = [
        f"fleet.{name}.{number}"
        for name, group in scenario.fleet.items()
        for number in (*FLEET_NUMBERS, *(f"workload.{number}" for number in WORKLOAD_NUMBERS if group.workload))
    ]
    fleet += [f"fleet.{name}.designs" for name, group in scenario.fleet.items() if group.designs is not None]
    return [*scenario.every_assumption, "fleet_size", *fleet]
