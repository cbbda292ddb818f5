"""What a page can be set to for a scenario: the values of each control, the names and colours of what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tco import resources
from tco.display import palette
from tco.evaluation.ledger_line import CATALOGUE
from tco.exploring.choices import DISCOUNT_RATE, ENGINEER_RATE, value_of_downtime
from tco.exploring.responses import axis, is_queued
from tco.platforms.load_shapes import named_load_shapes
from tco.scenario.scenario import Scenario

SMALLEST_FLEET, LARGEST_FLEET = 1, 10_000
SMALLEST_LOAD, LARGEST_LOAD = 0.1, 10.0
HORIZONS = (12, 24, 36, 48, 60, 72, 84, 96, 108, 120)
POLICIES = ("newest", "settled", "smallest", "asap:6", "every:24", "extended_support", "never")
RANGES = {ENGINEER_RATE: 3.0, "value": 5.0}
"""A slider reaches this many times the value a scenario starts with."""
LARGEST_DISCOUNT = 0.2


def fleet_sizes(scenario: Scenario) -> list[int]:
    """The whole fleet sizes at which a slider stops, the scenario's own among them."""
    own = [scenario.fleet_size] if scenario.fleet_size else []
    return [int(size) for size in axis(SMALLEST_FLEET, max(LARGEST_FLEET, *own, 0), own) if size == int(size)]


def loads(scenario: Scenario) -> list[float]:
    """The factors on the load at which a slider stops; none where no group states a workload."""
    stated = any(group.workload for group in scenario.fleet.values())
    return [round(load, 3) for load in axis(SMALLEST_LOAD, LARGEST_LOAD)] if stated else []


def controls(scenario: Scenario, name: str, others: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a page needs to know of a scenario before it has any amount.

    name: the scenario's among those one can change to; others: these, by name.
    """
    styles = palette.OPTION_STYLES
    colours = palette.part_colours(list(CATALOGUE))
    return {
        "scenarios": list(others),
        "scenario": name,
        "title": scenario.name,
        "description": scenario.description,
        "start": scenario.start,
        "months": scenario.months,
        "horizons": sorted({*HORIZONS, scenario.months}),
        "fleet_size": scenario.fleet_size,
        "fleet_sizes": fleet_sizes(scenario),
        "loads": loads(scenario),
        "load_shapes": list(named_load_shapes()) if loads(scenario) else [],
        "policies": list(POLICIES),
        "reference": scenario.reference_option,
        "one_by_one": is_queued(scenario),
        "options": [
            {"name": option, "colour": style.colour, "dark": palette.ON_DARK[style.colour], "dash": list(style.dash)}
            for option, style in zip(
                scenario.options, styles * (1 + len(scenario.options) // len(styles)), strict=False
            )
        ],
        "categories": [{"name": category, **_painted(colours[category])} for category in CATALOGUE],
        "colours": [_painted(colour) for colour in palette.OTHER_COLOURS],
        "reasons": {name: {"shape": shape, **_painted(colour)} for name, (shape, colour) in palette.REASONS.items()},
        "ends": [_painted(palette.LOW), _painted(palette.HIGH)],
        "rate": _numeric(scenario, ENGINEER_RATE, RANGES[ENGINEER_RATE], 1.0),
        "value": _numeric(scenario, value_of_downtime(scenario), RANGES["value"], 0.5),
        "discount": {
            "path": DISCOUNT_RATE,
            "label": scenario.assumptions[DISCOUNT_RATE].label,
            "unit": scenario.assumptions[DISCOUNT_RATE].unit,
            "start": scenario.assumptions[DISCOUNT_RATE].mean,
            "most": max(LARGEST_DISCOUNT, scenario.assumptions[DISCOUNT_RATE].mean),
            "step": 0.005,
        },
        "file": f"{_file_name(scenario.name)}-explored.yaml",
    }


def packaged(scenario: Scenario) -> dict[str, Any]:
    """What can be explored instead: the packaged scenarios by name, and the one given, under its own."""
    names: dict[str, Any] = {name: name for name in resources.scenario_names()}
    return {scenario.name: scenario} | {name: source for name, source in names.items() if name != scenario.name}


def _numeric(scenario: Scenario, path: str, reach: float, step: float) -> dict[str, Any]:
    entry = scenario.assumptions[path]
    return {
        "path": path,
        "label": entry.label,
        "unit": entry.unit,
        "start": entry.mean,
        "most": _round_up(max(entry.mean * reach, (entry.high or 0.0) * reach / 2, 10 * step)),
        "step": step,
    }


def _round_up(value: float) -> float:
    return next(one for one in axis(value, value * 2) if one >= value)


def _painted(colour: str) -> dict[str, str]:
    dark = palette.ON_DARK[colour]
    return {"colour": colour, "dark": dark, "ink": palette.text_on(colour), "dark_ink": palette.text_on(dark)}


def _file_name(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return kept.strip("-_") or "scenario"
