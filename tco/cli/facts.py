"""`tco prices`, `tco lifecycle` and `tco schema`: the facts that the toolkit carries, their reach and age, and the
names that a scenario may use.
"""

from __future__ import annotations

import json
from datetime import date

import click

from tco.cli import arguments, output, price_refresh


@click.group(name="prices", invoke_without_command=True)
@click.option("--service", help="Such as AmazonRDS; with any filter the matching price rows are shown.")
@click.option("--region", help="Such as us-east-1.")
@click.option("--item", help="What is sold, such as instance or storage_gp3.")
@click.option("--engine", help="Such as mysql.")
@click.option("--instance-class", help="Such as db.r6g.large.")
@click.option("--deployment", help="Such as multi_az.")
@click.option("--term", help="Such as on_demand.")
@click.option("--rows", is_flag=True, help="All price rows instead of the coverage.")
@click.option("--today", type=arguments.Day(), help="The day that ages are counted to; default: today.")
@output.format_option()
@click.pass_context
def show_prices(context: click.Context, /, rows: bool, today: date | None, form: str, **filters: str | None) -> None:
    """Prices by service and Region, and their age.

    With a filter, the price rows themselves.
    """
    if context.invoked_subcommand:
        return
    from tco.analysis import coverage

    if rows or any(filters.values()):
        frame = coverage.price_table(**filters)
        if form == "table":
            frame = frame.drop(columns=["source", "link", "note"]).dropna(axis="columns", how="all")
    else:
        frame = coverage.price_coverage(today or date.today())  # noqa: DTZ011  # the reader's own day is meant
    output.print_frame(frame, form)


@click.command(name="lifecycle")
@click.option("--engine", help="The releases of one engine, such as rds_mysql.")
@click.option("--today", type=arguments.Day(), help="The day that ages are counted to; default: today.")
@output.format_option()
def show_lifecycle(engine: str | None, today: date | None, form: str) -> None:
    """Engines, what is patched today, and the age of the facts.

    With --engine, its releases.
    """
    from tco.analysis import coverage

    if engine is None:
        frame = coverage.release_coverage(today or date.today())  # noqa: DTZ011  # the reader's own day is meant
    else:
        frame = coverage.release_table(engine)
        if form == "table":
            frame = frame.drop(columns=["engine", "source", "link"])
    output.print_frame(frame, form)


@click.command(name="schema")
def show_schema() -> None:
    """The JSON schema of scenario files, for editors to complete and check them."""
    from tco.loading.json_schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=1))


show_prices.add_command(price_refresh.refresh_set)

COMMANDS = (show_prices, show_lifecycle, show_schema)
