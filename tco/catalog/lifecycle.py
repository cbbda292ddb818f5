"""The lifecycle of an engine: what was released when, patched until when, which upgrades lead where, and which year of
paid Extended Support a day is charged as.

This is the door to `data/lifecycle` for the rest of the toolkit. A version may be named with its minor (`8.0.35`),
and a version of one platform has its equal on another of the same engine (MySQL 8.0 is Aurora MySQL 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from tco.catalog.projected_releases import STEP_METHODS, projected_history
from tco.catalog.releases import (
    EngineHistory,
    ExtendedSupport,
    Release,
    known_history,
    rows_of,
    running,
    table,
    unknown_version,
)
from tco.catalog.versions import days_after, months_after, version_key
from tco.errors import InputError, nearest
from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR

_AURORA_MYSQL = re.compile(r"(\d+\.\d+)\.mysql_aurora\.(\d[\w.]*)")
"""A version as AWS's API names it."""
_OF_AURORA_MYSQL = ("aurora_mysql", "aurora_serverless_v1_mysql")
_WITH_ENGINE = re.compile(r"(mysql|postgres|opensearch|elasticsearch)_(\d+(?:[._]\d+)*)", re.IGNORECASE)
"""A version behind its engine, as `OpenSearch_2.11` of AWS and `MYSQL_8_0` of Google."""

__all__ = [
    "STEP_METHODS", "EngineHistory", "Release", "cycle", "engine_history", "engines", "equal_version",
    "extended_support_spans", "extended_support_year", "free_patches_end", "lifecycle_records",
    "months_past_free_patches", "own_spelling", "running", "self_managed_engines", "support_end",
]  # fmt: skip


def engines() -> tuple[str, ...]:
    """The names of all engines with a lifecycle, self-managed ones first."""
    return tuple(row["engine"] for row in table("engines"))


def self_managed_engines() -> tuple[str, ...]:
    """The engines that a team can run on its own servers: those that no managed service has changed."""
    return tuple(row["engine"] for row in table("engines") if row["managed"] == "false")


def engine_history(engine: str, until: date | None = None) -> EngineHistory:
    """The releases, ends, steps and forced upgrades of an engine.

    Ends that are not announced are projected and marked so. With `until`, the releases to be expected by the end of
    that day's year are there too, marked as projected. Raises InputError for an unknown engine, or one of which too
    little is known.
    """
    as_of = known_history(engine).as_of
    return projected_history(engine, as_of if until is None else date(max(until, as_of).year, 12, 31))


def cycle(engine: str, version: str) -> str:
    """The version of the calendar that `version` belongs to: `8.0` for `8.0.35`, `14` for `14.9`.

    A version of a level the calendar does not move to (MySQL 9.1, MongoDB 7.2) is itself. On a managed engine with
    numbers of its own, the community's number means its equal: Aurora MySQL `8.0` and `8.0.mysql_aurora.3.05.2` are 3.
    OpenSearch `2` on AWS may be any of its 2.3 to 2.19.
    Raises InputError naming the nearest versions.
    """
    history = known_history(engine)
    text = own_spelling(engine, version)
    if text in history.releases:
        return text
    equals = {
        name: own
        for own, names in _community_versions(engine).items()
        for name in names
        if version_key(own)[: len(version_key(name))] != version_key(name)
    }
    for candidates in (history.releases, history.other_releases, equals):
        if (found := _longest_beginning(text, candidates)) is not None:
            return found if found in history.releases or found in history.other_releases else equals[found]
    named, numbers = sorted({*history.releases, *equals}, key=version_key), version_key(text)
    begun = [known for known in named if version_key(known)[: len(numbers)] == numbers]
    if begun and text[:1].isdigit():
        raise InputError(f"version {text!r} of {engine} may be {' or '.join(repr(known) for known in begun)}")
    raise InputError(unknown_version(engine, text, [*history.releases, *history.other_releases]))


