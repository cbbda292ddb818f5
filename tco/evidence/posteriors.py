"""Bayesian update of the baseline's ranges by a team's upgrade log; the result is an overlay of assumptions.

    hours, minutes   log(x_i) ~ N(log A - d**2 / 2, d**2) with A the assumption, the mean over cut-overs. The prior of
                     log A is normal (low and high are its 5th and 95th percentile), so the posterior is normal too.
                     d, the spread of single cut-overs, is that of the log, with the prior's own as one more
                     observation: d**2 = (prior variance + sum of squared deviations) / rows. As d is estimated, too,
                     an observation of log A counts with the variance d**2 (1 + d**2 / 2) (Cox's interval).
    failures         Binomial; the prior is the beta distribution with the same 5th and 95th percentile, so the
                     posterior is beta(a + failures, b + successes).

Updated are cut-over hours, minutes of each method, probability of an incident by method, and the minutes of an
incident. Hours are first converted to those of the first cluster along the learning curve, since the model's hours fall
along it. A failed upgrade updates the probability and the minutes of an incident, not the hours and minutes of a normal
upgrade. An assumption without a range in the scenario is known and stays. It counts as measured once the log has more
weight than the prior.

Sources: Gelman and others, Bayesian Data Analysis (2013), sections 2.4 (beta) and 2.5 (normal with known variance);
Zhou and Gao, Statistics in Medicine 16 (1997) 783-790 (Cox's interval for the mean of a lognormal).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tco.errors import InputError
from tco.evidence.upgrade_log import LoggedUpgrade, UpgradeLog
from tco.formats import count
from tco.model.fleet.effort import INCIDENTS
from tco.model.fleet.learning_curve import exponent
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario
from tco.scenario.shapes import Z_95, beta_parameters
from tco.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

HOURS = "upgrades.cutover_hours_first"
INCIDENT_MINUTES = "downtime.incident_minutes"
LEARNING = "upgrades.learning_rate"
MINUTES = {
    "in_place": "downtime.inplace_major_minutes",
    "blue_green": "downtime.bluegreen_seconds",
    "rolling": "downtime.rolling_seconds",
    "logical_replication": "downtime.logical_replication_seconds",
}
MIN_MINUTES = 0.5
"""A log in whole minutes writes 0 for anything shorter."""


@dataclass(frozen=True)
class Posterior:
    """One assumption before and after the log. upgrades: the rows used. observed: their mean, or share of failures."""

    path: str
    prior: Assumption
    posterior: Assumption
    upgrades: int
    observed: float


def posteriors(scenario: Scenario, log: UpgradeLog, method: str = "") -> tuple[Posterior, ...]:
    """Every assumption that the log updates, before and after.

    method: how upgrades were cut over where the log does not say; default: the method of the reference option.
    Raises InputError for an assumption whose range in the scenario is neither lognormal nor, for a probability, beta.
    """
    usual = method or scenario.options[scenario.reference_option].method or "in_place"
    rows = [(row, row.method or usual) for row in log.upgrades]
    updated = [_posterior(scenario, log, HOURS, _first_cluster_hours(scenario, rows))]
    for name, path in MINUTES.items():
        of_method = [row for row, used in rows if used == name]
        scale = SECONDS_PER_MINUTE if path.endswith("_seconds") else 1.0
        minutes = [_minutes(row) / row.steps * scale for row in of_method if not row.failed]
        failures, trials = [float(row.failed) for row in of_method], sum(row.steps for row in of_method)
        updated.append(_posterior(scenario, log, path, minutes))
        updated.append(_posterior(scenario, log, INCIDENTS[name], failures, trials))
    updated.append(_posterior(scenario, log, INCIDENT_MINUTES, [_minutes(row) for row in log.upgrades if row.failed]))
    return tuple(one for one in updated if one is not None)


def overlay(updated: Iterable[Posterior]) -> dict[str, dict[str, Any]]:
    """The posterior assumptions as the `assumptions:` of a scenario file, by path."""
    return {
        one.path: {
            **{field: getattr(one.posterior, field) for field in ("low", "high", "shape", "note")},
            "source": one.posterior.source.model_dump(mode="json", exclude_defaults=True),
        }
        for one in updated
    }


def with_posteriors(scenario: Scenario, updated: Iterable[Posterior]) -> Scenario:
    """The scenario with the posterior assumptions in the place of its own."""
    after = {one.path: one.posterior for one in updated}
    changed = scenario.changed | set(after)
    return scenario.model_copy(update={"assumptions": {**scenario.assumptions, **after}, "changed": changed})


def prior_and_posterior(updated: Sequence[Posterior]) -> pd.DataFrame:
    """Before and after, one row an assumption.

    Columns: path, label, unit, upgrades (rows used), observed (their mean or share, hours as of a first cluster),
    prior_low, prior_mean, prior_high, posterior_low, posterior_mean, posterior_high (low and high: 5th and 95th
    percentile).
    """
    import pandas as pd

    bounds = ("low", "mean", "high")
    rows = [
        [one.path, one.prior.label, one.prior.unit, one.upgrades, one.observed]
        + [getattr(entry, bound) for entry in (one.prior, one.posterior) for bound in bounds]
        for one in updated
    ]
    columns = [f"{when}_{bound}" for when in ("prior", "posterior") for bound in bounds]
    return pd.DataFrame(rows, columns=["path", "label", "unit", "upgrades", "observed", *columns])


def _minutes(row: LoggedUpgrade) -> float:
    return max(row.minutes_down, MIN_MINUTES)


def _first_cluster_hours(scenario: Scenario, rows: list[tuple[LoggedUpgrade, str]]) -> list[float]:
    """Cut-over hours of a first cluster: hours a step over i**exponent, i counting clusters of an engine and method."""
    fall = float(exponent(np.array(scenario.assumptions[LEARNING].mean)))
    done: dict[tuple[str, str], int] = {}
    hours = []
    for row, method in rows:
        key = (row.engine, method)
        done[key] = done.get(key, 0) + 1
        if not row.failed:
            hours.append(row.hours / row.steps / done[key] ** fall)
    return hours


def _posterior(
    scenario: Scenario, log: UpgradeLog, path: str, observed: Sequence[float], trials: int | None = None
) -> Posterior | None:
    """The assumption at a path, updated; None where the log has no row for it, and where it has no range.

    observed: hours or minutes, one a row; with the number of trials, whether each row failed.
    """
    prior = scenario.assumptions[path]
    if not observed or not prior.is_uncertain:
        return None
    shapes = ["lognormal"] if trials is None else ["lognormal", "beta"]
    if prior.shape not in shapes or prior.low is None or prior.high is None:
        problem = f"an upgrade log updates a {' or '.join(shapes)} range, and this one is {prior.shape}"
        raise InputError(problem, path=path)
    if trials is None:
        low, high, is_measured = lognormal_posterior(prior.low, prior.high, observed)
    else:
        low, high, is_measured = beta_posterior(prior.low, prior.high, int(sum(observed)), trials)
    source = {
        "title": f"{prior.source.title}; updated by {count(len(observed), 'upgrade')} of {log.name}",
        "as_of": log.last_day or scenario.prices_as_of,
        "kind": "measured" if is_measured else prior.source.kind,
        "sponsor": "own" if is_measured else prior.source.sponsor,
    }
    before = f"(before: {prior.low:g} to {prior.high:g})"
    note = f"Posterior of the baseline's or scenario's range {before} with the upgrade log."
    posterior = prior.replaced({"shape": shapes[-1], "low": low, "high": high, "source": source, "note": note})
    mean = float(np.mean(observed)) if trials is None else sum(observed) / trials
    return Posterior(path, prior, posterior, len(observed), mean)


def lognormal_posterior(low: float, high: float, observed: Sequence[float]) -> tuple[float, float, bool]:
    """The range of a lognormal mean after observations, and whether they have more weight than the prior.

    low, high: its 5th and 95th percentile before; the same is returned.
    """
    middle, deviation = math.log(low * high) / 2, math.log(high / low) / (2 * Z_95)
    logs = np.log(observed)
    variance = (deviation**2 + float(((logs - logs.mean()) ** 2).sum())) / len(logs)
    spread = math.sqrt(variance * (1 + variance / 2))
    centre, width = normal_posterior(middle, deviation, (logs + variance / 2).tolist(), spread)
    return math.exp(centre - Z_95 * width), math.exp(centre + Z_95 * width), width**2 < deviation**2 / 2


def normal_posterior(
    mean: float, deviation: float, observations: Sequence[float], spread: float
) -> tuple[float, float]:
    """Mean and deviation of a normal mean after observations with a known spread, given its normal prior.

    Precisions add: 1/s**2 + n/d**2; the mean is weighted by them.

    >>> normal_posterior(0.0, 1.0, [2.0], 1.0)
    (1.0, 0.7071067811865476)
    """
    prior, data = 1 / deviation**2, len(observations) / spread**2
    middle = (prior * mean + sum(observations) / spread**2) / (prior + data)
    return middle, math.sqrt(1 / (prior + data))


def beta_posterior(low: float, high: float, failures: int, trials: int) -> tuple[float, float, bool]:
    """The range of a probability after trials, and whether they have more weight than the prior.

    low, high: its 5th and 95th percentile before; the same is returned.
    """
    from scipy.special import betaincinv

    a, b = beta_parameters(low, high)
    after = (a + failures, b + trials - failures)
    return float(betaincinv(*after, 0.05)), float(betaincinv(*after, 0.95)), trials > a + b
