"""Credits for missed service levels, received from the provider and paid to customers.

Credits are thresholds of monthly uptime, so they come from the rate and length of outages, never from their mean
minutes: with outages arriving at a rate and lasting exponentially distributed times, the chance that a month has one
longer than a threshold allows is 1 - exp(-sum of rate x exp(-threshold minutes / mean minutes)).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tco import platforms
from tco.catalog.service_levels import tiers
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import NONE, ONE, ZERO, Array, Line
from tco.model.components.downtime import REPAIR, Topology, minutes_at, regional_kind, topologies
from tco.model.fleet.bills import line_of_bill, monthly_bill
from tco.model.fleet.placement import Placement, setting, standing
from tco.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR

RECEIVED: Array = -ONE


def chance_below(inputs: Inputs, platform: str, topology: Topology, uptime: float | Array) -> Array:
    """Probability that a cluster's uptime in a month is below `uptime` (a share), planned maintenance excluded.

    Outages are local failures and regional events; a regional one counts with its share of failing requests.
    """
    allowed = (1 - uptime) * inputs["finance.hours_per_month"] * MINUTES_PER_HOUR
    family = platforms.platform(platform).family
    kind = regional_kind(family)
    regional = inputs[f"downtime.regional_minutes_{kind}"] * inputs[f"downtime.regional_error_share_{kind}"]
    outages = (
        (inputs[f"downtime.unplanned_failures_{family}"], minutes_at(inputs, REPAIR[topology])),
        (inputs["downtime.regional_events_per_year"], regional),
    )
    longer: Array = ZERO
    for rate, minutes in outages:
        lasting = np.where(minutes > 0, np.exp(-allowed / np.where(minutes > 0, minutes, 1.0)), 0.0)
        longer = longer + rate / MONTHS_PER_YEAR * lasting
    chance: Array = 1 - np.exp(-longer)
    return chance


@cached
def expected_credit(inputs: Inputs, platform: str, deployment: str, topology: Topology) -> Array:
    """Expected share of a month's bill that is credited: sum over tiers of credit x chance of ending in that tier."""
    credit, paid_below = ZERO, 0.0
    for tier in tiers(platform, deployment):
        chance = chance_below(inputs, platform, topology, tier.uptime_below)
        credit = credit + (tier.credit_share - paid_below) * chance
        paid_below = tier.credit_share
    return credit


def credits_received(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Credits from the provider: bill x expected credit share x share of credits that is claimed."""
    deployments = np.array(setting(inputs, placement, "deployment"))
    for topology, groups in topologies(inputs, placement):
        for deployment in np.unique(deployments[groups.positions]).tolist():
            chosen = groups.positions[deployments[groups.positions] == deployment]
            some = inputs.part(placement.groups, chosen)
            billed = some.of(monthly_bill(inputs, placement))
            quantity = (
                *standing(inputs, placement, some),
                *billed,
                expected_credit(inputs, placement.platform_name, deployment, topology),
                inputs["sla.claimed_share"],
            )
            labels = ("downtime", "SLA credits received", NONE)
            yield line_of_bill(inputs, placement, some, labels, quantity, RECEIVED)


def credits_paid(inputs: Inputs, placement: Placement) -> Iterator[Line]:
    """Credits to customers: monthly revenue of production clusters x credit share x chance to miss the threshold."""
    production = placement.groups.production[0, :, 0]
    for topology, groups in topologies(inputs, placement):
        some = inputs.part(placement.groups, groups.positions[production[groups.positions]])
        if len(some):
            quantity = (
                *standing(inputs, placement, some),
                inputs.stated("sla.customer_monthly_revenue_per_cluster"),
                inputs["sla.customer_credit_share"],
                chance_below(inputs, placement.platform_name, topology, inputs["sla.customer_uptime_threshold"]),
            )
            price = (inputs.price_level("business"),)
            yield Line("downtime", "SLA credits paid", "USD", quantity, price, some.indices)


PLACEMENT_LINES = (credits_received, credits_paid)
