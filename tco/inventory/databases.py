"""One database resource as every source tells it, the names it may be written with, and what becomes of it.

A source (`aws`, `terraform`, `sheets`) makes a `Database` of each resource; `merging` finds out which of them are one
cluster; `grouping` uses or refuses each cluster. A resource ends with exactly one outcome, so that they add up.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

from tco import resources
from tco.errors import InputError, shown

Outcome = Literal["", "used", "merged", "refused"]
MOST_INSTANCES = 1000
LARGEST_NUMBER = 1e12
ARN = re.compile(r"'?\barn:[^\s';,]+'?")
"""An ARN in a message, which would tell the number of an account."""


IO_OPTIMIZED = ("iopt1", "iooptimized")
"""Ends of the ways in which I/O-Optimized storage is written, in letters and digits alone."""


def storage_as_written(kind: str) -> str:
    """The type of a volume; I/O-Optimized as scenarios call it, however it is written.

    >>> [storage_as_written(kind) for kind in ("aurora-iopt1", "iopt1", "Aurora I/O-Optimized", "GP3", "aurora")]
    ['io_optimized', 'io_optimized', 'io_optimized', 'gp3', 'aurora']
    """
    letters = re.sub(r"[^a-z0-9]", "", kind.lower())
    return "io_optimized" if letters.endswith(IO_OPTIMIZED) else kind.lower()


@dataclass(slots=True, eq=False)
class Database:
    """A database resource: a cluster, a member of one, a replica, or a global cluster over several.

    Texts are empty and numbers None where the source says nothing. engine and version are as the source writes them.
    platform: a name of the toolkit's, where the source states one. instances: those billed (primary and readers).
    copies: full copies of the data that they hold together, where it is split. deployment: standbys of each instance.
    storage_gb: allocated to one copy. status: as AWS says, such as `stopped`. extended_support: False where the cluster
    is forced at the end of standard support. acu: capacity units on average. capacity: how a request-priced platform is
    bought, with the units a second that are provisioned. load: the 24 hours of a day as shares of its mean. cpu_peak:
    highest CPU utilisation, per cent. member_of, replica_of: an identifier, or an ARN in another Region. part_of: the
    identifier of a global cluster. kind: what the identifier is unique among. parts: members that the source names, the
    writer first. assumptions: what the source says of an assumption, in production. tags: by lower-case key. columns:
    those of a table that hold something for it. notes: what a person should know.
    """

    identifier: str
    engine: str = ""
    version: str = ""
    region: str = ""
    instance_class: str = ""
    instances: int | None = None
    copies: int | None = None
    deployment: str = ""
    storage_gb: float | None = None
    storage_type: str = ""
    iops: float | None = None
    environment: str = ""
    platform: str = ""
    status: str = ""
    extended_support: bool | None = None
    acu: float | None = None
    reads_per_second: float | None = None
    writes_per_second: float | None = None
    item_bytes: float | None = None
    capacity: str = ""
    provisioned_reads: float | None = None
    provisioned_writes: float | None = None
    load: tuple[float, ...] = ()
    cpu_peak: float | None = None
    licence: str = ""
    member_of: str = ""
    replica_of: str = ""
    part_of: str = ""
    kind: str = "cluster"
    account: str = ""
    serverless: bool = False
    parts: tuple[str, ...] = ()
    assumptions: tuple[tuple[str, float], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    source: str = ""
    row: int = 0
    outcome: Outcome = ""
    into: str = ""
    reason: str = ""
    head: Database | None = None
    reader_deployment: str = ""

    def refuse(self, reason: str) -> None:
        """Leave the resource out of the scenario, saying why and what would let it in."""
        self.outcome, self.into, self.reason = "refused", "", reason

    def merge(self, head: Database, reason: str) -> None:
        """Count the resource as a part of another."""
        self.outcome, self.into, self.reason, self.head = "merged", head.identifier, reason, head

    def use(self, group: str) -> None:
        """Count the resource as a cluster of a group."""
        self.outcome, self.into, self.reason = "used", group, "; ".join(dict.fromkeys(self.notes))


@lru_cache(4096)
def _spelled(name: object) -> str:
    """A field's name without regard to case and underscores."""
    return str(name).lower().replace("_", "")


