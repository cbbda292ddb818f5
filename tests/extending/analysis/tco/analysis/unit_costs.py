"""What a cluster costs a month, option by option: a number that can be held against an invoice."""

from __future__ import annotations

import pandas as pd

from tco.evaluation.ledger import Ledger


def cost_per_cluster(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, clusters, cost_per_cluster_month (undiscounted USD, mean over draws); a row per option."""
    scenario = ledger.scenario
    totals = ledger.total("option").mean()
    months = scenario.fleet_size * scenario.months
    return pd.DataFrame(
        {
            "option": list(totals.index),
            "clusters": scenario.fleet_size,
            "cost_per_cluster_month": totals.to_numpy() / months if months else 0.0,
        }
    )
