"""The waves of major upgrades of an option: which clusters are upgraded together, when, from where, to where and how.

A wave is all groups of one engine and version of an option that are due together, whatever their Region or
environment. When it is made is decided in `upgrade_queue`, how many hours it takes in `effort`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, get_args

import numpy as np

from tco import platforms
from tco.catalog.lifecycle import engine_history, equal_version, minor_named
from tco.catalog.projected_releases import STEP_METHODS
from tco.catalog.releases import known_history
from tco.catalog.versions import version_key
from tco.errors import InputError
from tco.evaluation.cache import cached, unique
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import Array, Factors
from tco.model.fleet.bills import own_nodes
from tco.model.fleet.designs import designs_by_group, shares_of
from tco.model.fleet.growth import grown_by
from tco.model.fleet.placement import Placement, Stay, setting, share
from tco.platforms.base import Platform
from tco.scenario.scenario import Group, Method
from tco.upgrades.calendar import Upgrade, starting_version

Days = tuple[tuple[date, float], ...]
"""Days on which something happens to clusters, each with their share of a cohort."""
Months = tuple[tuple[int, float], ...]
"""Months by index, each with its share of some work."""
FORCED = "forced"
GENTLEST_FIRST = ("rolling", "in_place", "full_restart")
"""Documented ways of a step, by how long they keep a cluster down."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Groups of one stay that run the same engine and version under the same policy and method.

    method: how its major upgrades are cut over. extended_support: whether they are enrolled in paid support.
    nodes: instances of a cluster of each group where the team runs them itself; empty where a provider does.
    steps: major upgrades, step by step, that were made before they came here.
    """

    stay: Stay
    groups: Groups
    engine: str
    version: str
    policy: str
    method: str
    extended_support: bool = True
    nodes: tuple[float, ...] = ()
    steps: int = 0


@dataclass(frozen=True, eq=False)
class Wave:
    """One major upgrade of a cohort, or of part of it.

    cut_overs: the days on which clusters cut over, each with their share of the cohort's clusters. work: the months
    (by index) in which its hours are worked, each with its share of them. previous: the wave of the same engine and
    method before it, which teaches and leaves tooling behind. beside: waves that are due in the same month from and to
    the same version; plan and designs are shared with them. Options whose waves have all of this in common have the
    same objects (`unique`). closed: the day on which it fell due, from which new clusters of the cohort come on a later
    version and are not among those that it upgrades. unfinished: due within the horizon and not made; its days and
    months are the last.
    """

    cohort: Cohort
    upgrade: Upgrade
    cut_overs: Days
    work: Months
    previous: Wave | None
    closed: date
    beside: tuple[Wave, ...] = ()
    unfinished: bool = False

    @property
    def groups(self) -> Groups:
        """Those of its cohort."""
        return self.cohort.groups

    @property
    def steps(self) -> int:
        """Major upgrades in a row: 9.1 > 9.4 is one, 5.5 > 5.6 > 5.7 two."""
        return len(self.upgrade.path) - 1

    @property
    def forced(self) -> bool:
        """True for the vendor's forced upgrade, which was neither planned nor rehearsed."""
        return self.upgrade.reason == FORCED

    @cached_property
    def method(self) -> str:
        """How it is cut over."""
        return method_of(self.cohort, self.upgrade)

    def earlier(self) -> Iterator[Wave]:
        """The waves of the same engine and method before it, the latest first."""
        wave = self.previous
        while wave is not None:
            yield wave
            wave = wave.previous


def method_of(cohort: Cohort, upgrade: Upgrade) -> str:
    """How an upgrade is cut over: as the option asks; in place, and forced by the vendor, as the engine's steps go.

    Of each step the gentlest documented way counts, of the whole path the harshest of them.
    """
    if cohort.method != "in_place" and upgrade.reason != FORCED:
        return cohort.method
    ways = (way_of_step(cohort.engine, *step) for step in pairwise(upgrade.path))
    return max(ways, key=GENTLEST_FIRST.index, default="in_place")


@cached
def only_in(inputs: Inputs, month: int) -> Array:
    """1 in a month and 0 in all others, (1, 1, months)."""
    months: Array = (inputs.month_numbers == month).astype(float)
    return months


def in_months(inputs: Inputs, shares: Iterable[tuple[int, float]]) -> Array:
    """Shares by the index of their month, (1, 1, months)."""
    months: Array = np.zeros((1, 1, inputs.months))
    for month, part in shares:
        months[..., month] += part
    return months


@cached
def upgraded_by_month(inputs: Inputs, wave: Wave, groups: Groups | None = None) -> Array:
    """Clusters that cut over in each month and have not left, over those at the start.

    Those that were added before the wave was due are among them. groups: some of the wave's. Shape (draws or 1, groups
    or 1, months).
    """
    months = in_months(inputs, ((inputs.month_of(day), part) for day, part in wave.cut_overs))
    return months * share(inputs, wave.cohort.stay) * grown_until_due(inputs, wave, groups)


