"""A move that the horizon cuts off: what it still owes is booked, said first, and pays nothing back."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import DYNAMODB, scenario

import tco
from tco.analysis.verdict import verdict
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import LABOUR

MOVE_PHASES = ("re-modelling", "tooling", "training")


def moved(hours: float | None = None, months: int = 24, **changes: Any) -> Ledger:
    """The small fleet moved to DynamoDB with so many hours a month given to it."""
    option = DYNAMODB if hours is None else {**DYNAMODB, "migration_hours_per_month": hours}
    raw = scenario(months=months, **changes)
    raw["options"]["dynamodb"] = option
    return tco.evaluate(tco.load_scenario(raw, set={"transition.withdrawals_per_year": 0}))


def work(ledger: Ledger) -> float:
    """Hours of re-modelling, tooling and training, those that are owed among them."""
    by_phase = ledger.mean(["option", "category", "phase"], LABOUR)["dynamodb"]["transition"]
    return float(by_phase[list(MOVE_PHASES)].sum())


@pytest.mark.parametrize("hours", [0.5, 3.0, 10.0, 40.0])
def test_hours_of_a_move_do_not_depend_on_how_much_of_it_the_horizon_sees(hours: float) -> None:
    assert work(moved(hours)) == pytest.approx(work(moved(100_000.0)), rel=1e-9)


def test_a_move_without_hands_is_named_first_and_pays_nothing_back() -> None:
    ledger = moved(1.0)
    row = tco.compare(ledger).set_index("option").loc["dynamodb"]
    assert 0.9 < row["unfinished"] < 1
    assert row[["payback_months", "discounted_payback_months"]].isna().all()
    said = verdict(ledger, with_reversals=False)
    assert "dynamodb leaves" in f"{said.headline} {said.sentences[0]}"
    assert all("pays back" not in sentence for sentence in said.sentences)


def test_owed_work_is_booked_in_the_last_month_alone() -> None:
    table = moved(1.0).table()
    owed = table[(table["line"] == "unfinished move") & (table["quantity"] > 0)]
    assert set(owed["period"]) == {"2028-12"}
    assert set(owed["option"]) == {"dynamodb"}
    clusters = owed[owed["unit"] == "unfinished cluster"]["quantity"].sum()
    assert clusters / 4 == pytest.approx(tco.compare(moved(1.0)).set_index("option")["unfinished"]["dynamodb"])


def test_a_move_that_is_done_in_time_owes_nothing() -> None:
    ledger = moved(100_000.0)
    assert (tco.compare(ledger)["unfinished"] == 0).all()
    assert "unfinished" not in verdict(ledger, with_reversals=False).headline.casefold()


def test_a_longer_horizon_leaves_less_undone() -> None:
    shares = [tco.compare(moved(45.0, months))["unfinished"].iloc[1] for months in (12, 24, 36, 60)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5
    assert shares[-1] == 0


def test_chances_are_those_of_the_draws() -> None:
    loaded = tco.load_scenario(scenario())
    frame = tco.compare(tco.evaluate(loaded, tco.monte_carlo(loaded, 300, seed=2))).set_index("option")
    assert frame["chance_cheapest"].sum() == pytest.approx(1)
    # Of two options one is the cheapest where it costs less than the other.
    assert frame["chance_cheapest"]["dynamodb"] == pytest.approx(frame["chance_below_reference"]["dynamodb"])
    assert frame["chance_below_reference"].isna().tolist() == [True, False]
    assert frame["median_difference"]["stay"] == 0
    assert list(tco.compare(tco.evaluate(loaded)))[-1] == "unfinished"
