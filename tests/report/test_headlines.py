"""What a report says first follows its numbers, and no name brings markup into it."""

from __future__ import annotations

import pandas as pd

from tco.report.prose import headlines

HOSTILE = "<b>*x*</b>"
ESCAPED = r"&lt;b&gt;\*x\*&lt;/b&gt;"


def ranked(*rows: tuple[int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["fleet_size", "option", "probability_cheapest"]).assign(rank=1)


def test_one_winner_at_all_sizes_is_named_once() -> None:
    chances = ranked((1, HOSTILE, 0.61), (100, HOSTILE, 0.77))
    assert str(headlines.answer({1: HOSTILE, 100: HOSTILE}, chances)) == (
        f"**{ESCAPED} costs least at 1 and 100 clusters**, and is the cheapest with a probability of 61% and 77%."
    )


def test_several_winners_are_named_with_their_sizes() -> None:
    chances = ranked((1, "stay", 0.5), (10, "stay", 0.6), (1000, "move", 0.7))
    assert str(headlines.answer({1: "stay", 10: "stay", 1000: "move"}, chances)) == (
        "**stay costs least at 1 and 10 clusters, move at 1,000 clusters**, and is the cheapest with a probability of "
        "50%, 60% and 70%."
    )


def test_a_fleet_of_none_has_no_winner() -> None:
    chances = ranked((0, "stay", 0.5), (10, "move", 0.6))
    assert str(headlines.answer({0: "stay", 10: "move"}, chances)) == (
        "**move costs least at 10 clusters**, and is the cheapest with a probability of 60%."
    )
    assert "costs nothing under any option" in str(headlines.answer({0: "stay"}, chances))


def test_without_draws_no_probability_is_given() -> None:
    assert "point estimate" in str(headlines.answer({1: "stay"}))
    assert "%" not in str(headlines.answer({1: "stay"}))


def test_what_decides_names_the_widest_swings_and_one_reversal() -> None:
    swings = pd.DataFrame({"label": ["Re-modelling", "SLA credit"], "swing": [-4_190_000.0, 10.0]})
    assert str(headlines.what_decides(swings, "stay", "move", ["move would be cheapest if pigs flew.", "x"])) == (
        "**What matters most.** The gap between stay and move moves most with re\\-modelling (4.19 M USD) and "
        "SLA credit (10 USD). move would be cheapest if pigs flew."
    )


def test_badges_lead_to_their_sections() -> None:
    class Badge:
        reproduced, missed, cases = 20, 5, 28

    ages = pd.DataFrame({"observed_on": ["2025-06-17", "2025-06-05"]})
    lines = str(headlines.badges(Badge(), 0.52, ages, 10_000)).splitlines()
    assert lines == [
        "- [20 of 28 published cases reproduced, 5 missed](#held-against-published-cases)",
        "- [52% of its cost reads judgement](#what-it-rests-on)",
        "- [prices looked up on 2025-06-05 or later](#what-it-rests-on)",
        "- [10,000 draws](#how-sure-is-this)",
    ]


def test_how_sure_spans_the_fleet_sizes() -> None:
    results = pd.DataFrame({"fleet_size": [1, 10], "option": "stay", "p10": [1e6, 2e6], "p90": [3e6, 4e6]})
    chances = ranked((1, "stay", 0.5), (10, "stay", 0.75))
    assert str(headlines.how_sure(chances, results, 10, "stay")) == (
        "The option that costs least on average is the cheapest in 50% to 75% of draws; at 10 clusters stay costs "
        "2 M USD to 4 M USD in eight of ten"
    )
