"""Labour hours of a wave of major upgrades, phase by phase.

    hours(wave) = tooling x (not yet built or decayed)
                + steps x [ plan + sum over designs j of (compatibility + regression test + rehearsal) x j**exponent
                          + sum over clusters i of max(cutover first x i**exponent, floor)
                          + further nodes of own servers x hours of each
                          + sum over designs j of way back x j**exponent + clusters x way back of each, by method ]
                + incidents x (diagnosis, rollback, repeat)

The curve runs over the cumulative count per engine and method within the option, so that four waves of 250 teach as
much as one of 1,000. A forced upgrade is the vendor's work. Afterwards the team reads, tests and mends what it did not
before, each at `upgrades.forced_work_factor` times the hours, and looks at each cluster (the floor by hand).
Hours are those of all groups together, (draws or 1, 1, 1), and are split over them (`split_of_phase`). Where groups
have assumptions of their own, hours are (draws or 1, groups, 1): what all would take if all were like that group, of
which it has its part.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import ONE, ZERO, Array, Factors
from tco.model.fleet.learning_curve import LearningCurve
from tco.model.fleet.waves import (
    Wave,
    nodes_beyond_first,
    split_of_work,
    upgraded_clusters,
    upgraded_designs,
    upgraded_together,
)
from tco.units import DAYS_PER_YEAR

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
CUT_OVER, FURTHER_NODES, INCIDENT_PHASE = "cut-over", "further nodes", "incidents"
COMPATIBILITY = "upgrades.compatibility_hours_per_design"
REGRESSION = "upgrades.regression_hours_per_design"
SURPRISE = "upgrades.forced_work_factor"
WAY_BACK = "upgrades.rollback_hours_per_design"
ROLLBACK = ("way back per design", "way back per cluster")
"""The phases that keep a way back open; what is done on it after an incident is in that."""
AUTOMATED = frozenset({"blue_green", "logical_replication"})
"""Methods whose cut-over is a pipeline, not a runbook followed by hand, and which leave the old cluster standing."""
WAYS_BACK = {False: "upgrades.rollback_hours_snapshot", True: "upgrades.rollback_hours_replicated"}
"""Hours at each cluster, of methods that are not `AUTOMATED` and that are: to a snapshot, or to the old cluster."""


@cached
def designs_of(inputs: Inputs, wave: Wave) -> Array:
    """Designs that a wave touches, of all its groups together."""
    return over_groups(upgraded_designs(inputs, wave))


@cached
def count_until(inputs: Inputs, wave: Wave, count: Callable[[Inputs, Wave], Array]) -> Array:
    """How many clusters or designs the wave and those before it have together."""
    return count(inputs, wave) + (count_until(inputs, wave.previous, count) if wave.previous else 0.0)


@cached
def learning_curve(inputs: Inputs) -> LearningCurve:
    """The curve of major upgrades."""
    return LearningCurve.of(inputs["upgrades.learning_rate"])


def present(inputs: Inputs, wave: Wave) -> Array:
    """1 where the wave upgrades a cluster or more, the fraction below one, 0 for none: scales what is done once."""
    some: Array = np.minimum(upgraded_clusters(inputs, wave), 1.0)
    return some


@cached
def tooling(inputs: Inputs, wave: Wave) -> Array:
    """Hours to build the method's tooling, less what staff turnover has left of it since its last use."""
    if wave.forced:
        return ZERO
    remaining: Array = ZERO
    for earlier in wave.earlier():
        years = max((wave.upgrade.date - earlier.cut_overs[-1][0]).days, 0) / DAYS_PER_YEAR
        left = (1 - inputs["labour.staff_turnover"]) ** years
        remaining = np.maximum(remaining, left * present(inputs, earlier))
        if (upgraded_clusters(inputs, earlier) >= 1).all():  # what was built before that has been forgotten longer
            break
    return inputs[TOOLING[wave.method]] * np.maximum(present(inputs, wave) - remaining, 0.0)


def surprise(inputs: Inputs, wave: Wave) -> Array:
    """How many times the hours of planned work it takes afterwards: 1 where an upgrade is planned."""
    return inputs[SURPRISE, wave.groups] if wave.forced else ONE


@cached
def planning(inputs: Inputs, wave: Wave) -> Array:
    """Hours to plan a wave, for each of its steps; divided by clusters where other waves are beside it."""
    together, part = upgraded_together(inputs, wave)
    hours: Array = inputs["upgrades.plan_hours", wave.groups] * wave.steps * np.minimum(together, 1.0) * part
    return hours * surprise(inputs, wave)


@cached
def powers_until(inputs: Inputs, wave: Wave) -> Array:
    """Sum of j**exponent over the designs j of the wave and of those before it."""
    until = count_until(inputs, wave, designs_of)
    return learning_curve(inputs).powers(until)


@cached
def repetitions(inputs: Inputs, wave: Wave) -> Array:
    """Sum of j**exponent over the wave's designs j, which are counted on from those of the waves before it."""
    return powers_until(inputs, wave) - (powers_until(inputs, wave.previous) if wave.previous else 0.0)


@cached
def per_design(inputs: Inputs, wave: Wave, path: str) -> Array:
    """Hours of work at each design, less from one to the next; no rehearsal and no way back of a forced upgrade."""
    if wave.forced and path not in (COMPATIBILITY, REGRESSION):
        return ZERO
    return inputs[path, wave.groups] * repetitions(inputs, wave) * wave.steps * surprise(inputs, wave)


