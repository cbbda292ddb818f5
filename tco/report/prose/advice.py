"""What to do with each group, in sentences: which to move, when to upgrade, what waiting costs, what ifs."""

from __future__ import annotations

import pandas as pd

from tco import formats
from tco.charts import findings
from tco.formats import listed, markdown, money
from tco.planning.cheapest_mixture import Mix
from tco.planning.upgrade_plan import Plan
from tco.report.prose.narrative import MAX_NAMED, Prose, bullets

NOTHING = Prose("")
PLAN_COLUMNS = {
    "cluster": "Cluster", "from_version": "From", "to_version": "To", "start": ("Work begins", "date"),
    "cut_over": ("Cut-over", "date"), "deadline": ("Free patches end", "date"), "slack_days": ("Slack (days)", "count"),
    "labour_hours": ("Labour (hours)", "count"), "downtime_minutes": ("Downtime (minutes)", "count"),
    "slip_cost": ("Slip cost (USD)", "money"),
}  # fmt: skip
"""Headings of the table of a plan."""
WAITING_COLUMNS = {
    "group": "Group", "version": "Version", "deadline": ("Free patches end", "date"),
    "forced_on": ("The vendor upgrades on", "date"), "usd_per_day": ("A day of Extended Support (USD)", "count"),
    "upgrade_hours": ("The upgrade (hours)", "count"), "upgrade_cost": ("The upgrade (USD)", "money"),
    "cost_of_missing": ("Never upgrading, within the horizon (USD)", "money"),
}  # fmt: skip
"""Headings of the table of what waiting costs each group."""


def mix(found: Mix | None, reference: str, left_out: str = "") -> Prose:
    """Which groups go to which option, and what the mixture saves against the best single one; else why not."""
    if found is None:
        return Prose(left_out)
    single = str(found.npv_by_option.idxmin())
    places = [f"{listed(list(map(markdown, rows['group'])))} {'stay with' if option == reference else 'to'} "
              f"{markdown(str(option))}" for option, rows in found.groupby("option", sort=False)]  # fmt: skip
    saved = float(found.regret.min())
    if len(places) == 1 or saved <= 0:
        return Prose(f"No mixture saves: {markdown(single)} for every group")
    return Prose(f"{'; '.join(places)}: {money(saved)} less than {markdown(single)} for all")


def regrets(found: Mix | None, draws: int | None, few: int | None = None) -> Prose:
    """What each option alone costs more than the mixture, and what the mixture pulls apart.

    few: the draws over which mixtures are compared.
    """
    if found is None:
        return NOTHING
    single = str(found.npv_by_option.idxmin())
    more = [f"{markdown(str(option))} {money(float(cost))}" for option, cost in found.regret.items() if cost > 0]
    basis = f"means of {draws:,} draws" if draws else "the point estimate"
    basis += f", what it saves of {few:,}" if few != draws else ""
    which = "Another" if (found["option"] == single).all() else "One"
    alone = f" {which} option for all groups would cost more: {listed(more)}." if more else ""
    order = (
        "Savings are counted in the order of the table, each with the groups above it moved already. What groups share "
        "(tooling, training, on-call) therefore falls on those that move first."
    )
    lines = [
        f"This costs {money(found.npv)} present value ({basis}).{alone}",
        order,
        *map(markdown, found.notes),
    ]
    return bullets(lines)


def plan(found: Plan | None, waits: pd.DataFrame, left_out: str = "") -> Prose:
    """How many upgrades come late, and what a day in Extended Support costs; else why the plan is left out."""
    if found is None:
        return Prose(left_out)
    daily = float(waits["usd_per_day"].sum()) if len(waits) else 0.0
    tail = f"; a day of Extended Support costs {money(daily)} once all are past their deadlines" if daily else ""
    return Prose(f"{findings.upgrade_plan(found)}{tail}")


def plan_in_detail(found: Plan | None, option: str) -> Prose:
    """What slips and why, what one more engineer saves, and the capacity that keeps the deadlines."""
    if found is None:
        return NOTHING
    if found.empty:
        return bullets([f"Under {markdown(option)} no cluster has an upgrade to plan within the horizon."])
    hours = formats.hours(float(found["labour_hours"].sum()))
    first = (
        f"The first upgrade of each cluster under {markdown(option)}, staging first, four weeks before its deadline "
        f"where the team has the time: {hours} in all."
    )
    lines = [first]
    worth = found.worth_of_an_engineer
    if worth.any():
        lines.append(
            f"One more engineer in {worth.idxmax()} saves {money(float(worth.max()))} or more of what being late costs."
        )
    lines += [markdown(note) for note in found.notes[:MAX_NAMED]]
    if len(found.notes) > MAX_NAMED:
        lines.append(f"{len(found.notes) - MAX_NAMED} more groups do not fit their windows.")
    return bullets(lines)


def waits_by_group(frame: pd.DataFrame, last_day: pd.Timestamp) -> pd.DataFrame:
    """The price of waiting of each group that has one within the horizon; frame: of `tco.cost_of_delay`."""
    if frame.empty:
        return frame
    costly = frame[(frame["deadline"] <= last_day) & ((frame["usd_per_day"] > 0) | (frame["cost_of_missing"] > 0))]
    return costly.groupby("group", sort=False).agg(
        clusters=("cluster", "size"), version=("version", "first"), deadline=("deadline", "first"),
        forced_on=("forced_on", "first"), usd_per_day=("usd_per_day", "sum"), upgrade_hours=("upgrade_hours", "sum"),
        upgrade_cost=("upgrade_cost", "sum"), cost_of_missing=("cost_of_missing", "sum"),
    ).reset_index()  # fmt: skip


def what_ifs(frame: pd.DataFrame | None) -> Prose:
    """Whether another option becomes cheapest in any what-if of the scenario."""
    return NOTHING if frame is None else Prose(formats.markdown(findings.what_ifs(frame)))
