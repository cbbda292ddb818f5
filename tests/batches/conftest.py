"""Small notebooks that batches are tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

PARAMETERS = (
    'scenario: str = "quickstart"\n'
    "fleet_sizes: list[int] = [10]\n"
    "set: dict[str, object] = {}\n"
    'today: str = ""\n'
    "n: int = 0"
)


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Writes a notebook of code cells below one of parameters, `n` among them."""

    def write(*sources: str, name: str = "small.ipynb") -> Path:
        first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
        cells = [first, *(nbformat.v4.new_code_cell(source) for source in sources)]
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"
        path = tmp_path / name
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write
