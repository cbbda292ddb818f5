"""The scenarios and notebooks that a batch names: found beside the batch file, in the current folder, or packaged."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import papermill

from tco import resources
from tco.batches import sweeps
from tco.batches.batch_file import Batch
from tco.errors import InputError, unknown
from tco.loading.loading import load_scenario, read_mapping
from tco.report.notebook_run import KERNEL_NAME, check_parameters
from tco.report.parameters import whole_sizes
from tco.report.task_inputs import text_of
from tco.scenario.scenario import Scenario

NOTEBOOK_SUFFIX = ".ipynb"


@dataclass(frozen=True)
class ScenarioSource:
    """A scenario of a batch: as its author named it, loaded, and its file's content."""

    named: str
    scenario: Scenario
    path: Path

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """The file's content."""
        return read_mapping(self.path, self.named)


@dataclass(frozen=True)
class NotebookSource:
    """A notebook of a batch: file, text, the parameters it knows, and those it is given besides the batch's own."""

    path: Path
    text: str
    known: frozenset[str]
    parameters: Mapping[str, Any]


def scenario_sources(batch: Batch, folder: Path) -> Iterator[ScenarioSource | InputError]:
    """The scenarios that a batch names, in order, each checked at every fleet size; an error for one with faults.

    Of the files that a pattern matches, those that describe a fleet are taken.
    """
    sizes = whole_sizes(batch.fleet_sizes)
    named = []
    for written in batch.scenarios:
        if glob.has_magic(written) and not (folder / written).exists():
            # A pattern may lead upwards or be absolute, which Path.glob does not allow.
            matching = sorted(glob.glob(written, root_dir=folder, recursive=True))  # noqa: PTH207
            fleets = [one for one in matching if resources.describes_fleet(folder / one)]
            if not fleets:
                yield InputError(f"no file that describes a fleet matches {written!r}", path="scenarios")
            named += fleets
        else:
            named.append(written)
    for one in dict.fromkeys(named):
        path = next((found for base in (folder, Path()) if (found := base / one).is_file()), None)
        if path is None and one in resources.scenario_names():
            path = resources.path(f"params/{one}.yaml")
        try:
            scenario = load_scenario(path or one)
            for size in sizes:
                load_scenario(path or one, fleet_size=size)
            yield ScenarioSource(one, scenario, path or Path(one))
        except InputError as error:
            yield error


def notebook_sources(batch: Batch, folder: Path) -> Iterator[NotebookSource | InputError]:
    """The notebooks that a batch names, in order; an error for one that is missing or no notebook."""
    packaged = sorted(path.stem for path in resources.path("notebooks").glob(f"*{NOTEBOOK_SUFFIX}"))
    stems: set[str] = set()
    for named, own in batch.notebooks.items():
        path = next((found for base in (folder, Path()) if (found := base / named).is_file()), None)
        if path is None and named in packaged:
            path = resources.path(f"notebooks/{named}{NOTEBOOK_SUFFIX}")
        if path is None:
            yield InputError("no such file, and " + unknown("packaged notebook", named, packaged), path="notebooks")
            continue
        try:
            text = text_of(path)
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
            notebook.metadata.setdefault("kernelspec", {"name": KERNEL_NAME, "language": "python"})
            check_parameters(notebook, {}, file=named)
        except InputError as error:
            yield error
            continue
        except (nbformat.reader.NotJSONError, nbformat.ValidationError):
            yield InputError("is not a notebook", file=named)
            continue
        if path.stem.casefold() in stems:
            yield InputError(f"two notebooks are called {path.stem!r}", path="notebooks")
        stems.add(path.stem.casefold())
        known = frozenset(papermill.inspect_notebook(notebook))
        yield NotebookSource(path, text, known, sweeps.plain(own))
