"""What a batch sweeps: axes of labelled values, what each value changes, and the report names that follow from labels.

An axis is a path (`labour.engineer_rate`, `fleet.*.region`, `parameters.seed`) with its values, or a word chosen by the
author with cases, each of which changes several paths together.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from tco.batches.batch_file import PARAMETERS, not_reserved
from tco.errors import InputError, Problem, shown, unknown
from tco.loading.loading import FILE_FIELDS
from tco.report import outputs
from tco.report.files import safe_name
from tco.scenario.scenario import LONGEST_NAME, Scenario

EVERY = "*"
"""In a path: every group or option that states the rest of the path."""
FIXED_FIELDS = ("name", "description", "fleet", "options", "assumptions")
"""Fields of a scenario that hold more than one value, or that name it."""
REPORT_COLUMNS = ("report", "scenario", "notebook")
"""Columns of the table of results before those of the axes and of results."""
SEPARATOR = "__"
MAX_NAME_BYTES = 120
"""Of a report's name; with the longest file suffix it stays below the limit of file systems."""
HASH_LETTERS = 10
UNSAFE = re.compile(r"[^\w.-]+")

Label = str | int | float | bool


@dataclass(frozen=True)
class Axis:
    """One thing that is swept: its name, and by the label of each value the changes by path."""

    name: str
    values: Mapping[Label, Mapping[str, Any]]

    @property
    def short(self) -> str:
        """The last word of the name: `labour.engineer_rate` -> `engineer_rate`."""
        return self.name.rpartition(".")[2]


def axes(sweep: Mapping[str, Any]) -> tuple[Axis, ...]:
    """The axes of a batch file's `sweep`. Raises InputError listing every fault."""
    problems: list[Problem] = []
    axes_of_file = []
    for name, values in sweep.items():
        try:
            axes_of_file.append(_axis(name, values))
        except InputError as error:
            problems += error.located(path=f"sweep.{name}").problems
    if problems:
        raise InputError(problems)
    return tuple(axes_of_file)


