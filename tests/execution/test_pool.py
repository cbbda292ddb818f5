"""Jobs in processes of their own: each ends in one outcome, and nothing of it stays behind."""

from __future__ import annotations

import ctypes
import json
import operator
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_table import alive, children, descendants, left_of, private_bytes, program, started, written
from programs import until

from tco.execution import worker
from tco.execution.pool import Outcome, Pool, PoolError
from tco.execution.worker import available

pytestmark = pytest.mark.skipif(not available(), reason="needs fork and process descriptors")

KILL_SUPERVISOR = "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)"


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(2) as started:
        yield started


def only(pool: Pool) -> Outcome:
    (outcome,) = pool.outcomes()
    return outcome


def server(pool: Pool) -> int:
    return pool._server.process


def test_each_job_gives_one_outcome_with_its_result(pool: Pool) -> None:
    for number in range(20):
        pool.submit(str(number), operator.neg, number)
    assert {outcome.key: outcome.result for outcome in pool.outcomes()} == {str(n): -n for n in range(20)}


def test_jobs_may_be_added_while_others_end(pool: Pool) -> None:
    pool.submit("1", operator.neg, 1)
    seen = []
    for outcome in pool.outcomes():
        seen.append(outcome.result)
        if len(seen) < 3:
            pool.submit("next", operator.neg, outcome.result)
    assert seen == [-1, 1, -1]


def test_each_job_has_a_process_of_its_own(pool: Pool) -> None:
    """A job cannot see what another one did, and its process is gone when its outcome comes."""
    pool.submit("change", os.chdir, "/")
    pool.submit("look", os.path.abspath, ".")
    results = {outcome.key: outcome.result for outcome in pool.outcomes()}
    assert results["look"] == str(Path.cwd())


def test_an_error_comes_back_as_itself(pool: Pool) -> None:
    pool.submit("fails", json.loads, "{")
    outcome = only(pool)
    assert outcome.kind == "raised"
    assert "Expecting property name" in str(outcome.failure)
    assert type(outcome.error).__name__ == "JSONDecodeError"


@pytest.mark.parametrize(
    ("function", "argument", "kind", "words"),
    [
        (os._exit, 3, "exited", "exit code 3"),
        (ctypes.string_at, 0, "killed", "SIGSEGV"),
        (os.system, "kill -9 $PPID", "killed", "SIGKILL"),
    ],
)
def test_a_process_that_ends_is_told_with_how_it_ended(
    pool: Pool, function: str, argument: object, kind: str, words: str
) -> None:
    pool.submit("ends", function, argument)
    outcome = only(pool)
    assert outcome.kind == kind
    assert words in str(outcome.failure)


def test_a_job_past_its_time_is_ended(pool: Pool) -> None:
    pool.submit("hangs", exec, "import time; from tco.execution import worker; worker.limit_time(1); time.sleep(1000)")
    assert only(pool).failure == "was ended by SIGALRM, as its time was up"


def test_memory_beyond_the_limit_is_refused_to_a_job() -> None:
    with Pool(1, memory_bytes=1 << 28) as pool:
        pool.submit("large", bytearray, 1 << 30)
        outcome = only(pool)
    assert outcome.kind == "raised"
    assert isinstance(outcome.error, MemoryError)


def test_processes_that_a_job_starts_end_with_it(pool: Pool, tmp_path: Path) -> None:
    """Also one with a session of its own, whose parent has ended."""
    daemon = tmp_path / "daemon"
    pool.submit("starts", os.system, f"(setsid sleep 1000 >/dev/null 2>&1 & echo $! > {daemon})")
    assert only(pool).kind == "done"
    assert not alive(int(daemon.read_text()))


def test_a_process_that_keeps_replacing_itself_ends_with_its_job(pool: Pool, tmp_path: Path) -> None:
    """A table of processes read meanwhile may show none of them alive."""
    steps = tmp_path / "steps"
    steps.touch()
    hops = f"""
        import os, time
        while True:
            if os.fork():
                os._exit(0)
            os.setsid()
            os.write(os.open({str(steps)!r}, os.O_WRONLY | os.O_APPEND), b".")
            time.sleep(0.001)
    """
    script = tmp_path / "hops.py"
    script.write_text(textwrap.dedent(hops))
    pool.submit("hops", os.system, f"{sys.executable} {script} & while ! test -s {steps}; do sleep 0.1; done")
    assert only(pool).kind == "done"
    ended = steps.stat().st_size
    time.sleep(0.2)
    assert steps.stat().st_size == ended


