"""What follows from a scenario: one row for each thing that costs money, hours or minutes, and its totals.

A `Ledger` belongs to a scenario and a design. Nothing is evaluated before the first question. Lines of a small design
are kept, and totals are sums over them; a large design is evaluated block by block, and its lines are dropped as soon
as they are added to the totals requested: 8 bytes a draw each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tco.errors import InputError, unknown
from tco.evaluation.cache import Cache
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import DOWNTIME, LABELS, LABOUR, UNFINISHED, Array, Line
from tco.evaluation.ledger_table import AXES, ColumnOrder, column_index, ledger_table
from tco.evaluation.parallel import MapBlocks, map_blocks
from tco.evaluation.totals import COST, NPV, POSITION, Key, LineSums, Query
from tco.notebook_repr import Displayed
from tco.sampling.designs import BLOCK_ROWS, Block, Design, check_columns, point
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

MEASURES = (COST, NPV, LABOUR, DOWNTIME, UNFINISHED)
KEPT_ROWS = 1024
"""Lines of so many rows are kept, if a block has as many; of larger designs, those of the first rows."""
FEW_ROWS = 131_072
"""Up to here the usual totals of all measures are by draw; beyond, hours and minutes are summed over draws."""
MAX_CELLS = 2**19
"""Draws times groups of a block: chance events are held for each draw and group. 2,000 groups take some 0.9 GiB so."""
GROWTH_OF_BILLS = ("growth.load_per_year", "growth.storage_per_year")


@dataclass(frozen=True)
class BlockTotals:
    """Evaluates one block of a design after the other, here or in another process.

    queries: the totals requested. lines_of: makes the lines. cache: of results that all blocks share.
    """

    scenario: Scenario
    queries: tuple[Query, ...]
    lines_of: Callable[[Inputs], Iterable[Line]]
    cache: Cache

    def __call__(self, block: Block) -> dict[Query, dict[Key, Array]]:
        """The totals of a block. Lines are dropped option by option, since those that vary by draw are large."""
        inputs = Inputs(self.scenario, block, self.cache)
        totals: dict[Query, dict[Key, Array]] = {query: {} for query in self.queries}
        for _, lines in groupby(self.lines_of(inputs), key=lambda line: line.option):
            sums = line_sums(inputs, list(lines))
            for query, sums_by_key in totals.items():
                for key, amounts in sums.total(query).items():
                    sums_by_key[key] = sums_by_key[key] + amounts if key in sums_by_key else amounts
        return totals


def line_sums(inputs: Inputs, lines: Sequence[Line]) -> LineSums:
    """The sums of lines that were made from inputs."""
    discount = {at_start: inputs.discount_factors(at_start) for at_start in (False, True)}
    return LineSums(lines, inputs.block.rows, len(inputs.groups), inputs.months, discount)


class Ledger(Displayed):
    """All lines of all options of a scenario, for every draw of a design.

    scenario and design: what it was made of. options, groups, periods: names along its axes, in the scenario's order.
    reference: the option that differences are taken to.
    """

    def __init__(
        self,
        scenario: Scenario,
        design: Design,
        lines_of: Callable[[Inputs], Iterable[Line]],
        over: MapBlocks = map_blocks,
        requested: Sequence[Query] | None = None,
    ):
        """Lines_of: makes the lines for the rows of one block. over: evaluates blocks, here or elsewhere.

        requested: the totals that the first pass over the blocks adds up together (default: the usual ones). Raises
        InputError for a column of the design that the scenario does not have.
        """
        check_columns(scenario, design)
        self.scenario = scenario
        self.design = design
        self.options = tuple(scenario.options)
        self.reference = scenario.reference_option
        self.groups = tuple(scenario.fleet)
        self.periods = scenario.periods
        self._order = ColumnOrder(scenario)
        self._lines_of = lines_of
        self._over = over
        self._requested = tuple(usual_queries(design) if requested is None else requested)
        self._cache = Cache()
        self._totals: dict[Query, dict[Key, Array]] = {}
        self._lines: tuple[Line, ...] | None = None

    @cached_property
    def at_point(self) -> Ledger:
        """The ledger of the same scenario at its point design; itself, where that is its own."""
        return self if self.design.name == "point" else Ledger(self.scenario, point(self.scenario), self._lines_of)

    def under(self, design: Design, requested: Sequence[Query] = ()) -> Ledger:
        """The ledger of the same scenario under another design, which knows this one if it is the point estimate.

        requested: totals that will be asked for besides the usual ones. Raises InputError.
        """
        other = Ledger(self.scenario, design, self._lines_of, self._over, [*usual_queries(design), *requested])
        if self.design.name == "point":
            other.at_point = self
        return other

    def checked(self) -> Ledger:
        """The same ledger, evaluated as far as it takes to see whether the scenario is right.

        Raises InputError, or UnknownPrice for something that no price row covers.
        """
        if self.design.rows <= self._kept_rows or self.design.moves_dates:
            self.lines()
        elif self.design.rows <= self._max_rows:
            self.totals(self._requested[0])
        else:
            self.lines(self.design.row(0))
        return self

    @cached_property
    def _runs(self) -> list[range]:
        """The rows in runs that agree in everything that dates are made of."""
        rows = self.design.rows
        if not self.design.moves_dates:
            return [range(rows)]
        inputs = Inputs(self.scenario, self.design.block(0, min(rows, self._kept_rows)), self._cache)
        lines = tuple(self._lines_of(inputs))
        columns = self.design.block(0, rows).columns
        changes = np.zeros(rows, dtype=bool)
        for path in inputs.reads.dated:
            if path in columns:
                changes[1:] |= columns[path][1:] != columns[path][:-1]
        edges = [0, *np.flatnonzero(changes).tolist(), rows]
        if len(edges) == 2:
            self._lines = lines
        return [range(first, last) for first, last in pairwise(edges)]

    @property
    def _max_rows(self) -> int:
        amounts = max(len(self.groups), 1) * (len(self.periods) if self._bills_grow else 1)
        return max(min(BLOCK_ROWS, MAX_CELLS // amounts), 1)

    @property
    def _kept_rows(self) -> int:
        return min(KEPT_ROWS, self._max_rows)

    @property
    def _bills_grow(self) -> bool:
        """Whether bills of the months may differ, and are held for each of them."""
        return any(self.scenario.assumptions[path].mean or path in self.design.paths for path in GROWTH_OF_BILLS)

    @cached_property
    def _first_block(self) -> Block:
        """The rows that `lines()` are of."""
        return self.design.block(0, min(len(self._runs[0]), self._kept_rows))

    def blocks(self) -> Iterator[Block]:
        """The rows of the design, in blocks small enough for memory whose rows have their dates in common."""
        for run in self._runs:
            for first in range(run.start, run.stop, self._max_rows):
                yield self.design.block(first, min(self._max_rows, run.stop - first))

    def lines(self, block: Block | None = None) -> tuple[Line, ...]:
        """The lines for a block of the design (default: its first with dates in common, 1,024 or a block at most).

        One line holds all its draws, groups and months.
        """
        if block is not None:
            return tuple(self._lines_of(Inputs(self.scenario, block, self._cache)))
        if self._lines is None:
            first = self._first_block
            self._lines = self._lines or self.lines(first)  # the block's runs may have made them
        return self._lines

    def total(self, by: str | Sequence[str] = "option", measure: str = COST) -> pd.DataFrame:
        """Sums over everything but `by`: one row a draw, one column for each value (MultiIndex columns for a list).

        by: option, category, line, phase, role, release, unit, group or period, or a list of them.
        measure: `cost` (undiscounted USD), `npv` (discounted USD), `labour hour`, `downtime minute`, or any unit of
        the ledger, whose quantities are then summed. Raises InputError for a name that is none of these.
        """
        import pandas as pd

        dimensions = [by] if isinstance(by, str) else list(by)
        totals = self.totals(self._query(dimensions, measure))
        columns = self._order.ordered(dimensions, {key: of.reshape(len(of), -1).T for key, of in totals.items()})
        frame = pd.DataFrame(columns, index=pd.RangeIndex(self.design.rows, name="draw"))
        frame.columns = column_index(by, columns)
        return frame

    def mean(self, by: str | Sequence[str] = "option", measure: str = COST) -> pd.Series[float]:
        """The means over draws of `total`, indexed as its columns, without a number for each draw being held.

        by, measure: as for `total`. Raises InputError.
        """
        import pandas as pd

        means = self.means([by] if isinstance(by, str) else by, measure)
        return pd.Series(list(means.values()), index=column_index(by, means))

    def means(self, by: Sequence[str], measure: str = COST) -> dict[Key, float]:
        """The same by the values of the dimensions, such as `("stay", "2027-01")`. Raises InputError."""
        query = self._query(list(by), measure)
        if query in self._totals or query in self._requested:
            amounts_by_key = {key: amounts.mean(axis=0) for key, amounts in self.totals(query).items()}
        else:
            sums = self.totals(replace(query, over_draws=True))
            amounts_by_key = {key: amounts / self.design.rows for key, amounts in sums.items()}
        numbers = self._order.ordered(by, {key: np.ravel(amounts).tolist() for key, amounts in amounts_by_key.items()})
        return {key: number + 0.0 for key, number in numbers.items()}  # no -0.0

    def _query(self, dimensions: Sequence[str], measure: str) -> Query:
        if not dimensions or len(set(dimensions)) < len(dimensions):
            raise InputError("totals are by at least one dimension, none of them twice", path="by", value=dimensions)
        for name in dimensions:
            if name not in (*LABELS, *AXES):
                raise InputError(unknown("dimension", name, (*LABELS, *AXES)), path="by")
        if measure not in MEASURES and measure not in (units := {line.unit for line in self.lines()}):
            raise InputError(unknown("measure", measure, units | set(MEASURES)), path="measure")
        labels = tuple(name for name in dimensions if name in LABELS)
        return Query(labels, "".join(AXES[name] for name in AXES if name in dimensions), measure)

    def totals(self, query: Query) -> dict[Key, Array]:
        """Sums by labels: (draws, then the axes kept), without draws where summed over them."""
        if query in self._totals:
            return self._totals[query]
        if len(self._runs) == 1 and self.design.rows <= self._kept_rows:
            self._totals[query] = self._sums.total(query)
        else:
            self._totals |= self._over_all_blocks([query, *self._requested])
        return self._totals[query]

    def _over_all_blocks(self, queries: Iterable[Query]) -> dict[Query, dict[Key, Array]]:
        """One pass over all blocks for the queries that are new."""
        new = [query for query in dict.fromkeys(queries) if query not in self._totals]
        totals: dict[Query, dict[Key, Array]] = {query: {} for query in new}
        work = BlockTotals(self.scenario, tuple(new), self._lines_of, self._cache)
        for rows, of_queries in self._over(self.blocks(), work, self.design.rows * max(len(self.groups), 1)):
            for query, of_block in of_queries.items():
                whole = totals[query]
                for key, amounts in of_block.items():
                    if query.over_draws:
                        whole[key] = whole.get(key, 0.0) + amounts
                    elif len(rows) == self.design.rows:
                        whole[key] = amounts
                    else:
                        if key not in whole:
                            whole[key] = np.zeros((self.design.rows, *amounts.shape[1:]))
                        whole[key][rows.start : rows.stop] = amounts
        return totals

    @cached_property
    def _sums(self) -> LineSums:
        """Of `lines()`."""
        return line_sums(Inputs(self.scenario, self._first_block, self._cache), self.lines())

    def means_of_lines(self, measure: str = COST, axes: str = "") -> list[tuple[Line, Any]]:
        """Each of `lines()` with its mean over their draws, over the horizon: a number, or an array of the axes kept.

        measure: as for `total`, or `quantity`, that of every line in its own unit. axes: as of `Query`.
        """
        rows = self._first_block.rows
        sums = self._sums.total(Query((POSITION,), axes, measure, over_draws=True))
        return [(line, amount / rows) for line, amount in zip(self.lines(), sums.values(), strict=True)]

    def table(self, draw: int = 0) -> pd.DataFrame:
        """The tidy ledger of one draw: one row for each month, group and line that is not zero.

        A line that is zero throughout an option has one row, a stated zero. Every row has cost == quantity *
        unit_price, nothing is null. Raises InputError for a draw that the design does not have.
        """
        row = self.design.row(draw)
        return ledger_table(self.scenario, self.lines() if self.design.rows == 1 else self.lines(row))


def usual_queries(design: Design) -> list[Query]:
    """The totals that most ledgers are asked for: of the options, by draw, by month, and labour by role and month."""
    few = design.rows <= FEW_ROWS
    by_option = [Query(("option",), "", measure, not few and measure not in (COST, NPV)) for measure in MEASURES]
    by_month = [Query(("option",), "p", measure, over_draws=True) for measure in (COST, NPV)]
    return [*by_option, *by_month, Query(("option", "role"), "p", LABOUR, over_draws=True)]
