"""How the package builds its own charts: without altair's checks of each part.

altair holds every axis, scale and channel against Vega-Lite's schema when it is made, and again within whatever it
becomes a part of, which takes longer than all else. A chart of somebody else's is checked as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from altair.utils import schemapi


class _Building:
    """How many charts are being built just now, in any thread, and whether altair checked before the first of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.charts = 0
        self.checked_before = True


_building = _Building()


@contextmanager
def unchecked() -> Iterator[None]:
    """Have altair check nothing until its chart is asked for as a whole (`to_dict`), which then is checked.

    altair's setting holds for all threads, so that it is put back when the last of several charts is built.
    """
    with _building.lock:
        if not _building.charts:
            _building.checked_before = schemapi.DEBUG_MODE
            schemapi.DEBUG_MODE = False
        _building.charts += 1
    try:
        yield
    finally:
        with _building.lock:
            _building.charts -= 1
            if not _building.charts:
                schemapi.DEBUG_MODE = _building.checked_before
