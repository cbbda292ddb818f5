"""Changing one assumption gives what changing the scenario would give, and reverses the answer where it says."""

from __future__ import annotations

import numpy as np
import pytest
from small_scenarios import STAY, scenario

import tco
from tco.analysis.one_change_reversals import RATES, Changes, costs_of_changes, horizons, paths_of_dates, reversals
from tco.evaluation.inputs import Inputs
from tco.model.lines import lines_of
from tco.resources import scenario_names
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario

PATHS = ("labour.engineer_rate", "upgrades.preparation_months", "upgrades.plan_hours")
MODELLING = "transition.modelling_hours_per_design"
VALUES = np.array([[80.0, 140.0], [1.0, 6.0], [10.0, 90.0]])


def test_each_change_is_the_scenario_with_that_value() -> None:
    """The engineer rate leaves the calendar alone; months of preparation move it. So do hours where a team is small."""
    many = {"labour.upgrade_team": 1_000_000}
    stated = tco.load_scenario(scenario(), set=many)
    (found,) = costs_of_changes([Changes(stated, PATHS, VALUES)])
    for place, path in enumerate(PATHS):
        for column, value in enumerate(VALUES[place].tolist()):
            changed = tco.load_scenario(scenario(), set={**many, path: value})
            expected = tco.evaluate(changed).total("option", "npv").iloc[0].tolist()
            assert found[place, column].tolist() == pytest.approx(expected)


def test_changes_apart_cost_what_they_cost_together() -> None:
    stated = tco.load_scenario(scenario())
    rates = sorted(RATES)
    changes = [Changes(stated, [*PATHS, *rates], np.vstack([VALUES, np.tile([0.01, 0.05], (len(rates), 1))]))]
    (together,), (apart,) = costs_of_changes(changes), costs_of_changes(changes, apart=RATES)
    assert apart == pytest.approx(together)
    assert (np.diff(apart, axis=1) != 0).any(axis=(1, 2)).all()  # each of them moves what some option costs


def test_dates_are_made_of_few_assumptions() -> None:
    found = paths_of_dates(tco.load_scenario(scenario()))
    assert "upgrades.preparation_months" in found
    assert "labour.engineer_rate" not in found


@pytest.mark.parametrize("name", scenario_names())
def test_dates_are_made_of_what_a_whole_pass_says_they_are(name: str) -> None:
    """Looking at calendars alone, where no class is fitted, misses nothing that some line would have asked for."""
    for changes in ({}, {"options.stay.instance_class": "fit"} if name == "quickstart" else {}):
        stated = tco.load_scenario(name, set=changes)
        inputs = Inputs(stated, Block(0, 1))
        assert len(list(lines_of(inputs))) > 100
        assert paths_of_dates(stated) == frozenset(inputs.reads.dated)


@pytest.fixture(scope="module")
def five_years() -> Scenario:
    return tco.load_scenario(scenario(months=60))


def test_a_reversal_flips_the_answer_where_it_says(five_years: Scenario) -> None:
    ledger = tco.evaluate(five_years)
    frame = reversals(ledger)
    assert not frame.empty
    assert frame["probability"].is_monotonic_decreasing
    cheapest = ledger.total("option", "npv").iloc[0].idxmin()
    for row in frame.head(3).to_dict("records"):
        beyond = 1.001 if row["value"] > row["mean"] else 0.999
        for factor, winner in ((beyond, row["cheapest"]), (1 / beyond, cheapest)):
            moved = tco.load_scenario(scenario(months=60), set={row["path"]: row["value"] * factor})
            assert tco.evaluate(moved).total("option", "npv").iloc[0].idxmin() == winner


def test_how_plausible_a_reversal_is(five_years: Scenario) -> None:
    """The chance that a lognormal from 200 (5th percentile) to 2,450 or so lies beyond the value at which it flips."""
    frame = reversals(tco.evaluate(five_years)).set_index("path")
    row = frame.loc[MODELLING]
    drawn = tco.monte_carlo(five_years, 20_000, seed=3).frame([MODELLING])[MODELLING]
    beyond = (drawn > row["value"]) if row["value"] > row["mean"] else (drawn < row["value"])
    assert row["probability"] == pytest.approx(beyond.mean(), abs=0.01)


def test_nothing_reverses_identical_options() -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    assert reversals(tco.evaluate(twins)).empty


def test_other_horizons_and_starts_are_those_of_the_scenario_changed_by_hand() -> None:
    raw = scenario(months=36)
    frame = horizons(tco.evaluate(tco.load_scenario(raw)))
    assert frame["horizon_months"].tolist() == [36, 60, 84, 120, 36]
    assert frame["start"].tolist() == ["2027-01"] * 4 + ["2028-01"]
    for row in frame.to_dict("records"):
        changed = tco.load_scenario(raw, set={"months": row["horizon_months"], "start": row["start"]})
        assert row["cheapest"] == tco.evaluate(changed).mean("option", "npv").idxmin()
        assert row["reverses"] == (row["cheapest"] != frame["cheapest"][0])
