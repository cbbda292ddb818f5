"""How large services let a cluster be, from `data/limits.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from tco import resources


@dataclass(frozen=True)
class Limit:
    """The most of a measure (`instances`, `storage_gb`, `iops`) that one cluster on a platform may have.

    source: what says so, read at `link` on `as_of`.
    """

    platform: str
    measure: str
    limit: float
    source: str
    link: str
    as_of: str


@cache
def limits(platform: str) -> tuple[Limit, ...]:
    """The limits of a platform; none where none is known."""
    with resources.path("data/limits.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return tuple(Limit(of, measure, float(most), *cited) for of, measure, most, *cited in rows if of == platform)
