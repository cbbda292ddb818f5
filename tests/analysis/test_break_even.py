"""A crossing is where another option becomes cheapest: checked by evaluating the scenario on both sides of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.analysis.break_even import cheapest_in_ranges, cost_by, crossings
from tco.errors import InputError
from tco.loading.loading import baseline

PATH = "transition.modelling_hours_per_design"


def cheapest(raw: dict[str, Any], path: str, value: float) -> str:
    ledger = tco.evaluate(tco.load_scenario(raw), tco.sweep(tco.load_scenario(raw), path, [value]))
    return str(ledger.total("option", "npv").iloc[0].idxmin())


def test_two_options_cross_where_the_sum_by_hand_says() -> None:
    """Own servers cost 500 USD a cluster and month less, and 4 hours of routine work more: even at 125 USD an hour.

    Everything else is nothing: no downtime value, no upgrades due, all other hours 0.
    """
    no_hours = {
        path: 0 for path, entry in baseline().items() if entry.unit.startswith("labour hour") and entry.at_least == 0
    }
    nothing = ("downtime.value_per_minute", "sla.claimed_share", "operations.standby_hours_per_year",
               "transition.dual_running_months", "transition.start_lag_months", "ec2.snapshot_share")  # fmt: skip
    source = {"title": "Worked case", "as_of": "2026-11-01", "kind": "judgement"}
    price = {"region": "us-east-1", "unit": "GB-month", "price": 0, "source": source}
    rds = {**price, "service": "AmazonRDS", "deployment": "single_az"}
    servers = {"item": "instance", "unit": "instance hour"}
    raw = scenario(
        months=12,
        fleet={"shop": group(clusters=3, version="8.4")},
        options={"rds": {"platform": "rds"}, "own": {"platform": "ec2"}},
        reference="rds",
        assumptions={
            **no_hours,
            **dict.fromkeys(nothing, 0),
            "finance.hours_per_month": 720,
            "operations.routine_hours_managed": 1,
            "operations.routine_hours_self_managed": 5,
        },
        prices=[
            {**rds, **servers, "engine": "mysql", "instance_class": "db.r6g.large", "price": 1},
            {**rds, "item": "storage_gp3"},
            {**price, **servers, "service": "AmazonEC2", "instance_class": "r6g.large", "price": 220 / 720},
            {**price, "service": "AmazonEC2-EBS", "item": "storage_gp3"},
        ],
    )
    found = crossings(tco.load_scenario(raw), "labour.engineer_rate", 50, 400)
    assert found["value"].tolist() == pytest.approx([125], abs=0.01)
    assert found[["cheapest_below", "cheapest_above"]].to_numpy().tolist() == [["own", "rds"]]


@settings(max_examples=5)
@given(scenarios())
def test_on_either_side_of_a_crossing_the_named_option_is_cheapest(raw: dict[str, Any]) -> None:
    loaded = tco.load_scenario(raw)
    found = crossings(loaded, PATH, 1, 3000)
    for row in found.itertuples():
        assert cheapest(raw, PATH, row.value * (1 - 1e-4)) == row.cheapest_below
        assert cheapest(raw, PATH, row.value * (1 + 1e-4)) == row.cheapest_above
        at = cost_by(loaded, PATH, [row.value]).set_index("option")["npv"]
        assert at[row.cheapest_below] == pytest.approx(at[row.cheapest_above], rel=1e-3)
    assert found["value"].is_monotonic_increasing


def test_the_ranges_cover_what_was_asked_for() -> None:
    loaded = tco.load_scenario("startup_small")
    ranges = cheapest_in_ranges(loaded, "fleet_size", 1, 1000)
    found = crossings(loaded, "fleet_size", 1, 1000)
    assert len(found) >= 1
    assert ranges["low"].iloc[0] == 1
    assert ranges["high"].iloc[-1] == 1000
    assert ranges["high"].iloc[:-1].tolist() == ranges["low"].iloc[1:].tolist() == found["value"].tolist()
    assert ranges["cheapest"].iloc[:-1].tolist() == found["cheapest_below"].tolist()


def test_none_in_range_is_an_empty_table() -> None:
    """The same option twice, and one that pays more for the same: nobody ever overtakes anybody."""
    options = {"one": STAY, "two": STAY, "dear": {**STAY, "instances": 3}}
    loaded = tco.load_scenario(scenario(options=options, reference="one"))
    assert crossings(loaded, "fleet_size", 0, 100).empty
    assert list(crossings(loaded).columns) == ["value", "cheapest_below", "cheapest_above"]
    assert cheapest_in_ranges(loaded)["cheapest"].tolist() == ["one"]


def test_a_fleet_of_nothing_is_no_crossing() -> None:
    """All options cost nothing for no clusters; who comes first in the file has not won there."""
    dear_first = {"dear": {**STAY, "instances": 3}, "stay": STAY}
    loaded = tco.load_scenario(scenario(options=dear_first, reference="stay"))
    assert crossings(loaded, "fleet_size", 0, 100).empty
    assert cheapest_in_ranges(loaded, "fleet_size", 0, 100)["cheapest"].tolist() == ["stay"]


def test_cost_by_fleet_size() -> None:
    loaded = tco.load_scenario(scenario())
    found = cost_by(loaded, "fleet_size", [0, 4, 8])
    assert list(found.columns) == ["value", "option", "total", "npv", "npv_per_cluster"]
    four = tco.evaluate(tco.load_scenario(scenario(), fleet_size=4)).total("option").iloc[0]
    assert found[found["value"] == 4].set_index("option")["total"].to_dict() == pytest.approx(four.to_dict())
    assert (found[found["value"] == 0]["total"] == 0).all()
    assert found[found["value"] == 8]["npv_per_cluster"].to_numpy() == pytest.approx(
        found[found["value"] == 8]["npv"].to_numpy() / 8
    )


@pytest.mark.parametrize(("low", "high"), [(5, 5), (6, 5), (-1, 5), (1, float("inf")), (float("nan"), 5)])
def test_a_range_has_a_low_and_a_high(low: float, high: float) -> None:
    with pytest.raises(InputError, match="low"):
        crossings(tco.load_scenario(scenario()), "fleet_size", low, high)


def test_what_is_no_number_cannot_cross() -> None:
    with pytest.raises(InputError, match="numeric input"):
        crossings(tco.load_scenario(scenario()), "options.stay.platform")


def test_sustained_load_favours_instances_and_idle_tables_do_not() -> None:
    """Requests a second sweep from idle to heavy: on-demand requests win the idle end, instances the heavy one."""
    raw = scenario(months=60, options={"stay": STAY, "dynamodb": DYNAMODB}, assumptions={PATH: 20})
    path = "fleet.shop.workload.writes_per_second"
    assert cheapest(raw, path, 1) == "dynamodb"
    assert cheapest(raw, path, 20_000) == "stay"
    found = crossings(tco.load_scenario(raw), path, 1, 20_000)
    assert found[["cheapest_below", "cheapest_above"]].to_numpy().tolist() == [["dynamodb", "stay"]]
