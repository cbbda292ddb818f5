"""The effect of newer prices on a fleet: USD per month, by option and item of the bill."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tco.catalog.prices import SETS_FOLDER
from tco.errors import InputError
from tco.model.fleet.bills import book_for
from tco.model.lines import evaluate
from tco.scenario.scenario import Scenario

COLUMNS = ("option", "item", "before", "after", "difference", "price_before", "price_after")
PACKAGED = "packaged"
RATES = "rates.csv"
DATE_LENGTH = len("2026-10-01")
SAME = 1e-9


class Paid(NamedTuple):
    """The cost of one item: USD per month on average over the horizon, and its list price if it has one price row."""

    cost: float = 0.0
    price: float | None = None


def price_differences(scenario: Scenario, old: str, new: str) -> pd.DataFrame:
    """The cost at `new` prices less that at `old` ones, for each option and item that differs.

    old, new: a day (the prices in force then), `packaged` (those of the toolkit, on the scenario's day), or a folder
    that `tco prices refresh` wrote: a set or a folder of sets, with their newest day. Columns: option, item, before and
    after (USD per month, the mean over the horizon), difference, price_before and price_after (USD per unit, blank if
    an item has no single price). The largest differences come first. Raises InputError for other values.
    """
    before, after = _paid(scenario, old), _paid(scenario, new)
    rows = []
    for option, item in sorted({*before, *after}):
        at_old, at_new = before.get((option, item), Paid()), after.get((option, item), Paid())
        difference = at_new.cost - at_old.cost
        if abs(difference) > SAME * max(abs(at_old.cost), abs(at_new.cost)):
            rows.append((option, item, at_old.cost, at_new.cost, difference, at_old.price, at_new.price))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values("difference", key=abs, ascending=False, kind="stable", ignore_index=True)


def _paid(scenario: Scenario, prices: str) -> dict[tuple[str, str], Paid]:
    """The monthly cost of each option by item, at the given prices."""
    cost: dict[tuple[str, str], float] = defaultdict(float)
    with _prices(prices, scenario.prices_as_of) as day:
        dated = scenario.model_copy(update={"prices_as_of": day})
        ledger = evaluate(dated)
        for line, by_group in ledger.means_of_lines(axes="g"):
            if not line.price_rows or line.category == "downtime":
                continue
            for names, amount in zip(line.price_rows, by_group[line.members], strict=True):
                if names and amount:
                    cost[line.option, names if "; " not in names else line.line] += float(amount)
        rows = {row.name: row for row in book_for(dated).named({name for _, name in cost})}
    merged: dict[tuple[str, str], Paid] = {}
    for (option, name), amount in cost.items():
        row = rows.get(name)
        item = name.split(" since ")[0].split(" until ")[0]
        earlier = merged.get((option, item), Paid())
        merged[option, item] = Paid(earlier.cost + amount / scenario.months, row.price if row else None)
    return merged


@contextmanager
def _prices(prices: str, day: date) -> Iterator[date]:
    """Make the catalogue use the given prices; yields the day on which to look them up."""
    before, folder = os.environ.get(SETS_FOLDER), Path(prices)
    with tempfile.TemporaryDirectory() as alone:
        if prices == PACKAGED:
            sets = ""
        elif folder.is_dir():
            sets = str(folder)
            if (folder / RATES).is_file():
                (Path(alone) / folder.resolve().name).symlink_to(folder.resolve())
                sets = alone
            days = [_day(path.parent.name[-DATE_LENGTH:]) for path in Path(sets).glob(f"*/{RATES}")]
            day = max([day, *filter(None, days)])
        else:
            sets, stated = before or "", _day(prices)
            if stated is None:
                raise InputError(f"is no day, no folder of price sets, and not {PACKAGED!r}", value=prices)
            day = stated
        os.environ[SETS_FOLDER] = sets
        try:
            yield day
        finally:
            os.environ.pop(SETS_FOLDER)
            if before is not None:
                os.environ[SETS_FOLDER] = before


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
