"""What Linux offers to keep processes together: adoption of orphans, death with the parent, ending a whole family."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
FIRST_TO_GO = 500
"""Added to a job's badness, so that a machine out of memory ends the job and not whoever started it (0 to 1,000)."""


def supported() -> bool:
    """Whether this system has all that is needed here: Linux with fork, process descriptors and /proc."""
    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open") or not hasattr(os, "fork"):
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


def go_first() -> None:
    """Make this process and its children the first that a machine out of memory ends."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO), encoding="ascii")


def one_thread() -> bool:
    """Whether this process has one thread only, which alone makes a fork safe."""
    return len(list(Path("/proc/self/task").iterdir())) == 1


def children() -> set[int]:
    """The process ids of this process's children, adopted ones too."""
    me = os.getpid()
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and _parent(folder) == me:
            found.add(int(folder.name))
    return found


def end_children(spared: frozenset[int] = frozenset()) -> None:
    """End all children but those `spared`, and everything below them, and reap them."""
    while ending := children() - spared:
        for child in ending:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in ending:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def has_ended(child: int) -> bool:
    """Whether a child of this process has ended, which is then reaped; one that was stopped is ended for it.

    A job may stop by a signal what others wait for. The system tells of a child that stops as of one that ends.
    """
    ended, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
    if not ended or not os.WIFSTOPPED(status):
        return bool(ended)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return False


def end_group(group: int) -> None:
    """End every process of a process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _parent(folder: Path) -> int | None:
    """The parent's id in a /proc entry; None where the process has gone meanwhile."""
    try:
        text = (folder / "stat").read_bytes()
    except OSError:
        return None
    return int(text[text.rindex(b")") + 1 :].split()[1])


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
