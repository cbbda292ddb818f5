"""Arguments and options that several commands share, and how their text becomes values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

if TYPE_CHECKING:
    from tco.scenario import Scenario


class Assignment(click.ParamType[tuple[str, Any]]):
    """`path=value`, such as `labour.engineer_rate=120`; the value is read by `scalar`.

    Where the path ends in one of `texts` the value stays as it is written: version 5.10 is not 5.1.
    """

    name = "path=value"

    def __init__(self, texts: Collection[str] = ("version",)):
        self._texts = texts

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """The path and the value of one assignment."""
        if isinstance(value, tuple):
            return value
        path, equals, text = (part.strip() for part in str(value).partition("="))
        if not equals or not path:
            self.fail(f"{value!r} is not of the form {self.name}", param, ctx)
        if path.rpartition(".")[2] in self._texts:
            return path, text.strip("'\"")
        return path, scalar(text)


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that `value` names."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day written YYYY-MM-DD", param, ctx)


class WholeNumbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers separated by commas, such as `10,100,1000`."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers in the order given."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 10,100,1000", param, ctx)


def scalar(text: str) -> Any:
    """What `text` means as YAML: a number, a word, true, false, or a list or mapping.

    YAML 1.1 reads `1e6` as a word; here it is a number.

    >>> scalar("120"), scalar("1e6"), scalar("in_place"), scalar("{low: 80, high: 150}")
    (120, 1000000.0, 'in_place', {'low': 80, 'high': 150})
    """
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def without_repeats(ctx: click.Context, param: click.Parameter, pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """A callback of click: the assignments as a dict; one path given twice is wrong usage."""
    values: dict[str, Any] = {}
    for path, value in pairs:
        if path in values:
            raise click.BadParameter(f"{path} is set twice", ctx, param)
        values[path] = value
    return values


def set_option() -> Callable[[FC], FC]:
    """`--set path=value`, repeatable; arrives as a dict called `changes`."""
    return click.option(
        "--set",
        "changes",
        multiple=True,
        type=Assignment(),
        callback=without_repeats,
        help="Change one value of the scenario, such as labour.engineer_rate=120; repeatable.",
    )


def fleet_size_option() -> Callable[[FC], FC]:
    """`--fleet-size N`: scale the fleet to N clusters."""
    return click.option("--fleet-size", type=int, metavar="N", help="Scale the fleet to N clusters.")


def draws_option() -> Callable[[FC], FC]:
    """`--draws N`, which is refused: every result is a point estimate so far."""

    def refuse(ctx: click.Context, param: click.Parameter, value: int | None) -> None:
        if value is not None:
            raise click.BadParameter(
                "draws are not available: every result is a point estimate at the means of the assumptions",
                ctx,
                param,
            )

    return click.option(
        "--draws",
        type=int,
        metavar="N",
        expose_value=False,
        callback=refuse,
        help="Not available: results are point estimates.",
    )


def loaded(source: str, changes: dict[str, Any], fleet_size: int | None) -> Scenario:
    """The scenario that `source` names, with `changes` and scaled to `fleet_size`."""
    import tco

    return tco.load_scenario(source, set=changes, fleet_size=fleet_size)
