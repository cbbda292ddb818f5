"""Which product of the AWS Price List is which item of the price tables.

A service has a table of usage types, and a function where more attributes tell its products apart. What neither of them
knows is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from tco.errors import InputError, unknown
from tco.refresh.price_list import Attributes, Product, Selection

MILLION, MILLIONS = Decimal(1_000_000), "million requests"
MB_PER_GIB = Decimal(1024)
"""Throughput of gp3 volumes is priced by the GiB a second there and by the MB a second here."""
REGION_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-")
"""The prefix by which usage types name a Region; us-east-1 has none, or `USE1-` on newer products."""


def usage_type(attributes: Attributes) -> str:
    """The usage type without the Region in front; `IA-` is no Region but a table class, `IO-` no Region either."""
    usage = attributes.get("usagetype", "").strip()
    return usage if usage.startswith(("IA-", "IO-")) else REGION_PREFIX.sub("", usage)


def _product(service: str, item: str, unit: str, **fields: Any) -> Product:
    """A product; the list prices single requests and the tables a million of them."""
    return Product(service, item, unit, **{"factor": MILLION if unit == MILLIONS else Decimal(1), **fields})


_rds, _ebs, _docdb, _opensearch = (
    partial(_product, service) for service in ("AmazonRDS", "AmazonEC2-EBS", "AmazonDocDB", "AmazonES")
)

RDS: Mapping[str, Product] = {
    "Aurora:StorageUsage": _rds("aurora_storage", "GB-month", deployment="standard"),
    "Aurora:IO-OptimizedStorageUsage": _rds("aurora_storage", "GB-month", deployment="io_optimized"),
    "Aurora:StorageIOUsage": _rds("aurora_io_requests", MILLIONS),
    "Aurora:BackupUsage": _rds("aurora_backup", "GB-month"),
    "RDS:ChargedBackupUsage": _rds("backup", "GB-month"),
    "RDS:SnapshotExportToS3": _rds("snapshot_export", "GB"),
    "RDS:ProxyUsage": _rds("proxy", "vCPU hour"),
    "Aurora:ServerlessUsage": _rds("serverless_v1_capacity", "capacity-unit hour"),
    "Aurora:ServerlessV2Usage": _rds("serverless_v2_capacity", "capacity-unit hour", deployment="standard"),
    "Aurora:ServerlessV2IOOptimizedUsage": _rds(
        "serverless_v2_capacity", "capacity-unit hour", deployment="io_optimized"
    ),
}
RDS_ENGINES = {
    "MySQL": "mysql", "PostgreSQL": "postgresql", "MariaDB": "mariadb",
    "Aurora MySQL": "aurora_mysql", "Aurora PostgreSQL": "aurora_postgresql",
}  # fmt: skip
RDS_EDITIONS = {
    ("Oracle", "Standard Two"): "oracle-se2", ("Oracle", "Enterprise"): "oracle-ee",
    ("SQL Server", "Express"): "sqlserver-ex", ("SQL Server", "Web"): "sqlserver-web",
    ("SQL Server", "Standard"): "sqlserver-se", ("SQL Server", "Enterprise"): "sqlserver-ee",
}  # fmt: skip
"""Engines that need a licence, by database engine and edition."""
RDS_LICENCES = {"License included": "instance", "Bring your own license": "instance_own_licence"}
"""The item of an instance hour of such an engine, by its licence model."""
RDS_DEPLOYMENTS = {
    "Single-AZ": "single_az", "Multi-AZ": "multi_az", "Multi-AZ (readable standbys)": "multi_az_cluster",
    "Multi-AZ (SQL Server Mirror)": "multi_az",
}  # fmt: skip
RDS_VOLUMES = {
    "GP2-Storage": ("storage_gp2", "GB-month"), "GP3-Storage": ("storage_gp3", "GB-month"),
    "PIOPS-Storage": ("storage_io1", "GB-month"), "IO2-PIOPS-Storage": ("storage_io2", "GB-month"),
    "StorageUsage": ("storage_magnetic", "GB-month"), "PIOPS": ("iops_io1", "IOPS-month"),
    "IO2-PIOPS": ("iops_io2", "IOPS-month"), "GP3-PIOPS": ("iops_gp3", "IOPS-month"),
    "GP3-Throughput": ("throughput_gp3", "MB/s-month"),
}  # fmt: skip
RDS_SUPPORT = re.compile(r"^ExtendedSupport:(Yr1-Yr2|Yr3):(Aurora)?(MySQL|PostgreSQL)[\d.]*$")


def _rds_product(usage: str, attributes: Attributes) -> Product | None:
    """Instances of the engines in the tables, their storage and Extended Support; other engines are left out."""
    maker = attributes.get("databaseengine", "")
    licensed = RDS_EDITIONS.get((maker, attributes.get("databaseedition", "")), "")
    engine = licensed or RDS_ENGINES.get(maker, "")
    deployment = RDS_DEPLOYMENTS.get(attributes.get("deploymentoption", ""), "")
    if support := RDS_SUPPORT.match(usage):
        years, aurora, family = support.groups()
        item = f"extended_support_{'years_1_2' if years == 'Yr1-Yr2' else 'year_3'}"
        return _rds(item, "vCPU hour", engine=("aurora_" if aurora else "") + family.lower())
    volume = RDS_VOLUMES.get(usage.removeprefix("RDS:").removeprefix("Multi-AZ-"))
    if usage.startswith("RDS:") and volume and deployment and attributes.get("databaseengine") in ("Any", *RDS_ENGINES):
        return _rds(*volume, deployment=deployment)
    name = attributes.get("instancetype", "")
    if engine.startswith("aurora_"):
        deployment = "io_optimized" if usage.startswith("InstanceUsageIOOptimized:") else "standard"
    priced = RDS_LICENCES.get(attributes.get("licensemodel", ""), "") if licensed else "instance"
    if attributes.get("productfamily") != "Database Instance" or not (engine and name and deployment and priced):
        return None
    return _rds(priced, "instance hour", engine=engine, instance_class=name, deployment=deployment)


EBS: Mapping[str, Product] = {
    "EBS:VolumeUsage": _ebs("storage_magnetic", "GB-month"),
    "EBS:VolumeUsage.gp2": _ebs("storage_gp2", "GB-month"),
    "EBS:VolumeUsage.gp3": _ebs("storage_gp3", "GB-month"),
    "EBS:VolumeUsage.piops": _ebs("storage_io1", "GB-month"),
    "EBS:VolumeUsage.io2": _ebs("storage_io2", "GB-month"),
    "EBS:VolumeUsage.st1": _ebs("storage_st1", "GB-month"),
    "EBS:VolumeUsage.sc1": _ebs("storage_sc1", "GB-month"),
    "EBS:VolumeP-IOPS.piops": _ebs("iops_io1", "IOPS-month"),
    "EBS:VolumeP-IOPS.gp3": _ebs("iops_gp3", "IOPS-month"),
    "EBS:VolumeP-IOPS.io2": _ebs("iops_io2", "IOPS-month", tier_from="0", tier_to="32000"),
    "EBS:VolumeP-IOPS.io2.tier2": _ebs("iops_io2", "IOPS-month", tier_from="32000", tier_to="64000"),
    "EBS:VolumeP-IOPS.io2.tier3": _ebs("iops_io2", "IOPS-month", tier_from="64000"),
    "EBS:VolumeP-Throughput.gp3": _ebs("throughput_gp3", "MB/s-month", factor=1 / MB_PER_GIB),
    "EBS:SnapshotUsage": _ebs("snapshot", "GB-month"),
}
PLAIN_LINUX = {
    "operatingsystem": "Linux", "tenancy": "Shared", "preinstalledsw": "NA", "capacitystatus": "Used",
    "operation": "RunInstances",
}  # fmt: skip


def _ec2_product(usage: str, attributes: Attributes) -> Product | None:
    """Plain Linux instances on shared hardware."""
    plain = all(attributes.get(name, "").strip() == value for name, value in PLAIN_LINUX.items())
    if plain and usage.startswith("BoxUsage:") and attributes.get("instancetype"):
        return _product("AmazonEC2", "instance", "instance hour", instance_class=attributes["instancetype"])
    return None


DOCDB: Mapping[str, Product] = {
    "StorageUsage": _docdb("storage", "GB-month", deployment="standard"),
    "IO-OptimizedStorageUsage": _docdb("storage", "GB-month", deployment="io_optimized"),
    "StorageIOUsage": _docdb("io_requests", MILLIONS),
    "BackupUsage": _docdb("backup", "GB-month"),
}
DOCDB_INSTANCES = {"InstanceUsage": "standard", "InstanceUsageIOOptimized": "io_optimized"}


def _docdb_product(usage: str, _: Attributes) -> Product | None:
    """Instances of DocumentDB; elastic clusters are left out."""
    kind, name = usage.split(":", maxsplit=1)[0], usage.rsplit(":", maxsplit=1)[-1]
    if kind not in DOCDB_INSTANCES or not name.startswith("db."):
        return None
    return _docdb("instance", "instance hour", instance_class=name, deployment=DOCDB_INSTANCES[kind])


OPENSEARCH: Mapping[str, Product] = {
    "ES:GP2-Storage": _opensearch("storage_gp2", "GB-month"),
    "ES:GP3-Storage": _opensearch("storage_gp3", "GB-month"),
}


def _opensearch_product(usage: str, _: Attributes) -> Product | None:
    """Nodes of OpenSearch Service, whose usage types leave the ending of the class away; OCUs are left out."""
    kind, _colon, name = usage.partition(":")
    if kind != "ESInstance" or not name:
        return None
    return _opensearch("instance", "instance hour", instance_class=f"{name.removesuffix('.search')}.search")


CACHE_ENGINES = {"Redis": "redis", "Valkey": "valkey", "Memcached": "memcached"}


def _elasticache_product(usage: str, attributes: Attributes) -> Product | None:
    """Nodes by engine; serverless caches, backups and nodes on Outposts are left out."""
    engine = CACHE_ENGINES.get(attributes.get("cacheengine", ""))
    if not usage.startswith("NodeUsage:cache.") or not engine:
        return None
    name = usage.removeprefix("NodeUsage:")
    return _product("AmazonElastiCache", "instance", "instance hour", engine=engine, instance_class=name)


def _dax_product(usage: str, _: Attributes) -> Product | None:
    """Nodes of a cache in front of DynamoDB: the usage type has the whole name, the instance type no prefix."""
    if not usage.startswith("NodeUsage:dax."):
        return None
    return _product("AmazonDAX", "instance", "instance hour", instance_class=usage.removeprefix("NodeUsage:"))


def _transfer_product(usage: str, attributes: Attributes) -> Product | None:
    """Traffic to the internet, between zones, to each other Region; what is free for a whole account is left out."""
    kind, target = attributes.get("transfertype", ""), attributes.get("toregioncode", "")
    if (usage, kind) == ("DataTransfer-Out-Bytes", "AWS Outbound"):
        return _product("AWSDataTransfer", "internet_out", "GB")
    if (usage, kind) == ("DataTransfer-Regional-Bytes", "IntraRegion"):
        return _product("AWSDataTransfer", "cross_az", "GB")
    if usage.endswith("-AWS-Out-Bytes") and kind == "InterRegion Outbound" and target:
        return _product("AWSDataTransfer", f"inter_region_out_{target.replace('-', '_')}", "GB")
    return None


TABLE_CLASS_ITEMS: Mapping[str, tuple[str, str]] = {
    "ReadRequestUnits": ("read_request_unit", MILLIONS),
    "WriteRequestUnits": ("write_request_unit", MILLIONS),
    "ReplWriteRequestUnits": ("replicated_write_request_unit", MILLIONS),
    "ReadCapacityUnit-Hrs": ("read_capacity_unit", "capacity-unit hour"),
    "WriteCapacityUnit-Hrs": ("write_capacity_unit", "capacity-unit hour"),
    "ReplWriteCapacityUnit-Hrs": ("replicated_write_capacity_unit", "capacity-unit hour"),
    "TimedStorage-ByteHrs": ("storage", "GB-month"),
}
"""What DynamoDB prices for each of its two table classes."""
DYNAMODB = {
    **TABLE_CLASS_ITEMS,
    **{f"IA-{usage}": (f"{item}_ia", unit) for usage, (item, unit) in TABLE_CLASS_ITEMS.items()},
    "TimedPITRStorage-ByteHrs": ("pitr", "GB-month"),
    "TimedBackupStorage-ByteHrs": ("backup", "GB-month"),
    "RestoreDataSize-Bytes": ("restore", "GB"),
    "ExportDataSize-Bytes": ("export", "GB"),
    "IncrementalExportDataSize-Bytes": ("export_incremental", "GB"),
    "ImportDataSize-Bytes": ("import", "GB"),
    "Streams-RequestsCount": ("stream_read_unit", MILLIONS),
    "ChangeDataCaptureUnits-Kinesis": ("kinesis_change_unit", MILLIONS),
}
KEYSPACES = (
    "ReadRequestUnits", "WriteRequestUnits", "ReadCapacityUnit-Hrs", "WriteCapacityUnit-Hrs", "TimedStorage-ByteHrs",
    "TimedPITRStorage-ByteHrs", "RestoreDataSize-Bytes",
)  # fmt: skip
"""What Keyspaces has in common with DynamoDB, under the same names."""

SERVICES: Mapping[str, tuple[Mapping[str, Product], Callable[[str, Attributes], Product | None] | None]] = {
    "AWSDataTransfer": ({}, _transfer_product),
    "AmazonDAX": ({}, _dax_product),
    "AmazonDocDB": (DOCDB, _docdb_product),
    "AmazonDynamoDB": ({usage: _product("AmazonDynamoDB", *item) for usage, item in DYNAMODB.items()}, None),
    "AmazonEC2": (EBS, _ec2_product),
    "AmazonES": (OPENSEARCH, _opensearch_product),
    "AmazonElastiCache": ({}, _elasticache_product),
    "AmazonMCS": ({usage: _product("AmazonKeyspaces", *DYNAMODB[usage]) for usage in KEYSPACES}, None),
    "AmazonRDS": (RDS, _rds_product),
}
"""The table and the function of each service, by its name in the Price List."""
OTHER_NAMES = {"AmazonKeyspaces": "AmazonMCS", "AmazonEC2-EBS": "AmazonEC2"}
"""Services that the price tables call otherwise than the Price List, which has volumes among the servers."""


def offer_code(service: str) -> str:
    """The Price List's own name of a service. Raises InputError for a service whose products are not known."""
    known = {*SERVICES, *OTHER_NAMES}
    if service not in known:
        raise InputError(unknown("service", service, known))
    return OTHER_NAMES.get(service, service)


def product_of(service: str) -> Selection:
    """Which product of a service, by its name in the Price List, has some attributes. Raises InputError as above."""
    table, by_attributes = SERVICES[offer_code(service)]

    def select(attributes: Attributes) -> Product | None:
        usage = usage_type(attributes)
        return table.get(usage) or (by_attributes(usage, attributes) if by_attributes else None)

    return select
