"""Which item of the price tables a line of a bill is: by its usage type where it has one, else by its description."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tco.refresh.products import DOCDB, DYNAMODB, EBS, KEYSPACES, RDS, RDS_VOLUMES, usage_type

MILLION = 1_000_000

SERVICES: Sequence[tuple[str, str]] = (
    ("rds|relational database", "AmazonRDS"), ("dax", "AmazonDAX"), ("dynamo ?db", "AmazonDynamoDB"),
    ("docdb|documentdb", "AmazonDocDB"), ("elasti ?cache", "AmazonElastiCache"), ("memorydb", "AmazonMemoryDB"),
    ("neptune", "AmazonNeptune"), ("keyspaces|amazonmcs", "AmazonKeyspaces"), ("dsql", "AuroraDSQL"),
    ("opensearch|elasticsearch|amazones$", "AmazonES"), ("amazonec2|elastic compute cloud", "AmazonEC2"),
)  # fmt: skip
"""Words in the names that exports give to services, and the price tables' names of them."""
OTHER_SERVICES = "other services"


class Product(NamedTuple):
    """An item of the price tables. item: empty where the line is none that has a price there.

    factor: of the line's quantity, what makes it the price's (a millionth where single requests are billed).
    """

    service: str
    item: str
    instance_class: str = ""
    factor: float = 1.0


DESCRIBED: Mapping[str, Sequence[tuple[str, str]]] = {
    "AmazonRDS": (
        ("(?=.*serverless).*extended support.*year 3", "extended_support_serverless_year_3"),
        ("(?=.*serverless).*extended support", "extended_support_serverless_years_1_2"),
        ("extended support.*year 3", "extended_support_year_3"), ("extended support", "extended_support_years_1_2"),
        ("aurora.*capacity unit|acu|serverless v2", "serverless_v2_capacity"),
        ("i/o requests|io requests", "aurora_io_requests"), ("consumed storage|aurora.*storage", "aurora_storage"),
        ("aurora.*backup", "aurora_backup"), ("backup", "backup"), ("proxy", "proxy"), ("gp2", "storage_gp2"),
        ("gp3.*throughput", "throughput_gp3"), ("gp3.*iops", "iops_gp3"), ("gp3", "storage_gp3"),
        ("general purpose", "storage_gp2"), ("io2.*storage", "storage_io2"),
        ("(io1|provisioned iops|piops).*storage|storage.*(io1|provisioned iops)", "storage_io1"), ("iops", "iops_io1"),
        ("magnetic|provisioned storage", "storage_magnetic"),
    ),
    "AmazonDynamoDB": (
        ("replicated write request", "replicated_write_request_unit"), ("write request", "write_request_unit"),
        ("read request", "read_request_unit"), ("replicated.*write capacity", "replicated_write_capacity_unit"),
        ("write capacity", "write_capacity_unit"), ("read capacity", "read_capacity_unit"),
        ("point.in.time|pitr|continuous backup", "pitr"), ("backup", "backup"), ("stream", "stream_read_unit"),
        ("storage", "storage"),
    ),
    "AmazonDocDB": (
        ("extended support.*year 3", "extended_support_year_3"), ("extended support", "extended_support_years_1_2"),
        ("i/o", "io_requests"), ("backup", "backup"), ("storage", "storage"),
    ),
    "AmazonElastiCache": (
        ("extended support.*year 3", "extended_support_year_3"), ("extended support", "extended_support_years_1_2"),
    ),
    "AmazonES": (
        ("extended support", "extended_support"), ("gp2", "storage_gp2"), ("gp3.*storage|storage.*gp3", "storage_gp3"),
    ),
    "AmazonKeyspaces": (
        ("write request", "write_request_unit"), ("read request", "read_request_unit"), ("storage", "storage"),
        ("write capacity", "write_capacity_unit"), ("read capacity", "read_capacity_unit"),
    ),
    "AmazonNeptune": (("i/o", "io_requests"), ("backup", "backup"), ("storage", "storage")),
    "AmazonMemoryDB": (("snapshot|backup", "backup"), ("data written", "data_written")),
    "AuroraDSQL": (("processing|dpu", "processing_unit"), ("storage", "storage")),
}  # fmt: skip
"""What descriptions say of an item, most telling first."""
SINGLE_REQUESTS = ("_request_unit", "io_requests", "stream_read_unit", "processing_unit")
"""Endings of items that bills count by the piece and prices by the million."""
SUPPORT = re.compile(r"ExtendedSupport[:-]?_?(?:Yr1-Yr2|Yr1_Yr2|Yr3)", re.IGNORECASE)
SERVERLESS_SUPPORT = re.compile(r"ASv2")
CLASS = re.compile(r"\b(?:db|cache|dax)\.[a-z0-9-]+\.[a-z0-9-]+|[a-z0-9-]+\.[a-z0-9]+\.(?:search|elasticsearch)\b")
HOURS = re.compile(r"(?:InstanceUsage|Multi-AZ\w*Usage|NodeUsage|ESInstance)", re.IGNORECASE)
TRANSFER = re.compile(r"data transfer|DataTransfer|-Bytes$|free tier.*transfer", re.IGNORECASE)
TABLES: Mapping[str, Mapping[str, str]] = {
    "AmazonRDS": {
        **{name: product.item for name, product in RDS.items()},
        **{f"RDS:{name}": item for name, (item, _) in RDS_VOLUMES.items()},
        **{f"RDS:Multi-AZ-{name}": item for name, (item, _) in RDS_VOLUMES.items()},
    },
    "AmazonDynamoDB": {name: item for name, (item, _) in DYNAMODB.items()},
    "AmazonDocDB": {name: product.item for name, product in DOCDB.items()},
    "AmazonKeyspaces": {name: DYNAMODB[name][0] for name in KEYSPACES},
    "AmazonEC2": {name: product.item for name, product in EBS.items()},
}


