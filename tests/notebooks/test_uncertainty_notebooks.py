"""The notebooks on uncertainty and validation run, also with few draws, and say what the analyses say."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import tco
from tco import formats
from tco.analysis.uncertainty import results
from tco.analysis.validation import badge
from tco.report import outputs

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def executed(name: str, folder: Path, **parameters: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of papermill and its libraries are not ours to mend
        import papermill

        return papermill.execute_notebook(
            NOTEBOOKS / name, folder / name, parameters=parameters, cwd=folder, progress_bar=False, log_output=False
        )


def texts(notebook: Any) -> str:
    found = [
        output.get("data", {}).get("text/markdown", "") for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    return "\n".join("".join(text) for text in found)


@pytest.mark.slow
def test_the_uncertainty_notebook_runs_with_few_draws_and_tells_the_modules_numbers(tmp_path: Path) -> None:
    notebook = executed("uncertainty.ipynb", tmp_path, scenario="startup_small", draws=50, seed=4)
    said = texts(notebook)
    scenario = tco.load_scenario("startup_small").by_label
    found = results(tco.evaluate(scenario, tco.monte_carlo(scenario, 50, 4))).set_index("option")
    best = found["mean"].idxmin()
    assert f"{best} costs least on average, {formats.money(found.loc[best, 'mean'])}" in said
    assert "50 draws are too few" in said
    assert "the same to the last bit" in said
    assert len(outputs.charts(notebook)) == 5
    assert {"uncertainty", "learnt", "sobol_indices", "value_of_information"} <= set(outputs.tables(notebook))


@pytest.mark.slow
def test_the_validation_notebook_tells_the_count(tmp_path: Path) -> None:
    notebook = executed("validation.ipynb", tmp_path, case_name="runsignup_aurora_3")
    said = texts(notebook)
    assert formats.markdown(badge()) in said
    assert "RunSignup" in said
