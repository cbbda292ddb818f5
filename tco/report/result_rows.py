"""The numbers of a report that a table of many reports holds: one row per fleet size and option.

They are read from the tables that the notebook shows (`SOURCES`), so that they are the report's own to the last digit.
A notebook that shows none of these tables has no rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLACE = ("fleet_size", "option")
SOURCES: Mapping[str, Mapping[str, str]] = {
    "comparison": {
        "total": "total",
        "npv": "npv_point",
        "labour_hours": "labour_hours",
        "downtime_minutes": "downtime_minutes",
        "npv_difference": "difference_point",
        "payback_months": "payback_months",
    },
    "uncertainty": {"mean": "npv_mean", "p10": "npv_p10", "p50": "npv_p50", "p90": "npv_p90"},
    "ranking": {"probability_cheapest": "probability_cheapest"},
    "differences": {
        "mean": "difference_mean",
        "p10": "difference_p10",
        "p90": "difference_p90",
        "probability_cheaper": "probability_cheaper",
    },
}
"""Tables by name, with the column of the results that each of their columns becomes."""
COLUMNS = (*PLACE, *(column for columns in SOURCES.values() for column in columns.values()))
"""All columns of a row, in order; amounts in USD over the horizon, npv discounted, labour in hours, downtime in
cluster-minutes; `point` at the assumptions' means, the others over the draws; a difference is the option less the
reference."""


def result_rows(tables: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The rows of a report with these tables (`{name: {columns, rows}}`); None where a number is not given."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, wanted in SOURCES.items():
        columns = tables.get(name, {}).get("columns", [])
        if not set(PLACE) <= set(columns):
            continue
        for values in tables[name]["rows"]:
            row = dict(zip(columns, values, strict=True))
            place = tuple(row[column] for column in PLACE)
            entry = found.setdefault(place, dict.fromkeys(COLUMNS) | dict(zip(PLACE, place, strict=True)))
            entry.update({column: row[given] for given, column in wanted.items() if given in row})
    return tuple(found.values())
