"""Reports made side by side on this machine, each in a process of its own that is forked from a warmed one."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tco import workers
from tco.batches.destinations import Destination
from tco.batches.executors import SerialExecutor, carried_out, failed
from tco.batches.outcomes import Events, Outcome, Started
from tco.execution import cells
from tco.execution.engine import KERNEL, usable
from tco.execution.nursery import Limits, Nursery
from tco.execution.nursery import Outcome as Ended
from tco.report.making import CELLS, Task
from tco.report.running import Engine, without_run_traces

HASH_LETTERS = 16
FUNCTION = f"{__name__}:job"
WARM = (*KERNEL, f"{__name__}:warmed")
"""What is loaded before the first report is forked."""
WARMING_DRAWS = 16


@dataclass(frozen=True)
class Job:
    """What a forked process is given. alone: no other report is made at the same time."""

    task: Task
    destination: Destination
    scratch: Path
    alone: bool


def job(given: Job) -> Outcome:
    """Make one report in the process that runs this."""
    if not given.alone:
        os.environ.setdefault(workers.VARIABLE, "1")
    return carried_out(given.task, given.destination, given.scratch, "forked")


class ForkedExecutor:
    """`processes` reports at a time. As a context manager it keeps its warmed process from one `run` to the next."""

    def __init__(self, processes: int = 2) -> None:
        self.processes = processes
        self._kept: Nursery | None = None

    def __enter__(self) -> Self:
        self._kept = Nursery(self.processes, warm=WARM)
        return self

    def __exit__(self, *_: object) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports; one that takes its process down fails alone."""
        with ExitStack() as stack:
            nursery = self._kept or stack.enter_context(Nursery(self.processes, warm=WARM))
            scratch = stack.enter_context(_scratch(destination))
            yield from self._run(iter(tasks), destination, nursery, scratch)

    def _run(self, waiting: Iterator[Task], destination: Destination, nursery: Nursery, scratch: Path) -> Events:
        running: dict[str, Task] = {}

        def handed_out() -> Iterator[Started]:
            while len(running) < self.processes and (task := next(waiting, None)) is not None:
                running[task.name] = task
                folder = scratch / task.name
                folder.mkdir()
                given = Job(task, destination, folder, alone=self.processes == 1)
                nursery.submit(task.name, FUNCTION, given, Limits(cell_seconds=task.timeout))
                yield Started(task.name)

        yield from handed_out()
        for ended in nursery.outcomes():
            task, folder = running.pop(ended.key), scratch / ended.key
            yield _outcome(task, ended, destination, folder)
            shutil.rmtree(folder, ignore_errors=True)
            yield from handed_out()


def local_executor(processes: int, engine: Engine | None = None) -> ForkedExecutor | SerialExecutor:
    """The quickest executor that this system can run, or the one for an engine that was asked for."""
    forked = usable() if engine is None else engine == "forked" and usable(asked=False)
    return ForkedExecutor(processes) if forked else SerialExecutor("papermill")


def warmed() -> None:
    """Load and compute what every report needs, once, so that forked processes have it from the start.

    Nothing here may start a thread; drawing a chart would.
    """
    from nbconvert.filters import Highlight2HTML

    import tco
    from tco.analysis.validation import validation
    from tco.report.page import markdown

    scenario = tco.load_scenario("quickstart")
    tco.compare(tco.evaluate(scenario, tco.monte_carlo(scenario, WARMING_DRAWS)))
    validation()
    markdown("# A heading")
    Highlight2HTML(pygments_lexer="python3")("code = 1")  # type: ignore[no-untyped-call]


def _outcome(task: Task, ended: Ended, destination: Destination, scratch: Path) -> Outcome:
    """The outcome of a job, also of one that could not tell it."""
    if isinstance(ended.result, Outcome):
        return ended.result
    reason = ended.failure or ended.kind
    notebook = cells.partial(scratch / CELLS, reason)
    cleaned = None if notebook is None else without_run_traces(notebook)
    return failed(task, destination, f"{task.notebook_name}: {reason}", cleaned, ended.seconds)


@contextmanager
def _scratch(destination: Destination) -> Iterator[Path]:
    """An empty folder for the working folders of reports, cleared away afterwards.

    Where nobody else writes to the destination it has one name, so that a run that was killed is cleared away by
    the next.
    """
    owner = os.getuid() if hasattr(os, "getuid") else 0
    name = f"tco-{owner}-{hashlib.sha256(destination.place.encode()).hexdigest()[:HASH_LETTERS]}"
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
