"""A real browser, and JupyterLab on this machine's loopback with a token, for tests of what a person sees."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60


@dataclass
class Watched:
    """What a page did that nobody should see: errors of scripts, and requests that leave the machine."""

    origin: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def follow(self, page: Any) -> None:
        """Note every error and every request to elsewhere."""
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, address: str) -> None:
        if not address.startswith(
            (self.origin, self.origin.replace("http", "ws"), "data:", "blob:", "about:", "file:")
        ):
            self.requests.append(address)


@pytest.fixture(scope="session")
def watching() -> Callable[[str], Watched]:
    """A function that gives the record of a page's errors and requests, for an origin that it may talk to."""
    return Watched


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token and the folder of its notebooks."""

    address: str
    token: str
    folder: Path

    def link(self, notebook: str) -> str:
        """The address that opens a notebook."""
        return f"{self.address}/lab/tree/{notebook}?token={self.token}"

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


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with settings, kernels and workspaces of its own, so that nothing of the user's is touched."""
    folder = tmp_path_factory.mktemp("lab")
    own = tmp_path_factory.mktemp("jupyter")
    shutil.copy(CHECKOUT / "notebooks" / "explore.ipynb", folder)
    names = ("CONFIG_DIR", "RUNTIME_DIR", "DATA_DIR")
    environment = os.environ | {f"JUPYTER_{name}": str(own / name.lower()) for name in names}
    environment |= {
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH", ""))))
    token = secrets.token_hex(16)
    port = _free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    log = (own / "lab.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    running = Lab(f"http://127.0.0.1:{port}", token, folder)
    try:
        _wait_for(running, server, own / "lab.log")
        yield running
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


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


@pytest.fixture(scope="session")
def serious_findings() -> Callable[..., list[str]]:
    """A function that lists what axe-core finds serious or critical on a page, below a selector."""
    from axe_playwright_python.sync_playwright import Axe

    def found(page: Any, selector: str = "") -> list[str]:
        results = Axe().run(page, context=selector or None)
        return [
            f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for violation in results.response["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    return found
