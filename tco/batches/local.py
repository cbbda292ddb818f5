"""Reports made side by side on this machine, each in a process of its own that is forked from a preloaded one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tco.batches.destinations import Destination, LocalFolder
from tco.batches.executors import Events, SerialExecutor, Started, failed_report, made_report
from tco.batches.journal import ReportResult
from tco.evaluation import parallel
from tco.execution import Engine, forks
from tco.execution.pool import Pool
from tco.report.preload import ENVIRONMENT, PRELOAD
from tco.report.task import Task

SHARE_OF_MEMORY = 0.5
"""Of the machine's memory, for all reports made at the same time; one that exceeds its part fails."""


def make_report(task: Task, destination: Destination, scratch: Path, alone: bool) -> ReportResult:
    """Make one report in the process that runs this. alone: no other report is made at the same time."""
    if not alone:
        os.environ.setdefault(parallel.VARIABLE, "1")
    return made_report(task, destination, scratch, "forked")


class ForkedExecutor:
    """`processes` reports at a time.

    As a context manager it starts preloading at once, and keeps what is preloaded from one `run` to the next.
    """

    def __init__(self, processes: int = 2, environment: Mapping[str, str] | None = None) -> None:
        self.processes, self._environment = processes, environment
        self._pool: Pool | None = None

    def __enter__(self) -> Self:
        self._pool = self._new_pool()
        self._pool.start()
        return self

    def __exit__(self, *_: object) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; one that takes its process down fails alone."""
        with ExitStack() as stack:
            pool = self._pool or stack.enter_context(self._new_pool())
            place = destination.staging() if isinstance(destination, LocalFolder) else None
            work = tempfile.TemporaryDirectory(prefix="work-", dir=place, ignore_cleanup_errors=True)
            yield from self._run(iter(tasks), destination, pool, Path(stack.enter_context(work)))

    def _new_pool(self) -> Pool:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * SHARE_OF_MEMORY / self.processes
        preload = (*PRELOAD, __name__)
        environment = {**(self._environment or {}), **ENVIRONMENT}
        return Pool(self.processes, preload=preload, environment=environment, memory_bytes=int(memory))

    def _run(self, waiting: Iterator[Task], destination: Destination, pool: Pool, scratch: Path) -> Events:
        running: dict[str, Task] = {}

        def hand_out() -> Iterator[Started]:
            while len(running) < self.processes and (task := next(waiting, None)) is not None:
                running[task.name] = task
                folder = scratch / task.name
                folder.mkdir(parents=True)  # a notebook may have removed the folder of the batch
                pool.submit(task.name, make_report, task, destination, folder, self.processes == 1)
                yield Started(task.name)

        yield from hand_out()
        for outcome in pool.outcomes():
            task = running.pop(outcome.key)
            if isinstance(outcome.result, ReportResult):
                yield outcome.result
            else:
                reason = f"{task.notebook_name}: {outcome.failure}"
                yield failed_report(task, destination, reason, seconds=outcome.seconds)
            shutil.rmtree(scratch / task.name, ignore_errors=True)
            yield from hand_out()


def local_executor(
    processes: int, engine: Engine | None = None, environment: Mapping[str, str] | None = None
) -> ForkedExecutor | SerialExecutor:
    """The executor for an engine; default: the fastest one that this system can run.

    environment: variables of forked processes besides those of this one.
    """
    return ForkedExecutor(processes, environment) if forks(engine) else SerialExecutor("papermill")
