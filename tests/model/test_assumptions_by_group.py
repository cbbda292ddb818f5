"""Assumptions that groups state for themselves: what they change, what they leave alone, and what is refused."""

import re

import numpy as np
import pytest

import tco
from tco.analysis.assumption_register import assumptions_read
from tco.errors import InputError
from tco.evaluation.inputs import Inputs
from tco.loading.loading import baseline
from tco.platforms import platform_names
from tco.sampling.designs import Block, Design
from tco.scenario.scenario import own_path

LOAD = {"reads_per_second": 40, "writes_per_second": 9, "item_bytes": 3000, "load": "office_hours"}
GROUP = {"instances": 2, "region": "us-east-1", "instance_class": "db.r6g.large", "storage_gb": 200, "workload": LOAD}
OWN = {**GROUP, "engine": "mysql", "version": "8.0", "platform": "ec2", "instance_class": "r6g.large"}
POSTGRES = {**GROUP, "engine": "postgres", "version": "14", "platform": "rds"}
FLEET = {
    "own": {**OWN, "clusters": 6},
    "also": {**OWN, "clusters": 3},
    "rds": {**POSTGRES, "clusters": 5},
    "dev": {**POSTGRES, "clusters": 2, "instances": 1, "environment": "development"},
    "fresh": {**POSTGRES, "clusters": 2, "platform": "new"},
    "ring": {**OWN, "clusters": 2, "instances": 3, "engine": "cassandra", "version": "4.0"},
    "cache": {**GROUP, "clusters": 3, "engine": "redis", "version": "6", "platform": "elasticache",
              "instance_class": "cache.r6g.large"},
}  # fmt: skip
OPTIONS = {
    "stay": {"platform": "rds", "groups": {
        "own": {"platform": "ec2"}, "also": {"platform": "ec2"}, "ring": {"platform": "ec2"},
        "cache": {"platform": "elasticache"}}},
    "green": {"platform": "rds", "method": "blue_green", "deployment": "multi_az", "policy": "newest", "groups": {
        "own": {"platform": "ec2", "method": "logical_replication"}, "also": {"platform": "ec2", "method": "rolling"},
        "ring": {"platform": "keyspaces", "capacity": "provisioned"},
        "cache": {"platform": "elasticache", "method": "in_place"}}},
    "fitted": {"platform": "aurora", "instance_class": "r6g.fit", "groups": {
        "rds": {"platform": "rds", "deployment": "multi_az_cluster", "instance_class": "db.m6gd.large", "instances": 1},
        "ring": {"platform": "cosmosdb", "capacity": "provisioned"},
        "cache": {"platform": "elasticache"}}},
    "serverless": {"platform": "aurora_serverless", "instance_class": "fit", "groups": {
        "own": {"platform": "aurora_serverless", "instance_class": "r6g.large"}, "rds": {"platform": "aurora_dsql"},
        "ring": {"platform": "dynamodb"}, "fresh": {"platform": "dynamodb"},
        "cache": {"platform": "dynamodb", "capacity": "provisioned"}}},
}  # fmt: skip
ASSUMPTIONS = {
    "sla.customer_monthly_revenue_per_cluster": 4000, "infrastructure.vendor_support_share": 0.05,
    "infrastructure.licence_per_instance_month": 12, "upgrades.instances_saved_per_step": 0.1,
    **{path: 0.1 for path in baseline() if path.startswith("discount.")},
}  # fmt: skip
OF_DISTRIBUTED_SQL = {"upgrades.provider_releases_per_year"}
GROWTH = ("growth.load_per_year", "growth.storage_per_year", "growth.clusters_per_year")
BY_GROUP = [path for path, entry in baseline().items() if not entry.scenario_wide]


@pytest.fixture(scope="module")
def scenario():
    raw = {"name": "mixed", "start": "2027-01", "months": 40, "prices_as_of": "2026-11-01", "reference": "stay",
           "fleet": FLEET, "options": OPTIONS, "assumptions": ASSUMPTIONS}  # fmt: skip
    return tco.load_scenario(raw)


