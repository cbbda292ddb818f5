"""Totals of many lines at once: sums over draws, groups and months, without writing any line out.

`BlockTotals` takes the lines of one block of draws one by one. A line is a number for each draw times what is shared:
how its amounts lie over groups and months. Lines with the same labels that share this are added up draw by draw
first, and spread over months once for all; what has been multiplied or summed once is remembered.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.accumulators import COST, NPV, Key, Memory, Parts, Pile, Piles, Question, identity
from tco.evaluation.ledger_line import NONE, Factors, Line, contract, over_groups

Array = NDArray[np.float64]


class BlockTotals:
    """The totals of one block: `add` every line, then ask for `totals`.

    rows: draws of the block. groups, months: how many there are. discount: weights of months for `npv`, whether paid at
    the start of the month or at its end.
    """

    def __init__(
        self, questions: Sequence[Question], rows: int, groups: int, months: int, discount: Mapping[bool, Array]
    ):
        self._rows, self._groups, self._months, self._discount = rows, groups, months, discount
        self._products, self._contracted, self._spread = Memory(), Memory(), Memory()
        self._option = ""
        self._piles = Piles.for_questions(questions)

    def add(self, line: Line) -> None:
        """Count a line in. Lines of one option follow each other: what varies by draw and month is large."""
        if line.option != self._option:
            self._option = line.option
            self._end_option()
        quantity, price = Parts.of(line.quantity), Parts.of(line.unit_price)
        for piles in self._piles:
            labels = tuple([getattr(line, name) for name in piles.labels])
            if labels not in piles.totals:
                for each, own in ((piles, labels), *piles.in_coarser(labels)):
                    if own not in each.totals:
                        each.totals[own] = [np.zeros(self._shape(question)) for question in each.questions]
            if not quantity.scale:
                continue
            costs, counts = COST in piles.families and price.scale != 0, line.unit in piles.families
            if costs and counts and price.is_alike:
                self._add(line, piles, labels, (COST, line.unit), quantity, price.draws, price.scale)
                continue
            if costs:
                self._add(line, piles, labels, (COST,), quantity.times(price), price.draws)
            if counts:
                self._add(line, piles, labels, (line.unit,), quantity)

    def _add(
        self,
        line: Line,
        piles: Piles,
        labels: Key,
        families: Key,
        parts: Parts,
        late_price: Factors = (),
        price: float = 1.0,
    ) -> None:
        split = line.release != NONE and len(parts.draws) > 1  # hours are shared out by their last factor
        scale, draws, late = parts.scale, parts.draws[:-1] if split else parts.draws, parts.draws[-1:] if split else ()
        spread, groups, apart = parts.months, 1, bool(parts.mixed or piles.keeps_groups)
        if apart:
            spread, groups = (*parts.groups, *parts.months, *parts.mixed), len(line.members)
        else:
            summed = self._over_groups(parts.groups, len(line.members))
            if summed.size == 1:
                scale *= summed.item()
            else:
                draws = (*draws, summed)
        own = self._product(draws) if draws else None
        by_draw = tuple([factor for factor in spread if factor.shape[0] > 1])
        pile = Pile(labels, families, spread, groups, line.members, line.at_start, late, late_price, price)
        if own is None and by_draw and not (late_price or apart):
            alike = [factor for factor in spread if factor.shape[0] == 1]
            pile.spread, pile.weights = by_draw, np.zeros((1, 1, self._months))
            self._pile(piles, piles.begun, pile).weigh(scale * math.prod(alike, start=np.ones((1, 1, 1))))
        else:
            self._pile(piles, piles.begun, pile).put(scale, own)

    def _pile(self, piles: Piles, among: dict[object, Pile], new: Pile) -> Pile:
        """The pile of the same labels and spread."""
        members = new.members.tobytes() if piles.keeps_groups else b""
        common = (tuple(map(id, new.late)), tuple(map(id, new.late_price)), new.price, new.weights is None)
        key = (new.labels, new.families, new.at_start, new.groups, members, common, *identity(new.spread))
        return among.setdefault(key, new)

    def totals(self) -> dict[Question, dict[Key, Array]]:
        """The totals by question and its labels: (rows, then the axes kept); without rows where summed over draws."""
        found: dict[Question, dict[Key, Array]] = {}
        self._end_option()
        for finest in self._piles:
            for piles in (finest, *finest.coarser):
                for place, question in enumerate(piles.questions):
                    found[question] = {labels: totals[place] for labels, totals in piles.totals.items()}
        return found

    def _end_option(self) -> None:
        """Add up what the option at hand has of everything, and keep no more of it than options share."""
        for piles in self._piles:
            whole: dict[object, Pile] = {}
            for pile in piles.begun.values():
                for family in pile.families:
                    self._hand_on(piles, pile, family, whole)
            piles.begun.clear()
            for each, summed in ((piles, whole), *self._put_together(piles, whole.values())):
                for pile in summed.values():
                    self._finish(each, pile)
        self._products.forget()
        self._contracted.forget()

    def _hand_on(self, piles: Piles, pile: Pile, family: str, among: dict[object, Pile]) -> None:
        """Multiply a sum by what its lines have in common, and add it to those that are spread alike."""
        late = (*pile.late, *pile.late_price) if family == COST else pile.late
        times: float | Array = pile.price if family == COST else 1.0
        if late:
            times = self._product(late) if times == 1 else self._product(late) * times
        new = pile.empty(families=(family,), late=(), late_price=(), price=1.0)
        self._pile(piles, among, new).take(pile, times)

    def _put_together(self, piles: Piles, whole: Collection[Pile]) -> list[tuple[Piles, dict[object, Pile]]]:
        """The piles of an option as coarser ones."""
        found: list[tuple[Piles, dict[object, Pile]]] = [(coarser, {}) for coarser in piles.coarser]
        for pile in whole:
            for (coarser, among), (_, labels) in zip(found, piles.in_coarser(pile.labels), strict=True):
                if pile.families[0] in coarser.families:
                    self._pile(coarser, among, pile.empty(labels=labels)).take(pile)
        return found

    def _finish(self, piles: Piles, pile: Pile) -> None:
        extents = {"g": pile.groups, "p": self._months}
        for question, total in zip(piles.questions, piles.totals[pile.labels], strict=True):
            if question.family not in pile.families:
                continue
            weights = (self._discount[pile.at_start],) if question.measure == NPV else ()
            factors = (*pile.spread, *weights, *(() if pile.weights is None else (pile.weights,)))
            if question.over_draws:
                amounts = self._over_draws(pile, factors, extents, question.axes)
            else:
                shared = self._over_months(factors, extents, question.axes)
                amounts = shared * (pile.sum if isinstance(pile.sum, float) else _column(pile.sum, shared.ndim))
            if piles.keeps_groups:
                place = (pile.members,) if question.over_draws else (slice(None), pile.members)
                total[place] += amounts
            else:
                total += amounts

    def _over_months(self, factors: Factors, extents: Mapping[str, int], axes: str) -> Array:
        """What is shared by the lines of a pile, summed over the axes that are not kept, (rows or 1, ...)."""
        key = (axes, extents["g"], *identity(factors))
        return self._spread.result(key, factors, partial(contract, factors, extents, "d" + axes))

    def _over_draws(self, pile: Pile, factors: Factors, extents: Mapping[str, int], axes: str) -> Array:
        """The pile summed over its draws, too; what weighs kept months alike in every draw is left to the end."""
        late = tuple(f for f in factors if f.shape[:2] == (1, 1) and "p" in axes)
        early = tuple(f for f in factors if not any(f is other for other in late))
        number = pile.sum
        if isinstance(number, float):
            rows = self._rows if all(factor.shape[0] == 1 for factor in factors) else 1
            return contract(factors, extents, axes) * (number * rows)
        if not axes:
            shared = self._over_months(factors, extents, axes)
            return np.asarray((shared * number).sum() if shared.size > 1 else shared.item() * number.sum())
        key = (id(number), axes, extents["g"], *identity(early))
        held = (number, *early)
        summed = self._contracted.result(key, held, lambda: contract((number.reshape(-1, 1, 1), *early), extents, axes))
        return contract(late, extents, axes) * summed if late else summed

    def _shape(self, question: Question) -> tuple[int, ...]:
        kept = tuple(self._groups if axis == "g" else self._months for axis in question.axes)
        return kept if question.over_draws else (self._rows, *kept)

    def _product(self, factors: Factors) -> Array:
        """The product of factors that vary by draw alone, (rows,); beginnings in common are multiplied once."""
        if len(factors) == 1:
            return factors[0].reshape(-1)
        key = tuple(map(id, factors))
        return self._products.result(key, factors, lambda: self._product(factors[:-1]) * factors[-1].reshape(-1))

    def _over_groups(self, factors: Factors, members: int) -> Array:
        """The product of factors over groups, summed over them: (rows,) or one number."""
        key = (members, *identity(factors))
        return self._contracted.result(key, factors, lambda: over_groups(factors, members))


def _column(numbers: Array, dimensions: int) -> Array:
    return numbers.reshape(-1, *(1,) * (dimensions - 1))
