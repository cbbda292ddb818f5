"""Credits for missed service levels, received from the provider and paid to customers.

Credits are thresholds of monthly uptime, so they come from the rate and length of outages, never from their mean
minutes: with outages arriving at a rate and lasting exponentially distributed times, the chance that a month has one
longer than a threshold allows is 1 - exp(-sum of rate x exp(-threshold minutes / mean minutes)).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tco.catalog.service_levels import Tier, tiers
from tco.evaluation.ledger_line import ONE, Line
from tco.model.components.downtime import regional_kind
from tco.model.fleet.bills import all_price_names, monthly_bill
from tco.model.fleet.placement import Hosting
from tco.model.fleet.topology import REPAIR, Survivor, survivors
from tco.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR

Array = NDArray[np.float64]
RECEIVED: Array = -ONE


def chance_below(survivor: Survivor, uptime: Array) -> Array:
    """Probability that a cluster's uptime in a month is below `uptime` (a share), planned maintenance excluded.

    Outages are local failures and regional events; a regional one counts with its share of failing requests.
    """
    hosting, inputs = survivor.hosting, survivor.hosting.inputs
    allowed = (1 - uptime) * inputs["finance.hours_per_month"] * MINUTES_PER_HOUR
    kind = regional_kind(hosting)
    regional = inputs[f"downtime.regional_minutes_{kind}"] * inputs[f"downtime.regional_error_share_{kind}"]
    outages = (
        (inputs[f"downtime.unplanned_failures_{hosting.family}"], survivor.minutes(REPAIR)),
        (inputs["downtime.regional_events_per_year"], regional),
    )
    longer = sum(
        (
            rate / MONTHS_PER_YEAR * np.where(minutes > 0, np.exp(-allowed / np.where(minutes > 0, minutes, 1.0)), 0.0)
            for rate, minutes in outages
        ),
        np.zeros((1, 1, 1)),
    )
    chance: Array = 1 - np.exp(-longer)
    return chance


def expected_credit(survivor: Survivor, agreed: tuple[Tier, ...]) -> Array:
    """Expected share of a month's bill that is credited: sum over tiers of credit x chance of ending in that tier."""
    credit = np.zeros((1, 1, 1))
    paid_below: Array = np.zeros((1, 1, 1))
    for tier in agreed:
        chance = chance_below(survivor, np.full((1, 1, 1), tier.uptime_below))
        credit = credit + (tier.credit_share - paid_below) * chance
        paid_below = np.full((1, 1, 1), tier.credit_share)
    return credit


@cache
def agreement(platform: str, deployment: str) -> tuple[Tier, ...]:
    """The tiers of a platform's service level agreement, mildest first; none where no agreement is known."""
    return tiers(platform, deployment)


def credited(survivor: Survivor, deployment: str) -> Array:
    """Expected share of a month's bill that is credited to clusters of one topology and deployment."""
    platform = survivor.hosting.platform.name
    return survivor.hosting.inputs.keep(
        f"credit of {platform} {deployment} {survivor.topology}",
        lambda: expected_credit(survivor, agreement(platform, deployment)),
    )


def credits_received(hosting: Hosting) -> Iterator[Line]:
    """Credits from the provider: bill x expected credit share x share of credits that is claimed."""
    deployments = hosting.setting("deployment")
    for survivor in survivors(hosting):
        kinds = np.array([deployments[place] for place in survivor.places])
        for deployment in np.unique(kinds).tolist():
            places = survivor.places[kinds == deployment]
            bill = monthly_bill(hosting)
            yield hosting.line(
                "downtime",
                "SLA credits received",
                "USD",
                (
                    hosting.clusters[:, places],
                    hosting.share,
                    bill[:, places],
                    credited(survivor, deployment),
                    hosting.inputs["sla.claimed_share"],
                ),
                (RECEIVED,),
                members=hosting.members[places],
                price_rows=all_price_names(hosting, places),
            )


def credits_paid(hosting: Hosting) -> Iterator[Line]:
    """Credits to customers: monthly revenue of production clusters x credit share x chance to miss the threshold."""
    inputs = hosting.inputs
    production = hosting.production[0, :, 0]
    for survivor in survivors(hosting):
        places = survivor.places[production[survivor.places]]
        if len(places):
            yield hosting.line(
                "downtime",
                "SLA credits paid",
                "USD",
                (
                    hosting.clusters[:, places],
                    hosting.share,
                    inputs.stated("sla.customer_monthly_revenue_per_cluster"),
                    inputs["sla.customer_credit_share"],
                    chance_below(survivor, inputs["sla.customer_uptime_threshold"]),
                ),
                (inputs.price_level("business"),),
                members=hosting.members[places],
            )


HOSTING_LINES = (credits_received, credits_paid)
