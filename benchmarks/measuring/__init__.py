"""What the benchmarks share: the best of several times, and a table that is printed and kept as JSON.

Results go to `benchmarks/results/<subject>.json`, which git ignores: they say as much of the machine as of the code.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

RESULTS = Path(__file__).parent.parent / "results"
REPEATS = 5


def best_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest time in seconds that `work` took: the machine's other work only ever adds to it."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def process_seconds(*arguments: str) -> float:
    """Seconds of a Python process with `arguments`, its start included."""
    return best_of(lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL))


def report(
    subject: str,
    measured: Mapping[str, float],
    limits: Mapping[str, float],
    unit: str = "s",
    notes: Mapping[str, str] | None = None,
) -> int:
    """Print each number beside the most it may be, keep them as JSON with what is noted, and return 1 past a limit."""
    late = False
    for name, value in measured.items():
        limit = limits.get(name)
        over = limit is not None and value > limit
        late = late or over
        beside = "" if limit is None else f"   at most {limit:g}" + ("  TOO SLOW" if over else "")
        print(f"{name:46} {value:12.4g} {unit}{beside}")
    RESULTS.mkdir(exist_ok=True)
    kept = {"subject": subject, "unit": unit, "measured": dict(measured), "limits": dict(limits), "on": machine()}
    if notes:
        kept["notes"] = dict(notes)
    (RESULTS / f"{subject}.json").write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    return int(late)


def machine() -> dict[str, object]:
    """What the times depend on besides the code."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "system": platform.platform(),
        "processors": os.cpu_count(),
    }