def test_temporary_files_of_a_job_go_with_it(pool: Pool) -> None:
    pool.submit("writes", exec, "import tempfile; raise LookupError(tempfile.mkstemp()[1])")
    path = Path(str(only(pool).error))
    assert path.parent.name.startswith("tco-job-")
    assert not path.parent.exists()


def test_a_job_whose_supervisor_is_killed_runs_again_and_then_counts_as_lost(pool: Pool, tmp_path: Path) -> None:
    once = tmp_path / "once"
    pool.submit("again", os.system, f"test -e {once} || (touch {once}; {KILL_SUPERVISOR}; sleep 1000)")
    assert only(pool).kind == "done"
    pool.submit("always", os.system, f"{KILL_SUPERVISOR}; sleep 1000")
    assert only(pool).kind == "lost"
    pool.submit("after", operator.neg, 1)
    assert only(pool).result == -1


def test_a_killed_server_is_replaced_and_its_jobs_run_again(pool: Pool, tmp_path: Path) -> None:
    pool.submit("first", operator.neg, 1)
    assert only(pool).result == -1
    killed = server(pool)
    started = tmp_path / "started"
    pool.submit("second", os.system, f"test -e {started} || (touch {started}; kill -9 {killed}; sleep 1000)")
    before = descendants(killed)
    assert only(pool).kind == "done"
    assert server(pool) != killed
    assert not left_of(before)


def test_supervisors_of_a_dying_server_end_what_is_theirs(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its channels close before its children are another's: for a moment they look like what a lost job has left."""
    pool.start()
    killed, daemon = server(pool), tmp_path / "daemon"
    pool.submit("runs", os.system, f"test -e {daemon} || ((setsid sleep 1000 & echo $! > {daemon}); sleep 1000)")
    pool._begin(pool._waiting.popleft())
    before = {int(written(daemon)), *descendants(killed)}
    supervisors, table = children(killed), worker._children

    def shown(parent: int) -> set[int]:
        return set(filter(alive, supervisors)) if parent == killed else table(parent)

    monkeypatch.setattr(worker, "_children", shown)
    os.kill(killed, signal.SIGKILL)
    assert only(pool).kind == "done"
    assert not left_of(before)


def test_closing_ends_what_runs(tmp_path: Path) -> None:
    path = tmp_path / "daemon"
    with Pool(1) as pool:
        pool.submit("runs", os.system, f"setsid sleep 1000 & echo $! > {path}; sleep 1000")
        pool.submit("done", operator.neg, 1)
        outcomes = pool.outcomes()
        pool._begin(pool._waiting.popleft())
        processes = descendants(server(pool)) | {server(pool), int(written(path))}
    assert not left_of(processes)
    outcomes.close()


SCRIPT = """
    import os, sys
    from tco.execution.pool import Pool
    with Pool(2) as pool:
        for path in sys.argv[1:]:
            pool.submit(path, os.system, f"(setsid sleep 1000 & echo $! > {path}); sleep 1000")
        list(pool.outcomes())
"""


def server_of(caller: int) -> int:
    """The fork server among a process's children, as soon as it is one."""

    def servers() -> list[int]:
        return [child for child in children(caller) if "forkserver" in program(child)]

    (server,) = until(servers, "a fork server")
    return int(server)


@pytest.mark.parametrize("victims", ["caller", "server", "caller and server"])
def test_no_process_outlives_a_killed_caller(short_folder: Path, victims: str) -> None:
    paths = [short_folder / "one", short_folder / "two"]
    script = [sys.executable, "-c", textwrap.dedent(SCRIPT), *map(str, paths)]
    with started(script, stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(short_folder)}) as caller:
        daemons = {int(written(path)) for path in paths}
        assert all(map(alive, daemons))
        server = server_of(caller.pid)
        below = {server, *descendants(server), *daemons}
        if "server" in victims:
            for path in paths:
                path.unlink()
            os.kill(server, signal.SIGKILL)
        if victims == "server":
            assert not left_of(below)
            daemons = {int(written(path)) for path in paths}  # as its jobs run again, on a new server
            below |= daemons | descendants(caller.pid)
    assert not left_of(below)
    if "server" not in victims:  # which removes what its caller cannot
        assert not list(short_folder.glob("pymp-*"))
    assert not list(short_folder.rglob("tco-job-*"))


