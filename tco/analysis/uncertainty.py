"""Uncertainty of a result: percentiles, bands over time, tails, the probability of the ranking, and convergence.

Every function takes a `Ledger` whose design has draws. Amounts are NPV in USD unless another measure is stated; P90 is
the amount below which 90 % of draws lie. Options are ranked by mean NPV. Two kinds of spread are distinguished:
uncertain assumptions (ignorance), and chance events such as failed cut-overs and outages (luck).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tco.analysis.combined_designs import Part
from tco.analysis.distribution import (
    below_zero,
    chance_error,
    mean_error,
    percentile_error,
    percentiles,
    shares_of_lowest,
    tail_mean,
    variance,
)
from tco.errors import InputError, checked
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import DOWNTIME, Array
from tco.evaluation.totals import COST, EXPECTED, LOCAL, NPV, Query
from tco.model.lines import evaluate
from tco.sampling.designs import Design

SHARES = {"p10": 0.1, "p50": 0.5, "p80": 0.8, "p90": 0.9}
TAIL_SHARE = 0.95
ROUNDING = 1e-12
"""Relative differences below this come from another order of summation."""
MAX_DRAWS = 20_000
"""Draws used by results that need each draw by month or with all its columns; they do not gain from more."""
CURVE_POINTS = 120
OF_EVENTS = tuple(
    Query(("option",), "", measure, events=events) for measure in (NPV, DOWNTIME) for events in ("", LOCAL, EXPECTED)
)
"""The totals that an `EventSplit` is made of."""
PROBABILITY_TOLERANCE = 0.01
"""Sufficient standard error of a probability: one percentage point."""
AMOUNT_TOLERANCE = 0.01
"""Sufficient standard error of a mean or percentile, as a share of it."""
CLEAR_LEAD = 3.0
"""Standard errors by which the mean difference of the best two options must exceed 0."""


def questions(design: Design, by_month: bool = False) -> tuple[Query, ...]:
    """The totals that a report needs besides the usual ones, so that one pass over the draws computes all of them.

    by_month: whether `bands` is among them. Nothing by draw where there are more than `MAX_DRAWS`.
    """
    means = (
        Query(("option", "line"), "", NPV, over_draws=True),
        Query(("option", "category"), "", NPV, over_draws=True),
    )
    by_draw = (
        Query(("option", "category"), "", COST),
        *OF_EVENTS,
        *([Query(("option",), "p", COST)] if by_month else []),
    )
    return (*means, *(by_draw if design.rows <= MAX_DRAWS else ()))


def require_draws(ledger: Ledger) -> Ledger:
    """The ledger itself. Raises InputError if its design has a single row."""
    if ledger.design.rows < 2:
        raise InputError("a distribution needs draws: evaluate the scenario with tco.monte_carlo", path="design")
    return ledger


def first_draws(ledger: Ledger) -> Ledger:
    """The ledger of the first `MAX_DRAWS` draws, for results that read every column or month of each draw."""
    require_draws(ledger)
    if ledger.design.rows <= MAX_DRAWS:
        return ledger
    return evaluate(ledger.scenario, ledger.design.head(MAX_DRAWS))


@checked
def results(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The distribution of each option, with its point estimate.

    Columns: option, point (each assumption at its mean, events at their expectation), mean, standard_error (of the
    mean, from the simulation alone), p10, p50, p80, p90. measure: as of `Ledger.total`.
    """
    totals = require_draws(ledger).total("option", measure).to_numpy(float)
    return _described(ledger.options, totals, _point(ledger, measure), ledger.design.low_discrepancy)


