"""Amazon Aurora (MySQL and PostgreSQL) on instances: writers and readers cost the same; storage is billed as one copy,
whatever the number of instances; I/O is billed by request, or included in higher prices of instances and storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tco.catalog.prices import factors
from tco.errors import UnknownPrice
from tco.platforms.base import (
    MILLION,
    Amounts,
    Bill,
    Demand,
    Platform,
    Term,
    UsageColumns,
    name,
    quantity,
    refuse,
)
from tco.platforms.instances import (
    EXTENDED_SUPPORT_ITEMS,
    EXTENDED_SUPPORT_YEARS,
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    charge_instances,
    charge_internet,
    charge_proxy,
    class_names,
    extended_support_year,
    support_years,
    vcpus,
)
from tco.platforms.rds import MIN_PROXY_VCPU, SERVICE
from tco.platforms.storage import CLUSTER_STORAGE_ITEMS, ClusterStorageUsage, charge_cluster_storage, cluster_sizing

PRICED_ENGINES = {"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"}
AURORA_STORAGE_ITEMS = (*CLUSTER_STORAGE_ITEMS, "Snapshot export", "Backtrack", INTERNET_ITEM)
CONTINUED_RATE = "Extended Support year 3 (no published rate: that of years 1-2 continues)"


class AuroraStorageUsage(ClusterStorageUsage):
    """What Aurora bills besides its capacity, on instances and serverless alike."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "deployment": "instances",
        "storage_type": "storage_config",
        "iops": "io_requests",
    }

    engine_names: ClassVar[Mapping[str, str]] = {
        "aurora": "mysql",
        "aurora-mysql": "mysql",
        "aurora-postgresql": "postgresql",
    }

    engine: Literal["", "mysql", "postgresql"] = name("Database engine")
    export_gb: float = quantity("Snapshot data exported to S3", "GB")
    backtrack_record_hours: float = quantity("Change records held for backtracking, times hours held", "record hour")
    extended_support_year: int = extended_support_year()
    proxy_vcpu: float = quantity("Virtual CPUs behind RDS Proxy; at least 2 are billed", "vCPU")


class AuroraUsage(AuroraStorageUsage):
    """One month of an Aurora cluster on instances."""

    instance_class: str = name("Instance class, with or without its prefix: db.r6g.large or r6g.large")
    instances: int = quantity("Instances billed: the writer and each reader", "instance", 1)
    term: Term = name("Price plan of the instances", "on_demand")


def charge(bill: Bill) -> None:
    """Charge Aurora bills; see `AuroraUsage`. An instance costs the same for both engines if both have it."""
    classes = class_names(bill.text("instance_class"), "db.")
    engines = _priced_engines(bill, classes)
    instances = charge_instances(bill, SERVICE, classes, engine=engines, deployment=bill.text("storage_config"))
    charge_aurora_storage(bill)
    _charge_extended_support(bill, classes, instances)
    charge_proxy(bill, "compute", SERVICE, "aurora_proxy", MIN_PROXY_VCPU)


def charge_aurora_storage(bill: Bill) -> None:
    """Charge storage, I/O, backups, exports, backtracking and traffic: AURORA_STORAGE_ITEMS."""
    charge_cluster_storage(bill, SERVICE, "aurora_")
    bill.charge("Snapshot export", "backup", bill.number("export_gb"), SERVICE, "aurora_snapshot_export")
    bill.charge("Backtrack", "backup", bill.number("backtrack_record_hours") / MILLION, SERVICE, "aurora_backtrack")
    charge_internet(bill)


def _priced_engines(bill: Bill, classes: NDArray[Any]) -> NDArray[Any]:
    """The engines as the price rows name them; if none is stated, one that has the class."""
    engines = bill.text("engine")
    if not np.any(engines == ""):
        values, codes = factors(engines)
        return np.array([PRICED_ENGINES[value] for value in values], dtype=object)[codes]
    regions, names = bill.text("region"), {"service": SERVICE, "item": "instance", "engine": "aurora_postgresql"}
    known = {region: bill.book.known("instance_class", region=region, **names) for region in set(regions.tolist())}
    chosen = [
        PRICED_ENGINES.get(engine) or ("aurora_postgresql" if wanted in known[region] else "aurora_mysql")
        for engine, wanted, region in np.broadcast(engines, classes, regions)
    ]
    return np.array(chosen, dtype=object)


def _charge_extended_support(bill: Bill, classes: NDArray[Any], instances: Amounts) -> None:
    """vCPU-hours = instances x vCPU of the class x hours. Year 3 of Aurora MySQL has no published price."""
    engines = bill.text("engine")
    for year, in_year in support_years(bill).items():
        refuse(in_year & ((classes == "") | (engines == "")), "Extended Support needs engine and instance_class",
               "extended_support_year")  # fmt: skip
        hours = instances * vcpus(bill, classes, np.atleast_1d(in_year)) * bill.number("hours_per_month")
        for engine in dict.fromkeys(engines.tolist()):
            used = np.where(in_year & (engines == engine), hours, 0.0)
            item, years = f"Extended Support year {year}", EXTENDED_SUPPORT_YEARS[year]
            if year == max(EXTENDED_SUPPORT_YEARS) and not _has_third_year(bill, engine):
                item, years = CONTINUED_RATE, EXTENDED_SUPPORT_YEARS[1]
            bill.charge(item, "Extended Support", used, SERVICE, f"extended_support_{years}",
                        engine=PRICED_ENGINES.get(engine, ""))  # fmt: skip


def _has_third_year(bill: Bill, engine: str) -> bool:
    item = f"extended_support_{EXTENDED_SUPPORT_YEARS[3]}"
    try:
        for region in dict.fromkeys(bill.text("region").tolist()):
            bill.book.find(SERVICE, item, region, engine=PRICED_ENGINES.get(engine, ""), as_of=bill.as_of)
    except UnknownPrice:
        return engine != "mysql"
    return True


def sizing(demand: Demand) -> UsageColumns:
    """See `cluster_sizing`."""
    return cluster_sizing(demand, ("engine", "instance_class", "storage_config", "term"))


PLATFORM = Platform(
    name="aurora",
    title="Aurora",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    service=SERVICE,
    usage=AuroraUsage,
    charge=charge,
    sizing=sizing,
    items=(*INSTANCE_ITEMS, *AURORA_STORAGE_ITEMS, *EXTENDED_SUPPORT_ITEMS, CONTINUED_RATE, "RDS Proxy"),
)
