"""Uptime tiers and credits of providers' service level agreements, from `data/sla.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from tco import resources

ONE_REGION = "single_region"
"""Deployment of platforms that have no instances to deploy."""


@dataclass(frozen=True)
class Tier:
    """A month whose uptime (a share) is below `uptime_below` earns `credit_share` of the month's bill."""

    platform: str
    deployment: str
    uptime_below: float
    credit_share: float


@cache
def agreements() -> tuple[Tier, ...]:
    """All tiers of all agreements."""
    with resources.path("data/sla.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Tier(row["platform"], row["deployment"], float(row["uptime_below"]), float(row["credit_share"]))
            for row in csv.DictReader(file)
        )


def tiers(platform: str, deployment: str) -> tuple[Tier, ...]:
    """The tiers of a platform in a deployment, mildest first; none where no agreement is known.

    A platform without instances is looked up as one Region.
    """
    of_platform = [tier for tier in agreements() if tier.platform == platform]
    named = [tier for tier in of_platform if tier.deployment == deployment]
    found = named or [tier for tier in of_platform if tier.deployment == ONE_REGION]
    return tuple(sorted(found, key=lambda tier: -tier.uptime_below))
