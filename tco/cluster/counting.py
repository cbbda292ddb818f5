"""A ledger whose draws are counted by the workers of a cluster: the same totals as here, to the last bit.

What travels is a recipe: the scenario and how the columns of the design are made, once to each worker, then the
numbers of the rows of each block. What comes back is the totals of a block, which are put together in the order of
the blocks, so that memory here does not grow with draws except for the totals that are kept.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from tco.catalog.prices import SETS_FOLDER
from tco.cluster.calls import Call
from tco.cluster.connection import Cluster
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.model.lines import lines_of
from tco.report.basis import PRICE_SETS, basis
from tco.sampling.designs import Block, Design, point
from tco.sampling.monte_carlo import Draws
from tco.scenario.scenario import Scenario

COUNTED = "tco.cluster.counting:counted"
RECIPE = "recipe"
JOBS = 4
"""Jobs that a worker keeps unpacked."""


def evaluate_on(cluster: Cluster, scenario: Scenario, design: Design | None = None) -> Ledger:
    """As `tco.evaluate`, with the rows of the design counted on a cluster; it stays open while the ledger is asked.

    Designs of one block are counted here. Raises InputError, UnknownPrice, and ClusterLost when totals are asked for
    and the cluster is gone. Newer price sets do not travel: InputError where a worker has others than are here.
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
    _, recipe = _packed(first)
    shared = pickle.dumps((work, recipe, basis()[PRICE_SETS]), protocol=pickle.HIGHEST_PROTOCOL)
    calls = (
        Call(range(block.first, block.first + block.rows), COUNTED, _packed(block)[0], shared)
        for block in chain([first, second], blocks)
    )
    for place, result in cluster.results(calls, in_order=True):
        if isinstance(result, Exception):
            raise result
        yield place, result


def counted(shared: bytes, block: bytes) -> Any:
    """What the job in `shared` gives for a packed block; runs on a worker. Raises InputError for other price sets."""
    work, recipe, price_sets = _job(shared)
    if price_sets != basis()[PRICE_SETS]:
        raise InputError("a worker has other price sets; name the same ones on every machine", path=SETS_FOLDER)
    return work(_Unpacker(io.BytesIO(block), recipe).load())


@lru_cache(maxsize=JOBS)
def _job(shared: bytes) -> tuple[Callable[[Block], Any], Draws | None, str]:
    work, recipe, price_sets = pickle.loads(shared)  # noqa: S301 - from the process that asks this worker
    return work, recipe, price_sets


def _packed(block: Block) -> tuple[bytes, Draws | None]:
    """A block pickled without the recipe of its columns, and that recipe."""
    packed = io.BytesIO()
    packer = _Packer(packed)
    packer.dump(block)
    return packed.getvalue(), packer.recipe


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.recipe: Draws | None = None

    def persistent_id(self, value: Any) -> str | None:
        if isinstance(value, Draws):
            self.recipe = value
            return RECIPE
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, recipe: Draws | None):
        super().__init__(file)
        self._recipe = recipe

    def persistent_load(self, _name: Any) -> Draws | None:
        return self._recipe
