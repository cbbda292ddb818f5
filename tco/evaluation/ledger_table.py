"""The tidy ledger of one draw as a DataFrame: one row for each month, group and line that is not zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import CATALOGUE, Line
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "period",
    "option",
    "group",
    "category",
    "line",
    "phase",
    "role",
    "release",
    "quantity",
    "unit",
    "unit_price",
    "cost",
    "assumptions",
)


def ledger_table(scenario: Scenario, lines: Sequence[Line]) -> pd.DataFrame:
    """The rows of lines that hold one draw, in their order, and a zero for each line that an option has nothing of.

    Columns as `COLUMNS`; every row has cost == quantity * unit_price, nothing is null.
    """
    import pandas as pd

    periods = np.array(scenario.periods, dtype=object)
    groups = np.array(tuple(scenario.fleet), dtype=object)
    parts = [part for line in lines if (part := _rows(line, periods, groups)) is not None]
    stated = {(part["option"][0], part["category"][0], part["line"][0]) for part in parts}
    parts += [
        _zero(scenario, option, category, line, unit)
        for option in scenario.options
        for category, units in CATALOGUE.items()
        for line, unit in units.items()
        if (option, category, line) not in stated
    ]
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in COLUMNS})


def _rows(line: Line, periods: NDArray[Any], groups: NDArray[Any]) -> dict[str, Any] | None:
    quantity, price = line.cells(len(periods))
    members, months = np.nonzero(quantity)
    if not len(members):
        return None
    amounts, prices = quantity[members, months], price[members, months]
    read = "; ".join(line.assumptions)
    names = np.full(len(members), read, dtype=object)
    if line.price_rows:
        names = np.array(["; ".join(filter(None, (read, row))) for row in line.price_rows], dtype=object)[members]
    labels = {name: getattr(line, name) for name in ("option", "category", "line", "phase", "role", "release", "unit")}
    return {
        "period": periods[months],
        "group": groups[line.members[members]],
        "quantity": amounts,
        "unit_price": prices,
        "cost": amounts * prices,
        "assumptions": names,
        **{name: np.full(len(members), label, dtype=object) for name, label in labels.items()},
    }


def _zero(scenario: Scenario, option: str, category: str, line: str, unit: str) -> dict[str, Any]:
    row = dict.fromkeys(COLUMNS, "none") | dict.fromkeys(("quantity", "unit_price", "cost"), 0.0)
    row |= {"period": scenario.periods[0], "option": option, "group": next(iter(scenario.fleet)), "category": category}
    row |= {"line": line, "unit": unit, "assumptions": ""}
    return {name: np.array([value], dtype=object if isinstance(value, str) else float) for name, value in row.items()}
