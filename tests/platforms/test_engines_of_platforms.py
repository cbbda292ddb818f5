"""Which engines a platform hosts, and whose releases then force upgrades: known ones, or an error, never none."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from small_scenarios import STAY, group, scenario

import tco
from tco.catalog.lifecycle import cycle, engines
from tco.platforms import engine_named, lifecycle_engine_named, platform, platform_names

STORED = {"storage_gb": 200, "instances": 3}


@pytest.mark.parametrize("name", platform_names())
def test_a_hosted_engine_of_a_versioned_platform_has_releases_that_force_upgrades(name: str) -> None:
    found = platform(name)
    assert found.name == name
    if found.lifecycle_engines:
        assert set(found.lifecycle_engines) == set(found.hosts or ())
        assert set(found.lifecycle_engines.values()) <= set(engines())


@pytest.mark.parametrize(
    ("name", "releases"),
    [("rds", "versioned"), ("elasticache_serverless", "versioned"), ("dynamodb", "versionless"),
     ("aurora_dsql", "versionless"), ("cockroachdb", "provider-upgraded"), ("tidb", "provider-upgraded"),
     ("neon", "versioned"), ("cloud_sql", "versioned"), ("azure_flexible", "versioned")],
)  # fmt: skip
def test_a_platform_says_who_takes_it_to_new_releases(name: str, releases: str) -> None:
    assert platform(name).releases == releases


@pytest.mark.parametrize(("name", "hosted"), [("cockroachdb", "postgresql"), ("tidb", "mysql"), ("neon", "postgresql")])
def test_a_service_takes_the_engine_whose_protocol_it_speaks_and_no_other(name: str, hosted: str) -> None:
    other = "mysql" if hosted == "postgresql" else "postgresql"
    fleet = {"one": group(engine=other, version="16" if other == "postgresql" else "8.0", platform="rds", **STORED)}
    options = {"stay": {"platform": "rds"}, "move": {"platform": name}}
    with pytest.raises(tco.InputError, match=f"{name} does not run {other}; it runs {hosted}"):
        tco.load_scenario(scenario(fleet=fleet, options=options))


@pytest.mark.parametrize("written", ["oracle-se", "oracle_se1", "ORACLE-SE1"])
def test_an_edition_that_ended_is_answered_with_when_and_what_to_state(written: str) -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Oracle.html"""
    edition = "Standard Edition One" if written.endswith("1") else "Standard Edition"
    answer = f"{edition} ended on RDS with Oracle 11.2: from 2020-11-01 .* 2021-01-04 .* state oracle-se2"
    fleet = {"one": group(engine=written, version="11.2", instance_class="db.r5.large")}
    with pytest.raises(tco.InputError, match=f"^fleet.one.engine: {answer}") as caught:
        tco.load_scenario(scenario(fleet=fleet, options={"stay": STAY, "other": STAY}))
    assert len(caught.value.problems) == 1
    with pytest.raises(tco.InputError, match=f"engine: {answer}"):
        tco.price("rds", {"engine": written, "instance_class": "db.r5.large"}, region="us-east-1")
    with pytest.raises(tco.InputError, match=answer):
        lifecycle_engine_named(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("license-included", "license_included"), ("bring-your-own-license", "bring_your_own_license"),
     ("License_Included", "license_included"), ("general-public-license", None), ("postgresql-license", None)],
)  # fmt: skip
def test_a_scenario_takes_licences_as_the_api_writes_them(written: str, meant: str | None) -> None:
    """In a group and in an option; what AWS says of engines that need none is none."""
    fleet = {"one": group(licence=written)}
    options = {"stay": STAY | {"licence": written}, "other": STAY}
    if meant is not None:
        fleet = {"one": group(engine="oracle-se2", version="19", instance_class="db.r5.large", licence=written)}
    read = tco.load_scenario(scenario(fleet=fleet, options=options))
    assert read.fleet["one"].licence == read.options["stay"].licence == meant
    with pytest.raises(
        tco.InputError, match=r"licence: should be 'license_included' or 'bring_your_own_license' \(got ''"
    ):
        tco.load_scenario(scenario(fleet={"one": group(licence="")}, options=options))


