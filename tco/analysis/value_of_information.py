"""The value of information in USD, before the decision: in total, by assumption, and by group that can be measured.

Costs are NPVs with events at their expectation, since chance events cannot be known in advance. The decision is the
option with the lowest mean NPV; the value of information is the average saving when it changes that decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from tco.analysis.assumption_register import DISCOUNT_RATE
from tco.analysis.combined_designs import Part, totals_of
from tco.analysis.distribution import normal_scores, ranks
from tco.analysis.uncertainty import MAX_DRAWS, EventSplit, require_draws
from tco.errors import InputError, checked, unknown
from tco.evaluation.ledger_line import Array
from tco.evaluation.totals import NPV
from tco.evidence.posteriors import HOURS, INCIDENT_MINUTES, MINUTES
from tco.model.components.labour import RELEASE_SPLIT
from tco.model.fleet.effort import INCIDENTS
from tco.sampling.monte_carlo import uncertain
from tco.scenario.scenario import parted

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario


EVERYTHING = "everything"
LOG = "Your upgrade log"
LABOUR_UNIT = "labour hour"
KNOTS = (-1.5, -0.5, 0.5, 1.5)
"""Knots of the regression splines, in normal scores."""
DRAWS_PER_TERM = 40
"""Draws per term of a regression; with fewer it would fit noise."""
RIDGE = 1e-9


class Worth(NamedTuple):
    """An expected value of information in USD, and the simulation's standard error of it."""

    value: float
    standard_error: float


def measurable(scenario: Scenario) -> dict[str, list[str]]:
    """Uncertain assumptions that can be measured together, by the name of the measurement."""
    entries = uncertain(scenario)
    hours = {path for path, entry in entries.items() if entry.unit.startswith(LABOUR_UNIT)}
    log = {*HOURS, INCIDENT_MINUTES, *MINUTES.values(), *INCIDENTS.values()}
    groups = {
        LOG: [path for path in entries if parted(path)[1] in log],
        "Hours of your upgrades": [
            path for path in entries if path in hours and parted(path)[1].startswith("upgrades.")
        ],
        "Hours of a trial move": [
            path for path in entries if path in hours and parted(path)[1].startswith("transition.")
        ],
        "Hours of your operations": [
            path for path in entries if path in hours and parted(path)[1].startswith("operations.")
        ],
    }
    return {name: paths for name, paths in groups.items() if paths}


@checked
def worth_of_knowing(
    ledger: Ledger, groups: Mapping[str, Sequence[str]] | None = None, split: EventSplit | None = None
) -> pd.DataFrame:
    """The expected value of perfect information, in total, for groups of assumptions and for each.

    groups: names with the paths that would be known together; default: `measurable`. split: `split_by_events` of the
    ledger, if already computed.
    Columns: name (`everything`, a group or a path), label, kind (`everything`, `group`, `assumption`), value (USD),
    standard_error, share (of everything); everything first, then groups, then assumptions, each by value. NaN if there
    are too few draws. Values of parts do not add up, and none exceeds that of everything. The value of a correlated
    assumption includes what it tells about the others. It is exactly 0 if no option's cost depends on the assumption or
    on a correlated one. From the first `MAX_DRAWS` draws. Raises InputError for an unknown path and a design without
    draws.
    """
    scenario, design = ledger.scenario, require_draws(ledger).design.head(MAX_DRAWS).without_events()
    costs = totals_of([Part(scenario, design)])[0][NPV] if split is None else split.expected[NPV]
    paths = [path for path in design.paths if parted(path)[1] in scenario.assumptions]
    chosen = measurable(scenario) if groups is None else groups
    for name, members in chosen.items():
        for path in members:
            if path not in paths:
                raise InputError(unknown("uncertain assumption", path, paths), path=f"groups.{name}")
    values = dict(zip(paths, design.frame(paths).to_numpy(float).T, strict=True))
    informative = _informative(ledger)
    whole = perfect_information(costs)
    rows = [(EVERYTHING, "Everything", EVERYTHING, *whole)]
    for kind, wanted in (("group", chosen), ("assumption", {path: [path] for path in paths})):
        of_kind = []
        for name, members in wanted.items():
            known = [values[path] for path in members if path in informative]
            worth = partial_information(costs, np.column_stack(known)) if known else Worth(0.0, 0.0)
            if worth.value > whole.value:  # with few draws a regression on many assumptions fits noise
                worth = whole
            label = scenario.assumption(name).label if kind == "assumption" else name
            of_kind.append((name, label, kind, *worth))
        rows += sorted(of_kind, key=lambda row: math.inf if math.isnan(row[3]) else -row[3])
    frame = pd.DataFrame(rows, columns=["name", "label", "kind", "value", "standard_error"])
    frame["share"] = frame["value"] / whole.value if whole.value else np.where(frame["value"].isna(), np.nan, 0.0)
    return frame