def other_value(scenario, path):
    """A value that is not the mean and lies inside the bounds."""
    entry = scenario.assumptions[path]
    return min(1.4 * entry.mean + (0.1 if not entry.mean else 0.0), 0.5 * (entry.mean + entry.largest))


def one_a_row(scenario, paths, groups=()):
    """A design whose row k gives the k-th path another value, for all or for the named groups alone."""
    columns = {}
    for row, path in enumerate(paths):
        for name in [own_path(group, path) for group in groups] or [path]:
            columns[name] = np.full(len(paths), scenario.assumptions[path].mean)
            columns[name][row] = other_value(scenario, path)
    return Design("one a row", len(paths), columns)


def amounts(scenario, design, measure):
    """The design's totals by option, line and group: rows as the design's."""
    return tco.evaluate(scenario, design).total(["option", "line", "group"], measure)


@pytest.fixture(scope="module")
def changed(scenario):
    """Cost where each path in turn has another value in the whole scenario."""
    return amounts(scenario, one_a_row(scenario, BY_GROUP), "cost")


def test_what_every_group_states_is_what_the_scenario_states(scenario, changed):
    """Each path in a row of its own: the same cost to rounding, line by line and group by group."""
    stated = amounts(scenario, one_a_row(scenario, BY_GROUP, list(FLEET)), "cost")
    apart = (stated - changed).abs().max(axis=1) / changed.abs().max().max()
    assert [path for path, far in zip(BY_GROUP, apart, strict=True) if far > 1e-12] == []


def test_the_fleet_reads_every_path_that_a_group_may_state(scenario):
    """The tests here say nothing of a path that no line reads; growth is read where it is not 0."""
    ledger = tco.evaluate(scenario)
    read = {path for line in ledger.lines() for path in line.assumptions}
    used = {scenario.settings(option, group).platform for option in ledger.options for group in ledger.groups}
    unused = set(platform_names()) - used
    of_others = {path for path in BY_GROUP if path.split(".")[0] in unused or path.removeprefix("discount.") in unused}
    of_others |= {path for path in BY_GROUP if path.startswith("sql_units.")} | OF_DISTRIBUTED_SQL
    assert set(BY_GROUP) - read == of_others | {"downtime.full_restart_minutes", *GROWTH}


def test_what_one_group_states_changes_its_own_lines_alone(scenario):
    """Others follow where designs are learnt from one another, and where a team moves all of them at its pace."""
    unchanged = amounts(scenario, Design("means", 1), "cost").iloc[0]
    stated = amounts(scenario, one_a_row(scenario, BY_GROUP, ["own"]), "cost")
    of_others = stated.columns.get_level_values("group") != "own"
    moved = ((stated - unchanged).abs() > 1e-6).loc[:, of_others].any(axis=1)
    assert {path for path, moves in zip(BY_GROUP, moved, strict=True) if moves} == {
        "upgrades.designs_per_cluster",
        "upgrades.incident_labour_hours",
        "downtime.incident_probability_migration",
        "transition.modelling_hours_per_design",
        "transition.data_move_hours_per_cluster",
        "transition.same_engine_share",
        "growth.clusters_per_year",
    }


def test_draws_of_a_group_have_the_quantile_of_the_scenarios():
    """A range of its own at the same uniform number, a number alone is fixed; the others are drawn as before."""
    path = "upgrades.regression_hours_per_design"
    own = {own_path("orders", path): {"low": 30, "high": 300}, own_path("billing", path): 7}
    before = tco.monte_carlo(tco.load_scenario("quickstart"), draws=64, seed=3).frame()
    drawn = tco.monte_carlo(tco.load_scenario("quickstart", set=own), draws=64, seed=3).frame()
    scenario = tco.load_scenario("quickstart", set=own)
    assert drawn[before.columns].equals(before)
    assert drawn[own_path("orders", path)].rank().equals(drawn[path].rank())
    assert own_path("billing", path) not in drawn
    hours = tco.evaluate(scenario, tco.replay(drawn.head(2))).total(["group", "phase"], "labour hour")
    fixed = tco.evaluate(scenario, tco.replay(drawn.head(2).assign(**{path: 1.0}))).total(
        ["group", "phase"], "labour hour"
    )
    for group, moves in {"orders": False, "billing": False, "catalogue": True}.items():
        tests = (group, "regression test")
        assert np.allclose(hours[tests], fixed[tests]) != moves


