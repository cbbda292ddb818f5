"""What would reverse the verdict: single assumptions whose plausible range holds a value at which another option wins.

Each assumption is put at its low and high; where the cheapest option changes, the value at which it changes is found
by sweeping from the mean towards that end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tco.analysis.break_even import crossings
from tco.designs import one_at_a_time
from tco.model import evaluate

if TYPE_CHECKING:
    from tco.ledger import Ledger

MOST_REFINED = 8
COLUMNS = ("path", "label", "value", "mean", "end", "unit", "cheapest", "distance")


def reversals(ledger: Ledger) -> pd.DataFrame:
    """The single changes of one assumption, within its low to high, that make another option cheapest (by NPV).

    Columns: path, label, value (where it flips), mean, end (the low or high it is on the way to), unit, cheapest
    (beyond the value), distance (how far from the mean to the end the value lies, 0 to 1); the nearest first. Empty
    where no single assumption reverses the verdict.
    """
    scenario = ledger.scenario
    options = list(ledger.options)
    now = int(ledger.total("option", "npv").mean().to_numpy().argmin())
    design = one_at_a_time(scenario)
    present = evaluate(scenario, design).total("option", "npv").to_numpy()
    swing = np.sort(present, axis=1)[:, 1] - present.min(axis=1)
    changed = np.flatnonzero(present.argmin(axis=1) != now).tolist()
    rows = []
    for row in sorted(changed, key=lambda row: -swing[row])[:MOST_REFINED]:
        path = tuple(design.columns)[row // 2]
        entry = scenario.assumptions[path]
        end = float(design.columns[path][row])
        low, high = sorted((entry.mean, end))
        found = crossings(scenario, path, low, high)
        if found.empty:
            continue
        nearest = found.iloc[0] if end > entry.mean else found.iloc[-1]
        winner = nearest["cheapest_above"] if end > entry.mean else nearest["cheapest_below"]
        distance = abs(nearest["value"] - entry.mean) / abs(end - entry.mean)
        rows.append((path, entry.label, float(nearest["value"]), entry.mean, end, entry.unit, winner, distance))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame[frame["cheapest"] != options[now]].sort_values("distance", ignore_index=True)
