"""Upgrade calendars: cases worked out by hand, the rules one by one, and a second implementation to compare with."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import tco
from tco import resources
from tco.catalog.lifecycle import engine_history, engines
from tco.catalog.releases import known_history, running
from tco.catalog.versions import version_key
from tco.errors import InputError
from tco.resources import yaml_content
from tco.upgrades.calendar import Upgrade, next_upgrade, starting_version, upgrades
from tco.upgrades.policies import policy_named

CASES = yaml_content(Path(__file__).parent.parent / "cases/calendars.yaml")
FACTS_END = date(2026, 7, 3)
"""Up to this day the lifecycle of every engine is known, so nothing is projected."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def short(events: list[Upgrade]) -> list[tuple[str, str, str]]:
    return [(str(event.date), " > ".join(event.path), event.reason) for event in events]


def calendar(engine: str, version: str | None, start: str, end: str, policy: str, **more: Any) -> list[Upgrade]:
    return upgrades(engine, version, day(start), day(end), policy, **more)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_worked_case(case: dict[str, Any]) -> None:
    events = upgrades(
        case["engine"],
        case.get("version"),
        case["start"],
        case["end"],
        case["policy"],
        margin_months=case.get("margin_months", 0),
        method=case.get("method", "in_place"),
    )
    expected = [(str(event[0]), str(event[1]), event[2]) for event in case["events"]]
    assert short(events) == expected
    assert [event.projected for event in events] == ["projected" in event[3:] for event in case["events"]]


def test_every_engine_has_a_worked_case() -> None:
    assert {case["engine"] for case in CASES} == set(engines())


# ---- The table -------------------------------------------------------------------------------------------------


def test_the_table_reads_dates_as_days_and_paths_as_lists() -> None:
    frame = tco.calendar(engine="mysql", version="5.5", start="2012-01-15", end="2024-12-31", policy="newest")
    assert list(frame.columns) == ["date", "from_version", "to_version", "path", "reason", "projected"]
    (row,) = frame.itertuples()
    assert (frame["date"] == "2018-12-31").all()
    assert row.date == pd.Timestamp(2018, 12, 31)
    assert (row.from_version, row.to_version, row.reason) == ("5.5", "8.0", "deadline")
    assert row.path == ["5.5", "5.6", "5.7", "8.0"]
    assert not row.projected


def test_a_stranded_cluster_has_an_empty_target() -> None:
    frame = tco.calendar(engine="mongodb", version="1.8", start="2012-01-15", end="2024-12-31", policy="newest")
    assert list(frame["to_version"]) == [""]
    assert list(frame["path"]) == [["1.8"]]
    assert list(frame["date"]) == [pd.Timestamp(2012, 9, 30)]


def test_a_stranded_cluster_moves_on_the_day_that_offers_a_target_and_not_after_the_end() -> None:
    """Six months before 1.1 ends, Cassandra 1.2 (r 2013-01-02) is not there yet."""
    for end, later in (("2013-01-01", []), ("2013-01-02", [("2013-01-02", "1.1 > 1.2", "slipped")])):
        events = calendar("cassandra", "1.1", "2012-11-01", end, "newest", margin_months=6)
        assert short(events) == [("2012-11-27", "1.1", "deadline"), *later]


def test_an_empty_calendar_keeps_its_columns_and_types() -> None:
    frame = tco.calendar(engine="mysql", version="8.4", start=date(2025, 1, 1), end=date(2026, 1, 1), policy="newest")
    assert frame.empty
    assert frame["date"].dtype.kind == "M"
    assert frame["projected"].dtype == bool


# ---- The rules, one by one -------------------------------------------------------------------------------------


def test_a_deadline_on_the_first_or_last_day_counts_and_a_day_outside_does_not() -> None:
    # MySQL 5.6 is patched until 2021-02-28.
    assert short(calendar("mysql", "5.6", "2021-02-28", "2021-02-28", "smallest"))[0][0] == "2021-02-28"
    assert calendar("mysql", "5.6", "2021-01-01", "2021-02-27", "smallest") == []


