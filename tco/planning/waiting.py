"""What waiting with the next major upgrade of each cluster costs, and the day on which it is best made."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from tco.evaluation.inputs import Inputs
from tco.planning.mixtures import checked_option
from tco.planning.work import Work, work_of
from tco.sampling.designs import point
from tco.scenario.scenario import Scenario
from tco.units import DAYS_PER_MONTH, DAYS_PER_YEAR

COLUMNS = (
    "group cluster version deadline forced_on usd_per_day upgrade_hours upgrade_cost best_date cost_of_missing "
    "usd_per_day_later cost_at_best"
).split()
DAY = timedelta(days=1)


def cost_of_delay(scenario: Scenario, option: str | None = None) -> pd.DataFrame:
    """What a day's delay of its next major upgrade costs each cluster, one row a cluster that runs a version.

    option: whose deployment, method and sizes hold; without one the reference. Columns: group, cluster, version,
    deadline (last day of free patches), forced_on (the vendor upgrades; blank: nobody does), usd_per_day (Extended
    Support alone, at the rate in force from its start; 0 where none is charged), upgrade_hours and upgrade_cost (USD;
    a planned upgrade with hours, staging, downtime and incidents), best_date (of lowest present value: as late as is
    free, unless waiting on for the vendor is cheaper yet), cost_of_missing (USD from the deadline or the start on:
    Extended Support until the vendor upgrades and what that costs; until the end of the horizon where he does not
    before), usd_per_day_later (the highest rate), cost_at_best (USD with the upgrade made on the best date).
    Undiscounted, at the means of all assumptions, without a limit of the team. Raises InputError for an unknown option.
    """
    chosen = checked_option(scenario, option)
    inputs = Inputs(scenario, point(scenario).row(0))
    preparation = timedelta(days=round(inputs.central("upgrades.preparation_months") * DAYS_PER_MONTH))
    ready, rate = scenario.first_day + preparation, inputs["finance.discount_rate"].item()
    rows = []
    for work in work_of(scenario, chosen):
        best, cost = _best(work, scenario, ready, rate)
        planned = work.planned
        row = [
            work.version,
            work.deadline,
            work.forced_on,
            work.support[0][2] if work.support else 0.0,
            planned.hours if planned else float("nan"),
            planned.cost if planned else float("nan"),
            best,
            _cost_of_missing(work, scenario),
            max((price for _, _, price in work.support), default=0.0),
            cost,
        ]
        rows += [[work.group, name, *row] for name in cluster_names(work)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("deadline", "forced_on", "best_date"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def cluster_names(work: Work) -> list[str]:
    """The clusters of a group: its own name where it is one, else numbered."""
    if work.clusters == 1:
        return [work.group]
    return [f"{work.group}-{number}" for number in range(1, work.clusters + 1)]


def _cost_of_missing(work: Work, scenario: Scenario) -> float:
    """Extended Support from the deadline or the start on, and the forced upgrade, within the horizon."""
    since, end = max(work.deadline + DAY, scenario.first_day), scenario.last_day + DAY
    until = min(work.forced_on or end, end)
    pushed = work.forced.cost if work.forced and work.forced_on and work.forced_on < end else 0.0
    return work.support_until(since, until) + pushed


def _best(work: Work, scenario: Scenario, ready: date, rate: float) -> tuple[date | None, float]:
    """The day of lowest present value, and what is then paid for Extended Support and the upgrade.

    Cost rises by the day while support is charged and falls with the discount while it is not, so that the best day is
    one before a rate begins, the first possible one, or the vendor's.
    """
    since = scenario.first_day
    tried = []
    if work.planned:
        days = {ready, max(work.deadline, ready), *(max(first - DAY, ready) for first, _, _ in work.support)}
        tried = [(day, work.planned.cost) for day in days if work.forced_on is None or day < work.forced_on]
    if work.forced_on and work.forced:
        tried.append((work.forced_on, work.forced.cost))

    def present_value(choice: tuple[date, float]) -> tuple[float, date]:
        day = choice[0]
        spans = [(max(first, since), min(last, day - DAY), price) for first, last, price in work.support]
        paid = [(first + (last - first) / 2, ((last - first).days + 1) * price) for first, last, price in spans
                if first <= last]  # fmt: skip
        value = sum(amount * (1 + rate) ** (-(when - since).days / DAYS_PER_YEAR) for when, amount in [*paid, choice])
        return value, day

    if not tried:
        return None, float("nan")
    day, cost = min(tried, key=present_value)
    return day, cost + work.support_until(since, day)
