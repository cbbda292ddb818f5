"""Batches on a Dask cluster: the same reports, byte for byte, made by workers that have nothing but the wheel.

A task travels with the texts of its scenario, notebook and input files. A worker makes the report as any machine does,
in a process forked from a warmed one, and writes it to the destination itself where that is an address; else the
files come back and are written here.
"""

from __future__ import annotations

import os
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tco import workers
from tco.batches.delivery import delivered, taken
from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import said
from tco.batches.local import ForkedExecutor, local_executor
from tco.batches.outcomes import Events, Executor, Outcome, Started
from tco.cluster import Call, Cluster
from tco.report.making import Task

FUNCTION = f"{__name__}:made"
IDLE = 60.0
"""Seconds after which a worker that has nothing to do ends its warmed processes."""
QUICKLY = 1
"""zlib's level: reports come back at about a third of their size for a twentieth of a second."""

Parcel = tuple[Outcome, Mapping[str, bytes]]
"""An outcome, and the compressed contents of its files unless the worker has written them."""


class DaskExecutor:
    """Makes reports on the workers of an open cluster."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; a task counts as begun when it is sent. Raises ClusterLost."""
        sent: deque[str] = deque()

        def calls() -> Iterator[Call]:
            for task in tasks:
                sent.append(task.name)
                argument = (replace(task, notebook=""), destination if destination.shared else None)
                yield Call((task.name, task.key), FUNCTION, argument, task.notebook.encode())

        with closing(self.cluster.results(calls())) as results:
            for (name, key), result in results:
                while sent:
                    yield Started(sent.popleft())
                if isinstance(result, Exception):
                    yield Outcome(name, key, "failed", said(result))
                    continue
                outcome, contents = result
                yield outcome if destination.shared else delivered(outcome, _unpacked(contents), destination)


def made(notebook: bytes, given: tuple[Task, Destination | None]) -> Parcel:
    """Make a report on this worker, and write it to the destination where there is one."""
    task, destination = replace(given[0], notebook=notebook.decode()), given[1]
    with tempfile.TemporaryDirectory(prefix="tco-made-") as temporary:
        folder = Path(temporary)
        outcome = _BENCH.made(task, folder)
        contents = dict(taken(outcome, folder))
    if destination is not None:
        return delivered(outcome, contents, destination), {}
    return outcome, {name: zlib.compress(content, QUICKLY) for name, content in contents.items()}


def _unpacked(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: zlib.decompress(content) for name, content in contents.items()}


class _Bench:
    """The executors of a worker's process, one for each of its threads that has work; ended when idle."""

    def __init__(self) -> None:
        self._free: list[Executor] = []
        self._at_work = 0
        self._lock = threading.Lock()
        self._ending: threading.Timer | None = None

    def made(self, task: Task, folder: Path) -> Outcome:
        """Make one report in `folder`."""
        executor = self._taken()
        sound = False
        try:
            with closing(executor.run([task], LocalFolder(folder))) as events:
                (outcome,) = [event for event in events if isinstance(event, Outcome)]
            sound = True
        finally:
            self._given_back(executor, sound=sound)
        return outcome

    def _taken(self) -> Executor:
        os.environ.setdefault(workers.VARIABLE, "1")  # a cluster has as many workers as it has processors
        with self._lock:
            self._at_work += 1
            if self._ending is not None:
                self._ending.cancel()
            if self._free:
                return self._free.pop()
        executor = local_executor(1)
        return executor.__enter__() if isinstance(executor, ForkedExecutor) else executor

    def _given_back(self, executor: Executor, *, sound: bool) -> None:
        if not sound:
            _end(executor)
        with self._lock:
            self._at_work -= 1
            if sound:
                self._free.append(executor)
            if not self._at_work:
                self._ending = threading.Timer(IDLE, self._end_all)
                self._ending.daemon = True
                self._ending.start()

    def _end_all(self) -> None:
        with self._lock:
            if self._at_work:
                return
            idle, self._free = self._free, []
        for executor in idle:
            _end(executor)


def _end(executor: Executor) -> None:
    if isinstance(executor, ForkedExecutor):
        executor.__exit__()


_BENCH = _Bench()
