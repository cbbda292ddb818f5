"""Read a scenario: a file, a packaged name or a dict, with changes by path, laid over the baseline assumptions.

Every fault found is reported at once, each with file, path and what would be valid (`tco.errors.InputError`).
"""

import copy
import operator
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tco import resources
from tco.errors import InputError, Problem, shown, unknown
from tco.loading.checks import problems_of
from tco.loading.spellings import respell
from tco.loading.yaml_text import with_lines, yaml_text, yaml_value
from tco.scenario.assumptions import Assumption, Source
from tco.scenario.scenario import (
    LONGEST_NAME,
    Correlation,
    Group,
    Option,
    OwnPrice,
    Scenario,
    Settings,
    Workload,
    may_differ,
    parted,
)

OWN_FIELDS = ("changed", "written")
"""Fields of a scenario that files may not state."""
FILE_FIELDS = tuple(name for name in Scenario.model_fields if name not in OWN_FIELDS)
FEW_FIELDS = "name, start, fleet, options"
NO_MAPPING = "expected a mapping of assumption paths"
BASED_ON = "based_on"
"""The key of a file that changes another scenario, given by name or path; the key `set` holds values by path."""
OVERLAY_KEYS = ("value", "low", "high", "shape", "parts", "source", "note")
LONGEST_CHAIN = 50
"""Files that are each based on the next."""
MIN_FLEET_SIZE, MAX_FLEET_SIZE = 0, 10_000_000
TEAMS, CLUSTERS_OF_TEAMS = ("labour.upgrade_team", "labour.migration_team"), 100
"""Assumptions that the baseline states for this number of clusters."""
LEAST_TEAM = "labour.least_team"


def load_scenario(
    source: str | Path | Mapping[str, Any], set: Mapping[str, Any] | None = None, fleet_size: int | None = None
) -> Scenario:
    """The scenario in a file, of a packaged name (`quickstart`) or in a dict, checked whole.

    set: values by path, such as `{"labour.engineer_rate": 120, "fleet.orders.clusters": 8}`; a bare number fixes an
    assumption. A file may also change another scenario: `based_on`, its name or its path from the file, and `set`.
    fleet_size: the total number of clusters, to which all groups are scaled in proportion.
    Raises InputError listing every problem found.
    """
    raw, file = _read(source)
    changes = _changes(set)
    try:
        for path, value in changes.items():
            _assign(raw, path, value)
        problems = respell(raw)
        scenario = _validated(raw)
        if fleet_size is not None:
            scenario = with_fleet_size(scenario, fleet_size)
        if problems := [*problems, *problems_of(scenario)]:
            raise InputError(problems)
    except InputError as error:
        raise _with_lines(error, file, changes).located(file=file) from None
    return scenario


def _changes(stated: object) -> dict[str, Any]:
    """Values by path, as in `set`. Raises InputError unless it is a mapping."""
    if stated is not None and not isinstance(stated, Mapping):
        raise InputError("changes are a mapping of paths to values", path="set", value=stated)
    return {str(path): value for path, value in (stated or {}).items()}


def with_fleet_size(scenario: Scenario, fleet_size: int) -> Scenario:
    """The scenario with its groups scaled to `fleet_size` clusters in total, by the largest remainder.

    Proportions stay; each cluster keeps its workload. Stated designs scale with the clusters.
    """
    whole_number = hasattr(fleet_size, "__index__") and not isinstance(fleet_size, bool)
    if not whole_number or not MIN_FLEET_SIZE <= fleet_size <= MAX_FLEET_SIZE:
        raise InputError(
            f"a fleet size is a whole number from {MIN_FLEET_SIZE} to {MAX_FLEET_SIZE}",
            path="fleet_size",
            value=fleet_size,
        )
    fleet_size = operator.index(fleet_size)  # a number of numpy's, too
    counts = {name: group.clusters for name, group in scenario.fleet.items()}
    total = sum(counts.values())
    if total == 0:
        if fleet_size == 0:
            return scenario
        raise InputError("a fleet without clusters cannot be scaled", path="fleet_size", value=fleet_size)
    scaled = whole_clusters(counts, fleet_size)
    fleet = {}
    for name, group in scenario.fleet.items():
        changes: dict[str, object] = {"clusters": scaled[name]}
        if group.designs is not None:
            changes["designs"] = group.designs * fleet_size / total
        fleet[name] = group.model_copy(update=changes)
    return scenario.model_copy(update={"fleet": fleet, "written": scenario.written or scenario.fleet})


