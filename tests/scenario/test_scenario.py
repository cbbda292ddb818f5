"""The schema of a scenario: months and days of the horizon, versions as text, what is strict and what is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from small_scenarios import STAY, group, scenario

import tco
from tco import platforms
from tco.errors import InputError
from tco.model.fleet.waves import version_at_start
from tco.scenario.scenario import Group, month_after


@pytest.mark.parametrize(
    ("start", "months", "last", "periods"),
    [
        ("2027-01", 1, date(2027, 1, 31), ["2027-01"]),
        ("2027-11", 4, date(2028, 2, 29), ["2027-11", "2027-12", "2028-01", "2028-02"]),
        ("2012-01", 144, date(2023, 12, 31), None),
    ],
)
def test_the_horizon(start: str, months: int, last: date, periods: list[str] | None) -> None:
    version = "newest" if start == "2012-01" else "8.0"
    raw = scenario(start=start, months=months, fleet={"shop": group(version=version, platform="ec2")})
    loaded = tco.load_scenario({**raw, "options": {"stay": {"platform": "ec2"}, "other": {"platform": "ec2"}}})
    assert loaded.first_day.day == 1
    assert loaded.last_day == last
    assert len(loaded.periods) == months
    assert periods is None or list(loaded.periods) == periods


@pytest.mark.parametrize(
    ("months", "expected"),
    [(0, date(2027, 1, 1)), (1, date(2027, 2, 1)), (-1, date(2026, 12, 1)), (23, date(2028, 12, 1))],
)
def test_months_are_counted_over_years(months: int, expected: date) -> None:
    assert month_after(date(2027, 1, 15), months) == expected


@pytest.mark.parametrize("version", ["8.0", "8.0.35", "newest", 16, "16"])
def test_versions_that_are_known(version: Any) -> None:
    engine = "postgresql" if "16" in str(version) else "mysql"
    tco.load_scenario(scenario(fleet={"shop": group(engine=engine, version=version)}))


def test_a_version_written_as_a_number_is_refused() -> None:
    """8.10 and 8.1 are one number and two versions."""
    with pytest.raises(InputError, match=r'write it in quotes, such as version: "8\.0"'):
        tco.load_scenario(scenario(fleet={"shop": group(version=8.0)}))


@pytest.mark.parametrize("version", ["10.10", "7.10", "13.20"])
def test_an_unquoted_version_of_a_file_is_quoted_as_it_is_written(tmp_path: Path, version: str) -> None:
    """YAML takes 10.10 for 10.1; what RDS for MariaDB never had is named beside its nearest, or older than all."""
    file = tmp_path / "fleet.yaml"
    text = yaml.safe_dump(scenario(fleet={"shop": group(engine="mariadb", version="VERSION")}))
    file.write_text(text.replace("VERSION", version))
    with pytest.raises(InputError) as raised:
        tco.load_scenario(file)
    quoted, unknown = str(raised.value).splitlines()
    assert f'fleet.shop.version: a version is text: write it in quotes, such as version: "{version}"' in quoted
    older = f"version '{version}' of rds_mariadb is older than all that are known, from '10.0' on"
    assert (older if version == "7.10" else f"unknown version of rds_mariadb '{version}'; the nearest") in unknown
    assert version != "10.10" or unknown.endswith("'10.6' and '10.11'")


@pytest.mark.parametrize(
    ("stated", "engine", "version"),
    [
        ({"engine": "aurora-mysql", "version": "8.0.mysql_aurora.3.05.2"}, "aurora_mysql", "3"),
        ({"engine": "aurora-mysql", "version": "8.0"}, "aurora_mysql", "3"),
        ({"engine": "aurora-postgresql", "version": "15.10"}, "aurora_postgresql", "15"),
        ({"engine": "aurora", "version": "5.7.mysql_aurora.2.11.2"}, "aurora_mysql", "2"),
        ({"engine": "postgres", "version": "16.11"}, "rds_postgresql", "16"),
    ],
)
def test_engines_and_versions_as_aws_names_them(stated: dict[str, str], engine: str, version: str) -> None:
    """An engine that says where it runs puts its group there today; the reference option is on RDS."""
    shop = {name: value for name, value in group(**stated).items() if name != "platform"}
    loaded = tco.load_scenario(scenario(fleet={"shop": shop}))
    assert loaded.todays_platform("shop") == ("aurora" if "aurora" in engine else "rds")
    where = platforms.platform(loaded.todays_platform("shop"))
    assert version_at_start(where, where.name, loaded.fleet["shop"], loaded.first_day) == (engine, version)


@pytest.mark.parametrize("version", ["5.7", "2", "3.01", "5.7.mysql_aurora.2.11.2"])
def test_a_version_that_a_platform_does_not_run_is_refused(version: str) -> None:
    """Serverless v2 runs Aurora MySQL from 3.02 on."""
    shop = {**group(version=version), "platform": "aurora"}
    options = {"stay": {"platform": "aurora"}, "serverless": {"platform": "aurora_serverless", "acu": 4}}
    message = "fleet.shop.version: aurora_serverless runs aurora_mysql from 3.02 on, not"
    if version == "3.01":  # on its way there it is known by its major version only
        shop["platform"] = "aurora_serverless"
    with pytest.raises(InputError, match=message):
        tco.load_scenario(scenario(fleet={"shop": shop}, options=options, start="2025-01"))
    tco.load_scenario(scenario(fleet={"shop": {**shop, "version": "3.04", "platform": "aurora"}}, options=options))


@pytest.mark.parametrize(
    ("where", "today", "stated", "start", "expected"),
    [
        ("aurora", "rds", {"version": "8.0.35"}, "2027-01-01", ("aurora_mysql", "3")),
        ("rds", "rds", {"version": "8.0", "created": "2016-06-01"}, "2027-01-01", ("rds_mysql", "8.0")),
        ("rds", "rds", {"version": None, "created": "2021-06-01"}, "2027-01-01", ("rds_mysql", "8.0")),
        ("rds", "rds", {"version": "newest"}, "2024-06-01", ("rds_mysql", "8.0")),
        ("aurora_serverless", "aurora_serverless_v1", {"version": "2"}, "2024-06-01", ("aurora_mysql", "3")),
        ("aurora", "aurora_serverless_v1", {"version": "2"}, "2024-06-01", ("aurora_mysql", "2")),
        ("aurora_serverless_v1", "rds", {"version": "5.7"}, "2025-01-07", ("aurora_serverless_v1_mysql", "2")),
        (
            "aurora_serverless_v1",
            "rds",
            {"version": "5.7"},
            "2025-01-08",
            "nothing can move to aurora_serverless_v1 since",
        ),
        ("rds", "rds", {"version": None}, "2027-01-01", "a version of rds_mysql is needed, or `newest`, or the day"),
        ("aurora", "rds", {"version": None}, "2027-01-01", "a version of rds_mysql is needed"),
    ],
)
def test_the_version_that_a_group_runs_when_the_horizon_begins(
    where: str, today: str, stated: dict[str, Any], start: str, expected: tuple[str, str] | str
) -> None:
    """An equal of today's version where the group moves; the newest of a day where only that is stated."""
    of = platforms.platform(where), today, Group.model_validate(group(**stated)), date.fromisoformat(start)
    if isinstance(expected, tuple):
        assert version_at_start(*of) == expected
    else:
        with pytest.raises(InputError, match=expected):
            version_at_start(*of)


