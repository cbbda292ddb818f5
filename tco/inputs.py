"""The scenario as numbers under one block of a design, remembering which assumptions were read.

Every number is an array over (draw, group, month) with length 1 on the axes where it does not vary: assumptions are
(draws, 1, 1), numbers of the fleet (draws, groups, 1). Formulas read assumptions by path, as in
`inputs["labour.engineer_rate"]`; `recording()` collects the paths read inside it, which is how each ledger line knows
what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tco.assumptions import MONTHS_PER_YEAR
from tco.designs import Block
from tco.errors import InputError, unknown
from tco.ledger_line import ONE
from tco.scenario import Group, Scenario

Array = NDArray[np.float64]
Result = TypeVar("Result")


class Inputs:
    """Assumptions and fleet numbers of one scenario for the rows of one block."""

    def __init__(self, scenario: Scenario, block: Block):
        self.scenario = scenario
        self.block = block
        self.groups = tuple(scenario.fleet)
        self.months = scenario.months
        self._reads: list[dict[str, None]] = []
        self._kept: dict[object, tuple[object, tuple[str, ...]]] = {}

    def __getitem__(self, path: str) -> Array:
        """The assumption at `path`, shape (draws or 1, 1, 1). Raises InputError for an unknown path."""
        self.note(path)
        return self._value(path)

    def _value(self, path: str) -> Array:
        column = self.block.columns.get(path)
        if column is not None:
            return column.reshape(-1, 1, 1)
        return np.full((1, 1, 1), self._assumption_mean(path))

    def stated(self, path: str) -> Array:
        """The assumption at `path` where zero means that nothing was stated: a zero does not count as read."""
        value = self._value(path)
        if value.any():
            self.note(path)
        return value

    def central(self, path: str) -> float:
        """The mean of the assumption, whatever the draw: what dates are made of (the calendar is the same in each)."""
        self.note(path)
        return self._assumption_mean(path)

    def _assumption_mean(self, path: str) -> float:
        try:
            return self.scenario.assumptions[path].mean
        except KeyError:
            raise InputError(unknown("assumption", path, self.scenario.assumptions), path=path) from None

    @property
    def clusters(self) -> Array:
        """Clusters of each group, (draws or 1, groups, 1); real numbers where the design varies them."""
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
        stated = self.keep(("fleet", name), lambda: self._stated(value))
        varied = [path for path in self.block.columns if path.startswith("fleet.") and path.endswith(f".{name}")]
        depth = name.count(".") + 2
        columns = {path.split(".")[1]: self.block.columns[path] for path in varied if path.count(".") == depth}
        if not columns:
            return stated
        numbers = np.repeat(stated, self.block.rows, axis=0)
        for group, column in columns.items():
            numbers[:, self.groups.index(group), 0] = column
        return numbers

    def _stated(self, value: Callable[[Group], float]) -> Array:
        fleet = self.scenario.fleet.values()
        return np.fromiter((value(group) for group in fleet), float, len(self.groups)).reshape(1, -1, 1)

    def price_level(self, kind: str) -> Array:
        """Prices of a month against those of the first: (1 + annual rate) ** (months / 12).

        kind: `labour`, `cloud` or `business`; the rates are the assumptions `finance.<kind>_inflation`.
        """
        rate = self.stated(f"finance.{kind}_inflation")
        if not rate.any():
            return ONE
        return (1 + rate) ** (self.month_numbers / MONTHS_PER_YEAR)

    @property
    def month_numbers(self) -> Array:
        """0, 1, 2, ... along the month axis."""
        return np.arange(float(self.months)).reshape(1, 1, -1)

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

    def note(self, *names: str) -> None:
        """Count names as read by everything that is being recorded."""
        for recorded in self._reads:
            recorded.update(dict.fromkeys(names))

    def keep(self, key: object, compute: Callable[[], Result]) -> Result:
        """The result of `compute`, computed once for each key; what it read counts as read at every use."""
        if key not in self._kept:
            with self.recording() as names:
                result = compute()
            self._kept[key] = (result, tuple(names))
        kept, read = self._kept[key]
        self.note(*read)
        return kept  # type: ignore[return-value]
