"""Amazon DocumentDB: instances by the hour, shared storage, I/O by the request or inside the price, backups,
Extended Support by the vCPU-hour.

It offers the MongoDB API of some versions. A MongoDB fleet can move to it if its version has an equal; then the
releases of DocumentDB force upgrades.
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
    name,
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
    in_extended_support,
    vcpus,
)
from tco.platforms.storage import CLUSTER_STORAGE_ITEMS, ClusterStorageUsage, charge_cluster_storage, cluster_sizing

SERVICE = "AmazonDocDB"


class DocumentDBUsage(InstanceUsage, ClusterStorageUsage):
    """One month of a DocumentDB cluster on instances."""

    engine_names: ClassVar[Mapping[str, str]] = {"docdb": "documentdb"}

    engine: Literal["", "documentdb"] = name("Database engine", "documentdb")
    extended_support_year: int = extended_support_year()
    term: Term = name("Price plan of the instances", "on_demand")


def charge(bill: Bill) -> None:
    """Charge DocumentDB bills; see `DocumentDBUsage`."""
    classes = class_names(bill.text("instance_class"), "db.")
    instances = charge_instances(bill, SERVICE, classes, deployment=bill.text("storage_config"))
    vcpu_hours = instances * vcpus(bill, classes, in_extended_support(bill)) * bill.number("hours_per_month")
    charge_extended_support(bill, SERVICE, vcpu_hours, classes=classes, instance_class=classes)
    charge_cluster_storage(bill, SERVICE)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """See `cluster_sizing`."""
    return cluster_sizing(demand, ("instance_class", "storage_config", "term"))


PLATFORM = Platform(
    name="documentdb",
    title="DocumentDB",
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
