"""Amazon RDS for MySQL, PostgreSQL, MariaDB, Oracle and SQL Server: instances by the hour, with the licence or without
it, allocated storage, backups beyond the free allowance, Extended Support and RDS Proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from tco.catalog.prices import distinct
from tco.errors import InputError
from tco.platforms.base import (
    WITHOUT_BLUE_GREEN,
    Bill,
    Demand,
    InstanceUsage,
    Platform,
    Term,
    UsageColumns,
    as_stated,
    name,
    quantity,
    refuse,
)
from tco.platforms.instances import (
    EXTENDED_SUPPORT_ITEMS,
    INSTANCE_ITEMS,
    INTERNET_ITEM,
    charge_extended_support,
    charge_instances,
    charge_internet,
    charge_proxy,
    class_names,
    extended_support_year,
    in_extended_support,
    internet_gb,
    reader_deployments,
    vcpus,
    with_standbys,
)
from tco.platforms.storage import VolumeRules, charge_volumes, volume_items
from tco.scenario.scenario import licence_as_written

SERVICE = "AmazonRDS"
STORAGE_TYPES = ("gp2", "gp3", "io1", "io2", "magnetic")

VOLUMES = VolumeRules(
    included_iops=3000,
    included_throughput=125,
    large_from=400,
    large_iops=12000,
    large_throughput=500,
    min_gb=100,
    min_iops=1000,
)
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html"""

LARGE_FROM = {"oracle": 200.0, "sqlserver": np.inf}
"""Of Oracle and SQL Server: the same page."""

ENDED_EDITION = (
    "{} ended on RDS with Oracle 11.2: from 2020-11-01 (licence included) and 2021-01-04 (own licence) AWS took its "
    "instances to 19; state oracle-se2, the standard edition of today, or oracle-ee"
)
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Oracle.html, as of November 2020."""
LICENCES = {"license_included": "instance", "bring_your_own_license": "instance_own_licence"}
"""The price item of an instance hour by licence."""
WITH_LICENCE = ("oracle", "sqlserver")
"""First parts of the names of engines that need a licence."""

OF_READERS = ", readers"
"""Ending of the items of readers' volumes, which are separate if their deployment differs from the first instance's."""

MIN_PROXY_VCPU = 2
"""A proxy is billed for at least two virtual CPUs: https://aws.amazon.com/rds/proxy/pricing/"""


class RdsUsage(InstanceUsage):
    """One month of an RDS database. Storage, IOPS and throughput are those of each instance, backups of all."""

    engine_names: ClassVar[Mapping[str, str]] = {"oracle-ee-cdb": "oracle-ee", "oracle-se2-cdb": "oracle-se2"}
    ended_engines: ClassVar[Mapping[str, str]] = {
        "oracle-se": ENDED_EDITION.format("Standard Edition"),
        "oracle-se1": ENDED_EDITION.format("Standard Edition One"),
    }

    engine: Literal[
        "", "mysql", "postgresql", "mariadb", "oracle-se2", "oracle-ee",
        "sqlserver-ex", "sqlserver-web", "sqlserver-se", "sqlserver-ee",
    ] = name("Database engine")  # fmt: skip
    licence: Literal["", "license_included", "bring_your_own_license"] = name(
        "Oracle and SQL Server: whether the price has the licence in it; left out, the only way that has a price"
    )
    deployment: Literal["single_az", "multi_az", "multi_az_cluster"] = name(
        "Copies of each instance: one; a standby in another zone; two readable standbys", "single_az"
    )
    reader_deployment: Literal["", "single_az", "multi_az"] = name(
        "Copies of each reader, the instances beyond the first; left out, one: a replica has no standby by itself"
    )
    storage_type: Literal["gp2", "gp3", "io1", "io2", "magnetic"] = name("Volume type of each instance", "gp3")
    storage_gb: float = quantity("Storage allocated to each instance", "GB-month")
    iops: float = quantity("IOPS of each instance in total, what gp3 includes among them", "IOPS")
    throughput: float = quantity("Throughput of each instance in total, what gp3 includes among it", "MB/s")
    backup_gb: float = quantity("Backup storage billed: beyond the free allowance, for all instances", "GB-month")
    extended_support_year: int = extended_support_year()
    proxy_vcpu: float = quantity("Virtual CPUs behind RDS Proxy; at least 2 are billed", "vCPU")
    internet_gb: float = internet_gb()
    term: Term = name("Price plan of the instances", "on_demand")

    @field_validator("licence", mode="before")
    @classmethod
    def _licence_as_written(cls, value: object) -> object:
        licence = licence_as_written(value)
        return "" if licence is None else licence


@cache
def volumes_of(engine: str) -> VolumeRules:
    """What is included with a volume of an engine, named by RDS or as here."""
    return replace(VOLUMES, large_from=LARGE_FROM.get(_maker(engine), VOLUMES.large_from))


