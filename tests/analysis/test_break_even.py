"""A crossing is where another option becomes cheapest: checked by evaluating the scenario on both sides of it, at the
means and draw by draw, and against crossings that can be worked out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.analysis.break_even import (
    SEVERAL,
    BreakEven,
    cheapest_in_ranges,
    cost_by,
    crossings,
    crossings_by_draw,
    two_way_map,
)
from tco.analysis.fleet_inputs import columns_at, current_value
from tco.errors import InputError
from tco.loading.loading import baseline
from tco.scenario.scenario import Scenario

PATH = "transition.modelling_hours_per_design"
RATE = "labour.engineer_rate"


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
    nothing = ("downtime.value_per_minute", "sla.claimed_share", "operations.standby_pay_per_week",
               "transition.dual_running_months", "transition.start_lag_months", "ec2.snapshot_share")  # fmt: skip
    source = {"title": "Worked case", "as_of": "2026-11-01", "kind": "judgement"}
    price = {"region": "us-east-1", "unit": "GB-month", "price": 0, "accept": True, "source": source}
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
    loaded = tco.load_scenario("quickstart")
    ranges = cheapest_in_ranges(loaded, PATH, 1, 1000)
    found = crossings(loaded, PATH, 1, 1000)
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


@pytest.fixture(scope="module")
def small() -> Scenario:
    return tco.load_scenario(scenario())


@pytest.fixture(scope="module")
def five_years() -> Scenario:
    return tco.load_scenario(scenario(months=60))


@pytest.fixture(scope="module")
def found(small: Scenario) -> BreakEven:
    return crossings_by_draw(small, PATH, 1, 20_000, draws=100, seed=1)


def gap(stated: Scenario, rate: float) -> float:
    """NPV of dynamodb less that of stay at an engineer rate."""
    totals = tco.evaluate(stated, tco.sweep(stated, RATE, [rate])).total("option", "npv").iloc[0]
    return float(totals["dynamodb"] - totals["stay"])


def test_the_closed_form_of_a_linear_difference(five_years: Scenario) -> None:
    """With everything else known the difference is linear in the engineer rate: a + b x. From 1 and 2 USD an hour,
    b = gap(2) - gap(1) and a = gap(1) - b, so it crosses 0 at -a / b, about 2 USD an hour.
    """
    slope = gap(five_years, 2.0) - gap(five_years, 1.0)
    expected = 1.0 - gap(five_years, 1.0) / slope
    assert 1 < expected < 4
    assert crossings(five_years, RATE, 1, 100)["value"].tolist() == pytest.approx([expected], rel=1e-4)
    means = {path: entry.mean for path, entry in five_years.assumptions.items() if path != RATE}
    known = tco.load_scenario(scenario(months=60), set=means)
    result = crossings_by_draw(known, RATE, 1, 100, draws=4, seed=2)
    assert result.changes["value"].to_numpy() == pytest.approx(np.full(4, expected), rel=1e-3)
    assert result.patterns()["pattern"].tolist() == ["once: dynamodb, then stay"]


def test_shares_of_the_patterns_add_up(found: BreakEven) -> None:
    frame = found.patterns()
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["share"].is_monotonic_decreasing
    assert {pattern.split(":")[0] for pattern in frame["pattern"]} <= {"never", "once", SEVERAL}


def test_more_re_modelling_turns_from_moving_to_staying(found: BreakEven) -> None:
    """The cost of moving rises with its hours, so where the cheapest changes it is from dynamodb to stay, once."""
    frame = found.quantiles()
    assert frame[["cheapest_below", "cheapest_above"]].to_numpy().tolist() == [["dynamodb", "stay"]]
    (row,) = frame.to_dict("records")
    assert 1 < row["p10"] < row["p50"] < row["p90"] < 20_000


def test_each_crossing_is_one_in_its_own_draw(small: Scenario, found: BreakEven) -> None:
    """In each of the draws the two options cost the same, within a thousandth, at the value found."""
    once = found.changes.drop_duplicates("draw").set_index("draw")["value"]
    assert len(once) > 20
    design = tco.monte_carlo(small, 100, seed=1, luck=False).at({PATH: once.reindex(range(100)).fillna(1.0).to_numpy()})
    totals = tco.evaluate(small, design).total("option", "npv").loc[once.index]
    assert totals["dynamodb"].to_numpy() == pytest.approx(totals["stay"].to_numpy(), rel=2e-3)


def test_chances_by_value_add_up_and_match_the_patterns(found: BreakEven) -> None:
    frame = found.probabilities()
    assert frame.groupby("value")["probability"].sum().to_numpy() == pytest.approx(np.ones(40))
    first = frame[frame["value"] == frame["value"].min()].set_index("option")["probability"]
    starts = found.patterns()
    begins_with_stay = starts[starts["pattern"].str.contains(": stay")]["share"].sum()
    assert first["stay"] == pytest.approx(begins_with_stay)


def test_identical_options_never_cross() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    result = crossings_by_draw(twins, draws=20)
    assert result.patterns()["pattern"].tolist() == ["never: one throughout"]
    assert result.quantiles().empty
    assert list(result.changes.columns) == ["draw", "value", "cheapest_below", "cheapest_above"]


def test_some_options_can_be_singled_out() -> None:
    three = tco.load_scenario(scenario(options={"one": STAY, "other": STAY, "dynamodb": DYNAMODB}, reference="one"))
    assert crossings_by_draw(three, draws=2, between=["dynamodb", "one"]).options == ("one", "dynamodb")
    with pytest.raises(InputError, match="two or more options"):
        crossings_by_draw(three, draws=2, between=["one"])
    with pytest.raises(InputError, match="unknown option 'two'"):
        crossings_by_draw(three, draws=2, between=["one", "two"])


@pytest.mark.parametrize(
    ("path", "low", "high", "told"),
    [
        ("labour.engineer_rates", 1, 2, "did you mean 'labour.engineer_rate'"),
        (RATE, 5, 5, "from a low of 0 or more to a higher high"),
        ("upgrades.learning_rate", 0.1, 0.9, "values lie between 0.5 and 1"),
    ],
)
def test_wrong_questions_are_refused(small: Scenario, path: str, low: float, high: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        crossings_by_draw(small, path, low, high, draws=2)


def test_requests_of_the_whole_fleet_keep_their_proportions() -> None:
    """4 clusters with 200 + 40 and 12 with 20 + 4 requests a second: (4 x 240 + 12 x 24) / 16 = 78 on average."""
    busy = {"reads_per_second": 200, "writes_per_second": 40, "item_bytes": 1000}
    calm = {"reads_per_second": 20, "writes_per_second": 4, "item_bytes": 1000}
    stated = tco.load_scenario(scenario(fleet={"a": group(workload=busy), "b": group(clusters=12, workload=calm)}))
    assert current_value(stated, "requests_per_second") == pytest.approx(78)
    columns = columns_at(stated, "requests_per_second", [78, 156])
    assert columns["fleet.a.workload.writes_per_second"].tolist() == pytest.approx([40, 80])
    assert columns["fleet.b.workload.reads_per_second"].tolist() == pytest.approx([20, 40])
    only_writes = columns_at(stated, "fleet.*.workload.writes_per_second", [26])
    assert {path: column.tolist() for path, column in only_writes.items()} == {
        "fleet.a.workload.writes_per_second": pytest.approx([80]),
        "fleet.b.workload.writes_per_second": pytest.approx([8]),
    }


def test_numbers_of_today_are_read_by_path(small: Scenario) -> None:
    assert current_value(small, "fleet_size") == 4
    assert current_value(small, "fleet.shop.workload.reads_per_second") == 200
    assert current_value(small, RATE) == small.assumptions[RATE].mean
    with pytest.raises(InputError, match="unknown numeric input"):
        current_value(small, "fleet.shop.engine")
    with pytest.raises(InputError, match="0 in every group"):
        columns_at(small, "fleet.*.iops", [100])


def test_a_map_agrees_with_single_evaluations(small: Scenario) -> None:
    frame = two_way_map(small, "fleet_size", PATH, [1, 30], [10, 5000])
    assert frame[["x", "y"]].to_numpy().tolist() == [[1, 10], [1, 5000], [30, 10], [30, 5000]]
    for row in frame.to_dict("records"):
        one = tco.load_scenario(scenario(), set={PATH: row["y"]}, fleet_size=int(row["x"]))
        totals = tco.evaluate(one).total("option", "npv").iloc[0].sort_values()
        assert (row["cheapest"], row["second"]) == tuple(totals.index)
        assert row["lead"] == pytest.approx(totals.iloc[1] - totals.iloc[0])
        assert row["lead_share"] == pytest.approx(row["lead"] / totals.iloc[0])


def test_a_map_has_two_different_inputs(small: Scenario) -> None:
    with pytest.raises(InputError, match="both inputs of the map change"):
        two_way_map(small, "requests_per_second", "fleet.shop.workload.reads_per_second", [1], [1])


def two_aurora_or_on_demand() -> dict[str, Any]:
    """Two Aurora db.r6g.large, without I/O, against DynamoDB on demand without index entries, at strong reads."""
    zero = ("dynamodb.index_writes_per_write", "dynamodb.eventual_share", "dynamodb.item_size_spread",
            "dynamodb.transactional_share", "cluster_storage.reads_per_query", "cluster_storage.writes_per_statement",
            "finance.cloud_inflation")  # fmt: skip
    shop = group(platform="aurora", version="3", instances=2, clusters=1, storage_gb=0,
                 workload={"reads_per_second": 10, "writes_per_second": 10, "item_bytes": 1000})  # fmt: skip
    aurora = {"platform": "aurora", "policy": "settled", "method": "in_place"}
    return scenario(months=36, fleet={"shop": shop}, options={"stay": aurora, "dynamodb": DYNAMODB},
                    assumptions=dict.fromkeys(zero, 0), prices_as_of="2026-11-01")  # fmt: skip


@pytest.mark.parametrize(
    ("over", "expected"),
    [("requests_per_second", 2 * 379.60 / 1.971), ("fleet.*.workload.reads_per_second", None), ("fleet_size", None)],
)
def test_two_instances_beat_requests_from_385_a_second_on(over: str, expected: float | None) -> None:
    """379.60 USD a month buy 192.6 pairs of a 1 KB write (0.625 USD a million) and a strong read (0.125)."""
    loaded = tco.load_scenario(two_aurora_or_on_demand())
    found = crossings(loaded, over, measure="infrastructure", steady_state=True)
    if expected is None:  # 10 writes a second leave 1,000 reads and more; the size of the fleet changes nothing
        expected = (379.60 / (3600 * 730 / 1e6) - 10 * 0.625) / 0.125
        expected = expected if over != "fleet_size" else 0
    assert found["value"].tolist() == pytest.approx([expected] if expected else [], rel=1e-3)
    if expected:
        assert found[["cheapest_below", "cheapest_above"]].to_numpy().tolist() == [["dynamodb", "stay"]]


def test_every_number_of_the_fleet_can_be_crossed_over() -> None:
    loaded = tco.load_scenario(scenario(months=60, options={"stay": STAY, "dynamodb": DYNAMODB}))
    for over in ("fleet.shop.workload.reads_per_second", "fleet.*.storage_gb", "downtime.affected_share"):
        assert list(crossings(loaded, over).columns) == ["value", "cheapest_below", "cheapest_above"]
    with pytest.raises(InputError, match="did you mean 'infrastructure'"):
        crossings(loaded, measure="infrastructur")  # type: ignore[arg-type]


def test_with_draws_the_winner_is_that_of_the_mean_and_single_draws_give_the_band() -> None:
    """At each value the option of the lowest mean NPV over the very draws; without draws the point says so."""
    loaded = tco.load_scenario(scenario(months=12))
    at_point, drawn = tco.crossings(loaded, low=1, high=500), tco.crossings(loaded, low=1, high=500, draws=64, seed=3)
    assert at_point.attrs["draws"] == 0
    assert list(at_point.columns) == ["value", "cheapest_below", "cheapest_above"]
    assert drawn.attrs["draws"] == 64
    assert list(drawn.columns) == [*at_point.columns, "p10", "p90", "share"]
    for row in cheapest_in_ranges(loaded, low=1, high=500, draws=64, seed=3).itertuples():
        between = cost_by(loaded, values=[(row.low * row.high) ** 0.5], draws=64, seed=3)
        assert between.set_index("option")["npv"].idxmin() == row.cheapest
    means = tco.evaluate(loaded, tco.monte_carlo(loaded, 64, 3, luck=False)).mean("option", "npv")
    here = cost_by(loaded, values=[loaded.fleet_size], draws=64, seed=3).set_index("option")["npv"]
    assert here.to_dict() == pytest.approx(means.to_dict())
    assert drawn["share"].between(0, 1).all()


@pytest.mark.parametrize("name", ["startup_small", "enterprise_mixed"])
def test_a_fleet_size_tried_has_the_whole_clusters_of_a_scenario_of_that_size(name: str) -> None:
    loaded = tco.load_scenario(name)
    sizes = [0, 1, 3, 7, 11, 100]
    columns = columns_at(loaded, "fleet_size", [size + 0.4 for size in sizes])
    assert columns["fleet_size"].tolist() == sizes
    for row, size in enumerate(sizes):
        fleet = tco.load_scenario(name, fleet_size=size).fleet
        assert {group: columns[f"fleet.{group}.clusters"][row] for group in fleet} == {
            group: float(stated.clusters) for group, stated in fleet.items()
        }


@pytest.mark.slow
def test_ranges_of_fleet_size_hold_at_every_whole_size() -> None:
    """Each size on its own, as `--fleet-size` loads it, has the option that the ranges say; they change twice here."""
    ranges = cheapest_in_ranges(tco.load_scenario("enterprise_mixed"), low=2, high=14)
    assert len(ranges) > 1
    assert (ranges["low"] == ranges["low"].round()).all()
    for size in range(2, 14):
        frame = tco.compare(tco.evaluate(tco.load_scenario("enterprise_mixed", fleet_size=size)))
        here = ranges[ranges["low"] <= size].iloc[-1]
        assert frame.loc[frame["npv"].idxmin(), "option"] == here["cheapest"], size


def test_each_fleet_size_has_one_row_of_chances_an_option_that_add_up_to_one() -> None:
    """Between small sizes there are fewer whole numbers than values to try."""
    found = crossings_by_draw(tco.load_scenario("quickstart"), low=1, high=1000, draws=16).probabilities()
    assert not found.duplicated(["value", "option"]).any()
    assert found.groupby("value")["probability"].sum().to_numpy() == pytest.approx(1)
