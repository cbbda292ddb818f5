"""What has moved since an earlier report: bridges from its recorded results to today's, each part with its cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import tco
from tco.analysis.assumption_register import prices_read
from tco.audit.sides import remembered
from tco.audit.since import moved_since, opening
from tco.catalog.prices import price_book
from tco.cli import main
from tco.report.files import own_hash
from tco.report.manifest import read_manifest, report_manifest
from tests.small_scenarios import scenario


def manifest_of(stated: tco.Scenario) -> dict[str, Any]:
    """The manifest of a report on a scenario, as a file holds it."""
    ledger = tco.evaluate(stated)
    verdict = tco.compare(ledger).assign(fleet_size=stated.fleet_size)
    made = report_manifest(stated, parameters={}, today="2026-11-01", verdict=verdict, prices=prices_read(ledger))
    return json.loads(json.dumps(made.content))


@pytest.fixture(scope="module")
def earlier() -> dict[str, Any]:
    return manifest_of(tco.load_scenario(scenario()))


def of_npv(moved: pd.DataFrame, option: str = "stay") -> pd.DataFrame:
    return moved[(moved["measure"] == "npv") & (moved["option"] == option)]


@pytest.mark.parametrize("changes", [{}, {"labour.engineer_rate": 99, "fleet.shop.clusters": 9}])
def test_a_manifest_remembers_its_scenario(changes: dict[str, Any]) -> None:
    stated = tco.load_scenario("quickstart" if not changes else scenario(), set=changes)
    found = remembered(manifest_of(stated))
    assert {path: entry.ranges for path, entry in found.assumptions.items()} == {
        path: entry.ranges for path, entry in stated.assumptions.items()
    }
    assert found.model_copy(update={"assumptions": stated.assumptions}) == stated


def test_nothing_has_moved_where_nothing_differs(earlier: dict[str, Any]) -> None:
    moved = moved_since(earlier, tco.load_scenario(scenario()))
    assert moved.empty
    assert opening(moved, "2026-11-01", {}).endswith("nothing has moved.")


def test_each_part_has_its_cause_and_together_they_are_the_difference(earlier: dict[str, Any]) -> None:
    """Prices a tenth higher then, results 1,000 USD higher by other code, another rate and one cluster more."""
    after = tco.load_scenario(scenario(), set={"labour.engineer_rate": 150, "fleet.shop.clusters": 5})
    bill = tco.evaluate(tco.load_scenario(scenario())).total(["option", "category"], "npv")["stay"]["infrastructure"]
    then = json.loads(json.dumps(earlier))
    name = max(
        (name for name in then["prices"] if "db.r6g.large" in name), key=lambda name: then["prices"][name], default=""
    )
    then["prices"][name] *= 1.1
    for row in then["verdict"]:
        row["npv"] += 1000
    then["code"] = "another"
    rows = of_npv(moved_since(then, after))
    recorded = next(row["npv"] for row in then["verdict"] if row["option"] == "stay")
    today = tco.compare(tco.evaluate(after)).set_index("option").loc["stay", "npv"]
    assert rows["before"].iloc[0] == pytest.approx(recorded)
    assert rows["after"].iloc[-1] == pytest.approx(today, abs=1)
    assert rows["difference"].sum() == pytest.approx(today - recorded, abs=1)
    by_kind = rows.groupby("kind")["difference"].sum()
    assert set(by_kind.index) == {"prices", "code", "assumptions", "fleet"}
    # of every instance that was paid at the higher price, a tenth less; and at most that of the whole bill
    assert -0.1 * float(bill.iloc[0]) < by_kind["prices"] < 0
    assert by_kind["code"] + by_kind["prices"] == pytest.approx(-1000)
    assert by_kind["assumptions"] > 0


def test_prices_that_moved_explain_bills_of_several_prices_too() -> None:
    """A support plan, copies for upgrades and credits are shares of whole bills."""
    stated = scenario(assumptions={"infrastructure.vendor_support_share": 0.1}, months=36)
    stated["options"]["stay"]["method"] = "blue_green"
    stated["fleet"]["shop"]["internet_gb"] = 20_000  # in two tiers, of which the second is rarely reached
    today = tco.load_scenario(stated)
    factors = {"db.r6g.large": 1.1, "storage_gp3 multi_az": 0.9, "from 10240": 2}
    own, then = [], manifest_of(today)
    for row in price_book().named(then["prices"]):
        factor = next((factor for text, factor in factors.items() if text in row.name), 1)
        then["prices"][row.name] = row.price * factor
        fields = "service region item engine instance_class deployment term tier_from".split()
        last = None if row.tier_to == float("inf") else row.tier_to
        key = {field: getattr(row, field) for field in fields}
        own.append({**key, "tier_to": last, "price": row.price * factor, "source": "then"})
    dearer = tco.compare(tco.evaluate(tco.load_scenario({**stated, "prices": own}))).set_index("option")
    for row in then["verdict"]:
        row |= {measure: dearer.loc[row["option"], measure] for measure in ("total", "npv")}
    moved = moved_since(then, today)
    assert set(moved["kind"]) == {"prices"}
    assert moved[moved["option"] == "stay"]["cause"].nunique() >= 3
    for (measure, option), rows in moved.groupby(["measure", "option"]):
        now = tco.compare(tco.evaluate(today)).set_index("option").loc[option, measure]
        assert rows["difference"].sum() == pytest.approx(now - dearer.loc[option, measure], abs=1), (measure, option)


def test_facts_that_differ_are_named(earlier: dict[str, Any]) -> None:
    then = json.loads(json.dumps(earlier))
    then["data"]["data/lifecycle/releases.csv"]["sha256"] = "another"
    for row in then["verdict"]:
        row["npv"] += 1000
    rows = of_npv(moved_since(then, tco.load_scenario(scenario())))
    assert rows["kind"].to_list() == ["facts"]
    assert "data/lifecycle/releases.csv" in rows["cause"].iloc[0]


def test_options_that_come_and_go_are_told(earlier: dict[str, Any]) -> None:
    new = scenario()
    new["options"]["aurora"] = {"platform": "aurora"}
    del new["options"]["dynamodb"]
    said = opening(moved_since(earlier, tco.load_scenario(new)), "2026-11-01", {"aurora": "Aurora"})
    assert "- Aurora: is new" in said
    assert "- dynamodb: is gone" in said


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (None, "", "is no report"),
        ("page.html", "<p>", "has no manifest.json"),
        ("manifest.json", "{", "cannot be read as a manifest"),
        ("manifest.json", "[1]", "is not the manifest of a report"),
        ("manifest.json", '{"data": {}}', "is not the manifest of a report"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, name: str | None, text: str, message: str) -> None:
    place = tmp_path / (name or "absent")
    if name:
        place.write_text(text, encoding="utf-8")
    with pytest.raises(tco.InputError, match=message):
        read_manifest(place)
    done = CliRunner().invoke(main, ["report", "startup_small", "--since", str(place), "--out", str(tmp_path / "new")])
    assert done.exit_code == 1
    assert message in done.output
    assert not (tmp_path / "new").exists()


def test_a_folder_and_its_page_lead_to_the_manifest(tmp_path: Path, earlier: dict[str, Any]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(earlier), encoding="utf-8")
    (tmp_path / "small.html").write_text("<p>", encoding="utf-8")
    assert read_manifest(tmp_path) == read_manifest(tmp_path / "small.html") == earlier


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("verdict", 0, "npv"), "1,5", r"verdict\.0\.npv: .* valid number.*1,5"),
        (("verdict", 0, "total"), float("nan"), r"verdict\.0\.total: .* finite number"),
        (("verdict", 1), {"option": "stay", "fleet_size": 4, "total": 1.0, "npv": 1.0}, "two results of one option"),
        (("verdict", 0, "option"), None, r"verdict\.0\.option: "),
        (("prices",), [1], "prices: "),
        (("prices", "any"), 1e300, r"prices\.any: .*less than or equal"),
        (("data",), 1, "data: "),
        (("today",), "yesterday", "today: "),
        (
            ("inputs", "assumptions", "labour.engineer_rate", "low"),
            -1,
            r"assumptions\.labour\.engineer_rate: cannot be",
        ),
        (("inputs", "assumptions", "labour.engineer_rate", "value"), "abc", r"labour\.engineer_rate: cannot be read"),
        (("inputs", "scenario", "options"), {}, "options"),
    ],
)
def test_wrong_entries_of_a_manifest_are_told_by_their_place(
    earlier: dict[str, Any], path: tuple[Any, ...], value: Any, message: str
) -> None:
    wrong = entry = json.loads(json.dumps(earlier))
    for step in path[:-1]:
        entry = entry[step]
    entry[path[-1]] = value
    with pytest.raises(tco.InputError, match=message):
        moved_since(wrong, tco.load_scenario(scenario()))


def test_a_manifest_that_was_changed_after_its_report_is_refused(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """However plausible the change; another layout of the file is none."""
    place = tmp_path / "manifest.json"
    place.write_text(json.dumps({**earlier, "sha256": own_hash(earlier)}, indent=7), encoding="utf-8")
    assert read_manifest(place)["verdict"] == earlier["verdict"]
    earlier = json.loads(place.read_text(encoding="utf-8"))
    earlier["verdict"][0]["npv"] += 1
    place.write_text(json.dumps(earlier), encoding="utf-8")
    with pytest.raises(tco.InputError, match=r"manifest\.json: has been changed since its report was made"):
        read_manifest(place)


def test_a_report_on_another_scenario_is_named_and_one_without_a_common_option_refused(earlier: dict[str, Any]) -> None:
    stated = scenario()
    assert "another scenario" in opening(moved_since(earlier, tco.load_scenario(stated)), "2026-11-01", {}, "ours")
    stated["options"] = {f"new_{name}": option for name, option in stated["options"].items()}
    stated.pop("reference", None)
    with pytest.raises(tco.InputError, match="shares no option with"):
        moved_since(earlier, tco.load_scenario(stated))


def test_many_reports_have_no_single_earlier_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", "quickstart", "startup_small", "--since", str(tmp_path)])
    assert done.exit_code == 2
