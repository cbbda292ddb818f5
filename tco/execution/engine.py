"""papermill's engine `tco`: each notebook in a process forked from a preloaded one, with the outputs of a stock run.

    papermill --engine tco in.ipynb out.ipynb

Where a fork is not to be had, for notebooks of another kernel than this interpreter's, and with `TCO_ENGINE=papermill`
in the environment, papermill's stock engine takes over.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.log import logger as papermill_logger

from tco.execution import forks, worker
from tco.execution.kernel import ForkedKernelManager, PooledKernelManager

logging.getLogger(__name__).addHandler(logging.NullHandler())  # errors say what it would
NAME = "tco"
OUTPUT_BYTES = 200_000_000
"""How much text and data the cells of a notebook may put out, all together."""
INJECTED_TAG = "injected-parameters"


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs notebooks on forked kernels."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook of papermill's manager `nb_man`.

        options: those of papermill's stock engine, and `own_interpreter`, to fork whatever kernel is named. Raises
        CellTimeoutError when a cell passes `execution_timeout`, DeadKernelError with the reason when the process ends.
        """
        own = options.pop("own_interpreter", False)
        if not (own or (forks() and _is_this_interpreter(kernel_name))) or options.get("interrupt_on_timeout"):
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
            return
        options.pop("input_path", None)
        seconds = options.pop("execution_timeout", None) or options.pop("timeout", None)
        logger = logging.getLogger(__name__) if own else papermill_logger
        started = {"timeout": seconds, "startup_timeout": options.pop("start_timeout", 60), "log": logger}
        manager = ForkedKernelManager if own and worker.inside() else PooledKernelManager
        client = _Client(nb_man, kernel_name=kernel_name, **{**options, **started, "kernel_manager_class": manager})
        try:
            client.execute()
        except DeadKernelError:
            cells = nb_man.nb.cells
            reached = [cell for cell in cells if cell.metadata.papermill["start_time"]][-1]
            written = [cell for cell in cells if INJECTED_TAG not in cell.metadata.get("tags", [])]
            where = f"cell {written.index(reached) + 1} of {len(written)}" if reached in written else "the parameters"
            reason = f"{where} {client.manager.process.failure}"
            failure = nbformat.v4.new_output("error", ename="DeadKernelError", evalue=reason, traceback=[reason])
            reached.setdefault("outputs", []).append(failure)
            raise DeadKernelError(f"Kernel died: {reason}") from None


def register() -> None:
    """Make papermill know the engine, installed or not."""
    papermill_engines.register(NAME, ForkedEngine)


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a forked kernel, which ends it when it puts out too much."""

    manager: PooledKernelManager
    put_out = 0

    def create_kernel_manager(self) -> Any:
        """Keep the manager, which knows how its kernel ended."""
        self.manager = super().create_kernel_manager()
        return self.manager

    def process_message(self, msg: dict[str, Any], *place: Any) -> Any:
        """Count what is put out."""
        self.put_out += len(str(msg["content"]))
        if self.put_out > OUTPUT_BYTES:
            self.manager.process.failure = "put out more than its limit"
            self.manager.process.send_signal(9)
        return super().process_message(msg, *place)


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
