"""Amazon Neptune: instances of a graph database by the hour, or its capacity units, shared storage, I/O by the request
or inside the price, backups. Its engine releases end after about two years; AWS then upgrades remaining clusters.
"""

from __future__ import annotations

from typing import Literal

from tco.platforms.base import Bill, Demand, InstanceUsage, Platform, UsageColumns, name, quantity
from tco.platforms.instances import (
    FIRST,
    INTERNET_ITEM,
    OTHERS,
    charge_instances,
    charge_internet,
    class_names,
)
from tco.platforms.storage import CLUSTER_STORAGE_ITEMS, ClusterStorageUsage, charge_cluster_storage, cluster_sizing

SERVICE = "AmazonNeptune"


class NeptuneUsage(InstanceUsage, ClusterStorageUsage):
    """One month of a Neptune cluster."""

    engine: Literal["", "neptune"] = name("Database engine", "neptune")
    ncu: float = quantity("Serverless capacity units in use, on average over the month", "NCU")


def charge(bill: Bill) -> None:
    """Charge Neptune bills; see `NeptuneUsage`. No reserved terms are sold."""
    classes, config = class_names(bill.text("instance_class"), "db."), bill.text("storage_config")
    charge_instances(bill, SERVICE, classes, deployment=config)
    hours = bill.number("ncu") * bill.number("hours_per_month")
    bill.charge("Serverless capacity", "compute", hours, SERVICE, "serverless_capacity", deployment=config)
    charge_cluster_storage(bill, SERVICE)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """See `cluster_sizing`."""
    return cluster_sizing(demand, ("instance_class", "storage_config"))


PLATFORM = Platform(
    name="neptune",
    title="Neptune",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"neptune": "neptune"},
    hosts=frozenset({"neptune"}),
    service=SERVICE,
    usage=NeptuneUsage,
    charge=charge,
    sizing=sizing,
    items=(FIRST, OTHERS, "Serverless capacity", *CLUSTER_STORAGE_ITEMS, INTERNET_ITEM),
)
