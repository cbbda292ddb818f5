"""A keeper: runs one job after the other, each in a child forked from the warmed process, and clears up after each.

It enforces a job's deadline from outside, ends what a job leaves behind, and ends with whoever started it.
"""

from __future__ import annotations

import json
import os
import pickle
import selectors
import socket
import time
from dataclasses import dataclass
from typing import NoReturn

from tco.execution import frames, job, processes

JOB, NEWS, ENDED = b"j", b"n", b"e"
"""What the nursery sends and is sent: a job, a job's news, how a job ended."""
LAST_WORDS_SECONDS = 5.0
"""How long a job that has said its result may take to end, as long as a Jupyter kernel may."""


@dataclass
class Ending:
    """How a job ended: its pickled result or error where it said one, and how its process went.

    stage: what it did last. timed_out: seconds that the stage was allowed and took. too_much: its output passed the
    limit. signal, exit_code: how the process ended. seconds, peak_bytes: how long it ran, its largest memory.
    """

    result: bytes | None = None
    error: bytes | None = None
    stage: str = ""
    timed_out: float | None = None
    too_much: bool = False
    signal: int | None = None
    exit_code: int | None = None
    seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def told(self) -> bool:
        """Whether the job has said its last word."""
        return self.too_much or self.result is not None or self.error is not None


class Keeper:
    """Serves a nursery at the other end of `connection`, until it, the `server` or the `owner` process ends."""

    def __init__(self, connection: socket.socket, server: int, owner: int) -> None:
        self._connection = connection
        self._reader = frames.Reader(connection)
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ, data="nursery")
        for process in (server, owner):
            try:
                self._selector.register(os.pidfd_open(process), selectors.EVENT_READ, data="gone")
            except ProcessLookupError:
                self._leave()

    def serve(self) -> NoReturn:
        """Run the jobs that come, one at a time."""
        processes.adopt_orphans()
        while True:
            for kind, payload in self._heard({key.data for key, _ in self._selector.select()}):
                if kind == JOB:
                    self._tell(ENDED, pickle.dumps(self._run(*pickle.loads(payload))))  # noqa: S301 - the nursery's

    def _run(self, function: str, argument: bytes, limits: job.Limits) -> Ending:
        """Run one job in a child and wait for its end; nothing of it is left afterwards."""
        ours, its = socket.socketpair()
        keeper, began = os.getpid(), time.monotonic()
        child = os.fork()
        if child == 0:
            self._forget()
            ours.close()
            job.run(its, keeper, function, argument, limits)
        its.close()
        ending = Ending(stage="start")
        self._attend(ours, child, ending, limits.cell_seconds)
        processes.end_group(child)
        _, status, used = os.wait4(child, 0)
        processes.end_children()
        ours.close()
        ending.seconds, ending.peak_bytes = time.monotonic() - began, used.ru_maxrss * 1024
        if os.WIFSIGNALED(status):
            ending.signal = os.WTERMSIG(status)
        else:
            ending.exit_code = os.WEXITSTATUS(status)
        return ending

    def _attend(self, job_connection: socket.socket, child: int, ending: Ending, allowed: float | None) -> None:
        """Listen to a job until its process has ended or must be ended: it is done, or has passed its deadline."""
        reader = frames.Reader(job_connection)
        process = os.pidfd_open(child)
        self._selector.register(job_connection, selectors.EVENT_READ, data="job")
        self._selector.register(process, selectors.EVENT_READ, data="ended")
        deadline = None if allowed is None else time.monotonic() + allowed
        ready: set[str] = set()
        while "ended" not in ready or "job" in ready:  # what was said before the end is still read after it
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = {key.data for key, _ in self._selector.select(wait)}
            self._heard(ready)
            if not ready and deadline is not None:
                ending.timed_out = None if ending.told else allowed
                break
            for kind, payload in reader.messages() if "job" in ready else ():
                if kind == job.STAGE:
                    ending.stage, allowed = json.loads(payload)
                    deadline = None if allowed is None else time.monotonic() + allowed
                elif kind == job.PROGRESS:
                    self._tell(NEWS, payload)
                elif kind == job.RESULT:
                    ending.result = payload
                elif kind == job.RAISED:
                    ending.error = payload
                elif kind == job.TOO_MUCH:
                    ending.too_much = True
            if reader.ended:
                self._selector.unregister(job_connection)
                reader.ended = False
            if ending.told:
                deadline = time.monotonic() + LAST_WORDS_SECONDS
        if job_connection in (key.fileobj for key in self._selector.get_map().values()):
            self._selector.unregister(job_connection)
        self._selector.unregister(process)
        os.close(process)

    def _forget(self) -> None:
        """Close, in a child, what belongs to the keeper."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
            else:
                os.close(key.fd)
        self._selector.close()

    def _heard(self, ready: set[str]) -> list[tuple[bytes, bytes]]:
        """What the nursery says, if it does; ends the keeper when there is nobody left to serve."""
        found = self._reader.messages() if "nursery" in ready else []
        if self._reader.ended or "gone" in ready:
            self._leave()
        return found

    def _tell(self, kind: bytes, payload: bytes) -> None:
        try:
            frames.send(self._connection, kind, payload)
        except OSError:
            self._leave()

    def _leave(self) -> NoReturn:
        """End this process and everything that was started below it."""
        processes.end_children()
        os._exit(0)
