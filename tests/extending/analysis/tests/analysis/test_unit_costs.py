"""The cost of a cluster and month times the clusters and months is the whole cost."""

from __future__ import annotations

import pytest
from small_scenarios import scenario

import tco


def test_clusters_and_months_make_up_the_total() -> None:
    ledger = tco.evaluate(tco.load_scenario(scenario()))
    found = tco.cost_per_cluster(ledger).set_index("option")
    totals = ledger.total("option").loc[0]
    # 4 clusters for 24 months
    assert (found["cost_per_cluster_month"] * 4 * 24).to_dict() == pytest.approx(totals.to_dict())
