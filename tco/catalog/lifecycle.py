"""The lifecycle of an engine: releases, ends of support, upgrade steps, and the year of paid Extended Support of a day.

The rest of the toolkit reads `data/lifecycle` through this module. A version may be named with its minor (`8.0.35`),
and a version of one platform has its equal on another of the same engine (MySQL 8.0 is Aurora MySQL 3). The minor
releases of a version, and how long a service supports each, come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tco.catalog.projected_releases import projected_history
from tco.catalog.releases import (
    EngineHistory,
    ExtendedSupport,
    known_history,
    rows_of,
    running,
    table,
    unknown_version,
)
from tco.catalog.versions import days_after, months_after, version_key
from tco.errors import InputError, nearest
from tco.units import MONTHS_PER_YEAR

_AURORA_MYSQL = re.compile(r"(\d+\.\d+)\.mysql_aurora\.(\d[\w.]*)")
"""A version as the AWS API names it."""
_OF_AURORA_MYSQL = ("aurora_mysql", "aurora_serverless_v1_mysql")
_WITH_ENGINE = re.compile(r"(mysql|postgres|opensearch|elasticsearch)_(\d+(?:[._]\d+)*)", re.IGNORECASE)
"""An engine and its version in one text: `OpenSearch_2.11` on AWS, `MYSQL_8_0` on Google."""


def engines() -> tuple[str, ...]:
    """The names of all engines with a lifecycle, self-managed ones first."""
    return tuple(row["engine"] for row in table("engines"))


def self_managed_engines() -> tuple[str, ...]:
    """The engines that a team can run on its own servers."""
    return tuple(row["engine"] for row in table("engines") if row["managed"] == "false")


def engine_history(engine: str, until: date | None = None) -> EngineHistory:
    """The releases, ends, steps and forced upgrades of an engine.

    Ends that are not announced are projected and marked so. With `until`, the releases expected by the end of that
    day's year are included, marked as projected. Raises InputError for an unknown engine, or one with too little
    history to project from.
    """
    as_of = known_history(engine).as_of
    return projected_history(engine, as_of if until is None else date(max(until, as_of).year, 12, 31))


def cycle(engine: str, version: str) -> str:
    """The version of the calendar that `version` belongs to: `8.0` for `8.0.35`, `14` for `14.9`.

    A version of a level to which no upgrade leads (MySQL 9.1, MongoDB 7.2) is returned unchanged. On a managed engine
    with its own numbers, a community version means its equal: Aurora MySQL `8.0` and `8.0.mysql_aurora.3.05.2` are 3.
    Raises InputError with the nearest versions, and for an ambiguous one (OpenSearch `2` on AWS: 2.3 to 2.19).
    """
    history = known_history(engine)
    text = own_spelling(engine, version)
    if text in history.releases:
        return text
    equals = {
        name: managed
        for managed, names in _community_versions(engine).items()
        for name in names
        if version_key(managed)[: len(version_key(name))] != version_key(name)
    }
    for candidates in (history.releases, history.other_releases, equals):
        if (prefix := _longest_prefix(text, candidates)) is not None:
            return prefix if prefix in history.releases or prefix in history.other_releases else equals[prefix]
    names, numbers = sorted({*history.releases, *equals}, key=version_key), version_key(text)
    extensions = [name for name in names if version_key(name)[: len(numbers)] == numbers]
    if extensions and text[:1].isdigit():
        raise InputError(f"version {text!r} of {engine} may be {' or '.join(map(repr, extensions))}")
    raise InputError(unknown_version(engine, text, [*history.releases, *history.other_releases]))


def own_spelling(engine: str, version: str) -> str:
    """The number alone: `3.05.2` for Aurora MySQL's `8.0.mysql_aurora.3.05.2`, `2.11` for `OpenSearch_2.11`.

    Raises InputError if the text names the version of another engine.
    """
    text = str(version).strip()
    if with_engine := _WITH_ENGINE.fullmatch(text):
        other, number = with_engine[1].casefold(), with_engine[2].replace("_", ".")
        if other not in engine:
            raise InputError(f'{text!r} is version "{number}" of {other}, not of {engine}: state that engine')
        return number
    if aurora := _AURORA_MYSQL.fullmatch(text):
        community, number = aurora.groups()
        if engine not in _OF_AURORA_MYSQL:
            raise InputError(
                f"{text!r} is version {number} of Aurora MySQL, which runs MySQL {community}: state `platform: aurora` "
                f'for where it runs today, or the version "{community}" of {engine}'
            )
        return number
    return text


def equal_version(engine_from: str, version: str, engine_to: str) -> str:
    """The version of `engine_to` that runs the same software as `version` of `engine_from`.

    Raises InputError if the engines differ, or the other platform never offered that version.
    """
    start = cycle(engine_from, version)
    if engine_from == engine_to:
        return start
    source, target = known_history(engine_from), known_history(engine_to)
    if source.community_engine != target.community_engine:
        raise InputError(f"{engine_from} and {engine_to} are different engines: no version of one equals the other's")
    community = _community_versions(engine_from)[start] if source.managed else (start,)
    if not target.managed:
        return community[0]
    offered = {
        name: managed
        for managed, names in _community_versions(engine_to).items()
        for name in names
        if managed in target.releases
    }
    for name in community:
        if name in offered:
            return offered[name]
    close = nearest(start, offered) or list(offered)
    raise InputError(
        f"version {start!r} of {engine_from} has no equal on {engine_to}, which runs {source.community_engine} "
        f"{', '.join(close)}"
    )


def extended_support_year(engine: str, version: str, day: date) -> int:
    """The year of Extended Support that `day` is charged as: 0 for none, then 1, 2, 3.

    After the end of Extended Support, charges continue as in its last year. Years start on the dates on which charges
    start, which may be later than the end of standard support. Raises InputError for an unknown engine or version.
    """
    charges = _charges(engine, version, day)
    return 0 if charges is None else max((year for start, year in _year_starts(charges) if day >= start), default=0)


def extended_support_spans(engine: str, version: str, first_day: date, last_day: date) -> list[tuple[date, date, int]]:
    """The days from `first_day` to `last_day` (both inside) that are charged, as (first day, last day, year)."""
    charges = _charges(engine, version, last_day)
    if charges is None:
        return []
    starts = _year_starts(charges)
    ends = [days_after(following, -1) for following, _ in starts[1:]] + [date.max]
    spans = [(max(start, first_day), min(end, last_day), year) for (start, year), end in zip(starts, ends, strict=True)]
    return [span for span in spans if span[0] <= span[1]]


def free_patches_end(engine: str, version: str, until: date | None = None) -> date:
    """The last day of free patches of a version, projected where none is announced.

    With `until`, `version` may be a projected release of that day or before. Raises InputError for an unknown one.
    """
    engine, version = running(engine, version)
    end = engine_history(engine, until).release(version).free_patches_end
    if end is None:
        raise InputError(f"no end of patches is known or can be projected for {engine} {version}")
    return end


def support_end(engine: str, version: str, until: date | None = None) -> date:
    """The last day of all support of a version, paid support included. Raises as `free_patches_end` does."""
    engine_now, number = running(engine, version)
    return engine_history(engine_now, until).release(number).support_end or free_patches_end(engine, version, until)


def lifecycle_records(engine: str | None = None) -> list[dict[str, object]]:
    """One record per release of an engine, or of all: dates, what is projected, and the source.

    first_announced_end: the end announced when the version was first listed, which shows how ends move.
    """
    return [record for name in ([engine] if engine else engines()) for record in _records(name)]


def _records(engine: str) -> Iterable[dict[str, object]]:
    history = engine_history(engine)
    announced: dict[str, str] = {}
    for row in rows_of("end_announcements").get(engine, ()):
        if row["announced_end"]:
            announced.setdefault(row["version"], row["announced_end"])
    everything = [*history.releases.values(), *history.other_releases.values()]
    for release in sorted(everything, key=lambda release: version_key(release.version)):
        first = announced.get(release.version)
        yield {
            "engine": engine,
            "version": release.version,
            "level": release.level,
            "in_calendar": release.version in history.releases,
            "release_date": release.release_date,
            "free_patches_end": release.free_patches_end,
            "end_basis": release.end_basis,
            "first_announced_end": date.fromisoformat(first) if first else None,
            "extended_support_end": release.extended_support_end,
            "extended_support_kind": release.extended_support_kind,
            "projected": release.projected or release.end_projected,
            "source": release.source,
            "link": release.link,
            "as_of": release.as_of,
            "note": release.note,
        }


def _longest_prefix(version: str, candidates: Iterable[str]) -> str | None:
    """The longest of `candidates` whose numbers begin `version`: `10.11` for `10.11.6`, never `10.1`."""
    numbers = version_key(version)
    if not version[:1].isdigit():
        return None
    prefixes = [name for name in candidates if numbers[: len(version_key(name))] == version_key(name)]
    return max(prefixes, key=lambda name: len(version_key(name)), default=None)


def _community_versions(engine: str) -> dict[str, tuple[str, ...]]:
    """The community versions that each version of a managed engine equals, the closest first."""
    equals: dict[str, tuple[str, ...]] = {}
    for row in rows_of("equal_versions").get(engine, ()):
        equals[row["version"]] = (*equals.get(row["version"], ()), row["community_version"])
    return equals


def _charges(engine: str, version: str, day: date) -> ExtendedSupport | None:
    engine, version = running(engine, version)
    history = engine_history(engine, day)
    return history.extended_support.get(history.release(version).version)


def _year_starts(charges: ExtendedSupport) -> list[tuple[date, int]]:
    """The first day of every charged year, in order."""
    starts = [(charges.year_1_start, 1), (months_after(charges.year_1_start, MONTHS_PER_YEAR), 2)]
    if charges.year_3_start is not None:
        starts.append((charges.year_3_start, 3))
    return [start for start in starts if start[0] <= charges.end]


_NUMBERS = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class ManagedMinor:
    """A minor that a managed service offers from `release_date` and supports until `last_day`."""

    minor: str
    release_date: date
    last_day: date


def minor_named(engine: str, version: str) -> str:
    """The minor that a version names, with its patch level: `16.9` of `16.9-R1`; empty if it names no minor.

    Raises InputError for an unknown version, and for a minor that is not known to exist, with the nearest.
    """
    major, matched = cycle(engine, version), _NUMBERS.match(own_spelling(engine, version))
    minor = matched[0] if matched else ""
    numbers, of_major = version_key(minor), version_key(major)
    if numbers[: len(of_major)] != of_major or len(numbers) == len(of_major):
        return ""
    of_engine, community = _known_minors(engine, major)
    known = sorted({*of_engine, *community}, key=version_key)
    if not known or any(_is_within(numbers, version_key(name)) for name in known):
        return minor
    # Lists begin on the day they were first read, and those of services have gaps; the community's have none.
    gap = bool(community) and numbers > version_key(known[0])
    if gap or numbers > version_key(known[-1]):
        raise InputError(f"{unknown_version(engine, minor, known)}; the version alone is {major!r}")
    return minor


def managed_minors(engine: str, version: str) -> tuple[ManagedMinor, ...]:
    """The minors of a version whose end of support on a managed service is known, ascending."""
    rows = (row for row in rows_of("managed_minor_releases").get(engine, ()) if row["version"] == version)
    minors = (ManagedMinor(row["minor"], *map(date.fromisoformat, (row["release_date"], row["free_patches_end"])))
              for row in rows)  # fmt: skip
    return tuple(sorted(minors, key=lambda managed: version_key(managed.minor)))


def minor_support_end(engine: str, version: str, minor: str) -> date | None:
    """The last day on which a managed service supports a minor; None if unknown.

    Support of an unlisted minor that is older than a listed one had ended by the day on which the list was read.
    """
    numbers, listed = version_key(minor), managed_minors(engine, version)
    matches = [managed for managed in listed if _is_within(numbers, version_key(managed.minor))]
    if matches:
        return matches[-1].last_day
    if not listed or numbers > version_key(listed[-1].minor):
        return None
    return max(
        date.fromisoformat(row["as_of"])
        for row in rows_of("managed_minor_releases")[engine]
        if row["version"] == version
    )


def _is_within(numbers: tuple[int, ...], known: tuple[int, ...]) -> bool:
    """Whether a named minor is the known one, a patch level of it (3.05.2 of 3.05), or a prefix of it."""
    shared = min(len(numbers), len(known))
    return numbers[:shared] == known[:shared]


def _known_minors(engine: str, major: str) -> tuple[set[str], set[str]]:
    """The minors of a version that are listed for the engine itself, and for the community's equal version."""
    tables = ("minor_releases", "managed_minor_releases")
    rows = [row for name in tables for row in rows_of(name).get(engine, ())]
    equal = known_history(engine).community_engine
    community = rows_of("minor_releases").get(equal, ()) if equal != engine else ()
    of_engine, of_community = ({row["minor"] for row in of if row["version"] == major} for of in (rows, community))
    return of_engine, of_community