@pytest.mark.parametrize(("today", "told"), [("aurora", False), ("aurora_serverless", True)])
def test_what_ended_is_told_to_who_is_there_and_not_to_who_moves_there(today: str, told: bool) -> None:
    stated = Group.model_validate(group(version="2", platform="aurora"))
    with pytest.raises(InputError, match=r"runs aurora_mysql from 3\.02 on, not 2") as raised:
        version_at_start(platforms.platform("aurora_serverless"), today, stated, date(2027, 1, 1))
    assert ("Serverless v1" in str(raised.value)) == told


def test_an_engine_that_contradicts_its_platform_is_refused() -> None:
    with pytest.raises(InputError, match=r"'aurora-mysql' is mysql on aurora or aurora_.*, not on rds"):
        tco.load_scenario(scenario(fleet={"shop": group(engine="aurora-mysql", platform="rds")}))


@pytest.mark.parametrize(
    ("engine", "instances", "copies"),
    [
        ("cassandra", 1, 1), ("cassandra", 24, 3), ("elasticsearch", 5, 2), ("opensearch", 1, 1), ("mongodb", 7, 7),
        ("postgresql", 15, 15), ("memcached", 20, 1),
    ],
)  # fmt: skip
def test_copies_of_the_data_by_engine(engine: str, instances: int, copies: int) -> None:
    assert (
        Group(engine=engine, clusters=1, region="us-east-1", storage_gb=1, instances=instances).copies_of(instances)
        == copies
    )


