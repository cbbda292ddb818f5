"""The waves of major upgrades of an option: which clusters move together, when, from where, to where and how.

A wave is all groups of one engine and version of an option that are due together, whatever their Region or
environment. The calendar rules are those of `tco.upgrade_calendar`; here they meet a fleet: work that is already due
waits for preparation, and where the option limits the hours a month, what does not fit waits for its turn.
Dates are made of the means of assumptions, so that the calendar is the same for every draw.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco import platforms
from tco.assumptions import MONTHS_PER_YEAR
from tco.catalog.lifecycle import STEP_METHODS, engine_history, equal_version
from tco.catalog.versions import version_key
from tco.designs import Block
from tco.errors import InputError
from tco.hosting import Hosting, hostings
from tco.inputs import Inputs
from tco.platforms.base import Platform
from tco.scenario import Group
from tco.upgrade_calendar import Upgrade, next_upgrade, starting_version

Array = NDArray[np.float64]
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
DAYS_WITHOUT_END = 100_000
"""Longer than any horizon, short enough for the calendar's arithmetic."""


@dataclass(frozen=True)
class Cohort:
    """Members of one hosting that run the same engine and version under the same policy and method.

    places: positions along the hosting's members. method: how its major upgrades are cut over.
    """

    hosting: Hosting
    places: NDArray[np.intp]
    engine: str
    version: str
    policy: str
    method: str

    @property
    def members(self) -> NDArray[np.intp]:
        """Indices of the cohort's groups in the fleet."""
        return self.hosting.members[self.places]

    @property
    def clusters(self) -> Array:
        """Clusters of each of the cohort's groups, (draws or 1, places, 1)."""
        return self.hosting.inputs.clusters[:, self.members]


@dataclass(frozen=True)
class Wave:
    """One major upgrade of a cohort. month: index of the month it is done in. earlier: waves of the same engine and
    method before it, which teach and leave tooling behind.
    """

    cohort: Cohort
    upgrade: Upgrade
    month: int
    earlier: tuple[Wave, ...]

    @property
    def steps(self) -> int:
        """Major upgrades in a row: 9.1 > 9.4 is one, 5.5 > 5.6 > 5.7 two."""
        return len(self.upgrade.path) - 1

    @property
    def forced(self) -> bool:
        """True for the vendor's forced upgrade, which nobody planned or rehearsed."""
        return self.upgrade.reason == "forced"

    @property
    def method(self) -> str:
        """How it is cut over; the vendor forces in place."""
        return self.cohort.method if not self.forced or self.cohort.method == "rolling" else "in_place"

    def under(self, inputs: Inputs) -> Wave:
        """The same wave, and those before it, counted with the numbers of other inputs."""
        hosting = replace(self.cohort.hosting, inputs=inputs)
        earlier = tuple(replace(wave, earlier=()).under(inputs) for wave in self.earlier)
        return replace(self, cohort=replace(self.cohort, hosting=hosting), earlier=earlier)

    @property
    def share(self) -> Array:
        """Share of the cohort's clusters standing here in the wave's month, (draws or 1, 1, 1)."""
        share = self.cohort.hosting.share
        return share[:, :, self.month : self.month + 1] if share.shape[2] > 1 else share

    @property
    def clusters(self) -> Array:
        """Clusters that are upgraded, of all the cohort's groups together, (draws or 1, 1, 1)."""
        clusters: Array = self.cohort.clusters.sum(axis=1, keepdims=True) * self.share
        return clusters

    @property
    def when(self) -> Array:
        """1 in the wave's month and 0 in all others, (1, 1, months)."""
        months = np.zeros((1, 1, self.cohort.hosting.inputs.months))
        months[0, 0, self.month] = 1
        return months

    @property
    def split(self) -> Array:
        """How what the wave shares is split over the cohort's groups: by clusters, (draws or 1, places, 1)."""
        clusters = self.cohort.clusters
        whole = clusters.sum(axis=1, keepdims=True)
        return clusters / np.where(whole > 0, whole, 1.0)


def cohorts(hosting: Hosting) -> tuple[Cohort, ...]:
    """The hosting's members by engine, version, policy and method; none where the platform is versionless."""
    if not hosting.platform.lifecycle_engines:
        return ()
    return hosting.inputs.keep(("cohorts", hosting.option, hosting.platform.name, hosting.stage),
                               lambda: _cohorts(hosting))


