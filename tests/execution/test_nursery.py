"""Jobs in processes of their own: each ends in one outcome, and nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_table import alive, all_end, children, descendants, private_bytes, written

from tco.execution.nursery import Limits, Nursery, NurseryError, Outcome, available

pytestmark = pytest.mark.skipif(not available(), reason="needs fork and process descriptors")

KILL_KEEPER = "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)"


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with Nursery(2) as started:
        yield started


def only(nursery: Nursery) -> Outcome:
    (outcome,) = nursery.outcomes()
    return outcome


def server(nursery: Nursery) -> int:
    assert nursery._server is not None
    return nursery._server.process.pid


def test_each_job_gives_one_outcome_with_its_result(nursery: Nursery) -> None:
    for number in range(20):
        nursery.submit(str(number), "operator:neg", number)
    assert {outcome.key: outcome.result for outcome in nursery.outcomes()} == {str(n): -n for n in range(20)}


def test_jobs_may_be_added_while_others_end(nursery: Nursery) -> None:
    nursery.submit("1", "operator:neg", 1)
    seen = []
    for outcome in nursery.outcomes():
        seen.append(outcome.result)
        if len(seen) < 3:
            nursery.submit("next", "operator:neg", outcome.result)
    assert seen == [-1, 1, -1]


def test_each_job_has_a_process_of_its_own(nursery: Nursery) -> None:
    """A job cannot see what another one did, and its process is gone when its outcome comes."""
    nursery.submit("change", "os:chdir", "/")
    nursery.submit("look", "os.path:abspath", ".")
    results = {outcome.key: outcome.result for outcome in nursery.outcomes()}
    assert results["look"] == str(Path.cwd())


def test_an_error_comes_back_as_itself(nursery: Nursery) -> None:
    nursery.submit("fails", "json:loads", "{")
    outcome = only(nursery)
    assert outcome.kind == "raised"
    assert "Expecting property name" in str(outcome.failure)
    assert type(outcome.error).__name__ == "JSONDecodeError"


@pytest.mark.parametrize(
    ("function", "argument", "kind", "words"),
    [
        ("os:_exit", 3, "exited", "exit code 3"),
        ("ctypes:string_at", 0, "killed", "SIGSEGV"),
        ("os:system", "kill -9 $PPID", "killed", "SIGKILL"),
    ],
)
def test_a_process_that_ends_is_told_with_how_it_ended(
    nursery: Nursery, function: str, argument: object, kind: str, words: str
) -> None:
    nursery.submit("ends", function, argument)
    outcome = only(nursery)
    assert outcome.kind == kind
    assert words in str(outcome.failure)


def test_a_job_past_its_time_is_ended_from_outside(nursery: Nursery) -> None:
    nursery.submit("hangs", "time:sleep", 1000, Limits(cell_seconds=0.2))
    outcome = only(nursery)
    assert outcome.kind == "timeout"
    assert "took longer than 0.2 s" in str(outcome.failure)


def test_memory_beyond_the_limit_is_refused_to_a_job(nursery: Nursery) -> None:
    nursery.submit("large", "builtins:bytearray", 1 << 30, Limits(memory_bytes=1 << 28))
    outcome = only(nursery)
    assert outcome.kind == "raised"
    assert isinstance(outcome.error, MemoryError)


def test_processes_that_a_job_starts_end_with_it(nursery: Nursery, tmp_path: Path) -> None:
    """Also one with a session of its own, whose parent has ended."""
    daemon = tmp_path / "daemon"
    nursery.submit("starts", "os:system", f"(setsid sleep 1000 >/dev/null 2>&1 & echo $! > {daemon})")
    assert only(nursery).kind == "done"
    assert not alive(int(daemon.read_text()))


def test_a_job_whose_keeper_is_killed_runs_again_and_then_counts_as_lost(nursery: Nursery, tmp_path: Path) -> None:
    once = tmp_path / "once"
    nursery.submit("again", "os:system", f"test -e {once} || (touch {once}; {KILL_KEEPER}; sleep 1000)")
    assert only(nursery).kind == "done"
    nursery.submit("always", "os:system", f"{KILL_KEEPER}; sleep 1000")
    assert only(nursery).kind == "lost"
    nursery.submit("after", "operator:neg", 1)
    assert only(nursery).result == -1


def test_a_killed_server_is_replaced_and_its_jobs_run_again(nursery: Nursery, tmp_path: Path) -> None:
    nursery.submit("first", "operator:neg", 1)
    assert only(nursery).result == -1
    killed = server(nursery)
    started = tmp_path / "started"
    nursery.submit("second", "os:system", f"test -e {started} || (touch {started}; kill -9 {killed}; sleep 1000)")
    before = descendants(killed)
    assert only(nursery).kind == "done"
    assert server(nursery) != killed
    assert all_end(before)


def test_closing_ends_what_runs(tmp_path: Path) -> None:
    path = tmp_path / "daemon"
    with Nursery(1) as nursery:
        nursery.submit("runs", "os:system", f"setsid sleep 1000 & echo $! > {path}; sleep 1000")
        nursery.submit("done", "operator:neg", 1)
        outcomes = nursery.outcomes()
        nursery._work()
        processes = descendants(server(nursery)) | {server(nursery), int(written(path))}
    assert all_end(processes)
    outcomes.close()


SCRIPT = """
    import sys
    from tco.execution.nursery import Nursery
    with Nursery(2) as nursery:
        for path in sys.argv[1:]:
            nursery.submit(path, "os:system", f"(setsid sleep 1000 & echo $! > {path}); sleep 1000")
        list(nursery.outcomes())
