"""A Dask cluster that is there already: which of its workers are fit, calls sent to them, results as they come.

A worker that would give other results (another version of `tco` or of a package, other facts) is refused by name and
gets no work, also when it joins later. A worker that dies loses nothing: Dask gives its calls to others. No more calls
are under way than keep the workers busy, so that millions of them wait here, in an iterator, and not in the scheduler.
"""

from __future__ import annotations

import logging
import pickle
import sys
import time
import uuid
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any, Self

from tco.cluster.calls import SOON, Call, results
from tco.cluster.carrying import DONE, REFUSED, carried
from tco.errors import InputError
from tco.report.basis import needed

CONNECTING = 10.0
"""Seconds in which a scheduler answers, at the start and after the connection was lost."""
JOINING = 60.0
"""Seconds in which a first fit worker joins, or another after the last one was lost."""
LOOKING = 3.0
"""Seconds between two looks at who has joined and left."""
CALLS_A_THREAD = 2
"""Calls under way for each thread of a worker: one at work and one that waits for it."""


class ClusterLost(RuntimeError):
    """The scheduler no longer answers, or no worker is left that is fit for the work."""


class WorkersEnded(RuntimeError):
    """Every worker that a call was given to has ended before it was done, and there will be no more tries."""


class Cluster:
    """A connection to the scheduler at `address`, to be used in a `with` statement.

    say: is told, in a sentence, of each worker that is refused; default: a line on stderr. Entering raises InputError
    where no scheduler answers, where Dask is not installed, or where no worker is fit.
    """

    def __init__(self, address: str, say: Callable[[str], None] | None = None):
        self.address = address
        self._say = say or _tell
        self._client: Any = None
        self._fit: set[str] = set()
        self._refused: dict[str, str] = {}
        self._threads = 0
        self._looked = self._fit_at = 0.0
        self._run, self._share = carried()
        self._numbers = count()
        self._mark = uuid.uuid4().hex

    def __enter__(self) -> Self:
        try:
            from distributed import Client
        except ImportError:
            raise InputError(
                "a Dask cluster needs the `dask` extra: pip install 'tco[dask]'", path="--dask", value=self.address
            ) from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it logs of a loss is told here
        try:
            self._client = Client(  # type: ignore[no-untyped-call]
                self.address, timeout=CONNECTING, set_as_default=False, name="tco"
            )
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"no Dask scheduler answers there ({error})", path="--dask", value=self.address) from None
        try:
            self._await_workers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; calls that have not begun are taken back."""
        if self._client is not None:
            with suppress(OSError, TimeoutError):
                self._client.close()
            self._client = None

    @property
    def workers(self) -> tuple[str, ...]:
        """The addresses of the workers that are fit, sorted."""
        return tuple(sorted(self._fit))

    @property
    def refused(self) -> dict[str, str]:
        """Why a worker is not fit, by its address."""
        return dict(self._refused)

    def results(self, calls: Iterable[Call], *, in_order: bool = False) -> Generator[tuple[Any, Any], None, None]:
        """The name of each call with its result, as they are done or in the order of the calls.

        A result is the exception itself where the call raised one, and WorkersEnded where Dask has given it up. Closing
        the iterator takes back what has not begun. Raises ClusterLost.
        """
        return results(self, calls, in_order=in_order)

    @property
    def most(self) -> int:
        """Calls that may be under way; none while nobody is fit to do them."""
        return self._threads * CALLS_A_THREAD

    @property
    def chosen(self) -> frozenset[str] | None:
        """The workers that may be given work, by their addresses; None where all may."""
        return frozenset(self._fit) if self._refused else None

    def stranded(self, only: frozenset[str] | None) -> bool:
        """Whether all who might do a call have left."""
        return only is not None and not only & self._fit

    def submitted(self, call: Call, shares: dict[bytes, Any], only: frozenset[str] | None) -> Any:
        """The future of a call, given to the workers of `only` or to any. Raises ClusterLost."""
        if self._client.status != "running":
            raise self._lost()
        if call.shared is not None and call.shared not in shares:
            shares[call.shared] = self._client.submit(
                self._share, call.shared, key=f"tco-shared-{self._mark}-{next(self._numbers)}", pure=False
            )
        shared = None if call.shared is None else shares[call.shared]
        argument = pickle.dumps(call.argument, protocol=pickle.HIGHEST_PROTOCOL)
        return self._client.submit(
            self._run,
            call.function,
            argument,
            shared,
            dict(needed()),
            key=("tco-" + self._mark, next(self._numbers)),
            workers=None if only is None else sorted(only),
            pure=False,
        )

    def answer(self, future: Any) -> tuple[str, Any]:
        """DONE and the result (or exception) of a future that is done, or REFUSED. Raises ClusterLost."""
        try:
            verdict, address, content = future.result()
        except CancelledError:
            raise self._lost() from None
        except Exception as error:
            if self._client.status != "running":
                raise self._lost() from error
            if type(error).__name__ == "KilledWorker":
                tries = getattr(error, "allowed_failures", 0) + 1
                error = WorkersEnded(f"each of the {tries} workers that it was given to ended before it was done")
            return DONE, error
        if verdict == REFUSED:
            self._refuse(address, content)
            return verdict, None
        return verdict, pickle.loads(content)  # noqa: S301 - from a worker of ours

    def _await_workers(self) -> None:
        """Wait for a first fit worker. Raises InputError where none joins, or only such as are refused."""
        until = time.monotonic() + JOINING
        while not self._fit:
            self.look(at_once=True)
            if self._fit:
                break
            if self._refused or time.monotonic() > until:
                reasons = "".join(f"\n  {address}: {reason}" for address, reason in self._refused.items())
                message = "no worker is fit to do it:" + reasons if reasons else "the scheduler has no worker"
                raise InputError(message, path="--dask", file=self.address)
            time.sleep(SOON)

    def look(self, *, at_once: bool = False) -> None:
        """See who has joined and who has left, now and then. Raises ClusterLost."""
        now = time.monotonic()
        if not at_once and now - self._looked < LOOKING:
            return
        self._looked = now
        try:
            workers = self._client.scheduler_info()["workers"]
            self._fit &= workers.keys()
            self._check(workers.keys() - self._fit - self._refused.keys())
        except (OSError, CancelledError) as error:
            raise self._lost() from error
        self._threads = sum(workers[address]["nthreads"] for address in self._fit & workers.keys())
        if self._fit:
            self._fit_at = now
        elif self._fit_at and now - self._fit_at > JOINING:
            raise ClusterLost(f"no worker of {self.address} is left that is fit for the work")

    def _check(self, joined: set[str]) -> None:
        """Ask workers that have joined what they have, and refuse those whose results would differ."""
        if not joined:
            return
        same = pickle.dumps(None)
        answers = self._client.run(
            self._run, "builtins:repr", same, None, dict(needed()), workers=sorted(joined), on_error="return"
        )
        for address, answer in answers.items():
            if isinstance(answer, OSError):  # it has left since
                continue
            if isinstance(answer, Exception):
                self._refuse(address, f"it cannot say what it has ({type(answer).__name__}: {answer})")
            elif answer[0] == REFUSED:
                self._refuse(address, answer[2])
            else:
                self._fit.add(address)

    def _refuse(self, address: str, reason: str) -> None:
        self._fit.discard(address)
        if address not in self._refused:
            self._refused[address] = reason
            self._say(f"worker {address} is refused: {reason}")

    def _lost(self) -> ClusterLost:
        return ClusterLost(f"the Dask scheduler at {self.address} no longer answers")


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
