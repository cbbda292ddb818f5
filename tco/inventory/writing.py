"""The scenario of groups: each as a person would write it, and the options that are worth a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

from tco import platforms
from tco.catalog.lifecycle import engine_history
from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.inventory.databases import Database
from tco.inventory.naming import engine_names
from tco.inventory.shapes import Shape, bills_requests, workload_of
from tco.platforms.pricing import price as price_of
from tco.platforms.request_units import WRITE_UNIT_BYTES
from tco.scenario.scenario import Settings

MONTHS = 60
HIGHEST_PEAK = 40.0
"""Per cent of CPU, at its peak, up to which half the virtual CPUs are proposed: they would peak at 80."""
FEWEST_ROLLING = 3
"""Nodes of which a majority stays when one stops."""
PROPOSED = "Amazon DynamoDB"
"""Where groups with a known load are proposed to move."""
IDLE = (
    "operations.routine_hours_managed",
    "operations.pages_managed",
    "operations.hardware_replacements_managed",
    "operations.restore_drill_hours_per_design",
    "downtime.resizes_per_year",
    "downtime.unplanned_failures_managed",
    "downtime.affected_share",
)
"""What is 0 of a stopped instance, which serves no requests. AWS starts it after seven days, to patch it."""
STOPPED = "a stopped instance pays storage only, see status stopped in the Amazon RDS User Guide"

Groups = Mapping[str, tuple[Shape, Sequence[Database]]]
"""The groups of a fleet by name: what their clusters have in common, and the clusters."""


def scenario(groups: Groups, dates: Mapping[str, str]) -> dict[str, Any]:
    """The scenario of groups, as the dict that its file holds. dates: `start` and `prices_as_of`."""
    shapes = {name: shape for name, (shape, _) in groups.items()}
    fleet = {name: _group(shape, databases) for name, (shape, databases) in groups.items()}
    return {
        "name": "fleet",
        "description": _description(groups),
        "start": dates["start"],
        "months": MONTHS,
        "prices_as_of": dates["prices_as_of"],
        "reference": "stay",
        **_stopped(shapes.values()),
        "fleet": fleet,
        "options": _options(shapes, groups),
    }


def _stopped_class(shape: Shape) -> str:
    """A class of one's own for stopped instances, whose hours cost nothing."""
    prefix, _, rest = shape.instance_class.partition(".")
    return f"{prefix}.stopped-{rest}"


def _stopped(shapes: Iterable[Shape]) -> dict[str, Any]:
    """The classes and prices by which stopped instances pay for storage only; nothing where none is stopped."""
    classes: dict[str, Any] = {}
    prices: dict[str, Any] = {}
    for shape in shapes:
        if not shape.stopped:
            continue
        hardware = price_book().instance_class(shape.instance_class)
        own, settings = _stopped_class(shape), dict(shape.settings)
        classes[own] = {"vcpu": hardware.vcpu, "memory_gib": hardware.memory_gib}
        readers = [settings["reader_deployment"]] if "reader_deployment" in settings and shape.instances > 1 else []
        volume = settings.get("storage_config", "standard")  # by which clusters with a volume of their own are priced
        for deployment in (settings.get("deployment", volume), *readers):
            price = {"service": platforms.platform(shape.platform).service, "region": shape.region, "item": "instance",
                     "engine": _priced_engine(shape), "instance_class": own, "deployment": deployment, "price": 0.0,
                     "source": STOPPED}  # fmt: skip
            prices[str(price)] = {name: value for name, value in price.items() if value != ""}
    return {"classes": classes, "prices": list(prices.values())} if classes else {}


def _priced_engine(shape: Shape) -> str:
    """The engine as the price rows of a platform name it; empty where they name none."""
    hosted = platforms.platform(shape.platform)
    known = price_book().known("engine", service=hosted.service, region=shape.region, item="instance")
    return next((name for name in (hosted.lifecycle_engines.get(shape.engine), shape.engine) if name in known), "")


def _group(shape: Shape, databases: Sequence[Database]) -> dict[str, Any]:
    """A group as a person would write it: means over its clusters where they differ."""
    stated: dict[str, Any] = {
        "clusters": len(databases),
        "instances": shape.instances if shape.instances != 1 else None,
        "copies": shape.copies if shape.copies != shape.instances else None,
        "engine": shape.engine,
        "version": shape.version,
        "region": shape.region,
        "environment": shape.environment,
        "instance_class": _stopped_class(shape) if shape.stopped else shape.instance_class,
        "storage_gb": round(fmean(database.storage_gb or 0 for database in databases), 3),
        "iops": shape.iops,
        "licence": shape.licence,
        "extended_support": None if shape.extended_support else False,
        "assumptions": dict(shape.assumptions) | (dict.fromkeys(IDLE, 0) if shape.stopped else {}),
    }
    always = ("storage_gb", "extended_support")
    group = {name: value for name, value in stated.items() if value or (name in always and value is not None)}
    loads = [load for database in databases if (load := workload_of(database)) is not None]
    if not shape.loaded and bills_requests(platforms.platform(shape.platform)):
        group["workload"] = {"reads_per_second": 0, "writes_per_second": 0, "item_bytes": WRITE_UNIT_BYTES}
    if shape.loaded:
        group["workload"] = {name: round(fmean(load[name] for load in loads), 3) for name in loads[0]}
        if shapes := [database.load for database in databases if database.load]:
            group["workload"]["load"] = [round(fmean(hour), 3) for hour in zip(*shapes, strict=True)]
    return group


