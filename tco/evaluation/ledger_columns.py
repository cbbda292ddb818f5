"""Answers to a question about a ledger as columns of a frame: named, and in the order that people expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import CATALOGUE, LABELS
from tco.evaluation.totals import Key

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Value = TypeVar("Value")
AXES = {"group": "g", "period": "p"}


class Columns:
    """How a ledger's columns are named and ordered: options, groups and lines as they stand, others by the alphabet."""

    def __init__(self, options: Sequence[str], groups: Sequence[str], periods: Sequence[str]):
        self._options = options
        self._names = {"group": groups, "period": periods}

    def of(self, dimensions: Sequence[str], found: Mapping[Key, Array]) -> dict[Key, Array]:
        """Amounts of shape (rows, then the axes kept) as columns, by the values of the dimensions, in order."""
        return self._arranged(dimensions, {key: list(one.reshape(len(one), -1).T) for key, one in found.items()})

    def numbers(self, dimensions: Sequence[str], found: Mapping[Key, Array]) -> dict[Key, float]:
        """The same for amounts of the axes kept alone: one number for each combination of the dimensions' values."""
        return self._arranged(dimensions, {key: np.ravel(amounts).tolist() for key, amounts in found.items()})

    def _arranged(self, dimensions: Sequence[str], found: Mapping[Key, Sequence[Value]]) -> dict[Key, Value]:
        """What is found by labels, for each value of the axes kept, in order."""
        labels = [name for name in dimensions if name in LABELS]
        kept = [name for name in AXES if name in dimensions]
        stated = [*labels, *kept]
        names = list(product(*(self._names[name] for name in kept)))
        keys = sorted(found, key=lambda key: self._place(labels, key))
        columns = {(*key, *name): value for key in keys for name, value in zip(names, found[key], strict=True)}
        if stated == list(dimensions):
            return columns
        places = [stated.index(name) for name in dimensions]
        turned = {tuple([key[place] for place in places]): value for key, value in columns.items()}
        return {key: turned[key] for key in sorted(turned, key=lambda key: self._place(dimensions, key))}

    def index(self, by: str | Sequence[str], columns: Iterable[Key]) -> pd.Index[Any]:
        """The columns' names as pandas wants them: plain for one dimension, in levels for a list of them."""
        import pandas as pd

        if isinstance(by, str):
            return pd.Index([key[0] for key in columns], name=by)
        levels, codes = [], []
        for values in zip(*columns, strict=True):
            level = sorted(set(values))
            places = {value: place for place, value in enumerate(level)}
            levels.append(pd.Index(level))
            codes.append([places[value] for value in values])
        return pd.MultiIndex(levels, codes, names=list(by), verify_integrity=False)

    def _place(self, dimensions: Sequence[str], key: Key) -> tuple[object, ...]:
        return tuple(
            [
                self._orders[name][value] if name in self._orders else value
                for name, value in zip(dimensions, key, strict=True)
            ]
        )

    @cached_property
    def _orders(self) -> dict[str, dict[str, int]]:
        lines = [line for category in CATALOGUE.values() for line in category]
        orders = {
            "option": self._options,
            "group": self._names["group"],
            "category": tuple(CATALOGUE),
            "line": tuple(lines),
        }
        return {name: {value: place for place, value in enumerate(order)} for name, order in orders.items()}
