"""The table and the page of a batch hold the reports' own numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_batches import Pretending, plan_of

from tco.batches import LocalFolder
from tco.batches.index_page import MAX_LISTED, index_html, size_results
from tco.batches.journal import Journal, ReportResult
from tco.batches.plan import Plan
from tco.batches.progress import TextProgress
from tco.batches.run import run_batch
from tco.batches.sparklines import scale_of
from tco.batches.summary_files import as_parquet
from tco.report.outputs import COLUMNS, as_csv, result_rows


def row(option: str, size: int = 10, **values: Any) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | {"fleet_size": size, "option": option, **values}


ROWS = (
    row("stay", npv_mean=200.0, npv_point=190.0, difference_point=0.0, labour_hours=50.0, probability_cheapest=0.2),
    row("move", npv_mean=150.0, npv_point=195.0, difference_point=5.0, labour_hours=20.0, probability_cheapest=0.8),
    row("stay", 100, npv_mean=1000.0, difference_point=0.0, labour_hours=80.0, probability_cheapest=0.9),
    row("move", 100, npv_mean=1500.0, difference_point=500.0, labour_hours=90.0, probability_cheapest=0.1),
)


def test_the_cheapest_option_is_that_of_the_lowest_mean() -> None:
    small, large = size_results(ROWS)
    assert (small.size, small.winner, small.probability, small.npv) == (10, "move", 0.8, 150.0)
    assert (small.difference, small.share, small.hours) == (-50.0, -0.25, -30.0)
    assert (large.winner, large.difference, large.share) == ("stay", 0.0, 0.0)
    assert large.shares == {"stay": 0.0, "move": 0.5}


def test_without_draws_the_point_estimate_decides() -> None:
    (place,) = size_results(
        [row("stay", npv_point=10.0, difference_point=0.0), row("move", npv_point=9.0, difference_point=-1.0)]
    )
    assert (place.winner, place.probability, place.difference) == ("move", None, -1.0)


def test_a_fleet_that_costs_nothing_has_no_shares() -> None:
    (place,) = size_results([row("stay", npv_point=0.0, difference_point=0.0)])
    assert (place.share, place.shares) == (None, {})


def test_the_scale_holds_the_reference_and_cuts_what_is_far_off() -> None:
    assert scale_of([[0.1, 0.3]]) == (0.0, 0.3)
    assert scale_of([[-0.2, 9.0]]) == (-0.2, 0.5)
    assert scale_of([]) == (-0.5, 0.5)


def test_rows_are_read_from_the_tables_of_a_notebook() -> None:
    tables = {
        "comparison": {
            "columns": ["fleet_size", "option", "npv", "labour_hours"],
            "rows": [[10, "stay", 5.0, 7.0], [10, "move", 4.0, 6.0]],
        },
        "ranking": {
            "columns": ["fleet_size", "rank", "option", "probability_cheapest"],
            "rows": [[10, 1, "move", 0.7], [10, 2, "stay", 0.3]],
        },
        "uncertainty": {"columns": ["option", "mean"], "rows": [["stay", 1.0]]},
        "mine": {"columns": ["fleet_size", "option"], "rows": [[1, "other"]]},
    }
    stay, move = result_rows(tables)
    assert (stay["npv_point"], stay["labour_hours"], stay["probability_cheapest"], stay["npv_mean"]) == (
        5.0,
        7.0,
        0.3,
        None,
    )
    assert (move["npv_point"], move["probability_cheapest"]) == (4.0, 0.7)
    assert result_rows({}) == ()


def test_point_estimates_are_not_the_means_that_a_report_with_draws_compares() -> None:
    """Its comparison has means over the draws; its uncertainty and differences have the point beside them."""
    tables = {
        "comparison": {
            "columns": ["fleet_size", "option", "npv", "npv_difference"],
            "rows": [[10, "stay", 5.5, 0.0], [10, "move", 4.5, -1.0]],
        },
        "uncertainty": {
            "columns": ["fleet_size", "option", "point", "mean"],
            "rows": [[10, "stay", 5.0, 5.5], [10, "move", 4.2, 4.5]],
        },
        "differences": {
            "columns": ["fleet_size", "option", "point", "mean"],
            "rows": [[10, "move", -0.8, -1.0]],
        },
    }
    stay, move = result_rows(tables)
    assert (stay["npv_point"], stay["npv_mean"], stay["difference_point"]) == (5.0, 5.5, 0.0)
    assert (move["npv_point"], move["npv_mean"]) == (4.2, 4.5)
    assert (move["difference_point"], move["difference_mean"]) == (-0.8, -1.0)


SWEEP = {"labour.engineer_rate": [80, 120], "move": {"early": {"start": "2027-01"}, "late": {"start": "2028-01"}}}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done")
    plan = plan_of(sweep=SWEEP, description="<b>bold</b> & more", fleet_sizes=[10, 100])
    failing = {plan.reports[3].name: "no </pre><script>alert(1)</script>"}
    run_batch(plan, LocalFolder(folder), Pretending(failing), TextProgress(StringIO(), quiet=True), today="2026-11-23")
    return folder


def test_the_table_has_a_row_for_each_report_fleet_size_and_option(done: Path) -> None:
    with (done / "results.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 3 * 2 * 2
    first = rows[0]
    assert list(first)[:7] == ["report", "scenario", "notebook", "labour.engineer_rate", "move", "fleet_size", "option"]
    assert (first["labour.engineer_rate"], first["move"], first["npv_point"]) == ("80", "early", "1000.0")


def test_parquet_holds_the_same_with_types(done: Path) -> None:
    written = pd.read_csv(done / "results.csv")
    typed = pd.read_parquet(done / "results.parquet")
    assert list(typed.columns) == list(written.columns)
    assert typed["labour.engineer_rate"].dtype == "int64"
    assert typed["npv_point"].dtype == typed["npv_mean"].dtype == "float64"
    assert typed["npv_point"].tolist() == written["npv_point"].tolist()
    assert typed["move"].tolist() == written["move"].tolist()


def test_a_column_of_numbers_and_names_is_one_of_texts() -> None:
    rows = [{"rate": 80}, {"rate": "usual"}, {"rate": None}]
    assert as_csv({"columns": ["rate"], "rows": [[row["rate"]] for row in rows]}) == 'rate\n80\nusual\n""\n'
    assert pd.read_parquet(io.BytesIO(as_parquet(["rate"], rows)))["rate"].tolist()[:2] == ["80", "usual"]


def test_the_page_counts_and_links_and_escapes(done: Path) -> None:
    page = (done / "index.html").read_text("utf-8")
    assert "3 of 4 reports" in page
    assert 'href="quickstart__engineer_rate-80__move-early/quickstart__engineer_rate-80__move-early.html"' in page
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in page
    assert "<script>alert(1)" not in page
    assert page.count('<tr data-winners="') == 3
    assert 'http-equiv="Content-Security-Policy"' in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_page_begins_with_its_answer_for_the_fleets_as_written(done: Path) -> None:
    answer = "No: move is the cheapest option in 3 of 3 reports, whatever the engineer rate, move and fleet size."
    assert answer in (done / "index.html").read_text("utf-8")
    plan = plan_of(sweep={"labour.engineer_rate": [80.0, 120.0]}, fleet_sizes=[100])
    other = [row for row in ROWS if row["fleet_size"] == 100]
    page = page_of(plan, ROWS, other)
    assert "Yes: move is the cheapest option in 1 of 2 reports, stay in 1, for the fleets as written. " in page
    assert "It changes with engineer rate and fleet size." in page
    assert '<th scope="col" class="n">as written</th><th scope="col" class="n">100 clusters</th>' in page


def test_the_answer_names_what_changes_it_and_what_does_not() -> None:
    """Of rates and starts the rate alone decides; of scenarios each has its own cheapest option at any rate."""
    small, large = ROWS[:2], tuple(row | {"fleet_size": 10} for row in ROWS[2:])
    rates = {"labour.engineer_rate": [80.0, 120.0]}
    page = page_of(plan_of(sweep=rates | {"start": ["2027-01", "2028-01"]}), small, small, large, large)
    assert "Yes: move is the cheapest option in 2 of 4 reports, stay in 2. " in page
    assert "It changes with engineer rate, not with start." in page
    page = page_of(plan_of(scenarios=["quickstart", "startup_small"], sweep=rates), small, small, large, large)
    answer = "No: move is the cheapest option in 2 of 4 reports, stay in 2, whatever the engineer rate."
    assert answer in page
    assert ">startup_small, engineer rate 120 USD per labour hour</a>" in page
    assert "It changes" not in page
    assert '<p class="answer">move is the cheapest option.</p>' in page_of(plan_of(sweep={}), small)


def test_the_page_says_options_axes_and_values_in_words_where_the_table_has_keys() -> None:
    """An option by its label, an assumption by its label with unit; what rows are filtered by stays as stated."""
    plan = plan_of(scenarios=["backup_metadata_store"], sweep={"growth.load_per_year": [0, 0.3], "months": [36, 60]})
    rows = [
        row("postgresql", npv_mean=200.0, difference_point=0.0),
        row("dynamodb_on_demand", npv_mean=150.0, difference_point=-50.0),
    ]
    page = page_of(plan, *[rows] * 4)
    assert "No: DynamoDB on demand is the cheapest option in 4 of 4 reports" in page
    assert "whatever the growth of the load and months." in page
    assert ">growth of the load 30% per year, months 60</a>" in page
    assert '<option value="0.3">30% per year</option>' in page
    assert "<li>growth of the load: 0% per year and 30% per year</li>" in page
    assert not re.search(r"dynamodb_on_demand|load.per.year", re.sub(r'href="[^"]*"|data-report="[^"]*"', "", page))


def test_without_draws_the_page_claims_no_probability() -> None:
    rows = [row("stay", npv_point=10.0, difference_point=0.0), row("move", npv_point=9.0, difference_point=-1.0)]
    page = page_of(plan_of(sweep={}), rows)
    assert "point estimates, with each assumption at its mean" in page
    assert "Probability" not in page
    assert "The probability" not in page


def page_of(plan: Plan, *rows: Sequence[dict[str, Any]]) -> str:
    """The page of a batch whose reports have these results, in order."""
    results = {
        report.name: ReportResult(report.name, "", "made", rows=tuple(found))
        for report, found in zip(plan.reports, rows, strict=True)
    }
    return index_html(plan, Journal("some", results=results), ["results.csv"])


@pytest.mark.slow
def test_a_page_lists_no_more_reports_than_a_browser_bears() -> None:
    plan = plan_of(sweep={"labour.engineer_rate": [float(rate) for rate in range(60, 60 + MAX_LISTED + 10)]})
    results = {report.name: ReportResult(report.name, "", "made", rows=ROWS) for report in plan.reports}
    page = index_html(plan, Journal("some", results=results), ["results.csv"])
    assert page.count('<tr data-winners="') == MAX_LISTED
    assert f"The first {MAX_LISTED:,} of {MAX_LISTED + 10:,} reports" in page
    assert "results.parquet" not in page
