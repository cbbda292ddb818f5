"""What the page asks the kernel for besides amounts: charts, the verdict, the lines of a bar, an assumption's source.

Charts are those of the reports (`tco.charts`), so that a title is written in one place. Every answer is what JSON can
hold. The page computes the rows of some charts itself, so that they follow a control while it moves; these come
without their rows, and their axis ends at parameters that the page sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import tco
from tco import charts
from tco.analysis import break_even, comparison, schedule, sensitivity, uncertainty
from tco.analysis.verdict import POINT_NOTICE, verdict
from tco.charts import theme
from tco.charts.display import image, specification
from tco.display import json_cells
from tco.errors import InputError, unknown
from tco.evaluation.ledger import Ledger
from tco.exploring.choices import MAX_FLEET, MIN_FLEET, curve_sizes
from tco.scenario.scenario import Scenario

SHOWN_ASSUMPTIONS = 10
SEED = 1
TO_LIMIT = {"domainMax": {"expr": "limit"}, "zero": True}
BETWEEN_LEVELS = {"domainMin": {"expr": "levels[0]"}, "domainMax": {"expr": "peek(levels)"}}
SCALES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "cost-over-time": ("y", TO_LIMIT | {"nice": True}),
    "cost-by-category": ("x", TO_LIMIT | {"nice": False}),
    "cost-by-fleet-size": ("y", BETWEEN_LEVELS | {"type": "log", "nice": False}),
    "downtime": ("x", TO_LIMIT | {"nice": False}),
    "hours-by-quarter": ("y", TO_LIMIT | {"nice": True}),
}
"""The views whose rows the page computes: the axis of their amounts, and its scale by the page's parameters."""
WHOLE_FILE = ("$schema", "config", "datasets", "usermeta", "autosize", "background", "padding")
"""The parts of a specification that several charts in one file share."""

Charts = dict[str, Any]
"""The charts of a view by option; under "" one of all options."""


def page_charts(ledger: Ledger, view: str, options: Sequence[str]) -> list[dict[str, Any]]:
    """The charts of a view, each with option, title, subtitle, description and its Vega-Lite specification.

    options: all that can be shown, which fix colours. Raises InputError for an unknown view.
    """
    answer = []
    for option, chart in _charts(ledger, view, options).items():
        spec = specification(chart)
        title, description = spec.pop("title"), spec.pop("description")
        answer.append(
            {
                "option": option,
                "title": " ".join(title["text"]),
                "subtitle": " ".join(title.get("subtitle", ())),
                "description": description,
                "specification": _without_rows(spec, *SCALES[view]) if view in SCALES else spec,
            }
        )
    return answer


def chart_file(ledger: Ledger, view: str, form: str, options: Sequence[str], option: str = "") -> tuple[str, bytes]:
    """File name and content of a view. option: whose chart alone. Raises InputError for an unknown view or form."""
    parts = _charts(ledger, view, options)
    shown = [parts[option]] if option in parts else list(parts.values())
    return f"{view}.{form}", image(shown[0] if len(shown) == 1 else _one_below_another(shown), form)


def point_verdict(ledger: Ledger) -> dict[str, Any]:
    """The verdict in sentences, and the notice that belongs to a point estimate."""
    sentences = verdict(ledger, with_reversals=False).sentences
    return {"sentences": [sentence for sentence in sentences if sentence != POINT_NOTICE], "notice": POINT_NOTICE}


def probable(point: Ledger, draws: int) -> dict[str, Any]:
    """How likely each option is the cheapest, and the verdict of many draws. point: the ledger of the point."""
    design = tco.monte_carlo(point.scenario, draws=draws, seed=SEED)
    ledger = point.under(design, uncertainty.questions(design))
    sentences = verdict(ledger, with_reversals=False).sentences
    return {"draws": draws, "ranking": records(uncertainty.ranking(ledger)), "sentences": list(sentences)}


def lines_behind(ledger: Ledger, option: str, category: str) -> list[dict[str, Any]]:
    """The ledger lines of a bar, each with the assumptions and prices it rests on and their sources."""
    frame = tco.explain(ledger, option=option, category=category)
    frame["label"] = [
        ledger.scenario.assumptions[name].label if kind == "assumption" else name
        for name, kind in zip(frame["name"], frame["kind"], strict=True)
    ]
    return records(frame[frame["quantity"] != 0])


