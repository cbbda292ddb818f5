"""Amazon ElastiCache on nodes (Redis OSS, Valkey, Memcached): node hours, priced by engine.

AWS has announced no end of support for its Valkey and Memcached versions, so the community's dates force upgrades, as
they would on servers of one's own.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from tco.catalog.prices import PriceBook
from tco.errors import UnknownPrice
from tco.platforms.base import Bill, BillLine, Columns, Demand, InstanceUsage, Platform, Term, name, quantity
from tco.platforms.instance_hours import INSTANCE_ITEMS, charge_instances, class_names, lowest_instances

SERVICE = "AmazonElastiCache"


class ElastiCacheUsage(InstanceUsage):
    """One month of a cache cluster on nodes; `instances` counts primaries and replicas of every shard."""

    engine: Literal["", "redis", "valkey", "memcached"] = name("Cache engine")
    backup_gb: float = quantity("Backup storage billed: beyond the free snapshot; no price is shipped", "GB-month")
    term: Term = name("Price plan of the nodes", "on_demand")


def bill(columns: Columns, book: PriceBook, as_of: date) -> list[BillLine]:
    """Lines of ElastiCache bills; see `ElastiCacheUsage`."""
    made = Bill(columns, book, as_of, ElastiCacheUsage)
    classes = class_names(made.text("instance_class"), "cache.")
    charge_instances(made, SERVICE, classes, engine=made.text("engine"))
    try:
        made.charge("Backup storage", "backup", made.number("backup_gb"), SERVICE, "backup")
    except UnknownPrice as error:
        raise UnknownPrice(
            f"the price of backups has no row: {error}; give it under prices as item 'backup' (unit: GB-month)",
            path="backup_gb",
        ) from None
    return made.lines


def sizing(demand: Demand) -> Columns:
    """A deployment over several zones is a primary node with one replica, or two, in others."""
    texts = {field: demand.text(field) for field in ("region", "engine", "instance_class", "term")}
    instances = lowest_instances(demand.text("deployment"), demand.number("instances"))
    numbers = {field: demand.number(field) for field in ("backup_gb", "hours_per_month")}
    return texts | {"instances": instances} | numbers


PLATFORM = Platform(
    name="elasticache",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"redis": "elasticache_redis", "valkey": "valkey", "memcached": "memcached"},
    hosts=frozenset({"redis", "valkey", "memcached"}),
    service=SERVICE,
    usage=ElastiCacheUsage,
    bill=bill,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        "Backup storage",
    ),
)
