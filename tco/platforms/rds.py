"""Amazon RDS for MySQL, PostgreSQL and MariaDB: instances by the hour, allocated storage, backups beyond the
free allowance, Extended Support and RDS Proxy.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np

from tco.catalog.prices import PriceBook
from tco.errors import InputError
from tco.platforms.base import (
    Bill,
    BillLine,
    Columns,
    Demand,
    InstanceUsage,
    Platform,
    Term,
    name,
    quantity,
)
from tco.platforms.block_storage import VolumeRules, charge_volumes, volume_items
from tco.platforms.instance_hours import (
    COPIES,
    EXTENDED_SUPPORT_YEARS,
    INSTANCE_ITEMS,
    charge_instances,
    class_names,
    support_years,
    vcpus,
)

SERVICE = "AmazonRDS"
STORAGE_TYPES = ("gp2", "gp3", "io1", "io2", "magnetic")

#: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
VOLUMES = VolumeRules(
    included_iops=3000,
    included_throughput=125,
    large_from=400,
    large_iops=12000,
    large_throughput=500,
    least_gb=100,
    least_iops=1000,
)

#: Volumes of readers stand on the bill by themselves where their deployment is not that of the first instance.
OF_READERS = ", readers"

#: A proxy is billed for at least two virtual CPUs: https://aws.amazon.com/rds/proxy/pricing/
LEAST_PROXY_VCPU = 2


class RdsUsage(InstanceUsage):
    """One month of an RDS database. Storage, IOPS and throughput are those of each instance, backups of
    all.
    """

    engine: Literal["", "mysql", "postgresql", "mariadb"] = name("Database engine")
    deployment: Literal["single_az", "multi_az", "multi_az_cluster"] = name(
        "Copies of each instance: one; a standby in another zone; two readable standbys", "single_az"
    )
    reader_deployment: Literal["", "single_az", "multi_az"] = name(
        "Copies of each instance beyond the first, the readers; left out, as deployment says of all"
    )
    storage_type: Literal["gp2", "gp3", "io1", "io2", "magnetic"] = name("Volume type of each instance", "gp3")
    storage_gb: float = quantity("Storage allocated to each instance", "GB-month")
    iops: float = quantity("IOPS of each instance in total, what gp3 includes among them", "IOPS")
    throughput: float = quantity("Throughput of each instance in total, what gp3 includes among it", "MB/s")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance, for all instances", "GB-month")
    extended_support_year: int = quantity("Year of paid Extended Support: 1, 2 or 3; 0 for none", "year", 0, maximum=3)
    proxy_vcpu: float = quantity("Virtual CPUs behind RDS Proxy; at least 2 are billed", "vCPU")
    term: Term = name("Price plan of the instances", "on_demand")


def bill(columns: Columns, book: PriceBook, as_of: date) -> list[BillLine]:
    """Lines of RDS bills; see `RdsUsage`.

    A Multi-AZ price is a row of its own and covers the standbys; readers have one too unless their deployment is
    stated. Extended Support is vCPU-hours, standbys and replicas included, at list price whatever the term.
    """
    made = Bill(columns, book, as_of, RdsUsage)
    classes = class_names(made.text("instance_class"), "db.")
    engine, deployment = made.text("engine"), made.text("deployment")
    readers = np.where(made.text("reader_deployment") == "", deployment, made.text("reader_deployment"))
    instances = charge_instances(
        made, SERVICE, classes, engine=engine, deployment=deployment, reader_deployment=readers
    )
    volumes, alike = np.where(classes != "", instances, made.number("instances")), readers == deployment
    kinds, size = made.text("storage_type"), made.number("storage_gb")
    for part, copies, whose in (
        (np.where(alike, volumes, np.minimum(volumes, 1)), deployment, ""),
        (np.where(alike, 0.0, np.maximum(volumes - 1, 0)), readers, OF_READERS),
    ):
        charge_volumes(made, SERVICE, VOLUMES, kinds, size, part, copies, whose)
    made.charge("Backup storage", "backup", made.number("backup_gb"), SERVICE, "backup")
    _charge_extended_support(made, classes, instances, readers)
    proxy = made.number("proxy_vcpu")
    billed = np.where(proxy > 0, np.maximum(proxy, LEAST_PROXY_VCPU), 0.0)
    made.charge("RDS Proxy", "compute", billed * made.number("hours_per_month"), SERVICE, "proxy")
    return made.lines


def _charge_extended_support(made: Bill, classes: np.ndarray, instances: np.ndarray, readers: np.ndarray) -> None:
    """vCPU-hours = (first instance x copies of its deployment + readers x copies of theirs) x vCPU of the class x
    hours.
    """
    first, others = (
        np.array([COPIES[name] for name in column.tolist()]) for column in (made.text("deployment"), readers)
    )
    copies = np.minimum(instances, 1) * first + np.maximum(instances - 1, 0) * others
    for year, in_year in support_years(made).items():
        if np.any(in_year & (classes == "")):
            raise InputError("Extended Support is billed by vCPU: it needs an instance_class", path="instance_class")
        hours = copies * vcpus(made, classes, np.atleast_1d(in_year)) * made.number("hours_per_month")
        made.charge(
            f"Extended Support year {year}", "Extended Support", np.where(in_year, hours, 0.0), SERVICE,
            f"extended_support_{EXTENDED_SUPPORT_YEARS[year]}", engine=made.text("engine"),
        )  # fmt: skip


def sizing(demand: Demand) -> Columns:
    """Each instance holds a whole copy of the data, so each has the cluster's allocated storage."""
    texts = ("region", "engine", "instance_class", "deployment", "reader_deployment", "storage_type", "term")
    numbers = ("instances", "storage_gb", "iops", "backup_gb", "hours_per_month")
    return {field: demand.text(field) for field in texts} | {field: demand.number(field) for field in numbers}


PLATFORM = Platform(
    name="rds",
    capacity_model="instances",
    lifecycle_engines={"mysql": "rds_mysql", "postgresql": "rds_postgresql", "mariadb": "rds_mariadb"},
    hosts=frozenset({"mysql", "postgresql", "mariadb"}),
    service=SERVICE,
    usage=RdsUsage,
    bill=bill,
    sizing=sizing,
    items=(
        *INSTANCE_ITEMS,
        *volume_items(STORAGE_TYPES),
        *(f"{item}{OF_READERS}" for item in volume_items(STORAGE_TYPES)),
        "Backup storage",
        *(f"Extended Support year {year}" for year in EXTENDED_SUPPORT_YEARS),
        "RDS Proxy",
    ),
)
