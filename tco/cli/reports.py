"""`tco report`: the main job, for one scenario, for several, and for a batch file."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tco.cli import arguments

if TYPE_CHECKING:
    from tco.batches import Destination, Executor
    from tco.batches.batch_file import Batch

USUAL_FOLDER = "reports"


def _place(ctx: click.Context, param: click.Parameter, out: str) -> str:
    """A callback of click: where reports go; a blank is no folder, nor a store whose address lacks a slash."""
    if not out.strip():
        raise click.BadParameter("is blank: name a folder, or . for the current one", ctx, param)
    if out.startswith(("s3:", "s3a:")) and "://" not in out:
        raise click.BadParameter(f"{out!r} lacks a slash: s3://bucket/prefix, or ./ before a folder", ctx, param)
    return out


@click.command(name="report")
@click.argument("sources", nargs=-1, metavar="[SCENARIO...|BATCH]")
@click.option(
    "--fleet-sizes",
    type=arguments.WHOLE_NUMBERS,
    help="Further fleet sizes, such as 10,100,1000, to compare with the size that the scenario states.",
)
@click.option(
    "--out",
    default=USUAL_FOLDER,
    show_default=True,
    callback=_place,
    help="Folder of the reports, or an address such as s3://bucket/prefix; each report has a folder inside.",
)
@click.option(
    "--notebook",
    metavar="NAME|FILE",
    help="Run another notebook than fleet_comparison: a packaged one, such as upgrade_plan, or your own; one scenario. "
    "Its reports are in a folder of its name inside --out.",
)
@click.option(
    "--parameter",
    "-p",
    "given",
    multiple=True,
    type=arguments.Assignment(),
    callback=arguments.without_repeats,
    help="A parameter of that notebook, such as capacity=120; repeatable.",
)
@arguments.draws_option("Default: 10,000.")
@arguments.upgrade_log_option()
@arguments.set_option()
@click.option("--today", type=arguments.DAY, help="The date on the report; default: today.")
@click.option(
    "--since",
    metavar="PREVIOUS",
    help="Open with what has moved since an earlier report, and why: its folder, page or manifest.json; one scenario.",
)
@click.option(
    "--oldest-prices-days",
    type=click.IntRange(min=0),
    metavar="N",
    help="Warn on the first page of prices that were looked up more than N days ago. Default: 365.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Reports to make at a time; default: one per processor."
)
@click.option(
    "--dask",
    "scheduler",
    metavar="ADDRESS",
    help="Make the reports on the Dask cluster of this scheduler: tcp://host:8786.",
)
@click.option(
    "--engine",
    type=click.Choice(["forked", "papermill"]),
    help="Run notebooks in forked processes or in papermill's kernels; default: forked where the system can.",
)
@click.option("--timeout", type=arguments.Finite(min=0, min_open=True), metavar="S", help="Seconds a cell may take.")
@click.option("--fresh", is_flag=True, help="Make every report again, also those that exist.")
@click.option(
    "--keep-draws/--no-keep-draws",
    default=None,
    help="Save the draws in each report's folder; default: yes, for a batch no.",
)
@click.option(
    "--pdf",
    is_flag=False,
    flag_value="first-page",
    type=click.Choice(["first-page", "whole"]),
    help="Print the first page, or with `--pdf whole` all, to a PDF file with an installed Chromium; one scenario.",
)
@click.option(
    "--workbook",
    is_flag=True,
    help="Put the model as live formulas beside the page, as `tco workbook` writes it; one scenario (extra `excel`).",
)
@click.option("--json", "events", is_flag=True, help="One JSON object per event on standard output, for programs.")
@click.option("--quiet", "-q", is_flag=True, help="Print only failures.")
@click.pass_context
def write_reports(ctx: click.Context, /, sources: tuple[str, ...], **options: Any) -> None:
    """A self-contained HTML page per scenario, or per combination of a batch file.

    A page is about the fleet as the scenario states it; --fleet-sizes adds others. Its folder also has the executed
    notebook, a CSV file of every table in tables/, and manifest.json, which lists all inputs. Several reports get an
    index.html and a table of all results; the same command resumes a run that was stopped. Prints the path of each
    page, or of a batch file's index. A notebook without a parameter `scenario`, such as pricing, takes no SCENARIO.
    """
    from tco.batches.batch_file import is_batch
    from tco.catalog.prices import SETS_FOLDER

    if sets := os.environ.get(SETS_FOLDER, ""):  # notebooks run in other folders
        os.environ[SETS_FOLDER] = str(Path(sets).absolute())
    if not sources and not options["notebook"]:
        raise click.UsageError("Missing argument 'SCENARIO...|BATCH'.")
    if not sources and options["workbook"]:
        raise click.UsageError("--workbook is of a scenario")
    batches = [source for source in sources if is_batch(source)]
    if batches and len(sources) > 1:
        raise click.UsageError("name one batch file, or scenarios")
    stated = {name for name in options if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    if options["scheduler"] is not None and stated & {"engine", "jobs"}:
        raise click.UsageError("--engine and --jobs do not apply to --dask; leave them out")
    single = not batches and len(sources) <= 1 and options["scheduler"] is None and "://" not in options["out"]
    for option in () if single else ("pdf", "workbook"):
        if options[option]:
            raise click.UsageError(f"--{option} is of a single report in a local folder")
    if options["since"] and (batches or len(sources) > 1 or options["scheduler"] is not None):
        raise click.UsageError("--since is of a report on one scenario")
    if options["notebook"] and not single:
        raise click.UsageError("--notebook makes one report in a local folder; a batch file has `notebooks`")
    if options["given"] and not options["notebook"]:
        raise click.UsageError("--parameter is of a --notebook")
    if batches:
        ctx.exit(_batch_file(sources[0], options, stated))
    elif single:
        _single("".join(sources), options, stated)
    else:
        ctx.exit(_scenarios(sources, options))


def _single(source: str, options: Mapping[str, Any], stated: set[str]) -> None:
    """One report, without an index; on no scenario where `source` is empty. stated: options of the command line."""
    from tco.batches.journal import BatchResult, ReportResult
    from tco.batches.plan import notebook_file
    from tco.batches.progress import print_json
    from tco.report import ReportError, report

    began = time.monotonic()
    notebook, out, parameters = None, options["out"], _parameters(options)
    if options["notebook"]:
        notebook = notebook_file(options["notebook"])
        out = str(Path(out, notebook.stem)) if source else out
        parameters = {name: value for name, value in parameters.items() if name in stated} | options["given"]

    def print_result(reason: str = "") -> None:
        seconds = time.monotonic() - began
        result = ReportResult(source, "", "failed" if reason else "made", reason, seconds=seconds)
        print_json(result.event())
        print_json(BatchResult((result,), seconds=seconds).event())

    if options["events"]:
        print_json({"event": "planned", "reports": 1, "to_make": 1})
        print_json({"event": "started", "name": source})
    try:
        with _model_workbook(source, options) if options["workbook"] else nullcontext() as workbook:
            (written,) = report(
                [source] if source else [],
                fleet_sizes=options["fleet_sizes"] or (),
                out=out,
                set=options["changes"],
                today=options["today"],
                notebook=notebook,
                parameters=parameters,
                progress=not options["quiet"] and not options["events"],
                timeout=options["timeout"],
                engine=options["engine"],
                keep_draws=options["keep_draws"] is not False,
                pdf=options["pdf"] or "",
                workbook=workbook,
            )
    except ReportError as error:
        if options["events"]:
            print_result(str(error))
        raise click.ClickException(str(error)) from None
    if options["events"]:
        print_result()
    else:
        click.echo(written.html)
        if options["pdf"]:
            click.echo(written.pdf)


@contextmanager
def _model_workbook(source: str, options: Mapping[str, Any]) -> Iterator[Path]:
    """The workbook of the scenario that a report is on, after learning from its upgrade log, in a temporary folder."""
    import tco
    from tco.evidence.posteriors import with_posteriors

    stated = arguments.loaded(source, options["changes"], None)
    if learned := arguments.updated_by(stated, options["upgrade_log"]):
        stated = with_posteriors(stated, learned)
    with tempfile.TemporaryDirectory(prefix="tco-workbook-") as folder:
        yield tco.workbook(stated, Path(folder, "model.xlsx"), seed=options["seed"])


def _scenarios(sources: tuple[str, ...], options: Mapping[str, Any]) -> int:
    """A report on each named scenario, with an index."""
    from tco.batches.batch_file import checked_batch

    batch = checked_batch(
        {
            "name": "reports",
            "scenarios": list(sources),
            "fleet_sizes": list(options["fleet_sizes"] or ()),
            "set": options["changes"],
            "parameters": _parameters(options),
            "today": options["today"],
            "timeout": options["timeout"],
            "keep_draws": options["keep_draws"] is not False,
        }
    )
    return _run(batch, Path(), "", options["out"], options, every_page=True)


def _batch_file(source: str, options: Mapping[str, Any], stated: set[str]) -> int:
    """The reports of a batch file; options on the command line override its fields."""
    from tco.batches.batch_file import batch_path, read_batch
    from tco.report.files import safe_name

    batch = read_batch(source)
    parameters = {name: value for name, value in _parameters(options).items() if name in stated}
    changed: dict[str, Any] = {
        "set": {**batch.set, **options["changes"]},
        "parameters": {**batch.parameters, **parameters},
        "notebooks": {
            notebook: {name: value for name, value in own.items() if name not in parameters}
            for notebook, own in batch.notebooks.items()
        },
    }
    for name in ("fleet_sizes", "today", "timeout", "keep_draws"):
        if name in stated:
            changed[name] = options[name]
    path = batch_path(source)
    folder = path.parent if path is not None else Path()
    out = options["out"] if "out" in stated else str(Path(USUAL_FOLDER, safe_name(batch.name)))
    return _run(batch.model_copy(update=changed), folder, source, out, options, every_page=False)


def _run(batch: Batch, folder: Path, file: str, out: str, options: Mapping[str, Any], *, every_page: bool) -> int:
    """Make a batch's reports and return the exit code. every_page: print all pages' paths, not only the index's."""
    from tco.batches.destinations import destination_at
    from tco.batches.progress import INTERRUPTED, TextProgress, print_json

    destination = destination_at(out)
    progress = print_json if options["events"] else TextProgress(quiet=options["quiet"])
    try:
        with _executor(options, destination) as executor:  # starts while the rest is loaded and planned
            from tco.batches.plan import plan_batch
            from tco.batches.run import run_batch
            from tco.batches.summary_files import INDEX

            plan = plan_batch(batch, folder, file)
            finished = run_batch(plan, destination, executor, progress, fresh=options["fresh"])
    except KeyboardInterrupt:
        progress(INTERRUPTED)
        raise
    if not options["events"]:
        pages = [f"{report.name}/{report.name}.html" for report in plan.reports if report.name not in finished.failures]
        for page in [*(pages if every_page and not finished.stopped else []), *([] if finished.stopped else [INDEX])]:
            click.echo(f"{destination.place}/{page}")
    return 0 if finished.whole else 1


