"""Work on an existing Dask cluster: its workers are checked, calls are sent to them, results come back.

`Cluster("tcp://scheduler:8786")` connects. Workers need the same `tco` as this process; the scheduler needs only Dask.
Every worker must have the versions, source code and facts of this process, because others would give other results.
Dask gives the calls of a worker that was lost to another one. Only as many calls are sent as keep the workers busy, so
an iterable of millions of arguments is held by neither this process nor the scheduler.

`evaluate_on` evaluates the draws of a ledger there, with the same totals as here, to the last bit: each worker gets the
scenario and the questions once, then the row numbers of blocks, and returns their totals, which are added up in order.
"""

from __future__ import annotations

import logging
import pickle
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Self

from tco.catalog.prices import SETS_FOLDER
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.model.lines import lines_of
from tco.report.basis import PRICE_SETS, basis, needed
from tco.sampling.designs import Block, Design, point
from tco.scenario.scenario import Scenario

__all__ = ["Cluster", "ClusterLost", "evaluate_on"]

CONNECTING, JOINING = 10.0, 60.0
"""Seconds in which a scheduler must answer, and in which a first worker must join."""
CALLS_PER_THREAD = 2
"""Calls that are sent for each thread of the workers: one that runs and one that waits."""
_unpickled = lru_cache(maxsize=4)(pickle.loads)
"""What a worker does for the last ledgers, with what that has cached."""


class ClusterLost(RuntimeError):
    """The scheduler no longer answers, or a worker has joined whose results would differ."""


class Cluster:
    """A connection to the scheduler at `address`, such as `tcp://scheduler:8786`; a context manager.

    Entering raises InputError if Dask is not installed, no scheduler answers, no worker joins, or a worker has other
    versions, source code or facts.
    """

    def __init__(self, address: str):
        def run(expected: Mapping[str, str], call: bytes, *shared: bytes) -> tuple[str, Any]:
            """What a worker does: says how it differs from `expected`, or nothing, and then gives the call's result.

            A local function is sent by value and a call as bytes, so that the scheduler needs no `tco`.
            """
            import pickle
            import platform

            try:
                from tco.report.basis import differences

                faults = differences(expected)
            except ImportError as error:
                faults = f"tco {expected['tco']} is not installed ({error})"
            if faults:
                return f"{platform.node()} has {faults}", None
            function, argument = pickle.loads(call)  # noqa: S301 - from the client of this worker
            return "", function(*shared, argument)

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
        self, function: Callable[..., Any], arguments: Iterable[Any], shared: bytes | None = None, ordered: bool = False
    ) -> Generator[tuple[Any, Any], None, None]:
        """Call `function` on workers; yields each argument with its result, as they are done or in order.

        function: importable by its name, called with `shared`, if there is any, and an argument. shared: sent to each
        worker once. A result is the exception if the call raised one, or if it ran on several workers that were lost.
        Closing the generator cancels calls that have not started. Raises ClusterLost.
        """
        from distributed import as_completed

        client, coming, pending = self._client, iter(arguments), dict[Any, Any]()
        done: Any = as_completed(None, client.loop)  # type: ignore[no-untyped-call]
        common = () if shared is None else (client.submit(bytes, shared, key=f"tco-{uuid.uuid4()}"),)
        try:
            while True:
                window = max(CALLS_PER_THREAD * sum(client.nthreads().values()), 1)
                for argument in islice(coming, max(window - len(pending), 0)):
                    call = pickle.dumps((function, argument), protocol=pickle.HIGHEST_PROTOCOL)
                    future = client.submit(self._run, self._expected, call, *common, key=f"tco-{uuid.uuid4()}")
                    pending[future] = argument
                    if not ordered:
                        done.add(future)
                if not pending:
                    return
                future = next(iter(pending)) if ordered else next(done)
                try:
                    differences, result = future.result()
                except Exception as error:
                    if isinstance(error, CancelledError) or client.status != "running":
                        raise self._lost() from error
                    differences, result = "", error
                if differences:
                    raise ClusterLost(f"a worker has joined whose results would differ: {differences}")
                yield pending.pop(future), result
        except OSError as error:
            raise self._lost() from error
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
        answers = self._client.run(self._run, self._expected, pickle.dumps((str, "")), on_error="return")
        for address, answer in sorted(answers.items()):
            fault = answer[0] if isinstance(answer, tuple) else f"{type(answer).__name__}: {answer}"
            reasons += f"\n  {address}: {fault}" if fault else ""
        if reasons:
            raise self._fault(f"the results of some workers would differ:{reasons}")

    def _fault(self, message: str) -> InputError:
        return InputError(message, path="--dask", file=self.address)

    def _lost(self) -> ClusterLost:
        return ClusterLost(f"the Dask scheduler at {self.address} no longer answers")


def evaluate_on(cluster: Cluster, scenario: Scenario, design: Design | None = None) -> Ledger:
    """As `tco.evaluate`, with the rows of the design evaluated on a cluster, which must stay open.

    Designs of one block are evaluated here. Raises InputError and UnknownPrice; asking for totals raises ClusterLost.
    Newer price sets are not sent: InputError if a worker has others than this process.
    """

    def over(blocks: Iterator[Block], work: Callable[[Block], Any], _amounts: int) -> Iterator[tuple[range, Any]]:
        """The rows of each block with the result of `work` for it, in order."""
        begun = list(islice(blocks, 2))
        results: Iterable[tuple[Block, Any]] = ((block, work(block)) for block in begun)
        if len(begun) > 1:
            job = pickle.dumps((work, basis()[PRICE_SETS]), protocol=pickle.HIGHEST_PROTOCOL)
            results = cluster.results(counted, chain(begun, blocks), job, ordered=True)
        for block, result in results:
            if isinstance(result, Exception):
                raise result
            yield range(block.first, block.first + block.rows), result

    return Ledger(scenario, design or point(scenario), lines_of, over=over)


def counted(job: bytes, block: Block) -> Any:
    """The result of a job for a block, on a worker. Raises InputError if the worker has other price sets."""
    work, price_sets = _unpickled(job)
    if price_sets != basis()[PRICE_SETS]:
        raise InputError("a worker has other price sets; name the same ones on every machine", path=SETS_FOLDER)
    return work(block)
