"""Storage that a cluster's instances share, as Aurora and DocumentDB have it: billed once for the bytes in
use, with I/O by the request or, in the I/O-Optimized configuration, inside a dearer storage and instance
price.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.platforms.base import Bill, Demand
from tco.units import SECONDS_PER_HOUR

REQUESTS_PER_MILLION = 1e6


def cluster_storage_items() -> tuple[str, ...]:
    """The items that shared storage may put on a bill."""
    return ("Storage (standard)", "Storage (I/O-Optimized)", "I/O requests", "Backup storage")


def charge_cluster_storage(bill: Bill, service: str, prefix: str = "") -> None:
    """Charge `storage_gb`, `io_requests` and `backup_gb` of a usage; `prefix` is that of the price items."""
    config, size, requests = bill.text("storage_config"), bill.number("storage_gb"), bill.number("io_requests")
    standard = config == "standard"
    for item, chosen, deployment in (
        ("Storage (standard)", standard, "standard"),
        ("Storage (I/O-Optimized)", ~standard, "io_optimized"),
    ):
        amount = np.where(chosen, size, 0.0)
        bill.charge(item, "storage", amount, service, f"{prefix}storage", deployment=deployment)
    billed = np.where(standard, requests / REQUESTS_PER_MILLION, 0.0)
    bill.charge("I/O requests", "I/O", billed, service, f"{prefix}io_requests")
    bill.charge("Backup storage", "backup", bill.number("backup_gb"), service, f"{prefix}backup")


def cluster_storage_use(demand: Demand) -> dict[str, NDArray[Any]]:
    """storage_gb and io_requests of a workload.

    storage = allocated x share of it that holds data. I/O requests = seconds of the month x (reads a second x
    storage reads for each + writes a second x storage writes for each): most reads are served from memory.
    """
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    reads = demand.number("reads_per_second") * demand.assumption("cluster_storage.reads_per_query")
    writes = demand.number("writes_per_second") * demand.assumption("cluster_storage.writes_per_statement")
    return {
        "storage_gb": demand.number("storage_gb") * demand.assumption("rds.storage_fill"),
        "io_requests": seconds * (reads + writes),
    }
