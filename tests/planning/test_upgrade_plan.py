"""Plans keep to the team's hours, to freezes and to the order of environments, and cost no more than the queue."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import InputError
from tco.planning import constraint_solver, upgrade_plan
from tco.planning.exports import as_ics, as_issues, as_linear_issues, as_markdown
from tco.planning.upgrade_plan import Plan
from tco.planning.work import work_of
from tco.scenario.scenario import PlanRules, Scenario

HOURS = 90.0


def fleet() -> Scenario:
    groups = {
        "shop": group(clusters=3, engine="postgresql", version="13"),
        "rehearsal": group(clusters=2, engine="postgresql", version="13", environment="staging"),
        "crm": group(clusters=2, engine="postgresql", version="14"),
        "later": group(clusters=2, version="8.4"),
    }
    options = {"stay": {**STAY, "deployment": "single_az"}, "dynamodb": DYNAMODB}
    return tco.load_scenario(scenario(months=48, fleet=groups, options=options))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return tco.plan(fleet(), capacity=HOURS, max_cutovers_per_week=2, freeze="2027-05..2027-06")


def test_the_columns_of_a_plan(plan: Plan) -> None:
    assert (
        list(plan.columns[:13])
        == (
            "cluster group from_version to_version start cut_over deadline slack_days labour_hours staging_cost "
            "downtime_minutes slips slip_cost"
        ).split()
    )
    assert len(plan) == 9
    assert (plan["slack_days"] == (plan["deadline"] - plan["cut_over"]).dt.days).all()
    assert (plan["slips"] == (plan["slack_days"] < 0)).all()
    assert plan["cut_over"].is_monotonic_increasing
    assert 0 <= plan.gap < 1


def test_hours_of_a_month_stay_within_the_capacity_and_out_of_freezes(plan: Plan) -> None:
    """Every cluster's hours lie between its start and its cut-over; a month has no more than the team has."""
    assert plan.hours_by_month.max() <= HOURS + 1e-6
    assert plan.hours_by_month[["2027-05", "2027-06"]].sum() == 0
    assert plan.hours_by_month.sum() == pytest.approx(plan.loc[~plan["forced"], "labour_hours"].sum())
    assert (plan["start"] <= plan["cut_over"]).all()
    by_then = plan[~plan["forced"]].groupby("cut_over")["labour_hours"].sum().cumsum()
    days = pd.date_range("2027-01-01", "2030-12-31")
    daily = np.where((days >= "2027-05-01") & (days <= "2027-06-30"), 0, HOURS / days.days_in_month)
    available = pd.Series(daily.cumsum(), index=days)
    assert (by_then <= available[by_then.index] + 1e-6).all()


def test_nothing_cuts_over_in_a_freeze_and_no_week_has_more_than_two(plan: Plan) -> None:
    assert not plan["cut_over"].between("2027-05-01", "2027-06-30").any()
    weeks = (plan["cut_over"] - pd.Timestamp("2027-01-01")).dt.days // 7
    assert weeks.value_counts().max() <= 2


def test_staging_goes_before_production(plan: Plan) -> None:
    days = plan.groupby("group")["cut_over"]
    assert days.max()["rehearsal"] <= days.min()["shop"]


