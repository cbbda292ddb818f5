"""Products of clusters beside RDS: DocumentDB, ElastiCache and DAX; and traffic between machines, zones and Regions."""

from __future__ import annotations

from collections.abc import Mapping

from tco.refresh.price_list import Attributes
from tco.refresh.product import MILLION, Product, usage_type

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
