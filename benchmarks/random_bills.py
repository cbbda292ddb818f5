"""Tries 10,000 random usages over all platforms: no negative line, no NaN, totals equal to the sums of lines, and no
amount whose growth makes a bill smaller. Prints how many bills that takes and how long.

Run with `python benchmarks/random_bills.py [seed]`; the usages are those of `tests/platforms/random_usages.py`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from platforms.random_usages import check_bills

from tco.platforms import platform_names

USAGES = 10_000


def main() -> None:
    """Check and print, platform by platform."""
    seed = int(sys.argv[1]) if sys.argv[1:] else 7
    names = platform_names()
    for name in names:
        begun = time.perf_counter()
        priced = check_bills(name, USAGES // len(names), seed)
        print(f"{name:18} {priced:7,} bills hold, in {time.perf_counter() - begun:6.2f} s")


if __name__ == "__main__":
    main()
