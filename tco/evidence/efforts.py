"""The baseline's ranges compared with published upgrades (`data/efforts.csv`), by method: prior and posterior.

    y = log(minutes / median) / spread of the stated range;  y ~ normal(m, s);  m ~ normal(mu, tau)

m is of a method, s the spread of fleets, mu common to all methods: a method with few rows borrows from the others
(partial pooling; Gelman and others, Bayesian Data Analysis (2013), sections 5.4 and 5.5). Without any row the posterior
is the stated range: the share `FLEETS` of its variance is between fleets, the rest is uncertainty of the mean, half of
it common to all methods. A limit ("at most"), and 0 minutes, are censored: their likelihood is the probability below
it. Rows that are sources of a range are left out, since they would count twice. The posterior predicts a further fleet.
It is shown beside the range and never used: a range is changed by hand, with `ENOUGH` rows and a reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tco import resources
from tco.evidence.cases import is_cited
from tco.evidence.posteriors import INCIDENT_MINUTES, MIN_MINUTES, MINUTES, per_minute
from tco.formats import count
from tco.loading.loading import baseline
from tco.model.fleet.effort import INCIDENTS
from tco.scenario.assumptions import Assumption
from tco.scenario.shapes import Z_95

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Row = Mapping[str, str]
MEASURED, LIMIT, INCIDENT = "major upgrade", "at most", "incident"
KINDS = ("", MEASURED, "minor upgrade", INCIDENT, LIMIT, "planned", "other")
"""Kinds of events whose minutes a row gives."""
FLEETS = 0.5
"""Share of a stated range's variance that is between fleets: judgement."""
UNSURE = 0.5
"""Uncertainty of the spread of fleets: standard deviation of its log. Judgement."""
ENOUGH = 10
"""Rows of a method from which on its posterior may replace a judgement."""
LEVELS = (0.05, 0.5, 0.95)
NODES, WIDE = 15, 6.0
"""Nodes of the grid of each unknown, and its ends in standard deviations."""
COLUMNS = ("path", "label", "unit", "rows", "limits", "left_out", "low", "median", "high")


@cache
def efforts() -> tuple[Row, ...]:
    """The rows of the table, cells as text; blank if a source does not state the value."""
    return resources.table("data/efforts.csv")


@cache
def published_priors() -> pd.DataFrame:
    """Each range that can be compared with published efforts, before and after the update by them.

    Columns: path, label, unit, rows (measured), limits ("at most"), left_out (sources of the range), low, median, high
    (as stated: 5th, 50th and 95th percentile), posterior_low, posterior_median, posterior_high (blank without rows),
    standing (the conclusion, or why there is none).
    """
    import pandas as pd

    entries = {path: baseline()[path] for path in MINUTES.values()}
    measured = {path: _values(method, path, (MEASURED,)) for method, path in MINUTES.items()}
    limits = {path: _values(method, path, (LIMIT,)) for method, path in MINUTES.items()}
    fitted = pooled(entries, {path: values for path, (values, _) in measured.items()}, limits_of(measured, limits))
    rows: list[tuple[object, ...]] = []
    for path, entry in entries.items():
        values, sources = measured[path]
        bounds, known = limits_of(measured, limits)[path], sources + limits[path][1]
        seen = sum(value > 0 for value in values)
        enough = f"{count(seen, 'row')} of {ENOUGH} that a range takes"
        standing = f"shown beside the range, which stays: {enough}" if seen else f"nothing to learn from: {enough}"
        after = fitted[path] if seen or bounds else (math.nan,) * len(LEVELS)
        rows.append((path, entry.label, entry.unit, seen, len(bounds), known, *_levels(entry), *after, standing))
    return pd.DataFrame(
        [*rows, *_unsaid()], columns=[*COLUMNS, *(f"posterior_{name}" for name in COLUMNS[-3:]), "standing"]
    )


def _values(method: str, path: str, kinds: Sequence[str]) -> tuple[list[float], int]:
    """The minutes of a method's rows in the path's unit, and how many rows are left out as sources of its range."""
    rows = [row for row in efforts() if row["method"] == method and row["minutes_of"] in kinds]
    used = [row for row in rows if not is_cited(baseline()[path], row["who"], [row["link"]])]
    return [float(row["minutes_down"]) * per_minute(path) for row in used], len(rows) - len(used)


def limits_of(
    measured: Mapping[str, tuple[list[float], int]], limits: Mapping[str, tuple[list[float], int]]
) -> dict[str, list[float]]:
    """Upper limits by path: those stated, and half a minute for each measured 0."""
    return {
        path: limits[path][0] + [MIN_MINUTES * per_minute(path) for value in values if value == 0]
        for path, (values, _) in measured.items()
    }


