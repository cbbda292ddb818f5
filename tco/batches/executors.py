"""Make reports: the function that makes one, in whatever process, and the executors that need no process pool."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tco.batches.destinations import NO_ROOM, Destination, LocalFolder
from tco.batches.journal import ReportResult
from tco.errors import InputError
from tco.execution import Engine
from tco.report.files import hashes, partial_name
from tco.report.notebook_run import ReportError, partial_text, without_process
from tco.report.task import Task

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


def made_report(
    task: Task, destination: Destination, scratch: Path | None = None, engine: Engine | None = None
) -> ReportResult:
    """Make the task's report and write it; raises nothing. scratch, engine: as for `tco.report.build.make`."""
    from tco.report.build import make

    began = time.monotonic()
    try:
        built = make(task, scratch=scratch, engine=engine)
        destination.write_report(task.name, built.contents)
        destination.remove_file(partial_name(task.name))
    except Exception as error:  # noqa: BLE001 - any error in a notebook is the failure of its report alone
        notebook = getattr(error, "notebook", None)
        return failed_report(task, destination, error_text(error), notebook, time.monotonic() - began, no_room(error))
    seconds = time.monotonic() - began
    return ReportResult(task.name, task.key, "made", files=hashes(built.contents), rows=built.rows, seconds=seconds)


def failed_report(
    task: Task, destination: Destination, reason: str, notebook: Any = None, seconds: float = 0.0, stop: str = ""
) -> ReportResult:
    """The result of a report that failed, once its partial notebook, if there is one, has been written.

    The number of the process, which IPython puts into the file names of cells, is removed from both.
    """
    written: Mapping[str, str] = {}
    if notebook is not None and not stop:
        name, content = partial_name(task.name), partial_text(notebook).encode()
        try:
            destination.write_file(name, content)
            written = hashes({name: content})
        except OSError as error:
            stop = no_room(error)
    return ReportResult(task.name, task.key, "failed", without_process(reason), written, seconds=seconds, stop=stop)


def error_text(error: BaseException) -> str:
    """An error as text: its message, with its type unless the message is written for a reader."""
    return str(error) if isinstance(error, InputError | ReportError) else f"{type(error).__name__}: {error}"


def no_room(error: BaseException) -> str:
    """Why nothing more can be written, if `error` or its cause says so; else empty."""
    for cause in (error, error.__cause__):
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return f"{cause.strerror}: {cause.filename}" if cause.filename else str(cause.strerror)
    return ""


@dataclass(frozen=True)
class SerialExecutor:
    """Makes one report after the other; each notebook runs in its own process.

    engine: which runs the notebooks, `forked` or `papermill`; default: as for `tco.report.build.make`.
    """

    engine: Engine | None = None

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports in order."""
        for task in tasks:
            yield Started(task.name)
            yield made_report(task, destination, engine=self.engine)


@dataclass(frozen=True)
class UploadingExecutor:
    """Makes reports in a local folder with another executor, and uploads each as soon as it is made."""

    executor: Executor

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and write them to the destination."""
        with tempfile.TemporaryDirectory(prefix="tco-made-") as temporary, ThreadPoolExecutor(UPLOADS) as threads:
            folder = Path(temporary)
            uploads: deque[Future[ReportResult]] = deque()

            def upload(result: ReportResult) -> ReportResult:
                uploaded = written_report(result, contents_of(result, folder), destination)
                shutil.rmtree(folder / result.name, ignore_errors=True)
                return uploaded

            for event in self.executor.run(tasks, LocalFolder(folder)):
                if isinstance(event, Started):
                    yield event
                else:
                    uploads.append(threads.submit(upload, event))
                while uploads and (uploads[0].done() or len(uploads) > UPLOADS):
                    yield uploads.popleft().result()
            while uploads:
                yield uploads.popleft().result()


def contents_of(result: ReportResult, folder: Path) -> dict[str, bytes]:
    """The files of a report made in `folder`, in the order in which they must be written."""
    place = folder / result.name if result.made else folder
    return {name: (place / name).read_bytes() for name in result.files}


def written_report(result: ReportResult, contents: Mapping[str, bytes], destination: Destination) -> ReportResult:
    """Write a report that was made elsewhere; returns its result, or that of a report that could not be written."""
    began = time.monotonic()
    try:
        if result.made:
            destination.write_report(result.name, contents)
            destination.remove_file(partial_name(result.name))
        for name in () if result.made else contents:
            destination.write_file(name, contents[name])
    except Exception as error:  # noqa: BLE001 - the failure of this report, whatever the destination raised
        return ReportResult(result.name, result.key, "failed", error_text(error), stop=no_room(error))
    return replace(result, seconds=result.seconds + time.monotonic() - began)
