"""TiDB Cloud Starter: SQL billed by request units and row storage, in five Regions of AWS.

It is compatible with MySQL's protocol. PingCAP upgrades clusters to new releases itself:
https://docs.pingcap.com/tidbcloud/select-cluster-tier. Columnar copies are left out.
"""

from __future__ import annotations

from dataclasses import replace

from tco.platforms import cockroachdb
from tco.platforms.base import Bill

SERVICE = "TiDBCloud"
FREE_CLUSTERS = 5
"""Of an organisation, the first ones: https://www.pingcap.com/tidb-cloud-starter-pricing-details/."""


def charge(bill: Bill) -> None:
    """Charge TiDB Cloud Starter bills; see `DistributedSQLUsage`. Its units are counted as CockroachDB's:
    https://www.pingcap.com/tidb-cloud-starter-pricing-details/.
    """
    cockroachdb.charge_units(bill, SERVICE)


PLATFORM = replace(
    cockroachdb.PLATFORM,
    name="tidb",
    title="TiDB Cloud",
    hosts=frozenset({"mysql"}),
    only_compatible=frozenset({"mysql"}),
    free_clusters=FREE_CLUSTERS,
    service=SERVICE,
    charge=charge,
)