def service_of(name: str) -> str:
    """The price tables' name of a service that an export names in its way; `other services` where they lack it."""
    plain = name.casefold()
    return next((service for words, service in SERVICES if re.search(words, plain)), OTHER_SERVICES)


@lru_cache(65536)
def product_of(service: str, usage: str, description: str, details: str) -> Product:
    """The item of a line of a service, by the price tables' name of it.

    usage: the usage type, with its Region or without; details: an instance class, where the export states one.
    """
    usage = usage_type({"usagetype": usage})
    found = CLASS.search(usage) or CLASS.search(details) or CLASS.search(description)
    name = found.group() if found else ""
    if SUPPORT.search(usage):
        item = _support(service, usage)
        return Product(service, item, name if service == "AmazonElastiCache" else "")
    if usage in TABLES.get(service, {}):
        return _named(service, TABLES[service][usage])
    if service == "AmazonEC2":
        kind, _, server = usage.partition(":")
        return Product(service, "instance", server) if kind == "BoxUsage" else Product(service, "")
    supported = "extended support" in description.casefold() or "extendedsupport" in usage.casefold()
    if name and not supported and (HOURS.search(usage) or not usage.partition(":")[1]):
        return Product("AmazonDAX" if name.startswith("dax.") else service, "instance", name)
    text = f"{usage} {description}"
    if TRANSFER.search(text) and not supported:
        return Product(service, "data_transfer")
    text = text.casefold()
    item = next((item for words, item in DESCRIBED.get(service, ()) if re.search(words, text)), "")
    if "extendedsupport" in text and service == "AmazonES":
        item = "extended_support"
    return _named(service, item) if item else Product(service, "")


def _support(service: str, usage: str) -> str:
    years = "year_3" if "yr3" in usage.casefold() else "years_1_2"
    serverless = "serverless_" if service == "AmazonRDS" and SERVERLESS_SUPPORT.search(usage) else ""
    return f"extended_support_{serverless}{years}"


def _named(service: str, item: str) -> Product:
    table = "AmazonEC2-EBS" if service == "AmazonEC2" else service
    return Product(table, item, factor=1 / MILLION if item.endswith(SINGLE_REQUESTS) else 1.0)


def wording(item: str, instance_class: str = "") -> str:
    """An item of the price tables in words.

    >>> wording("extended_support_years_1_2"), wording("instance", "db.t3.micro"), wording("storage_gp2")
    ('Extended Support years 1-2', 'instance hours db.t3.micro', 'storage gp2')
    """
    words = item.replace("extended_support", "Extended Support").replace("years_1_2", "years 1-2")
    words = "instance hours" if item in ("instance", "instance_own_licence") else words.replace("_", " ")
    return f"{words} {instance_class}".strip()
