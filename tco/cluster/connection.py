"""A connection to an existing Dask cluster: its workers are checked, calls are sent to them, results come back.

Every worker must have the versions, source code and facts of this process, because others would give other results.
Dask gives the calls of a worker that was lost to another one. Only as many calls are sent as keep the workers busy, so
an iterable of millions of arguments is held by neither this process nor the scheduler.
"""

from __future__ import annotations

import logging
import pickle
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from itertools import islice
from typing import Any, Self, TypeVar

from tco.errors import InputError
from tco.report.basis import needed

Argument = TypeVar("Argument")

CONNECTING = 10.0
"""Seconds in which a scheduler must answer."""
JOINING = 60.0
"""Seconds in which a first worker must join."""
LOOKING = 3.0
"""Seconds between two looks at how many threads the workers have."""
CALLS_PER_THREAD = 2
"""Calls that are sent for each thread of the workers: one that runs and one that waits."""


class ClusterLost(RuntimeError):
    """The scheduler no longer answers, or a worker has joined whose results would differ."""


class Cluster:
    """A connection to the scheduler at `address`, such as `tcp://scheduler:8786`; a context manager.

    Entering raises InputError if Dask is not installed, no scheduler answers, no worker joins, or a worker has other
    versions, source code or facts.
    """

    def __init__(self, address: str):
        self.address = address
        self._client: Any = None
        self._run = _run_by_value()
        self._expected = dict(needed())

    def __enter__(self) -> Self:
        try:
            from distributed import Client
        except ImportError:
            raise self._fault("a Dask cluster needs the `dask` extra: pip install 'tco[dask]'") from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost connection is raised here
        connect: Any = Client
        try:
            self._client = connect(self.address, timeout=CONNECTING, set_as_default=False, name="tco")
        except (OSError, ValueError, TypeError) as error:
            raise self._fault(f"no Dask scheduler answers there ({error})") from None
        try:
            self._check_workers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, TimeoutError):
            self._client.close()

    @property
    def workers(self) -> tuple[str, ...]:
        """The addresses of the workers, sorted."""
        return tuple(sorted(self._client.nthreads()))

    def results(
        self,
        function: Callable[..., Any],
        arguments: Iterable[Argument],
        shared: bytes | None = None,
        *,
        in_order: bool = False,
    ) -> Generator[tuple[Argument, Any], None, None]:
        """Call `function` on workers; yields each argument with its result, as they are done or in order.

        function: importable by its name, called with `shared`, if there is any, and an argument. shared: sent to each
        worker once. A result is the exception if the call raised one, or if it ran on several workers that were lost.
        Closing the generator cancels calls that have not started. Raises ClusterLost.
        """
        from distributed import as_completed

        client, coming, pending = self._client, iter(arguments), dict[Any, Argument]()
        done: Any = as_completed(None, client.loop)  # type: ignore[no-untyped-call]
        same = lambda content: content  # noqa: E731 - sent by value, as `self._run`
        common = () if shared is None else (client.submit(same, shared, key=f"tco-{uuid.uuid4()}"),)
        window, looked = 0, -LOOKING
        try:
            while True:
                if time.monotonic() - looked >= LOOKING:
                    window, looked = max(CALLS_PER_THREAD * sum(client.nthreads().values()), 1), time.monotonic()
                for argument in islice(coming, max(window - len(pending), 0)):
                    call = pickle.dumps((function, argument), protocol=pickle.HIGHEST_PROTOCOL)
                    future = client.submit(self._run, self._expected, call, *common, key=f"tco-{uuid.uuid4()}")
                    pending[future] = argument
                    if not in_order:
                        done.add(future)
                if not pending:
                    return
                future = next(iter(pending)) if in_order else next(done)
                result = self._result(future)
                yield pending.pop(future), result
        except OSError as error:
            raise self._lost() from error
        finally:
            with suppress(Exception):
                client.cancel(list(pending))

    def _result(self, future: Any) -> Any:
        """The result of a call, or the exception that it raised. Raises ClusterLost."""
        try:
            differences, result = future.result()
        except CancelledError:
            raise self._lost() from None
        except Exception as error:
            if self._client.status != "running":
                raise self._lost() from error
            return error
        if differences:
            raise ClusterLost(f"a worker has joined whose results would differ: {differences}")
        return result

    def _check_workers(self) -> None:
        """Wait for a first worker and compare all workers with this process. Raises InputError."""
        try:
            self._client.wait_for_workers(1, timeout=JOINING)
        except TimeoutError:
            raise self._fault("the scheduler has no worker") from None
        answers = self._client.run(self._run, self._expected, pickle.dumps((str, "")), on_error="return")
        differences = {
            address: answer[0] if isinstance(answer, tuple) else f"{type(answer).__name__}: {answer}"
            for address, answer in answers.items()
        }
        reasons = "".join(f"\n  {address}: {found}" for address, found in sorted(differences.items()) if found)
        if reasons:
            raise self._fault(f"the results of some workers would differ:{reasons}")

    def _fault(self, message: str) -> InputError:
        return InputError(message, path="--dask", file=self.address)

    def _lost(self) -> ClusterLost:
        return ClusterLost(f"the Dask scheduler at {self.address} no longer answers")


def _run_by_value() -> Callable[..., tuple[str, Any]]:
    """What a worker does for a call: a local function, which Dask sends by value, so that the scheduler needs no `tco`.

    For the same reason a call is sent as bytes.
    """

    def run(expected: Mapping[str, str], call: bytes, *shared: bytes) -> tuple[str, Any]:
        """Returns how this process differs from `expected`, or nothing and the call's result."""
        import pickle
        import platform

        try:
            from tco.report.basis import differences

            found = differences(expected)
        except ImportError as error:
            found = f"tco {expected['tco']} is not installed ({error})"
        if found:
            return f"{platform.node()} has {found}", None
        function, argument = pickle.loads(call)  # noqa: S301 - from the client of this worker
        return "", function(*shared, argument)

    return run
