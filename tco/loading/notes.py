"""The notes of `tco check`: what is valid in a scenario but may surprise its author."""

from collections.abc import Iterator

from tco import platforms
from tco.catalog.lifecycle import engine_history
from tco.errors import Problem
from tco.evaluation.inputs import Inputs
from tco.loading.checks import WAYS
from tco.loading.without_effect import without_effect
from tco.model.fleet.bills import bill, billed_region, price_names
from tco.model.fleet.placement import placements
from tco.model.fleet.waves import methods_on, version_at_start
from tco.sampling.designs import Block
from tco.scenario.scenario import Scenario
from tco.upgrades.calendar import next_upgrade
from tco.upgrades.minors import forced_minors

OWN_LICENCE = "instance_own_licence"
"""The price item of an instance without licence."""


def notes_of(scenario: Scenario) -> list[Problem]:
    """Notes on clusters whose support has ended at the start, own licences without a price, Regions of another cloud,
    inherited methods that a platform lacks, and values without effect.
    """
    checks = (_unpriced_licences, _regions_of_others, _other_methods, without_effect)
    notes: dict[Problem, None] = dict.fromkeys(note for check in checks for note in check(scenario))
    for name, group in scenario.fleet.items():
        today = scenario.todays_platform(name)
        platform = platforms.platform(today)
        if platform.family != "managed":
            continue
        start = scenario.first_day
        engine, version = version_at_start(platform, today, group, start)
        event = next_upgrade(
            engine, version, start, policy="never", start=start, end=start, extended_support=group.extended_support
        )
        if event is not None:
            release = engine_history(engine).release(version)
            ended = release.support_end if group.extended_support else release.free_patches_end
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
