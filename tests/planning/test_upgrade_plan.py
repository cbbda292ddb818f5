"""Plans keep to the team's hours, to freezes and to the order of environments, and cost no more than the queue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import InputError
from tco.planning import programme, upgrade_plan
from tco.planning.exports import as_ics, as_issues, as_markdown
from tco.planning.upgrade_plan import Plan
from tco.scenario.scenario import Scenario

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


@pytest.fixture(scope="module", autouse=True)
def hurry() -> Iterator[None]:
    """Leave the integer programme half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programme, "SECONDS", 0.5)
        yield


@pytest.fixture(scope="module")
def plan(hurry: None) -> Plan:
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


def test_no_order_is_cheaper_than_the_plan() -> None:
    """All orders of seven clusters, evaluated day by day; staging goes first in each."""
    stated = fleet()
    found = tco.plan(stated, capacity=60)
    days = upgrade_plan._calendar(upgrade_plan.Inputs(stated, upgrade_plan.point(stated).row(0)), 60, (), None)
    works = [work for work in upgrade_plan.work_of(stated, "stay") if work.planned and work.deadline <= stated.last_day]
    before = upgrade_plan._before(works, {work.group: work.design_of for work in works})
    clusters = [place for place, work in enumerate(works) for _ in range(work.clusters) if work.group != "later"]
    last = [place for place, work in enumerate(works) for _ in range(work.clusters) if work.group == "later"]
    orders = {
        tuple(upgrade_plan._with_staging_first([*order, *last], before, works)) for order in permutations(clusters)
    }
    costs = [upgrade_plan._made(works, list(order), days).cost.sum() for order in orders]
    assert found["slip_cost"].sum() == pytest.approx(min(costs), rel=0.01)
    assert found["slip_cost"].sum() * (1 - found.gap) <= min(costs) + 1


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
    assert "of shop is missed" in short.notes[0]
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
    assert len(as_issues(plan, "small")) == len(plan)
    assert as_markdown(plan).count("\n") == len(plan) + 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"freeze": "2027-05"}, "a span such as"),
        ({"freeze": "2027-06..2027-05"}, "ends after it begins"),
        ({"capacity": 0}, "hours a month above 0"),
        ({"capacity": {"2050-01": 5.0}}, "lie in the horizon"),
        ({"max_cutovers_per_week": 0}, "at least one"),
        ({"option": "sty"}, "did you mean 'stay'"),
    ],
)
def test_what_no_plan_can_be_made_of_is_an_error(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tco.plan(fleet(), **changes)  # type: ignore[arg-type]


def test_draws_do_not_move_a_plan_and_it_says_so() -> None:
    stands, drawn = tco.plan(fleet()), tco.plan(fleet(), draws=10, seed=4)
    pd.testing.assert_frame_equal(pd.DataFrame(stands), pd.DataFrame(drawn))
    assert drawn.notes[-1].startswith("The plan stands at the means of all assumptions: 10 draws with seed 4")


def test_the_command_writes_its_files(tmp_path: Path) -> None:
    ics, table = tmp_path / "plan.ics", tmp_path / "plan.csv"
    arguments = ["plan", "steady_high_throughput", "--capacity", "120", "--freeze", "2027-11..2028-01"]
    done = CliRunner().invoke(main, [*arguments, "--ics", str(ics), "--csv", str(table)])
    assert done.exit_code == 0, done.stderr
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert table.read_text("utf-8").startswith("Summary,")
    assert "Slipping costs" in done.stdout


def test_an_option_without_versions_has_nothing_to_plan() -> None:
    """A service that has no versions to upgrade leaves an empty plan, without notes, and hours that nobody uses."""
    plan = tco.plan(tco.load_scenario("startup_small"), "aurora_dsql")
    assert plan.empty
    assert plan.notes == ()
    assert not plan.hours_by_month.any()
    assert (plan.capacity_by_month > 0).all()
