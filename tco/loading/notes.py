"""The notes of `tco check`: what is valid in a scenario but may surprise its author, such as values without effect."""

from collections.abc import Iterator, Mapping
from typing import Any

from tco import platforms
from tco.catalog.lifecycle import engine_history
from tco.errors import InputError, Problem, shown
from tco.evaluation.inputs import Inputs
from tco.loading.checks import PRICED, WAYS
from tco.model.fleet.bills import STORAGE_FILL, bill, billed_region, price_names
from tco.model.fleet.free_tiers import used_of_free_tiers
from tco.model.fleet.placement import DEFAULT_SETTINGS, UPGRADE_SETTINGS, placements
from tco.model.fleet.scheduling import waves
from tco.model.fleet.sizing import CACHES
from tco.model.fleet.waves import methods_on, upgraded_of_groups, version_at_start
from tco.sampling.designs import Block
from tco.scenario.scenario import Option, Scenario, Settings
from tco.upgrades.calendar import next_upgrade
from tco.upgrades.minors import forced_minors

OWN_LICENCE = "instance_own_licence"
"""The price item of an instance without licence."""


def notes_of(scenario: Scenario) -> list[Problem]:
    """Notes on clusters whose support has ended at the start, own licences without a price, Regions of another cloud,
    inherited methods that a platform lacks, stored bytes that count as allocated, and values without effect.
    """
    checks = (_unpriced_licences, _regions_of_others, _other_methods, _shares_of_stored_bytes, without_effect)
    notes: dict[Problem, None] = dict.fromkeys(note for check in checks for note in check(scenario))
    for name, group in scenario.fleet.items():
        today = scenario.todays_platform(name)
        platform = platforms.platform(today)
        if platform.family != "managed":
            continue
        start = scenario.first_day
        engine, version = version_at_start(platform, today, group, start)
        enrolled = group.extended_support and platform.has_extended_support
        event = next_upgrade(engine, version, start, policy="never", start=start, end=start, extended_support=enrolled)
        if event is not None:
            release = engine_history(engine).release(version)
            ended = release.support_end if enrolled else release.free_patches_end
            target = f"moves it to {event.to_version}" if event.to_version else "has nothing to move it to"
            message = f"support of {engine} {version} ended on {ended}: the provider {target} on {start}"
            notes[Problem(f"{message}, whatever the policy", path=f"fleet.{name}.version")] = None
        elif group.version not in (None, "newest"):
            for minor in forced_minors(engine, group.version, start, start):
                message = f"support of {engine} {minor.from_version} ended on {minor.due}: the provider moves it to"
                notes[Problem(f"{message} {minor.to_version} on {start}", path=f"fleet.{name}.version")] = None
    return list(notes)


def _regions_of_others(scenario: Scenario) -> Iterator[Problem]:
    """Groups that an option bills in a Region of another cloud."""
    inputs = Inputs(scenario, Block(0, 1))
    for name, group in scenario.fleet.items():
        for option in scenario.options:
            platform = platforms.platform(str(scenario.settings(option, name).platform))
            billed = billed_region(inputs, platform, group.region)
            if billed != group.region:
                yield Problem(f"on {platform.name} billed in {billed}, the nearest Region", path=f"fleet.{name}.region")


def _other_methods(scenario: Scenario) -> Iterator[Problem]:
    for option in scenario.options:
        for name, group in scenario.fleet.items():
            settings = scenario.settings(option, name)
            platform = platforms.platform(str(settings.platform))
            valid = methods_on(platform.name, group.engine)
            if platform.is_versioned and settings.method not in (None, *valid):
                without = f"{platform.name} has no {settings.method} upgrade of {group.engine}"
                yield Problem(f"{without}: {name} is upgraded {WAYS[valid[0]]}", path=f"options.{option}.method")


def _shares_of_stored_bytes(scenario: Scenario) -> Iterator[Problem]:
    """Groups on a platform that bills stored bytes today of which only a share is billed, as of an allocated volume."""
    for name, group in scenario.fleet.items():
        today = platforms.platform(scenario.todays_platform(name))
        stored = (group.assumptions.get(STORAGE_FILL) or scenario.assumptions[STORAGE_FILL]).mean
        counts = today.bills_stored_bytes and not group.is_new and group.engine not in CACHES
        if counts and group.storage_gb and group.clusters and stored < 1:
            yield Problem(
                f"{stored:.0%} of it is billed, as if it were allocated; {today.name} bills what is stored: if that is "
                f"what it says, state {STORAGE_FILL}: 1 under the group's assumptions",
                path=f"fleet.{name}.storage_gb",
                value=f"{group.storage_gb:g}",
            )


def _unpriced_licences(scenario: Scenario) -> Iterator[Problem]:
    fee = "infrastructure.licence_per_instance_month"
    if scenario.assumptions[fee].mean:
        return
    inputs = Inputs(scenario, Block(0, 1))
    for option in scenario.options:
        for placement in placements(inputs, option):
            for item in bill(inputs, placement):
                names = price_names(inputs, placement, item)
                for group, name in zip(placement.groups.names, names, strict=True):
                    if OWN_LICENCE in name.split():
                        yield Problem(f"licences of one's own are not in the bill: state {fee}", path=f"fleet.{group}")


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
    waves_made = ((wave, upgraded_of_groups(inputs, wave)) for wave in waves(inputs, option))
    return [(wave.groups.names, wave.upgrade, wave.method, clusters.tolist()) for wave, clusters in waves_made
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
