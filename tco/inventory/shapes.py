"""A cluster in the toolkit's words: what it has in common with those alike, or why it cannot be in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from tco import platforms
from tco.catalog.price_rows import EVERYWHERE
from tco.catalog.prices import price_book
from tco.errors import InputError, shown, unknown
from tco.inventory.databases import MOST_INSTANCES, Database, facts, storage_as_written
from tco.inventory.naming import ENVIRONMENTS, Environments, engine_of, version_of
from tco.inventory.readers import USUAL_STORAGE, VOLUMES
from tco.platforms.base import Platform
from tco.platforms.instances import SERVERLESS_CLASS
from tco.platforms.rds import LICENCES, WITH_LICENCE, volumes_of
from tco.platforms.request_units import WRITE_UNIT_BYTES

By = Literal["group", "cluster"]
WITHOUT_IOPS = ("gp2", "standard", "magnetic")
"""Volumes whose IOPS come with their size: none are stated or billed."""
LOAD = ("reads_per_second", "writes_per_second", "item_bytes")
"""The columns of a table without any of which a load is not known."""


class Shape(NamedTuple):
    """What clusters of a group have in common. settings: those of the option that keeps it as it
    is. stopped: it pays storage only. assumptions: what its source says of them.
    """

    platform: str
    engine: str
    version: str
    instance_class: str
    instances: int
    copies: int
    region: str
    environment: str
    iops: float
    extended_support: bool
    licence: str
    loaded: bool
    settings: tuple[tuple[str, Any], ...]
    stopped: bool = False
    assumptions: tuple[tuple[str, float], ...] = ()
    own: str = ""


def shape_of(database: Database, by: By, environments: Environments) -> Shape:
    """A cluster in the toolkit's words. Raises InputError with the reason why it cannot be in a scenario."""
    written = engine_of(database)
    name = written.serverless_platform if _is_serverless(database) and written.serverless_platform else written.platform
    if name not in platforms.platform_names():
        raise InputError(f"the toolkit has no platform for {written.name} yet; leave it out, or state it as another")
    platform = platforms.platform(name)
    if platform.hosts is not None and written.engine not in platform.hosts:
        unpriced = f"the toolkit does not price {database.engine} on {platform.name} yet; leave it out"
        raise InputError(platforms.ended_engine(database.engine) or unpriced)
    if not database.region:
        raise InputError("no Region is stated: say --region for resources that name none")
    if reason := _unknown_region(database.region):
        raise InputError(reason)
    stopped = database.status.lower() in STORAGE_ONLY
    if stopped and not platform.is_instances:
        raise InputError(
            f"it is {database.status} and pays storage only, which no group on {platform.name} can state: leave it "
            "out, or give its state again once it runs"
        )
    if stopped:
        database.notes.append(
            "stopped: its instance hours cost nothing; it is upgraded and patched like the others, since AWS starts it "
            "again after seven days"
        )
    _check_volume(database, platform)
    settings = {name: value for name, value in _settings(database, platform) if value}
    needs_class = platform.is_instances
    if needs_class and not database.instance_class:
        several = database.instances == 0
        raise InputError(
            "it has no instances and pays storage only, which no group can state: leave it out" if several
            else "states no instance class: give a file that does, or the column instance_class"
        )  # fmt: skip
    if database.storage_gb is None:
        if written.least_storage_gb is None:
            raise InputError("states no allocated storage: give a file that does, or the column storage_gb")
        database.storage_gb = written.least_storage_gb
        database.notes.append(f"its storage is not known: {written.least_storage_gb:g} GB, the least, are counted")
    load = workload_of(database)
    if bills_requests(platform) and load is None:
        database.notes.append(
            "load unknown: its requests are stated as 0 and only its storage is counted, until you state them"
            + ("; `tco import aws` reads them from CloudWatch" if database.kind == "table" else "")
        )
    if platform.capacity_model == "capacity units" and not database.acu:
        raise InputError("its capacity is not known: `tco import aws` reads it, or give the column acu")
    database.notes += _unused(database, written.engine, platform)
    environment = environments.settle(database)
    return Shape(
        platform.name,
        written.engine,
        version_of(platform.name, written.engine, database.version),
        database.instance_class if needs_class else "",
        _instances(database) if needs_class else 1,
        database.copies or 0,
        database.region,
        environment,
        _iops(database),
        database.extended_support is not False and not stopped,
        database.licence if database.licence in LICENCES and written.engine.startswith(WITH_LICENCE) else "",
        load is not None,
        tuple(sorted(settings.items())),
        stopped,
        (*_of_stored_bytes(platform), *(database.assumptions if environment == ENVIRONMENTS[0] else ())),
        database.identifier if by == "cluster" else "",
    )


def _of_stored_bytes(platform: Platform) -> Iterable[tuple[str, float]]:
    """What holds for storage that is told as it is billed: no share of a volume; of a key-value store its own bytes."""
    if platform.bills_stored_bytes:
        yield "rds.storage_fill", 1.0
    if platform.bills_stored_bytes and "capacity" in platform.usage.model_fields:
        yield "dynamodb.size_factor", 1.0


