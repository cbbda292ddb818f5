"""What a verdict says: never a point alone once there are draws, and what would reverse it."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from small_scenarios import STAY, group, scenario

import tco
from tco.analysis.uncertainty import ranking, results
from tco.analysis.verdict import POINT_NOTICE, _runner_up, verdict
from tco.evaluation.ledger import Ledger
from tco.formats import money
from tco.model.components.version_upkeep import EXPOSURE


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    stated = tco.load_scenario(scenario(months=60))
    return tco.evaluate(stated, tco.monte_carlo(stated, 400, seed=1))


def test_with_draws_it_states_probability_median_range_and_mean(ledger: Ledger) -> None:
    found = verdict(ledger, with_reversals=False)
    best = ranking(ledger).iloc[0]
    row = results(ledger).set_index("option").loc[best["option"]]
    assert not found.is_point_estimate
    assert found.cheapest == best["option"]
    assert f"{best['probability_cheapest']:.0%} (± " in found.headline
    assert money(row["mean"]) in found.headline
    said = " ".join(found.sentences)
    for name in ("p10", "p50", "p90", "point"):
        assert money(row[name]) in said
    assert "ranking" not in said
    assert re.search(r"400 draws are (too few|enough)", said)
    assert POINT_NOTICE not in said


def test_a_point_says_that_it_is_one(ledger: Ledger) -> None:
    found = verdict(tco.evaluate(ledger.scenario), with_reversals=False)
    assert found.is_point_estimate
    assert POINT_NOTICE in found.sentences


def test_reversals_are_told_with_their_chance(ledger: Ledger) -> None:
    found = verdict(ledger)
    assert 2 <= len(found.reversals) <= 4
    assert "On average" in found.reversals[-1]
    assert "would be cheapest if re-modelling per design were below" in found.reversals[0]
    assert re.search(r"a chance of \d+%", found.reversals[0])


def test_reversals_say_that_they_leave_dates_where_a_team_is_short() -> None:
    shop = group(clusters=20, engine="postgresql", version="14")
    for hours, said in ((20, True), (100_000, False)):
        options = {"team": {**STAY, "upgrade_hours_per_month": hours}, "postponed": {**STAY, "policy": "never"}}
        stated = tco.load_scenario(scenario(fleet={"shop": shop}, options=options, reference="team", months=60))
        found = verdict(tco.evaluate(stated)).reversals
        assert any("though under team the vendor forces some" in sentence for sentence in found) == said


def test_identical_options_tie(ledger: Ledger) -> None:
    twins = tco.load_scenario(scenario(options={"one": STAY, "other": STAY}, reference="one"))
    found = verdict(tco.evaluate(twins, tco.monte_carlo(twins, 50)))
    assert "50%" in found.headline
    assert "other costs the same on average." in found.sentences
    assert found.reversals[0].startswith("No single assumption, moved from its 1st to its 99th percentile")
    assert found.reversals[1].startswith("On average, one would also be cheapest over 36, 60, 84 or 120")


def test_an_option_that_wins_more_often_but_loses_more_is_named() -> None:
    """Re-modelling anywhere from 1 to 10,000 hours: the move is often the cheapest, and far dearer where it is not."""
    our = {"title": "Ours", "as_of": "2026-10-01", "kind": "measured"}
    skewed = {"transition.modelling_hours_per_design": {"low": 1, "high": 10_000, "source": our}}
    skewed |= {"labour.migration_team": {"value": 100, "source": our}}
    stated = tco.load_scenario(scenario(months=60, assumptions=skewed))
    found = verdict(tco.evaluate(stated, tco.monte_carlo(stated, 400, seed=2)), with_reversals=False)
    assert any("is the cheapest more often" in sentence for sentence in found.sentences)


def test_exposure_that_is_not_priced_is_said() -> None:
    """Three years of PostgreSQL 14 on own servers, patched until 2026-11-12: 4 clusters x 36 months."""
    fleet = {"old": group(engine="postgresql", version="14", platform="ec2", instance_class="r6g.large", clusters=4)}
    options = {"never": {"platform": "ec2", "policy": "never"}, "settled": {"platform": "ec2"}}
    raw = scenario(fleet=fleet, options=options, reference="never", months=36)
    priced, unpriced = (tco.load_scenario(raw, set=change) for change in ({}, {EXPOSURE: 0}))
    said = verdict(tco.evaluate(unpriced), with_reversals=False).sentences[0]
    assert said.startswith(f"Cluster-months past all support are not priced ({EXPOSURE} is 0): never has 144")
    ledger = tco.evaluate(priced)
    assert "not priced" not in " ".join(verdict(ledger, with_reversals=False).sentences)
    cost = ledger.total(["option", "line"]).iloc[0]["never"]["exposure past support"]
    assert cost == pytest.approx(144 * priced.assumptions[EXPOSURE].mean)


@pytest.mark.parametrize(
    ("dearer", "told"), [(1004.0, "4 USD (under 1%) more, a near tie"), (1250.0, "250 USD (25%) more")]
)
def test_the_gap_to_the_next_option_is_a_share_of_the_cheapest(dearer: float, told: str) -> None:
    assert _runner_up(pd.Series({"stay": 1000.0, "move": dearer})) == f"Next comes move, {told}."
