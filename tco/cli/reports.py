"""`tco report`: the main job."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from tco.cli import arguments


@click.command(name="report")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option(
    "--fleet-sizes",
    type=arguments.WholeNumbers(),
    default="10,100,1000",
    show_default=True,
    help="Fleet sizes shown side by side.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="reports",
    show_default=True,
    help="Folder of the reports; each scenario has its own inside.",
)
@arguments.draws_option("Default: 10,000.")
@arguments.upgrade_log_option()
@arguments.set_option()
@click.option("--today", type=arguments.Day(), help="The day the report bears; default: today.")
@click.option(
    "--oldest-prices-days",
    type=click.IntRange(min=0),
    metavar="N",
    help="Warn on the first page of prices that were looked up more than N days ago. Default: 365.",
)
def write_reports(
    scenarios: tuple[str, ...],
    fleet_sizes: tuple[int, ...],
    out: Path,
    draws: int | None,
    seed: int,
    upgrade_log: Path | None,
    changes: dict[str, Any],
    today: date | None,
    oldest_prices_days: int | None,
) -> None:
    """A self-contained HTML page per scenario.

    All fleet sizes are in it. Beside it stand the executed notebook, the CSV of every table, and manifest.json, which
    says what the report was made from. Prints the path of each page.
    """
    from tco.report import ReportError, report

    parameters: dict[str, Any] = {"seed": seed}
    if draws is not None:
        parameters["draws"] = draws
    if oldest_prices_days is not None:
        parameters["oldest_prices_days"] = oldest_prices_days
    if upgrade_log is not None:
        parameters["upgrade_log"] = str(upgrade_log)
    try:
        finished = report(scenarios, fleet_sizes=fleet_sizes, out=out, set=changes, today=today, parameters=parameters)
    except ReportError as error:
        raise click.ClickException(str(error)) from None
    for made in finished:
        click.echo(made.html)


COMMANDS = (write_reports,)
