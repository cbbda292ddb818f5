"""CockroachDB Basic: SQL billed by request units and stored data, in Regions of AWS and Google Cloud.

It is compatible with PostgreSQL's protocol. Cockroach Labs upgrades clusters to new major releases itself:
https://www.cockroachlabs.com/docs/cockroachcloud/upgrade-policy. TiDB has the same billing and uses this module.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from tco.platforms.base import MILLION, Amounts, Bill, Demand, Platform, Usage, UsageColumns, as_stated, quantity
from tco.units import SECONDS_PER_HOUR

SERVICE = "CockroachDB"
BYTES_PER_KIB = 1024
"""Units grow by the KiB: https://www.cockroachlabs.com/docs/cockroachcloud/resource-usage-basic"""
ITEMS = ("Request units", "Storage")


class DistributedSQLUsage(Usage):
    """One cluster, one month."""

    request_units: float = quantity("Request units of the month: processor time, reads, replicated writes", "request")
    storage_gb: float = quantity("Stored data, one logical copy", "GB-month")
    free_tier: bool = Field(
        False, description="Whether the monthly free amount of the organisation is taken off this cluster",
        json_schema_extra={"unit": "switch"},
    )  # fmt: skip


def charge_units(bill: Bill, service: str) -> None:
    """Charge request units and storage of a distributed SQL service; see `DistributedSQLUsage`."""
    free = bill.text("free_tier").astype(bool)
    units, stored = bill.number("request_units") / MILLION, bill.number("storage_gb")
    for item, line, amount, price_item in (
        ("Request units", "requests or capacity", units, "request_unit"),
        ("Storage", "storage", stored, "storage"),
    ):
        included = bill.free_amount(service, price_item, free)
        bill.charge(item, line, np.maximum(amount - included, 0.0), service, price_item)


def charge(bill: Bill) -> None:
    """Charge CockroachDB Basic bills; see `DistributedSQLUsage`."""
    charge_units(bill, SERVICE)


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's workload in a month, (draws, groups).

    Units of a read = sql_units.per_read + KiB of the row x sql_units.per_kb_read, of a write likewise. Data: allocated
    storage x rds.storage_fill. Left out: backups kept longer than included, further Regions.
    """
    kib = demand.number("item_bytes") / BYTES_PER_KIB
    rate: Amounts = sum(
        (
            demand.number(f"{call}s_per_second")
            * (demand.assumption(f"sql_units.per_{call}") + kib * demand.assumption(f"sql_units.per_kb_{call}"))
            for call in ("read", "write")
        ),
        np.zeros((1, 1)),
    )
    return as_stated(demand, ()) | {
        "request_units": rate * demand.number("hours_per_month") * SECONDS_PER_HOUR,
        "storage_gb": demand.number("storage_gb") * demand.assumption("rds.storage_fill"),
    }


PLATFORM = Platform(
    name="cockroachdb",
    title="CockroachDB",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=frozenset({"postgresql"}),
    only_compatible=frozenset({"postgresql"}),
    provider_upgraded=True,
    free_tier="organisation",
    service=SERVICE,
    usage=DistributedSQLUsage,
    charge=charge,
    sizing=sizing,
    items=ITEMS,
)
