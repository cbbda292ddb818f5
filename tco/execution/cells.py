"""A notebook's cells run in this very process, by papermill's and nbclient's own code, on a kernel without sockets.

Meant for a process that was forked for it, since a notebook may change whatever it likes. Each finished cell is
written to a journal, so that the notebook as far as it got can be had after any death of the process.
"""

# mypy: disable-error-code="no-untyped-call, union-attr"

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient

from tco.execution import job, kernel

JOURNAL = "cells.jsonl"
"""The journal's file name: first the notebook without outputs, then each cell as it ended."""
INJECTED_TAG = "injected-parameters"


class Cells(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a kernel that is this process.

    nb_man: papermill's manager of the notebook, told of each cell. journal: the folder of the journal, if wanted.
    cell_seconds: how long a cell may take, where a nursery watches over this process.
    """

    def __init__(self, nb_man: Any, journal: Path | None = None, cell_seconds: float | None = None, **options: Any):
        super().__init__(nb_man, km=object(), **options)
        self._kernel = kernel.prepare()
        self._cell_seconds = cell_seconds
        self._journal = None if journal is None else _opened(journal / JOURNAL)
        self._write({"notebook": nb_man.nb})

    @contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        """The kernel is here already."""
        self._kernel.begin(_Counter(job.limits().output_bytes))
        self.kc: kernel.Client | None = kernel.Client(self._kernel)
        yield
        job.stage("the end of the cells", timed=False)
        self.kc = None

    async def async_execute_cell(self, cell: Any, cell_index: int, *rest: Any, **options: Any) -> Any:
        """Run one cell, within its time; the journal has it afterwards."""
        job.stage(stage(self.nb, cell_index), seconds=self._cell_seconds)
        if cell.cell_type == "code" and self._kernel.shell.exit_now:
            raise DeadKernelError("Kernel died: the notebook asked it to exit")
        try:
            return await super().async_execute_cell(cell, cell_index, *rest, **options)
        finally:
            self._write({"index": cell_index, "cell": self.nb.cells[cell_index]})

    execute_cell = run_sync(async_execute_cell)

    def _write(self, entry: Mapping[str, Any]) -> None:
        if self._journal is not None:
            os.write(self._journal, json.dumps(entry).encode() + b"\n")


class _Counter:
    """Adds up what is put out and ends the job when that is too much."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._sum = 0

    def __call__(self, size: int) -> None:
        self._sum += size
        if self._most is not None and self._sum > self._most:
            job.put_out_too_much()


class _News:
    """Stands in for papermill's manager of a notebook in a job, and tells the manager outside of it."""

    def __init__(self, nb: Any) -> None:
        self.nb = nb

    def cell_start(self, cell: Any, cell_index: int) -> None:  # noqa: ARG002 - as papermill calls it
        job.publish(("began", cell_index, None))

    def cell_exception(self, cell: Any, cell_index: int, exception: Exception) -> None:  # noqa: ARG002
        job.publish(("failed", cell_index, None))

    def cell_complete(self, cell: Any, cell_index: int) -> None:
        job.publish(("ended", cell_index, cell))

    def autosave_cell(self) -> None:
        """Saving is done outside."""


def run(request: Mapping[str, Any]) -> Any:
    """A job: the notebook `request["notebook"]` after it ran in `request["folder"]`, with nbclient's `options`."""
    os.chdir(request["folder"])
    notebook = nbformat.from_dict(request["notebook"])
    Cells(_News(notebook), **request["options"]).execute()
    job.afterwards(kernel.prepare().end)
    return notebook


def stage(notebook: Any, index: int) -> str:
    """How a cell is called: `cell 7 of 31`, counted from 1 without the one that papermill injects."""
    written = [place for place, cell in enumerate(notebook.cells) if not _injected(cell)]
    if index not in written:
        return "the cell of parameters"
    return f"cell {written.index(index) + 1} of {len(written)}"


def partial(folder: Path, reason: str) -> Any:
    """The notebook as far as a run got that had its journal in `folder`; None where the run never began.

    The cell that was not finished bears `reason` as its error.
    """
    try:
        lines = (folder / JOURNAL).read_bytes().split(b"\n")[:-1]  # what follows the last line's end is cut off
        first, *ended = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return None
    notebook = nbformat.from_dict(first["notebook"])
    for entry in ended:
        notebook.cells[entry["index"]] = nbformat.from_dict(entry["cell"])
    index = ended[-1]["index"] + 1 if ended else 0
    unfinished = next((cell for cell in notebook.cells[index:] if cell.cell_type == "code"), None)
    if unfinished is not None:
        unfinished.outputs = [failure(reason)]
    return notebook


def failure(reason: str) -> Any:
    """An output that says why a cell has none of its own."""
    return nbformat.v4.new_output("error", ename="DeadKernelError", evalue=reason, traceback=[reason])


def _injected(cell: Any) -> bool:
    return INJECTED_TAG in cell.metadata.get("tags", [])


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path.absolute(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC)