def test_payments_with_three_times_the_regression_hours():
    """Three times the hours at its designs in every wave, and at the same dates nothing else of any group."""
    path, scenario = "upgrades.regression_hours_per_design", tco.load_scenario("quickstart")
    more = Design("more", 1, {own_path("orders", path): np.array([3 * scenario.assumptions[path].mean])})
    old, new = (
        tco.evaluate(scenario, design).mean(["option", "line", "phase", "group"], "labour hour")
        for design in (Design("means", 1), more)
    )
    tested = [key for key in old.index if key[1:] == ("major upgrades", "regression test", "orders")]
    assert old[tested].sum() > 0
    assert np.allclose(new[tested], 3 * old[tested])
    assert np.allclose(new.drop(tested), old.drop(tested))


def test_the_ledger_and_the_register_name_what_a_group_stated():
    path = "upgrades.regression_hours_per_design"
    scenario = tco.load_scenario("quickstart", set={own_path("orders", path): 8})
    ledger = tco.evaluate(scenario)
    rows = ledger.table().query("line == 'major upgrades' and phase == 'regression test'")
    for group, names in rows.groupby("group")["assumptions"]:
        read = {name for text in names for name in text.split("; ")}
        assert (own_path("orders", path) in read) == (group == "orders")
        assert (path in read) == (group != "orders")
    register = assumptions_read(ledger).set_index("path")
    assert register["value"][own_path("orders", path)] == 8
    assert register["label"][own_path("orders", path)] == "Regression test per design (orders)"
    everyone = assumptions_read(tco.evaluate(tco.load_scenario("quickstart", set={path: 8}))).set_index("path")
    assert register["cost"][own_path("orders", path)] < everyone["cost"][path]


def test_what_holds_for_the_whole_scenario_is_refused():
    """Each such path, with why it does and what a group may state."""
    wide = {path: entry for path, entry in baseline().items() if entry.scenario_wide}
    with pytest.raises(InputError) as refused:
        tco.load_scenario("quickstart", set={own_path("orders", path): entry.mean for path, entry in wide.items()})
    told = {problem.path: problem.message for problem in refused.value.problems}
    assert set(told) == {own_path("orders", path) for path in wide}
    for path, entry in wide.items():
        message = told[own_path("orders", path)]
        assert message.startswith(f"{path} holds for the whole scenario: {entry.scenario_wide}. By group: ")
        assert "upgrades.* but learning_rate" in message


def test_a_formula_that_reads_such_an_assumption_without_groups_fails():
    inputs = Inputs(tco.load_scenario("quickstart"), Block(0, 1))
    assert inputs["labour.engineer_rate"].shape == (1, 1, 1)
    with pytest.raises(TypeError, match=re.escape("upgrades.plan_hours may differ by group")):
        inputs["upgrades.plan_hours"]


def test_a_sweep_over_what_one_group_has():
    path = own_path("orders", "downtime.value_per_minute")
    scenario = tco.load_scenario("quickstart")
    swept = tco.evaluate(scenario, tco.sweep(scenario, path, [0, 50])).total("option")
    fixed = [tco.evaluate(tco.load_scenario("quickstart", set={path: value})).total("option") for value in (0, 50)]
    assert np.allclose(swept, np.vstack(fixed))
    with pytest.raises(InputError, match=re.escape("labour.engineer_rate holds for the whole scenario")):
        tco.sweep(scenario, own_path("orders", "labour.engineer_rate"), [1])
    with pytest.raises(InputError, match=re.escape("did you mean 'fleet.orders.assumptions.upgrades.plan_hours'")):
        tco.sweep(scenario, own_path("orders", "upgrades.plan_hour"), [1])
