"""A server of price lists on this machine, for tests that refresh prices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from refresh.offers import PriceListServer, price_list_server


@pytest.fixture
def server() -> Iterator[PriceListServer]:
    with price_list_server() as running:
        yield running
