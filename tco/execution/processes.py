"""What Linux offers to keep processes together: adoption of orphans, death with the parent, ending all descendants."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
OOM_SCORE = 500
"""Added to a job's badness, so that a machine out of memory ends the job and not its caller (0 to 1,000)."""
WAIT_SECONDS = 0.001


def available() -> bool:
    """Whether this system has all that is needed here: Linux with fork, process descriptors (kernel 5.3) and /proc."""
    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return Path("/proc/self/stat").exists()


def adopt_orphans() -> None:
    """Let every descendant whose parent ends become a child of this process, instead of init's."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """End this process by SIGKILL when `parent`, which forked it, ends; at once if it has ended already."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def prefer_for_oom() -> None:
    """Make this process and its children the first that a machine out of memory ends."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")


def kill(process: int) -> None:
    """End a process by SIGKILL, if it is there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def end_children(parent: int, spared: Collection[int] = ()) -> None:
    """End all children of a process that adopts orphans, but those `spared`, and all their descendants."""
    while ending := [child for child in _running() if child[1] == parent and child[0] not in spared]:
        for process, _ in ending:
            kill(process)
        time.sleep(WAIT_SECONDS)


def is_stopped(process: int) -> bool:
    """Whether a process is suspended by a signal."""
    return _state_and_parent(process)[0] == "T"


def _running() -> list[tuple[int, int]]:
    """All processes that have not ended, each with its parent."""
    states = [(number, *_state_and_parent(number)) for name in os.listdir("/proc") if (number := _number(name))]  # noqa: PTH208 - names, not paths
    return [(process, parent) for process, state, parent in states if state not in ("", "Z", "X")]


def _number(name: str) -> int:
    return int(name) if name.isdecimal() else 0


def _state_and_parent(process: int) -> tuple[str, int]:
    """A process's state in one letter and its parent; an empty state where it has gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return "", 0
    state, parent = text[text.rindex(b")") + 1 :].split()[:2]
    return state.decode(), int(parent)


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
