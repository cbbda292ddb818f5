"""Jobs run side by side, each in a process of its own that is forked from a preloaded one and leaves nothing behind.

    with Pool(processes=2, preload=["pandas"]) as pool:
        for name in names:
            pool.submit(name, function, argument)
        for outcome in pool.outcomes():
            ...

A job is a function that can be pickled and its arguments. Whatever it does (exit, crash, hang, fork, take too much
memory) ends in one `Outcome`, and every process it started is ended before that outcome is given. Scripts need no
`if __name__ == "__main__"`: nothing of the caller's main module is imported again.
"""

from __future__ import annotations

import base64
import contextlib
import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any, Literal, Self

from tco.execution import processes, worker
from tco.execution.worker import Limits

__all__ = ["Limits", "Outcome", "Pool", "PoolError"]

TRIES = 2
"""How often a job is run whose supervisor was ended."""
TICK_SECONDS = 1.0
"""How often the pool looks for processes of its own that a job has stopped."""
LAST_WORDS_SECONDS = 5.0
"""How long a job that has sent its result may take to end, as long as a Jupyter kernel may."""
CLOSING_SECONDS = 10.0
CHUNK = 1 << 20

Kind = Literal["done", "raised", "exited", "killed", "timeout", "output", "lost"]


class PoolError(RuntimeError):
    """The process that jobs are forked from cannot be started."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    key: the name it was submitted under. kind: `done` (then `result` is what the function returned), `raised` (then
    `error` is the exception, where it can be pickled), `exited` (the process left by itself), `killed` (by a signal),
    `timeout`, `output` (more than its limit) or `lost` (its supervisor was ended, twice). failure: the reason in words;
    None when done. seconds: its duration.
    """

    key: str
    kind: Kind
    result: Any = None
    failure: str | None = None
    error: BaseException | None = None
    seconds: float = 0.0


