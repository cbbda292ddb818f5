"""How the reports of a batch ended, and the journal that lists them, so that a stopped batch can be resumed.

The journal is a text file with one JSON object a line: a header with the batch's name and the date printed on its
reports, then one line for each report when it ends. If a report has several lines, the last one is valid. Lines cut
short by a crash or edited since, which their hash shows, are skipped. When a run ends, the journal is rewritten in the
order of the plan, without anything that differs from run to run, so a resumed batch leaves the same file as an
uninterrupted one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from tco.report.files import OWN_HASH, own_hash

HEADER = "batch"
UNWRITTEN = ("seconds", "stop")
"""Fields of a result that are not written, because they differ from run to run."""


@dataclass(frozen=True)
class ReportResult:
    """How one report ended, small enough to keep for every report of a batch.

    status: `made`, or `failed` with the reason. files: SHA-256 of each file written, by name. rows: the report's
    numbers, one row for each fleet size and option. seconds: how long it took. stop: why no further report can succeed,
    such as a full disk; empty if others can.
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
        """Whether the report exists."""
        return self.status == "made"

    def event(self) -> dict[str, Any]:
        """What `tco.batches.progress` shows of it."""
        event = {"event": "finished" if self.made else "failed", "name": self.name, "seconds": round(self.seconds, 3)}
        return event if self.made else event | {"reason": self.reason}


@dataclass(frozen=True)
class BatchResult:
    """How a batch ended.

    results: of the reports that this run tried, in the order of the plan. kept: number of reports that existed before.
    stopped: why the run ended early; empty if all reports were tried. seconds: duration of the run. others: existing
    reports of combinations that are not, or no longer, in the batch file.
    """

    results: tuple[ReportResult, ...]
    kept: int = 0
    stopped: str = ""
    seconds: float = 0.0
    others: tuple[str, ...] = ()

    @property
    def made(self) -> int:
        """Number of reports that this run made."""
        return sum(result.made for result in self.results)

    @property
    def failures(self) -> dict[str, str]:
        """The reason by name of each report that failed."""
        return {result.name: result.reason for result in self.results if not result.made}

    @property
    def whole(self) -> bool:
        """Whether every report of the batch exists."""
        return not self.failures and not self.stopped

    def event(self) -> dict[str, Any]:
        """What `tco.batches.progress` shows of it."""
        return {
            "event": "summary",
            "made": self.made,
            "kept": self.kept,
            "failures": [{"name": name, "reason": reason} for name, reason in self.failures.items()],
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
            "others": self.others,
        }


@dataclass
class Journal:
    """The results of a batch by report name.

    name: the batch's. today: the date printed on the reports, YYYY-MM-DD. ended: whether the last run tried
    all reports. unread: how many lines of the file no run has written, or a crash has cut.
    """

    name: str
    today: str = ""
    ended: bool = True
    results: dict[str, ReportResult] = field(default_factory=dict)
    unread: int = 0

    @property
    def header(self) -> str:
        """The first line."""
        return _line({HEADER: self.name, "today": self.today, "ended": self.ended})

    def lines(self, names: Iterable[str]) -> list[str]:
        """The header, then one line for each of these reports that has a result."""
        return [self.header, *(entry_line(self.results[name]) for name in names if name in self.results)]


class _Header(TypedDict):
    """The first line, read."""

    batch: str
    today: str
    ended: bool


_HEADER, _ENTRY = TypeAdapter(_Header), TypeAdapter(ReportResult)


def read_journal(lines: Sequence[str]) -> Journal:
    """Returns the journal with these lines; an empty one if none of them can be read."""
    journal = Journal("")
    for line in filter(None, lines):
        try:
            content = json.loads(line)
            if HEADER in content:
                header = _HEADER.validate_python(content)
                journal.name, journal.today, journal.ended = header["batch"], header["today"], header["ended"]
            else:
                result = _ENTRY.validate_python(content)
                edited = content.get(OWN_HASH, own_hash(content)) != own_hash(content)
                if edited or not all(map(_is_row, result.rows)):
                    raise ValueError(line)
                journal.results[result.name] = result
        except (TypeError, ValueError, RecursionError):  # no JSON, or not what is written here
            journal.unread += 1
    return journal


def _is_row(row: Mapping[str, Any]) -> bool:
    """Whether a row has an option, a fleet size, and numbers beside them."""
    numbers = [value for name, value in row.items() if name != "option" and value is not None]
    are_numbers = all(isinstance(value, int | float) and math.isfinite(value) for value in numbers)
    return isinstance(row.get("option"), str) and row.get("fleet_size") is not None and are_numbers


def entry_line(result: ReportResult) -> str:
    """The line of one report."""
    content = {name: value for name, value in asdict(result).items() if name not in UNWRITTEN}
    return _line({**content, OWN_HASH: own_hash(content)})


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