def test_a_release_whose_last_day_it_is_is_no_target() -> None:
    # Cassandra 3.0 and 3.11 both end on 2024-09-05: 3.0 does not move to 3.11 that day.
    assert calendar("cassandra", "3.0", "2023-01-01", "2024-12-31", "smallest")[0].to_version == "4.0"
    # A month before it does, and as 3.11 then has a month left too, it moves on at once.
    assert short(calendar("cassandra", "3.0", "2024-01-01", "2024-12-31", "smallest", margin_months=1)) == [
        ("2024-08-05", "3.0 > 3.11", "deadline"),
        ("2024-08-05", "3.11 > 4.0", "deadline"),
    ]


def test_a_release_can_be_taken_on_the_day_it_comes_out() -> None:
    # Redis 4.0 ends on 2020-04-30, the day 6.0 came.
    assert calendar("redis", "4.0", "2019-01-01", "2021-01-01", "newest")[0].to_version == "6.0"


def test_settled_counts_twelve_months_to_the_day() -> None:
    # PostgreSQL 14 came on 2021-09-30: on 2022-09-30 it is settled, the day before 13 is the newest settled one.
    # 9.6 ended on 2021-11-11, so a cluster that starts on it moves on the first day.
    assert calendar("postgresql", "9.6", "2022-09-30", "2022-10-01", "settled")[0].to_version == "14"
    assert calendar("postgresql", "9.6", "2022-09-29", "2022-10-01", "settled")[0].to_version == "13"


def test_settled_takes_the_newest_where_nothing_is_a_year_old() -> None:
    # RDS MySQL 8.0 ends on 2026-07-31 with 8.4 (2024-11-21) settled; a year less and a day before, it was not.
    (event,) = calendar("mongodb", "2.0", "2012-01-15", "2013-12-31", "settled")
    assert event.to_version == "2.4"  # r 2013-03-18, 13 days old; 2.2 (r 2012-08-28) is not a year old either


def test_a_margin_moves_the_deadline_and_the_choice() -> None:
    # PostgreSQL 9.6 e 2021-11-11; three months before, 14 (r 2021-09-30) does not exist.
    (event,) = calendar("postgresql", "9.6", "2020-01-01", "2022-01-01", "newest", margin_months=3)
    assert (str(event.date), event.to_version) == ("2021-08-11", "13")


def test_a_release_without_a_release_date_is_run_but_never_taken() -> None:
    # RDS MariaDB 10.0 and 10.1 both ended on 2021-05-18; the release of neither is known.
    assert short(calendar("rds_mariadb", "10.0", "2019-01-01", "2021-12-31", "smallest"))[0] == (
        "2021-05-18",
        "10.0 > 10.2",
        "deadline",
    )
    assert "3" not in calendar("elasticache_redis", "2", "2019-01-01", "2024-01-01", "asap:0")[0].path


def test_blue_green_uses_the_steps_of_its_engine() -> None:
    # RDS PostgreSQL lists no blue/green pairs of its own.
    in_place = calendar("rds_postgresql", "12", "2022-01-01", "2026-07-01", "newest")
    assert calendar("rds_postgresql", "12", "2022-01-01", "2026-07-01", "newest", method="blue_green") == in_place


def test_copying_methods_never_make_a_path() -> None:
    # DocumentDB: AWS DMS copies 3.6 into a new cluster of 4.0 or 8.0; upgraded as it stands it goes to 5.0.
    for event in calendar("documentdb", "3.6", "2025-01-01", "2030-01-01", "newest"):
        assert "4.0" not in event.path
    # Elasticsearch 2 may be reindexed into 6, but its steps lead by 5.
    (event,) = calendar("elasticsearch", "2", "2018-01-01", "2018-12-31", "newest")
    assert event.path == ("2", "5", "6")


def test_never_leaves_a_self_managed_cluster_alone() -> None:
    for engine in engines():
        history = engine_history(engine)
        if not history.managed:
            version = next(release.version for release in history.releases.values() if release.release_date)
            assert upgrades(engine, version, date(2026, 1, 1), date(2040, 1, 1), "never") == []


