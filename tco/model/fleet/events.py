"""Luck of the draw: how many events happen, against how many were to be expected, for each group of an option.

Cut-overs that fail, instances that fail and regional outages are lines at their expected number. A design with luck
columns (`tco.sampling.events`) multiplies those lines by a factor: the number of events that happen over the horizon,
at the option's own number of trials, probability and exposure, over the number expected. Where no event can happen,
and in designs without luck, the factor is 1. Its mean over draws is 1, so that luck changes no expected cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE
from tco.model.fleet.effort import incidents
from tco.model.fleet.placement import Hosting, hostings, move_of
from tco.model.fleet.scheduling import waves
from tco.model.fleet.waves import Wave
from tco.sampling.events import LuckKind, binomial_count, poisson_count
from tco.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]

TOLERANCE = 1e-9
"""Trials this close to a whole number are that number."""


def cutover_luck(wave: Wave) -> Array:
    """Major upgrades that go wrong over those expected, (draws or 1, places, 1); Binomial over the whole horizon.

    The trials of a group are all its cut-overs within the horizon, each step of a wave one, at their mean probability.
    """
    hosting = wave.cohort.hosting
    inputs, option = hosting.inputs, hosting.option
    names = inputs.keep(("names of waves", option), lambda: [wave.name for wave in _made(inputs, option)])
    return _own(hosting, "cutover", names, wave.cohort.members, _cutover_luck)


def _cutover_luck(inputs: Inputs, option: str, uniform: Array) -> Array:
    trials, expected = np.zeros_like(uniform), np.zeros_like(uniform)
    for wave in _made(inputs, option):
        trials[:, wave.cohort.members] += wave.cohort.clusters * wave.share * wave.steps
        expected[:, wave.cohort.members] += incidents(wave) * wave.split
    return _binomial_factor(uniform, trials, expected)


def _made(inputs: Inputs, option: str) -> list[Wave]:
    return [wave for wave in waves(inputs, option) if not wave.upgrade.stranded]


def migration_luck(hosting: Hosting) -> Array:
    """Moves that go wrong over those expected, (draws or 1, members, 1); Binomial over the clusters that move."""
    return _own(hosting, "migration", _places(hosting), hosting.members, _migration_luck)


def _migration_luck(inputs: Inputs, option: str, uniform: Array) -> Array:
    trials = np.zeros_like(uniform)
    for hosting in hostings(inputs, option):
        if hosting.stage == "arrives":
            moved = move_of(inputs, option).cut_over_by(np.full((1, 1, 1), float(inputs.months)))
            trials[:, hosting.members] += hosting.clusters * moved
    return _binomial_factor(uniform, trials, trials * inputs["downtime.incident_probability_migration"])


def failure_luck(hosting: Hosting) -> Array:
    """Failures of instances or partitions over those expected, (draws or 1, members, 1); Poisson over the horizon.

    The rate of a group counts each month at the platform on which its clusters stand.
    """
    return _own(hosting, "failure", _places(hosting), hosting.members, _failure_luck)


def _failure_luck(inputs: Inputs, option: str, uniform: Array) -> Array:
    expected = np.zeros_like(uniform)
    for hosting in hostings(inputs, option):
        share = hosting.share
        months = share.sum(axis=2, keepdims=True) if share.shape[2] > 1 else share * inputs.months
        rate = inputs[f"downtime.unplanned_failures_{hosting.family}"] / MONTHS_PER_YEAR
        expected[:, hosting.members] += hosting.clusters * (months * rate)
    return _poisson_factor(uniform, expected)


def regional_luck(hosting: Hosting) -> Array:
    """Outages of each member's Region over those expected, (draws or 1, members or 1, 1); Poisson over the horizon.

    One number for a Region, whatever stands there, on whatever platform.
    """
    inputs = hosting.inputs
    regions = [group.region for group in hosting.groups]
    factors = inputs.keep("regional luck", lambda: _regional_luck(inputs))
    if factors is None:
        return ONE
    if len(set(regions)) == 1:
        return factors[regions[0]]
    key = ("regional luck", *regions)
    return inputs.keep(key, lambda: np.concatenate([factors[region] for region in regions], axis=1))


def _regional_luck(inputs: Inputs) -> dict[str, Array] | None:
    regions = list(dict.fromkeys(group.region for group in inputs.scenario.fleet.values()))
    uniform = inputs.luck("regional", regions)
    if uniform is None:
        return None
    years = inputs.months / MONTHS_PER_YEAR
    factors = _poisson_factor(uniform, inputs["downtime.regional_events_per_year"] * years)
    return {region: np.ascontiguousarray(factors[:, place : place + 1]) for place, region in enumerate(regions)}


def _places(hosting: Hosting) -> list[str]:
    """Who of the option's groups stands where and when."""
    inputs, option = hosting.inputs, hosting.option
    return inputs.keep(("names of places", option), lambda: [place.place for place in hostings(inputs, option)])


def _own(
    hosting: Hosting,
    kind: LuckKind,
    names: Sequence[str],
    members: NDArray[np.intp],
    factor: Callable[[Inputs, str, Array], Array],
) -> Array:
    """The factor of some groups, made once for all groups of an option and for all options alike in `names`."""
    inputs, option = hosting.inputs, hosting.option
    uniform = inputs.keep(f"luck of {kind}", lambda: inputs.luck(kind, inputs.groups))
    if uniform is None:
        return ONE
    alike = f"{kind} luck of {blake2b(repr(names).encode(), digest_size=16).hexdigest()}"
    whole = inputs.keep(alike, lambda: factor(inputs, option, uniform))
    if len(members) == whole.shape[1]:
        return whole
    return inputs.keep(f"{alike} {members.tobytes()!r}", lambda: whole[:, members])


def _binomial_factor(uniform: Array, trials: Array, expected: Array) -> Array:
    """Failures over their expectation; trials that are no whole number (part of a cluster moved) are rounded up."""
    whole = np.ceil(trials - TOLERANCE)
    chance = np.clip(expected / np.where(trials > 0, trials, 1.0), 0, 1)
    return _over_expected(uniform, binomial_count(uniform, whole, chance), whole * chance)


def _poisson_factor(uniform: Array, expected: Array) -> Array:
    return _over_expected(uniform, poisson_count(uniform, expected), expected)


def _over_expected(uniform: Array, counts: Array, expected: Array) -> Array:
    lucky = (expected > 0) & np.isfinite(uniform)
    factor: Array = np.where(lucky, counts / np.where(expected > 0, expected, 1.0), 1.0)
    return factor
