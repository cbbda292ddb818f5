"""A replay of the past says what it uses that did not exist then."""

from __future__ import annotations

from small_scenarios import STAY, group, scenario

import tco
from tco.analysis.anachronisms import anachronisms


def test_a_replay_names_what_came_later_and_who_uses_it() -> None:
    found = anachronisms(tco.load_scenario("backup_metadata_store", set={"start": "2017-01", "months": 24}))
    came = {sentence.partition(" came on ")[0]: sentence for sentence in found}
    assert "2018-11-28" in came["on-demand capacity of DynamoDB"]
    assert "2018-03-26" in came["point-in-time recovery of DynamoDB"]
    assert "by postgresql, postgresql_automated:" in came["instances of the family r6g"]
    assert "Amazon DynamoDB" not in came


def test_what_starts_today_uses_what_exists() -> None:
    assert anachronisms(tco.load_scenario("backup_metadata_store")) == []


def test_what_is_not_used_is_not_named() -> None:
    changes = {"start": "2018-06", "months": 12, "dynamodb.transactional_share": 0}
    changes |= {"options.dynamodb_on_demand.capacity": "provisioned"}
    changes |= {f"options.dynamodb.groups.{name}.capacity": "provisioned" for name in ("development", "test")}
    found = anachronisms(tco.load_scenario("backup_metadata_store", set=changes))
    # Own servers have r6g instances with gp3 volumes.
    later = ["instances of the family r6g", "volumes of the type gp3 on EC2"]
    assert [sentence.partition(" came on ")[0] for sentence in found] == later


def test_instances_and_volumes_have_days_on_which_they_came() -> None:
    """2016 on RDS with db.r5 (July 2018), moved to m5 (November 2017) on own servers."""
    options = {"stay": STAY, "own": {"platform": "ec2", "instance_class": "m5.large"}}
    shop = group(version="5.6", instance_class="db.r5.large")
    found = anachronisms(tco.load_scenario(scenario(start="2016-01", fleet={"shop": shop}, options=options)))
    came = {sentence.partition(" came on ")[0]: sentence for sentence in found}
    assert "2018-07-25" in came["instances of the family r5"]
    assert "2017-11-28" in came["instances of the family m5"]
    assert came["instances of the family m5"].split(" by ")[1].startswith("own:")
    assert "2020-12-01" in came["volumes of the type gp3 on EC2"]
