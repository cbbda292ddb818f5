"""What this process computes with: versions of the packages, and the files of facts with their hashes and dates."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import os
import platform
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tco import resources
from tco.catalog.price_rows import PriceTables, shipped_folder
from tco.catalog.prices import SETS_FOLDER

PACKAGES = ("tco", "numpy", "pandas", "pydantic", "altair", "vl-convert-python", "papermill", "nbconvert", "ipykernel")
LOAD_SHAPES = "params/load_shapes.yaml"
FACT_SUFFIXES = (".csv", ".yaml")
MAX_FILES = 1024
"""Files of facts whose newest date is cached, as long as not a byte of them changes: reading all rows takes long."""
DATE_COLUMNS = ("observed_on", "as_of")


def data_files() -> dict[str, dict[str, str]]:
    """Every file of facts and assumptions in force: `sha256` and, where its rows are dated, the `newest` date.

    Those that come with the toolkit, and below `TCO_PRICES/` the newer price sets that this variable names. The prices
    of a service, a file for each Region, are one entry under the name of their folder.
    """
    found: dict[str, dict[str, str]] = {}
    for name, files in sorted(_fact_files().items()):
        hashes = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}
        newest = max(_newest_date(file, sha256) for file, sha256 in hashes.items())
        listed = "".join(f"{file.name} {sha256}\n" for file, sha256 in hashes.items())
        whole = hashes[files[0]] if len(files) == 1 else hashlib.sha256(listed.encode()).hexdigest()
        found[name] = {"sha256": whole} | ({"newest": newest} if newest else {})
    return found


def _fact_files() -> Mapping[str, list[Path]]:
    """The files of facts and assumptions by the name that they have in a manifest."""
    found = defaultdict(list, {LOAD_SHAPES: [resources.path(LOAD_SHAPES)]})
    folders = {top: resources.path(top) for top in ("data", "params/baseline")}
    if sets := os.environ.get(SETS_FOLDER, ""):
        folders[SETS_FOLDER] = Path(sets)
    services = {shipped_folder() / service for service, _ in PriceTables(shipped_folder()).places}
    for top, root in folders.items():
        for file in root.rglob("*"):
            if file.suffix in FACT_SUFFIXES:
                named = file.parent if file.parent in services else file
                found[f"{top}/{named.relative_to(root).as_posix()}"].append(file)
    return found


def versions() -> dict[str, str]:
    """Python and the packages that numbers and pictures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


@lru_cache(MAX_FILES)
def _newest_date(file: Path, sha256: str) -> str:  # noqa: ARG001 - tells one content from another in the cache
    """The newest date of a table's rows; empty where they have none."""
    if file.suffix != ".csv":
        return ""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened)
        places = [place for place, name in enumerate(next(rows, [])) if name in DATE_COLUMNS]
        return max((row[place] for row in rows for place in places), default="")
