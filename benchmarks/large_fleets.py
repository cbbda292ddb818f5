"""How evaluation grows with the fleet: scenarios of up to 10,000 groups of which no two are alike, and sweeps.

Every group has its own size, version, Region and workload, so that nothing can be shared by accident. Run with
`python benchmarks/large_fleets.py`, or all benchmarks with `make bench`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import best_of, report
from measuring.memory import run_measured

import tco

SIZES = (1_000, 2_000, 5_000, 10_000)
REPEATS = 3
VALUES = 200
COMPARED = 2_000
SECONDS, MEMORY = f"tco compare {COMPARED:,} unlike groups, 4,096 draws", "memory of its processes, GiB"
LIMITS = {
    "evaluate 10,000 unlike groups": 2.0,
    "10,000 groups over 1,000, per group": 1.5,
    SECONDS: 20.0,
    MEMORY: 1.5,
}


def unlike_groups(count: int) -> dict[str, Any]:
    """A scenario of `count` groups that differ in engine, version, Region, environment, size and load."""
    engines = (("mysql", "8.0"), ("mysql", "5.7"), ("postgresql", "13"), ("postgresql", "15"))
    regions = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")
    environments = ("production", "staging", "development")
    classes = ("db.r6g.large", "db.r6g.xlarge", "db.m6g.large", "db.m6g.xlarge")
    fleet = {}
    for number in range(count):
        engine, version = engines[number % len(engines)]
        fleet[f"group{number}"] = {
            "clusters": 1 + number % 7,
            "instances": 1 + number % 3,
            "engine": engine,
            "version": version,
            "region": regions[number // 4 % len(regions)],
            "environment": environments[number // 3 % len(environments)],
            "instance_class": classes[number // 5 % len(classes)],
            "storage_gb": 50 + number,
            "workload": {
                "reads_per_second": 10 + number % 997,
                "writes_per_second": 5 + number % 499,
                "item_bytes": 200 + number % 4001,
            },
        }
    return {
        "name": "unlike groups",
        "start": "2027-01",
        "months": 60,
        "prices_as_of": "2026-11-01",
        "fleet": fleet,
        "options": {
            "stay": {"platform": "rds", "deployment": "multi_az", "policy": "settled", "method": "in_place"},
            "automated": {"platform": "rds", "deployment": "multi_az", "policy": "settled", "method": "blue_green"},
            "dynamodb": {"platform": "dynamodb", "capacity": "on_demand"},
        },
    }


def compared(count: int) -> tuple[float, float]:
    """Seconds and GiB of `tco compare` on so many groups, with the default number of draws."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fleet.yaml")
        path.write_text(json.dumps(unlike_groups(count)), "utf-8")
        begun = time.perf_counter()
        _, memory = run_measured(sys.executable, "-m", "tco", "compare", str(path))
        return time.perf_counter() - begun, memory


def main() -> int:
    """Print the times; the exit code is 1 where one is past its limit."""
    measured = {}
    tco.evaluate(tco.load_scenario("quickstart"))
    for size in SIZES:
        scenario = tco.load_scenario(unlike_groups(size))
        measured[f"evaluate {size:,} unlike groups"] = best_of(lambda chosen=scenario: tco.evaluate(chosen), REPEATS)
    growth = measured["evaluate 10,000 unlike groups"] / measured["evaluate 1,000 unlike groups"] / 10
    measured["10,000 groups over 1,000, per group"] = growth
    measured["load 10,000 unlike groups"] = best_of(lambda: tco.load_scenario(unlike_groups(SIZES[-1])), 1)
    quickstart = tco.load_scenario("quickstart")
    design = tco.sweep(quickstart, "fleet_size", np.linspace(1, 1000, VALUES))
    measured[f"sweep quickstart over {VALUES} fleet sizes"] = best_of(
        lambda: tco.evaluate(quickstart, design).total("option", "npv"), REPEATS
    )
    measured[SECONDS], measured[MEMORY] = compared(COMPARED)
    return report("large_fleets", measured, LIMITS)


if __name__ == "__main__":
    sys.exit(main())
