"""What the provider does to clusters that nobody moved: on which day, to which version, under every policy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from small_scenarios import group, scenario

import tco
from tco.catalog.lifecycle import free_patches_end
from tco.cli import main
from tco.errors import InputError
from tco.loading.notes import notes_of
from tco.upgrades.calendar import next_upgrade
from tco.upgrades.minors import forced_minors

WAITING = ("settled", "newest", "smallest", "extended_support", "never")


def fleet(policies: tuple[str, ...] = WAITING, **shop: Any) -> tco.Scenario:
    options = {name: {"platform": "rds", "policy": name, "method": "in_place"} for name in policies}
    return tco.load_scenario(
        scenario(start="2026-12", reference=policies[0], fleet={"shop": group(**shop)}, options=options)
    )


def first_events(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
    firsts = frame.groupby("option", sort=False).first()
    return {(f"{row.date:%Y-%m-%d}", " > ".join(row.path), row.reason) for row in firsts.itertuples()}


def test_a_version_whose_support_ended_before_the_start_has_one_fate() -> None:
    """RDS MariaDB 10.5 ended on 2026-08-31; 10.6 ends on 2026-12-31, so that 10.11 is the next that lasts a year."""
    ended = fleet(engine="mariadb", version="10.5")
    frame = tco.calendar(ended)
    assert first_events(frame) == {("2026-12-01", "10.5 > 10.11", "forced")}
    assert set(frame["option"]) == set(WAITING)
    assert "Extended Support" not in set(tco.evaluate(ended).table().query("cost > 0")["line"])


@pytest.mark.parametrize("policy", [*WAITING, "asap:6", "every:24"])
def test_nobody_is_faster_than_the_vendor_where_support_has_ended(policy: str) -> None:
    """Aurora MySQL 1 ended on 2023-02-28, RDS PostgreSQL 11 with its paid support on 2027-03-31."""
    for engine, version, start, path in (
        ("rds_mariadb", "10.5", "2026-12-01", ["10.5", "10.11"]),
        ("aurora_mysql", "1", "2026-12-01", ["1", "2", "3"]),
        ("rds_postgresql", "11", "2027-06-01", ["11", "15"]),
    ):
        first = tco.calendar(engine=engine, version=version, start=start, end="2029-01-01", policy=policy).iloc[0]
        assert (f"{first['date']:%Y-%m-%d}", first["path"], first["reason"]) == (start, path, "forced")


def test_waiting_for_paid_support_that_is_not_sold_is_waiting_for_the_vendor() -> None:
    """RDS MariaDB 10.6 ends on 2026-12-31."""
    frame = tco.calendar(fleet(("extended_support", "never"), engine="mariadb", version="10.6"))
    assert first_events(frame) == {("2026-12-31", "10.6 > 10.11", "forced")}


def test_the_vendor_does_not_wait_for_a_team_that_is_not_ready() -> None:
    asked: dict[str, Any] = {"start": date(2026, 12, 1), "end": date(2028, 12, 31), "ready": date(2027, 2, 2)}
    event = next_upgrade("rds_mariadb", "10.6", date(2026, 12, 1), policy="newest", **asked)
    assert event is not None
    assert (event.date, event.due, event.to_version, event.reason) == (
        date(2026, 12, 31),
        date(2026, 12, 31),
        "10.11",
        "forced",
    )
    # PostgreSQL 13 is in paid support until 2029: the team has the time it needs.
    event = next_upgrade("rds_postgresql", "13", date(2026, 12, 1), policy="newest", **asked)
    assert event is not None
    assert (event.date, event.reason) == (date(2027, 2, 2), "slipped")


@pytest.mark.parametrize(
    ("engine", "version", "event"),
    [
        ("mysql", "8.0", ("2026-12-01", "8.0 > 8.4", "forced")),  # ended on 2026-07-31
        ("postgresql", "14", ("2027-02-28", "14 > 15", "forced")),  # ends on 2027-02-28
    ],
)
def test_clusters_without_paid_support_are_moved_at_the_end_of_the_free_one(
    engine: str, version: str, event: tuple[str, str, str]
) -> None:
    shop = {"engine": engine, "version": version}
    opted_out = fleet(("extended_support", "never"), **shop, extended_support=False)
    assert first_events(tco.calendar(opted_out)) == {event}
    costs = {
        enrolled: tco.evaluate(fleet(("extended_support", "never"), **shop, extended_support=enrolled))
        .table()
        .query("line == 'Extended Support'")["cost"]
        .sum()
        for enrolled in (True, False)
    }
    assert costs[True] > 0
    assert costs[False] == 0


@pytest.mark.parametrize("policy", ["settled", "extended_support", "never"])
def test_clusters_are_moved_at_the_end_of_free_patches_where_no_paid_support_has_a_price(policy: str) -> None:
    """On DocumentDB Serverless; on instances it is paid."""
    docs = group(engine="documentdb", version="5.0", platform="documentdb", clusters=3)
    serverless = {"platform": "documentdb_serverless", "acu": 2, "policy": policy, "upgrade_hours_per_month": 0.1}
    stay = {**serverless, "platform": "documentdb"}
    stay.pop("acu")
    raw = scenario(months=84, fleet={"docs": docs}, options={"stay": stay, "serverless": serverless})
    loaded = tco.load_scenario(raw, set={"transition.start_lag_months": 1})
    ledger = tco.evaluate(loaded).table().query("line == 'Extended Support'")
    by_option = ledger.groupby("option")["cost"].sum()
    assert by_option["stay"] > 0 == by_option["serverless"]
    frame = tco.calendar(loaded).query("option == 'serverless'")
    end = pd.Timestamp(free_patches_end("documentdb", "5.0"))
    assert (frame["date"].iloc[0], frame["reason"].iloc[0]) == (end, "forced")


def test_check_notes_what_the_provider_does_at_the_start(tmp_path: Any) -> None:
    file = tmp_path / "ended.yaml"
    text = "{clusters: 1, engine: mariadb, version: '10.5', region: us-east-1, storage_gb: 10,"
    file.write_text(
        "name: ended\nstart: 2026-12\nmonths: 12\nprices_as_of: 2026-11-01\nfleet:\n"
        f"  a: {text} instance_class: db.r6g.large}}\noptions:\n  a: {{platform: rds}}\n  b: {{platform: rds}}\n"
    )
    shown = CliRunner().invoke(main, ["check", str(file)])
    assert shown.exit_code == 0
    assert "fleet.a.version: support of rds_mariadb 10.5 ended on 2026-08-31" in shown.output
    assert "the provider moves it to 10.11 on 2026-12-01" in shown.output
    file.write_text(file.read_text().replace("mariadb, version: '10.5'", "postgres, version: '16.9'"))
    shown = CliRunner().invoke(main, ["check", str(file)])
    assert "support of rds_postgresql 16.9 ended on 2026-10-31: the provider moves it to 16.15" in shown.output


# ---- Minor versions ----------------------------------------------------------------------------------------------


def minors(engine: str, version: str, policy: str = "never", start: str = "2026-09-01") -> list[tuple[str, str, str]]:
    frame = tco.calendar(engine=engine, version=version, start=start, end="2028-12-31", policy=policy)
    return [(f"{row.date:%Y-%m-%d}", " > ".join(row.path), row.reason) for row in frame.itertuples()]


def test_a_minor_whose_support_ends_is_replaced_and_so_is_its_successor() -> None:
    """RDS PostgreSQL 16.9 ends on 2026-10-31; the newest then, 16.15, on 2027-09-30, when the next is not known yet."""
    expected = [("2026-10-31", "16.9 > 16.15", "forced"), ("2027-09-30", "16.15 > 16", "forced")]
    for policy in WAITING:
        assert minors("rds_postgresql", "16.9", policy) == expected
    assert minors("rds_postgresql", "16.9-R2") == expected
    assert minors("rds_postgresql", "16") == []
    # Aurora MySQL 3.04 ends on 2026-10-31, named with a patch level and as AWS's API does.
    assert minors("aurora_mysql", "8.0.mysql_aurora.3.04.2")[0] == ("2026-10-31", "3.04.2 > 3.13", "forced")


def test_a_minor_that_ended_before_the_start_is_replaced_at_the_start() -> None:
    assert minors("rds_postgresql", "16.9", start="2026-12-01")[0] == ("2026-12-01", "16.9 > 16.15", "forced")
    # 16.3 is no longer listed: it ended before the list was read.
    assert minors("rds_postgresql", "16.3", start="2026-12-01")[0] == ("2026-12-01", "16.3 > 16.15", "forced")


def test_a_minor_is_replaced_by_what_is_out_by_then() -> None:
    """RDS MySQL 8.0.40 ended on 2026-05-31; 8.0.46 came on 2026-07-15, and is supported as long as 8.0 itself."""
    span = date(2026, 5, 1), date(2027, 12, 31)
    assert [event.path for event in forced_minors("rds_mysql", "8.0.40", *span)] == [("8.0.40", "8.0.45")]
    assert forced_minors("rds_mysql", "8.0.46", *span) == []
    # Aurora PostgreSQL 16.11 ends on 2027-07-31; 16.8, supported until 2029, is older.
    assert [event.path for event in forced_minors("aurora_postgresql", "16.11", *span)] == [("16.11", "16")]


def test_a_minor_that_comes_on_the_day_is_taken_and_one_that_ends_on_it_is_not() -> None:
    """RDS MySQL 8.0.46 came on 2026-07-15; RDS PostgreSQL 16.14 and 16.15 both end on 2027-09-30."""
    for day, to in ((date(2026, 7, 14), "8.0.45"), (date(2026, 7, 15), "8.0.46")):
        assert [event.to_version for event in forced_minors("rds_mysql", "8.0.40", day, date(2027, 12, 31))] == [to]
    span = date(2026, 12, 1), date(2027, 12, 31)
    assert [event.path for event in forced_minors("rds_postgresql", "16.14", *span)] == [("16.14", "16")]


def test_who_is_not_enrolled_keeps_an_extension_that_is_free() -> None:
    """Oracle patches MySQL 5.7 until 2023-10-31, the last years of that in an extension that costs nothing."""
    span = {"start": date(2023, 1, 1), "end": date(2024, 1, 1)}
    asked: dict[str, Any] = {"policy": "smallest", "since": span["start"], **span}
    enrolled, alone = (next_upgrade("mysql", "5.7", extended_support=paid, **asked) for paid in (True, False))
    assert enrolled == alone is not None
    assert alone.date == date(2023, 10, 31)


def test_minors_end_with_the_major_upgrade() -> None:
    """14 ends on 2027-02-28, and its last minors with it."""
    assert [event[:2] for event in minors("rds_postgresql", "14.19", "smallest")] == [
        ("2026-10-31", "14.19 > 14.24"),
        ("2027-02-28", "14 > 15"),
        ("2028-02-29", "15 > 16"),
    ]
    assert minors("postgresql", "16.9") == []  # nobody forces a self-managed one


@pytest.mark.parametrize(
    ("engine", "version", "message"),
    [
        ("rds_postgresql", "16.99", "unknown version of rds_postgresql '16.99'; the nearest is '16.15'"),
        ("rds_postgresql", "18.5", "the nearest are '18.4' and '18.6'; the version alone is '18'"),
        ("rds_mysql", "8.0.99", "the nearest is '8.0.46'"),
        ("aurora_mysql", "3.99", "the nearest is '3.13'"),
        ("postgresql", "17.99", "the version alone is '17'"),
    ],
)
def test_a_minor_that_never_existed_is_refused(engine: str, version: str, message: str) -> None:
    with pytest.raises(tco.InputError, match=message):
        minors(engine, version)


def test_a_scenario_that_names_its_minor_has_it_in_its_calendar_and_not_twice_in_its_ledger() -> None:
    named = fleet(("settled", "never"), engine="postgresql", version="16.9", clusters=3)
    rows = tco.calendar(named).query("option == 'never'")
    assert [(f"{row.date:%Y-%m-%d}", row.from_version, row.to_version, row.reason) for row in rows.itertuples()] == [
        ("2026-12-01", "16.9", "16.15", "forced"),
        ("2027-09-30", "16.15", "16", "forced"),
    ]
    assert (rows["clusters"] == 3).all()
    assert (rows[["hours", "downtime_minutes"]] > 0).all(axis=None)
    plain = fleet(("settled", "never"), engine="postgresql", version="16", clusters=3)
    pd.testing.assert_frame_equal(tco.compare(tco.evaluate(named)), tco.compare(tco.evaluate(plain)))


# ---- A successor under another name --------------------------------------------------------------------------------


def test_redis_that_nobody_upgraded_is_moved_to_valkey_after_its_paid_support() -> None:
    """AWS moves what still runs Redis 6 after 2030-01-31 to the latest Valkey; 4 and 5 a year earlier."""
    for version, day in (("4", date(2029, 1, 31)), ("5", date(2029, 1, 31)), ("6", date(2030, 1, 31))):
        for policy in ("never", "extended_support"):
            asked: dict[str, Any] = {"start": date(2026, 12, 1), "end": date(2031, 12, 31)}
            event = next_upgrade("elasticache_redis", version, date(2026, 12, 1), policy=policy, **asked)
            assert event is not None
            assert (event.date, event.reason) == (day, "forced")
            assert event.to_version.startswith("valkey ")
            assert event.path == (version, event.to_version)


@pytest.mark.parametrize("policy", ["newest", "settled", "smallest", "asap:6", "every:24"])
def test_a_policy_stays_inside_the_engine(policy: str) -> None:
    frame = tco.calendar(engine="elasticache_redis", version="6", start="2026-12-01", end="2040-12-31", policy=policy)
    own = frame[frame["reason"] != "forced"]
    inside = own[~own["from_version"].str.startswith("valkey ")]
    assert inside["to_version"].tolist() == ["7"]
    forced = frame[frame["reason"] == "forced"]
    assert forced["from_version"].tolist() == ["7"]
    assert set(own["to_version"]) - {"7"} == {name for name in own["to_version"] if name.startswith("valkey ")}


def test_the_successor_is_taken_at_once_where_it_is_asked_for() -> None:
    """And prepared first; an engine without a successor follows `newest`."""
    asked: dict[str, Any] = {"policy": "successor", "start": date(2026, 12, 1), "end": date(2028, 12, 31)}
    event = next_upgrade("elasticache_redis", "7", date(2026, 12, 1), **asked)
    assert event is not None
    assert (event.date, event.from_version, event.reason) == (date(2026, 12, 1), "7", "policy")
    assert event.to_version.startswith("valkey ")
    event = next_upgrade("elasticache_redis", "7", date(2026, 12, 1), **asked, ready=date(2027, 2, 1))
    assert event is not None
    assert (event.date, event.reason) == (date(2027, 2, 1), "slipped")
    dates: dict[str, Any] = {"engine": "rds_postgresql", "version": "14", "start": "2026-12-01", "end": "2031-12-31"}
    newest, successor = (tco.calendar(**dates, policy=policy) for policy in ("newest", "successor"))
    pd.testing.assert_frame_equal(newest, successor)


@pytest.mark.parametrize(
    ("start", "upgraded", "reason"),
    [("2022-08-15", "2027-11-07", "deadline"), ("2022-08-16", "2022-08-16", "policy")],
)
def test_nobody_moves_to_a_successor_before_the_version_that_leads_to_it_is_out(
    start: str, upgraded: str, reason: str
) -> None:
    """Elasticsearch 7.10 goes to OpenSearch 1.3 of 2022-08-16, and is patched until 2027-11-07."""
    frame = tco.calendar(
        engine="amazon_elasticsearch", version="7.10", start=start, end="2028-12-31", policy="successor"
    )
    first = frame.iloc[0]
    assert (f"{first['date']:%Y-%m-%d}", first["path"][1], first["reason"]) == (
        upgraded, "amazon_opensearch 1.3", reason
    )  # fmt: skip


def test_a_postponed_cache_pays_80_and_then_160_percent_until_it_is_moved() -> None:
    cache = {"engine": "redis", "version": "6", "instances": 2, "instance_class": "cache.r6g.large", "clusters": 6}
    options = {name: {"platform": "elasticache", "policy": name} for name in ("never", "settled")}
    stated = scenario(
        months=60, reference="never", fleet={"cache": group(**cache, platform="elasticache")}, options=options
    )
    table = tco.evaluate(tco.load_scenario(stated)).table()
    costs = table.query("line == 'Extended Support'").groupby("option")["cost"].sum()
    # 12 nodes of 0.165 an hour for 24 months from 2027-02 on, and of 0.33 for 12 months less the day of the move.
    assert costs["never"] == pytest.approx(12 * 730 * (0.165 * 24 + 0.33 * (11 + 30 / 31)))
    # Slipped by two months of preparation to 2027-03-05: February and four days.
    assert 0 < costs["settled"] < 12 * 730 * 0.165 * 1.2
    # The first node of each of 6 clusters: 0.206 an hour as Redis, 0.1648 as Valkey, which it is from 2030-01-31 on.
    nodes = table.query("line == 'compute' and option == 'never'").groupby("period")["cost"].sum() / (6 * 730)
    assert nodes["2029-12"] == pytest.approx(0.206)
    assert nodes["2030-01"] == pytest.approx(0.206 * 30 / 31 + 0.1648 / 31)
    assert nodes["2030-02"] == nodes["2031-12"] == pytest.approx(0.1648)


@pytest.mark.parametrize(
    ("engine", "version", "onward"),
    [("mysql", "2", "aurora_mysql 3"), ("mysql", "5.7.mysql_aurora.2.11.2", "aurora_mysql 3"),
     ("postgresql", "11", "aurora_postgresql 13"), ("postgresql", "13.12", "aurora_postgresql 13")],
)  # fmt: skip
@pytest.mark.parametrize(("start", "day"), [("2024-06-01", "2025-03-31"), ("2026-01-01", "2026-01-01")])
def test_serverless_v1_goes_on_as_v2_on_the_day_it_ended(
    engine: str, version: str, onward: str, start: str, day: str
) -> None:
    """Whatever the policy, on 2025-03-31 or at a later start, to the lowest version that v2 runs."""
    for policy in ("newest", "settled", "extended_support", "never"):
        frame = tco.calendar(
            engine=f"aurora_serverless_v1_{engine}", version=version, start=start, end="2026-01-31", policy=policy
        )
        assert frame["to_version"].tolist() == [onward]
        assert frame["reason"].tolist() == ["forced"]
        assert frame["date"].dt.strftime("%Y-%m-%d").tolist() == [day]


def test_serverless_v1_of_mysql_5_6_was_taken_to_5_7_first() -> None:
    asked = {"engine": "aurora_serverless_v1_mysql", "version": "1", "end": "2026-12-31", "policy": "never"}
    frame = tco.calendar(**asked, start="2022-06-01")
    assert frame["path"].tolist() == [["1", "2"], ["2", "aurora_mysql 3"]]
    assert frame["date"].dt.strftime("%Y-%m-%d").tolist() == ["2023-02-28", "2025-03-31"]
    assert tco.calendar(**asked, start="2026-06-01")["path"].tolist() == [["1", "2", "aurora_mysql 3"]]


def test_a_fleet_on_serverless_v1_pays_its_price_until_aws_moves_it() -> None:
    """4 ACU in us-east-1 at 0.06 USD an hour, from 2025-03-31 on at the 0.12 of v2; earlier where it is asked for."""
    one = group(version="2", clusters=1, storage_gb=10, platform="aurora_serverless_v1")
    fleet = {"one": one | {"assumptions": {"rds.storage_fill": 1}}}
    options = {name: {"platform": "aurora_serverless_v1", "acu": 4, "policy": name} for name in ("newest", "successor")}
    stated = scenario(start="2024-06", months=24, reference="newest", fleet=fleet, options=options)
    loaded = tco.load_scenario(stated)
    table = tco.evaluate(loaded).table().query("line == 'requests or capacity'")
    hourly = table.groupby(["option", "period"])["cost"].sum() / (4 * 730)
    assert hourly["newest"]["2025-02"] == pytest.approx(0.06)
    assert hourly["newest"]["2025-03"] == pytest.approx(0.06 * 30 / 31 + 0.12 / 31)
    assert hourly["newest"]["2025-04"] == hourly["newest"]["2026-05"] == pytest.approx(0.12)
    assert hourly["successor"]["2024-06"] == pytest.approx(0.06)
    assert hourly["successor"]["2024-12"] == pytest.approx(0.12)
    assert not notes_of(loaded)
    (note,) = notes_of(tco.load_scenario({**stated, "start": "2026-01"}))
    assert "v1_mysql 2 ended on 2025-03-31: the provider moves it to aurora_mysql 3" in note.message


def test_what_leaves_serverless_v1_arrives_on_v2_at_a_version_that_runs_there() -> None:
    fleet = {"one": group(version="2", clusters=1, storage_gb=10, platform="aurora_serverless_v1")}
    options = {
        "stay": {"platform": "aurora_serverless_v1", "acu": 4},
        "v2": {"platform": "aurora_serverless", "acu": 4, "policy": "newest"},
    }
    loaded = tco.load_scenario(scenario(start="2026-01", months=36, reference="stay", fleet=fleet, options=options))
    frame = tco.calendar(loaded).query("option == 'v2' and engine == 'aurora_mysql'")
    assert frame["path"].tolist() == [["3", "8.4"]]


def test_nobody_moves_to_serverless_v1_any_more() -> None:
    stated = scenario(
        start="2025-02", fleet={"one": group(engine="postgresql", version="13", clusters=1, platform="rds")},
        options={"stay": {"platform": "rds"}, "v1": {"platform": "aurora_serverless_v1", "acu": 4}},
    )  # fmt: skip
    with pytest.raises(InputError, match="nothing can move to aurora_serverless_v1 since 2025-01-08"):
        tco.load_scenario(stated)
    tco.load_scenario({**stated, "start": "2024-12"})


@pytest.mark.parametrize("policy", ["newest", "settled", "extended_support", "never"])
def test_elasticsearch_on_aws_pays_until_it_goes_on_as_opensearch(policy: str) -> None:
    """7.10 is the last there: whatever the policy, its paid support from 2027-11-08 on ends in a move to OpenSearch."""
    frame = tco.calendar(
        engine="amazon_elasticsearch", version="7.10", start="2027-01-01", end="2030-12-31", policy=policy
    )
    assert frame["reason"].tolist() == ["forced"]
    assert str(frame["date"][0])[:10] == "2030-11-07"
    path = [("amazon_elasticsearch", "7.10"), ("amazon_opensearch", "1.3"), ("amazon_opensearch", "2.19")]
    assert frame["path"][0][:3] == ["7.10", *(" ".join(step) for step in path[1:])]
    assert frame["to_version"][0].startswith("amazon_opensearch 3.")


def test_all_that_follows_the_bill_of_a_moved_cache_follows_the_price_of_valkey() -> None:
    """Redis 6 is Valkey from February 2030 on: the support plan's share, and fees of a term renewed after that."""
    cache = {"clusters": 3, "instances": 2, "engine": "redis", "version": "6.0", "platform": "elasticache",
             "region": "us-east-1", "instance_class": "cache.r6g.large", "storage_gb": 10}  # fmt: skip
    option = {"platform": "elasticache", "policy": "never", "term": "1yr_partial_upfront"}
    raw = scenario(start="2029-07", months=36, fleet={"cache": cache}, options={"stay": option, "other": option})
    loaded = tco.load_scenario(raw, set={"infrastructure.vendor_support_share": 0.1})
    rows = tco.evaluate(loaded).table().query("option == 'stay' and category == 'infrastructure'")
    paid = rows.pivot_table(index="line", columns="period", values="cost", aggfunc="sum")
    bill = paid.loc[["compute", "replicas"]].sum()
    assert bill["2030-03"] == pytest.approx(0.8 * bill["2029-07"], rel=0.01), "Valkey costs a fifth less"
    assert paid.loc["vendor support", "2030-03"] == pytest.approx(0.1 * bill["2030-03"])
    fees = paid.loc["commitments"]
    assert fees["2030-07"] == fees["2031-07"] == pytest.approx(0.8 * fees["2029-07"], rel=0.01)


