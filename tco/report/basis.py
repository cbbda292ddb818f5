"""What decides whether two machines make the same report to the last byte: versions, source code, facts.

A batch makes a report again where its basis has changed, and a worker whose basis differs gets no work.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tco.catalog.prices import SETS_FOLDER
from tco.report.facts_in_force import data_files, versions

CODE, FACTS, PRICE_SETS = "source code", "facts", "price sets"
SUFFIXES = (".py", ".j2", ".css", ".js")
"""Files of the package that results and pages are made by."""
SHOWN = 12
"""Characters of a hash that tell two apart in a message."""


@cache
def basis() -> Mapping[str, str]:
    """Versions of Python and packages, the kind of processor, and hashes of the source code and of all facts.

    It is what this process has; a file that is changed later does not count. `PRICE_SETS` is apart, since the sets that
    `TCO_PRICES` names travel with a report: empty where there are none.
    """
    hashes: dict[bool, dict[str, str]] = {False: {}, True: {}}
    for name, entry in data_files().items():
        hashes[name.startswith(f"{SETS_FOLDER}/")][name] = entry["sha256"]
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


def _short(value: str) -> str:
    return value if len(value) < hashlib.sha256().digest_size * 2 else value[:SHOWN]


def _hash(hashes: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def _source_hash() -> str:
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        place = file.relative_to(package)
        if file.suffix in SUFFIXES and place.parts[0] != "_resources" and file.is_file():
            digest.update(f"{place.as_posix()}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
