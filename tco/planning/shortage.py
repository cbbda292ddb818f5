"""Which deadlines a plan cannot keep, why, and the least capacity that keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from tco.formats import count
from tco.planning.programme import DAYS_OF_WEEK, Task
from tco.planning.team_days import Calendar
from tco.planning.upgrade_order import order_by_deadline
from tco.planning.work import Work

ALL_HOURS = 1e9
"""Labour hours a month that no fleet uses up."""
PRECISION = 0.005
MOST_NAMED = 8
"""Groups that a sentence names."""


def least_capacity(works: Sequence[Work], task: Task, days: Calendar) -> float:
    """Labour hours a month, the same in each, that keep every deadline which any number of hours keeps.

    In the order of deadlines, with the same freezes, windows, order of groups and cut-overs a week; found by halving to
    half a percent, upwards from the hours that are due by each deadline divided by the months until it.
    """
    if not works:
        return 0.0
    order = task.in_order(order_by_deadline(works))
    deadlines = np.array([(works[place].deadline - days.first).days for place in order])

    def missed(hours: float) -> int:
        """Clusters that are late or left to the vendor with so many hours a month."""
        made = np.array(task.days(order, (days.shares * hours).cumsum()))
        return int((made > np.minimum(deadlines, len(days.available) - 1)).sum())

    unavoidable, low = missed(ALL_HOURS), _due_by_deadlines(works, days)
    if low == 0 or missed(low) <= unavoidable:
        return low
    high = 2 * low
    while missed(high) > unavoidable:
        low, high = high, 2 * high
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if missed(middle) <= unavoidable else (middle, high)
    return high


def shortages(works: Sequence[Work], days: Calendar, frame: pd.DataFrame, least: float) -> Iterator[str]:
    """A sentence on the groups that miss their deadlines for each reason, and on each whose downtime does not fit into
    its window.
    """
    late = frame[frame["slips"].astype(bool) | frame["forced"].astype(bool)]
    weekly, missed = _cutovers_due(works, days), dict[str, list[str]]()
    for group, rows in late.groupby("group", sort=False):
        deadline = rows["deadline"].iloc[0].date()
        if (deadline - days.first).days < days.ready:
            why = "no capacity keeps a deadline before which no upgrade can be prepared"
        else:
            why = f"{np.ceil(least):,.0f} hours a month keep every deadline that can be kept"
            if days.per_week and weekly > days.per_week:
                why += f", with {np.ceil(weekly):.0f} cut-overs a week"
        missed.setdefault(why, []).append(f"{deadline} of {group} ({count(len(rows), 'cluster')})")
    for why, groups in missed.items():
        more = f" and {len(groups) - MOST_NAMED} more" if len(groups) > MOST_NAMED else ""
        yield f"Missed: {', '.join(groups[:MOST_NAMED])}{more}; {why}."
    for work in works:
        window, minutes = days.window(work.group), work.planned.minutes if work.planned else 0.0
        if minutes > window.minutes:
            yield (
                f"A cut-over of {work.group} takes {minutes:,.0f} minutes of downtime on average, incidents included; "
                f"its window {window.hours} has {window.minutes:,.0f}."
            )


def _due_by_deadlines(works: Sequence[Work], days: Calendar) -> float:
    """The most hours a month that are due by any deadline that can be prepared for, spread over the days until it."""
    months, least, needed = days.shares.cumsum(), 0.0, 0.0
    for work in sorted(works, key=lambda work: work.deadline):
        place = (work.deadline - days.first).days
        needed += work.clusters * (work.planned.team_hours if work.planned else 0.0) if place >= days.ready else 0.0
        if place >= days.ready and months[place] > 0:
            least = max(least, needed / float(months[place]))
    return least


def _cutovers_due(works: Sequence[Work], days: Calendar) -> float:
    """The most cut-overs a week that are due by any deadline that can be prepared for."""
    count, weekly = 0, 0.0
    for work in sorted(works, key=lambda work: work.deadline):
        place = (work.deadline - days.first).days
        if place >= days.ready:
            count += work.clusters
            weekly = max(weekly, count / max((place - days.ready) // DAYS_OF_WEEK, 1))
    return weekly
