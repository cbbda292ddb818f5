"""Azure Database for PostgreSQL and MySQL, flexible server: servers by the hour, storage, backups, extended support.

A zone-redundant standby is billed like the server, compute and storage:
https://learn.microsoft.com/azure/reliability/reliability-postgresql-flexible-server. Prices were read for West US.
"""

from __future__ import annotations

import re

import numpy as np

from tco.errors import InputError
from tco.platforms.base import WITHOUT_BLUE_GREEN, Bill, Platform, quantity
from tco.platforms.cloud_sql import (
    StandbyUsage,
    billed_copies,
    charge_standby_storage,
    standby_sizing,
)
from tco.platforms.instances import EXTENDED_SUPPORT_ITEMS, FIRST, OTHERS, charge_extended_support, vcpus

SERVICE = "AzureFlexible"
TIER = re.compile(r"^(b|gp|mo)_", re.IGNORECASE)
"""What Terraform writes before the name of a size: Burstable, General Purpose, Memory Optimized."""


class AzureFlexibleUsage(StandbyUsage):
    """One month of a flexible server with its readers."""

    iops: float = quantity("IOPS of each MySQL server beyond the included ones", "IOPS-month")


def charge(bill: Bill) -> None:
    """Charge flexible servers; see `AzureFlexibleUsage`. No reservations are known."""
    names = [TIER.sub("", value).casefold() for value in bill.text("instance_class").tolist()]
    classes, engine = np.array(names, dtype=object), bill.text("engine")
    parts, hours = billed_copies(bill), bill.number("hours_per_month")
    stored = (bill.number("storage_gb") > 0) | (bill.number("iops") > 0)
    if np.any(((classes != "") | stored) & (engine == "")):
        raise InputError("the price of a server depends on its engine: mysql, postgresql", path="engine")
    for copies, item, line in ((parts[0], FIRST, "compute"), (parts[1], OTHERS, "replicas")):
        bill.charge(item, line, copies * hours, SERVICE, "instance", engine=engine, instance_class=classes)
    charge_standby_storage(bill, SERVICE, "storage", engine)
    first, readers = billed_copies(bill, of_storage=True)
    bill.charge("Additional IOPS", "storage", bill.number("iops") * (first + readers), SERVICE, "iops", engine=engine)
    bill.charge("Backup storage", "backup", bill.number("backup_gb"), SERVICE, "backup")
    vcpu = vcpus(bill, classes, classes != "")
    charge_extended_support(bill, SERVICE, (parts[0] + parts[1]) * vcpu * hours, classes=classes)


PLATFORM = Platform(
    name="azure_flexible",
    title="Azure Flexible Server",
    capacity_model="instances",
    lifecycle_engines={"mysql": "azure_mysql", "postgresql": "azure_postgresql"},
    hosts=frozenset({"mysql", "postgresql"}),
    methods=dict.fromkeys(("mysql", "postgresql"), WITHOUT_BLUE_GREEN),
    service=SERVICE,
    usage=AzureFlexibleUsage,
    charge=charge,
    sizing=standby_sizing,
    prices_standbys=True,
    items=(FIRST, OTHERS, "Storage", "Additional IOPS", "Backup storage", *EXTENDED_SUPPORT_ITEMS),
)
