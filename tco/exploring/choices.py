"""The controls of the explorer: the values each of them can take, and the scenario with the choices made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tco import resources
from tco.display import palette
from tco.errors import InputError
from tco.evaluation.ledger_line import CATALOGUE
from tco.exploring.scenario_files import as_mapping
from tco.loading.loading import load_scenario
from tco.platforms.load_shapes import named_load_shapes
from tco.scenario.scenario import Scenario

ENGINEER_RATE = "labour.engineer_rate"
VALUE_PER_CLUSTER = "downtime.value_per_minute"
VALUE_OF_BUSINESS = "downtime.business_value_per_minute"
DISCOUNT_RATE = "finance.discount_rate"
WORKLOAD_RATES = ("reads_per_second", "writes_per_second")
MIN_FLEET, MAX_FLEET = 1, 10_000
MIN_LOAD, MAX_LOAD = 0.1, 10.0
HORIZONS = (12, 24, 36, 48, 60, 72, 84, 96, 108, 120)
POLICIES = ("newest", "settled", "smallest", "asap:6", "every:24", "extended_support", "never")
RATE_REACH, VALUE_REACH, MIN_REACH = 3.0, 5.0, 10.0
"""Sliders go up to this many times the value a scenario starts with, and at least to the last."""
SLIDER_STEPS = 200
MAX_DISCOUNT = 0.2
MOST_CLUSTERS, MOST_LOAD, MOST_MONTHS = 10_000_000, 10_000, 600
"""What a number field takes, which reaches further than its slider."""
EACH_QUEUED = 5
"""Every fifth size is on the curve of a fleet whose dates follow its size."""


@dataclass(frozen=True)
class Choices:
    """What is chosen in place of the scenario's own; an empty field leaves the scenario as it is.

    fleet_size: clusters in all. load: factor on reads and writes a second of every group. load_shape and policy: for
    all groups, and for all options that state a policy. months: the horizon. options: those compared, the reference
    among them. assumptions: values by path, each fixed at its number.
    """

    fleet_size: int | None = None
    load: float = 1.0
    load_shape: str = ""
    policy: str = ""
    months: int | None = None
    options: tuple[str, ...] = ()
    assumptions: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Choices:
        """The choices in a message of the page. Raises InputError for an unknown field or type."""
        try:
            fields = {name: value for name, value in message.items() if value is not None}
            options = tuple(fields.pop("options", ()))
            return cls(**fields, options=options)
        except TypeError as error:
            raise InputError(f"these are no choices: {error}") from None


def value_of_downtime(scenario: Scenario) -> str:
    """The path of what a minute of downtime costs: the business's, where the scenario states it, else a cluster's."""
    return VALUE_OF_BUSINESS if scenario.assumptions[VALUE_OF_BUSINESS].mean > 0 else VALUE_PER_CLUSTER


def chosen(scenario: Scenario, choices: Choices, today: date | None = None) -> Scenario:
    """The scenario with the choices made, checked as if it had been read from a file.

    The source of a number set here is the day it was set, today by default. Raises InputError where the choices make
    no valid scenario.
    """
    raw = as_mapping(scenario)
    if choices.months is not None:
        raw["months"] = choices.months
    if choices.options:
        raw["options"] = {name: raw["options"][name] for name in scenario.options if name in choices.options}
        raw["reference"] = scenario.reference_option
    if choices.policy:
        for option in raw["options"].values():
            for settings in (option, *option.get("groups", {}).values()):
                if "policy" in settings:
                    settings["policy"] = choices.policy
    for group in raw["fleet"].values():
        if "workload" in group:
            for name in WORKLOAD_RATES:
                group["workload"][name] *= choices.load
            if choices.load_shape:
                group["workload"]["load"] = choices.load_shape
    if choices.assumptions:
        raw["assumptions"] = raw.get("assumptions", {}) | {
            path: _set_by_hand(value, today or date.today())  # noqa: DTZ011  # the user's own day is meant
            for path, value in choices.assumptions.items()
        }
    return load_scenario(raw, fleet_size=choices.fleet_size)


def _set_by_hand(value: float, day: date) -> dict[str, Any]:
    source = {"title": "Set by hand while exploring", "as_of": day, "kind": "judgement", "sponsor": "none"}
    return {"value": value, "shape": "fixed", "source": source}


def controls(scenario: Scenario, name: str, others: Sequence[str]) -> dict[str, Any]:
    """What the page needs to know of a scenario: its controls, the names and colours of what it shows beside charts.

    name: the scenario's among those that can be explored instead; others: the names of all of these. Each control has
    the name of its field in `Choices`, or the path of its assumption; with `stops` it is a slider, else a list.
    """
    styles = palette.OPTION_STYLES
    value = value_of_downtime(scenario)
    discount = max(MAX_DISCOUNT, scenario.assumptions[DISCOUNT_RATE].mean)
    size = {"low": MIN_FLEET, "high": MOST_CLUSTERS, "step": 1, "start": scenario.fleet_size, "unit": "clusters"}
    load = {"high": MOST_LOAD, "start": 1, "unit": "× the scenario's", "stops": loads(scenario)}
    shapes = {"first": "as in the scenario", "names": list(named_load_shapes())}
    horizon = {"low": 1, "high": MOST_MONTHS, "step": 1, "start": scenario.months, "unit": "months"}
    return {
        "controls": [
            {"name": "fleet_size", "label": "Fleet size", "stops": fleet_sizes(scenario)} | size,
            {"name": "rate"} | _slider(scenario, ENGINEER_RATE, _reach(scenario, ENGINEER_RATE, RATE_REACH), 1.0),
            {"name": "value"} | _slider(scenario, value, _reach(scenario, value, VALUE_REACH), 0.5),
            *([{"name": "load", "label": "Load"} | load] if load["stops"] else []),
            *([{"name": "load_shape", "label": "Load shape"} | shapes] if load["stops"] else []),
            {"name": "policy", "label": "Upgrade policy", "first": "as each option says", "names": list(POLICIES)},
            {"name": "months", "label": "Horizon", "stops": sorted({*HORIZONS, scenario.months})} | horizon,
            {"name": "discount"} | _slider(scenario, DISCOUNT_RATE, discount, 0.005) | {"unit": "%", "per": 100},
        ],
        "scenarios": list(others),
        "scenario": name,
        "title": scenario.name,
        "description": scenario.description,
        "start": scenario.start,
        "fleet_size": scenario.fleet_size,
        "reference": scenario.reference_option,
        "one_by_one": is_queued(scenario),
        "options": [
            {"name": option, "colour": style.colour, "dark": palette.ON_DARK[style.colour], "dash": list(style.dash)}
            for option, style in zip(
                scenario.options, styles * (1 + len(scenario.options) // len(styles)), strict=False
            )
        ],
        "categories": list(CATALOGUE),
        "file": f"{_file_name(scenario.name)}-explored.yaml",
    }


def packaged(scenario: Scenario) -> dict[str, Any]:
    """What can be explored: the packaged scenarios by name, and the one opened, under its own name."""
    names: dict[str, Any] = {name: name for name in resources.scenario_names()}
    return {scenario.name: scenario} | {name: source for name, source in names.items() if name != scenario.name}


def is_queued(scenario: Scenario) -> bool:
    """Whether dates follow the size of the fleet, since a team's hours are limited."""
    return any(option.upgrade_hours_per_month for option in scenario.options.values())


