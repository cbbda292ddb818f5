"""What a report says of each group: which to move, when to upgrade, what waiting costs."""

from __future__ import annotations

import pandas as pd
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.report.prose import advice
from tco.scenario.scenario import Scenario

LOADS = {"idle": 5, "busy": 9000}
TEAM = {"upgrade_hours_per_month": 20.0}


@pytest.fixture(scope="module")
def stated() -> Scenario:
    """An idle group and a busy one, of MySQL 8.0, which is out of free patches at the start."""
    groups = {
        name: group(clusters=2, workload={"reads_per_second": load, "writes_per_second": load / 5, "item_bytes": 1000})
        for name, load in LOADS.items()
    }
    return tco.load_scenario(scenario(fleet=groups, options={"stay": STAY | TEAM, "dynamodb": DYNAMODB}))


def test_the_mixture_says_which_move_and_which_stay(stated: Scenario) -> None:
    large = {name: one.model_copy(update={"instances": 2, "instance_class": "db.r6g.4xlarge"})
             for name, one in stated.fleet.items()}  # fmt: skip
    mix = tco.best_mix(stated.model_copy(update={"fleet": large, "months": 36}), quick=True)
    said = str(advice.mix(mix, "stay"))
    assert said.startswith("idle to dynamodb; busy stay with stay: ")
    assert "less than stay for all" in said
    assert "dynamodb" in str(advice.regrets(mix, None))
    assert "stay" in str(advice.regrets(mix, None))


def test_one_group_has_no_mixture_and_no_sentence() -> None:
    assert str(advice.mix(None, "stay")) == str(advice.regrets(None, None)) == str(advice.what_ifs(None)) == ""


def test_a_plan_without_upgrades_says_so() -> None:
    plan = tco.plan(tco.load_scenario("quickstart"), "dynamodb_provisioned")
    assert str(advice.plan_in_detail(plan, "DynamoDB")) == (
        "- Under DynamoDB no cluster has an upgrade to plan within the horizon."
    )


def test_a_plan_says_what_a_late_day_costs(stated: Scenario) -> None:
    plan, waits = tco.plan(stated), advice.waits_by_group(tco.cost_of_delay(stated), pd.Timestamp(stated.last_day))
    assert list(waits["group"]) == ["idle", "busy"]
    assert (waits["clusters"] == 2).all()
    daily = 4 * 2 * 2 * 24 * 0.1
    assert waits["usd_per_day"].sum() == pytest.approx(daily)  # 4 clusters, Multi-AZ, 2 vCPU, 0.10 USD a vCPU-hour
    assert "4 of 4 upgrades are made after free patches end" in str(advice.plan(plan, waits))
    assert "a day of Extended Support costs 38.4 USD" in str(advice.plan(plan, waits))
    assert "misses" not in str(advice.plan_in_detail(plan, "stay"))
    told = str(advice.plan_in_detail(plan, "stay"))
    told = told.replace("\\", "")
    assert "Missed: 2026-07-31 of idle (2 clusters), 2026-07-31 of busy (2 clusters); no capacity keeps" in told


def test_nothing_waits_where_all_deadlines_lie_beyond_the_horizon(stated: Scenario) -> None:
    assert advice.waits_by_group(tco.cost_of_delay(stated), pd.Timestamp("2020-01-01")).empty
