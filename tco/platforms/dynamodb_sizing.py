"""What a cluster's workload needs as DynamoDB tables: the same calls and the same data, in DynamoDB's units.

Capacity is a real number of units here: a fleet has many tables, and whole units would make break-even jagged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.platforms.base import Columns, Demand
from tco.platforms.capacity_modes import followed_share
from tco.platforms.dynamodb_throughput import BLOCK, Calls
from tco.platforms.load_shapes import load_shape
from tco.platforms.request_units import (
    LARGEST_ITEM_BYTES,
    READ_UNIT_BYTES,
    WRITE_UNIT_BYTES,
    mean_units,
    read_mix,
    write_mix,
)

Numbers = NDArray[np.float64]


def table_usage(demand: Demand) -> Columns:
    """The usage of one cluster's tables in a month, (draws, groups).

    Calls: an item takes the mean of its rounded sizes (`mean_units` with dynamodb.item_size_spread); eventual and
    transactional shares and index entries are assumptions. On demand, the units of the average rate are billed.
    Provisioned: units / (target utilisation x tracking efficiency x share of the load shape followed). Reserved: the
    whole blocks of 100 that every hour of the load shape needs are reserved, for 3 years where the term begins with
    3yr and else for 1; the rest is provisioned. Data: allocated storage x rds.storage_fill x dynamodb.size_factor, all
    of it under point-in-time recovery as with a relational platform's automated backups (dynamodb.pitr_share);
    long-kept backups x size_factor. Left out: caches, replicas, streams, and blocks pooled over several clusters.
    Raises InputError where items are larger than DynamoDB holds.
    """
    on_demand = demand.text("capacity") == "on_demand"
    reserved = demand.text("capacity") == "reserved"
    reads, writes = units_per_second(demand)
    rcu = _chosen(~on_demand, lambda: reads / utilization(demand, "reads"))
    wcu = _chosen(~on_demand, lambda: writes / utilization(demand, "writes"))
    stored = demand.number("storage_gb") * demand.assumption("rds.storage_fill")
    factor = demand.assumption("dynamodb.size_factor")
    term = ["3yr" if str(term).startswith("3yr") else "1yr" for term in demand.text("term")]
    return {
        "region": demand.text("region"),
        "capacity": demand.text("capacity"),
        "table_class": demand.text("table_class"),
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
        "hours_per_month": demand.number("hours_per_month"),
    }


def _chosen(where: NDArray[np.bool_], amounts: Callable[[], Numbers]) -> Numbers:
    """The amounts for the chosen tables, 0 for the others; nothing is computed or read where there are none."""
    if where.all():
        return amounts()
    return np.where(where, amounts(), 0.0) if where.any() else np.zeros((1, 1))


def utilization(demand: Demand, of: Calls) -> Numbers:
    """Share of provisioned capacity in use on average, (draws, groups); 1, and nothing read, where all is on demand.

    Target utilisation x tracking within the hour x what following the load shape hour by hour leaves unused.
    """
    if (demand.text("capacity") == "on_demand").all():
        return np.ones((1, 1))
    followed = [followed_share(load_shape(load), of) if load else 1.0 for load in demand.text("load").tolist()]
    steady = demand.assumption("dynamodb.target_utilization") * demand.assumption("dynamodb.tracking_efficiency")
    used: Numbers = steady * np.array(followed)
    return used


def units_per_second(demand: Demand) -> tuple[Numbers, Numbers]:
    """Average read and write units a second of one cluster's calls, index entries included, (draws, groups)."""
    size = demand.number("item_bytes")
    if np.any(size > LARGEST_ITEM_BYTES):
        raise InputError(
            f"DynamoDB holds items of at most {LARGEST_ITEM_BYTES} bytes (400 KB); larger ones go to S3 and leave "
            "their key here",
            path="workload.item_bytes",
            value=float(size.max()),
        )
    spread = demand.assumption("dynamodb.item_size_spread")
    transactional = demand.assumption("dynamodb.transactional_share")
    eventual = demand.assumption("dynamodb.eventual_share") * (1 - transactional)
    entries = demand.assumption("dynamodb.index_writes_per_write")
    read = mean_units(size, spread, READ_UNIT_BYTES) * read_mix(eventual, transactional)
    write = mean_units(size, spread, WRITE_UNIT_BYTES) * (write_mix(transactional) + entries)
    return demand.number("reads_per_second") * read, demand.number("writes_per_second") * write


def _steady_blocks(capacity: Numbers, loads: NDArray[Any], of: Calls) -> Numbers:
    """Whole blocks of the capacity that even the quietest hour of a load shape needs."""
    lowest = [float(load_shape(load).levels(of)[0][0]) if load else 1.0 for load in loads.tolist()]
    return np.asarray(np.floor(capacity * np.array(lowest) / BLOCK) * BLOCK)