def own_spelling(engine: str, version: str) -> str:
    """A version as the engine numbers it: `3.05.2` for Aurora MySQL's `8.0.mysql_aurora.3.05.2`, `2.11` for
    OpenSearch's `OpenSearch_2.11`.

    Raises InputError where the text names the version of another engine.
    """
    text = str(version).strip()
    if behind := _WITH_ENGINE.fullmatch(text):
        named, own = behind[1].casefold(), behind[2].replace("_", ".")
        if named not in engine:
            raise InputError(f'{text!r} is version "{own}" of {named}, not of {engine}: state that engine')
        return own
    matched = _AURORA_MYSQL.fullmatch(text)
    if matched is None:
        return text
    community, own = matched.groups()
    if engine not in _OF_AURORA_MYSQL:
        raise InputError(
            f"{text!r} is version {own} of Aurora MySQL, which runs MySQL {community}: state `platform: aurora` for "
            f'where it runs today, or the version "{community}" of {engine}'
        )
    return own


def equal_version(engine_from: str, version: str, engine_to: str) -> str:
    """The version of `engine_to` that runs the same software as `version` of `engine_from`.

    Raises InputError where no table says so, or the other platform never offered it.
    """
    start = cycle(engine_from, version)
    if engine_from == engine_to:
        return start
    here, there = known_history(engine_from), known_history(engine_to)
    if here.community_engine != there.community_engine:
        raise InputError(f"{engine_from} and {engine_to} are different engines: no version of one equals the other's")
    community = _community_versions(engine_from)[start] if here.managed else (start,)
    if not there.managed:
        return community[0]
    offered = {
        name: own for own, names in _community_versions(engine_to).items() for name in names if own in there.releases
    }
    for name in community:
        if name in offered:
            return offered[name]
    close = nearest(start, offered) or list(offered)
    raise InputError(
        f"version {start!r} of {engine_from} has no equal on {engine_to}, which runs {here.community_engine} "
        f"{', '.join(close)}"
    )


def extended_support_year(engine: str, version: str, day: date) -> int:
    """The year of Extended Support that `day` is charged as: 0 for none, then 1, 2, 3.

    A cluster that outstays the end of Extended Support goes on being charged as in the last year. Years come from the
    dates on which charges start, which may be later than the end of standard support. Raises InputError for an
    unknown engine or version.
    """
    charges = _charges(engine, version, day)
    if charges is None:
        return 0
    year = 0
    for first_day, number in _year_starts(charges):
        if day >= first_day:
            year = number
    return year


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

    `until` lets it be the version of a release to be expected by then. Raises InputError for an unknown one.
    """
    engine, version = running(engine, version)
    end = engine_history(engine, until).release(version).free_patches_end
    if end is None:
        raise InputError(f"no end of patches is known or can be projected for {engine} {version}")
    return end


def support_end(engine: str, version: str, until: date | None = None) -> date:
    """The last day of all support of a version, paid support included, else of its free patches, with its errors."""
    alias, known = running(engine, version)
    return engine_history(alias, until).release(known).support_end or free_patches_end(engine, version, until)


def months_past_free_patches(engine: str, version: str, first_day: date, last_day: date) -> float:
    """Months between `first_day` and `last_day` (both included) that are past the version's free patches."""
    past = max(days_after(free_patches_end(engine, version, last_day), 1), first_day)
    return max(0, (last_day - past).days + 1) / DAYS_PER_MONTH


def lifecycle_records(engine: str | None = None) -> list[dict[str, object]]:
    """One record a release, for a table: dates, what is projected, and where it was read.

    first_announced_end: what was announced when the version was first listed, to show how ends move.
    """
    names = engines() if engine is None else (engine,)
    return [record for name in names for record in _records(name)]


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


def _longest_beginning(version: str, candidates: Iterable[str]) -> str | None:
    """The longest of `candidates` whose numbers begin `version`: `10.11` for `10.11.6`, never `10.1`."""
    numbers = version_key(version)
    if not version or not version[0].isdigit():
        return None
    beginnings = [name for name in candidates if numbers[: len(version_key(name))] == version_key(name)]
    return max(beginnings, key=lambda name: len(version_key(name)), default=None)


def _community_versions(engine: str) -> dict[str, tuple[str, ...]]:
    """The community versions that each version of a managed engine equals, the closest first."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows_of("equal_versions").get(engine, ()):
        found[row["version"]] = (*found.get(row["version"], ()), row["community_version"])
    return found


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
