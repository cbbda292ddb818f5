"""Which inputs differ between two scenarios, each as one change that can be made alone.

A change is told by its path as `--set` has it. Names, descriptions, labels and sources are no inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tco.errors import InputError
from tco.loading.checks import owners_of_designs
from tco.loading.loading import TEAMS
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario

WORDS = frozenset({"name", "description", "label", "changed", "written", "source", "note", "what_ifs"})
"""Fields of a scenario and its parts that no number depends on."""
PARTS = ("fleet", "options", "groups", "workload")
"""Fields whose own fields are changes of their own."""
KEYED = ("assumptions", "classes")
"""Mappings whose entries are changes of their own, by name."""
LONGEST_VALUE = 60
ABSENT = "(absent)"


@dataclass(frozen=True)
class Change:
    """Inputs that change together, usually one. paths: where; text: what changes, for a reader."""

    paths: tuple[tuple[str, ...], ...]
    text: str

    @property
    def assumption(self) -> str:
        """The path of the assumption that alone changes; empty for anything else."""
        return self.paths[0][1] if len(self.paths) == 1 and self.paths[0][0] == "assumptions" else ""


def changes_between(before: Scenario, after: Scenario) -> list[Change]:
    """One change for each input that differs, in the order of a scenario file."""
    sides = _whole(before), _whole(after)
    return [
        Change((path,), f"{_shown(path, *sides)}: " + " → ".join(_value(_at(side, path)) for side in sides))
        for path in _differing(*sides, ())
    ]


def together(changes: Iterable[Change]) -> list[Change]:
    """The same changes, those of one group or option in one: single ones may make no valid scenario."""
    by_owner: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        path = change.paths[0]
        by_owner.setdefault(path[:2] if path[0] != "assumptions" else path, []).append(change)
    return [_joined(parts) for parts in by_owner.values()]


def all_but_assumptions_together(changes: Iterable[Change]) -> list[Change]:
    """The same changes, everything but single assumptions in one."""
    listed = list(changes)
    others = [change for change in listed if not change.assumption]
    return [*([_joined(others)] if others else []), *(change for change in listed if change.assumption)]


def _joined(changes: list[Change]) -> Change:
    paths = tuple(path for change in changes for path in change.paths)
    return Change(paths, "; ".join(change.text for change in changes))


def with_changes(before: Scenario, after: Scenario, changes: Iterable[Change]) -> Scenario:
    """The scenario `before` with some of its inputs as `after` has them.

    Whether it is valid shows when it is run. Raises InputError without the reference, or where a group has the designs
    of one that is not there. It may be without groups.
    """
    changed, after = _whole(before), _whole(after)
    for change in changes:
        for path in change.paths:
            changed = _put(changed, path, _at(after, path))
    if changed.reference not in changed.options:
        raise InputError("a scenario has the option that differences are taken to")
    if faults := list(owners_of_designs(changed)):
        raise InputError(faults)
    return changed


def _whole(scenario: Scenario) -> Scenario:
    """The scenario with the reference by name, wherever it follows from the order of options."""
    return scenario.model_copy(update={"reference": scenario.reference_option})


def _differing(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(before, Assumption) and isinstance(after, Assumption):
        if before.ranges != after.ranges:
            yield path
    elif isinstance(before, Mapping) and isinstance(after, Mapping) and path and path[-1] in (*PARTS, *KEYED):
        for name in dict.fromkeys([*before, *after]):
            if name in before and name in after:
                yield from _differing(before[name], after[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(before, BaseModel) and type(before) is type(after) and (not path or path[0] in PARTS):
        for name in type(before).model_fields:
            if name not in WORDS:
                yield from _differing(getattr(before, name), getattr(after, name), (*path, name))
    elif before != after:
        yield path


def _at(node: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if node is None:
            return None
        node = node.get(name) if isinstance(node, Mapping) else getattr(node, name)
    return node


def _put(node: Any, path: tuple[str, ...], value: Any) -> Any:
    """A copy of a part of a scenario with another value at a path; without an entry of a mapping for None."""
    name, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        if not rest and value is None:
            return {key: own for key, own in node.items() if key != name}
        return {**node, name: _put(node.get(name), rest, value) if rest else value}
    return node.model_copy(update={name: _put(getattr(node, name), rest, value) if rest else value})


def _shown(path: tuple[str, ...], before: Scenario, after: Scenario) -> str:
    """The path of a change, and whether it follows from another: unstated teams have the fleet's size."""
    if path[0] != "assumptions":
        return ".".join(path)
    stated = path[1] in before.changed | after.changed
    return path[1] if stated or path[1] not in TEAMS else f"{path[1]} (follows from the clusters)"


def _value(value: Any) -> str:
    """A value for a reader, short."""
    if value is None:
        return ABSENT
    if isinstance(value, Assumption):
        return " or ".join(_range(part) for _, part in value.ranges) + f" {value.unit}"
    if isinstance(value, BaseModel):
        stated = {name: own for name, own in value.model_dump(exclude_defaults=True).items() if name not in WORDS}
        value = ", ".join(f"{name} {own}" for name, own in stated.items())
    elif isinstance(value, tuple):
        value = f"{len(value)} entries" if value else "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _range(part: Any) -> str:
    if part.low is None or part.high is None or part.shape == "fixed":
        return f"{part.mean:g}"
    return f"{part.low:g} to {part.high:g} (mean {part.mean:.4g})"
