"""papermill's engine `tco`: each notebook in a process forked from a warmed one, with the outputs of a stock run.

    papermill --engine tco in.ipynb out.ipynb

Where a fork is not to be had, for notebooks of another kernel than this interpreter's, and with `TCO_ENGINE=papermill`
in the environment, papermill's stock engine takes over.
"""

from __future__ import annotations

import ast
import atexit
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine, NBClientEngine, papermill_engines

from tco.execution import job
from tco.execution.choice import NAME, usable
from tco.execution.nursery import Limits, Nursery, Outcome

KERNEL = ("tco.execution.kernel:prepare", "tco.execution.cells")
"""What a warmed process needs before anything else is imported."""
SAFE_TO_WARM = {"altair", "numpy", "pandas", "scipy", "tco"}
"""Packages whose import prints nothing, starts no thread and takes long."""
OURS = {"journal"}
"""Options of this engine alone."""
ELSEWHERE = {"kernel_manager_class", "shutdown_kernel", "start_timeout", "input_path", "extra_arguments"}
"""Options that only concern a kernel in a process of its own, started for it."""
STOCK_ONLY = {"interrupt_on_timeout", "error_on_timeout", "timeout_func"}
"""Options that need a kernel which outlives a cell's timeout."""


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs cells in this process where it is a nursery's job, else in one of a nursery kept for this thread."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook of papermill's manager `nb_man`.

        options: those of papermill's stock engine, and `journal`, a folder for the journal of the cells. Raises
        CellTimeoutError when a cell passes `execution_timeout`, DeadKernelError when the process ends otherwise.
        """
        own = options.pop("own_interpreter", False)
        if not usable(asked=not own) or STOCK_ONLY & set(options) or not (own or _is_this_interpreter(kernel_name)):
            stock = {name: value for name, value in options.items() if name not in OURS}
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **stock)
        elif job.inside():
            from tco.execution.cells import Cells

            Cells(nb_man, **_passed_on(options)).execute()
        else:
            _Outside(nb_man, options).run()


def register() -> None:
    """Make papermill know the engine, installed or not."""
    papermill_engines.register(NAME, ForkedEngine)


class _Outside:
    """One notebook run in a nursery, as papermill's manager sees it."""

    def __init__(self, nb_man: Any, options: dict[str, Any]) -> None:
        self._nb_man = nb_man
        self._options = options
        self._current = 0

    def run(self) -> None:
        """Run it; the manager's notebook has the outputs, and is saved after each cell."""
        passed = _passed_on(self._options)
        seconds = passed.pop("cell_seconds")
        notebook = self._nb_man.nb
        nursery = _nursery(notebook)
        nursery.on_progress = self._hear
        request = {"notebook": notebook, "folder": str(Path.cwd()), "options": passed}
        nursery.submit("notebook", "tco.execution.cells:run", request, Limits(cell_seconds=seconds))
        (outcome,) = nursery.outcomes()
        if outcome.kind != "done":
            self._fail(outcome, seconds)
        for cell, ran in zip(notebook.cells, outcome.result.cells, strict=True):
            _take(cell, ran)
        for key in ("language_info", "widgets"):
            if key in outcome.result.metadata:
                notebook.metadata[key] = outcome.result.metadata[key]

    def _hear(self, _: str, news: tuple[str, int, Any]) -> None:
        what, index, ran = news
        self._current = index
        cell = self._nb_man.nb.cells[index]
        if what == "began":
            self._nb_man.cell_start(cell, index)
        elif what == "failed":
            self._nb_man.cell_exception(cell, cell_index=index)
        else:
            _take(cell, ran)
            self._log(cell)
            self._nb_man.cell_complete(cell, cell_index=index)

    def _log(self, cell: Any) -> None:
        """Pass on a cell's outputs to the log and the files that papermill was asked to write."""
        from papermill.clientwrap import PapermillNotebookClient
        from papermill.log import logger

        names = ("log_output", "stdout_file", "stderr_file")
        wanted = {name: self._options[name] for name in names if self._options.get(name)}
        if wanted:
            client = PapermillNotebookClient(self._nb_man, log=logger, **wanted)
            for output in cell.get("outputs", []):
                client.log_output_message(output)

    def _fail(self, outcome: Outcome, seconds: float | None) -> None:
        from tco.execution.cells import failure

        if outcome.kind == "raised":
            raise outcome.error or RuntimeError(outcome.failure)
        cell = self._nb_man.nb.cells[self._current]
        if cell.cell_type == "code":
            cell.outputs = [failure(str(outcome.failure))]
        self._nb_man.cell_exception(cell, cell_index=self._current)
        if outcome.kind == "timeout":
            raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", int(seconds or 0), cell)
        raise DeadKernelError(f"Kernel died: {outcome.failure}")


def _passed_on(options: dict[str, Any]) -> dict[str, Any]:
    """The options of papermill as those of `Cells`."""
    kept = {name: value for name, value in options.items() if name not in ELSEWHERE}
    timeout = kept.pop("execution_timeout", None) or kept.pop("timeout", None)
    for name in ("timeout", "startup_timeout", "log_output", "stdout_file", "stderr_file"):
        kept.pop(name, None)
    return {**kept, "cell_seconds": timeout}


def _take(cell: Any, ran: Any) -> None:
    """Put into papermill's cell what the cell that ran has become."""
    if cell.cell_type != "code":
        return
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


class _Kept(threading.local):
    """The nursery of a thread, with the process it belongs to."""

    nursery: Nursery | None = None
    process = 0


_kept = _Kept()


def _nursery(notebook: Any) -> Nursery:
    """This thread's nursery, warmed with what its first notebook imports."""
    if _kept.nursery is None or _kept.process != os.getpid():
        _kept.nursery = Nursery(1, warm=[*KERNEL, *_imported(notebook)])
        _kept.process = os.getpid()
        atexit.register(_kept.nursery.close)
    return _kept.nursery


def _imported(notebook: Any) -> list[str]:
    """The modules that a notebook's cells import and that are safe to import before them."""
    found: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= dict.fromkeys(_modules(cell.source))
    return [name for name in found if name.split(".")[0] in SAFE_TO_WARM]


def _modules(source: str) -> Iterator[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return  # a magic or a shell command; what it imports is imported when it runs
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
