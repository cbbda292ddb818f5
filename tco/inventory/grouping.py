"""From clusters to the groups of a scenario: what each cluster is in the toolkit's words, which are alike, what a group
of them is called, and which options are worth a comparison.

A cluster that the packaged facts cannot price or date is refused with the reason; no value is changed silently.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from tco import platforms
from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.inventory.databases import MOST_INSTANCES, Database, facts
from tco.inventory.naming import ENVIRONMENTS, Environments, engine_names, engine_of, version_of
from tco.loading.checks import problems_of
from tco.loading.loading import baseline, problem_of
from tco.model.lines import evaluate
from tco.platforms.base import Platform
from tco.platforms.pricing import price
from tco.scenario.scenario import LONGEST_NAME, Scenario, Settings

By = Literal["group", "cluster"]
MONTHS = 60
WRITE_UNIT_BYTES = 1024
"""One write unit writes up to 1 KB:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]+")
HIGHEST_PEAK = 40.0
"""Per cent of CPU, at its peak, up to which half the virtual CPUs are proposed: they would peak at 80."""
LICENSED, LICENCES = ("oracle", "sqlserver"), ("license_included", "bring_your_own_license")
PROPOSED = "Amazon DynamoDB"
"""Where groups with a known load are proposed to move."""
WITHOUT_IOPS = ("gp2", "standard", "magnetic")
"""Volumes whose IOPS come with their size: none are stated or billed."""


class Shape(NamedTuple):
    """What clusters of a group have in common. settings: those of the option that keeps it as it is."""

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
    own: str = ""


Groups = Mapping[str, tuple[Shape, Sequence[Database]]]
"""The groups of a fleet by name: what their clusters have in common, and the clusters."""


def groups(clusters: Sequence[Database], by: By, environments: Environments, dates: Mapping[str, str]) -> Groups:
    """The groups of the clusters by name, each cluster used; those that cannot be in a scenario are refused.

    dates: `start` and `prices_as_of` of the scenario.
    """
    shapes: dict[Shape, list[Database]] = defaultdict(list)
    for database in clusters:
        try:
            shapes[_shape(database, by, environments)].append(database)
        except InputError as error:
            database.refuse(str(error))
    for shape, reason in _refused(shapes, dates).items():
        for database in shapes.pop(shape):
            database.refuse(reason)
    found = {name: (shape, shapes[shape]) for name, shape in _names(shapes).items()}
    for name, (_, databases) in found.items():
        for database in databases:
            database.use(name)
    return found


def _shape(database: Database, by: By, environments: Environments) -> Shape:
    """A cluster in the toolkit's words. Raises InputError with the reason why it cannot be in a scenario."""
    written = engine_of(database)
    name = written.serverless_platform if database.serverless and written.serverless_platform else written.platform
    if name not in platforms.platform_names():
        raise InputError(f"the toolkit has no platform for {written.name} yet; leave it out, or state it as another")
    platform = platforms.platform(name)
    if platform.hosts is not None and written.engine not in platform.hosts:
        raise InputError(f"the toolkit does not price {written.name} ({database.engine}) yet; leave it out")
    if not database.region:
        raise InputError("no Region is stated: say --region for resources that name none")
    if database.status.lower() in STORAGE_ONLY:
        raise InputError(
            f"it is {database.status} and pays storage only, which a scenario cannot state; start it, or leave it out"
        )
    settings = {name: value for name, value in _settings(database, platform) if value}
    needs_class = platform.is_instances
    if needs_class and not database.instance_class:
        several = database.instances == 0
        raise InputError(
            "it has no instances and pays storage only" if several
            else "states no instance class: give a file that does, or the column instance_class"
        )  # fmt: skip
    if database.storage_gb is None:
        if written.least_storage_gb is None:
            raise InputError("states no allocated storage: give a file that does, or the column storage_gb")
        database.storage_gb = written.least_storage_gb
        database.notes.append(f"its storage is not known: {written.least_storage_gb:g} GB, the least, are counted")
    load = _workload(database)
    if platform.capacity_model in ("requests", "provisioned") and load is None:
        raise InputError(
            "its load is not known, and it is billed by request: `tco import aws` reads it from CloudWatch, or give "
            "the columns reads_per_second, writes_per_second and item_bytes"
        )
    if platform.capacity_model == "capacity units" and not database.acu:
        raise InputError("its capacity is not known: `tco import aws` reads it, or give the column acu")
    return Shape(
        platform.name,
        written.engine,
        version_of(platform.name, written.engine, database.version),
        database.instance_class if needs_class else "",
        _instances(database) if needs_class else 1,
        database.copies or 0,
        database.region,
        environments.settle(database),
        0 if database.storage_type in WITHOUT_IOPS else database.iops or 0,
        database.extended_support is not False,
        database.licence if database.licence in LICENCES and written.engine.startswith(LICENSED) else "",
        load is not None,
        tuple(sorted(settings.items())),
        database.identifier if by == "cluster" else "",
    )


