"""How long bills take: one at a time, and a hundred thousand DynamoDB tables at once; and how long the prices load.

Run with `python benchmarks/bills_per_second.py`. Each time is the best of several, since the machine's other work only
ever adds to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import tco
from tco.catalog.prices import read_book

REPEATS = 5
TABLES = 100_000
FULL = f"{TABLES:,} with 20 fields"
ARRAYS = f"{TABLES:,} from arrays"
LIMITS = {"load the prices": 0.2, "one bill": 0.005, f"{TABLES:,} bills": 1.0, FULL: 1.0, ARRAYS: 1.0}
TABLE = {"reads_per_second": 50.0, "writes_per_second": 10.0, "item_bytes": 1500, "storage_gb": 20.0, "pitr_gb": 20.0}


def load_prices() -> object:
    """The book of prices, with the file of one service in one Region read."""
    return read_book.__wrapped__("").known("instance_class", service="AmazonRDS", region="us-east-1", item="instance")


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """The shortest time in seconds that `work` took."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def tables(count: int) -> pd.DataFrame:
    """Usages of `count` tables, no two alike, every other one with provisioned capacity."""
    random = np.random.default_rng(1)
    provisioned = np.arange(count) % 2 == 1
    return pd.DataFrame(
        {
            "capacity": np.where(provisioned, "provisioned", "on_demand"),
            "reads_per_second": np.where(provisioned, 0.0, random.uniform(0, 1000, count)),
            "writes_per_second": np.where(provisioned, 0.0, random.uniform(0, 100, count)),
            "rcu": np.where(provisioned, random.integers(1, 1000, count), 0),
            "wcu": np.where(provisioned, random.integers(1, 100, count), 0),
            "item_bytes": random.integers(1, 40_000, count),
            "storage_gb": random.uniform(0, 1000, count),
            "pitr_gb": random.uniform(0, 100, count),
        }
    )


def full_tables(count: int) -> pd.DataFrame:
    """The same tables with nearly every field that a bill can have: about ten lines a bill."""
    random = np.random.default_rng(2)
    shares = {name: random.uniform(0, 0.5, count) for name in ("eventual_read_share", "transactional_read_share")}
    amounts = ("backup_gb", "restore_gb", "export_gb", "import_gb", "transfer_gb")
    calls = ("stream_reads", "cdc_units")
    return tables(count).assign(
        table_class=random.choice(["standard", "standard_ia"], count),
        target_utilization=random.uniform(0.3, 0.9, count),
        free_tier=random.random(count) < 0.5,
        hours_per_month=random.choice([720.0, 730.0, 744.0], count),
        **shares,
        **{name: random.uniform(0, 100, count) for name in amounts},
        **{name: random.uniform(0, 1e7, count) for name in calls},
    )


def main() -> None:
    """Print each measured time beside the most it may take."""
    many, full = tables(TABLES), full_tables(TABLES)
    arrays = {name: many[name].to_numpy() for name in many}
    tco.price("dynamodb", TABLE, region="us-east-1")
    measured = {
        "load the prices": best_of(REPEATS, load_prices),
        "one bill": best_of(REPEATS, lambda: tco.price("dynamodb", TABLE, region="us-east-1", as_of="2026-10-01")),
        f"{TABLES:,} bills": best_of(
            REPEATS, lambda: tco.price("dynamodb", many, region="us-east-1", as_of="2026-10-01")
        ),
        FULL: best_of(REPEATS, lambda: tco.price("dynamodb", full, region="us-east-1", as_of="2026-10-01")),
        ARRAYS: best_of(REPEATS, lambda: tco.price("dynamodb", arrays, region="us-east-1", as_of="2026-10-01")),
    }
    for name, seconds in measured.items():
        print(f"{name:24} {seconds:8.4f} s   (at most {LIMITS[name]:g} s)")


if __name__ == "__main__":
    main()
