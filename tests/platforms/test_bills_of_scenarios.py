"""Bills are kept from one evaluation to the next: each is still that of its own usage, prices and day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_scenarios import DYNAMODB, STAY, group, scenario

import tco
from tco.loading.notes import notes_of
from tco.model.fleet.bills import EqualColumns


def compute(raw: dict[str, Any], **changes: Any) -> float:
    """USD of compute of the option that stays."""
    ledger = tco.evaluate(tco.load_scenario(raw, set=changes))
    return float(ledger.total(["option", "line"]).loc[0, ("stay", "compute")])


OWN_PRICE = {
    "service": "AmazonRDS",
    "region": "us-east-1",
    "item": "instance",
    "instance_class": "db.r6g.large",
    "engine": "mysql",
    "deployment": "multi_az",
    "price": 1.0,
    "unit": "instance hour",
    "source": {"title": "Our agreement", "as_of": "2026-09-01", "kind": "judgement"},
}


def test_a_bill_follows_what_it_is_asked_for() -> None:
    """4 clusters of one Multi-AZ instance, 730 hours, 24 months: db.r6g.large at 0.43 USD an hour, xlarge at 0.859."""
    plain = compute(scenario())
    assert plain == pytest.approx(4 * 0.43 * 730 * 24)
    assert compute(scenario(prices=[OWN_PRICE])) == pytest.approx(4 * 1.0 * 730 * 24)
    assert compute(scenario(fleet={"shop": group(clusters=8)})) == pytest.approx(2 * plain)
    larger = scenario(fleet={"shop": group(instance_class="db.r6g.xlarge")})
    assert compute(larger) == pytest.approx(4 * 0.859 * 730 * 24)
    assert compute(scenario(), **{"finance.hours_per_month": 365}) == pytest.approx(plain / 2)
    assert compute(scenario()) == plain


def test_who_leaves_is_billed_until_then_as_the_first_option_that_stays_says() -> None:
    """Neither the reference nor the first option keeps them on RDS: two zones, as the second one has them, not one."""
    options = {"dynamodb": DYNAMODB, "stay": STAY, "single": {**STAY, "deployment": "single_az"}}
    loaded = tco.load_scenario(scenario(options=options, reference="dynamodb"), set={"transition.start_lag_months": 60})
    costs = tco.evaluate(loaded).total(["option", "line"]).iloc[0]
    assert costs["dynamodb", "compute"] == pytest.approx(costs["stay", "compute"])
    assert costs["single", "compute"] < costs["stay", "compute"]


def test_a_discount_and_rising_prices_hold_for_the_second_bill_of_a_move_too() -> None:
    """Moved at once after 13 months: the RDS bill of the 13th, a fifth off, at 1.1 times the first month's prices."""
    moved = {"transition.start_lag_months": 13, "transition.dual_running_months": 1, "labour.migration_team": 1e9}

    def paid(**values: float) -> float:
        ledger = tco.evaluate(tco.load_scenario(scenario(), set={**moved, **values}))
        return float(ledger.total(["option", "line"]).iloc[0]["dynamodb", "dual running"])

    rising = {"finance.cloud_inflation": 0.1, "discount.rds": 0.2, "discount.dynamodb": 0.2}
    assert paid(**rising) == pytest.approx(0.8 * 1.1 * paid())


@pytest.mark.parametrize(("engine", "version", "copies"), [("redis", "7.2", 2), ("memcached", "1.6", 1)])
def test_a_standby_that_a_deployment_adds_has_a_copy_of_what_is_copied(engine: str, version: str, copies: int) -> None:
    shop = group(engine=engine, version=version, platform="ec2", instance_class="r6g.large", instances=1)
    own = {"platform": "ec2"}
    raw = scenario(fleet={"shop": shop}, options={"stay": own, "standby": {**own, "deployment": "multi_az"}})
    stored = tco.evaluate(tco.load_scenario(raw)).total(["option", "line"]).iloc[0]
    assert stored["standby", "compute"] + stored["standby", "replicas"] == pytest.approx(2 * stored["stay", "compute"])
    assert stored["standby", "storage"] == pytest.approx(copies * stored["stay", "storage"])


def test_columns_of_usage_are_equal_where_names_shapes_and_values_are() -> None:
    """Texts by what they say, not by where they are kept."""

    def columns(text: str = "db.r6g.large", number: float = 1.0, shape: tuple[int, ...] = (2,)) -> EqualColumns:
        texts = np.array(["".join(list(text)), None], dtype=object)
        return EqualColumns({"instance_class": texts, "instances": np.full(2, number).reshape(shape)})

    assert columns() == columns()
    assert hash(columns()) == hash(columns())
    for other in (columns(text="db.r6g.xlarge"), columns(number=2.0), columns(shape=(2, 1)), {}):
        assert columns() != other


PLAIN_DATA = {"rds.storage_fill": 0.5, "dynamodb.size_factor": 2, "dynamodb.pitr_share": 0}
"""With these, as much is stored as is allocated."""


