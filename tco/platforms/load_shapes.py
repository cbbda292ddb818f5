"""How a load is spread over the hours of a day or a week: named shapes, own values, or a log of requests.

A `LoadShape` holds hourly multipliers with a mean of 1, for reads and for writes, so that a workload's rate stays its
average and only its spread over the hours changes. `capacity_modes` derives provisioned capacity from it.
Named shapes are in `params/load_shapes.yaml`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco import resources
from tco.errors import InputError, unknown
from tco.scenario.assumptions import Source
from tco.units import HOURS_PER_DAY, HOURS_PER_WEEK

Numbers = NDArray[np.float64]

MAX_LOG_HOURS = 10 * 366 * 24
LONGEST_LINE = 200_000
"""Letters of a line of a log."""
FILE = "params/load_shapes.yaml"
CSV_COLUMNS = ("timestamp", "reads", "writes", "requests")


@dataclass(frozen=True, eq=False, slots=True)
class LoadShape:
    """One profile of a day (24 hours) or a week (168 hours, Monday first), hour 0 at midnight.

    reads and writes: multipliers of the average rate, shape (24,) or (168,), mean 1; they are equal unless a log of
    requests distinguishes them. source: of kind `judgement` if the profile was not measured; None for own values.
    """

    name: str
    description: str
    source: Source | None
    reads: Numbers
    writes: Numbers

    @property
    def peak_to_mean(self) -> float:
        """The highest hour over the mean, of reads or of writes, whichever is higher."""
        return float(max(self.reads.max(), self.writes.max()))

    def levels(self, of: str) -> tuple[Numbers, Numbers]:
        """The distinct multipliers of `reads` or `writes`, ascending, and the number of hours that each holds."""
        values, hours = np.unique(self.reads if of == "reads" else self.writes, return_counts=True)
        return values, hours.astype(float)


def load_shape(value: str | Sequence[float]) -> LoadShape:
    """The shape that a scenario or a bill names under `load`.

    value: a name of `params/load_shapes.yaml`, the path of a CSV file of timestamped requests (it ends in `.csv`), or
    24 or 168 hourly values, as a list or as text with commas; values are relative.
    Raises InputError for an unknown name, a wrong number of values, negative values or a file that cannot be read.

    >>> load_shape("flat").peak_to_mean
    1.0
    """
    if isinstance(value, str):
        text = value.strip()
        return _from_text(text, _written(text))
    if isinstance(value, (Sequence, np.ndarray)):
        return _from_values("own values", "Hourly values given with the workload.", None, value)
    raise InputError("a load is a name, 24 or 168 hourly values, or a CSV file of requests", path="load", value=value)


@cache
def named_load_shapes() -> dict[str, LoadShape]:
    """All shapes of `params/load_shapes.yaml` by name. Raises InputError for a faulty entry."""
    entries = resources.yaml_content(resources.path(FILE))
    shapes = {}
    for name, entry in entries.items():
        strange = set(entry) - {"description", "hourly", "weekday", "weekend", "source"}
        if strange:
            message = unknown("key", min(strange), ("description", "hourly", "weekday", "weekend", "source"))
            raise InputError(message, file=FILE, path=name)
        values = entry.get("hourly") or [*entry["weekday"] * 5, *entry["weekend"] * 2]
        source = Source.model_validate(entry["source"])
        shapes[name] = _from_values(name, entry["description"], source, values, path=name)
    return shapes


def load_shape_from_log(file: str | Path) -> LoadShape:
    """The shape of a log of requests: a CSV file with a column `timestamp` and `reads` and `writes`, or `requests`.

    Timestamps are ISO 8601 (with an offset they are taken to UTC); each row counts requests from that moment on, rows
    of one hour are added up and an hour without a row had none. A log of a week or more gives 168 hours, a shorter one
    of at least a day 24; hours that occur several times are averaged.
    Raises InputError naming file and line for what cannot be read.
    """
    path = Path(file)
    hours = _hourly_counts(path)
    first, last = min(hours), max(hours)
    span = int((last - first) / timedelta(hours=1)) + 1
    if span < HOURS_PER_DAY:
        raise InputError(f"the log spans {span} hours; a load shape needs a day or more", file=str(path))
    if span > MAX_LOG_HOURS:
        raise InputError("the log spans more than ten years; is a timestamp wrong?", file=str(path))
    length = HOURS_PER_WEEK if span >= HOURS_PER_WEEK else HOURS_PER_DAY
    sums, occurrences = np.zeros((2, length)), np.zeros(length)
    for number in range(span):
        hour = first + timedelta(hours=number)
        place = (hour.weekday() * HOURS_PER_DAY + hour.hour) % length
        occurrences[place] += 1
        sums[:, place] += hours.get(hour, (0.0, 0.0))
    reads, writes = sums / occurrences
    if reads.sum() + writes.sum() == 0:
        raise InputError("the log holds no request", file=str(path))
    both = (reads + writes) / (reads + writes).mean()
    return LoadShape(
        name=path.name,
        description=f"Requests from {first:%Y-%m-%d} to {last:%Y-%m-%d}, averaged by hour.",
        source=Source(title=f"log of requests {path.name}", as_of=last.date(), kind="measured", sponsor="own"),
        reads=reads / reads.mean() if reads.any() else both,
        writes=writes / writes.mean() if writes.any() else both,
    )


def _written(path: str) -> int:
    """When a file was last written, so that a changed log is read again; 0 if there is no file."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):  # a name that no file can have
        return 0


