"""Amazon Aurora (MySQL and PostgreSQL) on instances: every instance is billed alike, writer or reader;
storage holds one billed copy however many instances; I/O is billed by request, or is inside dearer instances
and storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tco.catalog.combinations import factors
from tco.catalog.prices import PriceBook
from tco.errors import InputError, UnknownPrice
from tco.platforms.base import Bill, BillLine, Columns, Demand, Platform, Term, Usage, name, quantity
from tco.platforms.cluster_storage import charge_cluster_storage, cluster_storage_items, cluster_storage_use
from tco.platforms.instance_hours import (
    EXTENDED_SUPPORT_YEARS,
    INSTANCE_ITEMS,
    charge_instances,
    class_names,
    lowest_instances,
    support_years,
    vcpus,
)
from tco.platforms.rds import LEAST_PROXY_VCPU, SERVICE

PRICED_ENGINES = {"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"}
CONTINUED_RATE = "Extended Support year 3 (no published rate: that of years 1-2 continues)"


class AuroraStorageUsage(Usage):
    """What Aurora bills beside its capacity, on instances and serverless alike."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "deployment": "instances",
        "storage_type": "storage_config",
        "iops": "io_requests",
    }

    engine: Literal["", "mysql", "postgresql"] = name("Database engine")
    storage_config: Literal["standard", "io_optimized"] = name(
        "standard bills I/O requests; io_optimized has them inside its other prices", "standard"
    )
    storage_gb: float = quantity("Storage used by the cluster", "GB-month")
    io_requests: float = quantity("I/O requests of the month, billed under standard", "request")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance", "GB-month")
    export_gb: float = quantity("Snapshot data exported to S3", "GB")
    backtrack_record_hours: float = quantity("Change records held for backtracking, times hours held", "record hour")
    extended_support_year: int = quantity("Year of paid Extended Support: 1, 2 or 3; 0 for none", "year", 0, maximum=3)
    proxy_vcpu: float = quantity("Virtual CPUs behind RDS Proxy; at least 2 are billed", "vCPU")


class AuroraUsage(AuroraStorageUsage):
    """One month of an Aurora cluster on instances."""

    instance_class: str = name("Instance class, with or without its prefix: db.r6g.large or r6g.large")
    instances: int = quantity("Instances billed: the writer and each reader", "instance", 1)
    term: Term = name("Price plan of the instances", "on_demand")


def bill(columns: Columns, book: PriceBook, as_of: date) -> list[BillLine]:
    """Lines of Aurora bills; see `AuroraUsage`. The instances' price does not depend on the engine where both
    have it.
    """
    made = Bill(columns, book, as_of, AuroraUsage)
    classes = class_names(made.text("instance_class"), "db.")
    engines = _priced_engines(made, classes)
    config = made.text("storage_config")
    instances = charge_instances(made, SERVICE, classes, engine=engines, deployment=config)
    charge_cluster_storage(made, SERVICE, "aurora_")
    made.charge("Snapshot export", "backup", made.number("export_gb"), SERVICE, "aurora_snapshot_export")
    made.charge("Backtrack", "backup", made.number("backtrack_record_hours") / 1e6, SERVICE, "aurora_backtrack")
    _charge_extended_support(made, classes, instances)
    proxy = made.number("proxy_vcpu")
    billed = np.where(proxy > 0, np.maximum(proxy, LEAST_PROXY_VCPU), 0.0)
    made.charge("RDS Proxy", "compute", billed * made.number("hours_per_month"), SERVICE, "aurora_proxy")
    return made.lines


def _priced_engines(made: Bill, classes: NDArray[Any]) -> NDArray[Any]:
    """The engines as the price rows name them; where none is stated, one that has the class."""
    engines = made.text("engine")
    if not np.any(engines == ""):
        values, codes = factors(engines)
        return np.array([PRICED_ENGINES[value] for value in values], dtype=object)[codes]
    known = set(made.book.known("instance_class", service=SERVICE, item="instance", engine="aurora_postgresql"))
    chosen = [
        PRICED_ENGINES.get(engine) or ("aurora_postgresql" if wanted in known else "aurora_mysql")
        for engine, wanted in np.broadcast(engines, classes)
    ]
    return np.array(chosen, dtype=object)


def _charge_extended_support(made: Bill, classes: NDArray[Any], instances: NDArray[np.float64]) -> None:
    """vCPU-hours = instances x vCPU of the class x hours. Aurora MySQL has no published price of its third
    year.
    """
    engines = made.text("engine")
    for year, in_year in support_years(made).items():
        if np.any(in_year & ((classes == "") | (engines == ""))):
            raise InputError("Extended Support needs engine and instance_class", path="extended_support_year")
        hours = instances * vcpus(made, classes, np.atleast_1d(in_year)) * made.number("hours_per_month")
        for engine in dict.fromkeys(engines.tolist()):
            used = np.where(in_year & (engines == engine), hours, 0.0)
            item, years = f"Extended Support year {year}", EXTENDED_SUPPORT_YEARS[year]
            if year == max(EXTENDED_SUPPORT_YEARS) and not _has_third_year(made, engine):
                item, years = CONTINUED_RATE, EXTENDED_SUPPORT_YEARS[1]
            made.charge(item, "Extended Support", used, SERVICE, f"extended_support_{years}",
                        engine=PRICED_ENGINES.get(engine, ""))  # fmt: skip


def _has_third_year(made: Bill, engine: str) -> bool:
    item = f"extended_support_{EXTENDED_SUPPORT_YEARS[3]}"
    try:
        for region in dict.fromkeys(made.text("region").tolist()):
            made.book.find(SERVICE, item, region, engine=PRICED_ENGINES.get(engine, ""), as_of=made.as_of)
    except UnknownPrice:
        return engine != "mysql"
    return True


def sizing(demand: Demand) -> Columns:
    """A deployment over several zones is a writer with one reader, or two, in others; storage is billed as
    used.
    """
    texts = ("region", "engine", "instance_class", "storage_config", "term")
    numbers = ("backup_gb", "hours_per_month")
    needed = {field: demand.text(field) for field in texts} | {field: demand.number(field) for field in numbers}
    instances = lowest_instances(demand.text("deployment"), demand.number("instances"))
    return needed | {"instances": instances} | cluster_storage_use(demand)


PLATFORM = Platform(
    name="aurora",
    capacity_model="instances",
    readers_take_over=True,
    lifecycle_engines={"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    service=SERVICE,
    usage=AuroraUsage,
    bill=bill,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        *cluster_storage_items(),
        "Snapshot export",
        "Backtrack",
        *(f"Extended Support year {year}" for year in EXTENDED_SUPPORT_YEARS),
        CONTINUED_RATE,
        "RDS Proxy",
    ),
)
