"""Making reports one task at a time: the function that any worker runs, and the plain loop over it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from tco.batches.destinations import Destination
from tco.batches.outcomes import Outcome, Started
from tco.errors import InputError
from tco.report.making import Task, hashes, make, notebook_text
from tco.report.running import ReportError

FAILED_SUFFIX = ".failed.ipynb"
"""Ends the name of the partial notebook that a failed report leaves beside the others' folders."""


def carried_out(task: Task, destination: Destination) -> Outcome:
    """Make the task's report and write it; a report that fails leaves its partial notebook and the reason."""
    began = time.monotonic()
    partial = f"{task.name}{FAILED_SUFFIX}"
    try:
        made = make(task)
        destination.write_report(task.name, made.contents)
        destination.remove_file(partial)
    except (InputError, ReportError, OSError) as error:
        written = {}
        if (notebook := getattr(error, "notebook", None)) is not None:
            content = notebook_text(notebook).encode()
            destination.write_file(partial, content)
            written = hashes({partial: content})
        return Outcome(task.name, task.key, "failed", str(error), written, seconds=time.monotonic() - began)
    return Outcome(
        task.name, task.key, "made", files=hashes(made.contents), rows=made.rows, seconds=time.monotonic() - began
    )


class SerialExecutor:
    """One report after the other in this process, each notebook in a kernel of its own."""

    def run(self, tasks: Iterable[Task], destination: Destination) -> Iterator[Started | Outcome]:
        """Make the tasks' reports in order."""
        for task in tasks:
            yield Started(task.name)
            yield carried_out(task, destination)