@pytest.mark.parametrize("enrolled", [True, False])
def test_a_month_of_a_cache_past_its_support_costs_its_nodes_and_their_surcharge(enrolled: bool) -> None:
    """2 caches of 3 nodes at 0.206 USD an hour, 0.1648 as Valkey. On top 0.165 for two years, 0.33 for a third."""
    cache = {"clusters": 2, "instances": 3, "engine": "redis", "version": "6.2", "platform": "elasticache",
             "region": "us-east-1", "instance_class": "cache.r6g.large", "storage_gb": 10}  # fmt: skip
    option = {"platform": "elasticache", "policy": "never"}
    fleet = {"cache": cache | {"extended_support": enrolled}}
    raw = scenario(start="2027-01", months=60, fleet=fleet, options={"stay": option, "other": option})
    rows = tco.evaluate(tco.load_scenario(raw)).table().query("option == 'stay'")
    paid = rows.pivot_table(index="line", columns="period", values="cost", aggfunc="sum", fill_value=0.0)
    nodes, surcharge = paid.loc[["compute", "replicas"]].sum(), paid.loc["Extended Support"]
    hours = 2 * 3 * 730
    last = "2030-01" if enrolled else "2027-01"
    before, after = paid.columns[paid.columns < last], paid.columns[paid.columns > last]
    assert nodes[before].tolist() == pytest.approx([hours * 0.206] * len(before))
    assert nodes[after].tolist() == pytest.approx([hours * 0.1648] * len(after))
    assert nodes[last] == pytest.approx(hours * (0.206 * 30 + 0.1648) / 31)
    expected = dict.fromkeys(paid.columns, 0.0)
    if enrolled:
        expected |= {period: hours * 0.165 for period in paid.columns if "2027-02" <= period < "2029-02"}
        expected |= {period: hours * 0.33 for period in paid.columns if "2029-02" <= period < last}
        expected[last] = hours * 0.33 * 30 / 31
    assert surcharge.tolist() == pytest.approx(list(expected.values()))
