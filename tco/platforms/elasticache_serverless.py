"""Amazon ElastiCache Serverless (Redis OSS, Valkey, Memcached): data held by the GB-hour, requests by the processing
unit. AWS patches it; the engine has versions all the same, whose ends force upgrades as on nodes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from tco.errors import InputError
from tco.platforms.base import (
    MILLION,
    WITHOUT_BLUE_GREEN,
    Bill,
    Demand,
    Platform,
    Usage,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import INTERNET_ITEM, charge_internet, internet_gb
from tco.units import SECONDS_PER_HOUR

SERVICE = "AmazonElastiCache"
BYTES_PER_UNIT = 1024
"""A simple call takes a processing unit for each KB it transfers: https://aws.amazon.com/elasticache/pricing/"""
LEAST_GB = {"valkey": 0.1, "redis": 1.0, "memcached": 1.0}
"""What a cache is billed for at least: the same page."""


class ElastiCacheServerlessUsage(Usage):
    """One month of a serverless cache."""

    engine: Literal["", "redis", "valkey", "memcached"] = name("Cache engine")
    storage_gb: float = quantity("Data held, on average over the month; at least 1 GB, of Valkey 0.1, are billed", "GB")
    units_per_month: float = quantity("Processing units: of a simple call one for each KB it transfers", "request")
    internet_gb: float = internet_gb()


def charge(bill: Bill) -> None:
    """Charge bills of serverless caches; see `ElastiCacheServerlessUsage`."""
    engine, held, units = bill.text("engine"), bill.number("storage_gb"), bill.number("units_per_month")
    used = (held > 0) | (units > 0)
    if np.any(used & (engine == "")):
        raise InputError(f"the price depends on the engine: {', '.join(sorted(LEAST_GB))}", path="engine")
    least = np.array([LEAST_GB.get(value, 0.0) for value in engine.tolist()])
    hours = np.where(used, np.maximum(held, least), 0.0) * bill.number("hours_per_month")
    bill.charge("Data held", "storage", hours, SERVICE, "serverless_storage", engine=engine)
    bill.charge("Processing units", "requests or capacity", units / MILLION, SERVICE, "serverless_request",
                engine=engine)  # fmt: skip
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """Data = storage_gb, of which a cache is full. Units = calls x KB of an item, at least one.

    Left out: commands that take more processing than their data, and snapshots.
    """
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    calls = demand.number("reads_per_second") + demand.number("writes_per_second")
    return as_stated(demand, ("engine",), ("internet_gb",)) | {
        "storage_gb": demand.number("storage_gb"),
        "units_per_month": calls * seconds * np.maximum(demand.number("item_bytes") / BYTES_PER_UNIT, 1.0),
    }


PLATFORM = Platform(
    name="elasticache_serverless",
    title="ElastiCache Serverless",
    capacity_model="requests",
    readers_take_over=True,
    lifecycle_engines={"redis": "elasticache_redis", "valkey": "valkey", "memcached": "memcached"},
    lowest_versions={"elasticache_redis": "7", "valkey": "7.2", "memcached": "1.6"},
    hosts=frozenset({"redis", "valkey", "memcached"}),
    methods=dict.fromkeys(("redis", "valkey", "memcached"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=ElastiCacheServerlessUsage,
    charge=charge,
    sizing=sizing,
    items=("Data held", "Processing units", INTERNET_ITEM),
)
