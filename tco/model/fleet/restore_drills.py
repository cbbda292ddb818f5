"""On how many versions of an engine archived backups depend, month by month.

A backup can be restored into the version it was taken from. With a retention of some years, each version that ran
within that time is still needed: those of the calendar, and those that a cluster older than the horizon ran before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache, reduce
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import engine_history
from tco.catalog.versions import version_key
from tco.model.fleet.migration import months_first, months_last
from tco.model.fleet.placement import Hosting, move_of
from tco.model.fleet.scheduling import versions_over_time
from tco.model.fleet.waves import Cohort
from tco.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from tco.upgrades.calendar import starting_version, upgrades

Array = NDArray[np.float64]
Counts = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Span = tuple[date, date, str]

STRETCH = 4096
"""So many draws at a time, with a flag for each month, stay in the processor's cache."""


def over_versions(cohorts: Sequence[Cohort], each: Array, old: Array) -> Array:
    """What all versions cost that archives depend on in each month: `each`, and `old` more for old ones.

    A version is needed in a month when one of the cohorts ran it at most the retention time before the month began;
    it is old when none runs it in that month. each, old: (draws or 1, 1, 1). Shape (draws or 1, 1, months).
    """
    hosting, spans = cohorts[0].hosting, _spans_of(cohorts)
    retention = hosting.inputs["operations.archive_retention_years"] * DAYS_PER_YEAR
    varying = (retention, *_days_here(hosting), *spans.values())
    rows = max(map(len, (each, old, *varying)))
    versions, old_versions = np.empty((2, hosting.inputs.months, 1, rows), dtype=np.uint8)
    for first in range(0, rows, STRETCH):
        stretch = slice(first, first + STRETCH)
        some = (months_first(array[stretch] if len(array) > 1 else array) for array in varying)
        versions[..., stretch], old_versions[..., stretch] = _needed(hosting, spans, *some)
    total = np.empty(versions.shape)
    for month in np.ndindex(versions.shape[:2]):  # a month at a time stays in the cache, too
        np.multiply(versions[month], each[:, 0, 0], out=total[month])
        if old_versions[month].any():
            total[month] += old_versions[month] * old[:, 0, 0]
    return months_last(total)


def _needed(
    hosting: Hosting, spans: Iterable[Span], retention: Array, first_here: Array, last_here: Array, *there: Flags
) -> tuple[Counts, Counts]:
    """How many versions are needed in each month, and how many of them are old, (months, 1, draws)."""
    opened, closed = (months_first(days) for days in hosting.inputs.month_days)
    found: dict[str, dict[bytes, tuple[Flags, Array]]] = {}
    for (begin, end, version), present in zip(spans, there, strict=True):
        since, until = np.maximum(begin.toordinal(), first_here), np.minimum(end.toordinal(), last_here)
        until = np.where((since <= until) & present, until, -np.inf)
        begun, stretches = since < closed, found.setdefault(version, {})
        _, before = stretches.get(begun.tobytes(), (begun, until))
        stretches[begun.tobytes()] = begun, np.maximum(before, until)
    varying = (retention, *(array for stretches in found.values() for pair in stretches.values() for array in pair))
    shape = (len(opened), 1, max(array.shape[2] for array in varying))
    versions, old = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
    for stretches in found.values():
        (begun, until), *others = stretches.values()
        if others or begun.shape[2] > 1:
            needed = _either(begun & (until + retention >= opened) for begun, until in stretches.values())
            versions += needed
            old += needed & ~_either(begun & (until >= opened) for begun, until in stretches.values())
            continue
        first = int(np.count_nonzero(~begun))
        later = max(first, int(np.searchsorted(opened.ravel(), until.min(), "right")))
        versions[first:later] += 1  # running in all draws
        lasting = until + retention >= opened[later:]
        versions[later:] += lasting
        old[later:] += lasting if until.size == 1 else lasting & (until < opened[later:])
    return versions, old


def _either(flags: Iterable[Flags]) -> Flags:
    return reduce(np.logical_or, flags)


def archive_name(cohorts: Sequence[Cohort]) -> str:
    """What the archives of some cohorts hold, as a name: the same in options that have this in common."""
    named = [(span, there.tobytes() if not there.all() else b"") for span, there in _spans_of(cohorts).items()]
    return f"archives at {cohorts[0].hosting.place} of {blake2b(repr(named).encode(), digest_size=16).hexdigest()}"


def _spans_of(cohorts: Sequence[Cohort]) -> Mapping[Span, Flags]:
    """The versions of all cohorts as spans of days, with the draws in which clusters ran them, (draws or 1, 1, 1)."""

    def spans() -> Mapping[Span, Flags]:
        found: dict[Span, Flags] = {}
        for cohort in cohorts:
            there: Flags = np.any(cohort.clusters, axis=1, keepdims=True)
            for span in _joined(_spans(cohort)) if there.any() else ():
                found[span] = np.logical_or(found[span], there) if span in found else there
        return found

    return cohorts[0].hosting.inputs.keep(("spans", *cohorts), spans)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans of one cohort in order, those of one version that follow each other day by day as one."""
    begin, end, version = None, date.min, ""
    for first, last, other in spans:
        if other == version and first <= end + timedelta(days=1):
            end = max(end, last)
            continue
        if begin is not None:
            yield begin, end, version
        begin, end, version = first, last, other
    if begin is not None:
        yield begin, end, version


def _days_here(hosting: Hosting) -> tuple[Array, Array]:
    """The first and the last day on which backups are made here, as ordinals, (draws or 1, 1, 1).

    Clusters that arrive make none before their first cut-over, clusters that leave none after their last.
    """
    start = float(hosting.inputs.scenario.first_day.toordinal())
    always = np.full((1, 1, 1), -np.inf), np.full((1, 1, 1), np.inf)
    if hosting.stage == "stays":
        return always
    move = move_of(hosting.inputs, hosting.option)
    if hosting.stage == "arrives":
        return start + move.begin * DAYS_PER_MONTH, always[1]
    return always[0], start + (move.begin + move.duration) * DAYS_PER_MONTH


def _spans(cohort: Cohort) -> Iterator[Span]:
    """The versions a cohort has run and would run without moving, as (first day, last day, version)."""
    if cohort.hosting.stage != "arrives":
        yield from _before(cohort)
    yield from versions_over_time(cohort.hosting.inputs, cohort)


def _before(cohort: Cohort) -> Iterator[Span]:
    """The versions before the horizon, as the `settled` policy would have run them since the engine's first release.

    None newer than the version that the cohort runs at the start, which it ran on the eve at least; none before its
    groups were created.
    """
    created = [cohort.hosting.groups[place].created for place in cohort.places]
    since = None if None in created else min(filter(None, created))
    yield from _run_before(cohort.engine, cohort.version, since, cohort.hosting.inputs.scenario.first_day)


@lru_cache(maxsize=1024)
def _run_before(engine: str, version: str, created: date | None, start: date) -> tuple[Span, ...]:
    """The versions that clusters which run `version` at the `start` have run before."""
    begin = min(filter(None, (release.release_date for release in engine_history(engine).releases.values())))
    begin = begin if created is None else max(begin, created)
    if begin >= start:
        return ()
    found: list[Span] = []
    running, known = starting_version(engine, None, begin), version_key(version)
    for event in upgrades(engine, running, begin, start, "settled"):
        if version_key(running) < known:
            found.append((begin, event.date, running))
        begin, running = event.date, event.to_version or running
    eve = start - timedelta(days=1)
    if version_key(running) < known:
        found.append((begin, eve, running))
    return (*found, (eve, eve, version))
