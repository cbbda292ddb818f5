"""What changes and what stays when a team shrinks, waits, freezes, or the load grows."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.cli import main
from tco.errors import InputError
from tco.scenario.scenario import Scenario


def fleet(**changes: object) -> Scenario:
    groups = {"shop": group(engine="postgresql", version="13"), "crm": group(clusters=6)}
    options = {"stay": {**STAY, "upgrade_hours_per_month": 400}, "dynamodb": DYNAMODB}
    return tco.load_scenario(scenario(**{"months": 36, "fleet": groups, "options": options, **changes}))


def support(stated: Scenario) -> float:
    lines = tco.evaluate(stated).mean(["option", "line"])
    return float(lines["stay", "Extended Support"])


def test_the_scenario_as_written_comes_first_and_all_changes_are_one() -> None:
    found = tco.what_if(fleet(), delay=6, load_factor=2)
    assert found["what_if"].unique().tolist() == ["as written", "months of delay 6, load times 2"]
    assert found["option"].tolist() == ["stay", "dynamodb"] * 2
    plain = tco.compare(tco.evaluate(fleet()))
    assert found["npv"].tolist()[:2] == pytest.approx(plain["npv"].tolist())
    assert found["npv_change"].tolist() == pytest.approx([0, 0, *(found["npv"][2:].to_numpy() - plain["npv"])])


def test_a_load_factor_multiplies_requests_and_leaves_stated_instances() -> None:
    found = tco.what_if(fleet(), load_factor=3).set_index(["what_if", "option"])["npv_change"]
    assert found["load times 3", "dynamodb"] > 0
    assert found["load times 3", "stay"] == pytest.approx(0)
    assert found["load times 3", "dynamodb"] == pytest.approx(
        tco.what_if(fleet(), set={f"fleet.{name}.workload.{calls}_per_second": value
                                  for name in ("shop", "crm") for calls, value in (("reads", 600), ("writes", 120))})
        ["npv_change"].iloc[-1]
    )  # fmt: skip


def test_who_waits_a_year_pays_a_year_of_support_more() -> None:
    """Both versions are past their free patches at the start: every month is charged, the last ones at more."""
    from tco.planning.what_ifs import changed

    waiting = changed(fleet(), {"delay": 12})
    daily = tco.cost_of_delay(fleet())["usd_per_day"].sum()
    assert support(waiting) - support(fleet()) == pytest.approx(daily * 365, rel=0.1)


def test_nothing_is_upgraded_in_a_freeze() -> None:
    frozen = fleet(freezes=["2027-02..2027-08"])
    calendar = tco.calendar(frozen)
    days = calendar.loc[calendar["option"] == "stay", "date"]
    assert not days.between("2027-02-01", "2027-08-31").any()
    before = tco.calendar(fleet())
    assert before.loc[before["option"] == "stay", "date"].between("2027-02-01", "2027-08-31").any()
    assert support(frozen) > support(fleet())


def test_fewer_engineers_have_fewer_hours() -> None:
    productive = fleet().assumptions["transition.productive_hours_per_month"].mean
    found = tco.what_if(fleet(), lose_engineers=1, set={"labour.migration_team": 3})
    stated = tco.what_if(fleet(), set={
        "options.stay.upgrade_hours_per_month": 400 - productive, "labour.migration_team": 2,
        "labour.upgrade_team": 1,
    })  # fmt: skip
    assert found["npv"].tolist() == pytest.approx(stated["npv"].tolist())
    with pytest.raises(InputError, match="lose that many or fewer"):
        tco.what_if(fleet(), lose_engineers=50)


def test_named_what_ifs_of_a_scenario_are_shown_in_their_order() -> None:
    named = {"later": {"delay": 6}, "dear": {"labour.engineer_rate": {"low": 200, "high": 300}}}
    found = tco.what_if(fleet(what_ifs=named))
    assert found["what_if"].unique().tolist() == ["as written", "later", "dear"]
    with pytest.raises(InputError, match=r"what_ifs\.typo"):
        tco.what_if(fleet(what_ifs={"typo": {"dealy": 6}}))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"few": {}}, r"what_ifs\.few: states no change"),
        ({"as written": {"delay": 1}}, r"what_ifs\.as written: is the name of the scenario without changes"),
        ({"few": {"freeze": 3}}, r"what_ifs\.few\.freeze: a freeze is a span of months"),
    ],
)
def test_a_block_that_changes_nothing_or_cannot_be_is_told_by_the_check(
    block: dict[str, object], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(yaml.safe_dump(scenario(what_ifs=block)), "utf-8")
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 1
    assert re.search(message, done.stderr)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"set": {"labour.enginer_rate": 5}}, "did you mean"),
        ({"set": {"fleet.shop.clusters": -1}}, "fleet.shop.clusters"),
        ({"set": {"labour.engineer_rate": -5}}, r"labour.engineer_rate.value: should be [^()]* \(got -5\)$"),
        ({"set": {"options.stay.platform": "rsd"}}, "rds"),
        ({"delay": -1}, "0 or more"),
        ({"freeze": "2027-13..2028-01"}, "a span of months"),
        ({"freeze": "2050-01..2050-02"}, "outside the horizon"),
        ({"set": {"fleet.shop.workload.reads_per_second.x": 1}}, "reads_per_second is a value and has no parts"),
        ({"load_factor": 1e12}, "workload.reads_per_second: should be less than or equal"),
        ({"name": "few"}, "states no change"),
        ({"name": "as written", "delay": 1}, "is the name of the scenario without changes"),
    ],
)
def test_changes_that_mean_nothing_are_errors(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tco.what_if(fleet(), **changes)  # type: ignore[arg-type]


def test_draws_are_shared_by_both_sides() -> None:
    found = tco.what_if(fleet(), set={"labour.engineer_rate": 100}, draws=8, seed=2)
    means = tco.evaluate(fleet(), tco.monte_carlo(fleet(), 8, 2)).mean("option", "npv")
    assert found["npv"].iloc[0] == pytest.approx(means["stay"])


def test_the_command_saves_a_what_if_that_a_scenario_takes(tmp_path: Path) -> None:
    saved = tmp_path / "what_ifs.yaml"
    called = ["what-if", "steady_high_throughput", "--delay", "12", "--freeze", "2027-11..2028-01", "--name", "wait"]
    done = CliRunner().invoke(main, [*called, "--save", str(saved)])
    assert done.exit_code == 0, done.stderr
    assert re.search(r"wait: \S.* is (still|then) the cheapest and costs .* as written", done.stdout)
    block = yaml.safe_load(saved.read_text("utf-8"))
    assert block["set"] == {"what_ifs": {"wait": {"delay": 12.0, "freeze": ["2027-11..2028-01"]}}}
    again = tco.what_if(tco.load_scenario(saved))
    direct = tco.what_if(tco.load_scenario("steady_high_throughput"), delay=12, freeze="2027-11..2028-01")
    pd.testing.assert_series_equal(again["npv"], direct["npv"])
    further = tmp_path / "kept" / "further.yaml"
    further.parent.mkdir()
    called = ["what-if", str(saved), "--lose-engineers", "1", "--name", "smaller team", "--save", str(further)]
    assert CliRunner().invoke(main, called).exit_code == 0
    assert list(tco.load_scenario(further).what_ifs) == ["wait", "smaller team"]
    assert CliRunner().invoke(main, ["what-if", "quickstart"]).exit_code == 2


def test_a_team_that_is_lost_whole_finishes_nothing_by_itself() -> None:
    """The team of two leaves: the vendor upgrades what must be, nothing moves, what is owed is unfinished."""
    quickstart = tco.load_scenario("quickstart")
    found = tco.what_if(quickstart, lose_engineers=2).set_index(["what_if", "option"])
    lost = found.loc["engineers lost 2"]
    assert lost.loc["dynamodb_on_demand", "unfinished"] > 0.9
    assert (lost["npv_change"] > 0).all()
    assert lost.loc["stay", "downtime_minutes"] > found.loc[("as written", "stay"), "downtime_minutes"]


def test_as_written_has_the_means_of_the_draws_that_the_verdict_rests_on() -> None:
    """What changes is that of the same few draws; the numbers as written are those of many."""
    stated = fleet()
    many = tco.evaluate(stated, tco.monte_carlo(stated, 512, 1))
    found, few = (tco.what_if(stated, load_factor=2, draws=16, seed=1, known=known) for known in (many, None))
    table = tco.compare(many)
    assert found["npv"].tolist()[:2] == pytest.approx(table["npv"].tolist(), rel=1e-12)
    assert found["labour_hours"].tolist()[:2] == pytest.approx(table["labour_hours"].tolist(), rel=1e-12)
    assert found["npv_change"].tolist() == pytest.approx(few["npv_change"].tolist(), abs=1e-6)
    assert found["npv"].tolist() != pytest.approx(few["npv"].tolist(), rel=1e-6)
    changed = found[found["what_if"] != "as written"].set_index("option")["npv"]
    assert found["npv_difference"].iloc[-1] == pytest.approx(changed["dynamodb"] - changed["stay"])
    assert found.groupby("what_if")["cheapest"].sum().tolist() == [1, 1]


def test_an_option_under_its_label_has_the_same_results_and_what_ifs() -> None:
    options = {"stay": {**STAY, "label": "As today"}, "dynamodb": DYNAMODB}
    cases = {"smaller": {"options.stay.instances": 1}}
    written = fleet(options=options, what_ifs=cases, reference="stay")
    shown = written.by_label
    assert list(shown.options) == ["As today", "dynamodb"]
    assert shown.reference_option == "As today"
    assert shown.by_label == written
    assert tco.what_if(shown)["npv"].tolist() == tco.what_if(written)["npv"].tolist()


@pytest.mark.parametrize("label", ["dynamodb", "a.b", " "])
def test_a_label_is_a_name_that_no_other_option_has(label: str) -> None:
    with pytest.raises(InputError, match="options"):
        fleet(options={"stay": {**STAY, "label": label}, "dynamodb": DYNAMODB})
