"""Making reports one task at a time: the function that any worker runs, and the plain loop over it."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tco.batches.destinations import NO_ROOM, Destination
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
