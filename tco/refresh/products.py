"""Which product of the AWS Price List is which item of the price tables: one function a service, by the attributes that
tell its products apart. What a function does not know is left out, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tco.errors import InputError, unknown
from tco.refresh.price_list import Attributes

MILLION = Decimal(1_000_000)


#: The prefix by which usage types name a Region; us-east-1 has none, or `USE1-` on newer products.
REGION_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-")


@dataclass(frozen=True, slots=True)
class Product:
    """The item that a product is. factor: its price times this is the price in `unit`; tier: where the tiers of an
    item are products of their own, the quantity from which this one holds and to which.
    """

    service: str
    item: str
    unit: str
    engine: str = ""
    instance_class: str = ""
    deployment: str = ""
    factor: Decimal = Decimal(1)
    tier_from: str = ""
    tier_to: str = ""


def usage_type(attributes: Attributes) -> str:
    """The usage type without the Region in front; `IA-` is no Region but a table class, `IO-` no Region either."""
    usage = attributes.get("usagetype", "").strip()
    return usage if usage.startswith(("IA-", "IO-")) else REGION_PREFIX.sub("", usage)


#: Throughput of gp3 volumes is priced by the GiB a second there and by the MB a second here.
MB_PER_GIB = Decimal(1024)


ENGINES = {
    "MySQL": "mysql", "PostgreSQL": "postgresql", "MariaDB": "mariadb",
    "Aurora MySQL": "aurora_mysql", "Aurora PostgreSQL": "aurora_postgresql",
}  # fmt: skip


DEPLOYMENTS = {
    "Single-AZ": "single_az", "Multi-AZ": "multi_az", "Multi-AZ (readable standbys)": "multi_az_cluster",
}  # fmt: skip


RDS_VOLUMES = {
    "GP2-Storage": ("storage_gp2", "GB-month"), "GP3-Storage": ("storage_gp3", "GB-month"),
    "PIOPS-Storage": ("storage_io1", "GB-month"), "IO2-PIOPS-Storage": ("storage_io2", "GB-month"),
    "StorageUsage": ("storage_magnetic", "GB-month"), "PIOPS": ("iops_io1", "IOPS-month"),
    "IO2-PIOPS": ("iops_io2", "IOPS-month"), "GP3-PIOPS": ("iops_gp3", "IOPS-month"),
    "GP3-Throughput": ("throughput_gp3", "MB/s-month"),
}  # fmt: skip


RDS: Mapping[str, Product] = {
    "Aurora:StorageUsage": Product("AmazonRDS", "aurora_storage", "GB-month", deployment="standard"),
    "Aurora:IO-OptimizedStorageUsage": Product("AmazonRDS", "aurora_storage", "GB-month", deployment="io_optimized"),
    "Aurora:StorageIOUsage": Product("AmazonRDS", "aurora_io_requests", "million requests", factor=MILLION),
    "Aurora:BackupUsage": Product("AmazonRDS", "aurora_backup", "GB-month"),
    "RDS:ChargedBackupUsage": Product("AmazonRDS", "backup", "GB-month"),
    "RDS:SnapshotExportToS3": Product("AmazonRDS", "snapshot_export", "GB"),
    "RDS:ProxyUsage": Product("AmazonRDS", "proxy", "vCPU hour"),
    "Aurora:ServerlessUsage": Product("AmazonRDS", "serverless_v1_capacity", "capacity-unit hour"),
    "Aurora:ServerlessV2Usage": Product(
        "AmazonRDS", "serverless_v2_capacity", "capacity-unit hour", deployment="standard"
    ),
    "Aurora:ServerlessV2IOOptimizedUsage": Product(
        "AmazonRDS", "serverless_v2_capacity", "capacity-unit hour", deployment="io_optimized"
    ),
}


SUPPORT = re.compile(r"^ExtendedSupport:(Yr1-Yr2|Yr3):(Aurora)?(MySQL|PostgreSQL)[\d.]*$")


def rds_product(attributes: Attributes) -> Product | None:
    """Instances of the engines in the tables, their storage, and what Aurora bills; other engines are left out."""
    usage, engine = usage_type(attributes), ENGINES.get(attributes.get("databaseengine", ""), "")
    deployment = DEPLOYMENTS.get(attributes.get("deploymentoption", ""), "")
    if usage in RDS:
        return RDS[usage]
    if support := SUPPORT.match(usage):
        years, aurora, family = support.groups()
        item = f"extended_support_{'years_1_2' if years == 'Yr1-Yr2' else 'year_3'}"
        return Product("AmazonRDS", item, "vCPU hour", engine=("aurora_" if aurora else "") + family.lower())
    volume = RDS_VOLUMES.get(usage.removeprefix("RDS:").removeprefix("Multi-AZ-"))
    if usage.startswith("RDS:") and volume and deployment and attributes.get("databaseengine") in ("Any", *ENGINES):
        return Product("AmazonRDS", *volume, deployment=deployment)
    if attributes.get("productfamily") != "Database Instance" or not engine:
        return None
    if engine.startswith("aurora_"):
        deployment = "io_optimized" if usage.startswith("InstanceUsageIOOptimized:") else "standard"
    name = attributes.get("instancetype", "")
    return Product("AmazonRDS", "instance", "instance hour", engine, name, deployment) if name and deployment else None


PLAIN_LINUX = {
    "operatingsystem": "Linux", "tenancy": "Shared", "preinstalledsw": "NA", "capacitystatus": "Used",
    "operation": "RunInstances",
}  # fmt: skip


EBS: Mapping[str, Product] = {
    "EBS:VolumeUsage": Product("AmazonEC2-EBS", "storage_magnetic", "GB-month"),
    "EBS:VolumeUsage.gp2": Product("AmazonEC2-EBS", "storage_gp2", "GB-month"),
    "EBS:VolumeUsage.gp3": Product("AmazonEC2-EBS", "storage_gp3", "GB-month"),
    "EBS:VolumeUsage.piops": Product("AmazonEC2-EBS", "storage_io1", "GB-month"),
    "EBS:VolumeUsage.io2": Product("AmazonEC2-EBS", "storage_io2", "GB-month"),
    "EBS:VolumeUsage.st1": Product("AmazonEC2-EBS", "storage_st1", "GB-month"),
    "EBS:VolumeUsage.sc1": Product("AmazonEC2-EBS", "storage_sc1", "GB-month"),
    "EBS:VolumeP-IOPS.piops": Product("AmazonEC2-EBS", "iops_io1", "IOPS-month"),
    "EBS:VolumeP-IOPS.gp3": Product("AmazonEC2-EBS", "iops_gp3", "IOPS-month"),
    "EBS:VolumeP-IOPS.io2": Product("AmazonEC2-EBS", "iops_io2", "IOPS-month", tier_from="0", tier_to="32000"),
    "EBS:VolumeP-IOPS.io2.tier2": Product(
        "AmazonEC2-EBS", "iops_io2", "IOPS-month", tier_from="32000", tier_to="64000"
    ),
    "EBS:VolumeP-IOPS.io2.tier3": Product("AmazonEC2-EBS", "iops_io2", "IOPS-month", tier_from="64000"),
    "EBS:VolumeP-Throughput.gp3": Product("AmazonEC2-EBS", "throughput_gp3", "MB/s-month", factor=1 / MB_PER_GIB),
    "EBS:SnapshotUsage": Product("AmazonEC2-EBS", "snapshot", "GB-month"),
}


def ec2_product(attributes: Attributes) -> Product | None:
    """Plain Linux instances on shared hardware, volumes and snapshots."""
    usage = usage_type(attributes)
    if usage in EBS:
        return EBS[usage]
    plain = all(attributes.get(name, "").strip() == value for name, value in PLAIN_LINUX.items())
    if plain and usage.startswith("BoxUsage:") and attributes.get("instancetype"):
        return Product("AmazonEC2", "instance", "instance hour", instance_class=attributes["instancetype"])
    return None


DOCDB: Mapping[str, Product] = {
    "StorageUsage": Product("AmazonDocDB", "storage", "GB-month", deployment="standard"),
    "IO-OptimizedStorageUsage": Product("AmazonDocDB", "storage", "GB-month", deployment="io_optimized"),
    "StorageIOUsage": Product("AmazonDocDB", "io_requests", "million requests", factor=MILLION),
    "BackupUsage": Product("AmazonDocDB", "backup", "GB-month"),
}


DOCDB_INSTANCES = {"InstanceUsage:": "standard", "InstanceUsageIOOptimized:": "io_optimized"}


def docdb_product(attributes: Attributes) -> Product | None:
    """Instances, shared storage, I/O and backups of DocumentDB; elastic clusters are left out."""
    usage = usage_type(attributes)
    if usage in DOCDB:
        return DOCDB[usage]
    for beginning, deployment in DOCDB_INSTANCES.items():
        if usage.startswith(f"{beginning}db."):
            name = usage.removeprefix(beginning)
            return Product("AmazonDocDB", "instance", "instance hour", instance_class=name, deployment=deployment)
    return None


CACHE_ENGINES = {"Redis": "redis", "Valkey": "valkey", "Memcached": "memcached"}


def elasticache_product(attributes: Attributes) -> Product | None:
    """Nodes by engine; serverless caches, backups and nodes on Outposts are left out."""
    usage, engine = usage_type(attributes), CACHE_ENGINES.get(attributes.get("cacheengine", ""))
    if not usage.startswith("NodeUsage:cache.") or not engine:
        return None
    name = usage.removeprefix("NodeUsage:")
    return Product("AmazonElastiCache", "instance", "instance hour", engine, name)


def dax_product(attributes: Attributes) -> Product | None:
    """Nodes of a cache in front of DynamoDB: the usage type has the whole name, the instance type no prefix."""
    usage = usage_type(attributes)
    if not usage.startswith("NodeUsage:dax."):
        return None
    return Product("AmazonDAX", "instance", "instance hour", instance_class=usage.removeprefix("NodeUsage:"))


def transfer_product(attributes: Attributes) -> Product | None:
    """Traffic to the internet, between zones, to each other Region; what is free for a whole account is left out."""
    usage, kind = usage_type(attributes), attributes.get("transfertype", "")
    if usage == "DataTransfer-Out-Bytes" and kind == "AWS Outbound":
        return Product("AWSDataTransfer", "internet_out", "GB")
    if usage == "DataTransfer-Regional-Bytes" and kind == "IntraRegion":
        return Product("AWSDataTransfer", "cross_az", "GB")
    target = attributes.get("toregioncode", "")
    if usage.endswith("-AWS-Out-Bytes") and kind == "InterRegion Outbound" and target:
        return Product("AWSDataTransfer", f"inter_region_out_{target.replace('-', '_')}", "GB")
    return None


DYNAMODB: Mapping[str, tuple[str, str, Decimal]] = {
    "ReadRequestUnits": ("read_request_unit", "million requests", MILLION),
    "WriteRequestUnits": ("write_request_unit", "million requests", MILLION),
    "ReplWriteRequestUnits": ("replicated_write_request_unit", "million requests", MILLION),
    "IA-ReadRequestUnits": ("read_request_unit_ia", "million requests", MILLION),
    "IA-WriteRequestUnits": ("write_request_unit_ia", "million requests", MILLION),
    "IA-ReplWriteRequestUnits": ("replicated_write_request_unit_ia", "million requests", MILLION),
    "ReadCapacityUnit-Hrs": ("read_capacity_unit", "capacity-unit hour", Decimal(1)),
    "WriteCapacityUnit-Hrs": ("write_capacity_unit", "capacity-unit hour", Decimal(1)),
    "ReplWriteCapacityUnit-Hrs": ("replicated_write_capacity_unit", "capacity-unit hour", Decimal(1)),
    "IA-ReadCapacityUnit-Hrs": ("read_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "IA-WriteCapacityUnit-Hrs": ("write_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "IA-ReplWriteCapacityUnit-Hrs": ("replicated_write_capacity_unit_ia", "capacity-unit hour", Decimal(1)),
    "TimedStorage-ByteHrs": ("storage", "GB-month", Decimal(1)),
    "IA-TimedStorage-ByteHrs": ("storage_ia", "GB-month", Decimal(1)),
    "TimedPITRStorage-ByteHrs": ("pitr", "GB-month", Decimal(1)),
    "TimedBackupStorage-ByteHrs": ("backup", "GB-month", Decimal(1)),
    "RestoreDataSize-Bytes": ("restore", "GB", Decimal(1)),
    "ExportDataSize-Bytes": ("export", "GB", Decimal(1)),
    "IncrementalExportDataSize-Bytes": ("export_incremental", "GB", Decimal(1)),
    "ImportDataSize-Bytes": ("import", "GB", Decimal(1)),
    "Streams-RequestsCount": ("stream_read_unit", "million requests", MILLION),
    "ChangeDataCaptureUnits-Kinesis": ("kinesis_change_unit", "million requests", MILLION),
}


#: What Keyspaces has in common with DynamoDB, under the same names.
KEYSPACES = (
    "ReadRequestUnits", "WriteRequestUnits", "ReadCapacityUnit-Hrs", "WriteCapacityUnit-Hrs", "TimedStorage-ByteHrs",
    "TimedPITRStorage-ByteHrs", "RestoreDataSize-Bytes",
)  # fmt: skip


def dynamodb_product(attributes: Attributes) -> Product | None:
    """By the whole usage type: `ReplWriteRequestUnits` and `IA-WriteRequestUnits` end in another's name."""
    found = DYNAMODB.get(usage_type(attributes))
    return Product("AmazonDynamoDB", found[0], found[1], factor=found[2]) if found else None


