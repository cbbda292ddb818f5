"""What a report says first follows its numbers, and no name brings markup into it."""

from __future__ import annotations

import pandas as pd

from tco.report.prose import headlines

HOSTILE = "<b>*x*</b>"
ESCAPED = r"&lt;b&gt;\*x\*&lt;/b&gt;"


def ranked(*rows: tuple[int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["fleet_size", "option", "probability_cheapest"]).assign(rank=1)


def an_answer(**changes: object) -> headlines.Answer:
    table = pd.DataFrame(
        {"npv": [1_000_000.0, 1_200_000.0], "unfinished": [0.0, 0.0], "chance_cheapest": [0.75, 0.25]},
        index=["move", "stay"],
    )
    stated: dict[str, object] = {
        "best": "move",
        "rival": "stay",
        "reference": "stay",
        "table": table,
        "difference": {"p10": -300_000.0, "mean": -200_000.0, "p90": 50_000.0},
        "scope": "5 years for 13 clusters",
    }
    return headlines.Answer(**stated | changes)  # type: ignore[arg-type]


def test_the_recommendation_names_option_cost_saving_and_chances() -> None:
    assert str(headlines.recommendation(an_answer())) == (
        "**Choose move.** It costs least, 1 M USD present value over 5 years for 13 clusters. Against stay it saves "
        "200 k USD on average, and between a loss of 50 k USD and a saving of 300 k USD in eight of ten draws. It is "
        "the cheapest option in 75% of draws, stay in 25%."
    )


def test_a_reference_that_costs_least_is_kept_and_close_options_are_a_tie() -> None:
    own = an_answer(reference="move", difference={})
    assert str(headlines.recommendation(own)).startswith("**No change pays: move costs least**, 1 M USD present value")
    close = an_answer().table.assign(npv=[1_000_000.0, 1_010_000.0])
    assert str(headlines.recommendation(an_answer(table=close))).startswith(
        "**A near tie: move and stay cost about the same**, 1 M USD and 1.01 M USD present value over 5 years"
    )
    assert " move is the cheapest option in 75% of draws" in str(headlines.recommendation(an_answer(table=close)))


def test_an_option_that_does_not_finish_says_so_first() -> None:
    left = an_answer().table.assign(unfinished=[0.4, 0.0])
    assert str(headlines.recommendation(an_answer(table=left))).startswith(
        "**move does not finish:** at the end of the horizon 40% of the clusters have not moved or been upgraded"
    )


def test_without_draws_no_probability_is_given_and_names_are_text() -> None:
    point = an_answer().table.drop(columns="chance_cheapest").rename(index={"move": HOSTILE})
    said = str(headlines.recommendation(an_answer(best=HOSTILE, table=point, difference={})))
    assert "point estimate" in said
    assert ESCAPED in said
    assert not [mark for mark in ("%", "<b>") if mark in said]


def test_upgrades_that_are_forced_within_a_year_are_named_by_date() -> None:
    due = pd.DataFrame(
        {
            "group": ["late", "soon", "free"],
            "date": pd.to_datetime(["2029-01-01", "2027-03-31", "2027-01-01"]),
            "from_version": ["8.0", "11", "7"],
            "to_version": ["8.4", "16", "8"],
            "clusters": [1, 2, 3],
            "reason": ["deadline", "forced", "policy"],
        }
    )
    assert str(headlines.due_soon(due, "stay", "2026-11-28")) == (
        "**Due by 2027-11-28 if you choose stay.** soon (2 clusters) 11 to 16 on 2027-03-31."
    )
    assert str(headlines.due_soon(due.head(1), "stay", "2026-11-28")).endswith("No major upgrade.")


def test_the_next_measurement_is_the_one_worth_most_beyond_its_error() -> None:
    worth = pd.DataFrame(
        {
            "label": ["Everything", "Hours of a trial move", "Noise"],
            "kind": ["everything", "group", "assumption"],
            "value": [9_000.0, 2_900.0, 5_000.0],
            "standard_error": [1.0, 490.0, 4_000.0],
        }
    )
    assert str(headlines.measure_next(worth, 100)) == (
        "**Measure next:** hours of a trial move. To know this before deciding is worth up to 2.9 k USD."
    )
    noise = worth[worth["label"] == "Noise"]
    assert "no single measurement" in str(headlines.measure_next(noise, 100))
    a_day_costs_more = str(headlines.measure_next(worth, 2_900 / 8 + 1))
    assert "is worth an engineer's day" in a_day_costs_more
    assert a_day_costs_more.endswith("To know everything would be worth 9 k USD.")
    assert "everything" not in str(headlines.measure_next(worth, 9_000 / 8 + 1))


def test_what_decides_names_the_widest_swings_with_their_ranges() -> None:
    swings = pd.DataFrame(
        {
            "label": ["Re-modelling", "SLA credit"],
            "unit": ["labour hour/design", "1"],
            "p10": [100.0, 0.1],
            "p90": [620.0, 0.3],
            "swing": [-4_190_000.0, 10.0],
        }
    )
    assert str(headlines.what_decides(swings, "stay", "move")) == (
        "**What decides between stay and move:** re\\-modelling, 100 to 620 labour hours per design (4.19 M USD); SLA "
        "credit, 0.1 to 0.3 (10 USD). In brackets: how far it alone moves the difference."
    )


def test_badges_lead_to_their_sections() -> None:
    class Badge:
        short = "published figures: 8 inside, 10 missed, 22 not testable"

    ages = pd.DataFrame({"observed_on": ["2025-06-17", "2025-06-05"]})
    lines = str(headlines.badges(Badge(), 0.52, ages, 10_000)).splitlines()
    assert lines == [
        "- [published figures: 8 inside, 10 missed, 22 not testable](#held-against-published-cases)",
        "- [52% of what could change the answer is judgement](#what-it-rests-on)",
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
