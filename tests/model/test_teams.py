"""People: how many hours a month a team has, what that does to upgrades and moves, and how it follows the fleet."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.evaluation.inputs import Inputs
from tco.model.fleet.teams import PRODUCTIVE_HOURS, hours_of_team
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario

PRODUCTIVE = {PRODUCTIVE_HOURS: 100}
FLEET = {"old": group(clusters=30, engine="postgresql", version="13"), "shop": group(clusters=25, version="8.0")}


def loaded(size: int | None = None, months: int = 72, **values: Any) -> Scenario:
    raw = scenario(fleet=FLEET, months=months, options={"stay": STAY, "dynamodb": DYNAMODB})
    return tco.load_scenario(raw, set={**PRODUCTIVE, **values}, fleet_size=size)


@pytest.mark.parametrize("people", [1, 5, 50])
def test_hours_of_a_month_never_exceed_those_of_the_team(people: int) -> None:
    teams = {"labour.upgrade_team": people, "labour.migration_team": people, "transition.withdrawals_per_year": 0}
    ledger = tco.evaluate(loaded(**teams, **{"downtime.incident_probability_inplace": 0}))
    hours = ledger.means(["option", "category", "line", "period"], "labour hour")
    upgrades, moving = dict.fromkeys(ledger.periods, 0.0), dict.fromkeys(ledger.periods, 0.0)
    for (option, category, line, period), amount in hours.items():
        if (option, line) == ("stay", "major upgrades"):
            upgrades[period] += amount
        elif (option, category) == ("dynamodb", "transition") and line != "unfinished move":
            moving[period] += amount
    for worked in (upgrades, moving):
        assert 0 < max(worked.values()) <= people * 100 + 1e-6


def test_more_people_finish_no_later() -> None:
    ledgers = [tco.evaluate(loaded(**{"labour.upgrade_team": n, "labour.migration_team": n})) for n in (1, 3, 10, 50)]
    support = [ledger.total(["option", "line"]).iloc[0]["stay", "Extended Support"] for ledger in ledgers]
    assert support == sorted(support, reverse=True)
    left = [tco.compare(ledger).set_index("option")["unfinished"]["dynamodb"] for ledger in ledgers]
    assert left == sorted(left, reverse=True)
    assert left[0] > 0.2
    assert left[-1] == 0


def test_hours_of_an_option_override_the_team() -> None:
    raw = scenario(fleet=FLEET, months=60, options={"stay": STAY, "slow": {**STAY, "upgrade_hours_per_month": 100}})
    one = tco.load_scenario(raw, set={**PRODUCTIVE, "labour.upgrade_team": 1})
    many = tco.load_scenario(raw, set={**PRODUCTIVE, "labour.upgrade_team": 50})
    dates = {
        key: found.set_index("option")["date"]
        for key, found in (("one", tco.calendar(one)), ("many", tco.calendar(many)))
    }
    assert dates["one"]["stay"].tolist() == dates["one"]["slow"].tolist() == dates["many"]["slow"].tolist()
    assert dates["many"]["stay"].max() < dates["many"]["slow"].max()


def test_a_team_that_is_not_stated_has_as_many_people_to_each_cluster_and_two_at_least() -> None:
    """4.3 people (median) for 100 clusters: 43 for a thousand, two people for one."""
    entry = tco.load_scenario(scenario(fleet={"shop": group(clusters=1000)})).assumptions["labour.upgrade_team"]
    assert (entry.value, entry.low, entry.high) == pytest.approx((43, 25, 73))
    assert "labour.upgrade_team" not in loaded().changed
    small = scenario(fleet={"shop": group(clusters=1)})
    default = tco.calendar(tco.load_scenario(small))["date"].tolist()
    assert default == tco.calendar(tco.load_scenario(small, set={"labour.upgrade_team": 2}))["date"].tolist()


@pytest.mark.parametrize(
    ("people", "clusters", "expected"), [(30, 10, 3), (8, 10, 2), (1.5, 10, 1.5), (8, 200, 16), (1.5, 200, 3)]
)
def test_a_team_of_a_range_goes_with_the_fleet_to_two_people(people: float, clusters: int, expected: float) -> None:
    """Stated for 100 clusters: a tenth for 10, but two at least, or all where the range is of less than two."""
    of = {"low": people * 0.9999, "high": people * 1.0001}
    raw = scenario(fleet={"shop": group(clusters=100)})
    scaled = tco.load_scenario(raw, set={**PRODUCTIVE, "labour.migration_team": of}, fleet_size=clusters)
    hours = hours_of_team(Inputs(scaled, Block(0, 1)), "labour.migration_team")
    assert hours.item() == pytest.approx(100 * expected, rel=1e-3)


@pytest.mark.parametrize("team", [None, {"low": 1, "high": 3}])
def test_doubling_the_fleet_doubles_what_is_per_cluster(team: object) -> None:
    """The team grows with it, so that nothing slips that did not slip before: Extended Support doubles exactly."""
    stated = {} if team is None else {"labour.upgrade_team": team, "labour.migration_team": team}
    stated |= {
        "upgrades.designs_per_cluster": 1,
        "transition.modelling_learning_rate": 1,
        "transition.tooling_hours": 0,
    }
    once, twice = (tco.evaluate(loaded(size, **stated)).total(["option", "line"]).iloc[0] for size in (None, 110))
    doubled = [("stay", "Extended Support"), ("dynamodb", "Extended Support"), ("dynamodb", "compute")]
    doubled += [("dynamodb", "requests or capacity"), ("dynamodb", "re-modelling and code change")]
    for option, line in doubled:
        assert once[option, line] > 0
        assert twice[option, line] == pytest.approx(2 * once[option, line], rel=1e-9), (option, line)


def test_a_team_stated_as_one_number_stays_that_large() -> None:
    """So twice the clusters take it twice as long, and more Extended Support each."""
    once, twice = (
        tco.evaluate(loaded(size, **{"labour.upgrade_team": 2})).total(["option", "line"]).iloc[0]
        for size in (None, 110)
    )
    assert twice["stay", "Extended Support"] > 2.3 * once["stay", "Extended Support"]


@pytest.mark.parametrize(("path", "values"), [("labour.upgrade_team", (1, 4)), ("upgrades.plan_hours", (30, 3000))])
def test_a_sweep_of_what_dates_are_made_of_moves_the_calendar(path: str, values: tuple[float, ...]) -> None:
    swept = tco.evaluate(one := loaded(months=24), tco.sweep(one, path, list(values))).total("option")["stay"]
    for row, value in enumerate(values):
        alone = tco.evaluate(loaded(months=24, **{path: value})).total("option")["stay"]
        assert swept.iloc[row] == pytest.approx(alone.iloc[0], rel=1e-9)


def test_months_without_patches_rest_on_the_team_that_ends_them() -> None:
    table = tco.evaluate(loaded(months=24)).table().query("option == 'stay' and line == 'months past free patches'")
    assert {"labour.upgrade_team", PRODUCTIVE_HOURS} <= set(table["assumptions"].iloc[0].split("; "))


def test_a_team_that_goes_with_the_fleet_grows_with_it() -> None:
    """It takes as long for the clusters of a growing fleet as for one that stays; a stated one takes longer."""
    shop = group(clusters=60, engine="postgresql", version="15")
    raw = scenario(months=60, fleet={"shop": shop}, options={"stay": STAY, "other": STAY})

    def last(growth: float, **values: Any) -> pd.Timestamp:
        found = tco.calendar(tco.load_scenario(raw, set={"growth.clusters_per_year": growth, **values}))
        return found[(found["option"] == "stay") & (found["from_version"] == "15")]["date"].max()

    month, stated = pd.Timedelta(days=31), {"labour.upgrade_team": 2.6}
    assert last(0.5) <= last(0) + month
    assert last(0.5, **stated) > last(0, **stated) + month


@pytest.mark.parametrize(("hours", "reason"), [(4, "unfinished"), (20, "slipped")])
def test_a_single_cluster_is_upgraded_as_a_whole(hours: int, reason: str) -> None:
    """Its upgrade takes some 180 hours: 24 months of 4 do for half of them, and no half of a cluster is upgraded."""
    one = {"old": group(clusters=1, engine="postgresql", version="13")}
    stay = {**STAY, "upgrade_hours_per_month": hours}
    events = tco.calendar(tco.load_scenario(scenario(fleet=one, options={"stay": stay, "dynamodb": DYNAMODB})))
    (row,) = events[events["option"] == "stay"].itertuples()
    assert (row.reason, row.clusters) == (reason, 1)


@pytest.mark.parametrize("hours", [20, 32])
def test_a_team_finishes_what_its_hours_of_all_months_are_enough_for(hours: int) -> None:
    """Of 24 months x hours less is left than one cluster of those finished takes on average."""
    fleet = {"old": group(clusters=40, platform="ec2", engine="postgresql", version="13")}
    stay = {"platform": "ec2", "policy": "settled", "method": "in_place", "upgrade_hours_per_month": hours}
    raw = scenario(fleet=fleet, options={"stay": stay, "dynamodb": DYNAMODB})
    loaded = tco.load_scenario(raw, set={"upgrades.preparation_months": 0})
    events = tco.calendar(loaded).query("option == 'stay'")
    finished = 40 - events[events["reason"] == "unfinished"]["clusters"].sum()
    worked = tco.evaluate(loaded).total(["option", "line"], "labour hour").iloc[0]["stay"]
    spent = worked["major upgrades"] + worked["rollback"] + worked["staging environments"]
    assert 24 * hours - spent / finished < spent <= 24 * hours + 1e-6


@pytest.mark.parametrize("hours", [8, 12])
def test_clusters_that_are_not_upgraded_are_not_more_than_there_are(hours: int) -> None:
    """The vendor moves some while the team is at work, so that parts of the fleet are late on versions of their own."""
    fleet = {"old": group(clusters=20, engine="postgresql", version="13")}
    options = {"stay": {**STAY, "upgrade_hours_per_month": hours}, "dynamodb": DYNAMODB}
    of = tco.load_scenario(scenario(fleet=fleet, options=options, months=100))
    left = tco.evaluate(of).table().query("option == 'stay' and phase == 'not upgraded'")["quantity"]
    assert len(left) > 1
    assert left.sum() <= 20 + 1e-9


def test_clusters_of_two_groups_are_upgraded_one_by_one_like_those_of_one() -> None:
    """An odd number is left at the end, whether twenty are one group or two of ten."""
    options = {"stay": {**STAY, "upgrade_hours_per_month": 32}, "dynamodb": DYNAMODB}
    left = []
    for names, clusters in (("a", 20), ("ab", 10)):
        fleet = {name: group(clusters=clusters, engine="postgresql", version="13") for name in names}
        table = tco.evaluate(tco.load_scenario(scenario(fleet=fleet, options=options, months=60))).table()
        left.append(table.query("option == 'stay' and phase == 'not upgraded'")["quantity"].sum())
    assert left == pytest.approx([9, 9])


def test_a_sweep_of_the_fleet_size_moves_a_team_that_goes_with_it() -> None:
    fleet = {"old": group(clusters=5, engine="postgresql", version="13")}
    of = tco.load_scenario(
        raw := scenario(fleet=fleet), set=(small := {"labour.upgrade_team": {"low": 0.1, "high": 0.3}})
    )
    swept = tco.evaluate(of, tco.sweep(of, "fleet_size", [5, 50])).total(["option", "line"])
    for row, size in enumerate((5, 50)):
        alone = tco.evaluate(tco.load_scenario(raw, set=small, fleet_size=size)).total(["option", "line"]).iloc[0]
        assert swept.iloc[row].to_dict() == pytest.approx(alone.to_dict(), rel=1e-9, abs=1e-6)


def test_upgrades_take_as_long_where_each_group_states_the_hours() -> None:
    """Half of the groups with 300 hours to plan and half with 500 take as long as all with 400."""
    path, fleet = "upgrades.plan_hours", {name: group(clusters=2, engine="postgresql", version="13") for name in "ab"}
    options = {"stay": {**STAY, "upgrade_hours_per_month": 60}, "dynamodb": DYNAMODB}
    ends = []
    for stated in (
        {path: 400},
        {f"fleet.{name}.assumptions.{path}": hours for name, hours in (("a", 300), ("b", 500))},
    ):
        loaded = tco.load_scenario(scenario(fleet=fleet, options=options), set=stated)
        ends.append(tco.calendar(loaded).query("option == 'stay'")["date"].tolist())
    assert ends[0] == ends[1]


def test_nobody_works_on_upgrades_in_a_freeze() -> None:
    """At 40 hours a month it takes until May; each month in between that is frozen moves its end by one."""
    one = {"old": group(clusters=1, engine="postgresql", version="13")}
    options = {"stay": {**STAY, "upgrade_hours_per_month": 40}, "dynamodb": DYNAMODB}
    hours, ends = [], []
    for freezes in ([], ["2027-03..2027-04"], ["2027-03..2027-03"]):
        stated = scenario(fleet=one, options=options, freezes=freezes)
        of = tco.load_scenario(stated, set={"upgrades.preparation_months": 0})
        table = (
            tco.evaluate(of).table().query("option == 'stay' and line == 'major upgrades' and unit == 'labour hour'")
        )
        hours.append(table.groupby("period")["quantity"].sum())
        ends.append(tco.calendar(of).query("option == 'stay'")["date"].iloc[0])
    free, frozen, _ = hours
    assert {"2027-03", "2027-04"} <= {*free[free > 0].index}
    assert frozen.reindex(["2027-03", "2027-04"]).fillna(0).tolist() == [0, 0]
    assert frozen.sum() == pytest.approx(free.sum())
    assert [(end.year, end.month) for end in ends] == [(2027, 5), (2027, 7), (2027, 6)]


def test_an_upgrade_whose_preparation_outlasts_the_horizon_is_unfinished() -> None:
    """Due at the start, and prepared after a year: in six months nothing is done, and all three clusters are owed."""
    three = {"old": group(clusters=3, engine="postgresql", version="13")}
    of = tco.load_scenario(scenario(fleet=three, months=6), set={"upgrades.preparation_months": 12})
    (row,) = tco.calendar(of).query("option == 'stay'").itertuples()
    assert (row.reason, row.clusters) == ("unfinished", 3)
    assert tco.compare(tco.evaluate(of)).set_index("option")["unfinished"]["stay"] == 1


def test_standby_is_paid_for_what_databases_add_to_the_rotas_of_other_systems() -> None:
    """As many pages of databases as of others, each the capacity of one rota: a second rota, 52.18 weeks a year.

    A third of its pay is saved in cash, the rest is soft.
    """

    def weeks(**values: float) -> dict[str, float]:
        stated = {f"operations.{name}": value for name, value in values.items()}
        table = tco.evaluate(tco.load_scenario(scenario(fleet={"shop": group(clusters=400)}), set=stated)).table()
        rows = table[(table["option"] == "stay") & (table["unit"] == "standby week")]
        return {
            str(kind): float(sum_) for kind, sum_ in rows.groupby("release", observed=True)["quantity"].sum().items()
        }

    rota_a_page = weeks(other_pages_of_rota=0, rota_capacity_pages=1, standby_cashable_share=0)
    pages = sum(rota_a_page.values()) / (2 * 365.25 / 7)
    found = weeks(other_pages_of_rota=pages, rota_capacity_pages=pages, standby_cashable_share=1 / 3)
    assert found["cashable"] == pytest.approx(2 * 365.25 / 7 / 3, rel=1e-4)
    assert found["soft"] == pytest.approx(2 * 365.25 / 7 * 2 / 3, rel=1e-4)