def keyspaces_product(attributes: Attributes) -> Product | None:
    """Requests, capacity and storage of Cassandra tables, whose usage types are those of DynamoDB."""
    usage = usage_type(attributes)
    if usage not in KEYSPACES:
        return None
    item, unit, factor = DYNAMODB[usage]
    return Product("AmazonKeyspaces", item, unit, factor=factor)


SERVICES: Mapping[str, Callable[[Attributes], Product | None]] = {
    "AWSDataTransfer": transfer_product,
    "AmazonDAX": dax_product,
    "AmazonDocDB": docdb_product,
    "AmazonDynamoDB": dynamodb_product,
    "AmazonEC2": ec2_product,
    "AmazonElastiCache": elasticache_product,
    "AmazonMCS": keyspaces_product,
    "AmazonRDS": rds_product,
}


#: Services that the price tables call otherwise than the Price List, which has volumes among the servers.
OTHER_NAMES = {"AmazonKeyspaces": "AmazonMCS", "AmazonEC2-EBS": "AmazonEC2"}


def offer_code(service: str) -> str:
    """The Price List's own name of a service. Raises InputError for a service whose products nobody here knows."""
    known = {*SERVICES, *OTHER_NAMES}
    if service not in known:
        raise InputError(unknown("service", service, known))
    return OTHER_NAMES.get(service, service)


def product_of(service: str) -> Callable[[Attributes], Product | None]:
    """The function that knows the products of a service. Raises InputError for a service that none knows."""
    if service not in SERVICES:
        raise InputError(unknown("service", service, SERVICES))
    return SERVICES[service]
