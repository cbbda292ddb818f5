"""Random bills of every platform: no line is negative or not a number, totals are sums, and more never costs less.

`benchmarks/random_bills.py` tries 10,000 in the same way.
"""

from __future__ import annotations

import pytest
from platforms.random_usages import alone_and_together, check_bills

from tco.platforms import platform_names


@pytest.mark.parametrize("name", platform_names())
def test_bills_are_sums_of_lines_that_grow_with_every_amount(name: str) -> None:
    check_bills(name, 60, seed=1)


@pytest.mark.parametrize("name", platform_names())
def test_a_bill_among_many_is_that_bill_alone(name: str) -> None:
    alone_and_together(name, 12, seed=2)
