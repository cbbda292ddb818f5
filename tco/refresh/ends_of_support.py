"""Ends of support as a provider publishes them today, against those that the packaged lifecycle knows.

Two published forms are read: the answer of `aws rds describe-db-major-engine-versions`, and a product of endoflife.date
(https://endoflife.date/api/v1/products/mysql, or the older https://endoflife.date/api/mysql.json).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tco.catalog.lifecycle import cycle, engines
from tco.catalog.releases import known_history, source_titles, table
from tco.errors import InputError
from tco.platforms import ended_engine, engine_named, lifecycle_engine_named, platform

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("engine", "version", "support", "packaged", "published", "days", "change")
STANDARD, EXTENDED = "standard", "extended"
LARGEST_FILE = 20_000_000
_ENDOFLIFE = "https://endoflife.date/"
_AWS = {"open-source-rds-standard-support": STANDARD, "open-source-rds-extended-support": EXTENDED}


@dataclass(frozen=True, slots=True)
class PublishedEnd:
    """The last day of the standard or extended support of a version, as published for a lifecycle engine."""

    engine: str
    version: str
    support: str
    end: date


@dataclass(frozen=True)
class EndChanges:
    """What differs: a frame of `COLUMNS`, how many ends were compared, and the engines and versions left out."""

    changes: pd.DataFrame
    compared: int
    left_out: tuple[str, ...]


def end_changes(source: str, engine: str | None = None) -> EndChanges:
    """How the published ends of support differ from the packaged ones.

    source: a file or an address. engine: whose ends they are, where the source does not say. days: how much later the
    published end is; blank where the packaged lifecycle knows none. Raises InputError for a source that cannot be
    read or is of neither form, and for an unknown engine.
    """
    import pandas as pd

    published = list(_published(_document(source), source, engine))
    rows, left_out, compared = [], dict[str, None](), 0
    for found in published:
        try:
            version = cycle(found.engine, found.version)
        except InputError:
            left_out[f"{found.engine} {found.version}"] = None
            continue
        compared += 1
        release = known_history(found.engine).release(version)
        packaged = release.free_patches_end if found.support == STANDARD else release.extended_support_end
        if packaged != found.end:
            days = None if packaged is None else (found.end - packaged).days
            rows.append((found.engine, version, found.support, packaged, found.end, days, _sentence(days)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("packaged", "published"):
        frame[name] = pd.to_datetime(frame[name])
    return EndChanges(frame.astype({"days": "Int64"}), compared, tuple(left_out))


def _sentence(days: int | None) -> str:
    if days is None:
        return "this deadline is announced now"
    return f"this deadline moved by {abs(days)} days, {'later' if days > 0 else 'earlier'}"


def _document(source: str) -> Any:
    """The JSON of a file or an address."""
    if "://" not in source:
        return _json(Path(source), source)
    try:
        from tco.refresh.download import Downloader
    except ModuleNotFoundError as error:
        raise InputError(f"reading an address needs {error.name}: pip install 'tco[prices]'") from None
    with TemporaryDirectory() as folder, Downloader(source) as files:
        return _json(files.file(source, Path(folder) / "document.json"), source)


def _json(file: Path, name: str) -> Any:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(f"is larger than {LARGEST_FILE} bytes", file=name)
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=name) from None
    except (ValueError, RecursionError):
        raise InputError("is not JSON", file=name) from None


def _published(document: Any, source: str, engine: str | None) -> Iterator[PublishedEnd]:
    if engine is not None:
        engine = known_history(lifecycle_engine_named(engine)).engine
    try:
        if isinstance(document, dict) and "DBMajorEngineVersions" in document:
            yield from _of_aws(document["DBMajorEngineVersions"])
        elif isinstance(document, dict) and isinstance(document.get("result"), dict):
            result = document["result"]
            yield from _of_product(result["releases"], engine or _engine_of_product(result["name"]), V1)
        elif isinstance(document, list):
            yield from _of_product(document, engine or _engine_of_product(PurePosixPath(source).stem), V0)
        else:
            raise InputError("is neither AWS's describe-db-major-engine-versions nor a product of endoflife.date")
    except InputError as error:
        raise error.located(file=source) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"is not of the published form: {type(error).__name__} {error}", file=source) from None


def _of_aws(versions: list[Mapping[str, Any]]) -> Iterator[PublishedEnd]:
    for major in versions:
        engine = _engine_of_aws(str(major["Engine"]))
        for lifecycle in major["SupportedEngineLifecycles"]:
            support = _AWS.get(lifecycle["LifecycleSupportName"])
            if support is not None:
                end = date.fromisoformat(str(lifecycle["LifecycleSupportEndDate"])[: len("2026-11-28")])
                yield PublishedEnd(engine, str(major["MajorEngineVersion"]), support, end)


def _engine_of_aws(name: str) -> str:
    """The lifecycle engine of an engine of the RDS API; its own name where the packaged lifecycle has none for it."""
    engine, implied = engine_named(name)
    if implied:
        return platform(implied[0]).lifecycle_engines.get(engine, "")
    if f"rds_{engine}" in engines():
        return f"rds_{engine}"
    return name if ended_engine(name) else lifecycle_engine_named(name)


V0 = {STANDARD: "eol", EXTENDED: "extendedSupport", "version": "cycle"}
V1 = {STANDARD: "eolFrom", EXTENDED: "eoesFrom", "version": "name"}
"""Fields of a release in the two forms of endoflife.date."""


def _of_product(releases: list[Mapping[str, Any]], engine: str, fields: Mapping[str, str]) -> Iterator[PublishedEnd]:
    for release in releases:
        for support in (STANDARD, EXTENDED):
            end = release.get(fields[support])
            if isinstance(end, str):  # true, false or nothing where no day is published
                yield PublishedEnd(engine, str(release[fields["version"]]), support, date.fromisoformat(end))


def _engine_of_product(product: str) -> str:
    """The lifecycle engine that a product of endoflife.date is a source of."""
    titles = source_titles()
    for row in table("engines"):
        if titles[row["source"]][1] == f"{_ENDOFLIFE}{product}":
            return row["engine"]
    raise InputError(f"no engine has {product!r} of endoflife.date as its source; state the engine")
