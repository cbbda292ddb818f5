"""Jobs run side by side, each in a process of its own that is forked from a warmed one and leaves nothing behind.

    with Nursery(processes=2, warm=["pandas"]) as nursery:
        for name in names:
            nursery.submit(name, "some.module:function", argument)
        for outcome in nursery.outcomes():
            ...

A job is a function named "module:name" and one picklable argument. Whatever it does (exit, crash, hang, fork, take
too much memory) ends in one `Outcome`, and every process it started is ended before that outcome is given.
"""

from __future__ import annotations

import os
import pickle
import selectors
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Self

from tco.execution import frames, interpreters, keeper, processes, server
from tco.execution.job import Limits
from tco.execution.outcomes import Outcome, outcome

__all__ = ["Limits", "Nursery", "NurseryError", "Outcome", "available"]

TRIES = 2
"""How often a job is run whose keeper ended under it."""
CLOSING_SECONDS = 10.0


class NurseryError(RuntimeError):
    """The warmed process cannot be started."""


@dataclass
class _Job:
    key: str
    payload: bytes
    tries: int = 0


@dataclass
class _Slot:
    """A keeper as its nursery sees it, with the job it runs."""

    connection: socket.socket
    reader: frames.Reader
    job: _Job | None = None


@dataclass
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    errors: IO[bytes]
    slots: list[_Slot] = field(default_factory=list)
    ready: bool = False


def available() -> bool:
    """Whether this system can run a nursery: Linux with fork and process descriptors (kernel 5.3)."""
    return processes.supported()


class Nursery:
    """A warmed process and `processes` keepers that run jobs; a context manager that ends them all.

    warm: modules to import, or functions ("module:name") to call, before the first job is forked; none of them may
    leave a thread behind. companion: the function ("module:name") that makes the companion of its jobs
    (`tco.execution.companion`), if they are to have one. on_progress: called with a job's key and its news
    (`job.publish`) while `outcomes` waits. environment: variables of the jobs' processes besides those of this one.
    The warmed process is started by `start` or with the first job, and again when it dies.
    """

    def __init__(
        self,
        processes: int = 2,
        *,
        warm: Sequence[str] = (),
        companion: str = "",
        on_progress: Callable[[str, Any], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if processes < 1:
            raise ValueError(f"a nursery needs at least one process, not {processes}")
        self._processes = processes
        self._warm = tuple(warm)
        self._companion = companion
        self.on_progress = on_progress
        self._environment = dict(environment or {})
        self._waiting: deque[_Job] = deque()
        self._ended: deque[Outcome] = deque()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def outstanding(self) -> int:
        """How many submitted jobs have no outcome yet."""
        running = sum(slot.job is not None for slot in self._server.slots) if self._server else 0
        return len(self._waiting) + running + len(self._ended)

    def start(self) -> None:
        """Have the warmed process get ready now, not with the first job."""
        if self._server is None:
            self._started()

    def submit(self, key: str, function: str, argument: Any = None, limits: Limits | None = None) -> None:
        """Have `function` ("module:name") called with `argument` in a process of its own."""
        payload = pickle.dumps((function, pickle.dumps(argument), limits or Limits()))
        self._waiting.append(_Job(key, payload))

    def outcomes(self) -> Iterator[Outcome]:
        """Each job's outcome as it ends, until no job is outstanding; more may be submitted meanwhile.

        Raises NurseryError when the warmed process ends before it is warm.
        """
        while self.outstanding:
            while self._ended:
                yield self._ended.popleft()
            if self._waiting or (self._server and any(slot.job for slot in self._server.slots)):
                self._work()

    def close(self) -> None:
        """End all processes; jobs that run are ended too."""
        if self._server is None:
            return
        stopping, self._server = self._server, None
        for slot in stopping.slots:
            slot.connection.close()
        stopping.control.close()
        if not stopping.ready:  # it would not listen before it is
            stopping.process.kill()
        try:
            stopping.process.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            stopping.process.kill()
            stopping.process.wait()
        stopping.errors.close()

    def _work(self) -> None:
        """Hand out jobs and take in what the keepers say, once."""
        running = self._server or self._started()
        for slot in running.slots:
            if slot.job is None and self._waiting:
                self._hand_out(slot, self._waiting.popleft())
        with selectors.DefaultSelector() as selector:
            selector.register(running.control, selectors.EVENT_READ)
            for slot in running.slots:
                selector.register(slot.connection, selectors.EVENT_READ, data=slot)
            ready = [key.data for key, _ in selector.select()]
        for slot in ready:
            if slot is not None:
                self._listen(running, slot)
        if None in ready and self._server is running:
            self._listen_to_server(running)

    def _hand_out(self, slot: _Slot, job: _Job) -> None:
        job.tries += 1
        slot.job = job
        try:
            frames.send(slot.connection, keeper.JOB, job.payload)
        except OSError:
            return  # its keeper has ended, which the next reading of its connection shows

    def _listen(self, running: _Server, slot: _Slot) -> None:
        for kind, payload in slot.reader.messages():
            if slot.job is None:
                continue
            if kind == keeper.NEWS and self.on_progress is not None:
                self.on_progress(slot.job.key, pickle.loads(payload))  # noqa: S301 - from a job of ours
            elif kind == keeper.ENDED:
                self._ended.append(outcome(slot.job.key, pickle.loads(payload)))  # noqa: S301 - from our keeper
                slot.job = None
        if slot.reader.ended:
            running.slots.remove(slot)
            slot.connection.close()
            self._try_again(slot)
            if self._server is running:
                self._add_slot(running)

    def _try_again(self, slot: _Slot) -> None:
        """Put the job of a keeper that has ended back in front; after `TRIES` it has failed."""
        job, slot.job = slot.job, None
        if job is None:
            return
        if job.tries < TRIES:
            self._waiting.appendleft(job)
            return
        failure = f"the process that watched over it ended {TRIES} times"
        self._ended.append(Outcome(job.key, "lost", failure=failure))

    def _listen_to_server(self, running: _Server) -> None:
        """Take note that the warmed process is ready; when it has ended, prepare for another one."""
        try:
            said = running.control.recv(1)
        except OSError:
            said = b""
        if said == server.READY:
            running.ready = True
            return
        self._server = None
        running.control.close()
        code = running.process.wait()
        for slot in running.slots:
            slot.connection.close()
            self._try_again(slot)
        running.errors.seek(0)
        told = running.errors.read().decode(errors="replace").strip()
        running.errors.close()
        if not running.ready:
            raise NurseryError(f"the process that jobs are forked from ended ({_how(code)})\n{told}".strip())

    def _started(self) -> _Server:
        ours, its = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        process = subprocess.Popen(  # noqa: S603 - this package
            interpreters.command(
                "tco.execution.server:main", str(its.fileno()), str(os.getpid()), self._companion, *self._warm
            ),
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )
        its.close()
        self._server = _Server(process, ours, errors)
        for _ in range(self._processes):
            self._add_slot(self._server)
        return self._server

    def _add_slot(self, running: _Server) -> None:
        ours, its = socket.socketpair()
        try:
            socket.send_fds(running.control, [server.KEEP], [its.fileno()])
        except OSError:
            ours.close()
            return  # the server has ended, which the next reading of its connection shows
        finally:
            its.close()
        running.slots.append(_Slot(ours, frames.Reader(ours)))


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
