"""Numbers that cannot be, and settings that mean nothing where they stand, are errors that name the limit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco import resources
from tco.catalog.services import limits
from tco.cli import main
from tco.loading.loading import LONGEST_CHAIN
from tco.platforms import platform, platform_names
from tco.sampling.designs import Design
from tco.scenario.assumptions import SourceKind


def refused(message: str, **changes: Any) -> None:
    with pytest.raises(tco.InputError, match=message):
        tco.load_scenario(scenario(**changes))


@pytest.mark.parametrize(
    ("measure", "most", "platform"),
    [("instances", 16, "rds"), ("storage_gb", 65_536, "rds"), ("iops", 256_000, "rds"), ("instances", 16, "aurora")],
)
def test_a_cluster_is_no_larger_than_its_service_allows(measure: str, most: int, platform: str) -> None:
    options = {"stay": {**STAY, "platform": platform}, "dynamodb": DYNAMODB}
    small = {"platform": platform, "storage_gb": 1000}
    tco.load_scenario(scenario(fleet={"shop": group(**{**small, measure: most})}, options=options))
    with pytest.raises(tco.InputError, match=rf"fleet\.shop\.{measure}: more than .*the most on {platform} .*https://"):
        tco.load_scenario(scenario(fleet={"shop": group(**{**small, measure: most + 1})}, options=options))


def test_a_limit_holds_wherever_an_option_puts_a_group() -> None:
    own = {"platform": "ec2", "policy": "settled", "method": "in_place"}
    large = {"shop": group(platform="ec2", instance_class="r6g.large", instances=17)}
    tco.load_scenario(scenario(fleet=large, options={"stay": own, "dynamodb": DYNAMODB}))
    refused("the most on rds", fleet=large, options={"stay": own, "managed": STAY})


@pytest.mark.parametrize(
    ("option", "measure", "most"),
    [
        ({"platform": "aurora_serverless"}, "acu", 16 * 256),
        ({**DYNAMODB, "dax_node_type": "dax.r5.large"}, "dax_nodes", 11),
        (STAY, "instances", 16),
    ],
)
def test_what_an_option_chooses_is_no_larger_either(option: dict[str, Any], measure: str, most: int) -> None:
    tco.load_scenario(scenario(options={"stay": STAY, "other": {**option, measure: most}}))
    refused(rf"options\.other\.{measure}: more than", options={"stay": STAY, "other": {**option, measure: most + 1}})
    by_group = {**option, "groups": {"shop": {measure: most + 1}}}
    refused(rf"options\.other\.groups\.shop\.{measure}: more than", options={"stay": STAY, "other": by_group})


CASSANDRA = {"engine": "cassandra", "version": "4.0", "platform": "ec2", "instance_class": "r6g.large", "instances": 3}
POSTGRESQL = {"engine": "postgresql", "version": "16", "platform": "ec2", "instance_class": "r6g.large"}
REDIS = {"engine": "redis", "version": "7.0", "platform": "ec2", "instance_class": "r6g.large", "copies": 1}


@pytest.mark.parametrize(
    ("of", "option", "path", "most"),
    [
        (REDIS, {"platform": "memorydb", "instance_class": "db.r6g.large"}, "instances", 500),
        (REDIS, {"platform": "elasticache_serverless"}, "storage_gb", 5_000),
        (POSTGRESQL, {"platform": "aurora_dsql"}, "storage_gb", 256 * 1024),
        (CASSANDRA, {"platform": "keyspaces"}, "workload.item_bytes", 1024**2),
    ],
)
def test_a_service_that_a_group_moves_to_has_limits_of_its_own(
    of: dict[str, Any], option: dict[str, Any], path: str, most: int
) -> None:
    fleet = {"shop": group(**of)}
    options = {"stay": {"platform": "ec2"}, "other": option}
    tco.load_scenario(scenario(fleet=fleet, options=options), set={f"fleet.shop.{path}": most})
    with pytest.raises(tco.InputError, match=rf"{path}: more than {most:,}, the most on {option['platform']} .*https:"):
        tco.load_scenario(scenario(fleet=fleet, options=options), set={f"fleet.shop.{path}": most + 1})


@pytest.mark.parametrize("span", ["2026-01..2026-12", "2029-01..2029-02"])
def test_a_freeze_outside_the_horizon_is_refused(span: str) -> None:
    refused(r"freezes\.1: is outside the scenario's months, 2027-01 to 2028-12", freezes=["2028-12..2029-01", span])


@pytest.mark.parametrize("version", ["1", "2", "5.7", "5.7.mysql_aurora.2.11.2"])
def test_a_cluster_of_serverless_v1_is_told_what_became_of_it(version: str) -> None:
    options = {"stay": {"platform": "aurora_serverless", "acu": 2}, "dynamodb": DYNAMODB}
    fleet = {"shop": group(platform="aurora_serverless", version=version, instance_class=None)}
    told = r"from 3\.02 on, not [12].*Serverless v1, which ran it, ended on 2025-03-31"
    refused(told, fleet=fleet, options=options)


def test_cache_nodes_without_their_number_are_refused() -> None:
    option = {**DYNAMODB, "dax_node_type": "dax.r5.large"}
    refused(r"options\.other\.dax_nodes: a DAX cluster needs its dax_nodes", options={"stay": STAY, "other": option})
    refused("DAX nodes need their dax_node_type", options={"stay": STAY, "other": {**DYNAMODB, "dax_nodes": 2}})


def test_limits_are_of_platforms_and_sourced() -> None:
    found = [limit for name in platform_names() for limit in limits(name)]
    assert found
    for limit in found:
        assert limit.platform in platform_names()
        assert limit.engines <= set(platform(limit.platform).lifecycle_engines)
        assert limit.source
        assert date.fromisoformat(limit.as_of) > date(2026, 1, 1)
        assert limit.kind == "judgement" or limit.link.startswith("https://")
        assert limit.kind in get_args(SourceKind)
    with resources.path("data/limits.csv").open(encoding="utf-8") as file:
        assert len(file.readlines()) == len(found) + 1  # no row is of a platform that there is not


def test_oracle_and_sql_server_have_more_volumes_than_other_engines_on_rds() -> None:
    (oracle,) = [limit for limit in limits("rds", "oracle-ee") if limit.measure == "storage_gb" and not limit.least]
    (mysql,) = [limit for limit in limits("rds", "mysql") if limit.measure == "storage_gb" and not limit.least]
    assert oracle.most == 4 * mysql.most == 4 * 64 * 1024
    large = {"engine": "oracle-ee", "version": "19", "licence": "bring_your_own_license", "storage_gb": 100_000}
    large["instance_class"] = "db.r6i.large"
    options = {"stay": STAY, "same": STAY}
    tco.load_scenario(scenario(fleet={"shop": group(**large)}, options=options))


@pytest.mark.parametrize(
    ("option", "path"),
    [
        ({**STAY, "capacity": "reserved"}, "capacity"),
        ({**STAY, "acu": 2}, "acu"),
        ({**STAY, "table_class": "standard"}, "table_class"),
        ({**STAY, "storage_config": "standard"}, "storage_config"),
        ({**DYNAMODB, "instance_class": "db.r6g.large"}, "instance_class"),
        ({**DYNAMODB, "deployment": "multi_az"}, "deployment"),
        ({"platform": "aurora", "storage_type": "gp3"}, "storage_type"),
    ],
)
def test_a_setting_that_its_platform_does_not_know_is_an_error(option: dict[str, Any], path: str) -> None:
    options = {"stay": STAY, "other": option}
    refused(rf"options\.other\.{path}: means nothing on {option['platform']}; valid there: ", options=options)


def test_a_setting_of_a_group_is_one_of_the_platform_that_the_group_has() -> None:
    mixed = {**STAY, "groups": {"cache": DYNAMODB}}  # which inherits the deployment of the others
    fleet = {"shop": group(), "cache": group()}
    tco.load_scenario(scenario(fleet=fleet, options={"stay": STAY, "mixed": mixed}))
    mixed["groups"] = {"cache": {**DYNAMODB, "deployment": "multi_az"}}
    refused(r"options\.mixed\.groups\.cache\.deployment: means nothing", fleet=fleet,
            options={"stay": STAY, "mixed": mixed})  # fmt: skip


def test_a_range_is_no_wider_than_can_be_meant() -> None:
    path = "upgrades.rehearsal_hours_per_design"
    refused("high is 1e[+]08 times low", assumptions={path: {"low": 1e-4, "high": 1e4}})
    refused("times low", assumptions={path: {"low": 1e-300, "high": 1e12}})
    tco.load_scenario(scenario(assumptions={path: {"low": 0.01, "high": 1e4}}))


def test_prices_are_not_those_of_a_day_that_nobody_knows() -> None:
    refused("prices_as_of: prices are known, or announced, for a day up to", prices_as_of="2150-01-01")


def test_a_bill_of_nothing_is_an_error_of_the_command() -> None:
    done = CliRunner().invoke(main, ["price", "rds", "--region", "us-east-1"])
    assert done.exit_code == 1
    assert "nothing in this usage is billed; state some of" in done.stderr
    assert "instance_class" in done.stderr


def test_clusters_are_not_down_for_longer_than_the_months_last() -> None:
    """4 clusters x 24 months x 730 hours x 60 minutes = 4,204,800 cluster-minutes."""
    worst = {"downtime.unplanned_failures_managed": 100_000, "downtime.failover_seconds": 100_000}
    with pytest.raises(
        tco.InputError, match=r"options\.stay: more downtime .* of 4,204,800 .*unplanned local downtime"
    ):
        tco.evaluate(tco.load_scenario(scenario(), set=worst))
    rare = Design("rates", 2, {path: np.array([value, 1.0]) for path, value in worst.items()})
    assert tco.evaluate(tco.load_scenario(scenario()), rare).design.rows == 2
    words = ["compare", "startup_small", *(word for path in worst for word in ("--set", f"{path}={worst[path]}"))]
    told = CliRunner().invoke(main, [*words, "--draws", "20"])
    assert told.exit_code == 1
    assert "more downtime than there is time" in told.stderr


def test_the_group_and_line_with_more_downtime_than_there_is_time_are_named() -> None:
    """A cluster that doubles in a year is 50.45 cluster-months in two, of 43,800 minutes each: 3 / (2 ** (1 / 12) - 1).

    It fails one and a half times a month for 30 days each, its neighbours once: 1.48 and 0.99 of the time.
    """
    raw = scenario(fleet={"calm": group(version="8.4"), "poor": group(version="8.4", clusters=1)})
    raw["options"]["own"] = {**STAY, "deployment": "single_az"}
    for name, rate in (("calm", 12), ("poor", 18)):
        raw["fleet"][name]["assumptions"] = {"downtime.unplanned_failures_managed": rate}
    values = {"downtime.single_az_recovery_minutes": 43_200, "downtime.application_extra_minutes": 0,
              "downtime.minor_minutes_single_az": 0, "downtime.regional_events_per_year": 0,
              "growth.clusters_per_year": 1}  # fmt: skip
    told = r"options\.own: more downtime .* of 2,209,77\d .*group 'poor', most of them unplanned local"
    with pytest.raises(tco.InputError, match=told):
        tco.evaluate(tco.load_scenario(raw, set=values))


@pytest.mark.parametrize("written", ["2027-13..2028-01", "2027-11", 2027, None, "2027-11-01..2028-01-31"])
def test_a_freeze_that_is_no_span_of_months_is_told_in_words(written: object) -> None:
    refused(r"freezes\.0: a freeze is a span of months such as 2027-11\.\.2028-01", freezes=[written])


@pytest.mark.parametrize("written", [20261101, "2026-11", "2026-02-30", 2026.5, [2026], True])
def test_a_day_that_is_none_is_told_in_words(written: object) -> None:
    refused("prices_as_of: should be a day that exists, written YYYY-MM-DD", prices_as_of=written)


def test_a_freeze_ends_after_it_begins() -> None:
    refused(r"freezes\.0: a freeze ends after it begins: 2028-01 is after 2027-01", freezes=["2028-01..2027-01"])


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ([float("nan")] * 24, "workload.load: hourly values are finite numbers from 0 up, not nan"),
        ([-1] * 24, "hourly values are finite numbers from 0 up, not -1"),
        ({"a": 1}, "workload.load: a load is a name, or 24 or 168 hourly values"),
        ([1] * 23, "workload.load: a load shape has 24 or 168 hourly values, not 23"),
        ("\x00.csv", "is no name of a file"),
    ],
)
def test_a_load_that_is_none_is_told_in_one_line(load: Any, message: str) -> None:
    with pytest.raises(tco.InputError, match=message) as caught:
        tco.load_scenario(scenario(fleet={"shop": group(workload={**group()["workload"], "load": load})}))
    assert len(str(caught.value).splitlines()) == 1


def test_no_cloud_had_prices_before_there_was_one() -> None:
    refused(
        "prices_as_of: prices are known, or announced, for a day up to .* from 2006-01-01 on", prices_as_of="1990-01-01"
    )


@pytest.mark.parametrize("path", ["sizing.peak_utilization", "sizing.database_reads_per_vcpu"])
def test_a_processor_does_something(path: str) -> None:
    refused("0 is outside", assumptions={path: 0})


@pytest.mark.parametrize(
    ("what_if", "message"),
    [({"delay": -5}, "delay: is a number of 0 or more"), ({"labour.enginer_rate": 5}, "engineer_rate"),
     ({"lose_engineers": 1e9}, "lose that many or fewer"), ({"freeze": ["x"]}, "a freeze is")],
)  # fmt: skip
def test_check_tries_the_what_ifs_of_a_scenario(tmp_path: Path, what_if: dict[str, Any], message: str) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(yaml.safe_dump(scenario(what_ifs={"worse": what_if})), "utf-8")
    told = CliRunner().invoke(main, ["check", str(file)])
    assert told.exit_code == 1
    assert "what_ifs.worse" in told.stderr
    assert message in told.stderr


def test_arguments_of_another_kind_are_told() -> None:
    for wrong in ("months=1", [1]):
        with pytest.raises(tco.InputError, match="set: changes are a mapping of paths to values"):
            tco.load_scenario("startup_small", set=wrong)  # type: ignore[arg-type]
    with pytest.raises(tco.InputError, match="unknown path '5'"):
        tco.load_scenario("startup_small", set={5: 1})  # type: ignore[dict-item]
    with pytest.raises(tco.InputError, match="scenario: is not a scenario: give what"):
        tco.evaluate("startup_small")  # type: ignore[arg-type]
    assert tco.load_scenario("startup_small", fleet_size=np.int64(3)).fleet_size == 3  # type: ignore[arg-type]


def test_files_that_are_based_on_each_other_are_told(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "three"), ("three", "one")):
        (tmp_path / f"{name}.yaml").write_text(f"based_on: {other}.yaml\n", "utf-8")
    with pytest.raises(tco.InputError, match="based_on leads back to the file itself"):
        tco.load_scenario(tmp_path / "one.yaml")


def test_files_without_an_end_are_told(tmp_path: Path) -> None:
    """A link that leads to itself, a device, and a file based on another, and so on."""
    (tmp_path / "link").symlink_to("link")
    for name, base, message in (
        ("linked", "link", "no such file"),
        ("device", "/dev/zero", "larger than"),
        *((f"{n}", f"{n + 1}.yaml", f"the last of {LONGEST_CHAIN} files") for n in reversed(range(LONGEST_CHAIN + 9))),
    ):
        (tmp_path / f"{name}.yaml").write_text(f"based_on: {base}\n", "utf-8")
        if name in ("linked", "device", "0"):
            with pytest.raises(tco.InputError, match=message):
                tco.load_scenario(tmp_path / f"{name}.yaml")


def test_a_variable_of_nearly_the_right_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCO_PROCESES", "4")
    monkeypatch.setenv("TCO_OTHER", "4")
    told = CliRunner().invoke(main, ["notebooks", "list"])
    assert told.stderr == "warning: TCO_PROCESES is read by nothing; did you mean TCO_PROCESSES?\n"


def test_an_object_store_without_its_slash_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["report", "startup_small", "--out", "s3:/bucket/reports"])
    assert (told.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "'s3:/bucket/reports' lacks a slash: s3://bucket/prefix" in told.stderr


@pytest.mark.parametrize("blank", ["", " "])
def test_a_folder_without_a_name_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    """As `--out "$OUT"` says where OUT is not set; the reports were in the current folder."""
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["report", "startup_small", "--out", blank])
    assert (told.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "is blank: name a folder" in told.stderr


@pytest.mark.parametrize("words", [("report", "--timeout", "nan"), ("report", "--timeout", "inf"),
                                   ("crossing", "--over", "fleet_size", "--low", "nan")])  # fmt: skip
def test_a_number_of_the_command_line_is_one(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [words[0], "startup_small", *words[1:]])
    assert told.exit_code == 2
    assert "is not a finite number" in told.stderr


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["ledger", "startup_small", "--out", str(tmp_path / "none" / "ledger.csv")])
    assert told.exit_code == 1
    assert told.stderr == f"{tmp_path}/none/ledger.csv: cannot be written: No such file or directory\n"
