"""Small batches for tests, and an executor that writes reports without running a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tco.batches import Destination, ReportResult, Started, Task
from tco.batches.batch_file import checked_batch
from tco.batches.executors import Events
from tco.batches.plan import Plan, plan_batch
from tco.report.files import hashes


def batch(**fields: Any) -> dict[str, Any]:
    """A batch of two reports on the quickstart; `fields` replace or add keys."""
    return {"name": "some", "scenarios": ["quickstart"], "sweep": {"labour.engineer_rate": [80, 120]}, **fields}


def plan_of(folder: Path = Path(), **fields: Any) -> Plan:
    """The plan of `batch(**fields)`."""
    return plan_batch(checked_batch(batch(**fields), "batch.yaml"), folder, "batch.yaml")


def rows_of(task: Task) -> tuple[dict[str, Any], ...]:
    """Invented results of a task: `stay` costs 100, `move` as much as the task's name is long."""
    rows = []
    for size in task.parameters.get("fleet_sizes", [10]):
        for option, amount in (("stay", 100.0), ("move", float(len(task.name)))):
            rows.append(
                {
                    "fleet_size": size,
                    "option": option,
                    "npv_point": amount * size,
                    "difference_point": (amount - 100.0) * size,
                    "labour_hours": 10.0,
                }
            )
    return tuple(rows)


class Pretending:
    """An executor that writes what a report would hold without running a notebook.

    failing: reasons by report. after: called after each report, to stop the run in its midst.
    """

    def __init__(
        self,
        failing: dict[str, str] | None = None,
        after: Callable[[str], None] | None = None,
        stop: str = "",
    ):
        self.failing, self.after, self.stop = failing or {}, after, stop
        self.made: list[str] = []

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        for task in tasks:
            yield Started(task.name)
            if self.stop:
                yield ReportResult(task.name, task.key, "failed", "no room", stop=self.stop)
                return
            if task.name in self.failing:
                content = {f"{task.name}.failed.ipynb": b"partial"}
                destination.write_file(*next(iter(content.items())))
                yield ReportResult(task.name, task.key, "failed", self.failing[task.name], hashes(content))
            else:
                contents = {
                    f"{task.name}.html": json.dumps(dict(task.parameters), default=str).encode(),
                    "manifest.json": b"{}",
                }
                destination.write_report(task.name, contents)
                destination.remove_file(f"{task.name}.failed.ipynb")
                yield ReportResult(
                    task.name, task.key, "made", files=hashes(contents), rows=rows_of(task), seconds=len(self.made)
                )
                self.made.append(task.name)
            if self.after is not None:
                self.after(task.name)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
