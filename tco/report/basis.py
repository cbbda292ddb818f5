"""What decides whether two machines make the same report to the last byte: versions, source code, files of facts.

A batch makes a report again where its basis has changed, and a worker whose basis differs gets no work. A manifest
lists the same versions and files.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import os
import platform
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from tco import resources
from tco.catalog.price_rows import PriceTables, shipped_folder
from tco.catalog.prices import SETS_FOLDER

CODE, FACTS, PRICE_SETS = "source code", "facts", "price sets"
CODE_SUFFIXES, FACT_SUFFIXES = (".py", ".j2", ".css", ".js"), (".csv", ".yaml")
"""Files of the package that results and pages are made by; files of facts and assumptions."""
SHOWN = 12
"""Characters of a hash that tell two apart in a message."""
PACKAGES = ("tco", "numpy", "pandas", "pydantic", "altair", "vl-convert-python", "papermill", "nbconvert", "ipykernel")
LOAD_SHAPES = "params/load_shapes.yaml"
MAX_FILES = 1024
"""Files of facts whose newest date is cached, as long as not a byte of them changes: reading all rows takes long."""
DATE_COLUMNS = ("observed_on", "as_of")


@cache
def basis() -> Mapping[str, str]:
    """Versions of Python and packages, the kind of processor, and hashes of the source code and of all facts.

    It is what this process has; a file that is changed later does not count. `PRICE_SETS` is apart, since the sets that
    `TCO_PRICES` names travel with a report: empty where there are none.
    """
    hashes: dict[bool, dict[str, str]] = {False: {}, True: {}}
    for name, files in _fact_files().items():
        hashes[name.startswith(f"{SETS_FOLDER}/")][name] = _joint_hash(files)
    facts, sets = hashes[False], hashes[True]
    found = {CODE: _source_hash(), FACTS: _hash(facts), PRICE_SETS: _hash(sets) if sets else ""}
    return {**versions(), "processor": platform.machine(), **found}


def needed() -> Mapping[str, str]:
    """The part of the basis that a worker must have itself."""
    return {name: value for name, value in basis().items() if name != PRICE_SETS}


def differences(expected: Mapping[str, str]) -> str:
    """How this process differs from another one's basis, in words for a message; empty where it does not."""
    own = basis()
    found = [
        f"{name} {_short(own.get(name, 'not installed'))} instead of {_short(value)}"
        for name, value in expected.items()
        if own.get(name) != value
    ]
    return ", ".join(found)


def versions() -> dict[str, str]:
    """Python and the packages that numbers and pictures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def data_files() -> dict[str, dict[str, str]]:
    """Every file of facts and assumptions in force: `sha256` and, where its rows are dated, the `newest` date.

    Those that come with the toolkit, and below `TCO_PRICES/` the newer price sets that this variable names. The prices
    of a service, a file for each Region, are one entry under the name of their folder.
    """
    found: dict[str, dict[str, str]] = {}
    for name, files in sorted(_fact_files().items()):
        newest = max(_newest_date(file, sha256) for file, sha256 in files.items())
        found[name] = {"sha256": _joint_hash(files)} | ({"newest": newest} if newest else {})
    return found


def _fact_files() -> Mapping[str, dict[Path, str]]:
    """The files of facts and assumptions, each with its SHA-256, by the name that they have in a manifest."""
    found: dict[str, dict[Path, str]] = defaultdict(dict)
    found[LOAD_SHAPES] = {resources.path(LOAD_SHAPES): _sha256(resources.path(LOAD_SHAPES))}
    folders = {top: resources.path(top) for top in ("data", "params/baseline")}
    if sets := os.environ.get(SETS_FOLDER, ""):
        folders[SETS_FOLDER] = Path(sets)
    services = {shipped_folder() / service for service, _ in PriceTables(shipped_folder()).places}
    for top, root in folders.items():
        for file in sorted(root.rglob("*")):
            if file.suffix in FACT_SUFFIXES:
                named = file.parent if file.parent in services else file
                found[f"{top}/{named.relative_to(root).as_posix()}"][file] = _sha256(file)
    return found


def _joint_hash(files: Mapping[Path, str]) -> str:
    """The hash of a file, or of the list of several files with their hashes."""
    if len(files) == 1:
        return next(iter(files.values()))
    listed = "".join(f"{file.name} {sha256}\n" for file, sha256 in files.items())
    return hashlib.sha256(listed.encode()).hexdigest()


@lru_cache(MAX_FILES)
def _newest_date(file: Path, sha256: str) -> str:  # noqa: ARG001 - tells one content from another in the cache
    """The newest date of a table's rows; empty where they have none."""
    if file.suffix != ".csv":
        return ""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened)
        places = [place for place, name in enumerate(next(rows, [])) if name in DATE_COLUMNS]
        return max((row[place] for row in rows for place in places), default="")


def _source_hash() -> str:
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        place = file.relative_to(package)
        if file.suffix in CODE_SUFFIXES and place.parts[0] != "_resources" and file.is_file():
            digest.update(f"{place.as_posix()}\n{_sha256(file)}\n".encode())
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _hash(hashes: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def _short(value: str) -> str:
    return value[:SHOWN] if len(value) == hashlib.sha256().digest_size * 2 else value or "none"
