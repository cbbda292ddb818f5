"""The forked engine gives, to the byte, what papermill gives with a kernel; times and random ids aside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from process_table import descendants, left_of, started, written
from small_notebooks import notebook_of, texts

from tco import resources
from tco.execution import VARIABLE, engine
from tco.execution.worker import available
from tco.report.notebook_run import executed

pytestmark = pytest.mark.skipif(not available(), reason="needs fork and process descriptors")

STREAMS = [
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out again')",
    "print('one', flush=True)\nprint('two')",
    "import time\nprint('err', file=sys.stderr)\ntime.sleep(0.5)\nprint('out')",
    "print('before', end='')\ndisplay(1)\nprint('after')\n2",
    "print('\\u00e9 \\u2603 a\\rb\\x08c')\n'\\ud800'",
    "import logging, warnings\nlogging.warning('logged')\nwarnings.warn('x')\nwarnings.warn('y', DeprecationWarning)",
    "sys.stdout.isatty(), sys.stdout.encoding, sys.stdin.read()",
]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # a PNG
DISPLAYS = [
    "from IPython.display import *\nhandle = display('one', display_id='d')\nhandle.update('two')",
    "update_display({'text/plain': 'three'}, display_id='d', raw=True)",
    "display(HTML('<b>x</b>'), Markdown('# x'), Latex('$x$'), JSON({'a': [1, (2, 3)]}), Javascript('1'))",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone')\nclear_output(wait=True)\nprint('stays')\nclear_output(wait=True)",
    "display({'text/html': '<i>1</i>', 'application/b+json': {'c': (1, 2), 3: 4}}, raw=True)",
    f"import base64\nImage(base64.b64decode('{PIXEL}'))",
    "class Rich:\n  def _repr_mimebundle_(self, **_):\n    return {'text/plain': 'r'}, {'a': {'m': 1}}\nRich()",
    "display({'application/json': {'a': float('nan')}}, raw=True)",
    "None",
    "6;",
]
LIBRARIES = [
    "import pandas as pd, numpy as np\npd.DataFrame(np.arange(100).reshape(2, 50))",
    "pd.get_option('display.max_columns'), pd.get_option('display.width')",
    "print(pd.Series(range(100)))",
    "import altair as alt\nalt.renderers.active",
    "import matplotlib_inline",
]
SHELL = [
    "import asyncio\nawait asyncio.sleep(0.01)\n'slept'",
    "async def late():\n  print('from a task')\n  return 3\ntask = asyncio.create_task(late())",
    "await task",
    "%%capture captured\nprint('hidden')",
    "captured.stdout",
    "%pwd",
    "lines = !echo hi there\nlines",
    "%%bash\necho one\necho two >&2",
    "_, __, In[1][:6], sorted(Out)[:2]",
    "%history -n 1-2",
    "__name__, '__file__' in globals(), sorted(name for name in globals() if name[0] != '_')",
    "import inspect, pickle\ndef written(): return 1\ninspect.getsource(written)",
    "class Mine: pass\npickle.loads(pickle.dumps(Mine())).__module__",
    "import contextvars\nvariable = contextvars.ContextVar('v', default=0)\nvariable.set(5)\nNone",
    "variable.get()",
    "import os, sys\nsys.path",
    "[os.environ.get(name) for name in ('TERM', 'PAGER', 'MPLBACKEND', 'OPENBLAS_NUM_THREADS', 'PYTHONPATH')]",
    "'IPKernelApp' in get_ipython().config, type(get_ipython()).__name__, sys.displayhook.__class__.__name__",
    "import threading\nthread = threading.Thread(target=print, args=('from a thread',))\nthread.start()\nthread.join()",
    "str?",
    "%lsmagic",
]
ERRORS = {
    "in a function": "def inner(x):\n  return 1 / x\ninner(0)",
    "chained": "try:\n  1 / 0\nexcept Exception as error:\n  raise ValueError('x') from error",
    "in a library": "import json\njson.loads('{')",
    "in a representation": "class Broken:\n  def _repr_html_(self): raise ValueError('no')\nBroken()",
    "syntax": "1 +",
    "input": "input('?')",
    "exit": "import sys\nsys.exit(3)",
    "exit without code": "import sys\nsys.exit()",
    "interrupt": "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)",
}


TRIES = 3


@pytest.fixture(autouse=True)
def registered() -> None:
    engine.register()


def run(notebook: Any, path: Path, name: str | None, **options: Any) -> tuple[Any, str]:
    """The notebook that papermill wrote, and the error it ended with."""
    error = ""
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # with which ipykernel leaves the descriptors 1 and 2 alone
    try:
        papermill.execute_notebook(
            nbformat.from_dict(notebook), path, engine_name=name, progress_bar=False, cwd=path.parent, **options
        )
    except (PapermillExecutionError, CellTimeoutError, DeadKernelError) as raised:
        error = f"{type(raised).__name__}: {raised}"
    return nbformat.read(path, as_version=4), error


def plain(notebook: Any) -> str:
    """The notebook's text without times, random ids and process ids."""
    notebook.metadata.pop("papermill")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = str(number)
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    return re.sub(r"ipykernel_\d+| at 0x[0-9a-f]+", "", nbformat.writes(notebook))


