"""Small notebooks and a small scenario that reports are tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

PARAMETERS = (
    'scenario: str = "quickstart"  # a scenario\n'
    "fleet_sizes: list[int] = [10]\n"
    "set: dict[str, object] = {}\n"
    'today: str = ""'
)


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Writes a notebook of code cells with `tagged` cells of parameters before them."""

    def write(*sources: str, tagged: int = 1, name: str = "small.ipynb") -> Path:
        cells = []
        for _ in range(tagged):
            cell = nbformat.v4.new_code_cell(PARAMETERS)
            cell.metadata["tags"] = ["parameters"]
            cells.append(cell)
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        path = tmp_path / name
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    """Two groups and two options over two years: enough for every section, quick to run."""
    return {
        "name": 'small "fleet" <script>alert(1)</script>',
        "description": "<img src=x onerror=alert(2)> and *stars*",
        "start": "2027-01",
        "months": 36,
        "prices_as_of": "2026-11-01",
        "fleet": {
            "<b>orders</b>": {
                "clusters": 3,
                "engine": "mysql",
                "version": "8.0",
                "region": "us-east-1",
                "instance_class": "db.r6g.large",
                "storage_gb": 100.0,
                "workload": {"reads_per_second": 100.0, "writes_per_second": 20.0, "item_bytes": 800.0},
            },
            "a" * 60: {
                "clusters": 1,
                "engine": "postgresql",
                "version": "16",
                "region": "us-east-1",
                "instance_class": "db.r6g.large",
                "storage_gb": 100.0,
                "workload": {"reads_per_second": 10.0, "writes_per_second": 2.0, "item_bytes": 800.0},
            },
        },
        "options": {
            'stay "put" </script>': {
                "platform": "rds",
                "deployment": "multi_az",
                "policy": "settled",
                "method": "in_place",
            },
            "a_very_long_option_name_with_" + "x" * 40: {
                "platform": "rds",
                "deployment": "multi_az",
                "policy": "settled",
                "method": "blue_green",
            },
            "serverless": {"platform": "dynamodb", "capacity": "on_demand"},
        },
    }
