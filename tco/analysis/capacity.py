"""What capacity a load needs: where on-demand and provisioned throughput cost the same, and how large instances are.

All options have the same load: a workload's average rates and its load shape give the requests that are billed one by
one, the units that are provisioned hour by hour, and the busiest hour, for which instances are sized.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from tco.catalog.prices import InstanceClass, PriceBook, price_book
from tco.errors import InputError
from tco.evaluation.inputs import Inputs
from tco.model.fleet.bills import book_of, instance_classes
from tco.model.fleet.growth import LOAD, grows
from tco.model.fleet.placement import placements, setting
from tco.model.fleet.sizing import fitted_class, needed
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
    """What a million DynamoDB units cost in each capacity mode, by the average utilisation of provisioned capacity.

    Columns: kind (`reads`, `writes`), mode, utilisation, cost (USD a million units), crossing (the utilisation from
    which the mode is cheaper than on demand; above 1 it never is). A mode without a price in the Region is left out.
    Raises UnknownPrice where on-demand or provisioned units have no price.
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
    """The load of one cluster of every group, and how much of an instance it takes on today's platform.

    Columns: group, load, reads_per_second, writes_per_second (on average), peak_reads_per_second,
    peak_writes_per_second (in the busiest hour), instance_class, busy, memory (shares of an instance's processors in
    that hour, and of its memory, which the whole load takes; above 1 it does not fit; blank without instances). All
    options host the same load. Groups without a workload are left out.
    """
    inputs = Inputs(scenario, Block(0, 1))
    book, allowed = book_of(inputs), scenario.assumptions["sizing.peak_utilization"].mean
    lines = {}
    for placement in placements(inputs, scenario.reference_option):
        if placement.stage == "arrives":
            continue
        classes, groups = instance_classes(inputs, placement), placement.groups
        for position, (name, group) in enumerate(zip(groups.names, groups.stated, strict=True)):
            if group.workload is None:
                continue
            need = needed(inputs, placement, position)
            hardware = _hardware(classes[position], book) if placement.platform.is_instances else None
            lines[name] = {
                "group": name,
                "load": load_shape(group.workload.load or "flat").name,
                "reads_per_second": group.workload.reads_per_second,
                "writes_per_second": group.workload.writes_per_second,
                "peak_reads_per_second": need.peak_reads_per_second,
                "peak_writes_per_second": need.peak_writes_per_second,
                "instance_class": (hardware and hardware.name) or "",
                "busy": need.vcpu * allowed / hardware.vcpu if hardware else None,
                "memory": need.memory_gib / hardware.memory_gib if hardware else None,
            }
    return pd.DataFrame([lines[name] for name in inputs.groups if name in lines])


def overloads(scenario: Scenario) -> list[str]:
    """A sentence for each group whose busiest hour asks for more processors than its instance has.

    Today's instance at the load that is stated; and where the load grows, each option's, from the month on in which it
    no longer carries it. Memory is left out: what a load needs of it follows from an assumption on storage, which is no
    limit.
    """
    found = demand(scenario)
    today = found[found["busy"] > 1] if len(found) else found
    sentences = [
        f"fleet.{row['group']}.workload: the busiest hour of a cluster takes {row['busy']:.0%} of the processors of "
        f"{row['instance_class']}, which cannot carry it: state another load or instance_class (or `fit`)"
        for row in today.to_dict("records")
    ]
    return [*sentences, *without_load(scenario), *outgrown(scenario)]


def without_load(scenario: Scenario) -> list[str]:
    """A sentence for each group without reads and writes that some option bills by the request."""
    sentences = []
    for name, group in scenario.fleet.items():
        load = group.workload
        if load is None or load.reads_per_second or load.writes_per_second or not group.clusters:
            continue
        chosen = {scenario.settings(option, name).platform or "" for option in scenario.options} - {""}
        billed = sorted(one for one in chosen if platform_named(one).capacity_model in ("requests", "provisioned"))
        if billed:
            sentences.append(
                f"fleet.{name}.workload: no reads and no writes are stated, so {' and '.join(billed)} is billed for "
                "its storage alone"
            )
    return sentences


def outgrown(scenario: Scenario) -> list[str]:
    """A sentence for each option and group whose load outgrows its instances within the horizon, with the month."""
    inputs = Inputs(scenario, Block(0, 1))
    if not grows(inputs, LOAD, groups=inputs.whole_fleet):
        return []
    book, allowed = book_of(inputs), scenario.assumptions["sizing.peak_utilization"].mean
    by_cause: dict[tuple[str, str, str], list[str]] = {}
    for option in scenario.options:
        for placement in placements(inputs, option):
            if placement.stage == "leaves" or not placement.platform.is_instances:
                continue
            last = instance_classes(inputs, placement, scenario.months - 1)
            for position, (name, group) in enumerate(zip(last, placement.groups.stated, strict=True)):
                hardware = _hardware(name, book)
                if hardware is None or group.workload is None:
                    continue
                taken = [needed(inputs, placement, position, n).vcpu * allowed for n in range(scenario.months)]
                over = [month for month, processors in enumerate(taken) if processors > hardware.vcpu]
                if over and over[0]:
                    cause = placement.groups.names[position], hardware.name, scenario.periods[over[0]]
                    by_cause.setdefault(cause, []).append(option)
    return [
        f"fleet.{name}.workload: from {month} on the busiest hour of a cluster takes more than the processors of "
        f"{instance_class} (options: {', '.join(options)}): it grows by {inputs.central(LOAD, name):.0%} a year "
        f"({LOAD}); choose a larger class, or `fit` to step up when it is needed"
        for (name, instance_class, month), options in by_cause.items()
    ]


def fitted(scenario: Scenario) -> pd.DataFrame:
    """The instance classes that an option's `fit` chooses, and the load they are sized for, at the assumptions' means.

    Columns: option, group, platform, instance_class, vcpu, memory_gib (of the class), peak_reads_per_second,
    peak_writes_per_second (in the busiest hour), needed_vcpu (at the utilisation allowed in that hour),
    needed_memory_gib. A group that an option moves may have two rows: where it is today, and where it goes. Empty where
    nothing is fitted.
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


def _hardware(name: str | None, book: PriceBook) -> InstanceClass | None:
    """The instance class of that name, however it is prefixed; None where its hardware is not known."""
    known = set(book.class_names())
    return next(
        (book.instance_class(f"{prefix}{name}") for prefix in CLASS_PREFIXES if f"{prefix}{name}" in known), None
    )
