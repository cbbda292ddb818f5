"""A companion of jobs: a process that they may ask, for what takes long to start and is quick afterwards.

It is named by a function ("module:name") that makes it ready and gives the function which answers: bytes to a few
bytes. The warmed process of a nursery forks it (`tco.execution.companions`). Jobs are trusted with nothing: each
question has a connection of its own, on which alone its answer goes; a question that takes too long, or crashes the
companion, costs the answers to what was asked meanwhile and nothing else. Whoever has no answer must do without: `ask`
gives None.
"""

from __future__ import annotations

import importlib
import os
import resource
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from tco.execution import frames, processes

QUESTION, ANSWER = b"q", b"a"
MOST_BYTES = 1 << 26
"""The longest question that is taken in."""
MOST_CONNECTIONS = 64
"""How many may be asking at a time; with one more, whoever has been at it longest is turned away."""
MOST_ANSWERS = 2_000
"""After so many a companion ends as soon as nobody waits, with whatever memory it has lost; the next one is fresh."""
ANSWER_SECONDS = 30.0
"""How long one answer may take before the companion is ended for it."""
CROWDED_SECONDS = 0.01
"""How often somebody tries to get in while too many wait."""
PEER = struct.Struct("3i")
"""Process, user and group of the other side of a connection."""

Answering = Callable[[bytes], bytes]
Address = bytes | str

_address: Address | None = None


def belong_to(address: Address | None) -> None:
    """Let what is forked from this process ask the companion that listens there."""
    global _address  # noqa: PLW0603 - a process asks one companion
    _address = address


def ask(question: bytes, seconds: float) -> bytes | None:
    """The companion's answer; None where there is no companion, or none that answers within so many `seconds`."""
    if _address is None:
        return None
    deadline = time.monotonic() + seconds
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(seconds)
            _connect(connection, _address, deadline)
            frames.send(connection, QUESTION, question)
            reader = frames.Reader(connection)
            while not reader.ended:
                connection.settimeout(max(0.001, deadline - time.monotonic()))
                for kind, answer in reader.messages():
                    return answer if kind == ANSWER else None
    except OSError:
        pass
    return None


def _connect(connection: socket.socket, address: Address, deadline: float) -> None:
    """Connect, be there as many waiting as the listener takes. Raises OSError."""
    while True:
        try:
            connection.connect(address)
        except BlockingIOError:  # what a socket with a time limit is told instead of waiting for its turn
            if time.monotonic() > deadline:
                raise
            time.sleep(CROWDED_SECONDS)
        else:
            return


def serve(listener: socket.socket, make: str, server: int, ready: int) -> NoReturn:
    """Be the companion until the `server` ends, or until it is time for a fresh one.

    ready: the descriptor that is told when the function `make` has made it ready.
    """
    processes.die_with_parent(server)
    processes.go_first()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process whatever it is busy with
    module, name = make.split(":")
    answering: Answering = getattr(importlib.import_module(module), name)()
    os.write(ready, b"r")
    os.close(ready)
    asking = _Asking(listener)
    answers = 0
    while answers < MOST_ANSWERS or asking.readers:
        for connection, kind, question in asking.heard():
            answers += 1
            _answer(connection, answering, kind, question)
    os._exit(0)


class _Asking:
    """Those who are asking, each with as much of its question as has come."""

    def __init__(self, listener: socket.socket) -> None:
        self.readers: dict[socket.socket, frames.Reader] = {}
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)

    def heard(self) -> Iterator[tuple[socket.socket, bytes, bytes]]:
        """Wait for somebody; the connection, kind and content of each question that is whole. One is all there is."""
        for connection in [key.data for key, _ in self._selector.select()]:
            if connection is None:
                self._let_in()
            elif connection in self.readers:
                reader = self.readers[connection]
                questions = reader.messages()
                if questions:
                    yield connection, *questions[0]
                if questions or reader.ended:
                    self._see_out(connection)

    def _let_in(self) -> None:
        connection, _ = self._listener.accept()
        if not _same_user(connection):
            connection.close()
            return
        if len(self.readers) == MOST_CONNECTIONS:
            self._see_out(next(iter(self.readers)))
        self.readers[connection] = frames.Reader(connection, most=MOST_BYTES)
        self._selector.register(connection, selectors.EVENT_READ, data=connection)

    def _see_out(self, connection: socket.socket) -> None:
        del self.readers[connection]
        self._selector.unregister(connection)
        connection.close()


def _answer(connection: socket.socket, answering: Answering, kind: bytes, question: bytes) -> None:
    """Answer one question, unless it is nonsense; an answer that a socket cannot hold is cut off."""
    signal.setitimer(signal.ITIMER_REAL, ANSWER_SECONDS)
    try:
        if kind == QUESTION:
            answer = answering(question)
            connection.setblocking(False)
            frames.send(connection, ANSWER, answer)
    except Exception:  # noqa: BLE001, S110 - the question was nonsense, or who asked has gone: no answer says so
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _same_user(connection: socket.socket) -> bool:
    """Whether the other side of a connection belongs to the user of this process."""
    _, user, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return bool(user == os.geteuid())
