"""What a source's names mean in the toolkit's words: engine and platform, version of the upgrade calendar, environment.

The words of AWS are facts in `data/inventory`; adding an engine is adding a row there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import get_args

from tco import platforms
from tco.catalog.lifecycle import cycle, engine_history
from tco.errors import InputError, shown, unknown
from tco.inventory.databases import Database, facts
from tco.inventory.readers import FIRST_SERVERLESS
from tco.scenario.scenario import Environment

ENVIRONMENT_TAGS = ("environment", "env", "stage", "tier")
ENVIRONMENTS: tuple[str, ...] = get_args(Environment)
WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class EngineName:
    """An engine as AWS writes it: its service, and the platform and engine of the toolkit.

    least_storage_gb: the smallest volume, where storage grows by itself and no answer tells its size; None elsewhere.
    """

    name: str
    platform: str
    serverless_platform: str
    engine: str
    blue_green: bool
    least_storage_gb: float | None


@cache
def engine_names() -> Mapping[str, EngineName]:
    """The engines of `data/inventory/engines.csv` by the name that AWS, Terraform or a table writes."""
    return {
        row["written"]: EngineName(
            row["name"],
            row["platform"],
            row["serverless_platform"],
            row["engine"],
            row["blue_green"] == "true",
            float(row["least_storage_gb"]) if row["least_storage_gb"] else None,
        )
        for row in facts("engines")
    }


def engine_of(database: Database) -> EngineName:
    """The engine and platform of a cluster, by the engine as it is written and the platform if that is stated."""
    if not database.engine:
        raise InputError("states no engine")
    written = engine_names().get(database.engine.lower())
    if database.platform and (written is None or written.platform != database.platform):
        if database.platform not in platforms.platform_names():
            raise InputError(unknown("platform", database.platform, platforms.platform_names()))
        engine = written.engine if written else database.engine
        serverless = (written.serverless_platform, FIRST_SERVERLESS) if written else ()
        least = written.least_storage_gb if written and database.platform in serverless else None
        return EngineName(f"{engine} on {database.platform}", database.platform, "", engine, False, least)
    if written is None:
        raise InputError(f"{unknown('engine', database.engine, engine_names())}; elsewhere than on AWS state platform")
    return written


DAY = re.compile(r"(\d{1,2}[./-]\d{1,2}[./-])?(19|20)\d\d(-\d\d-\d\d.*)?$")


@lru_cache(8192)
def version_of(platform: str, engine: str, version: str) -> str:
    """The version of the upgrade calendar that a version as written belongs to; empty on a versionless platform.

    Raises InputError where the packaged facts do not know it.

    >>> version_of("aurora", "mysql", "5.7.mysql_aurora.2.11.2"), version_of("aurora", "mysql", "8.0")
    ('2', '3')
    """
    lifecycle = platforms.platform(platform).lifecycle_engines.get(engine)
    if lifecycle is None:
        return ""
    if not version:
        raise InputError("states no engine version")
    if DAY.match(version):
        raise InputError(f"version {version!r} is a day, into which a spreadsheet makes 5.7: format its column as text")
    try:
        return engine_history(lifecycle).release(cycle(lifecycle, version)).version
    except InputError as error:
        raise InputError(f"{error}; its upgrades cannot be dated") from None


class Environments:
    """How a cluster's environment is told: by its own word for it, by a tag, or by a word in its name.

    words: words and the environment each means, before those of `data/inventory/environments.csv`. tags: keys of
    the tags that may hold one. Raises InputError for an unknown environment.
    """

    def __init__(self, words: Mapping[str, str] | None = None, tags: Iterable[str] = ()):
        for word, environment in (words or {}).items():
            if environment not in ENVIRONMENTS:
                raise InputError(unknown("environment", environment, ENVIRONMENTS), path=f"environments.{word}")
        self._words = {row["word"]: row["environment"] for row in facts("environments")}
        self._words |= {word.lower(): environment for word, environment in (words or {}).items()}
        self._tags = tuple(tag.lower() for tag in tags) or ENVIRONMENT_TAGS

    def settle(self, database: Database) -> str:
        """Put an environment of the toolkit into the cluster's own, and return it. Raises InputError.

        Production, with a note, where nothing tells.
        """
        stated = database.environment.lower()
        if stated and stated not in (*ENVIRONMENTS, *self._words):
            valid = f"valid: {', '.join(ENVIRONMENTS)}, or --environment {stated}=..."
            raise InputError(f"environment is {shown(stated)}; {valid}")
        environment = (stated if stated in ENVIRONMENTS else self._words[stated]) if stated else self.told(database)
        if not environment:
            database.notes.append("no tag or name tells its environment: production")
        database.environment = environment or ENVIRONMENTS[0]
        return database.environment

    def told(self, database: Database) -> str:
        """The environment that a tag or else the name of a cluster tells; empty where none does."""
        texts = [database.tags[key] for key in self._tags if key in database.tags]
        words = (word for text in (*texts, database.identifier) for word in (text, *WORD.findall(text)))
        return next((self._words[word.lower()] for word in words if word.lower() in self._words), "")
