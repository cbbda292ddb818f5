"""What a person sees of a scenario, a ledger and a comparison, in a notebook and in a terminal."""

from __future__ import annotations

import pandas as pd
import pytest

import tco
from tco import formats


@pytest.fixture(scope="module")
def ledger() -> tco.Ledger:
    return tco.evaluate(tco.load_scenario("quickstart", set={"labour.engineer_rate": 120}))


def test_a_scenario_shows_its_fleet_its_options_and_what_differs_from_the_baseline(ledger: tco.Ledger) -> None:
    bundle = ledger.scenario._repr_mimebundle_()
    for text in bundle.values():
        assert "quickstart: 5 options for 20 clusters over 60 months from 2027-01" in text
        assert "billing" in text
        assert "blue/green" in text.replace("/<wbr>", "/")
    assert "labour.engineer_rate" in bundle["text/plain"]
    assert "Assumptions" not in str(tco.load_scenario("quickstart"))


def test_a_ledger_shows_the_comparison_with_grouped_numbers(ledger: tco.Ledger) -> None:
    bundle = ledger._repr_mimebundle_()
    stay = tco.compare(ledger).set_index("option").loc["stay", "npv"]
    for text in bundle.values():
        assert formats.significant(stay / 1000) in text  # k USD
        assert "version upkeep" in text
    assert max(len(line) for line in str(ledger).splitlines()) < 110


def test_one_line_says_what_it_is_and_computes_nothing() -> None:
    def explode(*_: object) -> tuple[object, ...]:
        return ()

    scenario = tco.load_scenario("quickstart")
    assert repr(scenario) == "<Scenario quickstart: 5 options for 20 clusters over 60 months from 2027-01>"
    empty = tco.Ledger(scenario, tco.point(scenario), explode)  # type: ignore[arg-type]
    assert repr(empty).startswith("<Ledger of quickstart: 5 options")


def test_a_comparison_is_a_frame_that_shows_rounded_and_computes_unrounded(ledger: tco.Ledger) -> None:
    frame = tco.compare(ledger)
    assert isinstance(frame, pd.DataFrame)
    assert type(frame[["option", "npv"]]) is type(frame.copy()) is type(frame.set_index("option")) is pd.DataFrame
    cheapest = frame.loc[frame["npv"].idxmin(), "npv"]
    assert cheapest != round(cheapest)
    assert formats.significant(cheapest / 1000) in repr(frame)
    assert formats.significant(cheapest / 1000) in frame._repr_html_()


def test_names_cannot_bring_markup_with_them() -> None:
    scenario = tco.load_scenario("quickstart").model_copy(update={"name": "<script>alert(1)</script>"})
    assert "<script>" not in scenario._repr_html_()
    assert "<script>" not in tco.evaluate(scenario)._repr_html_()
