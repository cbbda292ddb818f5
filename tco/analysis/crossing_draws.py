"""Break-even under uncertainty: in which draws the cheapest option changes as one number changes, and where.

All values are tried in every draw, and each change is then narrowed down in its own draw (`tco.analysis.ranges`).
Events stand at their expectation: a break-even is about what to decide, and luck comes after deciding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.combined_designs import Part, totals_of
from tco.analysis.distribution import percentiles, share_error
from tco.analysis.fleet_inputs import columns_at
from tco.analysis.ranges import costs_at, narrowed, stretches
from tco.errors import InputError, unknown
from tco.evaluation.accumulators import NPV
from tco.sampling.designs import Design
from tco.sampling.monte_carlo import monte_carlo

if TYPE_CHECKING:
    from tco.scenario.scenario import Scenario

Array = NDArray[np.float64]
Places = NDArray[np.intp]

STEPS = 40
"""Values looked at in every draw; two changes closer together than a step are missed."""
SEVERAL = "several times"


@dataclass(frozen=True)
class Picked:
    """The rows of a design picked by their numbers, any of them more than once."""

    columns: Mapping[str, Array]
    rows: Places

    def column(self, path: str, first: int, rows: int) -> Array:
        """The values of one column, (rows,)."""
        return self.columns[path][self.rows[first : first + rows]]


@dataclass(frozen=True)
class BreakEven:
    """Where the cheapest option changes along a path, draw by draw.

    options: those compared, in the scenario's order. tried: the values tried in every draw. cheapest: the cheapest
    option, as a place in `options`, by (value tried, draw). changes: one row a change, in order of the draws: draw,
    value, cheapest_below, cheapest_above.
    """

    path: str
    options: tuple[str, ...]
    tried: Array
    cheapest: Places
    changes: pd.DataFrame

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return int(self.cheapest.shape[1])

    def patterns(self) -> pd.DataFrame:
        """How the draws behave between the lowest and the highest value, the most frequent first.

        Columns: pattern (`never: stay throughout`, `once: stay, then dynamodb`, `several times`), share (of draws),
        standard_error.
        """
        counts = np.bincount(self.changes["draw"].to_numpy(dtype=int), minlength=self.draws)
        first = self.changes.drop_duplicates("draw")
        names = np.array([f"never: {option} throughout" for option in self.options], dtype=object)[self.cheapest[0]]
        names[first["draw"].to_numpy(dtype=int)] = (
            "once: " + first["cheapest_below"] + ", then " + first["cheapest_above"]
        )
        names[counts > 1] = SEVERAL
        shares = pd.Series(names).value_counts(normalize=True, sort=True)
        return pd.DataFrame(
            {
                "pattern": list(shares.index),
                "share": shares.to_numpy(),
                "standard_error": [share_error(float(share), self.draws) for share in shares],
            }
        )

    def quantiles(self) -> pd.DataFrame:
        """Where the change lies in the draws that change once, by what changes into what.

        Columns: cheapest_below, cheapest_above, share (of all draws), p10, p50, p90 (of the value).
        """
        once = self.changes[~self.changes["draw"].duplicated(keep=False)]
        rows = []
        for (below, above), values in once.groupby(["cheapest_below", "cheapest_above"], sort=False)["value"]:
            rows.append((below, above, len(values) / self.draws, *percentiles(values.to_numpy(), (0.1, 0.5, 0.9))))
        columns = ["cheapest_below", "cheapest_above", "share", "p10", "p50", "p90"]
        return pd.DataFrame(rows, columns=columns).sort_values("share", ascending=False, ignore_index=True)

    def probabilities(self) -> pd.DataFrame:
        """The share of draws in which each option is cheapest, at each value tried.

        Columns: value, option, probability.
        """
        shares = np.stack([(self.cheapest == place).mean(axis=1) for place in range(len(self.options))], axis=1)
        return pd.DataFrame(
            {
                "value": np.repeat(self.tried, len(self.options)),
                "option": list(self.options) * len(self.tried),
                "probability": shares.ravel(),
            }
        )


def crossings_by_draw(
    scenario: Scenario,
    path: str = "fleet_size",
    low: float = 1,
    high: float = 10_000,
    *,
    between: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
) -> BreakEven:
    """The break-even of a numeric input with its distribution, found on the engine in common draws.

    path: an assumption, `fleet_size`, a number of the fleet, or one of the whole fleet (`requests_per_second`).
    between: the options to compare; without any, all. Values are real numbers. Raises InputError for an unknown path
    or option and unless 0 <= low < high.
    """
    options = _options(scenario, between)
    tried = values_between(path, low, high, STEPS)
    design = monte_carlo(scenario, draws, seed, luck=False)
    drawn = dict(design.block(0, design.rows).columns)
    costs = partial(_costs, scenario, drawn, path, options)
    known = costs_at(tried, draws, costs)
    found = narrowed(stretches(tried, known), costs)
    changes = pd.DataFrame(
        {
            "draw": found.draw,
            "value": found.value,
            "cheapest_below": np.array(options, dtype=object)[found.below],
            "cheapest_above": np.array(options, dtype=object)[found.above],
        }
    )
    return BreakEven(path, options, tried, known.argmin(axis=2), changes)


def values_between(path: str, low: float, high: float, count: int) -> Array:
    """Values from low to high, in equal ratios where low is above 0, else in equal steps.

    Raises InputError for a bad range.
    """
    if not 0 <= low < high < float("inf"):
        raise InputError("a range goes from a low of 0 or more to a higher high", path=path, value=(low, high))
    return np.geomspace(low, high, count) if low > 0 else np.linspace(low, high, count)


def _options(scenario: Scenario, between: Sequence[str]) -> tuple[str, ...]:
    for name in between:
        if name not in scenario.options:
            raise InputError(unknown("option", name, scenario.options), path="between")
    chosen = tuple(name for name in scenario.options if name in between or not between)
    if len(chosen) < 2:
        raise InputError("a break-even is between two or more options", path="between", value=list(between))
    return chosen


def _costs(
    scenario: Scenario, drawn: Mapping[str, Array], path: str, options: Sequence[str], rows: Places, values: Array
) -> Array:
    """NPV of the options, (rows, options): in the draws `rows`, with the input at `values`."""
    columns = columns_at(scenario, path, values)
    made = tuple(name for name in drawn if name not in columns)
    design = Design("break-even", len(rows), columns, Picked(drawn, rows), made)
    (totals,) = totals_of([Part(scenario, design)])
    return totals[NPV][:, [list(scenario.options).index(name) for name in options]]
