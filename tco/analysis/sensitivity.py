"""What drives a result: swings of single assumptions, shares of its variance, and rank correlation with it.

The outcome is the NPV of one option, or of one less that of another (`against`): what decides between the two. Each
function returns an index-free DataFrame, the strongest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.distribution import correlation, ranks
from tco.analysis.one_change_reversals import Changes, costs_of_changes
from tco.analysis.uncertainty import first_draws
from tco.errors import InputError, unknown
from tco.model.lines import evaluate
from tco.sampling.designs import Design
from tco.sampling.events import PREFIX
from tco.sampling.monte_carlo import saltelli, uncertain
from tco.scenario.quantiles import quantile

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

Array = NDArray[np.float64]
ENDS = (0.1, 0.9)
ROUNDING = 1e-9
"""An outcome that differs from the point estimate by less than this share of the costs has not moved."""
RESAMPLES = 100
CONFIDENCE = 0.95
INDEPENDENT = (
    "The assumptions are drawn independently of each other: first-order indices add up to at most 1, and what they "
    "leave of 1 is the work of assumptions together; a total index is what would remain if all others were known."
)
CORRELATED = (
    "Some assumptions are correlated ({pairs}), so variance cannot be given to each alone. A Sobol' index then belongs "
    "to what an assumption adds to those before it in the scenario's order, and shares may change with that order; "
    "rank correlations show what moves together with the result, whether it causes it or comes along; a swing moves "
    "one assumption and holds the others, which the correlation makes unlikely."
)


def outcome(ledger: Ledger, option: str, against: str = "") -> Array:
    """NPV of an option, less that of another where one is named; one number a draw. InputError for unknown options."""
    check_options(ledger.scenario, option, against)
    return _chosen(ledger.scenario, ledger.total("option", "npv").to_numpy(float), option, against)


def check_options(scenario: Scenario, *names: str) -> None:
    """InputError unless each name (or an empty one) is an option."""
    for name in filter(None, names):
        if name not in scenario.options:
            raise InputError(unknown("option", name, scenario.options), path="option")


def _chosen(scenario: Scenario, costs: Array, option: str, against: str) -> Array:
    """The cost of one option, less that of another where one is named, of costs whose last axis is the options."""
    places = {name: place for place, name in enumerate(scenario.options)}
    own: Array = costs[..., places[option]]
    return own - costs[..., places[against]] if against else own


def tornado(scenario: Scenario, option: str, against: str = "") -> pd.DataFrame:
    """How far each assumption alone swings the outcome between its 10th and 90th percentile, all else at its mean.

    Columns: path, label, unit, p10, p90 (of the assumption), at_p10, at_p90 (the outcome there, USD), point (the
    outcome at the means), swing (at_p90 less at_p10); sorted by size. Assumptions that move nothing are left out.
    """
    check_options(scenario, option, against)
    entries = uncertain(scenario)
    ends = np.array([quantile(entry, np.array(ENDS)) for entry in entries.values()]).reshape(-1, len(ENDS))
    costs, means = costs_of_changes([Changes(scenario, list(entries), ends), Changes.none(scenario)])
    found = _chosen(scenario, costs, option, against)
    point = float(_chosen(scenario, means, option, against)[0, 0])
    frame = pd.DataFrame(
        {
            "path": list(entries),
            "label": [entry.label for entry in entries.values()],
            "unit": [entry.unit for entry in entries.values()],
            "p10": ends[:, 0],
            "p90": ends[:, 1],
            "at_p10": found[:, 0],
            "at_p90": found[:, 1],
            "point": point,
        }
    )
    frame["swing"] = frame["at_p90"] - frame["at_p10"]
    moving: pd.DataFrame = frame[(np.abs(found - point) > ROUNDING * np.abs(costs).max(initial=0.0)).any(axis=1)]
    return moving.sort_values("swing", key=abs, ascending=False, kind="stable", ignore_index=True)


def sobol_indices(
    scenario: Scenario, option: str, against: str = "", *, draws: int = 512, seed: int = 0, paths: Sequence[str] = ()
) -> pd.DataFrame:
    """The share of the outcome's variance that each assumption accounts for, alone and together with others.

    Columns: path, label, first, first_confidence, total, total_confidence (half widths of 95 % intervals, by
    bootstrap); sorted by total. draws: a power of two; draws x (assumptions + 2) rows are evaluated. paths: the
    assumptions to vary; without any, all uncertain ones. Luck is left out. An outcome that does not vary has zeros.
    What the indices mean where assumptions are correlated is said by `meaning`.
    """
    design = saltelli(scenario, draws, seed, paths)
    return indices(design, outcome(evaluate(scenario, design), option, against), scenario, seed)


def indices(design: Design, values: Array, scenario: Scenario, seed: int = 0) -> pd.DataFrame:
    """Sobol' indices of any outcome of a Saltelli design, one value a row, through SALib; columns as above.

    Raises InputError where the optional library SALib is not installed.
    """
    try:
        from SALib.analyze import sobol
    except ImportError:
        raise InputError("Sobol' indices need the optional library SALib: pip install 'tco[sensitivity]'") from None

    names = list(design.paths)
    columns = ["first", "first_confidence", "total", "total_confidence"]
    if np.ptp(values) == 0:
        found: dict[str, Any] = {name: np.zeros(len(names)) for name in columns}
    else:
        problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
        analysed = sobol.analyze(
            problem, values, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=seed
        )
        found = dict(zip(columns, (analysed[key] for key in ("S1", "S1_conf", "ST", "ST_conf")), strict=True))
    labels = [_label(scenario, name) for name in names]
    frame = pd.DataFrame({"path": names, "label": labels, **found})
    return frame.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def rank_correlations(ledger: Ledger, option: str, against: str = "") -> pd.DataFrame:
    """Spearman's correlation of each column of the design with the outcome, over the draws.

    Columns: path, label, rank_correlation, standard_error (where there is none: 1 / sqrt(draws - 1)); sorted by size.
    Luck is there too, as `luck.<kind>.<group or Region>`. From the first 20,000 draws at most.
    """
    kept = first_draws(ledger)
    values = outcome(kept, option, against)
    frame, ranked = kept.design.frame(), ranks(values)
    rows = [
        (path, _label(ledger.scenario, path), correlation(ranks(frame[path].to_numpy(float)), ranked))
        for path in kept.design.paths
    ]
    found = pd.DataFrame(rows, columns=["path", "label", "rank_correlation"])
    found["standard_error"] = 1 / np.sqrt(len(values) - 1)
    return found.sort_values("rank_correlation", key=abs, ascending=False, kind="stable", ignore_index=True)


def meaning(scenario: Scenario) -> str:
    """What indices, correlations and swings mean for this scenario: independent assumptions or correlated ones."""
    pairs = [f"{one} with {other}" for one, other in (stated.between for stated in scenario.correlations)]
    return CORRELATED.format(pairs=", ".join(pairs)) if pairs else INDEPENDENT


def _label(scenario: Scenario, path: str) -> str:
    if path.startswith(PREFIX):
        kind, _, place = path.removeprefix(PREFIX).partition(".")
        return f"Luck: {kind}, {place}"
    entry = scenario.assumptions.get(path)
    return path if entry is None else entry.label
