"""Which version a cluster runs on which day: deadlines, targets and steps from data/lifecycle, projected past it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from statistics import median, median_low
from typing import NamedTuple

from derivation.facts import table

STEPS_IN_PLACE = {"in_place", "rolling", "full_restart"}
RECENT_RELEASES, RECENT_TARGETS = 5, 3


class Release(NamedTuple):
    """A version: its first day, the last days of free patches and of paid support, and whether it is projected."""

    released: date
    end: date
    paid_end: date
    projected: bool = False


class Upgrade(NamedTuple):
    """A major upgrade of a cluster, in one step or several. forced: by the vendor, at the end of all support."""

    engine: str
    day: date
    old: str
    new: str
    steps: int
    forced: bool


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def number_of(version: str) -> list[int]:
    """Versions are ordered number by number: 8.4 < 9.7 < 10."""
    return [int(part) for part in version.split(".")]


def a_year_later(day: date) -> date:
    return day.replace(year=day.year + 1)  # no release and no charge begins on a 29 February


@cache
def releases(engine: str, until: date) -> dict[str, Release]:
    """The major versions of an engine from old to new, and those to be expected up to a day.

    Projected releases follow the newest at the median of the last five intervals between releases; their patches last
    as long as the median of the last five releases. (A name such as `8.4+1` only has to be its own.)
    """
    rows = [row for row in table("lifecycle/releases") if row["engine"] == engine and row["level"] == "major"]
    found: dict[str, Release] = {}
    for row in sorted(rows, key=lambda row: number_of(row["version"])):
        released, end = day_of(row["release_date"]), day_of(row["free_patches_end"])
        if released and end:  # MySQL 5.5 has no release date on RDS
            found[row["version"]] = Release(released, end, day_of(row["extended_support_end"]) or end)
    days, known_until = sorted(release.released for release in found.values()), max(row["as_of"] for row in rows)
    interval = round(median((after - before).days for before, after in pairwise(days[-RECENT_RELEASES - 1 :])))
    patched = round(
        median((release.end - release.released).days for release in list(found.values())[-RECENT_RELEASES:])
    )
    newest, day = list(found)[-1], days[-1]
    while (day := day + timedelta(interval)) <= until:
        if day > date.fromisoformat(known_until):
            end = day + timedelta(patched)
            found[f"{newest}+{len(found)}"] = Release(day, end, end, projected=True)
    return found


@cache
def single_steps(engine: str, blue_green: bool) -> dict[tuple[str, str], date]:
    """Supported single steps (from, to), each with the first day on which it is valid."""
    methods, found = STEPS_IN_PLACE | ({"blue_green"} if blue_green else set()), {}
    for row in table("lifecycle/upgrade_paths"):
        if row["engine"] == engine and row["method"] in methods:
            step, valid = (row["from_version"], row["to_version"]), day_of(row["valid_from"]) or date.min
            found[step] = min(valid, found.get(step, valid))
    return found


@cache
def reach(engine: str, known: tuple[str, ...]) -> int:
    """How many versions up a step may lead to a projected release: the median of the last three targets' widest."""
    widest: dict[int, int] = {}
    for old, new in single_steps(engine, blue_green=False):
        if old in known and new in known:
            target = known.index(new)
            widest[target] = max(widest.get(target, 0), target - known.index(old))
    return median_low([widest[target] for target in sorted(widest)][-RECENT_TARGETS:])


def steps_to(engine: str, version: str, day: date, blue_green: bool, until: date) -> dict[str, int]:
    """The newer versions that exist on a day and can be reached, each with the fewest steps that lead there."""
    known, valid, steps = releases(engine, until), single_steps(engine, blue_green), {version: 0}
    order = list(known)
    climb = reach(engine, tuple(name for name in known if not known[name].projected))
    for new in order[order.index(version) + 1 :]:
        if known[new].released <= day:
            near = order[max(order.index(new) - climb, 0) :] if known[new].projected else []
            ways = [steps[old] for old in steps if old in near or valid.get((old, new), date.max) <= day]
            steps |= {new: min(ways) + 1} if ways else {}
    return steps


def upgrades(
    engine: str, version: str, first: date, last: date, ready: date, *, forced: bool, blue_green: bool, until: date
) -> Iterator[Upgrade]:
    """The major upgrades of a cluster that runs `version` on the `first` day, up to the `last`.

    Policy `settled`: due on the last day of free patches, at the earliest when the team is `ready`; to the newest
    patched release that is twelve months old, else to the newest. Forced by the vendor: on the last day of paid
    support, to the oldest release that is still patched.
    """
    known, since = releases(engine, until), first
    while True:
        due = max(known[version].paid_end if forced else known[version].end, since)
        day = due if forced else max(due, ready)
        if day > last:
            return
        steps = steps_to(engine, version, day, blue_green, until)
        targets = [new for new in steps if new != version and known[new].end > day]
        settled = [new for new in targets if a_year_later(known[new].released) <= day]
        new = targets[0] if forced else (settled or targets)[-1]
        yield Upgrade(engine, day, version, new, steps[new], forced)
        version, since = new, day


@cache
def extended_support_year(engine: str, version: str, day: date) -> int:
    """The year of paid Extended Support as which a day is charged: 1, 2 or 3; 0 for none."""
    for row in table("lifecycle/extended_support"):
        if (row["engine"], row["version"]) == (engine, version):
            first, third = date.fromisoformat(row["year_1_start"]), day_of(row["year_3_start"])
            return 0 if day < first else 1 if day < a_year_later(first) else 3 if third and day >= third else 2
    return 0


def versions_before(engine: str, version: str, start: date) -> Iterator[tuple[date, date, str]]:
    """What clusters ran before the horizon, as (first day, last day, version): backups of it are kept.

    As if they had been created with the engine's first release and had followed `settled` since then, but never past
    the version that they run at the start, and which they ran on the eve at least.
    """
    begin, running = min((release.released, name) for name, release in releases(engine, start).items())
    eve = start - timedelta(1)
    past = upgrades(engine, running, begin, start, begin, forced=False, blue_green=False, until=start)
    for day, new in [*((upgrade.day, upgrade.new) for upgrade in past), (eve, version)]:
        if number_of(running) < number_of(version):
            yield begin, day, running
        begin, running = day, new
    yield eve, eve, version
