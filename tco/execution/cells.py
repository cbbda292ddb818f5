"""A notebook's cells run in this very process, by papermill's and nbclient's own code, on a kernel without sockets.

Meant for a job of a pool, since a notebook may change whatever it likes. Each finished cell is published, so that the
pool's process has the notebook as far as it got, however the job ends.
"""

# mypy: disable-error-code="no-untyped-call, union-attr"

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient

from tco.execution import kernel, worker

INJECTED_TAG = "injected-parameters"


class Cells(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a kernel that is this process.

    nb_man: papermill's manager of the notebook, told of each cell. cell_seconds: how long a cell may take.
    """

    def __init__(self, nb_man: Any, cell_seconds: float | None = None, **options: Any):
        super().__init__(nb_man, km=object(), **options)
        self._kernel = kernel.prepare()
        self._cell_seconds = cell_seconds
        worker.publish(("notebook", None, nb_man.nb))

    @contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        """The kernel is here already."""
        self._kernel.begin(worker.count_output)
        self.kc: kernel.Client | None = kernel.Client(self._kernel)
        yield
        worker.stage("the end of the cells")
        self.kc = None

    async def async_execute_cell(self, cell: Any, cell_index: int, *rest: Any, **options: Any) -> Any:
        """Run one cell, within its time; it is published afterwards."""
        worker.stage(stage(self.nb, cell_index), self._cell_seconds)
        if cell.cell_type == "code" and self._kernel.shell.exit_now:
            raise DeadKernelError("Kernel died: the notebook asked it to exit")
        try:
            return await super().async_execute_cell(cell, cell_index, *rest, **options)
        finally:
            worker.publish(("cell", cell_index, self.nb.cells[cell_index]))

    execute_cell = run_sync(async_execute_cell)


class _Events:
    """Stands in for papermill's manager of a notebook in a job, and tells the manager outside of it."""

    def __init__(self, nb: Any) -> None:
        self.nb = nb

    def __getattr__(self, event: str) -> Callable[..., None]:
        """`cell_start`, `cell_exception` and so on, as papermill calls them."""
        return lambda _cell=None, cell_index=None, **_: worker.publish((event, cell_index, None))


def run(notebook: Any, options: dict[str, Any]) -> Any:
    """A job: the `notebook` after it ran in the working folder, with nbclient's `options`."""
    Cells(_Events(notebook), **options).execute()
    worker.afterwards(kernel.prepare().end)
    return notebook


class Progress:
    """A notebook as far as a job got with it, from what the job has published."""

    def __init__(self) -> None:
        self.notebook: Any = None
        self.reached = -1

    def take(self, event: str, index: int | None, content: Any) -> None:
        """Take in one piece of news."""
        if event == "notebook":
            self.notebook = content
        elif event == "cell" and index is not None:
            self.notebook.cells[index], self.reached = content, index

    def ended(self, reason: str) -> Any:
        """The notebook, with `reason` as the error of the cell that was not finished; None where it never began."""
        if self.notebook is not None:
            unfinished = [cell for cell in self.notebook.cells[self.reached + 1 :] if cell.cell_type == "code"]
            for cell in unfinished[:1]:
                cell.outputs = [failure(reason)]
        return self.notebook


def stage(notebook: Any, index: int) -> str:
    """How a cell is called: `cell 7 of 31`, counted from 1 without the one that papermill injects."""
    cells = notebook.cells
    written = [place for place in range(len(cells)) if INJECTED_TAG not in cells[place].metadata.get("tags", [])]
    if index not in written:
        return "the cell of parameters"
    return f"cell {written.index(index) + 1} of {len(written)}"


def failure(reason: str) -> Any:
    """An output that says why a cell has none of its own."""
    return nbformat.v4.new_output("error", ename="DeadKernelError", evalue=reason, traceback=[reason])
