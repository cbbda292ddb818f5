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


COMMANDS = (show_ranking,)
