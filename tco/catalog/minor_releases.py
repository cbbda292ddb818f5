"""How often a version gets minor releases, and how soon a managed service forces the next one on its clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from statistics import median

from tco.catalog.projected_releases import RECENT_RELEASES
from tco.catalog.releases import Row, known_history, rows_of
from tco.units import DAYS_PER_MONTH

_FEWEST_RELEASES = 3


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
