"""When an option's major upgrades are made: the calendar's rules meet a fleet, its preparation and its team.

Work that is already due at the start waits for preparation; where the option limits the hours a month, what does not
fit waits for its turn. Dates are made of the means of assumptions, so that the calendar is the same for every draw;
only a design that tries single values (a sweep, one at a time) moves them.
"""

import heapq
from datetime import date, timedelta
from typing import Any

import numpy as np

from tco.catalog.versions import days_after, version_key
from tco.evaluation.cache import cached, unique
from tco.evaluation.inputs import Inputs
from tco.model.fleet.effort import wave_hours
from tco.model.fleet.placement import placements
from tco.model.fleet.waves import Cohort, Wave, cohorts, method_of
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR
from tco.upgrades.calendar import Upgrade, next_upgrade

MAX_DAYS = 100_000
"""Longer than any horizon, short enough for the calendar's arithmetic."""


@cached
def waves(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """All waves of an option in order of their dates, with preparation and queue."""
    scenario = inputs.scenario
    preparation = timedelta(days=round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH))
    queue = Queue(inputs, preparation, scenario.options[option].upgrade_hours_per_month)
    every = [cohort for placement in placements(inputs, option) for cohort in cohorts(inputs, placement)]
    every.sort(key=_first_of_a_day)
    agenda: list[tuple[date, int, date, Upgrade]] = []

    def put(order: int, version: str, since: date, ready: date, stranded: bool = False) -> None:
        cohort = every[order]
        upgrade = next_upgrade(
            cohort.engine,
            version,
            since,
            policy=cohort.policy,
            start=scenario.first_day,
            end=scenario.last_day,
            method=cohort.method,
            ready=ready,
            stranded=stranded,
            extended_support=cohort.extended_support,
        )
        if upgrade is not None:
            heapq.heappush(agenda, (upgrade.date, order, since, upgrade))

    for order, cohort in enumerate(every):
        put(order, cohort.version, scenario.first_day, queue.ready)
    done: list[Wave] = []
    while agenda:
        due, order, since, upgrade = heapq.heappop(agenda)
        wave = _wave(inputs, every[order], upgrade, done)
        finished = queue.finish(wave)
        if finished > due:
            put(order, upgrade.from_version, since, finished)
            continue
        done.append(wave)
        put(order, upgrade.to_version or upgrade.from_version, upgrade.date, queue.ready, upgrade.stranded)
    return _side_by_side(inputs, done)


@cached
def upgrades_made(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """The waves of an option but for those of clusters that have nowhere to go."""
    return tuple(wave for wave in waves(inputs, option) if not wave.upgrade.stranded)


def _first_of_a_day(cohort: Cohort) -> tuple[Any, ...]:
    """Who goes first of those due on one day: the older version, whatever the order of groups in the file."""
    stay = cohort.stay
    chosen = (cohort.policy, cohort.method, cohort.extended_support)
    return cohort.engine, version_key(cohort.version), *chosen, stay.platform_name, stay.stage


def month_of(scenario: Scenario, day: date) -> int:
    """The index of the month that a day of the horizon lies in."""
    first = scenario.first_day
    return (day.year - first.year) * MONTHS_PER_YEAR + day.month - first.month


def _wave(inputs: Inputs, cohort: Cohort, upgrade: Upgrade, done: list[Wave]) -> Wave:
    month = month_of(inputs.scenario, upgrade.date)
    alike = (cohort.engine, method_of(cohort, upgrade))
    before = (w for w in reversed(done) if not w.upgrade.stranded and (w.cohort.engine, w.method) == alike)
    wave: Wave = unique(inputs, Wave, cohort, upgrade, month, next(before, None))
    return wave


def _side_by_side(inputs: Inputs, done: list[Wave]) -> tuple[Wave, ...]:
    """The waves, each knowing those of other cohorts that make the same upgrade in the same month.

    Their cohorts differ by method, policy or where they are, and still are one wave to plan and to test.
    """
    jobs = [(wave.cohort.engine, wave.upgrade.path, wave.month, wave.forced) for wave in done]
    found: dict[Wave, Wave] = {}
    for wave, job in zip(done, jobs, strict=True):
        beside = tuple(other for other, its in zip(done, jobs, strict=True) if its == job and other is not wave)
        previous = found[wave.previous] if wave.previous else None
        found[wave] = unique(inputs, Wave, wave.cohort, wave.upgrade, wave.month, previous, beside)
    return tuple(found.values())


class Queue:
    """The team's hours a month for upgrades: what does not fit is finished later.

    Work on a wave begins its preparation time before it is due, or when the team is done with what came before. A wave
    that slipped may find a newer target more steps away; the hours that this adds are worked after what is booked.
    `ready` is the first day on which anything can be finished. Without a limit nothing waits for anything else.
    """

    def __init__(self, inputs: Inputs, preparation: timedelta, hours_per_month: float | None):
        self._inputs = inputs
        self._preparation = preparation
        self._free_from = inputs.scenario.first_day
        self._hours_per_month = hours_per_month
        self._booked: dict[tuple[Cohort, str], tuple[float, date]] = {}
        self.ready = self._free_from + preparation

    def finish(self, wave: Wave) -> date:
        """The day a wave is finished: when it is due, or when its hours and those before it have been worked."""
        due = wave.upgrade.date
        if self._hours_per_month is None or wave.upgrade.stranded or wave.forced:
            return due
        key = (wave.cohort, wave.upgrade.from_version)
        hours = float(np.mean(wave_hours(self._inputs.for_dates, wave)))
        if key not in self._booked:
            self._free_from = max(self._free_from, due - self._preparation)
        booked, finished = self._booked.get(key, (0.0, date.min))
        if key not in self._booked or hours > booked:
            days = min((hours - booked) / self._hours_per_month * DAYS_PER_MONTH, MAX_DAYS)
            self._free_from = finished = days_after(self._free_from, round(days))
            self._booked[key] = hours, finished
        return max(due, finished)


@cached
def versions_over_time(inputs: Inputs, option: str, cohort: Cohort) -> tuple[tuple[date, date, str], ...]:
    """The versions a cohort of an option runs within the horizon, as (first day, last day, version)."""
    found, day, version = [], inputs.scenario.first_day, cohort.version
    for upgrade in (wave.upgrade for wave in waves(inputs, option) if wave.cohort is cohort):
        if upgrade.date > day:
            found.append((day, upgrade.date - timedelta(days=1), version))
        day, version = upgrade.date, upgrade.to_version or version
    return (*found, (day, inputs.scenario.last_day, version))
