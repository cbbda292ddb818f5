"""Bayesian update of the baseline's ranges by a team's upgrade log; the result is an overlay of assumptions.

    minutes    log A ~ normal, A the assumption, the mean over cut-overs; low and high are its 5th and 95th percentile.
               The log of the mean of n rows is normal about log A with the variance d**2 (1 + d**2 / 2) / n. d, the
               spread of rows, counts the prior as a row: d**2 = (prior variance + sum of squared deviations) / n.
    hours      the same for logged over modelled hours (`logged_hours`). Logged hours are the total of an upgrade, so
               they give one factor for all phases: it multiplies every mean, and every range narrows as that of the
               total. Rows with a phase update that phase, before the totals.
    failures   beta(a, b) has the prior's mean and the weight a + b of its 5th and 95th percentile; the posterior is
               beta(a + failures, b + successes). An upgrade and its retry are one trial.
    engines    each is updated separately (hours: each engine and method) from the prior, of weight p, and its own rows;
               the rows of other engines, of weight n, count with COMMON x n p / (n + p), so that they change it by less
               than COMMON of the change of their own engine. The posterior of an engine applies to its groups; in a
               fleet of one engine and method, to the scenario.

An assumption without a range in the scenario is certain and stays. It counts as measured once the log has more weight
than the prior.

Sources: Gelman and others, Bayesian Data Analysis (2013), sections 2.4 (beta), 2.5 (normal with known variance) and 5.4
(means of groups with a common part); Ibrahim and Chen, Statistical Science 15 (2000) 46-60 (data that count in part);
Zhou and Gao, Statistics in Medicine 16 (1997) 783-790 (variance of the mean of a lognormal).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tco import platforms
from tco.errors import InputError
from tco.evidence.conjugate_priors import beta_posterior, normal_posterior
from tco.evidence.logged_hours import CUT_OVER, PATHS, TOTAL, compared
from tco.evidence.upgrade_log import LoggedUpgrade, UpgradeLog
from tco.formats import count
from tco.model.fleet.effort import INCIDENTS
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario, own_path
from tco.scenario.shapes import Z_95, beta_parameters
from tco.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import pandas as pd

HOURS = tuple(path for paths in PATHS.values() for path in paths)
INCIDENT_MINUTES = "downtime.incident_minutes"
MINUTES = {
    "in_place": "downtime.inplace_major_minutes",
    "blue_green": "downtime.bluegreen_seconds",
    "rolling": "downtime.rolling_seconds",
    "logical_replication": "downtime.logical_replication_seconds",
}
MIN_MINUTES = 0.5
"""Used for 0 minutes: a log in whole minutes has 0 for shorter downtimes."""
COMMON = 0.025
"""Weight of an engine's rows for another engine: judgement. It is so small that hours a fiftieth of the baseline's
change another engine's by less than a tenth of that."""
Cell = tuple[str, str]
"""An engine and a method ("": any)."""
Pair = tuple[float, float]
"""Observed and expected value; for failures, their number and that of trials."""


@dataclass(frozen=True)
class Posterior:
    """One assumption before and after the log. upgrades: the number used.

    observed: their mean, or share of failures; for hours, the prior's mean times logged over modelled hours. groups:
    those whose assumption it is; empty for the scenario's.
    """

    path: str
    prior: Assumption
    posterior: Assumption
    upgrades: int
    observed: float
    groups: tuple[str, ...] = ()


def posteriors(scenario: Scenario, log: UpgradeLog, method: str = "") -> tuple[Posterior, ...]:
    """Every assumption that the log updates, before and after: for the groups of each engine and method.

    method: that of rows without method; default: the method of the reference option. Raises InputError for an
    assumption whose range in the scenario is neither lognormal nor, for a probability, beta.
    """
    usual = method or scenario.options[scenario.reference_option].method or "in_place"
    rows = [(row, row.method or usual) for row in log.upgrades]
    parts = list(_parts(scenario))
    if len(parts) < 2:
        return _of_part(scenario, log, rows)
    return tuple(replace(update, groups=names) for part, names in parts for update in _of_part(part, log, rows))


