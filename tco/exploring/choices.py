"""What the controls say: the few choices that differ from the scenario that is explored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tco.errors import InputError
from tco.exploring.scenario_files import as_mapping
from tco.loading.loading import load_scenario
from tco.scenario.scenario import Scenario

ENGINEER_RATE = "labour.engineer_rate"
VALUE_PER_CLUSTER = "downtime.value_per_minute"
VALUE_OF_BUSINESS = "downtime.business_value_per_minute"
DISCOUNT_RATE = "finance.discount_rate"
WORKLOAD_RATES = ("reads_per_second", "writes_per_second")


@dataclass(frozen=True)
class Choices:
    """What is chosen in place of the scenario's own; an empty field leaves the scenario as it is.

    fleet_size: clusters in all. load: factor on reads and writes a second of every group. load_shape and policy: for
    all groups, and for all options that state a policy. months: the horizon. options: those compared, the reference
    among them. assumptions: values by path, fixed at what is given.
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
        """The choices in a message of the page. Raises InputError for a field or a type that is none of them."""
        try:
            given = {name: value for name, value in message.items() if value is not None}
            options = tuple(given.pop("options", ()))
            return cls(**given, options=options)
        except TypeError as error:
            raise InputError(f"these are no choices: {error}") from None

    def structure(self) -> Choices:
        """The choices without fleet size and load, which the model answers for many values at once."""
        return replace(self, fleet_size=None, load=1.0)


def value_of_downtime(scenario: Scenario) -> str:
    """The path of what a minute of downtime costs: the business's, where the scenario states it, else a cluster's."""
    return VALUE_OF_BUSINESS if scenario.assumptions[VALUE_OF_BUSINESS].mean > 0 else VALUE_PER_CLUSTER


def chosen(scenario: Scenario, choices: Choices, today: date | None = None) -> Scenario:
    """The scenario with the choices made, checked as if it had been read from a file.

    Numbers that were set carry the day they were set on as their source. Raises InputError where the choices make no
    valid scenario.
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
            path: _set_by_hand(value, today or date.today())  # noqa: DTZ011  # the reader's own day is meant
            for path, value in choices.assumptions.items()
        }
    return load_scenario(raw, fleet_size=choices.fleet_size)


def _set_by_hand(value: float, day: date) -> dict[str, Any]:
    source = {"title": "Set by hand while exploring", "as_of": day, "kind": "judgement", "sponsor": "none"}
    return {"value": value, "shape": "fixed", "source": source}
