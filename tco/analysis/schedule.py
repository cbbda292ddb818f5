"""The upgrade calendar of one engine and version, or of a scenario's whole fleet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tco import platforms
from tco.errors import InputError, checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import line_sums
from tco.evaluation.ledger_line import DOWNTIME
from tco.evaluation.totals import Query
from tco.model.fleet.designs import designs_by_group
from tco.model.fleet.effort import PHASES, split_of_phase
from tco.model.fleet.growth import grown_by
from tco.model.fleet.placement import Placement, placements, share
from tco.model.fleet.scheduling import cohorts, waves
from tco.model.fleet.waves import Cohort, Wave, upgraded_share
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.upgrades.calendar import Upgrade, upgrades
from tco.upgrades.minors import forced_minors

COLUMNS = (
    "date from_version to_version path reason option group clusters hours downtime_minutes engine method projected"
).split()
OF_ENGINE = {"from_version": "str", "to_version": "str", "path": "object", "reason": "str", "projected": "bool"}
"""Columns of an engine's calendar after the date, with their types."""


@checked
def calendar(
    scenario: Scenario | None = None,
    *,
    engine: str | None = None,
    version: str | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    policy: str = "settled",
    margin_months: float = 0.0,
    method: str = "in_place",
) -> pd.DataFrame:
    """The dates of upgrades with their versions and paths.

    With `engine` (a name of the lifecycle table, or of the AWS API): one row per event of one cluster, columns date,
    from_version, to_version (empty: stranded), path (list with both ends), reason, projected. With a scenario: the same
    for every group and option, with columns option, group, clusters, hours (labour) and downtime_minutes; preparation
    and the team's limit delay the dates. reason: `deadline`, `policy`, `forced`, `slipped` (later than due) or
    `unfinished` (not done at the end of the horizon). Raises InputError.
    """
    if (scenario is None) == (engine is None):
        raise InputError("a calendar needs a scenario, or an engine with version, start and end")
    if scenario is not None:
        return fleet_calendar(scenario)
    if start is None or end is None:
        raise InputError("the calendar of an engine needs a start and an end", path="start" if start is None else "end")
    days = (_day(start, "start"), _day(end, "end"))
    name_of_engine = platforms.lifecycle_engine_named(str(engine))
    events = upgrades(name_of_engine, version, *days, policy, margin_months, method)
    if version is not None:
        first = next((event.date - timedelta(days=1) for event in events if not event.stranded), days[1])
        minors = forced_minors(name_of_engine, version, days[0], first)
        events = sorted([*minors, *events], key=lambda event: event.date)
    frame = pd.DataFrame({"date": pd.to_datetime([event.date for event in events])})
    for name, kind in OF_ENGINE.items():
        frame[name] = pd.Series([getattr(event, name) for event in events], dtype=kind)
    frame["path"] = [list(event.path) for event in events]
    return frame


def _day(value: str | date, name: str) -> date:
    """A day given as text or date (a time of day is dropped)."""
    try:
        return date(value.year, value.month, value.day) if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"the {name} is a day such as 2012-01-15", value=value) from error


def fleet_calendar(scenario: Scenario) -> pd.DataFrame:
    """The calendar of every group under every option, at the means of all assumptions."""
    inputs = Inputs(scenario, point(scenario).row(0))
    rows: list[dict[str, Any]] = []
    for option in scenario.options:
        of_option = [row for wave in waves(inputs, option) for row in _rows(inputs, option, wave)]
        of_option += [_minor_row(inputs, option, *minor) for minor in _forced_minors(inputs, option)]
        rows += sorted(of_option, key=lambda row: (row["date"], row["group"]))
    frame = pd.DataFrame([row for row in rows if row["clusters"] or not scenario.fleet_size], columns=COLUMNS)
    return frame.assign(date=pd.to_datetime(frame["date"]))


