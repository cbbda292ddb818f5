"""The replay of 2012 to 2024: upgrades that AWS announced, charges by hand, and a table that has none of them."""

from __future__ import annotations

import pandas as pd
import pytest

import tco
from tco.errors import InputError
from tco.planning.back_test import BackTest, back_test, by_policy, minutes_by_policy, public_events

MYSQL, POSTGRESQL, MARIADB = (f"rds {engine} db.r6g.large" for engine in ("mysql", "postgresql", "mariadb"))


def replayed(*instances: str, **changes: object) -> BackTest:
    policies, beside = ("settled", "smallest", "never"), {"platform": "dynamodb"}
    quickstart = tco.load_scenario("quickstart")
    return back_test(quickstart, instances, policies, versionless=beside, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def replay() -> BackTest:
    return replayed(MYSQL, POSTGRESQL, MARIADB)


def test_an_untouched_instance_is_forced_on_the_days_that_were_announced(replay: BackTest) -> None:
    """MySQL 5.5 went to 5.6 on 2021-05-25 and on to 5.7 on 2022-03-01; PostgreSQL 9.6 to 12 on 2022-04-26."""
    rows = replay.upgrades.query("policy == 'never'")
    found = [(row["engine"], f"{row['date']:%Y-%m-%d}", *row["path"]) for row in rows.to_dict("records")]
    assert found == [
        ("rds_mysql", "2021-05-25", "5.5", "5.6"),
        ("rds_mysql", "2022-03-01", "5.6", "5.7"),
        ("rds_postgresql", "2022-04-26", "9.6", "12"),
        ("rds_mariadb", "2021-05-18", "10.0", "10.2"),
        ("rds_mariadb", "2023-01-15", "10.2", "10.3"),
        ("rds_mariadb", "2024-01-23", "10.3", "10.6"),
    ]
    assert set(rows["reason"]) == {"forced"}


def test_upgrades_are_those_of_the_calendar_of_an_engine_alone(replay: BackTest) -> None:
    days = {"start": "2012-01-01", "end": "2024-12-31"}
    for policy in ("settled", "smallest", "never"):
        alone = tco.calendar(engine="rds_mysql", version="5.5", policy=policy, **days)
        rows = replay.upgrades.query("engine == 'rds_mysql' and policy == @policy")
        assert rows["path"].tolist() == alone["path"].tolist()
        assert rows["date"].tolist() == alone["date"].tolist()


def test_extended_support_is_two_processors_from_march_2024_on(replay: BackTest) -> None:
    """MySQL 5.7 was charged from 2024-03-01: ten months of 730 hours x 2 vCPU x 0.10 USD."""
    totals = replay.totals.set_index(["engine", "policy"])["extended_support_usd"]
    assert totals["rds_mysql", "never"] == pytest.approx(10 * 730 * 2 * 0.10)
    assert totals["rds_mysql", "settled"] == 0
    assert totals["rds_postgresql", "never"] == 0, "12 was supported until 2025"


def test_each_instance_enters_with_the_first_version_that_is_known(replay: BackTest) -> None:
    """PostgreSQL in the month after 9.6 came to RDS; MariaDB with the community's first day, since RDS states none."""
    assert replay.starts.set_index("engine")["known_from"].dt.strftime("%Y-%m-%d").to_dict() == {
        "rds_mysql": "2010-12-15", "rds_postgresql": "2016-11-11", "rds_mariadb": "2014-03-31",
    }  # fmt: skip
    created = replay.totals.groupby("engine", sort=False)["created"].first().dt.strftime("%Y-%m").tolist()
    assert created == ["2012-01", "2016-12", "2014-04"]


def test_a_later_instance_begins_on_the_newest_version_of_its_day_and_none_is_there_twice() -> None:
    totals = replayed(POSTGRESQL, created=["2012-01", "2016-01", "2020-01"]).totals
    assert totals.drop_duplicates("instance")[["version", "created"]].to_numpy().tolist() == [
        ["9.6", pd.Timestamp("2016-12-01")], ["11", pd.Timestamp("2020-01-01")],
    ]  # fmt: skip
    later = totals.query("version == '11' and policy == 'never'").iloc[0]
    assert later["extended_support_usd"] == pytest.approx(9 * 730 * 2 * 0.10), "charged from 2024-04-01"
    assert later["last_version"] == "11"


def test_a_table_without_versions_has_no_event_and_two_published_outages(replay: BackTest) -> None:
    table = replay.totals.query("policy == 'dynamodb'")
    assert len(table) == 3
    assert not table[["planned", "forced", "planned_interruptions", "upkeep_hours", "database_minutes"]].any(axis=None)
    assert "dynamodb" not in set(replay.upgrades["policy"])
    assert public_events("dynamodb")["minutes"].tolist() == [297, 172]
    assert public_events("dynamodb")["began"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        "2015-09-20 09:13",
        "2025-10-20 06:48",
    ]


def test_sums_by_policy_are_those_of_the_instances(replay: BackTest) -> None:
    summed = by_policy(replay.totals).set_index("policy")
    rows = replay.totals.query("policy == 'smallest'")
    assert summed.loc["smallest", "planned"] == rows["planned"].sum() == len(
        replay.upgrades.query("policy == 'smallest' and reason != 'forced'")
    )  # fmt: skip
    assert summed.loc["smallest", "upkeep_hours"] == pytest.approx(rows["upkeep_hours"].sum() / rows["years"].sum())
    minutes = minutes_by_policy(replay.totals).query("line == 'planned downtime'").groupby("option")
    assert minutes["minutes_per_cluster_year"].sum()["never"] == pytest.approx(summed.loc["never", "planned_minutes"])


def test_assumptions_of_the_scenario_hold() -> None:
    slow = tco.load_scenario("quickstart", set={"upgrades.forced_work_factor": 4})
    usual = replayed(MYSQL).totals.query("policy == 'never'")["upkeep_hours"].item()
    assert back_test(slow, [MYSQL], ["settled", "never"]).totals["upkeep_hours"].iloc[1] > 2 * usual


@pytest.mark.parametrize(
    ("instances", "changes", "message"),
    [
        (["rds mysql"], {}, "platform, engine, class"),
        (["rds mysqll db.r6g.large"], {}, "did you mean 'mysql'"),
        ([MYSQL], {"end": "2024"}, "written YYYY-MM"),
        ([MYSQL], {"created": ["12-2016"]}, "written YYYY-MM"),
    ],
)
def test_what_cannot_be_replayed_is_an_error(instances: list[str], changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replayed(*instances, **changes)


def test_no_instance_is_told() -> None:
    with pytest.raises(tco.InputError, match="instances: name one instance or more"):
        back_test(tco.load_scenario("quickstart"), [], ["never"])