STORAGE_ONLY = tuple(row["status"] for row in facts("statuses") if row["billed"] == "storage")


def _instances(database: Database) -> int:
    count = 1 if database.instances is None else database.instances
    if not 1 <= count <= MOST_INSTANCES:
        raise InputError(f"{count} instances; valid: 1 to {MOST_INSTANCES}")
    return count


def _settings(database: Database, platform: Platform) -> Iterable[tuple[str, Any]]:
    """What the option that keeps a cluster as it is says of it, as far as the platform bills by it."""
    bills = platform.usage.model_fields
    if "deployment" in bills:
        yield "deployment", database.deployment or "single_az"
    if database.reader_deployment != database.deployment:
        yield "reader_deployment", database.reader_deployment
    if "storage_type" in bills:
        yield "storage_type", database.storage_type
    if "storage_config" in bills and database.storage_type == "io_optimized":
        yield "storage_config", database.storage_type
    if "capacity" in bills:
        yield "capacity", database.capacity or "on_demand"


def _workload(database: Database) -> dict[str, float] | None:
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


def _refused(shapes: Mapping[Shape, Sequence[Database]], dates: Mapping[str, str]) -> dict[Shape, str]:
    """The shapes that `tco check` would refuse, with the first reason.

    All are tried at once, then each sort of them; what passes is evaluated, and halved where that fails.
    """
    listed = {f"g{number}": (shape, databases) for number, (shape, databases) in enumerate(shapes.items())}
    if not listed or not _problem(listed, dates, evaluated=True):
        return {}
    sorts: dict[Shape, list[Shape]] = defaultdict(list)
    for shape in shapes:
        asked = shape._replace(own="", environment=ENVIRONMENTS[0], instances=min(shape.instances, 2))
        sorts[asked].append(shape)
    reasons = {asked: _problem({"g": (asked, shapes[alike[0]][:1])}, dates) for asked, alike in sorts.items()}
    good = {f"g{number}": (asked, shapes[sorts[asked][0]][:1])
            for number, asked in enumerate(asked for asked, reason in reasons.items() if not reason)}  # fmt: skip
    reasons |= _failing(good, dates)
    return {shape: reason for asked, reason in reasons.items() if reason for shape in sorts[asked]}


def _failing(listed: Groups, dates: Mapping[str, str]) -> dict[Shape, str]:
    """The shapes without which the rest can be evaluated, with the reason."""
    if not listed or not (reason := _problem(listed, dates, evaluated=True)):
        return {}
    names = list(listed)
    if len(names) == 1:
        return {listed[names[0]][0]: reason}
    half = len(names) // 2
    parts = ({name: listed[name] for name in part} for part in (names[:half], names[half:]))
    return {shape: why for part in parts for shape, why in _failing(part, dates).items()}


def _problem(listed: Groups, dates: Mapping[str, str], evaluated: bool = False) -> str:
    """The first thing that is wrong with a scenario of some groups; empty where nothing is."""
    try:
        checked = Scenario(**scenario(listed, dates), assumptions=baseline())
        problems = [problem.message for problem in problems_of(checked)]
        if evaluated and not problems:
            evaluate(checked)
    except ValidationError as error:
        problems = [str(replace(problem_of(detail, Scenario), path="")) for detail in error.errors()]
    except InputError as error:
        problems = [problem.message for problem in error.problems]
    return problems[0] if problems else ""