def costs_of_all_orders(stated: Scenario, capacity: float) -> list[float]:
    """What each order of the clusters costs, worked day by day; staging goes before production of its version."""
    works = [work for work in work_of(stated, "stay") if work.planned and work.deadline <= stated.last_day]
    first, days = stated.first_day, pd.date_range(stated.first_day, stated.last_day)
    available = np.cumsum(capacity / days.days_in_month.to_numpy())
    preparation = round(stated.assumptions["upgrades.preparation_months"].mean * 365.25 / 12)
    after = {place: [other for other, its in enumerate(works) if work.environment == "production"
                     and its.environment != "production" and its.version == work.version]
             for place, work in enumerate(works)}  # fmt: skip

    def hours(place: int, order: tuple[int, ...]) -> float:
        work = works[place]
        assert work.planned
        assert work.shared
        made = sum(works[other].shared is work.shared for other in order)
        return work.planned.team_hours * float(work.shared.factors[made])

    def cost(order: tuple[int, ...], at: float = 0.0) -> float:
        spent, total = at, 0.0
        for place in order:
            work = works[place]
            day = max(int(np.searchsorted(available, spent + hours(place, order) - 1e-6)), preparation)
            since = max(work.deadline + timedelta(days=1), first)
            forced_on = work.forced_on or date.max
            if day >= len(days) or first + timedelta(days=day) >= forced_on:
                if not at:
                    return float("inf")  # another part of the clusters has it left to the vendor
                end = min(forced_on, stated.last_day + timedelta(days=1))
                pushed = work.forced.cost if work.forced and forced_on <= stated.last_day else 0.0
                total += work.support_until(since, end) + pushed
            else:
                spent += hours(place, order)
                total += work.support_until(since, first + timedelta(days=day))
        return total

    def orders(left: tuple[int, ...], done: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
        if not any(left):
            yield done
        for place, count in enumerate(left):
            if count and not any(left[other] for other in after[place]):
                yield from orders((*left[:place], count - 1, *left[place + 1 :]), (*done, place))

    parts = product(*(range(work.clusters + 1) for work in works))
    given_up = [cost((place,), at=10**9) for place in range(len(works))]
    return [
        cost(order) + sum(given_up[place] * (work.clusters - part[place]) for place, work in enumerate(works))
        for part in parts for order in orders(part)
    ]  # fmt: skip


@pytest.mark.parametrize("capacity", [4, 15, 30, 60])
def test_no_order_is_cheaper_than_the_plan(capacity: float) -> None:
    """Against all orders of all parts of nine clusters, each worked out by itself: no gap, as the plan says."""
    pytest.importorskip("ortools", reason="the extra `plan`")
    found = tco.plan(fleet(), capacity=capacity)
    costs = costs_of_all_orders(fleet(), capacity)
    assert len(costs) > 756, "those of all clusters"
    assert found["slip_cost"].sum() == pytest.approx(min(costs))
    assert found.gap <= 1e-3


def test_another_person_is_worth_what_a_plan_with_more_hours_saves() -> None:
    stated = fleet()
    found = tco.plan(stated, capacity=60)
    person = stated.assumptions["transition.productive_hours_per_month"].mean
    hours = {month: 60.0 + (person if month == "2027-02" else 0) for month in stated.periods}
    saved = found["slip_cost"].sum() - tco.plan(stated, capacity=hours)["slip_cost"].sum()
    assert found.worth_of_an_engineer["2027-02"] == pytest.approx(saved, rel=0.1)
    assert saved > 0


@pytest.mark.slow
def test_what_cannot_be_kept_is_said_with_the_capacity_that_keeps_it() -> None:
    groups = {"shop": group(clusters=6, engine="postgresql", version="15")}
    stated = tco.load_scenario(scenario(months=36, fleet=groups, options={"stay": STAY, "dynamodb": DYNAMODB}))
    short = tco.plan(stated, capacity=5)
    assert short["slips"].any()
    assert " of shop (" in short.notes[0]
    assert "keep every deadline that can be kept" in short.notes[0]
    kept = tco.plan(stated, capacity=short.least_capacity * 1.001)
    assert not kept["slips"].any()
    assert kept.notes == ()
    assert tco.plan(stated, capacity=short.least_capacity * 0.97)["slips"].any()


def test_calendar_files_have_one_event_a_cut_over_with_an_identifier_that_stays(plan: Plan) -> None:
    text = as_ics(plan, "small")
    later = as_ics(tco.plan(fleet(), capacity=300), "small")
    identifiers = [{line for line in one.split("\r\n") if line.startswith("UID:")} for one in (text, later)]
    assert identifiers[0] == identifiers[1]
    assert len(identifiers[0]) == text.count("BEGIN:VEVENT") == len(plan)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert as_markdown(plan).count("\n") == len(plan) + 2


def test_issues_have_what_importers_of_trackers_read(plan: Plan) -> None:
    """Jira: headings without punctuation, whole seconds. Linear: the columns of its exports. One label a group."""
    named = pd.DataFrame(plan).assign(group="web shop, new")
    jira, linear = as_issues(named, "small"), as_linear_issues(named)
    assert all(heading.replace(" ", "").isalpha() for heading in jira)
    assert jira["Original estimate"].sum() / 3600 == pytest.approx(plan["labour_hours"].sum(), abs=0.01)
    assert jira["Original estimate"].dtype.kind == "i"
    assert list(jira["Due date"]) == [f"{day:%Y-%m-%d}" for day in plan["cut_over"]]
    assert jira["External issue ID"].is_unique
    exported = {"Title", "Description", "Priority", "Status", "Assignee", "Created", "Completed", "Labels", "Estimate"}
    assert set(linear) <= exported
    assert list(linear["Title"]) == list(jira["Summary"])
    assert all(day in text for day, text in zip(jira["Due date"], linear["Description"], strict=True))
    assert set(jira["Labels"]) == set(linear["Labels"]) == {"web_shop_new"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"freeze": "2027-05"}, "a span such as"),
        ({"freeze": "2027-06..2027-05"}, "ends after it begins"),
        ({"freeze": "2050-01..2050-02"}, "a freeze must be within the horizon, "),
        ({"capacity": 0}, "hours a month above 0"),
        ({"capacity": {"2050-01": 5.0}}, "lie in the horizon"),
        ({"max_cutovers_per_week": 0}, "from 1 to"),
        ({"window": "sunday"}, "a window is weekdays"),
        ({"window": "sun 2-4"}, "a window is weekdays"),
        ({"window": {"shopp": "sun"}}, "did you mean 'shop'"),
        ({"before": [("shop",)]}, "two groups or more"),
        ({"before": [("shop", "crmm")]}, "did you mean 'crm'"),
        ({"before": [("shop", "crm"), ("crm", "shop")]}, "before itself"),
        ({"option": "sty"}, "did you mean 'stay'"),
    ],
)
def test_what_no_plan_can_be_made_of_is_an_error(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tco.plan(fleet(), **changes)  # type: ignore[arg-type]


def test_draws_do_not_move_a_plan_and_it_says_so() -> None:
    stands, drawn = tco.plan(fleet()), tco.plan(fleet(), draws=10, seed=4)
    pd.testing.assert_frame_equal(pd.DataFrame(stands), pd.DataFrame(drawn))
    assert drawn.notes[-1].startswith("The plan uses the means of all assumptions: 10 draws with seed 4")


def test_the_command_writes_its_files(tmp_path: Path) -> None:
    ics, table, linear = tmp_path / "plan.ics", tmp_path / "plan.csv", tmp_path / "linear.csv"
    arguments = ["plan", "steady_high_throughput", "--capacity", "120", "--freeze", "2027-11..2028-01"]
    done = CliRunner().invoke(main, [*arguments, "--ics", str(ics), "--csv", str(table), "--linear-csv", str(linear)])
    assert done.exit_code == 0, done.stderr
    assert linear.read_text("utf-8").startswith("Title,")
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert table.read_text("utf-8").startswith("Summary,")
    assert "No upgrade slips past its deadline." in done.stdout
    late = CliRunner().invoke(main, ["plan", "quickstart", "--capacity", "120"])
    assert "14 of 20 upgrades slip past their deadlines, which costs 20.5 k USD; no plan costs less." in late.stdout


def test_the_command_writes_no_file_over_another_of_its_own(tmp_path: Path) -> None:
    """Neither over the scenario, also by another name of it, nor one of its results over the other."""
    scenario, link = tmp_path / "fleet.yaml", tmp_path / "link.yaml"
    scenario.write_text("based_on: steady_high_throughput\n", "utf-8")
    link.symlink_to(scenario)
    for written in (scenario, link):
        done = CliRunner().invoke(main, ["plan", str(scenario), "--csv", str(written)])
        assert (done.exit_code, scenario.read_text()) == (1, "based_on: steady_high_throughput\n")
        assert "is read by this command: write to another file" in done.stderr
    twice = ["--csv", str(tmp_path / "plan"), "--ics", str(tmp_path / "plan")]
    assert CliRunner().invoke(main, ["plan", str(scenario), *twice]).exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.yaml", "link.yaml"]


def test_an_option_without_versions_has_nothing_to_plan() -> None:
    """A service that has no versions to upgrade leaves an empty plan, without notes, and hours that nobody uses."""
    plan = tco.plan(tco.load_scenario("startup_small"), "aurora_dsql")
    assert plan.empty
    assert plan.notes == ()
    assert not plan.hours_by_month.any()
    assert (plan.capacity_by_month > 0).all()


def test_clusters_cut_over_in_their_windows_alone() -> None:
    """Tuesday to Thursday for all, and Sunday nights for crm; work goes on meanwhile."""
    window = {"": "tue..thu", "crm": "sun 22:00-04:00"}
    found = tco.plan(fleet(), capacity=HOURS, window=window, max_cutovers_per_week=2)
    planned = found[~found["forced"]]
    weekdays = planned["cut_over"].dt.day_name().groupby(planned["group"]).agg(set)
    assert weekdays.pop("crm") == {"Sunday"}
    assert set().union(*weekdays) <= {"Tuesday", "Wednesday", "Thursday"}
    assert set(planned.loc[planned["group"] == "crm", "window"]) == {"22:00-04:00"}
    text = as_ics(found, "small")
    sunday = planned.loc[planned["group"] == "crm", "cut_over"].iloc[0]
    assert f"DTSTART:{sunday:%Y%m%d}T220000\r\nDTEND:{sunday + timedelta(days=1):%Y%m%d}T040000\r\n" in text
    short = tco.plan(fleet(), capacity=HOURS, window="sun 02:00-02:10")
    assert any(note.startswith("A cut-over of") for note in short.notes)


def test_groups_are_upgraded_in_the_order_that_is_stated() -> None:
    """A chain of three; and production before its staging, against what goes without saying."""
    days = tco.plan(fleet(), capacity=300, before=[("later", "crm", "shop")]).groupby("group")["cut_over"]
    assert days.max()["later"] <= days.min()["crm"]
    assert days.max()["crm"] <= days.min()["shop"]
    assert days.max()["rehearsal"] <= days.min()["shop"]
    turned = tco.plan(fleet(), capacity=300, before=[("shop", "rehearsal")]).groupby("group")["cut_over"]
    assert turned.max()["shop"] <= turned.min()["rehearsal"]


def test_hours_by_role_add_up_to_those_of_the_months(plan: Plan) -> None:
    assert set(plan.hours_by_role.columns) == {"database engineer", "developer"}
    pd.testing.assert_series_equal(plan.hours_by_role.sum(axis=1), plan.hours_by_month, check_names=False)
    assert plan.hours_by_role.to_numpy().sum() == pytest.approx(plan.loc[~plan["forced"], "labour_hours"].sum())


def drawn_fleet(seed: int, clusters: int) -> tuple[Scenario, float]:
    """A fleet of up to five groups with so many clusters each at most, and hours a month that may be too few."""
    drawn = random.Random(seed)
    versions = [("postgresql", "13"), ("postgresql", "14"), ("postgresql", "15"), ("mysql", "8.0"), ("mysql", "8.4")]
    groups = {}
    for number in range(drawn.randint(1, 5)):
        engine, version = drawn.choice(versions)
        groups[f"g{number}"] = group(
            clusters=drawn.randint(1, clusters),
            engine=engine,
            version=version,
            environment=drawn.choice(["production", "staging"]),
            extended_support=drawn.choice([True, False]),
        )
    hours = drawn.choice([5.0, 20.0, 60.0, 150.0]) * max(clusters / 8, 1)
    options = {"stay": {**STAY, "deployment": "single_az", "upgrade_hours_per_month": hours}, "dynamodb": DYNAMODB}
    return tco.load_scenario(scenario(months=drawn.choice([24, 48]), fleet=groups, options=options)), hours


def queue_of(stated: Scenario) -> pd.DataFrame:
    """The first upgrade of each cluster in the model's calendar, with what slipping costs it."""
    works = {work.group: work for work in work_of(stated, "stay")}
    rows = []
    for row in tco.calendar(stated).query("option == 'stay'").to_dict("records"):
        work = works[row["group"]]
        if row["from_version"] == work.version and work.deadline <= stated.last_day and row["clusters"]:
            left, forced = row["reason"] == "unfinished", row["reason"] == "forced"
            until = stated.last_day + timedelta(days=1) if left else row["date"].date()
            cost = work.support_until(max(work.deadline + timedelta(days=1), stated.first_day), until)
            cost += work.forced.cost if forced and work.forced else 0.0
            daily = max((price for _, _, price in work.support), default=0.0)
            rows.append([row["clusters"], left or forced, 0 if left or forced else row["hours"], cost, daily])
    frame = pd.DataFrame(rows, columns=["clusters", "given_up", "hours", "cost", "daily"])
    return frame.assign(cost=frame["cost"] * frame["clusters"], daily=frame["daily"] * frame["clusters"])


@pytest.mark.parametrize(("seed", "clusters"), [*((seed, 8) for seed in range(12)), (20, 400), (21, 400), (22, 3000)])
def test_a_plan_is_never_worse_than_the_queue_of_the_model(seed: int, clusters: int) -> None:
    """Slips cost no more, but for a day: the queue puts the clusters of a month on their mean day."""
    stated, _ = drawn_fleet(seed, clusters)
    found, queue = tco.plan(stated), queue_of(stated)
    assert found["slip_cost"].sum() <= queue["cost"].sum() * (1 + 1e-9) + queue["daily"].sum()


@pytest.mark.parametrize("hours", [6, 10])
def test_a_part_of_a_wave_takes_the_hours_of_the_queue(hours: float) -> None:
    """A team that makes some of 12 clusters: planning and tooling are for all of them, whatever the number."""
    shop = group(clusters=12, engine="postgresql", version="14", instance_class="db.r6g.4xlarge")
    options = {"stay": {**STAY, "upgrade_hours_per_month": hours}, "dynamodb": DYNAMODB}
    stated = tco.load_scenario(scenario(months=48, fleet={"shop": shop}, options=options))
    found, queue = tco.plan(stated), queue_of(stated)
    made = queue.loc[~queue["given_up"], "clusters"].sum()
    assert 0 < made < 12
    assert (~found["forced"]).sum() == pytest.approx(made)
    assert found.loc[~found["forced"], "labour_hours"].sum() == pytest.approx(queue["hours"].sum())
    assert found["slip_cost"].sum() == pytest.approx(queue["cost"].sum())
    ample = tco.plan(stated, capacity=2000)["labour_hours"]
    assert found.loc[~found["forced"], "labour_hours"].min() > 1.05 * ample.max()


@pytest.mark.parametrize("seed", range(8))
def test_with_enough_hours_the_plan_and_the_calendar_are_one(seed: int) -> None:
    """The same clusters forced, and the same hours."""
    stated, _ = drawn_fleet(seed, 8)
    ample = {"stay": stated.options["stay"].model_copy(update={"upgrade_hours_per_month": 50_000.0})}
    stated = stated.model_copy(update={"options": {**stated.options, **ample}})
    found, queue = tco.plan(stated), queue_of(stated)
    assert found["forced"].sum() == pytest.approx(queue.loc[queue["given_up"], "clusters"].sum())
    assert found.loc[~found["forced"], "labour_hours"].sum() == pytest.approx(queue["hours"].sum())


def faults(found: Plan, stated: Scenario, hours: float, per_week: int, weekdays: set[int]) -> list[str]:
    """What is wrong with a plan, from its table alone: a checker that shares nothing with the planner."""
    wrong = []
    planned = found[~found["forced"]].sort_values("cut_over")
    days = pd.date_range(stated.first_day, stated.last_day)
    available = pd.Series(np.cumsum(hours / days.days_in_month.to_numpy()), index=days)
    if (planned["labour_hours"].cumsum().to_numpy() > available[planned["cut_over"]].to_numpy() + 1e-6).any():
        wrong.append("more hours than there are until a cut-over")
    for row in planned.to_dict("records"):
        before = available.get(row["start"] - timedelta(days=1), 0.0)
        if available[row["cut_over"]] - before < row["labour_hours"] - 1e-6:
            wrong.append(f"too little time from start to cut-over of {row['cluster']}")
    weeks = (planned["cut_over"] - pd.Timestamp(stated.first_day)).dt.days // 7
    wrong += ["too many cut-overs in a week"] if len(weeks) and weeks.value_counts().max() > per_week else []
    wrong += [] if set(planned["cut_over"].dt.day_of_week) <= weekdays else ["outside the window"]
    works = {work.group: work for work in work_of(stated, "stay")}
    for row in found.to_dict("records"):
        work = works[row["group"]]
        if not row["forced"] and work.forced_on and row["cut_over"].date() >= work.forced_on:
            wrong.append(f"{row['cluster']} after the vendor's day")
        if row["environment"] == "production":
            late = found[(found["environment"] != "production") & (found["from_version"] == row["from_version"])
                         & ~found["forced"] & (found["cut_over"] > row["cut_over"])]  # fmt: skip
            wrong += [f"{row['cluster']} before its staging"] if len(late) and not row["forced"] else []
    return wrong


@pytest.mark.parametrize(
    ("seed", "clusters"), [*((seed, 8) for seed in range(4)), pytest.param(30, 200, marks=pytest.mark.slow)]
)
def test_no_checker_finds_a_fault_in_a_plan(seed: int, clusters: int) -> None:
    stated, hours = drawn_fleet(seed, clusters)
    per_week, weekdays = (2 if clusters < 100 else 9), {1, 2, 3}
    found = tco.plan(stated, max_cutovers_per_week=per_week, window="tue..thu")
    with_environment = found.assign(environment=[stated.fleet[name].environment for name in found["group"]])
    assert faults(with_environment, stated, hours, per_week, weekdays) == []
    again = tco.plan(stated, max_cutovers_per_week=per_week, window="tue..thu")
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(again))


