"""Blocks of a design, evaluated in order: by this process alone, or for a large design by others, too.

The others are new interpreters (`spawn`), which is safe where threads run, as in a Jupyter kernel. They do not run the
caller's main module again, so that a script needs no main guard. What cannot be evaluated there is evaluated here:
results do not depend on where they come from, to the last bit.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, TypeVar

from tco.errors import InputError
from tco.sampling.designs import Block

Result = TypeVar("Result")
MapBlocks = Callable[[Iterator[Block], Callable[[Block], Any], int], Iterator[tuple[range, Any]]]
"""What `map_blocks` is, here or wherever else blocks are evaluated: it yields the rows of each block with the result of
a function for it, in order. Its last argument is the rows times groups of all blocks. The function can be pickled."""

VARIABLE = "TCO_PROCESSES"
"""The environment variable that states how many processes evaluate a large design; 1 for this one alone."""
MAX_PROCESSES = 4
"""Without the variable there are at most so many, on any machine: each takes some 200 MB."""
MIN_AMOUNTS = 1_000_000
"""Rows times groups from which other processes save more time than they take to start."""
LOOKAHEAD = 2
"""Blocks in flight for each other process: one that is evaluated and one that waits for it."""
MAX_WAITING = 8
"""Results for each process that may wait for an earlier one, so that memory is bounded."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of `mallopt` in the GNU C library: free memory from which it is returned, and size of own mappings."""

_work: Callable[[Block], Any]
"""In another process: the function that it evaluates blocks by."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes() -> int:
    """How many processes evaluate a large design: TCO_PROCESSES, else one a processor. Raises InputError."""
    stated = os.environ.get(VARIABLE, "").strip()
    if not stated:
        return min(processors(), MAX_PROCESSES)
    if not (stated.isascii() and stated.isdecimal()) or int(stated) < 1:
        raise InputError("the number of processes is a whole number from 1 up", path=VARIABLE, value=stated)
    return int(stated)


def map_blocks(
    blocks: Iterator[Block], work: Callable[[Block], Result], amounts: int
) -> Iterator[tuple[range, Result]]:
    """The rows of each block with the result of `work` for it, in order. amounts: rows times groups of all blocks.

    An exception of `work` is raised here. Raises InputError where TCO_PROCESSES is not a number of processes.
    """
    others = processes() - 1 if amounts >= MIN_AMOUNTS else 0
    job = _pickled(work) if others else None
    if job is None:
        yield from ((_rows(block), work(block)) for block in blocks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(others, context, initializer=_begin, initargs=(job,))
    waiting: deque[tuple[Block, Future[Result]]] = deque()
    try:
        for block in blocks:
            in_flight = sum(not future.done() for _, future in waiting)
            submitted = _submit(pool, block) if in_flight < LOOKAHEAD * others else None
            waiting.append((block, submitted or _done(work(block))))
            while waiting and (waiting[0][1].done() or len(waiting) > MAX_WAITING * (others + 1)):
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _rows(block: Block) -> range:
    return range(block.first, block.first + block.rows)


def _pickled(work: Callable[[Block], Any]) -> bytes | None:
    """The function as bytes; None for one that another process does not have, such as one of the main module."""
    with suppress(pickle.PickleError, AttributeError, TypeError):
        job = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
        return None if b"__main__" in job else job
    return None


def _submit(pool: ProcessPoolExecutor, block: Block) -> Future[Any] | None:
    """The block, sent to another process; None where none can be started or one has died."""
    with suppress(Exception), _main_module_hidden():
        return pool.submit(_evaluate, block)
    return None


def _done(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _result(work: Callable[[Block], Result], block: Block, future: Future[Result]) -> tuple[range, Result]:
    """The result for a block; evaluated here where another process failed, so that its error is raised here."""
    try:
        return _rows(block), future.result()
    except Exception:  # noqa: BLE001 - of any kind: the process was killed, or `work` raised it
        return _rows(block), work(block)


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Processes that are started inside do not run the caller's main module, which they know by file or name."""
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main.pop("__file__", None)
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)


def _begin(job: bytes) -> None:
    """Prepare another process: it ends with the one that started it, which alone handles interrupts."""
    global _work  # noqa: PLW0603 - of this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError, AttributeError, TypeError):  # keep freed memory for the next arrays: a tenth of the time
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, 2**25)
        library.mallopt(M_TRIM_THRESHOLD, 2**30)
    _work = pickle.loads(job)  # noqa: S301 - from the process that started this one


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _evaluate(block: Block) -> Any:
    return _work(block)
