"""Which Regions of clouds lie in the same place: where a cluster of one provider's Region goes on another's service."""

from __future__ import annotations

import csv
from collections.abc import Collection
from functools import cache

from tco import resources

CLOUDS = {"CloudSQL": "google", "AzureFlexible": "azure"}
"""In whose Regions a service is priced, where that is not AWS alone."""
USUAL_CLOUD = "aws"


@cache
def region_of(service: str, region: str, offered: Collection[str]) -> str:
    """The Region in which a service is billed for clusters of `region`.

    That itself where the service is offered there (`offered`); else the Region of the service's cloud in the same place
    or nearest to it, as `data/regions.csv` has it; itself, too, where the table names none, so that a look-up says what
    is offered.
    """
    if region in offered:
        return region
    cloud = CLOUDS.get(service, USUAL_CLOUD)
    found = (place[cloud] for place in _places() if region in (place["aws"], place["google"], place["azure"]))
    return next((other for other in found if other in offered), region)


@cache
def _places() -> tuple[dict[str, str], ...]:
    with resources.path("data/regions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
