"""When an option's major upgrades are made: the calendar's rules meet a fleet, its preparation and its team.

Work that is already due at the start waits for preparation; where the option limits the hours a month, what does not
fit waits for its turn. Dates are made of the means of assumptions, so that the calendar is the same for every draw;
only a design that tries single values (a sweep, one at a time) moves them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from tco.catalog.versions import days_after, version_key
from tco.evaluation.inputs import Inputs
from tco.model.fleet.effort import wave_hours
from tco.model.fleet.placement import hostings
from tco.model.fleet.waves import Cohort, Wave, cohorts
from tco.units import DAYS_PER_MONTH
from tco.upgrades.calendar import Upgrade, next_upgrade

DAYS_WITHOUT_END = 100_000
"""Longer than any horizon, short enough for the calendar's arithmetic."""


def waves(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """All waves of an option in order of their dates, with preparation and queue."""
    return inputs.keep(("waves", option), lambda: _waves(inputs, option))


def _waves(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    scenario = inputs.scenario
    preparation = timedelta(days=round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH))
    queue = Queue(scenario.first_day, preparation, scenario.options[option].upgrade_hours_per_month)
    every = sorted((cohort for hosting in hostings(inputs, option) for cohort in cohorts(hosting)), key=_turn)
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
        )
        if upgrade is not None:
            heapq.heappush(agenda, (upgrade.date, order, since, upgrade))

    for order, cohort in enumerate(every):
        put(order, cohort.version, scenario.first_day, queue.ready)
    done: list[Wave] = []
    while agenda:
        due, order, since, upgrade = heapq.heappop(agenda)
        wave = _wave(every[order], upgrade, done)
        finished = queue.finish(wave)
        if finished > due:
            put(order, upgrade.from_version, since, finished)
            continue
        done.append(wave)
        put(order, upgrade.to_version or upgrade.from_version, upgrade.date, queue.ready, upgrade.stranded)
    return _side_by_side(done)


def _side_by_side(done: list[Wave]) -> tuple[Wave, ...]:
    """The waves, each knowing those of other cohorts that make the same upgrade in the same month.

    Their cohorts differ by method, policy or where they stand, and still are one wave to plan and to test.
    """
    alike: dict[tuple[Any, ...], list[Wave]] = {}
    for wave in done:
        alike.setdefault(_job(wave), []).append(wave)
    known: dict[int, Wave] = {}
    for wave in done:
        beside = tuple(other for other in alike[_job(wave)] if other is not wave)
        earlier = tuple(known[id(before)] for before in wave.earlier)
        known[id(wave)] = replace(wave, beside=beside, earlier=earlier)
    return tuple(known.values())


def _job(wave: Wave) -> tuple[Any, ...]:
    return wave.cohort.engine, wave.upgrade.path, wave.month, wave.forced


def _turn(cohort: Cohort) -> tuple[Any, ...]:
    """Who goes first of those due on one day: the older version, wherever its groups stand in the file."""
    hosting = cohort.hosting
    return (
        cohort.engine,
        version_key(cohort.version),
        cohort.policy,
        cohort.method,
        hosting.platform.name,
        hosting.stage,
    )


def _wave(cohort: Cohort, upgrade: Upgrade, done: list[Wave]) -> Wave:
    first = cohort.hosting.inputs.scenario.first_day
    month = (upgrade.date.year - first.year) * 12 + upgrade.date.month - first.month
    wave = Wave(cohort, upgrade, month, ())
    alike = (cohort.engine, wave.method)
    earlier = tuple(w for w in done if not w.upgrade.stranded and (w.cohort.engine, w.method) == alike)
    return replace(wave, earlier=earlier)


class Queue:
    """The team's hours a month for upgrades: what does not fit is finished later.

    Work on a wave begins its preparation time before it is due, or when the team is done with what came before. A wave
    that slipped may find a newer target more steps away; the hours that this adds are worked after what is booked.
    `ready` is the first day on which anything can be finished. Without a limit nothing waits for anything else.
    """

    def __init__(self, start: date, preparation: timedelta, hours_per_month: float | None):
        self.ready = start + preparation
        self._preparation = preparation
        self._free_from = start
        self._hours_per_month = hours_per_month
        self._booked: dict[tuple[int, str], float] = {}
        self._finished: dict[tuple[int, str], date] = {}

    def finish(self, wave: Wave) -> date:
        """The day a wave is finished: when it is due, or when its hours and those before it have been worked."""
        due = wave.upgrade.date
        if self._hours_per_month is None or wave.upgrade.stranded or wave.forced:
            return due
        key = (id(wave.cohort), wave.upgrade.from_version)
        hours = _central_hours(wave)
        further = hours - self._booked.get(key, 0.0)
        if key not in self._booked:
            self._free_from = max(self._free_from, due - self._preparation)
        if key not in self._booked or further > 0:
            days = min(further / self._hours_per_month * DAYS_PER_MONTH, DAYS_WITHOUT_END)
            self._free_from = days_after(self._free_from, round(days))
            self._booked[key], self._finished[key] = hours, self._free_from
        return max(due, self._finished[key])


def _central_hours(wave: Wave) -> float:
    """Labour hours of a wave, as dates need them: at the means of all assumptions, or where a design moves dates."""
    return float(np.mean(wave_hours(wave.under(wave.cohort.hosting.inputs.for_dates))))


def versions_over_time(inputs: Inputs, cohort: Cohort) -> Iterator[tuple[date, date, str]]:
    """The versions a cohort runs within the horizon, as (first day, last day, version)."""
    scenario = inputs.scenario
    day, version = scenario.first_day, cohort.version
    for wave in waves(inputs, cohort.hosting.option):
        if wave.cohort is cohort:
            if wave.upgrade.date > day:
                yield day, wave.upgrade.date - timedelta(days=1), version
            day, version = wave.upgrade.date, wave.upgrade.to_version or version
    yield day, scenario.last_day, version
