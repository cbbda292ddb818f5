"""Amazon Neptune: instances of a graph database by the hour, or its capacity units, shared storage, I/O by the request
or inside the price, backups. Its engine releases end within two years or so, and AWS upgrades what has not moved.
"""

from __future__ import annotations

from typing import Literal

from tco.platforms.base import Bill, Demand, InstanceUsage, Platform, UsageColumns, as_stated, name, quantity
from tco.platforms.instances import (
    FIRST,
    INTERNET_ITEM,
    OTHERS,
    charge_instances,
    charge_internet,
    class_names,
    internet_gb,
)
from tco.platforms.storage import CLUSTER_STORAGE_ITEMS, charge_cluster_storage, cluster_storage_use

SERVICE = "AmazonNeptune"


class NeptuneUsage(InstanceUsage):
    """One month of a Neptune cluster."""

    engine: Literal["", "neptune"] = name("Database engine", "neptune")
    ncu: float = quantity("Serverless capacity units in use, on average over the month", "NCU")
    storage_config: Literal["standard", "io_optimized"] = name(
        "standard bills I/O requests; io_optimized has them inside its other prices", "standard"
    )
    storage_gb: float = quantity("Storage used by the cluster", "GB-month")
    io_requests: float = quantity("I/O requests of the month, billed under standard", "request")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance", "GB-month")
    internet_gb: float = internet_gb()


def charge(bill: Bill) -> None:
    """Charge Neptune bills; see `NeptuneUsage`. No reserved terms are sold."""
    classes, config = class_names(bill.text("instance_class"), "db."), bill.text("storage_config")
    charge_instances(bill, SERVICE, classes, deployment=config)
    hours = bill.number("ncu") * bill.number("hours_per_month")
    bill.charge("Serverless capacity", "compute", hours, SERVICE, "serverless_capacity", deployment=config)
    charge_cluster_storage(bill, SERVICE)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """A deployment over several zones is a writer with a reader in each further zone; storage is billed as used."""
    stated = as_stated(demand, ("instance_class", "storage_config"), ("instances", "backup_gb", "internet_gb"))
    return stated | cluster_storage_use(demand)


PLATFORM = Platform(
    name="neptune",
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
