"""What the result rests on: every assumption and price row that was read, and the cost of the lines that read it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from tco.catalog.prices import price_book
from tco.evaluation.ledger import Ledger
from tco.model.components.labour import RELEASE_SPLIT

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger


JUDGEMENT = "judgement"
DISCOUNT_RATE = "finance.discount_rate"
"""No line reads it, every present value does."""


def assumption_register(ledger: Ledger) -> pd.DataFrame:
    """Every assumption that some line read, judgement first, then by the cost that rests on it.

    Columns: path, label, value (mean), low, high, shape, unit, kind, source, link, as_of, sponsor, note, changed (by
    the scenario), cost (of all lines of all options that read it, USD without sign; 0 for the split of released hours,
    on which no total depends), cost_share (of all cost).
    """
    resting: dict[str, float] = defaultdict(float)
    whole = 0.0
    for line, amount in ledger.costs_of_lines():
        cost = abs(amount)
        whole += cost
        for path in line.assumptions:
            resting.setdefault(path, 0.0)
        for path in set(line.assumptions).difference(RELEASE_SPLIT):
            resting[path] += cost
    resting[DISCOUNT_RATE] = whole
    rows = []
    for path, cost in resting.items():
        entry, source = ledger.scenario.assumptions[path], ledger.scenario.assumptions[path].source
        rows.append(
            {
                "path": path,
                "label": entry.label,
                "value": entry.mean,
                "low": entry.low,
                "high": entry.high,
                "shape": entry.shape,
                "unit": entry.unit,
                "kind": source.kind,
                "source": source.title,
                "link": source.link,
                "as_of": source.as_of.isoformat(),
                "sponsor": source.sponsor,
                "note": entry.note,
                "changed": path in ledger.scenario.changed,
                "cost": cost,
                "cost_share": cost / whole if whole else 0.0,
            }
        )
    frame = pd.DataFrame(rows)
    frame["low"], frame["high"] = frame["low"].astype(float), frame["high"].astype(float)
    order = frame.assign(sourced=frame["kind"] != JUDGEMENT).sort_values(
        ["sourced", "cost_share"], ascending=[True, False], kind="stable"
    )
    return order.drop(columns="sourced").reset_index(drop=True)


def judgement_share(ledger: Ledger, option: str = "") -> pd.DataFrame:
    """How much of each option's cost comes from lines that read at least one assumption resting on judgement.

    option: of this one alone.
    Columns: option, cost, judgement_cost (both USD without sign, so that credits count too), judgement_share.
    """
    judged = {path for path, entry in ledger.scenario.assumptions.items() if entry.source.kind == JUDGEMENT}
    judged -= set(RELEASE_SPLIT)
    cost: dict[str, float] = dict.fromkeys([option] if option else ledger.options, 0.0)
    resting = dict(cost)
    for line, amount in ledger.costs_of_lines(option):
        cost[line.option] += abs(amount)
        if judged.intersection(line.assumptions):
            resting[line.option] += abs(amount)
    return pd.DataFrame(
        {
            "option": list(cost),
            "cost": list(cost.values()),
            "judgement_cost": list(resting.values()),
            "judgement_share": [resting[name] / cost[name] if cost[name] else 0.0 for name in cost],
        }
    )


def price_rows(ledger: Ledger) -> pd.DataFrame:
    """The price rows that were read, with the cost of the lines that rest on each, over all options.

    Columns: name, price (USD), unit, region, valid_from, observed_on, source, cost; the most expensive first.
    """
    months = ledger.scenario.months
    cost: dict[str, float] = defaultdict(float)
    for line in ledger.lines():
        if line.price_rows:
            amounts = line.sum("cost", months, "dg").mean(axis=0)
            for names, amount in zip(line.price_rows, amounts, strict=True):
                for name in filter(None, names.split("; ")):
                    cost[name] += float(amount)
    book = price_book().with_prices([price.model_dump() for price in ledger.scenario.prices])
    rows = [
        (row.name, row.price, row.unit, row.region, row.valid_from, row.observed_on, row.source, cost[row.name])
        for row in book.named(cost)
    ]
    columns = ["name", "price", "unit", "region", "valid_from", "observed_on", "source", "cost"]
    return pd.DataFrame(rows, columns=columns).sort_values("cost", ascending=False, ignore_index=True)


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
