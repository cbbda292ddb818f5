"""What a person or a program is told while a batch runs: a live bar, plain lines, events as JSON, or nothing."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TextIO

from tco.batches.outcomes import Outcome

MINUTE, HOUR = 60, 3600
MOST_NAMED = 5
"""Reports that a line names."""
INTERRUPTED = "stopped; what is done is kept, and the same command goes on from here"


@dataclass(frozen=True)
class Finished:
    """How a batch ended.

    made, kept: reports made now, and those that were there already. failures: name and reason of each that failed.
    stopped: why not all were tried; empty where all were. seconds: how long the run took. others: reports that are
    there besides, such as those of combinations that are in the batch file no more.
    """

    made: int
    kept: int
    failures: tuple[tuple[str, str], ...]
    stopped: str
    seconds: float
    others: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every report of the batch is there."""
        return not self.failures and not self.stopped


class Progress(Protocol):
    """Who is told how a batch goes."""

    def planned(self, reports: int, missing: int) -> None:
        """The batch has so many reports, of which so many are to be made now."""

    def started(self, name: str) -> None:
        """A report has begun."""

    def finished(self, outcome: Outcome) -> None:
        """A report has ended, well or not."""

    def note(self, text: str) -> None:
        """Something worth knowing that is no fault."""

    def interrupted(self) -> None:
        """The keyboard ended the run."""

    def ended(self, finished: Finished) -> None:
        """The batch has ended."""


