"""Lines added up by what they have in common: the same labels, and amounts that lie alike over groups and months.

A line is a number for each draw times what is shared. The numbers of lines that share it are added up draw by draw;
what they share is multiplied in once for all of them (`tco.evaluation.totals`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import Factors

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

    @property
    def family(self) -> str:
        """What is summed: costs, discounted or not, or quantities of a unit."""
        return COST if self.measure == NPV else self.measure


@dataclass(frozen=True)
class Parts:
    """A product of factors apart by what they vary over: nothing, draws alone, groups, months, or both of these."""

    scale: float
    draws: Factors
    groups: Factors
    months: Factors
    mixed: Factors

    @property
    def is_alike(self) -> bool:
        """Whether they vary over draws alone, if at all."""
        return not (self.groups or self.months or self.mixed)

    def times(self, other: Parts) -> Parts:
        """Both, but for what varies over draws alone in the other ones."""
        return Parts(
            self.scale * other.scale,
            self.draws,
            self.groups + other.groups,
            self.months + other.months,
            self.mixed + other.mixed,
        )

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

    def forget(self) -> None:
        """Let go of all results."""
        self._kept.clear()

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

    families: what it counts towards, costs and quantities of a unit. spread: factors over months, and over groups where
    these are not summed up yet. late: factors over draws by which the sum is multiplied when it is complete; late_price
    and price: by which costs are multiplied, too. weights: of the months, for lines that are the same in every draw but
    for the spread.
    """

    labels: Key
    families: Key
    spread: Factors
    groups: int
    members: NDArray[np.intp]
    at_start: bool
    late: Factors = ()
    late_price: Factors = ()
    price: float = 1.0
    sum: float | Array = 0.0
    weights: Array | None = None

    def weigh(self, months: Array) -> None:
        """Add a line that is the same in every draw but for the spread: what it weighs in each month."""
        self.weights = months if self.weights is None else self.weights + months
        self.sum = 1.0

    def empty(self, **changes: Any) -> Pile:
        """A pile with nothing on it, otherwise as this one but for the `changes`."""
        empty = object.__new__(Pile)  # as `dataclasses.replace` does, in a third of the time
        weights = None if self.weights is None else np.zeros_like(self.weights)
        empty.__dict__.update(self.__dict__, sum=0.0, weights=weights, **changes)
        return empty

    def take(self, other: Pile, times: float | Array = 1.0) -> None:
        """Add what another pile, spread alike, has come to, `times` over."""
        if other.weights is not None:
            self.weigh(other.weights if isinstance(times, float) and times == 1 else other.weights * times)
            return
        number = other.sum if isinstance(times, float) and times == 1 else times * other.sum
        if isinstance(number, float):
            self.put(number, None)
        else:
            self.put(1.0, number)

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

    begun: piles of the option at hand, whose sums are yet to be multiplied by what they have in common. coarser: piles
    that keep fewer labels apart, into which these are put together when an option is complete.
    """

    labels: Key
    keeps_groups: bool
    questions: list[Question] = field(default_factory=list)
    totals: dict[Key, list[Array]] = field(default_factory=dict)
    begun: dict[object, Pile] = field(default_factory=dict)
    coarser: list[Piles] = field(default_factory=list)

    @classmethod
    def for_questions(cls, questions: Iterable[Question]) -> list[Piles]:
        """The piles that lines are put on: one keeps all labels apart that any question does, and one groups, too."""
        asked: dict[tuple[bool, Key], Piles] = {}
        for question in questions:
            alike = ("g" in question.axes, question.labels)
            asked.setdefault(alike, cls(question.labels, alike[0])).questions.append(question)
        finest = []
        for keeps_groups in dict.fromkeys(keeps_groups for keeps_groups, _ in asked):
            some = [piles for (keeps, _), piles in asked.items() if keeps == keeps_groups]
            labels = {name: None for piles in some for name in piles.labels}
            whole = next((piles for piles in some if len(piles.labels) == len(labels)), None)
            whole = whole or cls(tuple(labels), keeps_groups)
            whole.coarser = [piles for piles in some if piles is not whole]
            finest.append(whole)
        return finest

    @cached_property
    def families(self) -> Key:
        """What is asked for: `cost`, and units."""
        asked = (question.family for piles in (self, *self.coarser) for question in piles.questions)
        return tuple(dict.fromkeys(asked))

    @cached_property
    def _places(self) -> list[tuple[Piles, list[int]]]:
        """The coarser piles, each with where its labels stand among these."""
        return [(piles, [self.labels.index(name) for name in piles.labels]) for piles in self.coarser]

    def in_coarser(self, labels: Key) -> list[tuple[Piles, Key]]:
        """The coarser piles, each with what there is of `labels` in it."""
        return [(piles, tuple([labels[place] for place in places])) for piles, places in self._places]
