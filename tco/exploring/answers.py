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
from tco import charts, formats
from tco.analysis import break_even, comparison, schedule, sensitivity, uncertainty
from tco.analysis.verdict import POINT_NOTICE, verdict
from tco.charts import theme
from tco.charts.display import image, specification
from tco.display import tables
from tco.errors import InputError, unknown
from tco.evaluation.ledger import Ledger
from tco.exploring.choices import MAX_FLEET, MIN_FLEET, curve_sizes
from tco.scenario.scenario import Scenario

SHOWN_ASSUMPTIONS = 10
SMALL = 100
"""Quantities below this are shown with a decimal."""
VALUE_DIGITS = 4
SEED = 1
NEXT_ONE = ("Next comes ",)
EXACTLY = "costs exactly the same."
"""How the sentence about the second option starts, or ends."""
TO_LIMIT = {"domainMax": {"expr": "limit"}, "zero": True}
SCALES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "cost-over-time": ("y", TO_LIMIT | {"nice": True}),
    "cost-by-category": ("x", TO_LIMIT | {"nice": False}),
    "cost-by-fleet-size": ("y", {"type": "log", "nice": False, "padding": 8}),
    "downtime": ("x", TO_LIMIT | {"nice": False}),
    "hours-by-quarter": ("y", TO_LIMIT | {"nice": True}),
}
"""The views whose rows the page computes: the axis of their amounts, and its scale by the page's parameter `limit`."""
PLACE = "cost-by-fleet-size"
"""The view with a mark at the fleet size of the present settings, whose dataset `here` the page sets too."""
WHOLE_FILE = ("$schema", "config", "datasets", "usermeta", "autosize", "background", "padding")
"""The parts of a specification that several charts in one file share."""

Charts = dict[str, Any]
"""The charts of a view by option; under "" one of all options."""


def page_charts(ledger: Ledger, view: str, options: Sequence[str], rival: str = "") -> list[dict[str, Any]]:
    """The charts of a view, each with option, title, subtitle, description and its Vega-Lite specification.

    options: all that can be shown, which fix colours. rival: the option whose gap to the cheapest is looked into; left
    out, the second. Raises InputError for an unknown view.
    """
    answer: list[dict[str, Any]] = []
    for option, chart in _charts(ledger, view, options, rival).items():
        spec = specification(chart)
        title, description = spec.pop("title"), spec.pop("description")
        if answer and "color" in spec.get("encoding", {}):
            spec["encoding"]["color"]["legend"] = None  # the first of several charts beside each other has it
        answer.append(
            {
                "option": option,
                "title": " ".join(title["text"]),
                "subtitle": " ".join(title.get("subtitle", ())),
                "description": description,
                "specification": _without_rows(spec, view) if view in SCALES else spec,
            }
        )
    return answer


def chart_file(ledger: Ledger, view: str, form: str, options: Sequence[str], rival: str = "") -> tuple[str, bytes]:
    """File name and content of a view. Raises InputError for an unknown view or form."""
    shown = list(_charts(ledger, view, options, rival).values())
    return f"{view}.{form}", image(shown[0] if len(shown) == 1 else _one_below_another(shown), form)


def point_verdict(ledger: Ledger) -> list[str]:
    """What the verdict of a point estimate says besides which option is first and which next."""
    left_out = (POINT_NOTICE, *NEXT_ONE)
    return [
        one
        for one in verdict(ledger, with_reversals=False).sentences
        if not one.startswith(left_out) and not one.endswith(EXACTLY)
    ]


def probable(point: Ledger, draws: int) -> dict[str, Any]:
    """In how many of many draws each option is the cheapest, as text. point: the ledger of the point estimate.

    chance: how likely the point's verdict is right, and which other option wins most often; where another one costs
    least on average, that too. rival: that other option.
    """
    design = tco.monte_carlo(point.scenario, draws=draws, seed=SEED)
    ranking = uncertainty.ranking(point.under(design)).set_index("option")["probability_cheapest"]
    shares = {str(option): formats.share(float(chance)) for option, chance in ranking.items()}
    cheapest, second, *_ = point.total("option", "npv").mean().sort_values(kind="stable").index
    others = ranking.drop(cheapest)
    rival = str(others.idxmax() if others.max() > 0 else second)
    chance = f"In {shares[cheapest]} of {formats.grouped(draws)} draws {cheapest} is the cheapest option; "
    chance += f"its strongest rival, {rival}, is so in {shares[rival]}."
    best = next(iter(shares))
    if best != cheapest:
        chance += f" On average over all draws {best} costs least."
    return {"chance": chance, "shares": shares, "rival": rival}


