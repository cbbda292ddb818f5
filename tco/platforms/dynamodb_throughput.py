"""The throughput of DynamoDB tables: from calls to read and write units, to requests of a month and hours of capacity;
for many bills at once (`Throughput`), and for a cluster of a scenario's workload (`sizing`).

Rates of a bill have up to three forms: even, a base with a daily peak, or spread by a load shape. Provisioned capacity
follows each form hour by hour if a target utilisation is given, else it is fixed at the highest hour. Capacity of a
workload is a real number of units: a fleet has many tables, and whole units would make break-even jagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.platforms.base import BYTES_PER_GB, Amounts, Bill, Demand, Switches, UsageColumns, as_stated, refuse
from tco.platforms.capacity_modes import Calls, provisioned_units, utilization
from tco.platforms.load_shapes import load_shape
from tco.platforms.request_units import (
    MAX_ITEM_BYTES,
    READ_UNIT_BYTES,
    WRITE_UNIT_BYTES,
    mean_units,
    read_mix,
    read_units,
    write_mix,
    write_units,
)
from tco.units import HOURS_PER_DAY, SECONDS_PER_HOUR

BLOCK = 100
"""Capacity is reserved in blocks of 100 units: https://aws.amazon.com/dynamodb/pricing/provisioned/."""


@dataclass(frozen=True)
class Units:
    """Units that some calls take: a second outside the peak, a second in it, and in the month."""

    base: Amounts
    peak: Amounts
    month: Amounts

    def __add__(self, other: Units) -> Units:
        return Units(self.base + other.base, self.peak + other.peak, self.month + other.month)


