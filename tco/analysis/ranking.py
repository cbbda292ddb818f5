"""How likely the ranking of the options is right, and whether there were draws enough to say so.

Both are questions to a `Ledger` whose design has draws. Options are ranked by mean NPV.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.distribution import chance_error, mean_error, percentile_error, percentiles
from tco.analysis.uncertainty import drawn

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

Array = NDArray[np.float64]

PROBABILITY_TOLERANCE = 0.01
"""Standard error at which a probability is known well enough: one percentage point."""
AMOUNT_TOLERANCE = 0.01
"""Standard error of a mean or percentile at which it is known well enough, as a share of it."""
SURE_DISTANCE = 3.0
"""The best two options are told apart where their mean difference is this many of its standard errors."""


@dataclass(frozen=True)
class Chance:
    """A share of draws and the simulation's standard error of it."""

    share: float
    standard_error: float


def ranking(ledger: Ledger) -> pd.DataFrame:
    """The options from the lowest mean NPV up, with the probability that each is the cheapest.

    Columns: rank, option, mean (NPV, USD), probability_cheapest (equal costs share it), standard_error (of that
    probability).
    """
    totals = drawn(ledger).total("option", "npv")
    values = totals.to_numpy(float)
    lowest = values == values.min(axis=1, keepdims=True)
    shared = lowest / lowest.sum(axis=1, keepdims=True)
    cheapest, even = shared.mean(axis=0), ledger.design.low_discrepancy
    order = np.argsort(values.mean(axis=0), kind="stable")
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(order) + 1),
            "option": [totals.columns[place] for place in order],
            "mean": values.mean(axis=0)[order],
            "probability_cheapest": cheapest[order],
            "standard_error": [chance_error(shared[:, place], even) for place in order],
        }
    )


def whole_ranking(ledger: Ledger) -> Chance:
    """The share of draws in which the full order of the options is that of their means; equal costs keep the order."""
    values = drawn(ledger).total("option", "npv").to_numpy(float)
    ordered = values[:, np.argsort(values.mean(axis=0), kind="stable")]
    right = (np.diff(ordered, axis=1) >= 0).all(axis=1).astype(float)
    return Chance(float(right.mean()), chance_error(right, ledger.design.low_discrepancy))


def convergence(ledger: Ledger) -> pd.DataFrame:
    """Whether there are draws enough, question by question.

    Columns: question, value, standard_error, tolerance (of the error), enough, draws_needed (in all, at most: errors
    fall with the root of their number or faster). Whether the two best can be told apart is asked of the draws there
    are.
    """
    totals = drawn(ledger).total("option", "npv")
    values = totals.to_numpy(float)
    order = np.argsort(values.mean(axis=0), kind="stable")
    best, second = values[:, order[0]], values[:, order[1]]
    name, other = totals.columns[order[0]], totals.columns[order[1]]
    ahead, even = second - best, ledger.design.low_discrepancy
    won = (ahead > 0) + (ahead == 0) / 2
    error_of_chance = chance_error(won, even) if np.ptp(ahead) else 0.0
    high = float(percentiles(best, (0.9,))[0])
    rows = [
        (f"mean of {name}", best.mean(), mean_error(best, even), AMOUNT_TOLERANCE * abs(best.mean())),
        (f"P90 of {name}", high, percentile_error(best, 0.9), AMOUNT_TOLERANCE * abs(high)),
        (f"probability that {name} costs less than {other}", won.mean(), error_of_chance, PROBABILITY_TOLERANCE),
        (f"mean lead of {name} over {other}", ahead.mean(), mean_error(ahead, even), ahead.mean() / SURE_DISTANCE),
    ]
    frame = pd.DataFrame(rows, columns=["question", "value", "standard_error", "tolerance"])
    frame["enough"] = frame["standard_error"] <= frame["tolerance"]
    frame["draws_needed"] = [
        _needed(len(values), error, tolerance)
        for error, tolerance in zip(frame["standard_error"], frame["tolerance"], strict=True)
    ]
    return frame


def _needed(draws: int, error: float, tolerance: float) -> float:
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
