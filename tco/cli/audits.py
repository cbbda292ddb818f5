"""The commands of an auditor: differences explained, claims checked, workbooks, both sides of a dispute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco import formats
from tco.cli import arguments, output, terminal, writing
from tco.errors import InputError, unknown

if TYPE_CHECKING:
    import pandas as pd

MEGABYTE = 1_000_000
WORDS = "text"
"""The unit of published figures that are words."""
SHARE = "share"
DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LONG_NUMBER = re.compile(r"\b[0-9]{5,}\b")
TOLD_WHOLE = ("cause",)
MEASURES = {
    "total": f"total, {formats.CURRENCY}",
    "npv": f"present value, {formats.CURRENCY}",
    "labour_hours": "labour, hours",
    "downtime_minutes": "downtime, cluster-minutes",
}
"""What is compared, as a table says it."""


@click.command(name="diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@arguments.draws_option("Default: 0.")
@output.format_option("table", "json", "csv", "markdown")
@click.option(
    "--fail-if",
    "limits",
    multiple=True,
    metavar="LIMIT",
    help="Exit with 1 where a result moves by more, such as npv>5%, stay.labour_hours>100 or total<-10%; repeatable.",
)
@click.option(
    "--silent-below",
    type=arguments.Finite(min=0),
    default=0.0,
    metavar="PERCENT",
    help="With markdown: print nothing where no option's present value moves by this much.",
)
@click.pass_context
def show_differences(
    ctx: click.Context,
    before: str,
    after: str,
    draws: int | None,
    seed: int,
    form: str,
    limits: tuple[str, ...],
    silent_below: float,
) -> None:
    """What differs between the results of A and B, and which input each part comes from.

    A and B are scenarios, folders of reports, or files of a fleet such as a Terraform plan (the other side then gives
    dates, assumptions and prices). The parts add up: few changes share a difference by their Shapley values.
    Files that `tco ledger` printed are compared line by line, folders of prices (or `packaged`) price by price.
    """
    import tco
    from tco.audit.pull_request import exceeded, headline, markdown, without_effect

    sides, labels = _sides(before, after)
    keyed = tco.diff(*sides, draws=draws or 0, seed=seed)
    frame = keyed.assign(option=keyed["option"].replace(labels))
    beyond = exceeded(keyed, limits, labels)
    if form == "markdown":
        click.echo(markdown(frame, silent_below), nl=False)
    elif form == "table":
        terminal.say(f"{headline(frame)}\n")
        for measure, rows in frame[frame["difference"] != 0].groupby("measure", sort=False):
            click.echo(f"{MEASURES.get(str(measure), measure)}:")
            output.print_frame(rows[["option", "cause", "before", "after", "difference"]], form, whole=TOLD_WHOLE)
            click.echo()
        for text in without_effect(frame):
            terminal.say(f"Without effect on any result: {text}")
    else:
        output.print_frame(keyed, form)
    for sentence in beyond:
        terminal.say(sentence, err=True)
    if beyond:
        ctx.exit(1)


def _sides(before: str, after: str) -> tuple[tuple[Any, Any], dict[str, str]]:
    """What is compared, read once, and the labels of options by their keys, first of all those of `after`."""
    from tco.audit.sides import scenarios_of
    from tco.audit.tables_compared import are_tables

    if are_tables(before, after):
        return (before, after), {}
    sides = scenarios_of(before, after)
    return sides, {key: option.label for side in sides for key, option in side.options.items() if option.label}


@click.command(name="claim")
@click.argument("claims", nargs=-1, metavar="FILE...")
@output.format_option()
def check_claims(claims: tuple[str, ...], form: str) -> None:
    """Whether published claims hold: confirmed, wrong and why, or not checkable.

    FILE is a YAML file with subject, inputs, claimed, unit, link and date, or the name of a claim in data/claims.
    Without any, all of data/claims are checked.
    """
    import pandas as pd

    import tco
    from tco.audit.claims import claim_table

    stated = [{"name": name, **tco.check_claim(name)} for name in claims]
    frame = pd.DataFrame(stated) if stated else claim_table()
    if form == "table":
        for row in frame.to_dict("records"):
            click.echo(f"{row['name']}: {row['verdict']}")
            computed = "–" if row["computed"] != row["computed"] else f"{row['computed']:,.6g}"
            terminal.say(f"  claimed {row['claimed']:,.6g} {row['unit']}, computed {computed}")
            if row["cause"]:
                terminal.say(f"  {row['cause']}")
    else:
        output.print_frame(frame, form)


@click.command(name="cases")
@click.option("--case", "name", metavar="CASE", help="One case alone, with its reasons.")
@click.option("--priors", is_flag=True, help="Instead: the ranges that published upgrades speak of, before and after.")
@output.format_option()
def show_cases(name: str, priors: bool, form: str) -> None:
    """What the model says of each published figure: inside its range, missed and why, or not testable."""
    from tco.analysis.validation import badge, validation
    from tco.evidence.efforts import published_priors

    if name and priors:
        raise click.UsageError("--case and --priors exclude each other")
    frame = published_priors() if priors else validation()
    if name:
        if name not in set(frame["case"]):
            raise InputError(unknown("case", name, list(dict.fromkeys(frame["case"]))), path="--case")
        frame = frame[frame["case"] == name]
    if form != "table":
        output.print_frame(frame, form)
        return
    if priors:
        output.print_frame(frame.drop(columns=["path"], errors="ignore"), form, whole=("standing",))
        return
    testable = frame if name else frame[frame["outcome"] != "not testable"]
    output.print_frame(_checked(testable), form)
    if name:
        for figure, reason in zip(frame["figure"], frame["reason"], strict=True):
            if reason:
                terminal.say(f"{figure.replace('_', ' ')}: {reason}", hang=2)
        return
    terminal.say(f"{badge(frame)}. `tco cases --case NAME` shows one case with its reasons and what cannot be tested.")


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Published figures for a terminal, a line each: what was observed, and the model's range in the same unit."""
    model = [
        "" if low != low else " to ".join(dict.fromkeys(_figure(formats.significant(end), unit) for end in (low, high)))
        for low, high, unit in zip(frame["model_low"], frame["model_high"], frame["unit"], strict=True)
    ]
    observed = [
        text if unit == WORDS else f"{_figure(text, unit)} {'' if unit == SHARE else formats.unit(unit)}".strip()
        for text, unit in zip(frame["observed"].map(str), frame["unit"], strict=True)
    ]
    spaced = frame["figure"].str.replace("_", " ")
    return frame.assign(figure=spaced, observed=observed, model=model)[
        ["case", "figure", "observed", "model", "outcome"]
    ]


