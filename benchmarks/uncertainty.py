"""How fast draws are, how much memory they take, and how many fewer a Sobol sequence needs, on the quickstart.

Each large run is a process of its own, whose peak memory is measured from outside. Run with
`python benchmarks/uncertainty.py`, with `--long` for 10 million draws too; `make bench` runs all benchmarks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
from measuring import best_of, report

import tco

FEW, MANY, VERY_MANY = 10_000, 1_000_000, 10_000_000
SINGLE = 20
REPLICATES, DRAWS_OF_REPLICATES = 32, 1024
LIMITS = {
    f"{FEW:,} draws, sampling included": 0.3,
    f"{MANY:,} draws, sampling included": 10.0,
    "a draw among many over one alone, times": 0.01,
    f"peak memory of {MANY:,} draws, GiB": 1.0,
}
PROGRAM = """
import sys, time, tco
scenario = tco.load_scenario("quickstart")
tco.evaluate(scenario, tco.monte_carlo(scenario, 2000)).total()
begun = time.perf_counter()
tco.evaluate(scenario, tco.monte_carlo(scenario, int(sys.argv[1]), seed=7)).total()
print(time.perf_counter() - begun)
"""


def seconds_and_gib(draws: int) -> tuple[float, float]:
    """Seconds of so many draws in a process of their own, and its peak memory."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(draws)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seconds = float(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{draws:,} draws ended with {status}")
    return seconds, used.ru_maxrss / 2**20


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
    scenario = tco.load_scenario("quickstart")
    tco.evaluate(scenario, tco.monte_carlo(scenario, 2000)).total()
    few = best_of(lambda: tco.evaluate(scenario, tco.monte_carlo(scenario, FEW)).total())
    many, memory = seconds_and_gib(MANY)
    design = tco.monte_carlo(scenario, SINGLE)
    rows = [tco.replay(design.frame().iloc[[row]]) for row in range(SINGLE)]
    alone = best_of(lambda: [tco.evaluate(scenario, row).total() for row in rows]) / SINGLE
    measured = {
        f"{FEW:,} draws, sampling included": few,
        f"{MANY:,} draws, sampling included": many,
        f"{MANY:,} draws, sampling alone": sampling_seconds(scenario, MANY),
        "one draw evaluated alone": alone,
        "a draw among many over one alone, times": many / MANY / alone,
        f"peak memory of {MANY:,} draws, GiB": memory,
        "random draws for one Sobol row: right_sized": draws_saved(scenario, "right_sized", luck=True),
        "random draws for one Sobol row: DynamoDB": draws_saved(scenario, "dynamodb_on_demand", luck=True),
        "the same without luck: right_sized": draws_saved(scenario, "right_sized", luck=False),
        "the same without luck: DynamoDB": draws_saved(scenario, "dynamodb_on_demand", luck=False),
    }
    if "--long" in sys.argv:
        measured[f"{VERY_MANY:,} draws"], measured[f"peak memory of {VERY_MANY:,} draws, GiB"] = seconds_and_gib(
            VERY_MANY
        )
    return report("uncertainty", measured, LIMITS)


if __name__ == "__main__":
    sys.exit(main())
