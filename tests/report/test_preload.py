"""What is loaded before reports are forked."""

from __future__ import annotations

import pytest

from tco.errors import InputError
from tco.notebook_repr import PICTURES
from tco.report import preload


def test_a_faulty_fact_is_left_to_the_report_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty() -> None:
        raise InputError("the table has no column `price`", file="data/prices/RDS/us-east-1.csv")

    monkeypatch.setattr(preload, "_fill_caches", faulty)
    monkeypatch.setenv(PICTURES, "no")  # which the preloading sets, and which ends with this test
    preload.preload()
