"""The scenarios that come with the toolkit: each is whole, and says what its readers come for."""

from datetime import date
from itertools import pairwise

import pytest

import tco
from tco.evaluation.ledger import Ledger
from tco.resources import scenario_names
from tco.scenario.scenario import Scenario

NAMES = scenario_names()


@pytest.fixture(scope="module")
def ledgers() -> dict[str, Ledger]:
    return {name: tco.evaluate(tco.load_scenario(name)) for name in NAMES}


def costs(ledger: Ledger) -> dict[str, float]:
    return {str(option): float(cost) for option, cost in ledger.total("option").iloc[0].items()}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_comparable(name: str, ledgers: dict[str, Ledger]) -> None:
    scenario: Scenario = tco.load_scenario(name)
    assert (scenario.prices_as_of, scenario.start, scenario.months) == (date(2026, 11, 1), "2027-01", 60)
    assert all(group.workload is not None and group.clusters > 0 for group in scenario.fleet.values())
    assert all(scenario.assumptions[path].source.title for path in scenario.changed)
    assert all(cost > 0 for cost in costs(ledgers[name]).values())


@pytest.mark.parametrize("name", NAMES)
def test_staying_with_automated_upgrades_is_among_the_options(name: str) -> None:
    scenario = tco.load_scenario(name)
    methods = {
        scenario.settings(option, group).method
        for option in scenario.options
        for group in scenario.fleet
        if scenario.settings(option, group).platform == scenario.todays_platform(group)
    }
    assert methods & {"blue_green", "logical_replication"}


@pytest.mark.parametrize("name", ["quickstart", "enterprise_mixed"])
def test_a_right_sized_option_runs_smaller_classes_for_less(name: str, ledgers: dict[str, Ledger]) -> None:
    found = costs(ledgers[name])
    assert found["right_sized"] < found["automated"]


@pytest.mark.parametrize("size", [10, 1000])
def test_sustained_throughput_costs_more_by_the_request_at_any_fleet_size(size: int) -> None:
    # 5,000 writes a second are 13.1 billion a month: at 0.625 USD a million of the smallest items 8,200 USD a month for
    # writes alone, against some 5,000 for two 16 vCPU instances with standbys
    found = costs(tco.evaluate(tco.load_scenario("steady_high_throughput", fleet_size=size)))
    instances = max(found["stay"], found["automated"], found["aurora"])
    assert instances < found["dynamodb_provisioned"] < found["dynamodb_on_demand"]


def test_idle_clusters_cost_less_by_the_request(ledgers: dict[str, Ledger]) -> None:
    bills = ledgers["startup_small"].total(["option", "category"]).iloc[0]
    assert bills["dynamodb", "infrastructure"] < bills["stay", "infrastructure"]


def test_the_metadata_store_replays_its_history() -> None:
    replay = tco.load_scenario("backup_metadata_store", set={"start": "2012-01", "months": 144})
    calendar = tco.calendar(replay)
    events = calendar[(calendar.option == "postgresql") & (calendar.group == "metadata_us")]
    # created on 9.1; patches of 9.1 ended on 2016-10-27, of 9.4 on 2020-02-13, of 11 on 2023-11-09; a version is taken
    # once it is a year old
    assert [str(day)[:10] for day in events.date] == ["2016-10-27", "2020-02-13", "2023-11-09"]
    assert [list(path) for path in events.path] == [["9.1", "9.4"], ["9.4", "11"], ["11", "15"]]
    assert not events.projected.any()


def test_the_enterprise_spans_engines_regions_and_environments() -> None:
    fleet = tco.load_scenario("enterprise_mixed").fleet.values()
    assert {group.engine for group in fleet} == {"postgresql", "mysql", "mongodb", "cassandra"}
    assert {group.environment for group in fleet} == {"production", "staging", "development"}
    assert len({group.region for group in fleet}) == 6
    assert sum(group.clusters for group in fleet) == 290


def test_mongodb_may_not_skip_a_version(ledgers: dict[str, Ledger]) -> None:
    calendar = tco.calendar(ledgers["enterprise_mixed"].scenario)
    first = calendar[(calendar.option == "stay") & (calendar.group == "mongodb_us")].iloc[0]
    assert list(first.path) == ["6.0", "7.0", "8.0"]
    assert all(int(float(after)) == int(float(before)) + 1 for before, after in pairwise(first.path))
