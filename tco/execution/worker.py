"""The processes of a pool, from inside: the server, a supervisor for each job, and the job itself.

The server is `multiprocessing`'s fork server: it imports once what jobs need and then forks supervisors. A supervisor
forks its job, waits until it ends or is to be ended, and ends every process that the job has started.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import NoReturn

import psutil

import tco

OWNER, PLACE, PRELOAD = "TCO_POOL_OWNER", "TCO_POOL_PLACE", "TCO_POOL_PRELOAD"
"""Variables of a server's environment: the process it works for, and its folder of sockets and temporary files; modules
to import, and functions to call.
"""
OWNER_SECONDS, LEAVING_SECONDS = 0.2, 5.0
"""How often the server looks whether its owner is still there, and how long its supervisors may then take to end."""
STOPPED_SECONDS = 1.0
"""How often it is looked for jobs, supervisors and servers that a notebook has stopped by a signal: they are ended."""
CERTAIN = 2
"""How often in a row the table of processes shows no child of another process before it counts as having none."""
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
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SIGNALLED = 128
"""Added to the number of a signal, it is the exit code of a supervisor whose job that signal has ended."""
OOM_SCORE = "500"
"""Added to a job's badness, so that a machine out of memory ends the job and not its caller (0 to 1,000)."""

_job = 0
"""The process that runs a job: this one, or the one it was forked from."""


@dataclass(frozen=True)
class Request:
    """A job on its way to its process. call: the pickled function and its arguments. environment: the job's.

    folder: where its temporary files go, removed when it has ended. memory_bytes: what the job may take for itself,
    beyond what it shares with the server; None is without limit.
    """

    call: bytes
    environment: Mapping[str, str]
    folder: str
    memory_bytes: int | None

    def _bootstrap(self, parent_sentinel: int) -> NoReturn:
        """Run in a process just forked: `multiprocessing` calls what it has unpickled by this name.

        parent_sentinel: becomes readable when the job is to be ended, or the pool's process has ended.
        """
        _supervise(self, parent_sentinel)


def available() -> bool:
    """Whether this system has all that is needed here: Linux with process descriptors (kernel 5.3) and /proc."""
    with contextlib.suppress(AttributeError, OSError):
        os.close(os.pidfd_open(os.getpid()))
        return Path("/proc/self/stat").exists()
    return False


def inside() -> bool:
    """Whether this process runs a job of a pool."""
    return _job == os.getpid()


def limit_time(seconds: int) -> None:
    """End this process if it is a job and goes on for so many `seconds`; 0 for any time."""
    if inside():
        signal.alarm(seconds)


def leave_job() -> None:
    """Be no longer a pool's job, nor able to speak for it: what follows in this process is a notebook's."""
    global _job  # noqa: PLW0603 - a process runs one job
    _job = 0
    for descriptor in forkserver.get_inherited_fds() or ():
        os.close(descriptor)


def die_with_parent(parent: int) -> None:
    """End this process by SIGKILL when `parent`, which forked it, ends; at once if it has ended already."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def use_default_signals() -> None:
    """Handle signals as a new interpreter does, whatever was inherited."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def end_children(parent: int, spared: frozenset[int] = frozenset()) -> None:
    """End all children of another process that adopts orphans, but those `spared`, and all their descendants."""
    seen_none = 0
    while seen_none < CERTAIN:
        ending = _children(parent) - spared
        seen_none = 0 if ending else seen_none + 1
        for child in ending:
            kill(child)
        time.sleep(0.001)


def _end_own_children() -> None:
    """End all children of this process, which adopts orphans, and all their descendants.

    A child may leave one of its own while the table is read, so that the table shows neither: only the kernel knows
    when there is none.
    """
    with contextlib.suppress(ChildProcessError):  # there is none
        while True:
            for child in _children(os.getpid()):
                kill(child)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.001)


def kill(process: int) -> None:
    """End a process by SIGKILL, if it is there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def has_ended(process: int) -> bool:
    """Whether a process is no longer there, or only until its parent takes note of its end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return True


