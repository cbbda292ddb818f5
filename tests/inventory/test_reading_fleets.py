"""`tco.read_fleet`: the same fleet from every source, and what each kind of resource becomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import small_fleets as fleets

import tco
from tco import resources
from tco.analysis.capacity import overloads
from tco.inventory import sheets
from tco.inventory.fleet import Fleet

TODAY = date(2026, 11, 28)


@pytest.fixture
def reads(tmp_path: Path) -> Callable[..., Fleet]:
    """Reads documents, each from a file of its own."""

    def read(*documents: Any, by: Any = "group", **choices: Any) -> Fleet:
        paths = [fleets.saved(tmp_path, f"{number}.json", document) for number, document in enumerate(documents)]
        return tco.read_fleet(paths, by, today=TODAY, **choices)

    return read


def outcomes(fleet: Fleet) -> dict[str, str]:
    return dict(zip(fleet.coverage["resource"], fleet.coverage["outcome"], strict=True))


def reason(fleet: Fleet, resource: str) -> str:
    return str(fleet.coverage.set_index("resource")["reason"][resource])


def billed_gb(fleet: Fleet) -> float:
    """GB of storage that the fleet is billed for in the first month as it stands."""
    table = tco.evaluate(tco.load_scenario(fleet)).table()
    first = table[(table["option"] == "stay") & (table["line"] == "storage") & (table["unit"] == "GB-month")]
    return float(first.loc[first["period"] == first["period"].min(), "quantity"].sum())


def test_the_same_fleet_from_four_sources_is_the_same_scenario(tmp_path: Path) -> None:
    sources = (fleets.as_answers, fleets.as_config, fleets.as_terraform, fleets.as_csv)
    read = [tco.read_fleet(source(tmp_path), today=TODAY) for source in sources]
    assert read[0]["fleet"] == {
        "rds_mysql_8_0_production": {
            "clusters": 2, "engine": "mysql", "version": "8.0", "region": "eu-west-1", "environment": "production",
            "instance_class": "db.r6g.large", "storage_gb": 200.0,
        },
        "aurora_mysql_3_production": {
            "clusters": 1, "instances": 2, "engine": "mysql", "version": "3", "region": "eu-west-1",
            "environment": "production", "instance_class": "db.r6g.large", "storage_gb": 10.0,
            "assumptions": {"rds.storage_fill": 1.0},
        },
    }  # fmt: skip
    assert read[0]["options"]["stay"]["groups"]["rds_mysql_8_0_production"]["deployment"] == "multi_az"
    for other in read[1:]:
        assert other == read[0]
    assert tco.load_scenario(read[0]).fleet_size == 3


def test_excel_reads_as_its_csv(tmp_path: Path) -> None:
    (path,) = fleets.as_csv(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["A fleet"])
    for line in path.read_text("utf-8").splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.save(tmp_path / "fleet.xlsx")
    assert tco.read_fleet(tmp_path / "fleet.xlsx", today=TODAY) == tco.read_fleet(path, today=TODAY)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_as_spreadsheet_programs_save_it(tmp_path: Path, encoding: str, separator: str) -> None:
    (path,) = fleets.as_csv(tmp_path)
    plain = tco.read_fleet(path, today=TODAY)
    text = path.read_text("utf-8").replace(",", separator).replace("\n", "\r\n")
    path.write_bytes(text.replace("storage_gb", "Storage GB").encode(encoding))
    assert tco.read_fleet(path, today=TODAY) == plain


def test_the_template_reads_back(tmp_path: Path) -> None:
    heading, example = sheets.template().splitlines()
    assert heading.startswith("identifier,engine,version,region")
    assert len(heading.split(",")) == len(example.split(","))
    fleet = tco.read_fleet(fleets.saved(tmp_path, "template.csv", sheets.template()))
    assert outcomes(fleet) == {"orders": "used"}
    assert tco.load_scenario(fleet)


def test_the_page_on_imports_lists_the_columns_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
    assert not [name for name, (meaning, _) in sheets.COLUMNS.items() if f"| `{name}` | {meaning} |" not in page]


def test_answers_appended_to_one_file_and_lists_without_a_name_are_read(reads: Callable[..., Fleet]) -> None:
    """A loop over Regions appends documents; `--query DBInstances` leaves the bare list."""
    appended = "\n".join(json.dumps({"DBInstances": [fleets.instance(name)]}) for name in ("a", "b"))
    assert outcomes(reads(appended, [fleets.instance("c")], fleets.instance("d"))) == dict.fromkeys("abcd", "used")


def test_members_nodes_and_repeated_files_are_counted_once(reads: Callable[..., Fleet]) -> None:
    clusters = {"DBClusters": [fleets.cluster("shop", ["shop-1", "shop-2"])]}
    instances = {"DBInstances": [fleets.member("shop-1", "shop"), fleets.member("shop-2", "shop")]}
    nodes = [fleets.node(f"cart-{number}", "cart") for number in (1, 2, 3)]
    caches = {"ReplicationGroups": [fleets.replication_group("cart", ["cart-1", "cart-2", "cart-3"])]}
    fleet = reads(instances, clusters, clusters, {"CacheClusters": nodes}, caches)
    assert [group["clusters"] for group in fleet["fleet"].values()] == [1, 1]
    assert sorted(group["instances"] for group in fleet["fleet"].values()) == [2, 3]
    counts = fleet.coverage["outcome"].value_counts()
    assert dict(counts) == {"merged": 6, "used": 2}
    into = fleet.coverage.set_index(["source", "resource"])["into"]
    assert set(into[into.index.get_level_values("resource") == "cart-2"]) == {"cart"}


def test_shards_of_a_replication_group_hold_copies_of_parts(reads: Callable[..., Fleet]) -> None:
    """Three shards of two nodes: six nodes, two copies of the data."""
    names = [f"cart-{shard}-{node}" for shard in (1, 2, 3) for node in (1, 2)]
    placed = {"PreferredAvailabilityZone": "eu-west-1a"}
    shards = [{"NodeGroupMembers": [placed, placed]} for _ in range(3)]
    group = fleets.replication_group("cart", names, NodeGroups=shards)
    fleet = reads({"ReplicationGroups": [group]}, {"CacheClusters": [fleets.node(name, "cart") for name in names]})
    (found,) = fleet["fleet"].values()
    assert (found["instances"], found["copies"]) == (6, 2)
    assert tco.load_scenario(fleet)


def test_a_cluster_without_its_members_names_the_missing_answer(reads: Callable[..., Fleet]) -> None:
    fleet = reads({"DBClusters": [fleets.cluster("shop", ["shop-1"])]})
    assert fleet["fleet"] == {}
    assert "describe-db-instances" in reason(fleet, "shop")
    alone = reads({"DBInstances": [fleets.member("shop-1", "shop"), fleets.member("shop-2", "shop")]})
    assert outcomes(alone) == {"shop-1": "used", "shop-2": "merged"}
    assert next(iter(alone["fleet"].values()))["instances"] == 2


def test_the_size_of_an_aurora_volume_is_not_the_one_gigabyte_of_the_answer(reads: Callable[..., Fleet]) -> None:
    fleet = reads({"DBInstances": [fleets.member("shop-1", "shop")]})
    assert "storage is not known: 10 GB" in reason(fleet, "shop-1")
    assert next(iter(fleet["fleet"].values()))["storage_gb"] == 10


def test_serverless_v2_has_capacity_units_and_v1_no_members(reads: Callable[..., Fleet]) -> None:
    second = fleets.cluster("v2", ["v2-1"], ServerlessV2ScalingConfiguration={"MinCapacity": 1.5, "MaxCapacity": 16})
    postgresql = {"Engine": "aurora-postgresql", "EngineVersion": "13.12"}
    limits = {"MinCapacity": 4, "MaxCapacity": 8}
    paused = {"Capacity": 0, "ScalingConfigurationInfo": limits}
    first = fleets.cluster("v1", [], EngineMode="serverless", **paused, **postgresql)
    fleet = reads(
        {"DBClusters": [second, first]},
        {"DBInstances": [fleets.member("v2-1", "v2", DBInstanceClass="db.serverless")]},
    )
    assert outcomes(fleet) == {"v2": "used", "v1": "used", "v2-1": "merged"}
    options = tco.load_scenario(fleet)
    acu = {fleet["fleet"][name]["engine"]: options.settings("stay", name).acu for name in fleet["fleet"]}
    assert acu == {"mysql": 1.5, "postgresql": 4}
    assert "Serverless v1" in reason(fleet, "v1")
    platforms = {fleet["fleet"][name]["engine"]: options.settings("stay", name).platform for name in fleet["fleet"]}
    assert platforms == {"mysql": "aurora_serverless", "postgresql": "aurora_serverless_v1"}


def test_serverless_v1_pays_its_price_until_aws_moves_it(reads: Callable[..., Fleet]) -> None:
    """4 units x 730 h x 0.06 USD a month until 2025-03-31, as Aurora MySQL 2; then it is v2 with version 3."""
    first = fleets.cluster("v1", [], EngineMode="serverless", Capacity=4, EngineVersion="5.7.mysql_aurora.2.08.3")
    first["DBClusterArn"] = "arn:aws:rds:us-east-1:111122223333:cluster:v1"
    first["AvailabilityZones"] = ["us-east-1a"]
    fleet = reads({"DBClusters": [first]})
    ((name, group),) = fleet["fleet"].items()
    assert (group["engine"], group["version"], group["region"]) == ("mysql", "2", "us-east-1")
    then = tco.load_scenario({**fleet, "start": "2025-01", "months": 6})
    rows = tco.evaluate(then).table()
    billed = rows[(rows["option"] == "stay") & rows["line"].str.contains("capacity")].groupby("period")["cost"].sum()
    assert billed["2025-01"] == pytest.approx(4 * 730 * 0.06)
    assert billed["2025-06"] != billed["2025-01"]
    (moved,) = tco.calendar(then).query("option == 'stay'").itertuples()
    assert (f"{moved.date:%Y-%m-%d}", moved.group, moved.to_version) == ("2025-03-31", name, "aurora_mysql 3")


@pytest.mark.parametrize("instance_class", ["db.serverless", ""])
def test_a_row_with_capacity_units_in_place_of_a_class_is_serverless(tmp_path: Path, instance_class: str) -> None:
    columns = (
        f"identifier,engine,version,region,instance_class,acu\njobs,aurora-mysql,8.0,eu-west-1,{instance_class},1.5"
    )
    fleet = tco.read_fleet(fleets.saved(tmp_path, "fleet.csv", columns), today=TODAY)
    assert {**fleet["options"]["stay"], "policy": "", "method": ""} == {
        "platform": "aurora_serverless", "acu": 1.5, "policy": "", "method": "",
    }  # fmt: skip


def test_one_cluster_may_mix_classes_and_says_so(reads: Callable[..., Fleet]) -> None:
    members = [fleets.member("shop-1", "shop"), fleets.member("shop-2", "shop", DBInstanceClass="db.serverless")]
    fleet = reads({"DBClusters": [fleets.cluster("shop", ["shop-1", "shop-2"])]}, {"DBInstances": members})
    (group,) = fleet["fleet"].values()
    assert (group["instance_class"], group["instances"]) == ("db.r6g.large", 2)
    assert "db.serverless" in reason(fleet, "shop")


def test_a_multi_az_cluster_is_one_billed_instance(reads: Callable[..., Fleet]) -> None:
    """Its price covers three nodes, which appear again as instances."""
    postgresql = {"Engine": "postgres", "EngineVersion": "16.3", "AllocatedStorage": 100}
    zonal = fleets.cluster("zonal", ["n1", "n2", "n3"], DBClusterInstanceClass="db.m6gd.large", StorageType="io1",
                           Iops=1000, **postgresql)  # fmt: skip
    nodes = [fleets.instance(f"n{number}", "postgres", "16.3", DBClusterIdentifier="zonal",
                             DBInstanceClass="db.m6gd.large") for number in (1, 2, 3)]  # fmt: skip
    fleet = reads({"DBClusters": [zonal]}, {"DBInstances": nodes})
    assert outcomes(fleet)["n3"] == "merged"
    assert fleet["options"]["stay"]["deployment"] == "multi_az_cluster"
    assert "instances" not in next(iter(fleet["fleet"].values()))


def test_a_read_replica_that_is_alike_is_a_further_instance(reads: Callable[..., Fleet]) -> None:
    source = fleets.instance("orders")
    alike = fleets.instance("copy", ReadReplicaSourceDBInstanceIdentifier="orders", MultiAZ=False)
    larger = fleets.instance("big", ReadReplicaSourceDBInstanceIdentifier="orders", DBInstanceClass="db.r6g.xlarge")
    away = fleets.instance(
        "away", ReadReplicaSourceDBInstanceIdentifier=source["DBInstanceArn"], AvailabilityZone="us-east-1a",
        DBInstanceArn="arn:aws:rds:us-east-1:111122223333:db:away",
    )  # fmt: skip
    fleet = reads({"DBInstances": [source, alike, larger, away]}, by="cluster")
    assert outcomes(fleet) == {"orders": "used", "copy": "merged", "big": "used", "away": "used"}
    assert fleet["fleet"]["orders"]["instances"] == 2
    assert fleet["fleet"]["away"]["region"] == "us-east-1"
    settings = tco.load_scenario(fleet).settings("stay", "orders")
    assert (settings.deployment, settings.reader_deployment) == ("multi_az", "single_az")
    assert "read replica of orders" in reason(fleet, "away")


def test_the_region_of_an_arn_goes_before_that_of_a_zone(reads: Callable[..., Fleet]) -> None:
    groups, nodes = [], []
    for region in ("eu-west-1", "us-east-1"):
        arn = f"arn:aws:elasticache:{region}:{fleets.ACCOUNT}"
        groups.append({"ReplicationGroups": [fleets.replication_group("s", ["s-1"], ARN=f"{arn}:replicationgroup:s")]})
        nodes.append({"CacheClusters": [fleets.node("s-1", "s", ARN=f"{arn}:cluster:s-1")]})
    fleet = reads(*groups, *nodes)
    assert list(fleet.coverage["outcome"]) == ["used", "used", "merged", "merged"]
    assert sorted(group["region"] for group in fleet["fleet"].values()) == ["eu-west-1", "us-east-1"]


@pytest.mark.parametrize("anonymise", [False, True])
def test_accounts_with_the_same_names_stay_apart(reads: Callable[..., Fleet], anonymise: bool) -> None:
    """A cluster of 2, an instance with a replica and a global cluster, and in another account of a larger class 3."""

    def account(number: str, instance_class: str, size: int) -> list[dict[str, Any]]:
        names = [f"shop-{place}" for place in range(size)]
        orders = fleets.instance("orders"), fleets.instance("copy", ReadReplicaSourceDBInstanceIdentifier="orders")
        instances = [{**one, "DBInstanceClass": instance_class} for one in
                     (*(fleets.member(name, "shop") for name in names), *orders)]  # fmt: skip
        arn = f"arn:aws:rds:{fleets.REGION}:{fleets.ACCOUNT}:cluster:shop"
        world = {"GlobalClusterIdentifier": "w", "GlobalClusterArn": f"arn:aws:rds::{fleets.ACCOUNT}:global-cluster:w",
                 "GlobalClusterMembers": [{"DBClusterArn": arn, "IsWriter": True}]}  # fmt: skip
        answers = [
            {"DBInstances": instances},
            {"DBClusters": [fleets.cluster("shop", names)]},
            {"GlobalClusters": [world]},
        ]
        return [json.loads(json.dumps(one).replace(fleets.ACCOUNT, number)) for one in answers]

    one, other = account("111122223333", "db.r6g.large", 2), account("444455556666", "db.r6g.xlarge", 3)
    for answers in ([*one, *other], [*other[::-1], *one[::-1]], [one[0], other[0], other[2], one[1], one[2], other[1]]):
        fleet = reads(*answers, anonymise=anonymise)
        assert fleet.coverage["outcome"].value_counts().to_dict() == {"merged": 9, "used": 4}
        found = sorted((one["instance_class"], one.get("instances", 1)) for one in fleet["fleet"].values())
        assert found == [("db.r6g.large", 2), ("db.r6g.large", 2), ("db.r6g.xlarge", 2), ("db.r6g.xlarge", 3)]


def test_a_global_cluster_is_merged_into_its_writer(reads: Callable[..., Fleet]) -> None:
    here = fleets.cluster("here", ["h1"])
    members = [{"DBClusterArn": here["DBClusterArn"], "IsWriter": True},
               {"DBClusterArn": "arn:aws:rds:us-east-1:111122223333:cluster:there", "IsWriter": False}]  # fmt: skip
    whole = {"GlobalClusterIdentifier": "world", "Engine": "aurora-mysql", "GlobalClusterMembers": members}
    fleet = reads({"GlobalClusters": [whole]}, {"DBClusters": [here]}, {"DBInstances": [fleets.member("h1", "here")]})
    assert outcomes(fleet) == {"world": "merged", "here": "used", "h1": "merged"}
    assert "upgraded together" in reason(fleet, "here")
    alone = reads({"GlobalClusters": [whole]})
    assert "eu-west-1, us-east-1" in reason(alone, "world")


def test_clusters_of_a_plan_name_their_global_cluster(reads: Callable[..., Fleet]) -> None:
    """Before `apply` a global cluster knows no members: its clusters refer to it, or name it."""
    aurora = {"engine": "aurora-postgresql", "engine_version": "16.4", "arn": None}
    resources = [
        {"address": "aws_rds_global_cluster.world", "type": "aws_rds_global_cluster",
         "values": {**aurora, "global_cluster_identifier": "world"}},
        *[{"address": f"aws_rds_cluster.{name}", "type": "aws_rds_cluster",
           "values": {**aurora, "cluster_identifier": name, **named}}
          for name, named in (("here", {}), ("there", {"global_cluster_identifier": "world"}), ("apart", {}))],
        *[{"address": f"aws_rds_cluster_instance.{name}", "type": "aws_rds_cluster_instance",
           "values": {**aurora, "identifier": f"{name}-1", "cluster_identifier": name,
                      "instance_class": "db.r6g.large"}} for name in ("here", "there", "apart")],
    ]  # fmt: skip
    expression = {"global_cluster_identifier": {"references": ["aws_rds_global_cluster.world.id"]}}
    configured = [{"address": "aws_rds_cluster.here", "expressions": expression}]
    plan = {
        "format_version": "1.2", "planned_values": {"root_module": {"resources": resources}},
        "configuration": {"root_module": {"resources": configured}},
    }  # fmt: skip
    fleet = reads(plan, by="cluster", region="us-east-1")
    assert {name: outcome for name, outcome in outcomes(fleet).items() if "-" not in name} == {
        "world": "merged", "here": "used", "there": "used", "apart": "used",
    }  # fmt: skip
    assert ["part of global cluster world" in reason(fleet, name) for name in ("here", "there", "apart")] == [
        True, True, False,
    ]  # fmt: skip


def test_nodes_of_memorydb_are_those_of_its_shards(reads: Callable[..., Fleet]) -> None:
    """Two shards of three nodes. Without `--show-shard-details` no answer tells the replicas, which is said."""
    told = {"Name": "told", "Status": "available", "NumberOfShards": 2, "NodeType": "db.r6g.large", "Engine": "redis",
            "EngineVersion": "7.1", "ARN": f"arn:aws:memorydb:eu-west-1:{fleets.ACCOUNT}:cluster/told"}  # fmt: skip
    shards = [{"Name": f"000{number}", "NumberOfNodes": 3, "Nodes": [{}, {}, {}]} for number in (1, 2)]
    fleet = reads({"Clusters": [{**told, "Shards": shards}, {**told, "Name": "bare"}]}, by="cluster")
    assert (fleet["fleet"]["told"]["instances"], fleet["fleet"]["told"]["copies"]) == (6, 3)
    assert fleet["fleet"]["bare"]["instances"] == 2
    assert "--show-shard-details" in reason(fleet, "bare")
    assert "shard" not in reason(fleet, "told")
    assert tco.load_scenario(fleet)


def test_a_domain_is_billed_for_the_volumes_and_masters_that_it_has(reads: Callable[..., Fleet]) -> None:
    """Three nodes of 100 GB at 0.122 USD; no dedicated master but where the answer shows some."""
    volume = {"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 100}
    nodes = {"InstanceType": "r6g.large.search", "InstanceCount": 3}
    masters = {"DedicatedMasterEnabled": True, "DedicatedMasterCount": 3, "DedicatedMasterType": "r6g.large.search"}
    domains = [
        {"DomainName": name, "EngineVersion": "OpenSearch_2.11", "ClusterConfig": {**nodes, **further},
         "EBSOptions": volume, "ARN": f"arn:aws:es:us-east-1:{fleets.ACCOUNT}:domain/{name}"}
        for name, further in (("plain", {"DedicatedMasterEnabled": False}), ("led", masters))
    ]  # fmt: skip
    fleet = reads({"DomainStatusList": domains}, by="cluster")
    rows = tco.evaluate(tco.load_scenario(fleet)).table()
    month = rows[(rows["option"] == "stay") & (rows["period"] == fleet["start"])]
    costs = month.groupby(["group", "line"])["cost"].sum()
    assert costs["plain", "storage"] == pytest.approx(300 * 0.122)
    node = costs["plain", "compute"]
    assert costs["plain", "replicas"] == pytest.approx(2 * node)
    assert costs["led", "compute"] == pytest.approx(4 * node)


def test_a_disabled_lifecycle_support_is_not_enrolled(reads: Callable[..., Fleet]) -> None:
    lifecycle = {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}
    fleet = reads({"DBInstances": [fleets.instance("orders", **lifecycle)]})
    (group,) = tco.load_scenario(fleet).fleet.values()
    assert group.extended_support is False


def test_what_an_upgrade_meets_is_noted(reads: Callable[..., Fleet]) -> None:
    custom = {"DBParameterGroups": [{"DBParameterGroupName": "orders-tuned"}], "BackupRetentionPeriod": 0}
    fleet = reads({"DBInstances": [fleets.instance("orders", **custom)]})
    assert "custom parameter group" in reason(fleet, "orders")
    assert "backups are off" in reason(fleet, "orders")


@pytest.mark.parametrize(
    ("engine", "version", "platform", "expected"),
    [
        ("aurora", "5.6.10a", "aurora", ("mysql", "1")),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.2", "aurora", ("mysql", "2")),
        ("aurora-mysql", "8.0.mysql_aurora.3.05.2", "aurora", ("mysql", "3")),
        ("aurora-mysql", "8.0", "aurora", ("mysql", "3")),
        ("aurora-postgresql", "15.4", "aurora", ("postgresql", "15")),
        ("postgres", "16.3", "rds", ("postgresql", "16")),
        ("mariadb", "10.11.6", "rds", ("mariadb", "10.11")),
    ],
)
def test_engines_and_versions_as_aws_writes_them(
    tmp_path: Path, engine: str, version: str, platform: str, expected: tuple[str, str]
) -> None:
    row = f"a,{engine},{version},us-east-1,db.r6g.large,1,,100,,,production"
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", f"{fleets.CSV_HEADING}\n{row}"), today=TODAY)
    if not fleet["fleet"]:  # a version that the facts no longer price on the day says so
        assert version.startswith("5.6")
        return
    (group,) = fleet["fleet"].values()
    assert (group["engine"], group["version"]) == expected
    assert fleet["options"]["stay"]["platform"] == platform


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Engine": "oracle-xx"}, "oracle-xx"),
        ({"Engine": "db2-ae", "EngineVersion": "11.5"}, "db2-ae"),
        ({"EngineVersion": "5.1.73b"}, "5.1.73b"),
        ({"DBInstanceClass": "db.x99.huge"}, "db.x99.huge"),
        ({"DBInstanceClass": None}, "instance_class"),
        ({"AllocatedStorage": "plenty"}, "AllocatedStorage is 'plenty'"),
        ({"AllocatedStorage": None}, "storage_gb"),
        ({"DBInstanceStatus": "failed"}, "bills nothing"),
        ({"MultiAZ": "perhaps"}, "neither true nor false"),
        ({"Engine": None}, "no engine"),
        ({"DBInstanceIdentifier": None}, "no identifier"),
        ({"AvailabilityZone": None, "DBInstanceArn": None}, "--region"),
        ({"StorageType": "standard", "Iops": None}, "storage_type: "),
    ],
)
def test_a_refused_database_says_why_and_the_rest_is_used(
    reads: Callable[..., Fleet], changes: dict[str, Any], words: str
) -> None:
    fleet = reads({"DBInstances": [fleets.instance("odd", **changes), fleets.instance("good")]})
    assert list(fleet.coverage["outcome"]) == ["refused", "used"]
    assert words in fleet.coverage["reason"][0]
    assert tco.load_scenario(fleet).fleet_size == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("odd,mysql,8.0,eu-west-1,db.r6g.large,500,5,gp3", "the row has 8 cells and the heading 7"),
        ("odd,mysql,8.0,eu-west-1", "the row has 4 cells and the heading 7"),
        ("odd,mysql,8.0,eu-west-1,db.r6g.large,1_000,gp3", "storage_gb is '1_000', which is no number"),
        ('odd,mysql,8.0,eu-west-1,db.r6g.large,"500,5",gp3', "storage_gb is '500,5', which is no number"),
    ],
)
def test_a_row_whose_cells_are_not_those_of_the_heading_is_refused(tmp_path: Path, row: str, words: str) -> None:
    """A decimal comma, a file that was cut, digits in groups: the cells after it would be other columns'."""
    heading = "identifier,engine,version,region,instance_class,storage_gb,storage_type"
    good = "good,mysql,8.0,eu-west-1,db.r6g.large,500,gp3"
    (tmp_path / "fleet.csv").write_text(f"{heading}\n{good}\n{row}\n")
    fleet = tco.read_fleet(tmp_path / "fleet.csv", today=TODAY)
    assert dict(zip(fleet.coverage["resource"], fleet.coverage["outcome"], strict=True)) == {
        "good": "used",
        "odd": "refused",
    }
    assert any(words in reason for reason in fleet.coverage["reason"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "stoped"}, "status is 'stoped'; did you mean 'stopped'?"),
        ({"status": "#N/A"}, "status is '#n/a'; valid: a word of AWS"),
        ({"version": "05.07.2026"}, "version '05.07.2026' is a day"),
        ({"version": datetime(2026, 7, 5)}, "is a day, into which a spreadsheet makes 5.7"),  # noqa: DTZ001
        ({"engine": "elasticsearch", "version": 7.1}, "the number 7.1 in the sheet, which may have been 7.10"),
        ({"member_of": "shop"}, "its cluster shop is not in the files"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_cell_is_told(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Excel reads 5.7 as a day and 7.10 as 7.1, and keeps no cell of what was typed."""
    row = {"identifier": "odd", "engine": "mysql", "version": 5.7, "region": "eu-west-1", "storage_gb": 9}
    row |= {"instance_class": "db.r6g.large"} | changes
    book = openpyxl.Workbook()
    book.active.append([*row])
    book.active.append([*row.values()])
    book.save(tmp_path / "fleet.xlsx")
    assert words in tco.read_fleet(tmp_path / "fleet.xlsx", today=TODAY).coverage["reason"][0]


def test_a_formula_that_no_program_has_calculated_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["identifier", "engine", "instances"])
    book.active.append(["odd", "mysql", "=1+1"])
    book.save(tmp_path / "fleet.xlsx")
    with pytest.raises(tco.InputError, match=r"fleet\.xlsx: Sheet!C2 is a formula without its value"):
        tco.read_fleet(tmp_path / "fleet.xlsx", today=TODAY)


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_text("identifier\n")
    with pytest.raises(tco.InputError, match="today: is a day"):
        tco.read_fleet(tmp_path / "fleet.csv", today="2026-11-23")


def test_a_stopped_instance_pays_storage_only(reads: Callable[..., Fleet]) -> None:
    fleet = reads(
        {"DBInstances": [fleets.instance("off", DBInstanceStatus="stopped"), fleets.instance("on")]}, by="cluster"
    )
    rows = tco.evaluate(tco.load_scenario(fleet)).table()
    costs = rows[rows["option"] == "stay"].groupby(["group", "line"])["cost"].sum()
    assert costs["off", "compute"] == 0
    assert costs["on", "compute"] > 0
    assert costs["off", "storage"] == pytest.approx(costs["on", "storage"])
    assert ("off", "Extended Support") not in costs or costs["off", "Extended Support"] == 0
    assert "stopped" in reason(fleet, "off")
    amounts = rows[rows["option"] == "stay"].groupby(["group", "category", "line"])["quantity"].sum()
    for line in ("operations", "capacity changes"), ("downtime", "unplanned local downtime"), ("operations", "on-call"):
        assert ("off", *line) not in amounts or amounts["off", *line] < amounts["on", *line] / 2
    assert amounts["off", "version upkeep", "minor upgrades"] == amounts["on", "version upkeep", "minor upgrades"]


@pytest.mark.parametrize("engine", ["aurora-mysql", "aurora-postgresql", "docdb", "neptune"])
@pytest.mark.parametrize("volume", ["aurora", "aurora-iopt1"])
def test_a_stopped_cluster_pays_storage_only(reads: Callable[..., Fleet], engine: str, volume: str) -> None:
    version = {"aurora-mysql": "8.0.mysql_aurora.3.05.2", "aurora-postgresql": "16.4", "docdb": "5.0.0",
               "neptune": "1.3.1.0"}[engine]  # fmt: skip
    stated = {"Engine": engine, "EngineVersion": version}
    names = {"off": "stopped", "on": "available"}
    clusters = [fleets.cluster(name, [f"{name}-1"], Status=status, StorageType=volume, **stated)
                for name, status in names.items()]  # fmt: skip
    members = [fleets.member(f"{name}-1", name, DBInstanceStatus=status, **stated) for name, status in names.items()]
    fleet = reads({"DBClusters": clusters}, {"DBInstances": members}, by="cluster")
    assert outcomes(fleet) == {"off": "used", "on": "used", "off-1": "merged", "on-1": "merged"}
    rows = tco.evaluate(tco.load_scenario(fleet)).table()
    costs = rows[rows["option"] == "stay"].groupby(["group", "line"])["cost"].sum()
    assert costs["off", "compute"] == 0
    assert costs["on", "compute"] > 0
    assert costs["off", "storage"] == pytest.approx(costs["on", "storage"])


def test_a_stopped_cluster_needs_no_price_of_support_that_another_pays(reads: Callable[..., Fleet]) -> None:
    """Extended Support of DocumentDB is priced by the class, which of a stopped cluster is one of its own."""
    documents = {"Engine": "docdb", "EngineVersion": "3.6.0"}
    names = {"off": "stopped", "on": "available"}
    clusters = [fleets.cluster(name, [f"{name}-1"], Status=status, **documents) for name, status in names.items()]
    members = [fleets.member(f"{name}-1", name, DBInstanceStatus=status, **documents) for name, status in names.items()]
    fleet = reads({"DBClusters": clusters}, {"DBInstances": members}, by="cluster")
    fleet["options"]["stay"]["policy"] = "extended_support"
    rows = tco.evaluate(tco.load_scenario(fleet)).table()
    support = rows[(rows["option"] == "stay") & (rows["line"] == "Extended Support")].groupby("group")["cost"].sum()
    assert support["on"] > 0
    assert support.get("off", 0) == 0


def test_more_instances_than_a_cluster_can_have_are_refused_alone(tmp_path: Path) -> None:
    rows = [f"{name},aurora-mysql,8.0,us-east-1,db.r6g.large,{count},,,,,production"
            for name, count in (("many", 25), ("few", 16))]  # fmt: skip
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([fleets.CSV_HEADING, *rows])), today=TODAY)
    assert outcomes(fleet) == {"many": "refused", "few": "used"}
    assert "more than 16" in reason(fleet, "many")


def test_what_no_group_can_state_names_the_way_out(reads: Callable[..., Fleet]) -> None:
    serverless = {"DBInstanceClass": "db.serverless", "DBInstanceStatus": "stopped"}
    limits = {"ServerlessV2ScalingConfiguration": {"MinCapacity": 1, "MaxCapacity": 4}}
    clusters = [fleets.cluster("empty", []), fleets.cluster("off", ["off-1"], Status="stopped", **limits)]
    bare = {
        "ReplicationGroupId": "bare",
        "Status": "creating",
        "MemberClusters": [],
        "CacheNodeType": "cache.m6g.large",
    }
    fleet = reads(
        {"DBClusters": clusters},
        {"DBInstances": [fleets.member("off-1", "off", **serverless)]},
        {"ReplicationGroups": [bare]},
    )
    assert outcomes(fleet) == dict.fromkeys(("empty", "off", "off-1", "bare"), "refused")
    assert all("leave it out" in reason(fleet, name) for name in ("empty", "off", "bare"))


def test_own_servers_are_upgraded_node_by_node_and_other_columns_are_named(tmp_path: Path) -> None:
    heading = "identifier;engine;version;region;instance_class;instances;storage_gb;platform;owner;storag_gb"
    rows = [
        "ring;cassandra;4.0;us-east-1;r6g.xlarge;6;500;ec2;me;",
        "alone;mysql;8.0;us-east-1;r6g.xlarge;1;500;ec2;me;",
    ]
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([heading, *rows])), "cluster", today=TODAY)
    scenario = tco.load_scenario(fleet)
    assert [scenario.settings("stay", name).method for name in ("ring", "alone")] == ["rolling", "in_place"]
    assert list(fleet.others["what"]) == ["column owner", "column storag_gb (did you mean storage_gb?)"]


ROWS_THAT_SAY_MORE = {
    "aurora-mysql,8.0,db.r6g.large,gp3,multi_az,,4,,,,": "changes nothing on aurora: deployment, storage_type, acu",
    "mysql,8.0,db.r6g.large,gp2,,5000,2,on_demand,,,": "changes nothing on rds: iops, acu, capacity",
    "dynamodb,3,db.r6g.large,gp3,,3000,,provisioned,1,1,9": (
        "changes nothing on dynamodb: version, instance_class, storage_type, iops"
    ),
    "mysql,8.0,db.r6g.large,gp3,,,,,100,5,": (
        "not used: reads_per_second, writes_per_second; a load needs reads_per_second, writes_per_second, item_bytes"
    ),
    "mysql,8.0,db.r6g.large,gp3,single_az,3000,,,100,5,900": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "written", "config"),
    [
        ("aurora-mysql,8.0", "aurora-iopt1", "io_optimized"),
        ("aurora-postgresql,16", "Aurora I/O-Optimized", "io_optimized"),
        ("aurora-mysql,8.0", "io_optimized", "io_optimized"),
        ("docdb,5.0", "iopt1", "io_optimized"),
        ("aurora-mysql,8.0", "aurora", None),
        ("aurora-mysql,8.0", "standard", None),
        ("docdb,5.0", "", None),
    ],
)
def test_storage_that_includes_requests_is_understood_however_it_is_written(
    tmp_path: Path, engine: str, written: str, config: str | None
) -> None:
    path = tmp_path / "fleet.csv"
    heading = "identifier,engine,version,region,instance_class,storage_gb,environment,storage_type"
    path.write_text(f"{heading}\na,{engine},us-east-1,db.r6g.large,500,production,{written}\n", "utf-8")
    fleet = tco.read_fleet([path], by="cluster", today=TODAY)
    assert tco.load_scenario(fleet).settings("stay", "a").storage_config == config
    assert reason(fleet, "a") == ""


@pytest.mark.parametrize(
    ("engine", "written"),
    [
        ("aurora-mysql,8.0", "io_optimised"),
        ("docdb,5.0", "premium"),
        ("mysql,8.0", "aurora-iopt1"),
        ("mysql,8.0", "pd"),
    ],
)
def test_storage_of_another_kind_is_refused_by_its_name(tmp_path: Path, engine: str, written: str) -> None:
    path = tmp_path / "fleet.csv"
    heading = "identifier,engine,version,region,instance_class,storage_gb,storage_type"
    path.write_text(f"{heading}\na,{engine},us-east-1,db.r6g.large,500,{written}\n", "utf-8")
    fleet = tco.read_fleet([path], today=TODAY)
    assert outcomes(fleet) == {"a": "refused"}
    assert repr(written) in reason(fleet, "a")


def test_a_cell_that_changes_nothing_is_named(tmp_path: Path) -> None:
    heading = (
        "engine,version,instance_class,storage_type,deployment,iops,acu,capacity,"
        "reads_per_second,writes_per_second,item_bytes,identifier,region,storage_gb,environment"
    )
    rows = [f"{row},r{number},us-east-1,100,production" for number, row in enumerate(ROWS_THAT_SAY_MORE)]
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([heading, *rows])), today=TODAY)
    assert list(fleet.coverage["outcome"]) == ["used"] * len(rows)
    assert list(fleet.coverage["reason"]) == list(ROWS_THAT_SAY_MORE.values())


def test_a_cell_of_a_member_or_replica_that_its_cluster_tells_otherwise_is_named(tmp_path: Path) -> None:
    table = """identifier,engine,version,instance_class,storage_gb,reads_per_second,environment,member_of,replica_of
shop,aurora-mysql,8.0,,100,,production,,
writer,aurora-mysql,8.0,db.r6g.large,300,,production,shop,
reader,aurora-mysql,8.0,db.r6g.large,100,,production,shop,
orders,mysql,8.0,db.r6g.large,100,,production,,
copy,mysql,8.0,db.r6g.large,100,70,staging,,orders"""
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", table), region="us-east-1", today=TODAY)
    assert outcomes(fleet) == dict.fromkeys(("shop", "orders"), "used") | dict.fromkeys(
        ("writer", "reader", "copy"), "merged"
    )
    assert reason(fleet, "writer") == "instance of shop; not used: storage_gb, since those of shop hold for all of it"
    assert reason(fleet, "reader") == "instance of shop"
    assert "not used: environment, reads_per_second, since those of orders hold" in reason(fleet, "copy")


def test_a_region_without_prices_is_refused(tmp_path: Path) -> None:
    rows = [f"{name},mysql,8.0,{region},db.r6g.large,1,,100,,,production"
            for name, region in (("moon", "moon-north-1"), ("earth", "us-east-1"))]  # fmt: skip
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([fleets.CSV_HEADING, *rows])))
    assert outcomes(fleet) == {"moon": "refused", "earth": "used"}
    assert "moon-north-1" in reason(fleet, "moon")


def test_a_table_takes_licences_as_the_api_writes_them_and_says_what_became_of_old_editions(tmp_path: Path) -> None:
    """A licence that is none, and an edition that ended, are reasons of their rows alone."""
    rows = ["identifier,engine,version,region,instance_class,storage_gb,licence"] + [
        f"{name},{engine},{version},us-east-1,db.r5.large,100,{licence}"
        for name, engine, version, licence in (
            ("own", "oracle-se2", "19", "Bring-Your-Own-License"), ("free", "mysql", "8.0", "general-public-license"),
            ("odd", "oracle-se2", "19", "byo"), ("old", "oracle-se1", "11.2.0.4.v25", "license-included"),
        )
    ]  # fmt: skip
    fleet = tco.read_fleet(fleets.saved(tmp_path, "fleet.csv", "\n".join(rows)))
    groups = fleet["fleet"].values()
    assert {group["engine"]: group.get("licence") for group in groups} == {
        "oracle-se2": "bring_your_own_license", "mysql": None,
    }  # fmt: skip
    reasons = fleet.coverage.set_index("resource")["reason"]
    assert reasons["odd"] == "licence is 'byo'; valid: license_included, bring_your_own_license"
    assert reasons["old"].startswith("Standard Edition One ended on RDS with Oracle 11.2: from 2020-11-01")


def test_a_provisioned_table_stands_on_dynamodb_and_no_load_is_invented(
    reads: Callable[..., Fleet],
) -> None:
    index = {"IndexName": "by_day", "IndexSizeBytes": 2**30,
             "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 20}}  # fmt: skip
    on_demand = fleets.dynamodb_table("events", BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"})
    fleet = reads({"Table": fleets.dynamodb_table("sessions", GlobalSecondaryIndexes=[index])}, {"Table": on_demand})
    assert outcomes(fleet) == {"sessions": "used", "events": "used"}
    assert "load unknown" in reason(fleet, "events")
    assert "Load unknown" in fleet["description"]
    unknown, group = sorted(fleet["fleet"].values(), key=lambda one: one["workload"]["reads_per_second"])
    assert (unknown["workload"]["reads_per_second"], unknown["workload"]["writes_per_second"]) == (0, 0)
    assert any("is billed for its storage alone" in sentence for sentence in overloads(tco.load_scenario(fleet)))
    assert group["workload"] == {"reads_per_second": 110, "writes_per_second": 40, "item_bytes": 1024}
    assert group["storage_gb"] == 3
    assert billed_gb(fleet) == pytest.approx(2 + 3)
    assert fleet["options"]["stay"]["platform"] == "dynamodb"
    assert "load is not known" in reason(fleet, "sessions")
    assert tco.compare(tco.evaluate(tco.load_scenario(fleet)))["total"].min() > 0


def test_a_group_is_not_refused_because_a_proposed_option_has_no_price(tmp_path: Path) -> None:
    heading = f"{fleets.CSV_HEADING},reads_per_second,writes_per_second,item_bytes"
    rows = ["there,mysql,8.4,us-west-2-lax-1,db.r5.large,1,single_az,100,gp2,,production,100,20,1000",
            "here,mysql,8.4,us-west-2,db.r5.large,1,single_az,100,gp2,,production,100,20,1000"]  # fmt: skip
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([heading, *rows])), "cluster", today=TODAY)
    assert outcomes(fleet) == {"there": "used", "here": "used"}
    scenario = tco.load_scenario(fleet)
    assert scenario.settings("dynamodb", "there").platform == "rds"
    assert "not proposed where no price of it is known: us-west-2-lax-1" in scenario.description


def test_dynamodb_is_proposed_only_where_the_load_is_known(tmp_path: Path) -> None:
    heading = f"{fleets.CSV_HEADING},reads_per_second,writes_per_second,item_bytes"
    rows = ["known,mysql,8.0,us-east-1,db.r6g.large,1,multi_az,100,,,production,100,20,1000",
            "unknown,mysql,8.0,us-east-1,db.r6g.large,1,multi_az,100,,,staging,,,"]  # fmt: skip
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([heading, *rows])), "cluster", today=TODAY)
    scenario = tco.load_scenario(fleet)
    assert scenario.settings("dynamodb", "known").platform == "dynamodb"
    assert scenario.settings("dynamodb", "unknown").platform == "rds"
    assert "1 of 2 groups is not known" in scenario.description
    assert list(scenario.options) == ["stay", "automated", "dynamodb"]


def test_environments_come_from_tags_then_names_and_words_can_be_added(reads: Callable[..., Fleet]) -> None:
    document = {"DBInstances": [
        fleets.instance("a", TagList=[{"Key": "Stage", "Value": "uat"}]),
        fleets.instance("orders-dev-1", TagList=[]),
        fleets.instance("c", TagList=[{"Key": "team", "Value": "blue"}]),
        fleets.instance("d", TagList=[]),
    ]}  # fmt: skip

    def found(fleet: Fleet) -> list[str]:
        return [fleet["fleet"][name]["environment"] for name in ("a", "orders-dev-1", "c", "d")]

    assert found(reads(document, by="cluster")) == ["staging", "development", "production", "production"]
    own = reads(document, by="cluster", environments={"blue": "test"}, environment_tags=["team"])
    assert found(own) == ["production", "development", "test", "production"]
    with pytest.raises(tco.InputError, match="did you mean 'production'"):
        reads(document, environments={"blue": "prodution"})


def test_no_secret_is_written_and_names_can_be_replaced(tmp_path: Path) -> None:
    for source in (fleets.as_answers, fleets.as_config, fleets.as_terraform):
        fleet = tco.read_fleet(source(tmp_path), "cluster", today=TODAY)
        written = json.dumps(fleet) + fleet.coverage.to_csv()
        assert not [secret for secret in fleets.SECRETS if secret in written]
        hidden = tco.read_fleet(source(tmp_path), "cluster", anonymise=True, today=TODAY)
        written = json.dumps(hidden) + hidden.coverage.to_csv()
        assert not [name for name in ("orders", "invoices", "shop", str(tmp_path)) if name in written]
        assert list(hidden.coverage["outcome"]) == list(fleet.coverage["outcome"])
        assert list(hidden["fleet"].values()) == list(fleet["fleet"].values())


def test_an_account_number_in_an_arn_is_written_neither_as_a_name_nor_in_a_reason(tmp_path: Path) -> None:
    arn = f"arn:aws:rds:eu-west-1:{fleets.ACCOUNT}:db:orders"
    row = f"{arn},mysql,8.0,,db.r6g.large,1,multi_az,100,,,production"
    table = fleets.saved(tmp_path, "a.csv", f"{fleets.CSV_HEADING}\n{row}")
    wrong = fleets.saved(tmp_path, "b.json", {"DBInstances": [fleets.instance("a", AllocatedStorage=arn)]})
    fleet = tco.read_fleet([table, wrong], "cluster", today=TODAY)
    assert outcomes(fleet) == {"orders": "used", "a": "refused"}
    assert fleet["fleet"]["orders"]["region"] == "eu-west-1"
    assert reason(fleet, "a") == "AllocatedStorage is an ARN, which is no number"
    answer = {"DBInstances": [fleets.instance("a"), fleets.instance("a", EngineVersion=arn)]}
    told_twice = tco.read_fleet(fleets.saved(tmp_path, "c.json", answer), today=TODAY)
    assert "version 8.0.35 against an ARN" in " ".join(told_twice.coverage["reason"])
    assert fleets.ACCOUNT not in json.dumps(told_twice) + told_twice.coverage.to_csv()
    assert fleets.ACCOUNT not in json.dumps(fleet) + fleet.coverage.to_csv()


def test_links_of_a_plan_are_followed_through_its_configuration(reads: Callable[..., Fleet]) -> None:
    """Before `apply` an instance does not know its cluster's identifier; modules and for_each stand in addresses."""
    where = "module.shop.aws_rds_cluster"
    aurora = {"engine": "aurora-postgresql", "engine_version": "16.4"}
    resources = [
        {"address": f'{where}.main["{key}"]', "mode": "managed", "type": "aws_rds_cluster", "index": key,
         "values": {**aurora, "cluster_identifier": None}} for key in "ab"
    ] + [
        {"address": f'{where}_instance.one["{key}"]', "mode": "managed", "type": "aws_rds_cluster_instance",
         "index": key, "values": {**aurora, "instance_class": "db.r6g.large"}} for key in "ab"
    ]  # fmt: skip
    reference = {"cluster_identifier": {"references": ["aws_rds_cluster.main[each.key].id", "aws_rds_cluster.main"]}}
    configured = [{"address": "aws_rds_cluster_instance.one", "expressions": reference}]
    plan = {
        "format_version": "1.2", "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"child_modules": [{"address": "module.shop", "resources": resources}]}},
        "configuration": {
            "provider_config": {"aws": {"expressions": {"region": {"references": ["var.region"]}}}},
            "root_module": {"module_calls": {"shop": {"module": {"resources": configured}}}},
        },
        "variables": {"region": {"value": "us-east-1"}},
    }  # fmt: skip
    fleet = reads(plan)
    assert sorted(fleet.coverage["outcome"]) == ["merged", "merged", "used", "used"]
    assert sum(group["clusters"] for group in fleet["fleet"].values()) == 2


def test_a_resource_of_a_plan_is_in_the_region_of_its_own_provider(reads: Callable[..., Fleet]) -> None:
    def provider(region: str) -> dict[str, Any]:
        return {"expressions": {"region": {"constant_value": region}}}

    values = {**fleets.ORDERS_FIELDS, "identifier": None}
    addresses = {"aws_db_instance.here": "aws", "aws_db_instance.there": "aws.far", "aws_db_instance.lost": "aws.other"}
    resources = [{"address": one, "type": "aws_db_instance", "values": values} for one in addresses]
    plan = {
        "format_version": "1.2", "planned_values": {"root_module": {"resources": resources}},
        "configuration": {
            "provider_config": {"aws": provider("eu-west-1"), "aws.far": provider("us-east-1")},
            "root_module": {
                "resources": [{"address": one, "provider_config_key": key} for one, key in addresses.items()]
            },
        },
    }  # fmt: skip
    fleet = reads(plan)
    assert list(fleet.coverage["outcome"]) == ["used", "used", "refused"]
    assert sorted(group["region"] for group in fleet["fleet"].values()) == ["eu-west-1", "us-east-1"]
    assert "no Region" in reason(fleet, "aws_db_instance.lost")


@pytest.mark.parametrize("split", [
    {"num_node_groups": 2, "replicas_per_node_group": 1},
    {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 1, "node_type": None, "CacheNodeType": "cache.r6g.large"},
    {"cluster_mode": [{"num_node_groups": 2, "replicas_per_node_group": 1}]},
    {"num_node_groups": 2, "replicas_per_node_group": 1, "cluster_mode": "enabled"},
])  # fmt: skip
def test_shards_in_terraform(reads: Callable[..., Fleet], split: dict[str, Any]) -> None:
    arn = "arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:cart"
    values = {"replication_group_id": "cart", "engine": "redis", "engine_version": "7.1", "arn": arn,
              "node_type": "cache.r6g.large", **split}  # fmt: skip
    resource = {"type": "aws_elasticache_replication_group", "name": "cart", "instances": [{"attributes": values}]}
    (group,) = reads({"version": 4, "terraform_version": "1.9.0", "resources": [resource]})["fleet"].values()
    assert (group["instances"], group["copies"]) == (4, 2)


def test_a_replication_group_alone_has_no_version(reads: Callable[..., Fleet]) -> None:
    fleet = reads(
        {"ReplicationGroups": [fleets.replication_group("cart", ["cart-1"], CacheNodeType="cache.r6g.large")]}
    )
    assert "describe-cache-clusters" in reason(fleet, "cart")


def test_documentdb_is_its_own_platform(reads: Callable[..., Fleet]) -> None:
    documents = {"Engine": "docdb", "EngineVersion": "5.0.0"}
    member = fleets.member("docs-1", "docs", **documents)
    fleet = reads({"DBClusters": [fleets.cluster("docs", ["docs-1"], **documents)]}, {"DBInstances": [member]})
    assert fleet["options"]["stay"]["platform"] == "documentdb"
    assert list(fleet["options"]) == ["stay", "to_newest"]


def test_other_things_of_a_file_are_counted_and_nothing_usable_does_not_raise(reads: Callable[..., Fleet]) -> None:
    fleet = reads({"PendingMaintenanceActions": [{}, {}]}, {"clusters": ["arn:aws:ecs:eu-west-1:1:cluster/web"]}, "[]")
    assert fleet.coverage.empty
    assert list(fleet.coverage.columns) == ["source", "row", "resource", "outcome", "into", "reason"]
    assert list(fleet.others["count"]) == [2, 1, 1]
    assert fleet["fleet"] == {}


def test_what_stands_in_place_of_a_list_is_not_lost(reads: Callable[..., Fleet]) -> None:
    instances = json.dumps([fleets.instance("b"), fleets.instance("c")])
    state = {"version": 4, "terraform_version": "1.9.0", "resources": [
        {"mode": "managed", "type": "aws_db_instance", "name": "d", "instances": "secret"}, "a text",
    ]}  # fmt: skip
    fleet = reads({"DBInstances": fleets.instance("a")}, {"DBInstances": instances, "DBClusters": 7}, state)
    assert outcomes(fleet) == {"a": "used", "b": "used", "c": "used", "aws_db_instance.d": "refused"}
    assert list(fleet.others["what"]) == ["DBClusters", "entry without a type"]


def test_a_cluster_without_tags_has_the_environment_of_its_instances(reads: Callable[..., Fleet]) -> None:
    member = fleets.member("shop-1", "shop", TagList=[{"Key": "env", "Value": "dev"}])
    fleet = reads({"DBInstances": [member], "DBClusters": [fleets.cluster("shop", ["shop-1"], TagList=[])]})
    assert [group["environment"] for group in fleet["fleet"].values()] == ["development"]


def test_groups_have_means_and_keep_the_sums(tmp_path: Path) -> None:
    rows = [f"o{size},mysql,8.0,us-east-1,db.r6g.large,1,multi_az,{size},,,production" for size in (100, 250, 1000)]
    fleet = tco.read_fleet(fleets.saved(tmp_path, "a.csv", "\n".join([fleets.CSV_HEADING, *rows])))
    (group,) = fleet["fleet"].values()
    assert group["clusters"] * group["storage_gb"] == pytest.approx(1350)


def test_coverage_adds_up_whatever_the_mix(reads: Callable[..., Fleet]) -> None:
    """Rows are counted here without the product: one for each resource of the documents."""
    documents = [
        {"DBInstances": [fleets.instance("a"), fleets.instance("b", Engine="neptune"), fleets.member("c", "d")]},
        {"DBClusters": [fleets.cluster("d", ["c"]), fleets.cluster("lost", ["x"])]},
        {"CacheClusters": [fleets.node("n1", "g"), fleets.node("n2", "g")]},
        {"Table": fleets.dynamodb_table("t")},
        {"DBInstances": [fleets.instance("a")]},
    ]
    fleet = reads(*documents)
    rows = sum(len(value) if isinstance(value, list) else 1 for one in documents for value in one.values())
    assert len(fleet.coverage) == rows
    assert set(fleet.coverage["outcome"]) == {"used", "merged", "refused"}
    used = fleet.coverage[fleet.coverage["outcome"] == "used"]
    in_groups = pd.Series({name: group["clusters"] for name, group in fleet["fleet"].items()})
    assert used["into"].value_counts().to_dict() == in_groups.to_dict()


def serverless_cache(name: str, **stated: Any) -> dict[str, Any]:
    """A cache as `aws elasticache describe-serverless-caches` answers it."""
    return {
        "ServerlessCacheName": name,
        "ARN": f"arn:aws:elasticache:eu-west-1:111122223333:serverlesscache:{name}",
        "Engine": "valkey",
        "MajorEngineVersion": "8",
        "FullEngineVersion": "8.0",
        "Status": "available",
        **stated,
    }


def test_a_serverless_cache_of_any_source_stands_on_its_platform_with_its_least_data(
    reads: Callable[..., Fleet],
) -> None:
    limits = {"CacheUsageLimits": {"DataStorage": {"Minimum": 5, "Maximum": 50, "Unit": "GB"}}}
    config = {
        "resourceType": "AWS::ElastiCache::ServerlessCache", "awsRegion": "eu-west-1", "resourceName": "config",
        "configuration": serverless_cache("config"),
    }  # fmt: skip
    state = {
        "version": 4, "terraform_version": "1.9.0",
        "resources": [{
            "mode": "managed", "type": "aws_elasticache_serverless_cache", "name": "x",
            "instances": [{"attributes": {
                "name": "state", "engine": "redis", "major_engine_version": "7", "status": "available",
                "arn": "arn:aws:elasticache:eu-west-1:111122223333:serverlesscache:state",
                "cache_usage_limits": [{"data_storage": [{"minimum": 3, "maximum": 9, "unit": "GB"}]}],
            }}],
        }],
    }  # fmt: skip
    answers = {"ServerlessCaches": [serverless_cache("answers", **limits)]}
    fleet = reads(answers, {"Results": [config]}, state, by="cluster")
    assert set(outcomes(fleet).values()) == {"used"}
    scenario = tco.load_scenario(fleet)
    found = {name: (group.engine, group.storage_gb) for name, group in scenario.fleet.items()}
    assert found == {"answers": ("valkey", 5), "config": ("valkey", 0), "state": ("redis", 3)}
    assert {scenario.settings("stay", name).platform for name in found} == {"elasticache_serverless"}
    assert "its storage is not known" in reason(fleet, "config")
    assert "load unknown" in reason(fleet, "answers")
    assert "CloudWatch" not in reason(fleet, "answers")


def test_a_limitless_cluster_and_its_instances_are_refused_by_name(reads: Callable[..., Fleet]) -> None:
    kind = {"Engine": "aurora-postgresql", "EngineVersion": "16.4-limitless"}
    limitless = fleets.cluster("huge", [], ClusterScalabilityType="limitless", **kind)
    shard = fleets.member("huge-1", "huge", DBInstanceClass="db.serverless", **kind)
    fleet = reads({"DBClusters": [limitless]}, {"DBInstances": [shard]})
    assert outcomes(fleet) == {"huge": "refused", "huge-1": "refused"}
    assert all("Aurora PostgreSQL Limitless Database" in reason(fleet, name) for name in ("huge", "huge-1"))


def test_clusters_of_other_services_are_counted_and_not_taken_for_memorydb(reads: Callable[..., Fleet]) -> None:
    warehouse = {"ClusterIdentifier": "dw", "NodeType": "ra3.xlplus", "NumberOfNodes": 2, "ClusterStatus": "available"}
    accelerator = {"ClusterName": "dx", "NodeType": "dax.r5.large", "TotalNodes": 3, "Status": "available"}
    fleet = reads({"Clusters": [warehouse]}, {"Clusters": [accelerator]}, {"DBInstances": [fleets.instance("one")]})
    assert list(outcomes(fleet)) == ["one"]
    assert fleet.others["count"].sum() == 2


def test_what_a_gp3_volume_buys_beside_its_size_is_counted_or_named(reads: Callable[..., Fleet]) -> None:
    """500 GB include 12,000 IOPS and 500 MB/s on MySQL, but 3,000 and 125 on SQL Server of any size."""
    bought = {"AllocatedStorage": 500, "Iops": 10_000, "StorageThroughput": 500}
    fleet = reads(
        {
            "DBInstances": [
                fleets.instance("mysql", **bought),
                fleets.instance("fast", **{**bought, "StorageThroughput": 800}),
                fleets.instance("server", "sqlserver-se", "15.00.4335.1.v1", LicenseModel="license-included",
                                DBInstanceClass="db.m6i.large", **bought),
            ]
        },
        by="cluster",
    )  # fmt: skip
    assert {name: group.get("iops") for name, group in fleet["fleet"].items()} == {
        "mysql": None, "fast": None, "server": 10_000,
    }  # fmt: skip
    assert "the 300 above those included are not counted" in reason(fleet, "fast")
    assert "the 375 above those included are not counted" in reason(fleet, "server")
    assert "MB/s" not in reason(fleet, "mysql")
    ledger = tco.evaluate(tco.load_scenario(fleet))
    storage = ledger.mean(["option", "group", "line"])["stay"].xs("storage", level="line")
    assert storage["server"] > storage["mysql"] > 0


def test_a_class_that_no_price_knows_is_refused_with_the_way_out(reads: Callable[..., Fleet]) -> None:
    fleet = reads({"DBInstances": [fleets.instance("new", DBInstanceClass="db.r99g.large")]})
    assert reason(fleet, "new").startswith("unknown instance class 'db.r99g.large'")
    assert "tco prices refresh" in reason(fleet, "new")


def test_an_unknown_region_is_told_also_where_no_resource_needs_it() -> None:
    for region, near in (("us-esat-1", "did you mean 'us-east-1'"), ("Ireland", "that place is 'eu-west-1'")):
        with pytest.raises(tco.InputError, match=f"region: unknown Region '{region}'; {near}"):
            tco.read_fleet(resources.path("params/fleet_example.csv"), region=region)
