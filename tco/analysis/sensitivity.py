"""What drives a result: swings of single assumptions, shares of its variance, and rank correlation with it.

The outcome is the NPV of an option, or with `against` its NPV less that of another, which decides between the two. Each
function returns an index-free DataFrame, the strongest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tco.analysis.assumption_register import JUDGEMENT
from tco.analysis.combined_designs import scaled_to
from tco.analysis.distribution import correlation, ranks
from tco.analysis.one_change_reversals import (
    Changes,
    costs_of_changes,
    hours_that_move_dates,
    paths_of_dates,
    short_of_hours,
)
from tco.analysis.uncertainty import first_draws
from tco.errors import InputError, checked, unknown
from tco.evaluation.ledger_line import Array
from tco.formats import listed
from tco.model.fleet.growth import CLUSTERS
from tco.model.fleet.teams import MIGRATION_TEAM
from tco.model.lines import evaluate
from tco.sampling.designs import Design
from tco.sampling.events import PREFIX
from tco.sampling.monte_carlo import drawn_together, saltelli, uncertain
from tco.scenario.scenario import Scenario, parted

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

ENDS = (0.1, 0.9)
ROUNDING = 1e-9
"""An outcome that differs from the point estimate by less than this share of the costs has not moved."""
RESAMPLES = 100
CONFIDENCE = 0.95
INDEPENDENT = (
    "The assumptions are drawn independently of each other: first-order indices add up to at most 1, and the rest to 1 "
    "comes from assumptions together; a total index is what would remain if all others were known."
)
CORRELATED = (
    "Some assumptions are correlated ({pairs}), so variance cannot be attributed to each alone. A Sobol' index then "
    "measures what an assumption adds to those before it in the scenario's order, and shares may change with that "
    "order; rank correlations show what moves together with the result, cause or not; a swing moves one assumption and "
    "holds the others, which the correlation makes unlikely."
)


def outcome(ledger: Ledger, option: str, against: str = "") -> Array:
    """NPV of an option, less that of `against` where it is named; one number a draw.

    The first must be one. Raises InputError for unknown options.
    """
    signs = _signs(ledger.scenario, option, against)
    costs = ledger.total("option", "npv")[list(signs)].to_numpy(float)
    return _outcome(costs, signs)


def _signs(scenario: Scenario, option: str, against: str) -> dict[str, float]:
    """How the NPV of an option counts: 1, that of `against` -1. Raises InputError for unknown options."""
    for path, name in (("option", option), ("against", against)):
        if name not in scenario.options and (name or path == "option"):
            raise InputError(unknown("option", name, scenario.options), path=path)
    return {
        name: float(name == option) - float(name == against) for name in scenario.options if name in (option, against)
    }


def _outcome(costs: Array, signs: Mapping[str, float]) -> Array:
    """The costs of options, the last axis, added up with these signs."""
    added: Array = costs @ np.array(list(signs.values()))
    return added


@checked
def tornado(scenario: Scenario | Ledger, option: str, against: str = "") -> pd.DataFrame:
    """How far each assumption alone swings the outcome between its 10th and 90th percentile, all else at its mean.

    scenario: or its ledger: where that has draws, each option's costs are scaled to its mean over them, so
    that the bars start at the difference that the verdict states. Dates of upgrades follow months of preparation and
    hours of teams, and the hours that upgrades take where a team is too short for them.
    Columns: path, label, unit, p10, p90 (of the assumption), at_p10, at_p90 (the outcome there, USD), point (the
    outcome with all at their means), swing (at_p90 less at_p10); sorted by size. Assumptions that move nothing are
    left out. `.attrs["note"]` says whose bar is rough, where one is.
    """
    ledger = None if isinstance(scenario, Scenario) else scenario
    scenario = scenario if isinstance(scenario, Scenario) else scenario.scenario
    signs = _signs(scenario, option, against)
    options = tuple(signs)
    entries = uncertain(scenario)
    ends = np.array([entry.quantile(np.array(ENDS)) for entry in entries.values()]).reshape(-1, len(ENDS))
    paths, dated = list(entries), paths_of_dates(scenario)
    costs, means = costs_of_changes([Changes(scenario, paths, ends), Changes.none(scenario)], dated, options=options)
    scale = scaled_to(ledger, means[0, 0], options)
    widest = float(np.abs(np.diff(_outcome(costs * scale, signs))).max(initial=0.0))
    undated = {path: its_ends for path, its_ends in zip(paths, ends.tolist(), strict=True) if path not in dated}
    if hours := hours_that_move_dates(scenario, undated, lambda costs: _outcome(costs * scale, signs), widest, options):
        rows = [row for row, path in enumerate(paths) if path in hours]
        moved = Changes(scenario, [paths[row] for row in rows], ends[rows])
        (costs[rows],) = costs_of_changes([moved], hours, options=options)
    costs, means = costs * scale, means * scale
    at_ends, point = _outcome(costs, signs), float(_outcome(means, signs)[0, 0])
    named = [(path, scenario.assumption(path).label, entry.unit) for path, entry in entries.items()]
    frame = pd.DataFrame(named, columns=["path", "label", "unit"])
    frame[["p10", "p90"]] = ends
    frame[["at_p10", "at_p90"]] = at_ends
    frame["point"] = point
    frame["swing"] = frame["at_p90"] - frame["at_p10"]
    moving: pd.DataFrame = frame[(np.abs(at_ends - point) > ROUNDING * np.abs(costs).max(initial=0.0)).any(axis=1)]
    moving = moving.sort_values("swing", key=abs, ascending=False, kind="stable", ignore_index=True)
    moving.attrs["note"] = _rough_bar(scenario, moving)
    return moving


def _rough_bar(scenario: Scenario, moving: pd.DataFrame) -> str:
    """A sentence on the bar that can be far from what draws give; empty where there is none."""
    grows = any(entry.mean > 0 for path, entry in scenario.assumptions.items() if path.endswith(CLUSTERS))
    of_team = moving.loc[moving["path"] == MIGRATION_TEAM, "label"]
    if of_team.empty or not grows or not (short := short_of_hours(scenario)):
        return ""
    return (
        f"The bar of {of_team.iloc[0].lower()} is rough, up to two thirds off: clusters are added while "
        f"under {listed(short)} a team has too few hours for upgrades."
    )


def judgement_share(swings: pd.DataFrame, scenario: Scenario) -> float:
    """How much of what moves an outcome is judgement: the share in the sum of squared swings of `tornado`, 0 to 1.

    Squares, since variances add up and not ranges. NaN where nothing moves.
    """
    kinds = swings["path"].map(lambda path: scenario.assumption(path).source.kind)
    squares = swings["swing"] ** 2
    return float(squares[kinds == JUDGEMENT].sum() / squares.sum()) if squares.any() else float("nan")


@checked
def sobol_indices(
    scenario: Scenario, option: str, against: str = "", *, draws: int = 512, seed: int = 0, paths: Sequence[str] = ()
) -> pd.DataFrame:
    """The share of the outcome's variance that each assumption accounts for, alone and together with others.

    Columns: path, label, first, first_confidence, total, total_confidence (half widths of 95 % intervals, by
    bootstrap); sorted by total. draws: a power of two; draws x (assumptions + 2) rows are evaluated. paths: the
    assumptions to vary; without any, all uncertain ones. Chance events are left out. An outcome that does not vary has
    zeros. `meaning` says what the indices mean where assumptions are correlated.
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

    names = drawn_together(design.paths)
    keys = {"first": "S1", "first_confidence": "S1_conf", "total": "ST", "total_confidence": "ST_conf"}
    if np.ptp(values) == 0:
        values_of_keys: dict[str, Any] = {column: np.zeros(len(names)) for column in keys}
    else:
        problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
        # SALib takes a seed of 0 for none, and would draw its resamples from numpy's global state.
        analysed = sobol.analyze(
            problem, values, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=seed + 1
        )
        values_of_keys = {column: analysed[key] for column, key in keys.items()}
    labels = [_label(scenario, name) for name in names]
    frame = pd.DataFrame({"path": names, "label": labels, **values_of_keys})
    return frame.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def rank_correlations(ledger: Ledger, option: str, against: str = "") -> pd.DataFrame:
    """Spearman's correlation of each column of the design with the outcome, over the draws.

    Columns: path, label, rank_correlation, standard_error (where there is none: 1 / sqrt(draws - 1)); sorted by size.
    Chance events are included, as `luck.<kind>.<group or Region>`. From the first `MAX_DRAWS` draws.
    """
    first = first_draws(ledger)
    ranked = ranks(outcome(first, option, against))
    columns = first.design.frame()
    rows = [
        (path, _label(ledger.scenario, path), correlation(ranks(columns[path].to_numpy(float)), ranked))
        for path in first.design.paths
    ]
    frame = pd.DataFrame(rows, columns=["path", "label", "rank_correlation"])
    frame["standard_error"] = 1 / np.sqrt(len(ranked) - 1)
    return frame.sort_values("rank_correlation", key=abs, ascending=False, kind="stable", ignore_index=True)


def meaning(scenario: Scenario) -> str:
    """What indices, correlations and swings mean for this scenario: independent assumptions or correlated ones."""
    pairs = [f"{one} with {other}" for one, other in (stated.between for stated in scenario.correlations)]
    return CORRELATED.format(pairs=", ".join(pairs)) if pairs else INDEPENDENT


def _label(scenario: Scenario, path: str) -> str:
    if path.startswith(PREFIX):
        kind, _, place = path.removeprefix(PREFIX).partition(".")
        return f"Luck: {kind}, {place}"
    return scenario.assumption(path).label if parted(path)[1] in scenario.assumptions else path
