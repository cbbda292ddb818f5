"""The minor releases of a version: which one a text names, how long a service supports it, how often they come."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from statistics import median

from tco.catalog.lifecycle import cycle, own_spelling
from tco.catalog.projected_releases import RECENT_RELEASES
from tco.catalog.releases import Row, known_history, rows_of, unknown_version
from tco.catalog.versions import version_key
from tco.errors import InputError
from tco.units import DAYS_PER_MONTH

_NUMBERS = re.compile(r"\d+(\.\d+)*")
_FEWEST_RELEASES = 3


@dataclass(frozen=True, slots=True)
class ManagedMinor:
    """A minor that a managed service offers from `release_date` and supports until `last_day`."""

    minor: str
    release_date: date
    last_day: date


def minor_named(engine: str, version: str) -> str:
    """The minor that a version names, with its patch level: `16.9` of `16.9-R1`; empty where it names a version alone.

    Raises InputError for an unknown version, and for a minor that is not known to exist, with the nearest.
    """
    major, written = cycle(engine, version), _NUMBERS.match(own_spelling(engine, version))
    minor = written[0] if written else ""
    numbers, its = version_key(minor), version_key(major)
    if numbers[: len(its)] != its or len(numbers) == len(its):
        return ""
    own, community = _known_minors(engine, major)
    known = sorted({*own, *community}, key=version_key)
    if not known or any(_is_within(numbers, version_key(name)) for name in known):
        return minor
    # Lists begin when they were first read, and a service's own have gaps: only the community's are complete between.
    gap = bool(community) and numbers > version_key(known[0])
    if gap or numbers > version_key(known[-1]):
        raise InputError(f"{unknown_version(engine, minor, known)}; the version alone is {major!r}")
    return minor


def managed_minors(engine: str, version: str) -> tuple[ManagedMinor, ...]:
    """The minors of a version whose end of support on a managed service is known, ascending."""
    rows = (row for row in rows_of("managed_minor_releases").get(engine, ()) if row["version"] == version)
    found = (ManagedMinor(row["minor"], *map(date.fromisoformat, (row["release_date"], row["free_patches_end"])))
             for row in rows)  # fmt: skip
    return tuple(sorted(found, key=lambda managed: version_key(managed.minor)))


def minor_support_end(engine: str, version: str, minor: str) -> date | None:
    """The last day on which a managed service supports a minor; None where that is not known.

    One that is older than those listed and not among them had ended when the list was read.
    """
    numbers, listed = version_key(minor), managed_minors(engine, version)
    own = [managed for managed in listed if _is_within(numbers, version_key(managed.minor))]
    if own:
        return own[-1].last_day
    if not listed or numbers > version_key(listed[-1].minor):
        return None
    return max(
        date.fromisoformat(row["as_of"])
        for row in rows_of("managed_minor_releases")[engine]
        if row["version"] == version
    )


def _is_within(numbers: tuple[int, ...], known: tuple[int, ...]) -> bool:
    """Whether a named minor is a known one, one of its patch levels (3.05.2 of 3.05), or what several begin with."""
    shared = min(len(numbers), len(known))
    return numbers[:shared] == known[:shared]


def _known_minors(engine: str, major: str) -> tuple[set[str], set[str]]:
    """The minors of a version that are listed for the engine itself, and for the community's equal version."""
    own = {
        row["minor"]
        for name in ("minor_releases", "managed_minor_releases")
        for row in rows_of(name).get(engine, ())
        if row["version"] == major
    }
    equal = known_history(engine).community_engine
    community = {
        row["minor"] for row in rows_of("minor_releases").get(equal, ()) if row["version"] == major and equal != engine
    }
    return own, community


def minor_interval_months(engine: str, version: str) -> float | None:
    """Months between one minor release of `version` and the next, in the median of its history.

    A version with fewer than three minor releases, or a projected one, takes the median of the engine's latest five
    versions that have them. None where the engine has no minor releases of its own (DocumentDB, ElastiCache), whose
    vendor patches what it runs. Raises InputError for an unknown engine.
    """
    return _of_version_or_recent(engine, _intervals(engine), version)


def forced_minor_interval_months(engine: str, version: str) -> float | None:
    """Months that a managed service supports one minor release of `version`, in the median: a cluster must take a
    newer one at least that often. None where the vendor forces none. Minors supported as long as their version are
    left out: long-term ones, and those that its end cut short.

    Versions without rows of their own take the median of the engine's latest ones. Raises InputError for an unknown
    engine.
    """
    return _of_version_or_recent(engine, _support_lengths(engine), version)


def _of_version_or_recent(engine: str, by_version: Mapping[str, float], version: str) -> float | None:
    if version in by_version or not by_version:
        return by_version.get(version)
    recent = [name for name in known_history(engine).releases if name in by_version][-RECENT_RELEASES:]
    return median(by_version[name] for name in recent)


@cache
def _intervals(engine: str) -> Mapping[str, float]:
    """Median months between minor releases, by version."""
    known_history(engine)
    rows = rows_of("minor_releases").get(engine) or rows_of("managed_minor_releases").get(engine, ())
    days = {
        version: sorted({date.fromisoformat(row["release_date"]) for row in released})
        for version, released in _by_version(rows).items()
    }
    return {
        version: median((after - before).days for before, after in pairwise(released)) / DAYS_PER_MONTH
        for version, released in days.items()
        if len(released) >= _FEWEST_RELEASES
    }


@cache
def _support_lengths(engine: str) -> Mapping[str, float]:
    """Median months from the release of a minor on the service to the end of its support there, by version."""
    known = known_history(engine)
    rows = [
        row
        for row in rows_of("managed_minor_releases").get(engine, ())
        if row["long_term"] == "false"
        and date.fromisoformat(row["free_patches_end"]) < (known.release(row["version"]).free_patches_end or date.max)
    ]
    return {
        version: median(
            (date.fromisoformat(row["free_patches_end"]) - date.fromisoformat(row["release_date"])).days
            for row in released
        )
        / DAYS_PER_MONTH
        for version, released in _by_version(rows).items()
    }


def _by_version(rows: tuple[Row, ...] | list[Row]) -> Mapping[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["version"]].append(row)
    return grouped