def _levels(entry: Assumption) -> tuple[float, ...]:
    return tuple(float(value) for value in entry.quantile(np.array(LEVELS)))


def _unsaid() -> list[tuple[object, ...]]:
    """Rows for assumptions that published efforts cannot update, with the reason."""
    hours = sum(bool(row["person_hours"]) for row in efforts())
    failed = sum(row["minutes_of"] == INCIDENT for row in efforts())
    minutes, chance = baseline()[INCIDENT_MINUTES], baseline()[INCIDENTS["in_place"]]
    plan = baseline()["upgrades.plan_hours"]
    blank, sources = (math.nan,) * len(LEVELS), f"all {count(failed, 'row')} are sources of the range"
    sample = f"{count(failed, 'incident')}, but what fails and what goes well are not published alike"
    whole = f"{count(hours, 'row')} with hours, each of a cut-over alone; no source has those of a whole upgrade"
    return [
        (INCIDENT_MINUTES, minutes.label, minutes.unit, 0, 0, failed, *_levels(minutes), *blank, sources),
        ("downtime.incident_probability_*", chance.label, chance.unit, 0, 0, 0, *_levels(chance), *blank, sample),
        ("upgrades.*_hours", "Hours of a major upgrade", plan.unit, 0, 0, 0, *blank, *blank, whole),
    ]


def pooled(
    entries: Mapping[str, Assumption], measured: Mapping[str, Sequence[float]], limits: Mapping[str, Sequence[float]]
) -> dict[str, tuple[float, ...]]:
    """The 5th, 50th and 95th percentile of another fleet by path, after values and upper limits of all paths together.

    entries: lognormal ranges. Values of 0 are passed over: they are limits.
    """
    from scipy.special import log_ndtr, ndtr

    ends = {path: (math.log(entry.low or 1), math.log(entry.high or 1)) for path, entry in entries.items()}
    middles = {path: (low + high) / 2 for path, (low, high) in ends.items()}
    spreads = {path: (high - low) / (2 * Z_95) for path, (low, high) in ends.items()}
    unknown = math.sqrt((1 - FLEETS) / 2)
    common, weight = _grid(0.0, unknown)
    apart, apart_weight = (half[NODES // 2 :] for half in _grid(0.0, unknown))  # 0 and above: half-normal
    logs, log_weight = _grid(math.log(FLEETS) / 2 - UNSURE**2, UNSURE)  # so that the mean of s**2 is FLEETS
    spread, means = np.exp(logs), np.linspace(-WIDE, WIDE, 16 * NODES + 1)
    between = np.exp(-(((means - common[:, None, None]) / np.maximum(apart, apart[1] / 2)[:, None]) ** 2) / 2)
    between /= between.sum(axis=2, keepdims=True)  # (common, apart, means)
    likelihoods = {}
    for path in entries:
        seen, below = (
            np.array([(math.log(value) - middles[path]) / spreads[path] for value in values if value > 0])
            for values in (measured[path], limits[path])
        )
        scaled = (seen[:, None, None] - means) / spread[:, None]
        whole = -(scaled**2 / 2 + np.log(spread)[:, None]).sum(axis=0)
        whole = whole + log_ndtr((below[:, None, None] - means) / spread[:, None]).sum(axis=0)
        likelihoods[path] = np.exp(whole - whole.max())  # (spread, means)
    prior = weight[:, None, None] * apart_weight[:, None] * log_weight
    alone = {path: np.einsum("com,sm->cos", between, likelihood) for path, likelihood in likelihoods.items()}
    percentiles = {}
    for path in entries:
        others = prior * np.prod([evidence for other, evidence in alone.items() if other != path], axis=0)
        joint = np.einsum("cos,com->sm", others, between) * likelihoods[path]
        joint /= joint.sum()
        points = np.linspace(-WIDE, WIDE, 50 * NODES)
        chance = [float((joint * ndtr((point - means) / spread[:, None])).sum()) for point in points]
        levels = np.interp(LEVELS, chance, points)
        percentiles[path] = tuple(math.exp(middles[path] + spreads[path] * level) for level in levels.tolist())
    return percentiles


def _grid(middle: float, deviation: float) -> tuple[Array, Array]:
    """Nodes of a normal distribution with their weights."""
    nodes = np.linspace(-3.0, 3.0, NODES)
    weights = np.exp(-(nodes**2) / 2)
    return middle + deviation * nodes, weights / weights.sum()
