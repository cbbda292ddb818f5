"""What the clusters of a placement are billed for a month: the workload sized for the platform, at the dated prices."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco import platforms
from tco.catalog.price_rows import InstanceClass
from tco.catalog.prices import PriceBook, price_book
from tco.catalog.regions import region_of
from tco.catalog.services import savings_plans
from tco.errors import InputError
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import NONE, ONE, Array, Factors, Line
from tco.model.fleet.growth import GROWS_BY, LOAD, STORAGE, grows, growth
from tco.model.fleet.placement import Placement, Stay, setting
from tco.model.fleet.sizing import CACHES, fitted_acu, fitted_class
from tco.platforms.base import BillLine, Platform, UsageColumns
from tco.platforms.instances import COPIES as ZONES
from tco.platforms.load_shapes import load_shape
from tco.scenario.scenario import Scenario, Settings, asks_for_fit

GENERATION = re.compile(r"^[a-z]+(\d+)")
"""Of an instance class: `r7g.large` is of the seventh."""
INSTANCES = ("compute", "replicas")
"""The ledger lines of what serves the load."""
STORAGE_FILL = "rds.storage_fill"
MAX_BILLS = 1024
"""Bills that are kept from one evaluation to the next: those of a scenario under all its options are some dozens."""
MAX_NUMBERS = 4096
"""Numbers that a bill may be made from to be kept: bills that differ between many draws are not asked for again."""


@cached
def book_of(inputs: Inputs) -> PriceBook:
    """The price catalogue, with the scenario's own prices before it."""
    return book_for(inputs.scenario)


def book_for(scenario: Scenario) -> PriceBook:
    """The price catalogue with a scenario's own prices and instance classes. Raises InputError for faulty ones."""
    if not scenario.prices and not scenario.classes:
        return price_book()
    classes = [InstanceClass(name, one.vcpu, one.memory_gib) for name, one in scenario.classes.items()]
    used = {group.region for group in scenario.fleet.values()} | {one.instance_class for one in scenario.choices}
    return price_book().with_prices([price.model_dump() for price in scenario.prices], classes, filter(None, used))


@cached
def bill(
    inputs: Inputs,
    placement: Placement,
    extended_support_year: float = 0.0,
    engine: str = "",
    moved_to: tuple[str, ...] = (),
) -> list[BillLine]:
    """The bill of one cluster of each group for one month, amounts of shape (draws or 1, groups).

    Where load or data grow, for each month: (draws or 1, groups, months), or less where they are the same.

    extended_support_year: 1, 2, ... where clusters of a lifecycle `engine` run a version in that year of paid support;
    other groups may be of an engine that has none, or not enrolled. moved_to: what the groups run, where their provider
    has moved some to another engine than they state. Raises UnknownPrice or InputError.
    """
    months = inputs.months if grows(inputs, placement.groups, LOAD, STORAGE) else 1
    columns = {**_columns(inputs, placement, months)}
    if extended_support_year:
        lifecycle = placement.platform.lifecycle_engines
        concerned = [
            group.extended_support and lifecycle.get(group.engine) == engine for group in placement.groups.stated
        ]
        columns["extended_support_year"] = np.repeat(np.where(concerned, extended_support_year, 0.0), months)
    if moved_to:
        columns["engine"] = np.repeat(np.array(moved_to, dtype=object), months)
    book, day = book_of(inputs), inputs.scenario.prices_as_of
    if sum(column.size for column in columns.values()) > MAX_NUMBERS:
        lines = placement.platform.bill(columns, book, day)
    else:
        lines = _bill_of(placement.platform_name, EqualColumns(columns), book, day)
    lines = under_plans(inputs, placement, lines, months)
    return lines if months == 1 else [by_month(line, len(placement.groups), months) for line in lines]


@cached
def _columns(inputs: Inputs, placement: Placement, months: int) -> UsageColumns:
    """What the groups use in a month, the same in and outside of Extended Support."""
    demand = PlacementDemand(inputs, placement, months)
    return {"region": demand.text("region"), **placement.platform.sizing(demand)}


