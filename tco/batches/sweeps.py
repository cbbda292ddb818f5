"""What a batch sweeps: axes of named values, and what each value changes in a scenario or passes to a notebook.

An axis is a path (`labour.engineer_rate`, `fleet.*.region`, `parameters.seed`) with values, or a word of the author's
with cases that change several paths together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from pydantic import BaseModel

from tco.errors import InputError, Problem, shown, unknown
from tco.loading.loading import FILE_FIELDS
from tco.scenario.scenario import LONGEST_NAME, Scenario

PARAMETERS = "parameters."
"""Begins the path of an axis that sweeps a notebook's parameter."""
EVERY = "*"
"""Stands in a path for every group or option that states the rest of it."""
FIXED_FIELDS = ("name", "description", "fleet", "options", "assumptions")
"""Fields of a scenario that are no single value, or that name it."""

Label = str | int | float | bool


@dataclass(frozen=True)
class Axis:
    """One thing that is swept: its name, and for each of its values a label and the changes by path."""

    name: str
    values: Mapping[Label, Mapping[str, Any]]

    @property
    def short(self) -> str:
        """The last word of the name: `labour.engineer_rate` -> `engineer_rate`."""
        return self.name.rpartition(".")[2]

    def label_of(self, written: object) -> Label | None:
        """The label of the value that is written so; None where the axis has none."""
        text = str(label(written))
        return next((known for known in self.values if str(known) == text), None)


def axes(sweep: Mapping[str, Any], file: str = "") -> tuple[Axis, ...]:
    """The axes of a batch file's `sweep`. Raises InputError listing every fault."""
    problems: list[Problem] = []
    found = []
    for name, values in sweep.items():
        try:
            found.append(Axis(str(name), _cases(values) if _is_word(str(name)) else _values(str(name), values)))
        except InputError as error:
            problems += error.located(file=file, path=f"sweep.{name}").problems
    if problems:
        raise InputError(problems)
    return tuple(found)


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Label]]:
    """Every combination of labels, by axis; the last axis changes quickest. Without an axis there is one, empty."""
    for chosen in product(*(axis.values for axis in axes)):
        yield {axis.name: chosen_label for axis, chosen_label in zip(axes, chosen, strict=True)}


def label(value: object) -> Label:
    """How a swept value is called: a number or word as it is, anything else by its parts.

    >>> label({"low": 80, "high": 150}), label([1, 2]), label(0.5), label(None)
    ('low 80, high 150', '1, 2', 0.5, 'none')
    """
    if value is None:
        return "none"
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {label(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(label(inner)) for inner in value)
    return str(value)


def expanded(path: str, scenario: Scenario) -> list[str]:
    """The paths of `scenario` that a path with `*` stands for; the path itself where it has none.

    Raises InputError where no group or option states the rest of the path.
    """
    if EVERY not in path.split("."):
        return [path]
    parts = path.split(".")
    if parts[0] not in ("fleet", "options") or len(parts) < 3:
        raise InputError("a star stands for a group or an option, as in fleet.*.region", path=path)
    found = [".".join(found) for found in _stated(scenario, parts)]
    if not found:
        kind = "group" if parts[0] == "fleet" else "option"
        raise InputError(f"no {kind} of the scenario {scenario.name!r} states {'.'.join(parts[2:])!r}", path=path)
    return found


def _stated(node: Any, parts: Sequence[str]) -> Iterator[list[str]]:
    """The paths below `node` that match `parts` and are stated there."""
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


def _is_word(name: str) -> bool:
    """Whether an axis is called by a word of the author's, not by a path."""
    return "." not in name and name not in FILE_FIELDS


def _values(path: str, values: Any) -> dict[Label, Mapping[str, Any]]:
    """The values of one path: a list, or names with a value each."""
    if path in FIXED_FIELDS:
        raise InputError(f"{path} cannot be swept: it is no single value of a scenario")
    if isinstance(values, Mapping):
        named = [(label(name), value) for name, value in values.items()]
    elif isinstance(values, list | tuple):
        named = [(label(value), value) for value in values]
    else:
        raise InputError("expected a list of values, or a mapping of names to values", value=values)
    return _distinct([(name, {path: plain(value)}) for name, value in named])


def _cases(values: Any) -> dict[Label, Mapping[str, Any]]:
    """The cases of an axis that has a word for a name."""
    if not isinstance(values, Mapping) or not all(isinstance(case, Mapping) for case in values.values()):
        raise InputError(
            "is no path of a scenario, so it needs cases: a mapping of names, each a mapping of paths to values; "
            "a path looks like labour.engineer_rate, fleet.*.region or " + ", ".join(sorted(set(FILE_FIELDS)))
        )
    return _distinct(
        [(label(name), {str(path): plain(value) for path, value in case.items()}) for name, case in values.items()]
    )


def _distinct(named: Sequence[tuple[Label, Mapping[str, Any]]]) -> dict[Label, Mapping[str, Any]]:
    if not named:
        raise InputError("holds no value")
    seen: set[str] = set()
    for name, _ in named:
        text = str(name)
        if not text.strip() or len(text) > LONGEST_NAME:
            raise InputError(f"a value needs a name of 1 to {LONGEST_NAME} letters: write `name: value`", value=name)
        if text in seen:
            raise InputError(f"the value {shown(name)} stands twice")
        seen.add(text)
    return dict(named)


def plain(value: Any) -> Any:
    """A value as a notebook's parameter can hold it: days as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


@dataclass(frozen=True)
class Exclusion:
    """Combinations that are left out: those whose label on every named axis is among the given ones."""

    labels: Mapping[str, frozenset[str]]

    def holds(self, place: Mapping[str, object]) -> bool:
        """Whether a combination, as axis -> label, is left out."""
        return all(str(place[axis]) in wanted for axis, wanted in self.labels.items())


def exclusion(entry: Mapping[str, Any], axes: Mapping[str, Sequence[object]]) -> Exclusion:
    """An entry of `exclude`, held against the axes and their labels. Raises InputError for a name that is not there."""
    chosen = {}
    for name, written in entry.items():
        if name not in axes:
            raise InputError(unknown("axis", name, list(axes)), path=str(name))
        known = {str(one) for one in axes[name]}
        wanted = {str(label(one)) for one in (written if isinstance(written, list | tuple) else [written])}
        for text in sorted(wanted - known):
            raise InputError(unknown("value", text, known), path=str(name))
        chosen[str(name)] = frozenset(wanted)
    return Exclusion(chosen)


def parameter_name(path: str) -> str | None:
    """The notebook's parameter that a path sweeps; None for a path of the scenario."""
    return path.removeprefix(PARAMETERS) if path.startswith(PARAMETERS) else None