def scenario(found: Groups, dates: Mapping[str, str]) -> dict[str, Any]:
    """The scenario of groups, as the dict that its file holds. dates: `start` and `prices_as_of`."""
    shapes = {name: shape for name, (shape, _) in found.items()}
    fleet = {name: _group(shape, databases) for name, (shape, databases) in found.items()}
    return {
        "name": "fleet",
        "description": _description(found),
        "start": dates["start"],
        "months": MONTHS,
        "prices_as_of": dates["prices_as_of"],
        "reference": "stay",
        "fleet": fleet,
        "options": _options(shapes, found),
    }


def _group(shape: Shape, databases: Sequence[Database]) -> dict[str, Any]:
    """A group as a person would write it: means over its clusters where they differ."""
    group: dict[str, Any] = {"clusters": len(databases)}
    if shape.instances != 1:
        group["instances"] = shape.instances
    if shape.copies and shape.copies != shape.instances:
        group["copies"] = shape.copies
    group["engine"] = shape.engine
    if shape.version:
        group["version"] = shape.version
    group |= {"region": shape.region, "environment": shape.environment}
    if shape.instance_class:
        group["instance_class"] = shape.instance_class
    group["storage_gb"] = round(fmean(database.storage_gb or 0 for database in databases), 3)
    if shape.iops:
        group["iops"] = shape.iops
    if shape.licence:
        group["licence"] = shape.licence
    if not shape.extended_support:
        group["extended_support"] = False
    loads = [load for database in databases if (load := _workload(database)) is not None]
    if shape.loaded:
        group["workload"] = {name: round(fmean(load[name] for load in loads), 3) for name in loads[0]}
        if shapes := [database.load for database in databases if database.load]:
            group["workload"]["load"] = [round(fmean(hour), 3) for hour in zip(*shapes, strict=True)]
    return group


def _description(found: Groups) -> str:
    unknown = sum(not shape.loaded for shape, _ in found.values())
    text = "Imported as it stands."
    if unknown:
        text += f" The load of {unknown} of {len(found)} groups is not known: none of them is proposed for DynamoDB."
    return text


def _options(shapes: Mapping[str, Shape], found: Groups) -> dict[str, Any]:
    """Stay; automate where blue/green deployments exist; DynamoDB where the load is known; else postpone."""
    today = {name: _today(shape, found[name][1]) for name, shape in shapes.items()}
    common = _common(today)
    blue_green = {name for name, shape in shapes.items() if _has_blue_green(shape)}
    options = {"stay": _option(today, common, "settled", "in_place", {})}
    if blue_green:
        by_hand = {name: {"method": "in_place"} for name in shapes if name not in blue_green}
        options["automated"] = _option(today, common, "settled", "blue_green", by_hand)
    smaller = {name: {"instance_class": half} for name, (shape, databases) in found.items()
               if (half := _smaller_class(shape, databases))}  # fmt: skip
    if smaller:
        by_hand = {name: {"method": "in_place"} for name in shapes if name not in blue_green}
        further = {name: by_hand.get(name, {}) | smaller.get(name, {}) for name in shapes}
        options["right_sized"] = _option(today, common, "settled", "blue_green" if blue_green else "in_place", further)
    target = next(name.platform for name in engine_names().values() if name.name == PROPOSED)
    movable = [name for name, shape in shapes.items() if shape.loaded and shape.platform != target]
    if movable:
        moved = {name: {"platform": target, "capacity": "on_demand"} for name in movable}
        kept = {name: settings for name, settings in today.items() if name not in movable}
        options[target] = _option(kept | moved, common if kept else {"platform": target, "capacity": "on_demand"},
                                  "settled", "in_place", {})  # fmt: skip
    if len(options) == 1:
        versioned = any(shape.version for shape in shapes.values())
        if versioned:
            options["postponed"] = _option(today, common, "extended_support", "in_place", {})
        else:
            other = {name: {"capacity": "on_demand" if settings.get("capacity") == "provisioned" else "provisioned"}
                     for name, settings in today.items()}  # fmt: skip
            options["other_capacity"] = _option(today, common, "settled", "in_place", other)
    return options


def _today(shape: Shape, databases: Sequence[Database]) -> dict[str, Any]:
    settings = {"platform": shape.platform, **dict(shape.settings)}
    units = [database.acu for database in databases if database.acu]
    if platforms.platform(shape.platform).capacity_model == "capacity units" and units:
        settings["acu"] = round(fmean(units), 3)
    return settings


