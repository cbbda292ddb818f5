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
    assert str(narrative.details(verdicts)) == ""
    caveats = str(narrative.caveats(verdicts, 0.25))
    assert caveats.count("point estimate") == 1
    assert "25% comes from assumptions without a published source" in caveats


def test_what_the_verdict_leaves_out_is_in_the_details() -> None:
    long = Verdict("stay costs least.", ("One.", "Two.", "Three.", POINT_NOTICE, "Four.", "Five."), "stay", True, ())
    assert str(narrative.verdict(10, {10: long})).endswith("One. Two. Three.")
    assert str(narrative.details({10: long})) == "**Details for 10 clusters.** Four. Five."


def test_more_restore_drills_than_the_reference_are_explained() -> None:
    hours = {"stay": 163.0, "move": 173.4, "alike": 163.2, "fewer": 90.0}
    said = str(narrative.more_drills(hours, "stay", 7.0))
    assert said.startswith("**More restore drills than stay** (163 hours): move 173. ")
    assert "kept for 7 years" in said
    assert str(narrative.more_drills({"stay": 163.0, "move": 150.0}, "stay", 7.0)) == ""


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
        "later spending counts less. Against stay, higher spending at the start is paid back by move after 31 months."
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
        "- **same** takes as many hours.",
    ]


def test_upgrades_name_what_is_projected_and_who_is_stranded() -> None:
    calendar = pd.DataFrame(
        [("stay", "8.4", 6.0, 120.0, False), ("stay", "9.0", 6.0, 90.0, True), ("stay", "", 2.0, 0.0, True)],
        columns=["option", "to_version", "clusters", "hours", "projected"],
    )
    assert str(narrative.upgrades(calendar, ["stay", "move"])).splitlines() == [
        (
            "- **stay**: 12 cluster upgrades, 210 h of work; 1 of 2 dates are expected from the engine's past "
            "releases; 2 clusters stranded without an upgrade path."
        ),
        "- **move**: no major upgrade is due at the means of assumptions.",
    ]


def test_fleet_sizes_say_none_in_range() -> None:
    one = pd.DataFrame({"low": [1], "high": [10_000], "cheapest": ["stay"]})
    assert str(narrative.fleet_sizes(one)) == "- **1 to 10,000 clusters:** stay, no crossing in range"
    two = pd.DataFrame({"low": [1, 57.3], "high": [57.3, 10_000], "cheapest": ["stay", "move"]})
    assert str(narrative.fleet_sizes(two)) == "- **1 to 57 clusters:** stay\n- **57 to 10,000 clusters:** move"


def test_options_with_the_same_upgrades_are_told_together() -> None:
    rows = [(name, "orders", "2029-04-30", "8.0", "8.4", 6) for name in ("stay", "automated")]
    rows.append(("other", "orders", "2028-04-30", "8.0", "8.4", 6))
    calendar = pd.DataFrame(rows, columns=["option", "group", "date", "from_version", "to_version", "clusters"])
    assert [options for options, _ in tables_by_size.by_upgrades(calendar)] == [["stay", "automated"], ["other"]]


def test_an_analysis_at_each_size_keeps_the_size_first() -> None:
    frame = tables_by_size.at_each_size(lambda one: pd.DataFrame({"total": [one]}), {10: 1.0, 100: 2.0})
    assert frame.to_dict("list") == {"fleet_size": [10, 100], "total": [1.0, 2.0]}


def test_fitted_classes_are_told_with_the_load_they_bear() -> None:
    sized = pd.DataFrame(
        [
            ("fit", "or_ders", "db.r6g.large", 1200.0, 150.0, 12.0),
            ("leaves", "or_ders", "db.r6g.large", 1200.0, 150.0, 12.0),
        ],
        columns="option group instance_class peak_reads_per_second peak_writes_per_second needed_memory_gib".split(),
    )
    told = str(narrative.fitted_classes(sized, 0.6))
    assert "60% of its processors" in told
    assert told.endswith(r"db.r6g.large for or\_ders (1,200 reads and 150 writes a second, 12 GiB).")
    assert str(narrative.fitted_classes(sized.head(0), 0.6)) == ""


def test_capacity_modes_are_told_by_where_they_cost_the_same() -> None:
    rows = [("orders", "reads", 0.29, 0.56, "provisioned"), ("orders", "writes", 0.29, 0.56, "provisioned")]
    rows += [("jobs", "reads", 0.31, 0.28, "on_demand"), ("jobs", "writes", 0.29, 0.28, "on_demand")]
    crossings = pd.DataFrame(rows, columns=["group", "kind", "crossing", "utilisation", "cheaper"])
    told = str(narrative.capacity_modes(pd.concat([crossings, crossings])))
    assert "where 29% to 31% of it is in use" in told
    assert told.endswith(
        "has 28% to 56% in use, which by itself favours provisioned for 1 group and on demand for 1 group."
    )
    assert str(narrative.capacity_modes(crossings.head(0))) == ""


def test_loads_that_do_not_fit_are_told_without_paths() -> None:
    sentence = (
        "fleet.baskets.workload: the busiest hour takes 152% of db.r6g.large (2 vCPU, at "
        "sizing.database_reads_per_vcpu and _writes_per_vcpu), which cannot "
        "carry it: choose a larger instance_class or `fit`"
    )
    assert str(narrative.overloads([sentence])) == (
        "**Loads that do not fit.** baskets: the busiest hour takes 152% of db.r6g.large \\(2 vCPU\\), which cannot "
        "carry it: choose a larger instance class or fit."
    )
    assert str(narrative.overloads_in_detail([sentence])) == ""
    memory = "fleet.shop.storage_gb: from 2028-02 on, data takes 102% (33 of 32 GiB; sizing.database_memory: judgement)"
    told = str(narrative.overloads_in_detail([sentence, memory]))
    assert told.endswith("\n- shop: from 2028\\-02 on, data takes 102% \\(33 of 32 GiB\\).")
    assert told.count("\n- ") == 2
    groups = [f"fleet.group_{number}.workload: too much" for number in (1, 1, 2, 3, 4, 5)]
    folded = str(narrative.overloads(groups))
    assert "group\\_1, group\\_2, group\\_3 and 2 more outgrow instances" in folded
    assert "6 warnings" in folded
    assert "\n" not in folded


def test_options_with_the_same_planned_downtime_share_a_sentence() -> None:
    row = {"database_minutes": 5.0, "application_minutes": 6.0, "planned_minutes": 11.0, "claim": "below"}
    rows = [{**row, "option": name, "explanation": "two events a year"} for name in ("on demand", "provisioned")]
    told = str(narrative.downtime(pd.DataFrame(rows), (30, 60), "somebody says"))
    assert told.splitlines()[-1] == (
        "- **on demand and provisioned**: 11 min planned per cluster and year, below the claim: 5.0 min of the "
        "database and 6.0 min of the application. Two events a year."
    )
