"""`tco price PLATFORM key=value...`: one month's bill. The platforms' own usage models say what the keys are."""

from __future__ import annotations

import types
import typing
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from tco.cli import arguments, output
from tco.errors import InputError, unknown

if TYPE_CHECKING:
    from pydantic import BaseModel


class PlatformCommands(click.Group):
    """One command a platform, made from the model of its usage when it is asked for."""

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
        """As click does it, but an unknown platform is a wrong input that names the nearest."""
        names = self.list_commands(ctx)
        if not args[0].startswith("-") and args[0] not in names:
            raise InputError(unknown("platform", args[0], names))
        return super().resolve_command(ctx, args)


def bill_command(platform: str) -> click.Command:
    """The command `tco price PLATFORM`, documented from the fields of the platform's usage."""
    from tco.platforms import platform as platform_named

    usage = platform_named(platform).usage

    @click.command(name=platform, help=_help_text(platform, usage), short_help=_first_sentence(usage))
    @click.argument("usage", nargs=-1, type=arguments.Assignment(), metavar="key=value...")
    @click.option("--region", required=True, help="AWS Region or the vendor's own name for it, such as us-east-1.")
    @click.option("--as-of", required=True, type=arguments.Day(), help="The day whose prices hold.")
    @click.option("--later-month", is_flag=True, help="Leave out fees that are paid in the first month only.")
    @output.format_option()
    def show_bill(usage: tuple[tuple[str, Any], ...], region: str, as_of: date, later_month: bool, form: str) -> None:
        import tco

        fields: dict[str, Any] = {}
        for name, value in usage:
            if name in fields:
                raise click.UsageError(f"{name} is given twice")
            fields[name] = value
        bill = tco.price(platform, fields, region=region, as_of=as_of, first_month=not later_month)
        output.print_frame(bill, form)
        if form == "table":
            click.echo(f"\ntotal {bill['cost'].sum():,.2f} USD a month")

    return show_bill


def _help_text(platform: str, usage: type[BaseModel]) -> str:
    lines = [f"One month's bill on {platform}. {_documentation(usage)}", "", "\b", "Keys:"]
    width = max(len(name) for name in usage.model_fields)
    for name, field in usage.model_fields.items():
        default = "required" if field.is_required() else f"default {field.get_default(call_default_factory=True)!r}"
        kind = _type_words(field.annotation)
        lines.append(f"  {name.ljust(width)}  {field.description or ''} [{kind}; {default}]")
    return "\n".join(lines)


def _documentation(usage: type[BaseModel]) -> str:
    return " ".join((usage.__doc__ or "").split())


def _first_sentence(usage: type[BaseModel]) -> str:
    return _documentation(usage).split(". ", 1)[0].rstrip(".")


def _type_words(annotation: Any) -> str:
    """How a person calls the values of a field.

    >>> _type_words(float), _type_words(int | None), _type_words(typing.Literal["a", "b"])
    ('number', 'whole number or nothing', 'a or b')
    """
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return " or ".join(str(value) for value in typing.get_args(annotation))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type_words(part) for part in typing.get_args(annotation))
    names = {float: "number", int: "whole number", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(annotation, "list" if origin in (list, tuple) else str(annotation))


@click.command(name="price", cls=PlatformCommands, subcommand_metavar="PLATFORM key=value...")
def price_platform() -> None:
    """One month's bill on a platform, line by line.

    `tco price PLATFORM --help` lists the keys of a platform.
    """


COMMANDS = (price_platform,)
