"""What a team's upgrade log teaches: the baseline's ranges, updated by what was measured, as an overlay.

    hours, minutes   log(x_i) ~ N(log A - d**2 / 2, d**2) with A the assumption, the mean over cut-overs. The prior of
                     log A is normal (low and high are its 5th and 95th percentile), so the posterior is normal too.
                     d, the spread of single cut-overs, is that of the log, with the prior's own as one more
                     observation: d**2 = (prior variance + sum of squared deviations) / rows. As d is itself learnt,
                     an observation of log A counts with the variance d**2 (1 + d**2 / 2) (Cox's interval).
    failures         Binomial; the prior is the beta distribution with the same 5th and 95th percentile, so the
                     posterior is beta(a + failures, b + successes).

Updated are cut-over hours, minutes of each method, probability of an incident by method, and the minutes of an
incident. Hours are first put on the scale of the first cluster along the learning curve, since the model's hours fall
along it. A failed upgrade teaches its probability and its minutes, not the hours and minutes of a normal one.
An assumption without a range in the scenario is taken as known and stays. It counts as measured once the log weighs
more than the prior.

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
from tco.model.fleet.effort import INCIDENTS
from tco.model.fleet.learning_curve import exponent
from tco.scenario.assumptions import Z_95, Assumption, beta_parameters
from tco.scenario.scenario import Scenario
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
SHORTEST_MINUTES = 0.5
"""A log in whole minutes writes 0 for anything shorter."""


@dataclass(frozen=True)
class Posterior:
    """One assumption before and after the log. upgrades: rows that say something of it. observed: their mean."""

    path: str
    prior: Assumption
    posterior: Assumption
    upgrades: int
    observed: float

    @property
    def entry(self) -> dict[str, Any]:
        """What an overlay's `assumptions:` holds for the path."""
        after = self.posterior
        source = after.source.model_dump(mode="json", exclude_defaults=True)
        return {"low": after.low, "high": after.high, "shape": after.shape, "source": source, "note": after.note}


def posteriors(scenario: Scenario, log: UpgradeLog, method: str = "") -> tuple[Posterior, ...]:
    """Every assumption that the log says something of, before and after.

    method: how upgrades were cut over where the log does not say; default: the method of the reference option.
    Raises InputError for an assumption whose range in the scenario is neither lognormal nor, for a probability, beta.
    """
    usual = method or scenario.options[scenario.reference_option].method or "in_place"
    rows = [(row, row.method or usual) for row in log.upgrades]
    learnt = [_hours(scenario, log, rows)]
    for name, path in MINUTES.items():
        scale = SECONDS_PER_MINUTE if path.endswith("_seconds") else 1.0
        normal = [row for row, used in rows if used == name and not row.failed]
        minutes = [max(row.minutes_down, SHORTEST_MINUTES) / row.steps * scale for row in normal]
        learnt.append(_positive(scenario, log, path, minutes))
        learnt.append(_share(scenario, log, INCIDENTS[name], [row for row, used in rows if used == name]))
    down = [max(row.minutes_down, SHORTEST_MINUTES) for row in log.upgrades if row.failed]
    learnt.append(_positive(scenario, log, INCIDENT_MINUTES, down))
    return tuple(one for one in learnt if one is not None)


def overlay(learnt: Iterable[Posterior]) -> dict[str, dict[str, Any]]:
    """The posterior assumptions as the `assumptions:` of a scenario file, by path."""
    return {one.path: one.entry for one in learnt}


def learned(scenario: Scenario, learnt: Iterable[Posterior]) -> Scenario:
    """The scenario with the posterior assumptions in the place of its own."""
    after = {one.path: one.posterior for one in learnt}
    changed = scenario.changed | set(after)
    return scenario.model_copy(update={"assumptions": {**scenario.assumptions, **after}, "changed": changed})


def prior_and_posterior(learnt: Sequence[Posterior]) -> pd.DataFrame:
    """Before and after, one row an assumption.

    Columns: path, label, unit, upgrades (rows used), observed (their mean or share, hours as of a first cluster),
    prior_low, prior_mean, prior_high, posterior_low, posterior_mean, posterior_high (low and high: 5th and 95th
    percentile).
    """
    import pandas as pd

    columns = [
        "path",
        "label",
        "unit",
        "upgrades",
        "observed",
        "prior_low",
        "prior_mean",
        "prior_high",
        "posterior_low",
        "posterior_mean",
        "posterior_high",
    ]
    return pd.DataFrame(
        [
            (
                one.path,
                one.prior.label,
                one.prior.unit,
                one.upgrades,
                one.observed,
                one.prior.low,
                one.prior.mean,
                one.prior.high,
                one.posterior.low,
                one.posterior.mean,
                one.posterior.high,
            )
            for one in learnt
        ],
        columns=columns,
    )


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