def _rows(inputs: Inputs, option: str, wave: Wave) -> list[dict[str, Any]]:
    """One row per group of the wave and day of cut-overs: its share of the hours, and its planned downtime.

    Both are 0 for a stranded cluster; the hours of an unfinished upgrade are those still to be done.
    """
    from tco.model.components.downtime import cutover_incidents, major_upgrades

    upgrade, groups = wave.upgrade, wave.cohort.groups
    hours = np.zeros(len(groups))
    minutes = hours.copy()
    if not upgrade.stranded:
        phases = (hours_of(inputs, wave) * split_of_phase(inputs, wave, phase)[0] for phase, hours_of in PHASES.items())
        hours = sum(phases, np.zeros((1, len(groups), 1)))[0, :, 0]
    if not upgrade.stranded and not wave.unfinished:
        placement = next(place for place in placements(inputs, option) if place.stay is wave.cohort.stay)
        lines = [*major_upgrades(inputs, placement, wave), *cutover_incidents(inputs, placement, wave)]
        by_group = line_sums(inputs, lines).total(Query((), "g", DOWNTIME, over_draws=True))
        minutes = sum(by_group.values(), np.zeros(len(inputs.groups)))[groups.indices]
    upgraded = (inputs.clusters(groups) * upgraded_share(inputs, wave))[0, :, 0]
    whole = sum(part for _, part in wave.cut_overs)
    return [
        _row(
            replace(upgrade, date=day, reason=_reason(wave, day)), option, name, wave.cohort.engine, wave.method,
            *(float(amounts[place] * part / whole) for amounts in (upgraded, hours, minutes)),
        )
        for day, part in wave.cut_overs
        for place, name in enumerate(groups.names)
    ]  # fmt: skip


def _reason(wave: Wave, day: date) -> str:
    """The reason of an upgrade of a wave on a day: that of the calendar, unless it is unfinished or later than due."""
    return "unfinished" if wave.unfinished else "slipped" if day > wave.upgrade.due else wave.upgrade.reason


def _forced_minors(inputs: Inputs, option: str) -> Iterator[tuple[Placement, Cohort, str, Upgrade]]:
    """The minor upgrades that the provider forces on each group with a stated minor, until its first major upgrade."""
    first_day, last_day = inputs.scenario.first_day, inputs.scenario.last_day
    for placement in placements(inputs, option):
        for cohort in cohorts(inputs, placement):
            majors = (wave.upgrade for wave in waves(inputs, option) if wave.cohort is cohort)
            first = next((upgrade.date for upgrade in majors if not upgrade.stranded), None)
            until = last_day if first is None else first - timedelta(days=1)
            for name in cohort.groups.names:
                version = _stated_here(inputs.scenario, cohort, name)
                for upgrade in forced_minors(cohort.engine, version, first_day, until) if version else ():
                    yield placement, cohort, name, upgrade


def _stated_here(scenario: Scenario, cohort: Cohort, group: str) -> str | None:
    """The version that a group states, if its cohort exists today and has the engine of that version; else None."""
    stated = scenario.fleet[group].version
    today = platforms.platform(scenario.todays_platform(group)).lifecycle_engines.get(scenario.fleet[group].engine)
    return stated if cohort.stay.stage != "arrives" and today == cohort.engine and stated != "newest" else None


def _minor_row(
    inputs: Inputs, option: str, placement: Placement, cohort: Cohort, group: str, upgrade: Upgrade
) -> dict[str, Any]:
    """The row of a forced minor upgrade: clusters x hours of a cluster + designs x hours of tests.

    The ledger counts minor upgrades by their interval, which includes forced ones.
    """
    from tco.model.components.downtime import DATABASE_MINUTES, minutes_at, topologies

    alone = inputs.part(placement.groups, [placement.groups.names.index(group)])
    topology = next(kind for kind, groups in topologies(inputs, placement) if group in groups.names)
    month = inputs.month_of(upgrade.date)
    by_month = share(inputs, placement.stay)
    here = (by_month[:, :, [month]] if by_month.shape[2] > 1 else by_month) * grown_by(inputs, month, alone)
    clusters = inputs.total_clusters(alone) * here
    hours = clusters * inputs["upgrades.minor_hours_per_cluster", alone]
    tests = inputs["upgrades.minor_test_hours_per_design", alone]
    hours = hours + designs_by_group(inputs, alone, here).sum() * tests
    minutes = clusters * minutes_at(inputs, DATABASE_MINUTES[topology].minor_upgrade, alone)
    return _row(upgrade, option, group, cohort.engine, "in_place", clusters.item(), hours.item(), minutes.item())


def _row(
    upgrade: Upgrade, option: str, group: str, engine: str, method: str, clusters: float, hours: float, minutes: float
) -> dict[str, Any]:
    return {
        "date": upgrade.date,
        "from_version": upgrade.from_version,
        "to_version": upgrade.to_version,
        "path": list(upgrade.path),
        "reason": upgrade.reason,
        "option": option,
        "group": group,
        "clusters": float(clusters),
        "hours": float(hours),
        "downtime_minutes": float(minutes),
        "engine": engine,
        "method": method,
        "projected": upgrade.projected,
    }
