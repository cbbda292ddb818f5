"""How sure a result is: percentiles beside mean and point estimate, bands over time, tails, luck against ignorance.

Every function takes a `Ledger` whose design has draws and returns an index-free DataFrame. Amounts are NPV in USD
unless another measure is asked for; a percentile P90 is the amount that 90 % of draws stay below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.combined_designs import Part, totals_of
from tco.analysis.distribution import mean_error, percentiles, tail_mean, variance
from tco.errors import InputError
from tco.evaluation.accumulators import COST, NPV, Question
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import DOWNTIME
from tco.model.lines import evaluate
from tco.sampling.designs import Design
from tco.sampling.events import PREFIX

Array = NDArray[np.float64]
SHARES = {"p10": 0.1, "p50": 0.5, "p80": 0.8, "p90": 0.9}
TAIL_SHARE = 0.95
ROUNDING = 1e-12
"""Totals that differ by less than this share of them do so because numbers are added up in another order."""
MOST_KEPT = 20_000
"""Draws used where every draw is kept by month or with all its columns: such answers do not gain from more."""
CURVE_POINTS = 120
REGIONAL = f"{PREFIX}regional."
MEASURES_APART = (NPV, DOWNTIME)
"""What luck is told apart in."""


def questions(design: Design, by_month: bool = False) -> tuple[Question, ...]:
    """What a report asks of a ledger of draws besides the usual totals, so that the ledger is told beforehand.

    by_month: whether `bands` is among them. Nothing by draw where there are more draws than those functions look at.
    """
    means = (
        Question(("option", "line"), "", NPV, over_draws=True),
        Question(("option", "category"), "", NPV, over_draws=True),
    )
    by_draw = (Question(("option", "category"), "", COST), *([Question(("option",), "p", COST)] if by_month else []))
    return (*means, *(by_draw if design.rows <= MOST_KEPT else ()))


def results(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The distribution of each option beside its point estimate.

    Columns: option, point (each assumption at its mean, events at their expectation), mean, standard_error (of the
    mean, from the simulation alone), p10, p50, p80, p90. measure: as of `Ledger.total`.
    """
    totals = drawn(ledger).total("option", measure).to_numpy(float)
    return _described(ledger.options, totals, _point(ledger, measure), ledger.design.low_discrepancy)


