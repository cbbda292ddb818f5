"""Labour hours of a wave of major upgrades, phase by phase.

    hours(wave) = tooling x (not yet built or decayed)
                + steps x [ plan + sum over designs j of (compatibility + regression test + rehearsal) x j**exponent
                          + sum over clusters i of max(cutover first x i**exponent, floor) ]
                + incidents x (diagnosis, rollback, repeat)

The curve runs over the cumulative count per engine and method within the option, so that four waves of 250 teach as
much as one of 1,000. A forced upgrade is the vendor's work: only the compatibility of the application remains.
All results have the shape (draws or 1, 1, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import Inputs
from tco.model.fleet.learning_curve import LearningCurve
from tco.model.fleet.placement import designs
from tco.model.fleet.waves import Wave
from tco.units import DAYS_PER_YEAR

Array = NDArray[np.float64]

TOOLING = {
    "in_place": "upgrades.tooling_hours_manual",
    "full_restart": "upgrades.tooling_hours_manual",
    "blue_green": "upgrades.tooling_hours_bluegreen",
    "rolling": "upgrades.tooling_hours_rolling",
    "logical_replication": "upgrades.tooling_hours_logical_replication",
}
INCIDENTS = {
    "in_place": "downtime.incident_probability_inplace",
    "full_restart": "downtime.incident_probability_inplace",
    "blue_green": "downtime.incident_probability_bluegreen",
    "rolling": "downtime.incident_probability_rolling",
    "logical_replication": "downtime.incident_probability_logical_replication",
}
AUTOMATED = frozenset({"blue_green", "logical_replication"})
"""Methods whose cut-over is a pipeline, not a runbook followed by hand."""


def _inputs(wave: Wave) -> Inputs:
    return wave.cohort.hosting.inputs


def designs_of(wave: Wave) -> Array:
    """Designs that a wave touches; those it shares with waves beside it are divided by clusters."""
    inputs = _inputs(wave)

    def own() -> Array:
        whole = sum((other.clusters for other in wave.beside), wave.clusters)
        return designs(whole, inputs["upgrades.designs_per_cluster"]) * wave.of_whole

    return inputs.keep(f"designs {wave.name}", own)


def _curve(wave: Wave) -> LearningCurve:
    inputs = _inputs(wave)
    return inputs.keep("upgrade learning", lambda: LearningCurve.of(inputs["upgrades.learning_rate"]))


def _until(wave: Wave, name: str, count: Callable[[Wave], Array]) -> Array:
    """How many of something the wave and those before it count."""

    def counted() -> Array:
        return count(wave) + (_until(wave.earlier[-1], name, count) if wave.earlier else 0.0)

    return _inputs(wave).keep(f"{name} until {wave.name}", counted)


def present(wave: Wave) -> Array:
    """1 where the wave upgrades a cluster or more, the fraction below one, 0 for none: scales what is done once."""
    return np.minimum(wave.clusters, 1.0)


def tooling(wave: Wave) -> Array:
    """Hours to build the method's tooling, less what staff turnover has left of it since its last use."""
    if wave.forced:
        return np.zeros((1, 1, 1))
    inputs = _inputs(wave)
    kept: Array = np.zeros((1, 1, 1))
    for earlier in reversed(wave.earlier):
        years = max((wave.upgrade.date - earlier.upgrade.date).days, 0) / DAYS_PER_YEAR
        kept = np.maximum(kept, (1 - inputs["labour.staff_turnover"]) ** years * present(earlier))
        if (earlier.clusters >= 1).all():  # what was built before that has been forgotten longer
            break
    return inputs[TOOLING[wave.method]] * (1 - kept) * present(wave)


def planning(wave: Wave) -> Array:
    """Hours to plan a wave, for each of its steps; divided by clusters where other waves are beside it."""
    if wave.forced:
        return np.zeros((1, 1, 1))
    whole = sum((other.clusters for other in wave.beside), wave.clusters)
    return _inputs(wave)["upgrades.plan_hours"] * wave.steps * np.minimum(whole, 1.0) * wave.of_whole


