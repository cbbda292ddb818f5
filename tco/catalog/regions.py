"""Which Regions of clouds are in the same place: where a cluster of one provider's Region goes on another's service."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from tco import resources
from tco.errors import InputError, shown, unknown

CLOUDS = ("aws", "google", "azure")
"""The columns of `data/regions.csv` that name Regions."""


@cache
def region_of(region: str, offered: Collection[str]) -> str:
    """The Region in which a service that is `offered` in some is billed for clusters of `region`.

    This is `region` itself if it is among them; else one of them in the same place or nearest to it, by
    `data/regions.csv`. If the table names none, it is `region` again, and the price look-up that follows raises an
    error that lists the Regions offered.
    """
    if region in offered:
        return region
    nearby = (place[cloud] for place in _places() if region in _named(place) for cloud in CLOUDS)
    return next((other for other in nearby if other in offered), region)


def is_of_another_cloud(region: str, offered: Collection[str]) -> bool:
    """Whether a Region is known as one of another cloud than those a service is offered in: `us-east1` on RDS."""
    of_service = {cloud for place in _places() for cloud in CLOUDS if place[cloud] in offered}
    of_region = {cloud for place in _places() for cloud in CLOUDS if place[cloud] == region}
    return bool(of_region and of_service) and not of_region & of_service


def unknown_region(name: str, offered: Collection[str]) -> str:
    """The sentence for an unknown Region: suggests the Region of the place that it names, else the nearest spelling.

    `Ireland`, `Europe (Ireland)` and `US East (N. Virginia)` name places of `data/regions.csv`.
    """
    written = name.partition("(")[2].partition(")")[0] or name
    place = written.strip().casefold().replace("n. ", "northern ")
    there = (row[cloud] for row in _places() if row["place"].casefold() == place for cloud in CLOUDS)
    region = next((other for other in there if other in offered), "")
    return f"unknown Region {shown(name)}; that place is {region!r}" if region else unknown("Region", name, offered)


def check_region(name: str) -> None:
    """Raise InputError for a name that is no Region of any cloud."""
    known = {region for place in _places() for region in _named(place)} - {""}
    if name not in known:
        raise InputError(unknown_region(name, known), path="region")


def _named(place: Mapping[str, str]) -> list[str]:
    """The Regions of all clouds in a place."""
    return [place[cloud] for cloud in CLOUDS]


@cache
def _places() -> tuple[dict[str, str], ...]:
    return resources.table("data/regions.csv")
