"""Batches on a Dask cluster: the same reports, byte for byte, made by workers that have nothing but the wheel.

A task travels with the texts of its scenario, notebook and input files, and with the price sets in force. A worker
makes the report as any machine does, in a process forked from a warmed one, and writes it to the destination itself
where that is an address; else the files come back and are written here.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pickle
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import Events, Executor, Started, said
from tco.batches.journal import ReportResult
from tco.batches.local import ForkedExecutor, local_executor
from tco.batches.remote import delivered, taken
from tco.catalog.prices import SETS_FOLDER
from tco.cluster import Call, Cluster
from tco.errors import InputError
from tco.evaluation import workers
from tco.report.facts_in_force import FACT_SUFFIXES
from tco.report.task import Task

FUNCTION = f"{__name__}:made"
IDLE = 60.0
"""Seconds after which a worker that has nothing to do ends its warmed processes."""
QUICKLY = 1
"""zlib's level: reports come back at about a third of their size for a twentieth of a second."""

Parcel = tuple[ReportResult, Mapping[str, bytes]]
"""An outcome, and the compressed contents of its files unless the worker has written them."""


class DaskExecutor:
    """Makes reports on the workers of an open cluster."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; a task counts as begun when it is sent. Raises ClusterLost."""
        sent: deque[str] = deque()
        prices, shared = packed_price_sets(), dict[str, bytes]()

        def calls() -> Iterator[Call]:
            for task in tasks:
                sent.append(task.name)
                argument = (replace(task, notebook=""), destination if destination.shared else None)
                if task.notebook not in shared:
                    shared[task.notebook] = pickle.dumps((task.notebook, prices))
                yield Call((task.name, task.key), FUNCTION, argument, shared[task.notebook])

        with closing(self.cluster.results(calls())) as results:
            for (name, key), result in results:
                while sent:
                    yield Started(sent.popleft())
                if isinstance(result, Exception):
                    yield ReportResult(name, key, "failed", said(result))
                    continue
                outcome, contents = result
                yield outcome if destination.shared else delivered(outcome, _unpacked(contents), destination)


def made(shared: bytes, given: tuple[Task, Destination | None]) -> Parcel:
    """Make a report on this worker, and write it to the destination where there is one.

    shared: the notebook and the price sets, which many reports have in common.
    """
    notebook, prices = pickle.loads(shared)  # noqa: S301 - from who asks this worker
    task, destination = replace(given[0], notebook=notebook), given[1]
    with tempfile.TemporaryDirectory(prefix="tco-made-") as temporary:
        folder = Path(temporary)
        outcome = _BENCH.made(task, folder, unpacked_price_sets(prices))
        contents = dict(taken(outcome, folder))
    if destination is not None:
        return delivered(outcome, contents, destination), {}
    return outcome, {name: zlib.compress(content, QUICKLY) for name, content in contents.items()}


def _unpacked(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: zlib.decompress(content) for name, content in contents.items()}


class _Bench:
    """The executors of a worker's process, one for each of its threads that has work; ended when idle.

    Each has been warmed with the price sets of a folder (or without any), and makes no report with others.
    """

    def __init__(self) -> None:
        self._free: list[tuple[str, Executor]] = []
        self._at_work = 0
        self._lock = threading.Lock()
        self._ending: threading.Timer | None = None

    def made(self, task: Task, folder: Path, prices: str) -> ReportResult:
        """Make one report in `folder` with the price sets of the folder `prices`; without any where it is empty."""
        executor = self._taken(prices)
        sound = False
        try:
            if not isinstance(executor, ForkedExecutor) and prices != os.environ.get(SETS_FOLDER, ""):
                raise InputError("a worker that cannot fork has no price sets but its own", path=SETS_FOLDER)
            with closing(executor.run([task], LocalFolder(folder))) as events:
                (outcome,) = [event for event in events if isinstance(event, ReportResult)]
            sound = True
        finally:
            self._given_back(prices, executor, sound=sound)
        return outcome

    def _taken(self, prices: str) -> Executor:
        os.environ.setdefault(workers.VARIABLE, "1")  # a cluster has as many workers as it has processors
        with self._lock:
            self._at_work += 1
            if self._ending is not None:
                self._ending.cancel()
            for place, (warmed_with, executor) in enumerate(self._free):
                if warmed_with == prices:
                    del self._free[place]
                    return executor
        executor = local_executor(1, environment={SETS_FOLDER: prices})
        return executor.__enter__() if isinstance(executor, ForkedExecutor) else executor

    def _given_back(self, prices: str, executor: Executor, *, sound: bool) -> None:
        if not sound:
            _end(executor)
        with self._lock:
            self._at_work -= 1
            if sound:
                self._free.append((prices, executor))
            if not self._at_work:
                self._ending = threading.Timer(IDLE, self._end_all)
                self._ending.daemon = True
                self._ending.start()

    def _end_all(self) -> None:
        with self._lock:
            if self._at_work:
                return
            idle, self._free = self._free, []
        for _, executor in idle:
            _end(executor)


def _end(executor: Executor) -> None:
    if isinstance(executor, ForkedExecutor):
        executor.__exit__()


_BENCH = _Bench()


_folders: dict[str, str] = {}
_held = ExitStack()
_lock = threading.Lock()


def packed_price_sets() -> bytes:
    """The files of the price sets in force, to be laid out elsewhere; the same bytes for the same files."""
    named = os.environ.get(SETS_FOLDER, "")
    files = {}
    if named:
        root = Path(named)
        found = sorted(file for file in root.rglob("*") if file.suffix in FACT_SUFFIXES)
        files = {file.relative_to(root).as_posix(): file.read_bytes() for file in found}
    return pickle.dumps(files)


def unpacked_price_sets(content: bytes) -> str:
    """The folder in which this process has the files of `content`, until it ends; empty where there are none."""
    files = pickle.loads(content)  # noqa: S301 - from who asks this worker
    if not files:
        return ""
    key = hashlib.sha256(content).hexdigest()
    with _lock:
        if key not in _folders:
            if not _folders:
                atexit.register(_held.close)
            folder = _held.enter_context(tempfile.TemporaryDirectory(prefix="tco-prices-"))
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
            _folders[key] = folder
        return _folders[key]
