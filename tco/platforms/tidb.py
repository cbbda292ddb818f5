"""TiDB Cloud Starter: SQL billed by request units and row storage, in five Regions of AWS.

It speaks MySQL's protocol without being MySQL. PingCAP upgrades clusters to new releases itself:
https://docs.pingcap.com/tidbcloud/select-cluster-tier. Columnar copies are left out.
"""

from __future__ import annotations

from tco.platforms.base import Bill, Platform
from tco.platforms.cockroachdb import ITEMS, DistributedSQLUsage, charge_units, sizing

SERVICE = "TiDBCloud"


def charge(bill: Bill) -> None:
    """Charge TiDB Cloud Starter bills; see `DistributedSQLUsage`. Its units are counted as CockroachDB's:
    https://www.pingcap.com/tidb-cloud-starter-pricing-details/.
    """
    charge_units(bill, SERVICE)


PLATFORM = Platform(
    name="tidb",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=frozenset({"mysql"}),
    only_compatible=frozenset({"mysql"}),
    provider_upgraded=True,
    service=SERVICE,
    usage=DistributedSQLUsage,
    charge=charge,
    sizing=sizing,
    items=ITEMS,
)
