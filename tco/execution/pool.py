"""Jobs run side by side, each in a process of its own that is forked from a preloaded one and leaves nothing behind.

A job is a function that can be pickled and its arguments. Whatever it does (exit, crash, hang, fork, take too much
memory) ends in one `Outcome`, and every process it started is ended before that outcome is given. Scripts need no
`if __name__ == "__main__"`: nothing of the caller's main module is imported again.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection, forkserver, util
from pathlib import Path
from typing import Any, Literal, Self

from tco.execution import worker

TRIES = 2
"""How often a job is run whose supervisor was ended."""
CLOSING_SECONDS = 10.0
ENVIRONMENT = threading.Lock()
"""Held while variables of this process are changed for a server to inherit: other threads may start one, too."""
CHUNK = 1 << 20
NOTES = {9: ", as happens when memory runs out", 14: ", as its time was up"}
"""What a signal may mean, by its number."""


class PoolError(RuntimeError):
    """The process that jobs are forked from cannot be started."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    key: the name it was submitted under. kind: `done` (then `result` is what the function returned), `raised` (then
    `error` is the exception, where it can be pickled), `exited` (the process left by itself), `killed` (by a signal) or
    `lost` (its supervisor was ended each time). failure: the reason in words; None when done. seconds: its duration.
    """

    key: str
    kind: Literal["done", "raised", "exited", "killed", "lost"]
    result: Any = None
    failure: str | None = None
    error: BaseException | None = None
    seconds: float = 0.0


class Pool:
    """A fork server and up to `processes` jobs at a time; a context manager that ends them all.

    preload: modules to import, or functions ("module:name") to call, before the first job is forked; none of them may
    leave a thread behind. environment: variables of the jobs besides those of this process. memory_bytes: what one job
    may take for itself; default: any. The server is started by `start` or with the first job, and again when it ended.
    """

    def __init__(
        self,
        processes: int = 2,
        *,
        preload: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        if processes < 1:
            raise ValueError(f"a pool needs at least one process, not {processes}")
        self._processes, self._memory_bytes = processes, memory_bytes
        self._environment = dict(environment or {})
        self._server = _Server(preload, self._environment)
        self._waiting: deque[_Job] = deque()
        self._running: list[_Job] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Have the server get ready now, not with the first job."""
        self._server.ensure_running()

    def submit(
        self, key: str, function: Callable[..., Any], *arguments: Any, tries: int = TRIES, folder: str = ""
    ) -> None:
        """Have `function` called with `arguments` in a process of its own.

        folder: where its temporary files go (its TMPDIR), removed when it has ended; default: a new one.
        """
        self._waiting.append(_Job(key, pickle.dumps((function, arguments)), tries, folder))

    def outcomes(self) -> Iterator[Outcome]:
        """Each job's outcome as it ends, until no job is left; more may be submitted meanwhile.

        Raises PoolError when the server ends before it has preloaded.
        """
        while self._waiting or self._running:
            yield from self.ended(worker.STOPPED_SECONDS)

    def ended(self, seconds: float) -> list[Outcome]:
        """Start jobs that wait, and give the outcomes of those that end within some `seconds` at most."""
        while self._waiting and len(self._running) < self._processes:
            self._begin(self._waiting.popleft())
        ready = connection.wait([watch for job in self._running for watch in job.watched], seconds)
        worker.kill_stopped([self._server.process, *(job.process for job in self._running)])
        outcomes = []
        supervisors = frozenset(job.process for job in self._running)  # of a dying server: they end what is theirs
        for job in [job for job in self._running if job.has_ended(ready)]:
            self._running.remove(job)
            if job.is_lost:  # so that what it has left was adopted by the server
                worker.end_children(self._server.process, supervisors)
            if job.is_lost and job.tries:
                self._waiting.appendleft(job)
            else:
                outcomes.append(job.outcome())
        return outcomes

    def end_jobs(self) -> None:
        """End the jobs that run; their outcomes follow."""
        for job in self._running:
            job.end()

    def close(self) -> None:
        """End all processes, those of running jobs too."""
        self._waiting.clear()
        self.end_jobs()
        until = time.monotonic() + CLOSING_SECONDS
        while self._running and time.monotonic() < until:
            self.ended(until - time.monotonic())
            self._waiting.clear()
        for job in self._running:
            worker.kill(job.process)
            job.close()
        self._running.clear()
        self._server.end()

    def _begin(self, job: _Job) -> None:
        try:
            job.begin(self._server, {**os.environ, **self._environment}, self._memory_bytes)
        except (OSError, EOFError) as error:
            job.close()
            raise PoolError("the process that jobs are forked from ended while it was preloading") from error
        self._running.append(job)


