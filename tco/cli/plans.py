"""The commands on what to do with each cluster: which first, in which mixture, when, and what waiting costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco import formats
from tco.cli import arguments, output, terminal
from tco.formats import money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from tco.analysis.break_even import Measure

NO_DRAWS = "At the point estimate; --draws N adds ranges and chances."
DRAWS_HELP = "Default: none, the point estimate."


def say_if_point(draws: int | None, form: str) -> None:
    """Say below a table that its amounts are the point estimate, where they are."""
    if form == "table" and not draws:
        terminal.say(f"\n{NO_DRAWS}")


@click.command(name="rank")
@click.argument("scenario")
@click.option("--option", required=True, help="The option to move to, one of the scenario's.")
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option(DRAWS_HELP)
@output.format_option()
@arguments.about_its_scenario
def show_ranking(
    scenario: str,
    option: str,
    fleet_size: int | None,
    changes: dict[str, Any],
    draws: int | None,
    seed: int,
    form: str,
) -> None:
    """Which groups to move first, and what each saves.

    One row a group, in the order in which moving them from the reference to --option saves most; tooling, training,
    on-call and other shared costs are counted for the group that moves first. USD are present values over the horizon.
    """
    import tco

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    frame = tco.rank(stated, stated.option_named(option), draws=draws, seed=seed)
    if form != "table":
        output.print_frame(frame, form)
        return
    output.print_frame(frame.rename(columns={"p10": "saving_p10", "p90": "saving_p90"}), form)
    every, best = float(frame["saving"].sum()), int(frame["cumulative_saving"].argmax()) + 1
    most = float(frame["cumulative_saving"].iloc[best - 1])
    sentence = f"Moving them all {'saves' if every > 0 else 'costs'} {money(abs(every))}"
    if most <= 0:
        sentence += "; stopping before in this order saves nothing either"
    elif best < len(frame):
        sentence += f"; the first {best} alone save {money(most)}, {money(most - every)} more"
    terminal.say(f"\n{sentence}. What groups share falls on the first that moves. {output.IN_TODAYS_MONEY}")
    say_if_point(draws, form)


@click.command(name="mix")
@click.argument("scenario")
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option(DRAWS_HELP)
@output.format_option()
@arguments.about_its_scenario
def show_best_mix(
    scenario: str, fleet_size: int | None, changes: dict[str, Any], draws: int | None, seed: int, form: str
) -> None:
    """The cheapest mixture of the options by group: move these, keep those.

    A margin is how much dearer the group's next best option is, all others as in the mixture; a chance how often no
    other option is cheaper for it. USD are present values over the horizon.
    """
    import tco

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    mix = tco.best_mix(stated, draws=draws, seed=seed)
    if form != "table":
        output.print_frame(mix, form)
        return
    output.print_frame(mix.drop(columns="basis"), form)
    regrets = ", ".join(
        f"{option} alone {f'{money(more)} more' if more else 'as much'}" for option, more in mix.regret.items()
    )
    terminal.say(f"\nMargin: how much dearer a group's next best option is. {output.IN_TODAYS_MONEY}")
    terminal.say(f"The mixture costs {money(mix.npv)}; {regrets}. {mix.proof}")
    for sentence in mix.notes:
        terminal.say(sentence)
    say_if_point(draws, form)


@click.command(name="crossing")
@click.argument("scenario")
@click.option(
    "--over",
    required=True,
    metavar="PATH",
    help="What varies: fleet_size, requests_per_second, fleet.<group>.workload.reads_per_second, an assumption, ...",
)
@click.option("--low", type=arguments.Finite(min=0), default=1, show_default=True, help="The lowest value tried.")
@click.option(
    "--high", type=arguments.Finite(min=0), help="The highest; default: 10000, or the most that an assumption can be."
)
@click.option(
    "--measure",
    type=click.Choice(["all", "infrastructure"]),
    default="all",
    show_default=True,
    help="Compare all costs, or bills alone.",
)
@click.option("--steady-state", is_flag=True, help="Compare a year after all moves instead of the whole horizon.")
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option(DRAWS_HELP)
@output.format_option()
@arguments.about_its_scenario
def show_crossings(
    scenario: str,
    over: str,
    low: float,
    high: float | None,
    measure: Measure,
    steady_state: bool,
    fleet_size: int | None,
    changes: dict[str, Any],
    draws: int | None,
    seed: int,
    form: str,
) -> None:
    """At which value of one number another option becomes the cheapest.

    Everything else is at its mean; with --draws options are compared by their mean over draws, and each crossing has
    the band in which single draws have it. Two changes within one step between the values tried are missed.
    """
    from tco.analysis.break_even import cheapest_in_ranges, crossings_between, range_of

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    over = stated.by_label.relabelled(over)
    ends = range_of(stated, over, low, high)
    ranges = cheapest_in_ranges(stated, over, *ends, measure, steady_state, draws=draws, seed=seed)
    if form == "table" and len(ranges) == 1:
        first = ranges.iloc[0]
        terminal.say(
            f"{first['cheapest']} is the cheapest at every {over} from {first['low']:,g} to {first['high']:,g}."
        )
    else:
        crossings = crossings_between(ranges)
        output.print_frame(crossings.rename(columns={"value": over}) if form == "table" else crossings, form)
    say_if_point(ranges.attrs["draws"], form)


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
    from tco.planning.exports import as_ics, as_issues, as_linear_issues, as_markdown
    from tco.planning.programme import NEAR
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
    if ics:
        content = as_ics(plan, stated.name).encode()
        output.write_file(ics, lambda partial: partial.write_bytes(content))
    if table:
        issues = output.text_of(as_issues(plan, stated.name), "csv")
        output.write_file(table, lambda partial: partial.write_text(issues, "utf-8"))
    if linear:
        its_issues = output.text_of(as_linear_issues(plan), "csv")
        output.write_file(linear, lambda partial: partial.write_text(its_issues, "utf-8"))
    if markdown:
        output.write_file(markdown, lambda partial: partial.write_text(as_markdown(plan), "utf-8"))
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


@click.command(name="what-if")
@click.argument("scenario")
@click.option("--lose-engineers", type=float, default=0, metavar="N", help="So many people fewer in either team.")
@click.option("--delay", type=float, default=0, metavar="MONTHS", help="Every upgrade and move so many months later.")
@click.option("--load-factor", type=float, default=1, metavar="X", help="Reads and writes of all groups times X.")
@click.option(
    "--freeze", "freezes", multiple=True, metavar="FROM..TO",
    help="Months without upgrades, such as 2027-11..2028-01; repeatable.",
)  # fmt: skip
@click.option("--name", default="", help="What to call the what-if.")
@click.option(
    "--save", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the scenario with the what-if among its `what_ifs`.",
)  # fmt: skip
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option(DRAWS_HELP)
@output.format_option()
@arguments.about_its_scenario
def show_what_ifs(
    scenario: str,
    lose_engineers: float,
    delay: float,
    load_factor: float,
    freezes: tuple[str, ...],
    name: str,
    save: Path | None,
    fleet_size: int | None,
    changes: dict[str, Any],
    draws: int | None,
    seed: int,
    form: str,
) -> None:
    """The options as written, and what becomes of them if something changes.

    All changes of one call, --set among them, are one combined what-if. Without any, the what-ifs are those under
    `what_ifs` in the scenario.
    """
    import tco
    from tco.planning.what_ifs import described, overlay, stated_changes

    stated = arguments.loaded(scenario, {}, fleet_size, form)
    own = stated_changes(changes, lose_engineers=lose_engineers, delay=delay, load_factor=load_factor, freeze=freezes)
    if not own and not stated.what_ifs:
        raise click.UsageError("name a change, such as --delay 12, or state what_ifs in the scenario")
    name = name or described(own)
    shown = {stated.by_label.relabelled(path): value for path, value in own.items()}
    frame = tco.what_if(stated, set=shown, name=name, draws=draws, seed=seed)
    if form == "table":
        option = frame["option"].where(~frame["cheapest"], "* " + frame["option"])
        output.print_frame(frame.assign(option=option).drop(columns=["total", "cheapest"]), form)
        terminal.say(f"\n{output.CHEAPEST} {output.IN_TODAYS_MONEY}")
        for sentence in _answers(frame):
            terminal.say(sentence)
    else:
        output.print_frame(frame, form)
    if save:
        written = stated.by_label if form == "table" else stated  # files name options by their keys
        content = output.overlay_text(scenario, save, overlay(written, name, own))
        output.write_file(save, lambda partial: partial.write_text(content, "utf-8"))
    say_if_point(draws, form)


def _answers(frame: pd.DataFrame) -> Iterator[str]:
    """What each what-if comes to: which option is the cheapest then, against the cheapest as written."""
    best = {name: rows.sort_values("npv", kind="stable").to_dict("records")[0]
            for name, rows in frame.groupby("what_if", sort=False)}  # fmt: skip
    (_, before), *cases = best.items()
    for case, now in cases:
        name = str(case)
        same, more = now["option"] == before["option"], now["npv"] - before["npv"]
        against = "as written" if same else f"{before['option']} as written"
        if formats.significant(now["npv"]) == formats.significant(before["npv"]):
            costs = f"costs as much {against if same else 'as ' + against}"
        else:
            costs = f"costs {money(abs(more))} {'more' if more > 0 else 'less'} than {against}"
        late = f"; {formats.share(now['unfinished'])} of its clusters are left unfinished" if now["unfinished"] else ""
        yield f"{name}: {now['option']} is {'still' if same else 'then'} the cheapest and {costs}{late}."


COMMANDS = (show_ranking, show_best_mix, show_crossings, show_cost_of_delay, show_plan, show_what_ifs)