def test_the_vendor_takes_what_it_announced_only_while_that_is_patched() -> None:
    # RDS MySQL 5.6 was to go to 5.7, which ended on 2024-02-29; met in 2025, it goes to the oldest that is patched.
    (event,) = calendar("rds_mysql", "5.6", "2025-01-01", "2025-12-31", "never")
    assert (event.path, event.reason) == (("5.6", "5.7", "8.0"), "forced")


def test_a_policy_of_its_own_days_still_meets_the_deadline() -> None:
    # MongoDB 2.0 e 2013-03-31, before the 24 months are over; they then run from that day.
    events = calendar("mongodb", "2.0", "2012-01-15", "2015-12-31", "every:24")
    assert [(str(event.date), event.reason) for event in events] == [
        ("2013-03-31", "deadline"),
        ("2015-03-31", "policy"),
    ]


def test_asap_is_due_at_the_start_for_what_is_old_enough_already() -> None:
    events = calendar("mysql", "5.5", "2015-06-01", "2016-01-01", "asap:6")
    assert short(events) == [("2015-06-01", "5.5 > 5.6", "policy")]


def test_a_day_of_the_policy_counts_on_the_last_day_and_not_after_it() -> None:
    # MySQL 5.5 is patched until 2018-12-31; two years after the start are 2017-06-01, when 5.7 is the newest.
    assert short(calendar("mysql", "5.5", "2015-06-01", "2017-06-01", "every:24")) == [
        ("2017-06-01", "5.5 > 5.6 > 5.7", "policy")
    ]
    assert calendar("mysql", "5.5", "2015-06-01", "2017-05-31", "every:24") == []


@pytest.mark.parametrize(("start", "due"), [("2015-06-01", "2016-01-15"), ("2016-01-15", "2016-01-15")])
def test_rounds_count_from_the_last_upgrade_and_none_is_made_before_the_start(start: str, due: str) -> None:
    """Every two years since 2012-01-15: the round of 2014 is past."""
    asked: dict[str, Any] = {"policy": "every:24", "start": day(start), "end": day("2018-01-01")}
    event = next_upgrade("mysql", "5.5", day("2012-01-15"), **asked)
    assert event is not None
    assert (str(event.date), event.reason) == (due, "policy")


def test_extended_support_is_used_where_it_is_paid_and_not_where_it_is_none() -> None:
    # Aurora PostgreSQL 11: free until 2024-02-29, paid until 2027-03-31. RDS MySQL 5.6 has none.
    assert str(calendar("aurora_postgresql", "11", "2023-01-01", "2028-01-01", "extended_support")[0].date) == (
        "2027-03-31"
    )
    assert str(calendar("rds_mysql", "5.6", "2021-01-01", "2023-01-01", "extended_support")[0].date) == "2022-03-01"


def test_work_that_is_due_before_anybody_is_ready_slips_to_that_day() -> None:
    event = next_upgrade(
        "rds_mysql",
        "5.7",
        day("2024-01-01"),
        policy="newest",
        start=day("2024-01-01"),
        end=day("2026-01-01"),
        ready=day("2024-12-01"),
    )
    assert event is not None
    assert (str(event.due), str(event.date), event.reason) == ("2024-02-29", "2024-12-01", "slipped")
    assert event.to_version == "8.4"  # r 2024-11-21: the target is that of the day it happens


def test_the_vendor_does_not_wait_until_anybody_is_ready() -> None:
    (event,) = calendar("aurora_mysql", "1", "2022-01-01", "2024-01-01", "never", ready=day("2023-12-01"))
    assert (str(event.date), event.reason) == ("2023-02-28", "forced")


def test_work_that_slips_past_the_end_is_not_in_the_calendar() -> None:
    assert calendar("mysql", "5.6", "2020-01-01", "2021-12-31", "newest", ready=day("2022-01-01")) == []


