"""Processor time of the proof that a report's charts draw: in a process of its own, and by a batch's companion.

Run with `python benchmarks/chart_checks.py`, or all of them with `make bench`. It counts what all processes below a
nursery use, so that it says the same on a busy machine; each figure is the difference of two runs.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measuring import report

from tco import resources
from tco.execution.nursery import Nursery
from tco.report import chart_check, outputs
from tco.report.notebook_run import executed

OWN, FIRST, LATER = (
    "in the report's own process",
    "by the companion, reports 2 to 5",
    "by the companion, reports 6 to 25",
)
LIMITS = {OWN: 3.0, LATER: 1.0}
PARAMETERS = {"fleet_sizes": [10, 100, 1000], "draws": 200}


def check(given: tuple[str, int]) -> None:
    """A job: the check of the charts in a file, made those of the report of a number, each of a kind of its own."""
    path, number = given
    charts = json.loads(Path(path).read_text("utf-8"))
    chart_check.check_drawn([chart | {"name": f"report_{number}"} for chart in charts])


def processor_seconds(charts: str, reports: int, companion: str) -> float:
    """What so many checks use, with all that is started for them."""
    before = _used()
    with Nursery(2, warm=["tco.report.chart_check"], companion=companion) as nursery:
        for number in range(reports):
            nursery.submit(str(number), "chart_checks:check", (charts, number))
        failures = [outcome.failure for outcome in nursery.outcomes() if outcome.failure]
    assert not failures, failures
    return _used() - before


def each(charts: str, companion: str, counts: Sequence[int]) -> list[float]:
    """Seconds a report, from each count of reports to the next."""
    used = [processor_seconds(charts, count, companion) for count in counts]
    return [(used[i + 1] - used[i]) / (counts[i + 1] - counts[i]) for i in range(len(counts) - 1)]


def main() -> int:
    """Print the times; the exit code is 1 where one is past its limit."""
    notebook = executed(Path(resources.path("notebooks/fleet_comparison.ipynb")), PARAMETERS)
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    with tempfile.TemporaryDirectory() as folder:
        charts = Path(folder) / "charts.json"
        charts.write_text(json.dumps(outputs.charts(notebook)), "utf-8")
        (own,) = each(str(charts), "", (1, 5))
        first, later = each(str(charts), chart_check.DRAWER, (1, 5, 25))
    return report("chart_checks", {OWN: own, FIRST: first, LATER: later}, LIMITS)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
