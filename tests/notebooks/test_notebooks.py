"""The teaching notebooks open with a question, run for other parameters too, and can be copied."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from nbconvert import HTMLExporter

import tco
from tco import resources
from tco.analysis.verdict import verdict
from tco.charts.display import CHART_TYPE
from tco.cli import main

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def executed(name: str, folder: Path, **parameters: Any) -> list[dict[str, Any]]:
    """The data of every output of a notebook run with papermill."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of papermill and its libraries are not ours to mend
        import papermill

        notebook = papermill.execute_notebook(
            NOTEBOOKS / name,
            folder / name,
            parameters=parameters,
            cwd=folder,
            progress_bar=False,
            log_output=False,
        )
    return [
        output.data
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_opens_with_a_heading_and_stands_in_the_list(path: Path) -> None:
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert f"`{path.name}`" in (NOTEBOOKS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["pricing", "reuse", "uncertainty", "upgrade_calendar", "validation", "your_fleet"])
def test_a_teaching_notebook_begins_shortly_and_says_what_each_part_is_about(name: str) -> None:
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", ())]
    assert len(code[0].source.splitlines()) <= 20
    kinds = "".join("t" if cell.cell_type == "markdown" else "c" for cell in cells)
    assert "cccc" not in kinds.removeprefix("tcc")  # text stands before code


@pytest.mark.slow
def test_the_upgrade_calendar_draws_a_row_for_each_policy_and_each_option_with_upgrades(tmp_path: Path) -> None:
    outputs = executed("upgrade_calendar.ipynb", tmp_path, engine="postgresql", version="9.6", start="2018-01-15")
    charts = [data[CHART_TYPE] for data in outputs if CHART_TYPE in data]
    assert len(charts) == 4  # the policies, and three options that stay on RDS
    assert "postgresql 9.6" in json.dumps(charts[0]["title"])
    assert any("right-sized" in json.dumps(chart["title"]) for chart in charts)  # the option's label, not its key
    assert all("<td" in data["text/html"] for data in outputs if "text/html" in data)


@pytest.mark.slow
def test_the_upgrade_plan_is_that_of_the_library(tmp_path: Path) -> None:
    outputs = executed(
        "upgrade_plan.ipynb",
        tmp_path,
        scenario="startup_small",
        capacity=40.0,
        freeze=["2027-02..2027-03"],
        window={"": "tue..thu"},
    )
    gantt, load = (data[CHART_TYPE] for data in outputs if CHART_TYPE in data)
    plan = tco.plan(tco.load_scenario("startup_small"), capacity=40, freeze="2027-02..2027-03", window="tue..thu")
    rows = next(iter(gantt["datasets"].values()))
    assert sum(row.get("clusters", 1) for row in rows) >= len(plan["group"].unique())
    assert "h" in json.dumps(load["title"])
    tables_shown = " ".join(data["text/html"] for data in outputs if "<td" in data.get("text/html", ""))
    for day in plan["cut_over"]:
        assert f"{day:%Y-%m-%d}" in tables_shown


@pytest.mark.slow
def test_the_back_test_shows_each_forced_upgrade_and_the_published_outages(tmp_path: Path) -> None:
    outputs = executed("backtest.ipynb", tmp_path, instances=["rds mysql db.r6g.large"], policies=["newest", "never"])
    timeline, minutes = (data[CHART_TYPE] for data in outputs if CHART_TYPE in data)
    assert "3 upgrades forced on 2 of 3 instances" in json.dumps(timeline["title"])
    assert "DynamoDB" in json.dumps(minutes["datasets"])
    tables_shown = " ".join(data["text/html"] for data in outputs if "<td" in data.get("text/html", ""))
    assert all(day in tables_shown for day in ("2021-05-25", "2022-03-01", "2015-09-20", "2025-10-20"))


@pytest.mark.slow
def test_an_explorer_leaves_its_numbers_where_there_is_no_kernel(tmp_path: Path) -> None:
    """As papermill runs it and as nbconvert shows it, beside the widget."""
    still, explorer, comparison = executed("explore.ipynb", tmp_path, scenario="startup_small")
    assert "application/vnd.jupyter.widget-view+json" in explorer
    assert "startup_small" in still["text/plain"]
    assert "Present value (k\N{NO-BREAK SPACE}USD)" in comparison["text/html"]
    page, _ = HTMLExporter(template_name="basic").from_filename(str(tmp_path / "explore.ipynb"))
    text = re.sub("<[^>]*>", "", page[page.index("tco-still") :])
    ledger = tco.evaluate(tco.load_scenario("startup_small").by_label)
    assert verdict(ledger).headline in text
    for amount in tco.compare(ledger)["npv"]:
        assert f"{amount / 1000:.0f}" in text
    after = page[page.index('class="tco-still"') :]
    picture = after[after.index("<svg") : after.index("</svg>")]  # a bar an option, with its amount
    for option, amount in tco.compare(ledger).set_index("option")["npv"].items():
        assert f">{option}</text>" in picture
        assert f">{tco.formats.money(amount)}</text>" in picture


def test_copies_are_whole_and_never_overwrite_changes(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    copied = CliRunner().invoke(main, ["notebooks", "copy", str(folder)])
    assert copied.exit_code == 0
    carried = sorted(file.name for file in resources.path("notebooks").iterdir() if file.is_file())
    assert sorted(file.name for file in folder.iterdir()) == carried

    assert CliRunner().invoke(main, ["notebooks", "copy", str(folder)]).exit_code == 0
    (folder / "explore.ipynb").write_text("mine")
    refused = CliRunner().invoke(main, ["notebooks", "copy", str(folder)])
    assert refused.exit_code == 1
    assert "explore.ipynb" in refused.stderr
    assert (folder / "explore.ipynb").read_text() == "mine"
    assert CliRunner().invoke(main, ["notebooks", "copy", str(folder), "--replace"]).exit_code == 0
    assert (folder / "explore.ipynb").read_bytes() == (NOTEBOOKS / "explore.ipynb").read_bytes()


def test_the_list_names_every_notebook_with_its_question() -> None:
    listed = CliRunner().invoke(main, ["notebooks", "list"]).stdout
    assert "explore " in listed
    assert "What happens to money, hours and downtime" in listed
