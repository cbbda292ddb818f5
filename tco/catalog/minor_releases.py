"""The minor releases of a version: which one a text names, and how long a service supports it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from tco.catalog.lifecycle import cycle, own_spelling
from tco.catalog.releases import known_history, rows_of, unknown_version
from tco.catalog.versions import version_key
from tco.errors import InputError

_NUMBERS = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class ManagedMinor:
    """A minor that a managed service offers from `release_date` and supports until `last_day`."""

    minor: str
    release_date: date
    last_day: date


def minor_named(engine: str, version: str) -> str:
    """The minor that a version names, with its patch level: `16.9` of `16.9-R1`; empty if it names no minor.

    Raises InputError for an unknown version, and for a minor that is not known to exist, with the nearest.
    """
    major, matched = cycle(engine, version), _NUMBERS.match(own_spelling(engine, version))
    minor = matched[0] if matched else ""
    numbers, of_major = version_key(minor), version_key(major)
    if numbers[: len(of_major)] != of_major or len(numbers) == len(of_major):
        return ""
    of_engine, community = _known_minors(engine, major)
    known = sorted({*of_engine, *community}, key=version_key)
    if not known or any(_is_within(numbers, version_key(name)) for name in known):
        return minor
    # Lists begin on the day they were first read, and those of services have gaps; the community's have none.
    gap = bool(community) and numbers > version_key(known[0])
    if gap or numbers > version_key(known[-1]):
        raise InputError(f"{unknown_version(engine, minor, known)}; the version alone is {major!r}")
    return minor


def managed_minors(engine: str, version: str) -> tuple[ManagedMinor, ...]:
    """The minors of a version whose end of support on a managed service is known, ascending."""
    rows = (row for row in rows_of("managed_minor_releases").get(engine, ()) if row["version"] == version)
    minors = (ManagedMinor(row["minor"], *map(date.fromisoformat, (row["release_date"], row["free_patches_end"])))
              for row in rows)  # fmt: skip
    return tuple(sorted(minors, key=lambda managed: version_key(managed.minor)))


def minor_support_end(engine: str, version: str, minor: str) -> date | None:
    """The last day on which a managed service supports a minor; None if unknown.

    Support of an unlisted minor that is older than a listed one had ended by the day on which the list was read.
    """
    numbers, listed = version_key(minor), managed_minors(engine, version)
    matches = [managed for managed in listed if _is_within(numbers, version_key(managed.minor))]
    if matches:
        return matches[-1].last_day
    if not listed or numbers > version_key(listed[-1].minor):
        return None
    return max(
        date.fromisoformat(row["as_of"])
        for row in rows_of("managed_minor_releases")[engine]
        if row["version"] == version
    )


def _is_within(numbers: tuple[int, ...], known: tuple[int, ...]) -> bool:
    """Whether a named minor is the known one, a patch level of it (3.05.2 of 3.05), or a prefix of it."""
    shared = min(len(numbers), len(known))
    return numbers[:shared] == known[:shared]


def _known_minors(engine: str, major: str) -> tuple[set[str], set[str]]:
    """The minors of a version that are listed for the engine itself, and for the community's equal version."""
    tables = ("minor_releases", "managed_minor_releases")
    rows = [row for name in tables for row in rows_of(name).get(engine, ())]
    equal = known_history(engine).community_engine
    community = rows_of("minor_releases").get(equal, ()) if equal != engine else ()
    of_engine, of_community = ({row["minor"] for row in of if row["version"] == major} for of in (rows, community))
    return of_engine, of_community
