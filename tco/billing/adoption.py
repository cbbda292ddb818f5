"""What a scenario takes over from a bill: the discount of each platform, and the storage and load of its groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from tco import platforms
from tco.scenario.scenario import Scenario

SAME = 0.005
"""Amounts that differ by no more than this share count as the same."""


class Key(NamedTuple):
    """One item of a service in a Region."""

    service: str
    item: str
    region: str


@dataclass
class Sums:
    """The sums of one item in the model or on the bill.

    covered: the part of `quantity` that reservations or plans pay for; known: the part whose cost with fees spread is
    in `effective`.
    """

    quantity: float = 0.0
    cost: float = 0.0
    list: float = 0.0
    effective: float = 0.0
    covered: float = 0.0
    known: float = 0.0
    unit: str = ""
    groups: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))


Sides = tuple[dict[Key, Sums], dict[Key, Sums]]


def adopted(
    scenario: Scenario, discounts: Mapping[str, Sequence[float]], sides: Sides, billed_to: datetime
) -> dict[str, Any]:
    """The paths and values with which a scenario adopts the bill's discounts and the last month's usage."""
    as_of = f"{billed_to:%Y-%m-%d}" if billed_to == billed_to else f"{scenario.prices_as_of}"  # NaT is not itself
    values: dict[str, Any] = {}
    names = {scenario.settings(scenario.reference_option, group).platform or "" for group in scenario.fleet}
    for name in sorted(names - {""}):
        paid, at_list = discounts.get(platforms.platform(name).service, (0.0, 0.0))
        path = f"discount.{name}"
        if path in scenario.assumptions and at_list and SAME < 1 - paid / at_list < 1:
            source = {"title": "our bill beside list prices", "as_of": as_of, "kind": "measured"}
            values[path] = {"value": round(1 - paid / at_list, 6), "shape": "fixed", "source": source}
    amounts: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    expected, actual = sides
    for key, model in expected.items():
        ratio = actual[key].quantity / model.quantity if key in actual and model.quantity else 1.0
        for (group, line), quantity in model.groups.items():
            if field := _usage_field(line, key.item):
                amounts[group, field][0] += quantity
                amounts[group, field][1] += quantity * ratio
    for (group, field), (before, after) in amounts.items():
        stated = scenario.fleet[group]
        of_workload = getattr(stated.workload, field) if field != "storage_gb" and stated.workload else 0.0
        old = float(stated.storage_gb or 0) if field == "storage_gb" else float(of_workload or 0)
        if old and abs(after - before) > SAME * before:
            path = f"fleet.{group}." + ("" if field == "storage_gb" else "workload.") + field
            values[path] = round(old * after / before, 6)
    return values


def _usage_field(line: str, item: str) -> str:
    """The field of a group to which an item of a ledger line is proportional; empty if there is none."""
    if line == "storage":
        return "storage_gb"
    if line == "requests or capacity":
        return "reads_per_second" if "read" in item else "writes_per_second" if "write" in item else ""
    return ""
