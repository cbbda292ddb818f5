"""What the comparison leaves out, and why: said in every report, so that nobody takes silence for zero."""

from __future__ import annotations

import pandas as pd

from tco import platforms
from tco.scenario.scenario import Scenario

ALWAYS = {
    "Late access to new features": "Months past free patches are counted, the worth of a late feature is not.",
    "Latent defects of an upgrade": "Corruption or slow plans that surface years later are published, a rate is not.",
    "Security incidents of unpatched versions": "Their rate depends on exposure, which a fleet file does not show.",
    "Monitoring, logging and other tools": "Bought for a whole company; they differ little between options.",
    "Networking: VPC, NAT, private links": "It depends on where clients run; only traffic on a bill is counted.",
    "Sharding a relational cluster": "A cluster is taken to bear the workload that is stated for it.",
    "Taxes, credits and private pricing": "List prices, unless the scenario states discounts or prices of its own.",
    "Hiring, morale and attrition": "Engineer hours are counted at their loaded rate and nothing else.",
}
RE_MODELLED = {
    "Queries that a key-value model does not answer": "Joins, ad-hoc filters and reporting need a redesign, which is "
    "counted, or another store, which is not.",
    "Differences of transactions and recovery": "Limits of transactions, restore times and recovery windows differ "
    "between platforms; the same service level is assumed.",
    "Price changes by the provider": "The platform cannot be left without re-modelling again; the exit is stated, not "
    "priced.",
}
NOT_PRODUCTION = {
    "Delivery delayed by broken test environments": "Minutes of clusters that are not production are priced at a small "
    "share of production's.",
}


def not_counted(scenario: Scenario) -> pd.DataFrame:
    """Columns: subject, why. What no option is charged for, and what applies because of the scenario's own options."""
    found = dict(ALWAYS)
    chosen = {scenario.settings(option, group).platform for option in scenario.options for group in scenario.fleet}
    if any(platforms.platform(str(name)).hosts is None for name in chosen):
        found |= RE_MODELLED
    if any(group.environment != "production" for group in scenario.fleet.values()):
        found |= NOT_PRODUCTION
    return pd.DataFrame(list(found.items()), columns=["subject", "why"])
