"""Amazon Aurora Serverless: capacity units (ACU, about 2 GiB of memory each) by the hour, storage as on Aurora. It has
versions: Aurora's releases force upgrades here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from tco.platforms.aurora import AURORA_STORAGE_ITEMS, AuroraStorageUsage, charge_aurora_storage
from tco.platforms.base import Bill, Demand, Platform, UsageColumns, as_stated, name, quantity, refuse
from tco.platforms.instances import (
    EXTENDED_SUPPORT_ITEMS,
    charge_extended_support,
    charge_proxy,
    serverless_units,
)
from tco.platforms.rds import SERVICE
from tco.platforms.storage import cluster_storage_use

GIB_PER_ACU = 2
"""One ACU comes with about 2 GiB of memory:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html"""
MIN_ACU = 0.5
"""The least capacity at which an instance takes connections:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html"""
FIRST_AURORA_MYSQL = "3.02"
"""The lowest version of Aurora MySQL that Serverless v2 runs, read 2026-11-28:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.Aurora_Fea_Regions_DB-eng.Feature.ServerlessV2.html"""
END_OF_FIRST_GENERATION = (
    "Serverless v1, which ran it, ended on 2025-03-31: state `platform: aurora_serverless_v1` where the cluster is or "
    "was on it, the version that it has on v2, or `platform: aurora` where AWS made it a provisioned one"
)
MOVED = ("aurora_mysql", "aurora_postgresql")
"""What clusters of Serverless v1 run, as a fleet's bill names it, once AWS has moved them to v2."""
MIN_PROXY_ACU = 8
"""A proxy in front of Serverless v2 is billed for at least 8 ACU: https://aws.amazon.com/rds/proxy/pricing/"""
ITEMS = (
    "Serverless v2 capacity",
    "Serverless v1 capacity",
    *AURORA_STORAGE_ITEMS,
    *EXTENDED_SUPPORT_ITEMS,
    "RDS Proxy",
)


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


def charge(bill: Bill) -> None:
    """Charge Aurora Serverless bills; see `AuroraServerlessUsage`. Extended Support is billed by the ACU-hour."""
    config, capacity = bill.text("storage_config"), bill.number("acu") * bill.number("hours_per_month")
    first = (bill.text("generation") == "v1") & ~np.isin(bill.text("engine"), MOVED)
    refuse(first & (config != "standard"), "Serverless v1 has no I/O-Optimized configuration", "storage_config")
    bill.charge("Serverless v2 capacity", "requests or capacity", np.where(first, 0.0, capacity), SERVICE,
                "serverless_v2_capacity", deployment=config)  # fmt: skip
    bill.charge("Serverless v1 capacity", "requests or capacity", np.where(first, capacity, 0.0), SERVICE,
                "serverless_v1_capacity")  # fmt: skip
    charge_aurora_storage(bill)
    charge_extended_support(bill, SERVICE, capacity, "extended_support_serverless_{years}")
    charge_proxy(bill, "requests or capacity", SERVICE, "aurora_serverless_proxy", MIN_PROXY_ACU)


def sizing(demand: Demand) -> UsageColumns:
    """The average capacity; see `serverless_units`."""
    acu = serverless_units(demand, "Aurora Serverless", GIB_PER_ACU)
    columns = as_stated(demand, ("engine", "storage_config"), ("backup_gb", "internet_gb"))
    return columns | {"acu": acu} | cluster_storage_use(demand)


PLATFORM = Platform(
    name="aurora_serverless",
    title="Aurora Serverless",
    capacity_model="capacity units",
    readers_take_over=True,
    gib_per_unit=GIB_PER_ACU,
    min_units=MIN_ACU,
    lifecycle_engines={"mysql": "aurora_mysql", "postgresql": "aurora_postgresql"},
    lowest_versions={"aurora_mysql": FIRST_AURORA_MYSQL},
    of_lower_versions=END_OF_FIRST_GENERATION,
    hosts=frozenset({"mysql", "postgresql"}),
    service=SERVICE,
    usage=AuroraServerlessUsage,
    charge=charge,
    sizing=sizing,
    items=ITEMS,
)
