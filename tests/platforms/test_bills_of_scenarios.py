"""Bills are kept from one evaluation to the next: each is still that of its own usage, prices and day."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import group, scenario

import tco


def compute(raw: dict[str, Any], **changes: Any) -> float:
    """USD of compute of the option that stays."""
    ledger = tco.evaluate(tco.load_scenario(raw, set=changes))
    return float(ledger.total(["option", "line"]).loc[0, ("stay", "compute")])


OWN_PRICE = {
    "service": "AmazonRDS",
    "region": "us-east-1",
    "item": "instance",
    "instance_class": "db.r6g.large",
    "engine": "mysql",
    "deployment": "multi_az",
    "price": 1.0,
    "unit": "instance hour",
    "source": {"title": "Our agreement", "as_of": "2026-09-01", "kind": "judgement"},
}


def test_a_bill_follows_what_it_is_asked_for() -> None:
    """4 clusters of one Multi-AZ instance, 730 hours, 24 months: db.r6g.large at 0.43 USD an hour, xlarge at 0.859."""
    plain = compute(scenario())
    assert plain == pytest.approx(4 * 0.43 * 730 * 24)
    assert compute(scenario(prices=[OWN_PRICE])) == pytest.approx(4 * 1.0 * 730 * 24)
    assert compute(scenario(fleet={"shop": group(clusters=8)})) == pytest.approx(2 * plain)
    larger = scenario(fleet={"shop": group(instance_class="db.r6g.xlarge")})
    assert compute(larger) == pytest.approx(4 * 0.859 * 730 * 24)
    assert compute(scenario(), **{"finance.hours_per_month": 365}) == pytest.approx(plain / 2)
    assert compute(scenario()) == plain
