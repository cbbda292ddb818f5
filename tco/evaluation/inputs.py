"""The scenario as numbers under one block of a design, remembering what was read.

Every number is an array over (draw, group, month) with length 1 on the axes where it does not vary. Formulas read what
holds for the whole scenario as `inputs["labour.engineer_rate"]`, (draws, 1, 1), and what may differ by group as
`inputs["upgrades.plan_hours", groups]`, (draws, groups, 1) where it does; which is which, the baseline says
(`Assumption.scenario_wide`), so that no formula overlooks what a group states. `recording()` collects what is read
inside it, which is how each ledger line knows what it rests on. Results of formulas are kept in `cache`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown
from tco.evaluation.cache import Cache, Reads, cached
from tco.evaluation.ledger_line import ONE, Array, Factors
from tco.sampling.designs import Block
from tco.sampling.events import EventKind, event_column
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Group, Scenario, month_after, own_path, parted
from tco.units import MONTHS_PER_YEAR

FLEET_SIZE = "fleet_size"


@dataclass(frozen=True, eq=False)
class Groups:
    """Some groups of a fleet. `Inputs.groups_at` makes one object of the same indices.

    stated: as the scenario has them. positions: along the groups that they are a part of, or are themselves.
    """

    indices: NDArray[np.intp]
    names: tuple[str, ...]
    stated: tuple[Group, ...]
    positions: NDArray[np.intp]
    is_part: bool

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def production(self) -> NDArray[np.bool_]:
        """Which of them are production, (1, groups, 1)."""
        return np.array([group.environment == "production" for group in self.stated]).reshape(1, -1, 1)

    def of(self, *factors: Array) -> Factors:
        """What factors over the groups that these are a part of have for these."""
        if not self.is_part:
            return factors
        return tuple(factor[:, self.positions] if factor.shape[1] > 1 else factor for factor in factors)

    def pick(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The same of texts, one for each of the groups that these are a part of."""
        return tuple(texts[position] for position in self.positions) if self.is_part else texts


