"""What follows from a scenario: one row for each thing that costs money, hours or minutes, and its totals.

A `Ledger` belongs to a scenario and a design. It works block by block of the design and keeps the lines only of a
design that fits in one block, so that memory does not grow with the number of draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.designs import BLOCK_ROWS, Block, Design
from tco.errors import InputError, unknown
from tco.inputs import Inputs
from tco.ledger_line import CATALOGUE, DOWNTIME, LABOUR, Line
from tco.scenario import Scenario
from tco.showing import Shown

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
COLUMNS = (
    "period",
    "option",
    "group",
    "category",
    "line",
    "phase",
    "role",
    "release",
    "quantity",
    "unit",
    "unit_price",
    "cost",
    "assumptions",
)
LABELS = ("option", "category", "line", "phase", "role", "release", "unit")
AXES = {"group": "g", "period": "p"}
MEASURES = ("cost", "npv", LABOUR, DOWNTIME)


class Ledger(Shown):
    """All lines of all options of a scenario, for every draw of a design.

    scenario and design: what it was made of. options, groups, periods: names along its axes, in the scenario's order.
    reference: the option that differences are taken to.
    """

    def __init__(self, scenario: Scenario, design: Design, lines_of: Callable[[Scenario, Block], Iterable[Line]]):
        self.scenario = scenario
        self.design = design
        self.options = tuple(scenario.options)
        self.reference = scenario.reference_option
        self.groups = tuple(scenario.fleet)
        self.periods = scenario.periods
        self._lines_of = lines_of
        self._kept: tuple[Line, ...] = ()
        self._kept = self.lines(next(design.blocks()))

    def lines(self, block: Block | None = None) -> tuple[Line, ...]:
        """The lines for a block of the design (default: the first). One line holds all its draws, groups and months."""
        if self._kept and (block is None or (self.design.rows <= BLOCK_ROWS and block.rows == self.design.rows)):
            return self._kept
        return tuple(self._lines_of(self.scenario, block or next(self.design.blocks())))

    def total(self, by: str | Sequence[str] = "option", measure: str = "cost") -> pd.DataFrame:
        """Sums over everything but `by`: one row a draw, one column for each value (MultiIndex columns for a list).

        by: option, category, line, phase, role, release, unit, group or period, or a list of them.
        measure: `cost` (undiscounted USD), `npv` (discounted USD), `labour hour`, `downtime minute`, or any unit of
        the ledger, whose quantities are then summed. Raises InputError for a name that is none of these.
        """
        import pandas as pd

        dimensions = [by] if isinstance(by, str) else list(by)
        for name in dimensions:
            if name not in (*LABELS, *AXES):
                raise InputError(unknown("dimension", name, (*LABELS, *AXES)), path="by")
        units = {line.unit for line in self.lines()} | set(MEASURES)
        if measure not in units:
            raise InputError(unknown("measure", measure, units), path="measure")
        blocks = [self._block_totals(block, dimensions, measure) for block in self.design.blocks()]
        keys = sorted({key for totals in blocks for key in totals}, key=lambda key: self._place(dimensions, key))
        columns = {key: np.concatenate([totals[key] for totals in blocks]) for key in keys}
        frame = pd.DataFrame(columns, index=pd.RangeIndex(self.design.rows, name="draw"))
        frame.columns = (
            pd.Index([key[0] for key in keys], name=dimensions[0])
            if isinstance(by, str)
            else pd.MultiIndex.from_tuples(keys, names=dimensions)
        )
        return frame

    def _block_totals(self, block: Block, dimensions: list[str], measure: str) -> dict[tuple[str, ...], Array]:
        """The totals of one block by key, each (rows,)."""
        keep = "d" + "".join(AXES[name] for name in ("group", "period") if name in dimensions)
        labels = [name for name in dimensions if name in LABELS]
        inputs = Inputs(self.scenario, block)
        weights = (
            {False: (), True: ()}
            if measure != "npv"
            else {start: (inputs.discount_factors(at_start=start),) for start in (False, True)}
        )
        sums: dict[tuple[str, ...], Array] = {}
        full = (block.rows, *(len(self.groups) if axis == "g" else len(self.periods) for axis in keep[1:]))
        for line in self.lines(block):
            key = tuple(getattr(line, name) for name in labels)
            if key not in sums:
                sums[key] = np.zeros(full)
            amounts = line.sum("cost" if measure == "npv" else measure, len(self.periods), keep, weights[line.at_start])
            if "g" in keep:
                sums[key][:, line.members] += amounts
            else:
                sums[key] += amounts
        return dict(self._columns(sums, dimensions, labels, keep))

    def _columns(
        self, sums: dict[tuple[str, ...], Array], dimensions: list[str], labels: list[str], keep: str
    ) -> Iterator[tuple[tuple[str, ...], Array]]:
        names = {"g": self.groups, "p": self.periods}
        axes = [names[axis] for axis in keep[1:]]
        for key, block in sums.items():
            for place in np.ndindex(*(len(axis) for axis in axes)):
                values = dict(zip(labels, key, strict=True))
                kept = [name for name in ("group", "period") if name in dimensions]
                values |= {name: axes[n][place[n]] for n, name in enumerate(kept)}
                yield tuple(values[name] for name in dimensions), block[(slice(None), *place)]

    def _place(self, dimensions: list[str], key: tuple[str, ...]) -> tuple[object, ...]:
        """Where a column stands: options, groups and lines in their own order, other names by the alphabet."""
        lines = [line for category in CATALOGUE.values() for line in category]
        orders = {"option": self.options, "group": self.groups, "category": tuple(CATALOGUE), "line": tuple(lines)}
        return tuple(
            orders[name].index(value) if name in orders else value for name, value in zip(dimensions, key, strict=True)
        )

    def table(self, draw: int = 0) -> pd.DataFrame:
        """The tidy ledger of one draw: one row for each month, group and line that is not zero.

        A line that is zero throughout an option stands once, as a stated zero. Columns as `COLUMNS`; every row has
        cost == quantity * unit_price, nothing is null.
        """
        import pandas as pd

        block = self.design.row(draw)
        lines = self._kept if self.design.rows == 1 else tuple(self._lines_of(self.scenario, block))
        parts = [part for line in lines for part in [self._rows(line)] if part is not None]
        months = self.scenario.months
        stated = {(line.option, line.category, line.line) for line in lines if np.any(line.cells(months)[0])}
        parts += [
            pd.DataFrame([self._zero(option, category, line, unit)])
            for option in self.options
            for category, units in CATALOGUE.items()
            for line, unit in units.items()
            if (option, category, line) not in stated
        ]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
        return table[list(COLUMNS)]

    def _rows(self, line: Line) -> pd.DataFrame | None:
        import pandas as pd

        quantity, price = line.cells(self.scenario.months)
        members, months = np.nonzero(quantity)
        if not len(members):
            return None
        amounts, prices = quantity[members, months], price[members, months]
        read = "; ".join(line.assumptions)
        names = [read] * len(members)
        if line.price_rows:
            rows = ["; ".join(filter(None, (read, row))) for row in line.price_rows]
            names = [rows[member] for member in members]
        return pd.DataFrame(
            {
                "period": np.array(self.periods, dtype=object)[months],
                "option": line.option,
                "group": np.array(self.groups, dtype=object)[line.members[members]],
                "category": line.category,
                "line": line.line,
                "phase": line.phase,
                "role": line.role,
                "release": line.release,
                "quantity": amounts,
                "unit": line.unit,
                "unit_price": prices,
                "cost": amounts * prices,
                "assumptions": names,
            }
        )

    def _zero(self, option: str, category: str, line: str, unit: str) -> dict[str, object]:
        return {
            "period": self.periods[0],
            "option": option,
            "group": self.groups[0],
            "category": category,
            "line": line,
            "phase": "none",
            "role": "none",
            "release": "none",
            "quantity": 0.0,
            "unit": unit,
            "unit_price": 0.0,
            "cost": 0.0,
            "assumptions": "",
        }
