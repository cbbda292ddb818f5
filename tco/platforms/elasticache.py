"""Amazon ElastiCache on nodes (Redis OSS, Valkey, Memcached): node hours, priced by engine, and Extended Support.

Extended Support of old Redis OSS versions is 80 % of the node's on-demand price in its first two years, 160 % in the
third; it has price rows of its own.

AWS has announced no end of support for its Valkey and Memcached versions, so the community's dates force upgrades.
"""

from __future__ import annotations

from typing import Literal

from tco.platforms.base import (
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
    EXTENDED_SUPPORT_ITEMS,
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    charge_extended_support,
    charge_instances,
    charge_internet,
    charge_unpriced_backup,
    class_names,
    extended_support_year,
    internet_gb,
)

SERVICE = "AmazonElastiCache"


class ElastiCacheUsage(InstanceUsage):
    """One month of a cache cluster on nodes; `instances` counts primaries and replicas of every shard."""

    engine: Literal["", "redis", "valkey", "memcached"] = name("Cache engine")
    backup_gb: float = quantity("Backup storage billed: beyond the free snapshot; no price is shipped", "GB-month")
    extended_support_year: int = extended_support_year()
    internet_gb: float = internet_gb()
    term: Term = name("Price plan of the nodes", "on_demand")


def charge(bill: Bill) -> None:
    """Charge ElastiCache bills; see `ElastiCacheUsage`."""
    classes, engine = class_names(bill.text("instance_class"), "cache."), bill.text("engine")
    instances = charge_instances(bill, SERVICE, classes, engine=engine)
    hours = instances * bill.number("hours_per_month")
    charge_extended_support(bill, SERVICE, hours, classes=classes, engine=engine, instance_class=classes)
    charge_internet(bill)
    charge_unpriced_backup(bill, "Backup storage", SERVICE)


def sizing(demand: Demand) -> UsageColumns:
    """A deployment over several zones is a primary node with a replica in each further zone."""
    return as_stated(demand, ("engine", "instance_class", "term"), ("instances", "backup_gb", "internet_gb"))


PLATFORM = Platform(
    name="elasticache",
    title="ElastiCache",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"redis": "elasticache_redis", "valkey": "valkey", "memcached": "memcached"},
    hosts=frozenset({"redis", "valkey", "memcached"}),
    methods=dict.fromkeys(("redis", "valkey", "memcached"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=ElastiCacheUsage,
    charge=charge,
    sizing=sizing,
    items=(*INSTANCE_ITEMS, "Backup storage", *EXTENDED_SUPPORT_ITEMS, INTERNET_ITEM),
)
