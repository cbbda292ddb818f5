"""Amazon DocumentDB Serverless: capacity units (DCU, about 2 GiB of memory each) by the hour, storage as on DocumentDB.
It has DocumentDB's versions, from 5.0 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from tco.platforms.base import (
    WITHOUT_BLUE_GREEN,
    Bill,
    Demand,
    Platform,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import INTERNET_ITEM, charge_internet, serverless_units
from tco.platforms.storage import (
    CLUSTER_STORAGE_ITEMS,
    ClusterStorageUsage,
    charge_cluster_storage,
    cluster_storage_use,
)

SERVICE = "AmazonDocDB"
GIB_PER_DCU = 2
"""https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-serverless-how-it-works.html"""
MIN_DCU = 0.5
"""The same page."""


class DocumentDBServerlessUsage(ClusterStorageUsage):
    """One month of a DocumentDB cluster of serverless instances."""

    engine_names: ClassVar[Mapping[str, str]] = {"docdb": "documentdb"}
    elsewhere: ClassVar[Mapping[str, str]] = {"instance_class": "dcu", "instances": "dcu", "acu": "dcu"}

    engine: Literal["", "documentdb"] = name("Database engine", "documentdb")
    dcu: float = quantity("Capacity units in use, on average over the month, of all instances", "DCU")


def charge(bill: Bill) -> None:
    """Charge bills of DocumentDB Serverless; see `DocumentDBServerlessUsage`."""
    hours = bill.number("dcu") * bill.number("hours_per_month")
    bill.charge("Serverless capacity", "requests or capacity", hours, SERVICE, "serverless_capacity",
                deployment=bill.text("storage_config"))  # fmt: skip
    charge_cluster_storage(bill, SERVICE)
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """The average capacity; see `serverless_units`."""
    units = serverless_units(demand, "DocumentDB Serverless", GIB_PER_DCU)
    stated = as_stated(demand, ("storage_config",), ("backup_gb", "internet_gb"))
    return stated | {"dcu": units} | cluster_storage_use(demand)


PLATFORM = Platform(
    name="documentdb_serverless",
    title="DocumentDB Serverless",
    capacity_model="capacity units",
    readers_take_over=True,
    gib_per_unit=GIB_PER_DCU,
    min_units=MIN_DCU,
    lifecycle_engines={"documentdb": "documentdb", "mongodb": "documentdb"},
    lowest_versions={"documentdb": "5.0"},
    hosts=frozenset({"documentdb", "mongodb"}),
    only_compatible=frozenset({"mongodb"}),
    methods=dict.fromkeys(("documentdb", "mongodb"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    settings=("acu",),
    usage=DocumentDBServerlessUsage,
    charge=charge,
    sizing=sizing,
    items=("Serverless capacity", *CLUSTER_STORAGE_ITEMS, INTERNET_ITEM),
)
