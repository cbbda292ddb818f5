"""The commands on what to do with each cluster: which first, in which mixture, when, and what waiting costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tco.cli import arguments, output

if TYPE_CHECKING:
    from tco.analysis.break_even import Measure

NO_DRAWS = "At the point estimate; --draws N adds ranges and chances."
DRAWS_HELP = "Default: none, the point estimate."


def say_if_point(draws: int | None, form: str) -> None:
    """Say below a table that its amounts are the point estimate, where they are."""
    if form == "table" and not draws:
        click.echo(f"\n{NO_DRAWS}")


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
    on-call and all else that groups share falls on whoever moves first. USD are present values over the horizon.
    """
    import tco

    frame = tco.rank(arguments.loaded(scenario, changes, fleet_size), option, draws=draws, seed=seed)
    output.print_frame(frame, form)
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
    from tco.formats import money

    stated = arguments.loaded(scenario, changes, fleet_size)
    mix = tco.best_mix(stated, draws=draws, seed=seed)
    output.print_frame(mix, form)
    if form != "table":
        return
    known = "Cheapest of all mixtures" if mix.bound == mix.npv else f"None costs less than {money(mix.bound)}"
    regrets = ", ".join(f"{option} alone {money(more)} more" for option, more in mix.regret.items())
    click.echo(f"\n{known}: {money(mix.npv)}; {regrets}.")
    for sentence in mix.notes:
        click.echo(sentence)
    say_if_point(draws, form)


@click.command(name="crossing")
@click.argument("scenario")
@click.option(
    "--over",
    required=True,
    metavar="PATH",
    help="What varies: fleet_size, requests_per_second, fleet.<group>.workload.reads_per_second, an assumption, ...",
)
@click.option("--low", type=float, default=1, show_default=True, help="The lowest value tried.")
@click.option("--high", type=float, help="The highest; default: 10000, or the most that an assumption can be.")
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
    form: str,
) -> None:
    """At which value of one number another option becomes the cheapest.

    Everything else is at its mean. Values are tried in 200 steps and narrowed down; two changes within one step are
    missed.
    """
    from tco.analysis.break_even import cheapest_in_ranges, crossings_between, range_of

    stated = arguments.loaded(scenario, changes, fleet_size)
    ranges = cheapest_in_ranges(stated, over, *range_of(stated, over, low, high), measure, steady_state)
    output.print_frame(crossings_between(ranges), form)
    if form == "table" and len(ranges) == 1:
        found = ranges.iloc[0]
        click.echo(f"{found['cheapest']} is the cheapest from {found['low']:,g} to {found['high']:,g}.")


@click.command(name="wait")
@click.argument("scenario")
@click.option("--option", help="Whose deployment and method hold; default: the reference.")
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option()
@arguments.about_its_scenario
def show_cost_of_delay(
    scenario: str, option: str | None, fleet_size: int | None, changes: dict[str, Any], form: str
) -> None:
    """What waiting with the next major upgrade costs each cluster.

    One row a cluster: the price of a day in Extended Support, the last free day and the day on which the vendor
    upgrades, what the upgrade takes, the best day for it, and what missing the deadline costs until then.
    """
    import tco
    from tco.formats import money

    frame = tco.cost_of_delay(arguments.loaded(scenario, changes, fleet_size), option)
    output.print_frame(frame, form)
    if form == "table" and len(frame):
        daily, missing = frame["usd_per_day"].sum(), frame["cost_of_missing"].sum()
        click.echo(
            f"\nOnce all are past their deadlines a day costs {money(daily)}; missing every deadline costs "
            f"{money(missing)} within the horizon, the upgrades {frame['upgrade_hours'].sum():,.0f} hours and "
            f"{money(frame['upgrade_cost'].sum())}."
        )


COMMANDS = (show_ranking, show_best_mix, show_crossings, show_cost_of_delay)
