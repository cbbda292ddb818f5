"""Which upgrade a cluster must make, when, from which version, to which, and by which path.

A cluster runs one version of one engine. Its next upgrade is due on the last day of free patches (or of paid support),
on a day of its policy, or when the vendor forces it. The target is chosen among the releases that are available and
patched on that day and reachable by supported steps. Upgrades past the known facts are projected and marked so. Ends of
support are the final ones: a replay of the past knows them earlier than people did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from tco.catalog.lifecycle import cycle, engine_history, minor_named
from tco.catalog.projected_releases import STEP_METHODS
from tco.catalog.releases import EngineHistory, Release, known_history, running
from tco.catalog.versions import months_after, version_key
from tco.errors import InputError, unknown
from tco.upgrades.policies import Policy, policy_named

Route = tuple[str, ...]
"""Versions in the order of the steps."""
Day = date
"""The type `date`, for `Upgrade`, where `date` is a field."""
METHODS = (*sorted(STEP_METHODS), "blue_green", "logical_replication")
"""Methods of an upgrade. All can use the steps of an in-place upgrade; `blue_green` has some further ones."""
_LONGEST_MARGIN_MONTHS = 120
FORCED_FOR_MONTHS = 12
"""Without an announced target, the vendor is assumed to choose a version with at least these months of support."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One event of a cluster's calendar.

    date: the day it happens; due: the day on which it should have happened.
    to_version: empty if the cluster is stranded: no patched version can be reached on that day. `valkey 9.1` if the
    vendor moves the cluster to another engine, which it runs from then on.
    path: all versions, both ends included; each step of it is one major upgrade.
    reason: `deadline`, `policy`, `forced` (by the vendor) or `slipped` (later than due).
    projected: the due day or a version of the path rests on a projection.
    """

    date: Day
    due: Day
    from_version: str
    to_version: str
    path: Route
    reason: str
    projected: bool

    @property
    def stranded(self) -> bool:
        """Whether no patched version could be reached."""
        return not self.to_version


@dataclass(frozen=True, slots=True)
class _Plan:
    """The rules that a cluster follows, and the releases known or expected by `end`."""

    history: EngineHistory
    policy: Policy
    methods: frozenset[str]
    margin_months: float
    end: date


def next_upgrade(
    engine: str,
    version: str,
    since: date,
    *,
    policy: str,
    start: date,
    end: date,
    margin_months: float = 0.0,
    method: str = "in_place",
    ready: date | None = None,
    stranded: bool = False,
    extended_support: bool = True,
) -> Upgrade | None:
    """The next event of a cluster that runs `version` since `since`, or None if there is none from `start` to `end`.

    margin_months: how long before a deadline the upgrade is made. ready: first day on which work can be done; upgrades
    due earlier happen then, with reason `slipped` and the target of that day. The vendor does not wait: on the day on
    which all support ends, or on `start` if that is past, it upgrades the cluster, with reason `forced`.
    stranded: the cluster was already reported stranded; the event is then the first day on which it can move.
    extended_support: false for a cluster without paid support, which is moved at the end of the free one.
    Raises InputError for an unknown engine, version, policy or method.
    """
    runs, number = running(engine, version)
    plan = _plan(runs, policy, end, margin_months, method, extended_support)
    event = _next(plan, plan.history.release(number), since, start, ready, stranded)
    if event is None or runs == engine:
        return event
    path = tuple(f"{runs} {step}" for step in event.path)
    return replace(event, from_version=path[0], to_version=path[-1] if event.to_version else "", path=path)


def upgrades(
    engine: str,
    version: str | None,
    start: date,
    end: date,
    policy: str,
    margin_months: float = 0.0,
    method: str = "in_place",
    ready: date | None = None,
) -> list[Upgrade]:
    """All events of a cluster from `start` to `end`, both inside, in order.

    `version` may carry a minor (`8.0.35`); None is the highest known version available on `start`. A stranded cluster
    is reported once, and moves on the first later day that offers a target. Raises InputError as `next_upgrade`, and
    for a start after the end or a version that was not released by the start.
    """
    if start > end:
        raise InputError(f"the start {start} is after the end {end}")
    runs, since, stranded = starting_version(engine, version, start), start, False
    events: list[Upgrade] = []
    while event := next_upgrade(
        engine, runs, since,
        policy=policy, start=start, end=end, margin_months=margin_months, method=method, ready=ready, stranded=stranded,
    ):  # fmt: skip
        events.append(event)
        runs, since, stranded = event.to_version or runs, event.date, event.stranded
    return events


def starting_version(engine: str, version: str | None, start: date) -> str:
    """The version of the calendar that a cluster runs on `start`.

    None asks for the highest of the known releases available that day; projected ones are only moved to later.
    Raises InputError for a version or minor that is unknown, and for a version that was not released by then.
    """
    history = engine_history(engine)
    if version is None:
        existing = [release.version for release in history.releases.values() if available(release, start)]
        if not existing:
            first = min(release.release_date or date.max for release in history.releases.values())
            raise InputError(f"no version of {engine} is known to be available on {start}; the first came on {first}")
        return existing[-1]
    runs = cycle(engine, version)
    minor_named(engine, version)
    released = history.release(runs).release_date
    if released is not None and released > start:
        raise InputError(f"{engine} {runs} was released on {released}: no cluster can run it on {start}")
    return runs


def _plan(engine: str, policy: str, end: date, margin_months: float, method: str, extended_support: bool) -> _Plan:
    if method not in METHODS:
        raise InputError(unknown("upgrade method", method, METHODS))
    if not (isinstance(margin_months, int | float) and 0 <= margin_months <= _LONGEST_MARGIN_MONTHS):
        raise InputError(f"the margin goes from 0 to {_LONGEST_MARGIN_MONTHS} months", value=margin_months)
    methods = STEP_METHODS | {"blue_green"} if method == "blue_green" else STEP_METHODS
    history = engine_history(engine, end)
    if not extended_support:
        history = without_extended_support(history)
    return _Plan(history, policy_named(str(policy)), methods, margin_months, end)


@lru_cache(maxsize=4096)
def _next(
    plan: _Plan, release: Release, since: date, start: date, ready: date | None, stranded: bool
) -> Upgrade | None:
    """The next event up to the plan's end, or None."""
    floor = max(since, start)
    last_day = _vendors_day(plan, release)
    forced = None if last_day is None else max(last_day, floor)
    if _waits_for_the_vendor(plan, release):
        due, reason, ready = forced, "forced", None
    else:
        due, reason = _due(plan, release, since, floor)
    if due is None:
        return None
    day = due if ready is None else max(due, ready)
    if forced is not None:
        ended = last_day is not None and last_day < floor and forced == day
        leaves = plan.history.successor and not _path(plan, release.version, day, reason)  # only the successor is left
        if forced < day or ended or leaves:
            day, due, reason = forced, forced, "forced"
    if day > plan.end:
        return None
    path = _path(plan, release.version, day, reason)
    if stranded and not path:
        days = (later for later in _days_of_change(plan) if day < later <= plan.end)
        first = next((later for later in days if _path(plan, release.version, later, reason)), None)
        if first is None:
            return None
        day, path = first, _path(plan, release.version, first, reason)
    versions = path or (release.version,)
    projected = any(_projected(plan, version) for version in versions) or (reason != "policy" and release.end_projected)
    reason = reason if day == due else "slipped"
    return Upgrade(day, due, release.version, path[-1] if path else "", versions, reason, projected)


