"""Version numbers and calendar months: the order of versions, and days and months after a day."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache

from tco.units import DAYS_PER_MONTH, MONTHS_PER_YEAR

_NUMBER = re.compile(r"\d+")
_CACHE_SIZE = 8192


@lru_cache(_CACHE_SIZE)
def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, by which versions are compared.

    >>> version_key("10.11") > version_key("10.6")
    True
    """
    return tuple(int(number) for number in _NUMBER.findall(version))


@lru_cache(_CACHE_SIZE)
def months_after(day: date, months: float) -> date:
    """The day `months` calendar months after `day` (before it, where negative), never past the last of the month.

    A part of a month counts in days of the mean month. Days outside the calendar become its first or last day.

    >>> months_after(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    whole = int(months // 1)
    total = day.year * MONTHS_PER_YEAR + day.month - 1 + whole
    year, month = divmod(total, MONTHS_PER_YEAR)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(day.day, last))
    return days_after(moved, round((months - whole) * DAYS_PER_MONTH))


def days_after(day: date, days: int) -> date:
    """The day `days` days after `day`, or the last day of the calendar.

    >>> days_after(date(2024, 12, 31), 1)
    datetime.date(2025, 1, 1)
    """
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))
