"""Two steps lead from the reference to the cheapest option that leaves: what stays, then the move."""

from __future__ import annotations

from typing import Any

import pytest

import tco
from tco.analysis.size_and_platform import size_and_platform
from tco.report.prose import headlines


def test_the_two_steps_add_up_and_size_is_the_infrastructure() -> None:
    ledger = tco.evaluate(tco.load_scenario("quickstart"))
    found = size_and_platform(ledger)
    assert found is not None
    npv = ledger.mean("option", "npv")
    assert (found.reference, found.staying, found.leaving) == ("stay", "right_sized", "dynamodb_provisioned")
    assert found.without_move + found.move == pytest.approx(npv["dynamodb_provisioned"] - npv["stay"])
    assert sum(found.by_category.values()) == pytest.approx(found.move)
    parts = ledger.mean(["option", "category"], "npv")
    assert found.size == pytest.approx(parts["right_sized", "infrastructure"] - parts["stay", "infrastructure"])
    said = str(headlines.two_steps(found))
    assert said.startswith("**Size matters more than platform.** right\\_sized stays on the present platform and saves")


def test_no_size_is_claimed_where_instances_are_the_same() -> None:
    scenario = tco.load_scenario("quickstart")
    others = {name: option for name, option in scenario.options.items() if name != "right_sized"}
    found = size_and_platform(tco.evaluate(scenario.model_copy(update={"options": others})))
    assert found is not None
    assert found.staying == found.reference
    assert found.without_move == found.size == 0
    assert str(headlines.two_steps(found)).startswith("**The present platform is cheapest.** ")


def test_nothing_is_said_of_a_fleet_of_none() -> None:
    assert size_and_platform(tco.evaluate(tco.load_scenario("quickstart", fleet_size=0))) is None


@pytest.mark.parametrize("name", ["startup_small", "steady_high_throughput"])
def test_nothing_is_said_where_leaving_is_cheapest(name: str) -> None:
    found: Any = size_and_platform(tco.evaluate(tco.load_scenario(name)))
    assert found is None
    assert str(headlines.two_steps(found)) == ""
