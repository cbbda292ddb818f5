"""What a bill of a DynamoDB table needs to know: the fields of one table with its indexes and replicas, one
month.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from tco.platforms.base import Usage, name, quantity, share
from tco.platforms.request_units import LARGEST_ITEM_BYTES


def _region_names(value: object) -> object:
    """Text such as `us-west-2,eu-west-1` as names."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _hourly_values(value: object) -> object:
    """A list of hourly values; it is told from text that names a shape."""
    return tuple(value) if isinstance(value, (list, np.ndarray)) else value


RegionNames = Annotated[tuple[str, ...], BeforeValidator(_region_names)]
Load = Annotated[str | tuple[float, ...], BeforeValidator(_hourly_values)]


class DynamoDBUsage(Usage):
    """One table with its indexes and replicas, one month."""

    capacity: Literal["on_demand", "provisioned", "reserved"] = name(
        "How throughput is bought; where left out, what the other fields need: reserved with reserved_rcu or "
        "reserved_wcu, provisioned with rcu or wcu, else on_demand", "on_demand",
    )  # fmt: skip
    table_class: Literal["standard", "standard_ia"] = name("Table class", "standard")
    reads_per_second: float = quantity("Reads of one item a second, on average or outside the peak", "request/second")
    writes_per_second: float = quantity("Writes of one item a second, on average or outside the peak", "request/second")
    reads_per_month: float = quantity("Reads of one item a month, in place of reads_per_second", "request")
    writes_per_month: float = quantity("Writes of one item a month, in place of writes_per_second", "request")
    item_bytes: float = quantity(
        "Size of an item: a read takes a unit per 4 KB and a write one per 1 KB, rounded up; left out, one unit",
        "byte", maximum=LARGEST_ITEM_BYTES,
    )  # fmt: skip
    eventual_read_share: float = share("Share of reads that are eventually consistent, at half the units")
    transactional_read_share: float = share("Share of reads in transactions, at twice the units")
    transactional_write_share: float = share("Share of writes in transactions, at twice the units")
    index_writes_per_write: float = quantity(
        "Entries of global secondary indexes written for a write of an item, each as large as the item", "request",
        maximum=1000,
    )  # fmt: skip
    rcu: float = quantity("Provisioned read capacity, fixed, in place of what the reads need", "capacity unit")
    wcu: float = quantity("Provisioned write capacity, fixed, in place of what the writes need", "capacity unit")
    target_utilization: float = share(
        "Share of provisioned capacity that auto scaling aims to have in use; left out, capacity is what the rate "
        "needs, of a load shape its highest hour"
    )
    peak_reads_per_second: float = quantity("Reads a second in the peak", "request/second")
    peak_writes_per_second: float = quantity("Writes a second in the peak", "request/second")
    peak_hours_per_day: float = quantity("Hours of each day that the peak lasts", "hour", maximum=24)
    load: Load = Field(
        "", description="How the load is spread over the hours: a name of params/load_shapes.yaml, 24 or 168 hourly "
        "values, or a .csv file of timestamped requests; left out, evenly", json_schema_extra={"unit": "name"},
    )  # fmt: skip
    reserved_rcu: float = quantity("Reserved read capacity; bought in blocks of 100, rounded up", "capacity unit")
    reserved_wcu: float = quantity("Reserved write capacity; bought in blocks of 100, rounded up", "capacity unit")
    reserved_term: Literal["", "1yr", "3yr"] = name("Term of the reserved capacity: 1yr or 3yr")
    storage_gb: float = quantity("Stored data and indexes as billed, 100 bytes an item included", "GB-month")
    pitr_gb: float = quantity("Table size under point-in-time recovery", "GB-month")
    backup_gb: float = quantity("On-demand backups kept, averaged over the month", "GB-month")
    restore_gb: float = quantity("Data restored from backups, or copied into a new replica", "GB")
    export_gb: float = quantity("Data exported to S3", "GB")
    import_gb: float = quantity("Data imported from S3, uncompressed", "GB")
    stream_reads: float = quantity("GetRecords calls on DynamoDB Streams, beyond the free ones of Lambda", "request")
    cdc_units: float = quantity("Writes of 1 KB captured for Kinesis Data Streams", "request")
    replica_regions: RegionNames = Field(
        (), description="Other Regions that hold a replica of the table (global table)",
        json_schema_extra={"unit": "name"},
    )  # fmt: skip
    dax_node_type: str = name("Node type of a DAX cluster, such as dax.r5.large")
    dax_nodes: int = quantity("Nodes of the DAX cluster", "instance", 0)
    transfer_gb: float = quantity(
        "Data transferred out: to the replica Regions where there are any, else to the internet", "GB"
    )
    free_tier: bool = Field(
        False, description="Whether this table uses up the free tier: 25 RCU, 25 WCU, 25 GB, 2.5 million stream reads",
        json_schema_extra={"unit": "switch"},
    )  # fmt: skip
