"""What this process computes with: versions of the packages, and the files of facts with their hashes and dates."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import io
import os
import platform
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tco import resources
from tco.catalog.prices import SETS_FOLDER

PACKAGES = ("tco", "numpy", "pandas", "pydantic", "altair", "vl-convert-python", "papermill", "nbconvert", "ipykernel")
LOAD_SHAPES = "params/load_shapes.yaml"
FACT_SUFFIXES = (".csv", ".yaml")
MOST_FILES = 256
"""Files of facts whose newest date is kept, as long as not a byte of them changes: reading all rows takes long."""
DATE_COLUMNS = ("observed_on", "as_of")


def data_files() -> dict[str, dict[str, str]]:
    """Every file of facts and assumptions in force: `sha256` and, where its rows are dated, the `newest` date.

    Those that come with the toolkit, and below `TCO_PRICES/` the newer price sets that this variable names.
    """
    found = {}
    for name, file in sorted(_fact_files()):
        content = file.read_bytes()
        newest = _newest_date(content) if file.suffix == ".csv" else ""
        found[name] = {"sha256": hashlib.sha256(content).hexdigest()} | ({"newest": newest} if newest else {})
    return found


def _fact_files() -> Iterator[tuple[str, Path]]:
    """The files of facts and assumptions, each with the name that it has in a manifest."""
    folders = {top: resources.path(top) for top in ("data", "params/baseline")}
    if sets := os.environ.get(SETS_FOLDER, ""):
        folders[SETS_FOLDER] = Path(sets)
    for top, root in folders.items():
        yield from (
            (f"{top}/{file.relative_to(root).as_posix()}", file)
            for file in root.rglob("*")
            if file.suffix in FACT_SUFFIXES
        )
    yield LOAD_SHAPES, resources.path(LOAD_SHAPES)


def versions() -> dict[str, str]:
    """Python and the packages that numbers and pictures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


@lru_cache(MOST_FILES)
def _newest_date(content: bytes) -> str:
    reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
    columns = [name for name in DATE_COLUMNS if name in (reader.fieldnames or [])]
    return max((row[name] for row in reader for name in columns if row[name]), default="")
