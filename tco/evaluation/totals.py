"""Totals of lines: sums over draws, groups and months, without writing any line out over all three.

Summed over its groups, a line is one number times a row of months times factors that vary by draw. `LineSums` adds
lines up by what they have in common:

- Lines that are the same in every draw are the rows of one table (line, month); a total is a sum over some of its rows.
  At a point estimate these are all lines.
- Lines with the same labels and the same months form a group. Their numbers by draw are added up first and then spread
  over the months, once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ONE, REGIONAL, Factors, Line

Array = NDArray[np.float64]
Key = tuple[str, ...]
Term = tuple[float, tuple[int, ...]]
"""A number, and the identities of the factors by draw that it is multiplied by."""

COST, NPV = "cost", "npv"
QUANTITY = "quantity"
"""The measure that counts every line in its own unit."""
RELEASE, DIVISION, POSITION = "release", "division", "position"
"""The label of parts of lines; that of lines which are divided into parts alike; and that by which every line is kept
apart, its place among the lines, as text."""
SMALL_FLEET = 16
"""Up to so many groups are added one after the other, which is faster than many sums of a few numbers."""
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
    """A product of factors, summed over groups: the product of all fields.

    scale: one number. over_groups: the sum over groups of what varies over them alone, one number or (months,). months:
    (months,), or None for the same in every month. draws, late: (draws, 1, 1) each; late ones are multiplied in after
    lines have been added up, since many lines share them. mixed: (draws, 1, months) each.
    """

    scale: float
    over_groups: Array | float
    months: Array | None
    draws: Factors
    late: Factors
    mixed: Factors

    @property
    def is_drawn(self) -> bool:
        """Whether it varies by draw."""
        return bool(self.draws or self.late or self.mixed)

    @property
    def row(self) -> Array | float:
        """What does not vary by draw: (months,), or one number for all."""
        base = self.over_groups * self.scale
        return base if self.months is None else self.months * base


class _Parts(NamedTuple):
    """All lines in one measure: places and rows, (lines, months), of those that are the same in every draw; others."""

    positions: NDArray[np.intp]
    rows: Array
    drawn: list[tuple[int, _Amount]]


@dataclass
class _Group:
    """Lines with the same labels and months.

    code: the place of the labels. at_start: paid at the start of the month. terms: of the lines, by the identities of
    their late factors; none where the lines are the same in every draw but for what is `mixed`, and `months` is their
    sum.
    """

    code: int
    at_start: bool
    mixed: Factors
    months: Array
    terms: dict[tuple[int, ...], list[Term]] = field(default_factory=dict)


class LineSums:
    """The totals of the lines of one block of draws.

    rows: draws of the block. groups, months: how many there are. discount: weights of months for `npv`, (rows or 1, 1,
    months), by whether a line is paid at the start of its month; not needed for other measures.
    over_months: sums over months of factors by draw and month, shared by the lines of several options of the block.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        rows: int,
        groups: int,
        months: int,
        discount: Mapping[bool, Array],
        over_months: dict[object, tuple[Factors, Array]] | None = None,
    ):
        self._over_months_known = {} if over_months is None else over_months
        self._lines, self._draws, self._groups, self._months = lines, rows, groups, months
        self._discount = discount
        self._discounts_alike = all(len(weights) == 1 for weights in discount.values())
        self._at_start = np.array([line.at_start for line in lines], dtype=bool)
        self._quantities: dict[int, _Amount] = {}
        self._parts: dict[str, _Parts] = {}
        self._codes: dict[Key, tuple[list[Key], NDArray[np.intp]]] = {}
        self._grouped: dict[tuple[str, Key], list[_Group]] = {}
        self._factors: dict[int, Array] = {}
        self._known: dict[object, Array] = {}

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
        positions, rows = self._rows(query.measure)
        fixed = np.zeros((len(keys), *kept))
        np.add.at(fixed, codes[positions], rows if kept else rows.sum(axis=1))
        totals = fixed * self._draws if query.over_draws else np.repeat(fixed[:, None], self._draws, axis=1)
        for group in self._groups_of(query.measure, query.labels):
            totals[group.code] += (
                self._over_draws(group, query.axes) if query.over_draws else self._by_draw(group, query.axes)
            )
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

    def _of(self, measure: str) -> _Parts:
        """The lines in one measure, undiscounted."""
        if measure not in self._parts:
            positions, rows, drawn = [], [], []
            for position, line in enumerate(self._lines):
                if measure not in (COST, QUANTITY, line.unit):
                    continue
                amount = self._cost(position) if measure == COST else self._quantity(position)
                if amount.is_drawn:
                    drawn.append((position, amount))
                else:
                    positions.append(position)
                    rows.append(amount.row)
            table = np.empty((len(rows), self._months))
            for place, row in enumerate(rows):
                table[place] = row
            self._parts[measure] = _Parts(np.array(positions, dtype=np.intp), table, drawn)
        return self._parts[measure]

    def _cost(self, position: int) -> _Amount:
        line = self._lines[position]
        if any(factor.shape[1] > 1 for factor in line.unit_price):
            return self._amount((*line.quantity, *line.unit_price), len(line.members))
        quantity = self._quantity(position)
        if not quantity.scale:
            return quantity
        price = self._amount(line.unit_price, 1, quantity.scale, quantity.months)
        return price._replace(
            over_groups=quantity.over_groups,
            draws=quantity.draws,
            late=price.draws,
            mixed=(*quantity.mixed, *price.mixed),
        )

    def _quantity(self, position: int) -> _Amount:
        if position not in self._quantities:
            line = self._lines[position]
            self._quantities[position] = self._amount(line.quantity, len(line.members))
        return self._quantities[position]

    def _rows(self, measure: str) -> tuple[NDArray[np.intp], Array]:
        """Places and rows of the lines that are the same in every draw."""
        positions, rows, _ = self._of(COST if measure == NPV else measure)
        if measure == NPV and self._discounts_alike:
            return positions, rows * np.where(
                self._at_start[positions, None], self._discount[True][0], self._discount[False][0]
            )
        return (positions[:0], rows[:0]) if measure == NPV else (positions, rows)

    def _discounted(self, labels: Key) -> list[_Group]:
        """The groups of `cost` at present value; where rates vary by draw, of all lines."""
        groups = self._groups_of(COST, labels)
        if self._discounts_alike:
            return [replace(group, months=group.months * self._discount[group.at_start][0, 0]) for group in groups]
        codes = self._labelled(labels)[1]
        positions, rows, _ = self._of(COST)
        fixed = [
            _Group(int(codes[position]), bool(self._at_start[position]), (), row)
            for position, row in zip(positions, rows, strict=True)
        ]
        return [replace(group, mixed=(*group.mixed, self._discount[group.at_start])) for group in (*fixed, *groups)]

    def _amount(self, factors: Factors, members: int, scale: float = 1.0, months: Array | None = None) -> _Amount:
        """The product of factors, and of `scale` and `months`, summed over groups."""
        groups: Array | None = None
        both: Array | None = None
        draws: list[Array] = []
        mixed: list[Array] = []
        by_group: list[Array] = []
        for factor in factors:
            rows, of_groups, of_months = factor.shape
            if rows > 1:
                (by_group if of_groups > 1 else mixed if of_months > 1 else draws).append(factor)
            elif of_groups == of_months == 1:
                scale *= factor.item()
            elif of_months == 1:
                groups = factor[0] if groups is None else groups * factor[0]
            elif of_groups == 1:
                months = factor[0, 0] if months is None else months * factor[0, 0]
            else:
                both = factor[0] if both is None else both * factor[0]
        if not scale:
            return _Amount(0.0, 0.0, None, (), (), ())
        over_groups: Array | float = float(members)
        if by_group:
            summed = self._over_groups(by_group, [part[None] for part in (groups, both) if part is not None], members)
            (draws if summed.shape[2] == 1 else mixed).insert(0, summed)
            over_groups = 1.0
        elif both is not None:
            over_groups = (both if groups is None else both * groups).sum(axis=0)
        elif groups is not None:
            over_groups = float(groups.sum())
        return _Amount(scale, over_groups, months, tuple(draws), (), tuple(mixed))

    def _over_groups(self, by_draw: Sequence[Array], alone: Sequence[Array], members: int) -> Array:
        """The product of factors over draws and groups, summed over groups: (rows, 1, 1), or (rows, 1, months)."""
        key = (*map(id, by_draw), *map(_identity, alone))
        if key not in self._known:
            factors = (*by_draw, *alone)
            if all(factor.shape[2] == 1 for factor in factors) and members <= SMALL_FLEET:
                columns = np.ones((1, 1)) if not alone else alone[0][..., 0]
                self._known[key] = sum(
                    (
                        _product([f[:, place, 0] for f in by_draw]) * columns[0, place % columns.shape[1]]
                        for place in range(members)
                    ),
                    np.zeros(1),
                ).reshape(-1, 1, 1)
            else:
                by_month = any(factor.shape[2] > 1 for factor in factors)
                summed = contract(factors, members, self._months if by_month else 1, "dp" if by_month else "d")
                self._known[key] = summed.reshape(self._draws, 1, -1)
        return self._known[key]

    def _groups_of(self, measure: str, labels: Key) -> list[_Group]:
        """The lines that vary by draw, by their labels and months."""
        if (measure, labels) not in self._grouped:
            self._grouped[measure, labels] = (
                self._discounted(labels)
                if measure == NPV
                else self._group(self._of(measure).drawn, self._labelled(labels)[1].tolist())
            )
        return self._grouped[measure, labels]

    def _group(self, amounts: Sequence[tuple[int, _Amount]], codes: Sequence[int]) -> list[_Group]:
        groups: dict[object, _Group] = {}
        for position, (scale, over_groups, months, draws, late, mixed) in amounts:
            if isinstance(over_groups, float):
                scale *= over_groups
            else:
                months = over_groups if months is None else months * over_groups
            self._factors.update((id(factor), factor) for factor in (*draws, *late))
            code, at_start, alike = codes[position], self._lines[position].at_start, tuple(map(id, mixed))
            if not (draws or late):
                group = groups.setdefault(
                    (code, at_start, alike), _Group(code, at_start, mixed, np.zeros(self._months))
                )
                group.months = group.months + (scale if months is None else months * scale)
                continue
            key = (code, at_start, alike, None if months is None else months.tobytes())
            if key not in groups:
                groups[key] = _Group(code, at_start, mixed, np.ones(self._months) if months is None else months)
            groups[key].terms.setdefault(tuple(map(id, late)), []).append((scale, tuple(map(id, draws))))
        return list(groups.values())

    def _number(self, group: _Group) -> Array:
        """The lines' numbers by draw added up, (rows,)."""
        parts = tuple((late, tuple(terms)) for late, terms in group.terms.items())
        if parts not in self._known:
            numbers = [self._sum(terms) * self._times(late) if late else self._sum(terms) for late, terms in parts]
            self._known[parts] = sum(numbers[1:], numbers[0])
        return self._known[parts]

    def _sum(self, terms: tuple[Term, ...]) -> Array:
        """Numbers times products by draw, added up, (rows,)."""
        if terms not in self._known:
            total = np.zeros(self._draws)
            for scale, factors in terms:
                number = self._times(factors)
                total += number if scale == 1 else number * scale
            self._known[terms] = total
        return self._known[terms]

    def _times(self, factors: tuple[int, ...]) -> Array:
        """The product of factors by draw, (rows,); beginnings in common are multiplied once."""
        if len(factors) < 2:
            return self._factors[factors[0]][:, 0, 0] if factors else np.ones(1)
        if factors not in self._known:
            self._known[factors] = self._times(factors[:-1]) * self._times(factors[-1:])
        return self._known[factors]

    def _mixed(self, mixed: Factors) -> Array:
        """The product of factors by draw and month, (rows, months)."""
        key = ("mixed", *map(id, mixed))
        if len(mixed) == 1:
            return mixed[0][:, 0]
        if key not in self._known:
            self._known[key] = _product([factor[:, 0] for factor in mixed])
        return self._known[key]

    def _by_draw(self, group: _Group, axes: str) -> Array | float:
        """The amounts of a group, (rows or 1, months), or summed over months."""
        number = self._number(group) if group.terms else np.ones(1)
        if not axes:
            return number * self._over_months(group)
        return number[:, None] * (self._mixed(group.mixed) if group.mixed else 1.0) * group.months

    def _over_draws(self, group: _Group, axes: str) -> Array | float:
        """The amounts of a group summed over draws, (months,), or over months, too."""
        if not axes:
            return np.sum(self._by_draw(group, ""))
        if not group.mixed:
            return float(self._number(group).sum()) * group.months
        number = self._number(group) if group.terms else None
        key = ("draws", id(number), *map(id, group.mixed))
        if key not in self._known:
            mixed = self._mixed(group.mixed)
            self._known[key] = mixed.sum(axis=0) if number is None else np.einsum("d,dp->p", number, mixed)
        return self._known[key] * group.months

    def _over_months(self, group: _Group) -> Array | float:
        """The months of a group, summed: one number, or (rows,)."""
        if not group.mixed:
            return float(group.months.sum())
        key = (*map(id, group.mixed), group.months.tobytes())
        if key not in self._over_months_known:
            summed = np.einsum("dp,p->d", self._mixed(group.mixed), group.months)
            self._over_months_known[key] = group.mixed, summed
        return self._over_months_known[key][1]

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


def _product(factors: Sequence[Array]) -> Array:
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product
