"""What a cluster's workload needs on platforms billed by request, for draws and groups at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache

import numpy as np
import pytest
from platforms.offers import BY_REQUEST, regions
from small_scenarios import group, scenario

import tco
from tco.catalog.prices import price_book
from tco.errors import InputError, UnknownPrice
from tco.loading.loading import baseline
from tco.platforms import platform
from tco.platforms.request_units import WRITE_UNIT_BYTES, mean_units

STATED = {
    "dynamodb.item_size_spread": 0.5, "dynamodb.index_writes_per_write": 0.5, "dynamodb.eventual_share": 0.6,
    "dynamodb.transactional_share": 0.1, "dynamodb.target_utilization": 0.7, "dynamodb.tracking_efficiency": 0.8,
    "dynamodb.size_factor": 1.25, "dynamodb.pitr_share": 1.0, "rds.storage_fill": 0.6,
    "keyspaces.local_one_share": 0.5, "aurora_dsql.units_per_read": 0.005, "aurora_dsql.units_per_write": 0.015,
    "cosmosdb.units_per_read": 1.0, "cosmosdb.units_per_write": 5.0, "cosmosdb.units_per_further_kb_read": 0.07,
    "cosmosdb.units_per_further_kb_write": 0.35, "cosmosdb.peak_within_hour": 1.5,
    "sql_units.per_read": 1.2, "sql_units.per_kb_read": 1.0, "sql_units.per_write": 13.0, "sql_units.per_kb_write": 3.0,
}  # fmt: skip
ASSUMPTIONS = {path: entry.mean for path, entry in baseline().items()} | STATED


def names(*values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@dataclass
class Workloads:
    """Two groups: a demand as the model states it."""

    numbers: dict[str, list[float]] = field(default_factory=dict)
    texts: dict[str, tuple] = field(default_factory=dict)
    draws: dict[str, np.ndarray] = field(default_factory=dict)

    def number(self, name):
        known = {"storage_gb": [100, 500], "backup_gb": [0, 50], "reads_per_second": [400, 1000],
                 "writes_per_second": [80, 200], "item_bytes": [1000, 6000], "hours_per_month": [730, 730]}  # fmt: skip
        return np.array([(known | self.numbers).get(name, [0, 0])], dtype=float)

    def text(self, name):
        known = {
            "region": ("us-east-1", "us-east-1"),
            "capacity": ("on_demand", "provisioned"),
            "table_class": ("standard", "standard"),
            "term": ("on_demand", "on_demand"),
            "load": (None, None),
            "engine": ("redis", "valkey"),
        }
        return names(*(known | self.texts).get(name, ("", "")))

    def memory_gib(self, instance_class):
        return price_book().instance_class(instance_class).memory_gib

    def assumption(self, path):
        return np.atleast_2d(self.draws.get(path, np.array([[ASSUMPTIONS[path]]])))


def cost(name, workloads):
    """USD of one cluster a month, (draws, groups)."""
    columns = platform(name).sizing(workloads)
    lines = platform(name).bill(columns, price_book(), date(2026, 11, 1))
    return sum(line.quantity * line.unit_price for line in lines if not line.upfront)


def test_dynamodb_on_demand_by_hand():
    # group 1: mean 1,000 bytes: reads take 1 unit and hardly more, writes 1.43 (the mean of rounded sizes)
    usage = platform("dynamodb").sizing(Workloads())
    write_units = mean_units(1000, 0.5, WRITE_UNIT_BYTES)
    assert write_units == pytest.approx(1.43, abs=0.01)
    # reads: 10 % in transactions at 2, 60 % of the rest eventual at 0.5: 1 - 0.5 x 0.54 + 0.1 = 0.83
    assert usage["reads_per_second"][0, 0] == pytest.approx(400 * 0.83, rel=1e-3)
    # writes: (1 + 0.1 in transactions + 0.5 index entries) units of the item
    assert usage["writes_per_second"][0, 0] == pytest.approx(80 * write_units * 1.6)
    # data: 100 GB allocated, 60 % filled, x 1.25, all of it under point-in-time recovery
    assert usage["storage_gb"][0, 0] == usage["pitr_gb"][0, 0] == pytest.approx(75)


def test_dynamodb_provisioned_is_real_valued_at_the_utilisation_reached():
    usage = platform("dynamodb").sizing(Workloads(texts={"capacity": ("provisioned", "on_demand")}))
    on_demand = platform("dynamodb").sizing(Workloads())
    assert usage["rcu"][0, 0] == pytest.approx(on_demand["reads_per_second"][0, 0] / (0.7 * 0.8))
    assert usage["wcu"][0, 0] % 1 != 0
    assert usage["rcu"][0, 1] == 0


@pytest.mark.parametrize("name", ["dynamodb", "keyspaces"])
def test_provisioned_capacity_follows_the_load_shape_an_hour_behind(name):
    shaped = Workloads(texts={"capacity": ("provisioned", "provisioned"), "load": ("nightly_batch", "nightly_batch")})
    usage = platform(name).sizing(shaped)
    even = platform(name).sizing(Workloads(texts={"capacity": ("provisioned", "provisioned")}))
    # four hours of 10 and twenty of 1 are 60; what was scaled up for the last of the four is kept an hour longer: 69
    assert usage["rcu"] == pytest.approx(even["rcu"] * 69 / 60)
    assert usage["wcu"] == pytest.approx(even["wcu"] * 69 / 60)


def test_provisioned_capacity_costs_half_of_on_demand_at_twice_the_crossing():
    # throughput only: utilisation 0.7 x 0.8254 = 0.5778 is twice the crossing of 0.2889 in us-east-1
    only = {"storage_gb": [0, 0], "backup_gb": [0, 0]}
    draws = {"dynamodb.tracking_efficiency": np.array([[2 * 0.00065 / 0.00225 / 0.7]])}
    dear = cost("dynamodb", Workloads(only, {"capacity": ("on_demand", "on_demand")}, draws))
    cheap = cost("dynamodb", Workloads(only, {"capacity": ("provisioned", "provisioned")}, draws))
    assert cheap == pytest.approx(dear / 2)


def test_what_one_group_states_of_replicas_and_indexes_does_not_touch_another():
    # 10,000 bytes are 10 units, and an entry of 100 bytes is one: 80 x 10 and half an entry of one unit each
    exact = {"dynamodb.item_size_spread": np.array([[0.0]]), "dynamodb.transactional_share": np.array([[0.0]])}
    texts = {"capacity": ("on_demand", "on_demand"), "replica_regions": (("us-west-2", "eu-west-1"), None),
             "index_item_bytes": (100, "")}  # fmt: skip
    numbers = {"item_bytes": [10_000, 10_000], "internet_gb": [0, 7]}
    usage = platform("dynamodb").sizing(Workloads(numbers, texts, exact))
    # replicated writes with half a unit of entries to 10 of the item; elsewhere 200 x (10 + 0.5 x 10)
    assert usage["writes_per_second"][0].tolist() == pytest.approx([800, 3000])
    assert usage["index_writes_per_write"][0].tolist() == pytest.approx([0.05, 0])
    assert usage["transfer_gb"][0].tolist() == pytest.approx([80 * 730 * 3600 * 10_000 / 2**30 * 2, 7])


def test_what_one_group_states_of_indexes_streams_and_caches_is_not_billed_to_another():
    exact = {"dynamodb.item_size_spread": np.array([[0.0]]), "dynamodb.transactional_share": np.array([[0.0]])}
    texts = {"capacity": ("on_demand", "on_demand"), "index_writes_per_write": (0, ""),
             "stream_reads_per_write": (0.1, ""), "dax_nodes": (3, ""),
             "dax_node_type": ("dax.r5.large", "")}  # fmt: skip
    usage = platform("dynamodb").sizing(Workloads({"item_bytes": [1000, 1000]}, texts, exact))
    # no entry of an index; where nothing is stated half an entry, as assumed
    assert usage["writes_per_second"][0].tolist() == pytest.approx([80, 200 * 1.5])
    assert usage["stream_reads"][0].tolist() == pytest.approx([80 * 0.1 * 730 * 3600, 0])
    assert usage["dax_nodes"].tolist() == [3, 0]


def test_writes_to_a_provisioned_global_table_are_not_billed_by_request_too():
    texts = {"capacity": ("provisioned", "on_demand"), "replica_regions": (("us-west-2",), ("us-west-2",))}
    usage = platform("dynamodb").sizing(Workloads(texts=texts))
    assert usage["writes_per_second"][0, 0] == 0 < usage["wcu"][0, 0]


def test_a_table_with_replicas_that_nobody_writes_to_costs_its_data():
    texts = {"capacity": ("on_demand", "on_demand"), "replica_regions": (("us-west-2",), ("us-west-2",))}
    usage = platform("dynamodb").sizing(Workloads({"writes_per_second": [0, 0.05]}, texts))
    assert usage["writes_per_second"][0, 0] == usage["index_writes_per_write"][0, 0] == 0
    # half an entry as large as the item to each write, of which a tenth are in transactions
    assert usage["index_writes_per_write"][0, 1] == pytest.approx(0.5 / 1.1)


def test_reserved_blocks_carry_the_quietest_hour():
    texts = {"capacity": ("reserved", "reserved"), "load": ("nightly_batch", None), "term": ("on_demand", "3yr_x")}
    usage = platform("dynamodb").sizing(Workloads(texts=texts))
    # nightly_batch never falls below 0.4 of its mean; without a shape every hour needs the mean
    assert usage["reserved_rcu"][0, 0] == np.floor(usage["rcu"][0, 0] * 0.4 / 100) * 100 > 0
    assert usage["reserved_rcu"][0, 1] == np.floor(usage["rcu"][0, 1] / 100) * 100
    assert usage["reserved_term"].tolist() == ["1yr", "3yr"]


def test_items_beyond_400_kb_are_refused():
    with pytest.raises(InputError, match="400 KB"):
        platform("dynamodb").sizing(Workloads({"item_bytes": [1000, 409_601]}))
    largest = Workloads({"item_bytes": [1000, 409_600]}, draws={"dynamodb.item_size_spread": np.array([[0.0]])})
    assert platform("dynamodb").sizing(largest)["wcu"][0, 1] == pytest.approx(200 * 400 * 1.6 / (0.7 * 0.8))


@pytest.mark.parametrize("name", ["keyspaces", "cosmosdb"])
@pytest.mark.parametrize("capacity", [("reserved", "reserved"), ("provisioned", "reserved")])
def test_reserved_capacity_that_has_no_price_is_refused(name, capacity):
    with pytest.raises(InputError, match="valid: on_demand, provisioned"):
        platform(name).sizing(Workloads(texts={"capacity": capacity}))


def test_cosmos_autoscale_bills_the_highest_second_of_each_hour_and_at_least_a_tenth():
    # 400 reads x 1 + 80 writes x 5 = 800 a second; spiky: 22 hours at 1 and 2 at 30 of a mean of 82 / 24, but no hour
    # below a tenth of the highest: 22 x 3 + 2 x 30 = 126 instead of 82
    texts = {"capacity": ("provisioned", "provisioned"), "load": ("spiky", None)}
    usage = platform("cosmosdb").sizing(Workloads({"item_bytes": [1024, 1024]}, texts))
    assert usage["ru_per_second"][0].tolist() == pytest.approx([800 * 1.5 * 126 / 82, 2000 * 1.5])


def test_what_is_stored_follows_from_what_is_allocated():
    # 100 GB and 500 GB allocated, 60 % filled; Cosmos DB and Keyspaces hold 1.25 bytes for each of them
    for name in ("cosmosdb", "keyspaces"):
        assert platform(name).sizing(Workloads())["storage_gb"][0].tolist() == pytest.approx([75, 375])
    # half of the data can be restored to any second; backups that are kept are as large as the data is there
    half = Workloads(draws={"dynamodb.pitr_share": np.array([[0.5]])})
    for name in ("dynamodb", "keyspaces"):
        assert platform(name).sizing(half)["pitr_gb"][0].tolist() == pytest.approx([37.5, 187.5])
    assert platform("dynamodb").sizing(half)["backup_gb"][0].tolist() == pytest.approx([0, 62.5])
    classed = Workloads(texts={"instance_class": ("db.r6g.large", "db.r6g.large")})
    for name in ("aurora_dsql", "neon"):
        assert platform(name).sizing(classed)["storage_gb"][0].tolist() == pytest.approx([60, 300])
    # a cache is full of data
    assert platform("elasticache_serverless").sizing(classed)["storage_gb"][0].tolist() == [100, 500]


@pytest.mark.parametrize(
    ("name", "column", "item_bytes", "assumed", "a_second"),
    [
        # 480 calls a second of 1,000 bytes, at least a unit each; 1,200 of 6,144 bytes: 6 units each
        ("elasticache_serverless", "units_per_month", [1000, 6144], {}, [480, 7200]),
        # 400 x 0.005 + 80 x 0.015 and 1,000 x 0.005 + 200 x 0.015
        ("aurora_dsql", "dpu", [1000, 6000], {}, [3.2, 8]),
        # of 1 KiB 400 x (1.2 + 1) + 80 x (13 + 3), of 2 KiB 1,000 x (1.2 + 2) + 200 x (13 + 6)
        ("cockroachdb", "request_units", [1024, 2048], {}, [2160, 7000]),
        # 400 x 1 + 80 x 5; the second is provisioned
        ("cosmosdb", "request_units", [1024, 1024], {}, [800, 0]),
        # half at LOCAL_ONE: 400 x 0.75
        ("keyspaces", "reads_per_month", [1000, 1000], {"dynamodb.item_size_spread": 0}, [300, 0]),
        # rows of 6,000 bytes take two units of 4 KB: twice that
        ("keyspaces", "reads_per_month", [6000, 1000], {"dynamodb.item_size_spread": 0}, [600, 0]),
        ("keyspaces", "writes_per_month", [2000, 2000], {"dynamodb.item_size_spread": 0}, [160, 0]),
        # a GB in 1,024 x 1,024 writes of 1 KiB
        ("memorydb", "data_written_gb", [1024, 2048], {}, [80 / 1024**2, 400 / 1024**2]),
        # 400 x 0.1 + 80 x 4 and 1,000 x 0.1 + 200 x 4
        ("aurora", "io_requests", [1000, 6000],
         {"cluster_storage.reads_per_query": 0.1, "cluster_storage.writes_per_statement": 4}, [360, 900]),
    ],
)  # fmt: skip
def test_a_month_has_the_calls_of_730_hours(name, column, item_bytes, assumed, a_second):
    draws = {path: np.array([[value]]) for path, value in assumed.items()}
    usage = platform(name).sizing(Workloads({"item_bytes": item_bytes}, draws=draws))
    assert usage[column][0].tolist() == pytest.approx([rate * 730 * 3600 for rate in a_second])


def test_snapshots_of_own_servers_are_those_kept_and_what_a_managed_platform_would_bill():
    # 100 GB and 500 GB with half as much in snapshots, the second with 50 GB more; each copy on a volume of its own
    own = Workloads({"instances": [3, 3], "copies": [3, 3]}, draws={"ec2.snapshot_share": np.array([[0.5]])})
    usage = platform("ec2").sizing(own)
    assert usage["snapshot_gb"][0].tolist() == pytest.approx([50, 300])
    assert usage["volume_gb"][0].tolist() == pytest.approx([100, 500])


def test_own_servers_send_each_write_to_the_copies_in_other_zones():
    # 80 x 1,000 and 200 x 6,000 bytes a second to 2 copies and to 1, half of them elsewhere, 3 bytes for each written
    assumed = {"ec2.replication_bytes_per_byte": 3.0, "ec2.copies_in_other_zones_share": 0.5}
    draws = {path: np.array([[value]]) for path, value in assumed.items()}
    texts = {"engine": ("mysql", "mysql")}
    usage = platform("ec2").sizing(Workloads({"instances": [3, 2], "copies": [3, 2]}, texts, draws))
    sent = [80 * 1000 * 2 * 3 * 0.5, 200 * 6000 * 1 * 3 * 0.5]
    assert usage["cross_az_gb"][0].tolist() == pytest.approx([each * 730 * 3600 / 2**30 for each in sent])
    alone = platform("ec2").sizing(Workloads({"instances": [1, 2], "copies": [1, 2]}, texts, draws))
    assert alone["cross_az_gb"][0].tolist() == pytest.approx([0, usage["cross_az_gb"][0, 1]])


@pytest.mark.parametrize(
    ("name", "column", "gib"), [("aurora_serverless", "acu", 2), ("documentdb_serverless", "dcu", 2), ("neon", "cu", 4)]
)
def test_capacity_units_follow_from_the_memory_of_the_class_they_replace(name, column, gib):
    # 2 instances of 16 GiB, half of them in use
    replaced = Workloads(
        {"instances": [2, 2]},
        {"instance_class": ("db.r6g.large", "db.r6g.large"), "engine": ("", "")},
        {"aurora_serverless.capacity_share": np.array([[0.5]])},
    )
    assert platform(name).sizing(replaced)[column][0].tolist() == pytest.approx([16 / gib, 16 / gib])


def test_readers_have_the_standbys_that_an_option_states():
    texts = {"reader_deployment": ("multi_az", None)}
    usage = platform("cloud_sql").sizing(Workloads({"instances": [3, 3], "copies": [3, 3]}, texts))
    assert usage["reader_deployment"].tolist() == ["multi_az", ""]
    assert usage["storage_gb"][0].tolist() == [100, 500]  # a copy on each instance


def test_a_year_of_extended_support_without_a_rate_is_refused():
    columns = {"region": names("us-east-1"), "extended_support_year": np.array([2.0, 4.0])}
    with pytest.raises(InputError, match="years 1, 2 and 3"):
        platform("aurora_serverless").bill(columns, price_book(), date(2026, 11, 1))


def test_masters_of_a_domain_are_of_the_size_large_or_of_smaller_nodes():
    nodes = Workloads(
        {"instances": [3, 3], "copies": [2, 2]},
        {"instance_class": ("t3.medium.search", "i3.2xlarge.search"), "environment": ("production", "test")},
    )
    usage = platform("opensearch").sizing(nodes)
    assert usage["master_class"].tolist() == ["t3.medium.search", "i3.large.search"]
    assert usage["storage_gb"][0, 1] == 0  # the nodes have disks of their own
    assert usage["masters"][0, 1] == 0 < usage["masters"][0, 0]


def test_capacity_units_that_are_stated_stand_also_where_they_are_few():
    # 1 ACU as stated, whatever the class; 2 instances of 16 GiB at 2 GiB a unit, three quarters of them in use
    stated = Workloads(
        {"acu": [1, 0], "instances": [2, 2]},
        {"instance_class": ("db.r6g.large", "db.r6g.large"), "engine": ("mysql", "mysql")},
        {"aurora_serverless.capacity_share": np.array([[0.75]])},
    )
    assert platform("aurora_serverless").sizing(stated)["acu"][0].tolist() == pytest.approx([1, 2 * 8 * 0.75])
    least = Workloads({"acu": [0.5, 1], "instances": [1, 1]})
    assert platform("aurora_serverless").sizing(least)["acu"][0].tolist() == [0.5, 1]


def test_capacity_units_are_asked_for_where_one_group_of_several_has_none():
    with pytest.raises(InputError, match="needs acu, or an instance_class"):
        platform("aurora_serverless").sizing(Workloads({"acu": [1, 0], "instances": [2, 2]}))


def test_cosmos_bills_further_kilobytes_of_an_item():
    # 2 KB beyond the first: 500 reads x (1 + 2 x 0.07) + 200 writes x (5 + 2 x 0.35) = 1,710 a second
    texts = {"capacity": ("provisioned", "provisioned")}
    usage = platform("cosmosdb").sizing(Workloads({"item_bytes": [512, 3072], "reads_per_second": [400, 500]}, texts))
    assert usage["ru_per_second"][0].tolist() == pytest.approx([800 * 1.5, 1710 * 1.5])


@cache
def region(name):
    """Where a platform has all prices of a workload: in us-east-1 if anywhere."""
    for place in ("us-east-1", *regions(name)):
        try:
            cost(name, Workloads(texts={"region": (place, place)}))
        except UnknownPrice:
            continue
        return place
    raise AssertionError(f"no Region has all prices of {name}")


def somewhere(name, **changes):
    """A demand in a Region that has the platform's prices."""
    return Workloads(texts={"region": (region(name), region(name))}, **changes)


