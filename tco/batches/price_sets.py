"""The price sets that `TCO_PRICES` names, on their way to workers which have others or none.

They travel as bytes, once to each worker. A worker's process lays them out in a folder of its own, which its warmed
processes then have in force.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pickle
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from tco.catalog.prices import SETS_FOLDER
from tco.report.facts_in_force import FACT_SUFFIXES

_folders: dict[str, str] = {}
_held = ExitStack()
_lock = threading.Lock()


def packed() -> bytes:
    """The files of the price sets in force, to be laid out elsewhere; the same bytes for the same files."""
    named = os.environ.get(SETS_FOLDER, "")
    files = {}
    if named:
        root = Path(named)
        found = sorted(file for file in root.rglob("*") if file.suffix in FACT_SUFFIXES)
        files = {file.relative_to(root).as_posix(): file.read_bytes() for file in found}
    return pickle.dumps(files)


def laid_out(content: bytes) -> str:
    """The folder in which this process has the files of `content`, until it ends; empty where there are none."""
    files = pickle.loads(content)  # noqa: S301 - from who asks this worker
    if not files:
        return ""
    key = hashlib.sha256(content).hexdigest()
    with _lock:
        if key not in _folders:
            if not _folders:
                atexit.register(_held.close)
            folder = _held.enter_context(tempfile.TemporaryDirectory(prefix="tco-prices-"))
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
            _folders[key] = folder
        return _folders[key]
