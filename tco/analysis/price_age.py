"""How old the prices behind a ledger are: each price row that was read, and how many days ago somebody looked it up."""

from __future__ import annotations

from datetime import date

import pandas as pd

from tco.analysis.assumption_register import price_rows
from tco.evaluation.ledger import Ledger


def price_ages(ledger: Ledger, today: date | str) -> pd.DataFrame:
    """The price rows that were read with the days since each was looked up; the oldest first, undated ones last.

    Columns: those of `assumption_register.price_rows`, age_days (blank where no day is known). Prices change seldom, so
    that age is not error; it is how long nobody has checked.
    """
    rows = price_rows(ledger)
    day = today if isinstance(today, date) else date.fromisoformat(today)
    ages = [(day - seen).days if isinstance(seen, date) else None for seen in rows["observed_on"]]
    aged = rows.assign(age_days=pd.array(ages, dtype="Int64"))
    return aged.sort_values("age_days", ascending=False, na_position="last", kind="stable", ignore_index=True)
