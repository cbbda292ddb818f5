"""What is written stays whole where the process is interrupted or killed.

Files and folders that are not whole yet have hidden names beside those that they will have, and are locked by the
process that writes them; what a killed process has left goes with the next one that writes the same.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    earlier = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler or signal.SIG_DFL)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """Make a folder where it is missing; it goes again where nothing came to be in it. Raises OSError."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for parent in missing:
            with suppress(OSError):  # it holds something
                parent.rmdir()


def locked(handle: int) -> bool:
    """Lock an open file or folder until it is closed or the process ends; False where another process has."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):  # or where the system has no such locks
        return False
    return True


def remove_left(folder: Path, prefix: str, suffix: str = "") -> None:
    """Remove what killed processes have left in a folder, by the beginning and end of its names."""
    for left in folder.iterdir() if folder.is_dir() else ():
        if not (left.name.startswith(prefix) and left.name.endswith(suffix)):
            continue
        with suppress(OSError):
            handle = os.open(left, os.O_RDONLY)
            try:
                if locked(handle):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            finally:
                os.close(handle)
