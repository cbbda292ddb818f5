"""Hours go by node where the team works node by node, minutes by how a cluster goes on without one of its instances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tco
from tco.evaluation.ledger import Ledger

NODES = (3, 24, 96, 300)
BY_NODE = (
    "OS and security patches",
    "minor upgrades",
    "major upgrades",
    "capacity changes",
    "hardware failure",
    "on-call",
)
KEYSPACES = {"platform": "keyspaces", "capacity": "provisioned"}


def ledger(nodes: int = 3, clusters: int = 1, engine: str = "cassandra", version: str = "4.1", **own: Any) -> Ledger:
    """Clusters on own servers over five years, with work that is done for one cluster alone at 0."""
    group = {"clusters": clusters, "instances": nodes, "engine": engine, "version": version, "region": "us-east-1",
             "instance_class": "r6g.large", "storage_gb": 1200, **own}  # fmt: skip
    options = {"stay": {"platform": "ec2", "method": "rolling"}, "other": {"platform": "ec2"}}
    raw = {"name": "nodes", "start": "2027-01", "months": 60, "prices_as_of": "2026-11-01", "fleet": {"ring": group}}
    return tco.evaluate(tco.load_scenario({**raw, "options": options, "reference": "stay"}))


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """Labour hours by line, one row for each number of nodes."""
    totals = [ledger(nodes).total(["option", "line"], "labour hour")["stay"].iloc[0] for nodes in NODES]
    return pd.DataFrame(totals, index=list(NODES))


@pytest.mark.parametrize("line", BY_NODE)
def test_work_on_own_servers_goes_by_node(hours: pd.DataFrame, line: str) -> None:
    """Each further node adds the same."""
    slopes = hours[line].diff().dropna() / pd.Series(NODES, index=NODES).diff().dropna()
    assert (slopes > 0).all()
    assert slopes.tolist() == pytest.approx([slopes.iloc[0]] * 3)


def test_what_is_done_once_a_cluster_does_not(hours: pd.DataFrame) -> None:
    once = hours.drop(columns=list(BY_NODE))
    assert once.to_numpy() == pytest.approx(np.tile(once.iloc[0], (len(once), 1)), rel=1e-12)
    assert once["routine administration"].iloc[0] > 0


def test_rings_of_a_large_fleet_take_the_hours_that_are_published() -> None:
    """Netflix, 2012: three people ran 41 Cassandra clusters of 15 nodes, 11.7 hours a cluster and month in all."""
    work = ledger(15, clusters=41).total(["option", "role"], "labour hour").iloc[0]["stay"] / 41 / 60
    assert 0.7 * 11.7 < work["database engineer"] + work["on-call engineer"] < 1.3 * 11.7


@pytest.mark.parametrize(("engine", "version"), [("cassandra", "4.1"), ("elasticsearch", "8")])
def test_a_ring_has_no_planned_downtime(engine: str, version: str) -> None:
    for nodes in (3, 300):
        minutes = ledger(nodes, engine=engine, version=version).total(["option", "line"], "downtime minute").iloc[0]
        assert minutes["stay", "planned downtime"] == 0
        assert minutes["stay", "unplanned local downtime"] > 0


def test_a_set_has_one_fail_over_a_step_whatever_its_size() -> None:
    """Steps, patches, minor upgrades and resizes interrupt at the primary; more secondaries add none."""
    small, large = (ledger(nodes, engine="mongodb", version="7.0").total("line", "downtime minute") for nodes in (3, 7))
    assert small["planned downtime"].item() == large["planned downtime"].item() > 0


TAKES_OVER = {
    "downtime.single_az_recovery_minutes": 1000,
    "downtime.failover_seconds": 60 * 100,
    "downtime.cluster_failover_seconds": 60 * 10,
    "downtime.self_managed_failover_minutes": 1,
}
NODE, SERVER, CACHE = "db.r6g.large", "r6g.large", "cache.r6g.large"


@pytest.mark.parametrize(
    ("platform", "engine", "version", "node", "chosen", "minutes"),
    [
        ("rds", "mysql", "8.4", NODE, {}, 1000),
        ("rds", "mysql", "8.4", NODE, {"instances": 2}, 1000),
        ("rds", "mysql", "8.4", NODE, {"deployment": "multi_az"}, 100),
        ("aurora", "mysql", "3", NODE, {}, 1000),
        ("aurora", "mysql", "3", NODE, {"deployment": "multi_az"}, 10),
        ("aurora", "mysql", "3", NODE, {"instances": 2}, 10),
        ("elasticache", "valkey", "8.0", CACHE, {"deployment": "multi_az"}, 10),
        ("elasticache", "memcached", "1.6", CACHE, {"instances": 2}, 1000),
        ("elasticache", "memcached", "1.6", CACHE, {"deployment": "multi_az"}, 1000),
        ("elasticache_serverless", "memcached", "1.6", None, {}, 10),
        ("elasticache_serverless", "valkey", "8.0", None, {}, 10),
        ("ec2", "memcached", "1.6", SERVER, {"deployment": "multi_az"}, 1000),
        ("ec2", "mysql", "8.4", SERVER, {}, 1000),
        ("ec2", "mysql", "8.4", SERVER, {"deployment": "multi_az"}, 1),
        ("ec2", "mongodb", "8.0", SERVER, {"instances": 3}, 1),
        ("ec2", "cassandra", "5.0", SERVER, {"instances": 1}, 1000),
        ("ec2", "cassandra", "5.0", SERVER, {"instances": 3}, 0),
        ("opensearch", "opensearch", "2.19", "r6g.large.search", {"deployment": "multi_az"}, 0),
    ],
)  # fmt: skip
def test_a_failure_lasts_until_something_takes_over(
    platform: str, engine: str, version: str, node: str | None, chosen: dict[str, Any], minutes: float
) -> None:
    """Readers of RDS do not replace a lost primary, those of Aurora do; nothing has a copy of a node of Memcached."""
    group = {"clusters": 1, "engine": engine, "version": version, "platform": platform, "region": "us-east-1",
             "instance_class": node, "storage_gb": 100,
             "workload": {"reads_per_second": 1, "writes_per_second": 1, "item_bytes": 1000}}  # fmt: skip
    options = {"stay": {"platform": platform, **chosen}, "other": {"platform": platform}}
    raw = {"name": "one", "start": "2027-01", "months": 12, "prices_as_of": "2026-11-01", "reference": "stay",
           "fleet": {"one": group}, "options": options}  # fmt: skip
    family = "self_managed" if platform == "ec2" else "managed"
    values = {**TAKES_OVER, f"downtime.unplanned_failures_{family}": 1, "downtime.ring_failure_share": 0}
    by_phase = tco.evaluate(tco.load_scenario(raw, set=values)).total(["option", "phase"], "downtime minute").iloc[0]
    assert by_phase["stay", "failure: database"] == pytest.approx(minutes)


def test_a_serverless_cache_is_the_same_whatever_nodes_it_had() -> None:
    cache = {"clusters": 4, "engine": "valkey", "version": "8.0", "platform": "elasticache", "region": "us-east-1",
             "instance_class": CACHE, "storage_gb": 10,
             "workload": {"reads_per_second": 1, "writes_per_second": 1, "item_bytes": 1000}}  # fmt: skip
    options = {"stay": {"platform": "elasticache"}, "serverless": {"platform": "elasticache_serverless"}}
    raw = {"name": "caches", "start": "2027-01", "months": 12, "prices_as_of": "2026-11-01", "options": options,
           "reference": "stay"}  # fmt: skip
    values = {"transition.start_lag_months": 0, "labour.migration_team": 1e6}
    for unit in ("downtime minute", "labour hour"):
        one, three = (
            tco.evaluate(tco.load_scenario({**raw, "fleet": {"cache": {**cache, "instances": nodes}}}, set=values))
            .total(["option", "line"], unit)["serverless"]
            .iloc[0]
            for nodes in (1, 3)
        )
        pd.testing.assert_series_equal(one, three, atol=1e-6)
        assert one[["hardware failure", "capacity changes"]].tolist() == pytest.approx([0, 0], abs=1e-6)


def test_nothing_takes_over_for_a_node_of_memcached() -> None:
    one, four = (
        ledger(nodes, engine="memcached", version="1.6", copies=1).total(["option", "phase"], "downtime minute")[
            "other"
        ]
        for nodes in (1, 4)
    )
    pd.testing.assert_frame_equal(one, four)


def test_twice_the_clusters_are_twice_what_goes_by_cluster() -> None:
    one, two = (ledger(24, clusters).total(["option", "line"], "labour hour")["stay"].iloc[0] for clusters in (1, 2))
    for line in ("OS and security patches", "capacity changes", "hardware failure"):
        assert two[line] == pytest.approx(2 * one[line])
    assert one["major upgrades"] < two["major upgrades"] < 2 * one["major upgrades"]


def test_hours_of_nodes_go_to_the_group_that_has_them() -> None:
    group = {"clusters": 1, "engine": "cassandra", "version": "4.1", "region": "us-east-1", "storage_gb": 100,
             "instance_class": "r6g.large"}  # fmt: skip
    fleet = {"small": {**group, "instances": 3}, "large": {**group, "instances": 24}}
    options = {"stay": {"platform": "ec2", "method": "rolling"}, "other": {"platform": "ec2"}}
    raw = {"name": "two", "start": "2027-01", "months": 60, "prices_as_of": "2026-11-01", "reference": "stay"}
    table = tco.evaluate(tco.load_scenario({**raw, "fleet": fleet, "options": options})).table()
    rows = table[(table["option"] == "stay") & (table["phase"] == "further nodes")].groupby("group")["quantity"].sum()
    assert rows["large"] == pytest.approx(rows["small"] * 23 / 2)
