"""Which upgrade a cluster must make, when, from which version, to which, and by which path.

A cluster runs one version of one engine. Its next upgrade falls due on the last day of free patches (or of paid
support), on a day of its policy, or when the vendor forces it; the target is chosen among the releases that exist,
are patched on that day and can be reached by supported steps. What happens past the known facts is projected and
marked so. Ends of support are the final ones: a replay of the past knows them earlier than people did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from tco.catalog.lifecycle import STEP_METHODS, EngineHistory, Release, cycle, engine_history, running
from tco.catalog.minor_releases import minor_named
from tco.catalog.releases import known_history
from tco.catalog.versions import months_after, version_key
from tco.errors import InputError, unknown
from tco.upgrades.policies import Policy, policy_named

Route = tuple[str, ...]
"""Versions in the order in which they are passed."""
Day = date
"""Inside `Upgrade` the name `date` is a field."""
METHODS = (*sorted(STEP_METHODS), "blue_green", "logical_replication")
"""Ways to carry out an upgrade. All follow the steps of a cluster upgraded as it stands; `blue_green` has some more."""
_LONGEST_MARGIN_MONTHS = 120
FORCED_FOR_MONTHS = 12
"""A vendor that has not said where it moves clusters is taken to choose what it need not force again for so long."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One event of a cluster's calendar.

    date: the day it happens; due: the day it should have, before anything delayed it.
    to_version: empty where the cluster is stranded: nothing patched can be reached on that day; `valkey 9.1` where the
    vendor moves it to another engine, which it runs from then on.
    path: every version passed, both ends; each step of it is one major upgrade.
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
        """Whether the cluster had nowhere to go."""
        return not self.to_version


