"""Totals of lines: sums over draws, groups and months, without writing any line out over all three.

Summed over its groups, a line is a row of months times factors by draw. `LineSums` adds up first what is alike:

- Lines that are the same in every draw are the rows of one table (line, month); a total is a sum over some of its rows.
  At a point estimate these are all lines.
- Lines with the same labels and the same months are one sum: their numbers by draw are added up first, and then spread
  over the months once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ONE, REGIONAL, Array, Factors, Line

Key = tuple[str, ...]
Identities = tuple[int, ...]

COST, NPV = "cost", "npv"
QUANTITY = "quantity"
"""The measure that counts every line in its own unit."""
RELEASE, DIVISION, POSITION = "release", "division", "position"
"""The label of parts of lines; that of lines which are divided into parts alike; and that by which every line is kept
apart, its place among the lines, as text."""
LOCAL, EXPECTED = "local", "expected"
"""Chance events of single clusters alone, with those of Regions at their expectation; all at their expectation."""
MAX_COMPARED = 4096
"""Factors of more numbers are told apart by identity, not by their numbers."""


@dataclass(frozen=True)
class Query:
    """A total that is requested.

    labels: attributes of lines that are kept apart, such as option and category. axes: "g", "p", "gp" or "": whether
    groups and months are kept apart. measure: `cost` (undiscounted), `npv` (discounted), or a unit whose quantities are
    summed. over_draws: summed over draws, too. events: `local` or `expected`; empty for all chance events as drawn.
    """

    labels: Key
    axes: str
    measure: str
    over_draws: bool = False
    events: str = ""


class _Amount(NamedTuple):
    """A line, summed over its groups: the product of all fields.

    scale, months: what is the same in every draw, one number and (months,), so that rows that differ by a factor are
    alike. by_draw: factors of (draws, 1, 1). mixed: of (draws, 1, months).
    """

    scale: float
    months: Array
    by_draw: Factors
    mixed: Factors


@dataclass(frozen=True)
class _Sum:
    """Lines with the same labels, months and mixed factors, added up.

    code: the place of the labels. at_start: paid at the start of the month. numbers: by draw, (draws or 1,). months,
    mixed: as of `_Amount`; each draw is its number times these.
    """

    code: int
    at_start: bool
    numbers: Array
    months: Array
    mixed: Factors


class LineSums:
    """The totals of the lines of one block of draws.

    rows: draws of the block. groups, months: how many there are. discount: weights of months for `npv`, (rows or 1, 1,
    months), by whether a line is paid at the start of its month; not needed for other measures.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        rows: int,
        groups: int,
        months: int,
        discount: Mapping[bool, Array],
    ):
        self._lines, self._draws, self._groups, self._months = lines, rows, groups, months
        self._discount = discount
        self._discounts_alike = all(len(weights) == 1 for weights in discount.values())
        self._every_month = np.ones(months)
        self._at_start = np.array([line.at_start for line in lines], dtype=bool)
        self._products: dict[object, tuple[object, Array]] = {}
        self._amounts: dict[str, tuple[NDArray[np.intp], Array, list[tuple[int, _Amount]]]] = {}
        self._codes: dict[Key, tuple[list[Key], NDArray[np.intp]]] = {}
        self._sums: dict[tuple[str, Key], list[_Sum]] = {}

    def total(self, query: Query) -> dict[Key, Array]:
        """The totals by labels, in the order of their first lines: (rows, then the axes kept).

        Without rows where summed over draws. Labels without such an amount have zeros.
        """
        if query.events:
            return self._without_chance(query)
        if RELEASE in query.labels:
            return self._by_release(query)
        keys, codes = self._labelled(query.labels)
        kept = tuple(self._groups if axis == "g" else self._months for axis in query.axes)
        if "g" in query.axes:
            totals = np.zeros((len(keys), *(() if query.over_draws else (self._draws,)), *kept))
            self._add_by_group(query, codes, totals)
            return dict(zip(keys, totals, strict=True))
        positions, rows = self._alike(query.measure)
        fixed = np.zeros((len(keys), *kept))
        np.add.at(fixed, codes[positions], rows if kept else rows.sum(axis=1))
        totals = fixed * self._draws if query.over_draws else np.repeat(fixed[:, None], self._draws, axis=1)
        for part in self._varying(query.measure, query.labels):
            totals[part.code] += (self._over_draws if query.over_draws else self._by_draw)(part, query.axes)
        return dict(zip(keys, totals, strict=True))

    def _without_chance(self, query: Query) -> dict[Key, Array]:
        """The totals with all or with regional events at their expectation: these lines are taken out and put back."""
        as_drawn = replace(query, events="")
        totals = dict(self.total(as_drawn))
        chance = [line for line in self._lines if line.chance is not None]
        chosen = [line for line in chance if query.events == EXPECTED or line.line == REGIONAL]
        for sign, lines in ((-1, chosen), (1, [line.as_expected() for line in chosen])):
            sums = LineSums(lines, self._draws, self._groups, self._months, self._discount)
            for key, amounts in sums.total(as_drawn).items() if lines else ():
                totals[key] = totals[key] + sign * amounts
        return totals

    def _by_release(self, query: Query) -> dict[Key, Array]:
        """The totals by kind of release: those by draw of lines that divide alike, times the share of each kind."""
        totals: dict[Key, Array] = {}
        place = query.labels.index(RELEASE)
        labels = tuple(DIVISION if name == RELEASE else name for name in query.labels)
        divisions = {_division(line): line.releases or {line.release: ONE} for line in self._lines}
        for key, amounts in self.total(replace(query, labels=labels, over_draws=False)).items():
            for kind, share in divisions[key[place]].items():
                part = amounts * share.reshape(-1, *(1 for _ in query.axes))
                part = part.sum(axis=0) if query.over_draws else part
                own = (*key[:place], kind, *key[place + 1 :])
                totals[own] = totals[own] + part if own in totals else part
        return totals

    def _labelled(self, labels: Key) -> tuple[list[Key], NDArray[np.intp]]:
        """The distinct labels in order of their first line, and the place of each line's among them."""
        if labels not in self._codes:
            places: dict[Key, int] = {}
            codes = [
                places.setdefault(tuple([_label(line, position, name) for name in labels]), len(places))
                for position, line in enumerate(self._lines)
            ]
            self._codes[labels] = list(places), np.array(codes, dtype=np.intp)
        return self._codes[labels]

    def _of(self, measure: str) -> tuple[NDArray[np.intp], Array, list[tuple[int, _Amount]]]:
        """Of a measure, undiscounted: places and rows, (lines, months), of lines alike in all draws; the others."""
        if measure not in self._amounts:
            positions, rows, varying = [], [], []
            for position, line in enumerate(self._lines):
                if measure not in (COST, QUANTITY, line.unit):
                    continue
                factors = (*line.quantity, *line.unit_price) if measure == COST else line.quantity
                amount = self._amount(factors, len(line.members))
                if amount.scale and (amount.by_draw or amount.mixed):
                    varying.append((position, amount))
                else:
                    positions.append(position)
                    rows.append(amount.months * amount.scale)
            table = np.array(rows).reshape(len(rows), self._months)
            self._amounts[measure] = np.array(positions, dtype=np.intp), table, varying
        return self._amounts[measure]

    def _amount(self, factors: Factors, members: int) -> _Amount:
        """The product of factors, summed over groups."""
        by_group = [factor for factor in factors if factor.shape[1] > 1]
        outside = [factor for factor in factors if factor.shape[1] == 1]
        if by_group:
            outside.append(self._over_groups(by_group, members))
        scale, months = 1.0 if by_group else float(members), None
        by_draw: list[Array] = []
        mixed: list[Array] = []
        for factor in outside:
            rows, _, of_months = factor.shape
            if rows > 1:
                (by_draw if of_months == 1 else mixed).append(factor)
            elif of_months == 1:
                scale *= factor.item()
            else:
                months = factor[0, 0] if months is None else months * factor[0, 0]
        if months is None:
            months = self._every_month
        elif by_draw or mixed:
            largest = float(abs(months).max()) or 1.0
            scale, months = scale * largest, months / largest
        return _Amount(scale, months, tuple(by_draw), tuple(mixed))

    def _over_groups(self, factors: Sequence[Array], members: int) -> Array:
        """The product of factors of which each varies by group, summed over groups: (rows or 1, 1, months or 1)."""

        def contracted() -> Array:
            by_month = any(factor.shape[2] > 1 for factor in factors)
            summed = contract(factors, members, self._months if by_month else 1, "dp" if by_month else "d")
            return summed.reshape(len(summed), 1, -1)

        return self._once(tuple(map(_identity, factors)), factors, contracted)

    def _once(self, key: object, factors: Sequence[Array], product: Callable[[], Array]) -> Array:
        """A product of factors, computed once. The factors are held, so that their identities stay theirs."""
        if key not in self._products:
            self._products[key] = factors, product()
        return self._products[key][1]

    def _alike(self, measure: str) -> tuple[NDArray[np.intp], Array]:
        """Places and rows of the lines that are the same in every draw."""
        positions, rows, _ = self._of(COST if measure == NPV else measure)
        if measure != NPV:
            return positions, rows
        if not self._discounts_alike:
            return positions[:0], rows[:0]
        return positions, rows * np.where(
            self._at_start[positions, None], self._discount[True][0], self._discount[False][0]
        )

    def _varying(self, measure: str, labels: Key) -> list[_Sum]:
        """The sums of the lines that vary by draw."""
        if (measure, labels) not in self._sums:
            self._sums[measure, labels] = self._discounted(labels) if measure == NPV else self._added(measure, labels)
        return self._sums[measure, labels]

    def _discounted(self, labels: Key) -> list[_Sum]:
        """The sums of `cost` at present value; where rates vary by draw, of all lines."""
        sums = self._varying(COST, labels)
        if self._discounts_alike:
            return [replace(part, months=part.months * self._discount[part.at_start][0, 0]) for part in sums]
        codes = self._labelled(labels)[1]
        positions, rows, _ = self._of(COST)
        alike = [
            _Sum(int(codes[position]), bool(self._at_start[position]), np.ones(1), row, ())
            for position, row in zip(positions, rows, strict=True)
        ]
        return [replace(part, mixed=(*part.mixed, self._discount[part.at_start])) for part in (*alike, *sums)]

    def _added(self, measure: str, labels: Key) -> list[_Sum]:
        """The sums of the lines in one measure, undiscounted."""
        codes = self._labelled(labels)[1]
        alike: dict[tuple[int, bool, bytes, Identities], _Amount] = {}
        terms: dict[object, dict[Identities, tuple[Factors, float]]] = {}
        for position, amount in self._of(measure)[2]:
            at_start, months = self._lines[position].at_start, amount.months.tobytes()
            key = int(codes[position]), at_start, months, tuple(map(id, amount.mixed))
            alike.setdefault(key, amount)
            by_draw = tuple(map(id, amount.by_draw))
            factors, known = terms.setdefault(key, {}).get(by_draw, (amount.by_draw, 0.0))
            terms[key][by_draw] = factors, known + amount.scale
        return [
            _Sum(key[0], key[1], self._number(terms[key]), amount.months, amount.mixed) for key, amount in alike.items()
        ]

    def _number(self, terms: Mapping[Identities, tuple[Factors, float]]) -> Array:
        """Products of factors by draw times a number each, added up, (rows or 1,)."""
        key = tuple((by_draw, scale) for by_draw, (_, scale) in terms.items())

        def added() -> Array:
            products = (self._times(factors) * scale for factors, scale in terms.values())
            total = next(products)
            for product in products:
                total = np.add(total, product, out=total if len(total) == len(product) else None)
            return total

        return self._once(key, (), added)

    def _times(self, factors: Factors) -> Array:
        """The product of factors by draw, (rows or 1,); beginnings in common are multiplied once."""
        if len(factors) < 2:
            return factors[0][:, 0, 0] if factors else np.ones(1)
        key = tuple(map(id, factors))
        return self._once(key, factors, lambda: self._times(factors[:-1]) * self._times(factors[-1:]))

    def _mixed(self, factors: Factors) -> Array:
        """The product of factors by draw and month, (rows, months)."""
        if len(factors) == 1:
            return factors[0][:, 0]
        key = ("mixed", *map(id, factors))
        return self._once(key, factors, lambda: self._mixed(factors[:-1]) * self._mixed(factors[-1:]))

    def _by_draw(self, part: _Sum, axes: str) -> Array:
        """The amounts of a sum, (rows or 1, months), or summed over months."""
        months: Array = part.months if axes else part.months.sum()
        if axes:
            months = self._mixed(part.mixed) * months if part.mixed else months
        elif part.mixed:
            key = (part.months.tobytes(), *map(id, part.mixed))
            months = self._once(key, part.mixed, lambda: np.einsum("dp,p->d", self._mixed(part.mixed), part.months))
        numbers = part.numbers[:, None] if axes else part.numbers
        return numbers * months

    def _over_draws(self, part: _Sum, axes: str) -> Array:
        """The amounts of a sum summed over draws, (months,), or over months, too."""
        if part.mixed and axes:
            numbers = np.broadcast_to(part.numbers, self._draws)
            weights: Array = np.einsum("dp,d->p", self._mixed(part.mixed), numbers)
            return weights * part.months
        total: Array = self._by_draw(part, "").sum() if part.mixed else part.numbers.sum() * part.months
        return total if axes or part.mixed else total.sum()

    def _add_by_group(self, query: Query, codes: NDArray[np.intp], totals: Array) -> None:
        """Add up lines one by one, their groups kept apart."""
        for code, line in zip(codes, self._lines, strict=True):
            if query.measure not in (COST, NPV, QUANTITY, line.unit):
                continue
            factors = [*line.quantity, *(line.unit_price if query.measure in (COST, NPV) else ())]
            if query.measure == NPV:
                factors.append(self._discount[line.at_start])
            amounts = contract(factors, len(line.members), self._months, "d" + query.axes)
            if query.over_draws:
                totals[code][line.members] += amounts.sum(axis=0) * (self._draws if len(amounts) == 1 else 1)
            else:
                totals[code][:, line.members] += amounts