class Fields:
    """The fields of one resource whatever the spelling of their names; a value of a wrong type names its field."""

    def __init__(self, values: Mapping[str, Any]):
        self._values = {_spelled(name): value for name, value in values.items()}

    def raw(self, *names: str) -> Any:
        """The first of the named fields that is there and not null."""
        for name in names:
            value = self._values.get(_spelled(name))
            if value is not None:
                return value
        return None

    def text(self, *names: str) -> str:
        """A field as text; empty where it is missing. Raises InputError for a list or a mapping."""
        value = self.raw(*names)
        if isinstance(value, str):
            return value.strip()
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{names[0]} is {_told(value)}, which is no text")
        return str(value)

    def number(self, *names: str) -> float | None:
        """A field as a number of zero or more; None where it is missing or empty. Raises InputError."""
        value = self.raw(*names)
        return None if value is None or value == "" else number(value, names[0])

    def whole(self, *names: str, most: int = MOST_INSTANCES) -> int | None:
        """A field as a whole number from zero to `most`. Raises InputError."""
        value = self.number(*names)
        if value is not None and (value != int(value) or value > most):
            raise InputError(f"{names[0]} is {_told(self.raw(*names))}, which is no whole number up to {most}")
        return None if value is None else int(value)

    def flag(self, *names: str) -> bool | None:
        """A field as true or false; None where it is missing. Raises InputError."""
        value = self.raw(*names)
        if isinstance(value, str) and value.strip().lower() in FLAGS:
            return FLAGS[value.strip().lower()]
        if value is None or isinstance(value, bool):
            return value
        raise InputError(f"{names[0]} is {_told(value)}, which is neither true nor false")

    def part(self, *names: str) -> Fields:
        """A field as fields of its own; none where it is missing. Terraform writes such a part as a list of one."""
        value = self.raw(*names)
        if isinstance(value, list) and len(value) < 2:
            value = value[0] if value else None
        if value is not None and not isinstance(value, Mapping):
            raise InputError(f"{names[0]} is {_told(value)}, which is no mapping")
        return Fields(value or {})

    def list(self, *names: str) -> list[Any]:
        """A field as a list; empty where it is missing. Raises InputError."""
        value = self.raw(*names)
        if value is not None and not isinstance(value, list):
            raise InputError(f"{names[0]} is {_told(value)}, which is no list")
        return value or []

    def parts(self, *names: str) -> Iterator[Fields]:
        """The mappings of a list."""
        for value in self.list(*names):
            if not isinstance(value, Mapping):
                raise InputError(f"{names[0]} holds {_told(value)}, which is no mapping")
            yield Fields(value)


FLAGS = {"true": True, "yes": True, "false": False, "no": False, "": None}


def _told(value: object) -> str:
    """A wrong value in a message: of a part of an answer, which may hold a secret, the kind alone."""
    return "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else shown(value)


def number(value: object, name: str) -> float:
    """A number of zero or more, as it is or as text. Raises InputError naming the field."""
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        parsed = resources.number(value) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        raise InputError(f"{name} is {_told(value)}, which is no number") from None
    if not math.isfinite(parsed) or not 0 <= parsed <= LARGEST_NUMBER:
        raise InputError(f"{name} is {_told(value)}; valid: a number from 0 to {LARGEST_NUMBER:g}")
    return parsed


@cache
def facts(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one table of `data/inventory`, as text."""
    with resources.path(f"data/inventory/{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def of_arn(arn: str) -> tuple[str, str, str]:
    """Region, account and identifier of an ARN; empty, empty and the text itself where it is none.

    >>> of_arn("arn:aws:rds:eu-west-1:111122223333:db:orders")
    ('eu-west-1', '111122223333', 'orders')
    """
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":
        return "", "", arn
    return parts[3], parts[4], parts[-1].rpartition("/")[2]
