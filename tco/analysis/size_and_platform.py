"""What part of a saving is the size of what is rented, and what part is the platform.

Where the cheapest option stays on today's platform, the way from the reference to the cheapest option that leaves has
two steps: from the reference to the cheapest that stays, which needs no move, and the move from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tco.evaluation.ledger_line import CATALOGUE

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

INFRASTRUCTURE = next(iter(CATALOGUE))
SIZES = ("instance_class", "instances", "acu")
"""What an option may choose that sizes a cluster."""


@dataclass(frozen=True)
class SizeAndPlatform:
    """The two steps, as present values in USD, means over draws; negative where a step saves.

    staying: the cheapest option of all, which keeps every group where it is today. leaving: the cheapest that moves
    some. without_move: staying less reference; size: the part of it that is infrastructure, where the two differ in
    the size of what they rent, else 0. move: leaving less staying; by_category: the same by category of cost.
    """

    reference: str
    staying: str
    leaving: str
    without_move: float
    size: float
    move: float
    by_category: dict[str, float]


def size_and_platform(ledger: Ledger) -> SizeAndPlatform | None:
    """The two steps of a ledger.

    None where the cheapest option leaves today's platform, where none leaves it, and without clusters.
    """
    scenario = ledger.scenario
    if not scenario.fleet_size:
        return None
    npv = ledger.mean("option", "npv")
    staying = str(npv.idxmin())
    leaving = [option for option in ledger.options if not stays(scenario, option)]
    if not stays(scenario, staying) or not leaving:
        return None
    nearest = str(npv[leaving].idxmin())
    parts = ledger.mean(["option", "category"], "npv")
    resized = _sizes(scenario, staying) != _sizes(scenario, ledger.reference)
    return SizeAndPlatform(
        reference=ledger.reference,
        staying=staying,
        leaving=nearest,
        without_move=float(npv[staying] - npv[ledger.reference]),
        size=float(parts[staying, INFRASTRUCTURE] - parts[ledger.reference, INFRASTRUCTURE]) if resized else 0.0,
        move=float(npv[nearest] - npv[staying]),
        by_category={name: float(parts[nearest, name] - parts[staying, name]) for name in CATALOGUE},
    )


def stays(scenario: Scenario, option: str) -> bool:
    """Whether an option keeps every group on the platform where it is today."""
    return all(scenario.settings(option, group).platform == scenario.todays_platform(group) for group in scenario.fleet)


def _sizes(scenario: Scenario, option: str) -> list[list[object]]:
    """What an option rents for each group; where it says nothing, what the group has."""
    chosen = [(scenario.settings(option, name), group) for name, group in scenario.fleet.items()]
    return [[getattr(own, field) or getattr(group, field, None) for field in SIZES] for own, group in chosen]
