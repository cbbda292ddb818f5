"""Replaces other spellings of engines and versions in a raw scenario by those of the scenario's schema."""

from typing import Any

from tco.errors import Problem
from tco.platforms import engine_named


class UnquotedVersion(str):
    """The text of a version without quotes in a file, which YAML takes for a number."""

    __slots__ = ()


def respell(raw: dict[str, Any]) -> list[Problem]:
    """Replace spellings of engines in a raw scenario; returns the problems of engines and versions.

    An engine whose name implies a platform (`aurora-mysql`) sets the group's present platform.
    """
    fleet = raw.get("fleet")
    groups = fleet.items() if isinstance(fleet, dict) else ()
    return [problem for name, group in groups if isinstance(group, dict) for problem in _group(raw, str(name), group)]


def _group(raw: dict[str, Any], name: str, group: dict[str, Any]) -> list[Problem]:
    problems = []
    version = group.get("version")
    if isinstance(version, UnquotedVersion):
        group["version"] = str(version)
        message = f'a version is text: write it in quotes, such as version: "{version}"'
        problems.append(Problem(message, path=f"fleet.{name}.version", value=version))
    written = group.get("engine")
    engine, implied = engine_named(written) if isinstance(written, str) else (written, ())
    if engine != written:
        group["engine"] = engine
    if implied:
        stated = group.get("platform")
        if stated is None and _reference_platform(raw, name) not in implied:
            group["platform"] = implied[0]
        elif stated is not None and stated not in implied:
            message = f"{written!r} is {engine} on {' or '.join(implied)}, not on {stated}"
            problems.append(Problem(message, path=f"fleet.{name}.engine"))
    return problems


def _reference_platform(raw: dict[str, Any], group: str) -> object:
    """The platform of a group under the reference option, or None if the raw scenario states none."""
    options = raw.get("options")
    if not isinstance(options, dict) or not options:
        return None
    chosen = options.get(raw.get("reference") or next(iter(options)))
    if not isinstance(chosen, dict):
        return None
    groups = chosen.get("groups")
    for_group = groups.get(group) if isinstance(groups, dict) else None
    return (for_group.get("platform") if isinstance(for_group, dict) else None) or chosen.get("platform")
