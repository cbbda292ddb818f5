"""`tco prices refresh`: newer prices from the public AWS Price List, kept as a dated set."""

from __future__ import annotations

from typing import Literal

import click

from tco.cli import output
from tco.errors import InputError


@click.command(name="refresh")
@click.option(
    "--service", required=True, help="Such as AmazonDynamoDB or AmazonRDS; an unknown one is told what is known."
)
@click.option("--region", required=True, help="Such as eu-west-1.")
@click.option(
    "--out",
    default="prices",
    show_default=True,
    type=click.Path(file_okay=False),
    help="The folder that the set is put into.",
)
@click.option(
    "--source",
    "source_form",
    default="csv",
    show_default=True,
    type=click.Choice(["csv", "json", "api"]),
    help="Which of the two published forms to read, or the query API (needs boto3 and an AWS account).",
)
@click.option("--address", default=None, help="Another server with the same files.")
@output.format_option()
def refresh_set(
    service: str, region: str, out: str, source_form: Literal["csv", "json", "api"], address: str | None, form: str
) -> None:
    """Fetch the newest prices of one service in one Region.

    Writes a dated set of price tables into --out and prints what differs from the packaged prices. Set the
    environment variable TCO_PRICES to that folder, and every command uses its sets on the days they hold.
    """
    try:
        from tco.refresh.download import BASE_URL, Downloader
        from tco.refresh.prices import refresh_prices
    except ModuleNotFoundError as error:
        raise InputError(f"refreshing prices needs {error.name}: pip install 'tco[prices]'") from None

    made = refresh_prices(service, region, out, form=source_form, downloader=Downloader(address or BASE_URL))
    output.print_frame(made.changes, form)
    if form == "table":
        left_out = f"; {made.unclear} with several prices left out" if made.unclear else ""
        click.echo(f"\n{made.rows:,} prices of {made.published}{left_out}: {made.folder}")