@cached
def upgraded_share(inputs: Inputs, wave: Wave, groups: Groups | None = None) -> Array:
    """Clusters that are upgraded in the wave over those at the start, (draws or 1, groups or 1, 1)."""
    whole: Array = upgraded_by_month(inputs, wave, groups).sum(axis=2, keepdims=True)
    return whole


def grown_until_due(inputs: Inputs, wave: Wave, groups: Groups | None = None) -> Array:
    """Clusters of each of a wave's groups (or of some) when it fell due over those at the start."""
    return grown_by(inputs, inputs.month_of(wave.closed), groups or wave.groups)


@cached
def upgraded_of_groups(inputs: Inputs, wave: Wave) -> Array:
    """Clusters of each group that are upgraded, (draws or 1, groups, 1)."""
    return inputs.clusters(wave.groups) * upgraded_share(inputs, wave)


@cached
def upgraded_clusters(inputs: Inputs, wave: Wave) -> Array:
    """Clusters that are upgraded, of all the cohort's groups together, (draws or 1, 1, 1)."""
    part = upgraded_share(inputs, wave)
    if part.shape[1] > 1:
        return over_groups(upgraded_of_groups(inputs, wave))
    return inputs.total_clusters(wave.groups) * part


@cached
def parts_by_clusters(inputs: Inputs, wave: Wave) -> Array:
    """How what goes by clusters is split over the wave's groups, (draws or 1, groups, 1)."""
    at_start = inputs.cluster_shares(wave.groups)
    if upgraded_share(inputs, wave).shape[1] == 1:
        return at_start
    return shares_of(upgraded_of_groups(inputs, wave), at_start)


@cached
def upgraded_together(inputs: Inputs, wave: Wave) -> tuple[Array, Array]:
    """Clusters that are upgraded in the wave and beside it, and the wave's part of them; (draws or 1, 1, 1) each."""
    own = upgraded_clusters(inputs, wave)
    together = sum((upgraded_clusters(inputs, other) for other in wave.beside), own)
    return together, own / np.where(together > 0, together, 1.0)


@cached
def upgraded_designs(inputs: Inputs, wave: Wave) -> Array:
    """Designs of each group that a wave touches; those it shares with waves beside it are divided by clusters."""
    beside = [(other.groups, upgraded_share(inputs, other)) for other in wave.beside]
    return designs_by_group(inputs, wave.groups, upgraded_share(inputs, wave), beside)


@cached
def split_of_work(
    inputs: Inputs, wave: Wave, weights: Callable[[Inputs, Wave], Array] | None = None, at_cut_over: bool = False
) -> Factors:
    """How the work of a wave is split over its groups and the months in which it is done, as factors.

    weights: of the groups, where it is not split by clusters. at_cut_over: work that a forced upgrade makes on its day;
    all other work on one follows it.
    """
    at_once = ((inputs.month_of(wave.cut_overs[0][0]), 1.0),)
    months = in_months(inputs, at_once if at_cut_over and wave.forced else wave.work)
    by_clusters = parts_by_clusters(inputs, wave)
    return by_clusters if weights is None else shares_of(weights(inputs, wave), by_clusters), months


@cached
def nodes_beyond_first(inputs: Inputs, wave: Wave) -> Array:
    """Nodes beyond the first of the clusters that are upgraded, by group, (draws or 1, groups, 1); of own servers."""
    further: Array = np.array(wave.cohort.nodes or (1.0,)).reshape(1, -1, 1) - 1
    return upgraded_of_groups(inputs, wave) * further


def cut_overs(inputs: Inputs, wave: Wave, groups: Groups | None = None) -> Factors:
    """Cut-overs of each of the wave's groups (or of some) by month: clusters still here x steps, as factors."""
    clusters = inputs.clusters(groups or wave.groups)
    if len(wave.cut_overs) > 1:
        return clusters, upgraded_by_month(inputs, wave, groups) * wave.steps
    month = only_in(inputs, inputs.month_of(wave.cut_overs[0][0]))
    return clusters, upgraded_share(inputs, wave, groups) * wave.steps, month


@cached
def cohorts_at_start(inputs: Inputs, placement: Placement) -> tuple[Cohort, ...]:
    """A placement's cohorts by what they run when the horizon begins; none where the platform is versionless.

    Those that arrive run the equal of today's version. `scheduling.cohorts` has what they bring when they do arrive.
    """
    if not placement.platform.is_versioned:
        return ()
    resolved: dict[tuple[Any, ...], tuple[str, str]] = {}
    running = list[tuple[str, str, int]]()
    for name, group in zip(placement.groups.names, placement.groups.stated, strict=True):
        today = placement.platform_name if group.is_new else inputs.scenario.todays_platform(name)
        stated = (group.engine, group.version, group.created, today)
        if stated not in resolved:
            resolved[stated] = version_at_start(placement.platform, today, group, inputs.scenario.first_day)
        running.append((*resolved[stated], 0))
    return cohorts_running(inputs, placement, tuple(running))