def stored(groups: dict[str, dict[str, Any]], **options: Any) -> dict[str, list[float]]:
    """GB of storage billed in the second month, by option and group."""
    fleet = {name: group(engine="dynamodb", version=None, platform="dynamodb", instance_class=None, **own)
             for name, own in groups.items()}  # fmt: skip
    raw = scenario(fleet=fleet, options=options, assumptions=PLAIN_DATA, reference=next(iter(options)))
    lines = tco.evaluate(tco.load_scenario(raw)).table()
    found = lines.query("line == 'storage' and period == '2027-02'").groupby(["option", "group"])["quantity"].sum()
    return {option: [round(found.get((option, name), 0.0), 9) for name in fleet] for option in options}


TWENTY = {"a": {"clusters": 3, "storage_gb": 20}, "b": {"clusters": 1, "storage_gb": 20},
          "c": {"clusters": 1, "storage_gb": 20, "region": "eu-west-1"}}  # fmt: skip


def test_clusters_share_the_free_tier_of_their_region() -> None:
    """25 GB a Region: 60 + 20 GB in us-east-1 leave 55, of which 3/4 are the first group's; 20 elsewhere none."""
    table = {"platform": "dynamodb"}
    found = stored(
        TWENTY, stay=table, free=table | {"free_tier": True}, of_one=table | {"groups": {"b": {"free_tier": True}}}
    )
    assert found == {"stay": [60, 20, 20], "free": [41.25, 13.75, 0], "of_one": [60, 0, 20]}


def test_free_capacity_is_as_many_units_in_every_hour_and_none_on_demand() -> None:
    fleet = {"shop": group(engine="dynamodb", version=None, platform="dynamodb", instance_class=None)}
    provisioned = {"platform": "dynamodb", "capacity": "provisioned"}
    options = {"stay": provisioned, "free": provisioned | {"free_tier": True},
               "requests": DYNAMODB, "no_requests": DYNAMODB | {"free_tier": True}}  # fmt: skip
    raw = scenario(fleet=fleet, options=options, assumptions={"finance.hours_per_month": 720})
    lines = tco.evaluate(tco.load_scenario(raw)).table()
    units = lines.query("line == 'requests or capacity' and period == '2027-01'").groupby("option")["quantity"].sum()
    assert units["stay"] - units["free"] == pytest.approx(2 * 25 * 720)
    assert units["requests"] == units["no_requests"] > 0


def test_a_free_tier_serves_those_that_have_arrived() -> None:
    """All four clusters of 100 GB are billed beyond 25 GB once they are there, and no less than nothing before."""
    slowly = DYNAMODB | {"migration_hours_per_month": 100}
    options = {"stay": STAY, "plain": slowly, "free": slowly | {"free_tier": True}}
    lines = tco.evaluate(tco.load_scenario(scenario(options=options, assumptions=PLAIN_DATA))).table()
    billed = lines.query("line == 'storage' and assumptions.str.contains('AmazonDynamoDB')")
    held, paid = (billed[billed["option"] == name].groupby("period")["quantity"].sum() for name in ("plain", "free"))
    assert paid.reindex(held.index, fill_value=0.0).to_numpy() == pytest.approx((held - 25).clip(lower=0).to_numpy())
    assert held.between(30, 370).sum() > 3


@pytest.mark.parametrize("place", ["rds", "cosmosdb"])
def test_a_free_tier_is_refused_where_none_is_known(place: str) -> None:
    raw = scenario(options={"stay": STAY, "other": {"platform": place, "free_tier": True}})
    with pytest.raises(tco.InputError, match=f"other.free_tier: means nothing on {place}"):
        tco.load_scenario(raw)


@pytest.mark.parametrize(
    ("clusters", "gb", "paid"), [(1, 8, 3), (3, 8, 9), (5, 8, 15), (20, 8, 20 * 8 - 25), (4, 3, 0), (10, 3, 15)]
)
def test_each_of_the_first_five_clusters_has_a_free_tier_of_its_own(clusters: int, gb: float, paid: float) -> None:
    """TiDB: 5 GB each. What a small cluster leaves of its own serves no other."""
    fleet = {"shop": group(clusters=clusters, storage_gb=2 * gb)}
    options = {"stay": STAY, "free": {"platform": "tidb", "free_tier": True}}
    raw = scenario(fleet=fleet, options=options, assumptions={"rds.storage_fill": 0.5}, months=60)
    lines = tco.evaluate(tco.load_scenario(raw)).table()
    last = lines.query("line == 'storage' and option == 'free' and period == '2031-12'")
    assert last["quantity"].sum() == pytest.approx(paid, abs=1e-9)


def test_groups_share_the_clusters_that_have_a_free_tier() -> None:
    """Of 4 + 16 clusters a quarter of each group has 5 GB for nothing: 4 x 8 - 5, 16 x 8 - 20."""
    fleet = {"few": group(clusters=4, storage_gb=16), "many": group(clusters=16, storage_gb=16)}
    options = {"stay": STAY, "free": {"platform": "tidb", "free_tier": True}}
    raw = scenario(fleet=fleet, options=options, assumptions={"rds.storage_fill": 0.5}, months=60)
    lines = tco.evaluate(tco.load_scenario(raw)).table()
    last = lines.query("line == 'storage' and option == 'free' and period == '2031-12'")
    assert last.groupby("group")["quantity"].sum().to_dict() == pytest.approx({"few": 27, "many": 108})


