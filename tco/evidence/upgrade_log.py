"""A team's own log of major upgrades: a CSV file with one row per cluster and upgrade, which is checked whole.

Columns: `cluster`, `engine` (a name of the lifecycle tables, such as rds_mysql or mysql), `from` and `to` (versions),
`hours` (all labour of this upgrade: its part of planning, tests and rehearsal, and the cut-over), `minutes_down` (in
which the database did not serve; what an application adds is an assumption of its own) and `failed` (yes or no: rolled
back, repeated or far beyond the plan; the retry is a further row of the same upgrade). Optional: `method` (in_place,
blue_green, rolling or logical_replication), `date` (YYYY-MM-DD) and `phase` (plan, compatibility, regression test,
rehearsal or cut-over): then the hours are of that phase only, and work done once for many clusters is in one row. Rows
are in the order of the work. `tco.evidence.posteriors` updates assumptions by them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from tco import resources
from tco.catalog.lifecycle import cycle, engine_history, engines
from tco.catalog.projected_releases import STEP_METHODS
from tco.catalog.versions import version_key
from tco.errors import InputError, Problem, checked, shown, unknown
from tco.scenario.scenario import Method
from tco.upgrades.calendar import routes

COLUMNS = ("cluster", "engine", "from", "to", "hours", "minutes_down", "failed")
FURTHER_COLUMNS = ("method", "date", "phase")
PHASES = ("plan", "compatibility", "regression test", "rehearsal", "cut-over")
METHODS: tuple[str, ...] = get_args(Method)
FAILED = {**dict.fromkeys(("yes", "true", "1", "y"), True), **dict.fromkeys(("no", "false", "0", "n"), False)}
EARLIEST = date(1990, 1, 1)
"""Earlier than all releases of the lifecycle tables."""
MAX_NUMBER = 1e6
"""Hours or minutes of one upgrade above this are refused as a typing error."""
MIN_HOURS = 1 / 60
"""A minute: hours below it are refused as a typing error."""


@dataclass(frozen=True)
class LoggedUpgrade:
    """One upgrade of one cluster, an attempt at it, or a phase of it; without a phase the hours are its total.

    steps: major upgrades in a row that lead from one version to the other.
    """

    cluster: str
    engine: str
    from_version: str
    to_version: str
    hours: float
    minutes_down: float
    failed: bool
    method: str = ""
    day: date | None = None
    steps: int = 1
    phase: str = ""


@dataclass(frozen=True)
class UpgradeLog:
    """The rows of a log in its order, and the name of the file, for sources of assumptions."""

    name: str
    upgrades: tuple[LoggedUpgrade, ...]

    @property
    def last_day(self) -> date | None:
        """The latest date in the log; None without dates."""
        return max((upgrade.day for upgrade in self.upgrades if upgrade.day), default=None)


@checked
def read_upgrade_log(file: str | Path) -> UpgradeLog:
    """The log in a CSV file.

    Raises InputError that lists every fault with file, row (the header is row 1) and column.
    """
    path = Path(file)
    text = resources.text(path, str(file), "utf-8-sig")
    try:
        return UpgradeLog(path.name, _upgrades(text))
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}", file=str(file)) from None
    except InputError as error:
        raise error.located(file=str(file)) from None


def _upgrades(text: str) -> tuple[LoggedUpgrade, ...]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [name.strip() for name in next(reader, [])]
    _check_header(header)
    problems: list[Problem] = []
    upgrades: list[LoggedUpgrade] = []
    attempts: set[LoggedUpgrade] = set()
    seen: dict[tuple[str, ...], int] = {}
    totals: dict[tuple[str, ...], tuple[bool, int]] = {}
    for cells in reader:
        place = f"row {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(Problem(f"has {len(cells)} cells where the header has {len(header)}", path=place))
            continue
        try:
            upgrade = _upgrade({name: cell.strip() for name, cell in zip(header, cells, strict=True)})
        except InputError as error:
            problems += error.located(path=place).problems
            continue
        start = (upgrade.cluster, upgrade.engine, upgrade.from_version)
        key = (*start, upgrade.phase)
        is_total, row = totals.setdefault(start, (not upgrade.phase, reader.line_num))
        if is_total != (not upgrade.phase):
            problems.append(Problem(f"either all rows of an upgrade state a phase or none; row {row} differs", place))
        if not upgrade.failed and key in seen:
            done = f"cluster {upgrade.cluster!r} left {upgrade.from_version} in row {seen[key]} already"
            problems.append(Problem(done, place))
        if upgrade.failed and upgrade in attempts:
            problems.append(Problem("repeats a failed attempt; if it is another one, state the date of each", place))
        attempts.add(upgrade)
        if not upgrade.failed:
            seen[key] = reader.line_num
        upgrades.append(upgrade)
    if problems:
        raise InputError(problems)
    if not upgrades:
        raise InputError("holds no upgrades: one row per cluster and upgrade is expected below the header")
    return tuple(upgrades)


def _check_header(header: list[str]) -> None:
    known = (*COLUMNS, *FURTHER_COLUMNS)
    problems = [Problem(unknown("column", name, known), path="row 1") for name in header if name not in known]
    problems += [
        Problem(f"column {name!r} is missing; needed are {', '.join(COLUMNS)}", path="row 1")
        for name in COLUMNS
        if name not in header
    ]
    problems += [Problem(f"column {name!r} is repeated", path="row 1") for name in known if header.count(name) > 1]
    if problems:
        raise InputError(problems)


def _upgrade(cells: Mapping[str, str]) -> LoggedUpgrade:
    """One row. Raises InputError with the faults of all cells, or else of the versions."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, text in cells.items():
        try:
            values["day" if name == "date" else name] = CELLS[name](text)
        except ValueError as error:
            problems.append(Problem(str(error), path=name, value=shown(text)))
    if problems:
        raise InputError(problems)
    engine, stated = values["engine"], {name: values.pop(name) for name in ("from", "to")}
    versions: dict[str, Any] = {}
    for name, version in stated.items():
        try:
            versions[f"{name}_version"] = cycle(engine, version)
        except InputError as error:
            problems += error.located(path=name).problems
    if problems:
        raise InputError(problems)
    begin, end = versions.values()
    if begin == end:
        raise InputError(
            f"{stated['from']} and {stated['to']} are both {begin}: the log is of major upgrades", path="to"
        )
    if version_key(end) < version_key(begin):
        raise InputError(f"version {stated['to']} is older than {stated['from']}", path="to")
    exists = engine_history(engine).release(end).release_date
    if (day := values.get("day")) and exists and day < exists:
        raise InputError(f"{engine} {end} came out on {exists}", path="date", value=str(day))
    if values.get("phase", "") not in ("", "cut-over") and (values["failed"] or values["minutes_down"]):
        raise InputError("only a cut-over fails or keeps the database down", path="phase", value=shown(values["phase"]))
    return LoggedUpgrade(**values, **versions, steps=_steps(engine, begin, end))


