"""Notebooks that do their worst: each ends in one outcome with its reason, and the others do not notice."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from process_table import alive
from small_notebooks import notebook_of, texts

from tco.execution import cells
from tco.execution.engine import PRELOAD
from tco.execution.pool import Limits, Outcome, Pool
from tco.execution.processes import available

pytestmark = pytest.mark.skipif(not available(), reason="needs fork and process descriptors")

TIMELY, HANGING = 120.0, 2.0
ENDED = {
    "leaves at once": ("import os; os._exit(7)", "exited", "exit code 7"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "killed", "SIGSEGV"),
    "abort": ("import os; os.abort()", "killed", "SIGABRT"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed", "SIGKILL"),
    "endless prints": ("while True: print('x' * 1000)", "output", "more than its limit"),
    "endless writes": ("import os\nwhile True: os.write(1, b'y' * 1000)", "output", "more than its limit"),
    "endless subprocess": ("import subprocess; subprocess.run('yes')", "output", "more than its limit"),
    "endless displays": ("while True: display('z' * 1000)", "output", "more than its limit"),
    "asks to exit": ("exit()", "raised", "asked it to exit"),
    "closes everything": ("import os; os.closerange(0, 100)", "exited", "ended its process"),
    "replaces what runs it": ("import os, json; json.dumps = os.write = None", "raised", "TypeError"),
    "kills its parent": ("import os, time; os.kill(os.getppid(), 9); time.sleep(1000)", "lost", "ended 2 times"),
    "stops its parent": ("import os, time; os.kill(os.getppid(), 19); time.sleep(1000)", "lost", "ended 2 times"),
}
HANGS = {
    "loops": "while True: pass",
    "swallows interrupts": "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass",
    "ignores signals": "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(1000)",
    "stops itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "forks without end": "import os, time\nfor _ in range(4): os.fork()\ntime.sleep(1000)",
}
FAILED = {
    "takes 2 GB": ("x = bytearray(2 * 1024**3)", "MemoryError"),
    "takes 2 GB with numpy": ("import numpy; numpy.ones(2 * 1024**3, dtype='u1')", "MemoryError"),
    "recurses": ("def f(): f()\nf()", "RecursionError"),
    "asks": ("input()", "StdinNotImplementedError"),
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
AllOutcomes = dict[str, tuple[Outcome, Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> AllOutcomes:
    """All of them run two at a time in one pool; of each its outcome and the notebook as far as it got."""
    folder = tmp_path_factory.mktemp("hostile")
    sources = {name: source for name, (source, *_) in (ENDED | FAILED).items()} | HANGS | HARMLESS
    progress: dict[str, cells.Progress] = defaultdict(cells.Progress)
    limits = Limits(output_bytes=2_000_000, memory_bytes=1_000_000_000)
    found: AllOutcomes = {}
    with Pool(2, preload=PRELOAD) as pool:
        pool.on_news = lambda name, news: progress[name].take(*news)
        for name, source in {**sources, "afterwards": AFTERWARDS}.items():
            (folder / name).mkdir()
            notebook = notebook_of("print('first')", source, "print('last')")
            options = {"cell_seconds": HANGING if name in HANGS else TIMELY}
            run = f"import os; os.chdir({str(folder / name)!r}); import tco.execution.cells as c; c.run(nb, options)"
            pool.submit(name, exec, run, {"nb": notebook, "options": options}, limits=limits)
        for outcome in pool.outcomes():
            so_far = progress[outcome.key]
            found[outcome.key] = outcome, so_far.ended(outcome.failure) if outcome.failure else so_far.notebook
    return found


@pytest.mark.parametrize("name", ENDED)
def test_an_end_of_the_process_is_told_and_the_notebook_so_far_is_kept(outcomes: AllOutcomes, name: str) -> None:
    _, kind, reason = ENDED[name]
    outcome, notebook = outcomes[name]
    assert (outcome.kind, outcome.result) == (kind, None)
    assert reason in str(outcome.failure)
    assert texts(notebook.cells[0]) == ["first\n"]
    ended = [output for cell in notebook.cells[1:] for output in cell.outputs if output.output_type == "error"]
    assert [output.evalue for output in ended] == [outcome.failure]


@pytest.mark.parametrize("name", HANGS)
def test_a_cell_that_hangs_is_ended_after_its_time(outcomes: AllOutcomes, name: str) -> None:
    outcome, notebook = outcomes[name]
    assert (outcome.kind, outcome.failure) == ("timeout", "cell 2 of 3 took longer than 2 s")
    assert [texts(cell) for cell in notebook.cells] == [["first\n"], ["DeadKernelError"], []]


@pytest.mark.parametrize("name", FAILED)
def test_an_error_stops_the_notebook_at_its_cell(outcomes: AllOutcomes, name: str) -> None:
    _, error = FAILED[name]
    outcome, notebook = outcomes[name]
    assert outcome.kind == "done"
    assert [output.ename for output in notebook.cells[1].outputs if output.output_type == "error"] == [error]
    assert notebook.cells[2].outputs == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_succeeds(outcomes: AllOutcomes, name: str) -> None:
    outcome, notebook = outcomes[name]
    assert outcome.kind == "done"
    assert [texts(cell) for cell in notebook.cells] == [["first\n"], [], ["last\n"]]


def test_nothing_that_one_did_reaches_the_next(outcomes: AllOutcomes) -> None:
    assert texts(outcomes["afterwards"][1].cells[2]) == ["last\n"]


def test_a_daemon_of_a_notebook_is_gone(outcomes: AllOutcomes, tmp_path_factory: pytest.TempPathFactory) -> None:
    told = tmp_path_factory.getbasetemp() / "hostile0" / "leaves a daemon" / "daemon"
    assert not alive(int(told.read_text()))