def under_plans(inputs: Inputs, placement: Placement, lines: list[BillLine], months: int) -> list[BillLine]:
    """A bill with what a Database Savings Plan takes off where an option states one.

    price x (1 - discount x share covered): instances from the plan's generation on are covered whole, what follows the
    load as far as its quietest hour uses it, since unused hours are wasted. A plan survives a move: it strands nothing.
    Raises InputError for a platform or class without a plan, and for one beside a reservation.
    """
    planned = np.array([bool(own) for own in setting(inputs, placement, "savings_plan")])
    if not planned.any():
        return lines
    plans = {plan.unit: plan for plan in savings_plans(placement.platform_name)}
    discounts = {unit: np.zeros(len(planned)) for unit in plans}
    terms, capacities = (setting(inputs, placement, name) for name in ("term", "capacity"))
    classes = instance_classes(inputs, placement) if placement.platform.is_instances else [None] * len(planned)
    for position in np.flatnonzero(planned).tolist():
        if terms[position] != "on_demand" or capacities[position] == "reserved":
            raise InputError("a reservation and a savings plan do not add up: state one of them", path="savings_plan")
        generation = GENERATION.search((classes[position] or "").removeprefix("db."))
        load = placement.groups.stated[position].workload
        shape = load_shape((load and load.load) or "flat")
        for unit, plan in plans.items():
            if unit != "instance hour":
                discounts[unit][position] = plan.discount * min(shape.reads.min(), shape.writes.min())
            elif generation and int(generation[1]) >= plan.from_generation:
                discounts[unit][position] = plan.discount
        if not any(parts[position] for parts in discounts.values()) and (classes[position] or not plans):
            name = placement.platform_name
            raise InputError(
                f"no Database Savings Plan is known for {classes[position] or 'any capacity'} on {name}; plans cover "
                f"instances from the seventh generation on: state such a class, a term, or discount.{name}",
                path="savings_plan",
            )
    paid = {unit: np.repeat(1 - parts, months) for unit, parts in discounts.items()}
    return [
        line
        if "Extended Support" in line.item or line.unit not in paid
        else replace(line, unit_price=line.unit_price * paid[line.unit])
        for line in lines
    ]


def by_month(line: BillLine, groups: int, months: int) -> BillLine:
    """A line of the bills of each group and month, one after the other, with the months on an axis of their own.

    Its price rows are those of the first month.
    """

    def apart(values: Array) -> Array:
        whole = np.atleast_2d(values)
        return whole.reshape(len(whole), groups, months) if whole.shape[1] > 1 else whole[:, :, None]

    rows = line.rows.reshape(groups, months)[:, 0] if line.rows.size > 1 else line.rows
    return replace(line, quantity=apart(line.quantity), unit_price=apart(line.unit_price), rows=rows)


@lru_cache(maxsize=MAX_BILLS)
def _bill_of(platform: str, usage: EqualColumns, book: PriceBook, day: date) -> list[BillLine]:
    """The platform's bill, which evaluations of one scenario have in common, and most scenarios that differ little."""
    return platforms.platform(platform).bill(usage.columns, book, day)


@dataclass(frozen=True, eq=False)
class EqualColumns:
    """Columns of usage that are equal where all their names and values are."""

    columns: UsageColumns

    @cached_property
    def _values(self) -> tuple[object, ...]:
        texts = (repr(column.tolist()) if column.dtype == object else "" for column in self.columns.values())
        content = (text or column.tobytes() for text, column in zip(texts, self.columns.values(), strict=True))
        return (*self.columns, *content, *(column.shape for column in self.columns.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EqualColumns) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)


@cached
def monthly_bill_of(
    inputs: Inputs, placement: Placement, moved_to: tuple[str, ...] = (), instances_alone: bool = False
) -> Array:
    """The whole bill of one cluster for an ordinary month in USD, after discounts, without fees paid upfront.

    moved_to: as of `bill`. instances_alone: what is paid for instances, or for capacity units in their place. Shape
    (draws or 1, groups, months or 1).
    """
    lines = (
        line
        for line in bill(inputs, placement, moved_to=moved_to)
        if not line.upfront and (line.line in INSTANCES or not instances_alone)
    )
    costs = [amounts(line.quantity * line.unit_price) for line in lines]
    return sum(costs, np.zeros((1, len(placement.groups), 1))) * discounted(inputs, placement)


