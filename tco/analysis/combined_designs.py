"""Several designs evaluated as one, which spares a pass over the ledger's lines for each of them.

The rows of designs of one scenario are put below one another; so are those of scenarios that differ in their numbers of
clusters alone, with these numbers as columns. A design with an upgrade calendar of its own is evaluated on its own,
since a pass has one calendar. Each design has the totals that it would have alone, up to rounding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tco.analysis.fleet_inputs import current_value
from tco.evaluation.inputs import FLEET_SIZE
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import Array
from tco.evaluation.totals import NPV, Query
from tco.model.fleet.teams import UPGRADE_TEAM
from tco.model.lines import lines_of
from tco.sampling.designs import Design
from tco.sampling.events import PREFIX
from tco.sampling.uniforms import ColumnSource
from tco.scenario.scenario import Scenario


@dataclass(frozen=True)
class Part:
    """A design and the scenario that it is evaluated for."""

    scenario: Scenario
    design: Design


def totals_of(
    parts: Sequence[Part], measures: Sequence[str] = (NPV,), options: Sequence[str] = ()
) -> list[dict[str, Array]]:
    """Totals of the options by measure, (rows, options) each, of every part in turn.

    measures: as of `Ledger.total`. options: those that are evaluated, in the scenario's order; all where none are
    named. Raises InputError.
    """
    queries = [Query(("option",), "", measure) for measure in measures]
    by_part: list[dict[str, Array]] = [{} for _ in parts]
    for places in _together(parts):
        alike = [parts[place] for place in places]
        design = alike[0].design if len(alike) == 1 else combined(alike)
        ledger = Ledger(alike[0].scenario, design, partial(lines_of, options=options), requested=queries)
        edges = [0, *accumulate(part.design.rows for part in alike)]
        for measure in measures:
            totals = ledger.total("option", measure).to_numpy(float)
            for place, first, end in zip(places, edges, edges[1:], strict=False):
                by_part[place][measure] = totals[first:end]
    return by_part


def combined(parts: Sequence[Part]) -> Design:
    """The designs of parts that can be evaluated together, below one another.

    In the rows of a part that does not vary a column, an assumption is at its mean, events are at their expectation,
    and a number of the fleet is as the part's scenario states it.
    """
    paths = dict.fromkeys(path for part in parts for path in part.design.paths)
    if any(part.scenario is not parts[0].scenario for part in parts):
        paths |= dict.fromkeys([FLEET_SIZE, *(f"fleet.{name}.clusters" for name in parts[0].scenario.fleet)])
    ends = tuple(accumulate(part.design.rows for part in parts))
    recipe = CombinedRows(tuple(parts), ends)
    return Design("combined", ends[-1], recipe=recipe, generated=tuple(paths), moves_dates=parts[0].design.moves_dates)


@dataclass(frozen=True)
class CombinedRows(ColumnSource):
    """The recipe of a combined design. ends: the row after the last of each part."""

    parts: tuple[Part, ...]
    ends: tuple[int, ...]

    def column(self, path: str, first: int, rows: int) -> Array:
        """The values of one column in `rows` rows from `first` on."""
        values = np.empty(rows)
        place = bisect_right(self.ends, first)
        done = 0
        while done < rows:
            part, begin = self.parts[place], self.ends[place] - self.parts[place].design.rows
            own = first + done - begin
            count = min(rows - done, part.design.rows - own)
            column: Array | float | None = part.design.column(path, own, count)
            if column is None:
                column = np.nan if path.startswith(PREFIX) else current_value(part.scenario, path)
            values[done : done + count] = column
            done, place = done + count, place + 1
        return values


def _together(parts: Sequence[Part]) -> list[list[int]]:
    """The places of the parts that can stand in one design, in order."""
    groups: list[list[int]] = []
    for place, part in enumerate(parts):
        for group in groups:
            other = parts[group[0]]
            same_dates = part.design is other.design or not (part.design.moves_dates or other.design.moves_dates)
            if same_dates and differ_in_size(other.scenario, part.scenario):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def scaled_to(ledger: Ledger | None, costs: Array, options: Sequence[str] = ()) -> Array:
    """By what costs of the options at a scenario's own values are multiplied to agree with a ledger's mean NPV.

    costs: (options,), of all or those named, from the point estimate or from few draws. The ratio corrects what these
    miss against the ledger's draws, and so keeps every statement about the same fleet on one basis. 1 without a ledger
    and for an option that costs nothing.
    """
    if ledger is None:
        return np.ones(len(costs))
    means = ledger.mean("option", NPV)[list(options or ledger.options)].to_numpy(float)
    scale: Array = np.divide(means, costs, out=np.ones(len(costs)), where=costs != 0)
    return scale


@dataclass(frozen=True)
class Picked(ColumnSource):
    """The rows of a design picked by their numbers, any of them more than once."""

    columns: Mapping[str, Array]
    rows: NDArray[np.intp]

    def column(self, path: str, first: int, rows: int) -> Array:
        """The values of one column, (rows,)."""
        return self.columns[path][self.rows[first : first + rows]]


def differ_in_size(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios are the same but for their numbers of clusters, and so have the same upgrade dates.

    Where upgrades wait for the hours of a team that does not grow with the fleet, dates depend on the numbers of
    clusters: then the answer is no.
    """
    if one is other:
        return True
    limited = any(option.upgrade_hours_per_month is not None for option in one.options.values())
    if limited or one.is_fixed(UPGRADE_TEAM) or one.as_written.fleet != other.as_written.fleet:
        return False
    if list(one.fleet) != list(other.fleet) or list(one.options) != list(other.options):
        return False
    resized = {
        name: group.model_copy(update={"clusters": other.fleet[name].clusters}) for name, group in one.fleet.items()
    }
    return one.model_copy(update={"fleet": resized, "written": other.written}) == other
