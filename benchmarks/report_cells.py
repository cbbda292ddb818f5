"""How long the cells of the report's notebook take in a process that has run them before, as in a batch of reports.

Run with `python benchmarks/report_cells.py [--draws 1000]`, or all of them with `make bench`.
"""

from __future__ import annotations

import argparse
import sys
import time

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from measuring import report

from tco import resources

USUAL_DRAWS = 1000
RUNS = 3
LIMITS = {f"all cells, {USUAL_DRAWS:,} draws": 5.0}
SHOWN = 6
"""Cells that are named: those that take longest."""


def seconds_by_cell(draws: int) -> dict[str, float]:
    """Seconds of each cell, for fleets of 10, 100 and 1,000 clusters of the quickstart."""
    notebook = nbformat.read(resources.path("notebooks/fleet_comparison.ipynb"), as_version=4)
    shell = InteractiveShell.instance()
    spent: dict[str, float] = {}
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        given = f"\ndraws = {draws}\n" if "parameters" in cell.metadata.get("tags", []) else ""
        began = time.perf_counter()
        with capture_output():
            result = shell.run_cell(cell.source + given, store_history=False)
        spent[f"cell {number}: {cell.source.splitlines()[0][:34]}"] = time.perf_counter() - began
        result.raise_error()
    return spent


def main() -> int:
    """Print the times; the exit code is 1 where all cells together are past their limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=USUAL_DRAWS)
    draws = parser.parse_args().draws
    runs = [seconds_by_cell(draws) for _ in range(RUNS)]
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    longest = sorted(best, key=lambda name: -best[name])[:SHOWN]
    measured = {f"all cells, {draws:,} draws": min(sum(run.values()) for run in runs)}
    return report("report_cells", measured | {name: best[name] for name in longest}, LIMITS)


if __name__ == "__main__":
    sys.exit(main())