@pytest.mark.parametrize(
    ("engine", "instances", "copies", "problem"),
    [
        ("mongodb", 9, None, "state copies, those of each shard"),
        ("redis", 8, None, r"\(copies: 3 with instances: 9\)"),
        ("valkey", 8, 3, "a multiple of it"),
        ("cassandra", 3, 4, "copies: 4 is more than the 3 instances"),
    ],
)
def test_copies_that_instances_cannot_hold(engine: str, instances: int, copies: int | None, problem: str) -> None:
    stated = {"version": "7.0" if engine == "mongodb" else "4.1", "instances": instances, "copies": copies}
    with pytest.raises(InputError, match=f"fleet.shop: .*{problem}"):
        tco.load_scenario(scenario(fleet={"shop": group(engine=engine, platform="ec2", **stated)}))


def test_an_option_cannot_have_fewer_instances_than_copies() -> None:
    stated = {"engine": "cassandra", "version": "4.1", "instances": 6, "copies": 5, "instance_class": "r6g.large"}
    options = {"stay": {"platform": "ec2"}, "small": {"platform": "ec2", "instances": 3}}
    with pytest.raises(InputError, match=r"options\.small\.instances: copies: 5 is more than the 3 instances"):
        tco.load_scenario(scenario(fleet={"shop": group(platform="ec2", **stated)}, options=options))


@pytest.mark.parametrize(
    ("of", "problem"),
    [
        ({"copy": "shops"}, r"fleet\.copy\.design_of: unknown group 'shops'.*shop"),
        ({"copy": "copy"}, r"fleet\.copy\.design_of: a circle: copy > copy"),
        ({"copy": "shop", "shop": "copy"}, r"fleet\.shop\.design_of: a circle: shop > copy > shop"),
    ],
)
def test_designs_of_a_group_that_has_none(of: dict[str, str], problem: str) -> None:
    fleet = {name: group(**({"design_of": of[name]} if name in of else {})) for name in ("shop", "copy")}
    with pytest.raises(InputError, match=problem):
        tco.load_scenario(scenario(fleet=fleet))


def test_a_group_has_its_own_designs_or_those_of_another() -> None:
    fleet = {"shop": group(), "copy": group(designs=2, design_of="shop")}
    with pytest.raises(InputError, match="leave one out"):
        tco.load_scenario(scenario(fleet=fleet))


