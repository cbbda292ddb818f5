"""What if we lose two engineers, postpone a year, double the load: the scenario as written beside a changed one.

A what-if is a mapping of changes. Those with names of their own (`lose_engineers`, `delay`, `load_factor`, `freeze`)
say what happens to a team; any other is a path of the scenario with its new value, as in `--set`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from tco.analysis.comparison import compare
from tco.errors import InputError, Problem, checked, unknown
from tco.evaluation.inputs import Inputs
from tco.formats import listed
from tco.loading.checks import problems_of
from tco.loading.loading import problem_of
from tco.model.fleet.teams import MIGRATION_TEAM, PRODUCTIVE_HOURS, UPGRADE_TEAM, hours_of_team
from tco.model.lines import evaluate
from tco.planning.mixtures import LIMITS
from tco.sampling.designs import point
from tco.sampling.monte_carlo import design_of_draws
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Group, Option, Scenario, Workload

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

AS_WRITTEN = "as written"
AMOUNTS = ["total", "npv", "labour_hours", "downtime_minutes"]
"""Columns of means over draws."""
COLUMNS = ["option", *AMOUNTS, "npv_difference", "payback_months", "unfinished"]
NAMED = {
    "lose_engineers": "engineers lost",
    "delay": "months of delay",
    "load_factor": "load times",
    "freeze": "no upgrades in",
}
"""Changes with names of their own, and what readers are told of them."""
WAITS = ("transition.start_lag_months", "upgrades.preparation_months")
TEAM_OF_LIMIT = dict(zip(LIMITS, (UPGRADE_TEAM, MIGRATION_TEAM), strict=True))


@checked
def what_if(
    scenario: Scenario,
    *,
    lose_engineers: float = 0,
    delay: float = 0,
    load_factor: float = 1,
    freeze: str | Sequence[str] = (),
    set: Mapping[str, Any] | None = None,
    name: str = "",
    draws: int | None = None,
    seed: int = 0,
    known: Ledger | None = None,
) -> pd.DataFrame:
    """The options of a scenario as written and with changes, one row a what-if and option; as written comes first.

    lose_engineers: fewer people in the team for upgrades and in that for moves. delay: months by which every upgrade
    and move can only be made later. load_factor: multiplies reads and writes of all groups; sizes that are not fitted
    stay. freeze: months such as `2027-11..2028-01` without upgrades; moves begin as much later. set: values by path.
    All changes of one call are one combined what-if; without any, the rows are those of the scenario's `what_ifs`.
    Columns: what_if, option, total and npv (USD, means over draws), labour_hours, downtime_minutes, npv_change (to the
    same option as written), npv_difference (to the reference of the same what-if), payback_months, unfinished,
    cheapest. known: a ledger of the scenario with more draws: as written has its means, and a what-if these and what
    changes over the few. Raises InputError.
    """
    changes = stated_changes(
        set or {}, lose_engineers=lose_engineers, delay=delay, load_factor=load_factor, freeze=freeze
    )
    cases: dict[str, Scenario] = {AS_WRITTEN: scenario}
    if name == AS_WRITTEN:
        raise InputError("is the name of the scenario without changes", path="name", value=name)
    if name and not changes:
        raise InputError("names a what-if that states no change", path="name", value=name)
    if changes:
        cases[name or described(changes)] = changed(scenario, changes)
    cases |= {} if changes else checked_what_ifs(scenario)
    tables = [pd.DataFrame(compare(evaluate(of, design_of_draws(of, draws, seed))))[COLUMNS] for of in cases.values()]
    few = tables[0]
    if known is not None:
        tables[0] = pd.DataFrame(compare(known))[COLUMNS]
    frames: list[pd.DataFrame] = []
    for case, frame in zip(cases, tables, strict=True):
        frame.insert(0, "what_if", case)
        if frames and known is not None:
            frame[AMOUNTS] += frames[0][AMOUNTS] - few[AMOUNTS]
            reference = frame["option"] == scenario.reference_option
            frame["npv_difference"] = frame["npv"] - float(frame.loc[reference, "npv"].iloc[0])
        before = frames[0]["npv"] if frames else frame["npv"]
        frame.insert(6, "npv_change", frame["npv"].to_numpy() - before.to_numpy())
        frame["cheapest"] = frame["npv"] == frame["npv"].min()
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def checked_what_ifs(scenario: Scenario) -> dict[str, Scenario]:
    """The scenario under each what-if that it states. Raises InputError for the first that cannot be."""
    cases = {}
    for name, entry in scenario.what_ifs.items():
        try:
            if name == AS_WRITTEN:
                raise InputError("is the name of the scenario without changes")
            if not entry:
                raise InputError("states no change")
            cases[name] = changed(scenario, entry)
        except InputError as error:
            raise error.located(path=f"what_ifs.{name}") from None
    return cases


def stated_changes(paths: Mapping[str, Any], **named: Any) -> dict[str, Any]:
    """All changes that differ from doing nothing, by path or name, as a `what_ifs` entry has them."""
    neutral: dict[str, Any] = {"lose_engineers": 0, "delay": 0, "load_factor": 1, "freeze": ()}
    several = {key: list(value) if isinstance(value, tuple) else value for key, value in named.items()
               if value != neutral[key]}  # fmt: skip
    return {**paths, **several}


def described(changes: Mapping[str, Any]) -> str:
    """The name of a what-if that has none, such as `engineers lost 2, months of delay 12`."""

    def said(value: Any) -> str:
        if isinstance(value, list | tuple):
            return listed([said(part) for part in value])
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    return ", ".join(f"{NAMED.get(path, path)} {said(value)}" for path, value in changes.items())


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with all changes of a what-if, checked whole. Raises InputError."""
    found = scenario
    for path, value in changes.items():
        if path not in NAMED:
            found = _set(found, path, value)
    if "lose_engineers" in changes:
        found = _without_engineers(found, _number("lose_engineers", changes["lose_engineers"]))
    if "delay" in changes:
        found = _later(found, _number("delay", changes["delay"]), WAITS)
    if "load_factor" in changes:
        found = _loaded(found, _number("load_factor", changes["load_factor"]))
    if "freeze" in changes:
        found = _frozen(found, changes["freeze"])
    if problems := list(problems_of(found)):
        raise InputError(problems)
    return found


