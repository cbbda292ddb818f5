"""Fees paid upfront: booked when they are paid and at each renewal, spread over their term as a view."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenarios import STAY, group, scenario

import tco
from tco.analysis.comparison import amortised

SOURCE = {"title": "Our order", "as_of": "2026-10-01", "kind": "quoted"}


def own_prices(term: str, hourly: float, fee: float) -> list[dict[str, Any]]:
    common = {"service": "AmazonRDS", "region": "us-east-1", "engine": "mysql", "instance_class": "db.r6g.large",
              "deployment": "multi_az", "term": term, "source": SOURCE}  # fmt: skip
    return [
        common | {"item": "instance", "unit": "instance hour", "price": hourly},
        common | {"item": "instance_upfront", "unit": "instance", "price": fee},
    ]


def ledger(months: int, term: str, fee: float) -> tco.Ledger:
    """Four clusters of one instance that stay on demand, or under a term; fees in USD an instance."""
    return tco.evaluate(
        tco.load_scenario(
            scenario(
                months=months,
                fleet={"shop": group(clusters=4)},
                options={"stay": STAY, "reserved": STAY | {"term": term}},
                prices=own_prices(term, 0.2, fee),
            )
        )
    )


def test_a_fee_of_a_year_is_spread_over_its_months_and_paid_again() -> None:
    found = amortised(ledger(30, "1yr_partial_upfront", 1200)).set_index("period")
    assert set(found["option"]) == {"reserved"}
    # 4 x 1,200 in January of each year
    paid = found["paid"][found["paid"] != 0]
    assert paid.to_dict() == {"2027-01": 4800, "2028-01": 4800, "2029-01": 4800}
    assert found["amortised"].tolist() == pytest.approx([400] * 30)
    # half a year of the third fee lies beyond June 2029
    assert found["prepaid"].iloc[[0, 11, 12, -1]].tolist() == pytest.approx([4400, 0, 4400, 2400])


def test_a_fee_of_three_years_is_spread_over_thirty_six_months() -> None:
    found = amortised(ledger(48, "3yr_partial_upfront", 3600))
    assert found["paid"].sum() == 2 * 4 * 3600  # in January 2027 and 2030
    assert found["amortised"].tolist() == pytest.approx([400] * 48)
    assert found["prepaid"].iloc[-1] == pytest.approx(24 * 400)


def test_paid_is_what_the_ledger_books() -> None:
    made = ledger(30, "1yr_partial_upfront", 1200)
    lines = made.table().query("line == 'commitments' and option == 'reserved'")
    assert amortised(made)["paid"].sum() == lines["cost"].sum()
    bills = tco.price(
        "rds",
        {"engine": "mysql", "instance_class": "db.r6g.large", "deployment": "multi_az", "term": "1yr_partial_upfront"},
        region="us-east-1",
        as_of="2026-11-01",
        prices=own_prices("1yr_partial_upfront", 0.2, 1200),
    )
    # one cluster's bill of the first month holds the whole fee, and a later month none
    assert bills.set_index("item")["cost"]["Instance hours upfront"] == 1200


def test_without_fees_there_is_nothing_to_spread() -> None:
    assert amortised(tco.evaluate(tco.load_scenario(scenario()))).empty


def test_reserved_capacity_of_a_table_is_a_commitment_too() -> None:
    reserved = {"platform": "dynamodb", "capacity": "reserved"}
    busy = {"reads_per_second": 2000, "writes_per_second": 800, "item_bytes": 1000}
    made = tco.evaluate(
        tco.load_scenario(
            scenario(
                months=24,
                fleet={"shop": group(clusters=1, platform="dynamodb", workload=busy, version=None)},
                options={"reserved": reserved, "on_demand": {"platform": "dynamodb", "capacity": "on_demand"}},
                reference="on_demand",
            )
        )
    )
    found = amortised(made)
    assert (found["paid"] > 0).sum() == 2
    assert found["amortised"].tolist() == pytest.approx([found["paid"].iloc[0] / 12] * 24)


def test_reserved_capacity_is_paid_to_the_end_of_its_term_when_its_table_leaves() -> None:
    busy = {"reads_per_second": 2000, "writes_per_second": 800, "item_bytes": 1000}
    moving = {"platform": "rds", "deployment": "multi_az", "migration_hours_per_month": 1e9}
    made = tco.evaluate(
        tco.load_scenario(
            scenario(
                months=12,
                fleet={"shop": group(clusters=1, platform="dynamodb", workload=busy, version="newest")},
                options={"reserved": {"platform": "dynamodb", "capacity": "reserved"}, "rds": moving},
                reference="reserved",
            ),
            set={"transition.start_lag_months": 3},
        )
    ).table()
    # nine of twelve months of what staying pays for the reserved units, read from their rows
    units = made["assumptions"].str.contains("reserved_(?:read|write)_capacity_unit 1yr") & (
        made["unit"] == "capacity-unit hour"
    )
    stayed = made[units & (made["option"] == "reserved")]["cost"].sum()
    stranded = made.query("option == 'rds' and line == 'stranded commitments'")["cost"].sum()
    assert stayed > 0
    assert stranded == pytest.approx(stayed * 9 / 12, rel=0.001)
