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

from tco.report.manifest import data_files, versions

CODE, FACTS = "source code", "facts"
SUFFIXES = (".py", ".j2", ".css", ".js")
"""Files of the package that results and pages are made by."""
SHOWN = 12
"""Characters of a hash that tell two apart in a message."""


@cache
def basis() -> Mapping[str, str]:
    """Versions of Python and packages, the kind of processor, and hashes of the source code and of all facts.

    It is what this process has; a file that is changed later does not count.
    """
    facts = json.dumps({name: entry["sha256"] for name, entry in data_files().items()}, sort_keys=True)
    hashes = {CODE: _source_hash(), FACTS: hashlib.sha256(facts.encode()).hexdigest()}
    return {**versions(), "processor": platform.machine(), **hashes}


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


def _source_hash() -> str:
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        place = file.relative_to(package)
        if file.suffix in SUFFIXES and place.parts[0] != "_resources" and file.is_file():
            digest.update(f"{place.as_posix()}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
