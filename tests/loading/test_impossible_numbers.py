"""Numbers that cannot be, and settings that mean nothing where they stand, are errors that name the limit."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from click.testing import CliRunner
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco import resources
from tco.catalog.limits import limits
from tco.cli import main
from tco.platforms import platform, platform_names
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
    (oracle,) = [limit for limit in limits("rds", "oracle-ee") if limit.measure == "storage_gb"]
    (mysql,) = [limit for limit in limits("rds", "mysql") if limit.measure == "storage_gb"]
    assert oracle.limit == 4 * mysql.limit == 4 * 64 * 1024
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
    words = ["compare", "startup_small", *(word for path in worst for word in ("--set", f"{path}={worst[path]}"))]
    told = CliRunner().invoke(main, [*words, "--draws", "20"])
    assert told.exit_code == 1
    assert "more downtime than there is time" in told.stderr
