"""Quokka (invented): a service for Cassandra tables without clusters, billed by request and by stored data.

No release forces an upgrade. Prices: https://example.com/quokka/pricing.
"""

from __future__ import annotations

from tco.platforms.base import MILLION, Bill, Demand, Platform, Usage, UsageColumns, as_stated, quantity
from tco.units import SECONDS_PER_HOUR

SERVICE = "Quokka"


class QuokkaUsage(Usage):
    """One keyspace, one month."""

    reads_per_month: float = quantity("Reads of one row", "request")
    writes_per_month: float = quantity("Writes of one row", "request")
    storage_gb: float = quantity("Stored data, one copy", "GB-month")


def charge(bill: Bill) -> None:
    """Charge Quokka bills; see `QuokkaUsage`."""
    for item, field, price_item in (("Reads", "reads_per_month", "read"), ("Writes", "writes_per_month", "write")):
        bill.charge(item, "requests or capacity", bill.number(field) / MILLION, SERVICE, price_item)
    bill.charge("Storage", "storage", bill.number("storage_gb"), SERVICE, "storage")


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's workload in a month, (draws, groups).

    Data: allocated storage x rds.storage_fill. Left out: backups.
    """
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    return as_stated(demand, ()) | {
        "reads_per_month": demand.number("reads_per_second") * seconds,
        "writes_per_month": demand.number("writes_per_second") * seconds,
        "storage_gb": demand.number("storage_gb") * demand.assumption("rds.storage_fill"),
    }


PLATFORM = Platform(
    name="quokka",
    title="Quokka",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=frozenset({"cassandra"}),
    service=SERVICE,
    usage=QuokkaUsage,
    charge=charge,
    sizing=sizing,
    items=("Reads", "Writes", "Storage"),
)
