"""`notebooks/your_fleet.ipynb`: ten cells from files to the verdict."""

from __future__ import annotations

import warnings
from pathlib import Path

import nbformat
import pytest
import small_fleets as fleets

import tco

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "your_fleet.ipynb"


def test_the_verdict_stands_in_the_first_ten_cells() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert any("tco.compare(" in cell.source for cell in cells[:10])
    assert sum(cell.cell_type == "code" for cell in cells) <= 10


def test_the_file_has_the_fleet_as_the_table_has_it(tmp_path: Path) -> None:
    """The last cell writes the scenario of the edited table, not what was read."""
    edited = tco.load_scenario(tco.read_fleet(fleets.as_answers(tmp_path)), fleet_size=7)
    cell = nbformat.read(NOTEBOOK, as_version=4).cells[-1]
    exec(cell.source, {"scenario": edited, "out": str(tmp_path / "fleet.yaml")})
    assert tco.load_scenario(tmp_path / "fleet.yaml").fleet_size == 7


@pytest.mark.slow
def test_files_become_a_verdict_and_a_scenario(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of papermill and its libraries are not ours to mend
        import papermill

        files = [str(path) for path in fleets.as_answers(tmp_path)]
        done = papermill.execute_notebook(
            NOTEBOOK, tmp_path / "done.ipynb", {"files": files, "draws": 20, "out": "fleet.yaml"}, cwd=tmp_path,
            progress_bar=False,
        )  # fmt: skip
    shown = "".join(str(output.get("data", "")) for cell in done.cells for output in cell.get("outputs", ()))
    assert "orders" in shown
    assert "automated" in shown
    assert tco.load_scenario(tmp_path / "fleet.yaml").fleet_size == 3