def contract(factors: Iterable[Array], members: int, months: int, keep: str) -> Array:
    """The product of factors over (draw "d", group "g", month "p"), summed over groups and months unless in `keep`.

    Shape: the axes kept, in order, each full (draws: or 1); an axis on which no factor varies counts as often as it is
    long.
    """
    merged: dict[str, Array] = {}

    def merge(axes: str, array: Array) -> None:
        merged[axes] = merged[axes] * array if axes in merged else array

    extents, scale = {"g": members, "p": months}, 1.0
    for factor in factors:
        if factor.size == 1:
            scale *= factor.item()
            continue
        axes = "".join(axis for axis, length in zip("dgp", factor.shape, strict=True) if length > 1)
        merge(axes, factor.reshape([length for length in factor.shape if length > 1]))
    for axis in "pg":
        if axis in keep:
            continue
        inside = {axes: merged.pop(axes) for axes in list(merged) if axis in axes}
        out = "".join(other for other in "dgp" if other != axis and any(other in axes for axes in inside))
        summed = np.einsum(",".join(inside) + "->" + out, *inside.values()) if inside else np.asarray(extents[axis])
        merge(out, summed)
    product: Array = np.full([extents.get(axis, 1) for axis in keep], scale)
    for axes, array in merged.items():
        lengths = iter(array.shape)
        product = product * array.reshape([next(lengths) if axis in axes else 1 for axis in keep])
    return product


def _label(line: Line, position: int, name: str) -> str:
    """The value of a label, those by which lines are told apart here alone among them."""
    if name == POSITION:
        return str(position)
    label: str = _division(line) if name == DIVISION else getattr(line, name)
    return label


def _division(line: Line) -> str:
    """What is the same of lines that are divided into the same kinds of release by the same shares."""
    return str(id(line.releases)) if line.releases else line.release


def _identity(factor: Array) -> object:
    """What tells a factor that is the same in every draw apart: its numbers where they are few, else the object."""
    return (factor.shape, factor.tobytes()) if factor.size <= MAX_COMPARED else id(factor)
