"""A notebook run by papermill with parameters, strictly: what papermill only warns about is an error here.

`executed(notebook, parameters)` gives the executed notebook in memory, cleaned of times and random ids, so that two
runs of the same inputs are equal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tco.errors import InputError, unknown

PARAMETERS_TAG, INJECTED_TAG = "parameters", "injected-parameters"
PRINTED_WARNING = re.compile(r"^.*\b\w*Warning: .*$", re.MULTILINE)
INPUT_ERRORS = ("InputError", "UnknownPrice")
KERNEL_NAME = "python3"


class ReportError(RuntimeError):
    """A report could not be made though its inputs are valid: a cell failed, warned, or drew nothing."""


def executed(
    path: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path | None = None,
    timeout: float | None = None,
    progress: bool = False,
) -> Any:
    """The notebook at `path` after running all cells with `parameters`, as an nbformat node.

    folder: the working folder of the run; default: the current one. timeout: seconds a cell may take. progress: a bar
    on stderr. Raises InputError for an unknown parameter, for a notebook without exactly one cell tagged
    `parameters`, and for an InputError raised inside; ReportError when a cell fails otherwise or prints a warning.
    """
    notebook = _read(path)
    check_parameters(notebook, parameters, file=path.name)
    result = _run(notebook, parameters, path.name, folder or Path.cwd(), timeout, progress)
    refuse_warnings(result, path.name)
    return without_run_traces(result)


def check_parameters(notebook: Any, parameters: Mapping[str, Any], file: str) -> None:
    """Raise InputError unless `notebook` has one parameters cell that knows every name of `parameters`."""
    import papermill

    tagged = [cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise InputError(f"a notebook needs exactly one cell tagged {PARAMETERS_TAG!r}; found {len(tagged)}", file=file)
    known = papermill.inspect_notebook(notebook)
    for name in parameters:
        if name not in known:
            raise InputError(unknown("parameter", name, known), file=file)


def refuse_warnings(notebook: Any, file: str) -> None:
    """Raise ReportError when a cell of the executed `notebook` printed a Python warning."""
    written = [cell for cell in notebook.cells if INJECTED_TAG not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(written, start=1):
        for output in cell.get("outputs", []):
            found = PRINTED_WARNING.search(output.get("text", "")) if output.get("name") == "stderr" else None
            if found:
                raise ReportError(f"{file}: cell {number} printed a warning: {found.group().strip()}")


def without_run_traces(notebook: Any) -> Any:
    """`notebook` without what differs from run to run: papermill's times, cell timings, the injected cell's id."""
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    notebook.metadata.pop("papermill", None)
    notebook.metadata["papermill"] = {"parameters": parameters}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if INJECTED_TAG in cell.metadata.get("tags", []):
            cell["id"] = INJECTED_TAG
    return notebook


def _read(path: Path) -> Any:
    """The notebook in a file. Raises InputError where there is none, or none in Python."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError):
        raise InputError("is not a notebook", file=str(path)) from None
    kernel = notebook.metadata.setdefault("kernelspec", {"name": KERNEL_NAME, "display_name": "Python 3"})
    if kernel.setdefault("language", "python") != "python":
        raise InputError("a report needs a notebook in Python", file=str(path), value=kernel["language"])
    return notebook


def _run(
    notebook: Any, parameters: Mapping[str, Any], file: str, folder: Path, timeout: float | None, progress: bool
) -> Any:
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from tco.report.kernel import OwnInterpreterKernel

    bar = {"file": sys.stderr, "leave": False, "desc": file} if progress else False
    try:
        return papermill.execute_notebook(
            notebook,
            None,
            parameters=dict(parameters),
            kernel_name=KERNEL_NAME,
            language="python",
            cwd=str(folder),
            progress_bar=bar,
            execution_timeout=timeout,
            kernel_manager_class=OwnInterpreterKernel,
            record_timing=False,
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        if error.ename in INPUT_ERRORS:
            raise InputError(error.evalue) from None
        number = error.cell_index + (0 if parameters else 1)  # papermill counts the cell that it injects
        raise ReportError(
            f"{file}: cell {number} failed: {error.ename}: {error.evalue}{_tail(error.traceback)}"
        ) from error


def _tail(traceback: Sequence[str], lines: int = 8) -> str:
    """The last lines of a cell's traceback without its colours, indented below the message."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback)).splitlines()[-lines:]
    return "".join(f"\n    {line}" for line in plain)
