"""Work on an existing Dask cluster: its workers are checked, calls are sent to them, results come back.

Every worker must have the versions, source code and facts of this process, because others would give other results;
the scheduler needs only Dask. Dask gives the calls of a lost worker to another one. Only as many calls are sent as keep
the workers busy, so an iterable of millions of arguments is held by neither this process nor the scheduler.

`evaluate_on` evaluates the draws of a ledger there, with the same totals as here, to the last bit: each worker gets the
scenario and the queries once, then the row numbers of blocks, and returns their totals, which are added up in order.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import Any, Self

from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.model.lines import lines_of
from tco.report.basis import basis, needed
from tco.sampling.designs import Block, Design, point
from tco.scenario.scenario import Scenario

__all__ = ["Cluster", "ClusterLost", "evaluate_on"]

CONNECTING, JOINING = 10.0, 60.0
"""Seconds in which a scheduler must answer, and in which a first worker must join."""
CALLS_PER_THREAD = 2
"""Calls that are sent for each thread of the workers: one that runs and one that waits."""
unpickled = lru_cache(maxsize=4)(pickle.loads)
"""On a worker: the last functions, with what they have cached."""


class ClusterLost(RuntimeError):
    """The scheduler no longer answers, or a worker has joined whose results would differ."""


class Cluster:
    """A connection to the scheduler at `address`, such as `tcp://scheduler:8786`; a context manager.

    Entering raises InputError without Dask, scheduler or worker, and for a worker of other versions, code or facts.
    """

    def __init__(self, address: str):
        def run(expected: Mapping[str, str], function: bytes, argument: bytes) -> tuple[str, Any]:
            """What a worker does: says how it differs from `expected`, or nothing, and then gives the call's result.

            A local function is sent by value and all else as bytes, so that the scheduler needs no `tco`.
            """
            import pickle
            import platform

            try:
                from tco.cluster import unpickled
                from tco.report.basis import differences

                faults = differences(expected)
            except ImportError as error:
                faults = f"tco {expected['tco']} is not installed ({error})"
            if faults:
                return f"{platform.node()} has {faults}", None
            return "", unpickled(function)(pickle.loads(argument))  # noqa: S301 - from the client of this worker

        self.address, self._run, self._expected = address, run, dict(needed())
        self._client: Any = None

    def __enter__(self) -> Self:
        try:
            from distributed import Client
        except ImportError:
            raise self._fault("a Dask cluster needs the `dask` extra: pip install 'tco[dask]'") from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost connection is raised here
        try:
            self._client = Client(self.address, timeout=CONNECTING, set_as_default=False, name="tco")  # type: ignore[no-untyped-call]
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
        self, function: Callable[[Any], Any], arguments: Iterable[Any], *, draws: bool = False
    ) -> Generator[tuple[Any, Any], None, None]:
        """Call `function`, which each worker gets once; yields each argument with its result, as they are done.

        draws: results come in order, from workers that have the price sets of this process, too. A result is the
        exception if the call raised one, or if it ran on several workers that were lost. Closing the generator cancels
        calls that have not started. Raises ClusterLost.
        """
        from distributed import as_completed

        client, waiting, pending = self._client, iter(arguments), dict[Any, Any]()
        done: Any = as_completed(None, client.loop)  # type: ignore[no-untyped-call]
        expected = basis() if draws else self._expected
        sent = client.submit(bytes, pickle.dumps(function), pure=False)
        try:
            while True:
                window = max(CALLS_PER_THREAD * sum(client.nthreads().values()), 1)
                for argument in islice(waiting, max(window - len(pending), 0)):
                    future = client.submit(self._run, expected, sent, pickle.dumps(argument), pure=False)
                    pending[future] = argument
                    if not draws:
                        done.add(future)
                if not pending:
                    return
                future = next(iter(pending)) if draws else next(done)
                try:
                    differences, result = future.result()
                except Exception as error:
                    if isinstance(error, CancelledError) or client.status != "running":
                        raise CancelledError from error
                    differences, result = "", error
                if differences:
                    raise ClusterLost(f"a worker has joined whose results would differ: {differences}")
                yield pending.pop(future), result
        except (OSError, CancelledError) as error:
            raise ClusterLost(f"the Dask scheduler at {self.address} no longer answers") from error
        finally:
            with suppress(Exception):
                client.cancel(list(pending))

    def _check_workers(self) -> None:
        """Wait for a first worker and compare all workers with this process. Raises InputError."""
        try:
            self._client.wait_for_workers(1, timeout=JOINING)
        except TimeoutError:
            raise self._fault("the scheduler has no worker") from None
        reasons = ""
        answers = self._client.run(self._run, self._expected, pickle.dumps(str), pickle.dumps(""), on_error="return")
        for address, answer in sorted(answers.items()):
            fault = answer[0] if isinstance(answer, tuple) else f"{type(answer).__name__}: {answer}"
            reasons += f"\n  {address}: {fault}" if fault else ""
        if reasons:
            raise self._fault(f"the results of some workers would differ:{reasons}")

    def _fault(self, message: str) -> InputError:
        return InputError(message, path="--dask", file=self.address)


def evaluate_on(cluster: Cluster, scenario: Scenario, design: Design | None = None) -> Ledger:
    """As `tco.evaluate`, with the rows of the design evaluated on a cluster, which must stay open.

    Raises InputError and UnknownPrice; asking for totals raises ClusterLost, also where a worker has other price sets
    than this process: these are not sent.
    """

    def over(blocks: Iterator[Block], work: Callable[[Block], Any], _amounts: int) -> Iterator[tuple[range, Any]]:
        """The rows of each block with the result of `work` for it, in order."""
        for block, result in cluster.results(work, blocks, draws=True):
            if isinstance(result, Exception):
                raise result
            yield range(block.first, block.first + block.rows), result

    return Ledger(scenario, design or point(scenario), lines_of, over=over)