def fleet_sizes(scenario: Scenario) -> list[int]:
    """The whole fleet sizes at which a slider stops, the scenario's own among them."""
    own = [scenario.fleet_size] if scenario.fleet_size else []
    return [int(size) for size in axis(MIN_FLEET, max(MAX_FLEET, *own, 0), own) if size == int(size)]


def loads(scenario: Scenario) -> list[float]:
    """The factors on the load at which a slider stops; none where no group states a workload."""
    stated = any(group.workload for group in scenario.fleet.values())
    return [round(load, 3) for load in axis(MIN_LOAD, MAX_LOAD)] if stated else []


def axis(low: float, high: float, own: Sequence[float] = ()) -> tuple[float, ...]:
    """Round numbers from low to high, about eight a decade and every one below ten, with those of `own` among them."""
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    values = {step * 10.0**power for power in range(-3, 8) for step in steps} | {float(value) for value in own}
    return tuple(sorted(value for value in values if low <= value <= high))


def curve_sizes(scenario: Scenario) -> tuple[float, ...]:
    """The fleet sizes of the curve of cost against size: few where each takes an evaluation of its own.

    None without a fleet to scale.
    """
    sizes = axis(MIN_FLEET, MAX_FLEET) if scenario.fleet_size else ()
    return sizes[::EACH_QUEUED] if is_queued(scenario) else sizes


def _slider(scenario: Scenario, path: str, most: float, step: float) -> dict[str, Any]:
    """A slider of an assumption in even steps from 0 to `most`, its start among them."""
    entry = scenario.assumptions[path]
    most = max(most, entry.mean)
    width = max(step, most / SLIDER_STEPS)
    stops = {float(f"{place * width:.12g}") for place in range(int(most / width + 1e-9) + 1)} | {entry.mean}
    return {"path": path, "label": entry.label, "unit": entry.unit, "start": entry.mean, "stops": sorted(stops)}


def _reach(scenario: Scenario, path: str, factor: float) -> float:
    """A round number that the slider of an assumption goes up to, at least `factor` times its start."""
    entry = scenario.assumptions[path]
    end = max(entry.mean * factor, (entry.high or 0.0) * factor / 2, MIN_REACH)
    return next(value for value in axis(end, end * 2) if value >= end)


def _file_name(name: str) -> str:
    letters = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return letters.strip("-_") or "scenario"
