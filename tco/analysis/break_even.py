"""Where the cheapest option changes as one number changes: found on the engine, by sweeping and refining.

Values are real, since whole-number steps would make the answer jagged. A crossing is where the option with the
lowest present value changes; several are all reported, none gives an empty table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.combined_designs import Part, totals_of
from tco.analysis.fleet_inputs import columns_at
from tco.analysis.ranges import Places, narrowed, stretches
from tco.errors import InputError
from tco.evaluation.accumulators import COST, NPV
from tco.model.lines import evaluate
from tco.sampling.designs import Design, sweep
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.scenario.scenario import Scenario


Array = NDArray[np.float64]

STEPS = 200
"""Values tried between low and high before refining; a pair of crossings closer together than a step is missed."""


def cost_by(scenario: Scenario, path: str = "fleet_size", values: Sequence[float] = ()) -> pd.DataFrame:
    """What every option costs at each value of one numeric input.

    Columns: value, option, total, npv (USD) and npv_per_cluster. path: an assumption, a number of the fleet, or
    `fleet_size`. Raises InputError for a path that is not a number.
    """
    totals, present = _totals(scenario, path, np.asarray(values, dtype=float))
    clusters = np.asarray(values, dtype=float) if path == "fleet_size" else np.full(len(values), scenario.fleet_size)
    options = list(scenario.options)
    return pd.DataFrame(
        {
            "value": np.repeat(np.asarray(values, dtype=float), len(options)),
            "option": options * len(values),
            "total": totals.ravel(),
            "npv": present.ravel(),
            "npv_per_cluster": (present / np.where(clusters > 0, clusters, np.nan)[:, None]).ravel(),
        }
    )


def crossings(scenario: Scenario, path: str = "fleet_size", low: float = 1, high: float = 10_000) -> pd.DataFrame:
    """The values between low and high at which the cheapest option (by NPV) changes, ascending.

    Columns: value, cheapest_below, cheapest_above. Empty: none in range. Raises InputError unless 0 <= low < high.
    """
    return _searched(scenario, path, low, high)[0]


def cheapest_in_ranges(
    scenario: Scenario, path: str = "fleet_size", low: float = 1, high: float = 10_000
) -> pd.DataFrame:
    """Who is cheapest from where to where. Columns: low, high, cheapest; the ranges cover low to high.

    Raises InputError as `crossings`.
    """
    found, last = _searched(scenario, path, low, high)
    edges = [low, *found["value"], high]
    winners = [*found["cheapest_below"].head(1), *found["cheapest_above"]] or [last]
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "cheapest": winners})


def _searched(scenario: Scenario, path: str, low: float, high: float) -> tuple[pd.DataFrame, str]:
    """The crossings between low and high, and the cheapest option at high."""
    if not 0 <= low < high < float("inf"):
        raise InputError("a range goes from a low of 0 or more to a higher high", path=path, value=(low, high))
    tried = np.geomspace(low, high, STEPS) if low > 0 else np.linspace(low, high, STEPS)

    def costs(_: Places, values: Array) -> Array:
        return _totals(scenario, path, values)[1]

    present = costs(np.zeros(STEPS, dtype=np.intp), tried)
    found = narrowed(stretches(tried, present[:, None]), costs)
    alone = found.left_costs[np.arange(len(found.draw)), found.above] > found.left_costs.min(axis=1)
    found = found.at(alone)  # where both cost the same at the left, as all do for a fleet of 0, nothing has changed
    names = np.array(list(scenario.options), dtype=object)
    frame = pd.DataFrame(
        {
            "value": found.value,
            "cheapest_below": names[found.below],
            "cheapest_above": names[found.above],
        }
    )
    return frame, str(names[present[-1].argmin()])


def _totals(scenario: Scenario, path: str, values: Array) -> tuple[Array, Array]:
    (totals,) = totals_of([Part(scenario, sweep(scenario, path, values))], (COST, NPV))
    return totals[COST], totals[NPV]


def two_way_map(
    scenario: Scenario, x: str, y: str, x_values: Sequence[float], y_values: Sequence[float]
) -> pd.DataFrame:
    """The cheapest option (by NPV, everything else at its mean) for each pair of values of two numeric inputs.

    x, y: paths as of `tco.analysis.fleet_inputs`, such as `fleet_size` and `requests_per_second`. Columns: x, y,
    cheapest, second, lead (USD by which the second costs more), lead_share (of the cheapest's NPV). Raises InputError
    for a path that is no number, and where both paths touch the same number.
    """
    across, up = np.meshgrid(np.asarray(x_values, dtype=float), np.asarray(y_values, dtype=float), indexing="ij")
    columns, further = columns_at(scenario, x, across.ravel()), columns_at(scenario, y, up.ravel())
    if both := sorted(set(columns) & set(further)):
        raise InputError(f"both inputs of the map change {both[0]}", path=y, value=x)
    # Row by row of y: instance classes are fitted anew where a load changes, and y is mostly the load.
    tried = np.arange(across.size).reshape(across.shape).ravel(order="F")
    values = {path: column[tried] for path, column in {**columns, **further}.items()}
    design = Design("map", across.size, values, moves_dates=scenario.fits_classes)
    totals = evaluate(scenario, design).total("option", "npv")
    present = totals.to_numpy(float)[np.argsort(tried)]
    order = np.argsort(present, axis=1, kind="stable")
    best, second = (np.take_along_axis(present, order[:, [place]], axis=1)[:, 0] for place in (0, 1))
    names = np.array(totals.columns, dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(best != 0, (second - best) / np.abs(best), np.nan)
    return pd.DataFrame(
        {
            "x": across.ravel(),
            "y": up.ravel(),
            "cheapest": names[order[:, 0]],
            "second": names[order[:, 1]],
            "lead": second - best,
            "lead_share": share,
        }
    )
