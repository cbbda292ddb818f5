"""Features that a replay of the past uses before they existed."""

from __future__ import annotations

from tco.catalog.services import Feature, features
from tco.evaluation.inputs import Inputs
from tco.model.fleet.bills import instance_classes
from tco.model.fleet.placement import Placement, placements, setting
from tco.model.fleet.sizing import family_of_class
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario


def anachronisms(scenario: Scenario) -> list[str]:
    """A sentence for each feature that options use although it came after the scenario's start, by day."""
    inputs, users = Inputs(scenario, Block(0, 1)), dict[Feature, list[str]]()
    for feature in sorted(features(), key=lambda feature: feature.available_from):
        for option in scenario.options if feature.available_from > scenario.first_day else ():
            if any(_uses(inputs, placement, feature) for placement in placements(inputs, option)):
                users.setdefault(feature, []).append(option)
    return [
        f"{feature.name} came on {feature.available_from}; used from {scenario.first_day} on by "
        f"{', '.join(options)}: the replay says what that would have cost, not what could be done then"
        for feature, options in users.items()
    ]


def _uses(inputs: Inputs, placement: Placement, feature: Feature) -> bool:
    if feature.platform not in ("", placement.platform_name):
        return False
    if feature.field == "platform":
        return True
    if feature.field == "assumption":
        return inputs.scenario.assumptions[feature.value].mean > 0
    if feature.field == "family":
        return placement.platform.is_instances and feature.value in (
            family_of_class(name) for name in instance_classes(inputs, placement) if name
        )
    return feature.value in setting(inputs, placement, feature.field)
