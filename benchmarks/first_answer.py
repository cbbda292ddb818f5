"""How long a newcomer waits: for `import tco`, and for one comparison as a process of its own.

Run with `python benchmarks/first_answer.py`, or all of them with `make bench`.
"""

from __future__ import annotations

import sys

from measuring import process_seconds, report

LIMITS = {"import tco": 0.3, "tco compare params/quickstart.yaml": 1.5}


def main() -> int:
    """Print the times; the exit code is 1 where one is past its limit."""
    empty = process_seconds("-c", "pass")
    measured = {
        "an empty process": empty,
        "import tco": process_seconds("-c", "import tco") - empty,
        "import tco, with evaluate and compare": process_seconds("-c", "import tco; tco.evaluate; tco.compare") - empty,
        "tco compare params/quickstart.yaml": process_seconds("-m", "tco", "compare", "params/quickstart.yaml"),
    }
    return report("first_answer", measured, LIMITS)


if __name__ == "__main__":
    sys.exit(main())
