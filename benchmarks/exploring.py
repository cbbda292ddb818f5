"""How long the explorer takes in JupyterLab, in a real browser: from an input event to the redrawn charts.

    python benchmarks/exploring.py [--moves 30] [--groups 74]

Prints a table and writes nothing. Times are medians, 95th percentiles and maxima over the moves, in milliseconds, of a
point estimate of the packaged quickstart, or of a fleet of so many unlike groups, without and with 5,000 draws
refreshed in the background; then the seconds from "Run all cells" to the first picture, on a server that has started a
kernel before. The pointer is on a control before it moves, as a person's is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from large_fleets import unlike_groups
from measuring.lab import CHECKOUT, moved, run_all, running_lab
from playwright.sync_api import sync_playwright

FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync".split()
SLIDERS = ("Fleet size", "Engineer rate", "Value of a minute", "Load", "Discount rate", "Horizon")
LISTS = ("Upgrade policy", "Load shape")
SECONDS_OF_LOOKING = 6
"""The time in which a person looks, and what one move would ask for is asked for in advance."""
DRAWN = ".tco-explorer[data-drawn]"


def main() -> None:
    """Start JupyterLab and Chromium, move every control, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=30)
    parser.add_argument("--groups", type=int, default=0, help="unlike groups, in place of the quickstart")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as own, sync_playwright() as playwright:
        notebook = (CHECKOUT / "notebooks" / "explore.ipynb").read_text("utf-8")
        if given.groups:
            Path(folder, "unlike.yaml").write_text(json.dumps(unlike_groups(given.groups)), "utf-8")
            notebook = notebook.replace('\\"quickstart\\"', '\\"unlike.yaml\\"')
        Path(folder, "explore.ipynb").write_text(notebook, "utf-8")
        with running_lab(Path(folder), Path(own)) as lab:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = chromium.new_page(viewport={"width": 1500, "height": 1200})
            page.goto(lab.link("explore.ipynb"))
            measure(page, given.moves)
            chromium.close()


def measure(page: Any, moves: int) -> None:
    """Print the times of all controls and of the first picture."""
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    first = run_all(page, DRAWN)
    page.wait_for_selector(f"{DRAWN}[data-settled]", timeout=60_000)
    print(f"{'control':20} {'median ms':>10} {'p95 ms':>8} {'most ms':>8}   with 5,000 draws: median, p95, most")
    for label in (*SLIDERS, *LISTS):
        page.get_by_label(label, exact=True).hover()
        page.wait_for_timeout(SECONDS_OF_LOOKING * 1000)
        drawn = moved(page, label, moves)
        page.get_by_label("5,000 draws in the background").uncheck()
        alone = moved(page, label, moves)
        page.get_by_label("5,000 draws in the background").check()
        page.get_by_role("button", name="Reset", exact=True).click()
        numbers = [of(times) for times in (alone, drawn) for of in (statistics.median, _late, max)]
        widths = (10, 8, 8, 20, 6, 6)
        print(
            label.ljust(20),
            *(f"{number:{width}.0f}" for number, width in zip(numbers, widths, strict=True)),
            flush=True,
        )
    page.evaluate("document.querySelector('.tco-explorer').remove()")
    again = run_all(page, DRAWN)
    print(f"first picture after running all cells: {first:.1f} s with a new kernel, {again:.1f} s with the same")


def _late(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    main()