def _cohorts(hosting: Hosting) -> tuple[Cohort, ...]:
    found: dict[tuple[str, str, str, str], list[int]] = {}
    policies, methods = hosting.setting("policy"), hosting.setting("method")
    default_policy = "extended_support" if hosting.stage == "leaves" else "settled"
    resolved: dict[tuple[Any, ...], tuple[str, str]] = {}
    for place, group in enumerate(hosting.groups):
        today = hosting.inputs.scenario.todays_platform(hosting.inputs.groups[hosting.members[place]])
        asked = (group.engine, group.version, group.created, today)
        if asked not in resolved:
            resolved[asked] = version_at_start(hosting.platform, today, group, hosting.inputs.scenario.first_day)
        engine, version = resolved[asked]
        key = (engine, version, policies[place] or default_policy, methods[place] or "in_place")
        found.setdefault(key, []).append(place)
    return tuple(
        Cohort(hosting, np.array(places, dtype=np.intp), engine, version, policy, cut_over_method(engine, method))
        for (engine, version, policy, method), places in found.items()
    )


def version_at_start(platform: Platform, today: str, group: Group, start: date) -> tuple[str, str]:
    """The lifecycle engine of a group on a platform, and the version it runs there when the horizon begins.

    On another platform of the same engine it starts at the equal of its version on today's platform. `newest`, or a
    group that only says when it was created, means the highest version available that day. Raises InputError for a
    platform that does not run the engine, and for a version unknown, without an equal, or not yet released.
    """
    engine = platform.lifecycle_engines.get(group.engine)
    if engine is None:
        raise InputError(f"{platform.name} does not run {group.engine}; it runs "
                         + (", ".join(sorted(platform.lifecycle_engines)) or "no versioned engine"), path="engine")
    here = platforms.platform(today).lifecycle_engines.get(group.engine, engine)
    if group.version is None and group.created is None:
        raise InputError(f"a version of {here} is needed, or `newest`, or the day the group was created",
                         path="version")
    if group.version is None or group.version == "newest":
        day = group.created if group.version is None and group.created else start
        version = starting_version(here, None, day)
    else:
        version = starting_version(here, group.version, start)
    return engine, version if engine == here else equal_version(here, version, engine)


def cut_over_method(engine: str, method: str) -> str:
    """How an engine's major upgrades are cut over when an option asks for `method`.

    In place means the engine's ordinary way, that of most of its documented steps: node by node for replica sets.
    """
    if method != "in_place":
        return method
    steps = (step.method for steps in engine_history(engine).steps.values() for step in steps)
    ways = Counter(way for way in steps if way in STEP_METHODS)
    return ways.most_common(1)[0][0] if ways else method


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
        upgrade = next_upgrade(cohort.engine, version, since, policy=cohort.policy, start=scenario.first_day,
                               end=scenario.last_day, method=cohort.method, ready=ready, stranded=stranded)
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
    return tuple(done)


def _turn(cohort: Cohort) -> tuple[Any, ...]:
    """Who goes first of those due on one day: the older version, wherever its groups stand in the file."""
    hosting = cohort.hosting
    return (cohort.engine, version_key(cohort.version), cohort.policy, cohort.method, hosting.platform.name,
            hosting.stage)


def _wave(cohort: Cohort, upgrade: Upgrade, done: list[Wave]) -> Wave:
    first = cohort.hosting.inputs.scenario.first_day
    month = (upgrade.date.year - first.year) * 12 + upgrade.date.month - first.month
    wave = Wave(cohort, upgrade, month, ())
    alike = (cohort.engine, wave.method)
    earlier = tuple(w for w in done if not w.upgrade.stranded and (w.cohort.engine, w.method) == alike)
    return replace(wave, earlier=earlier)


class Queue:
    """The team's hours a month for upgrades: what does not fit is finished later.

    Work on a wave begins its preparation time before it is due, or when the team is done with what came before.
    `ready` is the first day on which anything can be finished. Without a limit nothing waits for anything else.
    """

    def __init__(self, start: date, preparation: timedelta, hours_per_month: float | None):
        self.ready = start + preparation
        self._preparation = preparation
        self._free_from = start
        self._hours_per_month = hours_per_month
        self._finished: dict[tuple[int, str], date] = {}

    def finish(self, wave: Wave) -> date:
        """The day a wave is finished: when it is due, or when its hours and those before it have been worked."""
        due = wave.upgrade.date
        if self._hours_per_month is None or wave.upgrade.stranded or wave.forced:
            return due
        key = (id(wave.cohort), wave.upgrade.from_version)
        if key not in self._finished:
            days = min(_central_hours(wave) / self._hours_per_month * DAYS_PER_MONTH, DAYS_WITHOUT_END)
            self._free_from = max(self._free_from, due - self._preparation) + timedelta(days=round(days))
            self._finished[key] = max(due, self._free_from)
        return self._finished[key]


def _central_hours(wave: Wave) -> float:
    """Labour hours of a wave at the means of all assumptions."""
    from tco.effort import wave_hours

    inputs = wave.cohort.hosting.inputs
    if not inputs.block.columns:
        return float(np.mean(wave_hours(wave)))
    central = Inputs(inputs.scenario, Block(0, 1))
    return float(np.mean(wave_hours(wave.under(central))))


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
