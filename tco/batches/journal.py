"""What of a batch is done, so that the same command goes on where it was stopped.

The journal is a text of lines, one JSON object each: first a header with the batch's name and the day that its reports
bear, then one entry per report as it ends. The last entry of a name holds. A line that a crash cut short is passed
over. When a run ends the journal is written anew in the order of the plan, without anything that differs from
run to run, so that a batch that was stopped and resumed ends as one that ran through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tco.batches.outcomes import Outcome

HEADER = "batch"
UNWRITTEN = ("seconds", "stop")
"""Fields of an outcome that are never written: they differ from run to run."""


@dataclass
class Journal:
    """The entries of a batch by report, and the day its reports bear.

    name: the batch's. today: the day, YYYY-MM-DD. ended: whether the run that wrote it came to its end.
    """

    name: str
    today: str = ""
    ended: bool = True
    entries: dict[str, Outcome] = field(default_factory=dict)

    @property
    def header(self) -> str:
        """The first line."""
        return _line({HEADER: self.name, "today": self.today, "ended": self.ended})

    def lines(self, names: Iterable[str]) -> list[str]:
        """The whole journal with the entries of these reports in their order."""
        return [self.header, *(entry_line(self.entries[name]) for name in names if name in self.entries)]


def read_journal(lines: Sequence[str]) -> Journal:
    """The journal with these lines; an empty one where there are none, or none that can be read."""
    journal = Journal("")
    for line in lines:
        content = _content(line)
        if HEADER in content:
            journal.name, journal.today = str(content[HEADER]), str(content.get("today", ""))
            journal.ended = bool(content.get("ended"))
        elif (entry := _entry(content)) is not None:
            journal.entries[entry.name] = entry
    return journal


def entry_line(outcome: Outcome) -> str:
    """The line of one report's end."""
    return _line({name: value for name, value in asdict(outcome).items() if name not in UNWRITTEN})


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _content(line: str) -> Mapping[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _entry(content: Mapping[str, Any]) -> Outcome | None:
    try:
        return Outcome(
            name=content["name"],
            key=content["key"],
            status=content["status"],
            reason=content["reason"],
            files=dict(content["files"]),
            rows=tuple(content["rows"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
