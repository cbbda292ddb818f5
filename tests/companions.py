"""Companions of nurseries, and jobs that ask them as they should and as they should not."""

from __future__ import annotations

import os
import signal
import socket
import stat
import sys
import time
from typing import Any, NoReturn

from tco.execution import companion, frames, job

PATIENCE_SECONDS = 60.0


def ready() -> companion.Answering:
    """A companion that gives back how a question begins, and does its worst when asked to."""
    companion.ANSWER_SECONDS = 0.5
    return _answer


def ready_for_three() -> companion.Answering:
    """A companion that ends after three answers."""
    companion.MOST_ANSWERS = 3
    return _answer


def never_ready() -> NoReturn:
    """A companion that ends at once."""
    os._exit(3)


def not_ready() -> companion.Answering:
    """A companion that cannot be made."""
    raise RuntimeError("no companion here")


def _answer(question: bytes) -> bytes:
    if question == b"crash":
        os.abort()
    if question == b"hang":
        time.sleep(1000)
    if question == b"fail":
        raise ValueError
    if question == b"long":
        return bytes(100_000_000)
    return str(os.getpid()).encode() if question == b"process" else question[:100]


def asked(question: bytes) -> bytes | None:
    """A job: the companion's answer."""
    return companion.ask(question, PATIENCE_SECONDS)


def talked_nonsense(said: bytes) -> bytes:
    """A job: what the companion says to something that is no question."""
    with _connected() as connection:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(100)


def died_while_asking(_: Any) -> NoReturn:
    """A job that is killed when half of its question is said."""
    connection = _connected()
    connection.sendall(frames.HEADER.pack(companion.QUESTION, 1000) + b"half")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def crowded_out(_: Any) -> bytes | None:
    """A job that opens more connections than there may be and says nothing over them, then asks."""
    crowd = [_connected() for _ in range(companion.MOST_CONNECTIONS * 2)]
    answer = asked(b"in all this")
    for connection in crowd:
        connection.close()
    return answer


def asked_with_many_waiting(_: Any) -> bytes | None:
    """A job that keeps the companion busy, has as many wait at its door as there may be, then asks."""
    busy = _connected()
    frames.send(busy, companion.QUESTION, b"hang")
    crowd = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(companion.MOST_CONNECTIONS * 2)]
    for connection in crowd:
        connection.setblocking(False)
        connection.connect_ex(companion._address)
    return asked(b"at last")


def asked_without_descriptors(question: bytes) -> bytes | None:
    """A job that closes its descriptors, all but the one over which it tells its result, and then asks."""
    assert job._running is not None
    kept = job._running.connection.fileno()
    os.closerange(0, kept)
    os.closerange(kept + 1, 1000)
    return asked(question)


def listening(_: Any) -> list[int]:
    """A job: its descriptors that others could connect to."""
    found = []
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers, not paths
        try:
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
        except OSError:
            continue  # it was for the listing itself
        with socket.socket(fileno=os.dup(descriptor)) as copy:
            if copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.append(descriptor)
    return found


def drew(charts: list[dict[str, Any]]) -> bool:
    """A job: whether it had to start an engine of its own to have charts drawn."""
    from tco.report import chart_check

    chart_check.check_drawn(charts)
    return "vl_convert" in sys.modules


def drew_too_long(charts: list[dict[str, Any]]) -> None:
    """A job whose charts take longer to draw than it has time for."""
    from tco.report import chart_check

    chart_check.DRAWING_SECONDS = 0.2
    vars(chart_check)["_check_drawn_here"] = lambda _: time.sleep(1000)
    chart_check.check_drawn(charts)


def _connected() -> socket.socket:
    assert companion._address is not None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(companion._address)
    return connection