def charge(bill: Bill) -> None:
    """Charge RDS bills; see `RdsUsage`.

    A Multi-AZ price is a row of its own and covers the standbys. Readers have standbys only if `reader_deployment` says
    so: a replica becomes Multi-AZ by its own setting. Extended Support is vCPU-hours, standbys and replicas included,
    at list price for every term.
    """
    classes = class_names(bill.text("instance_class"), "db.")
    engine, deployment = bill.text("engine"), bill.text("deployment")
    readers = reader_deployments(bill)
    instances = charge_instances(
        bill, SERVICE, classes, engine=engine, deployment=deployment, reader_deployment=readers,
        item=_priced_item(bill, classes),
    )  # fmt: skip
    volumes, alike = np.where(classes != "", instances, bill.number("instances")), readers == deployment
    kinds, size = bill.text("storage_type"), bill.number("storage_gb")
    rules = replace(VOLUMES, large_from=np.array([volumes_of(name).large_from for name in engine.tolist()]))
    for part, copies, suffix in (
        (np.where(alike, volumes, np.minimum(volumes, 1)), deployment, ""),
        (np.where(alike, 0.0, np.maximum(volumes - 1, 0)), readers, OF_READERS),
    ):
        charge_volumes(bill, SERVICE, rules, kinds, size, part, copies, suffix, engine)
    bill.charge("Backup storage", "backup", bill.number("backup_gb"), SERVICE, "backup")
    _charge_extended_support(bill, classes, instances, readers)
    charge_proxy(bill, "compute", SERVICE, "proxy", MIN_PROXY_VCPU)
    charge_internet(bill)


def _maker(engine: str) -> str:
    """`oracle-se2` -> `oracle`."""
    return engine.partition("-")[0]


def _priced_item(bill: Bill, classes: NDArray[Any]) -> str | NDArray[Any]:
    """The price item of an instance hour of each bill: of the stated licence, else of the only licence with a price.

    Raises InputError for a licence of an engine that needs none, and if both have a price and none is stated.
    """
    engines, licences = bill.text("engine"), bill.text("licence")
    licensed = np.array([_maker(name) in WITH_LICENCE for name in engines.tolist()], dtype=bool)
    refuse(~licensed & (licences != "") & (engines != ""), "this engine needs no licence: leave it out", "licence")
    if not licensed.any():
        return "instance"
    keys, place = distinct((bill.text("region"), engines, classes, bill.text("deployment"), licences))
    items = np.array([_item_of(bill, *key) for key in keys], dtype=object)
    return np.asarray(items[place])


def _item_of(bill: Bill, region: str, engine: str, instance_class: str, deployment: str, licence: str) -> str:
    if licence or _maker(engine) not in WITH_LICENCE or not instance_class:
        return LICENCES.get(licence, "instance")
    names = {"engine": engine, "instance_class": instance_class, "deployment": deployment}
    sold = bill.book.known("item", service=SERVICE, region=region, **names)
    ways = [licence for licence, item in LICENCES.items() if item in sold]
    if len(ways) > 1:
        raise InputError(f"{instance_class} of {engine} is sold both ways; state one of {', '.join(ways)}",
                         path="licence")  # fmt: skip
    return LICENCES[ways[0]] if ways else "instance"


def _charge_extended_support(bill: Bill, classes: np.ndarray, instances: np.ndarray, readers: np.ndarray) -> None:
    """vCPU-hours = (first instance x its copies + readers x their copies) x vCPU of the class x hours of the month."""
    first, others = with_standbys(bill, instances, readers)
    hours = (first + others) * vcpus(bill, classes, in_extended_support(bill)) * bill.number("hours_per_month")
    charge_extended_support(bill, SERVICE, hours, classes=classes, engine=bill.text("engine"))


def sizing(demand: Demand) -> UsageColumns:
    """Instances hold equal parts of the `copies` of the data, a full copy each without shards."""
    texts = ("engine", "instance_class", "deployment", "reader_deployment", "storage_type", "term", "licence")
    stated = as_stated(demand, texts, ("instances", "iops", "backup_gb", "internet_gb"))
    return stated | {"storage_gb": demand.number("storage_gb") * demand.number("copies") / demand.number("instances")}


LIFECYCLE_ENGINES = {
    **{name: f"rds_{name}" for name in ("mysql", "postgresql", "mariadb")},
    **{f"oracle-{edition}": "rds_oracle" for edition in ("se2", "ee")},
    **{f"sqlserver-{edition}": "rds_sqlserver" for edition in ("ex", "web", "se", "ee")},
}

PLATFORM = Platform(
    name="rds",
    title="RDS",
    capacity_model="instances",
    lifecycle_engines=LIFECYCLE_ENGINES,
    hosts=frozenset(LIFECYCLE_ENGINES),
    methods={engine: WITHOUT_BLUE_GREEN for engine in LIFECYCLE_ENGINES if _maker(engine) in WITH_LICENCE},
    service=SERVICE,
    usage=RdsUsage,
    charge=charge,
    sizing=sizing,
    prices_standbys=True,
    items=(
        *INSTANCE_ITEMS,
        *volume_items(STORAGE_TYPES),
        *(f"{item}{OF_READERS}" for item in volume_items(STORAGE_TYPES)),
        "Backup storage",
        *EXTENDED_SUPPORT_ITEMS,
        "RDS Proxy",
        INTERNET_ITEM,
    ),
)
