"""Keyspaces, Aurora DSQL, Cosmos DB and serverless caches: their bills, and what is refused."""

from __future__ import annotations

import pytest
from small_scenarios import group, scenario

import tco
from tco.catalog.prices import price_book
from tco.catalog.regions import region_of
from tco.errors import InputError, UnknownPrice
from tco.loading.notes import notes_of
from tco.platforms import platform

AS_OF = "2025-06-01"
COCKROACH = frozenset(price_book().known("region", service="CockroachDB"))
REGION = {"keyspaces": "us-east-1", "aurora_dsql": "us-east-1", "cosmosdb": "us"}


def total(name, region=None, **usage):
    return tco.price(name, usage, region=region or REGION[name], as_of=AS_OF)["cost"].sum()


def test_keyspaces_by_request():
    # 4 million x 0.125 + 2 million x 0.625 + 10 x 0.25 + 10 x 0.20
    assert total("keyspaces", reads_per_month=4e6, writes_per_month=2e6, storage_gb=10, pitr_gb=10) == pytest.approx(
        0.5 + 1.25 + 2.5 + 2
    )


def test_keyspaces_provisioned():
    # 730 x (100 x 0.00013 + 50 x 0.00065); capacity left out is what the requests need on average: 3.6 million an
    # hour of one unit each are 1,000 unit hours
    assert total("keyspaces", rcu=100, wcu=50) == pytest.approx(730 * (0.013 + 0.0325))
    assert total("keyspaces", wcu=1) == pytest.approx(730 * 0.00065)
    assert total("keyspaces", rcu=1) == pytest.approx(730 * 0.00013)
    assert total("keyspaces", capacity="provisioned", reads_per_month=3.6e6) == pytest.approx(0.13)


@pytest.mark.parametrize(("engine", "least"), [("valkey", 0.1), ("redis", 1), ("memcached", 1)])
def test_a_serverless_cache_is_billed_its_least_size_where_it_is_used(engine, least):
    usage = {"engine": engine, "storage_gb": [least / 2, 0, least * 2], "units_per_month": [0, 1e6, 0]}
    bill = tco.price("elasticache_serverless", usage, region="us-east-1", as_of="2026-10-01")
    held = bill[bill["item"] == "Data held"]["quantity"]
    assert held.tolist() == pytest.approx([least * 730, least * 730, least * 2 * 730])


def test_each_serverless_cache_in_use_needs_its_engine():
    usage = {"engine": ["redis", ""], "storage_gb": [2, 2]}
    with pytest.raises(InputError, match="depends on the engine"):
        tco.price("elasticache_serverless", usage, region="us-east-1", as_of="2026-10-01")


@pytest.mark.parametrize("name", ["cockroachdb", "tidb"])
def test_little_use_of_a_free_tier_is_free(name):
    usage = {"request_units": 0.5e6, "storage_gb": 0.5, "free_tier": True}
    assert tco.price(name, usage, region="us-east-1", as_of="2026-10-01")["cost"].sum() == 0
    assert tco.price(name, usage | {"free_tier": False}, region="us-east-1", as_of="2026-10-01")["cost"].sum() > 0


def test_dsql():
    # 250,000 units x 8 a million + 20 x 0.33
    assert total("aurora_dsql", dpu=250_000, storage_gb=20) == pytest.approx(2 + 6.6)


def test_cosmos_autoscale_costs_half_as_much_again():
    # 40 blocks x 730 x 0.008; x 1.5
    assert total("cosmosdb", ru_per_second=4000) == pytest.approx(233.6)
    assert total("cosmosdb", ru_per_second=4000, mode="autoscale") == pytest.approx(350.4)


def test_cosmos_serverless_follows_from_its_field_and_has_its_own_price_in_a_region():
    assert total("cosmosdb", request_units=2e6) == pytest.approx(0.5)
    assert total("cosmosdb", region="westus", request_units=2e6) == pytest.approx(0.558)


def test_cosmos_mode_follows_from_the_fields_of_each_bill():
    bills = tco.price("cosmosdb", [{"request_units": 2e6}, {"ru_per_second": 4000}], region="us", as_of=AS_OF)
    assert bills["cost"].tolist() == pytest.approx([0.5, 233.6])


@pytest.mark.parametrize(
    ("name", "usage", "said"),
    [
        ("keyspaces", {"capacity": "reserved"}, "provisioned"),
        ("keyspaces", {"capacity": "on_demand", "rcu": 5}, "capacity: provisioned"),
        ("keyspaces", {"read_per_month": 5}, "reads_per_month"),
        ("aurora_dsql", {"dpus": 5}, "dpu"),
        ("aurora_dsql", {"dpu": -5}, "greater than or equal to 0"),
        ("cosmosdb", {"mode": "server_less"}, "serverless"),
        ("cosmosdb", {"mode": "serverless", "ru_per_second": 100}, "request_units"),
        ("cosmosdb", {"mode": "autoscale", "request_units": 100}, "mode: serverless"),
        ("cosmosdb", {"ru_per_second": 100, "request_units": 100}, "mode: serverless"),
    ],
)
def test_a_wrong_usage_is_refused(name, usage, said):
    with pytest.raises(InputError, match=said):
        total(name, **usage)
    with pytest.raises(InputError, match=said):  # a right one beside it hides nothing
        tco.price(name, [{"storage_gb": 1}, usage], region=REGION[name], as_of=AS_OF)


def test_a_region_without_the_price_is_an_error():
    with pytest.raises(UnknownPrice, match="known in centralus, eastus"):
        total("cosmosdb", region="japaneast", storage_gb=100)
    with pytest.raises(UnknownPrice, match="us-east-1"):
        total("aurora_dsql", region="ap-south-1", dpu=100)


@pytest.mark.parametrize("name", sorted(REGION))
def test_no_release_forces_an_upgrade(name):
    assert platform(name).lifecycle_engines == {}
    assert platform("dynamodb").lifecycle_engines == {}


def test_a_group_is_billed_in_the_nearest_region_of_another_cloud() -> None:
    moved = {"engine": "postgresql", "version": "16", "instance_class": "db.r6g.large", "platform": "rds"}
    for region, billed in (("us-east-1", "us-east-1"), ("eu-west-1", "eu-west-1"), ("us-central1", "us-central1")):
        assert region_of(region, COCKROACH) == billed
    assert region_of("us-east-1", ("us-central1", "us-east4")) == "us-east4"
    assert region_of("us-east-1", ("us-central1", "us-east1")) == "us-east1"  # the next of its rows
    assert region_of("us-east4", COCKROACH) == "us-east-1"
    assert region_of("us-east-1", ("eastus", "westus")) == "eastus"
    made = tco.load_scenario(
        scenario(
            fleet={"one": group(**moved, region="eu-north-1")},
            options={"stay": {"platform": "rds"}, "move": {"platform": "rds", "deployment": "multi_az"}},
        )
    )
    assert not notes_of(made)
    with pytest.raises(InputError, match=r"no price of CockroachDB in Region 'eu-north-1'; known in .*eu-central-1"):
        tco.load_scenario(
            scenario(
                fleet={"one": group(**moved, region="eu-north-1")},
                options={"stay": {"platform": "rds"}, "move": {"platform": "cockroachdb"}},
            )
        )
