"""The process table, as anybody sees it from outside, and processes that a test starts."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0


def alive(process: int) -> bool:
    """Whether a process is there; one that has ended and is not yet reaped is not."""
    return _status(process)[:1] not in ("", "Z", "X")


def children(process: int) -> set[int]:
    """The processes whose parent one is."""
    numbers = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    return {number for number in numbers if (status := _status(number)) and int(status.split()[1]) == process}


def descendants(process: int) -> set[int]:
    """All processes below one."""
    below = children(process)
    return below.union(*map(descendants, below))


def private_bytes(process: int) -> int:
    """Memory that a process shares with no other."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


@contextmanager
def started(arguments: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process of a test, killed when it ends: a test that fails meanwhile must not wait for it."""
    with subprocess.Popen(arguments, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def left_of(processes: Collection[int]) -> dict[int, str]:
    """Those of some processes that have not ended after a minute, each with its state, its parent and its program."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return {one: f"{_status(one)[:20]} {program(one)}" for one in processes if alive(one)}


def written(path: Path) -> str:
    """What another process writes into a file, once it is there; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text.strip()
        time.sleep(0.02)
    raise AssertionError(f"nobody wrote {path}")


def _status(process: int) -> str:
    """State, parent and so on of a process; `""` where it has gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    return text[text.rindex(")") + 2 :]


def program(process: int) -> str:
    """The words that a process was started with; `""` where it has gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