def kill_stopped(processes: Iterable[int]) -> None:
    """End those of some processes that a signal has suspended."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(process).status() == psutil.STATUS_STOPPED:
                kill(process)


def _children(parent: int) -> set[int]:
    """The children of a process that have not ended, as far as the table of processes shows them."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return {child.pid for child in psutil.Process(parent).children() if not has_ended(child.pid)}
    return set()


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _serve(owner: int) -> None:
    """Prepare this process, a fork server just started: it belongs to no terminal, ends with its owner, has preloaded.

    Raises RuntimeError where preloading has started a thread: no fork would be safe.
    """
    os.setsid()
    open_nothing(1)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    server, place = os.getpid(), os.environ[PLACE]
    signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == owner else _leave(LEAVING_SECONDS, place))
    atexit.register(lambda: time.sleep(2 * OWNER_SECONDS) if os.getpid() == server else None)  # so that it is looked
    signal.setitimer(signal.ITIMER_REAL, OWNER_SECONDS, OWNER_SECONDS)
    warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")  # an orphan
    gc.disable()  # what is loaded here stays
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema would take a second for it
    os.environ.update(SINGLE_THREADED)
    for name in os.environ[PRELOAD].split():
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    sys.modules.pop("rfc3987_syntax", None)
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError(f"{os.environ[PRELOAD]} started a thread, after which no process can be forked safely")


def _leave(seconds: float = 0.0, place: str = "") -> NoReturn:
    """End this process and all below it; its children have some `seconds` to end and remove what is theirs.

    place: the folder of an owner that was killed, which it could not remove itself.
    """
    signal.setitimer(signal.ITIMER_REAL, 0)
    until = time.monotonic() + seconds
    while time.monotonic() < until and _children(os.getpid()):
        time.sleep(0.01)
    _end_own_children()
    if place:
        shutil.rmtree(place, ignore_errors=True)
    os._exit(1)


def _supervise(request: Request, to_be_ended: int) -> NoReturn:
    """Run the job in a child, and end it with all that it has started when it, its time or the server has ended.

    The exit code is the job's, or 128 and the signal that has ended the job.
    """
    try:
        server, supervisor = os.pidfd_open(os.getppid()), os.getpid()
        os.setsid()
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        gc.freeze()
        job = os.fork()
        if not job:
            _run(request, supervisor)
        watched = [os.pidfd_open(job), to_be_ended, server]
        while not connection.wait(watched, STOPPED_SECONDS):
            kill_stopped([job])
        kill(job)
        code = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
        _end_own_children()
        shutil.rmtree(request.folder, ignore_errors=True)
        os._exit(code if code >= 0 else SIGNALLED - code)
    finally:
        _leave()


def _run(request: Request, supervisor: int) -> NoReturn:
    """Run the job in this process and end it; its result or its error goes to the pool."""
    global _job  # noqa: PLW0603 - a process runs one job
    os.setsid()
    die_with_parent(supervisor)
    _job = os.getpid()
    try:
        _settle_in(request)
        function, arguments = pickle.loads(request.call)  # noqa: S301 - the caller's
        content = pickle.dumps(("done", function(*arguments)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is told
        content = _pickled(error)
    if inside():  # and not a process that the job has forked and that came back here
        (descriptor,) = forkserver.get_inherited_fds() or [-1]
        with contextlib.suppress(OSError), open(descriptor, "wb") as channel:  # noqa: PTH123 - of a descriptor
            channel.write(content)
    os._exit(0)


def _settle_in(request: Request) -> None:
    """Make the process a plain one: default signals, no input, its own random numbers, its environment and limits."""
    import resource

    use_default_signals()
    open_nothing(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
    os.environ.clear()
    os.environ.update({**request.environment, "TMPDIR": request.folder})
    tempfile.tempdir = None  # looked up again
    if PACKAGE_FOLDER not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        sys.path.remove(PACKAGE_FOLDER)
        sys.path.append(PACKAGE_FOLDER)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request.memory_bytes is not None:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        writable = int(status.partition("VmData:")[2].split()[0]) * 1024  # which is what the limit bounds
        most = writable + request.memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    gc.set_threshold(*COLLECTED_AFTER)
    gc.enable()


def open_nothing(descriptor: int) -> None:
    """Have a descriptor read nothing, and what is written to it forgotten."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def _pickled(error: BaseException) -> bytes:
    """The error in words, and itself where it can be pickled."""
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    try:
        content = pickle.dumps(("raised", text, error))
        pickle.loads(content)  # noqa: S301 - just made
    except BaseException:  # noqa: BLE001 - any error's own code runs here
        return pickle.dumps(("raised", text, None))
    return content


if owner := os.environ.get(OWNER):  # a pool's fork server imports this module, for what it does now
    if owner == str(os.getppid()):
        _serve(int(owner))
    elif has_ended(int(owner)):  # killed before this process could watch it
        shutil.rmtree(os.environ[PLACE], ignore_errors=True)
