"""Memory of a process and of those that it starts, measured from outside: looked up many times a second in /proc."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PAUSE = 0.05
"""Seconds between two looks."""
GIB = 2**30


def run_measured(*command: str) -> tuple[str, float]:
    """What a command prints, and the most memory in GiB that it and its descendants held at one time.

    Pages that several processes share are divided among them. Raises SystemExit where the command fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_proportional, _with_descendants(process.pid))))
        time.sleep(PAUSE)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    assert process.stdout is not None
    return process.stdout.read(), most / GIB


def _with_descendants(process: int) -> list[int]:
    found = [process]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:  # it has ended
                continue
    return found


def _proportional(process: int) -> int:
    """Bytes of a process, its part of shared pages among them; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