def assumption(scenario: Scenario, row: str) -> dict[str, Any]:
    """An assumption with its range and source. row: the text above its bar. Raises InputError for an unknown one."""
    paths = {entry.label: path for path, entry in scenario.assumptions.items()}
    label = row.split(theme.SEPARATOR, maxsplit=1)[0]
    if label not in paths:
        raise InputError("is no assumption", path="row", value=row)
    entry = scenario.assumptions[paths[label]]
    low, high = entry.quantile(np.array(sensitivity.ENDS)).tolist()
    shown = entry.model_dump(include={"label", "description", "unit", "note"})
    return shown | entry.source.model_dump(mode="json") | {"path": paths[label], "p10": low, "p90": high}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as JSON can hold them: what is missing is None."""
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in json_cells.rows(frame)]


def _charts(ledger: Ledger, view: str, options: Sequence[str]) -> Charts:
    if view not in VIEWS:
        raise InputError(unknown("view", view, VIEWS), path="view")
    return VIEWS[view](ledger, options)


def _without_rows(spec: dict[str, Any], axis: str, scale: Mapping[str, Any]) -> dict[str, Any]:
    spec["datasets"].pop(spec["data"]["name"])
    spec["data"] = {"name": "rows"}
    spec["params"] = [{"name": "limit", "value": 1}, {"name": "levels", "value": [1, 10]}]
    for part in spec.get("layer", [spec]):
        channel = part["encoding"].get(axis, {})
        if "axis" in channel:
            channel["scale"] = dict(scale)
            if "values" in channel["axis"]:
                channel["axis"]["values"] = {"expr": "levels"}
    return spec


def _one_below_another(parts: Sequence[Any]) -> dict[str, Any]:
    """One specification of several charts that share their look."""
    specs = [chart.to_dict() for chart in parts]
    datasets = {name: rows for spec in specs for name, rows in spec.get("datasets", {}).items()}
    inner = [{key: value for key, value in spec.items() if key not in WHOLE_FILE} for spec in specs]
    return {"$schema": specs[0]["$schema"], "config": specs[0]["config"], "datasets": datasets, "vconcat": inner}


def _over_time(ledger: Ledger, options: Sequence[str]) -> Charts:
    return {"": charts.cost_over_time(comparison.cost_over_time(ledger), options=options)}


def _by_category(ledger: Ledger, _: Sequence[str]) -> Charts:
    return {"": charts.cost_by_category(comparison.cost_by_category(ledger), options=ledger.options)}


def _by_fleet_size(ledger: Ledger, options: Sequence[str]) -> Charts:
    scenario = ledger.scenario
    frame = break_even.cost_by(scenario, values=curve_sizes(scenario))
    crossings = break_even.crossings(scenario, low=MIN_FLEET, high=MAX_FLEET)
    return {"": charts.cost_by_fleet_size(frame, crossings, options=options, sizes=[scenario.fleet_size])}


def _downtime(ledger: Ledger, _: Sequence[str]) -> Charts:
    return {"": charts.downtime_by_line(comparison.downtime_by_line(ledger), options=ledger.options)}


def _hours(ledger: Ledger, _: Sequence[str]) -> Charts:
    frame = comparison.labour_by_quarter(ledger)
    most = float(frame.groupby(["option", "quarter"])["labour_hours"].sum().max())
    roles = list(dict.fromkeys(frame["role"]))
    return {name: charts.labour_by_quarter(frame, option=name, roles=roles, maximum=most) for name in ledger.options}


def _upgrades(ledger: Ledger, _: Sequence[str]) -> Charts:
    frame = schedule.calendar(ledger.scenario)
    days = {"start": f"{ledger.scenario.first_day}", "end": f"{ledger.scenario.last_day}"}
    by_option = {name: frame[frame["option"] == name] for name in ledger.options}
    return {name: charts.upgrade_timeline(own, heading=name, **days) for name, own in by_option.items() if len(own)}


def _what_matters(ledger: Ledger, _: Sequence[str]) -> Charts:
    """How far single assumptions move the gap between the two cheapest options."""
    cheapest, second, *_ = ledger.total("option", "npv").mean().sort_values(kind="stable").index
    frame = sensitivity.tornado(ledger.scenario, second, cheapest).head(SHOWN_ASSUMPTIONS)
    reversing = int((frame[["at_p10", "at_p90"]].min(axis=1) < 0).sum())
    title = (
        f"{reversing} of these {len(frame)} assumptions alone could make {second} cheaper than {cheapest}"
        if reversing
        else f"None of these assumptions alone makes {second} cheaper than {cheapest}"
    )
    outcome = f"USD that {second} costs more than {cheapest}, present value"
    return {"": charts.tornado(frame, outcome=outcome, title=title)}


VIEWS: Mapping[str, Callable[[Ledger, Sequence[str]], Charts]] = {
    "cost-over-time": _over_time,
    "cost-by-category": _by_category,
    "cost-by-fleet-size": _by_fleet_size,
    "downtime": _downtime,
    "hours-by-quarter": _hours,
    "upgrades": _upgrades,
    "matters": _what_matters,
}
"""The views of the page, by the name that their file gets."""
