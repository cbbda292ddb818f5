"""How many of one unit of time make another."""

from __future__ import annotations

SECONDS_PER_MINUTE = 60
MINUTES_PER_HOUR = 60
SECONDS_PER_HOUR = SECONDS_PER_MINUTE * MINUTES_PER_HOUR
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 7 * HOURS_PER_DAY
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365.25
"""On average, leap years included."""
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
