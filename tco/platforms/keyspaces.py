"""Amazon Keyspaces: Cassandra tables without clusters, billed by request or by provisioned capacity.

Units are those of DynamoDB: a read of up to 4 KB at LOCAL_QUORUM takes one, at LOCAL_ONE half; a write takes one per
1 KB. Storage of all replicas is in the price. No release forces an upgrade: https://aws.amazon.com/keyspaces/pricing/.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from tco.errors import InputError
from tco.platforms.base import MILLION, Bill, Demand, Platform, Usage, UsageColumns, as_stated, name, quantity, refuse
from tco.platforms.capacity_modes import utilization
from tco.platforms.instances import INTERNET_ITEM, charge_internet, internet_gb
from tco.platforms.request_units import READ_UNIT_BYTES, WRITE_UNIT_BYTES, mean_units, read_mix
from tco.units import SECONDS_PER_HOUR

SERVICE = "AmazonKeyspaces"
LINE = "requests or capacity"
KINDS = (("read", "reads", "rcu"), ("write", "writes", "wcu"))


class KeyspacesUsage(Usage):
    """One keyspace, one month."""

    capacity: Literal["on_demand", "provisioned"] = name(
        "How throughput is bought; where left out, provisioned with rcu or wcu, else on_demand", "on_demand"
    )
    reads_per_month: float = quantity("Read request units: reads of up to 4 KB at LOCAL_QUORUM", "request")
    writes_per_month: float = quantity("Write request units: writes of up to 1 KB", "request")
    rcu: float = quantity("Provisioned read capacity; left out, what the reads need on average", "capacity unit")
    wcu: float = quantity("Provisioned write capacity; left out, what the writes need on average", "capacity unit")
    storage_gb: float = quantity("Stored data as billed", "GB-month")
    pitr_gb: float = quantity("Data under point-in-time recovery", "GB-month")
    internet_gb: float = internet_gb()


def charge(bill: Bill) -> None:
    """Charge Keyspaces bills; see `KeyspacesUsage`."""
    fixed = (bill.number("rcu") > 0) | (bill.number("wcu") > 0)
    provisioned = bill.text("capacity") == "provisioned" if bill.states("capacity") else fixed
    refuse(~provisioned & fixed, "on-demand tables have no rcu or wcu: say capacity: provisioned", "capacity")
    hours = bill.number("hours_per_month")
    for kind, calls, units in KINDS:
        month = bill.number(f"{calls}_per_month")
        requests = np.where(provisioned, 0.0, month / MILLION)
        needed = np.where(bill.number(units) > 0, bill.number(units) * hours, month / SECONDS_PER_HOUR)
        capacity = np.where(provisioned, needed, 0.0)
        bill.charge(f"On-demand {kind} requests", LINE, requests, SERVICE, f"{kind}_request_unit")
        bill.charge(f"Provisioned {kind} capacity", LINE, capacity, SERVICE, f"{kind}_capacity_unit")
    bill.charge("Storage", "storage", bill.number("storage_gb"), SERVICE, "storage")
    bill.charge("Point-in-time recovery", "backup", bill.number("pitr_gb"), SERVICE, "pitr")
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """The usage of one cluster's workload in a month, (draws, groups).

    Rows take the mean of their rounded sizes as in DynamoDB; reads at LOCAL_ONE (keyspaces.local_one_share) half.
    Provisioned capacity is what auto scaling keeps over the load shape, as with DynamoDB. Data: allocated storage x
    rds.storage_fill x dynamodb.size_factor, under point-in-time recovery as dynamodb.pitr_share. Left out: lightweight
    transactions, which take twice the units, and deletes by time to live.
    """
    capacity = demand.text("capacity")
    if np.any(capacity == "reserved"):
        raise InputError("Keyspaces has no reserved capacity; valid: on_demand, provisioned", path="capacity")
    on_demand = capacity == "on_demand"
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    size, spread = demand.number("item_bytes"), demand.assumption("dynamodb.item_size_spread")
    mix = read_mix(demand.assumption("keyspaces.local_one_share"), np.zeros(1))
    reads = demand.number("reads_per_second") * mean_units(size, spread, READ_UNIT_BYTES) * mix
    writes = demand.number("writes_per_second") * mean_units(size, spread, WRITE_UNIT_BYTES)
    stored = demand.number("storage_gb") * demand.assumption("rds.storage_fill")
    stored = stored * demand.assumption("dynamodb.size_factor")
    return as_stated(demand, ("capacity",), ("internet_gb",)) | {
        "reads_per_month": np.where(on_demand, reads * seconds, 0.0),
        "writes_per_month": np.where(on_demand, writes * seconds, 0.0),
        "rcu": np.where(on_demand, 0.0, reads / utilization(demand, "reads")),
        "wcu": np.where(on_demand, 0.0, writes / utilization(demand, "writes")),
        "storage_gb": stored,
        "pitr_gb": stored * demand.assumption("dynamodb.pitr_share"),
    }


PLATFORM = Platform(
    name="keyspaces",
    title="Keyspaces",
    capacity_model="requests",
    lifecycle_engines={},
    hosts=frozenset({"cassandra"}),
    only_compatible=frozenset({"cassandra"}),
    service=SERVICE,
    usage=KeyspacesUsage,
    charge=charge,
    sizing=sizing,
    items=(
        "On-demand read requests", "On-demand write requests", "Provisioned read capacity",
        "Provisioned write capacity", "Storage", "Point-in-time recovery", INTERNET_ITEM,
    ),
)  # fmt: skip
