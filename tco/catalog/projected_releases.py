"""Projections from an engine's own history: ends of support that are not announced, and future releases.

All are marked as projected. A projection never falls on or before the day up to which the facts are known, so that a
replay of the past reads facts alone.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from statistics import median, median_low

from tco.catalog.releases import EngineHistory, ExtendedSupport, Release, known_history
from tco.catalog.versions import days_after, months_after, version_key
from tco.errors import InputError

RECENT_RELEASES = 5
"""How many of an engine's latest releases a projection averages, so that habits of ten years ago do not count."""
RECENT_TARGETS = 3
"""How many of its latest upgrade targets decide how many versions one step may skip."""
STEP_METHODS = frozenset({"in_place", "rolling", "full_restart"})
"""Methods that upgrade a cluster itself; the others copy its data into another cluster."""

MAX_PROJECTION_YEARS = 100
"""A later date is probably a typing error."""

_SOURCE = "projected from the engine's own history"


@lru_cache(maxsize=256)
def projected_history(engine: str, until: date) -> EngineHistory:
    """The engine's history with an end for every version, and the releases to be expected up to `until`.

    - An end that is not announced is the release date plus the median support length of the engine's latest five
      releases with a known end. If that day is past and patches are still made, it is one release interval
      after the day of the facts.
    - Releases follow the latest one at the median of the engine's latest five intervals.
    - If the vendor sells Extended Support, a projected end is followed by the median length of it.
    - An engine that the vendor continues under another name has no further releases and no further paid support.
    - One step may lead to a projected release from as many versions below as the median of the widest steps to the
      engine's latest three targets; from any, if all three could be reached from the engine's first version.

    Raises InputError where the engine has too little history to project from.
    """
    known = known_history(engine)
    if until.year > known.as_of.year + MAX_PROJECTION_YEARS:
        raise InputError(f"{until} is more than {MAX_PROJECTION_YEARS} years past what is known of {engine}")
    everything = (*known.releases.values(), *known.other_releases.values())
    if known.successor and all(release.free_patches_end is not None for release in everything):
        return known
    dated = sorted(release.release_date for release in known.releases.values() if release.release_date is not None)
    lengths = [
        (release.free_patches_end - release.release_date).days
        for release in known.releases.values()
        if release.free_patches_end is not None and release.release_date is not None
    ][-RECENT_RELEASES:]
    if len(dated) <= 1 or not lengths:
        raise InputError(f"too little is known of the releases of {engine} to say when the next are due")
    latest = dated[-RECENT_RELEASES - 1 :]
    interval = round(median((after - before).days for before, after in pairwise(latest)))
    support = round(median(lengths))
    paid = 0 if known.successor else _paid_support(known)

    charges = dict(known.extended_support)

    def with_end(release: Release) -> Release:
        return _with_end(release, known.as_of, support, interval, paid, charges)

    releases = {version: with_end(release) for version, release in known.releases.items()}
    others = {version: with_end(release) for version, release in known.other_releases.items()}
    before, newest = list(releases)[-2:]
    minors_count = any(release.level == "minor" for release in releases.values())
    highest = max(map(version_key, others), default=())
    released = days_after(dated[-1], interval)
    while released <= known.as_of:
        released = days_after(released, interval)
    while released <= until and not known.successor:
        version = _next_of_community(known, newest) or _next_version(newest, before, minors_count)
        while version_key(version) <= highest:
            version = _next_version(version, newest, minors_count)
        before, newest = newest, version
        release = Release(
            engine, version, "major", released, None, "projected", None, "", _SOURCE, "", known.as_of, projected=True
        )
        releases[version] = with_end(release)
        released = days_after(released, interval)
    return replace(
        known, releases=releases, other_releases=others, extended_support=charges, projected_reach=_reach(known)
    )


def _with_end(
    release: Release, as_of: date, support: int, interval: int, paid: int, charges: dict[str, ExtendedSupport]
) -> Release:
    """The release with a projected end if none is announced; adds its Extended Support to `charges`."""
    if release.free_patches_end is not None or release.release_date is None:
        return release
    end = days_after(release.release_date, support)
    if end <= as_of:
        end = days_after(as_of, interval)
    ended = replace(release, free_patches_end=end, end_basis="projected", end_projected=True)
    if not paid:
        return ended
    first = days_after(end, 1)
    last = days_after(end, paid)
    third = months_after(first, 24)
    charges[release.version] = ExtendedSupport(first, third if third <= last else None, last, projected=True)
    return replace(ended, extended_support_end=last, extended_support_kind="paid")


def _paid_support(known: EngineHistory) -> int:
    """Days of Extended Support after a version's end; 0 if the vendor sells none."""
    lengths = [
        (charges.end - end).days
        for version, charges in known.extended_support.items()
        if (end := known.release(version).free_patches_end) is not None
    ]
    return round(median(lengths)) if lengths else 0


def _next_of_community(known: EngineHistory, newest: str) -> str:
    """The community's next release above `newest`, which a provider will probably offer; empty if there is none."""
    if not known.managed:
        return ""
    community = known_history(known.community_engine).releases
    above = [version for version in community if version_key(version) > version_key(newest)]
    return next((version for version in above if version.count(".") == newest.count(".")), "")


def _next_version(newest: str, before: str, minors_count: bool) -> str:
    """The name of the release after `newest`: the next whole number, or the next minor if the calendar counts minors.

    It only has to sort last; the vendor may choose another name.
    """
    numbers, previous = version_key(newest), version_key(before)
    if minors_count and numbers[0] == previous[0]:
        place = next(n for n, (now, then) in enumerate(zip(numbers, previous, strict=False)) if now != then)
        further = (2 * numbers[place] - previous[place], *(0 for _ in numbers[place + 1 :]))
        return ".".join(str(number) for number in (*numbers[:place], *further))
    return ".".join(str(number) for number in (numbers[0] + 1, *(0 for _ in numbers[1:])))


def _reach(known: EngineHistory) -> int:
    """Versions that one step may climb: the median over the latest targets of the widest step that leads there.

    Unbounded if each of these can be reached from the engine's first version (Valkey, Redis, MariaDB).
    """
    place = {version: number for number, version in enumerate(known.releases)}
    widest: Mapping[str, int] = {
        version: max(
            (
                place[version] - place[step.from_version]
                for start, steps in known.steps.items()
                if start in place
                for step in steps
                if step.to_version == version and step.method in STEP_METHODS
            ),
            default=0,
        )
        for version in known.releases
    }
    latest = [version for version, width in widest.items() if width][-RECENT_TARGETS:]
    if len(latest) == RECENT_TARGETS and all(widest[version] == place[version] for version in latest):
        return sys.maxsize
    return median_low([widest[version] for version in latest] or [1])
