"""The item of the price tables that a line of a bill is: by its usage type if it has one, else by its description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tco.catalog.price_rows import PriceRow
from tco.model.fleet.bills import book_for
from tco.platforms.base import MILLION
from tco.refresh.products import DOCDB, DYNAMODB, EBS, KEYSPACES, RDS, RDS_VOLUMES, usage_type
from tco.scenario.scenario import Scenario

SERVICES: Sequence[tuple[str, str]] = (
    ("rds|relational database", "AmazonRDS"), ("dax", "AmazonDAX"), ("dynamo ?db", "AmazonDynamoDB"),
    ("docdb|documentdb", "AmazonDocDB"), ("elasti ?cache", "AmazonElastiCache"), ("memorydb", "AmazonMemoryDB"),
    ("neptune", "AmazonNeptune"), ("keyspaces|amazonmcs", "AmazonKeyspaces"), ("dsql", "AuroraDSQL"),
    ("opensearch|elasticsearch|amazones$", "AmazonES"), ("amazonec2|elastic compute cloud", "AmazonEC2"),
)  # fmt: skip
"""Words in the names of services in exports, and the names of these services in the price tables."""
OTHER_SERVICES = "other services"


class Product(NamedTuple):
    """An item of the price tables. item: empty if they have no price for the line.

    factor: converts the line's quantity to the unit of the price (a millionth if single requests are billed).
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
"""Patterns in descriptions of items, the most specific first."""
SINGLE_REQUESTS = ("_request_unit", "io_requests", "stream_read_unit", "processing_unit")
"""Endings of items that are billed per piece and priced per million."""
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
    """The name in the price tables of a service of an export; `other services` if they lack it."""
    plain = name.casefold()
    return next((service for words, service in SERVICES if re.search(words, plain)), OTHER_SERVICES)


@lru_cache(65536)
def product_of(service: str, usage: str, description: str, details: str) -> Product:
    """The item of a line of a service, which is named as in the price tables.

    usage: the usage type, with or without its Region; details: an instance class, if the export states one.
    """
    usage = usage_type({"usagetype": usage})
    matched = CLASS.search(usage) or CLASS.search(details) or CLASS.search(description)
    name = matched.group() if matched else ""
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


def price_rows(scenario: Scenario, assumptions: Iterable[str]) -> dict[str, PriceRow]:
    """The price rows that lines of a ledger read, by name. assumptions: that column of the ledger."""
    names = {name for joined in assumptions for name in joined.split("; ") if " " in name}
    return {row.name: row for row in book_for(scenario).named(names)}


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
