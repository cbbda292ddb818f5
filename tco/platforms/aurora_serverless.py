"""Amazon Aurora Serverless: capacity units (ACU, about 2 GiB of memory each) by the hour, storage as Aurora
has it. Serverless, and versioned all the same: Aurora's releases force upgrades here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

import numpy as np

from tco.catalog.prices import PriceBook
from tco.errors import InputError
from tco.platforms.aurora import AuroraStorageUsage
from tco.platforms.base import Bill, BillLine, Columns, Demand, Platform, name, quantity
from tco.platforms.cluster_storage import charge_cluster_storage, cluster_storage_items, cluster_storage_use
from tco.platforms.instance_hours import (
    EXTENDED_SUPPORT_YEARS,
    class_names,
    lowest_instances,
    memory_gib,
    support_years,
)
from tco.platforms.rds import SERVICE

#: One ACU comes with about 2 GiB of memory:
#: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
GIB_PER_ACU = 2
#: The least capacity at which an instance takes connections:
#: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
LEAST_ACU = 0.5
#: A proxy in front of Serverless v2 is billed for at least 8 ACU: https://aws.amazon.com/rds/proxy/pricing/
LEAST_PROXY_ACU = 8


class AuroraServerlessUsage(AuroraStorageUsage):
    """One month of an Aurora Serverless cluster."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **AuroraStorageUsage.elsewhere,
        "instance_class": "acu",
        "instances": "acu",
        "deployment": "acu",
    }

    acu: float = quantity("Capacity units in use, on average over the month, readers included", "ACU")
    generation: Literal["v2", "v1"] = name("Serverless v2, or v1 as it was sold until 2025", "v2")
    proxy_vcpu: float = quantity("Capacity units behind RDS Proxy; at least 8 ACU are billed", "ACU")


def bill(columns: Columns, book: PriceBook, as_of: date) -> list[BillLine]:
    """Lines of Aurora Serverless bills; see `AuroraServerlessUsage`. Extended Support is billed by the
    ACU-hour.
    """
    made = Bill(columns, book, as_of, AuroraServerlessUsage)
    hours, config = made.number("hours_per_month"), made.text("storage_config")
    capacity = made.number("acu") * hours
    first = made.text("generation") == "v1"
    if np.any(first & (config != "standard")):
        raise InputError("Serverless v1 has no I/O-Optimized configuration", path="storage_config")
    made.charge("Serverless v2 capacity", "requests or capacity", np.where(first, 0.0, capacity), SERVICE,
                "serverless_v2_capacity", deployment=config)  # fmt: skip
    made.charge("Serverless v1 capacity", "requests or capacity", np.where(first, capacity, 0.0), SERVICE,
                "serverless_v1_capacity")  # fmt: skip
    charge_cluster_storage(made, SERVICE, "aurora_")
    made.charge("Snapshot export", "backup", made.number("export_gb"), SERVICE, "aurora_snapshot_export")
    made.charge("Backtrack", "backup", made.number("backtrack_record_hours") / 1e6, SERVICE, "aurora_backtrack")
    for year, in_year in support_years(made).items():
        made.charge(f"Extended Support year {year}", "Extended Support", np.where(in_year, capacity, 0.0), SERVICE,
                    f"extended_support_serverless_{EXTENDED_SUPPORT_YEARS[year]}")  # fmt: skip
    proxy = made.number("proxy_vcpu")
    billed = np.where(proxy > 0, np.maximum(proxy, LEAST_PROXY_ACU), 0.0)
    made.charge("RDS Proxy", "requests or capacity", billed * hours, SERVICE, "aurora_serverless_proxy")
    return made.lines


def sizing(demand: Demand) -> Columns:
    """The average capacity: as stated, else what the load needs, else the memory of the instances it stands for x the
    share of it in use.

    acu = instances x that of one as fitted to its load, or instances x GiB of the class / 2 x
    `aurora_serverless.capacity_share`.
    """
    classes = class_names(demand.text("instance_class"), "db.")
    stated, fitted = demand.number("acu"), demand.number("fitted_acu")
    if np.any((classes == "") & ~np.any(np.atleast_2d(stated + fitted) > 0, axis=0)):
        raise InputError("Aurora Serverless needs acu, or an instance_class to derive it from", path="acu")
    instances = lowest_instances(demand.text("deployment"), demand.number("instances"))
    replaced = memory_gib(classes) / GIB_PER_ACU
    if replaced.any():
        replaced = replaced * demand.assumption("aurora_serverless.capacity_share")
    acu = np.where(stated > 0, stated, instances * (fitted + replaced))
    texts, numbers = ("region", "engine", "storage_config"), ("backup_gb", "hours_per_month")
    needed = {field: demand.text(field) for field in texts} | {field: demand.number(field) for field in numbers}
    return needed | {"acu": acu} | cluster_storage_use(demand)


PLATFORM = Platform(
    name="aurora_serverless",
    capacity_model="capacity units",
    readers_take_over=True,
    gib_per_unit=GIB_PER_ACU,
    min_units=LEAST_ACU,
    lifecycle_engines={"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    service=SERVICE,
    usage=AuroraServerlessUsage,
    bill=bill,
    sizing=sizing,
    items=(
        "Serverless v2 capacity",
        "Serverless v1 capacity",
        *cluster_storage_items(),
        "Snapshot export",
        "Backtrack",
        *(f"Extended Support year {year}" for year in EXTENDED_SUPPORT_YEARS),
        "RDS Proxy",
    ),
)
