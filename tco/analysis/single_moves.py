"""Costs where one assumption at a time is moved and all else stands at its mean: what tornado and reversals ask for.

Most assumptions leave the upgrade calendar alone, so all their moves are rows of one design. Those that dates are made
of (such as months of preparation) move it, and each of their values has a calendar of its own; a queue of upgrades
stays as it is at the means.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.designs import Block, Design
from tco.inputs import Inputs
from tco.model import evaluate, lines_of

if TYPE_CHECKING:
    from tco.scenario import Scenario

Array = NDArray[np.float64]


def paths_of_dates(scenario: Scenario) -> frozenset[str]:
    """The assumptions that dates of upgrades are made of."""
    inputs = Inputs(scenario, Block(0, 1))
    deque(lines_of(inputs), maxlen=0)
    return frozenset(inputs.dated)


def costs_of_moves(
    scenario: Scenario, paths: Sequence[str], values: Array, dated: Container[str] | None = None
) -> Array:
    """NPV of every option where each path alone takes each of its values.

    paths may repeat. values: (paths, values). dated: `paths_of_dates`, where it is known already. Gives (paths,
    values, options).
    """
    dated = paths_of_dates(scenario) if dated is None else dated
    moving = np.array([path in dated for path in paths], dtype=bool)
    costs = np.zeros((*values.shape, len(scenario.options)))
    for moves_dates in (False, True):
        chosen = np.flatnonzero(moving == moves_dates)
        if len(chosen):
            costs[chosen] = _costs(scenario, [paths[place] for place in chosen.tolist()], values[chosen], moves_dates)
    return costs


def _costs(scenario: Scenario, paths: Sequence[str], values: Array, moves_dates: bool) -> Array:
    count = values.shape[1]
    columns: dict[str, Array] = {}
    for place, path in enumerate(paths):
        if path not in columns:
            columns[path] = np.full(values.size, scenario.assumptions[path].mean)
        columns[path][place * count : (place + 1) * count] = values[place]
    design = Design("single moves", values.size, columns, moves_dates=moves_dates)
    present: Array = evaluate(scenario, design).total("option", "npv").to_numpy(float)
    return present.reshape(*values.shape, -1)
