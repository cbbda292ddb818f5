"""No process of the toolkit compiles the grammar that JupyterLab brings and jsonschema would import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from small_notebooks import notebook_of

RUN = (
    "from pathlib import Path; from tco.report.notebook_run import executed; executed(Path('in.ipynb'), {}, engine=%r)"
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which the grammar is installed, and leaves a mark when it is imported."""
    (tmp_path / "rfc3987_syntax.py").write_text(
        f"open({str(tmp_path / 'imported')!r}, 'w').close()\ndef is_valid_syntax(*_): return True\n"
    )
    checkout = Path(__file__).parent.parent
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, checkout)))}


def run(code: str, folder: Path, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("engine", ["forked", "papermill"])
def test_reports_and_their_kernels_do_without_the_grammar(
    tmp_path: Path, environment: dict[str, str], engine: str
) -> None:
    cells = ("n = 1", "import altair, jsonschema")
    nbformat.write(notebook_of(*cells, tags=[["parameters"]]), tmp_path / "in.ipynb")
    run(RUN % engine, tmp_path, environment)
    assert not (tmp_path / "imported").exists()


def test_the_command_line_does_without_the_grammar(tmp_path: Path, environment: dict[str, str]) -> None:
    code = (
        "import click.testing, tco.cli; click.testing.CliRunner().invoke(tco.cli.main, ['report', 'none']); "
        "import altair, nbformat, papermill"
    )
    run(code, tmp_path, environment)
    assert not (tmp_path / "imported").exists()


def test_whoever_wants_the_grammar_can_have_it(tmp_path: Path, environment: dict[str, str]) -> None:
    code = "from tco.quick_imports import import_jsonschema; import_jsonschema(); import jsonschema, rfc3987_syntax"
    run(code, tmp_path, environment)
    assert (tmp_path / "imported").exists()