def differences(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The distribution of what each option costs more than the reference, taken draw by draw.

    Columns: option, point, mean, standard_error, p10, p50, p80, p90, probability_cheaper (share of draws in which it
    costs less; equal costs count half). The reference itself is left out.
    """
    totals, point = drawn(ledger).total("option", measure).to_numpy(float), _point(ledger, measure)
    reference = ledger.options.index(ledger.reference)
    others = [place for place in range(len(ledger.options)) if place != reference]
    gaps = np.asfortranarray(totals[:, others]) - totals[:, [reference]]
    names = [ledger.options[place] for place in others]
    frame = _described(names, gaps, point[others] - point[reference], ledger.design.low_discrepancy)
    frame["probability_cheaper"] = ((gaps < 0) + (gaps == 0) / 2).mean(axis=0)
    return frame


def drawn(ledger: Ledger) -> Ledger:
    """The ledger itself; InputError where its design has no draws to speak of."""
    if ledger.design.rows < 2:
        raise InputError("a distribution needs draws: evaluate the scenario with tco.monte_carlo", path="design")
    return ledger


def _point(ledger: Ledger, measure: str) -> Array:
    point: Array = ledger.at_point.total("option", measure).to_numpy(float)[0]
    return point


def _described(options: Sequence[str], values: Array, point: Array, low_discrepancy: bool) -> pd.DataFrame:
    found = percentiles(values, tuple(SHARES.values()))
    return pd.DataFrame(
        {
            "option": list(options),
            "point": point,
            "mean": values.mean(axis=0),
            "standard_error": [mean_error(column, low_discrepancy) for column in values.T],
            **dict(zip(SHARES, found, strict=True)),
        }
    )


def bands(ledger: Ledger) -> pd.DataFrame:
    """What each option has cost since the start, month by month, undiscounted.

    Columns: option, period (YYYY-MM), mean, p10, p50, p90, from the first 20,000 draws at most.
    """
    kept = first_draws(ledger)
    by_month = kept.total(["option", "period"])
    frames = []
    for option in ledger.options:
        since_start = by_month[option][list(ledger.periods)].to_numpy(float).cumsum(axis=1)
        low, middle, high = percentiles(since_start, (0.1, 0.5, 0.9))
        frames.append(
            pd.DataFrame(
                {
                    "option": option,
                    "period": list(ledger.periods),
                    "mean": since_start.mean(axis=0),
                    "p10": low,
                    "p50": middle,
                    "p90": high,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def first_draws(ledger: Ledger) -> Ledger:
    """The ledger of the first 20,000 draws, for questions that look at every column or month of each draw."""
    drawn(ledger)
    if ledger.design.rows <= MOST_KEPT:
        return ledger
    return evaluate(ledger.scenario, ledger.design.head(MOST_KEPT))


def exceedance_curve(ledger: Ledger, measure: str = NPV) -> pd.DataFrame:
    """The probability that an option costs more than an amount, from nearly certain to hardly.

    Columns: option, amount, probability; 120 points an option.
    """
    totals = drawn(ledger).total("option", measure)
    shares = np.linspace(0.99, 0.01, CURVE_POINTS)
    below = (1 - shares).tolist()
    frames = [
        pd.DataFrame({"option": option, "amount": percentiles(column, below), "probability": shares})
        for option, column in zip(totals.columns, totals.to_numpy(float).T, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def downtime_tail(ledger: Ledger) -> pd.DataFrame:
    """What downtime costs in bad cases, undiscounted, with SLA credits.

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
class LuckApart:
    """NPV and downtime minutes of the same draws with all luck, with that of single clusters alone, and without any.

    options: names along the second axis. drawn, of_clusters, expected: by measure, (draws, options); from the first
    20,000 draws at most.
    """

    options: tuple[str, ...]
    drawn: Mapping[str, Array]
    of_clusters: Mapping[str, Array]
    expected: Mapping[str, Array]


def luck_apart(ones: Mapping[int, Ledger | Part]) -> dict[int, LuckApart]:
    """What luck does in each of some ledgers, by its key, such as a fleet size; evaluated together where possible.

    A scenario and its design may stand for a ledger that nothing else is asked of.
    """
    parts: dict[tuple[int, str], Part] = {}
    known: dict[int, Ledger] = {}
    for key, one in ones.items():
        design = one.design.head(MOST_KEPT)
        if isinstance(one, Ledger) and design.rows == drawn(one).design.rows:
            known[key] = one
        else:
            parts[key, "drawn"] = Part(one.scenario, design)
        calm = design.only([path for path in design.paths if not path.startswith(REGIONAL)])
        parts[key, "of_clusters"] = Part(one.scenario, calm)
        parts[key, "expected"] = Part(one.scenario, design.without_luck())
    found: dict[tuple[int, str], Mapping[str, Array]] = dict(
        zip(parts, totals_of(list(parts.values()), MEASURES_APART), strict=True)
    )
    for key, ledger in known.items():
        found[key, "drawn"] = {name: ledger.total("option", name).to_numpy(float) for name in MEASURES_APART}
    return {
        key: LuckApart(
            tuple(one.scenario.options), found[key, "drawn"], found[key, "of_clusters"], found[key, "expected"]
        )
        for key, one in ones.items()
    }


def variance_shares(ledger: Ledger | LuckApart, measure: str = NPV) -> pd.DataFrame:
    """How much of the spread is not knowing the assumptions, and how much is luck that nobody can know.

    Columns: option, standard_deviation, ignorance_share, luck_share (these two add to 1; NaN without any spread),
    regional_luck_share (the part of luck_share that regional events bring). Luck is the deviation of each draw from
    the same draw with events at their expectation. That of single clusters averages out over large fleets; that of
    Regions does not, since it hits all clusters at once. From the first 20,000 draws at most. measure: `npv` or
    `downtime minute`.
    """
    apart = luck_apart({0: ledger})[0] if isinstance(ledger, Ledger) else ledger
    totals, single, expected = apart.drawn[measure], apart.of_clusters[measure], apart.expected[measure]
    luck, of_clusters = (((drawn_so - expected) ** 2).mean(axis=0) for drawn_so in (totals, single))
    ignorance = np.array([variance(column) for column in expected.T])
    none = luck + ignorance <= (ROUNDING * np.abs(totals).max(axis=0)) ** 2
    luck, of_clusters, ignorance = (np.where(none, 0.0, part) for part in (luck, of_clusters, ignorance))
    whole = luck + ignorance
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "option": list(apart.options),
                "standard_deviation": np.sqrt(whole),
                "ignorance_share": ignorance / whole,
                "luck_share": luck / whole,
                "regional_luck_share": np.maximum(luck - of_clusters, 0.0) / whole,
            }
        )
