"""A notebook run by papermill with parameters, strictly: what papermill only warns about is an error here.

`executed(notebook, parameters)` gives the executed notebook in memory, cleaned of times and random ids, so that two
runs of the same inputs are equal, whichever engine ran them.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import tco
from tco import resources
from tco.errors import InputError, unknown
from tco.execution import Engine, forks
from tco.report.parameters import check_kind

PARAMETERS_TAG, INJECTED_TAG = "parameters", "injected-parameters"
ERROR_TAG = "papermill-error-cell-tag"
"""The tag of cells with which papermill points at a cell that failed."""
PRINTED_WARNING = re.compile(r"^.*\b\w*Warning: .*$", re.MULTILINE)
INPUT_ERRORS = ("InputError", "UnknownPrice")
CELL_FILE = re.compile(r"(ipykernel)_\d+")
CLEARED_LINE = "\r\x1b[K"
KERNEL_NAME = "python3"
KERNEL_PROGRAM = """
import sys
if sys.path[0] == "":
    del sys.path[0]  # the working folder, which IPython puts further behind
folder = sys.argv.pop(1)
if folder not in sys.path:
    sys.path.append(folder)
sys.modules.setdefault("rfc3987_syntax", None)  # jsonschema would take a second to import it
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""

OLDEST_FORMAT = (4, 5)
"""Of notebooks whose cells have ids: https://nbformat.readthedocs.io/en/latest/format_description.html"""
LONGEST_REASON = 200
"""Letters of what makes a file no notebook."""


class ReportError(RuntimeError):
    """A report could not be made though its inputs are valid: a cell failed, warned, or drew nothing."""


def executed(
    path: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path | None = None,
    timeout: float | None = None,
    progress: bool = False,
    engine: Engine | None = None,
    on_cell: Callable[[Any], None] | None = None,
) -> Any:
    """The notebook at `path` after running all cells with `parameters`, as an nbformat node.

    folder: the working folder of the run; default: the current one. timeout: seconds a cell may take. progress: show
    the section in work on stderr. engine: `forked` runs the cells in this process where it is a job of a pool and in
    a forked one otherwise, `papermill` in a kernel; default: as of `tco.execution.forks`. on_cell: called with each
    cell that has run and has its outputs.

    Raises InputError for an unknown parameter, for a notebook without exactly one cell tagged `parameters`, and for an
    InputError raised inside; ReportError when a cell fails otherwise, takes too long, ends its process or prints a
    warning. Where cells have run, the error has them as its attribute `notebook`.
    """
    result = prepared(path, parameters)
    try:
        with _said_clearly(result, path.name, timeout):
            _run(result, path.name, folder or Path.cwd(), timeout, progress, engine, on_cell)
        _refuse_exits(result, path.name)
        refuse_warnings(result, path.name)
    except (InputError, ReportError) as error:
        error.notebook = without_run_traces(result)  # type: ignore[union-attr]
        raise
    return without_run_traces(result)


def prepared(path: Path, parameters: Mapping[str, Any]) -> Any:
    """The notebook at `path` as `executed` runs it, before its first cell. Raises InputError as `executed` does."""
    notebook = read_notebook(resources.text(path), str(path))
    check_parameters(notebook, parameters, file=path.name)
    return _parametrised(notebook, parameters)


