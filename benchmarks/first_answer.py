"""How long the first answers take: importing the package, one comparison as a process, and large fleets.

Run with `make bench`. Each time is the best of several, since the machine's other work only ever adds to it. A fleet
of unlike groups has its own size, version, Region and workload in every group, so that nothing can be shared by
accident.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import tco

REPEATS = 5
SIZES = (1_000, 2_000, 5_000, 10_000)
LIMITS = {"import tco": 0.3, "tco compare quickstart": 1.5, "evaluate 10,000 unlike groups": 2.0}


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """The shortest time in seconds that `work` took."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def process_time(*arguments: str) -> float:
    """Seconds of a Python process with `arguments`, less those of an empty one where it only imports."""
    return best_of(REPEATS, lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL))


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


def main() -> int:
    """Print the times; the exit code is 1 where one is past its limit."""
    empty = process_time("-c", "pass")
    measured = {
        "import tco": process_time("-c", "import tco") - empty,
        "tco compare quickstart": process_time("-m", "tco", "compare", "quickstart"),
    }
    for size in SIZES:
        scenario = tco.load_scenario(unlike_groups(size))
        measured[f"evaluate {size:,} unlike groups"] = best_of(REPEATS, lambda chosen=scenario: tco.evaluate(chosen))
    slow = False
    for name, seconds in measured.items():
        limit = LIMITS.get(name)
        verdict = "" if limit is None else f"limit {limit} s" + ("" if seconds <= limit else "  TOO SLOW")
        slow = slow or (limit is not None and seconds > limit)
        print(f"{name:34s} {seconds:7.3f} s  {verdict}".rstrip())
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