def _projected(plan: _Plan, version: str) -> bool:
    engine, number = running(plan.history.engine, version)
    history = plan.history if engine == plan.history.engine else engine_history(engine, plan.end)
    return history.release(number).projected


def _due(plan: _Plan, release: Release, since: date, floor: date) -> tuple[date, str]:
    """The day on which the next upgrade is due, and the reason: the deadline, or an earlier day of the policy."""
    deadline = max(months_after(_support_end(plan, release), -plan.margin_months), floor)
    for day in _policy_days(plan, since, floor):
        if day >= deadline or day > plan.end:
            break
        if _path(plan, release.version, day, "policy"):
            return day, "policy"
    return deadline, "deadline"


def _waits_for_the_vendor(plan: _Plan, release: Release) -> bool:
    """Whether the policy leaves the upgrade to the vendor: `never`, and `extended_support` on a managed engine that has
    none for the release or that the vendor continues as another engine.
    """
    moved = plan.history.managed and (release.extended_support_kind != "paid" or bool(plan.history.successor))
    return plan.policy.name == "never" or (plan.policy.name == "extended_support" and moved)


def _support_end(plan: _Plan, release: Release) -> date:
    """The last day of the support that the policy uses."""
    end = release.support_end if plan.policy.name in {"extended_support", "never"} else release.free_patches_end
    if end is None:
        raise InputError(f"no end of patches is known or can be projected for {release.engine} {release.version}")
    return end


