"""A pass over the blocks of a design: a few blocks at a time, results in the order of the blocks.

Other processes share large designs (`tco.evaluation.workers`). Threads work on smaller ones; they compute at the same
time only where numpy runs outside Python's lock. At most one block per worker is in flight, so memory is bounded. The
result does not depend on who computed a block.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from queue import SimpleQueue
from typing import Any, TypeVar

from tco.evaluation.workers import Worker, processes, processors
from tco.sampling.designs import Block

Result = TypeVar("Result")
Hand = Callable[[Block], Result]
Pass = Callable[[Iterator[Block], Callable[[Block], Any], int], Iterator[tuple[range, Any]]]
"""What `over_blocks` is, here or wherever else the blocks are worked on."""

MOST_THREADS = 4
"""Beyond these, threads wait for Python's lock more than they compute."""
WORTH_PROCESSES = 200_000
"""Rows from which other processes save more time than they take to start."""
AHEAD = 4
"""Results that may wait for an earlier one, for each hand: a worker's first takes as long as it starts."""


def over_blocks(blocks: Iterator[Block], work: Callable[[Block], Result], rows: int) -> Iterator[tuple[range, Result]]:
    """The rows of each block with the result of `work` for it, in order. rows: of all blocks together.

    An exception of `work` is raised here. Raises InputError where TCO_PROCESSES is no number.
    """
    single, second = next(blocks, None), next(blocks, None)
    if single is None:
        return
    if second is None:
        yield _rows(single), work(single)
        return
    with ExitStack() as ending:
        hands = _hands(work, rows, ending)
        free: SimpleQueue[Hand[Result]] = SimpleQueue()
        for hand in hands:
            free.put(hand)

        def done(block: Block) -> Result:
            hand = free.get()
            try:
                return hand(block)
            finally:
                free.put(hand)

        coming = chain([single, second], blocks)
        del single, second  # a block holds the columns that were asked for
        waiting: deque[tuple[range, Future[Result]]] = deque()
        pool = ending.enter_context(ThreadPoolExecutor(len(hands)))
        ending.callback(pool.shutdown, wait=False, cancel_futures=True)
        for block in coming:
            waiting.append((_rows(block), pool.submit(done, block)))
            del block
            if len(waiting) == AHEAD * len(hands):
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()


def _rows(block: Block) -> range:
    return range(block.first, block.first + block.rows)


def _hands(work: Callable[[Block], Result], rows: int, ending: ExitStack) -> list[Hand[Result]]:
    """Who works at the same time: this process and others, or threads of this one."""
    if rows >= WORTH_PROCESSES and (others := processes() - 1):
        try:
            job = pickle.dumps(work)
        except (pickle.PickleError, AttributeError, TypeError):  # such as lines that a function of the caller makes
            pass
        else:
            workers = [Worker(work, job) for _ in range(others)]
            for worker in workers:
                ending.callback(worker.close)
            return [work, *workers]
    return [work] * min(MOST_THREADS, processors())