def test_an_organisation_has_one_free_tier_over_all_regions() -> None:
    """10 GB of CockroachDB for nothing, of 2 x 4 x 50 GB in two Regions."""
    fleet = {name: group(engine="postgresql", version="16", region=name) for name in ("us-east-1", "eu-west-1")}
    options = {"stay": STAY, "free": {"platform": "cockroachdb", "free_tier": True}}
    raw = scenario(fleet=fleet, options=options, assumptions={"rds.storage_fill": 0.5})
    lines = tco.evaluate(tco.load_scenario(raw)).table()
    last = lines.query("line == 'storage' and option == 'free' and period == '2028-12' and cost > 0")
    assert last["quantity"].tolist() == pytest.approx([195, 195])


@pytest.mark.parametrize(
    ("instance_class", "storage_gb", "billed"),
    [
        ("i4i.2xlarge", 1800, 0),  # 1,875 GB of its own
        ("i4i.2xlarge", 1900, 3 * 1900),
        ("i3en.large", 1250, 0),
        ("r6g.2xlarge", 1800, 3 * 1800),
    ],
)
def test_own_servers_whose_disks_hold_the_data_have_no_volumes(
    instance_class: str, storage_gb: float, billed: float
) -> None:
    """A ring of three nodes with three copies: each node holds all of the data."""
    ring = group(engine="cassandra", version="4.1", platform="ec2", instances=3, clusters=1,
                 instance_class=instance_class, storage_gb=storage_gb)  # fmt: skip
    for iops, expected in ((None, billed), (3000, 3 * storage_gb)):  # who states IOPS has volumes
        options = {"stay": {"platform": "ec2"}, "never": {"platform": "ec2", "policy": "never"}}
        raw = scenario(fleet={"ring": ring | ({"iops": iops} if iops else {})}, options=options)
        rows = tco.evaluate(tco.load_scenario(raw)).table().query("line == 'storage' and option == 'stay'")
        assert rows.query("unit == 'GB-month' and period == '2027-01'")["quantity"].sum() == pytest.approx(expected)


def test_a_cache_is_full_of_its_data_wherever_it_moves() -> None:
    """4 caches of 10 GB, whatever share of a database's volumes holds data: by the GB-hour, and by the GB-month."""
    fleet = {"shop": group(engine="valkey", version="8.0", platform="elasticache", instance_class="cache.r7g.large",
                           storage_gb=10)}  # fmt: skip
    options = {"stay": {"platform": "elasticache"}, "serverless": {"platform": "elasticache_serverless"},
               "dynamodb": DYNAMODB}  # fmt: skip
    raw = scenario(fleet=fleet, options=options, assumptions=PLAIN_DATA | {"transition.start_lag_months": 0})
    table = tco.evaluate(tco.load_scenario(raw)).table()
    last = table[(table["line"] == "storage") & (table["period"] == "2028-12")].groupby("option")["quantity"].sum()
    assert last.to_dict() == pytest.approx({"serverless": 4 * 10 * 730, "dynamodb": 4 * 10 * 2})


def test_check_says_that_stored_bytes_count_as_allocated() -> None:
    """Aurora bills what is stored: what a group states of it is cut by a share that was meant for volumes."""
    fleet = {"shop": group(platform="aurora", instances=2), "volumes": group()}
    options = {"stay": {"platform": "rds", "groups": {"shop": {"platform": "aurora"}}}, "more": {"platform": "aurora"}}
    loaded = tco.load_scenario(scenario(fleet=fleet, options=options, assumptions={"rds.storage_fill": 0.5}))
    said = [note for note in notes_of(loaded) if "stored" in note.message]
    assert [note.path for note in said] == ["fleet.shop.storage_gb"]
    assert "50% of it is billed" in said[0].message
    fleet["shop"]["assumptions"] = {"rds.storage_fill": 1}
    loaded = tco.load_scenario(scenario(fleet=fleet, options=options))
    assert not [note for note in notes_of(loaded) if "stored" in note.message]


def test_shared_storage_is_billed_for_the_data_in_it() -> None:
    """4 clusters x 100 GB allocated x 50 % data x 24 months = 4,800 GB-months, whatever the number of instances."""
    fleet = {"shop": group(platform="aurora", instances=2)}
    options = {"aurora": {"platform": "aurora", "policy": "settled"}, "other": {"platform": "aurora", "instances": 3}}
    table = tco.evaluate(tco.load_scenario(scenario(
        fleet=fleet, options=options, reference="aurora", assumptions={"rds.storage_fill": 0.5}, months=24
    ))).table()  # fmt: skip
    stored = table[table["line"] == "storage"].groupby("option", observed=True)["quantity"].sum()
    assert stored.to_dict() == pytest.approx({"aurora": 4800, "other": 4800})