def discounted(inputs: Inputs, placement: Placement) -> Array:
    """Share of a list price that is paid: (1 - `discount.<platform>`, if there is one) x price level of the month.

    Shape (draws or 1, groups or 1, months or 1).
    """
    path, level = f"discount.{placement.platform_name}", inputs.price_level("cloud")
    return (1 - inputs.stated(path, placement.groups)) * level if path in inputs.scenario.assumptions else level


def amounts(values: Array) -> Array:
    """Amounts of a bill, (groups,), (draws, groups) or of each month, on the ledger's three axes."""
    return values if values.ndim > 2 else np.atleast_2d(values)[:, :, None]


def price_names(inputs: Inputs, placement: Placement, item: BillLine) -> tuple[str, ...]:
    """The names of the price rows behind a bill item, one a group; empty where none was looked up."""
    rows, book = np.broadcast_to(item.rows, len(placement.groups)).tolist(), book_of(inputs)
    names = {row: book.row(row).name if row >= 0 else "" for row in set(rows)}
    return tuple(names[row] for row in rows)


@cached
def all_price_names(inputs: Inputs, placement: Placement) -> tuple[str, ...]:
    """The names of all price rows behind a placement's bill, joined by `; `, one text a group."""
    by_item = [price_names(inputs, placement, item) for item in bill(inputs, placement)]
    each = ([names[n] for names in by_item if names[n]] for n in range(len(placement.groups)))
    return tuple("; ".join(dict.fromkeys(names)) for names in each)


def line_of_bill(
    inputs: Inputs,
    placement: Placement,
    groups: Groups,
    line: str,
    quantity: Factors,
    phase: str = NONE,
    price: Array = ONE,
) -> Line:
    """A line in USD that is made of the monthly bill of some of a placement's groups, with the rows behind it."""
    names = groups.pick(all_price_names(inputs, placement))
    return Line(line, "USD", quantity, (price,), groups.indices, phase, price_rows=names)


@cached
def instance_classes(inputs: Inputs, placement: Placement, month: int = 0) -> list[str | None]:
    """The instance class of every group, fitted to a month's load where that is asked for; none where units are."""
    classes = list(setting(inputs, placement, "instance_class"))
    for position, stated in enumerate(classes):
        if asks_for_fit(stated):
            by_units = placement.platform.capacity_model == "capacity units"
            fitted = None if by_units else fitted_class(inputs, placement, position, stated, book_of(inputs), month)
            classes[position] = fitted and fitted.name
    return classes


@cached
def billed_instances(inputs: Inputs, placement: Placement) -> Array:
    """Instances of a cluster of each group as they are billed, (1, groups, 1).

    Without standbys in the price of an instance there is at least one for each zone of the deployment.
    """
    stated = np.array(setting(inputs, placement, "instances"), dtype=float)
    zones = [
        1 if placement.platform.prices_standbys else ZONES[name] for name in setting(inputs, placement, "deployment")
    ]
    billed: Array = np.maximum(stated, zones).reshape(1, -1, 1)
    return billed


def own_nodes(inputs: Inputs, placement: Placement) -> tuple[float, ...]:
    """Instances of a cluster of each group where the team runs them itself; empty where a provider does."""
    return tuple(billed_instances(inputs, placement).ravel().tolist()) if placement.platform.self_managed else ()


@cached
def by_node(inputs: Inputs, stay: Stay, nodes: tuple[float, ...], first: str, further: str) -> Array:
    """What a cluster on own servers takes node by node: that of its first node + (nodes - 1) x that of a further one.

    nodes: `own_nodes`. first and further: the paths of both. Where a provider does the work, the team has that of the
    first alone, once a cluster, to announce and to verify it. Shape (draws or 1, groups or 1, 1).
    """
    others, groups = np.reshape(nodes, (1, -1, 1)) - 1, stay.groups
    if not others.any():
        return inputs[first, groups]
    return inputs[first, groups] + others * inputs[further, groups]


@cached
def copies(inputs: Inputs, placement: Placement) -> Array:
    """Full copies of the data that a cluster's billed instances hold together, (1, groups, 1).

    An instance that the deployment adds to those stated holds one of its own, except of Memcached. Raises InputError
    for instances that an option states and that cannot hold the group's copies.
    """
    stated, held = setting(inputs, placement, "instances"), []
    for group, instances in zip(placement.groups.stated, stated, strict=True):
        try:
            held.append(group.copies_of(instances))
        except ValueError as error:
            raise InputError(str(error), path="instances") from None
    added = billed_instances(inputs, placement) - np.reshape(stated, (1, -1, 1))
    copied = np.reshape([group.is_copied for group in placement.groups.stated], (1, -1, 1))
    together: Array = np.reshape(held, (1, -1, 1)) + added * copied
    return together