def _informative(ledger: Ledger) -> set[str]:
    """The assumptions that a line reads, and those correlated with one of them, directly or through others."""
    informative = {path for line in ledger.at_point.lines() for path in line.assumptions} - set(RELEASE_SPLIT)
    informative.add(DISCOUNT_RATE)
    pairs = [set(correlation.between) for correlation in ledger.scenario.correlations if correlation.value]
    pairs += [{path, parted(path)[1]} for path in ledger.scenario.own_assumptions]
    while linked := set().union(*(pair for pair in pairs if pair & informative)) - informative:
        informative |= linked
    return informative


def perfect_information(costs: Array) -> Worth:
    """The value of knowing everything: mean cost of the best option less the mean of the lowest costs.

    costs: (draws, options), in USD.
    """
    gains = _extra(costs).max(axis=1)
    return Worth(float(gains.mean()), _error(gains))


def partial_information(costs: Array, columns: Array) -> Worth:
    """The value of knowing some assumptions; NaN if there are too few draws.

    costs: (draws, options) in USD, with events at their expectation. columns: (draws, assumptions), the values drawn.
    The gain of each option over the one that is cheapest on average is regressed on the assumptions; the value is the
    mean of the largest predicted gain. Its error is that of the gains which these choices realise in the draws.
    """
    gains = _extra(costs)
    if gains.max() <= 0:  # the option that is cheapest on average always is
        return Worth(0.0, 0.0)
    terms = regression_terms(columns)
    if terms is None:
        return Worth(math.nan, math.nan)
    predicted = terms @ _coefficients(terms, gains)
    chosen = predicted.argmax(axis=1)
    realised = gains[np.arange(len(gains)), chosen]
    value = float(predicted.max(axis=1).mean())
    return Worth(max(value, 0.0), _error(realised))


def regression_terms(columns: Array) -> Array | None:
    """The terms of a regression on assumptions: a cubic spline of each, and products of each two.

    Assumptions enter by their normal scores, so that long tails do not dominate. With few draws the products are left
    out, with fewer the splines become straight lines; None if there are too few draws even for those.
    """
    draws = len(columns)
    curved = [_spline(ranks(column)) for column in columns.T if np.ptp(column) > 0]
    straight = [curve[:, :1] for curve in curved]
    pairs = [(first[:, 0], second[:, 0]) for first, second in combinations(straight, 2)]
    one = np.ones((draws, 1))
    for parts, products in ((curved, pairs), (curved, []), (straight, [])):
        if (1 + sum(part.shape[1] for part in parts) + len(products)) * DRAWS_PER_TERM <= draws:
            return np.hstack([one, *parts, *((first * second)[:, None] for first, second in products)])
    return None


def _coefficients(terms: Array, outcomes: Array) -> Array:
    """Least squares by the normal equations of scaled terms, which is many times faster than by singular values.

    A small ridge keeps coefficients of nearly collinear terms bounded.
    """
    sizes = np.sqrt((terms**2).sum(axis=0))
    scaled = terms / np.where(sizes > 0, sizes, 1.0)
    square = scaled.T @ scaled + RIDGE * np.eye(terms.shape[1])
    solved: Array = np.linalg.solve(square, scaled.T @ outcomes) / np.where(sizes > 0, sizes, 1.0)[:, None]
    return solved


def _extra(costs: Array) -> Array:
    """The saving of each option against the one that is cheapest on average, by draw."""
    best = int(costs.mean(axis=0).argmin())
    saved: Array = costs[:, [best]] - costs
    return saved


def _spline(ranked: Array) -> Array:
    """Cubic pieces of normal scores that join smoothly at the knots, without the constant, the score itself first.

    ranked: the ranks of the draws. Outer knots beyond the draws are left out.
    """
    curve: Array = _every_spline(len(ranked))[(2 * ranked).astype(np.intp) - 2]
    score = curve[:, 0]
    lowest, highest = score.min(), score.max()
    reached = [lowest < knot < highest for knot in KNOTS]
    return curve if all(reached) else curve[:, [True, True, True, *reached]]


@lru_cache(maxsize=1)
def _every_spline(draws: int) -> Array:
    """The spline terms at each possible rank of this number of draws (halves for ties), shared by all assumptions."""
    score = normal_scores(np.arange(2, 2 * draws + 1) / 2, draws)
    return np.column_stack([score, score**2, score**3, *(np.maximum(score - knot, 0.0) ** 3 for knot in KNOTS)])


def _error(values: Array) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
