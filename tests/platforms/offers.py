"""What each platform offers, read from its record and the prices, so that tests need no list of platforms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tco.catalog.lifecycle import engine_history, engines, equal_version
from tco.catalog.price_rows import EVERYWHERE
from tco.catalog.prices import price_book
from tco.errors import InputError
from tco.platforms import platform, platform_names

SELF_MANAGED = [name for name in platform_names() if platform(name).self_managed]
BY_REQUEST = [name for name in platform_names() if platform(name).capacity_model == "requests"]
BY_INSTANCE = [name for name in platform_names() if "instance_class" in platform(name).usage.model_fields]


class Instance(NamedTuple):
    """What an on-demand instance of a platform is sold as; engine: as a usage names it, empty where it is any."""

    region: str
    engine: str
    instance_class: str
    deployment: str


@cache
def instances(name: str) -> tuple[Instance, ...]:
    """The instances with a price on a platform, sorted."""
    found, usage_engine = platform(name), {}
    for engine in sorted(found.hosts or ()):
        for priced in (found.lifecycle_engines.get(engine, ""), engine, ""):
            if price_book().known("instance_class", service=found.service, item="instance", engine=priced):
                usage_engine[priced] = engine if priced else ""
                break
    return tuple(
        sorted(
            Instance(row.region, usage_engine[row.engine], row.instance_class, row.deployment)
            for row in price_book().rows(found.service)
            if (row.item, row.term) == ("instance", "on_demand") and row.engine in usage_engine
        )
    )


def offered(name: str, region: str, engine: str) -> str | None:
    """An instance class of a platform for an engine in a Region; None where it has none."""
    fitting = (sold for sold in instances(name) if sold.region == region and sold.engine in ("", engine))
    return next((sold.instance_class for sold in fitting), None)


def regions(name: str) -> list[str]:
    """The Regions in which a platform's service has a price, sorted."""
    return [region for region in price_book().known("region", service=platform(name).service) if region != EVERYWHERE]


def origins(name: str, *places: str) -> Iterator[tuple[str, str, str | None]]:
    """The platforms (if none are named, those that the team runs itself) from which a group can come to a platform.

    Each with an engine and the newest version that both platforms run; no version where the first one has none.
    """
    for today in places or SELF_MANAGED:
        for engine in sorted(platform(today).hosts or engines()):
            hosts = platform(name).hosts
            if hosts is None or engine in hosts:
                for version in _newest_of_both(today, name, engine):
                    yield today, engine, version


def _newest_of_both(today: str, name: str, engine: str) -> list[str | None]:
    here, there = (platform(place).lifecycle_engines.get(engine) for place in (today, name))
    if here is None:
        return [None]
    for version in reversed(engine_history(here).releases):
        try:
            if there is not None:
                equal_version(here, version, there)
        except InputError:
            continue
        return [version]
    return []