def test_a_caller_killed_before_its_jobs_run_leaves_nothing(short_folder: Path) -> None:
    script = """
        import sys, time
        from tco.execution.pool import Pool
        pool = Pool(1, preload=["pandas", "scipy.stats", "altair"])
        pool.submit("never", time.sleep, 1000)
        print("begun", flush=True)
        next(pool.outcomes())
    """
    environment = {**os.environ, "TMPDIR": str(short_folder)}
    with started([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, env=environment) as caller:
        assert caller.stdout
        assert caller.stdout.readline() == b"begun\n"
        until(lambda: list(short_folder.rglob("tco-job-*")), "the folder of the job")
        server = server_of(caller.pid)
    assert not left_of({server})
    assert not list(short_folder.iterdir())


@pytest.mark.slow
def test_memory_stays_flat_over_many_jobs() -> None:
    with Pool(1) as pool:

        def run(jobs: int) -> int:
            for number in range(jobs):
                pool.submit(str(number), bytes, 100_000)
            assert sum(outcome.kind == "done" for outcome in pool.outcomes()) == jobs
            warmed = server(pool)
            return sum(map(private_bytes, {warmed, *descendants(warmed)}))

        early = run(20)
        assert run(100) < early + 2_000_000


def test_a_server_that_cannot_preload_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool(1, preload=["json:no_such_function"]) as pool:
        pool.submit("any", operator.neg, 1)
        with pytest.raises(PoolError, match="ended while it was preloading"):
            list(pool.outcomes())
    assert "no_such_function" in capfd.readouterr().err


@pytest.fixture
def never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a module writes whose import never ends."""
    begun = tmp_path / "begun"
    lines = f"import pathlib, time\npathlib.Path({str(begun)!r}).write_text('yes\\n')\ntime.sleep(1000)\n"
    (tmp_path / "never_loaded.py").write_text(lines)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return begun


def test_one_that_is_closed_while_it_preloads_leaves_nothing(never_loaded: Path) -> None:
    """As of a batch whose inputs prove wrong, or of which nothing is missing."""
    with Pool(2, preload=["never_loaded"]) as pool:
        pool.start()
        assert written(never_loaded) == "yes"
        processes = {server(pool), *descendants(server(pool))}
    assert not left_of(processes)


def test_no_process_outlives_a_caller_that_is_killed_while_it_preloads(never_loaded: Path) -> None:
    script = """
        import operator
        from tco.execution.pool import Pool
        with Pool(2, preload=["never_loaded"]) as pool:
            pool.start()
            pool.submit("never begins", operator.neg, 1)
            list(pool.outcomes())
    """
    with started([sys.executable, "-c", textwrap.dedent(script)]) as caller:
        assert written(never_loaded) == "yes"
        below = descendants(caller.pid)
    assert below
    assert not left_of(below)


def test_a_thread_started_while_preloading_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A process with two threads cannot be forked safely."""
    lines = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    (tmp_path / "starts_a_thread.py").write_text(lines)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool(1, preload=["starts_a_thread"]) as pool:
        pool.submit("any", operator.neg, 1)
        with pytest.raises(PoolError):
            list(pool.outcomes())
    assert "started a thread" in capfd.readouterr().err


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    """Nothing of the caller's main module is imported again, whatever it is called and wherever it lies."""
    script = """
        import operator, sys
        from tco.execution.pool import Pool
        print("once")
        with Pool(2) as pool:
            for number in range(3):
                pool.submit(str(number), operator.neg, number)
            print(sorted(outcome.result for outcome in pool.outcomes()))
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    for shadow in ("random", "json", "signal"):  # found in no process but the caller's
        (tmp_path / f"{shadow}.py").write_text("raise RuntimeError('shadowed')")
    for words in (["-P", "script.py"], ["-P", "-c", "import runpy; runpy.run_path('script.py', run_name='__main__')"]):
        ran = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True)
        assert (ran.stdout, ran.stderr) == ("once\n[-2, -1, 0]\n", "")
