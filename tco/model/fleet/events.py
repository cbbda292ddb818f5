"""Chance events: how many happen, against how many were to be expected, for each group of an option.

Cut-overs that fail, instances that fail and regional outages are lines at their expected number. A design with columns
for events (`tco.sampling.events`) multiplies those lines by a factor: the number of events that happen over the
horizon, at the option's own number of trials, probability and exposure, over the number expected. Where no event can
happen, and in designs without such columns, the factor is 1. Its mean over draws is 1, so that chance changes no
expected cost.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs
from tco.evaluation.ledger_line import ONE, Array
from tco.model.fleet.bills import billed_instances
from tco.model.fleet.effort import incidents
from tco.model.fleet.growth import CLUSTERS, grows
from tco.model.fleet.migration import pace_of
from tco.model.fleet.placement import Placement, Stay, growing, placements, present, stays
from tco.model.fleet.scheduling import upgrades_made
from tco.model.fleet.waves import Wave, parts_by_clusters, upgraded_of_groups
from tco.sampling.events import EventKind, binomial_count, poisson_count
from tco.units import MONTHS_PER_YEAR

Factor = Callable[[Inputs, Any, Array], Array]
TOLERANCE = 1e-9
"""Trials this close to a whole number are that number."""


def failed_cutovers(inputs: Inputs, option: str, groups: Groups) -> Array:
    """Major upgrades that go wrong over those expected, (draws or 1, groups, 1); Binomial over the whole horizon.

    The trials of a group are all its cut-overs within the horizon, each step of a wave one, at their mean probability.
    """
    return _of_groups(inputs, "cutover", _cutovers, upgrades_made(inputs, option), groups)


def failed_migrations(inputs: Inputs, placement: Placement) -> Array:
    """Moves that go wrong over those expected, (draws or 1, groups, 1); Binomial over the clusters that move."""
    return _of_groups(inputs, "migration", _migrations, stays(inputs, placement.option), placement.groups)


def failures(inputs: Inputs, placement: Placement) -> Array:
    """Failures of instances or partitions over those expected, (draws or 1, groups, 1); Poisson over the horizon.

    The rate of a group counts each month at the platform on which its clusters are; of a ring's, what interrupts it.
    """
    everywhere = tuple((part.stay, rings(inputs, part)) for part in placements(inputs, placement.option))
    return _of_groups(inputs, "failure", _failures, everywhere, placement.groups)


def rings(inputs: Inputs, placement: Placement) -> tuple[bool, ...]:
    """Which groups run there as several instances of which none is the primary."""
    counts = billed_instances(inputs, placement).ravel().tolist()
    versioned = placement.platform.is_versioned
    return tuple(
        versioned and group.is_ring and count > 1 for group, count in zip(placement.groups.stated, counts, strict=True)
    )


def _cutovers(inputs: Inputs, waves_made: tuple[Wave, ...], uniform: Array) -> Array:
    trials, expected = np.zeros_like(uniform), np.zeros_like(uniform)
    for wave in waves_made:
        indices = wave.groups.indices
        trials[:, indices] += upgraded_of_groups(inputs, wave) * wave.steps
        expected[:, indices] += incidents(inputs, wave) * parts_by_clusters(inputs, wave)
    return _binomial_factor(uniform, trials, expected)


def _migrations(inputs: Inputs, everywhere: tuple[Stay, ...], uniform: Array) -> Array:
    trials = np.zeros_like(uniform)
    for stay in everywhere:
        if stay.stage == "arrives":
            pace = pace_of(inputs, stay.migration)
            moving = pace.cut_over_by(np.full((1, 1, 1), float(inputs.months)))
            if grows(inputs, stay.groups, CLUSTERS):
                moving = growing(inputs, pace.cut_over, stay.groups).sum(axis=2, keepdims=True)
            trials[:, stay.groups.indices] += inputs.clusters(stay.groups) * moving
    return _binomial_factor(
        uniform, trials, trials * inputs["downtime.incident_probability_migration", inputs.whole_fleet]
    )


def _failures(inputs: Inputs, everywhere: tuple[tuple[Stay, tuple[bool, ...]], ...], uniform: Array) -> Array:
    expected = np.zeros_like(uniform)
    for stay, of_rings in everywhere:
        here = present(inputs, stay)
        months = here.sum(axis=2, keepdims=True) if here.shape[2] > 1 else here * inputs.months
        rate = inputs[f"downtime.unplanned_failures_{stay.platform.family}", stay.groups] / MONTHS_PER_YEAR
        if any(of_rings):
            fewer = rate * inputs["downtime.ring_failure_share", stay.groups]
            rate = np.where(np.reshape(of_rings, (1, -1, 1)), fewer, rate)
        expected[:, stay.groups.indices] += inputs.clusters(stay.groups) * (months * rate)
    return _poisson_factor(uniform, expected)


@cached
def _of_groups(inputs: Inputs, kind: EventKind, factor: Factor, parts: tuple[Any, ...], groups: Groups) -> Array:
    """What the factor of all groups has for some of them; 1 where the design has no such events."""
    whole = _of_fleet(inputs, kind, factor, parts)
    if whole is None:
        return ONE
    return whole if len(groups) == whole.shape[1] else whole[:, groups.indices]


@cached
def _of_fleet(inputs: Inputs, kind: EventKind, factor: Factor, parts: tuple[Any, ...]) -> Array | None:
    """A factor of all groups, which follows from some parts of an option: computed once for options that share them."""
    uniform = inputs.event_uniforms(kind, inputs.groups)
    return None if uniform is None else factor(inputs, parts, uniform)


@cached
def regional_events(inputs: Inputs, groups: Groups) -> Array:
    """Outages of each group's Region over those expected, (draws or 1, groups or 1, 1); Poisson over the horizon.

    One number for a Region, whatever is there, on whatever platform.
    """
    regions = [group.region for group in groups.stated]
    names = tuple(dict.fromkeys(group.region for group in inputs.scenario.fleet.values()))
    factors = _common_events(inputs, "regional", names, "downtime.regional_events_per_year")
    if factors is None:
        return ONE
    if len(set(regions)) == 1:
        return factors[regions[0]]
    return np.concatenate([factors[region] for region in regions], axis=1)


def withdrawals(inputs: Inputs, platform: str) -> Array:
    """Withdrawals of a platform over those expected, (draws or 1, 1, 1); Poisson over the horizon."""
    factors = _common_events(inputs, "withdrawal", (platform,), "transition.withdrawals_per_year")
    return ONE if factors is None else factors[platform]


@cached
def _common_events(inputs: Inputs, kind: EventKind, names: tuple[str, ...], path: str) -> dict[str, Array] | None:
    """Events over those expected, by the name of what they hit as a whole; path: how many are expected a year."""
    uniform = inputs.event_uniforms(kind, names)
    if uniform is None:
        return None
    factors = _poisson_factor(uniform, inputs[path] * (inputs.months / MONTHS_PER_YEAR))
    return {name: np.ascontiguousarray(factors[:, place : place + 1]) for place, name in enumerate(names)}


def _binomial_factor(uniform: Array, trials: Array, expected: Array) -> Array:
    """Failures over their expectation; trials that are no whole number (part of a cluster moved) are rounded up."""
    whole = np.ceil(trials - TOLERANCE)
    chance = np.clip(expected / np.where(trials > 0, trials, 1.0), 0, 1)
    return _over_expected(uniform, binomial_count(uniform, whole, chance), whole * chance)


def _poisson_factor(uniform: Array, expected: Array) -> Array:
    return _over_expected(uniform, poisson_count(uniform, expected), expected)


def _over_expected(uniform: Array, counts: Array, expected: Array) -> Array:
    possible = (expected > 0) & np.isfinite(uniform)
    factor: Array = np.where(possible, counts / np.where(expected > 0, expected, 1.0), 1.0)
    return factor
