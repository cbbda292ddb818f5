"""papermill's engine `tco`: each notebook in a process forked from a preloaded one, with the outputs of a stock run.

    papermill --engine tco in.ipynb out.ipynb

Where a fork is not to be had, for notebooks of another kernel than this interpreter's, and with `TCO_ENGINE=papermill`
in the environment, papermill's stock engine takes over.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.log import logger

from tco.execution import forks, worker
from tco.execution.pool import Outcome, Pool

NAME = "tco"
PRELOAD = ("tco.execution.kernel:prepare", "tco.execution.cells", "pandas", "altair")
"""What is loaded before a notebook is run: its kernel before anything that asks for one, and what takes long."""
ELSEWHERE = {"kernel_manager_class", "shutdown_kernel", "start_timeout", "input_path", "extra_arguments"}
"""Options that only concern a kernel in a process of its own, started for it."""
TIMEOUTS = ("execution_timeout", "timeout", "startup_timeout")
LOGGING = ("log_output", "stdout_file", "stderr_file")
STOCK_ONLY = {"interrupt_on_timeout", "error_on_timeout", "timeout_func"}
"""Options that need a kernel which outlives a cell's timeout."""


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs cells in a pool's job: in this process where it is one and `own_interpreter` is given, else in a new one."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook of papermill's manager `nb_man`.

        options: those of papermill's stock engine, and `own_interpreter`, to fork whatever kernel is named. Raises
        CellTimeoutError when a cell passes `execution_timeout`, DeadKernelError when the process ends otherwise.
        """
        own = options.pop("own_interpreter", False)
        if not (own or (forks() and _is_this_interpreter(kernel_name))) or STOCK_ONLY & set(options):
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
            return
        seconds = options.get("execution_timeout") or options.get("timeout")
        of_client = {name: options[name] for name in set(options) - {*ELSEWHERE, *TIMEOUTS, *LOGGING}}
        of_client["cell_seconds"] = seconds
        if own and worker.inside():
            from tco.execution.cells import Cells

            Cells(nb_man, **of_client).execute()
        else:
            _Outside(nb_man, {name: options[name] for name in LOGGING if options.get(name)}).run(of_client)


def register() -> None:
    """Make papermill know the engine, installed or not."""
    papermill_engines.register(NAME, ForkedEngine)


class _Outside:
    """One notebook run in a pool, as papermill's manager sees it. logging: where its outputs go besides."""

    def __init__(self, nb_man: Any, logging: dict[str, Any]) -> None:
        self._nb_man, self._notebook = nb_man, nb_man.nb
        self._log = PapermillNotebookClient(nb_man, log=logger, **logging) if logging else None
        self._current = 0

    def run(self, options: dict[str, Any]) -> None:
        """Run it; the manager's notebook has the outputs, and is saved after each cell."""
        from tco.execution.cells import run

        pool = _pool(os.getpid(), threading.get_ident())
        pool.on_news = self._hear
        pool.submit("notebook", run, self._notebook, options)
        (outcome,) = pool.outcomes()
        if outcome.kind != "done":
            self._fail(outcome, options["cell_seconds"])
        for cell, ran in zip(self._notebook.cells, outcome.result.cells, strict=True):
            _take(cell, ran)  # a cell may have changed what an earlier one displays
        for key in ("language_info", "widgets"):
            if key in outcome.result.metadata:
                self._notebook.metadata[key] = outcome.result.metadata[key]

    def _hear(self, _: str, news: tuple[str, int | None, Any]) -> None:
        event, index, ran = news
        if index is None:  # it is not of a cell
            return
        self._current = index
        cell = self._notebook.cells[index]
        if event != "cell":
            getattr(self._nb_man, event)(cell, cell_index=index)
            return
        _take(cell, ran)
        if self._log is not None:
            for output in cell.get("outputs", []):
                self._log.log_output_message(output)

    def _fail(self, outcome: Outcome, seconds: float | None) -> None:
        from tco.execution.cells import failure

        if outcome.kind == "raised":
            raise outcome.error or RuntimeError(outcome.failure)
        cell = self._notebook.cells[self._current]
        if cell.cell_type == "code":
            cell.outputs = [failure(str(outcome.failure))]
        self._nb_man.cell_exception(cell, cell_index=self._current)
        if outcome.kind == "timeout":
            raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", int(seconds or 0), cell)
        raise DeadKernelError(f"Kernel died: {outcome.failure}")


def _take(cell: Any, ran: Any) -> None:
    """Put into papermill's cell what the cell that ran has become."""
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
        if "execution" in ran.metadata:
            cell.metadata["execution"] = ran.metadata["execution"]


def _is_this_interpreter(kernel_name: str) -> bool:
    """Whether a registered kernel is ipykernel in this very interpreter."""
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    if "ipykernel_launcher" not in spec.argv or spec.env:
        return False
    if spec.argv[0] in ("python", f"python{sys.version_info[0]}"):
        return True  # jupyter_client takes these for its own interpreter
    return Path(spec.argv[0]).absolute() == Path(sys.executable).absolute()


@cache
def _pool(process: int, thread: int) -> Pool:  # noqa: ARG001 - each has its own
    """The pool of a thread, kept for its next notebook."""
    pool = Pool(1, preload=PRELOAD)
    atexit.register(pool.close)
    return pool
