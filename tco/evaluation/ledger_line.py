"""One kind of cost line, for all draws, groups and months at once, without writing that block out.

A `Line` holds its labels once and its amounts as factors: arrays of three axes (draw, group, month) of which any may
have length 1. The amount of a cell is the product of the factors there. Totals are contractions of the factors, so
that a line that is the same in every month costs no more than one number a draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown

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
        "provider upgrades": "labour hour",
        "OS and security patches": "labour hour",
        "staging environments": "USD",
        "Extended Support": "vCPU hour",
        "change freeze": "labour hour",
        "rollback": "labour hour",
        "months past free patches": "cluster-month",
        "exposure past support": "cluster-month",
        "upgrade benefits": "USD",
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
        "unfinished move": "labour hour",
        "service withdrawal": "labour hour",
        "exit": "USD",
    },
}
"""The closed list of categories and lines, each with the unit in which a stated zero is given."""
CATEGORIES = {line: category for category, lines in CATALOGUE.items() for line in lines}
"""The category of each line."""

LABELS = ("option", "category", "line", "phase", "role", "release", "unit")
"""What lines are told apart by."""
NONE = "none"
"""The label of what does not apply."""
RELEASES = (NONE, "cashable", "redeployed", "soft")
LABOUR, DOWNTIME = "labour hour", "downtime minute"
UNFINISHED = "unfinished cluster"
"""The unit of clusters that have not moved by the end of the horizon."""
REGIONAL = "unplanned regional downtime"
"""The line of outages of a whole Region."""
ONE: Array = np.ones((1, 1, 1))
ZERO: Array = np.zeros((1, 1, 1))


class Chance(NamedTuple):
    """A factor that follows how many chance events happen, and what it is where as many happen as are expected."""

    drawn: Array
    expected: Array = ONE


@dataclass(frozen=True)
class Line:
    """Amounts of one kind: `quantity` and `unit_price` are products of factors over (draw, member, month).

    members: indices of the cluster groups along the second axis. phase, role, release: `none` where they do not
    apply. releases: of labour, the share of its amounts that is of each kind of release, (draws or 1, 1, 1); `release`
    is then that of a part alone. at_start: paid at the start of its month (upfront fees), so not discounted for it.
    assumptions: paths of assumptions read. price_rows: for each member the names of price rows read.
    chance: that factor of the quantity which chance events move; None where they move none.
    """

    line: str
    unit: str
    quantity: Factors
    unit_price: Factors
    members: NDArray[np.intp]
    phase: str = NONE
    role: str = NONE
    release: str = NONE
    at_start: bool = False
    option: str = ""
    assumptions: tuple[str, ...] = ()
    price_rows: tuple[str, ...] = field(default=(), compare=False)
    chance: Chance | None = field(default=None, compare=False)
    releases: Mapping[str, Array] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if self.line not in CATEGORIES:
            message = unknown("ledger line", self.line, CATEGORIES)
            raise InputError(message, file="tco/evaluation/ledger_line.py", path="CATALOGUE")

    @property
    def category(self) -> str:
        """The category that the line belongs to."""
        return CATEGORIES[self.line]

    def as_expected(self) -> Line:
        """The same line with its chance events at their expectation."""
        drawn, expected = self.chance or (ONE, ONE)
        return replace(self, quantity=tuple(expected if factor is drawn else factor for factor in self.quantity))

    def by_release(self) -> Iterator[Line]:
        """Its parts, one for each kind of release; the line itself where it is not divided."""
        for kind, share in self.releases.items():
            yield replace(self, quantity=(*self.quantity, share), release=kind, releases={})
        if not self.releases:
            yield self

    def traced(self, option: str, assumptions: tuple[str, ...]) -> Line:
        """The same line as that of an option, with the assumptions that it was made of."""
        traced = object.__new__(Line)
        traced.__dict__.update(self.__dict__, option=option, assumptions=assumptions)
        return traced
