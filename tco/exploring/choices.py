"""The controls of the explorer: the values each of them can take, and the scenario with the choices made."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from tco import resources
from tco.analysis import sensitivity
from tco.analysis.assumption_register import DISCOUNT_RATE
from tco.display import palette
from tco.errors import InputError
from tco.evaluation.ledger_line import CATALOGUE
from tco.exploring.scenario_files import as_mapping
from tco.loading.loading import load_scenario
from tco.platforms.load_shapes import named_load_shapes
from tco.sampling.designs import WORKLOAD_NUMBERS
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario, parted
from tco.scenario.shapes import MAX_VALUE

ENGINEER_RATE = "labour.engineer_rate"
VALUE_PER_CLUSTER = "downtime.value_per_minute"
VALUE_OF_BUSINESS = "downtime.business_value_per_minute"
LINEAR = (ENGINEER_RATE, VALUE_PER_CLUSTER, VALUE_OF_BUSINESS, DISCOUNT_RATE)
"""Assumptions whose every value the page works out itself."""
WORKLOAD_RATES = ("reads_per_second", "writes_per_second")
MIN_FLEET, MAX_FLEET = 1, 10_000
MIN_LOAD, MAX_LOAD = 0.1, 10.0
HORIZONS = (12, 24, 36, 48, 60, 72, 84, 96, 108, 120)
POLICIES = ("newest", "settled", "smallest", "asap:6", "every:24", "extended_support", "never")
RATE_REACH, VALUE_REACH, MIN_REACH = 3.0, 5.0, 10.0
"""Sliders go up to this many times the value a scenario starts with, and at least to the last."""
SLIDER_STEPS = 200
CLUSTER_REACH = 10
"""The slider of clusters of a group goes up to this many times its own."""
MAX_DISCOUNT, LARGEST_DISCOUNT = 0.2, 1.0
"""Of the slider, and of what can be typed."""
PRESET_SIZES, PRESET_LOADS = (10, 100, 1000), (0.5, 2.0)
MOST_CLUSTERS, MOST_LOAD, MOST_MONTHS = 10_000_000, 10_000, 600
"""What a number field takes, which reaches further than its slider."""
EACH_QUEUED = 5
"""Every fifth size is on the curve of a fleet whose dates follow its size."""
UNITS_OF_GROUPS = {
    "storage_gb": "GB", "iops": "1/s", "backup_gb": "GB",
    "workload.reads_per_second": "1/s", "workload.writes_per_second": "1/s", "workload.item_bytes": "bytes",
}  # fmt: skip
"""Numbers of a group that can be changed for it alone, and their units."""


@dataclass(frozen=True)
class Choices:
    """What is chosen in place of the scenario's own; an empty field leaves the scenario as it is.

    fleet_size: clusters in all. load: factor on reads and writes a second of every group. load_shape and policy: for
    all groups, and for all options that state a policy. months: the horizon. options: those compared, the reference
    among them. assumptions: values by path, each fixed at its number; also those of a group and numbers of its
    workload, such as `fleet.orders.workload.reads_per_second`.
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


def changes_of(scenario: Scenario, choices: Choices) -> dict[str, Any]:
    """What the choices change in the scenario, as values by path, apart from its fleet size and its options."""
    changes: dict[str, Any] = {} if choices.months is None else {"months": choices.months}
    if choices.policy:
        for name, option in scenario.options.items():
            own = {f"groups.{group}.": settings for group, settings in option.groups.items()}
            stated = [place for place, settings in {"": option, **own}.items() if settings.policy]
            changes |= {f"options.{name}.{place}policy": choices.policy for place in stated}
    for name, group in scenario.fleet.items():
        if group.workload and choices.load != 1:
            rates = {rate: float(getattr(group.workload, rate)) * choices.load for rate in WORKLOAD_RATES}
            changes |= {f"fleet.{name}.workload.{rate}": value for rate, value in rates.items()}
        if group.workload and choices.load_shape:
            changes[f"fleet.{name}.workload.load"] = choices.load_shape
    return {**changes, **choices.assumptions}