def overlay(scenario: Scenario, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What `set` of a scenario needs for the what-if to be among those that it states."""
    own = {key: dict(entry) for key, entry in scenario.what_ifs.items()}
    return {"what_ifs": {**own, name: dict(changes)}}


def _number(path: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError("is a number of 0 or more", path=path, value=value)
    return float(value)


def _assumption(entry: Assumption, value: Any) -> Assumption:
    """An assumption with a number or a range in place of its own."""
    changes = value if isinstance(value, Mapping) else {"value": value, "shape": "fixed"}
    try:
        return entry.replaced(dict(changes))
    except ValidationError as error:
        raise InputError([problem_of(detail, Assumption) for detail in error.errors()]) from None


def _set(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with the value at a path: an assumption, `months`, `start`, or a field of a group or option."""
    if path in scenario.assumptions:
        try:
            entry = _assumption(scenario.assumptions[path], value)
        except InputError as error:
            raise error.located(path=path) from None
        except ValueError as error:
            raise InputError(str(error), path=path, value=value) from None
        return _with_assumptions(scenario, {path: entry})
    parts = path.split(".")
    if parts[0] in ("fleet", "options") and len(parts) >= 3 and parts[1] in getattr(scenario, parts[0]):
        whole = dict(getattr(scenario, parts[0]))
        model: type[Group | Option] = Group if parts[0] == "fleet" else Option
        data = whole[parts[1]].model_dump(exclude_none=True, exclude_defaults=True)
        node: Any = data
        for depth, part in enumerate(parts[2:], start=2):
            if not isinstance(node, dict):
                raise InputError(f"{'.'.join(parts[:depth])} is a value and has no parts", path=path)
            node = node.setdefault(part, {}) if depth < len(parts) - 1 else node
        node[parts[-1]] = value
        try:
            whole[parts[1]] = model.model_validate(data)
        except ValidationError as error:
            prefix = f"{parts[0]}.{parts[1]}"
            raise InputError([problem_of(detail, model, prefix) for detail in error.errors()]) from None
        return scenario.model_copy(update={parts[0]: whole})
    if parts[0] in ("fleet", "options") and len(parts) >= 2:
        known = list(getattr(scenario, parts[0]))
        raise InputError(unknown(f"part of {parts[0]}", parts[1], known), path=path)
    raise InputError(unknown("path or what-if", path, [*NAMED, *scenario.assumptions]), path=path)


def _with_assumptions(scenario: Scenario, entries: Mapping[str, Assumption]) -> Scenario:
    update = {"assumptions": {**scenario.assumptions, **entries}, "changed": scenario.changed | set(entries)}
    return scenario.model_copy(update=update)


def _without_engineers(scenario: Scenario, people: float) -> Scenario:
    """Teams, and hours a month that options state, less those of so many people; the teams are then fixed numbers.

    Of a team that is lost whole the least that an assumption allows is left: it finishes nothing in time.
    """
    inputs = Inputs(scenario, point(scenario).row(0))
    productive = inputs[PRODUCTIVE_HOURS].item()
    teams = {}
    for team in (UPGRADE_TEAM, MIGRATION_TEAM):
        now = hours_of_team(inputs, team).item() / productive
        if now < people:
            raise InputError(f"the team has {now:.1f} people: lose that many or fewer", path=team, value=people)
        entry = scenario.assumptions[team]
        teams[team] = _assumption(entry, max(now - people, entry.at_least))
    options = {}
    for name, option in scenario.options.items():
        stated = {limit: hours for limit in LIMITS if (hours := getattr(option, limit)) is not None}
        left = {}
        for limit, hours in stated.items():
            if hours < people * productive:
                raise InputError(f"these hours are those of {hours / productive:.1f} people: lose that many or fewer",
                                 path=f"options.{name}.{limit}", value=people)  # fmt: skip
            least = scenario.assumptions[TEAM_OF_LIMIT[limit]].at_least * productive
            left[limit] = max(hours - people * productive, least)
        options[name] = option.model_copy(update=left)
    return _with_assumptions(scenario, teams).model_copy(update={"options": options})


def _later(scenario: Scenario, months: float, paths: Sequence[str]) -> Scenario:
    """Waiting times that are so many months longer, with the same spread."""
    entries = {}
    for path in paths:
        entry = scenario.assumptions[path]
        if not entry.is_uncertain:
            entries[path] = _assumption(entry, entry.mean + months)
            continue
        moved = {end: value + months for end in ("low", "high") if (value := getattr(entry, end)) is not None}
        if entry.shape in ("pert", "triangular") and entry.value is not None:
            moved["value"] = entry.value + months
        entries[path] = _assumption(entry, {**moved, "shape": entry.shape})
    return _with_assumptions(scenario, entries)


def _loaded(scenario: Scenario, factor: float) -> Scenario:
    """Reads and writes of every group times a factor."""
    fleet = {}
    for name, group in scenario.fleet.items():
        load = group.workload
        if load is not None:
            calls = {field: getattr(load, field) * factor for field in ("reads_per_second", "writes_per_second")}
            try:
                more = Workload.model_validate({**load.model_dump(), **calls})
            except ValidationError as error:
                place = f"fleet.{name}.workload"
                raise InputError([problem_of(detail, Workload, place) for detail in error.errors()]) from None
            group = group.model_copy(update={"workload": more})
        fleet[name] = group
    return scenario.model_copy(update={"fleet": fleet})


def _frozen(scenario: Scenario, spans: str | Sequence[str]) -> Scenario:
    """Months without upgrades besides those of the scenario; moves begin as many months later."""
    try:
        several = [spans] if isinstance(spans, str) else list(spans)
        parts = {**scenario.model_dump(include={"name", "start", "months", "prices_as_of"}), "fleet": scenario.fleet}
        checked = Scenario(**parts, options=scenario.options, freezes=tuple(several))
    except (ValidationError, TypeError):
        raise InputError("a freeze is a span of months such as 2027-11..2028-01", path="freeze", value=spans) from None
    if not checked.frozen_months:
        message = f"is outside the horizon, {scenario.periods[0]} to {scenario.periods[-1]}"
        raise InputError(Problem(message, path="freeze", value=str(spans)).message, path="freeze", value=spans)
    later = _later(scenario, float(len(checked.frozen_months - scenario.frozen_months)), WAITS[:1])
    return later.model_copy(update={"freezes": (*scenario.freezes, *several)})
