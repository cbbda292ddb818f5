"""On how many versions of an engine archived backups depend, month by month.

A backup can be restored into the version it was taken from. With a retention of some years, each version that ran
within that time is still needed: those of the calendar, and those that a cluster older than the horizon ran before.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from tco.catalog.lifecycle import engine_history
from tco.catalog.versions import version_key
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import Array
from tco.model.fleet.migration import months_first, months_last, pace_of
from tco.model.fleet.placement import Stay
from tco.model.fleet.scheduling import versions_over_time
from tco.model.fleet.waves import Cohort
from tco.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from tco.upgrades.calendar import starting_version, upgrades

Span = tuple[date, date, str]
"""First day, last day, and the version that ran."""


def drill_hours(inputs: Inputs, option: str, cohorts: Sequence[Cohort]) -> Array:
    """Hours to drill every version that archives of some cohorts depend on once, (draws or 1, 1, months).

    versions x hours of a drill + old versions x (extra hours + chance of failure x hours of a drill). A version is
    needed in a month when one of the cohorts ran it at most the retention time before the month began; it is old when
    none runs it in that month.
    """
    spans: dict[Span, list[Groups]] = {}
    for cohort in cohorts:
        for span in _spans(inputs, option, cohort):
            spans.setdefault(span, []).append(cohort.groups)
    return _drill_hours(inputs, cohorts[0].stay, tuple((span, tuple(groups)) for span, groups in spans.items()))


@cached
def _drill_hours(inputs: Inputs, stay: Stay, spans: tuple[tuple[Span, tuple[Groups, ...]], ...]) -> Array:
    drill = inputs["operations.restore_drill_hours"]
    more = (
        inputs["operations.cross_version_restore_extra_hours"]
        + inputs["operations.cross_version_restore_failure_probability"] * drill
    )
    retention = months_first(inputs["operations.archive_retention_years"] * DAYS_PER_YEAR)
    opened, closed = (months_first(days) for days in inputs.month_days)
    first_here, last_here = (months_first(days) for days in _days_here(inputs, stay))
    last_days: dict[str, Array] = {}
    for (begin, end, version), groups in spans:
        since, until = np.maximum(begin.toordinal(), first_here), np.minimum(end.toordinal(), last_here)
        there = months_first(np.any([inputs.total_clusters(some) > 0 for some in groups], axis=0))
        until = np.where((since <= until) & there, until, -np.inf)
        if not (since < closed).all():
            until = np.where(since < closed, until, -np.inf)
        last_days[version] = np.maximum(last_days.get(version, -np.inf), until)
    running = versions = np.zeros((inputs.months, 1, 1), dtype=np.uint8)
    for last_day in last_days.values():
        running = running + (opened <= last_day).view(np.uint8)
        versions = versions + (opened <= last_day + retention).view(np.uint8)
    return months_last(versions * months_first(drill) + (versions - running) * months_first(more))


def _days_here(inputs: Inputs, stay: Stay) -> tuple[Array, Array]:
    """The first and the last day on which backups are made here, as ordinals, (draws or 1, 1, 1).

    Clusters that arrive make none before their first cut-over, clusters that leave none after their last.
    """
    start, always = float(inputs.scenario.first_day.toordinal()), np.full((1, 1, 1), np.inf)
    if stay.migration is None:
        return -always, always
    pace = pace_of(inputs, stay.migration)
    if stay.stage == "arrives":
        return start + pace.begin * DAYS_PER_MONTH, always
    return -always, start + (pace.begin + pace.duration) * DAYS_PER_MONTH


def _spans(inputs: Inputs, option: str, cohort: Cohort) -> tuple[Span, ...]:
    """The versions a cohort has run and would run without moving."""
    within = versions_over_time(inputs, option, cohort)
    if cohort.stay.stage == "arrives":
        return within
    start = inputs.scenario.first_day
    created = [start if group.is_new else group.created for group in cohort.groups.stated]
    since = None if None in created else min(filter(None, created))
    return (*_before(cohort.engine, cohort.version, since, start), *within)


@lru_cache(maxsize=1024)
def _before(engine: str, version: str, created: date | None, start: date) -> tuple[Span, ...]:
    """The versions before the horizon, as the `settled` policy would have run them since the engine's first release.

    None newer than the version that runs at the start, which ran on the eve at least; none before the day of creation.
    """
    begin = min(filter(None, (release.release_date for release in engine_history(engine).releases.values())))
    begin = begin if created is None else max(begin, created)
    if begin >= start:
        return ()
    spans: list[Span] = []
    running, known = starting_version(engine, None, begin), version_key(version)
    for event in upgrades(engine, running, begin, start, "settled"):
        if version_key(running) < known:
            spans.append((begin, event.date, running))
        begin, running = event.date, event.to_version or running
    eve = start - timedelta(days=1)
    if version_key(running) < known:
        spans.append((begin, eve, running))
    return (*spans, (eve, eve, version))
