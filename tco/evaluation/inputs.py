"""The scenario as numbers under one block of a design, remembering which assumptions were read.

Every number is an array over (draw, group, month) with length 1 on the axes where it does not vary: assumptions are
(draws, 1, 1), numbers of the fleet (draws, groups, 1). Formulas read assumptions by path, as in
`inputs["labour.engineer_rate"]`; `recording()` collects the paths read inside it, which is how each ledger line knows
what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.evaluation.ledger_line import LABELS, ONE
from tco.sampling.designs import Block
from tco.sampling.events import LuckKind, luck_column
from tco.scenario.scenario import Group, Scenario, month_after
from tco.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
Result = TypeVar("Result")
Kept = tuple[object, Mapping[str, None]]
"""A result, and the names of what was read for it."""
LAST_TURNS = "the option, counted from 1, that asks last for what is kept under a name"


class Inputs:
    """Assumptions and fleet numbers of one scenario for the rows of one block.

    labels: those by which lines are going to be told apart, where not by all: what differs in others may be one line.
    traces: whether it matters what a line was made of.
    """

    def __init__(
        self,
        scenario: Scenario,
        block: Block,
        settled: dict[object, Kept] | None = None,
        labels: Container[str] = LABELS,
        traces: bool = True,
    ):
        self.scenario = scenario
        self.block = block
        self.labels = labels
        self.traces = traces
        self.groups = tuple(scenario.fleet)
        self.months = scenario.months
        self._reads: list[dict[str, None]] = []
        self._values: dict[str, Array] = {}
        self._settled: dict[object, Kept] = {} if settled is None else settled
        self._shared: dict[object, Kept] = {}
        self._kept: dict[object, Kept] = {}
        self._turn = 0
        self._last_turns: dict[object, int] = {}
        self.dated: dict[str, None] = {}

    def __getitem__(self, path: str) -> Array:
        """The assumption at `path`, shape (draws or 1, 1, 1). Raises InputError for an unknown path."""
        if self._reads:
            self._reads[-1][path] = None
        return self._value(path)

    def _value(self, path: str) -> Array:
        if path not in self._values:
            column = self.block.columns.get(path)
            value = np.array(self._assumption_mean(path)) if column is None else column
            self._values[path] = value.reshape(-1, 1, 1)
        return self._values[path]

    def stated(self, path: str) -> Array:
        """The assumption at `path` where zero means that nothing was stated: a zero does not count as read."""
        value = self._value(path)
        if value.any():
            self.note(path)
        return value

    def central(self, path: str) -> float:
        """What dates are made of: the assumption's mean whatever the draw, or its value where the design moves dates.

        Noted in `dated`, so that rows with different dates can be told apart.
        """
        self.note(path)
        self.dated[path] = None
        if self.block.moves_dates and path in self.block.columns:
            return float(self.block.columns[path][0])
        return self._assumption_mean(path)

    def central_number(self, group: str, name: str, value: float) -> float:
        """As `central` for a number of the fleet: `value` as the file has it, or what the design gives it in its place.

        name: the path below the group, such as `workload.reads_per_second`.
        """
        path = f"fleet.{group}.{name}"
        if path not in self.block.columns:
            return value
        self.dated[path] = None
        return float(self.block.columns[path][0]) if self.block.moves_dates else value

    @cached_property
    def for_dates(self) -> Inputs:
        """One row of what dates are made of: the means, or the values of the first row where the design moves dates.

        Everything that the design varies then counts as `dated`.
        """
        columns: dict[str, Array] = {}
        if self.block.moves_dates:
            self.dated.update(dict.fromkeys(self.block.columns))
            columns = {path: column[:1] for path, column in self.block.columns.items()}
        return Inputs(self.scenario, Block(self.block.first, 1, columns, self.block.moves_dates))

    def luck(self, kind: LuckKind, names: Sequence[str]) -> Array | None:
        """Uniform numbers for a kind of event, one a group or Region, (draws, names, 1); NaN: events as expected.

        None where the design has no such columns.
        """
        columns = [self.block.columns.get(luck_column(kind, name)) for name in names]
        if all(column is None for column in columns):
            return None
        missing = np.full(self.block.rows, np.nan)
        return np.stack([missing if column is None else column for column in columns])[None].transpose(2, 1, 0)

    def _assumption_mean(self, path: str) -> float:
        try:
            return self.scenario.assumptions[path].mean
        except KeyError:
            raise InputError(unknown("assumption", path, self.scenario.assumptions), path=path) from None

    @contextmanager
    def option(self) -> Iterator[None]:
        """What is kept inside belongs to one option and is let go of at the end, except under keys that are names.

        A name that no later option asked for in the first block is let go of, too, in the blocks after it.
        """
        before, self._kept = self._kept, {}
        self._turn += 1
        try:
            yield
        finally:
            self._kept = before
            known: dict[object, int] = self._settled.get(LAST_TURNS, ({}, ()))[0]  # type: ignore[assignment]
            for name in [name for name in self._shared if known.get(name) == self._turn]:
                del self._shared[name]

    @property
    def clusters(self) -> Array:
        """Clusters of each group, (draws or 1, groups, 1); real numbers where the design varies them."""
        return self.keep("clusters", self._clusters)

    def _clusters(self) -> Array:
        counts = self.fleet_number("clusters", lambda group: float(group.clusters))
        size = self.block.columns.get("fleet_size")
        if size is None:
            return counts
        whole = counts.sum(axis=1, keepdims=True)
        if not whole.all():
            raise InputError("a fleet without clusters cannot be scaled", path="fleet_size")
        scaled: Array = counts / whole * size.reshape(-1, 1, 1)
        return scaled

    def fleet_number(self, name: str, value: Callable[[Group], float]) -> Array:
        """A number of every group, (draws or 1, groups, 1): the file's, or the design's column for it.

        name: the path below the group, such as `workload.reads_per_second`; value: how to read it from a group.
        """
        return self.keep(f"fleet {name}", lambda: self._fleet_number(name, value))

    def _fleet_number(self, name: str, value: Callable[[Group], float]) -> Array:
        stated = self._stated(value)
        varied = [(place, f"fleet.{group}.{name}") for place, group in enumerate(self.groups)]
        varied = [(place, path) for place, path in varied if path in self.block.columns]
        if not varied:
            return stated
        numbers = np.repeat(stated, self.block.rows, axis=0)
        for place, path in varied:
            numbers[:, place, 0] = self.block.columns[path]
        return numbers

    def _stated(self, value: Callable[[Group], float]) -> Array:
        fleet = self.scenario.fleet.values()
        return np.fromiter((value(group) for group in fleet), float, len(self.groups)).reshape(1, -1, 1)

    def price_level(self, kind: str) -> Array:
        """Prices of a month against those of the first: (1 + annual rate) ** (months / 12).

        kind: `labour`, `cloud` or `business`; the rates are the assumptions `finance.<kind>_inflation`.
        """
        return self.keep(f"price level of {kind}", lambda: self._price_level(kind))

    def _price_level(self, kind: str) -> Array:
        rate = self.stated(f"finance.{kind}_inflation")
        if not rate.any():
            return ONE
        return (1 + rate) ** (self.month_numbers / MONTHS_PER_YEAR)

    @property
    def month_numbers(self) -> Array:
        """0, 1, 2, ... along the month axis."""
        return np.arange(float(self.months)).reshape(1, 1, -1)

    @cached_property
    def month_days(self) -> tuple[Array, Array]:
        """The first day of each month and the first of the next, as ordinals, (1, 1, months) each."""
        start = self.scenario.first_day
        days = [float(month_after(start, number).toordinal()) for number in range(self.months + 1)]
        return np.array(days[:-1]).reshape(1, 1, -1), np.array(days[1:]).reshape(1, 1, -1)

    def discount_factors(self, at_start: bool = False) -> Array:
        """Present value of 1 USD in each month at the real rate `finance.discount_rate`, end of month.

        (1 + r) ** (-n / 12) for month n = 1, 2, ...; payments at the start of a month count from n - 1.
        """
        elapsed = self.month_numbers + (0 if at_start else 1)
        return (1 + self["finance.discount_rate"]) ** (-elapsed / MONTHS_PER_YEAR)

    @contextmanager
    def recording(self) -> Iterator[dict[str, None]]:
        """Collect the names read inside the block, in the order of first use."""
        names: dict[str, None] = {}
        self._reads.append(names)
        try:
            yield names
        finally:
            self._reads.pop()
            self._note(names)

    def note(self, *names: str) -> None:
        """Count names as read by everything that is being recorded."""
        self._note(dict.fromkeys(names))

    def _note(self, names: Mapping[str, None]) -> None:
        """The innermost recording hands on what it has to the one around it when it ends."""
        if self._reads:
            self._reads[-1].update(names)

    def keep(self, key: object, compute: Callable[[], Result]) -> Result:
        """The result of `compute`, computed once for each key; what it read counts as read at every use.

        A key that is a name holds for all options; one that is a tuple is let go of after its option (`option`).
        """
        return self._found(self._shared if isinstance(key, str) else self._kept, key, compute)

    def settle(self, key: str, compute: Callable[[], Result]) -> Result:
        """As `keep`, but for all blocks of a ledger where nothing that was read differs between draws.

        The key names all else that the result depends on.
        """
        if key in self._settled or key in self._shared:
            return self._found(self._settled if key in self._settled else self._shared, key, compute)
        result = self._found(self._shared, key, compute)
        if not self._varies_fleet and not any(name in self.block.columns for name in self._shared[key][1]):
            self._settled[key] = self._shared[key]
        return result

    @cached_property
    def _varies_fleet(self) -> bool:
        return any(path == "fleet_size" or path.startswith("fleet.") for path in self.block.columns)

    def forget(self) -> None:
        """Let go of everything kept, at once: what is kept refers back to these inputs."""
        self._settled.setdefault(LAST_TURNS, (self._last_turns, {}))
        for store in (self._shared, self._kept, self._values):
            store.clear()

    def _found(self, store: dict[object, Kept], key: object, compute: Callable[[], Result]) -> Result:
        if store is self._shared:
            self._last_turns[key] = self._turn
        found = store.get(key)
        if found is None:
            names: dict[str, None] = {}
            self._reads.append(names)  # as `recording`, which would take longer here
            try:
                result = compute()
            finally:
                self._reads.pop()
            found = store[key] = (result, names)
        self._note(found[1])
        return found[0]  # type: ignore[return-value]
