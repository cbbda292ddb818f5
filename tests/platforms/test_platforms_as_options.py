"""Every platform can be an option of a scenario: its bill stands in the ledger, at the prices that `tco.price` has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from small_scenarios import group, scenario

import tco
from tco.platforms import platform_names

SERVERS = {"platform": "ec2", "policy": "settled"}
FLEETS: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "mysql": (
        {"engine": "mysql", "version": "8.0", "instance_class": "r6g.large", "instances": 2, "backup_gb": 50},
        {
            "rds": {"platform": "rds", "deployment": "multi_az"},
            "aurora": {"platform": "aurora", "storage_config": "io_optimized"},
            "aurora_serverless": {"platform": "aurora_serverless"},
            "aurora_dsql": {"platform": "aurora_dsql"},
            "dynamodb": {"platform": "dynamodb", "capacity": "reserved"},
            "cosmosdb": {"platform": "cosmosdb", "capacity": "provisioned"},
        },
    ),
    "cassandra": (
        {"engine": "cassandra", "version": "4.1", "instance_class": "r6g.large", "instances": 3},
        {"keyspaces": {"platform": "keyspaces", "capacity": "provisioned"}},
    ),
    "redis": (
        {"engine": "redis", "version": "7.0", "instance_class": "r6g.large", "instances": 2},
        {"elasticache": {"platform": "elasticache"}},
    ),
    "mongodb": (
        {"engine": "mongodb", "version": "8.0", "instance_class": "r6g.large", "instances": 3},
        {"documentdb": {"platform": "documentdb"}},
    ),
}
SERVICES = {
    "rds": "AmazonRDS", "aurora": "AmazonRDS", "aurora_serverless": "AmazonRDS", "aurora_dsql": "AuroraDSQL",
    "dynamodb": "AmazonDynamoDB", "cosmosdb": "CosmosDB", "keyspaces": "AmazonKeyspaces",
    "elasticache": "AmazonElastiCache", "documentdb": "AmazonDocDB", "stay": "AmazonEC2",
}  # fmt: skip


def table(engine: str) -> pd.DataFrame:
    here, options = FLEETS[engine]
    stated = scenario(
        months=12,
        fleet={"one": group(**here, platform="ec2", storage_gb=200)},
        options={"stay": SERVERS, **options},
    )
    return tco.evaluate(tco.load_scenario(stated)).table()


@pytest.mark.parametrize("engine", FLEETS)
def test_every_platform_bills_a_group_in_the_ledger(engine: str) -> None:
    lines = table(engine).query("category == 'infrastructure' and cost > 0")
    for option, own in lines.groupby("option"):
        assert own["assumptions"].str.contains(f"{SERVICES[str(option)]} ").any(), option
        last = own[own["period"] == own["period"].max()]
        assert last["cost"].sum() > 0


def test_every_platform_is_among_them() -> None:
    assert {"ec2", *(option for _, options in FLEETS.values() for option in options)} == set(platform_names())


def test_an_option_may_leave_the_standbys_of_readers_out() -> None:
    stay = {"platform": "rds", "deployment": "multi_az", "policy": "settled"}
    options = {"all": stay, "primary": stay | {"reader_deployment": "single_az"}}
    fleet = {"one": group(clusters=1, instances=2, storage_gb=200)}
    ledger = tco.evaluate(tco.load_scenario(scenario(months=12, fleet=fleet, options=options, reference="all")))
    billed = ledger.table().query("category == 'infrastructure' and period == '2027-01'")
    spared = billed.query("option == 'all'")["cost"].sum() - billed.query("option == 'primary'")["cost"].sum()
    # an hour of a db.r6g.large costs 0.43 with a standby and 0.215 without, a GB-month 0.23 and 0.115
    assert spared == pytest.approx(0.215 * 730 + 200 * 0.115)
