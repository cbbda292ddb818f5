"""What it is worth to measure something before deciding, in USD: in total, by assumption and by what can be measured.

Costs are NPVs with events at their expectation, since luck cannot be known in advance. The decision is the option
with the lowest mean NPV; information is worth what it saves on average by changing that decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tco.analysis.combined_designs import Part, totals_of
from tco.analysis.information import Worth, partial_information, perfect_information
from tco.analysis.uncertainty import MOST_KEPT, LuckApart, drawn
from tco.errors import InputError, unknown
from tco.evaluation.accumulators import NPV
from tco.evidence.posteriors import HOURS, INCIDENT_MINUTES, MINUTES
from tco.model.fleet.effort import INCIDENTS
from tco.sampling.monte_carlo import uncertain

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

EVERYTHING = "everything"
COLUMNS = ("name", "label", "kind", "value", "standard_error", "share")
LOG = "Your upgrade log"
LABOUR_UNIT = "labour hour"


def measurable(scenario: Scenario) -> dict[str, list[str]]:
    """Assumptions that one effort of measuring would settle together, by its name; only those that are uncertain."""
    entries = uncertain(scenario)
    hours = {path for path, entry in entries.items() if entry.unit.startswith(LABOUR_UNIT)}
    log = {HOURS, INCIDENT_MINUTES, *MINUTES.values(), *INCIDENTS.values()}
    groups = {
        LOG: [path for path in entries if path in log],
        "Hours of your upgrades": [path for path in entries if path in hours and path.startswith("upgrades.")],
        "Hours of a trial move": [path for path in entries if path in hours and path.startswith("transition.")],
        "Hours of your operations": [path for path in entries if path in hours and path.startswith("operations.")],
    }
    return {name: paths for name, paths in groups.items() if paths}


def worth_of_knowing(
    ledger: Ledger, groups: Mapping[str, Sequence[str]] | None = None, apart: LuckApart | None = None
) -> pd.DataFrame:
    """The expected value of perfect information, in total, for groups of assumptions and for each.

    groups: names with the paths that would be known together; default: what one effort would measure (`measurable`).
    apart: `luck_apart` of the ledger, where it is known already.
    Columns: name (`everything`, a group or a path), label, kind (`everything`, `group`, `assumption`), value (USD),
    standard_error, share (of everything); everything first, then groups, then assumptions, each by value. Values of
    parts do not add up. Where assumptions are correlated, one tells of the others too, and its value holds that. NaN
    where there are too few draws. From the first 20,000 draws at most. Raises InputError for an unknown path and a
    design without draws.
    """
    scenario, design = ledger.scenario, drawn(ledger).design.head(MOST_KEPT).without_luck()
    costs = totals_of([Part(scenario, design)])[0][NPV] if apart is None else apart.expected[NPV]
    paths = [path for path in design.paths if path in scenario.assumptions]
    chosen = measurable(scenario) if groups is None else groups
    for name, members in chosen.items():
        for path in members:
            if path not in paths:
                raise InputError(unknown("uncertain assumption", path, paths), path=f"groups.{name}")
    values = dict(zip(paths, design.frame(paths).to_numpy(float).T, strict=True))
    whole = perfect_information(costs)
    rows = [(EVERYTHING, "Everything", EVERYTHING, whole)]
    for kind, wanted in (("group", chosen), ("assumption", {path: [path] for path in paths})):
        found = [
            (name, scenario.assumptions[name].label if kind == "assumption" else name, kind,
             partial_information(costs, np.column_stack([values[path] for path in members])))
            for name, members in wanted.items()
        ]  # fmt: skip
        rows += sorted(found, key=lambda row: _by_value(row[3]))
    frame = pd.DataFrame(
        [(name, label, kind, worth.value, worth.standard_error) for name, label, kind, worth in rows],
        columns=list(COLUMNS[:-1]),
    )
    frame["share"] = frame["value"] / whole.value if whole.value else np.where(frame["value"].isna(), np.nan, 0.0)
    return frame


def _by_value(worth: Worth) -> float:
    return -worth.value if worth.value == worth.value else np.inf
