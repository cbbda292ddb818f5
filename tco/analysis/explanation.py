"""From a number back to its sources: option and category, line, assumption or price row, source and date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tco.errors import InputError, unknown
from tco.evaluation.ledger_line import CATALOGUE

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

COLUMNS = (
    "line",
    "cost",
    "quantity",
    "unit",
    "name",
    "kind",
    "value",
    "value_unit",
    "source",
    "source_kind",
    "as_of",
    "link",
)


def explain(ledger: Ledger, option: str, category: str) -> pd.DataFrame:
    """Each line of a category of an option, with every assumption and price row behind it.

    Columns: line, cost (USD) and quantity of the whole line, unit, name, kind (`assumption` or `price`), value,
    value_unit, source, source_kind, as_of, link. A line that is zero stands once, without a name. Raises InputError
    for an unknown option or category.
    """
    if option not in ledger.options:
        raise InputError(unknown("option", option, ledger.options), path="option")
    if category not in CATALOGUE:
        raise InputError(unknown("category", category, CATALOGUE), path="category")
    from tco.analysis.assumption_register import assumption_register, price_rows

    assumptions = assumption_register(ledger).set_index("path")
    prices = price_rows(ledger).set_index("name")
    months = ledger.scenario.months
    rows: list[dict[str, object]] = []
    for name, unit in CATALOGUE[category].items():
        lines = [line for line in ledger.lines() if (line.option, line.category, line.line) == (option, category, name)]
        units = sorted({line.unit for line in lines if line.sum(line.unit, months).any()}) or [unit]
        for found in units:
            alike = [line for line in lines if line.unit == found]
            shown = {
                "line": name,
                "unit": found,
                "cost": sum(float(line.sum("cost", months).mean()) for line in alike),
                "quantity": sum(float(line.sum(found, months).mean()) for line in alike),
            }
            active = [line for line in alike if line.sum(found, months).any()]
            read = dict.fromkeys(path for line in active for path in line.assumptions)
            looked_up = dict.fromkeys(
                row for line in active for rows in set(line.price_rows) for row in rows.split("; ") if row
            )
            behind = [_assumption(path, assumptions) for path in read] + [_price(row, prices) for row in looked_up]
            rows += [{**shown, **source} for source in behind or [{}]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _assumption(path: str, register: pd.DataFrame) -> dict[str, object]:
    entry = register.loc[path]
    return {
        "name": path,
        "kind": "assumption",
        "value": entry["value"],
        "value_unit": entry["unit"],
        "source": entry["source"],
        "source_kind": entry["kind"],
        "as_of": entry["as_of"],
        "link": entry["link"],
    }


def _price(name: str, prices: pd.DataFrame) -> dict[str, object]:
    row = prices.loc[name]
    return {
        "name": name,
        "kind": "price",
        "value": row["price"],
        "value_unit": f"USD/{row['unit']}",
        "source": row["source"],
        "source_kind": "published",
        "as_of": str(row["observed_on"]),
        "link": "",
    }