class Quiet:
    """Tells nothing but what failed."""

    def __init__(self, stream: TextIO | None = None):
        self.stream = stream or sys.stderr

    def planned(self, reports: int, missing: int) -> None:
        """Say nothing."""

    def started(self, name: str) -> None:
        """Say nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def interrupted(self) -> None:
        """Say how to go on."""
        self.say(INTERRUPTED)

    def ended(self, finished: Finished) -> None:
        """List what failed."""
        for line in failing_lines(finished):
            self.say(line)

    def say(self, line: str) -> None:
        """Write a line at once."""
        self.stream.write(f"{line}\n")
        self.stream.flush()


class Lines(Quiet):
    """A line for every report that ends, for logs."""

    def planned(self, reports: int, missing: int) -> None:
        """How many there are, and how many of them are there already."""
        self.total, self.done, self.began = missing, 0, time.monotonic()
        self.say(planned_line(reports, missing))

    def finished(self, outcome: Outcome) -> None:
        """One line with the place in the batch and the time that is left."""
        self.done += 1
        left = (self.total - self.done) * (time.monotonic() - self.began) / self.done
        remaining = f", {duration(left)} left" if self.done < self.total else ""
        ended = "done" if outcome.made else f"failed ({outcome.reason.splitlines()[0]})"
        self.say(f"[{self.done}/{self.total}] {outcome.name}: {ended} in {outcome.seconds:.1f} s{remaining}")

    def note(self, text: str) -> None:
        """Say it."""
        self.say(text)

    def ended(self, finished: Finished) -> None:
        """List what failed and sum up."""
        super().ended(finished)
        if finished.others:
            self.say(others_line(finished.others))
        self.say(ended_line(finished))


class Bar(Lines):
    """A live bar with rate and time left, for a terminal."""

    def planned(self, reports: int, missing: int) -> None:
        """Draw the bar."""
        from tqdm import tqdm

        self.say(planned_line(reports, missing))
        self.failures = 0
        size = shutil.get_terminal_size()  # tqdm draws nothing in a terminal that does not tell its size
        self.bar: Any = tqdm(
            total=missing,
            unit=" reports",
            file=self.stream,
            ncols=size.columns,
            nrows=size.lines,
            smoothing=0.1,
            disable=not missing,
        )

    def started(self, name: str) -> None:
        """Show which report was begun last."""
        self.bar.set_postfix_str(name[-40:], refresh=True)

    def finished(self, outcome: Outcome) -> None:
        """Move the bar on; a failure is told above it."""
        if not outcome.made:
            self.bar.write(f"{outcome.name}: failed ({outcome.reason.splitlines()[0]})", file=self.stream)
        self.bar.update()

    def interrupted(self) -> None:
        """Take the bar away and say how to go on."""
        if hasattr(self, "bar"):
            self.bar.close()
        super().interrupted()

    def ended(self, finished: Finished) -> None:
        """Take the bar away, list what failed and sum up."""
        self.bar.set_postfix_str("")
        self.bar.close()
        super().ended(finished)


class Events(Quiet):
    """One JSON object per line on standard output, for programs; failures are in them."""

    def __init__(self, stream: TextIO | None = None):
        super().__init__(stream or sys.stdout)

    def planned(self, reports: int, missing: int) -> None:
        """`{"event": "planned", "reports": …, "to_make": …}`."""
        self._tell("planned", reports=reports, to_make=missing)

    def started(self, name: str) -> None:
        """`{"event": "started", "name": …}`."""
        self._tell("started", name=name)

    def finished(self, outcome: Outcome) -> None:
        """`{"event": "finished" or "failed", "name": …, "seconds": …, "reason": …}`."""
        told: dict[str, Any] = {"name": outcome.name, "seconds": round(outcome.seconds, 3)}
        if outcome.made:
            self._tell("finished", **told)
        else:
            self._tell("failed", **told, reason=outcome.reason)

    def note(self, text: str) -> None:
        """`{"event": "note", "text": …}`."""
        self._tell("note", text=text)

    def interrupted(self) -> None:
        """`{"event": "interrupted", "text": …}`."""
        self._tell("interrupted", text=INTERRUPTED)

    def ended(self, finished: Finished) -> None:
        """`{"event": "summary", "made": …, "kept": …, "failures": […], "stopped": …, "seconds": …, "others": […]}`."""
        content = asdict(finished) | {"seconds": round(finished.seconds, 3)}
        content["failures"] = [{"name": name, "reason": reason} for name, reason in finished.failures]
        self._tell("summary", **content)

    def _tell(self, event: str, **content: Any) -> None:
        self.say(json.dumps({"event": event, **content}, ensure_ascii=False))


class ToldOfOne:
    """The events of a single report, of the scenario as it was named; begun when this is made."""

    def __init__(self, name: str):
        self.name, self.began, self.events = name, time.monotonic(), Events()
        self.events.planned(1, 1)
        self.events.started(name)

    def ended(self, reason: str = "") -> None:
        """The report is there; or, with a reason, it is not."""
        seconds = time.monotonic() - self.began
        self.events.finished(Outcome(self.name, "", "failed" if reason else "made", reason, seconds=seconds))
        failures = ((self.name, reason),) if reason else ()
        self.events.ended(Finished(int(not reason), 0, failures, "", seconds))


def planned_line(reports: int, missing: int) -> str:
    """How many reports there are and are to be made, as a line."""
    there = reports - missing
    return f"{counted(reports)}, {there:,} of them there already" if there else counted(reports)


def failing_lines(finished: Finished) -> Sequence[str]:
    """The failures with their reasons, as lines; and why a run stopped early."""
    lines = [f"{name}: {reason}" for name, reason in finished.failures]
    if finished.stopped:
        lines.append(f"stopped: {finished.stopped}; the same command goes on from here")
    return lines


def ended_line(finished: Finished) -> str:
    """The sum of a run, as a line."""
    parts = [f"{counted(finished.made)} made in {duration(finished.seconds)}"]
    if finished.kept:
        parts.append(f"{finished.kept:,} kept")
    if finished.failures:
        parts.append(f"{len(finished.failures):,} failed")
    return ", ".join(parts)


def others_line(others: Sequence[str]) -> str:
    """Which reports are there besides, as a line: the names of a few, and the number of the rest."""
    more = len(others) - MOST_NAMED
    named = ", ".join(others[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return f"left as they are, and not of this batch: {counted(len(others))} ({named})"


def counted(reports: int) -> str:
    """`1 report`, `1,200 reports`."""
    return f"{reports:,} report{'' if reports == 1 else 's'}"


def duration(seconds: float) -> str:
    """A duration as a person says it: `8 s`, `4 min`, `2.5 h`."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
