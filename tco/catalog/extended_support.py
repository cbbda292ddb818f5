"""How long a version has been past its free patches, and which year of paid Extended Support a day is charged as."""

from __future__ import annotations

from datetime import date

from tco.catalog.lifecycle import engine_history
from tco.catalog.releases import ExtendedSupport
from tco.catalog.versions import days_after, months_after
from tco.errors import InputError
from tco.units import DAYS_PER_MONTH

_SECOND_YEAR_MONTHS = 12
Span = tuple[date, date, int]


def extended_support_year(engine: str, version: str, day: date) -> int:
    """The year of Extended Support that `day` is charged as: 0 for none, then 1, 2, 3.

    A cluster that outstays the end of Extended Support goes on being charged as in the last year. Years come from the
    dates on which charges start, which may be later than the end of standard support. Raises InputError for an
    unknown engine or version.
    """
    charges = _charges(engine, version, day)
    if charges is None:
        return 0
    year = 0
    for first_day, number in _year_starts(charges):
        if day >= first_day:
            year = number
    return year


def extended_support_spans(engine: str, version: str, first_day: date, last_day: date) -> list[Span]:
    """The days from `first_day` to `last_day` (both inside) that are charged, as (first day, last day, year)."""
    charges = _charges(engine, version, last_day)
    if charges is None:
        return []
    starts = _year_starts(charges)
    ends = [days_after(following, -1) for following, _ in starts[1:]] + [date.max]
    spans = [(max(start, first_day), min(end, last_day), year) for (start, year), end in zip(starts, ends, strict=True)]
    return [span for span in spans if span[0] <= span[1]]


def free_patches_end(engine: str, version: str, until: date | None = None) -> date:
    """The last day of free patches of a version, projected where none is announced.

    `until` lets it be the version of a release to be expected by then. Raises InputError for an unknown one.
    """
    end = engine_history(engine, until).release(version).free_patches_end
    if end is None:
        raise InputError(f"no end of patches is known or can be projected for {engine} {version}")
    return end


def months_past_free_patches(engine: str, version: str, first_day: date, last_day: date) -> float:
    """How many months of the days from `first_day` to `last_day` (both inside) lie past the version's free patches."""
    past = max(days_after(free_patches_end(engine, version, last_day), 1), first_day)
    return max(0, (last_day - past).days + 1) / DAYS_PER_MONTH


def _charges(engine: str, version: str, day: date) -> ExtendedSupport | None:
    history = engine_history(engine, day)
    return history.extended_support.get(history.release(version).version)


def _year_starts(charges: ExtendedSupport) -> list[tuple[date, int]]:
    """The first day of every charged year, in order."""
    starts = [(charges.year_1_start, 1), (months_after(charges.year_1_start, _SECOND_YEAR_MONTHS), 2)]
    if charges.year_3_start is not None:
        starts.append((charges.year_3_start, 3))
    return [start for start in starts if start[0] <= charges.end]
