"""The commands on when to upgrade each cluster: a plan, and what waiting costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco.cli import arguments, output, terminal, writing
from tco.formats import money

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd


@click.command(name="wait")
@click.argument("scenario")
@click.option("--option", help="Whose deployment and method hold; default: the reference.")
@click.option("--capacity", type=float, metavar="H", help="Labour hours a month; default: the option's limit or team.")
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option()
@arguments.about_its_scenario
def show_cost_of_delay(
    scenario: str,
    option: str | None,
    capacity: float | None,
    fleet_size: int | None,
    changes: dict[str, Any],
    form: str,
) -> None:
    """What waiting with the next major upgrade costs each cluster.

    One row a cluster: the price of a day in Extended Support, the last free day and the day on which the vendor
    upgrades, what the upgrade takes, the best day for it, and what missing the deadline costs until then. The team date
    is the best one for all clusters together with the hours that the team has.
    """
    import tco
    from tco.report.prose.tables_by_size import clusters_alike

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    frame = tco.cost_of_delay(stated, option and stated.option_named(option), capacity)
    output.print_frame(clusters_alike(frame).drop(columns="group") if form == "table" else frame, form, names=1)
    if form == "table" and len(frame):
        daily, missing = frame["usd_per_day"].sum(), frame["cost_of_missing"].sum()
        terminal.say(
            f"\nOnce all are past their deadlines a day costs {money(daily)}; missing every deadline costs "
            f"{money(missing)} within the horizon, the upgrades {frame['upgrade_hours'].sum():,.0f} hours and "
            f"{money(frame['upgrade_cost'].sum())}."
        )
        if missing:
            terminal.say(_dearest(frame, stated.first_day, stated.last_day))
    due = frame[frame["team_date"].notna()]
    if form == "table" and len(due):
        left = int((due["team_date"] == due["forced_on"]).sum())
        terminal.say(
            f"All together are best upgraded on their team dates, {left} of {len(due)} by the vendor: "
            f"{money(due['cost_at_team_date'].sum())} with Extended Support; each on its own best date would be "
            f"{money(due['cost_at_best'].sum())}."
        )


def _dearest(frame: pd.DataFrame, start: date, end: date) -> str:
    """What waiting costs a cluster of the group that it costs most, beside what its upgrade takes."""
    import pandas as pd

    row = frame.sort_values("cost_of_missing", kind="stable").to_dict("records")[-1]
    since, upgrade = max(row["deadline"].date(), start), ""
    if row["upgrade_hours"] > 0:
        upgrade = f"; its upgrade takes {row['upgrade_hours']:,.0f} hours and {money(row['upgrade_cost'])}"
    forced = not pd.isna(row["forced_on"]) and row["forced_on"].date() <= end
    until = f"{row['forced_on']:%Y-%m-%d}, when the vendor upgrades it" if forced else f"{end}, the end of the horizon"
    return (
        f"Dearest is {row['group']}: waiting past {since} costs a cluster {money(row['cost_of_missing'])} "
        f"until {until}{upgrade}."
    )


@click.command(name="plan")
@click.argument("scenario")
@click.option("--option", help="Whose platforms and methods hold; default: the reference.")
@click.option("--capacity", type=float, metavar="H", help="Labour hours a month; default: the option's limit or team.")
@click.option("--max-cutovers-per-week", type=int, metavar="N", help="At most so many cut-overs a week.")
@click.option(
    "--freeze",
    "freezes",
    multiple=True,
    metavar="FROM..TO",
    help="No work and no cut-overs from one month or day to another, such as 2027-11..2028-01; repeatable.",
)
@click.option(
    "--window",
    "windows",
    multiple=True,
    metavar="[GROUP=]WHEN",
    help="When clusters may cut over, such as 'sat,sun 22:00-04:00' or 'orders=tue..thu'; repeatable.",
)
@click.option(
    "--before",
    "orders",
    multiple=True,
    metavar="GROUP,GROUP,...",
    help="Groups of which each is upgraded whole before the next; repeatable.",
)
@click.option("--ics", type=click.Path(path_type=Path, dir_okay=False), help="Write the cut-overs as a calendar file.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="Write them as issues for Jira.")
@click.option(
    "--linear-csv", "linear", type=click.Path(path_type=Path, dir_okay=False), help="Write them as issues for Linear."
)
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write them as a Markdown table.")
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option()
@arguments.about_its_scenario
def show_plan(
    scenario: str,
    option: str | None,
    capacity: float | None,
    max_cutovers_per_week: int | None,
    freezes: tuple[str, ...],
    windows: tuple[str, ...],
    orders: tuple[str, ...],
    ics: Path | None,
    table: Path | None,
    linear: Path | None,
    markdown: Path | None,
    fleet_size: int | None,
    changes: dict[str, Any],
    form: str,
) -> None:
    """An upgrade plan: when the team works on which cluster, what slips and what that costs.

    Every cluster whose free patches end within the horizon is upgraded once, staging before production, four weeks
    before its deadline where the team has the time. USD are Extended Support after the deadline, and forced upgrades.
    What no option states is as `plan` in the scenario has it.
    """
    import tco
    from tco.planning.constraint_solver import NEAR
    from tco.planning.exports import as_ics, as_issues, as_linear_issues, as_markdown
    from tco.report.prose.tables_by_size import clusters_alike

    files = [file.absolute() for file in (ics, table, linear, markdown) if file]
    if len({*files}) < len(files):
        raise click.UsageError("--ics, --csv, --linear-csv and --markdown are files of their own")
    stated = arguments.loaded(scenario, changes, fleet_size, form)
    plan = tco.plan(
        stated, option and stated.option_named(option), capacity, max_cutovers_per_week=max_cutovers_per_week,
        freeze=freezes, window=dict(_of_group(text) for text in windows), before=[_listed(text) for text in orders],
    )  # fmt: skip
    output.print_frame(clusters_alike(plan).drop(columns="group") if form == "table" else plan, form, names=1)
    texts: dict[Path | None, Callable[[], str]] = {
        ics: lambda: as_ics(plan, stated.name),
        table: lambda: output.text_of(as_issues(plan, stated.name), "csv"),
        linear: lambda: output.text_of(as_linear_issues(plan), "csv"),
        markdown: lambda: as_markdown(plan),
    }
    writing.write_texts({target: text() for target, text in texts.items() if target})
    if form != "table":
        return
    slipping, late = float(plan["slip_cost"].sum()), int(plan["slips"].sum())
    if late:
        least = (
            "no plan costs less" if plan.gap < NEAR else f"at most {plan.gap:.1%} of it more than the least possible"
        )
        terminal.say(
            f"\n{late} of {len(plan)} upgrades slip past their deadlines, which costs {money(slipping)}; {least}."
        )
    else:
        terminal.say("\nNo upgrade slips past its deadline.")
    if (worth := plan.worth_of_an_engineer).any():
        terminal.say(f"One more engineer in {worth.idxmax()} saves {money(float(worth.max()))} of that or more.")
    terminal.say(f"The busiest month is {plan.hours_by_month.idxmax()}, with {plan.hours_by_month.max():,.0f} hours.")
    if not plan.hours_by_role.empty and plan.hours_by_role.to_numpy().any():
        by_role = (f"{role} {hours:,.0f}" for role, hours in plan.hours_by_role.sum().items())
        terminal.say(f"Hours of the team by role: {', '.join(by_role)}; tco wait adds those of others and of copies.")
    for sentence in plan.notes:
        terminal.say(sentence)


def _of_group(text: str) -> tuple[str, str]:
    """The group of a window, empty for all of them, and when it is."""
    group, equals, when = text.rpartition("=")
    return group.strip() if equals else "", when


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


COMMANDS = (show_cost_of_delay, show_plan)
