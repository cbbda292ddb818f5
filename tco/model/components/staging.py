"""Environments that exist only for upgrades: rehearsal copies, and the second copy while blue/green is switched over.

Standing staging clusters are groups of the fleet and belong to infrastructure; what is here is nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE, Factors, Line
from tco.model.components.labour import DATABASE_ENGINEER, labour
from tco.model.fleet.bills import all_price_names, monthly_bill
from tco.model.fleet.effort import upgraded_designs
from tco.model.fleet.groups import cluster_shares, clusters
from tco.model.fleet.placement import Placement
from tco.model.fleet.waves import Wave, in_month, share_of, split_in_month
from tco.units import HOURS_PER_DAY


def rehearsal_copies(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """Copies of production for rehearsals, in USD.

    designs x steps x copies x share of production's size x monthly bill x days x 24 / hours per month. The bill is
    that of the wave's own clusters; storage of the copy is in it.
    """
    if wave.forced:
        return
    groups = wave.cohort.groups
    months = inputs["staging.rehearsal_days"] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
    quantity = (
        upgraded_designs(inputs, wave) * wave.steps,
        inputs["staging.copies"],
        inputs["staging.share_of_production_size"],
        months,
        cluster_shares(inputs, groups),
        *groups.of(monthly_bill(inputs, placement)),
        in_month(inputs, wave),
    )
    yield _copy(inputs, placement, wave, quantity, "rehearsal")


def build_and_teardown(inputs: Inputs, _placement: Placement, wave: Wave) -> Iterator[Line]:
    """Hours to build a rehearsal environment, load its data and tear it down, for each design and step."""
    if not wave.forced:
        count = upgraded_designs(inputs, wave) * wave.steps
        hours = (count, inputs["staging.build_teardown_hours"], *split_in_month(inputs, wave))
        groups = wave.cohort.groups
        yield from labour(
            inputs, groups, "version upkeep", "staging environments", hours, DATABASE_ENGINEER, "rehearsal"
        )


def green_copies(inputs: Inputs, placement: Placement, wave: Wave) -> Iterator[Line]:
    """The doubled bill while a green copy exists: clusters x steps x days x daily bill; also where it is abandoned."""
    if wave.method == "blue_green":
        groups = wave.cohort.groups
        months = inputs["staging.bluegreen_days"] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
        made = (clusters(inputs, groups), share_of(inputs, wave) * wave.steps)
        quantity = (*made, months, *groups.of(monthly_bill(inputs, placement)), in_month(inputs, wave))
        yield _copy(inputs, placement, wave, quantity, "blue/green copy")


def _copy(inputs: Inputs, placement: Placement, wave: Wave, quantity: Factors, phase: str) -> Line:
    groups = wave.cohort.groups
    names = all_price_names(inputs, placement, groups)
    return Line(
        "version upkeep", "staging environments", "USD", quantity, (ONE,), groups.indices, phase, price_rows=names
    )


WAVE_LINES = (rehearsal_copies, build_and_teardown, green_copies)
