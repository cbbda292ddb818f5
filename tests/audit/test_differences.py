"""Differences between scenarios: bridges that add up, attributed to inputs as a person would."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import tco
from tco.audit.pull_request import exceeded, markdown, totals
from tco.cli import main
from tests import small_fleets
from tests.small_scenarios import group, scenario

CHANGES = {"labour.engineer_rate": 150, "fleet.shop.clusters": 6, "options.stay.method": "blue_green"}


@pytest.fixture(scope="module")
def sides() -> tuple[tco.Scenario, tco.Scenario]:
    return tco.load_scenario(scenario()), tco.load_scenario(scenario(), set=CHANGES)


@pytest.fixture(scope="module")
def differences(sides: tuple[tco.Scenario, tco.Scenario]) -> pd.DataFrame:
    return tco.diff(*sides)


def test_bridges_lead_from_one_result_to_the_other(
    sides: tuple[tco.Scenario, tco.Scenario], differences: pd.DataFrame
) -> None:
    results = [tco.compare(tco.evaluate(side)).set_index("option") for side in sides]
    for row in totals(differences).to_dict("records"):
        before, after = (found.loc[row["option"], row["measure"]] for found in results)
        assert (row["before"], row["after"]) == pytest.approx((before, after))
    for _, bridge in differences.groupby(["measure", "option"]):
        assert (bridge["before"] + bridge["difference"]).to_numpy() == pytest.approx(bridge["after"].to_numpy())
        assert bridge["before"].to_list()[1:] == bridge["after"].to_list()[:-1]


def test_changes_that_cannot_act_have_no_part(differences: pd.DataFrame) -> None:
    moved = differences.set_index(["measure", "option", "cause"])["difference"]
    rate = next(cause for cause in differences["cause"] if cause.startswith("labour.engineer_rate"))
    method = "options.stay.method: in_place → blue_green"
    assert moved["labour_hours", "stay", rate] == 0  # exactly: rounding is no part
    assert moved["npv", "stay", rate] > 0
    assert moved["downtime_minutes", "stay", method] < 0


def test_a_team_that_nobody_states_is_told_as_what_follows_from_the_clusters() -> None:
    fleet = {"fleet.shop.clusters": 900}
    grown = tco.diff(scenario(), tco.load_scenario(scenario(), set=fleet))
    teams = {cause for cause in grown["cause"] if "team" in cause}
    assert teams
    assert all("(follows from the clusters)" in cause for cause in teams)
    stated = tco.diff(scenario(), tco.load_scenario(scenario(), set={"labour.migration_team": 3}))
    assert not any("follows" in cause for cause in stated["cause"])


def test_two_changes_share_what_they_do_together() -> None:
    """Hours x rate from 1 x 1 to 2 x 3 rises by 5: alone 1 and 2, together 2 more, shared equally: 2 and 3."""
    base = {"labour.engineer_rate": 100, "operations.routine_hours_managed": 1}
    others = {"labour.engineer_rate": 300, "operations.routine_hours_managed": 2}
    sides = [tco.load_scenario(scenario(), set=values) for values in (base, others)]
    found = tco.diff(*sides).query("measure == 'total' and option == 'stay'").set_index("cause")["difference"]
    only_hours = tco.diff(sides[0], tco.load_scenario(scenario(), set={**base, "operations.routine_hours_managed": 2}))
    alone = only_hours.query("measure == 'total' and option == 'stay'")["difference"].sum()
    hours = next(value for cause, value in found.items() if str(cause).startswith("operations."))
    assert hours == pytest.approx(2 * alone)  # half of the work is valued at 1 x, half at 3 x the rate


def test_more_than_twelve_changes_add_up_too() -> None:
    base = tco.load_scenario(scenario())
    uncertain = [path for path, entry in base.assumptions.items() if entry.is_uncertain and entry.unit != "1"][:14]
    other = tco.load_scenario(scenario(), set={path: base.assumptions[path].mean * 1.01 for path in uncertain})
    ends = totals(tco.diff(base, other)).query("measure == 'npv'")
    assert ends["difference"].to_list() == pytest.approx(
        (tco.compare(tco.evaluate(other))["npv"] - tco.compare(tco.evaluate(base))["npv"]).to_list()
    )


def test_groups_whose_designs_others_run_may_come_and_go() -> None:
    """Neither the group with the designs nor that which runs them is there on both sides, or each runs the other's."""
    one = scenario(fleet={"shop": group(), "copy": group(design_of="shop")})
    other = scenario(fleet={"store": group(), "copy": group(design_of="store")})
    turned = scenario(fleet={"shop": group(design_of="copy"), "copy": group()})
    for after in (other, turned):
        ends = totals(tco.diff(one, after)).query("measure == 'npv'")
        npv = [tco.compare(tco.evaluate(tco.load_scenario(side)))["npv"] for side in (one, after)]
        assert ends["difference"].to_list() == pytest.approx((npv[1] - npv[0]).to_list())


