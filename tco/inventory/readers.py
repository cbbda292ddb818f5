"""One reader a kind of resource: its fields, as AWS answers or as Terraform writes them, become a `Database`.

The two spell most fields alike but for case and underscores, so that one reader serves both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tco.errors import InputError
from tco.inventory.databases import Database, Fields, of_arn, storage_as_written
from tco.platforms.base import BYTES_PER_GB
from tco.platforms.rds import volumes_of
from tco.scenario.scenario import COPIES_OF_RINGS

Reader = Callable[[Fields], Database]

LIMITLESS = "-limitless"
"""The end of the engine, as here, of clusters whose shards are billed by capacity units together."""
FIRST_SERVERLESS = "aurora_serverless_v1"
MASTERS = "opensearch.dedicated_masters"
VOLUMES = ("gp2", "gp3", "io1", "io2")
"""Types of volumes."""
USUAL_STORAGE = "aurora"
"""The type of storage of Aurora where it is not I/O-Optimized."""
OWN_STORAGE = ("aurora", "docdb", "neptune")
"""Engines whose volume grows by itself; `AllocatedStorage` is 1 whatever its size."""
ZONE = re.compile(r"^([a-z]{2,}(?:-[a-z]+)+-\d+)[a-z]$")
IDENTIFIERS = (
    "DBInstanceIdentifier", "identifier", "DBClusterIdentifier", "cluster_identifier", "TableName", "CacheClusterId",
    "cluster_id", "ReplicationGroupId", "GlobalClusterIdentifier", "DomainName", "ServerlessCacheName", "name", "id",
)  # fmt: skip
ARNS = ("DBInstanceArn", "DBClusterArn", "GlobalClusterArn", "TableArn", "ARN")


def read(reader: Reader, item: Mapping[str, Any]) -> Database:
    """The resource of some fields with its place and tags; where a field is wrong, a refused one that says which."""
    values = Fields(item)
    try:
        database = reader(values)
        region, account, _ = of_arn(values.text(*ARNS))
        database.region = region or database.region or _zone_region(values) or values.text("region")
        database.account = account
    except InputError as error:
        named = values.raw(*IDENTIFIERS)
        database = Database(named if isinstance(named, str) else "")
        database.refuse(str(error))
    database.tags = tags_of(values.raw("TagList", "tags_all") or values.raw("Tags"))
    return database


def tags_of(value: Any) -> dict[str, str]:
    """Tags by lower-case key, from a list of key and value or from a mapping."""
    if isinstance(value, Mapping):
        return {str(name).lower(): str(text) for name, text in value.items()}
    pairs = [Fields(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
    return {str(pair.raw("key")).lower(): str(pair.raw("value") or "") for pair in pairs}


def _zone_region(values: Fields) -> str:
    """The Region of the first zone that is named."""
    zones = values.raw("AvailabilityZones")
    first = zones[0] if isinstance(zones, list) and zones else None
    zone = Fields(first).raw("value") if isinstance(first, Mapping) else first
    zone = values.raw("AvailabilityZone", "PreferredAvailabilityZone") or zone
    matched = ZONE.match(zone) if isinstance(zone, str) else None
    return matched.group(1) if matched else ""


def _upgrade_notes(values: Fields, parameter_group: str, growing: bool = False) -> list[str]:
    """What a major upgrade meets: a parameter group of one's own, backups that are off; and storage that may grow."""
    notes = []
    if parameter_group and not parameter_group.startswith("default"):
        notes.append("custom parameter group: a major upgrade needs one of the new family")
    if values.number("BackupRetentionPeriod") == 0 and not values.text("DBClusterIdentifier"):
        notes.append("backups are off: a blue/green upgrade needs them on")
    if values.flag("AutoMinorVersionUpgrade") is False:
        notes.append("minor upgrades are not automatic")
    most = values.number("MaxAllocatedStorage")
    if growing and most and most > (values.number("AllocatedStorage") or 0):
        notes.append(f"storage may grow by itself to {most:g} GB")
    return notes