@pytest.mark.parametrize(
    ("shop", "copy", "runs"),
    [
        ({}, {}, {"shop": 1, "copy": 0}),
        ({"design_of": "copy"}, {}, {"shop": 0, "copy": 1}),
        ({"design_of": "copy"}, {"designs": 0}, {"shop": 0, "copy": 0}),
        ({"clusters": 0}, {"design_of": "shop"}, {"shop": 0, "copy": 1}),
    ],
)
def test_designs_that_production_runs_are_counted_once(
    shop: dict[str, Any], copy: dict[str, Any], runs: dict[str, int]
) -> None:
    """Of production and its staging one brings them, whichever runs the other's, unless it states none."""
    fleet = {"shop": group(**shop), "copy": group(environment="staging", **copy)}
    assumptions = {"upgrades.designs_per_cluster": 0.5}
    ledger = tco.evaluate(tco.load_scenario(scenario(fleet=fleet, assumptions=assumptions)))
    hours = ledger.total(["option", "group", "line"], "labour hour").iloc[0]["dynamodb"]
    of = {name: hours[name, "re-modelling and code change"] > 0 for name in fleet}
    assert of == {name: bool(number) for name, number in runs.items()}


def test_stated_designs_grow_with_the_fleet() -> None:
    """Four clusters state 3 designs: 30 in forty, by a scenario of that size and by a sweep alike; one at least."""
    raw = scenario(fleet={"shop": group(designs=3)})
    hours = {
        size: tco.evaluate(tco.load_scenario(raw, fleet_size=size)).total("line", "labour hour")["training"].item()
        for size in (1, 4, 40)
    }
    assert hours[40] == pytest.approx(10 * hours[4])
    assert hours[1] == pytest.approx(hours[4] / 3)
    swept = tco.evaluate(tco.load_scenario(raw), tco.sweep(tco.load_scenario(raw), "fleet_size", [1, 4, 40]))
    assert swept.total("line", "labour hour")["training"].tolist() == pytest.approx(list(hours.values()))


def test_a_scenario_cannot_be_changed_after_it_was_checked() -> None:
    loaded = tco.load_scenario(scenario())
    with pytest.raises(ValidationError):
        loaded.months = 99  # type: ignore[misc]
    with pytest.raises(ValidationError):
        loaded.fleet["shop"].clusters = 99  # type: ignore[misc]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", 'it\'s "quoted"', "Ωmega", "a b", "100%", "-", "x" * 100]
)
def test_odd_names_are_names(name: str) -> None:
    """They are escaped where they are shown; as names they do no harm."""
    raw = scenario(name=name, fleet={name: group()}, options={name: {"platform": "rds"}, "other": {"platform": "rds"}})
    ledger = tco.evaluate(tco.load_scenario({**raw, "reference": name}))
    assert set(ledger.table()["group"]) == {name}
    assert tco.compare(ledger)["option"].tolist() == [name, "other"]


def test_a_created_day_stands_for_the_version_of_that_day() -> None:
    """MySQL 8.0 on RDS came on 2018-10-23 and 8.4 on 2024-11-21."""
    waves = {
        created: tco.calendar(
            tco.load_scenario(scenario(months=60, fleet={"shop": group(version=None, created=created)}))
        ).query("option == 'stay'")["from_version"].tolist()
        for created in ("2020-05-01", "2025-01-01")
    }  # fmt: skip
    assert waves["2020-05-01"][0] == "8.0"
    assert waves["2025-01-01"][0] == "8.4"


def test_a_new_workload_starts_on_the_newest_version_of_each_platform() -> None:
    """MySQL 9.7 on own servers, which is not on RDS; there and for what is on RDS today it is 8.4."""
    for today, on_own_servers in (("new", "9.7"), ("rds", "8.4")):
        fleet = {"shop": group(version="newest", platform=today)}
        raw = scenario(months=120, fleet=fleet, options={"stay": STAY, "own": {"platform": "ec2"}})
        firsts = tco.calendar(tco.load_scenario(raw)).groupby(["option", "engine"])["from_version"].first()
        assert firsts["stay", "rds_mysql"] == "8.4"
        assert firsts["own", "mysql"] == on_own_servers
