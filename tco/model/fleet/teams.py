"""How many hours a month people have for upgrades and moves: those that an option states, else those of a team."""

import numpy as np

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array

LEAST_TEAM = "labour.least_team"
UPGRADE_TEAM, MIGRATION_TEAM = "labour.upgrade_team", "labour.migration_team"
PRODUCTIVE_HOURS = "transition.productive_hours_per_month"


def hours_of_team(inputs: Inputs, team: str) -> Array:
    """People x productive hours a month, (draws or 1, 1, 1).

    A team that the scenario states as one number is that large whatever the fleet; any other is of the fleet as written
    and has as many people to each cluster of another size, but is not scaled down below the smallest team.
    """
    people, scenario = inputs[team], inputs.scenario
    if not scenario.is_fixed(team):
        scale = scenario.fleet_size / (scenario.as_written.fleet_size or 1) * inputs.fleet_scale
        people = np.maximum(people * scale, np.minimum(people, inputs[LEAST_TEAM]))
    return people * inputs[PRODUCTIVE_HOURS]


def upgrade_hours(inputs: Inputs, stated: float | None) -> tuple[Inputs, float]:
    """Labour hours a month for the upgrades of an option, and the inputs that dates are made of.

    stated: those that the option states, if it does; else they are the team's.
    Where the team grows with the fleet, the calendar is that of the fleet as written, whatever its size.
    """
    scenario = inputs.scenario
    if stated is not None:
        return inputs.for_dates(as_written=False), stated
    for path in (UPGRADE_TEAM, PRODUCTIVE_HOURS):
        inputs.central(path)  # dates follow them
    dated = inputs.for_dates(as_written=not scenario.is_fixed(UPGRADE_TEAM))
    return dated, hours_of_team(dated, UPGRADE_TEAM).item()