def _throughput_notes(values: Fields) -> list[str]:
    """Throughput of a gp3 volume that is bought beside its size: a group cannot state it."""
    told, size = values.number("StorageThroughput") or 0, values.number("AllocatedStorage") or 0
    rules = volumes_of(values.text("Engine"))
    bought = rules.beyond(np.array(size), np.array(told), rules.included_throughput, rules.large_throughput)
    return [f"its {told:g} MB/s of gp3: the {bought:g} above those included are not counted"] if bought else []


def _support(values: Fields) -> bool | None:
    lifecycle = values.text("EngineLifecycleSupport")
    return not lifecycle.endswith("-disabled") if lifecycle else None


def _storage(values: Fields, allocated: bool) -> dict[str, Any]:
    """Storage that is allocated; where the volume grows by itself, how it is bought alone."""
    kind = storage_as_written(values.text("StorageType"))
    if not allocated:
        return {"storage_type": kind}
    return {
        "storage_gb": values.number("AllocatedStorage"),
        "storage_type": kind,
        "iops": values.number("Iops") or None,
    }


def instance(values: Fields) -> Database:
    """An instance of RDS, Aurora, DocumentDB or Neptune."""
    engine = values.text("Engine")
    groups = [group.text("DBParameterGroupName") for group in values.parts("DBParameterGroups")]
    custom = next((name for name in groups if not name.startswith("default")), values.text("parameter_group_name"))
    allocated = not engine.startswith(OWN_STORAGE)
    return Database(
        values.text("DBInstanceIdentifier", "identifier", "id"),
        engine=engine,
        version=values.text("engine_version_actual") or values.text("EngineVersion"),
        instance_class=values.text("DBInstanceClass", "instance_class"),
        deployment="multi_az" if values.flag("MultiAZ") else "single_az",
        status=values.text("DBInstanceStatus", "status"),
        extended_support=_support(values),
        licence=values.text("LicenseModel").replace("-", "_"),
        member_of=values.text("DBClusterIdentifier", "cluster_identifier"),
        replica_of=values.text("ReadReplicaSourceDBInstanceIdentifier", "replicate_source_db"),
        kind="instance",
        notes=_upgrade_notes(values, custom, growing=allocated) + (_throughput_notes(values) if allocated else []),
        **_storage(values, allocated),
    )


def cluster(values: Fields) -> Database:
    """A cluster of Aurora, DocumentDB or Neptune, or a Multi-AZ DB cluster, whose class is in the answer.

    Serverless v1 has no members and a capacity of the day, v2 members of a class of its own and a least capacity.
    """
    engine = values.text("Engine")
    if values.text("ClusterScalabilityType") == "limitless":
        engine += LIMITLESS
    members = [
        (bool(member.flag("IsClusterWriter")), member.text("DBInstanceIdentifier"))
        for member in values.parts("DBClusterMembers")
    ]
    names = [name for _, name in sorted(members, key=lambda member: not member[0])]
    names += [str(name) for name in values.list("cluster_members")]
    zonal = bool(engine) and not engine.startswith(OWN_STORAGE)
    first = values.text("EngineMode") == "serverless"
    notes = _upgrade_notes(values, values.text("DBClusterParameterGroup", "db_cluster_parameter_group_name"))
    notes += _throughput_notes(values) if zonal else []
    if first:
        notes.append("Serverless v1 at its present or least capacity; AWS has ended it and moves it to v2")
    limits = ("ScalingConfigurationInfo", "scaling_configuration") if first else ("ServerlessV2ScalingConfiguration",)
    return Database(
        values.text("DBClusterIdentifier", "cluster_identifier", "id"),
        engine=engine,
        version=values.text("engine_version_actual") or values.text("EngineVersion"),
        instance_class=values.text("DBClusterInstanceClass"),
        instances=1 if zonal or first else len(names),
        deployment="multi_az_cluster" if zonal else "",
        status=values.text("Status"),
        extended_support=_support(values),
        acu=(values.number("Capacity") if first else None) or values.part(*limits).number("MinCapacity"),
        replica_of=values.text("ReplicationSourceIdentifier"),
        part_of=values.text("GlobalClusterIdentifier"),
        platform=FIRST_SERVERLESS if first else "",
        kind="db cluster",
        serverless=first,
        parts=tuple(names),
        notes=notes,
        **_storage(values, allocated=zonal),
    )