def _policy_days(plan: _Plan, since: date, floor: date) -> Iterator[date]:
    """The policy's own days for upgrades, apart from deadlines, in order."""
    if plan.policy.name == "every":
        rounds = 1
        while (day := months_after(since, rounds * plan.policy.months)) < date.max:
            if day >= floor:
                yield day
            rounds += 1
    elif plan.policy.name == "successor" and plan.history.successor:
        yield floor
    elif plan.policy.name == "asap":
        yield floor
        yield from (day for day in _days_of_change(plan) if day > floor)


@lru_cache(maxsize=1024)
def _days_of_change(plan: _Plan) -> tuple[date, ...]:
    """The days on which further versions may become reachable, in order."""
    releases = plan.history.releases.values()
    released = [release.release_date for release in releases if release.release_date is not None]
    opened = [step.valid_from for steps in plan.history.steps.values() for step in steps if step.valid_from is not None]
    aged = [months_after(day, plan.policy.months) for day in released]
    return tuple(sorted({*released, *opened, *aged}))


def _vendors_day(plan: _Plan, release: Release) -> date | None:
    """The day on which the vendor upgrades clusters: as announced, else the end of all support; None if never."""
    if not plan.history.managed:
        return None
    announced = plan.history.forced.get(release.version)
    return announced.forced_on if announced else release.support_end


def _path(plan: _Plan, version: str, day: date, reason: str) -> Route:
    """The versions of the upgrade on `day`, both ends included; empty if no target can be reached."""
    reachable = targets(plan.history, version, day, plan.methods)
    stays = _same_engine_follows(plan) and reachable
    leaves = plan.policy.name == "successor" or (reason == "forced" and not stays)
    if leaves and (route := _route_to_successor(plan, version, day)):
        return route
    if reason == "forced":
        target = _vendors_choice(plan.history, version, day, reachable)
    elif reason == "policy":
        target = plan.policy.choice_on_own_day(reachable, day)
    else:
        target = plan.policy.choice(reachable, day)
    by_version = routes(plan.history, version, day, plan.methods)
    return by_version.get(target.version, (version, target.version)) if target else ()


def _same_engine_follows(plan: _Plan) -> bool:
    """Whether the successor is the same database engine on a newer service: Aurora Serverless v2 after v1."""
    successor = plan.history.successor
    return bool(successor) and known_history(successor).community_engine == plan.history.community_engine


def _route_to_successor(plan: _Plan, version: str, day: date) -> Route:
    """The path to the newest reachable version of the successor, whose versions are named with their engine.

    It is one step, unless the vendor states from which version to which the change is made (`entries`): then supported
    steps lead to it and on from it. If the successor is the same database engine, the path ends at the entry, and later
    upgrades follow the policy. Empty without a successor or a way to it.
    """
    history = plan.history
    if not history.successor:
        return ()
    following = engine_history(history.successor, plan.end)
    if not history.entries:
        offered = [release.version for release in following.releases.values() if available(release, day)]
        return (version, f"{history.successor} {offered[-1]}") if offered else ()
    paths = [
        (*before, *(f"{history.successor} {step}" for step in after))
        for last, before in routes(history, version, day, plan.methods).items()
        if (entry := history.entries.get(last)) and available(following.release(entry), day)
        for after in (
            [(entry,)] if _same_engine_follows(plan) else routes(following, entry, day, plan.methods).values()
        )
    ]
    return max(paths, key=lambda path: (version_key(running("", path[-1])[1]), -len(path)), default=())


