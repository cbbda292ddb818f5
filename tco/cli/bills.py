"""`tco price PLATFORM key=value...`: one month's bill, by the keys that the platform's own usage model states; and
`tco calibrate`: a scenario beside a real bill.
"""

from __future__ import annotations

import types
import typing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco import resources
from tco.cli import arguments, output, terminal, writing
from tco.errors import InputError, unknown

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


class PlatformCommands(click.Group):
    """One command per platform, made from the platform's usage model when click looks it up."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The platforms that have a bill."""
        from tco.platforms import platform_names

        return list(platform_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that prices `cmd_name`."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return bill_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; an unknown platform raises InputError with the nearest name."""
        names = self.list_commands(ctx)
        if not args[0].startswith("-") and args[0] not in names:
            raise InputError(unknown("platform", args[0], names))
        return super().resolve_command(ctx, args)


class BillCommand(click.Command):
    """A command whose help lists the keys that the platform's usage knows."""

    def __init__(self, *arguments: Any, usage: type[BaseModel], **options: Any):
        super().__init__(*arguments, **options)
        self._usage = usage

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The keys of the usage, then the options."""
        with formatter.section("Keys"):
            formatter.write_dl([(name, _meaning(field)) for name, field in self._usage.model_fields.items()])
        super().format_options(ctx, formatter)


def bill_command(platform: str) -> click.Command:
    """The command `tco price PLATFORM`, documented from the fields of the platform's usage."""
    from tco.platforms import platform as platform_named

    usage_model, releases = platform_named(platform).usage, platform_named(platform).releases
    texts = [name for name, field in usage_model.model_fields.items() if _is_text(field.annotation)]

    documentation = " ".join((usage_model.__doc__ or "").split())

    @click.command(
        name=platform,
        cls=BillCommand,
        usage=usage_model,
        help=f"One month's bill on {platform}, which is {releases}.\n\n{documentation}",
        short_help=documentation.split(". ", 1)[0].rstrip("."),
    )
    @click.argument(
        "usage",
        nargs=-1,
        type=arguments.Assignment(texts),
        callback=arguments.without_repeats,
        metavar="key=value...",
    )
    @click.option("--region", required=True, help="AWS Region, or the vendor's own name for it, such as us-east-1.")
    @click.option("--as-of", type=arguments.DAY, help="Use the prices in force on this day; default: today.")
    @click.option("--later-month", is_flag=True, help="Leave out fees that are paid in the first month only.")
    @click.option(
        "--prices",
        type=click.Path(exists=True, dir_okay=False),
        help="A YAML file of own or negotiated prices, as under `prices` in a scenario; they take precedence.",
    )
    @click.option(
        "--discount", type=float, default=0.0, help="Negotiated discount on every price, as a share such as 0.12."
    )
    @output.format_option()
    def show_bill(
        usage: dict[str, Any],
        region: str,
        as_of: date | None,
        later_month: bool,
        prices: str | None,
        discount: float,
        form: str,
    ) -> None:
        import tco

        own = _own_prices(prices) if prices else ()
        bill = tco.price(
            platform, usage, region=region, as_of=as_of, first_month=not later_month, prices=own, discount=discount
        )
        if bill.empty:
            needed = ", ".join(name for name in usage_model.model_fields if name not in usage)
            raise InputError(f"nothing in this usage is billed; state some of {needed}")
        output.print_frame(bill, form, whole=("source", "cost"))
        _warn_of_old_prices(bill)
        if form == "table":
            click.echo(f"\ntotal {bill['cost'].sum():,.2f} USD a month")

    return show_bill


def _warn_of_old_prices(bill: pd.DataFrame) -> None:
    """Say on standard error which prices of a bill, whose sources name the day, were last looked up long ago."""
    import pandas as pd

    from tco.analysis.assumption_register import old_prices

    seen = pd.to_datetime(bill["source"].str.extract(r", read (\d{4}-\d\d-\d\d)\)")[0])
    days = (pd.Timestamp.now() - seen).dt.days
    ages = pd.DataFrame({"name": bill["source"], "observed_on": seen.dt.date, "cost": bill["cost"], "age_days": days})
    if sentence := old_prices(ages.sort_values("age_days", ascending=False)):
        terminal.say(f"warning: {sentence}", err=True)


def _own_prices(file: str) -> list[Any]:
    """The entries of a file of own prices: a list, or a mapping with a list under `prices`."""
    from tco.loading.yaml_text import yaml_value

    try:
        content = yaml_value(resources.text(Path(file), file))
    except InputError as error:
        raise error.located(file=file) from None
    entries = content.get("prices") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise InputError("has no list of prices", file=file)
    return entries


def _meaning(field: FieldInfo) -> str:
    """What a field of a usage takes: its description, then its unit or the kind of its values, and its default."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = str(extra.get("unit", "name"))
    kind = {"1": "share from 0 to 1", "name": _type_words(field.annotation), "switch": "true or false"}.get(unit, unit)
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        kind += "; required"
    elif default not in ("", None, (), 0, False):
        kind += f"; default {default:g}" if isinstance(default, float) else f"; default {default}"
    return f"{field.description or ''} [{kind}]"


def _is_text(annotation: Any) -> bool:
    if typing.get_origin(annotation) is typing.Literal:
        return all(isinstance(value, str) for value in typing.get_args(annotation))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return all(_is_text(part) for part in typing.get_args(annotation) if part is not type(None))
    return annotation is str


def _type_words(annotation: Any) -> str:
    """The values of a field in words.

    >>> _type_words(float), _type_words(int | None), _type_words(typing.Literal["", "a", "b", "c"])
    ('number', 'whole number', 'a, b or c')
    """
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return _alternatives([str(value) for value in typing.get_args(annotation) if value != ""])
    if origin in (typing.Union, types.UnionType):
        return _alternatives([_type_words(part) for part in typing.get_args(annotation) if part is not type(None)])
    names = {float: "number", int: "whole number", str: "text", bool: "true or false"}
    return names.get(annotation, "list" if origin in (list, tuple) else str(annotation))


def _alternatives(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


@click.command(name="price", cls=PlatformCommands, subcommand_metavar="PLATFORM key=value...")
def price_platform() -> None:
    """One month's bill on a platform, line by line.

    `tco price PLATFORM --help` lists the keys of a platform.
    """


@click.command(name="calibrate")
@click.argument("scenario")
@click.option(
    "--bill",
    required=True,
    metavar="FILE",
    help="A cost export: a file (CSV, gzipped CSV, Parquet), a folder of them or an address such as s3://bucket/folder.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the scenario with the bill's discount and usage, such as calibrated.yaml.",
)
@output.force_option()
@output.format_option()
@arguments.about_its_scenario
def calibrate_scenario(scenario: str, bill: str, out: Path | None, force: bool, form: str) -> None:
    """What the fleet should cost in a month, beside what was billed.

    Reads FOCUS 1.0 to 1.3, CUR 2.0 and the older Cost and Usage Report, by their columns. Each line is labelled list
    (billed at the list price), billed (at another price), estimated (modelled, not on the bill) or not priced (on the
    bill, not in the scenario), with the reason of its difference. Needs the extra bills: pip install "tco[bills]".
    """
    import tco

    if out is not None:
        output.refuse_existing(out, force)
    frame = tco.calibrate(scenario, bill)
    output.print_frame(frame, form, whole=("reason", "modelled", "billed", "difference"))
    for note in frame.attrs["notes"]:
        terminal.say(note, err=True)
    if form == "table":
        sums = frame[["modelled", "billed", "difference"]].sum()
        terminal.say(
            f"\nmodelled {sums['modelled']:,.2f}, billed {sums['billed']:,.2f}, "
            f"difference {sums['difference']:,.2f} USD"
        )
    if out is None:
        return
    body = output.overlay_text(scenario, out, frame.attrs["overlay"])
    text = f"# The scenario as billed: discounts over all months of the bill, usage of its last month.\n{body}"
    writing.write_text(out, text)
    click.echo(f"{out}: {len(frame.attrs['overlay'])} values", err=True)


COMMANDS = (price_platform, calibrate_scenario)
