"""What each line of one draw comes to in every month, all groups together; from this any total of that draw follows.

Where there are draws, lines are added up without writing them out (`tco.evaluation.totals`). For a single draw it is
the other way round: a line is sixty numbers or so, and a question is a sum over rows of one small table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.accumulators import COST, NPV, Key, Question
from tco.evaluation.ledger_line import Factors, Line

Array = NDArray[np.float64]


class LineMonths:
    """Lines of one draw as tables of (line, month).

    months: how many there are. discount: weights of months for `npv`, (1, 1, months), by whether a line is paid at the
    start of its month.
    """

    def __init__(self, lines: Sequence[Line], months: int, discount: Mapping[bool, Array]):
        self._lines, self._months, self._discount = lines, months, discount
        self._tables: dict[str, Array] = {}
        self._codes: dict[Key, tuple[list[Key], NDArray[np.intp]]] = {}

    def total(self, question: Question) -> dict[Key, Array]:
        """The totals by labels, shape (1, then months if they are kept); without the 1 where summed over draws.

        Raises ValueError for a question that keeps groups apart.
        """
        if "g" in question.axes:
            raise ValueError("groups are not kept apart here")
        keys, codes = self._labelled(question.labels)
        amounts = self.table(question.measure)
        sums = np.zeros((len(keys), self._months) if question.axes else len(keys))
        np.add.at(sums, codes, amounts if question.axes else amounts.sum(axis=1))
        return {key: sums[place] if question.over_draws else sums[place : place + 1] for place, key in enumerate(keys)}

    def table(self, measure: str) -> Array:
        """The amounts of all lines in a measure, (lines, months): `cost`, `npv`, or the quantities of a unit."""
        if measure not in self._tables:
            self._tables[measure] = self._table(measure)
        return self._tables[measure]

    def _table(self, measure: str) -> Array:
        if measure == NPV:
            early = np.array([line.at_start for line in self._lines], dtype=bool)[:, None]
            discounted: Array = self.table(COST) * np.where(early, self._discount[True][0], self._discount[False][0])
            return discounted
        amounts = np.zeros((len(self._lines), self._months))
        for place, line in enumerate(self._lines):
            if measure == COST:
                amounts[place] = _by_month((*line.quantity, *line.unit_price), len(line.members))
            elif measure == line.unit:
                amounts[place] = _by_month(line.quantity, len(line.members))
        return amounts

    def _labelled(self, labels: Key) -> tuple[list[Key], NDArray[np.intp]]:
        """The distinct labels in order of their first line, and the place of each line's among them."""
        if labels not in self._codes:
            places: dict[Key, int] = {}
            codes = [
                places.setdefault(tuple([getattr(line, name) for name in labels]), len(places)) for line in self._lines
            ]
            self._codes[labels] = list(places), np.array(codes, dtype=np.intp)
        return self._codes[labels]


def _by_month(factors: Factors, members: int) -> Array | float:
    """The product of factors of one draw, summed over groups: one number, or one a month."""
    scale = 1.0
    groups: Array | None = None
    months: Array | None = None
    both: Array | None = None
    for factor in factors:
        _, of_groups, of_months = factor.shape
        if of_groups == of_months == 1:
            scale *= factor.item()
        elif of_months == 1:
            groups = factor[0] if groups is None else groups * factor[0]
        elif of_groups == 1:
            months = factor[0, 0] if months is None else months * factor[0, 0]
        else:
            both = factor[0] if both is None else both * factor[0]
    by_month: Array | float
    if both is not None:
        by_month = (both if groups is None else both * groups).sum(axis=0) * scale
    else:
        by_month = scale * (members if groups is None else float(groups.sum()))
    return by_month if months is None else months * by_month
