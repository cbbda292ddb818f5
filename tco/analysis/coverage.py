"""The packaged facts and their age, as tables: prices by service and Region, releases by engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from tco.catalog.price_rows import EVERYWHERE
from tco.catalog.prices import price_book
from tco.catalog.releases import known_history, table
from tco.catalog.row_checks import checked_day
from tco.errors import InputError, checked, unknown
from tco.platforms import lifecycle_engine_named

FILTERS = "service region item engine instance_class deployment term".split()
PRICE_COLUMNS = [
    *FILTERS,
    *"unit price tier_from tier_to valid_from valid_to observed_on confidence source link note".split(),
]
COVERAGE_COLUMNS = "service region rows items as_of oldest age_days gaps".split()
OF_AWS = ("Amazon", "AWS", "Aurora")
"""What names of AWS services begin with; its Regions are no gaps of other vendors' services."""
RELEASE_COLUMNS = (
    "engine version level release_date free_patches_end end_basis extended_support_end extended_support_kind as_of "
    "source link note"
).split()


def price_table(**wanted: str | None) -> pd.DataFrame:
    """The price rows that match all filters exactly, such as `service="AmazonRDS", region="us-east-1"`.

    Prices are in USD per unit; a blank `tier_to` means the last tier, a blank `valid_from` an unknown start, a blank
    `valid_to` a price still in force. Raises InputError with the nearest names for a value that occurs in no row.
    """
    for field in wanted:
        if field not in FILTERS:
            raise InputError(unknown("field of a price", field, FILTERS))
    book, chosen = price_book(), dict[str, str]()
    for field in FILTERS:
        value = wanted.get(field)
        if value is None:
            continue
        known = book.known(field, **chosen)
        if value not in known:
            raise InputError(unknown(field.replace("_", " "), value, {*known} - {""}))
        chosen[field] = value
    rows = [
        row
        for row in book.rows(chosen.get("service"), chosen.get("region"))
        if all(getattr(row, field) == value for field, value in chosen.items())
    ]
    frame = _attributes(rows, PRICE_COLUMNS)
    return frame.assign(tier_to=frame["tier_to"].where(frame["tier_to"] < float("inf")))


def _attributes(objects: Iterable[object], columns: list[str]) -> pd.DataFrame:
    """One row per object, with its attributes of the columns' names."""
    return pd.DataFrame([[getattr(item, name) for name in columns] for item in objects], columns=columns)


def price_coverage(today: date) -> pd.DataFrame:
    """Price rows by service and Region, with the days on which they were read and the age in days of the newest."""
    book, today = price_book(), checked_day(today, "today")
    lines: list[dict[str, Any]] = []
    for service, region in book.places():
        parts = book.parts_of((service, region))
        read_on = set[date]().union(*(part.days_read() for part in parts))
        lines.append(
            {
                "service": service,
                "region": region,
                "rows": sum(len(part) for part in parts),
                "items": len(book.known("item", service=service, region=region)),
                "first_read": min(read_on, default=None),
                "last_read": max(read_on, default=None),
                "age_days": (today - max(read_on)).days if read_on else None,
            }
        )
    return pd.DataFrame(lines)


@checked
def coverage(today: date | None = None) -> pd.DataFrame:
    """Services with their priced Regions, the days of the prices, and gaps.

    One row per service and Region, including those without prices. Columns: service, region, rows (prices), items
    (things with a price), as_of and oldest (the days on which the newest and the oldest were read), age_days (of the
    newest, up to `today`; default: the day of the call), gaps (items that have a price in most Regions of the service
    but not in this one, separated by commas; `all` if there is no price at all).
    """
    book = price_book()
    covered = price_coverage(today or date.today())  # noqa: DTZ011  # the reader's local day
    covered = covered.rename(columns={"last_read": "as_of", "first_read": "oldest"})
    items: dict[str, dict[str, frozenset[str]]] = {}
    for service, region in book.places():
        known = frozenset(book.known("item", service=service, region=region))
        items.setdefault(service, {})[region] = known
    usual = {service: _usual_items(by_region) for service, by_region in items.items()}
    gaps = [", ".join(sorted(usual[service] - items[service][region]))
            for service, region in zip(covered["service"], covered["region"], strict=True)]  # fmt: skip
    of_aws = {service: by_region for service, by_region in items.items() if service.startswith(OF_AWS)}
    everywhere = {region for by_region in of_aws.values() for region in by_region} - {EVERYWHERE}
    lacking = [
        {"service": service, "region": region, "rows": 0, "items": 0, "gaps": "all"}
        for service, by_region in of_aws.items()
        for region in everywhere - {*by_region}
    ]
    whole = pd.concat([covered.assign(gaps=gaps), pd.DataFrame(lacking, columns=covered.columns.union(["gaps"]))])
    return whole.sort_values(["service", "region"], ignore_index=True)[COVERAGE_COLUMNS]


def _usual_items(by_region: dict[str, frozenset[str]]) -> set[str]:
    """The items that most Regions of a service have."""
    regions = {region: names for region, names in by_region.items() if region != EVERYWHERE}
    return {name for names in regions.values() for name in names
            if 2 * sum(name in others for others in regions.values()) > len(regions)}  # fmt: skip


def release_table(engine: str) -> pd.DataFrame:
    """Every known release of an engine, of all levels.

    The engine may have its name of the AWS API. Raises InputError with the nearest names for an unknown one.
    """
    history = known_history(lifecycle_engine_named(engine))
    return _attributes([*history.releases.values(), *history.other_releases.values()], RELEASE_COLUMNS)


def release_coverage(today: date) -> pd.DataFrame:
    """One row per engine: known releases and upgrade steps, versions patched today, and the age of the facts.

    `calendar`: whether upgrades can be planned, which needs releases at the engine's level.
    """
    today = checked_day(today, "today")
    lines: list[dict[str, Any]] = []
    for engine in sorted(row["engine"] for row in table("engines")):
        try:
            history = known_history(engine)
        except InputError:
            lines.append({"engine": engine, "calendar": False, "releases": 0, "steps": 0})
            continue
        released = {
            release.version: release.release_date for release in history.releases.values() if release.release_date
        }
        patched = [
            version
            for version, released_on in released.items()
            if released_on <= today < (history.releases[version].free_patches_end or date.max)
        ]
        lines.append(
            {
                "engine": engine,
                "calendar": True,
                "releases": len(history.releases),
                "steps": sum(len(steps) for steps in history.steps.values()),
                "first_release": min(released.values(), default=None),
                "last_release": max(released.values(), default=None),
                "patched_today": " ".join(patched),
                "as_of": history.as_of,
                "age_days": (today - history.as_of).days,
            }
        )
    return pd.DataFrame(lines)
