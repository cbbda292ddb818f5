"""The lifecycle tables of `data/lifecycle`: releases of engines, ends of their patches, and supported upgrade steps.

Nothing here is projected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from tco import resources
from tco.catalog.versions import version_key
from tco.errors import InputError, shown, unknown

Row = dict[str, str]
TRUTH = frozenset({"true", "false"})
METHODS = frozenset({
    "in_place", "rolling", "full_restart", "blue_green", "reindex", "dms_migration", "logical_replication",
    "read_replica_promote",
})  # fmt: skip
ALLOWED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "engines": {"managed": TRUTH},
    "releases": {
        "level": frozenset({"major", "minor", "innovation", "rapid", "rolling"}),
        "extended_support_kind": frozenset({"", "paid", "free"}),
        "long_term": TRUTH,
    },
    "upgrade_paths": {"method": METHODS},
    "forced_upgrades": {"status": frozenset({"effective", "superseded"})},
    "managed_minor_releases": {"long_term": TRUTH},
}
"""By table and column, the valid values; any other would silently count as if it were absent."""
OF_ENGINE = frozenset({"version", "from_version", "to_version"})
"""Columns with a version of the row's engine, or of its successor."""
FILLED = frozenset({"as_of", "automatic_from", "announced_on", "end", "forced_on", "known_from", "year_1_start"})
DAYS = FILLED | {
    "announced_end", "community_release_date", "extended_support_end", "first_announced_end", "free_patches_end",
    "release_date", "standard_support_end", "valid_from", "year_3_start",
}  # fmt: skip
"""Columns with a day; only those that are not FILLED may be blank."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of one engine.

    level: `major`, `minor`, `innovation`, `rapid` or `rolling`; the calendar moves between some levels only.
    release_date: first day it could be used; None if unknown, and then no upgrade leads to it.
    free_patches_end: last day of patches without a further charge; None while none is announced.
    end_basis: how the end is known (`documented`, `last patch`, `published rule`, ..., `projected`).
    extended_support_end, extended_support_kind: the support after it, `paid` or `free` (then part of free_patches_end).
    projected: the release is expected from the engine's history; end_projected: only its end is.
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
    """The vendor's upgrade of clusters that were still on `from_version` on `forced_on`; superseded plans left out."""

    from_version: str
    to_version: str
    forced_on: date


@dataclass(frozen=True, slots=True)
class ExtendedSupport:
    """The days on which paid Extended Support of a version is charged.

    Years 1 and 2 run from `year_1_start`, year 3 and later from `year_3_start` (None: support ends before), to `end`
    inclusive.
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
    successor: the engine that continues this one, to which the vendor moves remaining clusters; empty for none.
    entries: by version, the successor's version that it is upgraded to; empty if every version goes to the latest.
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
        release = self.releases.get(version) or self.other_releases.get(version)
        if release is None:
            raise InputError(unknown_version(self.engine, version, [*self.releases, *self.other_releases]))
        return release


def running(engine: str, version: str) -> tuple[str, str]:
    """The engine that runs and its version: `valkey`, `9.1` for version `valkey 9.1` of an engine that it succeeds."""
    successor, _, number = version.rpartition(" ")
    return successor or engine, number


def unknown_version(engine: str, version: str, known: Iterable[str]) -> str:
    """The sentence for an unknown version, with its neighbours by number (10.10 comes between 10.6 and 10.11).

    A version below all known ones of a managed engine may have existed, so the sentence says so.
    """
    numbers, names = version_key(version), sorted(known, key=version_key)
    if not names:
        return f"unknown version of {engine} {shown(version)}: none is known"
    same = [name for name in names if version_key(name) == numbers]
    if not numbers or same:
        return unknown(f"version of {engine}", version, same or names)
    below = [name for name in names if version_key(name) < numbers][-1:]
    above = [name for name in names if version_key(name) > numbers][:1]
    if not below and any(row["engine"] == engine and row["managed"] == "true" for row in table("engines")):
        return (
            f"version {shown(version)} of {engine} is older than all that are known, from {above[0]!r} on: the "
            "provider has upgraded such clusters; state the version that the cluster runs today"
        )
    near = [*below, *above]
    listed = " and ".join(repr(name) for name in near)
    return f"unknown version of {engine} {shown(version)}; the nearest {'are' if len(near) > 1 else 'is'} {listed}"


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of one table of `data/lifecycle`, as text. Raises InputError for a line with too few or many cells."""
    return resources.table(f"data/lifecycle/{name}.csv")


@cache
def rows_of(name: str) -> Mapping[str, tuple[Row, ...]]:
    """The rows of one table by engine. Raises InputError, with the line, for a name, version or day that is none."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for number, row in enumerate(table(name), 2):
        for column, problem in _problems(name, row):
            place = f"line {number}, column {column}"
            raise InputError(problem, file=f"data/lifecycle/{name}.csv", path=place)
        grouped[row["engine"]].append(row)
    return {engine: tuple(rows) for engine, rows in grouped.items()}


@cache
def _versions() -> Mapping[str, Mapping[str, None]]:
    """By engine, its versions in the order of the table."""
    versions: dict[str, dict[str, None]] = {row["engine"]: {} for row in table("engines")}
    for row in table("releases"):
        versions.get(row["engine"], {})[row["version"]] = None
    return versions


def _problems(name: str, row: Row) -> Iterator[tuple[str, str]]:
    """Columns of a row that would silently count as if they were not there, each with what is wrong."""
    versions, allowed = _versions(), ALLOWED.get(name, {})
    for column, text in row.items():
        if column in ("engine", "successor") and text not in versions:
            yield column, unknown("engine", text, versions)
        elif column == "source" and text not in source_titles():
            yield column, unknown("source", text, source_titles())
        elif column in allowed and text not in allowed[column]:
            yield column, unknown(column, text, sorted(allowed[column]))
        elif column in OF_ENGINE and text:
            engine = row["successor"] if column == "to_version" and "successor" in row else row["engine"]
            if text not in versions.get(engine, {}):
                yield column, unknown_version(engine, text, versions.get(engine, {}))
        elif column in DAYS and not (_is_day(text) or (not text and column not in FILLED)):
            yield column, f"must be a day such as 2026-11-01: {shown(text)}"


def _is_day(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def day(text: str) -> date | None:
    """A day of a table; None where the table leaves it blank."""
    return date.fromisoformat(text) if text else None


@cache
def source_titles() -> Mapping[str, tuple[str, str]]:
    """Title and link of every source by its id."""
    return {row["id"]: (row["title"], row["link"]) for row in table("sources")}


@cache
def known_history(engine: str) -> EngineHistory:
    """The history of an engine as the tables have it. Raises InputError for an unknown engine, or one without releases
    of the levels that the calendar moves between.
    """
    engines = rows_of("engines")
    if engine not in engines:
        raise InputError(unknown("engine", engine, engines))
    described, *_ = engines[engine]
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
    by_version: dict[str, list[Step]] = defaultdict(list)
    for row in rows_of("upgrade_paths").get(engine, ()):
        step = Step(row["from_version"], row["to_version"], row["method"], day(row["valid_from"]))
        by_version[step.from_version].append(step)
    return {
        version: tuple(sorted(steps, key=lambda step: version_key(step.to_version)))
        for version, steps in by_version.items()
    }


def _forced(engine: str) -> Mapping[str, ForcedUpgrade]:
    return {
        row["from_version"]: ForcedUpgrade(row["from_version"], row["to_version"], date.fromisoformat(row["forced_on"]))
        for row in rows_of("forced_upgrades").get(engine, ())
        if row["status"] != "superseded"
    }
