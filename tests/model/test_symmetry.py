"""A comparison has no favourite: equal options cost the same, and swapped ones mirror, whatever they are called.

A hidden preference for the first option, for the reference or for a name would show here.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_scenarios import DYNAMODB, STAY, group, options, scenario, scenarios

import tco
from tco.analysis.comparison import cost_by_category, cost_by_line, downtime_by_line, labour_by_release, stages
from tco.evaluation.ledger import Ledger

AMOUNTS = ["total", "npv", "labour_hours", "downtime_minutes"]


def evaluated(raw: dict[str, Any]) -> Ledger:
    return tco.evaluate(tco.load_scenario(raw))


@settings(max_examples=8)
@given(scenarios(), options())
def test_identical_options_differ_by_exactly_nothing(raw: dict[str, Any], chosen: dict[str, Any]) -> None:
    home = next(iter(raw["fleet"].values()))["platform"]
    chosen = {**chosen, "platform": home} if chosen["platform"] == "rds" else chosen
    ledger = evaluated({**raw, "options": {"one": chosen, "other": chosen}, "reference": "one"})
    compared = tco.compare(ledger).set_index("option")
    assert (compared[["difference", "npv_difference"]] == 0).to_numpy().all()
    assert compared.loc["one", AMOUNTS].to_list() == compared.loc["other", AMOUNTS].to_list()
    assert compared[["payback_months", "discounted_payback_months"]].isna().to_numpy().all()
    assert (cost_by_line(ledger)["difference"] == 0).all()
    for by in (["option", "line", "period"], ["option", "group"]):
        amounts = ledger.total(by).iloc[0]
        assert amounts["one"].to_list() == amounts["other"].to_list()


@settings(max_examples=8)
@given(scenarios(most_options=2))
def test_swapping_two_options_mirrors_the_answer(raw: dict[str, Any]) -> None:
    """The same two options in the other order, under each other's names, with the reference where it was."""
    (first, one), (second, other) = raw["options"].items()
    straight = evaluated({**raw, "reference": first})
    mirrored = evaluated({**raw, "reference": first, "options": {first: other, second: one}})
    before, after = (tco.compare(ledger).set_index("option") for ledger in (straight, mirrored))
    assert after.loc[first, AMOUNTS].to_list() == before.loc[second, AMOUNTS].to_list()
    assert after.loc[second, AMOUNTS].to_list() == before.loc[first, AMOUNTS].to_list()
    for column in ("difference", "npv_difference"):
        assert after.loc[second, column] == -before.loc[second, column]
        assert after.loc[first, column] == before.loc[first, column] == 0


@settings(max_examples=8)
@given(scenarios(), st.permutations(["stay", "dynamodb", "aurora"]), st.sampled_from(("z", "Ω", "<b>", "a b")))
@example(scenario(), ["dynamodb", "aurora", "stay"], "z")
def test_the_reference_the_order_and_names_change_no_options_cost(
    raw: dict[str, Any], order: list[str], prefix: str
) -> None:
    """Only differences are taken to the reference; one option says how the groups run today, the others move them."""
    home = next(iter(raw["fleet"].values()))["platform"]
    chosen = {"stay": {**STAY, "platform": home}, "dynamodb": DYNAMODB, "aurora": {"platform": "aurora"}}
    expected = evaluated({**raw, "options": chosen, "reference": "stay"}).total(["option", "line"]).iloc[0]
    turned = {
        **raw,
        "fleet": {prefix + name: value for name, value in raw["fleet"].items()},
        "options": {prefix + name: chosen[name] for name in order},
        "reference": prefix + order[0],
    }
    found = evaluated(turned).total(["option", "line"]).iloc[0].to_dict()
    assert found == {(prefix + option, line): cost for (option, line), cost in expected.items()}


@settings(max_examples=6)
@given(scenarios())
def test_differences_are_those_of_the_totals(raw: dict[str, Any]) -> None:
    ledger = evaluated(raw)
    compared = tco.compare(ledger).set_index("option")
    reference = compared.loc[raw["reference"]]
    for option in raw["options"]:
        row = compared.loc[option]
        assert row["difference"] == pytest.approx(row["total"] - reference["total"], abs=1e-9)
        assert row["npv_difference"] == pytest.approx(row["npv"] - reference["npv"], abs=1e-9)
        by_category = cost_by_category(ledger).query("option == @option")
        assert by_category["difference"].sum() == pytest.approx(row["difference"], rel=1e-9, abs=1e-4)
        assert by_category["cost"].sum() == pytest.approx(row["total"], rel=1e-9)
        apart = stages(ledger).query("option == @option")
        assert apart["cost"].sum() == pytest.approx(row["total"], rel=1e-9)
        assert apart["labour_hours"].sum() == pytest.approx(row["labour_hours"], rel=1e-9)
        assert apart["downtime_minutes"].sum() == pytest.approx(row["downtime_minutes"], rel=1e-9)
        hours = labour_by_release(ledger).query("option == @option")["labour_hours"].sum()
        assert hours == pytest.approx(row["labour_hours"], rel=1e-9)
        minutes = downtime_by_line(ledger).query("option == @option")["downtime_minutes"].sum()
        assert minutes == pytest.approx(row["downtime_minutes"], rel=1e-9)


def test_the_same_workload_is_hosted_by_every_option() -> None:
    """A group's clusters are all somewhere in every month: what left one platform has arrived at the other."""
    from tco.evaluation.inputs import Inputs
    from tco.model.fleet.placement import placements, share

    loaded = tco.load_scenario(
        scenario(months=60, fleet={"shop": group(), "more": group(engine="postgresql", version="16")})
    )
    inputs = Inputs(loaded, tco.point(loaded).row(0))
    for option in loaded.options:
        standing = sum(
            (inputs.clusters(place.groups) * share(inputs, place)).sum(axis=1)[0]
            for place in placements(inputs, option)
        )
        assert standing == pytest.approx(loaded.fleet_size)


def test_a_group_of_one_instance_leaves_the_traffic_of_its_neighbour() -> None:
    """What three copies send one another between zones is billed, whether or not a single server stands beside them."""

    def infrastructure(**fleet: dict[str, Any]) -> float:
        raw = scenario(fleet=fleet, options={"own": {"platform": "ec2"}, "dynamodb": DYNAMODB}, reference="own")
        table = tco.evaluate(tco.load_scenario(raw)).table()
        chosen = table["group"].eq("three") & table["category"].eq("infrastructure") & table["option"].eq("own")
        return float(table.loc[chosen, "cost"].sum())

    three, one = ({**group(instances=number), "platform": "ec2"} for number in (3, 1))
    assert infrastructure(three=three, one=one) == pytest.approx(infrastructure(three=three))
