"""The commands on what to do with each cluster: which first, in which mixture, when, and what waiting costs."""

from __future__ import annotations

from typing import Any

import click

from tco.cli import arguments, output

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


COMMANDS = (show_ranking, show_best_mix)
