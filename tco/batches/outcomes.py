"""What executing a task tells: that it began, and how it ended."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tco.batches.destinations import Destination
from tco.report.task import Task


@dataclass(frozen=True)
class Started:
    """A task has begun; `name` is the report's."""

    name: str


@dataclass(frozen=True)
class Outcome:
    """How a task ended, small enough to keep for every report of a batch.

    status: `made`, or `failed` with the reason. files: SHA-256 of each file written, by name. rows: the report's
    results. seconds: how long it took. stop: why no further report can succeed, such as a full disk; empty where
    others can. The last two are never written to a file.
    """

    name: str
    key: str
    status: Literal["made", "failed"]
    reason: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0
    stop: str = ""

    @property
    def made(self) -> bool:
        """Whether the report is there."""
        return self.status == "made"


Events = Generator[Started | Outcome, None, None]
"""What happens while tasks are executed, as it happens."""


class Executor(Protocol):
    """Makes reports somewhere: in this process, in forked ones, on a cluster."""

    def run(self, tasks: Iterable[Task], destination: Destination) -> Events:
        """Make the tasks' reports and write them to `destination`; tells of each when it begins and when it ends.

        Tasks are drawn from the iterable as they can be worked on, so that it may be long. Order is that of ending.
        A task that fails yields an Outcome; it raises nothing. Closing the iterator ends what is under way.
        """
        ...