@lru_cache(maxsize=256)
def _from_text(text: str, written: int) -> LoadShape:  # noqa: ARG001 (part of the cache's key)
    if text.lower().endswith(".csv"):
        return load_shape_from_log(text)
    if "," in text:
        try:
            values = [float(part) for part in text.split(",")]
        except ValueError:
            raise InputError("hourly values are numbers with commas between them", path="load", value=text) from None
        return load_shape(values)
    shapes = named_load_shapes()
    if text not in shapes:
        message = unknown("load shape", text, shapes)
        raise InputError(f"{message} (or give 24 or 168 hourly values, or a .csv file)", path="load")
    return shapes[text]


def _from_values(
    name: str, description: str, source: Source | None, values: Sequence[Any] | NDArray[Any], path: str = "load"
) -> LoadShape:
    if len(values) not in (HOURS_PER_DAY, HOURS_PER_WEEK):
        raise InputError(f"a load shape has 24 or 168 hourly values, not {len(values)}", path=path)
    for number, value in enumerate(values):
        ordinary = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not ordinary or not math.isfinite(value) or value < 0:
            raise InputError("an hourly value is a number, 0 or more", path=f"{path}.{number}", value=value)
    hourly = np.asarray(values, dtype=float)
    if hourly.sum() == 0:
        raise InputError("a load shape needs an hour above 0", path=path)
    multipliers = hourly / hourly.mean()
    return LoadShape(name, description, source, multipliers, multipliers)


def _hourly_counts(path: Path) -> dict[datetime, tuple[float, float]]:
    """Reads and writes by hour; `requests` count as both, since a log of requests does not tell them apart."""
    counts: dict[datetime, tuple[float, float]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(iter(partial(lines.readline, LONGEST_LINE), ""))  # a device has no line's end
            names = _count_columns(rows.fieldnames or (), str(path))
            for row in rows:
                place = f"{path}, line {rows.line_num}"
                if None in row or None in row.values():
                    cells = f"must have {len(rows.fieldnames or ())} cells as the heading"
                    raise InputError(f"{cells}; a number has a decimal point and no other separator", file=place)
                try:
                    moment = _hour(row["timestamp"])
                    amounts = [resources.number(row[name]) if row[name].strip() else 0.0 for name in names]
                except (TypeError, ValueError) as error:
                    raise InputError(str(error), file=place) from None
                if not all(math.isfinite(amount) and amount >= 0 for amount in amounts):
                    raise InputError("a count is a number, 0 or more", file=place, value=amounts)
                before = counts.get(moment, (0.0, 0.0))
                counts[moment] = (before[0] + amounts[0], before[1] + amounts[-1])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not a text file in UTF-8", file=str(path)) from None
    except InputError:
        raise
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}", file=str(path)) from None
    except ValueError:
        raise InputError("is no name of a file", file=repr(str(path))) from None
    if not counts:
        raise InputError("the log has no row", file=str(path))
    if len({moment.tzinfo for moment in counts}) > 1:
        raise InputError("some timestamps have an offset and some have none", file=str(path))
    return counts


def _count_columns(columns: Sequence[str], file: str) -> tuple[str, ...]:
    for column in columns:
        if column not in CSV_COLUMNS:
            raise InputError(unknown("column", column, CSV_COLUMNS), file=file)
    counted = tuple(column for column in ("reads", "writes") if column in columns)
    if "timestamp" not in columns or not (counted or "requests" in columns):
        raise InputError("a log has the columns timestamp and reads, writes, or requests", file=file)
    if counted and "requests" in columns:
        raise InputError("give reads and writes, or requests, not both", file=file)
    return counted or ("requests",)


def _hour(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(minute=0, second=0, microsecond=0)
