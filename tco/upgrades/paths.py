"""Where supported upgrade steps lead from one version on one day, and by which shortest path."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from tco.catalog.releases import EngineHistory, Release
from tco.catalog.versions import version_key

Route = tuple[str, ...]


def available(release: Release, day: date) -> bool:
    """Whether the release exists on `day`; one without a known release date never does."""
    return release.release_date is not None and release.release_date <= day


def patched(release: Release, day: date) -> bool:
    """Whether patches go on after `day`: a version whose last day it is, is not patched."""
    return release.free_patches_end is None or release.free_patches_end > day


@lru_cache(maxsize=16384)
def targets(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> tuple[Release, ...]:
    """The releases newer than `version` that are patched and within reach on `day`, oldest first."""
    running = version_key(version)
    reached = (history.releases[target] for target in routes(history, version, day, methods) if target != version)
    newer = (release for release in reached if version_key(release.version) > running and patched(release, day))
    return tuple(sorted(newer, key=lambda release: version_key(release.version)))


@lru_cache(maxsize=16384)
def routes(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> dict[str, Route]:
    """The path of fewest steps to every version within reach on `day`, the lowest versions where several are short.

    A step can be used when its target is available that day and it is valid from then or before; the versions on the
    way need not be patched.
    """
    found: dict[str, Route] = {version: (version,)}
    frontier = [version]
    # Breadth first, lowest version first: the first path that arrives has the fewest steps and the lowest versions.
    while frontier:
        arrived: list[str] = []
        for origin in frontier:
            for target in _steps(history, origin, day, methods):
                if target not in found:
                    found[target] = (*found[origin], target)
                    arrived.append(target)
        frontier = arrived
    return found


@lru_cache(maxsize=16384)
def _steps(history: EngineHistory, origin: str, day: date, methods: frozenset[str]) -> Route:
    """The versions that one step leads to on `day`, lowest first."""
    known = {
        step.to_version
        for step in history.steps.get(origin, ())
        if step.method in methods and (step.valid_from is None or step.valid_from <= day)
    }
    leads_to = known | set(_projected_targets(history, origin))
    return tuple(
        version for version, release in history.releases.items() if version in leads_to and available(release, day)
    )


@lru_cache(maxsize=4096)
def _projected_targets(history: EngineHistory, origin: str) -> Route:
    """The projected releases that one step may climb to from `origin`."""
    newer = [version for version in history.releases if version_key(version) > version_key(origin)]
    # A version that the calendar does not move to (MongoDB 8.3) may climb to the next one only.
    reach = history.projected_reach if origin in history.releases else 1
    return tuple(version for version in newer[:reach] if history.releases[version].projected)
