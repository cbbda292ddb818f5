"""The commands of an auditor: differences explained, claims checked."""

from __future__ import annotations

import click

from tco.cli import arguments, output


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
    type=click.FloatRange(min=0),
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
    dates, assumptions and prices). The parts add up: up to 12 changes share a difference by their Shapley values.
    """
    import tco
    from tco.audit.pull_request import exceeded, markdown, without_effect

    frame = tco.diff(before, after, draws=draws or 0, seed=seed)
    beyond = exceeded(frame, limits)
    if form == "markdown":
        click.echo(markdown(frame, silent_below), nl=False)
    elif form == "table":
        output.print_frame(frame[frame["difference"] != 0].reset_index(drop=True), form)
        for text in without_effect(frame):
            click.echo(f"Without effect on any result: {text}")
    else:
        output.print_frame(frame, form)
    for sentence in beyond:
        click.echo(sentence, err=True)
    if beyond:
        ctx.exit(1)


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
            click.echo(f"  claimed {row['claimed']:,.6g} {row['unit']}, computed {computed}")
            if row["cause"]:
                click.echo(f"  {row['cause']}")
    else:
        output.print_frame(frame, form)


COMMANDS = (show_differences, check_claims)
