"""How old the prices of a result are, and when a report warns of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_scenarios import scenario

import tco
from tco.analysis.assumption_register import price_ages
from tco.report.prose.narrative import old_prices

OWN = {
    "service": "AmazonRDS", "region": "us-east-1", "item": "instance", "engine": "mysql",
    "instance_class": "db.r6g.large", "deployment": "multi_az", "unit": "instance hour", "price": 0.4,
    "source": {"title": "Our agreement", "as_of": "2026-11-01", "kind": "quoted"},
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger() -> tco.Ledger:
    return tco.evaluate(tco.load_scenario(scenario(prices=[OWN])))


def test_ages_are_days_since_each_price_was_looked_up(ledger: tco.Ledger) -> None:
    ages = price_ages(ledger, "2026-11-23")
    assert ages["age_days"].is_monotonic_decreasing
    for row in ages.to_dict("records"):
        assert row["observed_on"] + timedelta(days=row["age_days"]) == date(2026, 11, 23)
    (own,) = ages[ages["source"] == "Our agreement"]["age_days"]
    assert own == 22  # since 1 November


def test_a_report_warns_of_prices_older_than_a_stated_number_of_days(ledger: tco.Ledger) -> None:
    ages = price_ages(ledger, "2026-11-23")
    said = str(old_prices(ages, 100))
    older = int((ages["age_days"] > 100).sum())
    assert 0 < older < len(ages)
    assert said.startswith(f"**Old prices.** {older} of the {len(ages)} prices used")
    assert f"more than 100 days ago, the oldest on {ages['observed_on'].iloc[0]}" in said
    share = ages.loc[ages["age_days"] > 100, "cost"].sum() / ages["cost"].sum()
    assert f"which {share:.0%} of the priced cost rests on" in said
    assert "tco prices refresh" in said


def test_it_says_nothing_of_young_prices(ledger: tco.Ledger) -> None:
    ages = price_ages(ledger, "2026-11-23")
    assert str(old_prices(ages, int(ages["age_days"].max()))) == ""
    assert str(old_prices(ages.iloc[:0], 1)) == ""
