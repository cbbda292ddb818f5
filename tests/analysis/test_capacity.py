"""Where capacity modes cross, and what peak the same load is on instances."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from small_scenarios import group
from small_scenarios import scenario as stated

import tco
from tco.analysis.capacity import demand, mode_costs, mode_crossings, overloads

DAY = date(2026, 10, 1)


def test_modes_cross_where_an_hour_costs_the_same() -> None:
    costs = mode_costs("us-east-1", DAY)
    crossings = costs.drop_duplicates(["kind", "mode"]).set_index(["kind", "mode"])["crossing"]
    # an hour of one unit: 0.00065 provisioned; 3,600 writes at 0.625 a million, 0.00225
    assert crossings["writes", "provisioned"] == pytest.approx(0.00065 / 0.00225)
    # reserved for a year: 0.000128 and 1.50 over 8,760 hours
    assert crossings["writes", "reserved for 1 year"] == pytest.approx((0.000128 + 1.5 / 8760) / 0.00225)
    assert crossings["reads", "reserved for 3 years"] < crossings["reads", "reserved for 1 year"]
    assert pd.isna(crossings["writes", "on demand"])


def test_at_the_crossing_a_million_units_cost_what_they_cost_on_demand() -> None:
    at = 0.00065 / 0.00225
    costs = mode_costs("us-east-1", DAY, utilisations=[at, 2 * at]).set_index(["kind", "mode", "utilisation"])["cost"]
    assert costs["writes", "provisioned", at] == pytest.approx(0.625)
    assert costs["writes", "provisioned", 2 * at] == pytest.approx(0.3125)
    assert costs["writes", "on demand", 2 * at] == pytest.approx(0.625)


def test_what_is_not_sold_is_left_out() -> None:
    infrequent = mode_costs("us-east-1", DAY, table_class="standard_ia")
    assert infrequent["mode"].unique().tolist() == ["on demand", "provisioned"]
    with pytest.raises(tco.UnknownPrice, match="us-east-1"):
        mode_costs("us-esat-1", DAY)


def test_the_load_of_today_is_told_with_what_it_takes_of_an_instance() -> None:
    # 23 hours at 1 and one at 2: a mean of 25 / 24, so that the busiest hour has 48 / 25 of it
    known = {
        "sizing.database_reads_per_vcpu": 1000, "sizing.database_writes_per_vcpu": 100,
        "sizing.database_memory_per_storage": 0.02,
    }  # fmt: skip
    workload = {"reads_per_second": 400, "writes_per_second": 80, "item_bytes": 1000, "load": [1] * 23 + [2]}
    fleet = {"orders": group(workload=workload), "idle": group(workload=None)}
    stay = {"platform": "rds", "policy": "settled"}
    (row,) = demand(
        tco.load_scenario(
            stated(fleet=fleet, assumptions=known, options={"stay": stay, "same": stay}, reference="stay")
        )
    ).to_dict("records")
    assert row["group"] == "orders"
    assert row["peak_reads_per_second"] == pytest.approx(400 * 48 / 25)
    # 0.768 + 1.536 of the two virtual CPUs of a db.r6g.large: it is too small; 100 GB x 0.02 of its 16 GiB
    assert row["busy"] == pytest.approx((0.4 + 0.8) * 48 / 25 / 2)
    assert row["memory"] == pytest.approx(2 / 16)


def test_a_load_that_stands_on_no_instance_takes_none() -> None:
    dynamodb = {"platform": "dynamodb", "capacity": "on_demand"}
    there = stated(
        fleet={"orders": group(platform="dynamodb")}, options={"one": dynamodb, "two": dynamodb}, reference=""
    )
    (row,) = demand(tco.load_scenario(there)).to_dict("records")
    assert (row["instance_class"], row["reads_per_second"], row["load"]) == ("", 200, "flat")
    assert row["busy"] is None


def test_every_group_on_dynamodb_is_told_which_mode_is_cheaper() -> None:
    known = {"dynamodb.target_utilization": 0.7, "dynamodb.tracking_efficiency": 0.8}
    workload = {"reads_per_second": 400, "writes_per_second": 80, "item_bytes": 1000, "load": "nightly_batch"}
    found = mode_crossings(tco.load_scenario(stated(fleet={"orders": group(workload=workload)}, assumptions=known)))
    assert found[["option", "kind"]].to_numpy().tolist() == [["dynamodb", "reads"], ["dynamodb", "writes"]]
    _, writes = found.to_dict("records")
    assert writes["crossing"] == pytest.approx(0.00065 / 0.00225)
    # four hours of 10 and twenty of 1; what was scaled up for the last of the four is kept an hour longer: 60 of 69
    assert writes["utilisation"] == pytest.approx(0.7 * 0.8 * 60 / 69)
    assert writes["cheaper"] == "provisioned"
    assert writes["peak_utilisation"] == pytest.approx(60 / 24 / 10)  # fixed for the batch, a quarter is in use
    assert writes["peak_utilisation"] < writes["crossing"]


def test_a_price_of_ones_own_moves_the_crossing() -> None:
    own = {
        "service": "AmazonDynamoDB", "region": "us-east-1", "item": "write_request_unit", "unit": "million requests",
        "price": 0.3125, "source": {"title": "Agreement", "as_of": "2026-10-01", "kind": "measured"},
    }  # fmt: skip
    found = mode_crossings(tco.load_scenario(stated(prices=[own]))).set_index("kind")["crossing"]
    assert found["writes"] == pytest.approx(2 * found["reads"])  # at half the price on demand


def test_no_option_on_dynamodb_has_no_modes() -> None:
    stay = {"platform": "rds", "policy": "settled"}
    assert mode_crossings(tco.load_scenario(stated(options={"stay": stay, "same": stay}))).empty


def test_a_load_that_an_instance_cannot_carry_is_told_and_one_that_it_can_is_not() -> None:
    loads = {"shop": group(), "busy": group(workload={**group()["workload"], "reads_per_second": 1e9})}
    (sentence,) = overloads(tco.load_scenario(stated(fleet=loads)))
    assert sentence.startswith("fleet.busy.workload: the busiest hour of a cluster takes ")
    assert "db.r6g.large (2 vCPU, at sizing.database_reads_per_vcpu" in sentence
    for name in ("quickstart", "startup_small", "enterprise_mixed", "backup_metadata_store", "steady_high_throughput"):
        assert overloads(tco.load_scenario(name)) == []


def test_an_instance_that_an_option_chooses_too_small_is_told_with_the_option() -> None:
    stay = {"platform": "rds", "policy": "settled"}
    options = {"stay": stay, "smaller": {**stay, "instance_class": "db.t4g.micro"}}
    (sentence,) = overloads(tco.load_scenario(stated(options=options)))  # 100 GB x 0.03 in 1 GiB
    assert "fleet.shop.storage_gb: data in use likely takes 300% of the memory of db.t4g.micro (3 of 1 GiB" in sentence
    assert "sizing.database_memory_per_storage: judgement" in sentence
    assert sentence.endswith("(options: smaller)")


@pytest.mark.parametrize(
    ("engine", "reads", "gib"), [("mysql", 10, 10 * 3600 * 16 / 1024**2), ("postgresql", 10, 10 * 3600 * 8 / 1024**2),
                                 ("mysql", 1000, 100 * 0.03)]
)  # fmt: skip
def test_a_database_needs_no_more_memory_than_its_busiest_hour_touches(engine: str, reads: float, gib: float) -> None:
    """A page of 16 KiB, on PostgreSQL of 8, each call: an idle database of 100 GB is content with little."""
    load = {"reads_per_second": reads, "writes_per_second": 0, "item_bytes": 1000}
    version = {"mysql": "8.4", "postgresql": "17"}[engine]
    fleet = {"shop": group(engine=engine, version=version, workload=load)}
    (row,) = demand(tco.load_scenario(stated(fleet=fleet))).to_dict("records")
    assert row["memory"] == pytest.approx(gib / 16)


def test_a_cache_holds_all_of_its_data_whatever_is_asked_of_it() -> None:
    """20 GB x 1.33 in nodes of 13.07 GiB: too much for one shard, not for three."""
    cache = {"platform": "elasticache", "engine": "valkey", "version": "8.0", "instance_class": "cache.r6g.large"}
    cache |= {"storage_gb": 20, "workload": {"reads_per_second": 1, "writes_per_second": 1, "item_bytes": 100}}
    options = {"stay": {"platform": "elasticache", "policy": "settled"}, "same": {"platform": "elasticache"}}
    (sentence,) = overloads(tco.load_scenario(stated(fleet={"shop": group(**cache)}, options=options)))
    assert "likely takes 204% of the memory of cache.r6g.large" in sentence
    assert "keys are evicted or refused" in sentence
    shards = group(**cache, instances=3, copies=1)
    assert overloads(tco.load_scenario(stated(fleet={"shop": shards}, options=options))) == []


@pytest.mark.parametrize(
    ("today", "options", "told"),
    [
        ("rds", {"stay": {"platform": "rds"}}, True),
        ("ec2", {"stay": {"platform": "ec2"}, "moved": {"platform": "rds"}}, True),
        ("ec2", {"stay": {"platform": "ec2"}}, False),
    ],
)
def test_less_storage_than_a_service_allocates_is_told_wherever_an_option_puts_it(
    today: str, options: dict[str, Any], told: bool
) -> None:
    for storage, below in ((0.5, told), (19.9, told), (20, False), (21, False)):
        fleet = {"shop": group(storage_gb=storage, platform=today, instance_class="r6g.large")}
        raw = stated(fleet=fleet, options={**options, "dynamodb": {"platform": "dynamodb"}})
        told_of = f"fleet.shop.storage_gb: {storage:g} is less than 20, the least on rds (Amazon RDS"
        assert any(sentence.startswith(told_of) for sentence in overloads(tco.load_scenario(raw))) == below
