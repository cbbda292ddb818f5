"""The warmed process: imports once what jobs need, then forks keepers, which fork jobs.

A `Nursery` starts it by `main([DESCRIPTOR, OWNER, COMPANION, WARM...])`: OWNER is the nursery's process; the socket
DESCRIPTOR brings one socket for every keeper that is wanted. COMPANION is what makes the jobs' companion, or empty.
WARM are modules to import, or functions ("module:name") to call, before the first fork.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

from tco.execution import companion, processes
from tco.execution.companions import Companion, Companions
from tco.execution.keeper import Keeper
from tco.quick_imports import import_jsonschema

KEEP, READY = b"k", b"r"
"""What the nursery asks for, with a socket: a keeper at its other end. What it is told once all is warm."""
OWNER_SECONDS = 0.1
"""How often the warming process looks whether its owner is still there."""
WHILE_WARMING = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Settings that keep numerical libraries and Arrow's allocator from starting threads when they are imported."""


def main(arguments: Sequence[str]) -> NoReturn:
    """Warm up and serve until the nursery closes or its process ends."""
    descriptor, owner, make_companion, *warm = arguments
    control = socket.socket(fileno=int(descriptor))
    processes.adopt_orphans()
    selector = selectors.DefaultSelector()
    try:
        selector.register(os.pidfd_open(int(owner)), selectors.EVENT_READ, data="gone")
    except ProcessLookupError:
        os._exit(0)
    ended, wakes = socket.socketpair()
    for end in (ended, wakes):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    selector.register(ended, selectors.EVENT_READ, data="child")
    keepers: set[int] = set()

    def forked(run: Callable[[], NoReturn]) -> int:
        return _forked(run, selector, control, ended, wakes)

    companions = Companions(make_companion, selector, forked)  # the first gets ready while this process warms up
    try:
        with _ending_with(int(owner)):
            _warm_up(warm)
    except BaseException:  # noqa: BLE001 - the nursery tells what went wrong
        os.write(2, traceback.format_exc().encode())  # sys.stderr may be a notebook's by now
        processes.end_children()
        os._exit(1)
    control.sendall(READY)
    selector.register(control, selectors.EVENT_READ, data="nursery")
    while True:
        ready = {key.data for key, _ in selector.select()}
        if "child" in ready:
            ended.recv(4096)
            keepers = _still_running(keepers)
            companions.reap()
            processes.end_children(spared=frozenset(keepers | companions.processes))
        if "gone" in ready:
            _leave(keepers)
        if "nursery" in ready:
            asked, sockets, _, _ = socket.recv_fds(control, 1, 1)
            if not asked:
                _leave(keepers)
            with socket.socket(fileno=sockets[0]) as connection:
                address = companions.address_for_one_more(len(keepers))
                keepers.add(forked(partial(_keep, connection, os.getpid(), int(owner), companions, address)))
        for one in ready:
            if isinstance(one, Companion):
                one.start()


@contextmanager
def _ending_with(owner: int) -> Iterator[None]:
    """End this process soon after the `owner`, its parent, has ended, while nothing listens for that."""
    signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == owner else os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, OWNER_SECONDS, OWNER_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _warm_up(warm: Sequence[str]) -> None:
    """Import and call what jobs will need. Raises RuntimeError where that started a thread: no fork would be safe."""
    gc.disable()  # what is loaded here stays
    given = {name: os.environ.get(name) for name in WHILE_WARMING}
    os.environ.update(WHILE_WARMING)
    import_jsonschema()
    for name in warm:
        module, _, function = name.partition(":")
        if function:
            getattr(importlib.import_module(module), function)()
        else:
            with contextlib.suppress(ImportError):  # whoever needs it says so better
                importlib.import_module(module)
    for name, value in given.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    if not processes.one_thread():
        raise RuntimeError(f"one of {', '.join(warm)} started a thread, after which no process can be forked safely")
    gc.freeze()
    gc.enable()


def _forked(run: Callable[[], NoReturn], selector: selectors.BaseSelector, *ends: socket.socket) -> int:
    """The process id of a new child that does `run`, without what belongs to this process."""
    child = os.fork()
    if not child:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in ends:
            end.close()
        selector.close()
        try:
            run()
        finally:
            os._exit(1)
    return child


def _keep(
    connection: socket.socket, server: int, owner: int, companions: Companions, address: companion.Address | None
) -> NoReturn:
    """Be a keeper, whose jobs can ask the companion at `address` but answer for none."""
    companions.forget()
    companion.belong_to(address)
    Keeper(connection, server, owner).serve()


def _still_running(keepers: set[int]) -> set[int]:
    """The keepers that have not ended; those that have are reaped."""
    return {keeper for keeper in keepers if not processes.has_ended(keeper)}


def _leave(keepers: set[int]) -> NoReturn:
    """Wait for the keepers, which end by themselves, then end whatever is left."""
    for keeper in keepers:
        os.waitpid(keeper, 0)
    processes.end_children()
    os._exit(0)