@pytest.mark.parametrize("name", BY_REQUEST)
def test_many_draws_are_the_single_draws(name):
    rng = np.random.default_rng(3)
    draws = {path: value * rng.uniform(0.8, 1.0, (200, 1)) for path, value in ASSUMPTIONS.items()}
    many = cost(name, somewhere(name, draws=draws))
    rests_on_none = name == "elasticache_serverless"
    assert many.shape == (1 if rests_on_none else 200, 2)
    many = np.broadcast_to(many, (200, 2))
    for number in (0, 99, 199):
        one = {path: values[number : number + 1] for path, values in draws.items()}
        assert many[number] == pytest.approx(cost(name, somewhere(name, draws=one))[0], rel=1e-3)


@pytest.mark.parametrize("name", BY_REQUEST)
@pytest.mark.parametrize("quantity", ["reads_per_second", "writes_per_second", "storage_gb", "item_bytes"])
def test_more_work_costs_more(name, quantity):
    before = somewhere(name)
    more = somewhere(name, numbers={quantity: (before.number(quantity)[0] * 2).tolist()})
    assert np.all(cost(name, more) >= cost(name, before))


@pytest.mark.parametrize("name", BY_REQUEST)
def test_a_cluster_without_work_costs_nothing(name):
    nothing = {field: [0, 0] for field in ("storage_gb", "backup_gb", "reads_per_second", "writes_per_second")}
    assert np.all(cost(name, somewhere(name, numbers=nothing)) == 0)


