"""One report, from plain data to the contents of its files: the same code for one report, a batch and a cluster.

`make` runs a task's notebook and gives the files' contents; nothing is written where reports go.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from tco import resources
from tco.errors import InputError
from tco.execution import Engine
from tco.loading.loading import load_scenario
from tco.report import files, outputs
from tco.report.chart_check import Pictures, check_charts
from tco.report.notebook_run import ReportError, executed, notebook_text
from tco.report.outputs import table_book
from tco.report.page import page
from tco.report.task import Task
from tco.sampling.monte_carlo import monte_carlo

if TYPE_CHECKING:
    import pandas as pd

DESIGN = "design.csv.gz"
"""One row a draw, one column an uncertain assumption or kind of luck; the same for every fleet size."""
FAST = 1
MOST_NAMED = 3
"""Changed files that an error names."""
FACTS = "data"
"""The folder of the toolkit that all reports read, and none writes to."""
ALL_TABLES, MODEL = "All tables (Excel)", "The model (Excel)"
"""Links to the workbooks beside a page."""
GZIP = zlib.MAX_WBITS | 16
"""Asks zlib for the format of gzip; no name and no time are in it."""


@dataclass(frozen=True)
class Made:
    """A report that was made: contents of its files by name, the manifest last; what the manifest says; result rows."""

    contents: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]


def make(task: Task, *, progress: bool = False, scratch: Path | None = None, engine: Engine | None = None) -> Made:
    """Run the task's notebook in a working folder of its own and give the report's files.

    progress: the section in work on stderr. scratch: an empty folder for what is needed meanwhile, which the caller
    removes; default: a temporary one that is gone afterwards. engine: as of `tco.report.notebook_run.executed`.
    Raises InputError when an input proves wrong in the notebook, and ReportError when the report cannot be made, or the
    facts that other reports read have changed meanwhile.
    """
    facts = _states(resources.path(FACTS))
    with contextlib.ExitStack() as stack:
        folder = scratch or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tco-report-")))
        work = folder / "work"
        _laid_out(work, task.files)
        source = folder / task.notebook_name
        source.write_text(task.notebook, encoding="utf-8")
        pictures = None
        if task.keep_draws:
            thread = ThreadPoolExecutor(1)
            stack.callback(thread.shutdown, wait=False, cancel_futures=True)
            pictures = Pictures(thread)
        notebook = executed(
            source,
            task.parameters,
            folder=work,
            timeout=task.timeout,
            progress=progress,
            engine=engine,
            on_cell=None if pictures is None else lambda cell: pictures.begin(outputs.charts_of(cell)),
        )
        try:
            if changed := sorted({name for name, _ in facts ^ _states(resources.path(FACTS))}):
                names = ", ".join(changed[:MOST_NAMED]) + (", …" if len(changed) > MOST_NAMED else "")
                raise ReportError(f"facts that all reports read have changed while it ran: {names}; restore them")
            return _made(task, notebook, work, pictures)
        except (InputError, ReportError) as error:
            vars(error)["notebook"] = notebook
            raise


def _states(folder: Path) -> set[tuple[str, tuple[int, int]]]:
    """Each file below a folder, with its size and the time of its last change."""
    states = set()
    for path in folder.rglob("*.*"):
        with contextlib.suppress(FileNotFoundError):  # an editor has just removed it
            state = path.stat()
            states.add((str(path), (state.st_size, state.st_mtime_ns)))
    return states


def _made(task: Task, notebook: Any, work: Path, pictures: Pictures | None) -> Made:
    """The report of a notebook that was run in the folder `work`. pictures: of its charts, where the page has them."""
    charts = outputs.charts(notebook)
    drawn = [] if pictures is None else pictures.drawn(charts)
    if task.check_charts and pictures is None:
        check_charts(charts)
    stem = Path(task.notebook_name).stem.replace("_", " ")
    title = str(notebook.metadata.get("title") or stem).lower()
    title = f"{task.scenario}: {title}" if task.scenario else title
    notebook.metadata["title"] = title
    tables = outputs.tables(notebook)
    found = {ALL_TABLES: ("xlsx", table_book(tables, title)), MODEL: ("model.xlsx", task.workbook)}
    books = {text: (f"{task.name}.{ending}", book) for text, (ending, book) in found.items() if book is not None}
    contents: dict[str, str | bytes] = {
        f"{task.name}.html": page(notebook, title, drawn, {text: name for text, (name, _) in books.items()}),
        f"{task.name}.ipynb": notebook_text(notebook),
        **dict(books.values()),
    }
    manifest = dict(outputs.manifest(notebook))
    tables = {name: outputs.with_keys(table, manifest) for name, table in tables.items()}
    for name, table in tables.items():
        contents[f"{files.TABLES}/{files.safe_name(name)}.csv"] = outputs.as_csv(table)
    if task.labels:
        manifest["swept"] = dict(task.labels)
    if (recipe := drawn_from(task.parameters.get("scenario", ""), manifest.get("parameters", {}))) is not None:
        if task.keep_draws:
            with contextlib.chdir(work):
                contents[DESIGN] = drawn_design(recipe)
        else:
            manifest["draws"] = dict(recipe)
    for path in sorted(work.iterdir()):
        if path.is_file() and path.name not in task.files and not path.name.startswith("."):
            if path.name in (*contents, files.MANIFEST):
                raise ReportError(
                    f"{task.notebook_name}: writes {path.name}, which is the name of a file of the report"
                )
            contents[path.name] = path.read_bytes()
    written = {name: files.as_bytes(content) for name, content in contents.items()}
    manifest["files"] = files.hashes(written)
    manifest[files.OWN_HASH] = files.own_hash(manifest)
    written[files.MANIFEST] = files.as_bytes(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return Made(written, manifest, outputs.result_rows(tables))


def _laid_out(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the input files below `folder`; ValueError for one that would lie outside."""
    folder.mkdir()
    for name, text in texts.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ValueError(f"{name!r} does not lie in the working folder")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def drawn_from(scenario: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the draws of a notebook run with `parameters` follow from; None where it drew none.

    `tco.monte_carlo(tco.load_scenario(scenario, set=set), draws, seed)` gives them again, to the last bit.
    """
    draws, seed = parameters.get("draws"), parameters.get("seed")
    if not isinstance(draws, int) or not isinstance(seed, int) or draws < 1:
        return None
    return {
        "method": "tco.monte_carlo",
        "scenario": scenario,
        "set": dict(parameters.get("set") or {}),
        "draws": draws,
        "seed": seed,
    }


def drawn_design(recipe: Mapping[str, Any]) -> bytes:
    """The compressed CSV of the draws that `drawn_from` describes.

    `tco.replay` reads it; row 731 is draw 731, and evaluating it gives the report's totals to the last bit.
    """
    stated = load_scenario(recipe["scenario"], set=recipe["set"])
    text = as_csv(monte_carlo(stated, recipe["draws"], recipe["seed"]).frame())
    packed = zlib.compressobj(FAST, zlib.DEFLATED, GZIP, strategy=zlib.Z_HUFFMAN_ONLY)  # random digits repeat nowhere
    return packed.compress(text.encode()) + packed.flush()


def as_csv(frame: pd.DataFrame) -> str:
    """A frame of finite numbers with a plain index as CSV, every digit kept, in a tenth of pandas' time."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([frame.index.name, *frame.columns])
    rows = zip(frame.index, frame.to_numpy(float).tolist(), strict=True)
    text.writelines(f"{index},{to_json(row)[1:-1].decode()}\n" for index, row in rows)
    return text.getvalue()
