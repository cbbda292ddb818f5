"""Costs where one assumption at a time is moved and all else stands at its mean: what tornado and reversals ask for.

Most assumptions leave the upgrade calendar alone, so all their moves are rows of one design. Those that dates are made
of (such as months of preparation) move it, and each of their values has a calendar of its own; a queue of upgrades
stays as it is at the means. Moves of several scenarios are evaluated together where these differ in size alone.

Rates at which prices grow, or are discounted, make every line of a design differ by row and month at once. In many
rows that costs more than a design of their own, which is what `apart` is for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco.analysis.combined_designs import Part, differ_in_size, totals_of
from tco.evaluation.accumulators import NPV
from tco.evaluation.inputs import Inputs
from tco.model.fleet.scheduling import waves
from tco.model.lines import lines_of
from tco.sampling.designs import Block, Design

if TYPE_CHECKING:
    from tco.scenario.scenario import Scenario

Array = NDArray[np.float64]

DISCOUNT_RATE = "finance.discount_rate"
RATES = frozenset({DISCOUNT_RATE, *(f"finance.{kind}_inflation" for kind in ("labour", "cloud", "business"))})
"""Assumptions that change amounts month by month."""


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


def costs_of_moves(
    moves: Sequence[Moves], dated: Container[str] | None = None, apart: Container[str] = ()
) -> list[Array]:
    """NPV of every option where each path alone takes each of its values: (paths, values, options) for each of `moves`.

    dated: `paths_of_dates`, where it is known already. apart: paths whose moves are evaluated on their own.
    """
    if dated is None:
        dated = paths_of_dates(*(one.scenario for one in moves))
    together, on_their_own = _Asked(), _Asked()
    own_calendars: dict[tuple[str, float], list[tuple[int, int, int]]] = {}
    for number, one in enumerate(moves):
        for asked, is_apart in ((together, False), (on_their_own, True)):
            still = [place for place, path in enumerate(one.paths) if path not in dated and (path in apart) == is_apart]
            if still:
                rows, columns = np.array(still, dtype=np.intp)[:, None], np.arange(one.values.shape[1])[None]
                asked.add(Part(one.scenario, _design(one, still)), number, rows, columns)
        for place, path in enumerate(one.paths):
            for column, value in enumerate(one.values[place].tolist() if path in dated else ()):
                own_calendars.setdefault((path, value), []).append((number, place, column))
    for (path, value), wanted in own_calendars.items():
        design = Design("move", 1, {path: np.array([value])}, moves_dates=True)
        for number, place, column in wanted:
            together.add(Part(moves[number].scenario, design), number, np.array([[place]]), np.array([[column]]))
    found = [np.zeros((*one.values.shape, len(one.scenario.options))) for one in moves]
    for asked in (together, on_their_own):
        for (number, rows, columns), totals in zip(asked.places, totals_of(asked.parts), strict=True):
            found[number][rows, columns] = totals[NPV].reshape(len(rows), columns.shape[1], -1)
    return found


@dataclass
class _Asked:
    """Parts that may be evaluated together, each with where its totals belong: number of the moves, rows, columns."""

    parts: list[Part] = field(default_factory=list)
    places: list[tuple[int, NDArray[np.intp], NDArray[np.intp]]] = field(default_factory=list)

    def add(self, part: Part, number: int, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> None:
        self.parts.append(part)
        self.places.append((number, rows, columns))


def _design(moves: Moves, chosen: Sequence[int]) -> Design:
    """One row for each value of the chosen paths, in which that path has it and all others stand at their means."""
    count = moves.values.shape[1]
    columns: dict[str, Array] = {}
    for row, place in enumerate(chosen):
        path = moves.paths[place]
        if path not in columns:
            columns[path] = np.full(len(chosen) * count, moves.scenario.assumptions[path].mean)
        columns[path][row * count : (row + 1) * count] = moves.values[place]
    return Design("single moves", len(chosen) * count, columns)
