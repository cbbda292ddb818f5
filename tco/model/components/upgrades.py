"""Major upgrades, phase by phase, and the change freeze around them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE, Line
from tco.model.components.labour import DATABASE_ENGINEER, DEVELOPER, labour
from tco.model.fleet.effort import PHASES, upgraded_designs
from tco.model.fleet.events import failed_cutovers
from tco.model.fleet.placement import Placement
from tco.model.fleet.waves import Wave, split_in_month

DEVELOPERS_PHASES = frozenset({"compatibility", "regression test"})
INCIDENTS = "incidents"


def phase_labour(phase: str, inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Hours of one phase of a wave (`tco.model.fleet.effort`), in its month, split over its groups by clusters."""
    groups = wave.groups
    hours = PHASES[phase](inputs, wave)
    happened = failed_cutovers(inputs, placement.option, groups) if phase == INCIDENTS else ONE
    role = DEVELOPER if phase in DEVELOPERS_PHASES else DATABASE_ENGINEER
    factors = (hours, happened, *split_in_month(inputs, wave))
    yield from labour(inputs, groups, "version upkeep", "major upgrades", factors, role, phase)


def change_freeze(inputs: Inputs, _placement: Placement, wave: Wave) -> Iterator[Line]:
    """Developers who cannot deploy around a cut-over: designs x developers x working hours x share of work blocked."""
    hours = (
        upgraded_designs(inputs, wave),
        inputs["upgrades.developers_per_design"],
        inputs["upgrades.freeze_working_hours"],
        inputs["upgrades.freeze_blocked_share"],
        *split_in_month(inputs, wave),
    )
    groups = wave.groups
    yield from labour(inputs, groups, "version upkeep", "change freeze", hours, DEVELOPER, release="soft")


WAVE_LINES = (*(partial(phase_labour, phase) for phase in PHASES), change_freeze)