def label_of(value: object) -> Label:
    """The label of a swept value: a number or word itself, anything else by its parts.

    >>> label_of({"low": 80, "high": 150}), label_of([1, 2]), label_of(0.5), label_of(None)
    ('low 80, high 150', '1, 2', 0.5, 'none')
    """
    if value is None:
        return "none"
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {label_of(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(label_of(inner)) for inner in value)
    return str(value)


def expanded(path: str, scenario: Scenario) -> list[str]:
    """The paths of `scenario` that a path with `*` matches; the path itself if it has no `*`.

    Raises InputError if no group or option states the rest of the path.
    """
    parts = path.split(".")
    if EVERY not in parts:
        return [path]
    if parts[0] not in ("fleet", "options") or len(parts) < 3:
        raise InputError("a star means every group or option, as in fleet.*.region", path=path)
    matching_paths = [".".join(matching) for matching in _stated(scenario, parts)]
    if not matching_paths:
        kind = "group" if parts[0] == "fleet" else "option"
        raise InputError(f"no {kind} of the scenario {scenario.name!r} states {'.'.join(parts[2:])!r}", path=path)
    return matching_paths


def _stated(node: Any, parts: Sequence[str]) -> Iterator[list[str]]:
    """The paths below `node` that match `parts` and are stated in the scenario's file."""
    if not parts:
        yield []
        return
    if isinstance(node, BaseModel):
        known: Mapping[str, Any] = {name: getattr(node, name) for name in node.model_fields_set}
    else:
        known = node if isinstance(node, Mapping) else {}
    for name in known if parts[0] == EVERY else [parts[0]]:
        if name in known:
            yield from ([str(name), *rest] for rest in _stated(known[name], parts[1:]))


def _axis(name: str, values: Any) -> Axis:
    """The axis of one entry of `sweep`. Raises InputError."""
    is_path = "." in name or name in FILE_FIELDS
    if name in FIXED_FIELDS:
        raise InputError(f"{name} cannot be swept: it is no single value of a scenario")
    if name in (*REPORT_COLUMNS, *outputs.COLUMNS):
        raise InputError("is a column of the table of results: call the cases by another word")
    if not is_path and not (isinstance(values, Mapping) and all(isinstance(case, Mapping) for case in values.values())):
        raise InputError(
            "is no path of a scenario, so it needs cases: a mapping of names, each a mapping of paths to values; "
            "a path looks like labour.engineer_rate, fleet.*.region or " + ", ".join(sorted(set(FILE_FIELDS)))
        )
    if not isinstance(values, Mapping | list | tuple):
        raise InputError("expected a list of values, or a mapping of names to values", value=values)
    changes: dict[Label, Mapping[str, Any]] = {}
    seen: set[str] = set()
    for written, value in values.items() if isinstance(values, Mapping) else [(value, value) for value in values]:
        label = label_of(written)
        text = str(label)
        if not text.strip() or len(text) > LONGEST_NAME:
            raise InputError(f"a value needs a name of 1 to {LONGEST_NAME} letters: write `name: value`", value=label)
        if text in seen or label in changes:  # 80 and 80.0 are one value
            raise InputError(f"the value {shown(label)} occurs twice")
        seen.add(text)
        change = {name: plain(value)} if is_path else plain(value)
        not_reserved([parameter_name(path) for path in change])
        if (same := next((label for label, known in changes.items() if known == change), None)) is not None:
            raise InputError(f"{shown(label)} changes the same as {shown(same)}: two reports would be alike")
        changes[label] = change
    if not changes:
        raise InputError("holds no value")
    return Axis(name, changes)


def plain(value: Any) -> Any:
    """A value as a notebook's parameter can hold it: dates as text, keys as text, tuples as lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def exclusion(entry: Mapping[str, Any], axes: Mapping[str, Sequence[object]]) -> dict[str, set[str]]:
    """The labels by axis that an entry of `exclude` names. Raises InputError for an unknown axis or label."""
    excluded = {}
    for name, written in entry.items():
        if name not in axes:
            raise InputError(unknown("axis", name, list(axes)), path=str(name))
        known = {str(label) for label in axes[name]}
        labels = {str(label_of(value)) for value in (written if isinstance(written, list | tuple) else [written])}
        for text in sorted(labels - known):
            raise InputError(unknown("value", text, known), path=str(name))
        excluded[str(name)] = labels
    return excluded


def parameter_name(path: str) -> str | None:
    """The notebook's parameter that a path sweeps; None for a path of the scenario."""
    return path.removeprefix(PARAMETERS) if path.startswith(PARAMETERS) else None


def report_name(scenario: str, labels: Mapping[str, object], *more: str) -> str:
    """The name of the report on a scenario with these values, safe as a folder and file name.

    labels: by the short name of each axis. more: what else distinguishes reports, such as the notebook. A name that
    would be too long is cut and ends in a hash of the full name.

    >>> report_name("quickstart", {"engineer_rate": 80, "share": 0.5})
    'quickstart__engineer_rate-80__share-0.5'
    """
    parts = [safe_name(scenario), *(f"{_safe(axis)}-{_safe(label)}" for axis, label in labels.items())]
    name = SEPARATOR.join([*parts, *map(_safe, more)]).rstrip(".")
    content = name.encode()
    if len(content) <= MAX_NAME_BYTES:
        return name
    digest = hashlib.sha256(content).hexdigest()[:HASH_LETTERS]
    return f"{content[: MAX_NAME_BYTES - HASH_LETTERS - 1].decode(errors='ignore').rstrip('.-_')}-{digest}"


def _safe(value: object) -> str:
    return UNSAFE.sub("-", unicodedata.normalize("NFKC", str(value)).strip())


def short_names(axes: Sequence[str]) -> list[str]:
    """A short name for each axis: the last word of its path, or the whole path if two axes have the same last word."""
    last = [axis.rpartition(".")[2] for axis in axes]
    return [
        word if last.count(word) == 1 else axis.replace("*.", "").replace(".", "-")
        for axis, word in zip(axes, last, strict=True)
    ]


def repeated(names: Iterable[str]) -> dict[str, list[int]]:
    """The positions of names that occur more than once, by their first spelling.

    Names that differ only in case are equal, because some file systems do not distinguish them.

    >>> repeated(["a", "B", "A", "c"])
    {'a': [0, 2]}
    """
    first: dict[str, str] = {}
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        spelling = first.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
        positions.setdefault(spelling, []).append(position)
    return {name: places for name, places in positions.items() if len(places) > 1}
