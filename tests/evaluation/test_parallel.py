"""Large designs shared with other processes: nothing about the results tells which process made them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from process_table import children, left_of

import tco
from tco.evaluation import ledger, parallel
from tco.sampling.designs import Block

SCRIPT = """
import tco
from tco.evaluation import ledger, parallel
ledger.BLOCK_ROWS = ledger.KEPT_ROWS = parallel.MIN_AMOUNTS = 40
scenario = tco.load_scenario("startup_small")
print(len(tco.evaluate(scenario, tco.monte_carlo(scenario, 90)).total()))
"""


def process_of(block: Block) -> int:
    return os.getpid()


def failing_elsewhere(here: int, block: Block) -> int:
    """Ends any process but this one."""
    if os.getpid() != here:
        os._exit(3)
    return block.first


def refusing(block: Block) -> int:
    raise tco.InputError("no block is good", value=block.first)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Block]:
    """Twenty blocks, which count as a large design for two processes."""
    monkeypatch.setattr(parallel, "MIN_AMOUNTS", 1)
    monkeypatch.setenv("TCO_PROCESSES", "2")
    return iter([Block(first, 2) for first in range(0, 40, 2)])


def mapped(blocks: Iterator[Block], work: Callable[[Block], int]) -> list[int]:
    found = list(parallel.map_blocks(blocks, work, 40))
    assert [rows for rows, _ in found] == [range(first, first + 2) for first in range(0, 40, 2)]
    return [result for _, result in found]


def test_blocks_are_evaluated_by_this_process_and_another(blocks: Iterator[Block]) -> None:
    assert len({os.getpid(), *mapped(blocks, process_of)}) == 2


def test_what_a_process_that_died_had_to_do_is_done_here(blocks: Iterator[Block]) -> None:
    assert mapped(blocks, partial(failing_elsewhere, os.getpid())) == list(range(0, 40, 2))


def test_what_cannot_be_sent_is_done_here(blocks: Iterator[Block]) -> None:
    here = os.getpid()
    assert mapped(blocks, lambda block: os.getpid() - here) == [0] * 20


def test_work_goes_on_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch, blocks: Iterator[Block]) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", fail)
    assert mapped(blocks, process_of) == [os.getpid()] * 20


def test_an_error_elsewhere_is_raised_here(blocks: Iterator[Block]) -> None:
    with pytest.raises(tco.InputError, match="no block is good"):
        mapped(blocks, refusing)


@pytest.mark.slow
def test_totals_are_the_same_to_the_last_bit_however_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = tco.load_scenario("startup_small")
    design = tco.monte_carlo(scenario, 600, seed=3)
    monkeypatch.setattr(ledger, "KEPT_ROWS", 100)
    monkeypatch.setattr(ledger, "BLOCK_ROWS", 256)
    monkeypatch.setattr(parallel, "MIN_AMOUNTS", 600)
    found = []
    for number in ("1", "2", "3"):
        monkeypatch.setenv("TCO_PROCESSES", number)
        evaluated = tco.evaluate(scenario, tco.replay(design.frame()) if number == "3" else design)
        by_month = evaluated.mean(["option", "period"])
        found.append((evaluated.total().to_numpy().tobytes(), by_month.to_numpy().tobytes()))
    assert found[0] == found[1] == found[2]


def test_one_process_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCO_PROCESSES", "1")
    assert parallel.processes() == 1


@pytest.mark.parametrize("stated", ["two", "0", "-1", "1.5", "\u0663"])
def test_a_number_of_processes_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setenv("TCO_PROCESSES", stated)
    with pytest.raises(tco.InputError, match=r"TCO_PROCESSES.*whole number"):
        parallel.processes()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["script", *(pytest.param(way, marks=pytest.mark.slow) for way in ("module", "text"))])
def test_a_script_needs_no_main_guard(tmp_path: Path, way: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    arguments = {"script": [str(script)], "module": ["-m", "script"], "text": ["-c", SCRIPT]}[way]
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True, text=True, env=os.environ | {"TCO_PROCESSES": "2"}, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("90\n", "")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_other_processes_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    endless = SCRIPT.replace("90", "200_000_000")
    running = subprocess.Popen([sys.executable, "-c", endless], env=os.environ | {"TCO_PROCESSES": "2"})
    try:
        until = time.monotonic() + 60
        while len(others := children(running.pid)) < 2 and time.monotonic() < until:  # one, and what tracks resources
            time.sleep(0.05)
        assert len(others) == 2
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert not left_of(others)