def test_many_changes_are_told_by_group_and_option() -> None:
    fleet = {f"group{number}": group() for number in range(30)}
    larger = {name: group(clusters=5, storage_gb=200) for name in fleet}
    causes = set(tco.diff(scenario(fleet=fleet), scenario(fleet=larger))["cause"])
    assert len([cause for cause in causes if cause.startswith("fleet.")]) == 30
    assert "fleet.group7.clusters: 4 → 5; fleet.group7.storage_gb: 100 → 200" in causes


def test_a_new_engine_and_its_version_are_one_change() -> None:
    """Neither is valid alone: MySQL has no version 16, PostgreSQL no 8.0."""
    found = tco.diff(
        scenario(), tco.load_scenario(scenario(), set={"fleet.shop.engine": "postgresql", "fleet.shop.version": "16"})
    )
    assert len(set(found["cause"])) == 1
    assert "engine: mysql → postgresql" in found["cause"].iloc[0]


def test_options_of_one_side_stand_for_themselves() -> None:
    new = scenario()
    new["options"]["aurora"] = {"platform": "aurora"}
    found = tco.diff(scenario(), new).query("option == 'aurora' and measure == 'npv'")
    assert found["before"].isna().all()
    assert found["after"].item() > 0


def test_equal_scenarios_have_no_differences() -> None:
    found = tco.diff(scenario(), scenario(name="another name", description="in other words"))
    assert not found["difference"].any()
    assert set(found["cause"]) == {"no input differs"}


def test_a_fleet_from_terraform_is_compared_at_the_other_sides_dates(tmp_path: Path) -> None:
    found = tco.diff(scenario(), small_fleets.as_terraform(tmp_path)[0])
    assert "stay" in set(found["option"])
    assert not any(str(cause).startswith(("start", "months", "prices_as_of")) for cause in found["cause"])
    assert any(str(cause).startswith("fleet.") for cause in found["cause"])


def test_limits_and_the_comment(differences: pd.DataFrame) -> None:
    assert exceeded(differences, ["npv>5%"])
    assert not exceeded(differences, ["npv<-5%"])
    assert exceeded(differences, ["stay.hours>1"])
    assert not exceeded(differences, ["dynamodb.npv>1000%"])
    text = markdown(differences)
    assert text.startswith("**Total cost of ownership**")
    assert "<details>" in text
    assert markdown(differences, silent_below=10_000) == ""
    with pytest.raises(tco.InputError, match="npv>5%"):
        exceeded(differences, ["npv>>5"])


def test_the_command_ends_with_one_beyond_a_limit(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(Path("params/startup_small.yaml").read_text("utf-8").replace("months: 60", "months: 72"), "utf-8")
    done = CliRunner().invoke(main, ["diff", "startup_small", str(other), "--fail-if", "npv>1%"])
    assert done.exit_code == 1
    assert "beyond npv>1%" in done.stderr
    assert "months: 60 → 72" in done.stdout
