"""How long the explorer takes in JupyterLab, in a real browser: from an input event to the redrawn charts.

    python benchmarks/exploring.py [--moves 30]

Prints a table and writes nothing. Times are medians and maxima over the moves, in milliseconds, of a point estimate of
the packaged quickstart, without and with 5,000 draws refreshed in the background; then the seconds from "Run all cells"
to the first picture, on a server that has started a kernel before.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

CHECKOUT = Path(__file__).parent.parent
FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync".split()
SLIDERS = ("Fleet size", "Engineer rate", "Value of a minute", "Load", "Discount rate", "Horizon")
DRAWN = ".tco-explorer[data-drawn]"
MOVE = """async ([label, moves]) => {
  const root = document.querySelector(".tco-explorer");
  const labels = [...root.querySelectorAll("label")];
  const slider = document.getElementById(labels.find((one) => one.textContent === label).htmlFor);
  const times = [];
  for (let move = 0; move < moves; move++) {
    const drawn = Number(root.dataset.drawn);
    const start = performance.now();
    slider.value = Number(slider.min) + ((move * 7) % moves) / moves * (Number(slider.max) - Number(slider.min));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => {
      const look = () => (Number(root.dataset.drawn) > drawn && root.getAttribute("aria-busy") === "false"
        ? requestAnimationFrame(resolve) : requestAnimationFrame(look));
      look();
    });
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return times;
}"""


def main() -> None:
    """Start JupyterLab and Chromium, move every slider, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=30)
    moves = parser.parse_args().moves
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(CHECKOUT / "notebooks" / "explore.ipynb", folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        token = secrets.token_hex(16)
        server = subprocess.Popen(_command(port, token, folder), env=_environment(folder), stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                page = chromium.new_page(viewport={"width": 1500, "height": 1200})
                page.goto(f"http://127.0.0.1:{port}/lab/tree/explore.ipynb?token={token}")
                measure(page, moves)
                chromium.close()
        finally:
            server.terminate()
            server.wait()


def measure(page: Any, moves: int) -> None:
    """Print the times of all sliders and of the first picture."""
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    first = _run_all(page)
    _settle(page)
    print(f"{'slider':20} {'median ms':>10} {'most ms':>10}   with 5,000 draws: median, most")
    for label in SLIDERS:
        page.wait_for_timeout(6000)  # the time in which a person looks, and other horizons are asked for in advance
        alone = page.evaluate(MOVE, [label, moves])
        page.get_by_label("5,000 draws in the background").check()
        drawn = page.evaluate(MOVE, [label, moves])
        page.get_by_label("5,000 draws in the background").uncheck()
        page.get_by_role("button", name="Reset", exact=True).click()
        numbers = [statistics.median(alone), max(alone), statistics.median(drawn), max(drawn)]
        print(f"{label:20} {numbers[0]:10.0f} {numbers[1]:10.0f} {numbers[2]:24.0f} {numbers[3]:7.0f}")
    page.evaluate("document.querySelector('.tco-explorer').remove()")
    print(
        f"first picture after running all cells: {first:.1f} s with a new kernel, {_run_all(page):.1f} s with the same"
    )


def _run_all(page: Any) -> float:
    page.wait_for_selector(".jp-NotebookPanel-toolbar :text('Python 3')", timeout=60_000)
    start = time.perf_counter()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(DRAWN, timeout=60_000)
    return time.perf_counter() - start


def _settle(page: Any) -> None:
    page.wait_for_selector("[data-view=matters] svg", timeout=60_000)


def _command(port: int, token: str, folder: str) -> list[str]:
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip


def _environment(folder: str) -> dict[str, str]:
    own = {f"JUPYTER_{name}_DIR": f"{folder}/.{name.lower()}" for name in ("CONFIG", "RUNTIME", "DATA")}
    own |= {f"JUPYTERLAB_{name}_DIR": f"{folder}/.{name.lower()}" for name in ("SETTINGS", "WORKSPACES")}
    paths = filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH", "")))
    return os.environ | own | {"PYTHONPATH": os.pathsep.join(paths)}


def _wait_for(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit("JupyterLab did not start")


if __name__ == "__main__":
    main()
