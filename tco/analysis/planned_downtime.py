"""Planned downtime per cluster and year against the published claim of 30 to 60 minutes, and what explains a gap.

The claim is AWS's (Achieving zero-downtime with DynamoDB, 2024): relational maintenance windows can add up to 30-60
minutes or more per cluster and year. It is an outcome here, never an input; database and application minutes stand
apart because the claim is reached only where applications stay down longer than their database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tco.analysis.comparison import cluster_years, downtime_by_line
from tco.model.components.downtime import PLANNED

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

CLAIMED_LOW, CLAIMED_HIGH = 30.0, 60.0
APPLICATION_PATH = "downtime.application_extra_minutes"


def planned_downtime(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, database_minutes, application_minutes, planned_minutes (each per cluster and year of the
    horizon), events (per cluster and year), claim (`below`, `within`, `above` the 30 to 60 minutes), explanation.

    The explanation names the application minutes an event that would bring the option into the claimed band.
    """
    frame = downtime_by_line(ledger)
    planned = frame[frame["line"] == PLANNED].pivot_table(
        index="option", columns="part", values="minutes_per_cluster_year", aggfunc="sum", observed=True
    )
    planned = planned.reindex(index=list(ledger.options), columns=["database", "application"]).fillna(0.0)
    extra = ledger.scenario.assumptions[APPLICATION_PATH].mean
    rows = []
    for option, (database, application) in planned.iterrows():
        whole = database + application
        events = application / extra if extra else 0.0
        claim = "below" if whole < CLAIMED_LOW else "above" if whole > CLAIMED_HIGH else "within"
        rows.append((option, database, application, whole, events, claim, _explanation(database, events, extra, claim)))
    if cluster_years(ledger) != cluster_years(ledger):
        rows = [
            (option, 0.0, 0.0, 0.0, 0.0, "below", "a fleet without clusters has no downtime")
            for option in ledger.options
        ]
    return pd.DataFrame(
        rows,
        columns=[
            "option",
            "database_minutes",
            "application_minutes",
            "planned_minutes",
            "events",
            "claim",
            "explanation",
        ],
    )


def _explanation(database: float, events: float, extra: float, claim: str) -> str:
    if claim == "within":
        return f"{events:.1f} planned events a year, {extra:.1f} application minutes each"
    if events == 0:
        return "no planned event touches a cluster"
    bound = CLAIMED_LOW if claim == "below" else CLAIMED_HIGH
    needed = (bound - database) / events
    if needed < 0:
        return f"the database alone is down {database:.0f} minutes: method and deployment explain it"
    return (
        f"{events:.1f} planned events a year; {bound:.0f} minutes would take {needed:.1f} application minutes an "
        f"event ({APPLICATION_PATH}, now {extra:.1f})"
    )
