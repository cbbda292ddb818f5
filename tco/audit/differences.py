"""What differs between the results of two scenarios, and which change of an input each part of it comes from.

Few changes share a difference by their Shapley values: the mean, over all orders in which they could be made one after
the other, of what each one then moves. Where that takes more than 256 evaluations or 12 changes, it is the mean of the
order of the file and its reverse. Both add up to the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.comparison import compare
from tco.audit.changes import Change, all_but_assumptions_together, changes_between, together, with_changes
from tco.audit.sides import Source, scenarios_of
from tco.audit.tables_compared import COLUMNS, table_differences
from tco.errors import checked
from tco.model.lines import evaluate
from tco.sampling.designs import Design
from tco.sampling.monte_carlo import design_of_draws
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

Array = NDArray[np.float64]
MOST_SHARED, MOST_EVALUATED = 12, 8
"""Up to so many changes all orders are tried: 2**n sets of changes. Evaluated one by one (not as the rows of a design,
as changes of assumptions at the point estimates are) is the smaller number of them, or a diff takes minutes."""
MOST_ALONE = 40
"""Where more inputs differ, those of one group or option are one change."""
ROUNDING = 1e-9
"""A part smaller than this share of the result is rounding, and counts as 0."""
MEASURES = ("total", "npv", "labour_hours", "downtime_minutes")
CHANCE = "chance_cheapest"
LEDGER_MEASURES = {"total": "cost", "npv": "npv", "labour_hours": "labour hour", "downtime_minutes": "downtime minute"}
NO_CHANGE, ADDED, REMOVED = "no input differs", "the option is new", "the option is gone"
Results = Callable[[frozenset[int]], Array]


@checked
def diff(a: Source, b: Source, draws: int = 0, seed: int = 0) -> pd.DataFrame:
    """What differs in the results from `a` to `b`, attributed to the inputs that differ; one row a result and change.

    a, b: scenarios (file, packaged name, dict or `Scenario`), ledgers, folders of reports, or files of a real fleet
    such as a Terraform plan; see `tco.audit.sides.scenarios_of`. Files that `tco ledger` printed, and folders of
    prices, are compared as they are: `tco.audit.tables_compared.table_differences`.
    Columns: measure (total and npv in USD, labour_hours, downtime_minutes; with draws also chance_cheapest), option,
    before, after, difference, cause. The rows of one measure and option are a bridge: the first `before` is the result
    of `a`, each `after` is the next `before`, the last `after` is the result of `b`. A change without effect has a
    difference of 0. An option of one side alone has one row, whose missing side and difference are blank.
    draws and seed: Monte Carlo draws of both; 0: the point estimates. Raises InputError.
    """
    if (by_table := table_differences(a, b)) is not None:
        return by_table
    before, after = scenarios_of(a, b)
    ends = [_ledger(scenario, draws, seed) for scenario in (before, after)]
    options = [option for option in ends[0].options if option in ends[1].options]
    measures = [*MEASURES, *([CHANCE] if draws else [])]
    first, last = (_numbers(compare(ledger), measures, options) for ledger in ends)
    changes = changes_between(before, after)
    if changes and options:
        changes, parts = _parts(before, after, changes, (first, last), (measures, options, draws, seed))
    else:
        changes, parts = [Change((), NO_CHANGE)], [last - first]
    noise = ROUNDING * np.maximum(np.abs(first), np.abs(last))
    parts = [np.where(np.abs(part) > noise, part, 0.0) for part in parts]
    rows: list[tuple[Any, ...]] = []
    for place, (measure, option) in enumerate((measure, option) for measure in measures for option in options):
        level = float(first[place])
        by_size = sorted(range(len(changes)), key=lambda number: -abs(parts[number][place]))
        last_moving = max((number for number in by_size if parts[number][place]), key=by_size.index, default=None)
        for number in by_size:
            part = float(parts[number][place])
            reached = float(last[place]) if number == last_moving else level + part
            rows.append((measure, option, level, reached, reached - level, changes[number].text))
            level = reached
    for option, here, cause in _alone(ends):
        for measure, value in zip(measures, _numbers(compare(here), measures, [option]), strict=True):
            gone = cause == REMOVED
            sides = (float(value), math.nan) if gone else (math.nan, float(value))
            rows.append((measure, option, *sides, math.nan, cause))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _ledger(scenario: Scenario, draws: int, seed: int) -> Ledger:
    return evaluate(scenario, design_of_draws(scenario, draws, seed))


def _alone(ends: Sequence[Ledger]) -> list[tuple[str, Ledger, str]]:
    """The options of one side alone."""
    return [
        (option, ledger, cause)
        for ledger, other, cause in ((ends[0], ends[1], REMOVED), (ends[1], ends[0], ADDED))
        for option in ledger.options
        if option not in other.options
    ]


def _numbers(frame: pd.DataFrame, measures: Sequence[str], options: Sequence[str]) -> Array:
    """The results measure by measure, (measures x options,)."""
    return frame.set_index("option").loc[list(options), list(measures)].to_numpy(float).T.ravel()


def _parts(
    before: Scenario, after: Scenario, changes: list[Change], ends: tuple[Array, Array], what: tuple[Any, ...]
) -> tuple[list[Change], list[Array]]:
    """The changes and what each of them moves. Those that are many, or invalid alone, are made with their like."""
    alone = [changes] if len(changes) <= MOST_ALONE else []
    for tried in (*alone, together(changes), all_but_assumptions_together(changes)):
        results = _Steps(before, after, tried, ends, what)
        try:
            return tried, (_shapley if results.are_few else _in_order)(results, len(tried))
        except ValueError:  # an InputError of a scenario between the two
            continue
    whole = Change(tuple(path for change in changes for path in change.paths), "; ".join(c.text for c in changes))
    return [whole], [ends[1] - ends[0]]


class _Steps:
    """The results of the scenario `before` with a set of the changes made. Raises ValueError where it is not valid."""

    def __init__(
        self,
        before: Scenario,
        after: Scenario,
        changes: Sequence[Change],
        ends: tuple[Array, Array],
        what: tuple[Any, ...],
    ):
        self._sides, self._changes = (before, after), changes
        self._measures, self._options, self._draws, self._seed = what
        self._known = {frozenset[int](): ends[0], frozenset(range(len(changes))): ends[1]}

    def __call__(self, numbers: frozenset[int]) -> Array:
        """The results with the changes of these numbers, (measures x options,)."""
        if numbers not in self._known:
            scenario = with_changes(*self._sides, (self._changes[number] for number in sorted(numbers)))
            if not scenario.fleet:
                return np.zeros(len(self._measures) * len(self._options))
            ledger = _ledger(scenario, self._draws, self._seed)
            self._known[numbers] = _numbers(compare(ledger), self._measures, self._options)
        return self._known[numbers]

    @property
    def _free(self) -> list[int]:
        """The changes of assumptions, where all sets of them are evaluated at once: at the point estimates."""
        return [number for number, change in enumerate(self._changes) if change.assumption and not self._draws]

    @property
    def are_few(self) -> bool:
        """Whether every set of the changes can be evaluated while somebody waits."""
        return len(self._changes) <= MOST_SHARED and len(self._changes) - len(self._free) <= MOST_EVALUATED

    def prepare(self) -> None:
        """Every set at once, those that differ in assumptions alone as the rows of one design (point estimates)."""
        free = self._free
        others = [number for number in range(len(self._changes)) if number not in free]
        if not free:
            return
        numbers = np.arange(2 ** len(free))
        on = (numbers[:, None] >> np.arange(len(free))) & 1
        means = [[side.assumptions[self._changes[n].assumption].mean for side in self._sides] for n in free]
        columns = {
            self._changes[n].assumption: np.where(on[:, place], means[place][1], means[place][0])
            for place, n in enumerate(free)
        }
        design = Design("sweep", len(numbers), columns, moves_dates=True)
        for number in range(2 ** len(others)):
            base = frozenset(other for place, other in enumerate(others) if number >> place & 1)
            scenario = with_changes(*self._sides, (self._changes[n] for n in sorted(base)))
            if not scenario.fleet:
                continue
            ledger = evaluate(scenario, design)
            totals = [ledger.total("option", LEDGER_MEASURES[measure]) for measure in self._measures]
            rows = np.concatenate([frame[list(self._options)].to_numpy(float) for frame in totals], axis=1)
            for row, switches in zip(rows, on.tolist(), strict=True):
                made = base.union(free[place] for place, switch in enumerate(switches) if switch)
                self._known.setdefault(made, row)


def _shapley(results: _Steps, count: int) -> list[Array]:
    """The Shapley values of changes: the mean over all orders of what each moves, (measures x options,) each."""
    results.prepare()

    @cache
    def weight(applied: int) -> float:
        return math.factorial(applied) * math.factorial(count - applied - 1) / math.factorial(count)

    parts: list[Array] = []
    for number in range(count):
        others = [other for other in range(count) if other != number]
        sets = (
            frozenset(other for place, other in enumerate(others) if code >> place & 1)
            for code in range(2 ** len(others))
        )
        moved = [weight(len(made)) * (results(made | {number}) - results(made)) for made in sets]
        parts.append(np.sum(moved, axis=0))
    return parts


def _in_order(results: Results, count: int) -> list[Array]:
    """What changes move when they are made one after the other: the mean of the order given and its reverse."""
    forward = [results(frozenset(range(number + 1))) - results(frozenset(range(number))) for number in range(count)]
    backward = [
        results(frozenset(range(number, count))) - results(frozenset(range(number + 1, count)))
        for number in range(count)
    ]
    return [(one + other) / 2 for one, other in zip(forward, backward, strict=True)]