def _figure(text: str, unit: str) -> str:
    """A published number with thousands separators; of a share, which is at most 1, as per cent."""
    if unit == SHARE:
        return DECIMAL.sub(lambda one: f"{100 * float(one[0]):.6g}%", text)
    return LONG_NUMBER.sub(lambda one: f"{int(one[0]):,}", text)


@click.command(name="workbook")
@click.argument("scenario")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. Default: the scenario's name."
)
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option("Default: 1,000, of which the percentiles are values on a sheet of their own.")
@arguments.about_its_scenario
def write_workbook(
    scenario: str, out: Path | None, fleet_size: int | None, changes: dict[str, Any], draws: int | None, seed: int
) -> None:
    """A workbook of live formulas: inputs with sources, calculations, results, checks.

    The formulas are written out from the model's own run, without macros. Inputs that are live may be changed in the
    sheet; the others are listed with the reason. Needs the extra `excel`.
    """
    from tco.audit.workbook import USUAL_DRAWS, workbook_content

    stated = arguments.loaded(scenario, changes, fleet_size)
    target = out or Path(f"{stated.name}.xlsx")
    number = USUAL_DRAWS if draws is None else draws
    writing.write_file(target, lambda partial: partial.write_bytes(workbook_content(stated, number, seed)))
    click.echo(f"{target}: {target.stat().st_size / MEGABYTE:,.1f} MB")


@click.command(name="steelman")
@click.argument("scenario")
@click.option(
    "--options", "pair", metavar="A,B", help="The two options. Default: the reference and its cheapest rival."
)
@click.option(
    "--without-sponsor",
    "sponsor",
    metavar="WORD",
    help="Widen what a sponsor has paid for, such as vendor or AWS, to half the low and twice the high.",
)
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option("Default: 1,000.")
@arguments.about_its_scenario
def make_both_cases(
    scenario: str,
    pair: str | None,
    sponsor: str | None,
    fleet_size: int | None,
    changes: dict[str, Any],
    draws: int | None,
    seed: int,
) -> None:
    """The strongest honest case for each of two options, as Markdown.

    Each is made of evidence that the other side accepts, line by line, with the gap between.
    """
    from tco.audit.steelman import DRAWS, steelman

    names = [name.strip() for name in (pair or "").split(",") if name.strip()]
    if pair is not None and len(names) != 2:
        raise click.BadParameter("name two options, such as --options stay,dynamodb", param_hint="--options")
    stated = arguments.loaded(scenario, changes, fleet_size, "table")
    both = (stated.option_named(names[0]), stated.option_named(names[1])) if names else None
    click.echo(steelman(stated, both, sponsor, DRAWS if draws is None else max(draws, 2), seed), nl=False)


COMMANDS = (make_both_cases, write_workbook, show_differences, check_claims, show_cases)
