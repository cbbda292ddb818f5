"""The queue of a team: the order in which it makes the upgrades of an option, and the days on which clusters cut over.

Work that is already due at the start waits for preparation. The team has so many hours a month and works on one cluster
after the other, those with the earliest forced upgrade first; the vendor upgrades what it does not finish in time.
"""

import heapq
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np

from tco.catalog.versions import days_after, version_key
from tco.evaluation.cache import cached, unique
from tco.evaluation.inputs import Inputs
from tco.model.fleet.effort import wave_hours
from tco.model.fleet.growth import CLUSTERS, grown_by, grows
from tco.model.fleet.teams import UPGRADE_TEAM, upgrade_hours
from tco.model.fleet.waves import FORCED, Cohort, Days, Months, Wave, method_of
from tco.scenario.scenario import month_after
from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR
from tco.upgrades.calendar import Upgrade, next_upgrade

NEVER = float("inf")
"""The deadline of what no vendor upgrades."""
ROUNDING = 1e-9
MOST = 10_000
"""So many clusters of a cohort, at most, are followed one by one; of larger ones, as many parts."""


def scheduled(inputs: Inputs, option: str, every: Iterable[Cohort]) -> tuple[Wave, ...]:
    """The waves of some cohorts of an option, for the hours that it states."""
    stated = inputs.scenario.options[option].upgrade_hours_per_month
    return _scheduled(inputs, tuple(sorted(every, key=_first_of_a_day)), stated)


@cached
def _scheduled(inputs: Inputs, every: tuple[Cohort, ...], hours_per_month: float | None) -> tuple[Wave, ...]:
    """The waves of cohorts, which options that upgrade alike have in common."""
    schedule = _Schedule(inputs, hours_per_month)
    for cohort in every:
        schedule.add(cohort, 1.0, cohort.version, inputs.scenario.first_day)
    schedule.run()
    inputs.date_by(schedule.for_dates)
    return _side_by_side(inputs, schedule.waves)


def _first_of_a_day(cohort: Cohort) -> tuple[Any, ...]:
    """Who goes first of those due on one day: the older version, whatever the order of groups in the file."""
    stay = cohort.stay
    chosen = (cohort.policy, cohort.method, cohort.extended_support)
    return cohort.engine, version_key(cohort.version), *chosen, stay.platform_name, stay.stage


@dataclass(eq=False)
class _Job:
    """An upgrade of a part of a cohort that the team is to make. share: of the cohort's clusters. closed: as of `Wave`.

    Times are months from the start. deadline: when the vendor upgrades what is left. needed: of the team's time, and
    limit: its hours a month, known once work has begun. worked: spans in which the team works on it.
    """

    cohort: Cohort
    share: float
    upgrade: Upgrade
    closed: date
    forced: Upgrade | None
    deadline: float
    needed: float = 0.0
    limit: float = 0.0
    worked: list[tuple[float, float]] = field(default_factory=list)

    @property
    def time(self) -> float:
        """The team's time spent on it so far."""
        return sum(until - since for since, until in self.worked)


