"""`tco prices`, `tco lifecycle` and `tco schema`: the packaged facts with their age, and the keys of a scenario."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import TYPE_CHECKING, Literal

import click

from tco import formats
from tco.cli import arguments, output, terminal
from tco.errors import InputError, unknown

if TYPE_CHECKING:
    import pandas as pd


@click.group(name="prices", invoke_without_command=True)
@click.option("--service", help="Such as AmazonRDS. Any filter shows the matching price rows.")
@click.option("--region", help="Such as us-east-1.")
@click.option("--item", help="What is sold, such as instance or storage_gp3.")
@click.option("--engine", help="Such as mysql.")
@click.option("--instance-class", help="Such as db.r6g.large.")
@click.option("--deployment", help="Such as multi_az.")
@click.option("--term", help="Such as on_demand.")
@click.option("--rows", is_flag=True, help="All price rows instead of the coverage.")
@click.option("--today", type=arguments.DAY, help="Count ages up to this day; default: today.")
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
            output.print_frame(_sold(frame), form, whole=("sold",), names=1)
            return
    else:
        frame = coverage.price_coverage(today or date.today())  # noqa: DTZ011  # the reader's own day is meant
    output.print_frame(frame, form)


def _sold(frame: pd.DataFrame) -> pd.DataFrame:
    """Price rows for a terminal: what is sold in one text, as the filters name it, its price and when that was read."""
    parts = frame[["item", "engine", "instance_class", "deployment", "term"]].fillna("").astype(str)
    tiers = [
        f"from {formats.number(low)}" + ("" if high != high else f" to {formats.number(high)}")
        if low > 0 or high == high
        else ""
        for low, high in zip(frame["tier_from"].fillna(0), frame["tier_to"], strict=True)
    ]
    descriptions = [", ".join(filter(None, row)) for row in parts.assign(tier=tiers).itertuples(index=False)]
    places = [name for name in ("service", "region") if len(set(frame[name])) > 1]
    return frame.assign(sold=descriptions)[["sold", "price", "unit", *places, "observed_on"]]


@click.group(name="lifecycle", invoke_without_command=True)
@click.option("--engine", help="The releases of one engine, such as rds_mysql or AWS's aurora-mysql.")
@click.option("--today", type=arguments.DAY, help="Count ages up to this day; default: today.")
@output.format_option()
@click.pass_context
def show_lifecycle(context: click.Context, engine: str | None, today: date | None, form: str) -> None:
    """Engines, their versions with free patches today, and the age of the facts.

    With --engine, its releases.
    """
    if context.invoked_subcommand:
        return
    from tco.analysis import coverage

    if engine is None:
        frame = coverage.release_coverage(today or date.today())  # noqa: DTZ011  # the reader's own day is meant
    else:
        arguments.say_engine(engine)
        frame = coverage.release_table(engine)
        if form == "table":
            frame = frame.drop(columns=["engine", "source", "link"])
    output.print_frame(frame, form)


@click.command(name="schema")
def show_schema() -> None:
    """The JSON schema of scenario files, for editors to complete and check them."""
    from tco.loading.json_schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=1))


@click.command(name="refresh")
@click.option("--service", help="Such as AmazonDynamoDB or AmazonRDS; the error on an unknown name lists all.")
@click.option("--region", help="Such as eu-west-1.")
@click.option("--used", metavar="SCENARIO", help="All that this scenario reads, instead of one service and Region.")
@click.option(
    "--out",
    default="prices",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Folder for the set of price tables.",
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
@click.option(
    "--accept", is_flag=True, help="Take prices more than 20 times the packaged ones, or less than a twentieth."
)
@output.format_option()
def refresh_set(
    service: str | None,
    region: str | None,
    used: str | None,
    out: str,
    source_form: Literal["csv", "json", "api"],
    address: str | None,
    accept: bool,
    form: str,
) -> None:
    """Fetch the newest prices of one service in one Region, or of all that a scenario reads.

    Writes a dated set of price tables into --out and prints what differs from the packaged prices, with --used those
    that the scenario reads. If the environment variable TCO_PRICES names that folder, every command uses its sets for
    the days they are valid on.
    """
    if (used is None) != (bool(service) and bool(region)) or (used and (service or region)):
        raise click.UsageError("name --service and --region, or --used SCENARIO")
    try:
        from tco.refresh.download import BASE_URL, Downloader, Unreachable
        from tco.refresh.prices import refresh_prices
    except ModuleNotFoundError as error:
        raise InputError(f"refreshing prices needs {error.name}: pip install 'tco[prices]'") from None

    read = _prices_read(used) if used else set()
    places, failed = _places_of(read, used) if used else [(service or "", region or "")], []
    frames: list[pd.DataFrame] = []
    origin = "the query API" if source_form == "api" else address or BASE_URL
    for number, (name, place) in enumerate(places, start=1):
        click.echo(f"fetching {name} {place} from {origin}", err=True)
        try:
            refreshed = refresh_prices(
                name, place, out, form=source_form, accept=accept,
                downloader=Downloader(address or BASE_URL, wait=_say_and_wait),
            )  # fmt: skip
        except Unreachable as error:
            if not used:
                raise
            failed.append(f"{name} {place}: {error}")
            failed.extend(
                f"{' '.join(later)}: not tried, since no server answers there in time" for later in places[number:]
            )
            break
        except InputError as error:
            if not used:
                raise
            failed.append(f"{name} {place}: {error}")
            continue
        frames.append(refreshed.changes[refreshed.changes["name"].isin(read)] if used else refreshed.changes)
        left_out = f"; {refreshed.unclear} with several prices left out" if refreshed.unclear else ""
        click.echo(
            f"{refreshed.rows:,} prices of {refreshed.published}{left_out}: {refreshed.folder}",
            err=form != "table" or bool(used),
        )
    if frames:
        import pandas as pd

        output.print_frame(pd.concat(frames, ignore_index=True), form, whole=("name",))
    if failed:
        raise InputError("\n".join(f"not refreshed: {failure}" for failure in failed))


def _say_and_wait(seconds: float) -> None:
    click.echo(f"no answer; trying again in {seconds:g} s", err=True)
    time.sleep(seconds)


def _prices_read(scenario: str) -> set[str]:
    """The names of the prices that a scenario reads, without the days from and until which they hold."""
    import tco
    from tco.analysis.assumption_register import prices_read

    names = prices_read(tco.evaluate(arguments.loaded(scenario, {}, None)))["name"]
    return {name.split(" since ")[0].split(" until ")[0] for name in names}


def _places_of(prices: set[str], scenario: str) -> list[tuple[str, str]]:
    """The services and Regions of prices, by name, whose products are known, each offer once."""
    from tco.catalog.price_rows import EVERYWHERE
    from tco.refresh.products import offer_code

    places: dict[tuple[str, str], None] = {}
    for service, region in sorted({(name.split()[0], name.split()[1]) for name in prices}):
        try:
            places[offer_code(service), region] = None
        except InputError:
            click.echo(f"{scenario}: {service} {region} has no published file that is read here", err=True)
    return [place for place in places if place[1] != EVERYWHERE]


@click.command(name="diff")
@click.argument("old")
@click.argument("new")
@click.argument("scenario")
@output.format_option()
@arguments.about_its_scenario
def compare_prices(old: str, new: str, scenario: str, form: str) -> None:
    """What newer prices change for a fleet, in USD a month.

    OLD and NEW are each a day such as 2026-01-31 (the prices in force then), the word packaged, or a folder that
    `tco prices refresh` wrote. One row for each option and item that costs more or less, averaged over the horizon.
    """
    from tco.analysis.price_differences import price_differences

    frame = price_differences(arguments.loaded(scenario, {}, None, form), old, new)
    output.print_frame(frame, form, whole=("item", "before", "after", "difference"))
    if form == "table":
        for option, difference in frame.groupby("option", sort=False)["difference"].sum().items():
            click.echo(f"{option}: {difference:+,.2f} USD a month")


@click.command(name="coverage")
@click.option("--service", help="One service, such as AmazonRDS.")
@click.option("--region", help="One Region, such as eu-west-1.")
@click.option("--today", type=arguments.DAY, help="Count ages up to this day; default: today.")
@output.format_option()
def show_coverage(service: str | None, region: str | None, today: date | None, form: str) -> None:
    """Services by Region: what is priced, as of when, and what is lacking."""
    import tco

    frame = tco.coverage(today)
    for column, value in (("service", service), ("region", region)):
        if value is not None:
            known = sorted(frame[column].unique())
            if value not in known:
                raise InputError(unknown(column, value, known))
            frame = frame[frame[column] == value]
    output.print_frame(frame, form, whole=("gaps",))


@click.command(name="refresh")
@click.argument("source")
@click.option("--engine", help="Whose ends they are, where the source does not say, such as rds_mysql.")
@output.format_option()
def compare_ends(source: str, engine: str | None, form: str) -> None:
    """Which ends of support have moved since the packaged facts were read.

    SOURCE is a file or an address: the answer of `aws rds describe-db-major-engine-versions`, or a product of
    endoflife.date as JSON. Nothing is changed; days count from the packaged end to the published one.
    """
    from tco.refresh.ends_of_support import end_changes

    changes = end_changes(source, engine)
    output.print_frame(changes.changes, form)
    if form == "table":
        left_out = f"; not in the packaged lifecycle: {', '.join(changes.left_out)}" if changes.left_out else ""
        terminal.say(f"\n{changes.compared} ends compared, {len(changes.changes)} differ{left_out}")


show_prices.add_command(refresh_set)
show_prices.add_command(compare_prices)
show_lifecycle.add_command(compare_ends)

COMMANDS = (show_prices, show_coverage, show_lifecycle, show_schema)
