"""On how many versions of an engine archived backups depend, month by month.

A backup can be restored into the version it was taken from. With a retention of some years, each version that ran
within that time is still needed: those of the calendar, and those that a cluster older than the horizon ran before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import engine_history
from tco.catalog.versions import version_key
from tco.fleet.hosting import Hosting, move_of
from tco.fleet.move import months_first, months_last
from tco.fleet.scheduling import versions_over_time
from tco.fleet.waves import DAYS_PER_MONTH, DAYS_PER_YEAR, Cohort
from tco.upgrade_calendar import starting_version, upgrades

Array = NDArray[np.float64]
Counts = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Span = tuple[date, date, str]

STRETCH = 2048
"""So many draws at a time, with a flag for each month, stay in the processor's cache."""


def over_versions(cohorts: Sequence[Cohort], each: Array, old: Array) -> Array:
    """What all versions cost that archives depend on in each month: `each`, and `old` more for old ones.

    A version is needed in a month when one of the cohorts ran it at most the retention time before the month began;
    it is old when none runs it in that month. each, old: (draws or 1, 1, 1). Shape (draws or 1, 1, months).
    """
    hosting, spans = cohorts[0].hosting, _spans_of(cohorts)
    retention = hosting.inputs["operations.archive_retention_years"] * DAYS_PER_YEAR
    varying = (each, old, retention, *_days_here(hosting), *spans.values())
    rows = max(map(len, varying))
    total = np.empty((hosting.inputs.months, 1, rows))
    for first in range(0, rows, STRETCH):
        stretch = slice(first, first + STRETCH)
        each, old, *rest = (months_first(array[stretch] if len(array) > 1 else array) for array in varying)
        versions, old_versions = _needed(hosting, spans, *rest)
        total[..., stretch] = versions * each + old_versions * old
    return months_last(total)


def _needed(
    hosting: Hosting, spans: Iterable[Span], retention: Array, first_here: Array, last_here: Array, *there: Flags
) -> tuple[Counts, Counts]:
    """How many versions are needed in each month, and how many of them are old, (months, 1, draws or 1)."""
    opened, closed = (months_first(days) for days in hosting.inputs.month_days)
    needed: dict[str, Flags] = {}
    running: dict[str, Flags] = {}
    for (begin, end, version), present in zip(spans, there, strict=True):
        since, until = np.maximum(begin.toordinal(), first_here), np.minimum(end.toordinal(), last_here)
        until = np.where((since <= until) & present, until, -np.inf)
        kept_until = until + retention
        if (kept_until >= opened[0]).any():
            begun = since < closed
            _either(needed, version, begun, kept_until >= opened)
            _either(running, version, begun, until >= opened)
    old = [found & ~running[version] if running[version].any() else found for version, found in needed.items()]
    return _count(needed.values()), _count(old)


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


def _either(found: dict[str, Flags], version: str, begun: Flags, lasting: Flags) -> None:
    """Note the months in which a version has begun and lasts, beside those in which it did before."""
    here = lasting if begun.all() else lasting & begun
    found[version] = found[version] | here if version in found else here


def _count(found: Iterable[Flags]) -> Counts:
    count = np.zeros((1, 1, 1), dtype=np.uint8)
    for flags in found:
        count = count + flags.view(np.uint8)
    return count


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
    start = cohort.hosting.inputs.scenario.first_day
    created = [cohort.hosting.groups[place].created for place in cohort.places]
    released = [release.release_date for release in engine_history(cohort.engine).releases.values()]
    begin = min(filter(None, released))
    if all(day is not None for day in created):
        begin = max(begin, min(filter(None, created)))
    if begin >= start:
        return
    running, known = starting_version(cohort.engine, None, begin), version_key(cohort.version)
    for event in upgrades(cohort.engine, running, begin, start, "settled"):
        if version_key(running) < known:
            yield begin, event.date, running
        begin, running = event.date, event.to_version or running
    eve = start - timedelta(days=1)
    if version_key(running) < known:
        yield begin, eve, running
    yield eve, eve, cohort.version
