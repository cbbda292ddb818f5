"""`tco import`: a scenario from files of a real fleet, or live from AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco.cli import arguments, output
from tco.errors import InputError

if TYPE_CHECKING:
    from tco.inventory.fleet import Fleet

LINE_WIDTH = 120
MOST_ROWS = 1000
"""So many rows of a coverage are shown as a table; its file and the other formats have all."""


@click.command(name="import")
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The scenario file to write, such as fleet.yaml; the coverage is saved beside it.",
)
@click.option(
    "--by",
    type=click.Choice(["group", "cluster"]),
    default="group",
    show_default=True,
    help="One group for clusters that are alike, or one for each cluster.",
)
@click.option("--region", default="", help="The Region of resources that name none.")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    type=arguments.Assignment(),
    callback=arguments.without_repeats,
    help="A word of yours for an environment, such as live=production; repeatable.",
)
@click.option(
    "--environment-tag",
    "environment_tags",
    multiple=True,
    metavar="KEY",
    help="The key of the tag that says the environment; repeatable.",
)
@click.option("--anonymise", is_flag=True, help="Replace all names, for sharing.")
@click.option("--template", is_flag=True, help="Print the heading of a table of clusters and an example row.")
@output.format_option()
def import_fleet(files: tuple[Path, ...], out: Path | None, form: str, template: bool, **choices: Any) -> None:
    """A scenario from answers of AWS, Terraform, CSV or Excel.

    FILE... are saved answers of AWS describe calls and AWS Config, Terraform states and plans (`terraform show -json`),
    and tables with the columns of --template; they are recognised by content and belong to one fleet. Prints what
    became of every database: used, merged or refused, and why.
    """
    from tco.inventory import sheets
    from tco.inventory.fleet import read_fleet

    if template:
        click.echo(sheets.template(), nl=False)
        return
    if not files:
        raise click.UsageError("name one FILE or more, or say --template")
    deliver(read_fleet(files, **choices), out, form)


def deliver(fleet: Fleet, out: Path | None, form: str) -> None:
    """Print the coverage, write the scenario and the coverage beside it. Raises InputError where nothing is used."""
    coverage = fleet.coverage
    output.print_frame(coverage.head(MOST_ROWS) if form == "table" else coverage, form)
    counts = coverage["outcome"].value_counts()
    summary = ", ".join(f"{counts.get(outcome, 0)} {outcome}" for outcome in ("used", "merged", "refused"))
    further = f"; the first {MOST_ROWS:,} are shown" if form == "table" and len(coverage) > MOST_ROWS else ""
    click.echo(f"{len(coverage):,} database resources: {summary}{further}", err=True)
    for source, rows in fleet.others.groupby("source", sort=False):
        listed = ", ".join(f"{count:,} x {what}" for what, count in zip(rows["what"], rows["count"], strict=True))
        click.echo(f"{source}: not databases: {listed}", err=True)
    if not fleet["fleet"]:
        raise InputError("no database could be used; the coverage says why" if len(coverage) else
                         "no database was found; see `tco import --help` for what is read")  # fmt: skip
    if out is None:
        click.echo("--out fleet.yaml writes the scenario", err=True)
        return
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # a sixth of the time where libyaml is there
    body = yaml.dump(dict(fleet), Dumper=dumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)
    text = f"# Imported by tco import: {summary}. The coverage beside this file says what became of each.\n{body}"
    output.write_file(out, lambda partial: partial.write_text(text, "utf-8"))
    saved = out.with_suffix(".coverage.csv")
    output.write_file(saved, lambda partial: partial.write_text(output.text_of(coverage, "csv"), "utf-8"))
    click.echo(f"{out}: {len(fleet['fleet'])} groups; coverage: {saved}", err=True)


COMMANDS = (import_fleet,)