def _vendors_choice(history: EngineHistory, version: str, day: date, reachable: Sequence[Release]) -> Release | None:
    """The vendor's target: as announced, else the oldest with a year of support left, paid included.

    If there is none, the one with the longest support. Vendors skip versions that end soon: MariaDB 10.3 on RDS went to
    10.6.
    """
    announced = history.forced.get(version)
    if announced is not None and patched(history.release(announced.to_version), day):
        return history.release(announced.to_version)
    enough = months_after(day, FORCED_FOR_MONTHS)
    lasting = (release for release in reachable if (release.support_end or date.max) >= enough)
    longest = max(reachable, key=lambda release: release.support_end or date.max, default=None)
    return next(lasting, longest)


@lru_cache(maxsize=256)
def without_extended_support(history: EngineHistory) -> EngineHistory:
    """The history for a cluster that is not enrolled in paid support."""
    releases = {
        version: replace(release, extended_support_end=None, extended_support_kind="")
        for version, release in history.releases.items()
    }
    return replace(history, releases=releases, extended_support={})


def available(release: Release, day: date) -> bool:
    """Whether the release exists on `day`; one without a known release date never does."""
    return release.release_date is not None and release.release_date <= day


def patched(release: Release, day: date) -> bool:
    """Whether the release gets patches after `day`."""
    return release.free_patches_end is None or release.free_patches_end > day


@lru_cache(maxsize=16384)
def targets(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> tuple[Release, ...]:
    """The releases newer than `version` that are patched and reachable on `day`, oldest first."""
    newer = (other for other in routes(history, version, day, methods) if version_key(other) > version_key(version))
    ordered = (history.releases[other] for other in sorted(newer, key=version_key))
    return tuple(release for release in ordered if patched(release, day))


@lru_cache(maxsize=16384)
def routes(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> dict[str, Route]:
    """The path of fewest steps to every version reachable on `day`; of equally short ones, that by the lowest versions.

    A step can be used if it is valid and its target available on that day; versions in between need no patches.
    """
    paths: dict[str, Route] = {version: (version,)}
    frontier = [version]
    # Breadth first, lowest version first: the first path that arrives has the fewest steps and the lowest versions.
    for origin in frontier:
        for target in _steps(history, origin, day, methods):
            if target not in paths:
                paths[target] = (*paths[origin], target)
                frontier.append(target)
    return paths


@lru_cache(maxsize=16384)
def _steps(history: EngineHistory, origin: str, day: date, methods: frozenset[str]) -> Route:
    """The versions that one step leads to on `day`, lowest first."""
    known = {
        step.to_version
        for step in history.steps.get(origin, ())
        if step.method in methods and (step.valid_from is None or step.valid_from <= day)
    }
    leads_to = known | set(_projected_targets(history, origin))
    return tuple(
        version for version, release in history.releases.items() if version in leads_to and available(release, day)
    )


@lru_cache(maxsize=4096)
def _projected_targets(history: EngineHistory, origin: str) -> Route:
    """The projected releases that one step from `origin` may lead to.

    If all releases are minor ones, those whose major number is that of `origin` or of a known step's target.
    """
    newer = [version for version in history.releases if version_key(version) > version_key(origin)]
    if all(release.level == "minor" for release in history.releases.values() if not release.projected):
        known = (origin, *(step.to_version for step in history.steps.get(origin, ())))
        majors = {version_key(version)[0] for version in known}
        return tuple(v for v in newer if history.releases[v].projected and version_key(v)[0] in majors)
    # From a version of another level (MongoDB 8.3), one step leads to the next release only.
    reach = history.projected_reach if origin in history.releases else 1
    return tuple(version for version in newer[:reach] if history.releases[version].projected)
