"""The lifecycle tables of `data/lifecycle`: what each engine released, until when it was patched, and which step leads
from one version to another. Nothing here is projected.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from tco import resources
from tco.catalog.versions import version_key
from tco.errors import InputError, shown, unknown

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Release:
    """One version of one engine.

    level: `major`, `minor`, `innovation`, `rapid` or `rolling`; the calendar moves between some levels only.
    release_date: first day it could be used; None where it is not known, and then it is never moved to.
    free_patches_end: last day of patches without a further charge; None while none is announced.
    end_basis: how the end is known (`documented`, `last patch`, `published rule`, ..., `projected`).
    extended_support_end, extended_support_kind: the further support after it, `paid` or `free` (then inside the end).
    projected: this release is not known yet; end_projected: its end is not announced. Both from the engine's history.
    source, link: where the row was read, as of `as_of`.
    """

    engine: str
    version: str
    level: str
    release_date: date | None
    free_patches_end: date | None
    end_basis: str
    extended_support_end: date | None
    extended_support_kind: str
    source: str
    link: str
    as_of: date
    note: str = ""
    projected: bool = False
    end_projected: bool = False

    @property
    def support_end(self) -> date | None:
        """The last day of all support, paid support included."""
        return self.extended_support_end if self.extended_support_kind == "paid" else self.free_patches_end


@dataclass(frozen=True, slots=True)
class Step:
    """One upgrade that the vendor supports, usable from `valid_from` (None: as soon as both versions exist)."""

    from_version: str
    to_version: str
    method: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class ForcedUpgrade:
    """What the vendor did to clusters that had not moved by `forced_on`. A plan it replaced later is left out."""

    from_version: str
    to_version: str
    forced_on: date


@dataclass(frozen=True, slots=True)
class ExtendedSupport:
    """When paid Extended Support of a version is charged: years 1 and 2 from `year_1_start`, year 3 and later from
    `year_3_start` (None: it ends before), to `end` inclusive.
    """

    year_1_start: date
    year_3_start: date | None
    end: date
    projected: bool = False


@dataclass(frozen=True, eq=False)
class EngineHistory:
    """All that the calendar needs to know of one engine.

    releases: by version, ascending, of the levels that the calendar moves between.
    other_releases: versions of other levels; a cluster may run one, and is never moved to one.
    steps: by the version they start from, lowest target first.
    projected_reach: how many versions up one step to a projected release may lead.
    successor: the engine under which the vendor goes on, to which it moves what has not moved; empty for none.
    entries: by version, the successor's version that it is upgraded to; empty where any goes to the latest.
    """

    engine: str
    name: str
    managed: bool
    community_engine: str
    as_of: date
    releases: Mapping[str, Release]
    other_releases: Mapping[str, Release]
    steps: Mapping[str, tuple[Step, ...]]
    forced: Mapping[str, ForcedUpgrade]
    extended_support: Mapping[str, ExtendedSupport]
    projected_reach: int = 0
    successor: str = ""
    entries: Mapping[str, str] = field(default_factory=dict)

    def release(self, version: str) -> Release:
        """The release named exactly `version`. Raises InputError with the nearest."""
        found = self.releases.get(version) or self.other_releases.get(version)
        if found is None:
            raise InputError(unknown_version(self.engine, version, [*self.releases, *self.other_releases]))
        return found


def running(engine: str, version: str) -> tuple[str, str]:
    """The engine that runs and its own version: `valkey` and `9.1` for the `valkey 9.1` that followed another."""
    successor, _, own = version.rpartition(" ")
    return successor or engine, own


def unknown_version(engine: str, version: str, known: Iterable[str]) -> str:
    """The sentence for a version that an engine never had: names the nearest below and above by number, never by
    letters (10.10 lies between 10.6 and 10.11). One below all of a managed engine may have been there once.
    """
    numbers, names = version_key(version), sorted(known, key=version_key)
    same = [name for name in names if version_key(name) == numbers]
    if not numbers or same:
        return unknown(f"version of {engine}", version, same or names)
    below = [name for name in names if version_key(name) < numbers][-1:]
    above = [name for name in names if version_key(name) > numbers][:1]
    if not below and any(row["engine"] == engine and row["managed"] == "true" for row in table("engines")):
        return (
            f"version {shown(version)} of {engine} is older than all that are known, from {above[0]!r} on: the "
            "provider has moved what ran one so old; state what the cluster runs today"
        )
    near = [*below, *above]
    listed = " and ".join(repr(name) for name in near)
    return f"unknown version of {engine} {shown(version)}; the nearest {'are' if len(near) > 1 else 'is'} {listed}"


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of one table of `data/lifecycle`, as text. Raises InputError for a line with too few or many cells."""
    path = resources.path(f"data/lifecycle/{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    for number, cells in enumerate(lines, 2):
        if len(cells) != len(headings):
            message = f"must have {len(headings)} cells as the headings, and has {len(cells)}"
            raise InputError(message, file=str(path), path=f"line {number}")
    return tuple(dict(zip(headings, cells, strict=True)) for cells in lines)


@cache
def rows_of(name: str) -> Mapping[str, tuple[Row, ...]]:
    """The rows of one table by engine."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in table(name):
        grouped[row["engine"]].append(row)
    return {engine: tuple(rows) for engine, rows in grouped.items()}


def day(text: str) -> date | None:
    """A day of a table; None where the table leaves it blank. Raises InputError for what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"must be days such as 2026-11-01: {shown(text)}", file="data/lifecycle") from None


