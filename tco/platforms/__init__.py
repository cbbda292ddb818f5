"""The platforms on which a database can run: each module that defines `PLATFORM` is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tco.errors import InputError, unknown

if TYPE_CHECKING:
    from tco.platforms.base import Platform

__all__ = ["ended_engine", "engine_named", "lifecycle_engine_named", "platform", "platform_names"]


@cache
def platform_names() -> tuple[str, ...]:
    """The names of all platforms, sorted; read from the modules' text, without importing them."""
    folder = Path(__file__).parent
    modules = sorted(module.name for module in pkgutil.iter_modules([str(folder)]))
    return tuple(name for name in modules if "\nPLATFORM = " in (folder / f"{name}.py").read_text("utf-8"))


@cache
def platform(name: str) -> Platform:
    """The platform called `name`. Raises InputError with the nearest names for an unknown one."""
    if name not in platform_names():
        raise InputError(unknown("platform", name, platform_names()))
    record: Platform = importlib.import_module(f"tco.platforms.{name}").PLATFORM
    return record


@cache
def engine_named(written: str) -> tuple[str, tuple[str, ...]]:
    """The engine that a written name means, and the platforms that the name implies; most names imply none.

    >>> engine_named("docdb"), engine_named("mysql")
    (('documentdb', ('documentdb', 'documentdb_serverless')), ('mysql', ()))
    """
    from tco.platforms.base import SPELLINGS, spelling

    text = spelling(written)
    known = {engine for name in platform_names() for engine in platform(name).hosts or ()}
    named = {name: engine for name in platform_names() if (engine := platform(name).usage.engine_names.get(text))}
    return next(iter(named.values()), SPELLINGS.get(text, text if text in known else written)), tuple(named)


@cache
def ended_engine(written: str) -> str:
    """The message for an engine that its provider ended, with what to state instead; empty for any other name."""
    from tco.platforms.base import spelling

    ended = (platform(name).usage.ended_engines.get(spelling(written), "") for name in platform_names())
    return next(filter(None, ended), "")


@cache
def lifecycle_engine_named(written: str) -> str:
    """The engine of the lifecycle tables that a name means: one of those tables, or one of the AWS API.

    >>> [lifecycle_engine_named(name) for name in ("aurora-mysql", "docdb", "oracle-se2", "postgres")]
    ['aurora_mysql', 'documentdb', 'rds_oracle', 'rds_postgresql']

    Raises InputError for an engine that ended.
    """
    from tco.catalog.lifecycle import engines

    lifecycle_name = written.casefold().replace("-", "_")
    if lifecycle_name in engines():
        return lifecycle_name
    if ended := ended_engine(written):
        raise InputError(ended)
    engine, implied = engine_named(written)
    candidates = {platform(name).lifecycle_engines.get(engine) for name in implied[:1] or platform_names()} - {None}
    on_rds = f"rds_{engine}"
    return candidates.pop() or "" if len(candidates) == 1 else on_rds if on_rds in engines() else written
