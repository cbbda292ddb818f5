"""A view as a file: the same chart as in the reports, drawn at the present settings as SVG, PNG or PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tco.errors import InputError, unknown
from tco.exploring.controls import LARGEST_FLEET, SMALLEST_FLEET
from tco.exploring.responses import axis

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger


def drawn_as(ledger: Ledger, view: str, form: str) -> tuple[str, bytes]:
    """File name and content of a view. Raises InputError for an unknown view or form."""
    if view not in VIEWS:
        raise InputError(unknown("view", view, VIEWS), path="view")
    from tco.charts.display import image

    return f"{view}.{form}", image(VIEWS[view](ledger), form)


def _over_time(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import comparison

    return charts.cost_over_time(comparison.cost_over_time(ledger), options=ledger.options)


def _by_category(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import comparison

    return charts.cost_by_category(comparison.cost_by_category(ledger), options=ledger.options)


def _by_fleet_size(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import break_even

    low, high = SMALLEST_FLEET, LARGEST_FLEET
    return charts.cost_by_fleet_size(
        break_even.cost_by(ledger.scenario, values=axis(low, high)),
        break_even.crossings(ledger.scenario, low=low, high=high),
        options=ledger.options,
        sizes=[ledger.scenario.fleet_size],
    )


def _downtime(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import comparison

    return charts.downtime_by_line(comparison.downtime_by_line(ledger), options=ledger.options)


def _hours(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import comparison

    frame = comparison.labour_by_quarter(ledger)
    busiest = float(frame.groupby(["option", "quarter"])["labour_hours"].sum().max())
    roles = list(dict.fromkeys(frame["role"]))
    return _below_one_another(
        [
            charts.labour_by_quarter(frame, option=option, roles=roles, maximum=busiest, heading=option)
            for option in ledger.options
        ]
    )


def _below_one_another(drawn: list[Any]) -> dict[str, Any]:
    """One specification of several charts that share their look."""
    parts = [chart.to_dict() for chart in drawn]
    first = parts[0]
    datasets = {name: rows for part in parts for name, rows in part.get("datasets", {}).items()}
    whole = ("$schema", "config", "datasets", "usermeta", "autosize", "background", "padding")
    inner = [{key: value for key, value in part.items() if key not in whole} for part in parts]
    return {"$schema": first["$schema"], "config": first["config"], "datasets": datasets, "vconcat": inner}


def _upgrades(ledger: Ledger) -> Any:
    from tco import charts
    from tco.analysis import schedule

    scenario = ledger.scenario
    frame = schedule.calendar(scenario)
    own = frame[frame["option"] == ledger.reference]
    return charts.upgrade_timeline(
        own, start=f"{scenario.first_day}", end=f"{scenario.last_day}", heading=ledger.reference
    )


VIEWS: dict[str, Callable[[Ledger], Any]] = {
    "cost-over-time": _over_time,
    "cost-by-category": _by_category,
    "cost-by-fleet-size": _by_fleet_size,
    "downtime": _downtime,
    "hours-by-quarter": _hours,
    "upgrades": _upgrades,
}
"""The views that can be saved, by the name their file gets."""
