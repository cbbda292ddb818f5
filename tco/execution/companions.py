"""The companions of the jobs below one warmed process: one for every few keepers, each started when it is needed.

The first is started at once, the others when a job asks them; one that has ended is started again when somebody asks.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections.abc import Callable
from typing import NoReturn

from tco.execution import companion, processes

KEEPERS_TO_ONE = 4
"""How many keepers share a companion. With many more, jobs that ask often would wait for each other."""

Forked = Callable[[Callable[[], NoReturn]], int]
"""Runs a function in a forked process and gives the id of that."""


class Companions:
    """All companions, as the process sees them that forks them.

    make: the function ("module:name") that makes one ready; empty for none at all. selector: tells, as its data, the
    `Companion` that somebody asks while it does not run.
    """

    def __init__(self, make: str, selector: selectors.BaseSelector, forked: Forked) -> None:
        self._make = make
        self._selector = selector
        self._forked = forked
        self._all: list[Companion] = []
        if make:
            self._add()
        if self._all:
            self._all[0].start()

    @property
    def processes(self) -> set[int]:
        """The process ids of those that run."""
        return {one.process for one in self._all if one.process is not None}

    def address_for_one_more(self, keepers: int) -> companion.Address | None:
        """Where the jobs of one more keeper ask, besides so many `keepers`; None where nobody is to be asked."""
        if not self._make:
            return None
        place = keepers // KEEPERS_TO_ONE
        if place == len(self._all):
            self._add()
        return self._all[place].address if place < len(self._all) else None

    def reap(self) -> None:
        """Note which have ended."""
        for one in self._all:
            one.reap()

    def _add(self) -> None:
        """One more that can be asked, if this system has such sockets, and more of them; jobs can do without."""
        with contextlib.suppress(OSError):
            self._all.append(Companion(self._make, self._selector, self._forked, self.forget))

    def forget(self) -> None:
        """Close, in a forked process, what could answer in the place of a companion or tell of it."""
        for one in self._all:
            one.forget()


class Companion:
    """One companion. address: where it listens. process: its id while it runs."""

    def __init__(self, make: str, selector: selectors.BaseSelector, forked: Forked, forget: Callable[[], None]) -> None:
        self.process: int | None = None
        self._make = make
        self._selector = selector
        self._forked = forked
        self._forget_all = forget
        self._can_start = True
        self._told_ready = -1
        self._listener = _listening()
        self.address: companion.Address = self._listener.getsockname()
        selector.register(self._listener, selectors.EVENT_READ, data=self)

    def start(self) -> None:
        """Start it, unless it runs or has shown that it cannot."""
        if self.process is not None or not self._can_start:
            return
        self._selector.unregister(self._listener)
        server = os.getpid()
        self._told_ready, ready = os.pipe()

        def serve() -> NoReturn:
            listener = self._listener.dup()
            self._forget_all()
            companion.serve(listener, self._make, server, ready)

        self.process = self._forked(serve)
        os.close(ready)

    def reap(self) -> None:
        """Note that it has ended, if it has; one that never got ready is not started again."""
        if self.process is None or not processes.has_ended(self.process):
            return
        self.process = None
        self._can_start = os.read(self._told_ready, 1) != b""
        os.close(self._told_ready)
        if self._can_start:
            self._selector.register(self._listener, selectors.EVENT_READ, data=self)
        else:
            self._listener.close()  # whoever asks is refused at once

    def forget(self) -> None:
        """Close, in a forked process, what is this one's."""
        self._listener.close()
        if self.process is not None:
            os.close(self._told_ready)


def _listening() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind("")  # Linux chooses a name that no file stands for
        listener.listen(companion.MOST_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    return listener
