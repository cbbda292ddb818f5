"""A job from inside: the process it runs in, what it may use, and how it says where it has got to."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import random
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from tco.execution import frames, processes

STAGE, PROGRESS, RESULT, RAISED, TOO_MUCH = b"s", b"p", b"r", b"x", b"o"
"""What a job says: where it is (and for how long it may be), news for the caller, its result, its error, too much."""


@dataclass(frozen=True)
class Limits:
    """What one job may use; None is without limit.

    cell_seconds: time for one stage of the job, such as a cell of a notebook. output_bytes: text and data that a
    notebook's cells may put out, all together. memory_bytes: memory that the job may take for itself, beyond what it
    shares with the process it was forked from.
    """

    cell_seconds: float | None = None
    output_bytes: int | None = 200_000_000
    memory_bytes: int | None = None


COLLECTED_AFTER = (50_000, 20, 20)
"""New objects after which Python looks for unused ones, and how often before it looks at older ones, too.

A job lives for seconds: looking as often as Python's own 700 does takes a tenth of its time.
"""


@dataclass
class _Running:
    """The job that this process runs."""

    connection: socket.socket
    limits: Limits
    process: int
    afterwards: list[Callable[[], object]] = field(default_factory=list)


_running: _Running | None = None


def inside() -> bool:
    """Whether this process runs a job of a nursery."""
    return _running is not None and _running.process == os.getpid()


def limits() -> Limits:
    """The limits of the job that this process runs; no limits outside of one."""
    return _running.limits if _running is not None else Limits(output_bytes=None)


def stage(name: str, *, timed: bool = True, seconds: float | None = None) -> None:
    """Say what the job does from now on, such as `cell 7 of 31`.

    A timed stage may last `seconds`, or else `Limits.cell_seconds`. Without effect outside of a job.
    """
    if _running is not None and inside():
        seconds = (seconds or _running.limits.cell_seconds) if timed else None
        frames.send(_running.connection, STAGE, json.dumps([name, seconds]).encode())


def publish(news: Any) -> None:
    """Send something picklable to the nursery's `on_progress`; without effect outside of a job."""
    if _running is not None and inside():
        frames.send(_running.connection, PROGRESS, pickle.dumps(news))


def afterwards(function: Callable[[], object]) -> None:
    """Have `function` called once the job's result is said; it has a few seconds, and its errors count for nothing."""
    if _running is not None and inside():
        _running.afterwards.append(function)


def put_out_too_much() -> NoReturn:
    """End the job because its output passed the limit."""
    if _running is not None and inside():
        frames.send(_running.connection, TOO_MUCH)
    os._exit(1)


def run(connection: socket.socket, keeper: int, function: str, argument: bytes, limits: Limits) -> NoReturn:
    """Run `function` ("module:name") in this freshly forked process and end it; says the result over `connection`."""
    global _running  # noqa: PLW0603 - a process runs one job
    os.setsid()
    processes.die_with_parent(keeper)
    processes.go_first()
    _running = _Running(connection, limits, os.getpid())
    kind, payload = RAISED, b""
    try:
        _settle_in(limits)
        module, name = function.split(":")
        result = getattr(importlib.import_module(module), name)(pickle.loads(argument))  # noqa: S301 - the caller's
        if os.getpid() != _running.process:
            os._exit(0)  # a process that the job forked came back here; only the job itself has a result
        kind, payload = RESULT, pickle.dumps(result)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is told
        if os.getpid() != _running.process:
            os._exit(1)
        payload = _pickled(error)
    with contextlib.suppress(BaseException):
        frames.send(connection, kind, payload)
        for last in _running.afterwards:
            last()
    os._exit(0)


def _settle_in(limits: Limits) -> None:
    """Make the process a plain one: default signals, no input, its own random numbers, its limits."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.memory_bytes is not None:
        most = _writable_bytes() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    gc.set_threshold(*COLLECTED_AFTER)
    gc.enable()


def _writable_bytes() -> int:
    """The size of this process's writable memory, which is what RLIMIT_DATA bounds."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _pickled(error: BaseException) -> bytes:
    """The error for the caller, with a copy of its text where the error itself cannot travel."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    try:
        carried = pickle.dumps((text, error))
        pickle.loads(carried)  # noqa: S301 - just made
    except BaseException:  # noqa: BLE001 - any error's own code runs here
        return pickle.dumps((text, None))
    return carried
