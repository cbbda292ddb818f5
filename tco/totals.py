"""Totals of many lines at once: sums over draws, groups and months, without writing any line out.

`BlockTotals` takes the lines of one block of draws one by one. A line is a number for each draw times what is shared:
how its amounts lie over groups and months. Lines with the same labels that share this are added up draw by draw
first, and spread over months once for all; what has been multiplied or summed once is remembered.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tco.ledger_line import Factors, Line, contract

Array = NDArray[np.float64]
Key = tuple[str, ...]

COST, NPV = "cost", "npv"
REMEMBERED = 64
"""Products and sums kept while lines are added: neighbours share most, and memory stays small."""
LARGEST_COMPARED = 4096
"""Factors of more numbers are told apart by identity, not by what they hold."""


@dataclass(frozen=True)
class Question:
    """Totals that are asked for.

    labels: of lines, which are kept apart, such as option and category. axes: "g", "p", "gp" or "": whether groups and
    months are kept apart. measure: `cost`, `npv`, or a unit whose quantities are summed. over_draws: summed over draws,
    too.
    """

    labels: Key
    axes: str
    measure: str
    over_draws: bool = False


@dataclass(frozen=True)
class Parts:
    """A product of factors apart by what they vary over: nothing, draws alone, groups, months, or both of these."""

    scale: float
    draws: Factors
    groups: Factors
    months: Factors
    mixed: Factors

    @classmethod
    def of(cls, factors: Factors) -> Parts:
        """The factors, sorted."""
        scale = 1.0
        draws, groups, months, mixed = [], [], [], []
        for factor in factors:
            rows, members, periods = factor.shape
            if members == 1 and periods == 1:
                if rows == 1:
                    scale *= factor.item()
                else:
                    draws.append(factor)
            elif members == 1:
                months.append(factor)
            elif periods == 1:
                groups.append(factor)
            else:
                mixed.append(factor)
        return cls(scale, tuple(draws), tuple(groups), tuple(months), tuple(mixed))


class Memory:
    """The last results of a computation, by the factors it was made of; these are kept alive beside the result."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, tuple[Factors, Array]] = OrderedDict()

    def result(self, key: object, factors: Factors, compute: Callable[[], Array]) -> Array:
        """The result for these factors, computed if it is not among the last."""
        found = self._kept.get(key)
        if found is not None:
            return found[1]
        result = compute()
        self._kept[key] = (factors, result)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return result


def identity(factors: Factors) -> tuple[object, ...]:
    """What tells factors apart: their numbers where they are few and the same in every draw, else the object."""
    return tuple(
        (factor.shape, factor.tobytes()) if factor.shape[0] == 1 and factor.size <= LARGEST_COMPARED else id(factor)
        for factor in factors
    )


@dataclass
class Pile:
    """Lines with the same labels that are spread alike: their numbers added up, one a draw (or one for all).

    spread: factors over months, and over groups where these are not summed up yet. weights: of the months, for lines
    that are the same in every draw but for the spread.
    """

    labels: Key
    spread: Factors
    groups: int
    members: NDArray[np.intp]
    at_start: bool
    sum: float | Array = 0.0
    weights: Array | None = None

    def weigh(self, months: Array) -> None:
        """Add a line that is the same in every draw but for the spread: what it weighs in each month."""
        self.weights = months if self.weights is None else self.weights + months
        self.sum = 1.0

    def put(self, scale: float, number: Array | None) -> None:
        """Add scale x number."""
        if number is None:
            self.sum = self.sum + scale
        elif isinstance(self.sum, float):
            self.sum = number * scale + self.sum
        else:
            self.sum += number if scale == 1 else number * scale


@dataclass
class Piles:
    """The piles of the questions that keep the same labels apart, and groups apart or not.

    by_spread: piles spread alike in every draw; by_draw: those of one option whose spread varies by draw, too.
    """

    labels: Key
    keeps_groups: bool
    questions: list[Question] = field(default_factory=list)
    totals: dict[Key, list[Array]] = field(default_factory=dict)
    by_spread: dict[object, Pile] = field(default_factory=dict)
    by_draw: dict[object, Pile] = field(default_factory=dict)


