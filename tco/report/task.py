"""What a report is made from, as texts and numbers, so that it can travel to another process or machine."""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tco.catalog.prices import SETS_FOLDER
from tco.report.basis import FACT_SUFFIXES

DATED = "today"
"""The parameter that states the date on a report."""


@dataclass(frozen=True)
class Task:
    """One report to be made (`tco.report.build.make`); plain data that can be pickled, the same on every machine.

    name: the folder of the report and the stem of its files, safe and unique in a batch. scenario: its name, or empty.
    files: texts of the files that the notebook reads, by their path relative to its working folder. notebook_name and
    notebook: file name and JSON text of the notebook. parameters: what it is run with. labels: what was swept for this
    report, by axis. timeout: seconds a cell may take; None for any. keep_draws: save the draws beside the report, and a
    picture of each chart in its page for where scripts are off; else the manifest holds the draws' recipe. dated: the
    day (`today`) is part of what was asked for, so another day is another report. check_charts: prove that each chart
    can be rendered. basis: versions and facts of the process that planned the report (`basis()`). workbook: a
    file of the model's formulas (`tco.workbook`) beside the page.
    """

    name: str
    scenario: str
    files: Mapping[str, str]
    notebook_name: str
    notebook: str
    parameters: Mapping[str, Any]
    labels: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    keep_draws: bool = True
    dated: bool = True
    check_charts: bool = True
    basis: Mapping[str, str] = field(default_factory=dict)
    workbook: bytes | None = None

    @cached_property
    def key(self) -> str:
        """SHA-256 of everything that the report's files follow from; the same key, the same files."""
        parameters = {key: value for key, value in self.parameters.items() if self.dated or key != DATED}
        relevant = [
            self.name,
            self.scenario,
            dict(self.files),
            self.notebook_name,
            self.notebook,
            parameters,
            dict(self.labels),
            self.keep_draws,
            dict(self.basis),
        ]
        return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()


def with_chart_checks(tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks; only the first of each notebook and scenario has its charts checked, as the others' resemble them."""
    checked: set[tuple[str, str]] = set()
    for task in tasks:
        kind = task.notebook_name, task.scenario
        yield replace(task, check_charts=kind not in checked)
        checked.add(kind)


def packed_price_sets() -> bytes:
    """A zip archive of the price sets in force; empty if there are none, the same bytes for the same files."""
    folder = os.environ.get(SETS_FOLDER, "")
    if not folder:
        return b""
    content = io.BytesIO()
    with ZipFile(content, "w", strict_timestamps=False) as archive:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in FACT_SUFFIXES:
                archive.write(file, file.relative_to(folder))
    return content.getvalue()


@cache
def unpacked_price_sets(content: bytes) -> str:
    """A folder with the price sets, which this process keeps until it ends; empty if there are none."""
    if not content:
        return ""
    folder = tempfile.mkdtemp(prefix="tco-prices-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ZipFile(io.BytesIO(content)).extractall(folder)
    return folder
