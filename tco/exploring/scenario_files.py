"""A scenario as a file again: the YAML that `load_scenario` and `tco report` take, with only what differs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tco.errors import InputError
from tco.loading.loading import OVERLAY_KEYS, load_scenario
from tco.loading.yaml_text import yaml_text, yaml_value
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario

ENDINGS = (".yaml", ".yml")
LINE_WIDTH = 120


def as_mapping(scenario: Scenario) -> dict[str, Any]:
    """The scenario as the dict that its file would hold: `load_scenario(as_mapping(s))` is `s`.

    Assumptions are those that differ from the baseline, each with its source. A fleet that has been scaled is written
    as it is now.
    """
    stated = scenario.model_dump(exclude_defaults=True, exclude={"assumptions", "changed", "written"})
    if scenario.changed:
        changed = {path: scenario.assumptions[path] for path in scenario.assumptions if path in scenario.changed}
        stated["assumptions"] = _overlay(changed)
    for name, group in scenario.fleet.items():
        if group.assumptions:
            stated["fleet"][name]["assumptions"] = _overlay(group.assumptions)
    return {name: _plain(value) for name, value in stated.items()}


def _overlay(changed: Mapping[str, Assumption]) -> dict[str, dict[str, Any]]:
    """Assumptions as a scenario file states them."""
    entries = {path: entry.model_dump(include=set(OVERLAY_KEYS), exclude_none=True) for path, entry in changed.items()}
    for entry in entries.values():
        for name in ("parts", "note"):
            if not entry[name]:
                del entry[name]
    return entries


def save_scenario(scenario: Scenario, path: str | Path, opening: str = "") -> Path:
    """Write the scenario to a YAML file, whole or not at all, and return where it is.

    opening: a comment for its head. Raises InputError for another ending than .yaml or .yml, for a file that exists,
    and where nothing can be written.
    """
    target = Path(path).expanduser()
    if target.suffix not in ENDINGS:
        raise InputError("the name of a scenario file ends in .yaml", file=str(path))
    if target.exists():
        raise InputError("is there already; choose another name", file=str(path))
    comment = "".join(f"# {line}\n" for line in opening.splitlines())
    text = yaml_text(as_mapping(scenario), LINE_WIDTH)
    load_scenario(yaml_value(text))
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(comment + text, encoding="utf-8", newline="\n")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror or error}", file=str(path)) from None
    return target.resolve()


def _plain(value: Any) -> Any:
    """What YAML writes without tags: tuples become lists, dates stay dates."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
