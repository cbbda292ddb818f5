"""Memory that is freed and asked for again is not fetched from the system again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from tco.execution.allocation import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        [np.ones((60, 16_000)) for _ in range(10)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked to keep memory")
def test_arrays_of_many_megabytes_are_fetched_once() -> None:
    """Ten arrays of 7.7 MB, twenty times over, are 375,000 pages of 4 kB, of which none is new but the first time."""
    found = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True, timeout=60)
    assert int(found.stdout) < 1000


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from tco.execution import allocation

    monkeypatch.setattr(allocation.ctypes, "CDLL", lambda _: object())
    allocation.keep_freed_memory()