def test_a_group_in_the_united_states_has_microsofts_price_for_that_country():
    american = Workloads(texts={"region": ("us-east-1", "us-west-2")})
    assert platform("cosmosdb").sizing(american)["region"].tolist() == ["us", "us"]
    elsewhere = Workloads(texts={"region": ("eu-west-1", "us-gov-west-1")})
    assert platform("cosmosdb").sizing(elsewhere)["region"].tolist() == ["eu-west-1", "us-gov-west-1"]


# ---- What options state of DynamoDB ----------------------------------------------------------------------------------


def dynamodb_lines(**option) -> dict[str, float]:
    """USD of the first month of one cluster of 100 writes a second of exactly 1,000 bytes, by bill item and line."""
    stated = scenario(
        months=1,
        fleet={"one": group(clusters=1, engine="dynamodb", platform="dynamodb", version=None, storage_gb=100,
                            workload={"reads_per_second": 0, "writes_per_second": 100, "item_bytes": 10_000})},
        options={"plain": {"platform": "dynamodb"}, "stated": {"platform": "dynamodb"} | option},
        reference="plain",
        assumptions={
            "dynamodb.item_size_spread": 0, "dynamodb.transactional_share": 0, "dynamodb.index_writes_per_write": 1,
        },
    )  # fmt: skip
    table = tco.evaluate(tco.load_scenario(stated)).table()
    chosen = table[(table["option"] == "stated") & (table["category"] == "infrastructure")]
    return chosen.groupby("line")["cost"].sum().to_dict()