def _parts(scenario: Scenario) -> Iterator[tuple[Scenario, tuple[str, ...]]]:
    """The scenario reduced to each set of groups with the same engine, method and own assumptions, with their names.

    Other groups have no clusters in it, and the set's own assumptions are the scenario's. Groups without versions are
    in no set.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    for name, group in scenario.fleet.items():
        options = (scenario.reference_option, *scenario.options)
        cell = next(filter(None, (_cell(scenario, option, name) for option in options)), None)
        if cell and group.clusters:
            alike.setdefault((*cell, *sorted(map(repr, group.assumptions.items()))), []).append(name)
    for names in alike.values():
        others = {name: group.model_copy(update={"clusters": 0}) for name, group in scenario.fleet.items()}
        fleet = {name: scenario.fleet[name] if name in names else group for name, group in others.items()}
        stated = {**scenario.assumptions, **scenario.fleet[names[0]].assumptions}
        yield scenario.model_copy(update={"fleet": fleet, "assumptions": stated}), tuple(names)


def _of_part(scenario: Scenario, log: UpgradeLog, rows: list[tuple[LoggedUpgrade, str]]) -> tuple[Posterior, ...]:
    updated = _hours(scenario, log, rows)
    cut_overs = [(row, used) for row, used in rows if row.phase in (TOTAL, CUT_OVER)]
    for name, path in MINUTES.items():
        normal, trials = [], dict[tuple[str, ...], Pair]()
        for row in (row for row, used in cut_overs if used == name):
            key = (row.engine, row.cluster, row.from_version)
            trials[key] = (max(row.failed, trials.get(key, (0, 0))[0]), row.steps)
            if not row.failed:
                normal.append((row.engine, _minutes(row) / row.steps * per_minute(path)))
        updated += _minutes_learned(scenario, log, path, name, normal)
        updated += _probability(scenario, log, name, [(key[0], pair) for key, pair in trials.items()])
    failures = [(row.engine, _minutes(row)) for row, _ in cut_overs if row.failed]
    return (*updated, *_minutes_learned(scenario, log, INCIDENT_MINUTES, "", failures))


def fleet_shares(scenario: Scenario, method: str | None = None) -> dict[Cell, float]:
    """Shares of engines and methods in the clusters with versions under the reference option, else under any option.

    method: count only engines, over the groups upgraded by this method, or over all if there are none.
    """
    for options in ((scenario.reference_option,), scenario.options):
        cells = Counter[Cell]()
        for name, group in scenario.fleet.items():
            for cell in filter(None, (_cell(scenario, option, name) for option in options)):
                cells[cell] += group.clusters
        if cells := +cells:
            break
    if method is not None:
        alike = {cell: clusters for cell, clusters in cells.items() if cell[1] == method} or cells
        cells = Counter()
        for (engine, _), clusters in alike.items():
            cells[engine, method] += clusters
    return {cell: clusters / cells.total() for cell, clusters in cells.items()} or {("", ""): 1.0}


def _cell(scenario: Scenario, option: str, group: str) -> Cell | None:
    """The engine and method of a group under an option; None if it has no versions there."""
    chosen = scenario.settings(option, group)
    engine = platforms.platform(chosen.platform or "").lifecycle_engines.get(scenario.fleet[group].engine)
    return (engine, chosen.method or "in_place") if engine else None


def of_no_group(scenario: Scenario, log: UpgradeLog) -> list[str]:
    """A sentence for each engine of the log that no group has under any option, with the fleet's names for it.

    And one for each method by which no option upgrades an engine that the fleet has.
    """
    options = list(scenario.options)
    cells = {
        (_cell(scenario, option, name), group.engine) for name, group in scenario.fleet.items() for option in options
    }
    run = {(cell[0], engine) for cell, engine in cells if cell}
    rows = Counter(upgrade.engine for upgrade in log.upgrades)
    for engine, _ in run:
        del rows[engine]
    ways = {cell for cell, _ in cells if cell}
    other = Counter((upgrade.engine, upgrade.method) for upgrade in log.upgrades if upgrade.method)
    return [
        f"no option upgrades {engine} by {method}, so its rows ({number}) change almost nothing"
        for (engine, method), number in other.items()
        if engine not in rows and (engine, method) not in ways
    ] + [
        f"no group runs {engine}, so its rows ({number}) change almost nothing"
        + (f"; if they are of {' or '.join(alike)}, name that" if alike else "")
        for engine, number in rows.items()
        for alike in [sorted(of for of, stated in run if stated == engine)]
    ]


def overlay(updated: Iterable[Posterior]) -> dict[str, dict[str, Any]]:
    """The posterior assumptions by path, as `load_scenario` takes them for `set`."""
    return {
        path: {
            **{field: getattr(update.posterior, field) for field in ("low", "high", "shape", "note")},
            "source": update.posterior.source.model_dump(mode="json", exclude_defaults=True),
        }
        for update in updated
        for path in ([own_path(name, update.path) for name in update.groups] or [update.path])
    }


def with_posteriors(scenario: Scenario, updated: Iterable[Posterior]) -> Scenario:
    """The scenario with the posterior assumptions instead of the prior ones."""
    of_scenario: dict[str, Assumption] = {}
    of_groups = {name: dict(group.assumptions) for name, group in scenario.fleet.items()}
    for update in updated:
        for entries in [of_groups[name] for name in update.groups] or [of_scenario]:
            entries[update.path] = update.posterior
    changes = {
        "assumptions": {**scenario.assumptions, **of_scenario},
        "changed": scenario.changed | set(of_scenario),
        "fleet": {
            name: group.model_copy(update={"assumptions": of_groups[name]}) for name, group in scenario.fleet.items()
        },
    }
    return scenario.model_copy(update=changes)


def prior_and_posterior(updated: Sequence[Posterior]) -> pd.DataFrame:
    """Before and after, one row per assumption of the scenario or of groups.

    Columns: path, label, unit, upgrades (rows used), observed (as in `Posterior`), prior_low, prior_mean, prior_high,
    posterior_low, posterior_mean, posterior_high (low and high: 5th and 95th percentile), groups (blank for the
    scenario's).
    """
    import pandas as pd

    bounds = ("low", "mean", "high")
    rows = [
        [update.path, update.prior.label, update.prior.unit, update.upgrades, update.observed]
        + [getattr(entry, bound) for entry in (update.prior, update.posterior) for bound in bounds]
        + [", ".join(update.groups)]
        for update in updated
    ]
    columns = [f"{when}_{bound}" for when in ("prior", "posterior") for bound in bounds]
    return pd.DataFrame(rows, columns=["path", "label", "unit", "upgrades", "observed", *columns, "groups"])


def per_minute(path: str) -> float:
    """Units of an assumption of downtime per minute: 60 for one in seconds."""
    return SECONDS_PER_MINUTE if path.endswith("_seconds") else 1.0


def _minutes(row: LoggedUpgrade) -> float:
    return max(row.minutes_down, MIN_MINUTES)


def _hours(scenario: Scenario, log: UpgradeLog, rows: list[tuple[LoggedUpgrade, str]]) -> list[Posterior]:
    """The hours of all phases, updated by rows that state a phase, then by totals of upgrades."""
    updates: dict[str, Posterior] = {}
    stated = {row.phase for row, _ in rows}
    for phase in (name for name in (*PATHS, TOTAL) if name in stated):
        present = with_posteriors(scenario, updates.values())
        parts: Counter[str] = Counter()
        pairs: dict[Cell, list[Pair]] = {}
        for upgrade in compared(present, rows):
            if phase in upgrade.logged:
                alone = (phase, "incidents") if phase == CUT_OVER and upgrade.failed else (phase,)
                hours = {part: upgrade.modelled[part] for part in (PATHS if phase == TOTAL else alone)}
                parts.update(hours)
                pair = upgrade.logged[phase], sum(hours.values())
                pairs.setdefault((upgrade.row.engine, upgrade.method), []).append(pair)
        total = sum(parts.values()) or 1.0
        shares = {path: parts[part] / total * (path == PATHS[part][0]) for part in parts for path in PATHS[part]}
        for new in _scaled(present, log, shares, pairs, fleet_shares(scenario)):
            old = updates.get(new.path)
            updates[new.path] = replace(new, prior=old.prior, upgrades=old.upgrades + new.upgrades) if old else new
    return list(updates.values())


def _minutes_learned(
    scenario: Scenario, log: UpgradeLog, path: str, method: str, observed: Sequence[tuple[str, float]]
) -> list[Posterior]:
    """Minutes or seconds at a path, updated by those of single cut-overs, each with its engine."""
    expected = scenario.assumptions[path].mean
    pairs: dict[Cell, list[Pair]] = {}
    for engine, value in observed:
        pairs.setdefault((engine, method), []).append((value, expected))
    return _scaled(scenario, log, {path: 1.0}, pairs, fleet_shares(scenario, method))


def _scaled(
    scenario: Scenario,
    log: UpgradeLog,
    parts: Mapping[str, float],
    pairs: Mapping[Cell, Sequence[Pair]],
    shares: Mapping[Cell, float],
) -> list[Posterior]:
    """Assumptions multiplied by one ratio of observed to expected values, with ranges narrowed by one factor.

    parts: the share of each assumption in the expected value. shares: those of the cells in the fleet.
    """
    priors = [(path, prior) for path in (parts if pairs else ()) if (prior := _ranged(scenario, path, "lognormal"))]
    spreads = {path: math.log((prior.high or 1) / (prior.low or 1)) / (2 * Z_95) for path, prior in priors}
    deviation = math.sqrt(sum((parts[path] * spread) ** 2 for path, spread in spreads.items()))
    if not deviation:
        return []
    known = {cell: _log_ratio(rows, deviation) for cell, rows in pairs.items()}
    centre = width = 0.0
    for cell, share in shares.items():
        after = (-(deviation**2) / 2, deviation)
        if cell in known:
            after = normal_posterior(*after, [known[cell][0]], math.sqrt(known[cell][1]))
        others = [(value, 1 / variance) for other, (value, variance) in known.items() if other != cell]
        if weight := sum(precision for _, precision in others):
            value = sum(value * precision for value, precision in others) / weight
            after = normal_posterior(*after, [value], math.sqrt((1 / weight + deviation**2) / COMMON))
        centre, width = centre + share * after[0], width + share * after[1]
    rows = [pair for cell in (shares.keys() & pairs.keys()) or pairs for pair in pairs[cell]]
    factor, updated = width / deviation, []
    ratio = sum(observed for observed, _ in rows) / sum(expected for _, expected in rows)
    for path, prior in priors:
        spread, narrowed = spreads[path], spreads[path] * factor
        middle = math.log((prior.low or 0) * (prior.high or 0)) / 2 + (spread**2 - narrowed**2 + width**2) / 2 + centre
        low, high = math.exp(middle - Z_95 * narrowed), math.exp(middle + Z_95 * narrowed)
        updated.append(_posterior(log, path, scenario, (low, high, factor**2 < 1 / 2), len(rows), prior.mean * ratio))
    return updated


def _log_ratio(pairs: Sequence[Pair], deviation: float) -> tuple[float, float]:
    """Log of observed over expected of all rows together, and its variance. deviation: that of the prior."""
    logs = np.log([observed / expected for observed, expected in pairs])
    variance = (deviation**2 + float(((logs - logs.mean()) ** 2).sum())) / len(pairs)
    ratio = sum(observed for observed, _ in pairs) / sum(expected for _, expected in pairs)
    return math.log(ratio), variance * (1 + variance / 2) / len(pairs)


def _probability(
    scenario: Scenario, log: UpgradeLog, method: str, upgrades: Sequence[tuple[str, Pair]]
) -> list[Posterior]:
    """The probability of an incident, updated by upgrades: each its engine, whether it failed, and its steps."""
    path = INCIDENTS[method]
    prior = _ranged(scenario, path, "lognormal", "beta") if upgrades else None
    if prior is None:
        return []
    stated = (prior.low or 0.0, prior.high or 0.0)
    weight, after = sum(beta_parameters(*stated)), np.zeros(3)
    for (engine, _), share in fleet_shares(scenario, method).items():
        of_engine, others = (
            np.sum([pair for name, pair in upgrades if (name == engine) is same] or [(0, 0)], 0)
            for same in (True, False)
        )
        failed, trials = of_engine + others * COMMON * weight / (weight + others[1])
        after += share * np.array(beta_posterior(*stated, failed, trials, prior.mean))
    engines = {engine for engine, _ in fleet_shares(scenario, method)}
    used = [pair for name, pair in upgrades if name in engines] or [pair for _, pair in upgrades]
    failed, trials = np.sum(used, 0)
    return [_posterior(log, path, scenario, (after[0], after[1], after[2] > 1 / 2), len(used), failed / trials)]


def _ranged(scenario: Scenario, path: str, *shapes: str) -> Assumption | None:
    """The assumption at a path, None if it has no range. Raises InputError for another shape than these."""
    prior = scenario.assumptions[path]
    if not prior.is_uncertain:
        return None
    if prior.shape not in shapes or prior.low is None or prior.high is None:
        problem = f"an upgrade log updates a {' or '.join(shapes)} range, and this one is {prior.shape}"
        raise InputError(problem, path=path)
    return prior


def _posterior(
    log: UpgradeLog, path: str, scenario: Scenario, fitted: tuple[float, float, bool], upgrades: int, observed: float
) -> Posterior:
    """The assumption at a path after the log. fitted: low, high, and whether the log outweighs the prior."""
    prior, (low, high, is_measured) = scenario.assumptions[path], fitted
    source = {
        "title": f"{prior.source.title}; updated by {count(upgrades, 'upgrade')} of {log.name}",
        "as_of": log.last_day or scenario.prices_as_of,
        "kind": "measured" if is_measured else prior.source.kind,
        "sponsor": "own" if is_measured else prior.source.sponsor,
    }
    before = f"(before: {prior.low:g} to {prior.high:g})"
    note = f"Posterior of the baseline's or scenario's range {before} with the upgrade log."
    shape = "beta" if path in INCIDENTS.values() else "lognormal"
    entry = {"shape": shape, "low": float(low), "high": float(high), "source": source, "note": note}
    return Posterior(path, prior, prior.replaced(entry), upgrades, float(observed))