class _Server(forkserver.ForkServer):
    """`multiprocessing`'s fork server, one for each pool: what is preloaded and when it ends is its own."""

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__()
        self._variables = {**environment, "PYTHONSAFEPATH": "1", worker.PRELOAD: " ".join(preload)}
        self.set_forkserver_preload([worker.__name__])

    @property
    def process(self) -> int:
        """Its process id; 0 before it is started."""
        return getattr(self, "_forkserver_pid", None) or 0

    def ensure_running(self) -> None:
        """Start it where it does not run, in an interpreter that finds this package and no module of the folder."""
        with ENVIRONMENT:
            path = [*filter(None, [os.environ.get("PYTHONPATH")]), worker.PACKAGE_FOLDER]
            own = {**self._variables, "PYTHONPATH": os.pathsep.join(path), worker.OWNER: str(os.getpid()),
                   worker.PLACE: util.get_temp_dir()}  # fmt: skip
            before = dict(os.environ)
            os.environ.update(own)  # which the server inherits
            is_main = threading.current_thread() is threading.main_thread()
            earlier = signal.signal(signal.SIGINT, signal.SIG_IGN) if is_main else None  # the server inherits it, too
            try:
                super().ensure_running()
            finally:
                if earlier is not None:
                    signal.signal(signal.SIGINT, earlier)
                for name in own:
                    del os.environ[name]
                os.environ.update(before)

    def end(self) -> None:
        """End it at once."""
        if self.process:
            worker.kill(self.process)
            self._stop()  # type: ignore[attr-defined]


class _Job:
    """A job, and its supervisor where it runs. tries: how often it may still be run."""

    def __init__(self, key: str, call: bytes, tries: int, folder: str) -> None:
        self.key, self.tries, self._call, self._folder = key, tries, call, folder
        self.watched: list[int] = []
        self._descriptors: list[int] = []
        self.process = 0

    def begin(self, server: _Server, environment: Mapping[str, str], memory_bytes: int | None) -> None:
        """Have a supervisor forked that runs it. Raises OSError or EOFError where the server has ended."""
        self.tries -= 1
        self._begun, self._said, self._code = time.monotonic(), bytearray(), -1
        self._folder = self._folder or tempfile.mkdtemp(prefix="tco-job-", dir=util.get_temp_dir())
        request = worker.Request(self._call, environment, self._folder, memory_bytes)
        result, writing = os.pipe()
        self._descriptors = [result]
        os.set_blocking(result, False)
        try:
            sentinel, control = server.connect_to_new_process([writing])
        finally:
            os.close(writing)
        self._descriptors += [sentinel, control]
        self.watched = [result, sentinel]
        _write(control, pickle.dumps({"dir": str(Path.cwd())}) + pickle.dumps(request))
        self.process = forkserver.read_signed(sentinel)

    def end(self) -> None:
        """Have its supervisor end it."""
        with contextlib.suppress(OSError):
            _write(self._descriptors[-1], b"\n")

    def has_ended(self, ready: Sequence[Any]) -> bool:
        """Take in its result as far as it has come; gives whether its supervisor has ended."""
        result, sentinel, _ = self._descriptors
        with contextlib.suppress(BlockingIOError):
            while result in self.watched:
                chunk = os.read(result, CHUNK)
                self._said += chunk
                if not chunk:
                    self.watched.remove(result)
        if sentinel not in ready:
            return False
        with contextlib.suppress(EOFError):
            self._code = forkserver.read_signed(sentinel)
        self.close()
        return True

    @property
    def is_lost(self) -> bool:
        """Whether its supervisor was ended and cannot tell how the job ended."""
        return self._code < 0

    def close(self) -> None:
        """Close and remove what belongs to its process."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._descriptors, self.watched, self._folder = [], [], ""

    def outcome(self) -> Outcome:
        """How it ended, in words too."""
        seconds = time.monotonic() - self._begun
        with contextlib.suppress(Exception):  # there is none, or it was cut off
            kind, *content = pickle.loads(self._said)  # noqa: S301 - from a process of ours
            if kind == "done":
                return Outcome(self.key, "done", result=content[0], seconds=seconds)
            return Outcome(self.key, "raised", failure=content[0], error=content[1], seconds=seconds)
        if self.is_lost:
            return Outcome(self.key, "lost", failure="the process that watched over it was ended", seconds=seconds)
        number = self._code - worker.SIGNALLED
        killed = number in signal.valid_signals()
        failure = how_ended(-number if killed else self._code)
        return Outcome(self.key, "killed" if killed else "exited", failure=failure, seconds=seconds)


def how_ended(code: int) -> str:
    """The exit code of a process, or less than 0 the signal that has ended it, in words."""
    if code >= 0:
        return f"ended its process with exit code {code}"
    names = {int(number): number.name for number in signal.Signals}
    return f"was ended by {names.get(-code, f'signal {-code}')}{NOTES.get(-code, '')}"


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