@cached
def cohorts_running(
    inputs: Inputs, placement: Placement, running: tuple[tuple[str, str, int], ...]
) -> tuple[Cohort, ...]:
    """A placement's groups by engine, version, policy, method and enrolment.

    running: of each group the engine, the version, and how many steps have led to it. Without a policy of the option's
    own, groups that stay follow `settled`; groups that are about to leave are not upgraded first (`never`): Extended
    Support and the provider's forced upgrades come by themselves.
    """
    by_key: dict[tuple[str, str, str, str, bool, int], list[int]] = {}
    policies, methods = setting(inputs, placement, "policy"), methods_of(inputs, placement)
    default_policy = "never" if placement.stage == "leaves" else "settled"
    for position, group in enumerate(placement.groups.stated):
        engine, version, steps = running[position]
        chosen = policies[position] or default_policy, methods[position]
        enrolled = group.extended_support and placement.platform.has_extended_support
        by_key.setdefault((engine, version, *chosen, enrolled, steps), []).append(position)
    nodes = own_nodes(inputs, placement)
    return tuple(
        unique(
            inputs,
            Cohort,
            placement.stay,
            inputs.part(placement.groups, positions),
            *key,
            tuple(nodes[position] for position in positions if nodes),
            steps,
        )
        for (*key, steps), positions in by_key.items()
    )


def methods_of(inputs: Inputs, placement: Placement) -> list[str]:
    """How each group's major upgrades are cut over: as the option says where the platform has that, else as usual."""
    engines = (group.engine for group in placement.groups.stated)
    valid = [methods_on(placement.platform_name, engine) for engine in engines]
    chosen = setting(inputs, placement, "method")
    return [method if method in ways else ways[0] for method, ways in zip(chosen, valid, strict=True)]


@cache
def methods_on(name: str, engine: str) -> tuple[str, ...]:
    """The ways in which a major upgrade of an engine may be made on a platform, the usual one first.

    Node by node only where the engine's steps go so, or where the team runs the servers and can build any of them.
    """
    platform = platforms.platform(name)
    lifecycle, valid = platform.lifecycle_engines.get(engine), platform.methods_of(engine)
    if lifecycle is None or platform.self_managed:
        return tuple(dict.fromkeys((*valid, *get_args(Method))))
    steps = engine_history(lifecycle).steps.values()
    return (*valid, "rolling") if any(step.method == "rolling" for found in steps for step in found) else valid


def version_at_start(platform: Platform, today: str, group: Group, start: date) -> tuple[str, str]:
    """The lifecycle engine of a group on a platform, and the version it runs there when the horizon begins.

    On another platform of the same engine it starts at the equal of its version on today's platform. `newest`, or a
    group that only says when it was created, means the highest version available that day. Raises InputError for a
    platform that does not run the engine or takes nobody any more, and for a version unknown, without an equal, not
    yet released, or older than what the platform runs.
    """
    engine = platform.lifecycle_engines.get(group.engine)
    if engine is None:
        known = ", ".join(sorted(platform.lifecycle_engines)) or "no versioned engine"
        raise InputError(f"{platform.name} does not run {group.engine}; it runs {known}", path="engine")
    if platform.closed_on and today != platform.name and start >= platform.closed_on:
        raise InputError(f"nothing can move to {platform.name} since {platform.closed_on}", path="platform")
    here = platforms.platform(today).lifecycle_engines.get(group.engine, engine)
    if group.version is None and group.created is None:
        needed = f"a version of {here} is needed, or `newest`, or the day the group was created"
        raise InputError(needed, path="version")
    day = group.created if group.version is None and group.created else start
    version = starting_version(here, None if group.version == "newest" else group.version, day)
    running = equal_version(here, version, engine)
    lowest = platform.lowest_versions.get(engine, "")
    before = known_history(here)
    if before.successor == engine and version_key(running) < version_key(lowest):
        running = before.entries.get(version, running)
    named = group.version if engine == here and group.version not in (None, "newest") else running
    named = minor_named(engine, named) or running
    if version_key(named) < version_key(lowest)[: len(version_key(named))]:
        once = f"; {platform.of_lower_versions}" if platform.of_lower_versions and today == platform.name else ""
        raise InputError(
            f"{platform.name} runs {engine} from {lowest} on, not {named}: keep the group on a platform that has it, "
            f"or upgrade it before it moves{once}"
        )
    return engine, running


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
