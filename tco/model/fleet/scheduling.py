"""When an option's major upgrades are made: the calendar's rules meet a fleet, its preparation and its team.

Work that is already due at the start waits for preparation. The team has so many hours a month and works on one cluster
after the other, those with the earliest forced upgrade first; the vendor upgrades what it does not finish in time.
Dates are made of the means of assumptions, so that the calendar is the same for every draw; only a design that tries
single values (a sweep, one at a time) moves them.
"""

import heapq
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np

from tco.catalog.lifecycle import engine_history, equal_version
from tco.catalog.releases import running
from tco.catalog.versions import days_after, version_key
from tco.errors import InputError
from tco.evaluation.cache import cached, unique
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ZERO, Array
from tco.model.fleet.effort import wave_hours
from tco.model.fleet.growth import CLUSTERS, grown_by, grows, growth
from tco.model.fleet.migration import pace_of
from tco.model.fleet.placement import Placement, placements
from tco.model.fleet.teams import UPGRADE_TEAM, upgrade_hours
from tco.model.fleet.waves import FORCED, Cohort, Days, Months, Wave, cohorts_at_start, cohorts_running, method_of
from tco.scenario.scenario import month_after
from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR
from tco.upgrades.calendar import Upgrade, available, next_upgrade

NEVER = float("inf")
"""The deadline of what no vendor upgrades."""
ROUNDING = 1e-9
Changes = tuple[tuple[date, float, date], ...]
"""Days on which clusters change their version, their share of a cohort, and since when added ones are past that."""
MOST = 10_000
"""So many clusters of a cohort, at most, are followed one by one; of larger ones, as many parts."""


@cached
def waves(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """All waves of an option in order of their dates, with preparation and the team's limit."""
    every = [cohort for placement in placements(inputs, option) for cohort in cohorts(inputs, placement)]
    return _scheduled_of(inputs, option, every)


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
        for wave in _scheduled_of(inputs, option, at_start):
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


def _scheduled_of(inputs: Inputs, option: str, every: Iterable[Cohort]) -> tuple[Wave, ...]:
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


@cached
def upgrades_made(inputs: Inputs, option: str) -> tuple[Wave, ...]:
    """The waves of an option that are carried out: none of clusters that have nowhere to go, none unfinished."""
    return tuple(wave for wave in waves(inputs, option) if not wave.upgrade.stranded and not wave.unfinished)


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
