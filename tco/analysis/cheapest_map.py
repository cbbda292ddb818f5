"""Who wins where two numbers vary at once: a map, ready for a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tco.analysis.fleet_inputs import columns_at
from tco.errors import InputError
from tco.model.lines import evaluate
from tco.sampling.designs import Design

if TYPE_CHECKING:
    from tco.scenario.scenario import Scenario


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
