"""Storage as AWS bills it: volumes of single instances (RDS, EC2), and storage that the instances of a cluster share
(Aurora, DocumentDB, Neptune).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tco.catalog.prices import Names
from tco.platforms.base import MILLION, Amounts, Bill, Demand, Usage, UsageColumns, as_stated, name, quantity
from tco.platforms.instances import internet_gb
from tco.units import SECONDS_PER_HOUR

PROVISIONED_IOPS = ("io1", "io2")
"""Types that bill every IOPS. gp3 bills those above the included ones; other types bill none."""
CLUSTER_STORAGE_ITEMS = ("Storage (standard)", "Storage (I/O-Optimized)", "I/O requests", "Backup storage")
"""The items that shared storage may put on a bill."""


class ClusterStorageUsage(Usage):
    """What platforms with shared storage bill besides their capacity."""

    storage_config: Literal["standard", "io_optimized"] = name(
        "standard bills I/O requests; io_optimized has them inside its other prices", "standard"
    )
    storage_gb: float = quantity("Storage used by the cluster", "GB-month")
    io_requests: float = quantity("I/O requests of the month, billed under standard", "request")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance", "GB-month")
    internet_gb: float = internet_gb()


@dataclass(frozen=True)
class VolumeRules:
    """What a service includes with a gp3 volume, and the minimum that it bills for an io1 or io2 volume.

    From `large_from` allocated GB on, the large amounts are included instead.
    """

    included_iops: float
    included_throughput: float
    large_from: float | Amounts = np.inf
    large_iops: float = 0.0
    large_throughput: float = 0.0
    min_gb: float = 0.0
    min_iops: float = 0.0

    def beyond(self, size: Amounts, total: Amounts, included: float, large: float) -> Amounts:
        """What is billed of a total beyond the included amount, for volumes of `size` GB."""
        return np.maximum(total - np.where(size >= self.large_from, large, included), 0)


def volume_items(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The items that volumes of these types may put on a bill."""
    return (
        *(f"Storage ({kind})" for kind in kinds),
        *(f"IOPS ({kind})" for kind in kinds if kind in PROVISIONED_IOPS),
        "IOPS above those included (gp3)",
        "Throughput above that included (gp3)",
    )


def charge_volumes(
    bill: Bill,
    service: str,
    rules: VolumeRules,
    kinds: NDArray[Any],
    size: Amounts,
    volumes: Amounts,
    deployment: Names = "",
    suffix: str = "",
    engine: Names = "",
) -> None:
    """Charge `volumes` volumes, each of `size` GB and of the usage's `iops` and `throughput`.

    `iops` and `throughput` are totals of a volume, including what gp3 includes; gp2 and magnetic volumes come with
    their IOPS. suffix: follows the items' names, as in `Storage (gp3), readers`. engine: in some Regions the price of
    storage depends on it.
    """
    iops, throughput = bill.number("iops"), bill.number("throughput")

    def charge(item: str, amount: Amounts, price_item: str, times: Amounts | float = 1.0) -> None:
        bill.charge(
            f"{item}{suffix}", "storage", amount, service, price_item,
            engine=engine, deployment=deployment, times=times,
        )  # fmt: skip

    for kind in dict.fromkeys(kinds.tolist()):
        count = np.where(kinds == kind, volumes, 0.0)
        gigabytes = size
        if kind in PROVISIONED_IOPS:
            gigabytes = np.where(size > 0, np.maximum(size, rules.min_gb), 0.0)
        charge(f"Storage ({kind})", gigabytes * count, f"storage_{kind}")
        if kind in PROVISIONED_IOPS:
            billed = np.where((size > 0) | (iops > 0), np.maximum(iops, rules.min_iops), 0.0)
            charge(f"IOPS ({kind})", billed, f"iops_{kind}", times=count)
        if kind == "gp3":
            extra_iops = rules.beyond(size, iops, rules.included_iops, rules.large_iops)
            extra_throughput = rules.beyond(size, throughput, rules.included_throughput, rules.large_throughput)
            charge("IOPS above those included (gp3)", extra_iops * count, "iops_gp3")
            charge("Throughput above that included (gp3)", extra_throughput * count, "throughput_gp3")


def charge_cluster_storage(bill: Bill, service: str, prefix: str = "") -> None:
    """Charge `storage_gb`, `io_requests` and `backup_gb` of a usage; `prefix` is that of the price items.

    The bytes in use are billed once. I/O is billed by the request or, in the I/O-Optimized configuration, included in
    a higher price of storage and instances.
    """
    size, standard = bill.number("storage_gb"), bill.text("storage_config") == "standard"
    for item, chosen, deployment in (
        ("Storage (standard)", standard, "standard"),
        ("Storage (I/O-Optimized)", ~standard, "io_optimized"),
    ):
        amount = np.where(chosen, size, 0.0)
        bill.charge(item, "storage", amount, service, f"{prefix}storage", deployment=deployment)
    billed = np.where(standard, bill.number("io_requests") / MILLION, 0.0)
    bill.charge("I/O requests", "I/O", billed, service, f"{prefix}io_requests")
    bill.charge("Backup storage", "backup", bill.number("backup_gb"), service, f"{prefix}backup")


def cluster_sizing(demand: Demand, texts: tuple[str, ...]) -> UsageColumns:
    """Instances over shared storage: a deployment over several zones has a reader in each further zone.

    texts: the names that the usage takes from the demand. Storage is billed as used, see `cluster_storage_use`.
    """
    return as_stated(demand, texts, ("instances", "backup_gb", "internet_gb")) | cluster_storage_use(demand)


def cluster_storage_use(demand: Demand) -> dict[str, NDArray[Any]]:
    """storage_gb and io_requests of a workload.

    storage = allocated x share of it that holds data. I/O requests = seconds of the month x (reads a second x
    storage reads per read + writes a second x storage writes per write): most reads are served from memory.
    """
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    reads = demand.number("reads_per_second") * demand.assumption("cluster_storage.reads_per_query")
    writes = demand.number("writes_per_second") * demand.assumption("cluster_storage.writes_per_statement")
    return {
        "storage_gb": demand.number("storage_gb") * demand.assumption("rds.storage_fill"),
        "io_requests": seconds * (reads + writes),
    }
