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
from tco.model.fleet.placement import Hosting, hostings
from tco.sampling.designs import Block
from tco.scenario.scenario import Group, Scenario, Settings

MOST_PROBLEMS = 10
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
        for hosting in hostings(inputs, option):
            try:
                bill(hosting)
            except InputError:
                for problem in _problems(hosting):
                    found[problem] = None
                    if len(found) == MOST_PROBLEMS:
                        return list(found)
    return list(found)


def _problems(hosting: Hosting) -> Iterator[Problem]:
    """The problems of a hosting that cannot be billed, member by member; alike members are asked once."""
    scenario = hosting.inputs.scenario
    seen: set[tuple[object, ...]] = set()
    for place, (member, settings, group) in enumerate(
        zip(hosting.members, hosting.settings, hosting.groups, strict=True)
    ):
        asked = (settings, group.model_copy(update={"clusters": 0, "storage_gb": 0.0}))
        key = tuple(str(part) for part in asked)
        if key in seen:
            continue
        seen.add(key)
        alone = replace(
            hosting,
            inputs=Inputs(scenario, Block(0, 1)),
            members=hosting.members[place : place + 1],
            settings=(settings,),
        )
        try:
            bill(alone)
        except InputError as error:
            name = hosting.inputs.groups[member]
            for problem in error.problems:
                yield replace(problem, path=_path(scenario, alone, name, problem))


def _path(scenario: Scenario, hosting: Hosting, group: str, problem: Problem) -> str:
    """Where the cause of a problem stands: the field that it names, in the option if that states it, else the group."""
    field = problem.path or next((name for name in NAMES if _quoted(hosting, name, problem.message)), "")
    if not field:
        dated = str(scenario.prices_as_of) in problem.message
        return "prices_as_of" if dated else f"fleet.{group}"
    first = field.partition(".")[0]
    if first == "load":
        return f"fleet.{group}.workload.{field}"
    option = _chooser(scenario, hosting, group)
    if first in Settings.model_fields:
        own = scenario.options[option].groups.get(group)
        if own is not None and getattr(own, first) is not None:
            return f"options.{option}.groups.{group}.{field}"
        if getattr(scenario.options[option], first) is not None or first not in Group.model_fields:
            return f"options.{option}.{field}"
    return f"fleet.{group}.{field}"


def _chooser(scenario: Scenario, hosting: Hosting, group: str) -> str:
    """The option whose settings hold: for clusters about to leave, one that keeps them where they are."""
    names = [scenario.reference_option, *scenario.options] if hosting.stage == "leaves" else []
    keeping = (name for name in names if scenario.settings(name, group).platform == hosting.platform.name)
    return next(keeping, hosting.option)


def _quoted(hosting: Hosting, name: str, message: str) -> bool:
    """Whether a message quotes the value that the hosting's only member has for a name (`db.` may stand before it)."""
    value = hosting.setting(name)[0] if name in Settings.model_fields else getattr(hosting.groups[0], name)
    return bool(value) and any(f"{quote}{value}'" in message for quote in ("'", "'db.", "'cache."))