def _has_blue_green(shape: Shape) -> bool:
    return any(
        name.blue_green and name.engine == shape.engine and shape.platform in (name.platform, name.serverless_platform)
        for name in engine_names().values()
    )


def _smaller_class(shape: Shape, databases: Sequence[Database]) -> str:
    """The class of half the virtual CPUs, where no cluster of a group has come near what it bears; else empty."""
    peaks = [database.cpu_peak for database in databases if database.cpu_peak is not None]
    if len(peaks) < len(databases) or max(peaks) > HIGHEST_PEAK or not shape.instance_class:
        return ""
    return _half_class(shape.platform, shape.engine, shape.region, shape.instance_class)


@lru_cache(1024)
def _half_class(platform: str, engine: str, region: str, instance_class: str) -> str:
    """The class of the same family with half the virtual CPUs, if the platform has a price of it; else empty."""
    book = price_book()
    family, _, _ = instance_class.rpartition(".")
    half = [name for name in book.known("instance_class", service=platforms.platform(platform).service, region=region)
            if name.startswith(f"{family}.") and name in book.class_names()
            and instance_class in book.class_names()
            and book.instance_class(name).vcpu * 2 == book.instance_class(instance_class).vcpu]  # fmt: skip
    for name in half:
        try:
            price(platform, {"instance_class": name, "engine": engine}, region)
        except InputError:
            continue
        return name
    return ""


def _common(today: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The platform and the settings that every group on it has, which an option states once for most groups."""
    platform = Counter(settings["platform"] for settings in today.values()).most_common(1)[0][0]
    common = {"platform": platform}
    for name in Settings.model_fields:
        values = {settings.get(name) for settings in today.values()}
        if len(values) == 1 and (value := values.pop()) is not None:
            common[name] = value
    return common


def _option(
    today: Mapping[str, Mapping[str, Any]], common: Mapping[str, Any], policy: str, method: str,
    further: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    own = {
        name: {key: value for key, value in (*settings.items(), *further.get(name, {}).items())
               if common.get(key) != value or key in further.get(name, {})}
        for name, settings in today.items()
    }  # fmt: skip
    option: dict[str, Any] = {**common, "policy": policy, "method": method}
    if own := {name: settings for name, settings in own.items() if settings}:
        option["groups"] = own
    return option


def _names(shapes: Iterable[Shape]) -> dict[str, Shape]:
    """A name for each shape: its cluster's own, or engine, version and environment and what else tells them apart."""
    named: dict[str, list[Shape]] = defaultdict(list)
    for shape in shapes:
        name = shape.own or _joined(_lifecycle(shape), shape.version, shape.environment)
        named[_plain(name)].append(shape)
    found: dict[str, Shape] = {}
    for name, alike in named.items():
        apart = [part for part in TELLING_APART if len({part(shape) for shape in alike}) > 1] if len(alike) > 1 else []
        for shape in alike:
            full = _joined(name, *(part(shape) for part in apart))[:LONGEST_NAME]
            number = 1
            while full in found:
                number += 1
                full = f"{_joined(name, *(part(shape) for part in apart))[: LONGEST_NAME - 6]}_{number}"
            found[full] = shape
    return found


def _lifecycle(shape: Shape) -> str:
    """The engine as the lifecycle tables call it, such as `aurora_mysql`; the group's own where it has no versions."""
    return platforms.platform(shape.platform).lifecycle_engines.get(shape.engine, shape.engine)


TELLING_APART = (
    lambda shape: shape.platform,
    lambda shape: shape.region,
    lambda shape: shape.instance_class.partition(".")[2],
    lambda shape: f"x{shape.instances}",
    lambda shape: dict(shape.settings).get("deployment", ""),
    lambda shape: dict(shape.settings).get("storage_type", ""),
    lambda shape: dict(shape.settings).get("capacity", ""),
    lambda shape: f"{shape.iops:g}_iops" if shape.iops else "",
)
"""What a group's name says beyond engine, version and environment, as far as groups differ in it."""


def _joined(*parts: str) -> str:
    return "_".join(_plain(part) for part in parts if part)


def _plain(text: str) -> str:
    """A name that can stand in a path of a scenario."""
    return NOT_IN_NAMES.sub("_", text).strip("_")[:LONGEST_NAME] or "cluster"
