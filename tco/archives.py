"""On how many versions of an engine archived backups depend, month by month.

A backup can be restored into the version it was taken from. With a retention of some years, each version that ran
within that time is still needed: those of the calendar, and those that a cluster older than the horizon ran before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.scenario import month_after
from tco.upgrade_calendar import upgrades
from tco.waves import DAYS_PER_YEAR, Cohort, versions_over_time

Array = NDArray[np.float64]


def archived_versions(cohorts: Sequence[Cohort]) -> tuple[Array, Array]:
    """Versions of one engine that the cohorts' archives depend on in each month, and how many of them are old.

    Old is what no cluster of the cohorts runs any more. Both have the shape (1, 1, months).
    """
    inputs = cohorts[0].hosting.inputs
    retention = timedelta(days=round(inputs.central("operations.archive_retention_years") * DAYS_PER_YEAR))
    start = inputs.scenario.first_day
    spans = [span for cohort in cohorts for span in _spans(cohort, retention)]
    versions, old = np.zeros((1, 1, inputs.months)), np.zeros((1, 1, inputs.months))
    for month in range(inputs.months):
        first, next_first = month_after(start, month), month_after(start, month + 1)
        needed = {version for begin, end, version in spans if begin < next_first and end >= first - retention}
        running = {version for begin, end, version in spans if begin < next_first and end >= first}
        versions[0, 0, month], old[0, 0, month] = len(needed), len(needed - running)
    return versions, old


def _spans(cohort: Cohort, retention: timedelta) -> Iterator[tuple[date, date, str]]:
    """The versions a cohort has run and will run, as (first day, last day, version)."""
    inputs = cohort.hosting.inputs
    start = inputs.scenario.first_day
    yield from _before(cohort, retention)
    first = True
    for begin, end, version in versions_over_time(inputs, cohort):
        yield (begin if not first else min(begin, start)), end, version
        first = False


def _before(cohort: Cohort, retention: timedelta) -> Iterator[tuple[date, date, str]]:
    """The versions before the horizon, as the `settled` policy would have run them within the retention time.

    A group with a creation date has none before it. Nothing is known before the engine's first release.
    """
    start = cohort.hosting.inputs.scenario.first_day
    created = [cohort.hosting.groups[place].created for place in cohort.places]
    begin = start - retention
    if all(day is not None for day in created):
        begin = max(begin, min(day for day in created if day is not None))
    if begin >= start:
        return
    try:
        events = upgrades(cohort.engine, None, begin, start, "settled")
    except InputError:
        return
    for event in events:
        yield begin, event.date, event.from_version
        begin = event.date


__all__ = ["archived_versions"]