def test_hours_of_a_plan_are_those_of_the_ledger() -> None:
    """Of a fleet whose clusters are all upgraded once within the horizon: those of upgrades and of ways back."""
    stated = fleet()
    ample = {"stay": stated.options["stay"].model_copy(update={"upgrade_hours_per_month": 50_000.0})}
    stated = stated.model_copy(update={"options": {**stated.options, **ample}})
    hours = tco.evaluate(stated).total(["option", "line"], "labour hour")["stay"]
    of_upgrades = hours[["major upgrades", "rollback"]].to_numpy().sum()
    found = tco.plan(stated)
    assert len(found) == stated.fleet_size
    assert not found["forced"].any()
    assert found["labour_hours"].sum() == pytest.approx(of_upgrades)
    assert of_upgrades < hours.to_numpy().sum()


@pytest.mark.parametrize("seed", range(4))
def test_without_the_solver_a_plan_costs_little_more_and_says_what_the_extra_would_do(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ortools", reason="the extra `plan`")
    stated, _ = drawn_fleet(seed, 6)
    solved = tco.plan(stated)
    monkeypatch.setattr(constraint_solver, "solver_missing", lambda: True)
    monkeypatch.setattr(upgrade_plan, "solver_missing", lambda: True)
    alone = tco.plan(stated)
    least, cost = solved["slip_cost"].sum(), alone["slip_cost"].sum()
    assert solved.gap <= 0.01
    assert least - 1e-6 <= cost <= least * 1.05 + 1e-6
    assert cost * (1 - alone.gap) <= least + 1e-6
    assert any("tco[plan]" in note for note in alone.notes) == (alone.gap > constraint_solver.NEAR)


RULES = {
    "capacity": 90,
    "max_cutovers_per_week": 1,
    "freeze": ["2027-05..2027-06", "2027-12-15..2028-01-05"],
    "window": {"": "tue..thu", "crm": "sun 22:00-04:00"},
    "before": [["later", "crm"]],
}


def with_rules(**rules: Any) -> Scenario:
    return fleet().model_copy(update={"plan": PlanRules(**rules)})


@pytest.mark.slow
def test_a_scenario_states_what_its_plan_keeps_to_and_arguments_override_it() -> None:
    stated = with_rules(**RULES)
    spoken = tco.plan(fleet(), **RULES)
    pd.testing.assert_frame_equal(pd.DataFrame(tco.plan(stated)), pd.DataFrame(spoken))
    assert tco.plan(stated, capacity=200).capacity_by_month["2027-03"] == pytest.approx(200)
    assert set(tco.plan(stated, window="fri")["cut_over"].dt.day_name()) == {"Friday"}
    pd.testing.assert_frame_equal(tco.cost_of_delay(with_rules(capacity=20)), tco.cost_of_delay(fleet(), capacity=20))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"window": {"shopp": "sun"}}, "plan.window: unknown group 'shopp'"),
        ({"freeze": ["2027-05"]}, "plan.freeze.*a span such as"),
        ({"before": [["shop", "crmm"]]}, "plan.before"),
        ({"capacity": {"2050-01": 5}}, "plan.capacity"),
        ({"capacity": -5}, "plan.capacity"),
        ({"windows": "sun"}, "plan.windows"),
    ],
)
def test_check_finds_what_no_plan_can_keep_to(rules: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(yaml.safe_dump(scenario(plan=rules)), "utf-8")
    told = CliRunner().invoke(main, ["check", str(file)])
    assert told.exit_code == 1
    assert re.search(message, told.stderr), told.stderr


def test_a_public_parser_reads_the_calendar_and_a_second_import_updates_it(plan: Plan) -> None:
    """Each cut-over is an event with a stable UID, a file written later supersedes it, alarms come before each."""
    import icalendar

    later = tco.plan(fleet(), capacity=300, window={"shop": "sun 22:00-04:00"})
    first, second = (icalendar.Calendar.from_ical(as_ics(one, "small", written)).walk("VEVENT")
                     for one, written in ((plan, datetime(2020, 1, 1, tzinfo=UTC)), (later, None)))  # fmt: skip
    one, another = first[0], second[0]
    assert one["SEQUENCE"] < another["SEQUENCE"]
    assert one.decoded("DTSTAMP") < another.decoded("DTSTAMP")
    assert {event["SEQUENCE"] for event in first} == {one["SEQUENCE"]}
    kept = {str(event["UID"]): event for event in first}
    assert len(kept) == len(first) == len(plan)
    kept |= {str(event["UID"]): event for event in second}
    assert len(kept) == len(plan), "a re-import adds no event"
    for row, event in zip(later.to_dict("records"), second, strict=True):
        begin = event.decoded("DTSTART")
        assert (begin.date() if isinstance(begin, datetime) else begin) == row["cut_over"].date()
        assert row["cluster"] in str(event["SUMMARY"])
        triggers = [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")]
        assert triggers == [timedelta(days=-7), timedelta(days=-1)]
    assert any(isinstance(event.decoded("DTSTART"), datetime) for event in second)


@pytest.mark.slow
def test_a_hundred_thousand_clusters_are_planned_within_a_minute_of_processor_time() -> None:
    versions = [("postgresql", "13"), ("postgresql", "14"), ("postgresql", "15"), ("mysql", "8.0")]
    groups = {
        f"g{number}": group(
            clusters=1000,
            engine=versions[number % 4][0],
            version=versions[number % 4][1],
            environment="staging" if number % 3 == 0 else "production",
        )
        for number in range(100)
    }
    options = {"stay": {**STAY, "deployment": "single_az"}, "dynamodb": DYNAMODB}
    stated = tco.load_scenario(scenario(months=60, fleet=groups, options=options))
    begun = time.process_time()
    found = tco.plan(stated, capacity=20_000)
    assert time.process_time() - begun < 60
    assert len(found) == 100_000
    assert 0 <= found.gap < 0.1
    available = found.capacity_by_month + 1e-6
    assert (found.hours_by_month <= available).all()


def test_clusters_that_move_are_planned_on_todays_platform_once() -> None:
    """Both platforms have upgrades of PostgreSQL 16 of the same group: before it moves, and after it."""
    stated = tco.load_scenario("steady_high_throughput")
    for option in ("aurora", "aurora_reserved"):
        planned = tco.plan(stated, option).groupby("group")["cluster"].nunique()
        assert len(planned)
        assert all(count <= stated.fleet[str(group)].clusters for group, count in planned.items())


def test_cut_overs_a_week_are_no_more_than_clusters_can_be() -> None:
    with pytest.raises(tco.InputError, match="max_cutovers_per_week: from 1 to 1,000,000 cut-overs a week"):
        tco.plan(tco.load_scenario("quickstart"), max_cutovers_per_week=10**30)