def assert_equal(notebook: Any, folder: Path) -> str:
    """Run by both engines: the notebooks and the errors are equal; gives the error.

    A kernel cuts a stream into pieces by the clock, which on a busy machine may fall between two lines: such a run
    is repeated.
    """
    for _ in range(TRIES):
        stock, stock_error = run(notebook, folder / "stock.ipynb", None)
        forked, forked_error = run(notebook, folder / "forked.ipynb", engine.NAME)
        texts_of_both = plain(forked), plain(stock)
        if texts_of_both[0] == texts_of_both[1]:
            break
    assert texts_of_both[0] == texts_of_both[1]
    assert re.sub(r"ipykernel_\d+", "", forked_error) == re.sub(r"ipykernel_\d+", "", stock_error)
    return forked_error


@pytest.mark.slow
def test_streams_displays_libraries_and_the_shell_are_the_same(tmp_path: Path) -> None:
    assert assert_equal(notebook_of(*STREAMS, *DISPLAYS, *SHELL, *LIBRARIES), tmp_path) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_the_same(tmp_path: Path, name: str) -> None:
    """Also the marks that papermill puts beside the cell, and cells that may fail."""
    source = ERRORS[name]
    allowed = [["raises-exception"]] if name == "in a function" else []
    error = assert_equal(notebook_of(source, "print('goes on')", tags=allowed), tmp_path)
    assert (error == "") == (name == "exit without code")


@pytest.mark.slow
def test_the_packaged_report_is_the_same() -> None:
    path = resources.path("notebooks/fleet_comparison.ipynb")
    parameters = {"scenario": "quickstart", "fleet_sizes": [10], "draws": 20, "today": "2026-11-23"}
    stock = executed(path, parameters, engine="papermill")
    assert nbformat.writes(executed(path, parameters, engine="forked")) == nbformat.writes(stock)


@pytest.mark.slow
def test_a_cell_past_its_time_is_ended_as_papermill_does(tmp_path: Path) -> None:
    notebook = notebook_of("print('first')", "while True: pass", "print('last')")
    ran, error = run(notebook, tmp_path / "out.ipynb", engine.NAME, execution_timeout=1)
    assert error.startswith("CellTimeoutError: A cell timed out while it was being executed, after 1 seconds.")
    assert [texts(cell) for cell in ran.cells] == [["first\n"], [], []]


def test_a_process_that_ends_is_a_dead_kernel(tmp_path: Path) -> None:
    ran, error = run(notebook_of("print(1)\nimport os; os._exit(3)"), tmp_path / "out.ipynb", engine.NAME)
    assert error == "DeadKernelError: Kernel died: cell 1 of 1 ended its process with exit code 3"
    assert ran.cells[0].outputs[-1].evalue == "cell 1 of 1 ended its process with exit code 3"


