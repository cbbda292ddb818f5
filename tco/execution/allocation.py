"""Keep memory that is freed, for what is asked for next.

The C library gives large blocks back to the system as soon as they are freed, and the system clears every page of
the next one again. An analysis asks for arrays of some megabytes by the thousand, so that this takes about a
thirtieth of a report's processor time. In a process that lives for one report there is nobody to give memory back to.
"""

from __future__ import annotations

import contextlib
import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""What glibc's `mallopt` calls M_TRIM_THRESHOLD and M_MMAP_THRESHOLD (malloc.h)."""
LARGEST_KEPT = 32 * 2**20
"""Bytes of a block that is kept when it is freed: the most that glibc takes for M_MMAP_THRESHOLD."""
MOST_KEPT = 2**30
"""Bytes of free memory at the end of the heap from which on some is given back after all."""


def keep_freed_memory() -> None:
    """Let this process and those forked from it keep what they free; nothing where the C library is not glibc."""
    with contextlib.suppress(AttributeError, OSError):  # no such function, or no such library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(TRIM_THRESHOLD, MOST_KEPT)
