"""Amazon DocumentDB: instances by the hour, shared storage, I/O by the request or inside the price, backups,
Extended Support by the vCPU-hour.

It speaks the MongoDB API of some versions without being MongoDB: a MongoDB fleet can move to it where its version has
an equal, and DocumentDB's own releases force upgrades then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

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
    class_names,
    extended_support_year,
    internet_gb,
)
from tco.platforms.storage import CLUSTER_STORAGE_ITEMS, charge_cluster_storage, cluster_storage_use

SERVICE = "AmazonDocDB"


class DocumentDBUsage(InstanceUsage):
    """One month of a DocumentDB cluster on instances."""

    engine_names: ClassVar[Mapping[str, str]] = {"docdb": "documentdb"}

    engine: Literal["", "documentdb"] = name("Database engine", "documentdb")
    storage_config: Literal["standard", "io_optimized"] = name(
        "standard bills I/O requests; io_optimized has them inside its other prices", "standard"
    )
    storage_gb: float = quantity("Storage used by the cluster", "GB-month")
    io_requests: float = quantity("I/O requests of the month, billed under standard", "request")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance", "GB-month")
    extended_support_year: int = extended_support_year()
    internet_gb: float = internet_gb()
    term: Term = name("Price plan of the instances", "on_demand")


def charge(bill: Bill) -> None:
    """Charge DocumentDB bills; see `DocumentDBUsage`."""
    classes = class_names(bill.text("instance_class"), "db.")
    instances = charge_instances(bill, SERVICE, classes, deployment=bill.text("storage_config"))
    charge_extended_support(bill, SERVICE, instances, classes, instance_class=classes)
    charge_cluster_storage(bill, SERVICE)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """A deployment over several zones is a primary with a replica in each further zone; storage is billed as used."""
    stated = as_stated(demand, ("instance_class", "storage_config", "term"), ("instances", "backup_gb", "internet_gb"))
    return stated | cluster_storage_use(demand)


PLATFORM = Platform(
    name="documentdb",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"documentdb": "documentdb", "mongodb": "documentdb"},
    hosts=frozenset({"documentdb", "mongodb"}),
    only_compatible=frozenset({"mongodb"}),
    methods=dict.fromkeys(("documentdb", "mongodb"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=DocumentDBUsage,
    charge=charge,
    sizing=sizing,
    items=(*INSTANCE_ITEMS, *CLUSTER_STORAGE_ITEMS, *EXTENDED_SUPPORT_ITEMS, INTERNET_ITEM),
)