def test_paid_support_without_a_price_names_groups_policy_and_ways_out() -> None:
    """Azure's price of it is known in one Region; a price of one's own is billed, who is not enrolled needs none."""
    server = {"platform": "azure_flexible", "region": "westus", "instance_class": "standard_b1ms"}
    fleet = {
        "old": group(**server), "young": group(**server | {"engine": "postgresql", "version": "16"}),
        "priced": group(**server | {"region": "eastus"}), "bare": group(**server, extended_support=False),
    }  # fmt: skip
    ours = [
        {"service": "AzureFlexible", "region": "eastus", "item": item, "unit": unit, "price": 0.1, **of_instance,
         "source": {"title": "Our agreement", "as_of": "2026-10-01", "kind": "measured"}}
        for item, unit, of_instance in (
            ("instance", "instance hour", {"engine": "mysql", "instance_class": "standard_b1ms"}),
            ("storage", "GB-month", {}), ("backup", "GB-month", {}),
        )
    ]  # fmt: skip
    raw = scenario(fleet=fleet, reference="wait", prices=ours, options={
        "wait": {"platform": "azure_flexible", "policy": "extended_support"},
        "move": {"platform": "azure_flexible", "policy": "newest"},
    })  # fmt: skip
    loaded = tco.load_scenario(raw)
    with pytest.raises(tco.InputError) as caught:
        tco.evaluate(loaded)
    said = str(caught.value)
    assert said.startswith("options.wait.policy: no price of 'extended_support_years_1_2' (AzureFlexible)")
    assert "fleet.old (policy extended_support)" in said
    assert "`extended_support: false`" in said
    assert not [name for name in ("young", "priced", "bare") if f"fleet.{name}" in said]
    with pytest.raises(tco.InputError, match="extended_support_years_1_2"):
        tco.evaluate(loaded, tco.monte_carlo(loaded, 8))
    raw["fleet"]["old"]["extended_support"] = False
    lines = tco.evaluate(tco.load_scenario(raw)).total(["option", "line", "group"])["wait"]["Extended Support"].iloc[0]
    assert lines["old"] == 0 < lines["priced"]


@pytest.mark.parametrize(
    ("name", "engine", "method", "valid"),
    [
        ("rds", "oracle-se2", "blue_green", "in_place, logical_replication"),
        ("rds", "sqlserver-se", "blue_green", "in_place, logical_replication"),
        ("documentdb", "documentdb", "blue_green", "in_place, logical_replication"),
        ("elasticache", "redis", "blue_green", "in_place, logical_replication, rolling"),
        ("neon", "postgresql", "blue_green", "in_place, logical_replication"),
        ("cloud_sql", "mysql", "blue_green", "in_place, logical_replication"),
        ("rds", "mysql", "rolling", "in_place, blue_green, logical_replication"),
    ],
)
def test_a_method_that_the_provider_does_not_have_is_refused_with_those_it_has(
    name: str, engine: str, method: str, valid: str
) -> None:
    version = {"oracle-se2": "19", "sqlserver-se": "15.0", "documentdb": "5.0", "redis": "7"}.get(engine, "8.4")
    version = "16" if engine == "postgresql" else version
    here = group(engine=engine, version=version, platform=name, region="us-east-1", **STORED)
    option = {"platform": name, "policy": "settled", "method": method}
    with pytest.raises(tco.InputError) as caught:
        tco.load_scenario(scenario(fleet={"one": here}, options={"stay": option, "again": option}))
    found = [problem for problem in caught.value.problems if problem.path == "options.stay.method"]
    assert f"valid: {valid}, which" in found[0].message


def loaded(
    engine: str, version: str, instance_class: str, today: str, move: dict[str, Any], method: str = "rolling"
) -> tco.Scenario:
    here = group(engine=engine, version=version, instance_class=instance_class, platform=today, **STORED)
    stay = {"platform": today, "policy": "settled", "method": method}
    return tco.load_scenario(scenario(months=36, fleet={"one": here}, options={"stay": stay, "move": move}))


def test_a_mongodb_fleet_can_move_to_documentdb_and_follows_its_releases_there() -> None:
    move = {"platform": "documentdb", "policy": "settled", "instance_class": "db.r6g.large"}
    made = loaded("mongodb", "5.0", "r6g.large", "ec2", move)
    lines = tco.evaluate(made).table().query("option == 'move' and category == 'infrastructure' and cost > 0")
    assert lines["assumptions"].str.contains("AmazonDocDB us-east-1 db.r6g.large").any()


