"""Environments that exist only for upgrades: rehearsal copies, and the second copy while blue/green is switched over.

Standing staging clusters are groups of the fleet and stand under infrastructure; what is here is nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.ledger_line import ONE, Line
from tco.model.components.labour import DATABASE_ENGINEER, labour
from tco.model.fleet.bills import all_price_names, monthly_bill
from tco.model.fleet.effort import designs_of
from tco.model.fleet.waves import Wave
from tco.units import HOURS_PER_DAY

Array = NDArray[np.float64]


def rehearsal_copies(wave: Wave) -> Iterator[Line]:
    """Copies of production for rehearsals, in USD.

    designs x steps x copies x share of production's size x monthly bill x days x 24 / hours per month. The bill is
    that of the wave's own clusters; storage of the copy is in it.
    """
    hosting, inputs = wave.cohort.hosting, wave.cohort.hosting.inputs
    if wave.forced:
        return
    months = inputs["staging.rehearsal_days"] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
    yield hosting.line(
        "version upkeep",
        "staging environments",
        "USD",
        (
            designs_of(wave) * wave.steps,
            inputs["staging.copies"],
            inputs["staging.share_of_production_size"],
            months,
            wave.split,
            bills_of(wave),
            wave.when,
        ),
        (ONE,),
        members=wave.cohort.members,
        phase="rehearsal",
        price_rows=all_price_names(hosting, wave.cohort.places),
    )


def build_and_teardown(wave: Wave) -> Iterator[Line]:
    """Hours to build a rehearsal environment, load its data and tear it down, for each design and step."""
    inputs = wave.cohort.hosting.inputs
    if not wave.forced:
        hours = (designs_of(wave) * wave.steps, inputs["staging.build_teardown_hours"], wave.split, wave.when)
        yield from labour(
            inputs, "version upkeep", "staging environments", hours, wave.cohort.members, DATABASE_ENGINEER, "rehearsal"
        )


def green_copies(wave: Wave) -> Iterator[Line]:
    """The doubled bill while a green copy exists: clusters x steps x days x daily bill; also where it is abandoned."""
    if wave.method != "blue_green":
        return
    hosting, inputs = wave.cohort.hosting, wave.cohort.hosting.inputs
    months = inputs["staging.bluegreen_days"] * (HOURS_PER_DAY / inputs["finance.hours_per_month"])
    yield hosting.line(
        "version upkeep",
        "staging environments",
        "USD",
        (wave.cohort.clusters, wave.share * wave.steps, months, bills_of(wave), wave.when),
        (ONE,),
        members=wave.cohort.members,
        phase="blue/green copy",
        price_rows=all_price_names(hosting, wave.cohort.places),
    )


def bills_of(wave: Wave) -> Array:
    """The monthly bill of one cluster of each of the wave's groups, (draws or 1, places, months or 1)."""
    bill = monthly_bill(wave.cohort.hosting)
    return bill[:, wave.cohort.places]


WAVE_LINES = (rehearsal_copies, build_and_teardown, green_copies)
