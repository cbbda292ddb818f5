"""Amazon MemoryDB (Redis OSS, Valkey): nodes by the hour, data written by the GB, snapshots.

No end of its versions is announced: those of Redis OSS are assumed to end with ElastiCache's, those of Valkey with the
community's. A cluster of Redis OSS continues as Valkey.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from tco.platforms.base import (
    BYTES_PER_GB,
    WITHOUT_BLUE_GREEN,
    Bill,
    Demand,
    InstanceUsage,
    Platform,
    Term,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import (
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    charge_instances,
    charge_internet,
    class_names,
    internet_gb,
)
from tco.units import SECONDS_PER_HOUR

SERVICE = "AmazonMemoryDB"
TIERED = "db.r6gd."
"""The family whose nodes keep a part of the data on disk, which has prices of its own."""
FREE_GB_OF_VALKEY = 10_000
"""Data written to a cluster of Valkey in a month that costs nothing: https://aws.amazon.com/memorydb/pricing/"""


class MemoryDBUsage(InstanceUsage):
    """One month of a cluster; `instances` counts primaries and replicas of every shard."""

    engine: Literal["", "redis", "valkey"] = name("Engine")
    data_written_gb: float = quantity("Data written in the month", "GB")
    backup_gb: float = quantity("Snapshot storage billed: beyond the free one", "GB-month")
    internet_gb: float = internet_gb()
    term: Term = name("Price plan of the nodes", "on_demand")


def charge(bill: Bill) -> None:
    """Charge MemoryDB bills; see `MemoryDBUsage`."""
    classes, engine = class_names(bill.text("instance_class"), "db."), bill.text("engine")
    tiered = np.array(["data_tiering" if value.startswith(TIERED) else "" for value in classes.tolist()], dtype=object)
    charge_instances(bill, SERVICE, classes, engine=engine, deployment=tiered)
    free = np.where(engine == "valkey", FREE_GB_OF_VALKEY, 0.0)
    written = np.maximum(bill.number("data_written_gb") - free, 0.0)
    bill.charge("Data written", "requests or capacity", written, SERVICE, "data_written", engine=engine)
    bill.charge("Snapshots", "backup", bill.number("backup_gb"), SERVICE, "backup", engine=engine)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """Data written = writes a second x seconds of the month x item size. Left out: automated snapshots beyond one."""
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    written = demand.number("writes_per_second") * seconds * demand.number("item_bytes") / BYTES_PER_GB
    stated = as_stated(demand, ("engine", "instance_class", "term"), ("instances", "backup_gb", "internet_gb"))
    return stated | {"data_written_gb": written}


PLATFORM = Platform(
    name="memorydb",
    title="MemoryDB",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"redis": "memorydb_redis", "valkey": "valkey"},
    hosts=frozenset({"redis", "valkey"}),
    methods=dict.fromkeys(("redis", "valkey"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=MemoryDBUsage,
    charge=charge,
    sizing=sizing,
    items=(*INSTANCE_ITEMS, "Data written", "Snapshots", INTERNET_ITEM),
)