class Throughput:
    """Read and write units of many tables, and their provisioned capacity.

    Shapes are (..., N) or (1,) for N bills. Raises InputError for fields that contradict each other.
    """

    def __init__(self, bill: Bill):
        self.bill = bill
        self.hours = bill.number("hours_per_month")
        self.target = bill.number("target_utilization")
        self.reserved_reads = whole_blocks(bill.number("reserved_rcu"))
        self.reserved_writes = whole_blocks(bill.number("reserved_wcu"))
        modes = bill.text("capacity") if bill.states("capacity") else self._implied_modes()
        self.on_demand: Switches = modes == "on_demand"
        self.reserved: Switches = modes == "reserved"
        self._check()

    @cached_property
    def reads(self) -> Units:
        """Units of reads: 1 per 4 KB, half if eventually consistent, double in a transaction."""
        mix = read_mix(self.bill.number("eventual_read_share"), self.bill.number("transactional_read_share"))
        return self._units("reads", read_units(self.bill.number("item_bytes")) * mix)

    @cached_property
    def table_writes(self) -> Units:
        """Units of writes to the table itself: 1 per 1 KB, double in a transaction."""
        mix = write_mix(self.bill.number("transactional_write_share"))
        return self._units("writes", write_units(self.bill.number("item_bytes")) * mix)

    @cached_property
    def index_writes(self) -> Units:
        """Units of writes to global secondary indexes, which follow a write and are not part of its transaction."""
        entries, projected = self.bill.number("index_writes_per_write"), self.bill.number("index_item_bytes")
        size = np.where(projected > 0, projected, self.bill.number("item_bytes"))
        return self._units("writes", write_units(size) * entries)

    @cached_property
    def ttl_deletes(self) -> Units:
        """Units of deletes by time to live, which only replicas are billed for: 1 per 1 KB of the item."""
        month = self.bill.number("ttl_deletes_per_month") * write_units(self.bill.number("item_bytes"))
        rate = month / (SECONDS_PER_HOUR * self.hours)
        return Units(rate, rate, month)

    def capacity_hours(self, of: Calls, units: Units, *, fixed: Amounts, reserved: Amounts | float = 0.0) -> Amounts:
        """Hours of provisioned units in the month beyond `reserved` ones; 0 for on-demand tables.

        fixed: capacity stated by the user, which replaces the computed one if it is above 0.
        """
        base, peak = (np.maximum(self._capacity(of, rate, fixed) - reserved, 0.0) for rate in (units.base, units.peak))
        mean = base * (1 - self._peak_share) + peak * self._peak_share
        for bills, text in self._shaped_bills():
            mean = np.where(bills, self._shaped_capacity(of, text, units.base, fixed, reserved), mean)
        return np.where(self.on_demand, 0.0, mean * self.hours)

    def _capacity(self, of: Calls, rate: Amounts, fixed: Amounts) -> Amounts:
        """Provisioned units at a rate; the average rate of a monthly count stays a real number of units.

        If every provisioned table has stated units (`fixed`), no rate is needed.
        """
        if ((fixed > 0) | self.on_demand).all():
            return fixed
        target = np.where(self.target > 0, self.target, 1.0)
        averaged = self.bill.number(f"{of}_per_month") > 0
        needed = np.where(averaged, rate / target, provisioned_units(rate, target))
        return np.asarray(np.where(fixed > 0, fixed, needed))

    def _shaped_capacity(
        self, of: Calls, text: str | tuple[float, ...], average: Amounts, fixed: Amounts, reserved: Amounts | float
    ) -> Amounts:
        """Mean units beyond the reserved ones over the hours of a load shape."""
        multipliers, hours = load_shape(text).levels(of)
        whole = np.zeros(1)
        for multiplier, count in zip(multipliers, hours, strict=True):
            followed = np.where(self.target > 0, multiplier, multipliers[-1])
            whole = whole + count * np.maximum(self._capacity(of, average * followed, fixed) - reserved, 0.0)
        return np.asarray(whole / hours.sum())

    def _shaped_bills(self) -> Iterator[tuple[Switches, Any]]:
        """Each load shape in use, with the bills that have it."""
        loads = self.bill.text("load").tolist()
        for text in dict.fromkeys(loads):
            if text:
                yield np.array([load == text for load in loads]), text

    def _units(self, calls: Calls, units_per_call: Amounts) -> Units:
        base, peak = (self.bill.number(f"{prefix}{calls}_per_second") for prefix in ("", "peak_"))
        month, seconds = self.bill.number(f"{calls}_per_month"), SECONDS_PER_HOUR * self.hours
        highest = np.where(peak > 0, peak, base)
        counted = (base * (1 - self._peak_share) + highest * self._peak_share) * seconds
        if month.any():
            base, highest, counted = base + month / seconds, highest + month / seconds, counted + month
        return Units(base * units_per_call, highest * units_per_call, counted * units_per_call)

    @property
    def _peak_share(self) -> Amounts:
        return self.bill.number("peak_hours_per_day") / HOURS_PER_DAY

    def _implied_modes(self) -> NDArray[Any]:
        """The mode that follows from the other fields if none is stated."""
        fixed = (self.bill.number("rcu") > 0) | (self.bill.number("wcu") > 0)
        reserved = (self.reserved_reads > 0) | (self.reserved_writes > 0)
        return np.where(reserved, "reserved", np.where(fixed, "provisioned", "on_demand"))

    def _check(self) -> None:
        number = self.bill.number
        for calls in ("reads", "writes"):
            month, second = number(f"{calls}_per_month"), number(f"{calls}_per_second")
            peak = number(f"peak_{calls}_per_second")
            refuse((month > 0) & (second > 0), f"give {calls}_per_second or {calls}_per_month", f"{calls}_per_month")
            refuse((month > 0) & (peak > 0), f"a peak goes with {calls}_per_second", f"{calls}_per_month")
            missing = not self.bill.states("peak_hours_per_day")
            refuse((peak > 0) & missing, "a peak needs its peak_hours_per_day", "peak_hours_per_day")
            shaped = np.array([bool(load) for load in self.bill.text("load").tolist()])
            refuse((peak > 0) & shaped, "a load shape holds the peak: give either", "load")
        states = self.bill.states
        if states("peak_hours_per_day") and not (states("peak_reads_per_second") or states("peak_writes_per_second")):
            raise InputError("a peak has peak_reads_per_second or peak_writes_per_second", path="peak_hours_per_day")
        for _, text in self._shaped_bills():
            load_shape(text)  # refuses an unknown one, whether or not capacity depends on it
        shares = number("eventual_read_share") + number("transactional_read_share")
        refuse(shares > 1 + 1e-9, "eventual and transactional reads are more than all reads", "eventual_read_share")
        for field in ("rcu", "wcu"):
            message = f"on-demand tables have no {field}: leave it out, or say capacity: provisioned"
            refuse(self.on_demand & (number(field) > 0), message, field)
            message = "on-demand tables have no reserved units: say capacity: reserved"
            refuse(self.on_demand & (number(f"reserved_{field}") > 0), message, f"reserved_{field}")
        self._check_reservation()

    def _check_reservation(self) -> None:
        number, text = self.bill.number, self.bill.text
        units = (self.reserved_reads > 0) | (self.reserved_writes > 0)
        refuse(units & (text("reserved_term") == ""), "reserved units need a term: 1yr or 3yr", "reserved_term")
        refuse(self.reserved & ~units, "say how much is reserved: reserved_rcu or reserved_wcu", "reserved_rcu")
        refuse(units & (text("table_class") == "standard_ia"),
               "capacity is reserved for tables of the standard class only", "table_class")  # fmt: skip
        replicated = np.array([len(regions) > 0 for regions in text("replica_regions").tolist()])
        refuse((number("reserved_wcu") > 0) & replicated,
               "reserved capacity does not cover the replicated writes of a global table", "reserved_wcu")  # fmt: skip