def _unused(database: Database, engine: str, platform: Platform) -> Iterable[str]:
    """Notes of the cells of a table's row that change nothing; one that says what a blank cell means gives none."""
    bills, is_versioned = platform.usage.model_fields, engine in platform.lifecycle_engines
    volumes = get_args(bills["storage_config"].annotation) if "storage_config" in bills else ()
    used = {
        "version": is_versioned,
        "extended_support": is_versioned or database.extended_support,
        "instance_class": platform.is_instances or database.instance_class == SERVERLESS_CLASS,
        "instances": platform.is_instances or database.instances == 1,
        "deployment": "deployment" in bills or database.deployment == "single_az",
        "storage_type": "storage_type" in bills
        or storage_as_written(database.storage_type) in (*volumes, USUAL_STORAGE),
        "iops": not database.iops or ("iops" in bills and database.storage_type not in WITHOUT_IOPS),
        "acu": platform.capacity_model == "capacity units",
        "capacity": "capacity" in bills,
        "licence": not database.licence or engine.startswith(WITH_LICENCE),
    }
    if unused := [name for name in database.columns if not used.get(name, True)]:
        yield f"changes nothing on {platform.name}: {', '.join(unused)}"
    stated = [name for name in LOAD if name in database.columns]
    if stated and workload_of(database) is None:
        yield f"not used: {', '.join(stated)}; a load needs {', '.join(LOAD)}"


def _is_serverless(database: Database) -> bool:
    """Whether a cluster is billed by capacity units: its source says so, or it states them in place of a class."""
    instance_class = database.instance_class
    return database.serverless or instance_class == SERVERLESS_CLASS or bool(database.acu and not instance_class)


def bills_requests(platform: Platform) -> bool:
    """Whether a platform bills by the request or by units of requests, so that a bill without a load is incomplete."""
    return platform.capacity_model in ("requests", "provisioned")


STORAGE_ONLY = tuple(row["status"] for row in facts("statuses") if row["billed"] == "storage")


@lru_cache(1024)
def _unknown_region(region: str) -> str:
    """The sentence for a Region without prices; empty for one that has some."""
    known = {*price_book().known("region")} - {EVERYWHERE}
    return "" if region in known else f"{unknown('Region', region, known)}; or give its prices under `prices`"


def _instances(database: Database) -> int:
    count = 1 if database.instances is None else database.instances
    if not 1 <= count <= MOST_INSTANCES:
        raise InputError(f"{count} instances; valid: 1 to {MOST_INSTANCES}")
    return count


def _iops(database: Database) -> float:
    """IOPS that are bought; 0 where they come with the volume, which describe calls list all the same."""
    kind, stated, rules = database.storage_type, database.iops or 0, volumes_of(database.engine)
    billed = rules.beyond(np.array(database.storage_gb or 0), np.array(stated), rules.included_iops, rules.large_iops)
    return 0 if kind in WITHOUT_IOPS or (kind == "gp3" and not billed) else stated


def _check_volume(database: Database, platform: Platform) -> None:
    """Raise InputError for a type of storage that is no word of AWS where storage grows by itself."""
    bills, kind = platform.usage.model_fields, storage_as_written(database.storage_type)
    known = get_args(bills["storage_config"].annotation) if "storage_config" in bills else ()
    if known and kind and kind not in (*known, USUAL_STORAGE, *VOLUMES):
        raise InputError(
            f"storage_type is {shown(database.storage_type)}; valid on {platform.name}: {', '.join(known)}"
        )


def _settings(database: Database, platform: Platform) -> Iterable[tuple[str, Any]]:
    """What the option that keeps a cluster as it is says of it, as far as the platform bills by it."""
    bills = platform.usage.model_fields
    if "deployment" in bills:
        yield "deployment", database.deployment or "single_az"
    if database.reader_deployment == "multi_az" or database.reader_deployment != database.deployment:
        yield "reader_deployment", database.reader_deployment
    if "storage_type" in bills and database.storage_type != bills["storage_type"].default:
        yield "storage_type", database.storage_type
    if "storage_config" in bills and storage_as_written(database.storage_type) == "io_optimized":
        yield "storage_config", "io_optimized"
    if "capacity" in bills:
        yield "capacity", database.capacity or "on_demand"


def workload_of(database: Database) -> dict[str, float] | None:
    """The load of a cluster, or for a provisioned table the calls that it pays for; None where it is not known."""
    reads, writes, size = database.reads_per_second, database.writes_per_second, database.item_bytes
    if reads is not None and writes is not None and size:
        return {"reads_per_second": reads, "writes_per_second": writes, "item_bytes": size}
    if database.provisioned_reads is None or database.provisioned_writes is None:
        return None
    note = "its load is not known: the provisioned units are counted as if all were used"
    if note not in database.notes:
        database.notes.append(note)
    return {
        "reads_per_second": database.provisioned_reads,
        "writes_per_second": database.provisioned_writes,
        "item_bytes": size or WRITE_UNIT_BYTES,
    }
