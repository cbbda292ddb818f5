"""Reports that are made in a folder of the machine that makes them and kept somewhere else.

A report is always made into a folder, by whatever executor. From there its files are written to an object store, or
travel as bytes to whoever keeps them.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import no_room, partial_name, said
from tco.batches.outcomes import Events, Executor, Outcome, Started
from tco.report.task import Task

UPLOADS = 4
"""Reports that are written at the same time, while others are made."""


class Delivering:
    """Makes reports here with another executor and writes each to a destination elsewhere as soon as it is made."""

    def __init__(self, executor: Executor):
        self.executor = executor

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and deliver them."""
        with tempfile.TemporaryDirectory(prefix="tco-delivering-") as temporary, ThreadPoolExecutor(UPLOADS) as pool:
            folder = Path(temporary)
            under_way: deque[Future[Outcome]] = deque()
            for event in self.executor.run(tasks, LocalFolder(folder)):
                if isinstance(event, Started):
                    yield event
                else:
                    under_way.append(pool.submit(_moved, event, folder, destination))
                while under_way and (under_way[0].done() or len(under_way) > UPLOADS):
                    yield under_way.popleft().result()
            for delivering in under_way:
                yield delivering.result()


def taken(outcome: Outcome, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an outcome that was made in `folder`, with their contents, in the order they are to be written."""
    place = folder / outcome.name if outcome.made else folder
    for name in outcome.files:
        yield name, (place / name).read_bytes()


def delivered(outcome: Outcome, contents: Mapping[str, bytes], destination: Destination) -> Outcome:
    """Write what was made elsewhere; gives the outcome, or that of a report that could not be written."""
    began = time.monotonic()
    partial = partial_name(outcome.name)
    try:
        if outcome.made:
            destination.write_report(outcome.name, contents)
            destination.remove_file(partial)
        elif partial in contents:
            destination.write_file(partial, contents[partial])
    except Exception as error:  # noqa: BLE001 - what the destination says of this report is this report's failure
        return Outcome(outcome.name, outcome.key, "failed", said(error), stop=no_room(error))
    return replace(outcome, seconds=outcome.seconds + time.monotonic() - began)


def _moved(outcome: Outcome, folder: Path, destination: Destination) -> Outcome:
    """Deliver an outcome from the folder where it was made, and clear it away there."""
    try:
        return delivered(outcome, dict(taken(outcome, folder)), destination)
    finally:
        shutil.rmtree(folder / outcome.name, ignore_errors=True)
        (folder / partial_name(outcome.name)).unlink(missing_ok=True)
