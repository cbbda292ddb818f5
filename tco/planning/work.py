"""What the first major upgrade of each group takes, made one by one: hours, money, minutes, and the days that bound it.

Upgrades are those of the model's own calendar and ledger under one option, at the means of all assumptions: once
planned, without a limit of the team, and once left to the vendor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial

import numpy as np

from tco.catalog.lifecycle import extended_support_spans, free_patches_end
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import line_sums
from tco.evaluation.ledger_line import DOWNTIME, LABOUR, Array
from tco.evaluation.totals import COST, Key, Query
from tco.model.components.version_upkeep import STAGING, extended_support_bill
from tco.model.fleet.bills import amounts
from tco.model.fleet.effort import PHASES, wave_hours
from tco.model.fleet.placement import Placement, placements
from tco.model.fleet.scheduling import cohorts, waves
from tco.model.fleet.waves import Cohort, Wave, upgraded_of_groups
from tco.model.lines import COMPONENTS
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.units import HOURS_PER_DAY, MONTHS_PER_YEAR
from tco.upgrades.calendar import next_upgrade
from tco.upgrades.policies import WAITING_POLICIES

NO_LIMIT = 1e9
"""Labour hours a month that no fleet uses up."""
MONTHS_AHEAD = 10 * MONTHS_PER_YEAR
"""So far from the start dates are looked up, however short the horizon."""
SAMPLES = 40
"""Sizes of a part of a wave whose hours are worked out; between them they are interpolated."""


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


@dataclass(frozen=True, eq=False)
class Shared:
    """The wave in which clusters of one group or several are upgraded together. clusters: of all of them."""

    inputs: Inputs
    wave: Wave
    clusters: int

    @cached_property
    def factors(self) -> Array:
        """How many times its share of the whole wave's hours each cluster takes, by how many are made, 0 to all.

        The model's queue counts the same hours for a part: planning and tooling do not shrink with it.
        """
        counts = np.unique(np.geomspace(1, self.clusters, SAMPLES).round().astype(int))
        every = np.arange(self.clusters + 1)
        each = np.interp(every, counts, [self._hours(count) for count in counts.tolist()]) / np.maximum(every, 1)
        factors: Array = np.maximum.accumulate((each / (each[-1] or 1.0))[::-1])[::-1]
        return factors

    def _hours(self, count: int) -> float:
        days = tuple((day, share * count / self.clusters) for day, share in self.wave.cut_overs)
        return float(np.mean(wave_hours(self.inputs, replace(self.wave, cut_overs=days))))


@dataclass(frozen=True)
class Work:
    """The first major upgrade that one group of clusters has to make on today's platform.

    deadline: the last day of free patches. forced_on: the day on which the vendor upgrades; None where it does not.
    target, method: to which version and how a planned one goes; empty where there is nowhere to go. planned, forced:
    what they take, of one cluster; None where there is none. support: days from the deadline on by what Extended
    Support of one cluster costs on each: (first day, last day, USD a day). shared: the wave of the planned one.
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
    shared: Shared | None

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
    longer = scenario.model_copy(update={"months": max(scenario.months, MONTHS_AHEAD)})
    planned = Inputs(_planned(longer, option, NO_LIMIT), point(scenario).row(0))
    never = _with_policy(longer, option, "never", list(scenario.fleet), NO_LIMIT)
    forced = Inputs(never, point(scenario).row(0))
    plans, pushes = (_first_upgrades(inputs, option) for inputs in (planned, forced))
    found, shared = {}, dict[Wave, Shared]()
    for wave, _ in plans.values():
        clusters = sum(scenario.fleet[name].clusters for name in wave.groups.names)
        shared[wave] = Shared(planned, wave, clusters)
    for placement in placements(planned, option):
        for cohort in cohorts(planned, placement) if placement.stage != "arrives" else ():
            support = _support(planned, placement, cohort)
            for place, name in enumerate(cohort.groups.names):
                days = tuple((first, last, float(prices[place])) for first, last, prices in support)
                work = _work(planned, cohort, name, plans.get(name), pushes.get(name), days)
                found[name] = replace(work, shared=shared[plans[name][0]]) if name in plans else work
    return [found[name] for name in scenario.fleet if name in found]


def queued_waves(scenario: Scenario, option: str, hours: float | Mapping[str, float]) -> tuple[Wave, ...]:
    """The waves of the model's own queue with so many hours a month, on average where they change by month.

    Of clusters that move, those on today's platform alone, as of `work_of`.
    """
    monthly = sum(hours.values()) / scenario.months if isinstance(hours, Mapping) else hours
    queued = waves(Inputs(_planned(scenario, option, monthly), point(scenario).row(0)), option)
    return tuple(wave for wave in queued if wave.cohort.stay.stage != "arrives")


def _planned(scenario: Scenario, option: str, hours: float) -> Scenario:
    waits = [name for name in scenario.fleet if scenario.settings(option, name).policy in WAITING_POLICIES]
    return _with_policy(scenario, option, "settled", waits, hours)


def _with_policy(scenario: Scenario, option: str, policy: str, groups: list[str], hours: float) -> Scenario:
    """The scenario with some groups of an option under another policy, and a team of so many hours a month."""
    chosen = scenario.options[option]
    own = {name: scenario.settings(option, name).model_copy(update={"policy": policy}) for name in groups}
    changed = chosen.model_copy(update={"groups": {**chosen.groups, **own}, "upgrade_hours_per_month": hours})
    return scenario.model_copy(update={"options": {**scenario.options, option: changed}})


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
        shared=None,
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
