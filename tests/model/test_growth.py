"""Growth is compound by year and applied month by month: hand sums of storage, requests and clusters."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.analysis.capacity import demand, fitted, overloads

MONTHS = 36
LOAD, STORAGE, CLUSTERS = (f"growth.{what}_per_year" for what in ("load", "storage", "clusters"))
ON_DYNAMODB = {
    "fleet": {"shop": group(platform="dynamodb", version=None)},
    "options": {"stay": DYNAMODB, "provisioned": {**DYNAMODB, "capacity": "provisioned"}},
}


def lines(raw: dict[str, Any], **values: Any) -> dict[tuple[str, str], float]:
    costs: dict[tuple[str, str], float]
    costs = tco.evaluate(tco.load_scenario(raw, set=values)).total(["option", "line"]).iloc[0].to_dict()
    return costs


def whole(rate: float, months: int = MONTHS) -> float:
    """Sum over m = 0 .. months - 1 of (1 + rate) ** (m / 12), a geometric series."""
    ratio = (1 + rate) ** (1 / 12)
    return (ratio**months - 1) / (ratio - 1)


def test_storage_of_100_gb_growing_a_fifth_a_year_is_a_geometric_series() -> None:
    """100 GB for 36 months are 3,600 GB-months without growth, and 4,755 with it (100 x 0.728 / 0.01531)."""
    raw = scenario(months=MONTHS, fleet={"shop": group(clusters=1, version="8.4")})
    ledger = tco.evaluate(tco.load_scenario(raw, set={STORAGE: 0.2}))
    table = ledger.table().query("option == 'stay' and line == 'storage'")
    assert table["quantity"].sum() == pytest.approx(100 * whole(0.2), rel=1e-9) == pytest.approx(4755, rel=0.001)
    by_month = table.groupby("period")["quantity"].sum()
    assert by_month["2027-01"] == pytest.approx(100)
    assert by_month["2028-01"] == pytest.approx(120)
    assert by_month["2029-07"] == pytest.approx(100 * 1.2**2.5)


def test_a_bill_of_requests_grows_with_the_load_and_with_nothing_else() -> None:
    raw = scenario(months=MONTHS, **ON_DYNAMODB)
    before, load, stored = lines(raw), lines(raw, **{LOAD: 0.3}), lines(raw, **{STORAGE: 0.3})
    for option in ("stay", "provisioned"):
        requests, storage = (option, "requests or capacity"), (option, "storage")
        assert load[requests] == pytest.approx(before[requests] / MONTHS * whole(0.3), rel=1e-9)
        assert load[storage] == pytest.approx(before[storage], rel=1e-12)
        assert stored[storage] == pytest.approx(before[storage] / MONTHS * whole(0.3), rel=1e-9)
        assert stored[requests] == pytest.approx(before[requests], rel=1e-12)


def test_clusters_that_are_added_run_are_upgraded_and_move() -> None:
    """Instance hours grow as the fleet does; all that are there when it is due are upgraded, and moved."""
    raw = scenario(months=MONTHS)
    many = {"labour.upgrade_team": 1_000_000, "labour.migration_team": 1_000_000, "upgrades.learning_rate": 1}
    many |= {"transition.start_lag_months": 12, "transition.dual_running_months": 3}
    before, after = lines(raw, **many), lines(raw, **many, **{CLUSTERS: 0.2})
    assert after["stay", "compute"] == pytest.approx(before["stay", "compute"] / MONTHS * whole(0.2), rel=1e-9)
    moved = "dynamodb", "dual running"
    both = sum(1.2 ** (month / 12) for month in (9, 10, 11)) / 3  # the months before the cut-over after a year
    assert after[moved] == pytest.approx(both * before[moved], rel=1e-6)
    found = {rate: tco.calendar(tco.load_scenario(raw, set={**many, CLUSTERS: rate})) for rate in (0, 0.2)}
    first = {rate: rows.set_index("option").loc[["stay"], "clusters"].iloc[0] for rate, rows in found.items()}
    assert first[0.2] == pytest.approx(first[0])  # due at the start: clusters of a later day come on the new version


def test_two_platforms_are_paid_within_the_horizon_for_moves_after_its_end() -> None:
    """Of the three months before a cut-over at the end of the first month of 2028, two are in 2027: the last ones."""
    values = {"labour.migration_team": 1e9, "transition.start_lag_months": 13, "transition.dual_running_months": 3}
    still, grown = (
        tco.evaluate(tco.load_scenario(scenario(months=12), set={**values, CLUSTERS: rate}))
        .total(["option", "line", "period"])
        .iloc[0]["dynamodb"]["dual running"]
        for rate in (0, 0.2)
    )
    assert still.iloc[:10].tolist() == grown.iloc[:10].tolist() == [0] * 10
    assert still.iloc[10:].tolist() == pytest.approx([still.iloc[10]] * 2)
    assert (grown.iloc[10:] / still.iloc[10:]).tolist() == pytest.approx([1.2 ** (month / 12) for month in (10, 11)])


def test_a_group_may_grow_at_a_rate_of_its_own() -> None:
    """Two groups alike, of which one grows by a fifth a year: a geometric series beside the flat line of the other."""
    raw = scenario(months=MONTHS, fleet={name: group(clusters=1, version="8.4") for name in ("shop", "blog")})
    raw["fleet"]["shop"]["assumptions"] = {STORAGE: 0.2}
    table = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'stay' and line == 'storage'")
    by_group = table.groupby("group")["quantity"].sum()
    assert by_group["shop"] == pytest.approx(100 * whole(0.2), rel=1e-9)
    assert by_group["blog"] == pytest.approx(100 * MONTHS, rel=1e-12)
    busier = lines(raw, **{f"fleet.blog.assumptions.{LOAD}": 0.3})
    before, all_busier = lines(raw), lines(raw, **{LOAD: 0.3})
    requests = "dynamodb", "requests or capacity"
    assert before[requests] < busier[requests] < all_busier[requests]


def test_growth_of_nothing_changes_nothing() -> None:
    raw = scenario(months=MONTHS)
    assert (
        tco.evaluate(tco.load_scenario(raw, set={LOAD: 0, STORAGE: 0, CLUSTERS: 0}))
        .table()
        .equals(tco.evaluate(tco.load_scenario(raw)).table())
    )


def test_growth_may_have_a_range() -> None:
    """Each draw has its own rate, and the cost that it alone would have."""
    ranges = {LOAD: {"low": 0.1, "high": 0.5}, CLUSTERS: {"low": 0.05, "high": 0.2}}
    loaded = tco.load_scenario(scenario(months=MONTHS, **ON_DYNAMODB), set=ranges)
    drawn = tco.monte_carlo(loaded, 8, seed=3).only([LOAD, CLUSTERS])
    costs = tco.evaluate(loaded, drawn).total(["option", "line"])
    for draw, (load, clusters) in enumerate(drawn.frame()[[LOAD, CLUSTERS]].to_numpy().tolist()):
        alone = lines(scenario(months=MONTHS, **ON_DYNAMODB), **{LOAD: load, CLUSTERS: clusters})
        for key in (("stay", "requests or capacity"), ("stay", "storage"), ("provisioned", "requests or capacity")):
            assert costs[key][draw] == pytest.approx(alone[key], rel=1e-9)


def test_a_sweep_of_growth_is_the_scenario_with_that_rate() -> None:
    raw = scenario(months=MONTHS)
    loaded = tco.load_scenario(raw)
    for path in (LOAD, STORAGE, CLUSTERS):
        swept = tco.evaluate(loaded, tco.sweep(loaded, path, [0.0, 0.4])).total(["option", "line"])
        for row, rate in enumerate((0.0, 0.4)):
            assert swept.iloc[row].to_dict() == pytest.approx(lines(raw, **{path: rate}), rel=1e-9, abs=1e-6)


def test_fitted_instances_step_up_when_the_load_asks_for_it() -> None:
    """800 reads a second double in two years: the class that a fit chooses has twice the processors by then."""
    busy = group(workload={"reads_per_second": 4000, "writes_per_second": 800, "item_bytes": 1000}, version="8.4")
    fit = {**STAY, "instance_class": "fit"}
    raw = scenario(months=60, fleet={"shop": busy}, options={"stay": STAY, "fit": fit})
    ledger = tco.evaluate(tco.load_scenario(raw, set={LOAD: 0.5}))
    cost = ledger.table().query("option == 'fit' and line == 'compute'").set_index("period")["cost"]
    assert cost.is_monotonic_increasing
    assert cost.iloc[-1] >= 4 * cost.iloc[0]
    assert 2 <= cost.round(2).nunique() <= 6
    still = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'fit' and line == 'compute'")["cost"]
    assert still.nunique() == 1
    assert still.iloc[0] == pytest.approx(cost.iloc[0])
    assert set(fitted(ledger.scenario)["option"]) == {"fit"}


def test_an_instance_that_does_not_bear_its_load_any_more_is_named_with_the_month() -> None:
    """Half of the processors in use grow by a fifth a year past all of them in the fourth year."""
    raw = scenario(months=60, fleet={"shop": group(version="8.4")})
    loaded = tco.load_scenario(raw, set={LOAD: 0.0})
    assert overloads(loaded) == []
    busy = float(demand(loaded)["busy"].iloc[0])
    rate = (1 / busy) ** (1 / 3) - 1  # reaches the whole after three years, month 36
    sentences = overloads(tco.load_scenario(raw, set={LOAD: rate * 1.0001}))
    assert len(sentences) == 1
    assert "2030-01" in sentences[0]
    assert overloads(tco.load_scenario({**raw, "months": 36}, set={LOAD: rate * 1.0001})) == []
    fit = {**STAY, "instance_class": "fit"}
    fitting = scenario(months=60, fleet={"shop": group(version="8.4")}, options={"stay": fit, "more": STAY})
    (sentence,) = overloads(tco.load_scenario(fitting, set={LOAD: rate * 1.0001}))
    assert "more" in sentence


SLOW = {**STAY, "upgrade_hours_per_month": 160}
SIXTY = scenario(
    months=60,
    fleet={"shop": group(clusters=60, engine="postgresql", version="13")},
    options={"stay": SLOW, "other": STAY},
)
"""PostgreSQL 13 has ended before the start: a team of 160 hours a month takes the whole of 2027 for 60 clusters."""


def test_clusters_added_while_an_upgrade_is_due_come_on_the_new_version() -> None:
    """60 clusters are upgraded in 2027, as many as without growth, and 60 x 2 ** (49 / 12) are due in February 2031."""
    loaded = tco.load_scenario(SIXTY, set={CLUSTERS: 1.0})
    events = tco.calendar(loaded).query("option == 'stay'").groupby("from_version")["clusters"].sum()
    assert events.to_dict() == pytest.approx({"13": 60, "18": 60 * 2 ** (49 / 12)})
    table = tco.evaluate(loaded).table().query("option == 'stay'")
    hours = table[table["line"].isin(["major upgrades", "rollback"])].groupby("period")["quantity"].sum()
    assert hours.max() == pytest.approx(160, rel=1e-9)
    still = tco.evaluate(tco.load_scenario(SIXTY)).table().query("option == 'stay'")
    of_13 = [
        some[(some["line"] == "Extended Support") & (some["period"] < "2029")].groupby("period")["quantity"].sum()
        for some in (table, still)
    ]
    assert of_13[0].to_dict() == pytest.approx(of_13[1].to_dict())
    unfinished = table[(table["line"] == "unfinished move") & (table["unit"] == "unfinished cluster")]["quantity"].sum()
    made = tco.calendar(loaded).query("option == 'stay' and from_version == '18' and reason != 'unfinished'")
    assert made["clusters"].sum() + unfinished == pytest.approx(60 * 2 ** (49 / 12))


def test_an_upgrade_that_is_made_late_has_the_clusters_that_were_there_when_it_was_due() -> None:
    """Cluster-months past free patches in one month: the 60 of January 2027, not those that were added since."""
    for rate in (0.0, 1.0):
        table = tco.evaluate(tco.load_scenario(SIXTY, set={CLUSTERS: rate})).table().query("option == 'stay'")
        by_month = table[table["line"] == "months past free patches"].groupby("period")["quantity"].sum()
        assert by_month["2027-02"] == pytest.approx(60)
        assert by_month.get("2028-06", 0) == pytest.approx(0)


def test_the_value_of_a_business_is_shared_by_the_clusters_that_are_added() -> None:
    """60 USD a minute of 4 clusters are 15 of each, and 7.5 when there are 8 of them a year later."""
    business, each = "downtime.business_value_per_minute", "downtime.value_per_minute"
    prices = {}
    for path, value in ((business, 60), (each, 15)):
        loaded = tco.load_scenario(scenario(), set={path: value, CLUSTERS: 1.0, "downtime.affected_share": 1})
        table = tco.evaluate(loaded).table().query("option == 'stay' and line == 'unplanned local downtime'")
        prices[path] = (table.groupby("period")["cost"].sum() / table.groupby("period")["quantity"].sum()).to_dict()
    assert prices[business]["2027-01"] == pytest.approx(15)
    assert prices[business]["2028-01"] == pytest.approx(7.5)
    assert prices[each]["2028-01"] == pytest.approx(15)


def test_a_move_takes_as_long_as_the_clusters_that_are_added_meanwhile() -> None:
    """All hours of a move, those of added clusters too, are what the team gives until the last cut-over."""
    raw = scenario(months=MONTHS, fleet={"shop": group(clusters=40)})
    raw["options"]["dynamodb"]["migration_hours_per_month"] = 800
    only_data = {"transition.start_lag_months": 0, "transition.data_move_hours_per_cluster": 100}
    lengths = {}
    for rate in (0.0, 0.5):
        loaded = tco.load_scenario(raw, set={**only_data, CLUSTERS: rate})
        table = tco.evaluate(loaded).table().query("option == 'dynamodb'")
        move = table[table["line"].isin(["re-modelling and code change", "data migration", "training"])]
        lengths[rate] = move["quantity"].sum() / 800
        assert (move.groupby("period")["quantity"].sum() > 0).sum() == ceil(lengths[rate])
        assert table[table["line"] == "unfinished move"]["quantity"].sum() == 0
    assert lengths[0.5] > lengths[0.0]
    data = table[(table["phase"] == "cut-over") & (table["line"] == "data migration")]
    months = data.groupby("period")["quantity"].sum().to_numpy()
    assert months[: ceil(lengths[0.5]) - 1] == pytest.approx(np.full(ceil(lengths[0.5]) - 1, months[0]))


@pytest.mark.parametrize(("hours", "slower"), [(60, 0), (60, 0.1), (0.01, 0)])
def test_a_move_to_two_platforms_that_grow_apart_has_its_team_every_month(hours: float, slower: float) -> None:
    """As many hours on data in every whole month, however few those of a cluster are: clusters of both move evenly."""
    fleet = {"grows": group(clusters=30), "stays": group(clusters=20)}
    fleet["grows"]["assumptions"], fleet["stays"]["assumptions"] = {CLUSTERS: 1.0}, {CLUSTERS: slower}
    path = "transition.data_move_hours_per_cluster"
    apart = {**DYNAMODB, "migration_hours_per_month": 300, "groups": {"stays": {"platform": "aurora"}}}
    loaded = tco.load_scenario(
        scenario(months=MONTHS, fleet=fleet, options={"stay": STAY, "apart": apart}), set={path: hours}
    )
    table = tco.evaluate(loaded).table().query("option == 'apart' and line == 'data migration' and phase == 'cut-over'")
    by_month = table.groupby("period")["quantity"].sum()
    going = by_month[by_month > 0].to_numpy()[1:-1]
    assert len(going) > 2
    assert going == pytest.approx(np.full(len(going), going[0]), rel=1e-9)


def test_a_move_of_no_clusters_takes_no_work_and_changes_no_other_row() -> None:
    fleet = {"grows": group(clusters=30), "stays": group(clusters=20)}
    fleet["grows"]["assumptions"] = {CLUSTERS: 1.0}
    apart = {**DYNAMODB, "groups": {"stays": {"platform": "aurora"}}}
    loaded = tco.load_scenario(scenario(fleet=fleet, options={"stay": STAY, "apart": apart}))
    both = tco.evaluate(loaded, tco.sweep(loaded, "fleet_size", [0, 50])).total(["option", "line"])["apart"]
    alone = tco.evaluate(loaded).total(["option", "line"])["apart"]
    assert both["data migration"].iloc[0] == 0
    assert both.iloc[1].to_dict() == pytest.approx(alone.iloc[0].to_dict())


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("lag", [0, 4.5])
def test_no_month_of_a_move_has_more_hours_than_its_team(rate: float, lag: float) -> None:
    """Two groups of which one grows: hours of each month within 500, cut-overs even, all that are there moved.

    Month by month: of the clusters that a month has, the team moves as many as in the month before, and those that are
    added between appear on both sides in the proportion of the others.
    """
    fleet = {"grows": group(clusters=30), "stays": group(clusters=20)}
    fleet["grows"]["assumptions"] = {CLUSTERS: rate}
    raw = scenario(months=MONTHS, fleet=fleet)
    raw["options"]["dynamodb"]["migration_hours_per_month"] = 500
    stated = {"transition.start_lag_months": lag, "transition.data_move_hours_per_cluster": 60}
    table = tco.evaluate(tco.load_scenario(raw, set=stated)).table().query("option == 'dynamodb'")
    hours = table[table["line"].isin(["re-modelling and code change", "data migration", "training"])]
    by_month = hours.groupby("period")["quantity"].sum().to_numpy()
    assert by_month.max() <= 500 * (1 + 1e-9)
    moving = table[(table["line"] == "data migration") & (table["phase"] == "cut-over")]
    periods = sorted(table["period"].unique())
    by_group = moving.groupby(["period", "group"])["quantity"].sum().unstack().reindex(periods, fill_value=0.0)
    moved = by_group.to_numpy() / 60
    clusters = np.array([30 * (1 + rate) ** (np.arange(MONTHS) / 12), np.full(MONTHS, 20.0)]).T
    whole = moved.sum(axis=1)
    going = np.flatnonzero(whole > 0)[1:-1]
    assert len(going) > 2
    assert whole[going] == pytest.approx(np.full(len(going), whole[going[0]]), rel=1e-9)
    assert moved[going] == pytest.approx((clusters[going].T * whole[going] / clusters[going].sum(axis=1)).T, rel=1e-9)
    arrived = (moved / clusters).sum(axis=0)
    left = table[(table["line"] == "unfinished move") & (table["phase"] == "not moved")]
    waiting = left.groupby("group")["quantity"].sum().reindex(["grows", "stays"], fill_value=0.0).to_numpy()
    assert clusters[-1] * (1 - arrived) == pytest.approx(waiting, abs=1e-6)


def test_a_month_of_a_move_has_as_many_hours_where_groups_take_different_ones() -> None:
    """Clusters of the group that grows take 90 hours, those of the other 30."""
    fleet = {"grows": group(clusters=30), "stays": group(clusters=20)}
    path = "transition.data_move_hours_per_cluster"
    fleet["grows"]["assumptions"], fleet["stays"]["assumptions"] = {CLUSTERS: 0.5, path: 90}, {path: 30}
    raw = scenario(months=MONTHS, fleet=fleet)
    raw["options"]["dynamodb"]["migration_hours_per_month"] = 500
    table = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'dynamodb' and line == 'data migration'")
    hours = table[table["phase"].isin(["cut-over", "incidents"])].groupby("period")["quantity"].sum().to_numpy()
    going = hours[hours > 0][1:-1]
    assert len(going) > 2
    assert going == pytest.approx(np.full(len(going), going[0]), rel=1e-9)


def test_the_number_of_clusters_may_grow_by_group() -> None:
    """Of two groups alike one doubles every year: instance hours are a geometric series beside a flat line."""
    raw = scenario(months=MONTHS, fleet={name: group(clusters=2, version="8.4") for name in ("shop", "blog")})
    alike = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'stay' and line == 'compute'")
    raw["fleet"]["shop"]["assumptions"] = {CLUSTERS: 1.0}
    table = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'stay' and line == 'compute'")
    before, after = (some.groupby("group")["quantity"].sum() for some in (alike, table))
    assert after["blog"] == pytest.approx(before["blog"], rel=1e-12)
    assert after["shop"] == pytest.approx(before["shop"] / MONTHS * whole(1.0), rel=1e-9)


def test_an_upgrade_of_groups_that_grow_apart_has_the_clusters_of_each_when_it_is_due() -> None:
    """60 clusters of PostgreSQL 13 in two halves of which one doubles each year: due in February 2031, 49 months on."""
    halves = {name: group(clusters=30, engine="postgresql", version="13") for name in ("grows", "stays")}
    halves["grows"]["assumptions"] = {CLUSTERS: 1.0}
    loaded = tco.load_scenario({**SIXTY, "fleet": halves, "options": {"stay": STAY, "other": SLOW}})
    events = tco.calendar(loaded).query("option == 'stay' and from_version == '18'").groupby("group")["clusters"].sum()
    assert events.to_dict() == pytest.approx({"grows": 30 * 2 ** (49 / 12), "stays": 30})
    table = tco.evaluate(loaded).table().query("option == 'stay' and phase == 'cut-over' and line == 'major upgrades'")
    late = table[table["period"] >= "2030"].groupby("group")["quantity"].sum()
    assert late["grows"] / late["stays"] == pytest.approx(2 ** (49 / 12))


def test_a_rate_that_every_group_states_is_that_of_the_fleet() -> None:
    two = {name: group(clusters=4) for name in ("shop", "blog")}
    fleet_wide = lines(scenario(months=MONTHS, fleet=two), **{CLUSTERS: 0.3})
    by_group = lines(
        scenario(months=MONTHS, fleet=two), **{f"fleet.{name}.assumptions.{CLUSTERS}": 0.3 for name in two}
    )
    assert by_group == pytest.approx(fleet_wide, rel=1e-9, abs=1e-6)


def test_a_rate_of_one_group_may_have_a_range() -> None:
    """Each draw has the rate of the group in that draw, and the cost that it alone would have."""
    two = {name: group(clusters=4) for name in ("shop", "blog")}
    path = f"fleet.shop.assumptions.{CLUSTERS}"
    loaded = tco.load_scenario(scenario(months=MONTHS, fleet=two), set={path: {"low": 0.05, "high": 0.5}})
    drawn = tco.monte_carlo(loaded, 4, seed=3).only([path])
    costs = tco.evaluate(loaded, drawn).total(["option", "line"])
    still = {key for key in costs.columns if key[1] not in ("compute", "storage", "routine administration")}
    for draw, rate in enumerate(drawn.frame()[path].tolist()):
        alone = lines(scenario(months=MONTHS, fleet=two), **{path: rate})
        for key in set(costs.columns) - still:
            assert costs[key][draw] == pytest.approx(alone[key], rel=1e-9)


def test_what_a_move_leaves_behind_grows_too() -> None:
    """Twice the clusters after a year: those that have not moved by then are 4 x (1 - 12 months' part) x 2."""
    raw = scenario(months=13)
    raw["options"]["dynamodb"]["migration_hours_per_month"] = 1
    still = {"transition.start_lag_months": 60}
    table = tco.evaluate(tco.load_scenario(raw, set={**still, CLUSTERS: 1.0})).table().query("option == 'dynamodb'")
    left = table[(table["line"] == "unfinished move") & (table["phase"] == "not moved")]
    assert left["quantity"].sum() == pytest.approx(8)


def test_stranded_terms_are_those_of_the_clusters_that_were_there_when_they_began() -> None:
    """A term renewed after a year is bought for twice the clusters, which move half a year later."""
    raw = scenario(options={"stay": {**STAY, "term": "1yr_no_upfront"}, "dynamodb": DYNAMODB})
    at_once = {"labour.migration_team": 1_000_000, "transition.start_lag_months": 18}
    before, after = (lines(raw, **at_once, **{CLUSTERS: rate})["dynamodb", "stranded commitments"] for rate in (0, 1.0))
    assert before > 0
    assert after == pytest.approx(2 * before, rel=1e-4)


def test_drills_of_a_fleet_that_doubles_each_year_go_with_its_size() -> None:
    """Fleet-wide work goes by N / (N + 10): 1/2 for 10 clusters, 2/3 for 20, 4/5 for 40."""
    raw = scenario(months=MONTHS, fleet={"shop": group(clusters=10, version="8.4")})

    def hours(growth: float) -> Any:
        ledger = tco.evaluate(
            tco.load_scenario(raw, set={"operations.fixed_half_scale_clusters": 10, CLUSTERS: growth})
        )
        rows = ledger.table().query("option == 'stay' and line == 'restore drills' and phase == 'versions'")
        return rows.groupby("period")["quantity"].sum()[["2027-01", "2028-01", "2029-01"]]

    assert (hours(1.0) / hours(0.0)).tolist() == pytest.approx([1, (2 / 3) / (1 / 2), (4 / 5) / (1 / 2)])