def lines_behind(ledger: Ledger, option: str, category: str) -> str:
    """A table in HTML: the ledger lines of a bar, each with the assumptions and prices behind it and their sources."""
    frame = tco.explain(ledger, option=option, category=category)
    frame = frame[frame["quantity"] != 0].sort_values("cost", key=abs, ascending=False, kind="stable")
    again = frame.duplicated(["line", "unit"])
    labels = {path: entry.label for path, entry in ledger.scenario.assumptions.items()}
    cost = frame["cost"].map(lambda amount: f"{formats.grouped(amount)} USD")
    quantity = frame["quantity"].map(lambda amount: formats.grouped(amount, 1 if amount < SMALL else 0))
    units = frame["unit"].where(frame["quantity"] == 1, frame["unit"] + "s")
    value = frame["value"].map(lambda amount: formats.number(amount, VALUE_DIGITS))
    shown = pd.DataFrame(
        {
            "line": frame["line"].mask(again, ""),
            "cost": cost.mask(again, ""),
            "quantity": (quantity + " " + units).mask(again, ""),
            "rests on": frame["name"].map(lambda name: labels.get(name, name)),
            "value": (value + " " + frame["value_unit"].replace("1", "")).where(frame["name"] != "", ""),
            "source": frame["source"],
            "kind": frame["source_kind"],
            "as_of": frame["as_of"],
            "link": frame["link"],
        }
    )
    return tables.table(shown, caption=f"{option}, {category}: the ledger lines and their sources").html()


def assumption(scenario: Scenario, row: str) -> str:
    """A table in HTML: what an assumption means, with its range and source.

    row: the text above its bar. Raises InputError for an unknown one.
    """
    paths = {entry.label: path for path, entry in scenario.assumptions.items()}
    label = row.split(theme.SEPARATOR, maxsplit=1)[0]
    if label not in paths:
        raise InputError("is no assumption", path="row", value=row)
    entry = scenario.assumptions[paths[label]]
    low, high = entry.quantile(np.array(sensitivity.ENDS)).tolist()
    about = {
        "Meaning": entry.description,
        f"Plausible ({entry.unit})": f"{formats.number(low)} to {formats.number(high)} (10th and 90th percentile)",
        "Source": f"{entry.source.title} ({entry.source.kind}, {entry.source.as_of})",
        "Link": entry.source.link,
        "Note": entry.note,
        "Path": paths[label],
    }
    frame = pd.DataFrame([(name, text) for name, text in about.items() if text], columns=["what", "text"])
    columns = {"what": tables.Column(""), "text": tables.Column("", "link")}
    return tables.table(frame, caption=label, columns=columns).html()


def _charts(ledger: Ledger, view: str, options: Sequence[str], rival: str) -> Charts:
    if view not in VIEWS:
        raise InputError(unknown("view", view, VIEWS), path="view")
    return VIEWS[view](ledger, [rival] if view == "matters" and rival else options)


def _without_rows(spec: dict[str, Any], view: str) -> dict[str, Any]:
    axis, scale = SCALES[view]
    layers = spec.get("layer", [spec])
    renamed = {spec["data"]["name"]: "rows"}
    if view == PLACE:
        renamed[layers[-1]["data"]["name"]] = "here"
    for part in [spec, *layers]:
        if "data" in part:
            part["data"] = {"name": renamed.get(part["data"]["name"], part["data"]["name"])}
    spec["datasets"] = {name: rows for name, rows in spec["datasets"].items() if name not in renamed}
    spec["params"] = [{"name": "limit", "value": 1}]
    for part in layers:
        channel = part["encoding"].get(axis, {})
        if "axis" in channel:
            channel["scale"] = dict(scale)
            channel["axis"].pop("values", None)
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
    frame = break_even.cost_by(scenario, values=curve_sizes(scenario), known=ledger)
    ranges = break_even.cheapest_in_ranges(scenario, low=MIN_FLEET, high=MAX_FLEET, known=ledger)
    crossings = break_even.crossings_between(ranges)
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


def _what_matters(ledger: Ledger, options: Sequence[str]) -> Charts:
    """How far single assumptions move the gap between the cheapest option and a rival: the one named, or the next."""
    cheapest, second, *_ = ledger.total("option", "npv").mean().sort_values(kind="stable").index
    if len(options) == 1 and options[0] != cheapest:
        (second,) = options
    frame = sensitivity.tornado(ledger, second, cheapest).head(SHOWN_ASSUMPTIONS)
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
