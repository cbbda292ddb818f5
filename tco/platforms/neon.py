"""Neon: PostgreSQL as compute units by the hour (4 GB of memory each) over storage billed as used, in Regions of AWS.

It is serverless and has versions: each project stays on its major version, and a newer one is another project, to which
the data is copied or replicated: https://neon.com/docs/postgresql/postgres-upgrade. `in_place` means the copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from tco.platforms.base import (
    WITHOUT_BLUE_GREEN,
    Bill,
    Demand,
    Platform,
    Usage,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import INTERNET_ITEM, internet_gb, serverless_units

SERVICE = "Neon"
GIB_PER_UNIT = 4
"""https://neon.com/docs/introduction/plans"""
LEAST_UNITS = 0.25
"""The same page."""
INCLUDED_GB = 100
"""Data out to the internet that a paid plan has for nothing each month: the same page."""


class NeonUsage(Usage):
    """One project, one month."""

    elsewhere: ClassVar[Mapping[str, str]] = {"instance_class": "cu", "instances": "cu", "acu": "cu"}

    plan: Literal["launch", "scale"] = name("Paid plan; scale has a service level agreement", "scale")
    cu: float = quantity("Compute units in use, on average over the month, read replicas included", "CU")
    storage_gb: float = quantity("Data size, one copy for all computes", "GB-month")
    history_gb: float = quantity("Changes kept for instant restore", "GB-month")
    internet_gb: float = internet_gb()


def charge(bill: Bill) -> None:
    """Charge Neon bills; see `NeonUsage`. The included traffic is taken off each project."""
    hours = bill.number("cu") * bill.number("hours_per_month")
    bill.charge("Compute", "requests or capacity", hours, SERVICE, "compute", deployment=bill.text("plan"))
    bill.charge("Storage", "storage", bill.number("storage_gb"), SERVICE, "storage")
    bill.charge("Instant restore", "backup", bill.number("history_gb"), SERVICE, "history")
    sent = np.maximum(bill.number("internet_gb") - INCLUDED_GB, 0.0)
    bill.charge(INTERNET_ITEM, "data transfer", sent, SERVICE, "internet_out")


def sizing(demand: Demand) -> UsageColumns:
    """The average capacity, see `serverless_units`, on the plan Scale. Left out: branches and history."""
    stored = demand.number("storage_gb") * demand.assumption("rds.storage_fill")
    units = serverless_units(demand, "Neon", GIB_PER_UNIT)
    return as_stated(demand, (), ("internet_gb",)) | {"cu": units, "storage_gb": stored}


PLATFORM = Platform(
    name="neon",
    title="Neon",
    capacity_model="capacity units",
    gib_per_unit=GIB_PER_UNIT,
    min_units=LEAST_UNITS,
    lifecycle_engines={"postgresql": "neon"},
    hosts=frozenset({"postgresql"}),
    methods={"postgresql": WITHOUT_BLUE_GREEN},
    service=SERVICE,
    settings=("acu",),
    usage=NeonUsage,
    charge=charge,
    sizing=sizing,
    items=("Compute", "Storage", "Instant restore", INTERNET_ITEM),
)
