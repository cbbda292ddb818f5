"""Programs that tests start as somebody would by hand, ended by their ids: a Dask cluster, an object store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120.0
"""Seconds after which something that should happen has not happened."""


def until(condition: Callable[[], Any], what: str, program: Program | None = None) -> Any:
    """The first true value of a condition; a failure of the test where there is none in time.

    program: what has to run for it to become true.
    """
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        assert program is None or program.process.poll() is None, f"no {what}:\n{program.said}"
        time.sleep(0.05)
    return value


class Program:
    """A process of this test with its output in a file."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str]):
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONWARNINGS": "default", **environment},
                cwd=log.parent,  # not the checkout, whose `tco` would be found first
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", errors="replace")

    def says(self, text: str) -> None:
        """Wait until it has written this."""
        until(lambda: text in self.said, repr(text), self)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Have it end; kill what is left of its session where it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class DaskCluster:
    """A scheduler and its workers; `environment` is theirs."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.folder, self.environment = folder, environment
        self.ending = ExitStack()
        file = folder / "scheduler.json"
        self.scheduler = self._started(
            ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        )
        until(lambda: file.exists() and file.stat().st_size, "the scheduler")
        self.address: str = json.loads(file.read_text("utf-8"))["address"]
        self.workers: list[Program] = []

    def add_worker(self, **environment: str) -> Program:
        arguments = ["worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1"]
        space = ["--local-directory", str(self.folder / f"space-{len(self.workers)}")]
        worker = self._started([*arguments, *space], **environment)
        self.workers.append(worker)
        worker.says("Starting established connection")
        return worker

    def _started(self, arguments: list[str], **environment: str) -> Program:
        log = self.folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
        program = Program(["-m", "dask", *arguments], log, self.environment | environment)
        self.ending.callback(program.end)
        return program


class ObjectStore:
    """An S3 of this machine."""

    def __init__(self, address: str):
        self.environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.address = address

    @property
    def files(self) -> Any:
        from s3fs import S3FileSystem

        return S3FileSystem(key="test", secret="test", endpoint_url=self.address, use_listings_cache=False)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have this process write here."""
        from s3fs import S3FileSystem

        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        S3FileSystem.clear_instance_cache()