@dataclass(frozen=True, slots=True)
class _Plan:
    """The rules that a cluster follows, over the releases known or to be expected by `end`."""

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

    margin_months: how long before a deadline the upgrade is made. ready: first day on which work can be done; what
    falls due earlier happens then, with reason `slipped` and the target of that day. The vendor does not wait: on the
    day on which all support ends, or the start where that is past, it moves what has not moved, with reason `forced`.
    stranded: the cluster was already reported stranded; the event is then the first day on which it can move.
    extended_support: false for a cluster that is not enrolled in paid support and is moved at the end of the free one.
    Raises InputError for an unknown engine, version, policy or method.
    """
    runs, own = running(engine, version)
    plan = _plan(runs, policy, end, margin_months, method, extended_support)
    event = _next(plan, plan.history.release(own), since, start, ready, stranded)
    if event is None or runs == engine:
        return event
    path = tuple(f"{runs} {passed}" for passed in event.path)
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


def _plan(
    engine: str, policy: str, end: date, margin_months: float, method: str, extended_support: bool = True
) -> _Plan:
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
        leaves = plan.history.successor and not _path(plan, release.version, day, reason)  # it has nothing more
        if forced < day or ended or leaves:
            day, due, reason = forced, forced, "forced"
    if day > plan.end:
        return None
    path = _path(plan, release.version, day, reason)
    if stranded and not path:
        days = (later for later in _days_of_change(plan) if day < later <= plan.end)
        moved = next((later for later in days if _path(plan, release.version, later, reason)), None)
        if moved is None:
            return None
        day, path = moved, _path(plan, release.version, moved, reason)
    passed = path or (release.version,)
    projected = any(_projected(plan, version) for version in passed) or (reason != "policy" and release.end_projected)
    reason = reason if day == due else "slipped"
    return Upgrade(day, due, release.version, path[-1] if path else "", passed, reason, projected)


def _projected(plan: _Plan, version: str) -> bool:
    engine, own = running(plan.history.engine, version)
    history = plan.history if engine == plan.history.engine else engine_history(engine, plan.end)
    return history.release(own).projected


def _due(plan: _Plan, release: Release, since: date, floor: date) -> tuple[date, str]:
    """The day the next upgrade falls due, and why: the deadline, unless the policy asks for it earlier."""
    deadline = max(months_after(_support_end(plan, release), -plan.margin_months), floor)
    for day in _policy_days(plan, since, floor):
        if day >= deadline or day > plan.end:
            break
        if _path(plan, release.version, day, "policy"):
            return day, "policy"
    return deadline, "deadline"


def _waits_for_the_vendor(plan: _Plan, release: Release) -> bool:
    """Whether the policy leaves the upgrade to the vendor, as waiting for the end of paid support does where none is
    sold, and where the vendor then moves to another engine.
    """
    moved = plan.history.managed and (release.extended_support_kind != "paid" or bool(plan.history.successor))
    return plan.policy.name == "never" or (plan.policy.name == "extended_support" and moved)


def _support_end(plan: _Plan, release: Release) -> date:
    """The last day of the support that the policy makes use of."""
    end = release.support_end if plan.policy.name in {"extended_support", "never"} else release.free_patches_end
    if end is None:
        raise InputError(f"no end of patches is known or can be projected for {release.engine} {release.version}")
    return end


def _policy_days(plan: _Plan, since: date, floor: date) -> Iterator[date]:
    """The days on which the policy itself looks for something to move to, deadlines aside, in order."""
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
    """The days on which more may come within reach than the day before, in order."""
    releases = plan.history.releases.values()
    released = [release.release_date for release in releases if release.release_date is not None]
    opened = [step.valid_from for steps in plan.history.steps.values() for step in steps if step.valid_from is not None]
    aged = [months_after(day, plan.policy.months) for day in released]
    return tuple(sorted({*released, *opened, *aged}))


def _vendors_day(plan: _Plan, release: Release) -> date | None:
    """The day the vendor moves clusters itself: as announced, else the end of all support; None if never."""
    if not plan.history.managed:
        return None
    announced = plan.history.forced.get(release.version)
    return announced.forced_on if announced else release.support_end


def _path(plan: _Plan, version: str, day: date, reason: str) -> Route:
    """The versions to pass on `day`, both ends; empty where none is offered."""
    within_reach = targets(plan.history, version, day, plan.methods)
    stays = _same_engine_follows(plan) and within_reach
    asked_for = plan.policy.name == "successor" or (reason == "forced" and not stays)
    if asked_for and (onward := _route_to_successor(plan, version, day)):
        return onward
    if reason == "forced":
        chosen = _vendors_choice(plan.history, version, day, within_reach)
    elif reason == "policy":
        chosen = plan.policy.choice_on_own_day(within_reach, day)
    else:
        chosen = plan.policy.choice(within_reach, day)
    found = routes(plan.history, version, day, plan.methods)
    return found.get(chosen.version, (version, chosen.version)) if chosen else ()


def _same_engine_follows(plan: _Plan) -> bool:
    """Whether what follows is the same engine on newer ground: Aurora Serverless v2 after v1."""
    following = plan.history.successor
    return bool(following) and known_history(following).community_engine == plan.history.community_engine


def _route_to_successor(plan: _Plan, version: str, day: date) -> Route:
    """The path to the newest version under which the vendor goes on, its versions named with their engine.

    Where the vendor leads from some versions to some, the path keeps to its steps before and after; else it is one
    step. To the same engine it goes no further than it must: what follows is upgraded by its own policy. Empty where
    there is no successor, or no way to it.
    """
    known = plan.history
    if not known.successor:
        return ()
    theirs = engine_history(known.successor, plan.end)
    if not known.entries:
        offered = [release.version for release in theirs.releases.values() if available(release, day)]
        return (version, f"{known.successor} {offered[-1]}") if offered else ()
    ways = [
        (*own, *(f"{known.successor} {their}" for their in way))
        for last, own in routes(known, version, day, plan.methods).items()
        if (entry := known.entries.get(last)) and available(theirs.release(entry), day)
        for way in ([(entry,)] if _same_engine_follows(plan) else routes(theirs, entry, day, plan.methods).values())
    ]
    return max(ways, key=lambda way: (version_key(running("", way[-1])[1]), -len(way)), default=())


def _vendors_choice(history: EngineHistory, version: str, day: date, within_reach: Sequence[Release]) -> Release | None:
    """What the vendor moves a cluster to: as announced, else the oldest with a year of support left, paid included.

    Where none does, the one that is supported longest. Vendors skip what they are about to end: MariaDB 10.3 on RDS
    went to 10.6.
    """
    announced = history.forced.get(version)
    if announced is not None and patched(history.release(announced.to_version), day):
        return history.release(announced.to_version)
    enough = months_after(day, FORCED_FOR_MONTHS)
    lasting = (release for release in within_reach if (release.support_end or date.max) >= enough)
    longest = max(within_reach, key=lambda release: release.support_end or date.max, default=None)
    return next(lasting, longest)


@lru_cache(maxsize=256)
def without_extended_support(history: EngineHistory) -> EngineHistory:
    """The history as a cluster meets it that is not enrolled in paid support."""
    releases = {
        version: replace(release, extended_support_end=None, extended_support_kind="")
        if release.extended_support_kind == "paid"
        else release
        for version, release in history.releases.items()
    }
    return replace(history, releases=releases, extended_support={})


def available(release: Release, day: date) -> bool:
    """Whether the release exists on `day`; one without a known release date never does."""
    return release.release_date is not None and release.release_date <= day


def patched(release: Release, day: date) -> bool:
    """Whether patches go on after `day`: a version whose last day it is, is not patched."""
    return release.free_patches_end is None or release.free_patches_end > day


@lru_cache(maxsize=16384)
def targets(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> tuple[Release, ...]:
    """The releases newer than `version` that are patched and within reach on `day`, oldest first."""
    newer = (other for other in routes(history, version, day, methods) if version_key(other) > version_key(version))
    ordered = (history.releases[other] for other in sorted(newer, key=version_key))
    return tuple(release for release in ordered if patched(release, day))


@lru_cache(maxsize=16384)
def routes(history: EngineHistory, version: str, day: date, methods: frozenset[str]) -> dict[str, Route]:
    """The path of fewest steps to every version within reach on `day`, the lowest versions where several are short.

    A step can be used when its target is available that day and it is valid from then or before; the versions on the
    way need not be patched.
    """
    found: dict[str, Route] = {version: (version,)}
    frontier = [version]
    # Breadth first, lowest version first: the first path that arrives has the fewest steps and the lowest versions.
    for origin in frontier:
        for target in _steps(history, origin, day, methods):
            if target not in found:
                found[target] = (*found[origin], target)
                frontier.append(target)
    return found


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
    """The projected releases that one step may climb to from `origin`.

    Where every release is a minor one, those of a major number that a known step leads to, or that it has itself.
    """
    newer = [version for version in history.releases if version_key(version) > version_key(origin)]
    if all(release.level == "minor" for release in history.releases.values() if not release.projected):
        known = (origin, *(step.to_version for step in history.steps.get(origin, ())))
        majors = {version_key(version)[0] for version in known}
        return tuple(v for v in newer if history.releases[v].projected and version_key(v)[0] in majors)
    # A version that the calendar does not move to (MongoDB 8.3) may climb to the next one only.
    reach = history.projected_reach if origin in history.releases else 1
    return tuple(version for version in newer[:reach] if history.releases[version].projected)
