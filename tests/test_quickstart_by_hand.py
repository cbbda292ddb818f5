"""The quickstart draw by draw: as numpy written by hand for it alone has it, and as its tidy tables add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from measuring.quickstart_by_hand import DISCOUNT, ByHand, Known

import tco
from tco.evaluation.ledger import Ledger

DRAWS = 257
"""More than a power of two, so that no stretch of draws is whole."""
AGREEING = 1e-9
AGREEING_ALONE = 1e-7
"""Request units of one draw are worked out; those of many are interpolated between tabulated ones."""
TABLED = (0, 100, 256)
"""Draws whose tables are made and added up."""
UNITS = ("labour hour", "downtime minute")


@pytest.fixture(scope="module")
def known() -> Known:
    return Known()


@pytest.fixture(scope="module")
def design(known: Known) -> tco.Design:
    return tco.monte_carlo(known.scenario, DRAWS, seed=7)


@pytest.fixture(scope="module")
def ledger(known: Known, design: tco.Design) -> Ledger:
    return tco.evaluate(known.scenario, design)


@pytest.fixture(scope="module")
def tables(ledger: Ledger) -> dict[int, pd.DataFrame]:
    """The tidy ledgers of some draws, each line with its quantity by unit and its discounted cost beside its cost."""
    found = {}
    for draw in TABLED:
        table = ledger.table(draw)
        month = table["period"].map({period: place for place, period in enumerate(ledger.periods)})
        quantities = {unit: table["quantity"].where(table["unit"] == unit, 0.0) for unit in UNITS}
        found[draw] = table.assign(npv=table["cost"] * DISCOUNT[month], **quantities)
    return found


@pytest.mark.parametrize("measure", ["cost", "npv"])
def test_all_options_cost_what_numpy_written_by_hand_says_in_every_draw(
    known: Known, design: tco.Design, ledger: Ledger, measure: str
) -> None:
    frame = design.frame()
    by_hand = ByHand(known, {path: frame[path].to_numpy() for path in frame}).costs()
    totals = ledger.total(measure=measure)
    assert list(totals) == list(by_hand)
    for option, costs in by_hand.items():
        np.testing.assert_allclose(totals[option], costs[measure == "npv"], rtol=AGREEING, err_msg=option)


@pytest.mark.parametrize("measure", ["cost", "npv", *UNITS])
@pytest.mark.parametrize(
    "by", ["option", ["option", "category", "line"], ["option", "line", "group"], ["option", "period"]], ids=str
)
def test_totals_of_many_draws_are_the_sums_of_the_rows_of_each(
    ledger: Ledger, tables: dict[int, pd.DataFrame], by: str | list[str], measure: str
) -> None:
    """Which never met the other draws: a table is made from its row of the design alone."""
    totals = ledger.total(by, measure)
    for draw, table in tables.items():
        found = totals.loc[draw]
        rows = table.groupby(by)[measure].sum()
        assert set(rows[rows != 0].index) <= set(found.index), (draw, "a line is missing")
        wanted = rows.reindex(found.index, fill_value=0.0)
        np.testing.assert_allclose(found, wanted, rtol=AGREEING_ALONE, atol=1e-6, err_msg=f"draw {draw}")
