"""On how many versions of an engine archived backups depend, month by month.

A backup can be restored into the version it was taken from. With a retention of some years, each version that ran
within that time is still needed: those of the calendar, and those that a cluster older than the horizon ran before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import engine_history
from tco.catalog.versions import version_key
from tco.designs import Block
from tco.hosting import Hosting, move_of
from tco.inputs import Inputs
from tco.scenario import month_after
from tco.scheduling import versions_over_time
from tco.upgrade_calendar import starting_version, upgrades
from tco.waves import DAYS_PER_MONTH, DAYS_PER_YEAR, Cohort

Array = NDArray[np.float64]


def archived_versions(cohorts: Sequence[Cohort]) -> tuple[Array, Array]:
    """Versions of one engine that the cohorts' archives depend on in each month, and how many of them are old.

    Old is what no cluster of the cohorts runs any more. Both have the shape (1, 1, months).
    """
    inputs = cohorts[0].hosting.inputs
    retention = timedelta(days=round(inputs.central("operations.archive_retention_years") * DAYS_PER_YEAR))
    start = inputs.scenario.first_day
    spans = [span for cohort in cohorts if cohort.clusters.any() for span in _spans(cohort, retention)]
    versions, old = np.zeros((1, 1, inputs.months)), np.zeros((1, 1, inputs.months))
    for month in range(inputs.months):
        first, next_first = month_after(start, month), month_after(start, month + 1)
        needed = {version for begin, end, version in spans if begin < next_first and end >= first - retention}
        running = {version for begin, end, version in spans if begin < next_first and end >= first}
        versions[0, 0, month], old[0, 0, month] = len(needed), len(needed - running)
    return versions, old


def _spans(cohort: Cohort, retention: timedelta) -> Iterator[tuple[date, date, str]]:
    """The versions a cohort has run and will run here, as (first day, last day, version).

    Clusters that arrive make no backup here before their first cut-over, clusters that leave none after their last.
    """
    hosting = cohort.hosting
    first_here, last_here = _days_here(hosting)
    if hosting.stage != "arrives":
        yield from _before(cohort, retention)
    for begin, end, version in versions_over_time(hosting.inputs, cohort):
        if begin <= last_here and end >= first_here:
            yield max(begin, first_here), min(end, last_here), version


def _days_here(hosting: Hosting) -> tuple[date, date]:
    """The first and the last day on which clusters stand here within the horizon, at the means of all assumptions."""
    scenario = hosting.inputs.scenario
    first, last = scenario.first_day, scenario.last_day
    if hosting.stage == "stays":
        return first, last
    move = hosting.inputs.keep(
        ("central move", hosting.option), lambda: move_of(Inputs(scenario, Block(0, 1)), hosting.option)
    )
    months = move.begin if hosting.stage == "arrives" else move.begin + move.duration
    days = round(float(np.mean(months)) * DAYS_PER_MONTH)
    cut_over = first + timedelta(days=min(days, (last - first).days + 1))
    return (cut_over, last) if hosting.stage == "arrives" else (first, min(cut_over, last))


def _before(cohort: Cohort, retention: timedelta) -> Iterator[tuple[date, date, str]]:
    """The versions before the horizon, as the `settled` policy would have run them within the retention time.

    None newer than the version that the cohort runs at the start, which it ran on the eve at least; none before its
    groups were created, and none before the first release with a known date.
    """
    start = cohort.hosting.inputs.scenario.first_day
    created = [cohort.hosting.groups[place].created for place in cohort.places]
    released = [release.release_date for release in engine_history(cohort.engine).releases.values()]
    begin = max(start - retention, min(filter(None, released)))
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
