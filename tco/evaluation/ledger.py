"""What follows from a scenario: one row for each thing that costs money, hours or minutes, and its totals.

A `Ledger` belongs to a scenario and a design. It works block by block of the design, lets go of the lines of many
draws as soon as they are counted, and keeps the totals that were asked for: 8 bytes a draw each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.evaluation.accumulators import COST, NPV, Key, Question
from tco.evaluation.cache import Cache
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_columns import AXES, Columns
from tco.evaluation.ledger_line import DOWNTIME, LABELS, LABOUR, Line
from tco.evaluation.ledger_table import ledger_table
from tco.evaluation.monthly_totals import LineMonths
from tco.evaluation.passes import Pass, over_blocks
from tco.evaluation.totals import BlockTotals
from tco.notebook_repr import Displayed
from tco.sampling.designs import BLOCK_ROWS, Block, Design, check_columns, point
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
MEASURES = (COST, NPV, LABOUR, DOWNTIME)
KEPT_ROWS = 1024
"""Lines of designs up to this size are kept; of larger ones, those of as many rows are made when they are asked for."""
FEW_ROWS = 131_072
"""Up to here the totals of all measures are kept for each draw; beyond, hours and minutes only if asked for."""
MOST_CELLS = 2**22
"""Draws times groups of a block: luck is held for each draw and group."""


@dataclass(frozen=True)
class Counting:
    """Counts the lines of a scenario for one block of a design after the other, here or in another process.

    questions: which totals are asked for. kept: the lines of the only block, where they are known already.
    """

    scenario: Scenario
    questions: tuple[Question, ...]
    lines_of: Callable[[Inputs], Iterable[Line]]
    kept: tuple[Line, ...] | None
    cache: Cache

    def __call__(self, block: Block) -> dict[Question, dict[Key, Array]]:
        """The totals of a block."""
        inputs = Inputs(self.scenario, block, self.cache)
        discounted = any(question.measure == NPV for question in self.questions)
        discount = {start: inputs.discount_factors(at_start=start) for start in (False, True)} if discounted else {}
        totals = BlockTotals(self.questions, block.rows, len(inputs.groups), inputs.months, discount)
        for line in self.lines_of(inputs) if self.kept is None else self.kept:
            totals.add(line)
        return totals.totals()


class Ledger(Displayed):
    """All lines of all options of a scenario, for every draw of a design.

    scenario and design: what it was made of. options, groups, periods: names along its axes, in the scenario's order.
    reference: the option that differences are taken to. asked: what will be asked of it, which one pass over the draws
    then answers at once; where that is not told, the first question gets the `usual` ones answered with it.
    asked_alone: nothing else will be asked, so that no lines are kept.
    """

    def __init__(
        self,
        scenario: Scenario,
        design: Design,
        lines_of: Callable[[Inputs], Iterable[Line]],
        over: Pass = over_blocks,
        asked: Sequence[Question] | None = None,
        asked_alone: bool = False,
    ):
        check_columns(scenario, design)
        self.scenario = scenario
        self.design = design
        self.options = tuple(scenario.options)
        self.reference = scenario.reference_option
        self.groups = tuple(scenario.fleet)
        self.periods = scenario.periods
        self._columns = Columns(self.options, self.groups, self.periods)
        self._lines_of = lines_of
        self._over = over
        self._is_told = asked is not None
        self._asked_alone = asked_alone
        self._asked = tuple(usual(design) if asked is None else asked)
        self._cache = Cache()
        self._answers: dict[Question, dict[Key, Array]] = {}
        self._kept: tuple[Line, ...] | None = None
        self._runs: list[range] = [range(design.rows)]
        self._begin()

    @cached_property
    def at_point(self) -> Ledger:
        """The ledger of the same scenario at its point design; itself, where that is its own."""
        return self if self.design.name == "point" else Ledger(self.scenario, point(self.scenario), self._lines_of)

    def under(self, design: Design, asked: Sequence[Question] = ()) -> Ledger:
        """The ledger of the same scenario under another design, which knows this one if it is the point estimate.

        asked: what will be asked of it besides the usual. Raises InputError.
        """
        other = Ledger(self.scenario, design, self._lines_of, self._over, [*usual(design), *asked])
        if self.design.name == "point":
            other.at_point = self
        return other

    def _begin(self) -> None:
        """Evaluate what shows at once whether the scenario is right, and find rows that have their dates in common."""
        rows = self.design.rows
        if self.design.moves_dates:
            block = self.design.block(0, min(rows, KEPT_ROWS))
            inputs = Inputs(self.scenario, block, self._cache)
            lines = tuple(self._lines_of(inputs))
            self._runs = self._runs_of_equal(inputs.reads.dated)
            self._kept = lines if len(self._runs) == 1 and rows <= KEPT_ROWS else None
            if self._asked_alone:
                self._answer(self._asked)
                self._kept = None  # lines may not be told apart by all labels there
                self.__dict__.pop("_by_month", None)
        elif self._is_told:
            self._answer(self._asked)
        elif rows <= KEPT_ROWS:
            self._kept = self.lines(self.design.block(0, rows))
        elif rows <= self._most_rows:
            self._answer(self._asked)
        else:
            self.lines(self.design.row(0))

    def _runs_of_equal(self, dated: Iterable[str]) -> list[range]:
        """The rows in runs that agree in everything that dates are made of."""
        rows = self.design.rows
        columns = self.design.block(0, rows).columns
        changes = np.zeros(rows, dtype=bool)
        for path in dated:
            if path in columns:
                changes[1:] |= columns[path][1:] != columns[path][:-1]
        edges = [0, *np.flatnonzero(changes).tolist(), rows]
        return [range(first, last) for first, last in pairwise(edges)]

    @property
    def _most_rows(self) -> int:
        return max(min(BLOCK_ROWS, MOST_CELLS // max(len(self.groups), 1)), 1)

    def blocks(self) -> Iterator[Block]:
        """The rows of the design, in blocks small enough for memory whose rows have their dates in common."""
        for run in self._runs:
            for first in range(run.start, run.stop, self._most_rows):
                yield self.design.block(first, min(self._most_rows, run.stop - first))

    def lines(self, block: Block | None = None) -> tuple[Line, ...]:
        """The lines for a block of the design (default: its first rows, at most 1,024 with their dates in common).

        One line holds all its draws, groups and months.
        """
        if block is not None:
            return tuple(self._lines_of(Inputs(self.scenario, block, self._cache)))
        if self._kept is None:
            self._kept = self.lines(self.design.block(0, min(len(self._runs[0]), KEPT_ROWS)))
        return self._kept

    def total(self, by: str | Sequence[str] = "option", measure: str = COST) -> pd.DataFrame:
        """Sums over everything but `by`: one row a draw, one column for each value (MultiIndex columns for a list).

        by: option, category, line, phase, role, release, unit, group or period, or a list of them.
        measure: `cost` (undiscounted USD), `npv` (discounted USD), `labour hour`, `downtime minute`, or any unit of
        the ledger, whose quantities are then summed. Raises InputError for a name that is none of these.
        """
        import pandas as pd

        dimensions = [by] if isinstance(by, str) else list(by)
        columns = self._columns.of(dimensions, self._found(self._question(dimensions, measure)))
        frame = pd.DataFrame(columns, index=pd.RangeIndex(self.design.rows, name="draw"))
        frame.columns = self._columns.index(by, columns)
        return frame

    def mean(self, by: str | Sequence[str] = "option", measure: str = COST) -> pd.Series[float]:
        """The means over draws of `total`, indexed as its columns, without a number for each draw being held.

        by, measure: as for `total`. Raises InputError.
        """
        import pandas as pd

        means = self.means([by] if isinstance(by, str) else by, measure)
        return pd.Series(list(means.values()), index=self._columns.index(by, means))

    def means(self, by: Sequence[str], measure: str = COST) -> dict[Key, float]:
        """The same by the values of the dimensions, such as `("stay", "2027-01")`. Raises InputError."""
        question = self._question(list(by), measure)
        if question in self._answers:
            found = {key: amounts.mean(axis=0) for key, amounts in self._answers[question].items()}
        else:
            sums = self._found(replace(question, over_draws=True))
            found = {key: amounts / self.design.rows for key, amounts in sums.items()}
        return {key: amount + 0.0 for key, amount in self._columns.numbers(by, found).items()}

    def _question(self, dimensions: Sequence[str], measure: str) -> Question:
        if not dimensions or len(set(dimensions)) < len(dimensions):
            raise InputError("totals are by at least one dimension, none of them twice", path="by", value=dimensions)
        for name in dimensions:
            if name not in (*LABELS, *AXES):
                raise InputError(unknown("dimension", name, (*LABELS, *AXES)), path="by")
        if measure not in MEASURES and measure not in (units := {line.unit for line in self.lines()}):
            raise InputError(unknown("measure", measure, units | set(MEASURES)), path="measure")
        labels = tuple(name for name in dimensions if name in LABELS)
        return Question(labels, "".join(AXES[name] for name in AXES if name in dimensions), measure)

    def _found(self, question: Question) -> dict[Key, Array]:
        """The answer to a question, by a pass over the draws unless it is known."""
        if question not in self._answers:
            self._answer([question, *(self._asked if self._kept is None or self._is_told else ())])
        return self._answers[question]

    def _answer(self, questions: Iterable[Question]) -> None:
        """One pass over all blocks that answers the questions which are new."""
        new = [question for question in dict.fromkeys(questions) if question not in self._answers]
        if self.design.rows == 1 and not any("g" in question.axes for question in new):
            self._answers |= {question: self._by_month.total(question) for question in new}
            return
        whole: dict[Question, dict[Key, Array]] = {question: {} for question in new}
        one_block = len(self._runs) == 1 and self.design.rows <= min(KEPT_ROWS, self._most_rows)
        kept = self._kept if one_block else None
        counting = Counting(self.scenario, tuple(new), self._lines_of, kept, self._cache)
        for rows, totals in self._over(self.blocks(), counting, self.design.rows):
            for question, found in totals.items():
                for key, amounts in found.items():
                    whole_of = whole[question]
                    if question.over_draws:
                        whole_of[key] = whole_of.get(key, 0.0) + amounts
                    elif len(rows) == self.design.rows:
                        whole_of[key] = amounts
                    else:
                        if key not in whole_of:
                            whole_of[key] = np.zeros((self.design.rows, *amounts.shape[1:]))
                        whole_of[key][rows.start : rows.stop] = amounts
        self._answers |= whole

    @cached_property
    def _by_month(self) -> LineMonths:
        """The only draw's lines, month by month."""
        inputs = Inputs(self.scenario, self.design.row(0))
        discount = {start: inputs.discount_factors(at_start=start) for start in (False, True)}
        return LineMonths(self.lines(), len(self.periods), discount)

    def costs_of_lines(self, option: str = "") -> list[tuple[Line, float]]:
        """Each of `lines()`, or of those of one option, with its cost over the horizon: undiscounted, mean of draws."""
        lines = self.lines()
        if self.design.rows == 1:
            costs = self._by_month.table(COST).sum(axis=1).tolist()
            return [(line, cost) for line, cost in zip(lines, costs, strict=True) if option in ("", line.option)]
        chosen = [line for line in lines if option in ("", line.option)]
        return [(line, float(line.sum(COST, len(self.periods)).mean())) for line in chosen]

    def table(self, draw: int = 0) -> pd.DataFrame:
        """The tidy ledger of one draw: one row for each month, group and line that is not zero.

        A line that is zero throughout an option stands once, as a stated zero. Every row has cost == quantity *
        unit_price, nothing is null. Raises InputError for a draw that the design does not have.
        """
        row = self.design.row(draw)
        kept = self._kept if self.design.rows == 1 else None
        return ledger_table(self.scenario, self.lines(row) if kept is None else kept)


def usual(design: Design) -> list[Question]:
    """What is asked of most ledgers: totals and cumulative costs of the options."""
    few = design.rows <= FEW_ROWS
    by_option = [Question(("option",), "", measure, not few and measure in (LABOUR, DOWNTIME)) for measure in MEASURES]
    return by_option + [Question(("option",), "p", measure, over_draws=True) for measure in (COST, NPV)]