"""


@pytest.mark.parametrize("victims", ["caller", "server", "caller and server"])
def test_no_process_outlives_a_killed_caller(tmp_path: Path, victims: str) -> None:
    paths = [tmp_path / "one", tmp_path / "two"]
    script = [sys.executable, "-c", textwrap.dedent(SCRIPT), *map(str, paths)]
    with subprocess.Popen(script, stderr=subprocess.DEVNULL) as caller:
        try:
            daemons = {int(written(path)) for path in paths}
            assert all(map(alive, daemons))
            below = descendants(caller.pid) | daemons
            if "server" in victims:
                os.kill(children(caller.pid).pop(), signal.SIGKILL)  # the warmed process, its only child
        finally:
            if victims == "server":
                all_end(below)  # its jobs run again on a new server, until the caller ends
                below |= descendants(caller.pid)
            caller.kill()
    assert all_end(below)


def test_memory_stays_flat_over_many_jobs() -> None:
    with Nursery(1) as nursery:

        def run(jobs: int) -> int:
            for number in range(jobs):
                nursery.submit(str(number), "builtins:bytes", 100_000)
            assert sum(outcome.kind == "done" for outcome in nursery.outcomes()) == jobs
            warmed = server(nursery)
            return sum(map(private_bytes, {warmed, *descendants(warmed)}))

        early = run(20)
        assert run(100) < early + 2_000_000


def test_what_cannot_be_warmed_is_told() -> None:
    with Nursery(1, warm=["json:no_such_function"]) as nursery:
        nursery.submit("any", "operator:neg", 1)
        with pytest.raises(NurseryError, match="no_such_function"):
            list(nursery.outcomes())


@pytest.fixture
def never_warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a module writes whose import never ends."""
    begun = tmp_path / "begun"
    lines = f"import pathlib, time\npathlib.Path({str(begun)!r}).write_text('yes\\n')\ntime.sleep(1000)\n"
    (tmp_path / "never_warm.py").write_text(lines)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tmp_path, Path(__file__).parent.parent, *sys.path))))
    return begun


def test_one_that_is_closed_while_it_warms_up_leaves_nothing(never_warm: Path) -> None:
    """As of a batch whose inputs prove wrong, or of which nothing is missing."""
    with Nursery(2, warm=["never_warm"], companion="companions:ready") as nursery:
        nursery.start()
        assert written(never_warm) == "yes"
        processes = {server(nursery), *descendants(server(nursery))}
        assert len(processes) == 2, "the warmed process and the companion"
    assert all_end(processes)


def test_no_process_outlives_a_caller_that_is_killed_while_it_warms_up(never_warm: Path) -> None:
    script = """
        from tco.execution.nursery import Nursery
        with Nursery(2, warm=["never_warm"], companion="companions:ready") as nursery:
            nursery.start()
            nursery.submit("never begins", "operator:neg", 1)
            list(nursery.outcomes())
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) as caller:
        assert written(never_warm) == "yes"
        below = descendants(caller.pid)
        caller.kill()
    assert len(below) == 2
    assert all_end(below)


def test_a_thread_started_while_warming_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process with two threads cannot be forked safely."""
    lines = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    (tmp_path / "starts_a_thread.py").write_text(lines)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Nursery(1, warm=["starts_a_thread"]) as nursery:
        nursery.submit("any", "operator:neg", 1)
        with pytest.raises(NurseryError, match="started a thread"):
            list(nursery.outcomes())
