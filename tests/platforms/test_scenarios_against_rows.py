"""Bills of scenarios on platforms beside RDS and Aurora, to the cent, as products of quantities and price rows."""

from __future__ import annotations

from typing import Any

import pytest

import tco
from tco.catalog.prices import read_book

HOURS, SECONDS = 730, 730 * 3600
AS_STATED = {
    "rds.storage_fill": 1, "cluster_storage.reads_per_query": 0.1, "cluster_storage.writes_per_statement": 0.5,
    "sql_units.per_read": 1, "sql_units.per_write": 2, "sql_units.per_kb_read": 0, "sql_units.per_kb_write": 0,
    "aurora_dsql.units_per_read": 0.001, "aurora_dsql.units_per_write": 0.01, "dynamodb.size_factor": 1,
    "dynamodb.pitr_share": 0, "keyspaces.local_one_share": 0, "dynamodb.item_size_spread": 0,
    "opensearch.dedicated_masters": 3,
}  # fmt: skip
"""With these, 50 reads and 10 writes a second are 10 storage requests, 70 SQL units and 0.15 distributed units."""
IO = 10 * SECONDS / 1e6
LINES = {"compute", "replicas", "storage", "I/O", "requests or capacity", "backup", "Extended Support"}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, float]]] = [
    ("us-east-1", {"engine": "documentdb", "version": "5.0"}, {"platform": "documentdb_serverless", "acu": 3},
     {"AmazonDocDB serverless_capacity standard": 3 * HOURS, "AmazonDocDB storage standard": 100,
      "AmazonDocDB io_requests": IO}),
    ("us-east-1", {"engine": "postgresql", "version": "16"}, {"platform": "cockroachdb"},
     {"CockroachDB request_unit": 70 * SECONDS / 1e6, "CockroachDB storage": 100}),
    ("us-west-2", {"engine": "mysql", "version": "8.0"}, {"platform": "tidb"},
     {"TiDBCloud request_unit": 70 * SECONDS / 1e6, "TiDBCloud storage": 100}),
    ("us-east-1", {"engine": "postgresql", "version": "16"}, {"platform": "neon", "acu": 2},
     {"Neon compute scale": 2 * HOURS, "Neon storage": 100}),
    ("us-central1", {"engine": "postgresql", "version": "17", "instance_class": "db-custom-4-16384"},
     {"platform": "cloud_sql", "deployment": "multi_az"},
     {"CloudSQL vcpu": 2 * 4 * HOURS, "CloudSQL memory": 2 * 16 * HOURS, "CloudSQL storage_ssd": 200}),
    ("westus", {"engine": "postgresql", "version": "16", "instance_class": "standard_d4s_v3"},
     {"platform": "azure_flexible", "deployment": "multi_az"},
     {"AzureFlexible standard_d4s_v3 postgresql": 2 * HOURS, "AzureFlexible storage postgresql": 200}),
    ("eu-west-1", {"engine": "neptune", "version": "1.4", "instance_class": "db.r6g.large", "instances": 2},
     {"platform": "neptune"},
     {"AmazonNeptune db.r6g.large standard": 2 * HOURS, "AmazonNeptune storage standard": 100,
      "AmazonNeptune io_requests": IO}),
    ("eu-west-1", {"engine": "redis", "version": "7", "instance_class": "db.r6g.large", "instances": 2,
                   "storage_gb": 5}, {"platform": "memorydb"},
     {"AmazonMemoryDB db.r6g.large redis": 2 * HOURS,
      "AmazonMemoryDB data_written redis": 10 * SECONDS * 1000 / 2**30}),
    ("eu-west-1", {"engine": "opensearch", "version": "2.11", "instance_class": "r6g.xlarge.search", "instances": 3,
                   "copies": 2}, {"platform": "opensearch"},
     {"AmazonES r6g.xlarge.search": 3 * HOURS, "AmazonES r6g.large.search": 3 * HOURS, "AmazonES storage_gp3": 200}),
    ("eu-west-1", {"engine": "valkey", "version": "8.0", "storage_gb": 5}, {"platform": "elasticache_serverless"},
     {"AmazonElastiCache serverless_storage valkey": 5 * HOURS,
      "AmazonElastiCache serverless_request valkey": 60 * SECONDS / 1e6}),
    ("eu-west-1", {"engine": "cassandra", "version": "4.0"}, {"platform": "keyspaces", "capacity": "on_demand"},
     {"AmazonKeyspaces read_request_unit": 50 * SECONDS / 1e6, "AmazonKeyspaces write_request_unit": IO,
      "AmazonKeyspaces storage": 100}),
    ("us-east-1", {"engine": "postgresql", "version": "16"}, {"platform": "aurora_dsql"},
     {"AuroraDSQL processing_unit": 0.15 * SECONDS / 1e6, "AuroraDSQL storage": 100}),
    # AWS has made it a cluster of v2 on the first day, where PostgreSQL 13 is in its first year of paid support.
    ("eu-west-1", {"engine": "postgresql", "version": "13"}, {"platform": "aurora_serverless_v1", "acu": 4},
     {"AmazonRDS serverless_v2_capacity standard": 4 * HOURS, "AmazonRDS aurora_storage standard": 100,
      "AmazonRDS aurora_io_requests": IO, "AmazonRDS extended_support_serverless_years_1_2": 4 * HOURS}),
]  # fmt: skip


def price(region: str, name: str) -> float:
    """USD of the row of this name, written without its Region, on demand and from the first unit."""
    service, _, rest = name.partition(" ")
    wanted = {f"{service} {region} {rest}", f"{service} {region} {rest} on_demand"}
    rows = read_book("").rows(service=service, region=region)
    (found,) = {row.price for row in rows if row.name in wanted and row.valid_to is None}
    return found


@pytest.mark.parametrize(
    ("region", "group", "option", "quantities"), CASES, ids=[case[2]["platform"] for case in CASES]
)
def test_a_month_of_a_scenario_is_quantities_times_rows(
    region: str, group: dict[str, Any], option: dict[str, Any], quantities: dict[str, float]
) -> None:
    workload = {"reads_per_second": 50, "writes_per_second": 10, "item_bytes": 1000}
    cluster = {"clusters": 1, "instances": 1, "storage_gb": 100, "workload": workload, "platform": option["platform"]}
    made = tco.load_scenario({
        "name": "one", "start": "2027-01", "months": 2, "prices_as_of": "2026-11-28", "reference": "stay",
        "fleet": {"data": {**cluster, "region": region, **group}}, "options": {"stay": option, "same": option},
        "assumptions": AS_STATED,
    })  # fmt: skip
    lines = tco.evaluate(made).table().query("option == 'stay' and period == '2027-01'")
    paid = lines[lines["category"].isin(["infrastructure", "version upkeep"]) & lines["line"].isin(LINES)]["cost"].sum()
    assert paid == pytest.approx(sum(amount * price(region, name) for name, amount in quantities.items()), abs=0.005)
