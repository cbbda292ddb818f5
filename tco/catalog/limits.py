"""How small and how large services let a cluster be, from `data/limits.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from tco import resources


@dataclass(frozen=True)
class Limit:
    """The least and the most of a measure (`instances`, `storage_gb`, `item_bytes`) that one cluster may have.

    engines: which it holds for; all where none is named. source: what says so, of a kind as an assumption's, read at
    `link` on `as_of`.
    """

    platform: str
    engines: frozenset[str]
    measure: str
    least: float
    most: float
    source: str
    kind: str
    link: str
    as_of: str

    @property
    def cited(self) -> str:
        """The source as a message has it: with its address, or as the judgement that it is."""
        return f"{self.source}; {self.link or self.kind}"


@cache
def limits(platform: str, engine: str = "") -> tuple[Limit, ...]:
    """The limits of a platform, or of one engine on it; none where none is known."""
    with resources.path("data/limits.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    found = (
        Limit(of, frozenset(engines.split()), measure, float(least or 0), float(most or "inf"), *cited)
        for of, engines, measure, least, most, *cited in rows
    )
    return tuple(
        limit
        for limit in found
        if limit.platform == platform and (not engine or not limit.engines or engine in limit.engines)
    )
