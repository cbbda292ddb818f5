"""A self-managed database on Amazon EC2: instances, volumes, snapshots, traffic between zones and to the internet.

The software costs nothing here; the hours of running it are labour lines of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np

from tco import resources
from tco.catalog.lifecycle import self_managed_engines
from tco.catalog.prices import factors
from tco.platforms.base import (
    BYTES_PER_GB,
    Amounts,
    Bill,
    Demand,
    InstanceUsage,
    Platform,
    Term,
    UsageColumns,
    as_stated,
    name,
    quantity,
)
from tco.platforms.instances import (
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    TRANSFER_SERVICE,
    charge_instances,
    charge_internet,
    class_names,
    internet_gb,
)
from tco.platforms.storage import VolumeRules, charge_volumes, volume_items
from tco.scenario.scenario import COPIES_OF_RINGS
from tco.units import SECONDS_PER_HOUR

SERVICE = "AmazonEC2"
VOLUMES_SERVICE = "AmazonEC2-EBS"
VOLUME_TYPES = ("gp2", "gp3", "io1", "io2", "st1", "sc1", "magnetic")

VOLUMES = VolumeRules(included_iops=3000, included_throughput=125)
"""https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"""
CROSS_AZ_DIRECTIONS = 2
"""Traffic between zones is charged where it leaves and where it arrives: https://aws.amazon.com/ec2/pricing/on-demand/"""

Ec2Term = Literal[
    Term,
    "1yr_convertible_no_upfront",
    "1yr_convertible_partial_upfront",
    "3yr_convertible_no_upfront",
    "3yr_convertible_partial_upfront",
]


class Ec2Usage(InstanceUsage):
    """One month of a self-managed database on EC2. The volume is that of each instance; the rest is for all of them."""

    volume_type: Literal["gp2", "gp3", "io1", "io2", "st1", "sc1", "magnetic"] = name(
        "Volume type of each instance", "gp3"
    )
    volume_gb: float = quantity("Volume size of each instance", "GB-month")
    iops: float = quantity("IOPS of each volume in total, what gp3 includes among them", "IOPS")
    throughput: float = quantity("Throughput of each volume in total, what gp3 includes among it", "MB/s")
    snapshot_gb: float = quantity("Snapshot storage of all volumes", "GB-month")
    cross_az_gb: float = quantity("Traffic between zones, each GB given once and charged in both directions", "GB")
    internet_gb: float = internet_gb()
    term: Ec2Term = name("Price plan of the instances", "on_demand")


def charge(bill: Bill) -> None:
    """Charge EC2 bills; see `Ec2Usage`. Instances run Linux on shared hardware."""
    classes = class_names(bill.text("instance_class"), "")
    instances = charge_instances(bill, SERVICE, classes)
    volumes = np.where(classes != "", instances, bill.number("instances"))
    charge_volumes(bill, VOLUMES_SERVICE, VOLUMES, bill.text("volume_type"), bill.number("volume_gb"), volumes)
    bill.charge("Snapshots", "backup", bill.number("snapshot_gb"), VOLUMES_SERVICE, "snapshot")
    between = bill.number("cross_az_gb") * CROSS_AZ_DIRECTIONS
    bill.charge("Traffic between zones", "data transfer", between, TRANSFER_SERVICE, "cross_az")
    charge_internet(bill)


def sizing(demand: Demand) -> UsageColumns:
    """Volumes, or local disks of the instances if large enough, together hold `copies` copies of the data.

    Each write is sent to the copies in other zones.
    Traffic between zones = writes a second x item size x seconds of the month x (copies - 1) x share of them in another
    zone x bytes sent for each byte written: rows and logs, or a ring's mutations. Snapshots = allocated storage of one
    copy x snapshots kept for each GB, plus the backups that a managed platform would bill.
    """
    instances, copies, storage = (demand.number(field) for field in ("instances", "copies", "storage_gb"))
    seconds = demand.number("hours_per_month") * SECONDS_PER_HOUR
    written = demand.number("writes_per_second") * demand.number("item_bytes") * seconds / BYTES_PER_GB
    further = copies - 1
    copied = written * further * _sent_elsewhere(demand) if further.any() else np.zeros(1)
    held = storage * copies / instances
    return as_stated(demand, ("instance_class", "term"), ("iops", "internet_gb")) | {
        "volume_type": demand.text("storage_type"),
        "instances": instances,
        "volume_gb": np.where(held <= _disk_gb(demand), 0.0, held),
        "snapshot_gb": storage * demand.assumption("ec2.snapshot_share") + demand.number("backup_gb"),
        "cross_az_gb": copied,
    }


def _disk_gb(demand: Demand) -> Amounts:
    """GB of local disks of an instance, by its family; 0 if it has none, or if the group states IOPS of a volume."""
    values, codes = factors(demand.text("instance_class"))
    families = [value.partition(".")[0] for value in values]
    disks = np.array([
        _disks()[family] * demand.memory_gib(value) if family in _disks() else 0.0
        for family, value in zip(families, values, strict=True)
    ])  # fmt: skip
    return np.where(demand.number("iops") > 0, 0.0, disks[codes])


@cache
def _disks() -> Mapping[str, float]:
    """GB of own disks for each GiB of memory of storage-optimised families, from `data/disks.csv`."""
    rows = resources.table("data/disks.csv")
    return {row["family"]: float(row["disk_gb"]) / float(row["memory_gib"]) for row in rows}


def _sent_elsewhere(demand: Demand) -> Amounts:
    """Bytes sent between zones per further copy and byte written: a ring sends the writes, other engines their logs."""
    of_ring = np.array([engine in COPIES_OF_RINGS for engine in demand.text("engine").tolist()])
    kinds = {True: "ec2.ring_replication_bytes_per_byte", False: "ec2.replication_bytes_per_byte"}
    sent = [np.where(of_ring == ring, demand.assumption(path), 0.0) for ring, path in kinds.items() if ring in of_ring]
    return sum(sent, np.zeros(1)) * demand.assumption("ec2.copies_in_other_zones_share")


PLATFORM = Platform(
    name="ec2",
    title="EC2",
    capacity_model="instances",
    lifecycle_engines={engine: engine for engine in self_managed_engines()},
    hosts=frozenset(self_managed_engines()),
    service=SERVICE,
    settings=("storage_type",),
    usage=Ec2Usage,
    charge=charge,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        *volume_items(VOLUME_TYPES),
        "Snapshots",
        "Traffic between zones",
        INTERNET_ITEM,
    ),
    self_managed=True,
)
