"""`tco import`: a scenario from files of a real fleet, or live from AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from tco import formats
from tco.cli import arguments, output, terminal, writing

if TYPE_CHECKING:
    from tco.inventory.fleet import Fleet

LINE_WIDTH = 120
MOST_ROWS = 1000
"""So many rows of a coverage are shown as a table; its file and the other formats have all."""


class FilesOrAccount(click.Command):
    """`tco import FILE...`; the word `aws` in place of files makes it the command that reads accounts."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args[:1] == ["aws"]:
            return import_account.make_context(f"{info_name} aws", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


def fleet_options(command: FC) -> FC:
    """How resources become a scenario, whatever they are read from."""
    for option in (
        output.format_option(),
        click.option("--anonymise", is_flag=True, help="Replace all names, for sharing."),
        click.option(
            "--environment-tag",
            "environment_tags",
            multiple=True,
            metavar="KEY",
            help="The key of the tag that says the environment; repeatable.",
        ),
        click.option(
            "--environment",
            "environments",
            multiple=True,
            type=arguments.Assignment(),
            callback=arguments.without_repeats,
            help="A word of yours for an environment, such as live=production; repeatable.",
        ),
        click.option(
            "--by",
            type=click.Choice(["group", "cluster"]),
            default="group",
            show_default=True,
            help="One group for clusters that are alike, or one for each cluster.",
        ),
        output.force_option(),
        click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            help="The scenario file to write, such as fleet.yaml; the coverage is saved beside it.",
        ),
    ):
        command = option(command)
    return command


@click.command(name="import", cls=FilesOrAccount)
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--region", default="", help="The Region of resources that name none.")
@click.option("--template", is_flag=True, help="Print the heading of a table of clusters and an example row.")
@fleet_options
def import_fleet(
    files: tuple[Path, ...], out: Path | None, force: bool, form: str, template: bool, **choices: Any
) -> None:
    """A scenario from answers of AWS, Terraform, CSV or Excel.

    FILE... are saved answers of AWS describe calls and AWS Config, Terraform states and plans (`terraform show -json`),
    and tables with the columns of --template; they are recognised by content and belong to one fleet. Prints what
    became of every database: used, merged or refused, and why. `tco import aws` reads accounts instead.
    """
    from tco.inventory import sheets
    from tco.inventory.fleet import read_fleet

    if template:
        click.echo(sheets.template(), nl=False)
        return
    if not files:
        raise click.UsageError("name one FILE or more, or say --template")
    _refuse_existing(out, force)
    deliver(read_fleet(files, **choices), out, form)


@click.command(name="aws")
@click.option("--region", "regions", multiple=True, help="A Region to read; repeatable. Default: the profile's own.")
@click.option("--profile", "profiles", multiple=True, help="A profile of the AWS configuration; repeatable.")
@click.option("--role", "roles", multiple=True, metavar="ARN", help="A role to assume and read; repeatable.")
@click.option(
    "--days",
    type=click.IntRange(0, 455),
    default=14,
    show_default=True,
    help="The window of CloudWatch metrics; 0: none are read.",
)
@click.option("--print-policy", is_flag=True, help="Print the least IAM policy that this needs.")
@fleet_options
def import_account(
    regions: tuple[str, ...],
    profiles: tuple[str, ...],
    roles: tuple[str, ...],
    days: int,
    print_policy: bool,
    out: Path | None,
    force: bool,
    form: str,
    **choices: Any,
) -> None:
    """A scenario from AWS accounts as they are now.

    Reads RDS, Aurora, DocumentDB, Neptune, ElastiCache, MemoryDB, OpenSearch and DynamoDB over the Regions, profiles
    and roles, and load, size and peaks from CloudWatch. What cannot be read is listed by account, Region and call, and
    the rest is used. Needs the extra aws: pip install "tco[aws]".
    """
    from tco.inventory import account
    from tco.inventory.fleet import fleet_of

    if print_policy:
        click.echo(account.policy(roles))
        return
    _refuse_existing(out, force)
    read = account.databases_of(regions, profiles, roles, days, progress=lambda text: click.echo(text, err=True))
    databases, failures = read
    fleet = fleet_of(databases, [], **choices)
    for failure in failures:
        terminal.say(f"not read: {failure}", err=True)
    deliver(fleet, out, form)


def _refuse_existing(out: Path | None, force: bool) -> None:
    """Raise InputError where the scenario or its coverage would take the place of a file."""
    for target in (out, _beside(out)) if out is not None else ():
        output.refuse_existing(target, force)


def _beside(out: Path) -> Path:
    """Where the coverage of a scenario is saved."""
    return out.with_suffix(".coverage.csv")


def deliver(fleet: Fleet, out: Path | None, form: str) -> None:
    """Print the coverage, write it and the scenario. Raises InputError where nothing is used: then it is alone."""
    coverage = fleet.coverage
    output.print_frame(coverage.head(MOST_ROWS) if form == "table" else coverage, form, whole=("reason",))
    counts = coverage["outcome"].value_counts()
    summary = ", ".join(f"{counts.get(outcome, 0)} {outcome}" for outcome in ("used", "merged", "refused"))
    further = f"; the first {MOST_ROWS:,} are shown" if form == "table" and len(coverage) > MOST_ROWS else ""
    click.echo(f"{formats.count(len(coverage), 'database resource')}: {summary}{further}", err=True)
    for source, rows in fleet.others.groupby("source", sort=False):
        listed = ", ".join(f"{count:,} x {what}" for what, count in zip(rows["what"], rows["count"], strict=True))
        terminal.say(f"{source}: not read: {listed}", err=True)
    saved = {_beside(out): output.text_of(coverage, "csv")} if out else {}
    if not fleet["fleet"]:
        writing.write_texts(saved)
    fleet.check_used()
    if out is None:
        click.echo("--out fleet.yaml writes the scenario", err=True)
        return
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # a sixth of the time where libyaml is there
    body = yaml.dump(dict(fleet), Dumper=dumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)
    text = f"# Imported by tco import: {summary}. The coverage beside this file says what became of each.\n{body}"
    writing.write_texts({**saved, out: text})
    click.echo(f"{out}: {formats.count(len(fleet['fleet']), 'group')}; coverage: {_beside(out)}", err=True)


COMMANDS = (import_fleet,)
