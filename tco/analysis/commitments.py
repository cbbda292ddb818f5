"""Fees paid upfront, seen both ways: when they are paid, as the ledger books them, and spread over their term."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tco.evaluation.ledger import Ledger
from tco.units import MONTHS_PER_YEAR

LINE = "commitments"
THREE_YEARS = "3yr_"
"""In the name of a price row, and so of the fee that it prices."""


def amortised(ledger: Ledger, draw: int = 0) -> pd.DataFrame:
    """Upfront fees by option and month: paid, and spread evenly over the months of their term.

    Columns: option, period, paid, amortised, prepaid (USD). `paid` is what the ledger holds, in full when a term
    begins and at each renewal; `amortised` a twelfth of a one-year fee, or a thirty-sixth of a three-year one, in each
    month of its term; `prepaid` what has been paid and not yet used up at the end of the month: in the last one, what
    outlives the horizon. In every month the fees paid so far are those amortised so far and the prepaid rest.
    Amounts of one draw, not discounted. Empty where no option pays a fee.
    """
    table = ledger.table(draw)
    fees = table[table["line"] == LINE]
    months = len(ledger.periods)
    places = {period: place for place, period in enumerate(ledger.periods)}
    frames = []
    for option in ledger.options:
        own = fees[fees["option"] == option]
        if not (own["cost"] != 0).any():
            continue
        paid, used = np.zeros(months), np.zeros(months)
        for period, cost, names in zip(own["period"], own["cost"], own["assumptions"], strict=True):
            begun = places[period]
            term = round(MONTHS_PER_YEAR) * (3 if THREE_YEARS in names else 1)
            paid[begun] += cost
            used[begun : begun + term] += cost / term
        frames.append(
            pd.DataFrame(
                {
                    "option": option, "period": list(ledger.periods), "paid": paid, "amortised": used,
                    "prepaid": np.cumsum(paid) - np.cumsum(used),
                }
            )
        )  # fmt: skip
    columns = ["option", "period", "paid", "amortised", "prepaid"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
