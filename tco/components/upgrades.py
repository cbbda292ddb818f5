"""Major upgrades, phase by phase, and the change freeze around them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tco.components.labour import DATABASE_ENGINEER, DEVELOPER, labour
from tco.fleet.effort import PHASES, designs_of
from tco.fleet.events import cutover_luck
from tco.fleet.waves import Wave
from tco.ledger_line import ONE, Line

DEVELOPERS_PHASES = frozenset({"compatibility", "regression test"})


def phase_labour(phase: str, wave: Wave) -> Iterator[Line]:
    """Hours of one phase of a wave (`tco.fleet.effort`), in its month, split over the wave's groups by clusters."""
    role = DEVELOPER if phase in DEVELOPERS_PHASES else DATABASE_ENGINEER
    luck = cutover_luck(wave) if phase == "incidents" else ONE
    inputs = wave.cohort.hosting.inputs
    hours = (inputs.keep(f"{phase} of {wave.name}", lambda: PHASES[phase](wave)), luck, wave.split, wave.when)
    yield from labour(inputs, "version upkeep", "major upgrades", hours, wave.cohort.members, role, phase)


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


WAVE_LINES = (*(partial(phase_labour, phase) for phase in PHASES), change_freeze)
