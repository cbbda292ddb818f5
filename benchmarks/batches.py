"""How long a report of a batch takes, beside what people do today and beside the floor: the cells alone.

Run with `python benchmarks/batches.py [ROUNDS REPORTS]`, or all of them with `make bench`. All ways make the
quickstart report for 10, 100 and 1,000 clusters with 1,000 draws, in turns, on two processors, in an environment
without the grammar that `make` leaves out:

- a loop over papermill's command line and `jupyter nbconvert --to html`;
- two processes of `papermill.execute_notebook` and nbconvert's HTML exporter;
- a batch of `tco report` from the command line, with its start, index page and table of results;
- the reports of a batch, with all files of a report, and with the executed notebook only;
- the floor: the cells in two processes that have imported everything, without papermill, notebook or page.

Times are seconds of the clock and of the processors for one report. The last three leave out what is started once for
a whole batch.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from measuring import report

from tco import resources
from tco.batches.destinations import LocalFolder
from tco.batches.journal import ReportResult
from tco.batches.local import ForkedExecutor
from tco.execution.pool import Pool
from tco.report.preload import PRELOAD
from tco.report.task import Task

NOTEBOOK = resources.path("notebooks/fleet_comparison.ipynb")
PARAMETERS = {"scenario": "quickstart", "fleet_sizes": [10, 100, 1000], "draws": 1000, "today": "2026-11-01"}
RATE = "labour.engineer_rate"
"""What differs from report to report of a batch, in USD an hour."""
TWO = 2
ROUNDS, REPORTS = (int(given) for given in sys.argv[1:3] or ("3", "12"))
"""How often each way is measured, of which the best counts, and how many reports a batch has."""
POOLED = 4
"""How many reports the pool makes; the loop makes one. With more, neither would take less time for each."""
LOOP, POOL = "papermill and nbconvert in a loop", "two processes of papermill and an exporter"
COMMAND, BATCH = "tco report, the whole command", "its reports alone, all files"
CELLS, FLOOR = "its reports alone, executed notebook only", "the cells alone"
Seconds = tuple[float, float]


def timed(work: Callable[[], int]) -> Seconds:
    """Seconds of the clock and of the processors for each of the reports that `work` made."""
    used, begun = processor_seconds(), time.perf_counter()
    made = work()
    return (time.perf_counter() - begun) / made, (processor_seconds() - used) / made


def processor_seconds() -> float:
    """Seconds that this process and its ended children have used."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in each)


def loop(folder: Path) -> int:
    """One report as two commands."""
    given = [part for name, value in PARAMETERS.items() for part in ("-y", json.dumps({name: value}))]
    papermill = [sys.executable, "-m", "papermill", "--no-progress-bar", *given, str(NOTEBOOK), "out.ipynb"]
    exporter = [sys.executable, "-m", "nbconvert", "--to", "html", "out.ipynb"]
    for command in (papermill, exporter):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return 1


def exported(path: str) -> int:
    """One report in a process of a pool."""
    import nbconvert
    import papermill

    notebook = papermill.execute_notebook(NOTEBOOK, path, PARAMETERS, progress_bar=False)
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    return Path(path).with_suffix(".html").write_text(page, "utf-8")


def pool(folder: Path) -> int:
    """Some reports by two processes."""
    with ProcessPoolExecutor(TWO, get_context("spawn")) as processes:
        list(processes.map(exported, [str(folder / f"{number}.ipynb") for number in range(POOLED)]))
    return POOLED


