"""Names of a batch's reports: readable, the same from run to run, safe as folder and file names, and all different."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from tco.report.files import safe_name

BETWEEN = "__"
LONGEST_BYTES = 120
"""Of a report's name; with the longest ending it stays below what file systems hold."""
HASH_LETTERS = 10
UNSAFE = re.compile(r"[^\w.-]+")


def report_name(scenario: str, labels: Mapping[str, object], *more: str) -> str:
    """The name of the report on a scenario with these values: `quickstart__engineer_rate-80__region-ireland`.

    labels: short name of each axis -> label of its value. more: what else tells reports apart, such as the notebook.
    A name that would be too long is cut and ends in a hash of the whole.

    >>> report_name("quickstart", {"engineer_rate": 80, "share": 0.5})
    'quickstart__engineer_rate-80__share-0.5'
    """
    parts = [safe_name(scenario), *(f"{_safe(axis)}-{_safe(value)}" for axis, value in labels.items())]
    name = BETWEEN.join([*parts, *map(_safe, more)]).rstrip(".")
    whole = name.encode()
    if len(whole) <= LONGEST_BYTES:
        return name
    digest = hashlib.sha256(whole).hexdigest()[:HASH_LETTERS]
    return f"{whole[: LONGEST_BYTES - HASH_LETTERS - 1].decode(errors='ignore').rstrip('.-_')}-{digest}"


def short_names(axes: Sequence[str]) -> dict[str, str]:
    """A short name for each axis: the last word of its path, or the whole where two end alike."""
    last = [axis.rpartition(".")[2] for axis in axes]
    return {
        axis: word if last.count(word) == 1 else axis.replace("*.", "").replace(".", "-")
        for axis, word in zip(axes, last, strict=True)
    }


def repeated(names: Iterable[str]) -> list[str]:
    """Names that stand more than once, also where a file system would not tell two apart by case."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            twice[name] = None
        seen.add(folded)
    return list(twice)


def _safe(value: object) -> str:
    return UNSAFE.sub("-", unicodedata.normalize("NFKC", str(value)).strip())