def whole_clusters(counts: Mapping[str, int], fleet_size: int) -> dict[str, int]:
    """`fleet_size` clusters shared among the groups in proportion to `counts`, by the largest remainder."""
    total = sum(counts.values())
    scaled = {name: count * fleet_size // total for name, count in counts.items()}
    by_remainder = sorted(counts, key=lambda name: -(counts[name] * fleet_size % total))
    for name in by_remainder[: fleet_size - sum(scaled.values())]:
        scaled[name] += 1
    return scaled


@cache
def baseline() -> Mapping[str, Assumption]:
    """All assumptions of `params/baseline/*.yaml` by path `subject.name`. Raises InputError for a faulty file."""
    entries: dict[str, Assumption] = {}
    problems: list[Problem] = []
    for file in sorted(resources.path("params/baseline").glob("*.yaml")):
        for name, entry in read_mapping(file, file.name).items():
            try:
                entries[f"{file.stem}.{name}"] = Assumption.model_validate(entry)
            except ValidationError as error:
                problems += [
                    problem_of(detail, Assumption, f"{file.stem}.{name}", file.name) for detail in error.errors()
                ]
    if problems:
        raise InputError(problems)
    return entries


def read_mapping(path: Path, name: str, what: str = "a scenario", keys: str = FEW_FIELDS) -> dict[str, Any]:
    """The mapping in a YAML file, read strictly (see `yaml_text`). name: the file in messages.

    what, keys: what the file should be and some of its keys, for the message. Raises InputError.
    """
    try:
        data = yaml_value(resources.text(path, name))
    except InputError as error:
        raise error.located(file=name) from None
    if not isinstance(data, dict):
        raise InputError(f"is not {what}: expected a mapping of keys such as {keys}", file=name)
    return data


def scenario_mapping(path: Path, name: str = "") -> dict[str, Any]:
    """The mapping of a scenario's file; of one that is based on another, the other's with its changes. InputError."""
    raw = read_mapping(path, name or str(path))
    return _changed_from(raw, path, name or str(path), frozenset()) if BASED_ON in raw else raw


def scenario_text(path: Path) -> str:
    """The text of a scenario's file, which needs no other file: what it is based on is written out. InputError."""
    text = resources.text(path)
    return yaml_text(scenario_mapping(path)) if BASED_ON in text else text


def _read(source: str | Path | Mapping[str, Any], passed: frozenset[str] = frozenset()) -> tuple[dict[str, Any], str]:
    if isinstance(source, Mapping):
        try:
            return copy.deepcopy(dict(source)), ""
        except RecursionError:
            raise InputError("the scenario is nested too deeply") from None
    if not isinstance(source, (str, Path)):
        raise InputError("a scenario is a path, a packaged name or a dict", value=source)
    path = _path_of(str(source))
    if not path.exists():
        known = unknown("packaged scenario", source, resources.scenario_names())
        raise InputError(f"no such file, and {known}", file=str(source))
    raw = read_mapping(path, str(source))
    return (_changed_from(raw, path, str(source), passed) if BASED_ON in raw else raw), str(source)


def _path_of(source: str) -> Path:
    """The file of a scenario, given by path or by packaged name."""
    packaged = not Path(source).is_file() and source in resources.scenario_names()
    return resources.path(f"params/{source}.yaml") if packaged else Path(source)


def _with_lines(error: InputError, file: str, changes: Mapping[str, Any]) -> InputError:
    """The error with lines of the file, except for problems that come from another file or from a change by path."""
    text = _path_of(file).read_text(encoding="utf-8") if file else ""
    if not file or f"{BASED_ON}:" in text:
        return error

    def changed(path: str) -> bool:
        place = f"{path.removeprefix('assumptions.')}."
        return any(place.startswith(f"{other}.") or f"{other}.".startswith(place) for other in changes)

    placed = with_lines(error, text).problems
    return InputError([replace(problem, line=0) if changed(problem.path) else problem for problem in placed])


def _changed_from(raw: dict[str, Any], path: Path, name: str, passed: frozenset[str]) -> dict[str, Any]:
    """The raw scenario on which a file is based, with the file's changes. passed: the files that lead to this one."""
    if strange := {*raw} - {BASED_ON, "set"}:
        message = unknown("key", min(map(str, strange)), (BASED_ON, "set"))
        raise InputError(f"{message}; beside {BASED_ON}, values stand under set, by path", file=name)
    base, changes = raw[BASED_ON], raw.get("set") or {}
    if not isinstance(base, str) or not isinstance(changes, dict):
        raise InputError(f"{BASED_ON} names a scenario, and set holds values by path", file=name)
    beside = path.parent / base
    passed |= {os.path.realpath(path)}
    if os.path.realpath(beside) in passed:
        raise InputError(f"{BASED_ON} leads back to the file itself", file=name, value=base)
    if len(passed) > LONGEST_CHAIN:
        raise InputError(
            f"the last of {LONGEST_CHAIN} files each of which is {BASED_ON} another", file=name, value=base
        )
    scenario, _ = _read(beside if beside.is_file() else base, passed)
    try:
        for place, value in _changes(changes).items():
            _assign(scenario, place, value)
    except InputError as error:
        raise error.located(file=name) from None
    return scenario


def _assign(raw: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a path of the raw scenario; paths outside `fleet.` and `options.` are fields or assumptions."""
    parts = str(path).split(".")
    if parts[0] in FILE_FIELDS and parts[0] not in ("fleet", "options", "assumptions"):
        if len(parts) > 1:
            raise InputError(f"{parts[0]} has no parts", path=path)
        raw[parts[0]] = value
        return
    if parts[0] not in ("fleet", "options"):
        if path not in baseline():
            raise InputError(unknown("path", path, {*baseline(), *FILE_FIELDS} - {"assumptions"}), path=path)
        stated = raw.get("assumptions") or {}
        if not isinstance(stated, dict):
            raise InputError(NO_MAPPING, path="assumptions", value=stated)
        raw["assumptions"] = {**stated, path: value}
        return
    name, assumption = parted(str(path))
    if name:
        parts = [*parts[:3], assumption]
    node: Any = raw
    optional = ("groups", "workload", "assumptions")
    for depth, part in enumerate(parts[:-1]):
        if not isinstance(node, dict) or (part not in node and not (depth >= 2 and (part in optional or depth == 3))):
            known = list(node) if isinstance(node, dict) else []
            raise InputError(unknown(f"part of {'.'.join(parts[:depth]) or 'the scenario'}", part, known), path=path)
        node = node.setdefault(part, {})
    if not isinstance(node, dict) or len(parts) < 3:
        raise InputError("a path names one value, such as fleet.orders.clusters", path=path)
    node[parts[-1]] = value


def _validated(raw: dict[str, Any]) -> Scenario:
    """The scenario of a raw mapping, with keys and types checked. Raises InputError with one problem per fault."""
    problems = [Problem(unknown("key", name, FILE_FIELDS), path=name) for name in OWN_FIELDS if name in raw]
    merged, faults = _merged(raw.get("assumptions"), baseline())
    fields = {str(key): value for key, value in raw.items() if key not in ("assumptions", *OWN_FIELDS)}
    if isinstance(fields.get("fleet"), dict):
        fields["fleet"] = {
            name: _with_assumptions(str(name), group, merged, faults) for name, group in fields["fleet"].items()
        }
    try:
        changed = frozenset() if faults else frozenset(raw.get("assumptions") or ())
        scenario = Scenario(**fields, assumptions=merged, changed=changed)
    except ValidationError as error:
        problems += [problem_of(detail, Scenario) for detail in error.errors()]
    if problems or faults:
        raise InputError(list(dict.fromkeys([*problems, *faults])))
    return _with_teams(scenario)


def _with_teams(scenario: Scenario) -> Scenario:
    """The scenario with teams in proportion to its clusters, but not below `LEAST_TEAM`; stated teams stay."""
    share, assumptions = scenario.fleet_size / CLUSTERS_OF_TEAMS, dict(scenario.assumptions)
    least = assumptions[LEAST_TEAM].mean
    for path in TEAMS:
        if path not in scenario.changed:
            assumptions[path] = assumptions[path].times(max(share, least / assumptions[path].mean))
    return scenario.model_copy(update={"assumptions": assumptions})


def _with_assumptions(name: str, group: object, scenarios: Mapping[str, Assumption], faults: list[Problem]) -> object:
    """A raw group with its `assumptions` merged into the scenario's. Adds their problems to `faults`."""
    if not isinstance(group, dict) or "assumptions" not in group:
        return group
    overlay, place = group["assumptions"], f"fleet.{name}.assumptions"
    merged, problems = _merged(overlay, scenarios, place)
    known = [path for path in overlay if path in scenarios] if isinstance(overlay, dict) else []
    for path in known:
        if why := scenarios[path].scenario_wide:
            message = f"{path} holds for the whole scenario: {why}. {may_differ(scenarios)}"
            problems.append(Problem(message, path=f"{place}.{path}"))
    faults += problems
    return {**group, "assumptions": {path: merged[path] for path in known}}


def _merged(
    overlay: object, before: Mapping[str, Assumption], place_of_all: str = "assumptions"
) -> tuple[dict[str, Assumption], list[Problem]]:
    """Assumptions with the entries of an overlay: a bare number fixes one, a mapping replaces value, range, source."""
    merged = dict(before)
    if overlay is None:
        return merged, []
    if not isinstance(overlay, dict):
        return merged, [Problem(NO_MAPPING, path=place_of_all, value=shown(overlay))]
    problems = []
    for path, entry in overlay.items():
        place = f"{place_of_all}.{path}"
        if path not in merged:
            problems.append(Problem(unknown("assumption", path, merged), path=place))
            continue
        if isinstance(entry, (int, float)) and not isinstance(entry, bool):
            entry = {"value": entry, "shape": "fixed", "source": _unstated_source(merged[path])}
        if not isinstance(entry, dict):
            problems.append(
                Problem("expected a number or a mapping with value, low, high, source", path=place, value=shown(entry))
            )
            continue
        if strange := sorted(str(name) for name in entry if name not in OVERLAY_KEYS):
            problems += [Problem(unknown("key", name, OVERLAY_KEYS), path=f"{place}.{name}") for name in strange]
            continue
        try:
            merged[path] = merged[path].replaced({"source": _unstated_source(merged[path]), **entry})
        except ValidationError as error:
            problems += [problem_of(detail, Assumption, place) for detail in error.errors()]
        except ValueError as error:
            problems.append(Problem(str(error), path=place))
    return merged, problems


def _unstated_source(before: Assumption) -> Source:
    """The source of a number that a scenario states without one: a judgement of its author."""
    title = "stated by the scenario, no source given"
    return Source(title=title, as_of=before.source.as_of, kind="judgement", sponsor="none")


PARTS: dict[str, type[BaseModel]] = {
    "fleet": Group, "options": Option, "groups": Settings, "workload": Workload, "prices": OwnPrice, "source": Source,
    "correlations": Correlation,
}  # fmt: skip

PYDANTIC_WORDS = {
    "Input should": "should", "Tuple should": "should", "String should": "should", "Value should": "should",
    "Dictionary should": "should", "a valid tuple": "a list", "a valid dictionary": "a mapping of keys",
    "a valid mapping": "a mapping", "Mapping": "mapping",
}  # fmt: skip
INSTANCE = re.compile(r" or instance of \w+")


def problem_of(detail: ErrorDetails, model: type[BaseModel], prefix: str = "", file: str = "") -> Problem:
    """One pydantic error as a sentence for the author of a file. prefix: the path of `model` in the file."""
    place = [str(part)[:LONGEST_NAME] for part in detail["loc"] if part != "[key]"]
    path = ".".join(part for part in (prefix, *place) if part)
    kind, context = detail["type"], detail.get("ctx", {})
    value = shown(detail.get("input"))
    if kind == "extra_forbidden":
        owner = next((PARTS[part] for part in reversed(place[:-1]) if part in PARTS), model)
        fields = FILE_FIELDS if owner is Scenario else tuple(owner.model_fields)
        return Problem(unknown("key", place[-1], fields), path=path, file=file)
    if kind == "missing":
        return Problem("is missing", path=path, file=file)
    if kind == "value_error":
        message = str(context.get("error", detail["msg"]))
        value = "" if isinstance(detail.get("input"), dict) else value
        return Problem(message, path=path, file=file, value=value)
    message = INSTANCE.sub("", detail["msg"].removesuffix(" after validation"))
    for word, plain in PYDANTIC_WORDS.items():
        message = message.replace(word, plain)
    return Problem(message, path=path, file=file, value=value)
