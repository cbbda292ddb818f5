"""What the first major upgrade of each group takes, made one by one: hours, money, minutes, and the days that bound it.

Upgrades are those of the model's own calendar and ledger under one option, at the means of all assumptions: once
planned, without a limit of the team, and once left to the vendor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tco.catalog.lifecycle import extended_support_spans, free_patches_end
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import line_sums
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.evaluation.totals import COST, Key, Query
from tco.model.components.version_upkeep import STAGING, extended_support_bill
from tco.model.fleet.bills import amounts
from tco.model.fleet.effort import PHASES
from tco.model.fleet.placement import Placement, placements
from tco.model.fleet.scheduling import waves
from tco.model.fleet.waves import Cohort, Wave, cohorts, upgraded_of_groups
from tco.model.lines import COMPONENTS
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.units import HOURS_PER_DAY, MONTHS_PER_YEAR
from tco.upgrades.calendar import next_upgrade

Array = NDArray[np.float64]
WAITING_POLICIES = frozenset({"never", "extended_support"})
NO_LIMIT = 1e9
"""Labour hours a month that no fleet uses up."""
MONTHS_AHEAD = 10 * MONTHS_PER_YEAR
"""So far from the start dates are looked up, however short the horizon."""


@dataclass(frozen=True)
class Upgrade:
    """An upgrade of one cluster of a group. USD are undiscounted; staging is part of cost.

    hours: all labour. roles: by role, those of the phases of the upgrade, which the queue counts as the team's time;
    the rest is that of others (who cannot deploy around a cut-over) and of building copies.
    """

    hours: float
    cost: float
    staging: float
    minutes: float
    roles: Mapping[str, float]

    @property
    def team_hours(self) -> float:
        """The team's time."""
        return sum(self.roles.values())


@dataclass(frozen=True)
class Work:
    """The first major upgrade that one group of clusters has to make on today's platform.

    deadline: the last day of free patches. forced_on: the day on which the vendor upgrades; None where nobody does.
    target, method: to which version and how a planned one goes; empty where there is nowhere to go. planned, forced:
    what they take, of one cluster; None where there is none. support: days from the deadline on by what Extended
    Support of one cluster costs on each: (first day, last day, USD a day).
    """

    group: str
    clusters: int
    environment: str
    design_of: str | None
    engine: str
    version: str
    target: str
    method: str
    deadline: date
    forced_on: date | None
    planned: Upgrade | None
    forced: Upgrade | None
    support: tuple[tuple[date, date, float], ...]

    def support_until(self, since: date, until: date) -> float:
        """USD that one cluster pays for Extended Support from one day to before another."""
        spans = (
            (max(first, since), min(last, until - timedelta(days=1)), price) for first, last, price in self.support
        )
        return sum(max((last - first).days + 1, 0) * price for first, last, price in spans)


def work_of(scenario: Scenario, option: str) -> list[Work]:
    """The first upgrades of the groups of an option, in the fleet's order; none where groups have no versions.

    Groups whose policy waits for the end of paid support, or for the vendor, are planned as `settled` would.
    """
    waits = [name for name in scenario.fleet if scenario.settings(option, name).policy in WAITING_POLICIES]
    planned = Inputs(_with_policy(scenario, option, "settled", waits), point(scenario).row(0))
    forced = Inputs(_with_policy(scenario, option, "never", list(scenario.fleet)), point(scenario).row(0))
    plans, pushes = (_first_upgrades(inputs, option) for inputs in (planned, forced))
    found = {}
    for placement in placements(planned, option):
        for cohort in cohorts(planned, placement) if placement.stage != "arrives" else ():
            support = _support(planned, placement, cohort)
            for place, name in enumerate(cohort.groups.names):
                days = tuple((first, last, float(prices[place])) for first, last, prices in support)
                found[name] = _work(planned, cohort, name, plans.get(name), pushes.get(name), days)
    return [found[name] for name in scenario.fleet if name in found]


def _with_policy(scenario: Scenario, option: str, policy: str, groups: list[str]) -> Scenario:
    """The scenario with some groups of an option under another policy, no limit of a team and a long horizon."""
    chosen = scenario.options[option]
    own = {name: scenario.settings(option, name).model_copy(update={"policy": policy}) for name in groups}
    changed = chosen.model_copy(update={"groups": {**chosen.groups, **own}, "upgrade_hours_per_month": NO_LIMIT})
    months = max(scenario.months, MONTHS_AHEAD)
    return scenario.model_copy(update={"options": {**scenario.options, option: changed}, "months": months})


