"""Whether a bill can be made for every group wherever an option puts it, and where in the scenario a cause stands.

A price that is not known, or a number that a platform refuses, shows only when the bill is asked for; a scenario is
therefore billed for one month when it is loaded, so that its author hears of it with the path to mend.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tco.errors import InputError, Problem
from tco.evaluation.inputs import Inputs
from tco.model.fleet.bills import bill, book_of
from tco.model.fleet.placement import Placement, placements, setting
from tco.sampling.designs import Block
from tco.scenario.scenario import Group, Scenario, Settings

MAX_PROBLEMS = 10
"""So many are shown; a fleet of thousands of groups may have one fault in all of them."""
NAMES = ("instance_class", "term", "deployment", "storage_type", "storage_config", "table_class", "engine", "region")
"""Names that a price is looked up by, as fields of a group or an option."""


def problems_of_bills(scenario: Scenario) -> list[Problem]:
    """What stops the bill of one month, group by group, each with its path; empty when all can be made."""
    inputs = Inputs(scenario, Block(0, 1))
    try:
        book_of(inputs)
    except InputError as error:
        return list(error.problems)
    found: dict[Problem, None] = {}
    for option in scenario.options:
        for placement in placements(inputs, option):
            try:
                bill(inputs, placement)
            except InputError:
                for problem in _problems(inputs, placement):
                    found[problem] = None
                    if len(found) == MAX_PROBLEMS:
                        return list(found)
    return list(found)


def _problems(inputs: Inputs, placement: Placement) -> Iterator[Problem]:
    """The problems of a placement that cannot be billed, group by group; groups that are alike are asked once."""
    seen: set[tuple[str, ...]] = set()
    for position, (name, group) in enumerate(zip(placement.groups.names, placement.groups.stated, strict=True)):
        asked = (placement.settings[position], group.model_copy(update={"clusters": 0, "storage_gb": 0.0}))
        key = tuple(str(part) for part in asked)
        if key in seen:
            continue
        seen.add(key)
        alone = replace(
            placement,
            groups=inputs.part(placement.groups, [position]),
            settings=placement.settings[position : position + 1],
            upgrade_settings=placement.upgrade_settings[position : position + 1],
        )
        try:
            bill(inputs, alone)
        except InputError as error:
            for problem in error.problems:
                yield replace(problem, path=_path(inputs, alone, name, problem))


def _path(inputs: Inputs, placement: Placement, group: str, problem: Problem) -> str:
    """Where the cause of a problem is: the field that it names, in the option if that states it, else the group."""
    scenario = inputs.scenario
    field = problem.path or next((name for name in NAMES if _quoted(inputs, placement, name, problem.message)), "")
    if not field:
        dated = str(scenario.prices_as_of) in problem.message
        return "prices_as_of" if dated else f"fleet.{group}"
    first = field.partition(".")[0]
    if first == "load":
        return f"fleet.{group}.workload.{field}"
    option = _chooser(scenario, placement, group)
    if first in Settings.model_fields:
        own = scenario.options[option].groups.get(group)
        if own is not None and getattr(own, first) is not None:
            return f"options.{option}.groups.{group}.{field}"
        if getattr(scenario.options[option], first) is not None or first not in Group.model_fields:
            return f"options.{option}.{field}"
    return f"fleet.{group}.{field}"


def _chooser(scenario: Scenario, placement: Placement, group: str) -> str:
    """The option whose settings hold: for clusters about to leave, one that keeps them where they are."""
    names = [scenario.reference_option, *scenario.options] if placement.stage == "leaves" else []
    keeping = (name for name in names if scenario.settings(name, group).platform == placement.platform_name)
    return next(keeping, placement.option)


def _quoted(inputs: Inputs, placement: Placement, name: str, message: str) -> bool:
    """Whether a message quotes the value that the placement's only group has for a name (`db.` may come before it)."""
    of_option = name in Settings.model_fields
    value = setting(inputs, placement, name)[0] if of_option else getattr(placement.groups.stated[0], name)
    return bool(value) and any(f"{quote}{value}'" in message for quote in ("'", "'db.", "'cache."))
