"""Notebooks run strictly: what papermill only warns about is an error, and two runs are equal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tco.errors import InputError
from tco.report import outputs
from tco.report.chart_check import check_charts
from tco.report.notebook_run import ReportError, executed, prepared, without_run_traces

Notebook = Callable[..., Path]


def test_an_unknown_parameter_is_refused_with_the_nearest_name(notebook: Notebook) -> None:
    with pytest.raises(InputError, match=r"small\.ipynb: unknown parameter 'fleet_size'; did you mean 'fleet_sizes'"):
        executed(notebook("1"), {"fleet_size": [10]})


@pytest.mark.parametrize(
    ("place", "value"),
    [("outputs", 3), ("outputs", [1]), ("source", {"a": 1}), ("cell_type", "sql"), ("metadata", None)],
)
def test_a_cell_that_is_none_is_told(notebook: Notebook, place: str, value: object) -> None:
    file = notebook("1")
    content = json.loads(file.read_text("utf-8"))
    content["cells"][-1][place] = value
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=r"small\.ipynb: is not a notebook") as caught:
        executed(file, {})
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("tagged", [0, 2])
def test_a_notebook_needs_exactly_one_parameters_cell(notebook: Notebook, tagged: int) -> None:
    with pytest.raises(InputError, match=f"exactly one cell tagged 'parameters'; found {tagged}"):
        executed(notebook("1", tagged=tagged), {})


def test_files_of_tables_have_the_keys_of_options_where_the_page_has_labels() -> None:
    options = {"stay": {}, "serverless": {"label": "DynamoDB on demand"}}
    table = {"columns": ["option", "DynamoDB on demand"], "rows": [["DynamoDB on demand", 1.5], ["stay", None]]}
    found = outputs.with_keys(table, {"inputs": {"scenario": {"options": options}}})
    assert outputs.as_csv(found) == "option,serverless\nserverless,1.5\nstay,\n"
    assert outputs.with_keys(table, {}) is table


def test_parameters_reach_the_notebook_and_runs_are_equal(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the `python3` kernel of the machine is another interpreter's, or missing."""
    path = notebook(
        "import sys, tco\nprint(scenario, fleet_sizes, sys.executable)",
        "from tco import charts, tables\nimport pandas as pd\ncharts.show_offline()\n"
        "frame = pd.DataFrame({'option': ['a'], 'year': [2027], 'cost': [1 / 3]})\n"
        "display(charts.cost_by_year(frame), tables.table(frame, 'costs'))",
    )
    monkeypatch.setenv("JUPYTER_PATH", "/nonexistent")
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    first, second = (executed(path, {"scenario": 'it\'s "quoted"', "fleet_sizes": [1, 2]}) for _ in range(2))
    assert nbformat.writes(first) == nbformat.writes(second)
    assert 'it\'s "quoted" [1, 2] ' in first.cells[2].outputs[0].text
    assert outputs.as_csv(outputs.tables(first)["costs"]) == "option,year,cost\na,2027,0.3333333333333333\n"
    check_charts(outputs.charts(first))


def test_an_input_error_inside_keeps_its_words(notebook: Notebook) -> None:
    path = notebook("from tco.errors import UnknownPrice\nraise UnknownPrice('no price for a unicorn')")
    with pytest.raises(InputError, match=r"^no price for a unicorn$"):
        executed(path, {})


def test_a_failing_cell_is_named(notebook: Notebook) -> None:
    with pytest.raises(ReportError, match=r"small\.ipynb: cell 3 failed: ZeroDivisionError: division by zero"):
        executed(notebook("1", "1 / 0"), {})


def test_a_printed_warning_is_an_error(notebook: Notebook) -> None:
    with pytest.raises(ReportError, match=r"cell 2 printed a warning: .*RuntimeWarning: all is not well"):
        executed(notebook("import warnings\nwarnings.warn('all is not well', RuntimeWarning)"), {})


def test_a_run_leaves_no_process_behind(notebook: Notebook) -> None:
    result = executed(notebook("import os\nprint(os.getpid())"), {})
    with pytest.raises(ProcessLookupError):
        os.kill(int(result.cells[-1].outputs[0].text), 0)


@pytest.mark.parametrize("minor", [2, 4, 5])
def test_cells_without_ids_have_the_same_in_every_run(tmp_path: Path, minor: int) -> None:
    cells = [
        {"cell_type": kind, "metadata": {"tags": tags}, "source": text, **further}
        for kind, tags, text, further in (
            ("markdown", [], "# Title", {}),
            ("code", ["parameters"], "a = 1", {"execution_count": None, "outputs": []}),
            ("code", [], "a", {"execution_count": None, "outputs": []}),
        )
    ]
    file = tmp_path / "old.ipynb"
    file.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}), "utf-8")
    runs = [[cell.id for cell in without_run_traces(prepared(file, {"a": 2})).cells] for _ in range(2)]
    assert runs[0] == runs[1] == ["place-0", "place-1", "injected-parameters", "place-2"]


def test_a_run_says_which_section_it_works_on(notebook: Notebook, capfd: pytest.CaptureFixture[str]) -> None:
    path = notebook("1", "2")
    document = nbformat.read(path, as_version=4)
    document.cells.insert(2, nbformat.v4.new_markdown_cell("## The verdict\ntext"))
    nbformat.write(document, path)
    executed(path, {}, progress=True)
    shown = capfd.readouterr().err.split("\r\x1b[K")
    assert [line for line in shown if line][-1] == f"cell 4 of {len(document.cells)}: The verdict"
    executed(path, {})
    assert capfd.readouterr().err == ""
