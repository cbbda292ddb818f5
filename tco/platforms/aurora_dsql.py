"""Amazon Aurora DSQL: SQL without instances and without versions, billed by distributed processing units and storage.

It is compatible with PostgreSQL's protocol but lacks some features: moving a PostgreSQL workload takes the share
`transition.compatible_engine_share` of a re-modelling, any other a full one. One logical copy of the data is billed per
Region: https://aws.amazon.com/rds/aurora/dsql/pricing/.
"""

from __future__ import annotations

from tco.platforms.base import MILLION, Bill, Demand, Platform, Usage, UsageColumns, as_stated, quantity
from tco.platforms.instances import INTERNET_ITEM, charge_internet, internet_gb
from tco.units import SECONDS_PER_HOUR

SERVICE = "AuroraDSQL"


class DSQLUsage(Usage):
    """One cluster, one month."""

    dpu: float = quantity("Distributed processing units: compute, reads and writes together", "request")
    storage_gb: float = quantity("Stored data, one logical copy", "GB-month")
    internet_gb: float = internet_gb()


def charge(bill: Bill) -> None:
    """Charge DSQL bills; see `DSQLUsage`."""
    units = bill.number("dpu") / MILLION
    bill.charge("Distributed processing units", "requests or capacity", units, SERVICE, "processing_unit")
    bill.charge("Storage", "storage", bill.number("storage_gb"), SERVICE, "storage")
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's workload in a month, (draws, groups).

    Units: reads x aurora_dsql.units_per_read + writes x aurora_dsql.units_per_write, each a statement on a few small
    rows. Data: allocated storage x rds.storage_fill. Left out: backups, which AWS Backup bills, and other Regions.
    """
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    reads = demand.number("reads_per_second") * demand.assumption("aurora_dsql.units_per_read")
    writes = demand.number("writes_per_second") * demand.assumption("aurora_dsql.units_per_write")
    return as_stated(demand, (), ("internet_gb",)) | {
        "dpu": (reads + writes) * seconds,
        "storage_gb": demand.number("storage_gb") * demand.assumption("rds.storage_fill"),
    }


PLATFORM = Platform(
    name="aurora_dsql",
    title="Aurora DSQL",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=None,
    only_compatible=frozenset({"postgresql"}),
    service=SERVICE,
    usage=DSQLUsage,
    charge=charge,
    sizing=sizing,
    items=("Distributed processing units", "Storage", INTERNET_ITEM),
)