def test_a_cluster_given_its_creation_only_starts_on_the_highest_release() -> None:
    assert starting_version("postgresql", None, day("2012-01-15")) == "9.1"
    assert starting_version("mariadb", None, day("2023-12-31")) == "10.11"  # 11.2 is a rolling release
    assert starting_version("redis", None, day("2026-08-01")) == "8.10"  # by number: 8.10 comes after 8.8
    assert starting_version("postgresql", None, day("2029-01-01")) == "18"  # 19 is projected, not known


# ---- Projections -----------------------------------------------------------------------------------------------


def test_nothing_is_patched_for_ever() -> None:
    for engine in engines():
        history = engine_history(engine, date(2045, 12, 31))
        assert all(release.free_patches_end for release in history.releases.values())
        # A cluster that always takes the newest moves again and again to the end of the horizon.
        events = upgrades(engine, None, date(2027, 1, 1), date(2060, 12, 31), "newest")
        longest = max(
            (release.free_patches_end or date.max).year - (release.release_date or date.max).year
            for release in history.releases.values()
            if release.release_date
        )
        assert date(2060, 12, 31) - events[-1].date < timedelta(days=366 * (longest + 1))
        assert events[-1].projected


def test_projected_releases_follow_the_known_ones_in_number_and_time() -> None:
    for engine in engines():
        history = engine_history(engine, date(2045, 12, 31))
        if history.successor:
            assert not any(release.projected for release in history.releases.values())
            continue
        versions = list(history.releases)
        assert versions == sorted(versions, key=version_key)
        projected = [release for release in history.releases.values() if release.projected]
        known = [release for release in history.releases.values() if not release.projected]
        assert len(projected) > 1
        dates = [release.release_date for release in projected]
        assert dates == sorted(set(dates))
        assert all(day > history.as_of for day in dates)
        assert versions[: len(known)] == [release.version for release in known]
        assert all(release.end_projected and release.free_patches_end > history.as_of for release in projected)


def test_projected_ends_come_after_the_facts() -> None:
    for engine in engines():
        history = engine_history(engine)
        for release in history.releases.values():
            if release.end_projected:
                assert release.free_patches_end > history.as_of


def test_a_longer_horizon_changes_nothing_before_its_end() -> None:
    for engine in engines():
        for policy in ("newest", "smallest", "asap:6", "every:24"):
            near = upgrades(engine, None, date(2024, 6, 1), date(2030, 6, 1), policy)
            far = upgrades(engine, None, date(2024, 6, 1), date(2050, 6, 1), policy)
            assert far[: len(near)] == near


def test_an_end_past_what_can_be_projected_is_refused() -> None:
    with pytest.raises(InputError, match="more than 100 years"):
        upgrades("redis", None, date(2026, 1, 1), date(9999, 12, 31), "newest")


# ---- Bad input -------------------------------------------------------------------------------------------------


def test_the_longest_margin_and_wait_are_valid() -> None:
    """Ten years before 2018-12-31 is before the start, when MySQL 5.7 is not a hundred years old."""
    assert calendar("mysql", "5.5", "2016-01-01", "2016-06-01", "smallest", margin_months=120) != []
    assert calendar("mysql", "5.5", "2016-01-01", "2016-06-01", "asap:1200") == []


