"""What a scenario states and nothing reads is a note; what changes a bill, or says what is bought, is none."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco import resources
from tco.loading.notes import without_effect

SERVERLESS = {"platform": "aurora_serverless", "acu": 2}


def noted(options: dict[str, Any] | None = None, **fields: Any) -> dict[str, str]:
    """The notes by path."""
    raw = scenario(fleet={"shop": group(**fields)}, options={"stay": STAY, **(options or {"dynamodb": DYNAMODB})})
    return {problem.path: problem.message for problem in without_effect(tco.load_scenario(raw))}


@pytest.mark.parametrize(
    ("option", "field"),
    [
        (STAY | {"reader_deployment": "multi_az"}, "reader_deployment"),
        (STAY | {"migration_hours_per_month": 50.0}, "migration_hours_per_month"),
        (DYNAMODB | {"term": "1yr_no_upfront"}, "term"),
        (DYNAMODB | {"ttl_deletes_per_write": 1.0}, "ttl_deletes_per_write"),
        (DYNAMODB | {"index_item_bytes": 100.0, "index_writes_per_write": 0}, "index_item_bytes"),
        (DYNAMODB | {"table_class": "standard_ia", "free_tier": True}, "free_tier"),
        (SERVERLESS | {"instance_class": "db.r6g.xlarge"}, "instance_class"),
        (DYNAMODB | {"groups": {"shop": {"term": "1yr_no_upfront"}}}, "groups.shop.term"),
    ],
)
def test_a_setting_that_changes_no_bill_is_noted(option: dict[str, Any], field: str) -> None:
    assert [*noted({"other": option})] == [f"options.other.{field}"]


@pytest.mark.parametrize(
    "option",
    [
        STAY | {"reader_deployment": "multi_az", "instances": 2},
        STAY | {"storage_type": "gp2"},
        STAY | {"deployment": "single_az"},
        DYNAMODB | {"migration_hours_per_month": 50.0},
        {"platform": "dynamodb", "capacity": "reserved", "term": "3yr_partial_upfront"},
        DYNAMODB | {"ttl_deletes_per_write": 1.0, "replica_regions": ["eu-west-1"]},
        DYNAMODB | {"free_tier": True},
        DYNAMODB | {"dax_node_type": "dax.r5.large", "dax_nodes": 3},
        SERVERLESS,
    ],
)
def test_what_is_read_or_says_what_is_bought_is_not_noted(option: dict[str, Any]) -> None:
    assert noted({"other": option}) == {}


IN_TIME = {"version": "8.4"}
"""Its free patches end in 2029: after the move, and the horizon."""


@pytest.mark.parametrize("field", ["policy", "method"])
def test_how_clusters_are_upgraded_that_leave_before_any_upgrade_is_noted(field: str) -> None:
    own = {"policy": "newest", "method": "blue_green"}[field]
    assert [*noted({"other": DYNAMODB | {field: own}}, **IN_TIME)] == [f"options.other.{field}"]
    of_group = {"other": DYNAMODB | {"groups": {"shop": {field: own}}}}
    assert [*noted(of_group, **IN_TIME)] == [f"options.other.groups.shop.{field}"]


def test_how_clusters_are_upgraded_before_they_leave_is_not_noted() -> None:
    """MySQL 8.0 has no free patches at the start: it is upgraded first, and then moves."""
    assert noted({"other": DYNAMODB | {"policy": "newest", "method": "blue_green"}}) == {}


def test_a_mixed_option_may_hand_on_how_its_other_groups_are_upgraded() -> None:
    fleet = {"shop": group(**IN_TIME), "cart": group(**IN_TIME)}
    mixed = STAY | {"groups": {"cart": DYNAMODB}}
    raw = scenario(fleet=fleet, options={"stay": STAY, "mixed": mixed})
    assert list(without_effect(tco.load_scenario(raw))) == []
    ways = {name: value for name, value in STAY.items() if name != "deployment"}
    everywhere = ways | {"groups": {"cart": DYNAMODB, "shop": DYNAMODB}}
    raw = scenario(fleet=fleet, options={"stay": STAY, "everywhere": everywhere})
    told = [problem.path for problem in without_effect(tco.load_scenario(raw))]
    assert told == ["options.everywhere.method", "options.everywhere.policy"]


@pytest.mark.parametrize(
    ("field", "stated", "engine"),
    [("iops", 4000, "redis"), ("backup_gb", 100, "memcached"), ("licence", "license_included", "redis"),
     ("extended_support", False, "memcached")],
)  # fmt: skip
def test_a_field_of_a_group_that_no_platform_bills_is_noted(field: str, stated: object, engine: str) -> None:
    cache = {"platform": "elasticache_serverless"}
    versions = {"redis": "7", "memcached": "1.6"}
    fleet = group(engine=engine, version=versions[engine], platform=cache["platform"], **{field: stated})
    raw = scenario(fleet={"shop": fleet}, options={"stay": cache, "again": cache})
    assert [problem.path for problem in without_effect(tco.load_scenario(raw))] == [f"fleet.shop.{field}"]


def test_a_field_that_one_of_the_platforms_bills_is_not_noted() -> None:
    assert noted(iops=4000, backup_gb=100, extended_support=False) == {}


@pytest.mark.parametrize("name", resources.scenario_names())
def test_packaged_scenarios_state_nothing_in_vain(name: str) -> None:
    assert list(without_effect(tco.load_scenario(name))) == []
