"""Ledgers as DataFrames: the tidy table of one draw, and names and order of the columns of totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import CATALOGUE, LABELS, NONE, Array, Factors, Line
from tco.evaluation.totals import Key
from tco.scenario.scenario import Scenario, parted

if TYPE_CHECKING:
    import pandas as pd

Value = TypeVar("Value")

COLUMNS = tuple(
    "period option group category line phase role release quantity unit unit_price cost assumptions".split()
)
AXES = {"group": "g", "period": "p"}
"""The dimensions of totals that are no labels of lines, as in `Query.axes`."""


class ColumnOrder:
    """The order of a ledger's columns: options, groups, categories and lines as they are listed, others by name."""

    def __init__(self, scenario: Scenario):
        self._listed: dict[str, Sequence[str]] = {
            "option": tuple(scenario.options),
            "group": tuple(scenario.fleet),
            "period": scenario.periods,
            "category": tuple(CATALOGUE),
            "line": [line for lines in CATALOGUE.values() for line in lines],
        }
        self._places = {
            name: {value: place for place, value in enumerate(values)} for name, values in self._listed.items()
        }

    def ordered(self, dimensions: Sequence[str], totals: Mapping[Key, Iterable[Value]]) -> dict[Key, Value]:
        """The totals by the values of the dimensions.

        totals: by those dimensions that are labels; each holds one value for every combination of groups and periods,
        where these are dimensions.
        """
        axes = [name for name in AXES if name in dimensions]
        available = [*(name for name in dimensions if name in LABELS), *axes]
        places = [available.index(name) for name in dimensions]
        names = list(product(*(self._listed[name] for name in axes)))
        columns = {
            tuple([(*key, *name)[place] for place in places]): value
            for key, values in totals.items()
            for name, value in zip(names, values, strict=True)
        }
        orders = [self._places.get(name, {}) for name in dimensions]
        order = {key: tuple([places.get(v, v) for places, v in zip(orders, key, strict=True)]) for key in columns}
        return {key: columns[key] for key in sorted(columns, key=order.__getitem__)}


def column_index(by: str | Sequence[str], keys: Iterable[Key]) -> pd.Index[Any]:
    """Names of columns as pandas wants them: plain for one dimension, in levels for a list of them."""
    import pandas as pd

    if isinstance(by, str):
        return pd.Index([key[0] for key in keys], name=by)
    return pd.MultiIndex.from_tuples(list(keys), names=list(by))


def ledger_table(scenario: Scenario, lines: Sequence[Line]) -> pd.DataFrame:
    """The rows of lines that hold one draw, in their order, and a zero for each line that an option has nothing of.

    Columns as `COLUMNS`; every row has cost == quantity * unit_price, nothing is null.
    """
    import pandas as pd

    periods = np.array(scenario.periods, dtype=object)
    groups = np.array(tuple(scenario.fleet), dtype=object)
    divided = (part for line in lines for part in line.by_release())
    parts = [part for line in divided if (part := _rows(line, periods, groups)) is not None]
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
    shape = (len(line.members), len(periods))
    quantity, price = _cells(line.quantity, shape), _cells(line.unit_price, shape)
    members, months = np.nonzero(quantity)
    if not len(members):
        return None
    amounts, prices = quantity[members, months], price[members, months]
    read = [line.assumptions] * shape[0]
    if any(parted(path)[0] for path in line.assumptions):
        read = [read_by(groups[place], line.assumptions) for place in line.members]
    priced = line.price_rows or [""] * shape[0]
    behind = ["; ".join(filter(None, (*paths, row))) for paths, row in zip(read, priced, strict=True)]
    names = np.array(behind, dtype=object)[members]
    labels = {name: getattr(line, name) for name in LABELS}
    return {
        "period": periods[months],
        "group": groups[line.members[members]],
        "quantity": amounts,
        "unit_price": prices,
        "cost": amounts * prices,
        "assumptions": names,
        **{name: np.full(len(members), label, dtype=object) for name, label in labels.items()},
    }


def read_by(group: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Of the assumptions that a line read, those that its amounts of a group rest on: the group's own before others."""
    own = {base for name, base in map(parted, paths) if name == group}
    return tuple(path for path in paths for name, base in (parted(path),) if name == group or not (name or base in own))


def _cells(factors: Factors, shape: tuple[int, int]) -> Array:
    """The product of factors of one draw, written out over members and months."""
    cells: Array = np.ones((1, 1))
    for factor in factors:
        cells = cells * factor[0]
    return np.broadcast_to(cells, shape)


def _zero(scenario: Scenario, option: str, category: str, line: str, unit: str) -> dict[str, Any]:
    row = dict.fromkeys(COLUMNS, NONE) | dict.fromkeys(("quantity", "unit_price", "cost"), 0.0)
    row |= {"period": scenario.periods[0], "option": option, "group": next(iter(scenario.fleet)), "category": category}
    row |= {"line": line, "unit": unit, "assumptions": ""}
    return {name: np.array([value], dtype=object if isinstance(value, str) else float) for name, value in row.items()}
