"""The point estimate of a scenario with the formula of every number: which inputs its lines are made of, and how."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from tco.analysis.assumption_register import DISCOUNT_RATE
from tco.audit.tracing import Graph, Traced
from tco.catalog.price_rows import PriceRow
from tco.evaluation.cache import Cache, Reads
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import Factors, Line
from tco.model.components.labour import RELEASE_SPLIT
from tco.model.fleet.bills import bill, book_of
from tco.model.lines import lines_of
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario

DATES, SIZES, SPLIT, IDLE = (
    "dates follow from it: of upgrades, and of work that waits for people",
    "quantities of bills follow from it, by the rules of a service",
    "divides hours into kinds of release; no total depends on it",
    "read, but nothing depends on it at the values here",
)
BRANCHES = "decides which formulas there are"
UNSTATED = "0, which stands for nothing stated: nothing is computed of it"


class _TracedCache(Cache):
    """A cache whose bills come from plain inputs, with their prices as inputs of the graph."""

    inputs: TracedInputs

    def for_block(self) -> _TracedCache:
        return self

    def find(self, key: Hashable) -> tuple[Any, Reads] | None:
        """A result, as far as it is known; a bill with traced prices."""
        known = super().find(key)
        if known is None and isinstance(key, tuple) and key[0] is bill.__wrapped__:  # type: ignore[attr-defined]
            known = self.inputs.priced(key)
            self.keep(key, *known)
        return known


class TracedInputs(Inputs):
    """The inputs of a scenario's point estimate as cells of a graph.

    fixed: why an assumption is no live input, by path. rows: the price rows that bills read, by name.
    """

    def __init__(self, scenario: Scenario):
        cache = _TracedCache()
        super().__init__(scenario, Block(0, 1), cache)
        self.cache = cache
        cache.inputs = self
        self.graph = Graph()
        self.fixed: dict[str, str] = {}
        self.rows: dict[str, PriceRow] = {}
        self._plain = Inputs(scenario, Block(0, 1))

    def _value(self, path: str) -> Any:
        return self.graph.input(path, self._entry(path).mean).reshape(1, 1, 1)

    def stated(self, path: str, groups: Groups | None = None) -> Any:
        """The same as any other: its formulas hold whether it is 0 or not."""
        return self[path] if groups is None else self[path, groups]

    def _dated(self, path: str, mean: float) -> float:
        self.fixed.setdefault(path, DATES)
        return super()._dated(path, mean)

    def _one_row(self, as_written: bool) -> Inputs:
        """Plain inputs for dates, which note what is read from them."""
        return _Noted(self.scenario.as_written if as_written else self.scenario, self.fixed)

    def priced(self, key: tuple[Any, ...]) -> tuple[Any, Reads]:
        """A bill with quantities as constants and prices as inputs, and what it was made of."""
        outer, self._plain.reads = self._plain.reads, Reads()
        try:
            lines = bill(self._plain, *key[1], **dict(key[2:]))
            reads = self._plain.reads
        finally:
            self._plain.reads = outer
        for path in reads.assumptions:
            self.fixed.setdefault(path, SIZES)
        return [replace(line, unit_price=self._prices(line)) for line in lines], reads

    def _prices(self, line: Any) -> Any:
        book = book_of(self._plain)
        of_groups = np.reshape(line.rows, (-1, 1)) if np.ndim(line.unit_price) > 2 else line.rows  # months come last
        rows = np.broadcast_to(of_groups, np.shape(line.unit_price)).ravel().tolist()
        parts = []
        for number, price in zip(rows, np.ravel(line.unit_price).tolist(), strict=True):
            row = book.row(number) if number >= 0 else None
            if row is None or row.price != price:
                parts.append(self.graph.constant(price).cells)
            else:
                self.rows[row.name] = row
                parts.append(self.graph.input(row.name, price).cells)
        return self.graph.array(np.reshape(np.array([part.item() for part in parts]), np.shape(line.unit_price)))


class _Noted(Inputs):
    """Plain inputs for dates: everything that is read from them is fixed."""

    def __init__(self, scenario: Scenario, fixed: dict[str, str]):
        super().__init__(scenario, Block(0, 1))
        self._fixed = fixed

    def _value(self, path: str) -> Any:
        self._fixed.setdefault(path, DATES)
        return super()._value(path)

    def _one_row(self, as_written: bool) -> Inputs:
        return _Noted(self.scenario.as_written if as_written else self.scenario, self._fixed)


@dataclass(frozen=True)
class TracedLine:
    """One line of an option over its months: quantity and cost, (months,) each."""

    line: Line
    quantity: Traced
    cost: Traced


@dataclass
class TracedModel:
    """Everything that a workbook writes. live: inputs whose change goes through formulas; fixed: why others do not."""

    scenario: Scenario
    graph: Graph
    lines: list[TracedLine]
    discount_rate: Traced
    live: list[str]
    fixed: dict[str, str]
    rows: dict[str, PriceRow]


def traced_model(scenario: Scenario) -> TracedModel:
    """The lines of all options that are not zero, with their formulas. Raises InputError, or UnknownPrice."""
    inputs = TracedInputs(scenario)
    lines = [_amounts(inputs, line) for line in lines_of(inputs) if not _is_zero(inputs.graph, line)]
    graph = inputs.graph
    rate: Any = inputs[DISCOUNT_RATE]
    outputs = {int(cell) for one in lines for part in (one.quantity, one.cost) for cell in part.cells.ravel()}
    outputs |= {int(cell) for cell in rate.cells.ravel()}
    reached = graph.behind(outputs)
    escaped = graph.behind(int(cell) for cells in graph.escapes for cell in cells)
    fixed = dict(inputs.fixed) | dict.fromkeys(RELEASE_SPLIT, SPLIT)
    unstated = {
        graph.named.get(cell)
        for guard in graph.guards
        for cell in guard.cells.tolist()
        if not guard.truth and not guard.every and not graph.numbers[cell]
    }
    for name in graph.named.values():
        if name in unstated:
            fixed.setdefault(name, UNSTATED)
        elif name in escaped:
            fixed.setdefault(name, BRANCHES)
        elif name not in reached:
            fixed.setdefault(name, IDLE)
    live = [name for name in graph.named.values() if name in reached and name not in fixed]
    return TracedModel(scenario, graph, lines, rate, live, fixed, inputs.rows)


def _is_zero(graph: Graph, line: Line) -> bool:
    """Whether a line is zero whatever the inputs are."""
    factors: tuple[Any, ...] = line.quantity
    return any(
        not factor.numbers.any() and not graph.behind(factor.cells.ravel().tolist())
        if isinstance(factor, Traced)
        else not np.any(factor)
        for factor in factors
    )


def _amounts(inputs: TracedInputs, line: Line) -> TracedLine:
    members, months, graph = len(line.members), inputs.months, inputs.graph
    quantity = _contracted(graph, line.quantity, members)
    by_group = any(factor.shape[1] > 1 for factor in line.unit_price)
    if by_group:
        cost = _contracted(graph, (*line.quantity, *line.unit_price), members)
    else:
        cost = quantity * _contracted(graph, line.unit_price, 1)
    return TracedLine(line, _over(graph, quantity, months), _over(graph, cost, months))


def _contracted(graph: Graph, factors: Factors, members: int) -> Traced:
    """The product of factors, summed over groups, (1,) or (months,)."""
    parts = [graph.of(factor) for factor in factors]
    one = graph.constant(1.0)
    kinds: dict[tuple[bool, bool], Traced] = {}
    for part in parts:
        kind = part.shape[1] > 1, part.shape[2] > 1
        kinds[kind] = kinds[kind] * part if kind in kinds else part
    both, groups = kinds.get((True, True)), kinds.get((True, False))
    if both is not None:
        summed = (both * groups if groups is not None else both).sum(axis=1, keepdims=True)
    elif groups is not None:
        summed = groups.sum(axis=1, keepdims=True)
    else:
        summed = graph.constant(np.full((1, 1, 1), float(members)))
    rest = [kinds[kind] for kind in ((False, False), (False, True)) if kind in kinds]
    product: Traced = reduce(lambda a, b: a * b, [summed, *rest], one)
    return product.reshape(-1)


def _over(graph: Graph, amount: Traced, months: int) -> Traced:
    return amount if amount.size == months else graph.array(np.broadcast_to(amount.cells, (months,)))
