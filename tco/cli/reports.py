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
    help="Fleet sizes to report on, such as 10,100,1000; default: the fleet as it is.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="reports",
    show_default=True,
    help="Folder of the reports.",
)
@arguments.draws_option()
@arguments.set_option()
@click.option("--today", type=arguments.Day(), help="The day printed as the report's date; default: today.")
def write_reports(
    scenarios: tuple[str, ...],
    fleet_sizes: tuple[int, ...] | None,
    out: Path,
    changes: dict[str, Any],
    today: date | None,
) -> None:
    """One self-contained HTML page per scenario, all fleet sizes in it.

    Beside it stand the executed notebook, the CSV of every table, and manifest.json, which says what the report was
    made from.
    """
    from tco.report import write_report

    for scenario in scenarios:
        page = write_report(scenario, fleet_sizes=fleet_sizes, out=out, set=changes, today=today)
        click.echo(page)


COMMANDS = (write_reports,)