def _description(groups: Groups) -> str:
    unknown = sum(not shape.loaded for shape, _ in groups.values())
    uncounted = [name for name, (shape, _) in groups.items()
                 if not shape.loaded and bills_requests(platforms.platform(shape.platform))]  # fmt: skip
    unsold = sorted(
        {shape.region for shape, _ in groups.values() if shape.loaded and not _is_sold(_target(), shape.region)}
    )
    text = "Imported as it stands."
    if unknown:
        text += f" The load of {unknown} of {len(groups)} groups is not known: none of them is proposed for DynamoDB."
    if uncounted:
        text += f" Load unknown, so requests are not counted until stated: {', '.join(uncounted)}."
    if unsold:
        text += f" DynamoDB is not proposed where no price of it is known: {', '.join(unsold)}."
    return text


def _options(shapes: Mapping[str, Shape], groups: Groups) -> dict[str, Any]:
    """Stay; automate where blue/green deployments exist; DynamoDB where the load is known; else newer versions."""
    today = {name: _today(shape, groups[name][1]) for name, shape in shapes.items()}
    common = _common(today)
    blue_green = {name for name, shape in shapes.items() if _has_blue_green(shape)}
    options = {"stay": _option(today, common, "settled", "in_place", {})}
    by_hand = {name: {"method": today[name].get("method", "in_place")} for name in shapes if name not in blue_green}
    if blue_green:
        options["automated"] = _option(today, common, "settled", "blue_green", by_hand)
    smaller = {name: {"instance_class": half} for name, (shape, databases) in groups.items()
               if (half := _smaller_class(shape, databases))}  # fmt: skip
    if smaller:
        further = {name: by_hand.get(name, {}) | smaller.get(name, {}) for name in shapes}
        options["right_sized"] = _option(today, common, "settled", "blue_green" if blue_green else "in_place", further)
    target = _target()
    movable = [name for name, shape in shapes.items()
               if shape.loaded and shape.platform != target and _is_sold(target, shape.region)]  # fmt: skip
    if movable:
        moved = {name: {"platform": target, "capacity": "on_demand"} for name in movable}
        kept = {name: settings for name, settings in today.items() if name not in movable}
        options[target] = _option(kept | moved, common if kept else {"platform": target, "capacity": "on_demand"},
                                  "settled", "in_place", {})  # fmt: skip
    if len(options) == 1:
        versioned = any(shape.version for shape in shapes.values())
        if versioned:
            options["to_newest"] = _option(today, common, "newest", "in_place", {})
        else:
            other = {name: {"capacity": "on_demand" if settings.get("capacity") == "provisioned" else "provisioned"}
                     for name, settings in today.items()}  # fmt: skip
            options["other_capacity"] = _option(today, common, "settled", "in_place", other)
    return options


def _target() -> str:
    """The platform to which groups are proposed to move."""
    return next(name.platform for name in engine_names().values() if name.name == PROPOSED)


@lru_cache(1024)
def _is_sold(platform: str, region: str) -> bool:
    """Whether a Region has prices of a platform; where it has none, the platform is not proposed."""
    return region in price_book().known("region", service=platforms.platform(platform).service)


def _today(shape: Shape, databases: Sequence[Database]) -> dict[str, Any]:
    settings = {"platform": shape.platform, **dict(shape.settings)}
    if _is_rolling(shape):
        settings["method"] = "rolling"
    units = [database.acu for database in databases if database.acu]
    if platforms.platform(shape.platform).capacity_model == "capacity units" and units:
        settings["acu"] = round(fmean(units), 3)
    return settings


def _is_rolling(shape: Shape) -> bool:
    """Whether a team upgrades its own servers node by node: where the engine has such steps, and nodes take over."""
    platform = platforms.platform(shape.platform)
    if not platform.self_managed or shape.instances < FEWEST_ROLLING or shape.engine not in platform.lifecycle_engines:
        return False
    steps = engine_history(platform.lifecycle_engines[shape.engine]).steps.values()
    return any(step.method == "rolling" for found in steps for step in found)


def _has_blue_green(shape: Shape) -> bool:
    return any(
        name.blue_green and name.engine == shape.engine and shape.platform in (name.platform, name.serverless_platform)
        for name in engine_names().values()
    )


def _smaller_class(shape: Shape, databases: Sequence[Database]) -> str:
    """The class of half the virtual CPUs, where the peak of every cluster of a group fits it; else empty."""
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
            price_of(platform, {"instance_class": name, "engine": engine}, region)
        except InputError:
            continue
        return name
    return ""


def _common(today: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The platform and the settings that every group on it has, which an option states once for most groups."""
    platform = Counter(settings["platform"] for settings in today.values()).most_common(1)[0][0]
    common = {"platform": platform}
    for name in (field for field in Settings.model_fields if field != "method"):
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