class Pool:
    """A fork server and up to `processes` jobs at a time; a context manager that ends them all.

    preload: modules to import, or functions ("module:name") to call, before the first job is forked; none of them may
    leave a thread behind. environment: variables of the jobs besides those of this process. The server is started by
    `start` or with the first job, and again when it was ended. on_news: called with a job's key and what it publishes
    (`worker.publish`) while `outcomes` waits; on_stage: with its key and what it does (`worker.stage`).
    """

    def __init__(
        self, processes: int = 2, *, preload: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        if processes < 1:
            raise ValueError(f"a pool needs at least one process, not {processes}")
        self._processes = processes
        self._environment = dict(environment or {})
        self._server = _Server(preload, self._environment)
        self._waiting: deque[_Job] = deque()
        self._running: list[_Job] = []
        self.on_news: Callable[[str, Any], object] = lambda *_: None
        self.on_stage: Callable[[str, str], object] = lambda *_: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Have the server get ready now, not with the first job."""
        self._server.ensure_running()

    def submit(self, key: str, function: Callable[..., Any], *arguments: Any, limits: Limits | None = None) -> None:
        """Have `function` called with `arguments` in a process of its own."""
        self._waiting.append(_Job(key, pickle.dumps((function, arguments)), limits or Limits()))

    def outcomes(self) -> Iterator[Outcome]:
        """Each job's outcome as it ends, until no job is left; more may be submitted meanwhile.

        Raises PoolError when the server ends before it has preloaded.
        """
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self._processes:
                self._begin(self._waiting.popleft())
            self._listen()
            for job in [job for job in self._running if job.has_ended]:
                self._running.remove(job)
                lost = job.close()
                if lost:
                    processes.end_children(self._server.process, {other.process for other in self._running})
                if lost and job.tries < TRIES:
                    self._waiting.appendleft(job)
                else:
                    yield job.outcome()

    def close(self) -> None:
        """End all processes; jobs that run are ended too."""
        for job in self._running:
            job.end()
        until = time.monotonic() + CLOSING_SECONDS
        for job in self._running:
            if not connection.wait([job.sentinel], max(0.0, until - time.monotonic())):
                processes.kill(job.process)
            job.close()
        self._running.clear()
        self._waiting.clear()
        self._server.end()

    def _begin(self, job: _Job) -> None:
        try:
            job.begin(self._server, {**os.environ, **self._environment})
        except (OSError, EOFError) as error:
            job.close()
            raise PoolError("the process that jobs are forked from ended while it was preloading") from error
        self._running.append(job)

    def _listen(self) -> None:
        """Wait for something to happen, and take note of it."""
        now = time.monotonic()
        deadlines = [job.deadline - now for job in self._running if job.deadline is not None]
        watched = [watch for job in self._running for watch in job.watched]
        ready = connection.wait(watched, max(0.0, min([TICK_SECONDS, *deadlines])))
        for job in self._running:
            job.has_ended = job.sentinel in ready
            while job.messages in job.watched and connection.wait([job.messages], 0):
                self._hear(job)
            if job.deadline is not None and time.monotonic() > job.deadline:
                job.pass_deadline()
        for process in (self._server.process, *(job.process for job in self._running)):
            if processes.is_stopped(process):
                processes.kill(process)

    def _hear(self, job: _Job) -> None:
        for kind, *content in job.read():
            if kind == "news":
                self.on_news(job.key, *content)
            elif kind == "stage":
                job.stage, seconds = content
                job.allow(seconds)
                self.on_stage(job.key, job.stage)
            else:
                job.last_words[kind] = content
                job.allow(LAST_WORDS_SECONDS)


class _Server(forkserver.ForkServer):
    """`multiprocessing`'s fork server, one for each pool: what is preloaded and when it ends concern nobody else."""

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
        path = [*filter(None, [os.environ.get("PYTHONPATH")]), worker.PACKAGE_FOLDER]
        with _set({**self._variables, "PYTHONPATH": os.pathsep.join(path), worker.OWNER: str(os.getpid())}):
            super().ensure_running()

    def end(self) -> None:
        """End it at once."""
        if self.process:
            processes.kill(self.process)
            self._stop()  # type: ignore[attr-defined]


class _Job:
    """A job, and its process where it runs."""

    def __init__(self, key: str, call: bytes, limits: Limits) -> None:
        self.key, self._call, self._limits = key, call, limits
        self.tries = 0
        self.deadline: float | None = None
        self.has_ended = False

    def begin(self, server: _Server, environment: Mapping[str, str]) -> None:
        """Have a process forked that runs it. Raises OSError or EOFError where the server has ended."""
        self.tries += 1
        self.stage, self.last_words, self.deadline = "start", dict[str, list[Any]](), None
        self._allowed: float | None = None
        self._timed_out: float | None = None
        self._begun, self._held = time.monotonic(), [b""]
        self.sentinel = self._control = -1
        self.messages, writing = os.pipe()
        os.set_blocking(self.messages, False)
        try:
            self.sentinel, self._control = server.connect_to_new_process([writing])
        finally:
            os.close(writing)
        self.watched = [self.messages, self.sentinel]
        request = worker.Request(self._call, self._limits, environment)
        self._send(pickle.dumps({"dir": str(Path.cwd())}) + pickle.dumps(request))
        self.process = forkserver.read_signed(self.sentinel)

    def allow(self, seconds: float | None) -> None:
        """Let it run for so many `seconds` from now, or without a limit."""
        self._allowed = seconds
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def pass_deadline(self) -> None:
        """End it because its time is up."""
        if not self.last_words:
            self._timed_out = self._allowed
        self.deadline = None
        self.end()

    def end(self) -> None:
        """Have its supervisor end it."""
        with contextlib.suppress(OSError):
            self._send(b"\n")

    def _send(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._control, content) :]

    def read(self) -> Iterator[tuple[Any, ...]]:
        """The messages that have come; what cannot be read, such as one that was cut off, is left out."""
        chunk = b""
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self.messages, CHUNK)
            if not chunk:
                self.watched = [self.sentinel]
        first, *others = chunk.split(b"\n")
        self._held.append(first)
        for following in others:
            line, self._held = b"".join(self._held), [following]
            if line:
                with contextlib.suppress(Exception):
                    yield pickle.loads(base64.b64decode(line))  # noqa: S301 - from a process of ours

    def close(self) -> bool:
        """Release its process, which has ended. True if it is lost: neither it nor its supervisor reported an end."""
        for descriptor in (self.messages, self.sentinel, self._control):
            if descriptor >= 0:
                os.close(descriptor)
        return "ended" not in self.last_words

    def outcome(self) -> Outcome:
        """How it ended, in words too."""
        said = self.last_words
        seconds = time.monotonic() - self._begun
        if "done" in said:
            return Outcome(self.key, "done", result=said["done"][0], seconds=seconds)
        if "raised" in said:
            failure, error = said["raised"]
            return Outcome(self.key, "raised", failure=failure, error=error, seconds=seconds)
        kind, failure = self._end()
        return Outcome(self.key, kind, failure=f"{self.stage} {failure}", seconds=seconds)

    def _end(self) -> tuple[Kind, str]:
        if "output" in self.last_words:
            return "output", "put out more than its limit"
        if self._timed_out is not None:
            return "timeout", f"took longer than {self._timed_out:g} s"
        if "ended" not in self.last_words:
            return "lost", f"was lost: the process that watched over it ended {TRIES} times"
        (status,) = self.last_words["ended"]
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return "exited", f"ended its process with exit code {code}"
        memory = ", as happens when memory runs out" if code == -signal.SIGKILL else ""
        return "killed", f"was ended by {signal.Signals(-code).name}{memory}"


@contextlib.contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment, and put back what there was."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