MONTH = 730 * 3600 * 100 / 1e6  # million writes


def test_an_index_entry_is_as_large_as_what_is_projected() -> None:
    # 10,000 bytes are 10 units; an entry of keys only is one
    assert dynamodb_lines()["requests or capacity"] == pytest.approx(MONTH * 20 * 0.625)
    assert dynamodb_lines(index_item_bytes=100)["requests or capacity"] == pytest.approx(MONTH * 11 * 0.625)
    none = dynamodb_lines(index_writes_per_write=0)
    assert none["requests or capacity"] == pytest.approx(MONTH * 10 * 0.625)


def test_replicas_take_every_write_what_expires_and_traffic() -> None:
    option = {"replica_regions": ["us-west-2"], "index_item_bytes": 100, "ttl_deletes_per_write": 0.5}
    lines = dynamodb_lines(**option)
    # here 10 replicated units and an index entry; there the same and half as many deletes; all at 0.625 a million
    assert lines["requests or capacity"] == pytest.approx(MONTH * 11 * 0.625)
    stored = 100 * 0.25 * baseline()["rds.storage_fill"].mean * baseline()["dynamodb.size_factor"].mean
    assert lines["replicas"] == pytest.approx(MONTH * (11 + 5) * 0.625 + stored)
    assert lines["data transfer"] == pytest.approx(MONTH * 1e6 * 10_000 / 2**30 * 0.02)


def test_streams_and_caches_are_billed_as_stated() -> None:
    lines = dynamodb_lines(stream_reads_per_write=0.1, dax_node_type="dax.r5.large", dax_nodes=3)
    plain = dynamodb_lines()
    # stream reads at 0.20 a million; a node at 0.255 an hour
    assert lines["requests or capacity"] - plain["requests or capacity"] == pytest.approx(MONTH * 0.1 * 0.2)
    assert lines["compute"] == pytest.approx(3 * 0.255 * 730)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dax_nodes": 3}, "dax_node_type"),
        ({"dax_node_type": "dax.r5.large"}, "a DAX cluster needs its dax_nodes"),
        ({"replica_regions": ["us-east-1"]}, "own Region"),
        ({"replica_regions": ["mars"]}, "'mars'"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        dynamodb_lines(**wrong)