def fallback_share(inputs: Inputs, method: str, groups: Groups) -> Array:
    """Share of blue/green cut-overs that fall back to an in-place upgrade; 0 for other methods."""
    return inputs["downtime.bluegreen_fallback_probability", groups] if method == "blue_green" else ZERO


@cached
def cut_over(inputs: Inputs, wave: Wave) -> Array:
    """Hours to cut over, verify and clean up, cluster by cluster, never below the method's floor.

    A cut-over that falls back to in place costs the floor of the manual method on top. One that the vendor makes costs
    that floor: to watch, verify and clean up.
    """
    manual, automated = inputs["upgrades.cutover_hours_floor", wave.groups], wave.method in AUTOMATED
    if wave.forced:
        return wave.steps * upgraded_clusters(inputs, wave) * manual
    hours = cut_over_hours_until(inputs, wave, automated, wave.groups)
    if wave.previous:
        hours = hours - cut_over_hours_until(inputs, wave.previous, automated, wave.groups)
    fallen_back = upgraded_clusters(inputs, wave) * fallback_share(inputs, wave.method, wave.groups)
    return wave.steps * (hours + fallen_back * manual)


@cached
def cut_over_hours_until(inputs: Inputs, wave: Wave, automated: bool, groups: Groups) -> Array:
    """Hours of the cut-overs of the wave and of those before it, one step each, at the hours of some groups."""
    first, floor, limit = cut_over_hours(inputs, automated, groups)
    return learning_curve(inputs).hours(first, floor, count_until(inputs, wave, upgraded_clusters), limit)


@cached
def cut_over_hours(inputs: Inputs, automated: bool, groups: Groups) -> tuple[Array, Array, Array]:
    """Hours of the first cut-over, those below which none comes, and the last cut-over that still takes longer."""
    first = inputs["upgrades.cutover_hours_first", groups]
    floor = inputs["upgrades.cutover_hours_floor_automated" if automated else "upgrades.cutover_hours_floor", groups]
    return first, floor, learning_curve(inputs).limit(first, floor)


@cached
def further_nodes(inputs: Inputs, wave: Wave) -> Array:
    """Hours of the nodes beyond the first of each cluster on own servers, which are upgraded one by one."""
    count = nodes_beyond_first(inputs, wave)
    if not count.any():
        return ZERO
    return wave.steps * over_groups(count) * inputs["upgrades.major_further_node_hours", wave.groups]


@cached
def ways_back(inputs: Inputs, wave: Wave) -> Array:
    """Hours to keep a way back open at each cluster, by method; a forced upgrade has none."""
    if wave.forced:
        return ZERO
    return upgraded_clusters(inputs, wave) * wave.steps * inputs[WAYS_BACK[wave.method in AUTOMATED], wave.groups]


def incidents(inputs: Inputs, wave: Wave) -> Array:
    """Expected number of cut-overs that go wrong: clusters x steps x probability."""
    return upgraded_clusters(inputs, wave) * wave.steps * incident_probability(inputs, wave, wave.groups)


def incident_probability(inputs: Inputs, wave: Wave, groups: Groups) -> Array:
    """Probability that a cut-over of some of a wave's groups goes wrong, by method; higher when forced."""
    fallback = fallback_share(inputs, wave.method, groups)
    probability = inputs[INCIDENTS[wave.method], groups] * (1 - fallback)
    if wave.method == "blue_green":
        probability = probability + inputs[INCIDENTS["in_place"], groups] * fallback
    if wave.forced:
        probability = np.minimum(probability * inputs["downtime.forced_incident_factor", groups], 1.0)
    return probability


@cached
def incident_labour(inputs: Inputs, wave: Wave) -> Array:
    """Hours of diagnosis, rollback and repeat after cut-overs that went wrong."""
    return incidents(inputs, wave) * inputs["upgrades.incident_labour_hours", wave.groups]


PHASES: Mapping[str, Callable[[Inputs, Wave], Array]] = {
    "tooling": tooling,
    "plan": planning,
    "compatibility": partial(per_design, path=COMPATIBILITY),
    "regression test": partial(per_design, path=REGRESSION),
    "rehearsal": partial(per_design, path="upgrades.rehearsal_hours_per_design"),
    CUT_OVER: cut_over,
    FURTHER_NODES: further_nodes,
    ROLLBACK[0]: partial(per_design, path=WAY_BACK),
    ROLLBACK[1]: ways_back,
    INCIDENT_PHASE: incident_labour,
}
"""The phases of a major upgrade in order, each with its hours."""


WEIGHTS: Mapping[str, Callable[[Inputs, Wave], Array]] = {
    **dict.fromkeys(("compatibility", "regression test", "rehearsal", ROLLBACK[0]), upgraded_designs),
    FURTHER_NODES: nodes_beyond_first,
}
"""What a phase is split over the groups by, where it is not their clusters."""


def split_of_phase(inputs: Inputs, wave: Wave, phase: str) -> Factors:
    """How a phase of a wave is split over its groups and months, as factors."""
    return split_of_work(inputs, wave, WEIGHTS.get(phase), phase in (CUT_OVER, INCIDENT_PHASE))


def wave_hours(inputs: Inputs, wave: Wave) -> Array:
    """All labour hours of a wave."""
    total = ZERO
    for phase, hours_of in PHASES.items():
        hours = hours_of(inputs, wave)
        if hours.shape[1] > 1:  # what all groups would take if they were like each, of which that one has its part
            parts, _ = split_of_phase(inputs, wave, phase)
            hours = over_groups(parts * hours)
        total = total + hours
    return total