def known_parameters(notebook: Any, file: str) -> dict[str, str]:
    """The kind of each parameter that `notebook` has. Raises InputError unless it has one cell of parameters."""
    import papermill

    tagged = [cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise InputError(f"a notebook needs exactly one cell tagged {PARAMETERS_TAG!r}; found {len(tagged)}", file=file)
    return {name: stated["inferred_type_name"] for name, stated in papermill.inspect_notebook(notebook).items()}


def check_parameters(notebook: Any, parameters: Mapping[str, Any], file: str) -> None:
    """Raise InputError unless `notebook` has one parameters cell that knows every name of `parameters`."""
    known = known_parameters(notebook, file)
    for name, value in parameters.items():
        if name not in known:
            raise InputError(unknown("parameter", name, known), file=file)
        check_kind(name, value, known[name])


def refuse_warnings(notebook: Any, file: str) -> None:
    """Raise ReportError when a cell of the executed `notebook` printed a Python warning."""
    for number, output in _outputs(notebook):
        found = PRINTED_WARNING.search(output.get("text", "")) if output.get("name") == "stderr" else None
        if found:
            raise ReportError(f"{file}: cell {number} printed a warning: {found.group().strip()}")


def without_run_traces(notebook: Any) -> Any:
    """`notebook` without what differs from run to run: papermill's times, cell timings, ids of the cells it adds."""
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    notebook.metadata.pop("papermill", None)
    notebook.metadata["papermill"] = {"parameters": parameters}
    notebook.metadata.pop("widgets", None)
    for place, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if INJECTED_TAG in tags:
            cell["id"] = INJECTED_TAG
        elif ERROR_TAG in tags:
            cell["id"] = f"{ERROR_TAG}-{place}"
    return notebook


def notebook_text(notebook: Any) -> str:
    """A notebook as the text of its file."""
    import nbformat

    return f"{nbformat.writes(notebook)}\n"  # type: ignore[no-untyped-call]


def partial_text(notebook: Any) -> str:
    """A notebook that failed as the text of its file, the same in each run."""
    return without_process(notebook_text(notebook))


def without_process(text: str) -> str:
    """A text without the number of the process, which IPython puts into the file names of cells."""
    return CELL_FILE.sub(r"\1", text)


def read_notebook(text: str, file: str) -> Any:
    """The notebook of a text, which messages call `file`. Raises InputError where there is none, or none in Python."""
    import nbformat

    try:
        notebook = nbformat.convert(nbformat.reader.reads(_with_ids(text)), 4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"is not a notebook: {reason[:LONGEST_REASON]}", file=file) from None
    except (nbformat.reader.NotJSONError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise InputError("is not a notebook", file=file) from None
    kernel = notebook.metadata.setdefault("kernelspec", {"name": KERNEL_NAME, "display_name": "Python 3"})
    if kernel.setdefault("language", "python") != "python":
        raise InputError("a report needs a notebook in Python", file=file, value=kernel["language"])
    return notebook


def _with_ids(text: str) -> str:
    """The text of a notebook, in which cells without an id, as of older ones, are given one by their place."""
    try:
        content = json.loads(text)
        missing = [(place, cell) for place, cell in enumerate(content["cells"]) if "id" not in cell]
    except (ValueError, KeyError, TypeError, RecursionError):
        return text  # which is no notebook, or one of another version
    if not missing or content.get("nbformat") != OLDEST_FORMAT[0]:
        return text
    for place, cell in missing:
        cell["id"] = f"place-{place}"
    content["nbformat_minor"] = max(content.get("nbformat_minor", 0), OLDEST_FORMAT[1])
    return json.dumps(content)


def _parametrised(notebook: Any, parameters: Mapping[str, Any]) -> Any:
    """The notebook as papermill would start it: with a cell of parameters, and its own marks in the metadata."""
    from papermill.execute import prepare_notebook_metadata, remove_error_markers
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    loaded = load_notebook_node(notebook)
    if parameters:
        loaded = parameterize_notebook(loaded, dict(parameters), kernel_name=KERNEL_NAME, language="python")
    return remove_error_markers(prepare_notebook_metadata(loaded, None, None))


def _run(
    notebook: Any,
    file: str,
    folder: Path,
    timeout: float | None,
    progress: bool,
    engine: Engine | None,
    on_cell: Callable[[Any], None] | None,
) -> None:
    """Run `notebook`, prepared by papermill, in place."""
    from papermill.engines import NBClientEngine
    from papermill.execute import raise_for_execution_errors
    from papermill.utils import chdir

    options: dict[str, Any] = {
        "progress_bar": False,
        "record_timing": False,
        "shutdown_kernel": "immediate",
        "on_cell_executed": partial(_cell_has_run, file, notebook, on_cell),
        "on_cell_execute": partial(_say_section, notebook) if progress else None,
        "execution_timeout": None if timeout is None else math.ceil(timeout),
    }
    with chdir(str(folder)):
        if forks(engine):
            from tco.execution.engine import ForkedEngine

            ForkedEngine.execute_notebook(notebook, KERNEL_NAME, own_interpreter=True, **options)
        else:
            NBClientEngine.execute_notebook(notebook, KERNEL_NAME, kernel_manager_class=_own_kernel(), **options)
    if progress:
        sys.stderr.write(CLEARED_LINE)
    raise_for_execution_errors(notebook, None)


def _say_section(notebook: Any, cell_index: int, **_: Any) -> None:
    """Show on one line of standard error how far the run is: the cell's number and the heading above it."""
    cells = notebook.cells
    above = [line for cell in cells[:cell_index] if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    section = next((line.lstrip("# ") for line in reversed(above) if line.startswith("#")), "")
    room = max(shutil.get_terminal_size().columns - 1, 0)
    sys.stderr.write(CLEARED_LINE + f"cell {cell_index + 1} of {len(cells)}: {section}"[:room])
    sys.stderr.flush()


def _own_kernel() -> type:
    """The manager of a Jupyter kernel in this interpreter, whatever kernels are registered, which finds this package.

    Messages between the two processes are encrypted where the installed libraries can do that.
    """
    import zmq
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    command = [sys.executable, "-c", KERNEL_PROGRAM, str(Path(tco.__file__).parent.parent)]

    class OwnKernelManager(AsyncKernelManager):
        """Starts `ipykernel` with this process's interpreter."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            if self.has_trait("transport_encryption") and zmq.has("curve"):
                self.transport_encryption = "auto"

        @property
        def kernel_spec(self) -> Any:
            return KernelSpec(
                argv=[*command, "-f", "{connection_file}"],
                display_name="Python 3",
                language="python",
                metadata={"supported_encryption": ["curve"]},
            )

    return OwnKernelManager


@contextmanager
def _said_clearly(notebook: Any, file: str, timeout: float | None) -> Iterator[None]:
    """What goes wrong while `notebook` runs, as an InputError or a ReportError that names the cell."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        yield
    except PapermillExecutionError as error:
        if error.ename in INPUT_ERRORS:
            raise InputError(error.evalue) from None
        ran = [cell for cell in notebook.cells if ERROR_TAG not in cell.metadata.get("tags", [])]
        where = f"cell {_number(ran, error.cell_index)} failed"
        raise ReportError(f"{file}: {where}: {error.ename}: {error.evalue}{_tail(error.traceback)}") from error
    except CellTimeoutError:
        raise ReportError(f"{file}: cell {_reached(notebook)} took longer than {timeout:g} s") from None
    except DeadKernelError as error:
        reason = str(error).removeprefix("Kernel died: ")
        where = f"cell {_reached(notebook)}: its process ended" if reason == str(error) else reason
        raise ReportError(f"{file}: {where}") from None


def _cell_has_run(
    file: str,
    notebook: Any,
    on_cell: Callable[[Any], None] | None,
    cell: Any,
    cell_index: int,
    execute_reply: Mapping[str, Any],
) -> None:
    """Call `on_cell`; ReportError where the cell has asked its kernel to exit, which then ends somewhen later."""
    if any(payload.get("source") == "ask_exit" for payload in execute_reply["content"].get("payload", [])):
        raise ReportError(f"{file}: cell {_number(notebook.cells, cell_index)} left the notebook by exit()")
    if on_cell is not None:
        on_cell(cell)


def _refuse_exits(notebook: Any, file: str) -> None:
    """Raise ReportError where a cell left by `sys.exit()`, which papermill takes for the notebook's end."""
    for number, output in _outputs(notebook):
        if output.output_type == "error" and output.ename == "SystemExit":
            raise ReportError(f"{file}: cell {number} left the notebook by sys.exit()")


def _outputs(notebook: Any) -> Iterator[tuple[int, Any]]:
    """All outputs, each with the number of its cell."""
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            yield _number(notebook.cells, place), output


def _number(cells: Sequence[Any], place: int) -> int:
    """The number of a cell in the notebook as written, from 1: the injected one does not count."""
    injected = (INJECTED_TAG in cell.metadata.get("tags", []) for cell in cells[:place])
    return place + 1 - sum(injected)


def _reached(notebook: Any) -> int:
    """The number of the last cell that began."""
    began = [place for place, cell in enumerate(notebook.cells) if cell.metadata.get("papermill", {}).get("start_time")]
    return _number(notebook.cells, began[-1] if began else 0)


def _tail(traceback: Sequence[str], lines: int = 8) -> str:
    """The last lines of a cell's traceback without its colours, indented below the message."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback)).splitlines()[-lines:]
    return "".join(f"\n    {line}" for line in plain)