def beta_posterior(a: float, b: float, failures: int, trials: int) -> tuple[float, float]:
    """The two parameters of the beta distribution of a probability after trials.

    >>> beta_posterior(1, 1, 2, 10)
    (3, 9)
    """
    return a + failures, b + trials - failures


def _hours(scenario: Scenario, log: UpgradeLog, rows: list[tuple[LoggedUpgrade, str]]) -> Posterior | None:
    """Cut-over hours of a first cluster: hours a step over i**exponent, i counting clusters of an engine and method."""
    fall = float(exponent(np.array(scenario.assumptions[LEARNING].mean)))
    done: dict[tuple[str, str], int] = {}
    hours = []
    for row, method in rows:
        key = (row.engine, method)
        done[key] = done.get(key, 0) + 1
        if not row.failed:
            hours.append(row.hours / row.steps / done[key] ** fall)
    return _positive(scenario, log, HOURS, hours)


def _positive(scenario: Scenario, log: UpgradeLog, path: str, observed: Sequence[float]) -> Posterior | None:
    prior = scenario.assumptions[path]
    if not observed or not prior.is_uncertain:
        return None
    if prior.shape != "lognormal" or prior.low is None or prior.high is None:
        raise InputError(f"an upgrade log updates a lognormal range, and this one is {prior.shape}", path=path)
    middle, deviation = math.log(prior.low * prior.high) / 2, math.log(prior.high / prior.low) / (2 * Z_95)
    logs = np.log(observed)
    variance = (deviation**2 + float(((logs - logs.mean()) ** 2).sum())) / len(logs)
    spread = math.sqrt(variance * (1 + variance / 2))
    centre, width = normal_posterior(middle, deviation, (logs + variance / 2).tolist(), spread)
    low, high = math.exp(centre - Z_95 * width), math.exp(centre + Z_95 * width)
    posterior = _entry(scenario, log, prior, "lognormal", low, high, len(observed), width**2 < deviation**2 / 2)
    return Posterior(path, prior, posterior, len(observed), float(np.mean(observed)))


def _share(scenario: Scenario, log: UpgradeLog, path: str, rows: Sequence[LoggedUpgrade]) -> Posterior | None:
    from scipy.special import betaincinv

    prior = scenario.assumptions[path]
    if not rows or not prior.is_uncertain:
        return None
    if prior.shape not in ("lognormal", "beta") or prior.low is None or prior.high is None:
        raise InputError(f"an upgrade log updates a lognormal or beta range, and this one is {prior.shape}", path=path)
    trials, failures = sum(row.steps for row in rows), sum(row.failed for row in rows)
    before = beta_parameters(prior.low, prior.high)
    a, b = beta_posterior(*before, failures, trials)
    low, high = float(betaincinv(a, b, 0.05)), float(betaincinv(a, b, 0.95))
    posterior = _entry(scenario, log, prior, "beta", low, high, len(rows), trials > sum(before))
    return Posterior(path, prior, posterior, len(rows), failures / trials)


def _entry(
    scenario: Scenario,
    log: UpgradeLog,
    prior: Assumption,
    shape: str,
    low: float,
    high: float,
    rows: int,
    measured: bool,
) -> Assumption:
    noun = "upgrade" if rows == 1 else "upgrades"
    before = "" if prior.low is None or prior.high is None else f" (before: {prior.low:g} to {prior.high:g})"
    source = {
        "title": f"{prior.source.title}; updated by {rows} {noun} of {log.name}",
        "as_of": log.last_day or scenario.prices_as_of,
        "kind": "measured" if measured else prior.source.kind,
        "sponsor": "own" if measured else prior.source.sponsor,
    }
    note = f"Posterior of the baseline's or scenario's range{before} with the upgrade log."
    return prior.replaced({"shape": shape, "low": low, "high": high, "source": source, "note": note})