class _Schedule:
    """The waves of an option in the order in which they are finished, for a team of so many hours a month.

    Work on an upgrade begins its preparation time before it is due, or when the team is free, and its clusters cut over
    as they are finished, but not before the upgrade is due. for_dates: the inputs that hours are made of, of the fleet
    as written where the team grows with it.
    """

    def __init__(self, inputs: Inputs, hours_per_month: float | None):
        self._inputs = inputs
        self.for_dates, self._limit = upgrade_hours(inputs, hours_per_month)
        with_fleet = hours_per_month is None and not inputs.scenario.is_fixed(UPGRADE_TEAM)
        self._rates = self._counts = np.zeros(1)
        if with_fleet and grows(inputs, inputs.whole_fleet, CLUSTERS):
            self._rates = np.array([inputs.central(CLUSTERS, name) for name in inputs.groups])
            self._counts = self.for_dates.clusters(inputs.whole_fleet)[0, :, 0]
        self._preparation = inputs.central("upgrades.preparation_months")
        self._first, self._last = inputs.scenario.first_day, inputs.scenario.last_day
        self._ready = self._first + timedelta(days=round(self._preparation * DAYS_PER_MONTH))
        self._frozen = inputs.scenario.frozen_months
        self._orders: dict[Cohort, int] = {}
        self._numbers = count()
        self._agenda: list[tuple[float, int, int, _Job]] = []
        self.waves: list[Wave] = []

    def add(self, cohort: Cohort, share: float, version: str, since: date, stranded: bool = False) -> None:
        """Put the next upgrade of a part of a cohort on the agenda, if it has one within the horizon."""

        def following(policy: str, ready: date | None) -> Upgrade | None:
            return next_upgrade(
                cohort.engine, version, since, policy=policy, start=self._first, end=self._last,
                method=cohort.method, ready=ready, stranded=stranded,
                extended_support=cohort.extended_support,
            )  # fmt: skip

        upgrade, forced = following(cohort.policy, self._ready), following("never", None)
        if upgrade is None:
            if due := following(cohort.policy, None):  # preparation outlasts the horizon
                self._leave(_Job(cohort, share, due, due.due, None, NEVER), share)
            return
        closed = upgrade.date if stranded else upgrade.due
        job = _Job(cohort, share, upgrade, closed, forced, NEVER if forced is None else self._time(forced.date))
        begin = self._time(upgrade.date)
        if self._is_planned(job):
            begin = max(0.0, self._time(upgrade.due) - self._preparation)
        order = self._orders.setdefault(cohort, len(self._orders))
        heapq.heappush(self._agenda, (begin, order, next(self._numbers), job))

    def run(self) -> None:
        """Work through the agenda until it is empty or the horizon ends; what has the earliest deadline goes first."""
        now, end, waiting = 0.0, float(self._inputs.months), list[_Job]()
        while self._agenda or waiting:
            if not waiting:
                now = max(now, self._agenda[0][0])
            while self._agenda and self._agenda[0][0] <= now:
                job = heapq.heappop(self._agenda)[-1]
                if self._is_planned(job):
                    waiting.append(job)
                else:
                    self._make(job)
            if not waiting:
                continue
            job = min(waiting, key=lambda job: (job.deadline, job.upgrade.due))
            if not job.worked:
                job.limit = self._limit * self._fleet_grown(now)
                job.needed = self._hours(job, job.share) / job.limit
            following = self._agenda[0][0] if self._agenda else end
            if self._thawed(now) > now and now < min(job.deadline, end):
                now = min(self._thawed(now), job.deadline, following, end)
                continue
            until = max(now, min(now + job.needed - job.time, job.deadline, following, end, self._next_freeze(now)))
            job.worked.append((now, until))
            now = until
            if job.time >= job.needed - ROUNDING or now >= min(job.deadline, end):
                waiting.remove(job)
                self._finish(job, forced=job.deadline <= now)

    def _fleet_grown(self, time: float) -> float:
        """Clusters of the fleet at a time over those at the start, by which a team grows that goes with the fleet."""
        whole = float(self._counts.sum())
        return float(self._counts @ (1 + self._rates) ** (time / MONTHS_PER_YEAR)) / whole if whole else 1.0

    def _thawed(self, time: float) -> float:
        """The same time, or the end of the freeze that contains it."""
        while int(time) in self._frozen:
            time = int(time) + 1.0
        return time

    def _next_freeze(self, time: float) -> float:
        """When the next freeze after a time begins."""
        return float(min((month for month in self._frozen if month > time), default=NEVER))

    def _is_planned(self, job: _Job) -> bool:
        """Whether the team has to find the time."""
        return not job.upgrade.stranded and job.upgrade.reason != FORCED

    def _make(self, job: _Job) -> None:
        """All of it on its day: forced, or noted as having nowhere to go."""
        upgrade, month = job.upgrade, self._inputs.month_of(job.upgrade.date)
        months = max(1, round(self._preparation))  # in which the application is mended after the vendor's upgrade
        after = [min(month + number, self._inputs.months - 1) for number in range(1, months + 1)]
        work = tuple((number, after.count(number) / months) for number in dict.fromkeys(after))
        self.waves.append(self._wave(job, ((upgrade.date, job.share),), work))
        version = upgrade.to_version or upgrade.from_version
        self.add(job.cohort, job.share, version, upgrade.date, upgrade.stranded)

    def _finish(self, job: _Job, forced: bool) -> None:
        """The clusters that the team finished in the time it had; the rest is forced, or unfinished at the end."""
        at_start, month = self.for_dates.clusters(job.cohort.groups), self._inputs.month_of(job.closed)
        clusters = float((at_start * grown_by(self.for_dates, month, job.cohort.groups)).sum()) * job.share
        whole = min(max(round(clusters), 1), MOST)
        done, available = whole, job.time * job.limit
        if job.time < job.needed - ROUNDING:
            done = bisect_right(range(1, whole + 1), available, key=lambda n: self._hours(job, job.share * n / whole))
        if done:
            share = job.share * done / whole
            time = min(self._hours(job, share) / job.limit, job.time)
            days = self._cut_over_days(job, time, done, share)
            self.waves.append(self._wave(job, days, self._months_of_work(job, time)))
            self.add(job.cohort, share, job.upgrade.to_version, days[-1][0])
        if done < whole and forced and job.forced is not None:
            self._make(replace(job, share=job.share * (whole - done) / whole, upgrade=job.forced))
        elif done < whole:
            self._leave(job, job.share * (whole - done) / whole)

    def _leave(self, job: _Job, share: float) -> None:
        """A share of the cohort's clusters stays unfinished; work and cut-overs are noted at the end of the horizon."""
        self.waves.append(self._wave(job, ((self._last, share),), ((self._inputs.months - 1, 1.0),), unfinished=True))

    def _wave(self, job: _Job, days: Days, work: Months, unfinished: bool = False) -> Wave:
        """A wave, which knows the latest of the same engine and method that a team has made."""
        cohort, upgrade = job.cohort, job.upgrade
        engine_and_method = (cohort.engine, method_of(cohort, upgrade))
        before = (
            wave
            for wave in reversed(self.waves)
            if (wave.cohort.engine, wave.method) == engine_and_method and not (wave.upgrade.stranded or wave.forced)
        )
        parts = (cohort, upgrade, days, work, next(before, None), job.closed, (), unfinished)
        wave: Wave = unique(self._inputs, Wave, *parts)
        return wave

    def _hours(self, job: _Job, share: float) -> float:
        """Labour hours of a part of a job, were it finished after what is finished now."""
        month = self._inputs.month_of(job.upgrade.date)
        wave = self._wave(job, ((job.upgrade.date, share),), ((month, 1.0),))
        return float(np.mean(wave_hours(self.for_dates, wave)))

    def _time(self, day: date) -> float:
        """Months from the start until the beginning of a day."""
        return self._inputs.month_of(day) + (day.day - 1) / monthrange(day.year, day.month)[1]

    def _cut_over_days(self, job: _Job, time: float, clusters: int, share: float) -> Days:
        """The days on which clusters cut over, those of a month together on their mean day.

        Clusters are finished evenly over the time that the team works on the job.
        """
        since, until = np.array(job.worked).T
        before = np.concatenate([[0.0], np.cumsum(until - since)])
        finished = np.arange(1, clusters + 1) * (time / clusters)
        span = np.clip(np.searchsorted(before, finished - ROUNDING) - 1, 0, len(since) - 1)
        times = since[span] + finished - before[span]
        months = np.maximum(np.ceil(times - ROUNDING) - 1, 0)
        days_by_month: dict[int, list[int]] = {}
        for month in np.unique(months).astype(int).tolist():
            first = month_after(self._first, month)
            passed = np.ceil((times[months == month] - month) * monthrange(first.year, first.month)[1] - ROUNDING) - 1
            for number, here in zip(*np.unique(np.maximum(passed, 0).astype(int), return_counts=True), strict=True):
                day = max(days_after(first, int(number)), job.upgrade.date)
                thawed = self._thawed(self._inputs.month_of(day))
                if self._inputs.month_of(day) < thawed < min(job.deadline, self._inputs.months):
                    day = month_after(self._first, round(thawed))
                days_by_month.setdefault(self._inputs.month_of(day), []).extend([day.toordinal()] * int(here))
        return tuple(
            (date.fromordinal(round(sum(days) / len(days))), share * len(days) / clusters)
            for days in days_by_month.values()
        )

    def _months_of_work(self, job: _Job, time: float) -> Months:
        """The share of the work done in each month, of which the team spends `time` in all."""
        if time <= 0:
            return ((self._inputs.month_of(job.upgrade.date), 1.0),)
        parts_by_month: dict[int, float] = {}
        left = time
        for since, until in job.worked:
            until = min(until, since + left)
            left -= until - since
            month = int(since)
            while month < until:
                parts_by_month[month] = parts_by_month.get(month, 0.0) + min(until, month + 1) - max(since, month)
                month += 1
        whole = sum(parts_by_month.values())
        return tuple((month, part / whole) for month, part in parts_by_month.items())


def _side_by_side(inputs: Inputs, done: list[Wave]) -> tuple[Wave, ...]:
    """The waves, each knowing the others that make the same upgrade and are due in the same month.

    They are of other cohorts, which differ by method, policy or where they are, or other parts of the same, and still
    are one wave to plan and to test.
    """
    jobs = [(w.cohort.engine, w.upgrade.path, inputs.month_of(w.upgrade.date), w.forced) for w in done]
    linked: dict[Wave, Wave] = {}
    for wave, job in zip(done, jobs, strict=True):
        beside = tuple(other for other, its in zip(done, jobs, strict=True) if its == job and other is not wave)
        previous = linked[wave.previous] if wave.previous else None
        parts = (wave.cohort, wave.upgrade, wave.cut_overs, wave.work, previous, wave.closed, beside, wave.unfinished)
        linked[wave] = unique(inputs, Wave, *parts)
    return tuple(linked.values())