def global_cluster(values: Fields) -> Database:
    """A global cluster, whose members are clusters in several Regions."""
    members = [
        (bool(member.flag("IsWriter")), member.text("DBClusterArn")) for member in values.parts("GlobalClusterMembers")
    ]
    return Database(
        values.text("GlobalClusterIdentifier", "id"),
        engine=values.text("Engine"),
        version=values.text("EngineVersion"),
        region="global",
        kind="global cluster",
        parts=tuple(arn for _, arn in sorted(members, key=lambda member: not member[0])),
    )


def cache_cluster(values: Fields) -> Database:
    """A cache cluster: nodes of Memcached, or one node of a replication group."""
    custom = values.part("CacheParameterGroup").text("CacheParameterGroupName")
    return Database(
        values.text("CacheClusterId", "cluster_id", "id"),
        engine=values.text("Engine"),
        version=values.text("engine_version_actual") or values.text("EngineVersion"),
        instance_class=values.text("CacheNodeType", "node_type"),
        instances=values.whole("NumCacheNodes"),
        status=values.text("CacheClusterStatus"),
        member_of=values.text("ReplicationGroupId"),
        kind="cache cluster",
        notes=_upgrade_notes(values, custom or values.text("parameter_group_name")),
    )


def serverless_cache(values: Fields) -> Database:
    """A serverless cache, billed for data and requests, which no describe call tells; for its least data at least."""
    least = values.part("CacheUsageLimits").part("DataStorage").number("Minimum")
    return Database(
        values.text("ServerlessCacheName", "name", "id"),
        engine=values.text("Engine"),
        version=values.text("FullEngineVersion", "MajorEngineVersion"),
        status=values.text("Status"),
        storage_gb=least or None,
        serverless=True,
        kind="serverless cache",
    )


def replication_group(values: Fields) -> Database:
    """A replication group of Redis or Valkey; older answers leave out engine, class and version."""
    members = values.list("MemberClusters")
    nodes = [list(group.parts("NodeGroupMembers")) for group in values.parts("NodeGroups")]
    zones = [node.text("PreferredAvailabilityZone") for shard in nodes for node in shard]
    older = values.part("cluster_mode") if isinstance(values.raw("cluster_mode"), list) else Fields({})
    split = older if older.raw("num_node_groups") else values
    shards, replicas = split.whole("num_node_groups") or 1, split.whole("replicas_per_node_group") or 0
    planned = values.whole("num_cache_clusters", "number_cache_clusters")
    if planned is None and (values.raw("node_type") or split.raw("num_node_groups")):
        planned = shards * (1 + replicas)
    return Database(
        values.text("ReplicationGroupId", "id"),
        engine=values.text("Engine"),
        version=values.text("engine_version_actual") or values.text("EngineVersion"),
        region=next((match.group(1) for zone in zones if (match := ZONE.match(zone))), ""),
        instance_class=values.text("CacheNodeType", "node_type"),
        instances=planned or len(members) or None,
        copies=max(map(len, nodes)) if len(nodes) > 1 else 1 + replicas if shards > 1 else None,
        status=values.text("Status"),
        kind="replication group",
        parts=tuple(str(member) for member in members),
        notes=_upgrade_notes(values, values.text("parameter_group_name")),
    )


