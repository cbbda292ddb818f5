"""The engine against numpy written by hand for the quickstart alone, and against one draw at a time, side by side.

Both compute every line of the five options over 60 months, undiscounted and discounted, from the same given design, and
agree. Times are processor seconds, so that one thread and several compare; the hand-written model runs in the blocks
that suit it best. Making the design is told apart. Run with `python benchmarks/numpy_by_hand.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from measuring import report
from measuring.quickstart_by_hand import ByHand, Known

import tco
from tco.sampling.designs import Design

DRAWS = 98_304
ROWS_BY_HAND = 4_096
SINGLE = 20
REPEATS = 5
MICROSECONDS = 1e6
ENGINE, HAND = "the engine, the design given, us a draw", "numpy by hand, the design given, us a draw"
TIMES, AMONG = "the engine over numpy by hand, times", "a draw among many over one alone, times"
DIFFERENCE = "largest difference, as a part of the total"
LIMITS = {DIFFERENCE: 1e-6, TIMES: 3.0, AMONG: 0.01}


def processor_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The fewest processor seconds that `work` took."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def made(design: Design) -> None:
    """Make every column of a design, block by block."""
    for block in design.blocks():
        for path in block.columns:
            block.columns[path]


def main() -> int:
    """Print the numbers; the exit code is 1 where one is past its limit."""
    known = Known()
    scenario = known.scenario
    drawn = tco.monte_carlo(scenario, DRAWS, seed=7)
    frame = drawn.frame()
    given = tco.replay(frame)
    columns = {path: np.ascontiguousarray(frame[path].to_numpy()) for path in frame}

    def by_hand(first: int = 0, rows: int = ROWS_BY_HAND) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return ByHand(known, {path: column[first : first + rows] for path, column in columns.items()}).costs()

    def all_by_hand() -> None:
        for first in range(0, DRAWS, ROWS_BY_HAND):
            by_hand(first)

    ledger = tco.evaluate(scenario, given)
    costs, values, apart = ledger.total(), ledger.total(measure="npv"), 0.0
    for option, (cost, npv) in by_hand().items():
        for own, other in ((cost, costs[option]), (npv, values[option])):
            theirs = other.to_numpy()[:ROWS_BY_HAND]
            apart = max(apart, float(np.abs(own / theirs - 1).max()))
    rows = [tco.replay(frame.iloc[[row]]) for row in range(SINGLE)]
    engine = processor_seconds(lambda: tco.evaluate(scenario, given).total()) / DRAWS
    hand = processor_seconds(all_by_hand) / DRAWS
    alone = processor_seconds(lambda: [tco.evaluate(scenario, row).total() for row in rows]) / SINGLE
    sampling = processor_seconds(lambda: made(drawn), 2) / DRAWS
    return report(
        "numpy_by_hand",
        {
            DIFFERENCE: apart,
            ENGINE: engine * MICROSECONDS,
            HAND: hand * MICROSECONDS,
            TIMES: engine / hand,
            "one draw alone, us": alone * MICROSECONDS,
            AMONG: engine / alone,
            "making the design, us a draw": sampling * MICROSECONDS,
        },
        LIMITS,
        unit="",
    )


if __name__ == "__main__":
    sys.exit(main())