def _per_design(wave: Wave, path: str) -> Array:
    """Hours at each design, less from one to the next: steps x first x sum of j**exponent over the wave's designs."""
    inputs = _inputs(wave)
    repetitions = inputs.keep(
        f"repetitions {wave.name}", lambda: _powers(wave) - (_powers(wave.earlier[-1]) if wave.earlier else 0.0)
    )
    return inputs[path] * repetitions * wave.steps


def _powers(wave: Wave) -> Array:
    """Sum of j**exponent over the designs of the wave and of those before it."""
    until = _until(wave, "designs", designs_of)
    return _inputs(wave).keep(f"powers {wave.name}", lambda: _curve(wave).powers(until))


def compatibility(wave: Wave) -> Array:
    """Hours to make the applications fit the new version."""
    return _per_design(wave, "upgrades.compatibility_hours_per_design")


def regression_test(wave: Wave) -> Array:
    """Hours to test functions and performance on the new version."""
    return _per_design(wave, "upgrades.regression_hours_per_design") * (0.0 if wave.forced else 1.0)


def rehearsal(wave: Wave) -> Array:
    """Hours to rehearse cut-over and rollback on a copy."""
    return _per_design(wave, "upgrades.rehearsal_hours_per_design") * (0.0 if wave.forced else 1.0)


def fallback_share(wave: Wave) -> Array:
    """Share of blue/green cut-overs that fall back to an in-place upgrade; 0 for other methods."""
    if wave.method != "blue_green":
        return np.zeros((1, 1, 1))
    return _inputs(wave)["downtime.bluegreen_fallback_probability"]


def cut_over(wave: Wave) -> Array:
    """Hours to cut over, verify and clean up, cluster by cluster, never below the method's floor.

    A cut-over that falls back to in place costs the floor of the manual method on top.
    """
    if wave.forced:
        return np.zeros((1, 1, 1))
    inputs = _inputs(wave)
    manual = inputs["upgrades.cutover_hours_floor"]
    first, floor = inputs["upgrades.cutover_hours_first"], manual
    if wave.method in AUTOMATED:
        floor = inputs["upgrades.cutover_hours_floor_automated"]
    limit = inputs.keep(f"limit of learning {wave.method in AUTOMATED}", lambda: _curve(wave).limit(first, floor))

    def hours_until(wave: Wave) -> Array:
        until = _until(wave, "clusters", lambda wave: wave.clusters)
        return inputs.keep(f"cut-over hours {wave.name}", lambda: _curve(wave).hours(first, floor, until, limit))

    hours = hours_until(wave) - (hours_until(wave.earlier[-1]) if wave.earlier else 0.0)
    return wave.steps * (hours + wave.clusters * fallback_share(wave) * manual)


def incidents(wave: Wave) -> Array:
    """Expected number of cut-overs that go wrong: clusters x steps x probability by method, higher when forced."""
    inputs, fallback = _inputs(wave), fallback_share(wave)
    chance = inputs[INCIDENTS[wave.method]] * (1 - fallback)
    if wave.method == "blue_green":
        chance = chance + inputs[INCIDENTS["in_place"]] * fallback
    if wave.forced:
        chance = np.minimum(chance * inputs["downtime.forced_incident_factor"], 1.0)
    return wave.clusters * wave.steps * chance


def incident_labour(wave: Wave) -> Array:
    """Hours of diagnosis, rollback and repeat after cut-overs that went wrong."""
    return incidents(wave) * _inputs(wave)["upgrades.incident_labour_hours"]


PHASES: Mapping[str, Callable[[Wave], Array]] = {
    "tooling": tooling,
    "plan": planning,
    "compatibility": compatibility,
    "regression test": regression_test,
    "rehearsal": rehearsal,
    "cut-over": cut_over,
    "incidents": incident_labour,
}
"""The phases of a major upgrade in order, each with its hours."""


def wave_hours(wave: Wave) -> Array:
    """All labour hours of a wave."""
    return sum((hours(wave) for hours in PHASES.values()), np.zeros((1, 1, 1)))
