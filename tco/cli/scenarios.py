"""The commands on a scenario: compare its options, list its ledger, explain a number, check it, date its upgrades."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco import formats
from tco.cli import arguments, output, terminal, writing
from tco.errors import InputError

if TYPE_CHECKING:
    from tco.batches.plan import PlannedReport
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

USUAL_POLICY = "settled"
USUAL_DRAWS = 4_096


@click.command(name="compare")
@click.argument("scenario")
@arguments.fleet_size_option()
@arguments.set_option()
@arguments.draws_option(f"Default: {USUAL_DRAWS:,} for the table, none for csv and json.")
@arguments.upgrade_log_option()
@output.format_option()
@click.option("--reversals", is_flag=True, help="Also search for what would reverse the verdict; takes seconds longer.")
@arguments.about_its_scenario
def show_comparison(
    scenario: str,
    fleet_size: int | None,
    changes: dict[str, Any],
    draws: int | None,
    seed: int,
    upgrade_log: Path | None,
    form: str,
    reversals: bool,
) -> None:
    """Cost, hours and downtime of each option, and the verdict.

    Costs are in USD over the whole horizon, means over the draws; a difference is the option minus the reference;
    payback is blank where there is none.
    """
    import tco

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    updated = arguments.updated_by(stated, upgrade_log)
    if updated:
        from tco.evidence.posteriors import with_posteriors

        stated = with_posteriors(stated, updated)
    number = (USUAL_DRAWS if form == "table" else 0) if draws is None else draws
    ledger = arguments.evaluated(stated, number, seed)
    frame = tco.compare(ledger)
    arguments.warn(ledger, scenario)
    arguments.warn_of_old_prices(ledger, scenario)
    if form == "table":
        from tco.analysis.verdict import verdict

        answer = verdict(ledger, with_reversals=reversals)
        terminal.say(f"{answer.headline}\n")
        click.echo(output.compared(frame))
        for sentence in (output.COMPARED_NOTE, *answer.sentences, *answer.reversals):
            terminal.say(sentence)
        if updated:
            from tco.evidence.posteriors import prior_and_posterior

            terminal.say(
                "\nLearnt from the upgrade log; before and after are 5th percentile, mean and 95th percentile:"
            )
            output.print_frame(output.learnt(prior_and_posterior(updated)), form)
    else:
        output.print_frame(frame, form)


@click.command(name="ledger")
@click.argument("scenario")
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option("csv", "parquet", "json", "focus", default="csv")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing.")
@arguments.about_its_scenario
def show_ledger(scenario: str, fleet_size: int | None, changes: dict[str, Any], form: str, out: Path | None) -> None:
    """The tidy ledger: one row per month, option, group and line.

    --format focus is a CSV with the columns of FOCUS 1.3, in which each option is a sub account; what no provider
    bills, such as labour and downtime, is marked with x_Billed false and has a BilledCost of 0. The public checker
    carries the rules of 1.2: docs/import.md says what it finds.
    """
    if form == "parquet" and out is None:
        raise click.UsageError("--format parquet needs --out FILE")
    import tco

    ledger = tco.evaluate(arguments.loaded(scenario, changes, fleet_size))
    if form == "focus":
        from tco.billing.focus import focus_table

        frame, form = focus_table(ledger), "csv"
    else:
        frame = ledger.table()
    if out is None:
        output.print_frame(frame, form)
    elif form == "parquet":
        output.require_parquet()
        writing.write_file(out, lambda partial: frame.to_parquet(partial, index=False))
    else:
        writing.write_text(out, output.text_of(frame, form))


@click.command(name="explain")
@click.argument("scenario")
@click.option("--option", required=True, help="One of the scenario's options.")
@click.option("--category", required=True, help='A cost category, such as "version upkeep".')
@click.option("--line", default="", help='One line of the category alone, such as "major upgrades".')
@click.option("--group", default="", help="What falls on one group of the fleet.")
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option()
@arguments.about_its_scenario
def show_explanation(
    scenario: str,
    option: str,
    category: str,
    line: str,
    group: str,
    fleet_size: int | None,
    changes: dict[str, Any],
    form: str,
) -> None:
    """The sources of a number.

    Lists each line of the category with the assumptions and price rows behind it.
    """
    import tco

    stated = arguments.loaded(scenario, changes, fleet_size, form)
    frame = tco.explain(
        tco.evaluate(stated), option=stated.option_named(option), category=category, line=line, group=group
    )
    if form == "table":
        click.echo(output.explained(frame), nl=False)
    else:
        output.print_frame(frame, form)


@click.command(name="check")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@arguments.fleet_size_option()
@arguments.set_option()
@click.pass_context
def check_scenarios(
    ctx: click.Context, scenarios: tuple[str, ...], fleet_size: int | None, changes: dict[str, Any]
) -> None:
    """Validate scenario files, and batch files with every combination.

    Every problem is printed with its file, path and what would be valid.
    A valid file is also evaluated, which finds missing prices and upgrade paths.
    Versions whose support has ended when a scenario starts are noted.
    """
    from tco.batches.batch_file import is_batch
    from tco.loading.notes import notes_of

    faulty = False
    for source in scenarios:
        try:
            if is_batch(source):
                if fleet_size is not None:
                    raise InputError("a batch file states its own fleet_sizes", path="--fleet-size", value=fleet_size)
                many = formats.count(_checked_batch(source, changes), "report")
                click.echo(f"{source}: good ({many}, each combination evaluated)")
                continue
            scenario = arguments.loaded(source, changes, fleet_size)
            arguments.warn(_evaluated(scenario), source, shown=None)
        except InputError as error:
            faulty = True
            terminal.say(str(error.located(file=source)), err=True)
        except OSError as error:
            faulty = True
            click.echo(f"{source}: {error.strerror}", err=True)
        else:
            fleet = f"{formats.count(scenario.fleet_size, 'cluster')} in {formats.count(len(scenario.fleet), 'group')}"
            horizon = f"{scenario.months} months from {scenario.start}"
            click.echo(f"{source}: good ({fleet}, {len(scenario.options)} options, {horizon})")
            for note in notes_of(scenario):
                terminal.say(f"{source}: note: {note}")
    if faulty:
        ctx.exit(1)


def _checked_batch(source: str, changes: dict[str, Any]) -> int:
    """How many reports the batch file has; InputError for a fault in any of their scenarios."""
    from tco.batches.batch_file import batch_path, read_batch
    from tco.batches.plan import plan_batch

    batch, path = read_batch(source), batch_path(source)
    batch = batch.model_copy(update={"set": {**batch.set, **changes}})
    plan = plan_batch(batch, path.parent if path else Path(), source)
    said: dict[tuple[str, int], dict[str, None]] = {}

    def evaluate(report: PlannedReport, scenario: Scenario) -> None:
        for kind, sentences in enumerate(arguments.warnings_of(_evaluated(scenario))):
            said.setdefault((report.source.named, kind), {}).update(dict.fromkeys(sentences))

    plan.check(plan.reports, evaluate)
    for (named, _), sentences in said.items():
        arguments.say_warnings([*sentences], named, more="and {} more like these, of other combinations")
    return len(plan.reports)


def _evaluated(scenario: Scenario) -> Ledger:
    """The ledger of a scenario, whose what-ifs and rules of a plan hold. Raises InputError."""
    import tco
    from tco.planning.upgrade_plan import checked_rules
    from tco.planning.what_ifs import checked_what_ifs

    ledger = tco.evaluate(scenario)
    checked_what_ifs(scenario)
    checked_rules(scenario)
    return ledger


@click.command(name="calendar")
@click.argument("scenario", required=False)
@click.option("--engine", help="An engine, such as mysql, rds_postgresql or AWS's aurora-mysql, instead of a scenario.")
@click.option("--version", help="The version the cluster runs; default: the newest on the first day.")
@click.option("--from", "start", type=arguments.DAY, help="First day.")
@click.option("--to", "end", type=arguments.DAY, help="Last day, included.")
@click.option(
    "--policy",
    help=f"newest, settled, smallest, extended_support, never, successor, asap:N or every:N (months); "
    f"default: {USUAL_POLICY}.",
)
@arguments.fleet_size_option()
@arguments.set_option()
@output.format_option()
@arguments.about_its_scenario
def show_calendar(
    scenario: str | None,
    engine: str | None,
    version: str | None,
    start: date | None,
    end: date | None,
    policy: str | None,
    fleet_size: int | None,
    changes: dict[str, Any],
    form: str,
) -> None:
    """Forced upgrades of a scenario's fleet under each option, or of one cluster of an --engine."""
    import pandas as pd

    import tco

    if (scenario is None) == (engine is None):
        raise click.UsageError("name either a SCENARIO or an --engine")
    if scenario is not None:
        if version or start or end or policy:
            raise click.UsageError("--version, --from, --to and --policy go with --engine")
        frame = tco.calendar(arguments.loaded(scenario, changes, fleet_size, form))
    else:
        if fleet_size is not None or changes:
            raise click.UsageError("--fleet-size and --set go with a SCENARIO")
        if start is None or end is None:
            raise click.UsageError("--engine needs --from and --to")
        arguments.say_engine(str(engine))
        frame = tco.calendar(engine=engine, version=version, start=start, end=end, policy=policy or USUAL_POLICY)
    if form != "table":
        output.print_frame(frame, form)
        return
    told = output.dated(frame)
    options = told["option"].unique().tolist() if "option" in told else []
    for option in options:
        click.echo(f"{option}:")
        output.print_frame(told[told["option"] == option].drop(columns="option"), form)
        click.echo()
    if not options:
        output.print_frame(told, form)
    if frame.get("projected", pd.Series()).any():
        terminal.say(output.PROJECTED)


COMMANDS = (show_comparison, show_ledger, show_explanation, check_scenarios, show_calendar)