@contextmanager
def _executor(options: Mapping[str, Any], destination: Destination) -> Iterator[Executor]:
    """What makes the reports: a cluster, or processes of this machine."""
    from tco.batches.destinations import LocalFolder
    from tco.batches.executors import UploadingExecutor
    from tco.batches.local import ForkedExecutor, local_executor
    from tco.evaluation.parallel import processors
    from tco.execution.pool import PoolError

    if options["scheduler"] is not None:
        from tco.batches.dask import DaskExecutor
        from tco.cluster import Cluster, ClusterLost

        with _resumable(ClusterLost), Cluster(options["scheduler"]) as cluster:
            yield DaskExecutor(cluster)
    else:
        local = local_executor(options["jobs"] or processors(), options["engine"])
        with _resumable(PoolError), local if isinstance(local, ForkedExecutor) else nullcontext():
            yield local if isinstance(destination, LocalFolder) else UploadingExecutor(local)


@contextmanager
def _resumable(loss: type[Exception]) -> Iterator[None]:
    """Report the loss of the processes or the cluster that make the reports, and how to resume."""
    try:
        yield
    except loss as error:
        raise click.ClickException(f"{error}; the same command resumes where it stopped") from None


def _parameters(options: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's parameters among the options."""
    parameters: dict[str, Any] = {"seed": options["seed"]}
    if options["draws"] is not None:
        parameters["draws"] = options["draws"]
    if options["upgrade_log"] is not None:
        from tco.evidence.upgrade_log import read_upgrade_log

        read_upgrade_log(options["upgrade_log"])  # tells what is wrong in it before any notebook starts
        parameters["upgrade_log"] = str(options["upgrade_log"])
    if options["since"]:
        from tco.report.manifest import manifest_file, read_manifest

        read_manifest(options["since"])
        parameters["since"] = str(manifest_file(options["since"]))
    if options["oldest_prices_days"] is not None:
        parameters["oldest_prices_days"] = options["oldest_prices_days"]
    return parameters


COMMANDS = (write_reports,)