class BlockTotals:
    """The totals of one block: `add` every line, then ask for `totals`.

    rows: draws of the block. groups, months: how many there are. discount: weights of months for `npv`, whether paid at
    the start of the month or at its end.
    """

    def __init__(
        self, questions: Sequence[Question], rows: int, groups: int, months: int, discount: Mapping[bool, Array]
    ):
        self._rows, self._groups, self._months, self._discount = rows, groups, months, discount
        self._products, self._contracted = Memory(), Memory()
        self._option = ""
        self._piles: dict[str, list[Piles]] = {}
        for question in questions:
            family = COST if question.measure == NPV else question.measure
            alike = self._piles.setdefault(family, [])
            keeps_groups = "g" in question.axes
            piles = next((p for p in alike if (p.labels, p.keeps_groups) == (question.labels, keeps_groups)), None)
            if piles is None:
                piles = Piles(question.labels, keeps_groups)
                alike.append(piles)
            piles.questions.append(question)

    def add(self, line: Line) -> None:
        """Count a line in. Lines of one option follow each other: what varies by draw and month is large."""
        if line.option != self._option:
            self._option = line.option
            for every in self._piles.values():
                for own in every:
                    self._finish_all(own, own.by_draw)
        for family, piles in self._piles.items():
            if family == COST:
                self._add(line, Parts.of((*line.quantity, *line.unit_price)), piles)
            else:
                self._add(line, Parts.of(line.quantity) if line.unit == family else None, piles)

    def _add(self, line: Line, parts: Parts | None, every: list[Piles]) -> None:
        number = None
        if parts is not None and parts.scale:
            number = self._product(parts.draws) if parts.draws else None
        for piles in every:
            labels = tuple(getattr(line, name) for name in piles.labels)
            if labels not in piles.totals:
                piles.totals[labels] = [np.zeros(self._shape(question)) for question in piles.questions]
            if parts is None or not parts.scale:
                continue
            scale, own, spread, groups = parts.scale, number, parts.months, 1
            if parts.mixed or piles.keeps_groups:
                spread, groups = (*parts.groups, *parts.months, *parts.mixed), len(line.members)
            else:
                over_groups = self._over_groups(parts.groups, len(line.members))
                if over_groups.size == 1:
                    scale *= over_groups.item()
                else:
                    own = over_groups if own is None else own * over_groups
            pile = Pile(labels, spread, groups, line.members, line.at_start)
            by_draw = tuple(factor for factor in spread if factor.shape[0] > 1)
            if own is None and by_draw and not (parts.mixed or piles.keeps_groups):
                alike = [factor for factor in spread if factor.shape[0] == 1]
                pile = self._pile(piles, replace(pile, spread=by_draw, weights=np.zeros((1, 1, self._months))))
                pile.weigh(scale * math.prod(alike, start=np.ones((1, 1, 1))))
            else:
                self._pile(piles, pile).put(scale, own)

    def _pile(self, piles: Piles, new: Pile) -> Pile:
        """The pile of the same labels and spread."""
        members = new.members.tobytes() if piles.keeps_groups else b""
        key = (new.labels, new.at_start, new.groups, members, new.weights is None, *identity(new.spread))
        varies = any(factor.shape[0] > 1 for factor in new.spread)
        return (piles.by_draw if varies else piles.by_spread).setdefault(key, new)

    def totals(self) -> dict[Question, dict[Key, Array]]:
        """The totals by question and its labels: (rows, then the axes kept); without rows where summed over draws."""
        found: dict[Question, dict[Key, Array]] = {}
        for piles in (piles for alike in self._piles.values() for piles in alike):
            self._finish_all(piles, piles.by_draw)
            self._finish_all(piles, piles.by_spread)
            for place, question in enumerate(piles.questions):
                found[question] = {labels: totals[place] for labels, totals in piles.totals.items()}
        return found

    def _finish_all(self, piles: Piles, chosen: dict[object, Pile]) -> None:
        for pile in chosen.values():
            self._finish(piles, pile)
        chosen.clear()

    def _finish(self, piles: Piles, pile: Pile) -> None:
        extents = {"g": pile.groups, "p": self._months}
        for question, total in zip(piles.questions, piles.totals[pile.labels], strict=True):
            weights = (self._discount[pile.at_start],) if question.measure == NPV else ()
            factors = (*pile.spread, *weights, *(() if pile.weights is None else (pile.weights,)))
            if question.over_draws:
                amounts = self._over_draws(pile, factors, extents, question.axes)
            else:
                key = (question.axes, extents["g"], *identity(factors))
                shared = self._contracted.result(key, factors, partial(contract, factors, extents, "d" + question.axes))
                amounts = shared * (pile.sum if isinstance(pile.sum, float) else _column(pile.sum, shared.ndim))
            if piles.keeps_groups:
                place = (pile.members,) if question.over_draws else (slice(None), pile.members)
                total[place] += amounts
            else:
                total += amounts

    def _over_draws(self, pile: Pile, factors: Factors, extents: Mapping[str, int], axes: str) -> Array:
        """The pile summed over its draws, too; what weighs kept months alike in every draw is left to the end."""
        late = tuple(f for f in factors if f.shape[:2] == (1, 1) and "p" in axes)
        early = tuple(f for f in factors if not any(f is other for other in late))
        number = pile.sum
        if isinstance(number, float):
            rows = self._rows if all(factor.shape[0] == 1 for factor in factors) else 1
            return contract(factors, extents, axes) * (number * rows)
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
        return self._contracted.result(key, factors, lambda: contract(factors, {"g": members, "p": 1}, "d"))


def _column(numbers: Array, dimensions: int) -> Array:
    return numbers.reshape(-1, *(1,) * (dimensions - 1))
