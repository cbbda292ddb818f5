"""The waves of major upgrades of an option: which clusters move together, when, from where, to where and how.

A wave is all groups of one engine and version of an option that are due together, whatever their Region or
environment. When it is made is decided in `scheduling`, how many hours it takes in `effort`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco import platforms
from tco.catalog.lifecycle import STEP_METHODS, engine_history, equal_version
from tco.catalog.versions import version_key
from tco.errors import InputError
from tco.evaluation.inputs import Inputs
from tco.model.fleet.placement import Hosting, Members
from tco.platforms.base import Platform
from tco.scenario.scenario import Group
from tco.upgrades.calendar import Upgrade, starting_version

Array = NDArray[np.float64]
GENTLEST_FIRST = ("rolling", "in_place", "full_restart")
"""Documented ways of a step, by how long they keep a cluster down."""


@dataclass(frozen=True, eq=False)
class Cohort(Members):
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

    @cached_property
    def clusters(self) -> Array:
        """Clusters of each of the cohort's groups, (draws or 1, places, 1)."""
        return self.hosting.inputs.clusters[:, self.members]


@dataclass(frozen=True, eq=False)
class Wave:
    """One major upgrade of a cohort. month: index of the month it is done in.

    earlier: waves of the same engine and method before it, which teach and leave tooling behind. beside: what other
    cohorts do in the same month from and to the same version; plan and designs are shared with them.
    """

    cohort: Cohort
    upgrade: Upgrade
    month: int
    earlier: tuple[Wave, ...]
    beside: tuple[Wave, ...] = ()

    @cached_property
    def name(self) -> str:
        """What is upgraded, how and when, after which other waves: the same in options that have this in common.

        What follows from it alone is kept under such a name, and computed once for all of these options.
        """
        own = (self.cohort.hosting.place, self.cohort.engine, self.method, self.upgrade, self.cohort.places.tobytes())
        before = [wave.name for wave in (*self.earlier[-1:], *self.beside)]
        return blake2b(f"{own} {before}".encode(), digest_size=16).hexdigest()

    @property
    def steps(self) -> int:
        """Major upgrades in a row: 9.1 > 9.4 is one, 5.5 > 5.6 > 5.7 two."""
        return len(self.upgrade.path) - 1

    @property
    def forced(self) -> bool:
        """True for the vendor's forced upgrade, which nobody planned or rehearsed."""
        return self.upgrade.reason == "forced"

    @cached_property
    def method(self) -> str:
        """How it is cut over: as the option asks; in place, and forced by the vendor, as the engine's steps go.

        Of each step the gentlest documented way counts, of the whole path the harshest of them.
        """
        if self.cohort.method != "in_place" and not self.forced:
            return self.cohort.method
        ways = (way_of_step(self.cohort.engine, *step) for step in pairwise(self.upgrade.path))
        return max(ways, key=GENTLEST_FIRST.index, default="in_place")

    def under(self, inputs: Inputs) -> Wave:
        """The same wave, and those before it, counted with the numbers of other inputs."""
        counted: list[Wave] = []
        for wave in (*self.earlier, self):
            hosting = replace(wave.cohort.hosting, inputs=inputs)
            counted.append(replace(wave, cohort=replace(wave.cohort, hosting=hosting), earlier=tuple(counted)))
        return counted[-1]

    @property
    def share(self) -> Array:
        """Share of the cohort's clusters standing here in the wave's month, (draws or 1, 1, 1)."""
        return self.cohort.hosting.inputs.keep(f"share {self.name}", lambda: self._share(self.cohort.hosting.share))

    def _share(self, share: Array) -> Array:
        return np.ascontiguousarray(share[:, :, self.month : self.month + 1]) if share.shape[2] > 1 else share

    @property
    def clusters(self) -> Array:
        """Clusters that are upgraded, of all the cohort's groups together, (draws or 1, 1, 1)."""
        return self.cohort.hosting.inputs.keep(f"clusters {self.name}", lambda: self.cohort.whole * self.share)

    @property
    def of_whole(self) -> Array:
        """The wave's part of the clusters that are upgraded together, those beside it counted in; 0 for no clusters."""
        if not self.beside:
            return np.ones((1, 1, 1))
        whole = self.clusters + sum((wave.clusters for wave in self.beside), np.zeros((1, 1, 1)))
        return self.clusters / np.where(whole > 0, whole, 1.0)

    @cached_property
    def when(self) -> Array:
        """1 in the wave's month and 0 in all others, (1, 1, months)."""
        months = np.zeros((1, 1, self.cohort.hosting.inputs.months))
        months[0, 0, self.month] = 1
        return months

    @property
    def split(self) -> Array:
        """How what the wave shares is split over the cohort's groups: by clusters, (draws or 1, places, 1)."""
        return self.cohort.split


def cohorts(hosting: Hosting) -> tuple[Cohort, ...]:
    """The hosting's members by engine, version, policy and method; none where the platform is versionless.

    Without a policy of the option's own, groups that stay follow `settled`; groups that are about to leave are not
    upgraded first (`never`): Extended Support and the provider's forced upgrades come by themselves.
    """
    if not hosting.platform.lifecycle_engines:
        return ()
    return hosting.inputs.keep(
        ("cohorts", hosting.option, hosting.platform.name, hosting.stage), lambda: _cohorts(hosting)
    )


def _cohorts(hosting: Hosting) -> tuple[Cohort, ...]:
    found: dict[tuple[str, str, str, str], list[int]] = {}
    policies, methods = hosting.setting("policy"), hosting.setting("method")
    default_policy = "never" if hosting.stage == "leaves" else "settled"
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
        Cohort(hosting, np.array(places, dtype=np.intp), engine, version, policy, method)
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
        raise InputError(
            f"{platform.name} does not run {group.engine}; it runs "
            + (", ".join(sorted(platform.lifecycle_engines)) or "no versioned engine"),
            path="engine",
        )
    here = platforms.platform(today).lifecycle_engines.get(group.engine, engine)
    if group.version is None and group.created is None:
        raise InputError(
            f"a version of {here} is needed, or `newest`, or the day the group was created", path="version"
        )
    if group.version is None or group.version == "newest":
        day = group.created if group.version is None and group.created else start
        version = starting_version(here, None, day)
    else:
        version = starting_version(here, group.version, start)
    return engine, version if engine == here else equal_version(here, version, engine)


@cache
def way_of_step(engine: str, from_version: str, to_version: str) -> str:
    """The gentlest documented way of one step: node by node, else in place, else with a full restart.

    A projected step goes as the engine's latest documented ones do.
    """
    steps = [step for steps in engine_history(engine).steps.values() for step in steps if step.method in STEP_METHODS]
    own = [step for step in steps if (step.from_version, step.to_version) == (from_version, to_version)]
    latest = max((version_key(step.to_version) for step in steps), default=())
    ways = {step.method for step in own or [step for step in steps if version_key(step.to_version) == latest]}
    return next((way for way in GENTLEST_FIRST if way in ways), "in_place")
