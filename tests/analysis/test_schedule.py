"""The fleet's upgrade calendar: columns, dates with preparation and queue, and agreement with the ledger."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from small_scenarios import DYNAMODB, STAY, group, scenario, scenarios

import tco
from tco.analysis.comparison import planned_downtime
from tco.errors import InputError


def calendar(raw: dict[str, Any], option: str = "stay", **keywords: Any) -> pd.DataFrame:
    found = tco.calendar(tco.load_scenario(raw, **keywords))
    return found[found["option"] == option].reset_index(drop=True)


def test_columns_of_a_fleets_calendar() -> None:
    found = tco.calendar(tco.load_scenario(scenario()))
    assert list(found.columns[:10]) == (
        "date from_version to_version path reason option group clusters hours downtime_minutes".split()
    )
    assert found.loc[0, "path"] == ["8.0", "8.4"]
    assert (found.loc[0, "group"], found.loc[0, "clusters"]) == ("shop", 4)


def test_columns_of_an_engines_calendar() -> None:
    found = tco.calendar(engine="mysql", version="5.5", start="2012-01-15", end="2024-12-31", policy="newest")
    assert list(found.columns[:5]) == ["date", "from_version", "to_version", "path", "reason"]
    assert found[["from_version", "to_version", "path", "reason"]].to_numpy().tolist() == [
        ["5.5", "8.0", ["5.5", "5.6", "5.7", "8.0"], "deadline"]
    ]
    assert found.loc[0, "date"] == pd.Timestamp("2018-12-31")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"engine": "mysql"},
        {"engine": "mysql", "start": "2012-01-15"},
        {"engine": "mysq", "start": "2012-01-15", "end": "2013-01-15"},
        {"engine": "mysql", "version": "5.8", "start": "2012-01-15", "end": "2013-01-15"},
        {"engine": "mysql", "start": "2014-01-15", "end": "2013-01-15"},
        {"engine": "mysql", "start": "2012-01-15", "end": "2013-01-15", "policy": "latest"},
        {"engine": "mysql", "start": "2012-01-15", "end": "2013-01-15", "margin_months": -1},
        {"engine": "mysql", "start": "15.1.2012", "end": "2013-01-15"},
    ],
)
def test_a_calendar_that_cannot_be_asked_for(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        tco.calendar(**arguments)


@settings(max_examples=8)
@given(scenarios())
def test_hours_and_minutes_are_those_of_the_ledger(raw: dict[str, Any]) -> None:
    loaded = tco.load_scenario(raw)
    ledger, found = tco.evaluate(loaded), tco.calendar(loaded)
    hours = ledger.total(["option", "line"], "labour hour").iloc[0]
    minutes = ledger.total(["option", "phase"], "downtime minute").iloc[0]
    for option in raw["options"]:
        rows = found[(found["option"] == option) & (found["reason"] != "unfinished")]
        of_ledger = hours[option, "major upgrades"] + hours[option, "rollback"]
        assert rows["hours"].sum() == pytest.approx(of_ledger, rel=1e-9, abs=1e-9)
        upgrades = sum(amount for (name, phase), amount in minutes.items()
                       if name == option and phase.startswith("major upgrade"))  # fmt: skip
        assert rows["downtime_minutes"].sum() == pytest.approx(upgrades, rel=1e-9, abs=1e-9)


def test_what_is_already_due_waits_for_preparation() -> None:
    """MySQL 8.0 lost its free patches on RDS before 2027: at the start plus two months of 30.4375 days."""
    found = calendar(scenario(), set={"upgrades.preparation_months": 2})
    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == ["2027-03-03"]
    assert found["reason"].tolist() == ["slipped"]
    ready = calendar(scenario(), set={"upgrades.preparation_months": 0, "labour.upgrade_team": 1_000_000})
    assert ready["date"].dt.strftime("%Y-%m-%d").tolist() == ["2027-01-01"]


def test_a_deadline_that_can_be_prepared_for_is_met() -> None:
    found = calendar(scenario(fleet={"shop": group(engine="postgresql", version="15")}), set={"months": 36})
    assert found.loc[0, ["reason", "from_version"]].tolist() == ["deadline", "15"]
    assert found.loc[0, "date"] == pd.Timestamp("2028-02-29")


def test_a_capacity_limit_makes_upgrades_wait_and_extended_support_pay() -> None:
    """With a tenth of the hours a month the same work is done one by one, and Extended Support is paid until then."""
    raw = scenario(months=60, options={"stay": STAY, "slow": {**STAY, "upgrade_hours_per_month": 20}})
    found = tco.calendar(tco.load_scenario(raw)).set_index("option")
    first = found[found["from_version"] == "8.0"]
    assert first.loc["slow", "clusters"].tolist() == [1, 1, 1, 1]
    assert (first.loc["slow", "date"] > first.loc["stay", "date"]).all()
    assert set(first.loc["slow", "reason"]) == {"slipped"}
    months_of_work = first.loc["slow", "hours"].cumsum() / 20
    waited = (first.loc["slow", "date"] - pd.Timestamp("2027-01-01")).dt.days / 30.4375
    assert waited.to_numpy() == pytest.approx(months_of_work.to_numpy(), abs=0.1)
    support = tco.evaluate(tco.load_scenario(raw)).total(["option", "line"]).iloc[0]
    assert support["slow", "Extended Support"] > support["stay", "Extended Support"] > 0


LINEAR = {
    "upgrades.learning_rate": 1,
    "upgrades.designs_per_cluster": 1,
    "upgrades.plan_hours": 0,
    "upgrades.tooling_hours_manual": 0,
    "upgrades.preparation_months": 2,
    "downtime.incident_probability_inplace": 0,
}
"""Every cluster takes the same hours, whatever came before it, for each step of its path."""


def simulated(
    jobs: dict[str, tuple[int, float, dt.date, dt.date]], limit: float, start: dt.date, end: dt.date
) -> dict[str, list[dt.date]]:
    """Days on which clusters are finished, by a team that works day by day on what is forced first.

    jobs: clusters, hours of one, first day of work, day on which the vendor forces what is left.
    """
    left = {name: [hours] * clusters for name, (clusters, hours, _, _) in jobs.items()}
    finished: dict[str, list[dt.date]] = {name: [] for name in jobs}
    day = start
    while day <= end:
        hours = limit / monthrange(day.year, day.month)[1]
        while hours > 1e-9:
            waiting = [name for name, (_, _, begin, forced) in jobs.items() if left[name] and begin <= day < forced]
            if not waiting:
                break
            name = min(waiting, key=lambda name: jobs[name][3])
            done = min(hours, left[name][0])
            left[name][0] -= done
            hours -= done
            if left[name][0] < 1e-9:
                left[name].pop(0)
                finished[name].append(day)
        day += dt.timedelta(days=1)
    return finished


@pytest.mark.parametrize("limit", [25.0, 60.0, 140.0, 400.0])
def test_a_limited_team_does_what_a_simulation_day_by_day_does(limit: float) -> None:
    fleet = {
        "old": group(clusters=9, engine="postgresql", version="13"),
        "newer": group(clusters=7, engine="postgresql", version="14"),
        "shop": group(clusters=12, engine="mysql", version="8.0"),
    }
    option = {"team": {**STAY, "upgrade_hours_per_month": limit}, "free": STAY}
    raw = scenario(fleet=fleet, options=option, reference="team", months=48)
    loaded = tco.load_scenario(raw, set=LINEAR)
    found = tco.calendar(loaded)
    start = dt.date(2027, 1, 1)
    jobs = {}
    for name, engine in (("old", "rds_postgresql"), ("newer", "rds_postgresql"), ("shop", "rds_mysql")):
        stated = loaded.fleet[name]
        forced = tco.calendar(engine=engine, version=stated.version, start=start, end="2040-01-01", policy="never")
        free = found[(found["option"] == "free") & (found["group"] == name)].iloc[0]
        due = tco.calendar(engine=engine, version=stated.version, start=start, end="2040-01-01").iloc[0]["date"]
        begin = max(start, (due - pd.DateOffset(months=2)).date())
        jobs[name] = (stated.clusters, free["hours"] / free["clusters"], begin, forced.iloc[0]["date"].date())
    expected = simulated(jobs, limit, start, dt.date(2030, 12, 31))
    of_team = found[(found["option"] == "team") & found["from_version"].isin(["13", "14", "8.0"])]
    for name, days in expected.items():
        own = of_team[of_team["group"] == name]
        made = own[own["reason"].isin(["slipped", "deadline"])]
        assert made["clusters"].sum() == pytest.approx(len(days)), name
        by_month = made.groupby(made["date"].dt.to_period("M"))["clusters"].sum()
        free_day = max(
            pd.Timestamp(start) + pd.Timedelta(days=61), pd.Timestamp(jobs[name][2]) + pd.DateOffset(months=2)
        )
        counted = (
            pd.Series([max(pd.Timestamp(day), free_day).to_period("M") for day in days]).value_counts().sort_index()
        )
        cumulative = by_month.cumsum().reindex(counted.index, method="ffill").fillna(0)
        # A cluster that is finished about midnight of a month's last day may be counted on either side.
        assert (cumulative - counted.cumsum()).abs().max() <= 1, name
        rest = own[own["reason"] == "forced"]
        forced_ones = jobs[name][0] - len(days) if jobs[name][3] <= dt.date(2030, 12, 31) else 0
        assert rest["clusters"].sum() == pytest.approx(forced_ones), name
        assert set(rest["date"].dt.date) <= {jobs[name][3]}


@pytest.mark.parametrize("method", ["in_place", "blue_green"])
@pytest.mark.parametrize(("limit", "turnover"), [(15.0, 0.9), (20.0, 0.15), (33.0, 0.9), (90.0, 0.0)])
def test_planned_hours_of_a_month_never_exceed_the_limit(limit: float, turnover: float, method: str) -> None:
    """Whatever is forgotten of the tooling between one upgrade and the next."""
    fleet = {"shop": group(clusters=8), "billing": group(clusters=5, engine="postgresql", version="13")}
    limited = {**STAY, "method": method, "upgrade_hours_per_month": limit}
    raw = scenario(fleet=fleet, months=72, options={"stay": limited, "free": STAY})
    stated = {"downtime.incident_probability_inplace": 0, "labour.staff_turnover": turnover}
    ledger = tco.evaluate(tco.load_scenario(raw, set=stated))
    found = ledger.table().query("option == 'stay' and line == 'major upgrades'")
    calendar_rows = tco.calendar(ledger.scenario).query("option == 'stay' and reason == 'forced'")
    forced = pd.PeriodIndex(calendar_rows["date"], freq="M")  # the vendor's are mended in the two months after them
    planned = found[~found["period"].isin([str(month + later) for month in forced for later in range(3)])]
    assert planned.groupby("period")["quantity"].sum().max() <= limit + 1e-6


def test_nobody_pays_extended_support_after_it_has_ended() -> None:
    raw = scenario(months=72, fleet={"shop": group(clusters=20, engine="postgresql", version="14")})
    raw["options"]["stay"] = {**STAY, "upgrade_hours_per_month": 20}
    ledger = tco.evaluate(tco.load_scenario(raw))
    support = ledger.table().query("option == 'stay' and line == 'Extended Support' and cost > 0")["period"]
    assert support[support < "2031"].max() == "2030-02"
    found = tco.calendar(ledger.scenario)
    first = found[found["from_version"] == "14"]
    assert first["clusters"].sum() == pytest.approx(20)
    assert set(first[first["reason"] == "forced"]["date"]) == {pd.Timestamp("2030-02-28")}


@pytest.mark.parametrize("limit", [0.5, 40.0, 1e9])
def test_a_limited_team_without_clusters_or_with_any_hours_accounts_for_every_cluster(limit: float) -> None:
    fleet = {"shop": group(clusters=3), "none": group(clusters=0), "billing": group(engine="postgresql", version="13")}
    raw = scenario(fleet=fleet, months=60, options={"stay": {**STAY, "upgrade_hours_per_month": limit}, "free": STAY})
    for start in ("2027-01", "2027-02"):
        found = tco.calendar(tco.load_scenario(raw | {"start": start}))
        first = found[found["from_version"].isin(["8.0", "13"])].groupby(["option", "group"])["clusters"].sum()
        assert first["stay"].to_dict() == pytest.approx({"shop": 3, "billing": 4})
        assert first["free"].to_dict() == pytest.approx({"shop": 3, "billing": 4})


def test_preparation_that_outlasts_the_support_is_forced() -> None:
    found = calendar(
        scenario(fleet={"shop": group(engine="postgresql", version="11")}), set={"upgrades.preparation_months": 9}
    )
    assert found.loc[0, ["reason", "date"]].tolist() == ["forced", pd.Timestamp("2027-03-31")]


def test_upgrades_that_the_horizon_cuts_off_are_owed() -> None:
    raw = scenario(months=12, fleet={"shop": group(clusters=20, engine="postgresql", version="14")})
    raw["options"]["stay"] = {**STAY, "upgrade_hours_per_month": 20}
    ledger = tco.evaluate(tco.load_scenario(raw))
    made = tco.calendar(ledger.scenario).query("reason == 'slipped'")["clusters"].sum()
    share = tco.compare(ledger).set_index("option")["unfinished"]["stay"]
    assert share == pytest.approx((20 - made) / 20)
    assert 0.5 < share < 1
    owed = ledger.table().query("option == 'stay' and line == 'unfinished move' and unit == 'labour hour'")
    assert set(owed["period"]) == {"2027-12"}
    assert owed["quantity"].sum() > 20 * 12


def test_versionless_options_have_no_calendar() -> None:
    options = {"stay": DYNAMODB, "more": {**DYNAMODB, "capacity": "provisioned"}}
    raw = scenario(fleet={"shop": group(platform="dynamodb", version=None)}, options=options)
    assert tco.calendar(tco.load_scenario(raw)).empty
    lines = tco.evaluate(tco.load_scenario(raw)).total(["line"], "labour hour").iloc[0]
    assert lines["major upgrades"] == lines["minor upgrades"] == lines["OS and security patches"] == 0


def test_clusters_that_have_left_are_not_upgraded() -> None:
    """A move that is over before the deadline spares the upgrade; one that comes after does not."""
    fleet = {"shop": group(engine="postgresql", version="15")}
    raw = scenario(months=36, fleet=fleet, options={"stay": STAY, "dynamodb": {**DYNAMODB, "policy": "settled"}})
    early = calendar(raw, "dynamodb", set={"transition.start_lag_months": 1})
    late = calendar(raw, "dynamodb", set={"transition.start_lag_months": 30})
    assert early.empty
    assert late["clusters"].tolist() == [4]


AT_ONCE = {"transition.start_lag_months": 0, "transition.productive_hours_per_month": 1e6}
"""A move that is over before anybody has prepared an upgrade."""


def to_aurora(months: int = 36, **changes: Any) -> dict[str, Any]:
    aurora = {"platform": "aurora", "deployment": "multi_az", "policy": "settled", "method": "in_place"}
    return scenario(months=months, fleet={"shop": group(**changes)}, options={"stay": STAY, "aurora": aurora})


@pytest.mark.parametrize(
    ("engine", "version", "stated", "paths"),
    [
        # In paid support: made on RDS as soon as it is prepared. Aurora MySQL 8.4 is its equal, and ends 2032-04-30.
        ("mysql", "8.0", {"transition.start_lag_months": 12}, ["8.0 > 8.4"]),
        # Moved first, as version 3, which ends on 2028-04-30.
        ("mysql", "8.0", AT_ONCE, ["3 > 8.4"]),
        ("postgresql", "13", {"transition.start_lag_months": 12}, ["13 > 18"]),
        # Half of the clusters have moved before the upgrade of the others is made.
        ("mysql", "8.0", {"transition.start_lag_months": 6}, ["8.0 > 8.4"]),
    ],
)
def test_what_is_upgraded_before_it_moves_is_not_upgraded_to_that_version_again(
    engine: str, version: str, stated: dict[str, float], paths: list[str]
) -> None:
    frame = calendar(to_aurora(engine=engine, version=version), "aurora", set=stated)
    assert [" > ".join(path) for path in frame["path"]] == paths
    assert frame["clusters"].tolist() == pytest.approx([4])


def test_gains_of_an_upgrade_go_with_clusters_that_move_after_it() -> None:
    """One step, made on RDS, saves a tenth of the instances there, and of those on Aurora as well."""
    stated = {"transition.start_lag_months": 12, "upgrades.instances_saved_per_step": 0.1}
    table = tco.evaluate(tco.load_scenario(to_aurora(months=15), set=stated)).table()
    last = table[(table["option"] == "aurora") & (table["period"] == "2028-03")].groupby("line")["cost"].sum()
    assert last["upgrade benefits"] == pytest.approx(-0.1 * (last["compute"] + last["replicas"]))


def test_nothing_is_left_of_a_move_that_is_over() -> None:
    """A calendar had a row of 2e-14 clusters on the platform that everybody had left."""
    fleet = {"shop": group(engine="postgresql", version="15", assumptions={"growth.clusters_per_year": 0.1})}
    option = {**DYNAMODB, "policy": "settled", "migration_hours_per_month": 300}
    for lag in (1.1, 1.7, 2.3, 3.2, 4.9):
        raw = scenario(months=36, fleet=fleet, options={"stay": STAY, "d": option})
        assert calendar(raw, "d", set={"transition.start_lag_months": lag}).empty


# -- history replayed ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replayed() -> tco.Ledger:
    return tco.evaluate(tco.load_scenario("backup_metadata_store", set={"start": "2012-01", "months": 144}))


def test_twelve_years_of_postgresql_are_the_published_ones(replayed: tco.Ledger) -> None:
    """From 9.1, the newest of 2012-01, three upgrades follow from the published ends of support."""
    found = tco.calendar(replayed.scenario)
    rows = found[(found["option"] == "postgresql") & (found["group"] == "metadata_us")]
    assert rows["date"].dt.strftime("%Y-%m-%d").tolist() == ["2016-10-27", "2020-02-13", "2023-11-09"]
    assert rows["path"].tolist() == [["9.1", "9.4"], ["9.4", "11"], ["11", "15"]]
    assert not rows["projected"].any()


def test_moving_in_2012_spares_them(replayed: tco.Ledger) -> None:
    hours = replayed.total(["option", "line"], "labour hour").iloc[0]
    assert hours["postgresql", "major upgrades"] > 0
    assert hours["dynamodb", "major upgrades"] == 0
    assert (replayed.table()["period"].min(), replayed.table()["period"].max()) == ("2012-01", "2023-12")


# -- the founding article's claim ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quickstart", "enterprise_mixed", "startup_small"])
def test_planned_minutes_are_of_the_claimed_order(name: str) -> None:
    """30 to 60 minutes or more a relational cluster and year, as an outcome: half to twice that is the right order.

    Minutes of the database alone are a half-hour at most; no event happens more often than monthly.
    """
    found = planned_downtime(tco.evaluate(tco.load_scenario(name))).set_index("option")
    in_place = found.loc["stay"]
    assert 15 <= in_place["planned_minutes"] <= 120
    assert 5 <= in_place["database_minutes"] <= 30
    assert 1 <= in_place["events"] <= 12
    assert in_place["planned_minutes"] == pytest.approx(in_place["database_minutes"] + in_place["application_minutes"])
    assert found.loc["automated", "database_minutes"] < in_place["database_minutes"]
    moved = found[
        [option.startswith("dynamodb_e") or option in ("dynamodb", "dynamodb_on_demand") for option in found.index]
    ]
    assert (moved["planned_minutes"] < in_place["planned_minutes"] / 2).all()


def test_a_blue_green_switch_itself_takes_seconds() -> None:
    """Without fallback, database minutes of an upgrade are those of the switch: under a minute a cluster."""
    options = {"stay": STAY, "green": {**STAY, "method": "blue_green"}}
    never = ("bluegreen_fallback_probability", "incident_probability_inplace", "incident_probability_bluegreen")
    ledger = tco.evaluate(tco.load_scenario(scenario(options=options), set={f"downtime.{name}": 0 for name in never}))
    minutes = ledger.total(["option", "phase"], "downtime minute").iloc[0]
    clusters = 4
    assert 0.05 < minutes["green", "major upgrade: database"] / clusters < 1
    assert 5 < minutes["stay", "major upgrade: database"] / clusters < 60
    assert minutes["green", "major upgrade: application"] == minutes["stay", "major upgrade: application"]


def test_what_explains_a_gap_to_the_claim_is_named() -> None:
    found = planned_downtime(tco.evaluate(tco.load_scenario(scenario()))).set_index("option")
    assert list(found.columns) == [
        "database_minutes", "application_minutes", "planned_minutes", "events", "claim", "explanation",
    ]  # fmt: skip
    low = found[found["claim"] == "below"]
    assert low["explanation"].str.contains("stop the application for .* would take .* each").all()
    assert set(found["claim"]) <= {"below", "within", "above"}


def test_planned_downtime_of_no_clusters() -> None:
    found = planned_downtime(tco.evaluate(tco.load_scenario(scenario(), fleet_size=0)))
    assert (found["planned_minutes"] == 0).all()
    assert len(found) == 2
