"""Answers of AWS, saved or fetched: describe calls, and query results of AWS Config, which hold the same resources as
JSON inside JSON strings.

Resources are recognised by the list that they stand in, or by their own fields where they stand alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tco.inventory import readers
from tco.inventory.databases import Database, Fields

LISTS: Mapping[str, readers.Reader] = {
    "dbinstances": readers.instance, "dbclusters": readers.cluster, "globalclusters": readers.global_cluster,
    "cacheclusters": readers.cache_cluster, "replicationgroups": readers.replication_group, "table": readers.table,
    "clusters": readers.memorydb, "domainstatuslist": readers.domain, "domainstatus": readers.domain,
    "serverlesscaches": readers.serverless_cache,
}  # fmt: skip
TELLING = {
    "clusters": {"numberofshards", "aclname", "clusterendpoint"},
    "table": {"tablename", "tablearn", "tablestatus", "keyschema"},
}
"""Other services have `Clusters` and a `Table` too: one of these fields shows that a database is meant."""
CONFIG_LISTS = ("results", "configurationitems", "baseconfigurationitems")
CONFIG_TYPES: Mapping[str, readers.Reader] = {
    "AWS::RDS::DBInstance": readers.instance, "AWS::RDS::DBCluster": readers.cluster,
    "AWS::RDS::GlobalCluster": readers.global_cluster, "AWS::DynamoDB::Table": readers.table,
    "AWS::ElastiCache::CacheCluster": readers.cache_cluster, "AWS::MemoryDB::Cluster": readers.memorydb,
    "AWS::ElastiCache::ReplicationGroup": readers.replication_group,
    "AWS::ElastiCache::ServerlessCache": readers.serverless_cache, "AWS::OpenSearch::Domain": readers.domain,
    "AWS::Elasticsearch::Domain": readers.domain,
}  # fmt: skip
NOT_RESOURCES = ("ResponseMetadata", "QueryInfo", "NextToken", "Marker")
ALONE: tuple[tuple[frozenset[str], readers.Reader], ...] = (
    (frozenset({"dbinstanceidentifier", "dbinstanceclass"}), readers.instance),
    (frozenset({"dbclusteridentifier", "dbclusterarn"}), readers.cluster),
    (frozenset({"dbclusteridentifier", "enginemode"}), readers.cluster),
    (frozenset({"globalclusteridentifier", "globalclustermembers"}), readers.global_cluster),
    (frozenset({"cacheclusterid", "cachenodetype"}), readers.cache_cluster),
    (frozenset({"replicationgroupid", "memberclusters"}), readers.replication_group),
    (frozenset({"tablename", "keyschema"}), readers.table),
    (frozenset({"domainname", "ebsoptions"}), readers.domain),
    (frozenset({"numberofshards", "nodetype"}), readers.memorydb),
)
"""Fields that only a resource of that kind has together."""


def resources_in(content: Any) -> tuple[list[Database], Counter[str]]:
    """The database resources of one JSON document, and how many things of other kinds stand in its lists."""
    others: Counter[str] = Counter()
    return list(_walk(content, "", others)), others


def _walk(node: Any, key: str, others: Counter[str]) -> Iterator[Database]:
    reader = LISTS.get(key.lower())
    if isinstance(node, list):
        for item in node:
            if key.lower() in CONFIG_LISTS:
                yield from _config_item(item, others)
            elif reader is not None and _is_meant(key, item):
                yield _read(reader, item)
            elif isinstance(item, Mapping) and (key == "" or any(_is_list(name) for name in item)):
                yield from _walk(item, "", others)
            else:
                others[key or "items"] += 1
    elif isinstance(node, Mapping):
        if reader is not None and _is_meant(key, node):
            yield _read(reader, node)
        elif key == "" and (alone := _kind_of(node)) is not None:
            yield _read(alone, node)
        else:
            for name, value in node.items():
                value = _parsed(value) if _is_list(name) else value
                if name not in NOT_RESOURCES and (isinstance(value, list | Mapping) or (value and _is_list(name))):
                    yield from _walk(value, str(name), others)
    else:
        others[key] += 1


def _is_meant(key: str, item: Any) -> bool:
    """Whether something in a list of that name is a database."""
    telling = TELLING.get(key.lower())
    return telling is None or (isinstance(item, Mapping) and any(str(name).lower() in telling for name in item))


def _is_list(name: object) -> bool:
    return str(name).lower() in LISTS or str(name).lower() in CONFIG_LISTS


def _kind_of(node: Mapping[str, Any]) -> readers.Reader | None:
    names = {str(name).lower() for name in node}
    return next((reader for needed, reader in ALONE if needed <= names), None)


def _read(reader: readers.Reader, item: Any) -> Database:
    item = _parsed(item)
    if isinstance(item, Mapping):
        return readers.read(reader, item)
    database = Database("")
    database.refuse(f"expected a resource, found {type(item).__name__}")
    return database


def _config_item(item: Any, others: Counter[str]) -> Iterator[Database]:
    """A resource as AWS Config holds it: `configuration` beside Region, account and tags."""
    item = _parsed(item)
    outer = Fields(item if isinstance(item, Mapping) else {})
    configuration = _parsed(outer.raw("configuration"))
    configuration = configuration if isinstance(configuration, Mapping) else {}
    kind = outer.raw("resourceType") or ""
    reader = CONFIG_TYPES.get(str(kind)) or (None if kind else _kind_of(configuration))
    if reader is None:
        others[str(kind) or "AWS Config results"] += 1
        return
    database = readers.read(reader, configuration)
    for name, fields in (
        ("identifier", ("resourceName", "resourceId")), ("region", ("awsRegion",)), ("account", ("accountId",)),
    ):  # fmt: skip
        value = outer.raw(*fields)
        if not getattr(database, name) and isinstance(value, str):
            setattr(database, name, value)
    supplementary = _parsed(outer.raw("supplementaryConfiguration"))
    for tags in (outer.raw("tags"), supplementary.get("Tags") if isinstance(supplementary, Mapping) else None):
        database.tags = database.tags or readers.tags_of(_parsed(tags))
    yield database


def _parsed(value: Any) -> Any:
    """JSON inside a string as what it holds; anything else, and text that is no JSON, as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
