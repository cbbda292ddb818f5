"""What people write for an engine or a version in a scenario file, put as the scenario's schema names it."""

from typing import Any

from tco.errors import Problem
from tco.platforms import engine_named


class UnquotedVersion(str):
    """The text of a version that stands without quotes in a file, where YAML takes it for a number."""

    __slots__ = ()


def respell(raw: dict[str, Any]) -> list[Problem]:
    """Put engines of a raw scenario by their names here, and say what is wrong with how versions are written.

    An engine whose name says where it runs (`aurora-mysql`) puts its group on that platform today.
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
    """Where the reference option has a group, as far as the raw scenario says."""
    options = raw.get("options")
    if not isinstance(options, dict) or not options:
        return None
    chosen = options.get(raw.get("reference") or next(iter(options)))
    if not isinstance(chosen, dict):
        return None
    groups = chosen.get("groups")
    own = groups.get(group) if isinstance(groups, dict) else None
    return (own.get("platform") if isinstance(own, dict) else None) or chosen.get("platform")