def test_a_cluster_cannot_start_on_a_minor_that_never_existed() -> None:
    with pytest.raises(InputError, match=r"16\.99"):
        starting_version("rds_postgresql", "16.99", date(2026, 12, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "postgress"}, "unknown engine 'postgress'; did you mean 'postgresql'"),
        ({"engine": "dynamodb"}, "unknown engine"),
        ({"version": "5.9"}, "unknown version of mysql '5.9'"),
        ({"version": "5"}, "may be '5.1' or '5.5' or '5.6' or '5.7'"),
        ({"version": "banana"}, "unknown version"),
        ({"version": ""}, "unknown version"),
        ({"version": "8.4"}, "released on 2024-04-30: no cluster can run it on 2012-01-15"),
        ({"start": "2025-01-01"}, "the start 2025-01-01 is after the end 2024-12-31"),
        (
            {"start": "1990-01-01", "version": None},
            "no version of mysql is known to be available on 1990-01-01; the first came on 2008-12-01",
        ),
        ({"start": "2012-13-01"}, "the start is a day such as"),
        ({"end": "soon"}, "the end is a day such as"),
        ({"end": pd.NaT}, "the end is a day such as"),
        ({"policy": "newst"}, "unknown policy 'newst'; did you mean 'newest'"),
        ({"policy": "asap"}, "wants a number of months"),
        ({"policy": "every:0"}, "from 1 to"),
        ({"policy": "every:-6"}, "unknown policy"),
        ({"policy": "asap:99999"}, "from 0 to"),
        ({"policy": "asap:1201"}, "the months of asap:N go from 0 to 1200"),
        ({"method": "reindex"}, "unknown upgrade method 'reindex'"),
        ({"policy": None}, "policy: is not text"),
        ({"margin_months": -1}, "the margin goes from 0"),
        ({"margin_months": 121}, "the margin goes from 0 to 120 months"),
        ({"margin_months": "six"}, "margin_months: is not a number"),
        ({"margin_months": float("nan")}, "the margin goes from 0"),
        ({"margin_months": float("inf")}, "the margin goes from 0"),
    ],
)
def test_bad_input_says_what_would_be_valid(arguments: dict[str, Any], message: str) -> None:
    asked = {"engine": "mysql", "version": "5.5", "start": "2012-01-15", "end": "2024-12-31", "policy": "newest"}
    with pytest.raises(InputError) as raised:
        tco.calendar(**{**asked, **arguments})
    assert message in str(raised.value)


# ---- A second implementation: it looks at every day, and at the tables only -------------------------------------


def months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for last in (31, 30, 29, 28):
        try:
            return date(year, month + 1, min(start.day, last))
        except ValueError:
            continue
    raise AssertionError


