"""One kind of cost line, for all draws, groups and months at once, without writing that block out.

A `Line` holds its labels once and its amounts as factors: arrays of three axes (draw, group, month) of which any may
have length 1. The amount of a cell is the product of the factors there. Totals are contractions of the factors, so
that a line that is the same in every month costs no more than one number a draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Factors = tuple[Array, ...]

CATALOGUE: Mapping[str, Mapping[str, str]] = {
    "infrastructure": {
        "compute": "instance hour",
        "storage": "GB-month",
        "I/O": "million requests",
        "requests or capacity": "million requests",
        "replicas": "instance hour",
        "backup": "GB-month",
        "data transfer": "GB",
        "licence": "USD",
        "vendor support": "USD",
        "commitments": "USD",
    },
    "version upkeep": {
        "major upgrades": "labour hour",
        "minor upgrades": "labour hour",
        "OS and security patches": "labour hour",
        "staging environments": "USD",
        "Extended Support": "vCPU hour",
        "change freeze": "labour hour",
        "months past free patches": "cluster-month",
    },
    "operations": {
        "routine administration": "labour hour",
        "capacity changes": "labour hour",
        "hardware failure": "labour hour",
        "on-call": "labour hour",
        "restore drills": "labour hour",
        "capacity-mode tuning and cost watching": "labour hour",
    },
    "downtime": {
        "planned downtime": "downtime minute",
        "cutover incidents": "downtime minute",
        "unplanned local downtime": "downtime minute",
        "unplanned regional downtime": "downtime minute",
        "SLA credits paid": "USD",
        "SLA credits received": "USD",
    },
    "transition": {
        "re-modelling and code change": "labour hour",
        "data migration": "labour hour",
        "dual running": "USD",
        "training": "labour hour",
        "stranded commitments": "USD",
        "exit": "USD",
    },
}
"""The closed list of categories and lines, each with the unit in which a stated zero is given."""

LABELS = ("option", "category", "line", "phase", "role", "release", "unit")
"""What lines are told apart by."""
NONE = "none"
"""The label of what does not apply."""
RELEASES = (NONE, "cashable", "redeployed", "soft")
LABOUR, DOWNTIME = "labour hour", "downtime minute"
ONE: Array = np.ones((1, 1, 1))
ZERO: Array = np.zeros((1, 1, 1))
SHORT = 16


@dataclass(frozen=True)
class Line:
    """Amounts of one kind: `quantity` and `unit_price` are products of factors over (draw, member, month).

    members: indices of the cluster groups along the second axis. phase, role, release: `none` where they do not
    apply. at_start: paid at the start of its month (upfront fees, first-month one-offs), so not discounted for it.
    assumptions: paths of assumptions read. price_rows: for each member the names of price rows read.
    """

    category: str
    line: str
    unit: str
    quantity: Factors
    unit_price: Factors
    members: NDArray[np.intp]
    phase: str = "none"
    role: str = "none"
    release: str = "none"
    at_start: bool = False
    option: str = ""
    assumptions: tuple[str, ...] = ()
    price_rows: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.line not in CATALOGUE.get(self.category, {}):
            raise KeyError(f"{self.category} / {self.line} is not in the closed list of ledger lines")

    def traced(self, option: str, assumptions: tuple[str, ...]) -> Line:
        """The same line as that of an option, with the assumptions that it was made of."""
        traced = object.__new__(Line)
        traced.__dict__.update(self.__dict__, option=option, assumptions=assumptions)
        return traced

    def sum(self, measure: str, months: int, keep: str = "d", weights: Sequence[Array] = ()) -> Array:
        """The line's amounts summed over the axes not in `keep` ("d" draws, "g" members, "p" months).

        measure: "cost" (quantity x unit price), or a unit, which gives the quantity of lines in it and else 0.
        weights: further factors, such as discount factors. Shape: the kept axes in order, each full (draws: or 1).
        """
        if measure == "cost":
            factors = (*self.quantity, *self.unit_price, *weights)
        elif measure == self.unit:
            factors = (*self.quantity, *weights)
        else:
            factors = (ZERO,)
        return contract(factors, {"g": len(self.members), "p": months}, keep)

    def cells(self, months: int, draw: int = 0) -> tuple[Array, Array]:
        """Quantity and unit price of one draw, each written out as (member, month)."""
        shape = (len(self.members), months)
        return _written_out(self.quantity, draw, shape), _written_out(self.unit_price, draw, shape)


def _written_out(factors: Factors, draw: int, shape: tuple[int, int]) -> Array:
    block: Array = np.ones((1, 1))
    for factor in factors:
        block = block * factor[draw if factor.shape[0] > 1 else 0]
    return np.broadcast_to(block, shape)


def contract(factors: Sequence[Array], extents: Mapping[str, int], keep: str) -> Array:
    """The product of factors over (draw "d", group "g", month "p"), summed over the axes not in `keep`.

    extents: full length of the axes g and p, since an axis on which no factor varies still counts as often. A kept
    axis on which no factor varies has length 1 for d and its full length else.
    """
    merged: dict[str, Array] = {}
    for factor in factors:
        axes = "".join(axis for axis, length in zip("dgp", factor.shape, strict=True) if length != 1)
        _merge(merged, axes, factor.reshape([length for length in factor.shape if length != 1]))
    for axis in "gp":
        if axis not in keep:
            if not any(axis in axes for axes in merged):
                _merge(merged, "", np.asarray(float(extents[axis])))
            elif {axes for axes in merged if axis in axes} <= {axis, f"d{axis}"}:
                _sum_over(merged, axis)
    inside = {axes: array for axes, array in merged.items() if not set(axes) <= set(keep)}
    if inside:
        out = "".join(axis for axis in "dgp" if axis in keep and any(axis in axes for axes in inside))
        result = np.einsum(",".join(inside) + "->" + out, *inside.values())
        merged = {axes: array for axes, array in merged.items() if axes not in inside}
        _merge(merged, out, result)
    product: Array = np.ones((1,) * len(keep))
    for axes, array in merged.items():
        lengths = iter(array.shape)
        product = product * array.reshape([next(lengths) if axis in axes else 1 for axis in keep])
    full = [
        extents[axis] if axis in extents and length == 1 else length
        for axis, length in zip(keep, product.shape, strict=True)
    ]
    return np.broadcast_to(product, full)


def over_groups(factors: Sequence[Array], members: int) -> Array:
    """The product of factors over (draw, group), summed over groups: (draws or 1,); `contract` for what is most common.

    factors: (draws or 1, members, 1) each, with more than one member; without any, every member counts as 1.
    """
    alone: Array | None = None
    by_draw: Array | None = None
    for factor in factors:
        if factor.shape[0] == 1:
            alone = factor[0, :, 0] if alone is None else alone * factor[0, :, 0]
        else:
            by_draw = factor[:, :, 0] if by_draw is None else by_draw * factor[:, :, 0]
    if by_draw is None:
        return np.array([float(members) if alone is None else alone.sum()])
    return _weighted(by_draw, alone)


def _merge(merged: dict[str, Array], axes: str, array: Array) -> None:
    merged[axes] = merged[axes] * array if axes in merged else array


def _sum_over(merged: dict[str, Array], axis: str) -> None:
    """Sum what varies over one axis, and over draws or not, over that axis."""
    alone, by_draw = merged.pop(axis, None), merged.pop(f"d{axis}", None)
    if by_draw is None:
        _merge(merged, "", np.asarray(alone).sum())
    else:
        _merge(merged, "d", _weighted(by_draw, alone))


def _weighted(by_draw: Array, weights: Array | None) -> Array:
    """The sum over the second axis, by draw, with weights of its places or without."""
    if by_draw.shape[1] <= SHORT:  # one by one is faster than many sums of a few numbers
        each = [1.0] * by_draw.shape[1] if weights is None else weights.tolist()
        return sum((by_draw[:, place] * weight for place, weight in enumerate(each)), np.zeros(1))
    summed: Array = np.einsum("ij->i", by_draw) if weights is None else np.einsum("ij,j->i", by_draw, weights)
    return summed