def test_text_of_subprocesses_and_of_libraries_in_c_is_shown(tmp_path: Path) -> None:
    """A kernel hands on what a thread of its own reads from the descriptors while the cell runs."""
    arrived = "import time; time.sleep(0.5)"
    cells = [
        f"import os, subprocess\nsubprocess.run(['echo', 'one'])\nos.system('echo two >&2')\n{arrived}",
        f"import ctypes\nc = ctypes.CDLL(None)\nc.puts(b'four')\nc.fflush(None)\n{arrived}",
    ]
    ran, _ = run(notebook_of(*cells), tmp_path / "out.ipynb", engine.NAME)
    assert {output.name: output.text for output in ran.cells[0].outputs} == {
        "stdout": "one\n",
        "stderr": "two\n",
    }
    assert texts(ran.cells[1]) == ["four\n"]


@pytest.mark.slow
def test_several_threads_run_notebooks_side_by_side(tmp_path: Path) -> None:
    script = """
        import papermill, tco.execution.engine
        from concurrent.futures import ThreadPoolExecutor
        tco.execution.engine.register()
        with ThreadPoolExecutor(2) as threads:
            run = lambda name: papermill.execute_notebook("in.ipynb", name, engine_name="tco", progress_bar=False)
            print(len({run.cells[0].outputs[0].data["text/plain"] for run in threads.map(run, ["1.ipynb", "2.ipynb"])}))
    """
    nbformat.write(notebook_of("import os\nos.getpid()"), tmp_path / "in.ipynb")
    command = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "2\n"


def test_what_a_notebook_leaves_for_the_exit_is_done(tmp_path: Path) -> None:
    """As when a kernel is shut down: functions registered for it are called, open files are written."""
    source = (
        "import atexit\natexit.register(lambda: open('called', 'w').close())\nfile = open('file', 'w')\nfile.write('x')"
    )
    run(notebook_of(source), tmp_path / "out.ipynb", engine.NAME)
    assert (tmp_path / "called").exists()
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.slow
def test_a_killed_papermill_leaves_neither_a_process_nor_a_file(tmp_path: Path, short_folder: Path) -> None:
    script = """
        import papermill, tco.execution.engine
        tco.execution.engine.register()
        papermill.execute_notebook("in.ipynb", None, engine_name="tco", progress_bar=False)
    """
    told = tmp_path / "told"
    source = f"import time; print(1, file=open({str(told)!r}, 'w'), flush=True); time.sleep(1000)"
    nbformat.write(notebook_of(source), tmp_path / "in.ipynb")
    environment = {**os.environ, "TMPDIR": str(short_folder)}
    with started([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, env=environment) as caller:
        assert written(told) == "1"
        below = descendants(caller.pid)
        assert list(short_folder.glob("tco-*")) != []
    assert not left_of(below)
    assert list(short_folder.glob("tco-*")) == []


def test_the_environment_can_ask_for_the_stock_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "papermill")
    ran, _ = run(notebook_of("import sys\nsys.orig_argv[1:3]"), tmp_path / "stock.ipynb", engine.NAME)
    assert texts(ran.cells[0]) == ["['-m', 'ipykernel_launcher']"]
    monkeypatch.setenv(VARIABLE, "another")
    with pytest.raises(ValueError, match="TCO_ENGINE: valid are 'tco' and 'papermill'"):
        run(notebook_of("1"), tmp_path / "out.ipynb", engine.NAME)


@pytest.mark.slow
def test_the_command_line_of_papermill_knows_the_engine(tmp_path: Path) -> None:
    """Once the package is installed; here its entry point is looked up as papermill does it."""
    nbformat.write(notebook_of("n = 1", "print(n)", tags=[["parameters"]]), tmp_path / "in.ipynb")
    (tmp_path / "tco.egg-info").mkdir()
    (tmp_path / "tco.egg-info" / "entry_points.txt").write_text(
        "[papermill.engine]\ntco = tco.execution.entry:PapermillEngine\n"
    )
    command = [sys.executable, "-m", "papermill", "--engine", "tco", "--no-progress-bar", "-p", "n", "7"]
    path = {
        "PYTHONPATH": f"{tmp_path}:{Path(engine.__file__).parents[2]}",
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    subprocess.run([*command, "in.ipynb", "out.ipynb"], cwd=tmp_path, env=path, check=True, capture_output=True)
    assert texts(nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[2]) == ["7\n"]