class PlainCalendar:
    """The rules as MODEL.md says them, slowly: walk the days, and relax path lengths until nothing gets shorter."""

    def __init__(self, engine: str, policy: str, margin: int, method: str) -> None:
        read, steps, described = (
            pd.read_csv(resources.path(f"data/lifecycle/{name}.csv"), dtype=str, keep_default_na=False)
            for name in ("releases", "upgrade_paths", "engines")
        )
        (levels,) = described.loc[described["engine"] == engine, "calendar_levels"].str.split()
        self.managed = (described.loc[described["engine"] == engine, "managed"] == "true").item()
        forced = pd.read_csv(resources.path("data/lifecycle/forced_upgrades.csv"), dtype=str)
        forced = forced[(forced["engine"] == engine) & (forced["status"] == "effective")]
        self.forced = {row["from_version"]: row for row in forced.to_dict("records")}
        mine = read[(read["engine"] == engine) & read["level"].isin(levels)]
        self.releases = {row["version"]: row for row in mine.to_dict("records")}
        methods = {"in_place", "rolling", "full_restart"} | ({"blue_green"} if method == "blue_green" else set())
        mine = steps[(steps["engine"] == engine) & steps["method"].isin(methods)]
        self.steps = [row for row in mine.to_dict("records") if row["to_version"] in self.releases]
        self.policy, _, months = policy.partition(":")
        self.months = int(months or 0)
        self.margin = margin
        self.seen: dict[tuple[str, str], dict[str, list[str]]] = {}

    def left_to_the_vendor(self, version: str) -> bool:
        unpaid = self.releases[version]["extended_support_kind"] != "paid"
        return self.policy == "extended_support" and self.managed and unpaid

    def ended(self, version: str, start: date) -> bool:
        """Whether the vendor has moved clusters of a version before a calendar begins."""
        release = self.releases[version]
        end = max(release[name] for name in ("free_patches_end", "extended_support_end"))
        end = self.forced.get(version, {}).get("forced_on", end)
        return self.managed and bool(end) and day(end) < start

    def vendors(self, version: str, candidates: list[list[str]], today: date) -> list[list[str]]:
        """Where the vendor takes a cluster: as announced, else the oldest that is supported for a year more."""
        announced = self.forced.get(version, {}).get("to_version")
        lasting = []
        for path in candidates:
            end = max(self.releases[path[-1]][name] for name in ("free_patches_end", "extended_support_end"))
            if path[-1] == announced:
                return [path]
            if not end or months_later(today, 12) <= day(end):
                lasting.append(path)
        return lasting or candidates[-1:]

    def deadline(self, version: str) -> date | None:
        release = self.releases[version]
        end = release["free_patches_end"]
        if self.left_to_the_vendor(version):
            return day(self.forced.get(version, {}).get("forced_on", end)) if end else None
        if self.policy == "extended_support" and release["extended_support_kind"] == "paid":
            end = release["extended_support_end"]
        return months_later(day(end), -self.margin) if end else None

    def paths(self, version: str, today: str) -> dict[str, list[str]]:
        """Texts of days compare as days do; a blank `valid_from` comes before all of them."""
        usable = [
            step
            for step in self.steps
            if "" < self.releases[step["to_version"]]["release_date"] <= today and step["valid_from"] <= today
        ]
        best: dict[str, list[str]] = {version: [version]}
        shorter = True
        while shorter:
            shorter = False
            for step in usable:
                if step["from_version"] not in best:
                    continue
                path = [*best[step["from_version"]], step["to_version"]]
                known = best.get(step["to_version"])
                rank = (len(path), [[int(n) for n in v.split(".")] for v in path])
                if known is None or rank < (len(known), [[int(n) for n in v.split(".")] for v in known]):
                    best[step["to_version"]] = path
                    shorter = True
        return best

    def candidates(self, version: str, today: date) -> list[list[str]]:
        text = str(today)
        number = [int(n) for n in version.split(".")]
        paths = self.paths(version, text)
        found = [
            path
            for target, path in paths.items()
            if [int(n) for n in target.split(".")] > number
            and (not self.releases[target]["free_patches_end"] or self.releases[target]["free_patches_end"] > text)
        ]
        return sorted(found, key=lambda path: [int(n) for n in path[-1].split(".")])

    def aged(self, candidates: list[list[str]], months: int, today: date) -> list[list[str]]:
        return [
            path for path in candidates if months_later(day(self.releases[path[-1]]["release_date"]), months) <= today
        ]

    def events(self, version: str, start: date, end: date) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        since, today, stranded = start, start, False
        while today <= end:
            deadline = self.deadline(version)
            path: list[str] | None = None
            reason = ""
            if deadline is not None and today >= deadline:
                vendors_turn = self.left_to_the_vendor(version) or (today == start and self.ended(version, start))
                reason = "forced" if vendors_turn else "deadline"
                reason = reason if today == max(deadline, since) else "slipped"
                candidates = self.candidates(version, today)
                months = {"settled": 12, "asap": self.months}.get(self.policy)
                if months is not None:
                    candidates = self.aged(candidates, months, today) or candidates
                if candidates:
                    path = candidates[0] if self.policy == "smallest" else candidates[-1]
                    if vendors_turn:
                        path = self.vendors(version, candidates, today)[0]
                elif not stranded:
                    found.append((str(today), version, reason))
                    stranded = True
            elif self.policy == "asap":
                ready = any(
                    row["release_date"] and months_later(day(row["release_date"]), self.months) <= today
                    for name, row in self.releases.items()
                    if [int(n) for n in name.split(".")] > [int(n) for n in version.split(".")]
                )
                aged = self.aged(self.candidates(version, today), self.months, today) if ready else []
                path, reason = (aged[-1], "policy") if aged else (None, "")
            elif self.policy == "every" and any(
                months_later(since, rounds * self.months) == today for rounds in range(1, 400 // self.months)
            ):
                candidates = self.candidates(version, today)
                path, reason = (candidates[-1], "policy") if candidates else (None, "")
            if path:
                found.append((str(today), " > ".join(path), reason))
                version, since, stranded = path[-1], today, False
                continue
            today += timedelta(days=1)
        return found


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, str, date, date, str, int, str]:
    engine = draw(st.sampled_from(engines()))
    version = draw(st.sampled_from(list(engine_history(engine).releases)))
    release = engine_history(engine).releases[version]
    earliest = max(release.release_date or date(2015, 1, 1), date(2005, 1, 1))
    start = earliest + timedelta(days=draw(st.integers(0, max((FACTS_END - earliest).days, 0))))
    policy = draw(
        st.sampled_from(["newest", "settled", "smallest", "asap:6", "asap:18", "every:24", "extended_support"])
    )
    years = 2 if policy.startswith("asap") else 6
    end = min(start + timedelta(days=draw(st.integers(0, 365 * years))), FACTS_END)
    margin = draw(st.sampled_from([0, 0, 0, 3, 12]))
    return engine, version, start, end, policy, margin, draw(st.sampled_from(["in_place", "blue_green"]))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(questions())