class Inputs:
    """Assumptions and fleet numbers of one scenario for the rows of one block.

    cache: of the ledger, where other blocks of its design share results. reads: what has been read so far.
    columns_read: the design's columns among it.
    """

    def __init__(self, scenario: Scenario, block: Block, cache: Cache | None = None):
        self.scenario = scenario
        self.block = block
        self.cache = (cache or Cache()).for_block()
        self.reads = Reads()
        self.groups = tuple(scenario.fleet)
        self.months = scenario.months
        self.columns_read: dict[str, None] = {}
        self._for_dates: dict[bool, Inputs] = {}
        self._values: dict[str, tuple[Array, bool]] = {}
        self._nonzero: dict[tuple[str, Groups | None], bool] = {}
        self._groups_stating: dict[str, set[str]] = {}
        for name, path in map(parted, (*scenario.own_assumptions, *block.columns)):
            if name:
                self._groups_stating.setdefault(path, set()).add(name)

    @contextmanager
    def recording(self) -> Iterator[Reads]:
        """Collect what is read inside; it counts as read outside, too."""
        outer, self.reads = self.reads, Reads()
        try:
            yield self.reads
        finally:
            outer.add(self.reads)
            self.reads = outer

    def __getitem__(self, read: str | tuple[str, Groups]) -> Array:
        """The assumption at a path, for the whole scenario or (path, groups) for some groups.

        Shape (draws or 1, 1, 1); (draws or 1, groups, 1) where one of the groups has a value of its own. Raises
        InputError for an unknown path, TypeError for one that may differ by group and is read without groups.
        """
        path, groups = (read, None) if isinstance(read, str) else read
        if groups is not None and path in self._groups_stating:
            return self._of_groups(path, groups)
        if groups is None and path not in self._values and not self._entry(path).scenario_wide:
            raise TypeError(f"{path} may differ by group, and is read for groups: inputs[path, groups]")
        self.reads.assumptions[path] = None
        return self._value(path)

    def stated(self, path: str, groups: Groups | None = None) -> Array:
        """The same where zero means that nothing was stated: a zero does not count as read."""
        outer, self.reads = self.reads, Reads()
        value = self[path] if groups is None else self[path, groups]
        read, self.reads = self.reads, outer
        self.reads.varies = outer.varies or read.varies
        key = path, groups
        if key not in self._nonzero:
            self._nonzero[key] = bool(value.any())
        if self._nonzero[key]:
            self.reads.add(read)
        return value

    @cached
    def _of_groups(self, path: str, groups: Groups) -> Array:
        own = {place: name for place, name in enumerate(groups.names) if name in self._groups_stating[path]}
        values = {place: self._value(own_path(name, path)) for place, name in own.items()}
        self.reads.assumptions.update((own_path(name, path), None) for name in own.values())
        if len(own) < len(groups):
            self.reads.assumptions[path] = None
            values[-1] = self._value(path)
        if not own:
            return values[-1]
        rows = max(len(value) for value in values.values())
        full = {place: np.broadcast_to(value, (rows, 1, 1)) for place, value in values.items()}
        numbers: Array = np.concatenate([full[place if place in own else -1] for place in range(len(groups))], axis=1)
        return numbers

    def _value(self, path: str) -> Array:
        if path not in self._values:
            column = self._column(path)
            value = np.array(self._entry(path).mean) if column is None else column
            self._values[path] = value.reshape(-1, 1, 1), column is not None
        value, varies = self._values[path]
        if varies:
            self.reads.varies = True
        return value

    def _column(self, path: str) -> Array | None:
        """The design's column for a path, if it has one; what is made of it varies."""
        column = self.block.columns.get(path)
        if column is not None:
            self.reads.varies = True
            self.columns_read[path] = None
        return column

    def _entry(self, path: str) -> Assumption:
        try:
            return self.scenario.assumption(path)
        except KeyError:
            raise InputError(unknown("assumption", path, self.scenario.assumptions), path=path) from None

    def central(self, path: str, group: str = "") -> float:
        """What dates are made of: the assumption's mean in every draw, or its value where the design moves dates.

        group: for the one of this name, where it may differ by group.
        """
        if group in self._groups_stating.get(path, ()):
            path = own_path(group, path)
        self.reads.assumptions[path] = None
        return self._dated(path, self._entry(path).mean)

    def central_number(self, group: str, name: str, value: float) -> float:
        """As `central` for a number of the fleet: `value` as the file has it, or what the design gives it in its place.

        name: the path below the group, such as `workload.reads_per_second`.
        """
        path = f"fleet.{group}.{name}"
        return self._dated(path, value) if path in self.block.columns else value

    def _dated(self, path: str, mean: float) -> float:
        self.reads.dated[path] = None
        column = self._column(path) if self.block.moves_dates else None
        return mean if column is None else float(column[0])

    def for_dates(self, as_written: bool) -> Inputs:
        """One row of what dates are made of: the means, or the values of the first row where the design moves dates.

        as_written: the fleet has the size that the file states, also where the scenario or the design scales it. What
        of the design is read there counts as `dated` when `date_by` is told.
        """
        if as_written not in self._for_dates:
            self._for_dates[as_written] = self._one_row(as_written)
        return self._for_dates[as_written]

    def _one_row(self, as_written: bool) -> Inputs:
        columns = {path: column[:1] for path, column in self.block.columns.items()} if self.block.moves_dates else {}
        if as_written and FLEET_SIZE in columns:
            scaled = (FLEET_SIZE, *(f"fleet.{name}.clusters" for name in self.groups))
            columns = {path: column for path, column in columns.items() if path not in scaled}
        scenario = self.scenario.as_written if as_written else self.scenario
        return Inputs(scenario, Block(self.block.first, 1, columns, self.block.moves_dates))

    def date_by(self, others: Inputs) -> None:
        """Count as dated what others, made by `for_dates`, have read of the design so far."""
        self.reads.dated.update(others.columns_read)
        self.reads.varies = self.reads.varies or bool(others.columns_read)

    def event_uniforms(self, kind: EventKind, names: Sequence[str]) -> Array | None:
        """Uniform numbers for a kind of event, one a group or Region, (draws, names, 1); NaN: events as expected.

        None where the design has no such columns.
        """
        paths = tuple(event_column(kind, name) for name in names)
        drawn = tuple(path for path in paths if path in self.block.columns)
        if not drawn:
            return None
        self.reads.varies = True
        self.columns_read.update(dict.fromkeys(drawn))
        table = self.block.table(drawn)
        if drawn != paths:
            known = dict(zip(drawn, table, strict=True))
            missing = np.full(self.block.rows, np.nan)
            table = np.stack([known.get(path, missing) for path in paths])
        return table[None].transpose(2, 1, 0)

    @cached
    def groups_at(self, indices: tuple[int, ...], positions: tuple[int, ...] | None = None) -> Groups:
        """The groups of these indices in the fleet; positions: as of `Groups`, where they are a part of others."""
        fleet = tuple(self.scenario.fleet.values())
        names, stated = tuple(self.groups[index] for index in indices), tuple(fleet[index] for index in indices)
        along = np.array(range(len(indices)) if positions is None else positions, dtype=np.intp)
        return Groups(np.array(indices, dtype=np.intp), names, stated, along, positions is not None)

    def part(self, groups: Groups, positions: Iterable[int]) -> Groups:
        """Some of the groups, by position among them."""
        chosen = tuple(map(int, positions))
        if chosen == tuple(range(len(groups))):
            return groups
        return self.groups_at(tuple(groups.indices[list(chosen)].tolist()), chosen)

    @property
    def whole_fleet(self) -> Groups:
        """All groups."""
        return self.groups_at(tuple(range(len(self.groups))))

    @cached
    def clusters(self, groups: Groups) -> Array:
        """Clusters of each group, (draws or 1, groups, 1), wherever they are; real where the design varies them."""
        return self._fleet_clusters()[:, groups.indices]

    @cached
    def total_clusters(self, groups: Groups) -> Array:
        """Clusters of all groups together, (draws or 1, 1, 1)."""
        return over_groups(self.clusters(groups))

    @cached
    def cluster_shares(self, groups: Groups) -> Array:
        """How what the groups share is split over them: by clusters, (draws or 1, groups, 1)."""
        total = self.total_clusters(groups)
        return self.clusters(groups) / np.where(total > 0, total, 1.0)

    @cached
    def _fleet_clusters(self) -> Array:
        counts = self.fleet_number("clusters")
        size = self._column(FLEET_SIZE)
        if size is None:
            return counts
        total, wanted = over_groups(counts), size.reshape(-1, 1, 1)
        if (wanted * (total == 0)).any():
            raise InputError("a fleet without clusters cannot be scaled", path=FLEET_SIZE)
        scaled: Array = counts / np.where(total > 0, total, 1.0) * wanted
        return scaled

    @property
    def fleet_scale(self) -> Array:
        """Clusters of the fleet over those that the file states, where a design scales it, (draws or 1, 1, 1)."""
        size, stated = self._column(FLEET_SIZE), self.scenario.fleet_size
        return ONE if size is None or not stated else size.reshape(-1, 1, 1) / stated

    @cached
    def fleet_number(self, name: str) -> Array:
        """A number of every group, (draws or 1, groups, 1): the file's (0 where it states none), or the design's.

        name: the path below the group, such as `workload.reads_per_second`.
        """
        of_workload, field = name.startswith("workload."), name.removeprefix("workload.")
        owners = [group.workload if of_workload else group for group in self.scenario.fleet.values()]
        stated = np.array([float(getattr(owner, field, None) or 0.0) for owner in owners]).reshape(1, -1, 1)
        columns = [self._column(f"fleet.{group}.{name}") for group in self.groups]
        if all(column is None for column in columns):
            return stated
        numbers = np.repeat(stated, self.block.rows, axis=0)
        for place, column in enumerate(columns):
            if column is not None:
                numbers[:, place, 0] = column
        return numbers

    @cached
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

    def month_of(self, day: date) -> int:
        """The index of the month of a day of the horizon."""
        first = self.scenario.first_day
        return (day.year - first.year) * round(MONTHS_PER_YEAR) + day.month - first.month

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


def over_groups(values: Array) -> Array:
    """The sum over groups, (draws or 1, 1, months or 1); `einsum` is twice as fast for many draws of a few groups."""
    total: Array = values.sum(axis=1, keepdims=True) if len(values) == 1 else np.einsum("dgp->dp", values)[:, None]
    return total


def mean_over(values: Array, shares: Callable[[], Array]) -> Array:
    """The mean over groups of values that are one for all or one a group, (draws or 1, 1, 1 or months).

    shares: of the groups, adding up to 1; asked for where values differ.
    """
    return values if values.shape[1] == 1 else over_groups(shares() * values)
