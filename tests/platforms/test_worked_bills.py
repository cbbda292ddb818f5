"""Published bills, each with its source and the published answer, are reproduced to the precision they are printed in.

The cases are in tests/cases/bills_*.yaml; tests/cases/bills_not_reproduced.yaml lists what is left out, and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tco
from tco.resources import yaml_content

CASES = Path(__file__).parents[1] / "cases"

# How far a published figure may lie from the sum: half a unit of its last digit, and what the publisher rounded on the
# way.
TOLERANCE = {
    "aws_published": 0.006,  # printed to cents
    "aws_published_sum": 0.02,  # a sum of amounts that were rounded before
    "aws_published_daily": 0.0001,  # printed to four digits
    "aws_calculator_output": 0.006,
    "aws_docs": 0.006,
    "aws_labs_test": 0.02,  # sums of rounded parts
    "console_output": 0.011,  # each part rounded up to a cent
    "infracost_golden": 0.01,  # each line rounded to cents
    "ms_docs": 0.01,
    "real_bill": 0.006,
    "third_party_test": 0.006,
    "vendor_docs": 0.006,
    "secondary": 0.006,
    "secondary_live_rates": 0.006,
    "approximate": 1.0,  # printed as "about"
}
FIELDS = {"id", "source", "kind", "platform", "region", "as_of", "usage", "prices", "lines", "total", "first_month"}


def read(name: str) -> list[dict[str, Any]]:
    return list(yaml_content(CASES / name))


FILES = sorted(path.name for path in CASES.glob("bills_*.yaml"))
BILLS = [case for name in FILES if name != "bills_not_reproduced.yaml" for case in read(name)]


@pytest.mark.parametrize("case", BILLS, ids=[case["id"] for case in BILLS])
def test_a_published_bill_is_reproduced(case: dict[str, Any]) -> None:
    assert set(case) <= FIELDS
    assert case.get("lines") or case.get("total")
    bill = tco.price(
        case["platform"],
        case["usage"],
        region=case["region"],
        as_of=case["as_of"],
        first_month=case.get("first_month", True),
        prices=case.get("prices", ()),
    )
    tolerance = TOLERANCE[case["kind"]]
    cost = bill.groupby("item")["cost"].sum()
    for item, published in case.get("lines", {}).items():
        assert item in tco.price_items(case["platform"])
        assert cost.get(item, 0.0) == pytest.approx(published, abs=tolerance), item
    if "total" in case:
        assert bill["cost"].sum() == pytest.approx(case["total"], abs=tolerance)


def test_what_is_not_reproduced_says_why() -> None:
    left_out = read("bills_not_reproduced.yaml")
    assert all(case["reason"] and case["source"] and case["expected"] for case in left_out)
    assert not {case["id"] for case in left_out} & {case["id"] for case in BILLS}


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case["id"] for case in BILLS]
    assert len(names) == len(set(names))
