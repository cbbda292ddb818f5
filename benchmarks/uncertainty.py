"""How fast draws are, how much memory they take, and how many fewer a Sobol sequence needs, on the quickstart.

Each large run is a process of its own, whose memory is measured from outside, that of its workers added. Run with
`python benchmarks/uncertainty.py`, or with `--draws 10_000_000` for such a number of draws alone; `make bench` runs all
benchmarks.

In November 2026, on two processors that other programs used as well: 1,000,000 draws in 6.3 s (12 processor seconds)
and 0.85 GiB; 10,000,000 draws in 109 s (123 processor seconds) and 1.5 GiB, half of it the totals that are kept.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from measuring import best_of, report
from measuring.memory import GIB, run_measured

import tco

FEW, MANY = 10_000, 1_000_000
RUNS = 3
USED = "processor seconds of all processes"
MEMORY = "peak memory of all processes, GiB"
KEPT_NUMBERS = 5 * 2
"""The costs and present values of the five options, in each draw."""
SINGLE = 20
REPLICATES, DRAWS_OF_REPLICATES = 32, 1024
LIMITS = {
    f"{FEW:,} draws, sampling included, s": 0.3,
    f"{MANY:,} draws, sampling included, s": 10.0,
    "a draw among many over one alone, times": 0.01,
    MEMORY: 1.0,
}
PROGRAM = """
import os, sys, time, tco
scenario = tco.load_scenario("quickstart")
tco.evaluate(scenario, tco.monte_carlo(scenario, 2000)).total()
begun, used = time.perf_counter(), sum(os.times()[:4])
tco.evaluate(scenario, tco.monte_carlo(scenario, int(sys.argv[1]), seed=7)).total()
print(time.perf_counter() - begun, sum(os.times()[:4]) - used)
"""


def large_run(draws: int, repeats: int = 1) -> tuple[float, float, float]:
    """So many draws in processes of their own: seconds, processor seconds of them all, and GiB of them together.

    Of several runs the fewest seconds, and the most memory.
    """
    runs = [run_measured(sys.executable, "-c", PROGRAM, str(draws)) for _ in range(repeats)]
    seconds, used = zip(*(map(float, printed.split()) for printed, _ in runs), strict=True)
    return min(seconds), min(used), max(memory for _, memory in runs)


def sampling_seconds(scenario: tco.Scenario, draws: int) -> float:
    """Seconds to make every column of a design, block by block."""
    begun = time.perf_counter()
    for block in tco.monte_carlo(scenario, draws).blocks():
        for path in block.columns:
            block.columns[path]
    return time.perf_counter() - begun


def draws_saved(scenario: tco.Scenario, option: str, luck: bool) -> float:
    """How many times more random draws than Sobol rows give the same standard error of a mean difference."""
    variances = []
    for method in ("random", "sobol"):
        means = []
        for seed in range(REPLICATES):
            design = tco.monte_carlo(scenario, DRAWS_OF_REPLICATES, seed=seed, method=method, luck=luck)  # type: ignore[arg-type]
            totals = tco.evaluate(scenario, design).total()
            means.append(float((totals[option] - totals[scenario.reference_option]).mean()))
        variances.append(np.var(means, ddof=1))
    return float(variances[0] / variances[1])


def main() -> int:
    """Print the numbers; the exit code is 1 where one is past its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, help="so many draws alone, such as 10_000_000")
    if draws := parser.parse_args().draws:
        seconds, used, memory = large_run(draws)
        kept = draws * KEPT_NUMBERS * 8 / GIB
        measured = {
            f"{draws:,} draws, s": seconds,
            USED: used,
            MEMORY: memory,
            "of it 8 bytes for each total that is kept, GiB": kept,
        }
        return report(f"uncertainty_{draws}", measured, {}, unit="")
    scenario = tco.load_scenario("quickstart")
    tco.evaluate(scenario, tco.monte_carlo(scenario, 2000)).total()
    few = best_of(lambda: tco.evaluate(scenario, tco.monte_carlo(scenario, FEW)).total())
    many, used, memory = large_run(MANY, RUNS)
    design = tco.monte_carlo(scenario, SINGLE)
    rows = [tco.replay(design.frame().iloc[[row]]) for row in range(SINGLE)]
    alone = best_of(lambda: [tco.evaluate(scenario, row).total() for row in rows]) / SINGLE
    measured = {
        f"{FEW:,} draws, sampling included, s": few,
        f"{MANY:,} draws, sampling included, s": many,
        f"{MANY:,} draws, sampling alone, s": sampling_seconds(scenario, MANY),
        "one draw evaluated alone, s": alone,
        "a draw among many over one alone, times": many / MANY / alone,
        USED: used,
        MEMORY: memory,
        "random draws for one Sobol row: right_sized": draws_saved(scenario, "right_sized", luck=True),
        "random draws for one Sobol row: DynamoDB": draws_saved(scenario, "dynamodb_on_demand", luck=True),
        "the same without luck: right_sized": draws_saved(scenario, "right_sized", luck=False),
        "the same without luck: DynamoDB": draws_saved(scenario, "dynamodb_on_demand", luck=False),
    }
    return report("uncertainty", measured, LIMITS, unit="")


if __name__ == "__main__":
    sys.exit(main())
