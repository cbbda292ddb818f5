"""A replay of the past: what a managed instance went through from its creation on, under each upgrade policy.

Versions, ends and forced upgrades are those that happened; hours and minutes are what the model says of them, at the
means of all assumptions. Ends of support are the final ones, which people learnt later than the replay knows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd

from tco import platforms
from tco.analysis.comparison import planned_downtime
from tco.analysis.schedule import fleet_calendar
from tco.catalog.lifecycle import engine_history, equal_version
from tco.catalog.releases import Release
from tco.catalog.versions import months_after
from tco.errors import InputError, unknown
from tco.evaluation.ledger_line import DOWNTIME, LABOUR
from tco.evaluation.totals import COST
from tco.evidence.cases import cases
from tco.loading.loading import load_scenario
from tco.model.lines import evaluate
from tco.scenario.scenario import Scenario
from tco.units import MONTHS_PER_YEAR

USUAL = {
    "clusters": 1, "storage_gb": 100, "workload": {"reads_per_second": 10, "writes_per_second": 1, "item_bytes": 1000},
}  # fmt: skip
"""One instance with little to do: upgrades and their minutes do not depend on the load."""
STEADY = ("finance.cloud_inflation", "growth.clusters_per_year", "growth.load_per_year", "growth.storage_per_year")
"""What does not change in a replay: one instance, at the prices of the tables."""
PARTS = ("engine", "instance_class", "licence")
EVENTS = "instance engine policy date from_version to_version path reason hours downtime_minutes".split()
TOTALS = (
    "instance engine created version policy years planned forced steps unfinished last_version extended_support_usd "
    "upkeep_hours planned_interruptions database_minutes application_minutes incident_minutes"
).split()
NOT_MADE = "unfinished"


class BackTest(NamedTuple):
    """upgrades: one row a major upgrade. totals: one row an instance and policy; both as `back_test` says.

    starts: from when on the facts know each engine, one row an engine: engine, first_version, known_from.
    """

    upgrades: pd.DataFrame
    totals: pd.DataFrame
    starts: pd.DataFrame


def back_test(
    scenario: Scenario,
    instances: Sequence[str],
    policies: Sequence[str],
    start: str = "2012-01",
    end: str = "2024-12",
    created: Sequence[str] = (),
    region: str = "us-east-1",
    versionless: Mapping[str, Any] | None = None,
) -> BackTest:
    """What one instance of each kind went through until the end of `end` (YYYY-MM), under each policy.

    scenario: whose assumptions hold, and whose day of prices; its fleet and options do not matter. instances:
    platform, engine and class, as `rds mysql db.r6g.large`, with a licence where there are two. created: months
    (YYYY-MM) in which one of each kind is created, on the newest version of that day; without one, `start`. Where no
    version is known yet, it is created in the month after the first one; an instance of a version that there is
    already is left out. versionless: an option of a platform without versions, which gets a row of its own.

    upgrades: instance, engine (of the lifecycle tables), policy, date, from_version, to_version (empty: stranded),
    path (list with both ends), reason, hours, downtime_minutes. totals: instance, engine, created, version, policy (or
    the platform of `versionless`), years, planned and forced (major upgrades made), steps, unfinished,
    last_version, extended_support_usd (list price of the packaged tables), upkeep_hours (all labour on versions:
    majors, minors, patches), planned_interruptions with their database_minutes and application_minutes,
    incident_minutes (cut-overs that go wrong). Raises InputError.
    """
    if not instances:
        raise InputError("name one instance or more, such as 'rds mysql db.r6g.large'", path="instances")
    last = _month(end, "end")
    days = [_month(day, "created") for day in created or (start,)]
    found: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    starts: dict[str, tuple[str, date]] = {}
    for kind in instances:
        platform, stated = _parts(kind)
        lifecycle = platforms.platform(platform).lifecycle_engines[stated["engine"]]
        first = _known_from(lifecycle)
        starts[lifecycle] = first[0]
        of_version: dict[str, date] = {}
        for version, day in (_created(first, max(day, _month(start, "start"))) for day in sorted(days)):
            of_version.setdefault(version, day)
        for version, day in of_version.items():
            if day > last:
                continue
            group = {**USUAL, **stated, "version": version, "region": region, "platform": "new"}
            options = {policy: {"platform": platform, "policy": policy} for policy in policies}
            if versionless:
                options[versionless["platform"]] = dict(versionless)
            for name, events, total in _replayed(group, lifecycle, options, day, last, scenario):
                found += [dict(zip(EVENTS, (name, lifecycle, *event), strict=True)) for event in events]
                totals.append(dict(zip(TOTALS, (name, lifecycle, pd.Timestamp(day), version, *total), strict=True)))
    upgrades = pd.DataFrame(found, columns=EVENTS)
    rows = [(engine, version, pd.Timestamp(day)) for engine, (version, day) in starts.items()]
    return BackTest(
        upgrades.assign(date=pd.to_datetime(upgrades["date"])),
        pd.DataFrame(totals, columns=TOTALS),
        pd.DataFrame(rows, columns=["engine", "first_version", "known_from"]),
    )


def public_events(engine: str) -> pd.DataFrame:
    """The published outages of a service: title, began, ended (UTC), minutes, link, lesson."""
    rows = []
    for case in cases().values():
        if case.engine == engine and {"began", "ended"} <= set(case.inputs) and "duration" in case.observed:
            began, ended = (pd.Timestamp(datetime.fromisoformat(case.inputs[name].text)).tz_convert("UTC")
                            for name in ("began", "ended"))  # fmt: skip
            rows.append([case.title, began, ended, case.observed["duration"].value, case.sources[0].link, case.lesson])
    return pd.DataFrame(rows, columns=["title", "began", "ended", "minutes", "link", "lesson"])


def by_policy(totals: pd.DataFrame) -> pd.DataFrame:
    """The totals of all instances together, one row a policy.

    Columns: policy, instances, years, planned, forced, steps, extended_support_usd, and a year of an instance's
    upkeep_hours, planned_interruptions, planned_minutes, incident_minutes.
    """
    summed = totals.groupby("policy", sort=False).agg(
        instances=("instance", "size"), years=("years", "sum"), planned=("planned", "sum"), forced=("forced", "sum"),
        steps=("steps", "sum"), extended_support_usd=("extended_support_usd", "sum"),
        upkeep_hours=("upkeep_hours", "sum"), planned_interruptions=("planned_interruptions", "sum"),
        database=("database_minutes", "sum"), application=("application_minutes", "sum"),
        incident_minutes=("incident_minutes", "sum"),
    )  # fmt: skip
    summed["planned_minutes"] = summed.pop("database") + summed.pop("application")
    a_year = ["upkeep_hours", "planned_interruptions", "planned_minutes", "incident_minutes"]
    summed[a_year] = summed[a_year].div(summed["years"], axis=0)
    return summed.reset_index()


def minutes_by_policy(totals: pd.DataFrame) -> pd.DataFrame:
    """The minutes of upgrades and maintenance for `tco.charts.downtime_by_line`, a policy in place of an option.

    Columns: option, line, part, minutes_per_cluster_year.
    """
    parts = {"database_minutes": ("planned downtime", "database"),
             "application_minutes": ("planned downtime", "application"),
             "incident_minutes": ("cutover incidents", "incident")}  # fmt: skip
    summed = totals.groupby("policy", sort=False)[["years", *parts]].sum()
    rows = [
        (row["policy"], *parts[column], row[column] / row["years"])
        for column in parts
        for row in summed.reset_index().to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["option", "line", "part", "minutes_per_cluster_year"])


def _replayed(
    group: Mapping[str, Any], lifecycle: str, options: Mapping[str, Any], day: date, last: date, like: Scenario
) -> Iterable[tuple[str, list[tuple[Any, ...]], tuple[Any, ...]]]:
    """The name of an instance, its upgrades and its totals, option by option."""
    months = (last.year - day.year) * int(MONTHS_PER_YEAR) + last.month - day.month + 1
    stated = load_scenario(
        {
            "name": "back_test", "start": f"{day:%Y-%m}", "months": months, "prices_as_of": f"{like.prices_as_of}",
            "fleet": {"instance": dict(group)}, "options": dict(options),
        }
    )  # fmt: skip
    own = {path: entry for path, entry in like.assumptions.items() if path not in STEADY}
    steady = {path: stated.assumptions[path].replaced({"value": 0, "shape": "fixed"}) for path in STEADY}
    scenario = stated.model_copy(update={"assumptions": {**stated.assumptions, **own, **steady}})
    ledger, calendar = evaluate(scenario), fleet_calendar(scenario)
    planned = planned_downtime(ledger).set_index("option")
    money, minutes = ledger.means(["option", "line"], COST), ledger.means(["option", "line"], DOWNTIME)
    hours = ledger.means(["option", "category"], LABOUR)
    name, years = f"{lifecycle} {group['version']} of {day:%Y-%m}", months / MONTHS_PER_YEAR
    for policy in scenario.options:
        due = calendar[calendar["option"] == policy].sort_values("date", kind="stable")
        events = [
            (policy, row["date"], row["from_version"], row["to_version"], row["path"], row["reason"],
             row["hours"], row["downtime_minutes"])
            for row in due.to_dict("records")
        ]  # fmt: skip
        upgraded = due[(due["reason"] != NOT_MADE) & (due["to_version"] != "")]
        forced = upgraded["reason"] == "forced"
        yield name, events, (
            policy, years, int((~forced).sum()), int(forced.sum()), int((upgraded["path"].map(len) - 1).sum()),
            int((due["reason"] == NOT_MADE).sum()),
            "" if "policy" not in options[policy] else [group["version"], *upgraded["to_version"]][-1],
            money.get((policy, "Extended Support"), 0.0), hours.get((policy, "version upkeep"), 0.0),
            *(planned[column][policy] * years for column in ("events", "database_minutes", "application_minutes")),
            minutes.get((policy, "cutover incidents"), 0.0),
        )  # fmt: skip


def _parts(kind: str) -> tuple[str, dict[str, str]]:
    """The platform of an instance, and its engine, class and licence, if there is one."""
    platform, *rest = str(kind).split() or [""]
    if len(rest) not in (len(PARTS) - 1, len(PARTS)):
        message = "an instance is platform, engine, class and, for some, licence, such as rds mysql db.r6g.large"
        raise InputError(message, value=kind)
    stated = dict(zip(PARTS, rest, strict=False))
    engine = stated["engine"]
    known = platforms.platform(platform).lifecycle_engines
    if engine not in known:
        raise InputError(unknown(f"versioned engine of {platform}", engine, known), value=kind)
    return platform, stated


def _known_from(engine: str) -> list[tuple[str, date]]:
    """The versions of an engine with their first days, the oldest first.

    A version without a day of its own has that of the community's release, where the tables know it; else it was there
    before all others.
    """
    history = engine_history(engine)
    days = [(release.version, _first_day(release, history.community_engine)) for release in history.releases.values()]
    return [(version, day or date.min) for version, day in days]


def _first_day(release: Release, community: str) -> date | None:
    if release.release_date or release.engine == community:
        return release.release_date
    with suppress(InputError):
        equal = equal_version(release.engine, release.version, community)
        return engine_history(community).release(equal).release_date
    return None


def _created(known: Sequence[tuple[str, date]], day: date) -> tuple[str, date]:
    """The version of an instance that is created on a day, and the first day of its first whole month."""
    there = [version for version, first in known if first <= day]
    if there:
        return there[-1], day
    version, first = min(known, key=lambda one: one[1])
    return version, first if first.day == 1 else months_after(first.replace(day=1), 1)


def _month(text: str, name: str) -> date:
    """The first day of a month; the month itself where it is written `YYYY-MM`."""
    try:
        return date.fromisoformat(f"{text}-01")
    except (TypeError, ValueError):
        raise InputError("a month is written YYYY-MM", path=name, value=text) from None