def billed_region(inputs: Inputs, platform: Platform, region: str) -> str:
    """The Region in which a platform bills clusters of a group's Region."""
    book, service = book_of(inputs), platform.service
    if book.parts_of((service, region)):
        return region
    return region_of(region, frozenset(place for _, place in book.places(service)))


@dataclass(frozen=True)
class PlacementDemand:
    """What a platform asks about a placement's clusters when it sizes them (`tco.platforms.base.Demand`).

    months: so many of each group stand one after the other in what it answers; 1: all are alike.
    """

    inputs: Inputs
    placement: Placement
    months: int = 1

    def number(self, field: str) -> Array:
        """The field of one cluster of every group in each month, (draws or 1, groups x months)."""
        inputs, placement = self.inputs, self.placement
        if field == "hours_per_month":
            return inputs["finance.hours_per_month"][:, :, 0]
        if field == "fitted_acu":
            stated = setting(inputs, placement, "instance_class")
            units = [
                fitted_acu(inputs, placement, place, month) if asks_for_fit(name) else np.zeros(1)
                for place, name in enumerate(stated)
                for month in range(self.months)
            ]
            return np.stack(np.broadcast_arrays(*units), axis=-1)
        if field == "instances":
            return self._repeated(billed_instances(inputs, placement))
        if field == "copies":
            return self._repeated(copies(inputs, placement))
        if field == "acu":
            stated_units = [value or 0 for value in setting(inputs, placement, field)]
            return self._repeated(np.array(stated_units, dtype=float).reshape(1, -1, 1))
        of_workload = field in ("reads_per_second", "writes_per_second", "item_bytes")
        path = f"workload.{field}" if of_workload else field
        number = inputs.fleet_number(path)[:, placement.groups.indices]
        return self._repeated(number * growth(inputs, GROWS_BY[path], placement.groups) if path in GROWS_BY else number)

    def _repeated(self, number: Array) -> Array:
        """Numbers of each group, (draws or 1, groups, months or 1), as one row of all groups and months."""
        whole = np.broadcast_to(number, (*number.shape[:2], self.months))
        return whole.reshape(len(number), -1)

    def text(self, field: str) -> NDArray[Any]:
        """A name of every group in each month, (groups x months,): a setting, else the group's own field.

        A Region is the one that the platform's service has in the same place.
        """
        groups = self.placement.groups.stated
        names = np.empty((len(groups), self.months), dtype=object)
        if field == "instance_class":
            for month in range(self.months):
                names[:, month] = instance_classes(self.inputs, self.placement, month)
        elif field == "region":
            regions, platform = [group.region for group in groups], self.placement.platform
            billed = {region: billed_region(self.inputs, platform, region) for region in dict.fromkeys(regions)}
            names.T[:] = [billed[region] for region in regions]
        elif field in Settings.model_fields:
            values = setting(self.inputs, self.placement, field)
            names.T[:] = np.fromiter(values, object, len(values))  # a list of Regions stays one entry
        elif field == "load":
            loads = (group.workload.load if group.workload else None for group in groups)
            names.T[:] = np.fromiter(loads, object, len(groups))
        else:
            names.T[:] = [getattr(group, field) for group in groups]
        return names.reshape(-1)

    def memory_gib(self, instance_class: str) -> float:
        """GiB of memory of a class, a scenario's own among them."""
        return book_of(self.inputs).instance_class(instance_class).memory_gib

    def assumption(self, path: str) -> Array:
        """An assumption's value for each draw, (draws or 1, groups x months or 1).

        What a cache states as storage is its data, whatever share of a database's volumes holds some.
        """
        value = self.inputs[path, self.placement.groups]
        if path == STORAGE_FILL:
            cached_data = np.array([group.engine in CACHES for group in self.placement.groups.stated]).reshape(1, -1, 1)
            value = np.where(cached_data, 1.0, value) if cached_data.any() else value
        return self._repeated(value) if value.shape[1] > 1 else value[:, :, 0]
