"""When an option's major upgrades are made, and which versions its clusters run: those of the start, and those brought.

The team's queue (`upgrade_queue`) decides when. Dates are made of the means of assumptions, so that the calendar is the
same for every draw; only a design that tries single values (a sweep, one at a time) moves them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tco.catalog.lifecycle import engine_history, equal_version
from tco.catalog.releases import running
from tco.catalog.versions import version_key
from tco.errors import InputError
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ZERO, Array
from tco.model.fleet.growth import CLUSTERS, grown_by, grows, growth
from tco.model.fleet.migration import pace_of
from tco.model.fleet.placement import Placement, placements
from tco.model.fleet.teams import upgrade_hours
from tco.model.fleet.upgrade_queue import ROUNDING, scheduled
from tco.model.fleet.waves import Cohort, Wave, cohorts_at_start, cohorts_running
from tco.units import DAYS_PER_MONTH
from tco.upgrades.calendar import available

Changes = tuple[tuple[date, float, date], ...]
"""Days on which clusters change their version, their share of a cohort, and since when added ones are past that."""


@cached
def waves(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """All waves of an option in order of their dates, with preparation and the team's limit."""
    every = [cohort for placement in placements(inputs, option) for cohort in cohorts(inputs, placement)]
    return scheduled(inputs, option, every)


@cached
def cohorts(inputs: Inputs, placement: Placement) -> tuple[Cohort, ...]:
    """A placement's cohorts; none where the platform is versionless. Those that arrive run the version that they bring.

    A group that is upgraded on today's platform before it moves arrives on the equal of its new version; one that is
    upgraded while it moves, on that of most of its clusters on the day by which half of them have moved.
    """
    at_start = cohorts_at_start(inputs, placement)
    if placement.stage != "arrives" or not at_start:
        return at_start
    runs = {name: (cohort.engine, cohort.version, 0) for cohort in at_start for name in cohort.groups.names}
    for name, versions in _brought(inputs, placement.option).items():
        if name in runs and len(versions) > 1:
            engine, known, _ = runs[name]
            day = _mean_arrival(inputs, placement)
            source, version, steps = _most_on(versions, day)
            equal = _equal_on(source, version, engine, day)
            if version_key(equal) > version_key(known):
                runs[name] = (engine, equal, steps)
    return cohorts_running(inputs, placement, tuple(runs[name] for name in placement.groups.names))


@dataclass(frozen=True)
class _Version:
    """A version that a group runs before it leaves: steps that have led to it, and its gains and losses of clusters.

    changes: days, each with the share of the clusters that come to run it, below 0 where they cease to.
    """

    engine: str
    version: str
    steps: int
    changes: tuple[tuple[date, float], ...]


@cached
def _brought(inputs: Inputs, option: str) -> Mapping[str, tuple[_Version, ...]]:
    """The versions that each group that is to leave would run on today's platform, that of the start first."""
    here = [place for place in placements(inputs, option) if place.stage != "arrives"]
    at_start = [cohort for place in here for cohort in cohorts_at_start(inputs, place)]
    leaving = [cohort for cohort in at_start if cohort.stay.stage == "leaves"]
    by_group: dict[str, tuple[_Version, ...]] = {}
    for cohort in leaving:
        steps, changes = {cohort.version: 0}, {cohort.version: [(inputs.scenario.first_day, 1.0)]}
        for wave in scheduled(inputs, option, at_start):
            if wave.cohort is cohort and not wave.upgrade.stranded and not wave.unfinished:
                old, new = wave.upgrade.from_version, wave.upgrade.to_version
                steps.setdefault(new, steps[old] + wave.steps)
                changes[old] += [(day, -part) for day, part in wave.cut_overs]
                changes.setdefault(new, []).extend(wave.cut_overs)
        versions = tuple(_Version(cohort.engine, name, steps[name], tuple(days)) for name, days in changes.items())
        by_group.update(dict.fromkeys(cohort.groups.names, versions))
    return by_group


def _most_on(versions: Sequence[_Version], day: date) -> tuple[str, str, int]:
    """Engine, version and steps of what most clusters run on a day."""
    most = max(versions, key=lambda one: sum(part for changed, part in one.changes if changed <= day))
    return most.engine, most.version, most.steps