def table(values: Fields) -> Database:
    """A DynamoDB table with its indexes; without a billing mode it is provisioned. Terraform tells no sizes."""
    mode = values.part("BillingModeSummary").text("BillingMode") or values.text("BillingMode") or "PROVISIONED"
    indexes = list(values.parts("GlobalSecondaryIndexes", "global_secondary_index"))
    units = [part.part("ProvisionedThroughput") if part.raw("ProvisionedThroughput") else part
             for part in (values, *indexes)]  # fmt: skip
    reads = [unit.number("ReadCapacityUnits", "read_capacity") or 0 for unit in units]
    writes = [unit.number("WriteCapacityUnits", "write_capacity") or 0 for unit in units]
    size, items = values.number("TableSizeBytes"), values.number("ItemCount")
    index_bytes = sum(index.number("IndexSizeBytes") or 0 for index in indexes)
    provisioned = mode == "PROVISIONED"
    notes = []
    if indexes and provisioned:
        notes.append(f"the provisioned throughput of {len(indexes)} index(es) is counted in")
    if copies := [copy.text("RegionName") or "a Region" for copy in values.parts("Replicas", "replica")]:
        notes.append(f"global table: its copies are counted as tables of {', '.join(copies)} if those are given, too")
    return Database(
        values.text("TableName", "name", "id"),
        engine="dynamodb",
        storage_gb=None if size is None else (size + index_bytes) / BYTES_PER_GB,
        item_bytes=size / items if size and items else None,
        status=values.text("TableStatus"),
        capacity="provisioned" if provisioned else "on_demand",
        provisioned_reads=sum(reads) if provisioned else None,
        provisioned_writes=sum(writes) if provisioned else None,
        kind="table",
        notes=notes,
    )


def memorydb(values: Fields) -> Database:
    """A MemoryDB cluster: nodes of all shards, which AWS tells only where it is asked for them."""
    shards, replicas = values.whole("NumberOfShards", "num_shards") or 1, values.whole("num_replicas_per_shard")
    nodes_of_shards = [
        shard.whole("NumberOfNodes", "num_nodes") or len(shard.list("Nodes")) for shard in values.parts("Shards")
    ]
    nodes = sum(nodes_of_shards) or shards * (1 + (replicas or 0))
    notes = _upgrade_notes(values, values.text("ParameterGroupName"))
    if not sum(nodes_of_shards) and replicas is None:
        notes.append("its replicas are not told: one node a shard is counted; ask with --show-shard-details")
    return Database(
        values.text("Name", "id"),
        engine=f"memorydb-{values.text('Engine') or 'redis'}".lower(),
        version=values.text("EngineVersion"),
        instance_class=values.text("NodeType"),
        instances=nodes,
        copies=max(nodes_of_shards, default=1 + (replicas or 0)) if shards > 1 else None,
        status=values.text("Status"),
        kind="memorydb cluster",
        notes=notes,
    )


def domain(values: Fields) -> Database:
    """A domain of OpenSearch or Elasticsearch: its data nodes, and how many masters stand beside them."""
    name, _, version = values.text("EngineVersion", "ElasticsearchVersion").rpartition("_")
    engine = "opensearch" if name.lower() == "opensearch" else "elasticsearch"
    nodes, volume = values.part("ClusterConfig", "ElasticsearchClusterConfig"), values.part("EBSOptions")
    masters = nodes.whole("DedicatedMasterCount") if nodes.flag("DedicatedMasterEnabled") else 0
    notes = [f"its {masters} dedicated masters count in production, by the family of its data nodes"] if masters else []
    if nodes.flag("WarmEnabled"):
        notes.append(f"its {nodes.whole('WarmCount') or 'warm'} nodes of UltraWarm are not counted")
    if nodes.part("ColdStorageOptions", "cold_storage_options").flag("Enabled"):
        notes.append("its cold storage is not counted")
    size, count = volume.number("VolumeSize"), nodes.whole("InstanceCount")
    if size is not None and count:
        size *= count / min(COPIES_OF_RINGS[engine], count)
    elif volume.flag("EBSEnabled") is False:
        size = 0.0
        notes.append("its nodes have disks of their own, of which 0 GB of data are counted: state storage_gb")
    return Database(
        values.text("DomainName"),
        engine=engine,
        version=version,
        instance_class=nodes.text("InstanceType"),
        instances=count,
        storage_gb=size,
        storage_type=volume.text("VolumeType"),
        assumptions=((MASTERS, float(masters or 0)),),
        kind="domain",
        notes=notes,
    )
