"""Terraform: a state file (version 4), or a state or plan as `terraform show -json` writes it.

A plan does not know yet what AWS will answer. A link that is unknown there, such as the cluster of an instance, is
followed through the references of the configuration.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tco.errors import InputError
from tco.inventory import readers
from tco.inventory.databases import Database

INDEX = re.compile(r"\[.*\]$")
USUAL_PROVIDER = "aws"
LINKS = {
    "cluster_identifier": "member_of",
    "replication_group_id": "member_of",
    "replicate_source_db": "replica_of",
    "global_cluster_identifier": "part_of",
}
"""Arguments that may refer to another resource of the same module, and what they say of a database."""
TYPES: Mapping[str, tuple[readers.Reader, str]] = {
    "aws_db_instance": (readers.instance, ""),
    "aws_rds_cluster": (readers.cluster, "aurora"),
    "aws_rds_cluster_instance": (readers.instance, "aurora"),
    "aws_rds_global_cluster": (readers.global_cluster, ""),
    "aws_docdb_cluster": (readers.cluster, "docdb"),
    "aws_docdb_cluster_instance": (readers.instance, "docdb"),
    "aws_docdb_global_cluster": (readers.global_cluster, "docdb"),
    "aws_neptune_cluster": (readers.cluster, "neptune"),
    "aws_neptune_cluster_instance": (readers.instance, "neptune"),
    "aws_neptune_global_cluster": (readers.global_cluster, "neptune"),
    "aws_elasticache_cluster": (readers.cache_cluster, ""),
    "aws_elasticache_replication_group": (readers.replication_group, "redis"),
    "aws_elasticache_serverless_cache": (readers.serverless_cache, ""),
    "aws_dynamodb_table": (readers.table, ""),
    "aws_memorydb_cluster": (readers.memorydb, "redis"),
    "aws_opensearch_domain": (readers.domain, ""),
    "aws_elasticsearch_domain": (readers.domain, ""),
}
"""How each type is read, and its engine where the configuration may leave it out."""


@dataclass(frozen=True)
class Resource:
    """A managed resource: type, address with module and index, values, and the addresses that its arguments name.

    region: that of its provider, where a plan's configuration tells it.
    """

    type: str
    address: str
    values: Mapping[str, Any]
    references: Mapping[str, str]
    region: str = ""


def is_terraform(content: Any) -> bool:
    """Whether a JSON document is a state or the output of `terraform show -json`."""
    if not isinstance(content, Mapping):
        return False
    return "terraform_version" in content or ("format_version" in content and "planned_values" in content)


def resources_in(content: Mapping[str, Any]) -> tuple[list[Database], Counter[str]]:
    """The database resources of a state or plan, and how many resources of other types it holds.

    Raises InputError for a state older than Terraform 0.12.
    """
    if "modules" in content and "resources" not in content:
        raise InputError("is a state of Terraform before 0.12: upgrade it, or give `terraform show -json`")
    others: Counter[str] = Counter()
    by_address: dict[str, tuple[Resource, Database]] = {}
    for resource in _resources(content):
        if resource.type not in TYPES:
            others[resource.type] += 1
            continue
        reader, engine = TYPES[resource.type]
        values = dict(resource.values)
        if not values.get("engine"):
            values["engine"] = engine
        database = readers.read(reader, values)
        database.region = database.region or resource.region
        database.identifier = database.identifier or resource.address
        address = resource.address if resource.address not in by_address else f"{resource.address}#{len(by_address)}"
        by_address[address] = resource, database
    for resource, database in by_address.values():
        for argument, address in resource.references.items():
            target = by_address.get(address)
            if target is not None and not getattr(database, LINKS[argument]):
                setattr(database, LINKS[argument], target[1].identifier)
    return [database for _, database in by_address.values()], others


def _resources(content: Mapping[str, Any]) -> Iterator[Resource]:
    if "format_version" in content:
        root = _mapping(_mapping(content.get("planned_values") or content.get("values")).get("root_module"))
        configuration = _mapping(_mapping(content.get("configuration")).get("root_module"))
        yield from _of_module(root, configuration, "", _provider_regions(content))
        return
    for item in map(_mapping, _list(content.get("resources"))):
        for instance in map(_mapping, _list(item.get("instances", {}))):
            index = instance.get("index_key")
            module = f"{item['module']}." if item.get("module") else ""
            address = f"{module}{item.get('type')}.{item.get('name')}{'' if index is None else f'[{index!r}]'}"
            yield Resource(_type(item), address, _mapping(instance.get("attributes")), {})


def _of_module(
    module: Mapping[str, Any], configuration: Mapping[str, Any], prefix: str, regions: Mapping[str, str]
) -> Iterator[Resource]:
    """The resources of a module and of those inside it. configuration: the same module's, with its expressions."""
    configured = {str(item.get("address")): item for item in map(_mapping, _list(configuration.get("resources")))}
    for item in map(_mapping, _list(module.get("resources"))):
        address = str(item.get("address", ""))
        stated = configured.get(INDEX.sub("", address.removeprefix(prefix)), {})
        own, provider = _mapping(stated.get("expressions")), str(stated.get("provider_config_key") or USUAL_PROVIDER)
        index = match.group() if (match := INDEX.search(address.removeprefix(prefix))) else ""
        named = {argument: _reference(own.get(argument), prefix, index) for argument in LINKS}
        region = regions.get(provider) or regions.get(provider.rpartition(":")[2], "")
        yield Resource(_type(item), address, _mapping(item.get("values")), named, region)
    calls = _mapping(configuration.get("module_calls"))
    for child in map(_mapping, _list(module.get("child_modules"))):
        inside = f"{child.get('address', '')}."
        call = calls.get(INDEX.sub("", inside.removeprefix(prefix).removeprefix("module.").removesuffix(".")))
        yield from _of_module(child, _mapping(_mapping(call).get("module")), inside, regions)


def _reference(expression: Any, prefix: str, index: str) -> str:
    """The address of the database that an argument refers to; `[each.key]` is the index of the one that refers."""
    for reference in map(str, _list(_mapping(expression).get("references"))):
        kind, _, rest = reference.partition(".")
        if kind in TYPES:
            name, bracket, written = rest.partition("[")
            asked = f"[{written.rpartition(']')[0]}]" if bracket else ""
            own = index if asked in ("[each.key]", "[count.index]") else asked
            return f"{prefix}{kind}.{name.partition('.')[0]}{own}"
    return ""


def _type(item: Mapping[str, Any]) -> str:
    kind = item.get("type") or "entry without a type"
    return f"data.{kind}" if item.get("mode") == "data" else str(kind)


def _provider_regions(content: Mapping[str, Any]) -> dict[str, str]:
    """The Region of each provider that the configuration states as it is, or by a variable that has a value."""
    regions = {}
    for name, provider in _mapping(_mapping(content.get("configuration")).get("provider_config")).items():
        expression = _mapping(_mapping(_mapping(provider).get("expressions")).get("region"))
        value = expression.get("constant_value")
        for reference in map(str, _list(expression.get("references"))):
            variable = _mapping(content.get("variables")).get(reference.removeprefix("var."))
            value = value or _mapping(variable).get("value")
        if isinstance(value, str):
            regions[str(name)] = value
    return regions


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    """A list; what is in place of one is its one item, so that it is not lost."""
    return value if isinstance(value, list) else [] if value is None else [value]