@example(("cassandra", "1.0", date(2012, 1, 15), date(2018, 1, 1), "smallest", 12, "in_place"))
@example(("mariadb", "5.3", date(2012, 2, 29), date(2012, 10, 11), "asap:6", 0, "in_place"))
@example(("aurora_postgresql", "11", date(2022, 1, 1), date(2023, 12, 1), "asap:6", 0, "in_place"))
def test_agrees_with_the_plain_calendar(question: tuple[str, str, date, date, str, int, str]) -> None:
    engine, version, start, end, policy, margin, method = question
    assume(start <= end)
    # This calendar knows no moves to another engine, which a provider makes when support of the one it has, has ended.
    assume(not known_history(engine).successor)
    # Nor that all projected minors of a major are a step apart where an engine has no majors.
    assume(engine != "amazon_opensearch")
    plain = PlainCalendar(engine, policy, margin, method).events(version, start, end)
    assert short(upgrades(engine, version, start, end, policy, margin, method)) == plain


@settings(max_examples=60, deadline=None, derandomize=True)
@given(questions())
def test_every_event_is_sound(question: tuple[str, str, date, date, str, int, str]) -> None:
    engine, version, start, _, policy, margin, method = question
    end = date(2040, 12, 31)
    events = upgrades(engine, version, start, end, policy, margin, method)
    runs, before = version, start
    for event in events:
        assert before <= event.date <= end
        assert event.due <= event.date
        assert event.from_version == runs == event.path[0]
        ranks = [(running("", name)[0], version_key(running("", name)[1])) for name in event.path]
        assert ranks == sorted(ranks)
        if event.stranded:
            assert event.path == (runs,)
        else:
            assert event.path[-1] == event.to_version
            releases = [engine_history(it, end).release(own) for it, own in map(partial(running, engine), event.path)]
            assert releases[-1].free_patches_end > event.date
            assert all(release.release_date <= event.date for release in releases[1:])
        runs, before = event.to_version or runs, event.date
    assert policy_named(policy).name == policy.split(":")[0]


def test_an_engine_that_may_skip_any_version_needs_one_step_to_a_projected_one() -> None:
    """Every release of Valkey could be upgraded to from 7.2; MySQL's next is one release away."""
    asked = {"start": "2026-12-01", "end": "2034-12-31", "policy": "newest"}
    paths = tco.calendar(engine="valkey", version="9.1", **asked)["path"]
    assert len(paths)
    assert all(len(path) == 2 for path in paths)


def test_all_minors_of_a_major_are_a_step_apart_where_an_engine_has_no_majors() -> None:
    """OpenSearch Service: 3.1, 3.3 and 3.5 are known, and each 2.x led to any later one and to 3."""
    asked = {"engine": "amazon_opensearch", "start": "2027-01-01", "end": "2033-12-31", "policy": "newest"}
    for version in ("2.19", "3.5"):
        frame = tco.calendar(version=version, **asked)
        assert len(frame) > 1
        assert all(len(path) == 2 and path[1].startswith("3.") for path in frame["path"])
        assert frame["projected"].all()
