"""Notebooks that do their worst: each ends in one outcome with its reason, and the others do not notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from process_table import alive
from small_notebooks import notebook_of, texts

from tco.execution.pool import Outcome, Pool
from tco.execution.worker import available
from tco.report.preload import PRELOAD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not available(), reason="needs fork and process descriptors"),
]

TIMELY, HANGING = 120.0, 2.0
SUPERVISOR = "open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1]"
ENDED = {
    "leaves at once": ("import os; os._exit(7)", "exit code 7"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "endless prints": ("while True: print('x' * 1000)", "more than its limit"),
    "endless writes": ("import os\nwhile True: os.write(1, b'y' * 1000)", "more than its limit"),
    "endless subprocess": ("import subprocess; subprocess.run('yes')", "more than its limit"),
    "endless displays": ("while True: display('z' * 1000)", "more than its limit"),
    "closes everything": ("import os; os.closerange(0, 1000)", "SIGABRT"),
}
FAMILY = {
    "kills its parent": "import os, time; os.kill(os.getppid(), 9); time.sleep(1000)",
    "stops its parent": "import os, time; os.kill(os.getppid(), 19); time.sleep(1000)",
    "kills its supervisor": f"import os, time; os.kill(int({SUPERVISOR}), 9); time.sleep(1000)",
    "stops its supervisor": f"import os, time; os.kill(int({SUPERVISOR}), 19); time.sleep(1000)",
}
HANGS = {
    "loops": "while True: pass",
    "swallows interrupts": "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass",
    "ignores signals": "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(1000)",
    "stops itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "forks without end": "import os, time\nfor _ in range(4): os.fork()\ntime.sleep(1000)",
    "replaces what runs it": "import os, json; json.dumps = os.write = None",
}
FAILED = {
    "takes 2 GB": ("x = bytearray(2 * 1024**3)", "MemoryError"),
    "takes 2 GB with numpy": ("import numpy; numpy.ones(2 * 1024**3, dtype='u1')", "MemoryError"),
    "recurses": ("def f(): f()\nf()", "RecursionError"),
    "asks": ("input()", "StdinNotImplementedError"),
    "leaves by exit": ("exit()", "cell 2 left the notebook by exit()"),
    "leaves by sys.exit": ("import sys; sys.exit(3)", "SystemExit"),
}
FORKING = "import os, warnings; warnings.simplefilter('ignore', DeprecationWarning)"
"""Python warns from 3.12 on of a fork where threads run, as they do in any kernel."""
HARMLESS = {
    "changes folder": "import os; os.chdir('/')",
    "removes its folder": "import os, shutil; shutil.rmtree(os.getcwd())",
    "leaves threads": "import threading as t, time\nt.Thread(target=time.sleep, args=(1000,)).start()",
    "leaves a busy thread": "import threading\ndef f():\n  while True: pass\nthreading.Thread(target=f).start()",
    "forks": f"{FORKING}; os.fork(); None",
    "reads": "import sys; assert sys.stdin.read() == ''",
    "clears the environment": "import os; os.environ.clear()",
    "closes its output": "import os; os.close(1); os.close(2)",
    "changes libraries": "import math, statistics; math.pi = 3; statistics.mean = None",
    "leaves a daemon": f"{FORKING}\nimport time\nend, told = os.pipe()\nif os.fork() == 0:\n  os.setsid()\n"
    "  if os.fork() == 0:\n    os.write(told, str(os.getpid()).encode()); time.sleep(1000)\n  os._exit(0)\n"
    "open('daemon', 'wb').write(os.read(end, 100)); None",
}
AFTERWARDS = "import math, statistics; assert statistics.mean([1]) and math.pi > 3"
RUN = """
import nbformat, os, pathlib
del os.environ["PYTEST_CURRENT_TEST"]  # with which ipykernel leaves the descriptors 1 and 2 alone
from tco.execution import engine
from tco.report.notebook_run import executed
engine.OUTPUT_BYTES = 2_000_000
folder = pathlib.Path(folder)
ran = executed(folder / "in.ipynb", {}, folder=folder / "work", timeout=seconds, engine="forked")
nbformat.write(ran, folder / "out.ipynb")
"""
Outcomes = dict[str, Outcome]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> Outcomes:
    """All of them run two at a time in one pool, as the notebooks of a batch."""
    failing = {name: source for name, (source, _) in (ENDED | FAILED).items()}
    with Pool(2, preload=PRELOAD, memory_bytes=1_000_000_000) as pool:
        for name, source in {**failing, **FAMILY, **HANGS, **HARMLESS, "afterwards": AFTERWARDS}.items():
            (folder / name / "work").mkdir(parents=True)
            notebook = notebook_of("print('first')", source, "print('last')", tags=[["parameters"]])
            nbformat.write(notebook, folder / name / "in.ipynb")
            given = {"folder": str(folder / name), "seconds": HANGING if name in HANGS else TIMELY}
            pool.submit(name, exec, RUN, given)
        return {outcome.key: outcome for outcome in pool.outcomes()}


def so_far(outcome: Outcome) -> list[list[str]]:
    """What the cells had put out when a notebook failed."""
    notebook: Any = vars(outcome.error)["notebook"]
    return [texts(cell) for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", ENDED)
def test_an_end_of_the_process_is_told_and_the_notebook_so_far_is_kept(outcomes: Outcomes, name: str) -> None:
    outcome = outcomes[name]
    assert str(outcome.error).startswith("in.ipynb: cell 2 of 3 ")
    assert str(outcome.error).endswith(ENDED[name][1]) or f"{ENDED[name][1]}," in str(outcome.error)
    cells = so_far(outcome)
    assert cells[0] == ["first\n"]
    assert [cell[-1:] == ["DeadKernelError"] for cell in cells] == [False, True, False]


@pytest.mark.parametrize("name", FAMILY)
def test_a_notebook_that_attacks_what_runs_it_fails_alone(outcomes: Outcomes, name: str) -> None:
    by_supervisor = "the process that watched over it was ended"
    assert outcomes[name].kind == ("lost" if "supervisor" in name else "killed")
    assert outcomes[name].failure in (by_supervisor, "was ended by SIGKILL, as happens when memory runs out")


@pytest.mark.parametrize("name", HANGS)
def test_a_cell_that_hangs_is_ended_after_its_time(outcomes: Outcomes, name: str) -> None:
    assert str(outcomes[name].error) == "in.ipynb: cell 2 took longer than 2 s"
    assert so_far(outcomes[name]) == [["first\n"], [], []]


@pytest.mark.parametrize("name", FAILED)
def test_an_error_stops_the_notebook_at_its_cell(outcomes: Outcomes, name: str) -> None:
    assert FAILED[name][1] in str(outcomes[name].error)
    assert so_far(outcomes[name])[-1] == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_succeeds(outcomes: Outcomes, folder: Path, name: str) -> None:
    assert outcomes[name].failure is None
    notebook = nbformat.read(folder / name / "out.ipynb", as_version=4)
    assert [texts(cell) for cell in notebook.cells] == [["first\n"], [], ["last\n"]]


def test_nothing_that_one_did_reaches_the_next(outcomes: Outcomes) -> None:
    assert outcomes["afterwards"].failure is None


def test_a_daemon_of_a_notebook_is_gone(outcomes: Outcomes, folder: Path) -> None:
    assert not alive(int((folder / "leaves a daemon" / "work" / "daemon").read_text()))