def _steps(engine: str, begin: str, end: str) -> int:
    """Major upgrades in a row from one version to the other by the shortest supported path; 1 if none is known."""
    history = engine_history(engine)
    return max(len(routes(history, begin, history.as_of, frozenset(STEP_METHODS)).get(end, ())) - 1, 1)


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _one_of(noun: str, known: Collection[str], text: str) -> str:
    if text not in known:
        raise ValueError(unknown(noun, text, known))
    return text


def _number(text: str) -> float:
    number = resources.number(text)
    if not math.isfinite(number) or not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"should be a number from 0 to {MAX_NUMBER:,.0f}")
    return number


def _hours(text: str) -> float:
    hours = _number(text)
    if hours < MIN_HOURS:
        raise ValueError(f"is {'0' if hours == 0 else 'less than a minute'}: an upgrade takes some hours of work")
    return hours


def _failed(text: str) -> bool:
    if text.lower() not in FAILED:
        raise ValueError("should be yes or no")
    return FAILED[text.lower()]


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and text != day.isoformat():
        raise ValueError("should be a date written YYYY-MM-DD")
    today = date.today()  # noqa: DTZ011 (upgrades have local days)
    if day is not None and not EARLIEST <= day <= today:
        raise ValueError(f"should be a day from {EARLIEST} to today, {today}: the log is of upgrades made")
    return day


CELLS: Mapping[str, Callable[[str], object]] = {
    "cluster": _name,
    "engine": lambda text: _one_of("engine", engines(), text),
    "from": _name,
    "to": _name,
    "hours": _hours,
    "minutes_down": _number,
    "failed": _failed,
    "method": lambda text: text and _one_of("method", METHODS, text),
    "date": _date,
    "phase": lambda text: text and _one_of("phase", PHASES, text.lower().replace("_", " ")),
}
"""The parser of each column; it raises ValueError with what the text should be."""
