"""Large designs shared with other processes: nothing about the results tells who did the work."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tco
from tco.evaluation import ledger, passes
from tco.evaluation.workers import Worker, processes
from tco.sampling.designs import Block

PID = "__import__('os').getpid()"


@pytest.fixture
def worker() -> Iterator[Worker[str, int]]:
    found: Worker[str, int] = Worker(eval, pickle.dumps(eval))
    yield found
    found.close()


def test_a_worker_is_another_process(worker: Worker[str, int]) -> None:
    first, second = worker(PID), worker(PID)
    assert first == second != os.getpid()


def test_what_a_worker_fails_at_is_raised_here(worker: Worker[str, int]) -> None:
    with pytest.raises(ZeroDivisionError):
        worker("1 / 0")
    assert worker(PID) != os.getpid()


def test_what_a_worker_prints_is_no_answer(worker: Worker[str, int]) -> None:
    assert worker("print('to standard output') or 7") == 7


def test_work_goes_on_without_a_worker_that_died(worker: Worker[str, int]) -> None:
    assert worker("__import__('os')._exit(3) if " + PID + " != " + str(os.getpid()) + " else 7") == 7
    assert worker(PID) == os.getpid()


def test_work_goes_on_where_no_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch, worker: Worker[str, int]
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert worker(PID) == os.getpid()


def test_totals_are_the_same_to_the_last_bit_whoever_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = tco.load_scenario("quickstart")
    design = tco.monte_carlo(scenario, 900, seed=3)
    monkeypatch.setattr(ledger, "KEPT_ROWS", 100)
    monkeypatch.setattr(ledger, "BLOCK_ROWS", 256)
    monkeypatch.setattr(passes, "WORTH_PROCESSES", 900)
    found = []
    for number in ("1", "2", "3"):
        monkeypatch.setenv("TCO_PROCESSES", number)
        counted = tco.evaluate(scenario, tco.replay(design.frame()) if number == "3" else design)
        found.append((counted.total().to_numpy().tobytes(), counted.mean(["option", "period"]).to_numpy().tobytes()))
    assert found[0] == found[1] == found[2]


def test_work_that_cannot_be_sent_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "WORTH_PROCESSES", 1)
    blocks = [Block(first, 2) for first in range(0, 10, 2)]
    done = list(passes.over_blocks(iter(blocks), lambda block: (block.first, os.getpid()), 10))
    assert done == [(range(block.first, block.first + 2), (block.first, os.getpid())) for block in blocks]


@pytest.mark.parametrize("stated", ["two", "0", "-1", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setenv("TCO_PROCESSES", stated)
    with pytest.raises(tco.InputError, match=r"TCO_PROCESSES.*whole number"):
        processes()


def test_a_script_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import tco\nfrom tco import ledger, passes\n"
        "ledger.BLOCK_ROWS = ledger.KEPT_ROWS = passes.WORTH_PROCESSES = 40\n"
        "scenario = tco.load_scenario('quickstart')\n"
        "print(len(tco.evaluate(scenario, tco.monte_carlo(scenario, 100)).total()))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True, text=True, env=os.environ | {"TCO_PROCESSES": "2"}, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("100\n", "")
