"""The processes of a pool, from inside: the server, a supervisor for each job, and the job itself.

The server is `multiprocessing`'s fork server: it imports once what jobs need and then forks supervisors. A supervisor
forks its job, waits until it ends or is to be ended, and ends every process that the job has started.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import os
import pickle
import random
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import tco
from tco.execution import processes

OWNER, PRELOAD = "TCO_POOL_OWNER", "TCO_POOL_PRELOAD"
"""Variables of a server's environment: the process it works for; modules to import, and functions to call."""
OWNER_SECONDS = 0.2
"""How often the server looks whether its owner is still there."""
PACKAGE_FOLDER = str(Path(tco.__file__).parent.parent)
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Settings that keep numerical libraries and Arrow's allocator from starting threads when they are imported."""
COLLECTED_AFTER = (50_000, 20, 20)
"""Thresholds of garbage collection in a job, which lives for seconds: Python's own take a tenth of its time."""


@dataclass(frozen=True)
class Limits:
    """What one job may use; None is without limit.

    output_bytes: text and data that a notebook's cells may put out, all together. memory_bytes: memory that the job may
    take for itself, beyond what it shares with the server.
    """

    output_bytes: int | None = 200_000_000
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Request:
    """A job on its way to its process. call: the pickled function and its arguments. environment: the job's."""

    call: bytes
    limits: Limits
    environment: Mapping[str, str]

    def _bootstrap(self, parent_sentinel: int) -> NoReturn:
        """Run in a process just forked: `multiprocessing` calls what it has unpickled by this name.

        parent_sentinel: becomes readable when the job is to be ended, or the pool's process has ended.
        """
        (descriptor,) = forkserver.get_inherited_fds() or [-1]
        _supervise(self, parent_sentinel, open(descriptor, "wb"))  # noqa: PTH123, SIM115 - open until the process ends


@dataclass
class _Job:
    """The job that this process runs."""

    channel: BinaryIO
    limits: Limits
    process: int
    last: list[Callable[[], object]] = field(default_factory=list)
    put_out: int = 0


_job: _Job | None = None
_variables: dict[str, str] = {}
"""What preloading has set in the environment, as a Jupyter kernel does."""


def inside() -> bool:
    """Whether this process runs a job of a pool."""
    return _job is not None and _job.process == os.getpid()


def stage(name: str, seconds: float | None = None) -> None:
    """Say what the job does from now on, such as `cell 7 of 31`, and how long that may take; without effect outside."""
    _send("stage", name, seconds)


def publish(news: Any) -> None:
    """Send something picklable to the pool's `on_news`; without effect outside of a job."""
    _send("news", news)


def afterwards(function: Callable[[], object]) -> None:
    """Have `function` called once the job's result is sent; it has a few seconds, and its errors are ignored."""
    if _job is not None:
        _job.last.append(function)


def count_output(size: int) -> None:
    """Add to what the job has put out; ends its process when that passes the limit."""
    if _job is not None and _job.limits.output_bytes is not None:
        _job.put_out += size
        if _job.put_out > _job.limits.output_bytes:
            _send("output")
            os._exit(1)


def encoded(*message: Any) -> bytes:
    """A message on a line of its own, whatever a process that was killed left before it."""
    return b"\n" + base64.b64encode(pickle.dumps(message)) + b"\n"


def _send(*message: Any) -> None:
    if _job is not None and inside():
        _write(_job.channel, encoded(*message))


def _write(channel: BinaryIO, line: bytes) -> None:
    channel.write(line)
    channel.flush()


def _serve(owner: int) -> None:
    """Prepare this process, a fork server just started: it belongs to no terminal, ends with its owner, has preloaded.

    Raises RuntimeError where preloading has started a thread: no fork would be safe.
    """
    os.setsid()
    _open_nothing(1)
    processes.adopt_orphans()
    signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == owner else _leave())
    signal.setitimer(signal.ITIMER_REAL, OWNER_SECONDS, OWNER_SECONDS)
    warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")  # an orphan
    gc.disable()  # what is loaded here stays
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema would take a second for it
    os.environ.update(SINGLE_THREADED)
    before, preload = dict(os.environ), os.environ[PRELOAD].split()
    for name in preload:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    sys.modules.pop("rfc3987_syntax", None)
    _variables.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError(f"one of {', '.join(preload)} started a thread, after which no process can be forked safely")


def _leave() -> NoReturn:
    """End this process and all below it."""
    processes.end_children(os.getpid())
    os._exit(0)


def _supervise(request: Request, to_be_ended: int, channel: BinaryIO) -> NoReturn:
    """Run the job in a child, end it when it is to be ended or the server has ended, and all that it has started."""
    try:
        server = os.pidfd_open(os.getppid())
        os.setsid()
        processes.adopt_orphans()
        gc.freeze()
        supervisor = os.getpid()
        job = os.fork()
        if not job:
            _run(request, channel, supervisor)
        connection.wait([os.pidfd_open(job), to_be_ended, server])
        processes.kill(job)
        _, status = os.waitpid(job, 0)
        processes.end_children(supervisor)
        _write(channel, encoded("ended", status))
    finally:
        _leave()


def _run(request: Request, channel: BinaryIO, supervisor: int) -> NoReturn:
    """Run the job in this process and end it; the result is sent over `channel`."""
    global _job  # noqa: PLW0603 - a process runs one job
    os.setsid()
    processes.die_with_parent(supervisor)
    processes.prefer_for_oom()
    _job = _Job(channel, request.limits, os.getpid())
    try:
        _settle_in(request)
        function, arguments = pickle.loads(request.call)  # noqa: S301 - the caller's
        line = encoded("done", function(*arguments))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is told
        line = encoded("raised", f"{type(error).__name__}: {error}".removesuffix(": "), _portable(error))
    if not inside():
        os._exit(0)  # a process that the job forked came back here; only the job itself has a result
    with contextlib.suppress(BaseException):
        _write(channel, line)
        for last in _job.last:
            last()
    os._exit(0)


def _settle_in(request: Request) -> None:
    """Make the process a plain one: default signals, no input, its own random numbers, its environment and limits."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _open_nothing(0)
    os.environ.clear()
    os.environ.update({**request.environment, **_variables})
    if PACKAGE_FOLDER not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        sys.path.remove(PACKAGE_FOLDER)
        sys.path.append(PACKAGE_FOLDER)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request.limits.memory_bytes is not None:
        most = _writable_bytes() + request.limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    gc.set_threshold(*COLLECTED_AFTER)
    gc.enable()


def _open_nothing(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def _writable_bytes() -> int:
    """The size of this process's writable memory, which is what RLIMIT_DATA bounds."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _portable(error: BaseException) -> BaseException | None:
    """The error, if it can be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - just made
    except BaseException:  # noqa: BLE001 - any error's own code runs here
        return None
    return error


if os.environ.get(OWNER) == str(os.getppid()):  # a pool's fork server imports this module, for what it does now
    _serve(os.getppid())
