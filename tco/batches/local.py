"""Reports made side by side on this machine, each in a process of its own that is forked from a warmed one."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tco.batches.destinations import Destination
from tco.batches.executors import Events, SerialExecutor, Started, carried_out, failed
from tco.batches.journal import ReportResult
from tco.evaluation import workers
from tco.execution.choice import Engine, forks
from tco.execution.nursery import Limits, Nursery
from tco.execution.nursery import Outcome as Ended
from tco.report import chart_check, warming
from tco.report.notebook_run import without_run_traces
from tco.report.task import Task

HASH_LETTERS = 16
FUNCTION = f"{__name__}:job"
WARM = (*warming.WARM, "tco.batches.executors")
"""What is loaded before the first report is forked."""
SHARE_OF_MEMORY = 0.5
"""Of the machine's memory, for all reports that are made at a time; one that wants more than its part of it fails."""


@dataclass(frozen=True)
class Job:
    """What a forked process is given. alone: no other report is made at the same time."""

    task: Task
    destination: Destination
    scratch: Path
    alone: bool


def job(given: Job) -> ReportResult:
    """Make one report in the process that runs this."""
    if not given.alone:
        os.environ.setdefault(workers.VARIABLE, "1")
    return carried_out(given.task, given.destination, given.scratch, "forked")


class ForkedExecutor:
    """`processes` reports at a time.

    As a context manager it warms a process at once, and keeps it from one `run` to the next.
    """

    def __init__(self, processes: int = 2, environment: Mapping[str, str] | None = None) -> None:
        self.processes, self._environment = processes, environment
        self._kept: Nursery | None = None

    def __enter__(self) -> Self:
        self._kept = self._nursery()
        self._kept.start()
        return self

    def __exit__(self, *_: object) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; one that takes its process down fails alone."""
        with ExitStack() as stack:
            nursery = self._kept or stack.enter_context(self._nursery())
            scratch = stack.enter_context(_scratch(destination))
            yield from self._run(iter(tasks), destination, nursery, scratch)

    def _nursery(self) -> Nursery:
        return Nursery(self.processes, warm=WARM, companion=chart_check.DRAWER, environment=self._environment)

    def _run(self, waiting: Iterator[Task], destination: Destination, nursery: Nursery, scratch: Path) -> Events:
        running: dict[str, Task] = {}
        limits = Limits(memory_bytes=int(_memory() * SHARE_OF_MEMORY / self.processes))

        def handed_out() -> Iterator[Started]:
            while len(running) < self.processes and (task := next(waiting, None)) is not None:
                running[task.name] = task
                folder = scratch / task.name
                folder.mkdir()
                given = Job(task, destination, folder, alone=self.processes == 1)
                nursery.submit(task.name, FUNCTION, given, limits)
                yield Started(task.name)

        yield from handed_out()
        for ended in nursery.outcomes():
            task, folder = running.pop(ended.key), scratch / ended.key
            yield _outcome(task, ended, destination, folder)
            shutil.rmtree(folder, ignore_errors=True)
            yield from handed_out()


def local_executor(
    processes: int, engine: Engine | None = None, environment: Mapping[str, str] | None = None
) -> ForkedExecutor | SerialExecutor:
    """The quickest executor that this system can run, or the one for an engine that was asked for.

    environment: variables of the reports' processes besides those of this one, where these are forked.
    """
    return ForkedExecutor(processes, environment) if forks(engine) else SerialExecutor("papermill")


def _outcome(task: Task, ended: Ended, destination: Destination, scratch: Path) -> ReportResult:
    """The outcome of a job, also of one that could not tell it."""
    if isinstance(ended.result, ReportResult):
        return ended.result
    from tco.execution import cells
    from tco.report.build import CELLS

    reason = ended.failure or ended.kind
    notebook = cells.partial(scratch / CELLS, reason)
    cleaned = None if notebook is None else without_run_traces(notebook)
    return failed(task, destination, f"{task.notebook_name}: {reason}", cleaned, ended.seconds)


def _memory() -> int:
    """The memory of this machine in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _scratch(destination: Destination) -> Iterator[Path]:
    """An empty folder for the working folders of reports, cleared away afterwards.

    Where nobody else writes to the destination it has one name, so that a run that was killed is cleared away by
    the next.
    """
    owner = os.getuid() if hasattr(os, "getuid") else 0
    place = str(Path(destination.place).resolve())  # another run may write to a folder of the same name elsewhere
    name = f"tco-{owner}-{hashlib.sha256(place.encode()).hexdigest()[:HASH_LETTERS]}"
    folder = Path(tempfile.gettempdir()) / name
    try:
        if destination.shared:
            raise FileExistsError
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except FileExistsError:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
