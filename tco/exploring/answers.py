"""What the page asks the kernel for besides amounts: the verdict, the calendar, what matters most, a bar's lines.

Every function takes a scenario with the choices made and returns what JSON can hold.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

import tco
from tco.analysis import break_even, schedule, sensitivity
from tco.analysis.verdict import POINT_NOTICE, verdict
from tco.errors import InputError
from tco.evaluation.ledger import Ledger
from tco.scenario.scenario import Scenario

SHOWN_ASSUMPTIONS = 10
SEED = 1


def told(ledger: Ledger) -> dict[str, Any]:
    """The verdict in words, the notice that belongs to a point estimate, and the comparison that it rests on."""
    found = verdict(ledger, with_reversals=False)
    return {
        "headline": found.headline,
        "sentences": [sentence for sentence in found.sentences if sentence != POINT_NOTICE],
        "notice": POINT_NOTICE,
        "comparison": records(tco.compare(ledger)),
    }


def probable(point: Ledger, draws: int) -> dict[str, Any]:
    """How likely each option is the cheapest, and the verdict of many draws. point: the ledger of the point."""
    from tco.analysis import uncertainty

    design = tco.monte_carlo(point.scenario, draws=draws, seed=SEED)
    ledger = point.under(design, uncertainty.questions(design))
    found = verdict(ledger, with_reversals=False)
    return {
        "draws": draws,
        "ranking": records(uncertainty.ranking(ledger)),
        "sentences": list(found.sentences),
        "headline": found.headline,
    }


def upgrades(scenario: Scenario) -> list[dict[str, Any]]:
    """The fleet's major upgrades under every option: date, versions, path, reason, group, clusters, hours, minutes."""
    frame = schedule.calendar(scenario)
    frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    frame["path"] = frame["path"].map(" > ".join)
    return records(frame)


def flips(scenario: Scenario, low: float, high: float) -> list[dict[str, Any]]:
    """The fleet sizes between low and high at which the cheapest option changes."""
    return records(break_even.crossings(scenario, low=low, high=high))


def what_matters(scenario: Scenario) -> dict[str, Any]:
    """The assumptions that most move the gap between the two cheapest options, with their sources."""
    ledger = tco.evaluate(scenario)
    first, second, *_ = ledger.total("option", "npv").mean().sort_values(kind="stable").index
    rows = records(sensitivity.tornado(scenario, second, first).head(SHOWN_ASSUMPTIONS))
    for row in rows:
        entry = scenario.assumptions[row["path"]]
        row |= {
            "description": entry.description,
            "source": entry.source.title,
            "kind": entry.source.kind,
            "as_of": entry.source.as_of.isoformat(),
            "link": entry.source.link,
            "note": entry.note,
        }
    return {"cheapest": first, "next": second, "rows": rows}


def behind(ledger: Ledger, option: str, category: str) -> list[dict[str, Any]]:
    """The ledger lines of a bar, each with the assumptions and prices it rests on and their sources."""
    frame = tco.explain(ledger, option=option, category=category)
    frame["label"] = [
        ledger.scenario.assumptions[name].label if kind == "assumption" else name
        for name, kind in zip(frame["name"], frame["kind"], strict=True)
    ]
    return records(frame[frame["quantity"] != 0])


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as JSON can hold them: what is missing is None."""
    return [{str(name): _json_value(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _json_value(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    raise InputError(f"cannot be shown: {value!r}")
