"""Amazon DocumentDB: instances by the hour, shared storage, I/O by the request or inside the price, backups.

It speaks the MongoDB API of some versions without being MongoDB: a MongoDB fleet can move to it where its version has
an equal, and DocumentDB's own releases force upgrades then.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from tco.catalog.prices import PriceBook
from tco.platforms.base import Bill, BillLine, Columns, Demand, InstanceUsage, Platform, Term, name, quantity
from tco.platforms.cluster_storage import charge_cluster_storage, cluster_storage_items, cluster_storage_use
from tco.platforms.instance_hours import INSTANCE_ITEMS, charge_instances, class_names, lowest_instances

SERVICE = "AmazonDocDB"


class DocumentDBUsage(InstanceUsage):
    """One month of a DocumentDB cluster on instances."""

    storage_config: Literal["standard", "io_optimized"] = name(
        "standard bills I/O requests; io_optimized has them inside its other prices", "standard"
    )
    storage_gb: float = quantity("Storage used by the cluster", "GB-month")
    io_requests: float = quantity("I/O requests of the month, billed under standard", "request")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance", "GB-month")
    term: Term = name("Price plan of the instances", "on_demand")


def bill(columns: Columns, book: PriceBook, as_of: date) -> list[BillLine]:
    """Lines of DocumentDB bills; see `DocumentDBUsage`."""
    made = Bill(columns, book, as_of, DocumentDBUsage)
    classes = class_names(made.text("instance_class"), "db.")
    charge_instances(made, SERVICE, classes, deployment=made.text("storage_config"))
    charge_cluster_storage(made, SERVICE)
    return made.lines


def sizing(demand: Demand) -> Columns:
    """A deployment over several zones is a primary with one replica, or two, in others; storage is billed as
    used.
    """
    texts, numbers = ("region", "instance_class", "storage_config", "term"), ("backup_gb", "hours_per_month")
    needed = {field: demand.text(field) for field in texts} | {field: demand.number(field) for field in numbers}
    instances = lowest_instances(demand.text("deployment"), demand.number("instances"))
    return needed | {"instances": instances} | cluster_storage_use(demand)


PLATFORM = Platform(
    name="documentdb",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"documentdb": "documentdb", "mongodb": "documentdb"},
    hosts=frozenset({"documentdb", "mongodb"}),
    service=SERVICE,
    usage=DocumentDBUsage,
    bill=bill,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        *cluster_storage_items(),
    ),
)
