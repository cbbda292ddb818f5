"""What providers state about their services: features since when, discounts, size limits and uptime credits.

One table each in `data/`: `features.csv`, `savings_plans.csv`, `limits.csv` and `sla.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from tco import resources

ONE_REGION = "single_region"
"""Deployment of platforms that have no instances to deploy."""


@dataclass(frozen=True)
class Feature:
    """Something that can be chosen from a day on. platform: where, empty for any; field, value: the setting.

    field is that of an option, or `family` (of instances), or `assumption`: then value is a path that is above 0.
    """

    platform: str
    field: str
    value: str
    available_from: date
    name: str


@dataclass(frozen=True)
class SavingsPlan:
    """A discount on the items of a platform's bill in a unit; instances only from a generation on (`r7g`: 7)."""

    platform: str
    unit: str
    from_generation: int
    discount: float


@dataclass(frozen=True)
class Limit:
    """The least and the most of a measure (`instances`, `storage_gb`, `item_bytes`) that one cluster may have.

    engines: those to which it applies; empty for all. source, kind, link, as_of: as an assumption's source.
    """

    platform: str
    engines: frozenset[str]
    measure: str
    least: float
    most: float
    source: str
    kind: str
    link: str
    as_of: str

    @property
    def cited(self) -> str:
        """The source for a message, with its address, or with its kind where it has none (a judgement)."""
        return f"{self.source}; {self.link or self.kind}"


@dataclass(frozen=True)
class Tier:
    """A month whose uptime (a share) is below `uptime_below` earns `credit_share` of the month's bill."""

    platform: str
    deployment: str
    uptime_below: float
    credit_share: float


@cache
def features() -> tuple[Feature, ...]:
    """All features, each with its first day."""
    return tuple(
        Feature(row["platform"], row["field"], row["value"], date.fromisoformat(row["available_from"]), row["feature"])
        for row in resources.table("data/features.csv")
    )


@cache
def savings_plans(platform: str) -> tuple[SavingsPlan, ...]:
    """The discounts of a Database Savings Plan on a platform; empty if none is known."""
    return tuple(
        SavingsPlan(platform, row["unit"], int(row["from_generation"]), float(row["discount"]))
        for row in resources.table("data/savings_plans.csv")
        if row["platform"] == platform
    )


@cache
def limits(platform: str, engine: str = "") -> tuple[Limit, ...]:
    """The limits of a platform, or of one engine on it; empty if none is known."""
    rows = (tuple(row.values()) for row in resources.table("data/limits.csv"))
    stated = (
        Limit(on, frozenset(engines.split()), measure, float(least or 0), float(most or "inf"), *source)
        for on, engines, measure, least, most, *source in rows
    )
    return tuple(
        limit
        for limit in stated
        if limit.platform == platform and (not engine or not limit.engines or engine in limit.engines)
    )


@cache
def agreements() -> tuple[Tier, ...]:
    """All tiers of all service level agreements."""
    return tuple(
        Tier(row["platform"], row["deployment"], float(row["uptime_below"]), float(row["credit_share"]))
        for row in resources.table("data/sla.csv")
    )


def tiers(platform: str, deployment: str) -> tuple[Tier, ...]:
    """The tiers of a platform in a deployment, mildest first; empty if no agreement is known.

    A platform without instances is looked up as one Region.
    """
    of_platform = [tier for tier in agreements() if tier.platform == platform]
    of_deployment = [tier for tier in of_platform if tier.deployment == deployment]
    matches = of_deployment or [tier for tier in of_platform if tier.deployment == ONE_REGION]
    return tuple(sorted(matches, key=lambda tier: -tier.uptime_below))
