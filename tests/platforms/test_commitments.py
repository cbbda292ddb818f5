"""Commitments that options of both sides may make: reserved terms and Database Savings Plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_scenarios import group, scenario

import tco
from tco import platforms
from tco.errors import InputError

PACKAGED = (
    "quickstart",
    "startup_small",
    "enterprise_mixed",
    "steady_high_throughput",
    "backup_metadata_store",
)
RDS: dict[str, Any] = {"platform": "rds"}
DYNAMODB: dict[str, Any] = {"platform": "dynamodb", "capacity": "on_demand"}


def infrastructure(options: dict[str, Any], **changes: Any) -> dict[tuple[str, str], float]:
    fleet = {"shop": group(instance_class="db.r7g.large", version="8.4", **changes)}
    raw = scenario(options=options, fleet=fleet, months=12, reference=next(iter(options)))
    costs = tco.evaluate(tco.load_scenario(raw)).total(["option", "category", "line"]).iloc[0]
    return {(key[0], key[2]): cost for key, cost in costs.items() if key[1] == "infrastructure"}


def test_a_plan_takes_a_fifth_off_instances_and_nothing_off_storage() -> None:
    found = infrastructure({"list": RDS, "plan": {**RDS, "savings_plan": True}}, instances=2)
    for line in ("compute", "replicas"):
        assert found["plan", line] == pytest.approx(0.8 * found["list", line])
    assert found["plan", "storage"] == found["list", "storage"]
    assert found["plan", "commitments"] == 0


@pytest.mark.parametrize(("load", "quietest"), [("flat", 1.0), ([0.5] * 12 + [1.5] * 12, 0.5)])
def test_a_plan_covers_what_the_quietest_hour_uses(load: Any, quietest: float) -> None:
    """18 % off requests on demand, of the part that is there every hour."""
    workload = {"reads_per_second": 200, "writes_per_second": 40, "item_bytes": 1000, "load": load}
    options = {"list": DYNAMODB, "plan": {**DYNAMODB, "savings_plan": True}}
    found = infrastructure(options, platform="dynamodb", workload=workload)
    line = "requests or capacity"
    assert found["plan", line] == pytest.approx((1 - 0.18 * quietest) * found["list", line])


@pytest.mark.parametrize("header", ["timestamp,reads,writes", "timestamp,writes,reads"])
def test_a_plan_covers_no_more_than_the_quieter_of_reads_and_writes(tmp_path: Path, header: str) -> None:
    """Of a log with one kind of calls the same every hour, and the other at half of its mean in half of them."""
    log = tmp_path / "calls.csv"
    rows = [f"2026-03-02T{hour:02}:00,2,{1 + 2 * (hour % 2)}" for hour in range(24)]
    log.write_text("\n".join([header, *rows]), encoding="utf-8")
    test_a_plan_covers_what_the_quietest_hour_uses(str(log), 0.5)


@pytest.mark.parametrize(
    ("option", "line", "part"),
    [(DYNAMODB, "requests or capacity", 0.82), (RDS, "compute", 0.8)],
    ids=["requests", "rds"],
)
def test_a_plan_of_some_groups_leaves_the_others_at_list_prices(option: Any, line: str, part: float) -> None:
    shop = group(platform=option["platform"], instance_class="db.r7g.large", version="8.4")
    plan = {**option, "groups": {"mail": {"savings_plan": True}}}
    raw = scenario(options={"list": option, "plan": plan}, fleet={"shop": shop, "mail": shop}, reference="list")
    found = tco.evaluate(tco.load_scenario(raw)).total(["option", "line", "group"]).iloc[0]
    assert found["plan", line, "shop"] == found["list", line, "shop"] > 0
    assert found["plan", line, "mail"] == pytest.approx(part * found["list", line, "mail"])


def test_a_plan_takes_nothing_off_extended_support() -> None:
    """Aurora PostgreSQL 13 is in paid support from 2026-03 on, at a price by the same capacity unit."""
    paid: dict[str, Any] = {"platform": "aurora_serverless", "acu": 4, "policy": "extended_support"}
    shop = group(engine="postgresql", version="13", platform="aurora_serverless", instance_class=None)
    options = {"list": paid, "plan": {**paid, "savings_plan": True}}
    raw = scenario(options=options, fleet={"shop": shop}, months=12, reference="list")
    found = tco.evaluate(tco.load_scenario(raw)).total(["option", "line"]).iloc[0]
    assert found["plan", "Extended Support"] == found["list", "Extended Support"] > 0
    assert found["plan", "requests or capacity"] < found["list", "requests or capacity"]


def test_a_plan_survives_a_move() -> None:
    options = {"stay": {**RDS, "savings_plan": True}, "move": {**DYNAMODB, "savings_plan": True}}
    raw = scenario(options=options, fleet={"shop": group(instance_class="db.r7g.large")}, reference="stay", months=36)
    lines = tco.evaluate(tco.load_scenario(raw)).total(["option", "line"]).iloc[0]
    assert lines["move"]["stranded commitments"] == 0


def test_reserved_capacity_runs_on_when_its_tables_have_left() -> None:
    """For nine months of the year where they leave after three, and for three where they leave after nine."""
    reserved: dict[str, Any] = {"platform": "dynamodb", "capacity": "reserved"}
    options = {"stay": reserved, "move": {"platform": "cosmosdb", "migration_hours_per_month": 1e9}}
    raw = scenario(options=options, fleet={"shop": group(platform="dynamodb")}, reference="stay", months=12)
    stranded = []
    for months in (3, 9):
        loaded = tco.load_scenario(raw, set={"transition.start_lag_months": months})
        stranded.append(tco.evaluate(loaded).total(["option", "line"]).iloc[0]["move", "stranded commitments"])
    assert stranded[0] == pytest.approx(3 * stranded[1])
    assert stranded[1] > 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"instance_class": "db.r6g.large"}, "no Database Savings Plan is known for db.r6g.large on rds"),
        ({"term": "1yr_no_upfront", "instance_class": "db.r6g.large"}, "do not add up"),
        ({"platform": "dynamodb", "capacity": "reserved"}, "do not add up"),
        ({"platform": "cosmosdb"}, "no Database Savings Plan is known for any capacity on cosmosdb"),
        ({"platform": "ec2", "instance_class": "r7g.large"}, "no Database Savings Plan is known for r7g.large on ec2"),
    ],
)
def test_a_plan_that_covers_nothing_is_an_error(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        infrastructure({"list": RDS, "plan": {**RDS, "savings_plan": True, **changes}})


@pytest.mark.parametrize("name", PACKAGED)
def test_both_sides_of_a_packaged_scenario_may_commit_alike(name: str) -> None:
    """The terms and plans of instances are those of request-priced services."""
    found: dict[bool, set[Any]] = {True: set(), False: set()}
    for option in tco.load_scenario(name).options.values():
        for chosen in (option, *option.groups.values()):
            if chosen.platform and (chosen.term or chosen.savings_plan):
                found[platforms.platform(chosen.platform).is_instances].add((chosen.term, chosen.savings_plan))
    assert found[True] == found[False]


def fees(months: int, **settings: Any) -> dict[str, dict[int, float]]:
    """What each option pays upfront for terms, by month from 0, where all leave for DynamoDB in the 19th month."""
    options = {"stay": {**RDS, **settings}, "move": DYNAMODB}
    fleet = {"shop": group(instance_class="db.r6g.large", version="8.4", clusters=12)}
    raw = scenario(options=options, fleet=fleet, reference="stay", months=months)
    at_once = {"labour.migration_team": 1_000_000, "transition.start_lag_months": 18}
    costs = tco.evaluate(tco.load_scenario(raw, set=at_once)).total(["option", "line", "period"]).iloc[0]
    return {
        option: {month: cost for month, cost in enumerate(costs[option]["commitments"].to_numpy()) if abs(cost) > 1e-6}
        for option in options
    }


def test_a_term_is_bought_again_for_the_clusters_that_are_still_there() -> None:
    """Of one year: at the start and after 12 months for all; after 24 for those that stay, of the move none."""
    found = fees(36, term="1yr_all_upfront")
    fee = found["stay"][0]
    assert fee > 0
    assert found["stay"] == pytest.approx(dict.fromkeys((0, 12, 24), fee))
    assert found["move"] == pytest.approx(dict.fromkeys((0, 12), fee))


def test_a_term_of_three_years_is_bought_again_after_three() -> None:
    found = fees(60, term="3yr_all_upfront")
    assert list(found["stay"]) == [0, 36]
    assert list(found["move"]) == [0]


def test_a_fee_is_paid_on_the_first_day_and_so_not_discounted() -> None:
    raw = scenario(options={"stay": {**RDS, "term": "1yr_all_upfront"}, "move": DYNAMODB}, reference="stay", months=12)
    ledger = tco.evaluate(tco.load_scenario(raw))
    cost, npv = (ledger.total(["option", "line"], measure=measure).iloc[0] for measure in ("cost", "npv"))
    assert npv["stay", "commitments"] == pytest.approx(cost["stay", "commitments"])
    assert npv["stay", "storage"] < cost["stay", "storage"]


def test_a_term_begins_with_the_cut_over_and_is_bought_again_a_year_after_it() -> None:
    options = {"stay": RDS, "move": {"platform": "aurora", "term": "1yr_all_upfront"}}
    fleet = {"shop": group(instance_class="db.r6g.large", version="8.4", clusters=12)}
    at_once = {"labour.migration_team": 1_000_000, "transition.start_lag_months": 18}
    raw = scenario(options=options, fleet=fleet, reference="stay", months=60)
    costs = tco.evaluate(tco.load_scenario(raw, set=at_once)).total(["option", "line", "period"]).iloc[0]
    paid = {month: cost for month, cost in enumerate(costs["move"]["commitments"].to_numpy()) if abs(cost) > 1e-6}
    first = min(paid)
    assert first >= 18
    assert paid == pytest.approx(dict.fromkeys(range(first, 60, 12), paid[first]))
