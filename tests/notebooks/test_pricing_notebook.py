"""The notebook that explains bills runs under papermill, for other parameters too, and says what `tco.price` says."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import nbformat
import pytest

import tco

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "pricing.ipynb"


def code_cells():
    return [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook run in another Region and month."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of papermill and its libraries are not ours to mend
        import papermill

        folder = tmp_path_factory.mktemp("pricing")
        parameters = {"region": "eu-west-1", "hours_per_month": 744, "reads_per_second": 1000, "load": "office_hours"}
        return papermill.execute_notebook(
            NOTEBOOK, folder / "out.ipynb", parameters=parameters, cwd=folder, progress_bar=False, log_output=False
        )


def test_it_has_one_parameters_cell_and_defines_no_function():
    cells = code_cells()
    assert [cell.metadata.get("tags") for cell in cells].count(["parameters"]) == 1
    for cell in cells:
        nodes = ast.walk(ast.parse(cell.source))
        assert not any(isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)) for node in nodes)


@pytest.mark.slow
def test_every_cell_ran_and_no_line_lacks_its_meaning(executed):
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    shown = [output.data.get("text/html", "") for cell in code for output in cell.outputs if "data" in output]
    assert sum("<table" in text for text in shown) >= 14
    assert not any(">nan<" in text for text in shown)


@pytest.mark.slow
def test_its_numbers_are_those_of_the_module(executed):
    usage = {
        "reads_per_second": 1000, "writes_per_second": 80, "item_bytes": 1500, "eventual_read_share": 0.5,
        "index_writes_per_write": 1, "storage_gb": 200, "pitr_gb": 200, "hours_per_month": 744,
    }  # fmt: skip
    total = tco.price("dynamodb", usage, region="eu-west-1", as_of="2026-10-01")["cost"].sum()
    spoken = [
        output.data["text/markdown"]
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/markdown" in output.get("data", {})
    ]
    assert any(f"The whole bill: **{total:,.2f} USD**" in text for text in spoken)
