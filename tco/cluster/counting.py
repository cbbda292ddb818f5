"""A ledger whose draws are evaluated by the workers of a cluster, with the same totals as here, to the last bit.

Each worker gets the scenario and the questions once, then the row numbers of blocks, and returns the totals of each
block. They are added up in the order of the blocks, so memory here grows only with the totals that are kept.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from tco.catalog.prices import SETS_FOLDER
from tco.cluster.connection import Cluster
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.model.lines import lines_of
from tco.report.basis import PRICE_SETS, basis
from tco.sampling.designs import Block, Design, point
from tco.scenario.scenario import Scenario

_unpickled = lru_cache(maxsize=4)(pickle.loads)
"""Jobs of the last ledgers, with what they have cached."""


def evaluate_on(cluster: Cluster, scenario: Scenario, design: Design | None = None) -> Ledger:
    """As `tco.evaluate`, with the rows of the design evaluated on a cluster, which must stay open.

    Designs of one block are evaluated here. Raises InputError and UnknownPrice; asking for totals raises ClusterLost.
    Newer price sets are not sent: InputError if a worker has others than this process.
    """
    return Ledger(scenario, design or point(scenario), lines_of, over=partial(_over_blocks, cluster))


def _over_blocks(
    cluster: Cluster, blocks: Iterator[Block], work: Callable[[Block], Any], _rows: int
) -> Iterator[tuple[range, Any]]:
    """The rows of each block with the result of `work` for it, in order."""
    first, second = next(blocks, None), next(blocks, None)
    if first is None:
        return
    if second is None:
        yield range(first.first, first.first + first.rows), work(first)
        return
    job = pickle.dumps((work, basis()[PRICE_SETS]), protocol=pickle.HIGHEST_PROTOCOL)
    for block, result in cluster.results(counted, chain([first, second], blocks), job, in_order=True):
        if isinstance(result, Exception):
            raise result
        yield range(block.first, block.first + block.rows), result


def counted(job: bytes, block: Block) -> Any:
    """The result of a job for a block, on a worker. Raises InputError if the worker has other price sets."""
    work, price_sets = _unpickled(job)
    if price_sets != basis()[PRICE_SETS]:
        raise InputError("a worker has other price sets; name the same ones on every machine", path=SETS_FOLDER)
    return work(block)