def _mean_arrival(inputs: Inputs, placement: Placement) -> date:
    """The day by which half of the clusters that arrive have cut over, at the means; the last day if that is later."""
    stated = inputs.scenario.options[placement.option].upgrade_hours_per_month
    dated, _ = upgrade_hours(inputs, stated)
    pace = pace_of(dated, placement.migration)
    inputs.date_by(dated)
    months = float(np.mean(pace.begin + pace.duration / 2))
    horizon = (inputs.scenario.last_day - inputs.scenario.first_day).days
    return inputs.scenario.first_day + timedelta(days=min(round(months * DAYS_PER_MONTH), horizon))


def _equal_on(engine_from: str, version: str, engine_to: str, day: date) -> str:
    """The version of an engine that another's equals, if it is there by a day; blank without such a one."""
    if engine_from == engine_to:
        return version
    try:
        equal = equal_version(*running(engine_from, version), engine_to)
    except InputError:  # other software, never offered there, or projected
        return ""
    return equal if available(engine_history(engine_to).release(equal), day) else ""


@cached
def upgrades_made(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """The waves of an option that are carried out: none of clusters that have nowhere to go, none unfinished."""
    return tuple(wave for wave in waves(inputs, option) if not wave.upgrade.stranded and not wave.unfinished)


@cached
def versions_run(inputs: Inputs, option: str, cohort: Cohort) -> Mapping[str, tuple[Changes, Changes]]:
    """The versions that a cohort runs: days on which clusters begin and on which they cease to, with their shares.

    Clusters that are added to an upgrade that is due and not made yet are on its version at once.
    """
    start = inputs.scenario.first_day
    begun: dict[str, list[tuple[date, float, date]]] = {cohort.version: [(start, 1.0, start)]}
    ceased: dict[str, list[tuple[date, float, date]]] = {}
    added = grows(inputs, cohort.groups, CLUSTERS)
    for wave in waves(inputs, option):
        if wave.cohort is cohort and not wave.upgrade.stranded and (added or not wave.unfinished):
            never = timedelta(days=int(wave.unfinished))  # one day past the horizon
            changes = [(day + never, part, wave.closed) for day, part in wave.cut_overs]
            begun.setdefault(wave.upgrade.to_version, []).extend(changes)
            ceased.setdefault(wave.upgrade.from_version, []).extend(changes)
    return {version: (tuple(days), tuple(ceased.get(version, ()))) for version, days in begun.items()}


@cached
def versions_over_time(inputs: Inputs, option: str, cohort: Cohort) -> tuple[tuple[date, date, str], ...]:
    """The versions a cohort of an option runs within the horizon, as (first day, last day, version)."""
    spans = []
    for version, (begun, ceased) in versions_run(inputs, option, cohort).items():
        first, last = min(day for day, *_ in begun), inputs.scenario.last_day
        if sum(share for _, share, _ in ceased) >= sum(share for _, share, _ in begun) - ROUNDING:
            last = max(day for day, *_ in ceased) - timedelta(days=1)
        if first <= last:
            spans.append((first, last, version))
    return tuple(spans)


@cached
def steps_to(inputs: Inputs, option: str, cohort: Cohort) -> Mapping[str, int]:
    """The versions that a cohort runs, each with the major upgrades, step by step, that have led to it."""
    steps = {cohort.version: cohort.steps}
    for wave in upgrades_made(inputs, option):
        if wave.cohort is cohort:
            steps.setdefault(wave.upgrade.to_version, steps[wave.upgrade.from_version] + wave.steps)
    return steps


def time_on_version(inputs: Inputs, option: str, cohort: Cohort, version: str, first: date, last: date) -> Array:
    """Share of clusters on a version between two days, both inside, in each month, (draws or 1, groups or 1, months).

    Of a fleet that grows, those added after an upgrade was due are on its version before the others are.
    """
    begun, ceased = versions_run(inputs, option, cohort)[version]
    shares, added = ZERO, grows(inputs, cohort.groups, CLUSTERS)
    for sign, changes in ((1, begun), (-1, ceased)):
        for day, share, closed in changes:
            months = month_shares(inputs, max(day, first), last)
            if added and closed < day:
                before = month_shares(inputs, max(closed, first), last) - months
                of_all = growth(inputs, CLUSTERS, cohort.groups)
                new = 1 - grown_by(inputs, inputs.month_of(closed), cohort.groups) / of_all
                months = months + before * np.maximum(new, 0.0)
            shares = shares + sign * share * months
    return shares


def month_shares(inputs: Inputs, first_day: date, last_day: date) -> Array:
    """The share of each month between two days, both inside, (1, 1, months)."""
    begin, end = inputs.month_days
    days = np.minimum(end, last_day.toordinal() + 1) - np.maximum(begin, first_day.toordinal())
    shares: Array = np.maximum(days, 0) / (end - begin)
    return shares
