"""A pass over the blocks of a design: a few blocks at a time on threads, results in the order of the blocks.

Numbers are crunched outside Python's lock, so that two processors finish in a little more than half the time. No more
blocks are at work than there are threads, which is what keeps memory flat.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from tco.designs import Block

Result = TypeVar("Result")

MOST_THREADS = 4
"""Beyond these, threads wait for Python's lock more than they compute."""


def over_blocks(blocks: Iterator[Block], work: Callable[[Block], Result]) -> Iterator[tuple[Block, Result]]:
    """Each block with the result of `work` for it, in order. An exception of `work` is raised here."""
    single, second = next(blocks, None), next(blocks, None)
    if single is None:
        return
    if second is None:
        yield single, work(single)
        return
    coming = chain([single, second], blocks)
    del single, second  # a block holds the columns that were asked for
    threads = min(MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else MOST_THREADS)
    waiting: deque[tuple[Block, Future[Result]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for block in coming:
                waiting.append((block, pool.submit(work, block)))
                if len(waiting) == threads:
                    done, result = waiting.popleft()
                    yield done, result.result()
            while waiting:
                done, result = waiting.popleft()
                yield done, result.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
