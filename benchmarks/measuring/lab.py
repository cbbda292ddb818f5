"""JupyterLab as `make lab` starts it, on this machine's loopback, and how long its pages take to answer.

Settings, kernels and workspaces are its own, so that nothing of the user's is touched.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60
TIMES_TO_ASK = 5
ASKED = """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].some(
  (prompt) => prompt.textContent.trim() !== "[ ]:")"""
"""Whether a cell waits for the kernel or has run: JupyterLab drops a request that comes before its kernel, silently."""
MOVE_AND_TIME = """async ([label, moves]) => {
  const root = document.querySelector(".tco-explorer");
  const labels = [...root.querySelectorAll("label")];
  const control = document.getElementById(labels.find((one) => one.textContent === label).htmlFor);
  const isList = control.tagName === "SELECT";
  const times = [];
  for (let move = 0; move < moves; move++) {
    const start = performance.now();
    if (isList) control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
    else {
      const [low, high] = [Number(control.min), Number(control.max)];
      control.value = low + ((move * 7) % moves) / moves * (high - low);
    }
    control.dispatchEvent(new Event(isList ? "change" : "input", { bubbles: true }));
    await new Promise((resolve) => {
      const look = () => requestAnimationFrame(root.dataset.drawn === root.dataset.moved ? resolve : look);
      look();
    });
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return times;
}"""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token and the folder of its notebooks."""

    address: str
    token: str
    folder: Path

    def link(self, notebook: str) -> str:
        """The address that opens a notebook, and none of those that were open before."""
        return f"{self.address}/lab/tree/{notebook}?token={self.token}&reset"

    def choose_theme(self, name: str) -> None:
        """Set the theme that pages opened from now on have."""
        request = urllib.request.Request(
            f"{self.address}/lab/api/settings/@jupyterlab/apputils-extension:themes",
            data=json.dumps({"raw": json.dumps({"theme": name})}).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextmanager
def running_lab(folder: Path, own: Path) -> Iterator[Lab]:
    """JupyterLab on the notebooks in `folder`, everything that it keeps in `own`, ended with the block."""
    token = secrets.token_hex(16)
    port = _free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
    ]  # fmt: skip
    lab = Lab(f"http://127.0.0.1:{port}", token, folder)
    log = own / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=_environment(own), stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(lab, server, log)
            yield lab
        finally:
            server.terminate()
            server.wait(timeout=20)


def run_all(page: Any, shown: str) -> float:
    """Run all cells of the notebook that a page has open; seconds until an element of the selector `shown` is there."""
    page.wait_for_selector(".jp-NotebookPanel-toolbar :text('Python 3')", timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    for _ in range(TIMES_TO_ASK):
        start = time.perf_counter()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        if _is_true(page, ASKED, 5_000):
            break
    page.wait_for_selector(shown, timeout=60_000)
    return time.perf_counter() - start


def _is_true(page: Any, condition: str, milliseconds: int) -> bool:
    """Whether a condition on a page becomes true in that time."""
    from playwright.sync_api import TimeoutError as Late

    try:
        page.wait_for_function(condition, timeout=milliseconds)
    except Late:
        return False
    return True


def moved(page: Any, label: str, moves: int) -> list[float]:
    """Milliseconds from each move of the explorer's control of that label to the frame after all in sight shows it."""
    times: list[float] = page.evaluate(MOVE_AND_TIME, [label, moves])
    return times


def _environment(own: Path) -> dict[str, str]:
    kept = {f"JUPYTER_{name}_DIR": str(own / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
    kept |= {f"JUPYTERLAB_{name}_DIR": str(own / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    kept["JUPYTER_CONFIG_PATH"] = str(CHECKOUT / "notebooks" / "settings")
    paths = filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH", "")))
    return os.environ | kept | {"PYTHONPATH": os.pathsep.join(paths)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{lab.address}/api?token={lab.token}", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()[-2000:]}")
