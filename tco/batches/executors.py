"""Making reports one task at a time: the function that any worker runs, and the plain loop over it."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tco.batches.destinations import NO_ROOM, Destination, LocalFolder
from tco.batches.journal import ReportResult
from tco.errors import InputError
from tco.execution import Engine
from tco.report.files import hashes
from tco.report.notebook_file import notebook_text
from tco.report.notebook_run import ReportError
from tco.report.task import Task

CELL_FILE = re.compile(r"(ipykernel)_\d+")
FAILED_SUFFIX = ".failed.ipynb"
"""Ends the name of the partial notebook that a failed report leaves beside the others' folders."""
UPLOADS = 4
"""Reports that are uploaded at the same time, while others are made."""


@dataclass(frozen=True)
class Started:
    """A report has begun; `name` is its name."""

    name: str


Events = Generator[Started | ReportResult, None, None]
"""What happens while reports are made, as it happens."""


class Executor(Protocol):
    """Makes reports: in this process, in other processes of this machine, or on a cluster."""

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and write them to `destination`; yields when each begins and how it ended.

        Takes tasks from the iterable only as it can work on them, so the iterable may be long. Results come in the
        order in which reports end. A task that fails yields a result with the reason and raises nothing. Closing the
        generator stops the reports that are being made.
        """
        ...


def carried_out(
    task: Task, destination: Destination, scratch: Path | None = None, engine: Engine | None = None
) -> ReportResult:
    """Make the task's report and write it; a report that fails leaves its partial notebook and the reason.

    scratch, engine: as of `make`. Whatever goes wrong is told by the outcome.
    """
    from tco.report.build import make

    began = time.monotonic()
    try:
        made = make(task, scratch=scratch, engine=engine)
        destination.write_report(task.name, made.contents)
        destination.remove_file(partial_name(task.name))
    except Exception as error:  # noqa: BLE001 - whatever a notebook leads to is the failure of its report alone
        notebook = getattr(error, "notebook", None)
        return failed(task, destination, said(error), notebook, time.monotonic() - began, stop=no_room(error))
    return ReportResult(
        task.name, task.key, "made", files=hashes(made.contents), rows=made.rows, seconds=time.monotonic() - began
    )


def failed(
    task: Task, destination: Destination, reason: str, notebook: Any = None, seconds: float = 0.0, stop: str = ""
) -> ReportResult:
    """The outcome of a report that failed, after its partial notebook, where there is one, has been written."""
    written: Mapping[str, str] = {}
    reason = _without_process(reason)
    if notebook is not None and not stop:
        name, content = partial_name(task.name), _without_process(notebook_text(notebook)).encode()
        try:
            destination.write_file(name, content)
            written = hashes({name: content})
        except OSError as error:
            stop = no_room(error)
    return ReportResult(task.name, task.key, "failed", reason, written, seconds=seconds, stop=stop)


def _without_process(text: str) -> str:
    """`text` without the number of the process that IPython puts into the file names of cells."""
    return CELL_FILE.sub(r"\1", text)


def partial_name(name: str) -> str:
    """The file of the partial notebook of the report `name`."""
    return f"{name}{FAILED_SUFFIX}"


def said(error: BaseException) -> str:
    """An error in words: its message, with its kind where the message is not written for a reader."""
    return str(error) if isinstance(error, InputError | ReportError) else f"{type(error).__name__}: {error}"


def no_room(error: BaseException) -> str:
    """Why nothing more can be written, where that is what `error` or its cause tells; else empty."""
    for one in (error, error.__cause__):
        if isinstance(one, OSError) and one.errno in NO_ROOM:
            return f"{one.strerror}: {one.filename}" if one.filename else str(one.strerror)
    return ""


class SerialExecutor:
    """One report after the other, written by this process; each notebook runs in a process of its own.

    engine: which runs the notebooks, `forked` or `papermill`; default: as of `make`.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports in order."""
        for task in tasks:
            yield Started(task.name)
            yield carried_out(task, destination, engine=self.engine)


class Delivering:
    """Makes reports in a local folder with another executor, and uploads each as soon as it is made."""

    def __init__(self, executor: Executor):
        self.executor = executor

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and write them to the destination."""
        with tempfile.TemporaryDirectory(prefix="tco-delivering-") as temporary, ThreadPoolExecutor(UPLOADS) as pool:
            folder = Path(temporary)
            uploads: deque[Future[ReportResult]] = deque()
            for event in self.executor.run(tasks, LocalFolder(folder)):
                if isinstance(event, Started):
                    yield event
                else:
                    uploads.append(pool.submit(_moved, event, folder, destination))
                while uploads and (uploads[0].done() or len(uploads) > UPLOADS):
                    yield uploads.popleft().result()
            for upload in uploads:
                yield upload.result()


def _moved(result: ReportResult, folder: Path, destination: Destination) -> ReportResult:
    """Write a report made in `folder` to the destination, and remove it here."""
    try:
        return delivered(result, dict(taken(result, folder)), destination)
    finally:
        shutil.rmtree(folder / result.name, ignore_errors=True)
        (folder / partial_name(result.name)).unlink(missing_ok=True)


def taken(result: ReportResult, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a report made in `folder`, in the order in which they must be written."""
    place = folder / result.name if result.made else folder
    for name in result.files:
        yield name, (place / name).read_bytes()


def delivered(result: ReportResult, contents: Mapping[str, bytes], destination: Destination) -> ReportResult:
    """Write a report's files to the destination; returns its result, or that of a report that could not be written."""
    began = time.monotonic()
    partial = partial_name(result.name)
    try:
        if result.made:
            destination.write_report(result.name, contents)
            destination.remove_file(partial)
        elif partial in contents:
            destination.write_file(partial, contents[partial])
    except Exception as error:  # noqa: BLE001 - the failure of this report, whatever the destination raised
        return ReportResult(result.name, result.key, "failed", said(error), stop=no_room(error))
    return replace(result, seconds=result.seconds + time.monotonic() - began)
