"""Counts of chance events from uniform numbers, by the inverse Binomial and Poisson distributions.

The columns `luck.<kind>.<group, Region or platform>` of a design hold uniform numbers, one for each kind of event and
group (Region, platform). Each option turns them into counts by its own number of trials and probability, so that
options share chance: the same uniform number gives more incidents to the option that has more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tco.scenario.scenario import NEW, Scenario
from tco.scenario.shapes import Array, standard_score

EventKind = Literal["cutover", "migration", "failure", "regional", "withdrawal"]

PREFIX = "luck."
MANY = 25.0
"""Expected events above which counts come from the Cornish-Fisher expansion, which is exact within one event."""
FEW_LEFT = 8
"""When fewer than one element in so many is unfinished, only the unfinished ones are computed further."""


def event_columns(scenario: Scenario) -> list[str]:
    """The names of all event columns that a scenario can have.

    Failed upgrades and migrations, and failures of instances or partitions, are by group; a regional outage affects all
    clusters of a Region, on every platform; a withdrawal all clusters on a platform, in every Region.
    """
    platforms = [chosen.platform for chosen in scenario.choices]
    hit: dict[EventKind, list[str]] = {
        "cutover": [*scenario.fleet],
        "migration": [*scenario.fleet],
        "failure": [*scenario.fleet],
        "regional": [group.region for group in scenario.fleet.values()],
        "withdrawal": [platform for platform in platforms if platform not in (None, NEW)],
    }
    return [event_column(kind, name) for kind, names in hit.items() for name in dict.fromkeys(names)]


def event_column(kind: EventKind, name: str) -> str:
    """The column of a kind of event and a group, Region or platform."""
    return f"{PREFIX}{kind}.{name}"


def poisson_count(uniform: Array, expected: Array) -> Array:
    """Numbers of events at these quantiles of the Poisson distribution, as floats; the arrays broadcast.

    The smallest k with P(N <= k) >= uniform; above `MANY` expected events, within one of it.
    """
    uniform, expected = _flat(uniform, expected)
    many = expected > MANY
    few = np.where(many, 0.0, expected)
    counts = _counted(uniform, np.exp(-few), lambda count, where: few[where] / count)
    mean = expected[many]
    counts[many] = _expanded(uniform[many], mean, mean, 1 / np.sqrt(mean), 1 / mean)
    return counts.T


def binomial_count(uniform: Array, trials: Array, chance: Array) -> Array:
    """Numbers of failures at these quantiles of the Binomial distribution, as floats; the arrays broadcast.

    trials: whole numbers from 0 on. chance: probability that a trial fails, 0 to 1. The smallest k with
    P(N <= k) >= uniform; above `MANY` expected failures (or successes, if these are rarer), within one of it.
    """
    uniform, trials, chance = _flat(uniform, trials, chance)
    likely = chance > 1 / 2  # then successes are counted, from the other end
    rare = np.where(likely, 1 - chance, chance)
    quantile = np.where(likely, 1 - uniform, uniform)
    many = trials * rare > MANY
    few, odds = np.where(many, 0.0, trials), rare / (1 - rare)
    counts = _counted(
        quantile,
        np.exp(few * np.log1p(-rare)),
        lambda count, where: np.maximum(few[where] - (count - 1), 0) / count * odds[where],
    )
    mean, share = (trials * rare)[many], rare[many]
    variance = mean * (1 - share)
    skew, kurtosis = (1 - 2 * share) / np.sqrt(variance), (1 - 6 * share * (1 - share)) / variance
    counts[many] = np.minimum(_expanded(quantile[many], mean, variance, skew, kurtosis), trials[many])
    return np.where(likely, trials - counts, counts).T


def _flat(*arrays: Array) -> list[Array]:
    """The arrays broadcast against each other, with axes reversed: the axis of draws is fastest as the last.

    A single number becomes an array of one.
    """
    return [np.ascontiguousarray(array.T) for array in np.broadcast_arrays(*map(np.atleast_1d, arrays))]


def _counted(uniform: Array, none: Array, ratio: Callable[[int, Any], Array]) -> Array:
    """Counts by summing probabilities from that of no event (`none`) on. ratio: P(k) / P(k - 1).

    All elements are computed together while many of them are unfinished, then the unfinished ones alone.
    """
    counts, count = np.zeros(uniform.shape), 0
    chance, below = none, none
    further = uniform > below
    while np.count_nonzero(further) * FEW_LEFT > further.size:
        counts += further
        count += 1
        chance = chance * ratio(count, ...)
        below = below + chance
        further = uniform > below
    where = np.nonzero(further)
    uniform, chance, below = uniform[where], chance[where], below[where]
    while len(uniform):
        counts[where] += 1
        count += 1
        chance = chance * ratio(count, where)
        below = below + chance
        left = (uniform > below) & (chance > 0)
        where = tuple(axis[left] for axis in where)
        uniform, chance, below = uniform[left], chance[left], below[left]
    return counts


def _expanded(uniform: Array, mean: Array, variance: Array, skew: Array, kurtosis: Array) -> Array:
    """Quantiles by the Cornish-Fisher expansion, to the nearest whole number (half a count up for the step)."""
    z = standard_score(uniform)
    square = z * z
    shape = z + (square - 1) * skew / 6 + z * ((square - 3) * kurtosis / 24 - (2 * square - 5) * skew * skew / 36)
    counts: Array = np.maximum(np.ceil(mean + np.sqrt(variance) * shape - 1 / 2), 0)
    return counts
