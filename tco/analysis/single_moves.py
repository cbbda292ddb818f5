"""Costs where one assumption at a time is moved and all else stands at its mean: what tornado and reversals ask for.

Most assumptions leave the upgrade calendar alone, so all their moves are rows of one design. Those that dates are made
of (such as months of preparation) move it, and each of their values has a calendar of its own; a queue of upgrades
stays as it is at the means. Moves of several scenarios are evaluated together where these differ in size alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.analysis.stacking import Part, differ_in_size, totals_of
from tco.designs import Block, Design
from tco.fleet.scheduling import waves
from tco.inputs import Inputs
from tco.model import lines_of
from tco.piles import NPV

if TYPE_CHECKING:
    from tco.scenario import Scenario

Array = NDArray[np.float64]

DISCOUNT_RATE = "finance.discount_rate"


@dataclass(frozen=True)
class Moves:
    """Assumptions of a scenario that are moved alone, each through its own values.

    paths may repeat. values: (paths, values).
    """

    scenario: Scenario
    paths: Sequence[str]
    values: Array


def paths_of_dates(*scenarios: Scenario) -> frozenset[str]:
    """The assumptions that dates of upgrades are made of, in any of the scenarios."""
    found: set[str] = set()
    seen: list[Scenario] = []
    for scenario in scenarios:
        if not any(differ_in_size(other, scenario) for other in seen):
            seen.append(scenario)
            found.update(_dated(scenario))
    return frozenset(found)


def _dated(scenario: Scenario) -> dict[str, None]:
    inputs = Inputs(scenario, Block(0, 1))
    if scenario.fits_classes:
        deque(lines_of(inputs), maxlen=0)
        return inputs.dated
    for option in scenario.options:
        with inputs.option():
            waves(inputs, option)
    return inputs.dated


def at_means(scenario: Scenario) -> Moves:
    """No move at all: an assumption that no date is made of, at its mean."""
    return Moves(scenario, [DISCOUNT_RATE], np.array([[scenario.assumptions[DISCOUNT_RATE].mean]]))


def costs_of_moves(moves: Sequence[Moves], dated: Container[str] | None = None) -> list[Array]:
    """NPV of every option where each path alone takes each of its values: (paths, values, options) for each of `moves`.

    dated: `paths_of_dates`, where it is known already.
    """
    if dated is None:
        dated = paths_of_dates(*(one.scenario for one in moves))
    parts: list[Part] = []
    places: list[tuple[int, NDArray[np.intp], NDArray[np.intp]]] = []
    own_calendars: dict[tuple[str, float], list[tuple[int, int, int]]] = {}
    for number, one in enumerate(moves):
        still = np.array([place for place, path in enumerate(one.paths) if path not in dated], dtype=np.intp)
        if len(still):
            parts.append(Part(one.scenario, _design(one, still)))
            places.append((number, still[:, None], np.arange(one.values.shape[1])[None]))
        for place, path in enumerate(one.paths):
            for column, value in enumerate(one.values[place].tolist() if path in dated else ()):
                own_calendars.setdefault((path, value), []).append((number, place, column))
    for (path, value), wanted in own_calendars.items():
        design = Design("move", 1, {path: np.array([value])}, moves_dates=True)
        for number, place, column in wanted:
            parts.append(Part(moves[number].scenario, design))
            places.append((number, np.array([[place]]), np.array([[column]])))
    found = [np.zeros((*one.values.shape, len(one.scenario.options))) for one in moves]
    for (number, rows, columns), totals in zip(places, totals_of(parts), strict=True):
        found[number][rows, columns] = totals[NPV].reshape(len(rows), columns.shape[1], -1)
    return found


def _design(moves: Moves, chosen: NDArray[np.intp]) -> Design:
    """One row for each value of the chosen paths, in which that path has it and all others stand at their means."""
    count = moves.values.shape[1]
    columns: dict[str, Array] = {}
    for row, place in enumerate(chosen.tolist()):
        path = moves.paths[place]
        if path not in columns:
            columns[path] = np.full(len(chosen) * count, moves.scenario.assumptions[path].mean)
        columns[path][row * count : (row + 1) * count] = moves.values[place]
    return Design("single moves", len(chosen) * count, columns)
