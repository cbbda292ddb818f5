"""Batches on a Dask cluster: the same reports, byte for byte, from workers that have nothing but the wheel.

A task is sent with the texts of its scenario, notebook and input files, and with the price sets of `TCO_PRICES`. A
worker makes the report in a process forked from a preloaded one. It writes the report to the destination if that is
shared; otherwise it returns the files, and they are written here.
"""

from __future__ import annotations

import os
import tempfile
import threading
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import Events, Executor, Started, contents_of, error_text, written_report
from tco.batches.journal import ReportResult
from tco.batches.local import ForkedExecutor, local_executor
from tco.catalog.prices import SETS_FOLDER
from tco.cluster import Cluster
from tco.errors import InputError
from tco.evaluation import parallel
from tco.report.task import Task, packed_price_sets, unpacked_price_sets


@dataclass(frozen=True)
class DaskExecutor:
    """Makes reports on the workers of an open cluster."""

    cluster: Cluster

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the reports. The start of one is told with its end, since Dask does not say it. Raises ClusterLost."""
        make = partial(make_report, packed_price_sets(), destination if destination.shared else None)
        with closing(self.cluster.results(make, tasks)) as results:
            for task, answer in results:
                yield Started(task.name)
                if isinstance(answer, Exception):
                    yield ReportResult(task.name, task.key, "failed", error_text(answer))
                    continue
                result, files = answer
                if not destination.shared:
                    contents = {name: zlib.decompress(content) for name, content in files.items()}
                    result = written_report(result, contents, destination)
                yield result


def make_report(prices: bytes, destination: Destination | None, task: Task) -> tuple[ReportResult, dict[str, bytes]]:
    """Make a report on this worker with the client's price sets.

    Its files go to the destination; without one they are returned, each compressed to about a third.
    """
    os.environ.setdefault(parallel.VARIABLE, "1")  # a cluster has as many workers as processors
    with tempfile.TemporaryDirectory(prefix="tco-made-") as temporary:
        folder = Path(temporary)
        executor = _executor(unpacked_price_sets(prices), threading.get_ident())
        (result,) = [event for event in executor.run([task], LocalFolder(folder)) if isinstance(event, ReportResult)]
        contents = contents_of(result, folder)
    if destination is not None:
        return written_report(result, contents, destination), {}
    return result, {name: zlib.compress(content, level=1) for name, content in contents.items()}


@cache
def _executor(prices: str, _thread: int) -> Executor:
    """The executor of one thread of this worker, with the price sets in the folder `prices`; it is kept."""
    executor = local_executor(1, environment={SETS_FOLDER: prices})
    if isinstance(executor, ForkedExecutor):
        return executor.__enter__()
    if prices != os.environ.get(SETS_FOLDER, ""):
        raise InputError("a worker that cannot fork has no price sets but its own", path=SETS_FOLDER)
    return executor