def _work(
    inputs: Inputs,
    cohort: Cohort,
    name: str,
    planned: tuple[Wave, Upgrade] | None,
    forced: tuple[Wave, Upgrade] | None,
    support: tuple[tuple[date, date, float], ...],
) -> Work:
    first, last = inputs.scenario.first_day, inputs.scenario.last_day
    vendors = next_upgrade(
        cohort.engine, cohort.version, first, policy="never", start=first, end=last,
        extended_support=cohort.extended_support,
    )  # fmt: skip
    group = inputs.scenario.fleet[name]
    return Work(
        group=name,
        clusters=group.clusters,
        environment=group.environment,
        design_of=group.design_of,
        engine=cohort.engine,
        version=cohort.version,
        target=planned[0].upgrade.to_version if planned else "",
        method=planned[0].method if planned else "",
        deadline=free_patches_end(cohort.engine, cohort.version, last),
        forced_on=vendors.date if vendors else None,
        planned=planned[1] if planned else None,
        forced=forced[1] if forced and forced[0].forced else None,
        support=support,
    )


def _first_upgrades(inputs: Inputs, option: str) -> dict[str, tuple[Wave, Upgrade]]:
    """The first upgrade of each group that has somewhere to go, with its wave."""
    found: dict[str, tuple[Wave, Upgrade]] = {}
    for wave in waves(inputs, option):
        new = [name for name in wave.groups.names if name not in found]
        if new and wave.upgrade.to_version and not wave.unfinished:
            found |= {name: (wave, upgrade) for name, upgrade in _of_one_cluster(inputs, option, wave) if name in new}
    return found


def _of_one_cluster(inputs: Inputs, option: str, wave: Wave) -> Iterator[tuple[str, Upgrade]]:
    """What a wave takes for a cluster of each of its groups that has any."""
    placement = next(place for place in placements(inputs, option) if place.stay is wave.cohort.stay)
    functions = [partial(function, inputs, placement, wave)
                 for component in COMPONENTS for kind, several in component.LINES if kind == "wave"
                 for function in several]  # fmt: skip
    sums = line_sums(inputs, [line for function in functions for line in function()])
    clusters = upgraded_of_groups(inputs, wave)[0, :, 0]
    whole = {measure: _by_group(sums.total(Query((), "g", measure, over_draws=True)), inputs)
             for measure in (LABOUR, COST, DOWNTIME)}  # fmt: skip
    staging = sums.total(Query(("line",), "g", COST, over_draws=True)).get((STAGING,), np.zeros(len(inputs.groups)))
    by_role: dict[str, Array] = {}
    for (line, phase, role), totals in sums.total(
        Query(("line", "phase", "role"), "g", LABOUR, over_draws=True)
    ).items():
        if phase in PHASES and line != STAGING:
            by_role[role] = by_role.get(role, np.zeros(len(totals))) + totals
    for place, (name, index) in enumerate(zip(wave.groups.names, wave.groups.indices, strict=True)):
        if clusters[place] > 0:
            hours, cost, minutes = (float(whole[measure][index] / clusters[place]) for measure in whole)
            roles = {role: part for role, totals in by_role.items()
                     if (part := float(totals[index] / clusters[place]))}  # fmt: skip
            yield name, Upgrade(hours, cost, float(staging[index] / clusters[place]), minutes, roles)


def _by_group(totals: Mapping[Key, Array], inputs: Inputs) -> Array:
    return sum(totals.values(), np.zeros(len(inputs.groups)))


def _support(inputs: Inputs, placement: Placement, cohort: Cohort) -> list[tuple[date, date, Array]]:
    """From when to when Extended Support is charged, and what of one cluster of each group a day, in USD."""
    if not cohort.extended_support:
        return []
    first, last = inputs.scenario.first_day, inputs.scenario.last_day
    begin = min(first, free_patches_end(cohort.engine, cohort.version, last))
    found = []
    for start, end, year in extended_support_spans(cohort.engine, cohort.version, begin, last):
        daily: Array = np.zeros(len(placement.groups))
        for item in extended_support_bill(inputs, placement, cohort.engine, year):
            monthly = amounts(item.quantity) * amounts(item.unit_price)
            daily = daily + np.broadcast_to(monthly[0, :, 0], daily.shape)
        daily = daily * (HOURS_PER_DAY / inputs["finance.hours_per_month"].item())
        found.append((start, end, daily[cohort.groups.positions] if cohort.groups.is_part else daily))
    return found