def command(folder: Path) -> int:
    """A batch as a user has it made."""
    folder.mkdir()
    batch = {
        "name": "rates",
        "scenarios": [PARAMETERS["scenario"]],
        "notebooks": [NOTEBOOK.stem],
        "fleet_sizes": PARAMETERS["fleet_sizes"],
        "parameters": {"draws": PARAMETERS["draws"]},
        "today": PARAMETERS["today"],
        "sweep": {RATE: list(rates())},
    }
    (folder / "rates.yaml").write_text(json.dumps(batch), "utf-8")  # JSON is YAML
    words = [sys.executable, "-m", "tco", "report", "rates.yaml", "--jobs", str(TWO), "--out", "out", "--quiet"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return REPORTS


def rates() -> range:
    """The values of `RATE`, one a report."""
    return range(80, 80 + REPORTS)


def batch(executor: ForkedExecutor, folder: Path) -> int:
    """Some reports by the executor of batches; like those of any batch, no two of them are the same."""
    text = NOTEBOOK.read_text("utf-8")
    tasks = [
        Task(f"report-{rate}", "quickstart", {}, NOTEBOOK.name, text, PARAMETERS | {"set": {RATE: rate}})
        for rate in rates()
    ]
    outcomes = [event for event in executor.run(tasks, LocalFolder(folder)) if isinstance(event, ReportResult)]
    reasons = [outcome.reason for outcome in outcomes if outcome.reason]
    assert not reasons, reasons
    return len(outcomes)


def run_cells() -> None:
    """A job: the executed notebook and nothing else."""
    from tco.report.notebook_run import executed

    executed(NOTEBOOK, PARAMETERS)


def bare_cells() -> None:
    """A job: the sources of the cells, one after the other, with what they show made but not kept."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    with capture_output():
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source).raise_error()
                if "parameters" in cell.metadata.get("tags", []):
                    shell.user_ns.update(PARAMETERS)


def jobs(pool: Pool, function: str) -> int:
    """Some jobs of this file, which other processes know by its name."""
    for number in range(REPORTS):
        pool.submit(str(number), getattr(importlib.import_module("batches"), function))
    failures = [outcome.failure for outcome in pool.outcomes() if outcome.failure]
    assert not failures, failures
    return REPORTS


def in_pool(function: Callable[[], None]) -> tuple[Seconds, float]:
    """Times of jobs, and what preloading took before them."""
    begun = time.perf_counter()
    with Pool(TWO, preload=PRELOAD) as pool:
        run_first(pool)
        preloading, used = time.perf_counter() - begun, processor_seconds()
        clock, _ = timed(lambda: jobs(pool, function.__name__))
    return (clock, (processor_seconds() - used) / REPORTS), preloading


def in_batch(folder: Path) -> Seconds:
    """Times of a batch's reports, all files written."""
    with ForkedExecutor(TWO) as executor:
        run_first(executor._pool)  # noqa: SLF001 - to leave its start out
        used = processor_seconds()
        clock, _ = timed(lambda: batch(executor, folder))
    return clock, (processor_seconds() - used) / REPORTS


def run_first(pool: Any) -> None:
    """Wait until the first job has run."""
    pool.submit("first", os.getpid)
    list(pool.outcomes())


def ratios(measured: Mapping[str, float], way: str) -> str:
    """How many times as long a way takes as a batch, with its start and without."""
    return ", ".join(f"{measured[way] / measured[ours]:.1f}" for ours in (COMMAND, BATCH))


def main() -> int:
    """Print the times; the exit code is 1 where a target is missed."""
    found: dict[str, list[Seconds]] = {name: [] for name in (LOOP, POOL, COMMAND, BATCH, CELLS, FLOOR)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "rfc3987_syntax.py").write_text("raise ImportError('left out, as make installs it')\n")
        os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (folder, Path(__file__).parent, Path.cwd())))
        for turn in range(ROUNDS):
            place = folder / str(turn)
            place.mkdir()
            (floor, preloading), (cells, _) = in_pool(bare_cells), in_pool(run_cells)
            found[FLOOR].append(floor)
            found[CELLS].append(cells)
            found[BATCH].append(in_batch(place / "batch"))
            found[COMMAND].append(timed(lambda place=place: command(place / "command")))  # type: ignore[misc]
            found[POOL].append(timed(lambda place=place: pool(place)))  # type: ignore[misc]
            found[LOOP].append(timed(lambda place=place: loop(place)))  # type: ignore[misc]
    best = {name: tuple(map(min, zip(*times, strict=True))) for name, times in found.items()}
    measured = {name: clock for name, (clock, _) in best.items()}
    measured |= {f"{name}, processors": used for name, (_, used) in best.items()}
    limits = {BATCH: min(measured[LOOP] / 10, measured[POOL] / 2), CELLS: measured[FLOOR] * 2}
    notes = {
        "loop / whole command, reports alone": f"{ratios(measured, LOOP)}, the latter to be at least 10",
        "pool / whole command, reports alone": f"{ratios(measured, POOL)}, the latter to be at least 2",
        "cells / floor": f"{measured[CELLS] / measured[FLOOR]:.2f}, to be at most 2",
        "preloading, once a batch": f"{preloading:.1f} s",
        "load while measured": f"{os.getloadavg()[0]:.1f}",
    }
    for name, note in notes.items():
        print(f"{name:46} {note}")
    return report("batches", measured, limits, notes=notes)


if __name__ == "__main__":
    sys.exit(main())
