"""Major upgrades, phase by phase, and the change freeze around them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import NONE, ONE, Line
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour
from tco.model.fleet.effort import PHASES, designs_of
from tco.model.fleet.events import cutover_luck
from tco.model.fleet.waves import Wave

Array = NDArray[np.float64]

DEVELOPERS_PHASES = frozenset({"compatibility", "regression test"})


INCIDENTS = "incidents"


def phase_labour(phase: str, wave: Wave) -> Iterator[Line]:
    """Hours of one phase of a wave (`tco.model.fleet.effort`), in its month, split over the wave's groups by clusters.

    Nothing where phases are not told apart (`whole_labour`).
    """
    inputs = wave.cohort.hosting.inputs
    if _tells_phases(inputs):
        hours = inputs.keep(f"{phase} of {wave.name}", lambda: PHASES[phase](wave))
        role = DEVELOPER if phase in DEVELOPERS_PHASES else DATABASE_ENGINEER
        yield from _labour(wave, hours, cutover_luck(wave) if phase == INCIDENTS else ONE, role, phase)


def whole_labour(wave: Wave) -> Iterator[Line]:
    """Hours of a wave where phases and roles are not told apart: those of its incidents, and all others together."""
    inputs = wave.cohort.hosting.inputs
    if _tells_phases(inputs):
        return
    planned, unplanned = inputs.keep(f"hours of {wave.name}", lambda: _hours(wave))
    luck = cutover_luck(wave)
    if luck is ONE:
        yield from _labour(wave, planned + unplanned, ONE)
        return
    yield from _labour(wave, planned, ONE)
    yield from _labour(wave, unplanned, luck)


def _tells_phases(inputs: Inputs) -> bool:
    return "phase" in inputs.labels or "role" in inputs.labels


def _hours(wave: Wave) -> tuple[Array, Array]:
    """The hours of all phases but incidents, and those of incidents."""
    planned = [hours(wave) for phase, hours in PHASES.items() if phase != INCIDENTS]
    return sum(planned[1:], planned[0]), PHASES[INCIDENTS](wave)


def _labour(wave: Wave, hours: Array, luck: Array, role: str = NONE, phase: str = NONE) -> Iterator[Line]:
    members, factors = wave.cohort.members, (hours, luck, wave.split, wave.when)
    inputs = wave.cohort.hosting.inputs
    yield from labour(inputs, "version upkeep", "major upgrades", factors, members, role, phase)


def change_freeze(wave: Wave) -> Iterator[Line]:
    """Developers who cannot deploy around a cut-over: designs x developers x working hours x share of work blocked."""
    inputs = wave.cohort.hosting.inputs
    hours = (
        designs_of(wave),
        inputs["upgrades.developers_per_design"],
        inputs["upgrades.freeze_working_hours"],
        inputs["upgrades.freeze_blocked_share"],
        wave.split,
        wave.when,
    )
    yield from labour(inputs, "version upkeep", "change freeze", hours, wave.cohort.members, DEVELOPER, release="soft")


WAVE_LINES = (*(partial(phase_labour, phase) for phase in PHASES), whole_labour, change_freeze)
