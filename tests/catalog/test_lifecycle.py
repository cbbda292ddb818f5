"""The lifecycle tables keep to their schema, and what is read from them is what the vendors say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tco import resources
from tco.catalog import releases
from tco.catalog.lifecycle import (
    cycle,
    engine_history,
    engines,
    equal_version,
    extended_support_spans,
    extended_support_year,
    lifecycle_records,
)
from tco.catalog.releases import Row, known_history, table
from tco.catalog.versions import months_after, version_key
from tco.errors import InputError

# ---- Schema ----------------------------------------------------------------------------------------------------
# By column: `text` and `day` must be filled, with a question mark they may be blank; a set lists the values allowed.

BOOLEAN = {"true", "false"}
METHODS = {"in_place", "rolling", "full_restart", "blue_green", "reindex", "dms_migration", "logical_replication"}
SCHEMA: dict[str, dict[str, str | set[str]]] = {
    "engines": {
        "engine": "text",
        "name": "text",
        "managed": BOOLEAN,
        "calendar_levels": {"major", "minor", "major minor"},
        "community_engine": "engine",
        "source": "source",
        "as_of": "day",
    },
    "releases": {
        "engine": "engine",
        "version": "number",
        "level": {"major", "minor", "innovation", "rapid", "rolling"},
        "release_date": "day?",
        "standard_support_end": "day?",
        "free_patches_end": "day?",
        "end_basis": {
            "documented",
            "published rule",
            "forced upgrade date",
            "release of a successor",
            "last patch",
            "corrected",
            "estimated",
            "recalled",
            "none announced",
            "unknown",
        },
        "extended_support_end": "day?",
        "extended_support_kind": {"", "paid", "free"},
        "long_term": BOOLEAN,
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "minor_releases": {
        "engine": "engine",
        "version": "release",
        "minor": "number",
        "release_date": "day",
        "source": "source",
    },
    "managed_minor_releases": {
        "engine": "engine",
        "version": "release",
        "minor": "number",
        "community_release_date": "day?",
        "release_date": "day",
        "free_patches_end": "day",
        "first_announced_end": "day?",
        "long_term": BOOLEAN,
        "source": "source",
        "as_of": "day",
    },
    "upgrade_paths": {
        "engine": "engine",
        "from_version": "release",
        "to_version": "release",
        "method": METHODS | {"read_replica_promote"},
        "valid_from": "day?",
        "from_minor": "text?",
        "evidence": {"documented", "inferred", "knowledge"},
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "extended_support": {
        "engine": "engine",
        "version": "release",
        "standard_support_end": "day",
        "year_1_start": "day",
        "year_3_start": "day?",
        "end": "day",
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "forced_upgrades": {
        "engine": "engine",
        "from_version": "release",
        "to_version": "release",
        "automatic_from": "day",
        "forced_on": "day",
        "announced_on": "day",
        "status": {"effective", "superseded"},
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "end_announcements": {
        "engine": "engine",
        "version": "release",
        "known_from": "day",
        "announced_end": "day?",
        "source": "source",
        "commit": "text",
    },
    "equal_versions": {
        "engine": "engine",
        "version": "release",
        "community_version": "number",
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "successors": {
        "engine": "engine",
        "successor": "engine",
        "from_version": "release?",
        "to_version": "number?",
        "source": "source",
        "as_of": "day",
        "note": "text?",
    },
    "sources": {"id": "text", "title": "text", "link": "link", "publisher": "text", "licence": "text?"},
}
KEYS = {
    "engines": ("engine",),
    "releases": ("engine", "version"),
    "minor_releases": ("engine", "minor"),
    "managed_minor_releases": ("engine", "minor"),
    "upgrade_paths": ("engine", "from_version", "to_version", "method"),
    "extended_support": ("engine", "version"),
    "forced_upgrades": ("engine", "from_version", "announced_on"),
    "end_announcements": ("engine", "version", "known_from"),
    "equal_versions": ("engine", "version", "community_version"),
    "successors": ("engine", "from_version"),
    "sources": ("id",),
}


def fault(kind: str | set[str], value: str, row: Row) -> str | None:
    """What is wrong with one value, None if nothing."""
    if isinstance(kind, set):
        return None if value in kind else f"not one of {sorted(kind)}"
    if kind.endswith("?"):
        return fault(kind[:-1], value, row) if value else None
    if not value or value != value.strip():
        return "blank, or has blanks around it"
    if kind == "day":
        try:
            return None if str(date.fromisoformat(value)) == value else "not YYYY-MM-DD"
        except ValueError:
            return "no day"
    if kind == "number":
        return None if all(part.isdigit() for part in value.split(".")) else "no version number"
    if kind == "link":
        return None if value.startswith("https://") else "no link"
    known = {
        "engine": {other["engine"] for other in table("engines")},
        "source": {other["id"] for other in table("sources")},
        "release": {other["version"] for other in table("releases") if other["engine"] == row.get("engine")},
        "text": {value},
    }
    return None if value in known[kind] else f"no such {kind}"


@pytest.mark.parametrize("name", SCHEMA)
def test_every_row_keeps_to_the_schema(name: str) -> None:
    rows = table(name)
    assert rows
    wrong = []
    checked: dict[tuple[str, str, str], str | None] = {}
    for number, row in enumerate(rows, start=2):
        assert list(row) == list(SCHEMA[name]), f"columns of {name}.csv, line {number}"
        for column, kind in SCHEMA[name].items():
            place = (row.get("engine", ""), column, row[column])
            if place not in checked:
                checked[place] = fault(kind, row[column], row)
            if checked[place]:
                wrong.append(f"{name}.csv, line {number}, {column}: {row[column]!r} is {checked[place]}")
    assert not wrong


@pytest.mark.parametrize("name", KEYS)
def test_no_key_stands_twice(name: str) -> None:
    keys = [tuple(row[column] for column in KEYS[name]) for row in table(name)]
    assert len(keys) == len(set(keys))


def test_every_source_is_cited() -> None:
    cited = {row["source"] for name in SCHEMA if name != "sources" for row in table(name)}
    assert cited == {row["id"] for row in table("sources")}


def test_dates_of_a_release_are_in_order() -> None:
    for row in table("releases"):
        days = [row["release_date"], row["standard_support_end"], row["free_patches_end"], row["extended_support_end"]]
        if row["end_basis"] == "forced upgrade date" or row["engine"] == "rds_postgresql":
            days[1] = ""  # AWS moved some clusters days before the end it had announced
        given = [day for day in days if day]
        assert given == sorted(given), row
        assert bool(row["free_patches_end"]) == (row["end_basis"] not in {"none announced", "unknown"}), row
        assert bool(row["extended_support_end"]) == bool(row["extended_support_kind"]), row
        if row["extended_support_kind"] == "free":
            assert row["free_patches_end"] == row["extended_support_end"], row


def test_steps_climb_and_open_no_sooner_than_their_target() -> None:
    released = {(row["engine"], row["version"]): row["release_date"] for row in table("releases")}
    for row in table("upgrade_paths"):
        assert version_key(row["from_version"]) < version_key(row["to_version"]), row
        if row["valid_from"] and row["method"] != "blue_green":
            assert row["valid_from"] >= released[row["engine"], row["to_version"]], row


def test_a_copy_that_blue_green_makes_can_be_upgraded_in_place() -> None:
    """A blue/green deployment upgrades its green copy in place, so that no method alone knows a version."""
    pairs: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in table("upgrade_paths"):
        pairs[row["method"]].add((row["engine"], row["from_version"], row["to_version"]))
    assert pairs["blue_green"] - pairs["in_place"] == set()


def test_aurora_goes_to_the_newest_postgresql_in_as_few_steps_as_rds() -> None:
    """A version that is missed makes a second upgrade of what the other service does in one."""
    ways: dict[str, set[str]] = defaultdict(set)
    for row in table("upgrade_paths"):
        if row["to_version"] == "18":
            ways[row["engine"]].add(row["from_version"])
    assert ways["rds_postgresql"] == ways["aurora_postgresql"] == {"13", "14", "15", "16", "17"}


def test_charges_and_releases_agree() -> None:
    releases = {(row["engine"], row["version"]): row for row in table("releases")}
    for row in table("extended_support"):
        release = releases[row["engine"], row["version"]]
        assert row["end"] == release["extended_support_end"], row
        assert row["standard_support_end"] == release["free_patches_end"] < row["year_1_start"] < row["end"], row
        if row["year_3_start"]:
            first, third = date.fromisoformat(row["year_1_start"]), date.fromisoformat(row["year_3_start"])
            enrolled = date.fromisoformat(row["standard_support_end"]) + timedelta(days=1)
            assert third in (months_after(first, 24), months_after(enrolled, 24)), row
    paid = {key for key, row in releases.items() if row["extended_support_kind"] == "paid" and key[0] != "mariadb"}
    assert paid == {(row["engine"], row["version"]) for row in table("extended_support")}


def test_announced_ends_change_from_row_to_row_and_meet_the_known_end() -> None:
    ends: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in table("end_announcements"):
        ends[row["engine"], row["version"]].append(row)
    for rows in ends.values():
        for before, after in pairwise(rows):
            assert before["known_from"] < after["known_from"]
            assert before["announced_end"] != after["announced_end"]


# ---- Coverage --------------------------------------------------------------------------------------------------


def test_every_engine_has_what_a_calendar_needs() -> None:
    for engine in engines():
        history = engine_history(engine)
        assert len(history.releases) >= 2
        assert history.steps or history.entries
        assert history.as_of >= date(2026, 7, 1)
        assert all(release.free_patches_end for release in history.releases.values())


def test_an_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'mongodb'"):
        engine_history("mongo")


RELEASES = """kestrel,1,major,2020-01-15,2025-01-15,2025-01-15,documented,,,false,kestrel,2026-11-01,
kestrel,2,major,2022-01-15,2027-01-15,2027-01-15,documented,,,false,kestrel,2026-11-01,"""


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("releases", RELEASES.replace("kestrel,2026", "kestral,2026"),
         "data/lifecycle/releases.csv: line 2, column source: unknown source 'kestral'; did you mean 'kestrel'?"),
        ("releases", RELEASES.replace("2020-01-15", "15.01.2020"),
         "releases.csv: line 2, column release_date: must be a day such as 2026-11-01: '15.01.2020'"),
        ("releases", RELEASES.removesuffix(","), "line 3: must have 13 cells as the headings, and has 12"),
        ("releases", RELEASES.replace("2,major", "2,majro"),
         "releases.csv: line 3, column level: unknown level 'majro'; did you mean 'major' or 'minor'?"),
        ("releases", RELEASES.replace("kestrel,2,", "kestrl,2,"),
         "releases.csv: line 3, column engine: unknown engine 'kestrl'; did you mean 'kestrel'?"),
        ("releases", RELEASES.replace(",,,", ",2026-01-15,payed,"), "unknown extended_support_kind 'payed'"),
        ("upgrade_paths", "kestrel,1,2,inplace,,,documented,kestrel,2026-11-01,",
         "upgrade_paths.csv: line 2, column method: unknown method 'inplace'; did you mean 'in_place'"),
        ("upgrade_paths", "kestrel,1,3,in_place,,,documented,kestrel,2026-11-01,",
         "upgrade_paths.csv: line 2, column to_version: unknown version of kestrel '3'; the nearest is '2'"),
        ("upgrade_paths", "kestrel,1,2,in_place,2022-13-01,,documented,kestrel,2026-11-01,", "column valid_from:"),
        ("forced_upgrades", "kestrel,1,2,2025-03-01,,2024-12-01,effective,kestrel,2026-11-01,", "column forced_on:"),
        ("forced_upgrades", "kestrel,1,2,2025-03-01,2025-03-01,2024-12-01,supersede,kestrel,2026-11-01,",
         "column status: unknown status 'supersede'; did you mean 'superseded'"),
        ("extended_support", "kestrel,1.5,2025-01-15,2025-02-01,,2028-01-31,kestrel,2026-11-01,",
         "column version: unknown version of kestrel '1.5'; the nearest are '1' and '2'"),
        ("successors", "kestrel,merlin,,,kestrel,2026-11-01,", "column successor: unknown engine 'merlin'"),
        ("engines", "kestrel,Kestrel,flase,major,kestrel,kestrel,2026-11-01",
         "engines.csv: line 2, column managed: unknown managed 'flase'; did you mean 'false'"),
    ],
)  # fmt: skip
def test_a_slip_in_a_table_is_told_with_its_place(
    name: str, wrong: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "releases": RELEASES,
        "sources": "kestrel,Kestrel,https://example.com/,Kestrel,",
        "engines": "kestrel,Kestrel,false,major,kestrel,kestrel,2026-11-01",
        name: wrong,
    }
    for name in (file.stem for file in resources.path("data/lifecycle").glob("*.csv")):
        headings = resources.path(f"data/lifecycle/{name}.csv").read_text("utf-8").partition("\n")[0]
        (tmp_path / f"{name}.csv").write_text("\n".join([headings, *texts.get(name, "").splitlines(), ""]), "utf-8")
    caches = (releases.table, releases.rows_of, releases._versions, releases.source_titles, known_history)
    monkeypatch.setattr(resources, "path", lambda name: tmp_path / Path(name).name)
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(InputError, match=re.escape(message)):
            known_history("kestrel")
    finally:
        for cached in caches:
            cached.cache_clear()


def test_an_end_that_is_not_announced_is_marked_as_projected() -> None:
    history = engine_history("cassandra")
    assert known_history("cassandra").releases["4.0"].free_patches_end is None
    assert history.releases["4.0"].end_projected
    assert history.releases["4.0"].end_basis == "projected"
    assert not history.releases["3.11"].end_projected


def test_projections_follow_from_the_engines_own_history() -> None:
    # PostgreSQL's latest six releases came 357, 371, 378, 336, 378 and 364 days apart: from 13 on 371, 378, 336, 378
    # and 364, whose median 371 leads from 2025-09-25 to 2026-10-01.
    assert str(engine_history("postgresql", date(2027, 1, 1)).releases["19"].release_date) == "2026-10-01"
    # Support of 14 to 18: 1869, 1855, 1883, 1869 and 1876 days; the median is 1869.
    assert str(engine_history("postgresql", date(2027, 1, 1)).releases["19"].free_patches_end) == "2031-11-13"
    # DocumentDB: one known length, 3.6 from 2019-01-09 to 2026-03-30, 2637 days; 4.0 came on 2020-11-09.
    assert str(engine_history("documentdb").releases["4.0"].free_patches_end) == "2028-01-29"


@pytest.mark.parametrize(
    ("engine", "projected"),
    [
        ("postgresql", "19"),
        ("mysql", "10.0"),
        ("mongodb", "9.0"),
        ("redis", "8.12"),
        ("valkey", "9.2"),
        ("elasticsearch", "10"),
        ("aurora_mysql", "9.7"),
    ],
)
def test_the_next_release_has_a_name_that_reads_well(engine: str, projected: str) -> None:
    history = engine_history(engine, date(2030, 12, 31))
    assert next(release.version for release in history.releases.values() if release.projected) == projected


def test_records_show_where_each_release_was_read() -> None:
    records = lifecycle_records("mongodb")
    (seven,) = [record for record in records if record["version"] == "7.0"]
    assert seven["free_patches_end"] == date(2027, 8, 31)
    assert seven["first_announced_end"] == date(2026, 8, 31)
    assert seven["link"] == "https://endoflife.date/mongodb"
    assert {record["engine"] for record in lifecycle_records()} == set(engines())
    assert all(record["source"] and record["as_of"] for record in lifecycle_records())


def test_reading_an_engine_needs_no_pandas() -> None:
    code = "import sys, tco.upgrades.calendar; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- Versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "version", "expected"),
    [
        ("mysql", "8.0", "8.0"),
        ("mysql", "8.0.35", "8.0"),
        ("mysql", "9.1.0", "9.1"),
        ("postgresql", "14.9", "14"),
        ("postgresql", "9.6.24", "9.6"),
        ("mariadb", "10.11.6", "10.11"),
        ("mariadb", "10.1.48", "10.1"),
        ("elasticsearch", "8.18", "8"),
        ("elasticsearch", "7.17.9", "7"),
        ("opensearch", "2.11", "2"),
        ("aurora_mysql", "3.05.2", "3"),
        ("elasticache_redis", "7.1", "7"),
        ("mongodb", "8.3", "8.3"),
        ("redis", "8.10.1", "8.10"),
        ("aurora_mysql", "8.0.mysql_aurora.3.05.2", "3"),
        ("aurora_mysql", "5.7.mysql_aurora.2.11.2", "2"),
        ("aurora_mysql", "5.7.12", "2"),
        ("aurora_mysql", "5.6.10a", "1"),
        ("aurora_mysql", "8.0", "3"),
        ("aurora_mysql", "8.4.7", "8.4"),
        ("rds_postgresql", "13.20-R2", "13"),
        ("rds_mysql", "5.7.44-rds.20240408", "5.7"),
        ("elasticache_redis", "6.x", "6"),
    ],
)
def test_a_minor_belongs_to_its_version(engine: str, version: str, expected: str) -> None:
    assert cycle(engine, version) == expected


@pytest.mark.parametrize(
    ("engine", "version", "message"),
    [
        ("mysql", "8", "may be '8.0' or '8.4'"),
        ("mysql", "8.5", "unknown version of mysql '8.5'"),
        ("postgresql", "9", "may be '9.0' or"),
        ("mariadb", "10.12.1", "unknown version"),
        ("mysql", "v8.0", "did you mean '8.0'?"),
        ("rds_mariadb", "10.10", "unknown version of rds_mariadb '10.10'; the nearest are '10.6' and '10.11'"),
        ("rds_postgresql", "99", "unknown version of rds_postgresql '99'; the nearest is '18'"),
        ("aurora_mysql", "8", "may be '8.0' or '8.4'"),
        ("rds_mysql", "8.0.mysql_aurora.3.05.2", "is version 3.05.2 of Aurora MySQL, which runs MySQL 8.0"),
        ("cassandra", "3.5", "unknown version"),
        ("rds_postgresql", "9.3.12", "'9.3.12' of rds_postgresql is older than all that are known, from '9.6' on"),
        ("rds_sqlserver", "11.00.6594.0.v1", "is older than all that are known, from '12.0' on"),
        ("amazon_opensearch", "Elasticsearch_7.10", 'is version "7.10" of elasticsearch, not of amazon_opensearch'),
    ],
)
def test_a_version_that_is_not_one_is_refused(engine: str, version: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        cycle(engine, version)


@pytest.mark.parametrize(
    ("here", "version", "there", "expected"),
    [
        ("mysql", "5.6", "aurora_mysql", "1"),
        ("rds_mysql", "5.7.44", "aurora_mysql", "2"),
        ("rds_mysql", "8.0", "aurora_mysql", "3"),
        ("aurora_mysql", "3", "mysql", "8.0"),
        ("aurora_mysql", "8.4", "rds_mysql", "8.4"),
        ("postgresql", "14.9", "aurora_postgresql", "14"),
        ("aurora_postgresql", "16", "rds_postgresql", "16"),
        ("mariadb", "10.6", "rds_mariadb", "10.6"),
        ("mongodb", "5.0", "documentdb", "5.0"),
        ("redis", "6.0", "elasticache_redis", "6"),
        ("elasticache_redis", "6", "redis", "6.2"),
        ("mysql", "8.0.35", "mysql", "8.0"),
    ],
)
def test_a_version_has_its_equal_on_another_platform(here: str, version: str, there: str, expected: str) -> None:
    assert equal_version(here, version, there) == expected


@pytest.mark.parametrize(
    ("here", "version", "there", "message"),
    [
        ("mysql", "9.7", "aurora_mysql", "has no equal on aurora_mysql"),
        ("postgresql", "9.1", "rds_postgresql", "has no equal on rds_postgresql, which runs postgresql"),
        ("mongodb", "4.4", "documentdb", "has no equal"),
        ("mysql", "8.0", "rds_postgresql", "are different engines"),
        ("mariadb", "11.1", "rds_mariadb", "has no equal"),
    ],
)
def test_a_version_without_an_equal_is_refused(here: str, version: str, there: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        equal_version(here, version, there)


# ---- Extended Support ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2024-02-29", 0),  # last day of free patches
        ("2024-03-01", 1),
        ("2025-02-28", 1),
        ("2025-03-01", 2),
        ("2026-02-28", 2),
        ("2026-03-01", 3),
        ("2029-06-30", 3),  # the third year lasts until the end of Extended Support
        ("2029-07-01", 3),  # and a cluster that outstays it is charged on
    ],
)
def test_the_year_of_extended_support_of_rds_mysql_5_7(day: str, year: int) -> None:
    assert extended_support_year("rds_mysql", "5.7", date.fromisoformat(day)) == year


def test_charges_may_start_after_the_end_of_patches() -> None:
    # RDS PostgreSQL 11 ended on 2024-02-29 and is charged from 2024-04-01.
    assert extended_support_year("rds_postgresql", "11", date(2024, 3, 31)) == 0
    assert extended_support_year("rds_postgresql", "11", date(2024, 4, 1)) == 1


def test_spans_cover_the_charged_days_once() -> None:
    assert extended_support_spans("rds_postgresql", "11", date(2024, 1, 1), date(2026, 12, 31)) == [
        (date(2024, 4, 1), date(2025, 3, 31), 1),
        (date(2025, 4, 1), date(2026, 3, 31), 2),
        (date(2026, 4, 1), date(2026, 12, 31), 3),
    ]
    # Aurora MySQL 3 has no third year: its Extended Support ends after fifteen months.
    assert extended_support_spans("aurora_mysql", "3", date(2029, 1, 1), date(2029, 12, 31)) == [
        (date(2029, 1, 1), date(2029, 4, 30), 1),
        (date(2029, 5, 1), date(2029, 12, 31), 2),
    ]


@pytest.mark.parametrize(("engine", "version"), [("mysql", "5.7"), ("rds_mysql", "5.6"), ("rds_mariadb", "10.6")])
def test_no_charge_without_extended_support(engine: str, version: str) -> None:
    assert extended_support_year(engine, version, date(2027, 6, 1)) == 0
    assert extended_support_spans(engine, version, date(2020, 1, 1), date(2030, 1, 1)) == []


def test_a_projected_end_is_followed_by_projected_extended_support() -> None:
    # The step that vendors sell today, three years, after the projected end of PostgreSQL 19 on RDS, 2032-02-24.
    support = engine_history("rds_postgresql", date(2036, 1, 1)).extended_support["19"]
    assert support.projected
    assert (str(support.year_1_start), str(support.year_3_start)) == ("2032-02-25", "2034-02-25")
    assert extended_support_year("rds_postgresql", "19", date(2032, 3, 1)) == 1