def chosen(scenario: Scenario, choices: Choices) -> Scenario:
    """The scenario with the choices made, checked as if it had been read from a file.

    A number set here has this day as its source. Raises InputError where the choices make no valid scenario.
    """
    raw, day = as_mapping(scenario), date.today()  # noqa: DTZ011  # the user's own day is meant
    if choices.options:
        raw["options"] = {name: raw["options"][name] for name in scenario.options if name in choices.options}
        raw["reference"] = scenario.reference_option
    changes = {
        path: _set_by_hand(value, day) if parted(path)[1] in scenario.assumptions else value
        for path, value in changes_of(scenario, choices).items()
        if not choices.options or path.split(".")[0] != "options" or path.split(".")[1] in raw["options"]
    }
    return load_scenario(raw, set=changes, fleet_size=choices.fleet_size)


def command(scenario: Scenario, choices: Choices, source: str) -> str:
    """The line for a terminal that compares all options of the scenario with the choices made.

    source: the scenario's file or packaged name.
    """
    written = [
        f"{path}={value:.15g}" if isinstance(value, float) else f"{path}={value}"
        for path, value in changes_of(scenario, choices).items()
    ]
    size = [] if choices.fleet_size is None else ["--fleet-size", str(choices.fleet_size)]
    return shlex.join(["tco", "compare", source, *size, *(part for one in written for part in ("--set", one))])


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
    everywhere = [_control(path, entry) for path, entry in scenario.assumptions.items() if path not in LINEAR]
    return {
        "controls": [
            {"name": "fleet_size", "label": "Fleet size", "stops": fleet_sizes(scenario)} | size,
            {"name": "rate"} | _slider(scenario, ENGINEER_RATE, _reach(scenario, ENGINEER_RATE, RATE_REACH), 1.0),
            {"name": "value"} | _slider(scenario, value, _reach(scenario, value, VALUE_REACH), 0.5),
            *([{"name": "load", "label": "Load"} | load] if load["stops"] else []),
            *([{"name": "load_shape", "label": "Load shape"} | shapes] if load["stops"] else []),
            {"name": "policy", "label": "Upgrade policy", "first": "as each option says", "names": list(POLICIES)},
            {"name": "months", "label": "Horizon", "stops": sorted({*HORIZONS, scenario.months})} | horizon,
            {"name": "discount"}
            | _slider(scenario, DISCOUNT_RATE, discount, 0.005)
            | {"unit": "%", "per": 100, "high": LARGEST_DISCOUNT},
        ],
        "addable": {"": everywhere} | {group: _addable_to(scenario, group) for group in scenario.fleet},
        "presets": _presets(scenario),
        "scenarios": list(others),
        "scenario": name,
        "title": scenario.name,
        "description": scenario.description,
        "start": scenario.start,
        "fleet_size": scenario.fleet_size,
        "curve_sizes": list(curve_sizes(scenario)),
        "reference": scenario.reference_option,
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


def curve_sizes(scenario: Scenario) -> tuple[int, ...]:
    """The fleet sizes of the curve of cost against size: few where each takes an evaluation of its own.

    None without a fleet to scale.
    """
    sizes = tuple(dict.fromkeys(map(round, axis(MIN_FLEET, MAX_FLEET)))) if scenario.fleet_size else ()
    return sizes[::EACH_QUEUED] if is_queued(scenario) else sizes


def _addable_to(scenario: Scenario, name: str) -> list[dict[str, Any]]:
    """The controls that can be added for a group alone: of its numbers, and of assumptions that vary by group."""
    group = scenario.fleet[name]
    own = [
        _control(f"fleet.{name}.assumptions.{path}", entry, group.assumptions.get(path))
        for path, entry in scenario.assumptions.items()
        if path not in LINEAR and not entry.scenario_wide
    ]
    return [{**control, "label": f"{control['label']} ({name})"} for control in (*_numbers(scenario, name), *own)]


def _control(path: str, entry: Assumption, own: Assumption | None = None) -> dict[str, Any]:
    """What the page needs to make a control of an assumption. own: what a group has in its place, where it starts."""
    start = (own or entry).mean
    bounds = {"low": entry.at_least, "high": entry.largest, "start": start, "plausible": _plausible(entry)}
    return {"path": path, "label": entry.label, "unit": entry.unit} | bounds


def _plausible(entry: Assumption) -> list[float] | None:
    """The 10th and 90th percentile; of a number that is fixed but has a range, that range. None without one."""
    if entry.is_uncertain:
        return [float(end) for end in entry.quantile(np.array(sensitivity.ENDS))]
    return None if entry.low is None or entry.high is None else [entry.low, entry.high]


def _numbers(scenario: Scenario, name: str) -> list[dict[str, Any]]:
    """The controls of what a group states about its clusters, their storage and their load."""
    group = scenario.fleet[name]
    stated = {number: getattr(group, number, None) for number in UNITS_OF_GROUPS}
    if group.workload:
        stated |= {f"workload.{number}": getattr(group.workload, number) for number in WORKLOAD_NUMBERS}
    numbers: list[dict[str, Any]] = [
        {"path": f"fleet.{name}.{number}", "label": number.split(".")[-1].replace("_", " "), "unit": unit}
        | {"start": float(value), "low": 0.0, "high": MAX_VALUE}
        for number, unit in UNITS_OF_GROUPS.items()
        if (value := stated[number]) is not None
    ]
    if scenario.fleet_size:
        own = group.clusters
        stops = [int(stop) for stop in axis(MIN_FLEET, max(own, MIN_FLEET) * CLUSTER_REACH, [own]) if stop == int(stop)]
        clusters = {"path": f"fleet.{name}.clusters", "label": "clusters", "unit": "clusters", "start": own}
        numbers.insert(0, clusters | {"low": 0, "high": MOST_CLUSTERS, "step": 1, "stops": stops})
    return numbers


def _presets(scenario: Scenario) -> list[dict[str, Any]]:
    """Named settings worth a look: values by control, applied to the scenario as it is written."""
    presets = [{"label": f"{size:,} clusters", "values": {"fleet_size": size}} for size in PRESET_SIZES]
    if loads(scenario):
        presets += [{"label": f"{load:g} × the load", "values": {"load": load}} for load in PRESET_LOADS]
    for name, path in (("rate", ENGINEER_RATE), ("value", value_of_downtime(scenario)), ("discount", DISCOUNT_RATE)):
        entry = scenario.assumptions[path]
        for word, end in zip(("low", "high"), _plausible(entry) or (), strict=False):
            presets.append({"label": f"{entry.label}: {word} end of its plausible range", "values": {name: end}})
    presets += [{"label": f"{months // 12} years", "values": {"months": months}} for months in (36, 120)]
    return [*presets, {"label": "Upgrade as late as Extended Support allows", "values": {"policy": "extended_support"}}]


def _slider(scenario: Scenario, path: str, most: float, step: float) -> dict[str, Any]:
    """A slider of an assumption in even steps from 0 to `most`, its start among them."""
    entry = scenario.assumptions[path]
    most = max(most, entry.mean)
    width = max(step, most / SLIDER_STEPS)
    stops = {float(f"{place * width:.12g}") for place in range(int(most / width + 1e-9) + 1)} | {entry.mean}
    return _control(path, entry) | {"stops": sorted(stops)}


def _reach(scenario: Scenario, path: str, factor: float) -> float:
    """A round number that the slider of an assumption goes up to, at least `factor` times its start."""
    entry = scenario.assumptions[path]
    end = max(entry.mean * factor, (entry.high or 0.0) * factor / 2, MIN_REACH)
    return next(value for value in axis(end, end * 2) if value >= end)


def _file_name(name: str) -> str:
    letters = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return letters.strip("-_") or "scenario"
