"""The commands on which option to choose: group by group, in a mixture, from which number on, and after a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco import formats
from tco.cli import arguments, output, terminal, writing
from tco.formats import money

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        writing.write_text(save, output.overlay_text(scenario, save, overlay(written, name, own)))
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


COMMANDS = (show_ranking, show_best_mix, show_crossings, show_what_ifs)
