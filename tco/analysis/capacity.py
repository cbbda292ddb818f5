"""The capacity that a load needs: break-even of on-demand and provisioned throughput, and sizes of instances.

All options have the same load: a workload's average rates and its load shape give the billed requests, the units
provisioned hour by hour, and the busiest hour, for which instances are sized.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd

from tco.catalog.price_rows import InstanceClass
from tco.catalog.prices import PriceBook, price_book
from tco.catalog.services import limits
from tco.errors import InputError
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.model.fleet.bills import book_of, instance_classes
from tco.model.fleet.growth import LOAD, STORAGE, central_growth, grows
from tco.model.fleet.placement import Placement, placements, setting
from tco.model.fleet.sizing import CACHES, fitted_class, gib_touched, needed
from tco.platforms import platform as platform_named
from tco.platforms.capacity_modes import followed_share, on_demand_crossing
from tco.platforms.dynamodb import PLATFORM as DYNAMODB
from tco.platforms.load_shapes import load_shape
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario, asks_for_fit

UTILISATIONS = tuple(np.linspace(0.02, 1, 99).tolist())
MODES = {"provisioned": None, "reserved for 1 year": "1yr", "reserved for 3 years": "3yr"}
KINDS = ("reads", "writes")
CLASS_PREFIXES = ("", "db.", "cache.")


def mode_costs(
    region: str,
    as_of: date,
    *,
    table_class: str = "standard",
    replicated: bool = False,
    utilisations: Sequence[float] = UTILISATIONS,
    book: PriceBook | None = None,
) -> pd.DataFrame:
    """The cost of a million DynamoDB units in each capacity mode, by average utilisation of provisioned capacity.

    Columns: kind (`reads`, `writes`), mode, utilisation, cost (USD a million units), crossing (the utilisation from
    which the mode is cheaper than on demand; above 1 it never is). A mode without a price in the Region is left out.
    Raises UnknownPrice if on-demand or provisioned units have no price.
    """
    prices, ending = book or price_book(), "_ia" if table_class == "standard_ia" else ""
    reached = np.asarray(utilisations, dtype=float)
    frames = []
    for kind, word in zip(KINDS, ("read", "replicated_write" if replicated else "write"), strict=True):
        item = f"{word}_request_unit{ending}"
        on_demand = prices.find("AmazonDynamoDB", item, region, as_of=as_of).price
        crossings = {"on demand": np.nan}
        for mode, term in MODES.items():
            try:
                crossing = on_demand_crossing(
                    region, as_of, table_class=table_class, reserved_term=term, replicated=replicated, book=prices
                )
            except InputError:
                if term is None:
                    raise
                continue  # capacity is reserved only for Standard tables in one Region, and not sold everywhere
            crossings[mode] = getattr(crossing, kind)
        for mode, at in crossings.items():
            ratio = 1.0 if mode == "on demand" else at / reached
            columns = {"utilisation": reached, "cost": on_demand * ratio, "crossing": at}
            frames.append(pd.DataFrame({"kind": kind, "mode": mode, **columns}))
    return pd.concat(frames, ignore_index=True)


def mode_crossings(scenario: Scenario) -> pd.DataFrame:
    """Which capacity mode is cheaper for every group that an option puts on DynamoDB, at the assumptions' means.

    Columns: option, group, capacity (as chosen), kind (`reads`, `writes`), utilisation (that auto scaling reaches on
    average over the group's load shape), peak_utilisation (where capacity is fixed at the busiest hour instead),
    crossing (the utilisation from which provisioned capacity is cheaper), cheaper. Empty where no option is on
    DynamoDB.
    """
    book = book_of(Inputs(scenario, Block(0, 1)))
    steady = (
        scenario.assumptions["dynamodb.target_utilization"].mean
        * scenario.assumptions["dynamodb.tracking_efficiency"].mean
    )
    lines = []
    for option in scenario.options:
        for name, group in scenario.fleet.items():
            settings = scenario.settings(option, name)
            if settings.platform != DYNAMODB.name:
                continue
            crossing = on_demand_crossing(
                group.region, scenario.prices_as_of, table_class=settings.table_class or "standard", book=book
            )
            shape = load_shape((group.workload and group.workload.load) or "flat")
            for kind, hours in (("reads", shape.reads), ("writes", shape.writes)):
                reached, at = steady * followed_share(shape, kind), getattr(crossing, kind)
                lines.append(
                    {
                        "option": option,
                        "group": name,
                        "capacity": settings.capacity or "on_demand",
                        "kind": kind,
                        "utilisation": reached,
                        "peak_utilisation": 1 / float(hours.max()),
                        "crossing": at,
                        "cheaper": "provisioned" if reached > at else "on_demand",
                    }
                )
    return pd.DataFrame(lines)


def demand(scenario: Scenario) -> pd.DataFrame:
    """The load of one cluster of every group, and the share of an instance that it takes on today's platform.

    Columns: group, load, reads_per_second, writes_per_second (on average), peak_reads_per_second,
    peak_writes_per_second (in the busiest hour), instance_class, busy (share of an instance's processors used in that
    hour), memory (share of its memory taken by likely data in use); above 1 the load does not fit; blank without
    instances. All options host the same load. Groups without a workload are left out.
    """
    inputs = Inputs(scenario, Block(0, 1))
    allowed = scenario.assumptions["sizing.peak_utilization"].mean
    lines = {}
    for placement in placements(inputs, scenario.reference_option):
        if placement.stage == "arrives":
            continue
        classes, groups = instance_classes(inputs, placement), placement.groups
        for position, (name, group) in enumerate(zip(groups.names, groups.stated, strict=True)):
            if group.workload is None:
                continue
            need = needed(inputs, placement, position)
            hardware = _hardware(inputs, classes[position]) if placement.platform.is_instances else None
            lines[name] = {
                "group": name,
                "load": load_shape(group.workload.load or "flat").name,
                "reads_per_second": group.workload.reads_per_second,
                "writes_per_second": group.workload.writes_per_second,
                "peak_reads_per_second": need.peak_reads_per_second,
                "peak_writes_per_second": need.peak_writes_per_second,
                "instance_class": (hardware and hardware.name) or "",
                "busy": need.vcpu * allowed / hardware.vcpu if hardware else None,
                "memory": _likely_memory(inputs, placement, position)[0] / hardware.memory_gib if hardware else None,
            }
    return pd.DataFrame([lines[name] for name in inputs.groups if name in lines])


def overloads(scenario: Scenario) -> list[str]:
    """A sentence for each instance, today's or an option's, that is too small for the stated load.

    Its processors are too few if the busiest hour needs more; its memory is too small if the likely data in use is
    larger. A cache then evicts or refuses keys; a database reads the rest from storage, which is slower but no error.
    If load or data grow, the sentence names the first month in which this happens.
    """
    inputs = Inputs(scenario, Block(0, 1))
    horizon = scenario.months if grows(inputs, inputs.whole_fleet, LOAD, STORAGE) else 1
    options: dict[str, list[str]] = {}
    for option in scenario.options:
        for placement in placements(inputs, option):
            if not placement.platform.is_instances:
                continue
            months = 1 if placement.stage == "leaves" else horizon
            for position, name in enumerate(instance_classes(inputs, placement, months - 1)):
                hardware = _hardware(inputs, name)
                if hardware is not None and placement.groups.stated[position].clusters:
                    for sentence in _excesses(inputs, placement, position, hardware, months):
                        options.setdefault(sentence, []).append(option)
    sentences = [f"{sentence} (options: {', '.join(dict.fromkeys(names))})" for sentence, names in options.items()]
    return [*sentences, *below_the_least(scenario), *without_load(scenario)]


def _excesses(
    inputs: Inputs, placement: Placement, position: int, hardware: InstanceClass, months: int
) -> Iterator[str]:
    """A sentence if a group's load exceeds the processors of its instances, and one if its data exceed their memory."""
    name, group = placement.groups.names[position], placement.groups.stated[position]
    kind = "cache" if group.engine in CACHES else "database"
    rates = "sizing.cache_calls_per_vcpu" if kind == "cache" else "sizing.database_reads_per_vcpu and _writes_per_vcpu"
    allowed = inputs.central("sizing.peak_utilization", name)
    larger = "choose a larger instance_class or `fit`, or state"

    def since(month: int) -> str:
        return f"from {inputs.scenario.periods[month]} on, " if month else ""

    for month in range(months if group.workload else 0):
        busy = needed(inputs, placement, position, month).vcpu * allowed / hardware.vcpu
        if busy > 1:
            yield (
                f"fleet.{name}.workload: {since(month)}the busiest hour of a cluster takes {busy:.0%} of the "
                f"processors of {hardware.name} ({hardware.vcpu:g} vCPU, at {rates}), which cannot carry it: {larger} "
                "another load"
            )
            break
    for month in range(months):
        likely, path, source = _likely_memory(inputs, placement, position, month)
        if likely > hardware.memory_gib:
            outcome = "keys are evicted or refused" if kind == "cache" else "the rest is read from storage, more slowly"
            yield (
                f"fleet.{name}.storage_gb: {since(month)}data in use likely takes {likely / hardware.memory_gib:.0%} "
                f"of the memory of {hardware.name} ({likely:,.3g} of {hardware.memory_gib:g} GiB; {path}: {source}), "
                f"so that {outcome}: {larger} what you measure"
            )
            break


def _likely_memory(inputs: Inputs, placement: Placement, position: int, month: int = 0) -> tuple[float, str, str]:
    """GiB of memory of one shard's instance that data in use likely takes; the assumption's path, and its source.

    Allocated storage x the assumption's most likely value (`fit` uses its mean, which leaves more room for tables read
    at random). For a database at most what its busiest hour touches.
    """
    group = placement.groups.stated[position]
    kind = "cache" if group.engine in CACHES else "database"
    path = f"sizing.{kind}_memory_per_storage"
    entry = group.assumptions.get(path) or inputs.scenario.assumptions[path]
    growth = central_growth(inputs, "storage_gb", month, inputs.groups_at((int(placement.groups.indices[position]),)))
    likely = group.storage_gb * growth * (entry.mean if entry.value is None else entry.value)
    if group.workload is not None and kind == "database":
        need = needed(inputs, placement, position, month)
        likely = min(likely, gib_touched(group.engine, need.peak_reads_per_second + need.peak_writes_per_second))
    instances = setting(inputs, placement, "instances")[position]
    return likely * group.copies_of(instances) / instances, path, entry.source.kind


def below_the_least(scenario: Scenario) -> list[str]:
    """A sentence for each size of a group that is below the minimum of a service under some option."""
    sentences = []
    for name, group in scenario.fleet.items():
        chosen = {str(scenario.settings(option, name).platform) for option in scenario.options}
        for platform in sorted({scenario.todays_platform(name), *chosen}) if group.clusters else ():
            for limit in limits(platform, group.engine):
                value = getattr(group, limit.measure, None)
                if value is not None and value < limit.least:
                    sentences.append(
                        f"fleet.{name}.{limit.measure}: {value:g} is less than {limit.least:g}, the least on "
                        f"{platform} ({limit.cited})"
                    )
    return sentences


def without_load(scenario: Scenario) -> list[str]:
    """A sentence for each group without reads and writes that some option bills by the request."""
    sentences = []
    for name, group in scenario.fleet.items():
        load = group.workload
        if load is None or load.reads_per_second or load.writes_per_second or not group.clusters:
            continue
        chosen = {scenario.settings(option, name).platform or "" for option in scenario.options} - {""}
        billed = sorted(
            other for other in chosen if platform_named(other).capacity_model in ("requests", "provisioned")
        )
        if billed:
            sentences.append(
                f"fleet.{name}.workload: no reads and no writes are stated, so {' and '.join(billed)} is billed for "
                "its storage alone"
            )
    return sentences


def fitted(scenario: Scenario) -> pd.DataFrame:
    """The instance classes that `fit` chooses, and the load that they are sized for, at the assumptions' means.

    Columns: option, group, platform, instance_class, vcpu, memory_gib (of the class), peak_reads_per_second,
    peak_writes_per_second (in the busiest hour), needed_vcpu (at the utilisation allowed in that hour),
    needed_memory_gib. A group that an option moves may have two rows: on its present platform and on the new one. Empty
    if nothing is fitted.
    """
    inputs = Inputs(scenario, Block(0, 1))
    lines = []
    for option in scenario.options:
        for placement in placements(inputs, option):
            for position, stated in enumerate(setting(inputs, placement, "instance_class")):
                if not asks_for_fit(stated) or not placement.platform.is_instances:
                    continue
                chosen = fitted_class(inputs, placement, position, stated, book_of(inputs))
                need = needed(inputs, placement, position)
                lines.append(
                    {
                        "option": option,
                        "group": placement.groups.names[position],
                        "platform": placement.platform_name,
                        "instance_class": chosen.name,
                        "vcpu": chosen.vcpu,
                        "memory_gib": chosen.memory_gib,
                        "peak_reads_per_second": need.peak_reads_per_second,
                        "peak_writes_per_second": need.peak_writes_per_second,
                        "needed_vcpu": need.vcpu,
                        "needed_memory_gib": need.memory_gib,
                    }
                )
    return pd.DataFrame(lines)


@cached
def _hardware(inputs: Inputs, name: str | None) -> InstanceClass | None:
    """The instance class of that name, with any prefix; None if its hardware is unknown."""
    book = book_of(inputs)
    known = set(book.class_names())
    return next(
        (book.instance_class(f"{prefix}{name}") for prefix in CLASS_PREFIXES if f"{prefix}{name}" in known), None
    )