def test_documentdb_upgrades_by_its_own_releases_whatever_the_engine_is_called() -> None:
    made = tco.load_scenario(
        scenario(
            months=36,
            fleet={"one": group(engine="mongodb", version="5.0", platform="documentdb", **STORED)},
            options={"stay": {"platform": "documentdb", "policy": "asap:6"}, "move": {"platform": "dynamodb"}},
        )
    )
    events = tco.calendar(made)
    first = events[events["option"] == "stay"].iloc[0]
    assert list(first["path"]) == ["5.0", "8.0"]  # DocumentDB has no 6.0 and no 7.0


def test_a_version_that_documentdb_does_not_speak_is_an_error() -> None:
    with pytest.raises(tco.InputError, match=r"'7.0' of mongodb has no equal on documentdb, which runs mongodb 8.0"):
        loaded("mongodb", "7.0", "r6g.large", "ec2", {"platform": "documentdb", "instance_class": "db.r6g.large"})


def test_valkey_on_elasticache_follows_the_community() -> None:
    made = loaded("valkey", "8.0", "cache.r6g.large", "elasticache", {"platform": "dynamodb", "capacity": "on_demand"})
    events = tco.calendar(made)
    stays = events[(events["option"] == "stay") & (events["from_version"] == "8.0")]
    assert stays["date"].astype(str).tolist() == ["2027-09-15"]  # the community's end of 8.0


def test_memcached_is_restarted_into_newer_versions_and_1_6_has_no_announced_end() -> None:
    move = {"platform": "ec2", "instance_class": "r6g.large", "policy": "settled"}
    events = tco.calendar(loaded("memcached", "1.5", "cache.r6g.large", "elasticache", move, method="in_place"))
    stays = events[events["option"] == "stay"]
    assert [list(path) for path in stays["path"]] == [["1.5", "1.6"]]  # 1.5 is past its last patches at the start
    assert stays["method"].tolist() == ["full_restart"]
    later = tco.calendar(engine="memcached", version="1.6", start="2027-01-01", end="2036-12-31", policy="settled")
    assert later["projected"].all()


@pytest.mark.parametrize(
    ("written", "engine"),
    [("MySQL", "mysql"), ("PostgreSQL", "postgresql"), ("Redis", "redis"), ("OpenSearch", "opensearch"),
     ("SQLSERVER_SE", "sqlserver-se"), ("POSTGRES", "postgresql"), ("Mysqll", "Mysqll")],
)  # fmt: skip
def test_an_engine_is_understood_in_any_capitals(written: str, engine: str) -> None:
    assert engine_named(written)[0] == engine


@pytest.mark.parametrize(
    ("engine", "written", "version"),
    [("amazon_opensearch", "OpenSearch_2.11", "2.11"), ("amazon_elasticsearch", "Elasticsearch_7.10", "7.10"),
     ("cloud_sql_mysql", "MYSQL_8_0", "8.0"), ("cloud_sql_postgresql", "POSTGRES_15", "15")],
)  # fmt: skip
def test_a_version_is_understood_with_its_engine_before_it(engine: str, written: str, version: str) -> None:
    assert cycle(engine, written) == version
    with pytest.raises(tco.InputError):
        cycle("rds_mariadb", written)


@pytest.mark.parametrize(
    ("written", "engine"),
    [("aurora", "aurora_mysql"), ("aurora-mysql", "aurora_mysql"), ("aurora-postgresql", "aurora_postgresql"),
     ("postgres", "rds_postgresql"), ("docdb", "documentdb"), ("oracle-se2", "rds_oracle"), ("oracle-ee", "rds_oracle"),
     ("oracle-ee-cdb", "rds_oracle"), ("sqlserver-ex", "rds_sqlserver"), ("SQLServer-SE", "rds_sqlserver"),
     ("mysql", "mysql"), ("rds_mysql", "rds_mysql"), ("neptune", "neptune")],
)  # fmt: skip
def test_a_calendar_is_asked_for_by_the_name_that_aws_gives_an_engine(written: str, engine: str) -> None:
    assert lifecycle_engine_named(written) == engine
    asked = {"start": "2026-12-01", "end": "2030-12-31", "policy": "never"}
    pd.testing.assert_frame_equal(tco.calendar(engine=written, **asked), tco.calendar(engine=engine, **asked))
