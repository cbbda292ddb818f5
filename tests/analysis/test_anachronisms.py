"""A replay of the past says what it uses that did not exist then."""

from __future__ import annotations

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
    assert [sentence.partition(" came on ")[0] for sentence in found] == ["instances of the family r6g"]