def whole_blocks(units: Amounts) -> Amounts:
    """Reserved units as they are sold, in blocks of 100 rounded up."""
    return np.asarray(np.ceil(units / BLOCK) * BLOCK)


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's tables in a month, (draws, groups).

    Calls: an item takes the mean of its rounded sizes (`mean_units` with dynamodb.item_size_spread); eventual and
    transactional shares and index entries are assumptions. On demand, the units of the average rate are billed.
    Provisioned: units / (target utilisation x tracking efficiency x share of the load shape followed). Reserved: the
    whole blocks of 100 that every hour of the load shape needs are reserved, for 3 years where the term begins with
    3yr and else for 1; the rest is provisioned. Data: allocated storage x rds.storage_fill x dynamodb.size_factor, all
    of it under point-in-time recovery as with a relational platform's automated backups (dynamodb.pitr_share);
    long-kept backups x size_factor. What an option or group states of indexes, replicas, streams, deletes by time to
    live and caches is billed as stated; provisioned index entries of a global table count as replicated. Data sent to
    replicas = writes x item size. Left out: reads that a cache answers, and blocks pooled over several clusters. Raises
    InputError where items are larger than DynamoDB holds.
    """
    on_demand = demand.text("capacity") == "on_demand"
    reserved = demand.text("capacity") == "reserved"
    reads, table, index = units_per_second(demand)
    writes = table + index
    rcu = _chosen(~on_demand, lambda: reads / utilization(demand, "reads"))
    wcu = _chosen(~on_demand, lambda: writes / utilization(demand, "writes"))
    stored = demand.number("storage_gb") * demand.assumption("rds.storage_fill")
    factor = demand.assumption("dynamodb.size_factor")
    term = ["3yr" if str(term).startswith("3yr") else "1yr" for term in demand.text("term")]
    needed = {
        "reads_per_second": _chosen(on_demand, lambda: reads),
        "writes_per_second": _chosen(on_demand, lambda: writes),
        "rcu": rcu,
        "wcu": wcu,
        "reserved_rcu": _chosen(reserved, lambda: _steady_blocks(rcu, demand.text("load"), "reads")),
        "reserved_wcu": _chosen(reserved, lambda: _steady_blocks(wcu, demand.text("load"), "writes")),
        "reserved_term": np.where(reserved, term, ""),
        "storage_gb": stored * factor,
        "pitr_gb": stored * factor * demand.assumption("dynamodb.pitr_share"),
        "backup_gb": demand.number("backup_gb") * factor,
    }
    return needed | as_stated(demand, ("capacity", "table_class")) | _further(demand, on_demand, table, index)


def _further(demand: Demand, on_demand: Switches, table: Amounts, index: Amounts) -> dict[str, NDArray[Any]]:
    """Columns that options or groups state beyond the workload: replicas, streams, caches, traffic.

    In an on-demand global table, index entries are ordinary writes, separate from the replicated ones.
    """
    columns: dict[str, NDArray[Any]] = {}
    seconds, calls = demand.number("hours_per_month") * SECONDS_PER_HOUR, demand.number("writes_per_second")
    size, sent = demand.number("item_bytes"), demand.number("internet_gb")
    replicas = demand.text("replica_regions")
    copies = np.array([len(regions or ()) for regions in replicas])
    if copies.any():
        column = np.empty(len(replicas), dtype=object)
        for place, regions in enumerate(replicas):
            column[place] = tuple(regions or ())
        sent = np.where(copies > 0, calls * seconds * size / BYTES_PER_GB * copies, sent)
        written = np.where(table > 0, table, 1.0)
        units = mean_units(size, demand.assumption("dynamodb.item_size_spread"), WRITE_UNIT_BYTES)
        columns |= {
            "replica_regions": column,
            "writes_per_second": np.where(on_demand, np.where(copies > 0, table, table + index), 0.0),
            "index_writes_per_write": np.where(on_demand & (copies > 0), index / written, 0.0),
            "ttl_deletes_per_month": calls * units * seconds * _stated(demand, "ttl_deletes_per_write"),
        }
    types = demand.text("dax_node_type")
    if any(kind and number is None for kind, number in zip(types, demand.text("dax_nodes"), strict=True)):
        raise InputError("a DAX cluster needs its dax_nodes", path="dax_nodes")
    return columns | {
        "transfer_gb": sent,
        "stream_reads": calls * seconds * _stated(demand, "stream_reads_per_write"),
        "dax_nodes": _stated(demand, "dax_nodes"),
        "dax_node_type": np.array([value or "" for value in types], dtype=object),
    }


def _stated(demand: Demand, field: str) -> Amounts:
    """A number that an option or group states, (groups,); 0 if it states none."""
    return np.array([float(value or 0) for value in demand.text(field).tolist()])


def _chosen(where: NDArray[np.bool_], amounts: Callable[[], Amounts]) -> Amounts:
    """The amounts for the chosen tables, 0 for the others; `amounts` is not called if no table is chosen."""
    return np.where(where, amounts(), 0.0) if where.any() else np.zeros((1, 1))


def units_per_second(demand: Demand) -> tuple[Amounts, Amounts, Amounts]:
    """Average units a second of one cluster's reads, of its writes to tables and of those to indexes, (draws, groups).

    Number and size of index entries are those that an option or group states, else dynamodb.index_writes_per_write and
    the size of the item.
    """
    size = demand.number("item_bytes")
    if np.any(size > MAX_ITEM_BYTES):
        raise InputError(
            f"DynamoDB holds items of at most {MAX_ITEM_BYTES} bytes (400 KB); larger ones go to S3 and leave "
            "their key here",
            path="workload.item_bytes",
            value=float(size.max()),
        )
    spread = demand.assumption("dynamodb.item_size_spread")
    transactional = demand.assumption("dynamodb.transactional_share")
    eventual = demand.assumption("dynamodb.eventual_share") * (1 - transactional)
    stated = [None if value == "" else value for value in demand.text("index_writes_per_write").tolist()]
    missing, entries = np.array([value is None for value in stated]), np.array([float(value or 0) for value in stated])
    if missing.any():
        entries = np.where(missing, demand.assumption("dynamodb.index_writes_per_write"), entries)
    read = mean_units(size, spread, READ_UNIT_BYTES) * read_mix(eventual, transactional)
    per_write = mean_units(size, spread, WRITE_UNIT_BYTES)
    projected, calls = _stated(demand, "index_item_bytes"), demand.number("writes_per_second")
    per_entry = per_write
    if projected.any():
        per_entry = mean_units(np.where(projected > 0, projected, size), spread, WRITE_UNIT_BYTES)
    return (
        demand.number("reads_per_second") * read,
        calls * (per_write * write_mix(transactional)),
        calls * (per_entry * entries),
    )


def _steady_blocks(capacity: Amounts, loads: NDArray[Any], of: Calls) -> Amounts:
    """Whole blocks of the capacity that even the quietest hour of a load shape needs."""
    lowest = [float(load_shape(load).levels(of)[0][0]) if load else 1.0 for load in loads.tolist()]
    return np.asarray(np.floor(capacity * np.array(lowest) / BLOCK) * BLOCK)
