"""Values of a scenario that change no result, as notes of `tco check`: their author expected an effect."""

from collections.abc import Iterator, Mapping
from typing import Any

from tco import platforms
from tco.catalog.lifecycle import engine_history
from tco.errors import InputError, Problem, shown
from tco.evaluation.inputs import Inputs
from tco.loading.checks import PRICED
from tco.model.fleet.bills import bill
from tco.model.fleet.free_tiers import used_of_free_tiers
from tco.model.fleet.placement import DEFAULT_SETTINGS, UPGRADE_SETTINGS, placements
from tco.model.fleet.scheduling import waves
from tco.model.fleet.waves import upgraded_of_groups
from tco.sampling.designs import Block
from tco.scenario.scenario import Option, Scenario, Settings

OF_ANY_SIZE = ("deployment", "storage_type", "storage_config", "table_class", "capacity", "instances", "acu")
"""Settings that are never noted: they choose what is bought, and two choices may cost the same."""
POLICY_BEFORE_A_MOVE = "never"
"""The policy of groups about to leave if none is stated."""
OF_GROUPS = ("iops", "backup_gb", "licence")
"""Fields of a group that some platforms bill."""


def without_effect(scenario: Scenario) -> Iterator[Problem]:
    """Settings that leave the bills of their option unchanged, fields that no platform of a group bills, and others."""
    for name, option in scenario.options.items():
        yield from _settings_without_effect(scenario, name, option, Settings(), "")
        for group_name, settings in option.groups.items():
            yield from _settings_without_effect(scenario, name, option, settings, group_name)
        moves = any(scenario.settings(name, of).platform != scenario.todays_platform(of) for of in scenario.fleet)
        if option.migration_hours_per_month is not None and not moves:
            yield Problem("changes nothing: no group moves", path=f"options.{name}.migration_hours_per_month")
    for name, group in scenario.fleet.items():
        chosen = {str(scenario.settings(option, name).platform) for option in scenario.options}
        places = [platforms.platform(place) for place in sorted({*chosen, scenario.todays_platform(name)})]
        named = " and ".join(place.name for place in places)
        for field in OF_GROUPS:
            if getattr(group, field) is not None and not any(field in place.usage.model_fields for place in places):
                yield Problem(f"changes nothing: not billed on {named}", path=f"fleet.{name}.{field}")
        engines = {place.lifecycle_engines.get(group.engine, "") for place in places} - {""}
        if not group.extended_support and not any(engine_history(engine).extended_support for engine in engines):
            message = f"changes nothing: no Extended Support of {group.engine} is known on {named}"
            yield Problem(message, path=f"fleet.{name}.extended_support")


def _settings_without_effect(
    scenario: Scenario, name: str, option: Option, for_group: Settings, group: str
) -> Iterator[Problem]:
    """Settings of an option, or of its entry for a group, that can be left out without changing the option's bills."""
    holder = for_group if group else option
    for field in PRICED:
        value = getattr(holder, field)
        if not value or field in OF_ANY_SIZE or value == DEFAULT_SETTINGS.get(field):
            continue
        if all(value == getattr(stated, field, None) for stated in scenario.fleet.values()):
            continue
        try:
            same = _billed(_without(scenario, name, option, for_group, group, field), name) == _billed(scenario, name)
        except InputError:  # other settings need it
            continue
        if same:
            path = f"options.{name}.groups.{group}.{field}" if group else f"options.{name}.{field}"
            yield Problem("changes nothing on the bill beside what else is stated", path=path, value=shown(value))
    yield from _upgrades_without_effect(scenario, name, option, for_group, group)


def _upgrades_without_effect(
    scenario: Scenario, name: str, option: Option, for_group: Settings, group: str
) -> Iterator[Problem]:
    """Upgrade settings of clusters that move to a platform without versions before any upgrade."""
    places = {str(scenario.settings(name, one).platform) for one in ([group] if group else scenario.fleet)}
    if any(platforms.platform(place).is_versioned for place in places):
        return
    for field in sorted(UPGRADE_SETTINGS):
        value = getattr(for_group if group else option, field)
        if value is None or (field, value) == ("policy", POLICY_BEFORE_A_MOVE):
            continue
        if _upgraded(_without(scenario, name, option, for_group, group, field), name) == _upgraded(scenario, name):
            path = f"options.{name}.groups.{group}.{field}" if group else f"options.{name}.{field}"
            yield Problem(
                f"changes nothing: {' and '.join(sorted(places))} has no versions, and nothing is upgraded "
                "differently before the move",
                path=path, value=shown(value),
            )  # fmt: skip


def _without(scenario: Scenario, name: str, option: Option, for_group: Settings, group: str, field: str) -> Scenario:
    """The scenario without a setting of an option, or of its entry for a group."""
    changes: Mapping[str, Any] = {field: None}
    if group:
        changes = {"groups": {**option.groups, group: for_group.model_copy(update={field: None})}}
    return scenario.model_copy(update={"options": {**scenario.options, name: option.model_copy(update=changes)}})


def _upgraded(scenario: Scenario, option: str) -> list[object]:
    """The upgrades of an option before the move: groups, upgrade, method and clusters."""
    inputs = Inputs(scenario, Block(0, 1))
    made = ((wave, upgraded_of_groups(inputs, wave)) for wave in waves(inputs, option))
    return [(wave.groups.names, wave.upgrade, wave.method, clusters.tolist()) for wave, clusters in made
            if clusters.any()]  # fmt: skip


def _billed(scenario: Scenario, option: str) -> list[object]:
    """The bills of an option in the first month, and its free tiers."""
    inputs = Inputs(scenario, Block(0, 1))
    items: list[object] = [
        (placement.platform_name, placement.stage, item.item, item.quantity.tolist(), item.unit_price.tolist())
        for placement in placements(inputs, option)
        for item in bill(inputs, placement)
    ]
    return [*items, sorted(used_of_free_tiers(inputs, option))]