@cache
def source_titles() -> Mapping[str, tuple[str, str]]:
    """Title and link of every source by its id."""
    return {row["id"]: (row["title"], row["link"]) for row in table("sources")}


@cache
def known_history(engine: str) -> EngineHistory:
    """The engine as the tables know it. Raises InputError for an unknown engine, or one without rows to plan with."""
    engines = {row["engine"]: row for row in table("engines")}
    if engine not in engines:
        raise InputError(unknown("engine", engine, engines))
    described = engines[engine]
    levels = described["calendar_levels"].split()
    releases = sorted(
        (_release(row) for row in rows_of("releases").get(engine, ())), key=lambda release: version_key(release.version)
    )
    in_scope = {release.version: release for release in releases if release.level in levels}
    if not in_scope:
        raise InputError(f"no {' or '.join(levels)} releases of {engine} are known, so no upgrade can be planned")
    return EngineHistory(
        engine=engine,
        name=described["name"],
        managed=described["managed"] == "true",
        community_engine=described["community_engine"],
        as_of=max(release.as_of for release in in_scope.values()),
        releases=in_scope,
        other_releases={release.version: release for release in releases if release.version not in in_scope},
        steps=_steps(engine),
        forced=_forced(engine),
        successor=next((row["successor"] for row in rows_of("successors").get(engine, ())), ""),
        entries={
            row["from_version"]: row["to_version"]
            for row in rows_of("successors").get(engine, ())
            if row["from_version"]
        },
        extended_support={
            row["version"]: ExtendedSupport(
                date.fromisoformat(row["year_1_start"]), day(row["year_3_start"]), date.fromisoformat(row["end"])
            )
            for row in rows_of("extended_support").get(engine, ())
        },
    )


def _release(row: Row) -> Release:
    if row["source"] not in source_titles():
        message = unknown("source", row["source"], source_titles())
        raise InputError(message, file="data/lifecycle/releases.csv", path=f"{row['engine']} {row['version']}")
    title, link = source_titles()[row["source"]]
    return Release(
        engine=row["engine"],
        version=row["version"],
        level=row["level"],
        release_date=day(row["release_date"]),
        free_patches_end=day(row["free_patches_end"]),
        end_basis=row["end_basis"],
        extended_support_end=day(row["extended_support_end"]),
        extended_support_kind=row["extended_support_kind"],
        source=title,
        link=link,
        as_of=date.fromisoformat(row["as_of"]),
        note=row["note"],
    )


def _steps(engine: str) -> Mapping[str, tuple[Step, ...]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for row in rows_of("upgrade_paths").get(engine, ()):
        step = Step(row["from_version"], row["to_version"], row["method"], day(row["valid_from"]))
        found[step.from_version].append(step)
    return {
        version: tuple(sorted(steps, key=lambda step: version_key(step.to_version))) for version, steps in found.items()
    }


def _forced(engine: str) -> Mapping[str, ForcedUpgrade]:
    return {
        row["from_version"]: ForcedUpgrade(row["from_version"], row["to_version"], date.fromisoformat(row["forced_on"]))
        for row in rows_of("forced_upgrades").get(engine, ())
        if row["status"] != "superseded"
    }
