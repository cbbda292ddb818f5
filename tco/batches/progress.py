"""What is shown while a batch runs: a bar in a terminal, lines in a log, JSON for programs, or only failures.

`run_batch` reports everything that happens as an event, a mapping that can be written as JSON:

- `planned`: reports, to_make (numbers)
- `started`: name
- `finished`: name, seconds
- `failed`: name, seconds, reason
- `note`, `interrupted`: text
- `summary`: made, kept (numbers), failures (name, reason), stopped (reason or empty), seconds, others (names)
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

Event = Mapping[str, Any]
Progress = Callable[[Event], None]

INTERRUPTED = {"event": "interrupted", "text": "stopped; what is done is kept, and the same command goes on from here"}
MAX_NAMED = 5
"""Reports that one line names."""
MINUTE, HOUR = 60, 3600


def print_json(event: Event) -> None:
    """Print the event as one line of JSON on standard output."""
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()


class TextProgress:
    """Shows events to a person: in a terminal with a bar, else with a line for each report that ends.

    stream: default: standard error. quiet: show only failures and interruptions.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False):
        from tqdm import tqdm

        self.stream = stream or sys.stderr
        self.quiet = quiet
        self._new_bar = tqdm
        self._bar = tqdm(disable=True)
        self._total = self._done = 0
        self._began = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        kind = event["event"]
        if kind == "planned":
            self._total, self._began = event["to_make"], time.monotonic()
            if self._total and self.stream.isatty() and not self.quiet:
                size = shutil.get_terminal_size()  # tqdm shows nothing in a terminal that does not report its size
                shape = {"ncols": size.columns, "nrows": size.lines, "smoothing": 0.1}
                self._bar = self._new_bar(total=self._total, unit=" reports", file=self.stream, **shape)
        elif kind == "started":
            self._bar.set_postfix_str(event["name"][-40:])
        elif kind in ("finished", "failed"):
            self._done += 1
            self._bar.update()
        elif kind in ("interrupted", "summary"):
            self._bar.set_postfix_str("")
            self._bar.close()
        for line in self._lines(kind, event):
            self._bar.write(line, file=self.stream)

    def _lines(self, kind: str, event: Event) -> Iterator[str]:
        """The lines to write for an event."""
        if kind == "summary":
            yield from (f"{failure['name']}: {failure['reason']}" for failure in event["failures"])
            if event["stopped"]:
                yield f"stopped: {event['stopped']}; the same command goes on from here"
            yield from () if self.quiet else summary_lines(event)
        elif kind == "interrupted" or (kind == "note" and not self.quiet):
            yield event["text"]
        elif kind == "planned" and not self.quiet:
            existing = event["reports"] - event["to_make"]
            yield counted(event["reports"]) + (f", {existing:,} of them there already" if existing else "")
        elif (kind == "failed" or (kind == "finished" and self._bar.disable)) and not self.quiet:
            ended = "done" if kind == "finished" else f"failed ({event['reason'].splitlines()[0]})"
            left = (self._total - self._done) * (time.monotonic() - self._began) / self._done
            remaining = f", {duration(left)} left" if self._done < self._total else ""
            yield f"[{self._done}/{self._total}] {event['name']}: {ended} in {event['seconds']:.1f} s{remaining}"


def summary_lines(event: Event) -> Iterator[str]:
    """The summary of a batch as lines: reports that are not in the batch file, then how many were made."""
    if others := event["others"]:
        more = f" and {len(others) - MAX_NAMED:,} more" if len(others) > MAX_NAMED else ""
        yield f"not in this batch, left unchanged: {counted(len(others))} ({', '.join(others[:MAX_NAMED])}{more})"
    kept = f", {event['kept']:,} kept" if event["kept"] else ""
    failed = f", {len(event['failures']):,} failed" if event["failures"] else ""
    yield f"{counted(event['made'])} made in {duration(event['seconds'])}{kept}{failed}"


def counted(reports: int) -> str:
    """`1 report`, `1,200 reports`."""
    return f"{reports:,} report{'' if reports == 1 else 's'}"


def duration(seconds: float) -> str:
    """A duration in the unit that suits it: `8 s`, `4 min`, `2.5 h`."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