def differences(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The distribution of each option's cost less that of the reference, in the same draws.

    Columns: option, point, mean, standard_error, p10, p50, p80, p90, probability_cheaper (share of draws in which it
    costs less; equal costs count half). The reference itself is left out.
    """
    totals, point = require_draws(ledger).total("option", measure).to_numpy(float), _point(ledger, measure)
    reference = ledger.options.index(ledger.reference)
    others = [place for place in range(len(ledger.options)) if place != reference]
    gaps = np.asfortranarray(totals[:, others]) - totals[:, [reference]]
    names = [ledger.options[place] for place in others]
    frame = _described(names, gaps, point[others] - point[reference], ledger.design.low_discrepancy)
    frame["probability_cheaper"] = below_zero(gaps).mean(axis=0)
    return frame


def _point(ledger: Ledger, measure: str) -> Array:
    point: Array = ledger.at_point.total("option", measure).to_numpy(float)[0]
    return point


def _described(options: Sequence[str], values: Array, point: Array, low_discrepancy: bool) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "option": list(options),
            "point": point,
            "mean": values.mean(axis=0),
            "standard_error": [mean_error(column, low_discrepancy) for column in values.T],
            **dict(zip(SHARES, percentiles(values, tuple(SHARES.values())), strict=True)),
        }
    )


def ranking(ledger: Ledger) -> pd.DataFrame:
    """The options from the lowest mean NPV up, with the probability that each is the cheapest.

    Columns: rank, option, mean (NPV, USD), probability_cheapest (equal costs share it), standard_error (of that
    probability).
    """
    totals = require_draws(ledger).total("option", "npv")
    values = totals.to_numpy(float)
    shared = shares_of_lowest(values)
    cheapest, means = shared.mean(axis=0), values.mean(axis=0)
    order = np.argsort(means, kind="stable")
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "option": [totals.columns[place] for place in order],
            "mean": means[order],
            "probability_cheapest": cheapest[order],
            "standard_error": [chance_error(shared[:, place], ledger.design.low_discrepancy) for place in order],
        }
    )


def convergence(ledger: Ledger) -> pd.DataFrame:
    """Whether the number of draws suffices, by question.

    Columns: question, value, standard_error, tolerance (of the error), enough, draws_needed (in total, at most: errors
    fall with the root of their number or faster). The two best options are those of these draws.
    """
    totals = require_draws(ledger).total("option", "npv")
    values = totals.to_numpy(float)
    order = np.argsort(values.mean(axis=0), kind="stable")
    best, second = values[:, order[0]], values[:, order[1]]
    name, other = totals.columns[order[0]], totals.columns[order[1]]
    ahead, even = second - best, ledger.design.low_discrepancy
    won = below_zero(-ahead)
    error_of_chance = chance_error(won, even) if np.ptp(ahead) else 0.0
    high = float(percentiles(best, (0.9,))[0])
    rows = [
        (f"mean of {name}", best.mean(), mean_error(best, even), AMOUNT_TOLERANCE * abs(best.mean())),
        (f"P90 of {name}", high, percentile_error(best, 0.9), AMOUNT_TOLERANCE * abs(high)),
        (f"probability that {name} costs less than {other}", won.mean(), error_of_chance, PROBABILITY_TOLERANCE),
        (f"mean lead of {name} over {other}", ahead.mean(), mean_error(ahead, even), ahead.mean() / CLEAR_LEAD),
    ]
    frame = pd.DataFrame(rows, columns=["question", "value", "standard_error", "tolerance"])
    frame["enough"] = frame["standard_error"] <= frame["tolerance"]
    frame["draws_needed"] = [_draws_needed(len(values), error, tolerance) for _, _, error, tolerance in rows]
    return frame


def _draws_needed(draws: int, error: float, tolerance: float) -> float:
    if error == 0:
        return 2.0
    return math.ceil(draws * (error / tolerance) ** 2) if tolerance > 0 else math.inf


def convergence_sentence(frame: pd.DataFrame, draws: int) -> str:
    """What a convergence frame says in one sentence: enough draws, or how many would be."""
    short = frame[~frame["enough"]]
    if short.empty:
        return f"{draws:,} draws are enough for every number of the verdict (standard errors within 1 %)."
    questions = "; ".join(short["question"])
    return f"{draws:,} draws are too few for: {questions}. About {short['draws_needed'].max():,.0f} would do."


def bands(ledger: Ledger) -> pd.DataFrame:
    """The cumulative cost of each option by month, undiscounted.

    Columns: option, period (YYYY-MM), mean, p10, p50, p90, from the first `MAX_DRAWS` draws.
    """
    by_month = first_draws(ledger).total(["option", "period"])
    frames = []
    for option in ledger.options:
        since_start = by_month[option][list(ledger.periods)].to_numpy(float).cumsum(axis=1)
        low, middle, high = percentiles(since_start, (0.1, 0.5, 0.9))
        columns = {"mean": since_start.mean(axis=0), "p10": low, "p50": middle, "p90": high}
        frames.append(pd.DataFrame({"option": option, "period": list(ledger.periods), **columns}))
    return pd.concat(frames, ignore_index=True)


def exceedance_curve(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The probability that an option costs more than an amount, from 0.99 down to 0.01.

    Columns: option, amount, probability; `CURVE_POINTS` rows an option.
    """
    totals = require_draws(ledger).total("option", measure)
    shares = np.linspace(0.99, 0.01, CURVE_POINTS)
    below = (1 - shares).tolist()
    frames = [
        pd.DataFrame({"option": option, "amount": percentiles(column, below), "probability": shares})
        for option, column in zip(totals.columns, totals.to_numpy(float).T, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def downtime_tail(ledger: Ledger) -> pd.DataFrame:
    """The cost of downtime in bad cases, undiscounted, with SLA credits.

    Columns: option, mean, p50, p95, tail_mean (the mean of the worst 5 % of draws: conditional value at risk).
    """
    by_category = first_draws(ledger).total(["option", "category"])
    rows = []
    for option in ledger.options:
        cost = by_category[option]["downtime"].to_numpy(float)
        middle, high = percentiles(cost, (0.5, TAIL_SHARE))
        rows.append((option, cost.mean(), middle, high, tail_mean(cost, TAIL_SHARE)))
    return pd.DataFrame(rows, columns=["option", "mean", "p50", "p95", "tail_mean"])


@dataclass(frozen=True)
class EventSplit:
    """NPV and downtime minutes of the same draws with all chance events, with those of single clusters, and with none.

    options: names along the second axis. with_all, with_local, expected: by measure, (draws, options), from the first
    `MAX_DRAWS` draws. expected: all events at their expectation.
    """

    options: tuple[str, ...]
    with_all: Mapping[str, Array]
    with_local: Mapping[str, Array]
    expected: Mapping[str, Array]


def split_by_events(sources: Mapping[int, Ledger | Part]) -> dict[int, EventSplit]:
    """The `EventSplit` of each ledger by its key, such as a fleet size.

    A `Part` (a scenario and its design) may take the place of a ledger that is not needed otherwise.
    """
    splits = {}
    for key, source in sources.items():
        design = source.design.head(MAX_DRAWS)
        ledger = (
            source
            if isinstance(source, Ledger) and design.rows == require_draws(source).design.rows
            else evaluate(source.scenario, design, OF_EVENTS)
        )
        totals: dict[str, dict[str, Array]] = {events: {} for events in ("", LOCAL, EXPECTED)}
        for query in OF_EVENTS:
            by_option = ledger.totals(query)
            totals[query.events][query.measure] = np.column_stack([by_option[option,] for option in ledger.options])
        splits[key] = EventSplit(ledger.options, *totals.values())
    return splits


def variance_shares(source: Ledger | EventSplit, measure: str = NPV) -> pd.DataFrame:
    """The shares of the variance that come from uncertain assumptions and from chance events.

    Columns: option, standard_deviation, ignorance_share, luck_share (these two sum to 1; NaN without any spread),
    regional_luck_share (the part of luck_share from regional events). Luck is the deviation of each draw from the same
    draw with events at their expectation. That of single clusters averages out over large fleets; that of Regions does
    not, since it affects all clusters at once. From the first `MAX_DRAWS` draws. measure: `npv` or `downtime minute`.
    """
    split = split_by_events({0: source})[0] if isinstance(source, Ledger) else source
    totals, expected = split.with_all[measure], split.expected[measure]
    luck, local_luck = (((drawn - expected) ** 2).mean(axis=0) for drawn in (totals, split.with_local[measure]))
    ignorance = np.array([variance(column) for column in expected.T])
    none = luck + ignorance <= (ROUNDING * np.abs(totals).max(axis=0)) ** 2
    luck, local_luck, ignorance = (np.where(none, 0.0, part) for part in (luck, local_luck, ignorance))
    whole = luck + ignorance
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "option": list(split.options),
                "standard_deviation": np.sqrt(whole),
                "ignorance_share": ignorance / whole,
                "luck_share": luck / whole,
                "regional_luck_share": np.maximum(luck - local_luck, 0.0) / whole,
            }
        )
