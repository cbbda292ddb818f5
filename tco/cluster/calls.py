"""Calls to the workers of a cluster: no more under way than keep them busy, and each result exactly once."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sized
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from tco.cluster.carrying import REFUSED

PATIENCE = 3.0
"""Seconds to wait for a result before looking whether those who might give it are still there."""
SOON = 0.2
"""Seconds until the next try where nothing is under way."""


@dataclass(frozen=True)
class Call:
    """One thing to do on a worker.

    name: what it is called here. function: "module:name", called with `shared` (if there is any) and `argument`, which
    can be pickled. shared: what many calls have in common, as bytes; a worker gets them once.
    """

    name: Any
    function: str
    argument: Any
    shared: bytes | None = None


class Workers(Protocol):
    """Who does the calls; `tco.cluster.Cluster`."""

    @property
    def most(self) -> int:
        """Calls that may be under way."""
        ...

    @property
    def chosen(self) -> frozenset[str] | None:
        """The workers that may be given work; None where all may."""
        ...

    def look(self) -> None:
        """See who has joined and who has left, now and then."""

    def stranded(self, only: frozenset[str] | None) -> bool:
        """Whether all who might do a call have left."""
        ...

    def submitted(self, call: Call, shares: dict[bytes, Any], only: frozenset[str] | None) -> Any:
        """The future of a call."""
        ...

    def answer(self, future: Any) -> tuple[str, Any]:
        """Whether a call was done or refused, and its result."""
        ...


@dataclass(frozen=True)
class _Sent:
    """A call that is under way. only: the workers that may do it; None for any."""

    number: int
    call: Call
    only: frozenset[str] | None


def results(
    workers: Workers, calls: Iterable[Call], *, in_order: bool = False
) -> Generator[tuple[Any, Any], None, None]:
    """The name of each call with its result, as they are done or in the order of the calls.

    Calls are drawn as there is room for them. Closing the iterator takes back what has not begun.
    """
    if not in_order:
        with closing(_done(workers, calls, ())) as done:
            for _, call, result in done:
                yield call.name, result
        return
    place, early = 0, dict[int, tuple[Any, Any]]()
    with closing(_done(workers, calls, early)) as done:
        for number, call, result in done:
            early[number] = call.name, result
            while place in early:
                yield early.pop(place)
                place += 1


def _done(workers: Workers, calls: Iterable[Call], held: Sized) -> Generator[tuple[int, Call, Any], None, None]:
    """The number of each call, the call and its result, as they are done. held: results that wait for others."""
    pending, again, exhausted = enumerate(calls), deque[tuple[int, Call]](), False
    finished, under_way, shares = SimpleQueue[Any](), dict[Any, _Sent](), dict[bytes, Any]()
    try:
        while True:
            workers.look()
            while (again or not exhausted) and len(under_way) + len(held) < workers.most:
                waiting = again.popleft() if again else next(pending, None)
                if waiting is None:
                    exhausted = True
                    break
                sent = _Sent(*waiting, workers.chosen)
                future = workers.submitted(sent.call, shares, sent.only)
                under_way[future] = sent
                future.add_done_callback(finished.put)
            if exhausted and not under_way and not again:
                return
            try:
                future = finished.get(timeout=PATIENCE if under_way else SOON)
            except Empty:
                for future in [future for future, sent in under_way.items() if workers.stranded(sent.only)]:
                    sent = under_way.pop(future)
                    future.cancel()
                    again.append((sent.number, sent.call))
                continue
            if future not in under_way:  # taken back
                continue
            sent = under_way.pop(future)
            verdict, result = workers.answer(future)
            if verdict == REFUSED:
                again.append((sent.number, sent.call))
            else:
                yield sent.number, sent.call, result
    finally:
        for future in under_way:
            with suppress(Exception):
                future.cancel()
