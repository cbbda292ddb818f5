"""The text of a report follows its numbers, and no name can bring markup into it."""

from __future__ import annotations

import pandas as pd

from tco.analysis.verdict import POINT_NOTICE, Verdict
from tco.report.prose import narrative, tables_by_size

HOSTILE = "<b>*x*</b>"
ESCAPED = r"&lt;b&gt;\*x\*&lt;/b&gt;"


def verdict(cheapest: str, *reversals: str) -> Verdict:
    return Verdict(f"{cheapest} costs least.", ("It saves 1 M USD.", POINT_NOTICE), cheapest, True, reversals)


def test_the_verdict_says_what_would_reverse_it_and_the_notice_stands_once() -> None:
    verdicts = {1: verdict(HOSTILE, "stay would win if pigs flew."), 100: verdict("stay")}
    assert str(narrative.verdict(1, verdicts)) == (
        f"### 1 cluster\n\n**{ESCAPED} costs least.**\n\nIt saves 1 M USD.\n\nWhat would reverse it:\n\n"
        "- stay would win if pigs flew."
    )
    assert "reverse" not in str(narrative.verdict(100, verdicts))
    assert str(narrative.behind(verdicts)) == ""
    judgement = pd.DataFrame({"fleet_size": [1, 100], "option": ["stay", "stay"], "judgement_share": [0.25, 0.5]})
    caveats = str(narrative.caveats(verdicts, judgement))
    assert caveats.count("point estimate") == 1
    assert "stay 25% to 50%" in caveats


def test_what_the_verdict_leaves_out_stands_behind_it() -> None:
    long = Verdict("stay costs least.", ("One.", "Two.", "Three.", POINT_NOTICE, "Four.", "Five."), "stay", True, ())
    assert str(narrative.verdict(10, {10: long})).endswith("One. Two. Three.")
    assert str(narrative.behind({10: long})) == "**Behind 10 clusters.** Four. Five."


def test_totals_say_when_the_present_value_ranks_otherwise() -> None:
    compared = pd.DataFrame(
        {
            "fleet_size": [10, 10],
            "option": ["stay", "move"],
            "total": [2_000_000.0, 1_000_000.0],
            "npv": [900_000.0, 950_000.0],
            "payback_months": [float("nan"), 31.0],
        }
    )
    assert str(narrative.totals(compared, "stay")) == (
        "- **10 clusters:** move costs least in total, 1 M USD, stay most, 2 M USD. By present value it is stay, since "
        "later spending counts less. Against stay the higher spending at the start is back with move after 31 months."
    )


def test_hours_are_told_against_the_reference() -> None:
    rows = [
        ("stay", "cashable", 100.0), ("stay", "redeployed", 60.0), ("stay", "soft", 40.0),
        ("move", "cashable", 50.0), ("move", "redeployed", 30.0), ("move", "soft", 20.0),
        ("same", "cashable", 100.0), ("same", "redeployed", 60.0), ("same", "soft", 40.0),
    ]  # fmt: skip
    releases = pd.DataFrame(rows, columns=["option", "release", "labour_hours"])
    assert str(narrative.labour(releases, "stay")).splitlines() == [
        "- **stay** takes 200 h.",
        (
            "- **move** releases 100 h: 50 h can be cut from a budget, 30 h goes to other work and 20 h is relief "
            "without a budget line."
        ),
        "- **same** takes as many.",
    ]


def test_upgrades_name_what_is_projected_and_who_is_stranded() -> None:
    calendar = pd.DataFrame(
        [("stay", "8.4", 6.0, 120.0, False), ("stay", "9.0", 6.0, 90.0, True), ("stay", "", 2.0, 0.0, True)],
        columns=["option", "to_version", "clusters", "hours", "projected"],
    )
    assert str(narrative.upgrades(calendar, ["stay", "move"])).splitlines() == [
        (
            "- **stay**: 12 cluster upgrades, 210 h of work; 1 of 2 dates are projected from the engine's own cadence; "
            "2 clusters are stranded, no path leads on."
        ),
        "- **move**: no major upgrade falls due.",
    ]


def test_fleet_sizes_say_none_in_range() -> None:
    one = pd.DataFrame({"low": [1], "high": [10_000], "cheapest": ["stay"]})
    assert str(narrative.fleet_sizes(one)).endswith("1 to 10,000 clusters: no crossing in range.")
    two = pd.DataFrame({"low": [1, 57.3], "high": [57.3, 10_000], "cheapest": ["stay", "move"]})
    assert str(narrative.fleet_sizes(two)) == "- **1 to 57 clusters:** stay\n- **57 to 10,000 clusters:** move"


def test_options_with_the_same_upgrades_are_told_together() -> None:
    rows = [(name, "orders", "2029-04-30", "8.0", "8.4", 6) for name in ("stay", "automated")]
    rows.append(("other", "orders", "2028-04-30", "8.0", "8.4", 6))
    calendar = pd.DataFrame(rows, columns=["option", "group", "date", "from_version", "to_version", "clusters"])
    assert [options for options, _ in tables_by_size.alike(calendar)] == [["stay", "automated"], ["other"]]


def test_an_analysis_at_each_size_keeps_the_size_first() -> None:
    frame = tables_by_size.at_each_size(lambda one: pd.DataFrame({"total": [one]}), {10: 1.0, 100: 2.0})
    assert frame.to_dict("list") == {"fleet_size": [10, 100], "total": [1.0, 2.0]}
