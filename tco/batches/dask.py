"""Batches on a Dask cluster: the same reports, byte for byte, from workers that have nothing but the wheel.

A task is sent with the texts of its scenario, notebook and input files, and with the price sets of `TCO_PRICES`. A
worker makes the report in a process forked from a preloaded one. It writes the report to the destination if that is
shared; otherwise it returns the files, and they are written here.
"""

from __future__ import annotations

import atexit
import os
import pickle
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import Events, Executor, Started, contents_of, error_text, written_report
from tco.batches.journal import ReportResult
from tco.batches.local import ForkedExecutor, local_executor
from tco.catalog.prices import SETS_FOLDER
from tco.cluster import Cluster
from tco.errors import InputError
from tco.evaluation import parallel
from tco.report.basis import FACT_SUFFIXES
from tco.report.task import Task


@dataclass(frozen=True)
class DaskExecutor:
    """Makes reports on the workers of an open cluster."""

    cluster: Cluster

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; a report counts as begun when its task is sent. Raises ClusterLost."""
        sent: list[str] = []

        def calls() -> Iterator[tuple[Task, Destination | None]]:
            for task in tasks:
                sent.append(task.name)
                yield task, destination if destination.shared else None

        with closing(self.cluster.results(made, calls(), packed_price_sets())) as results:
            for (task, shared), answer in results:
                yield from map(Started, sent)
                sent.clear()
                if isinstance(answer, Exception):
                    yield ReportResult(task.name, task.key, "failed", error_text(answer))
                    continue
                result, contents = answer
                if shared is None:
                    files = {name: zlib.decompress(content) for name, content in contents.items()}
                    result = written_report(result, files, destination)
                yield result


def made(prices: bytes, call: tuple[Task, Destination | None]) -> tuple[ReportResult, Mapping[str, bytes]]:
    """Make a report here with the client's price sets; its files go to the destination, or back where there is none."""
    task, destination = call
    os.environ.setdefault(parallel.VARIABLE, "1")  # a cluster has as many workers as processors
    with tempfile.TemporaryDirectory(prefix="tco-made-") as temporary:
        folder = Path(temporary)
        executor = _executor(unpacked_price_sets(prices), threading.get_ident())
        (result,) = [event for event in executor.run([task], LocalFolder(folder)) if isinstance(event, ReportResult)]
        contents = contents_of(result, folder)
    if destination is not None:
        return written_report(result, contents, destination), {}
    return result, {name: zlib.compress(content, level=1) for name, content in contents.items()}  # to about a third


@cache
def _executor(prices: str, _thread: int) -> Executor:
    """The executor of one thread of this worker, with the price sets in the folder `prices`; it is kept."""
    executor = local_executor(1, environment={SETS_FOLDER: prices})
    if not isinstance(executor, ForkedExecutor):
        if prices != os.environ.get(SETS_FOLDER, ""):
            raise InputError("a worker that cannot fork has no price sets but its own", path=SETS_FOLDER)
        return executor
    return executor.__enter__()


def packed_price_sets() -> bytes:
    """The files of the price sets in force; the same bytes for the same files."""
    folder = os.environ.get(SETS_FOLDER, "")
    paths = sorted(Path(folder).rglob("*")) if folder else []
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in paths if file.suffix in FACT_SUFFIXES}
    return pickle.dumps(files)


@cache
def unpacked_price_sets(content: bytes) -> str:
    """A folder with the files of `content`, which this process keeps until it ends; empty if there are none."""
    files = pickle.loads(content)  # noqa: S301 - from the client of this worker
    folder = tempfile.mkdtemp(prefix="tco-prices-") if files else ""
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, text in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return folder
