"""Which Regions of clouds lie in the same place: where a cluster of one provider's Region goes on another's service."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from tco import resources
from tco.errors import shown, unknown

CLOUDS = {"CloudSQL": "google", "AzureFlexible": "azure"}
"""In whose Regions a service is priced, where that is not AWS alone."""
USUAL_CLOUD = "aws"


@cache
def region_of(service: str, region: str, offered: Collection[str]) -> str:
    """The Region in which a service is billed for clusters of `region`.

    This is `region` itself if the service is offered there (`offered`); else the Region of the service's cloud in the
    same place or nearest to it, by `data/regions.csv`. If the table names none, it is `region` again, and the price
    look-up that follows raises an error that lists the Regions offered.
    """
    if region in offered:
        return region
    cloud = CLOUDS.get(service, USUAL_CLOUD)
    nearby = (place[cloud] for place in _places() if region in (place["aws"], place["google"], place["azure"]))
    return next((other for other in nearby if other in offered), region)


def is_of_another_cloud(service: str, region: str) -> bool:
    """Whether a Region is known as one of another cloud than the service's: `us-east1`, Google's, on RDS."""
    cloud = CLOUDS.get(service, USUAL_CLOUD)
    named = [place for place in _places() if region in (place["aws"], place["google"], place["azure"])]
    return bool(named) and all(place[cloud] != region for place in named)


def unknown_region(name: str, offered: Collection[str]) -> str:
    """The sentence for an unknown Region: suggests the Region of the place that it names, else the nearest spelling.

    `Ireland`, `Europe (Ireland)` and `US East (N. Virginia)` name places of `data/regions.csv`.
    """
    written = name.partition("(")[2].partition(")")[0] or name
    place = written.strip().casefold().replace("n. ", "northern ")
    there = (row[cloud] for row in _places() if row["place"].casefold() == place for cloud in (USUAL_CLOUD, "google"))
    region = next((other for other in there if other in offered), "")
    return f"unknown Region {shown(name)}; that place is {region!r}" if region else unknown("Region", name, offered)


@cache
def _places() -> tuple[dict[str, str], ...]:
    return resources.table("data/regions.csv")
