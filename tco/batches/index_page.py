"""`index.html` of a batch: which option is cheapest where and how surely, in a table to sort, filter and follow.

The page stands alone: its own script is allowed by its hash, and nothing is requested.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from tco import formats
from tco.batches import results_table
from tco.batches.executors import partial_name
from tco.batches.journal import Journal
from tco.batches.outcomes import Outcome
from tco.batches.plan import Plan, Planned
from tco.display import palette
from tco.report.page_frame import TEMPLATE as REPORT_TEMPLATE
from tco.report.page_frame import policy, template

TEMPLATE = Path(__file__).parent / "template"
MOST_LISTED = 5_000
"""Reports in the table of the page; of more, the others are in the results alone."""
COLOURS = (*(style.colour for style in palette.OPTION_STYLES), *palette.OTHER_COLOURS)
"""Colours of options by position; beyond those of a report's options come others, since scenarios add up."""

WIDTH, HEIGHT, MARGIN = 120, 40, 5
WIDEST = 0.5
"""Shares beyond this lie on the edge, so that an option far too dear does not flatten the others."""

Scale = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """A report at one fleet size: its cheapest option by mean present value, how sure that is, and what it saves.

    probability: of being the cheapest; None without draws. npv: its mean present value in USD. difference and share:
    against the reference, in USD and as a share of it. hours: labour hours against the reference. shares: the last
    but one of every option.
    """

    size: int
    winner: str
    probability: float | None
    npv: float
    difference: float
    share: float | None
    hours: float | None
    shares: Mapping[str, float]


def places(rows: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    """The result rows of one report, by fleet size."""
    by_size: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        if _npv(row) is not None:
            by_size.setdefault(int(row["fleet_size"]), []).append(row)
    return tuple(_place(size, found) for size, found in sorted(by_size.items()))


def _place(size: int, rows: Sequence[Mapping[str, Any]]) -> Place:
    amounts = {str(row["option"]): _npv(row) or 0.0 for row in rows}
    best = min(rows, key=lambda row: amounts[str(row["option"])])
    reference = next((row for row in rows if row.get("difference_point") == 0), rows[0])
    winner, base = str(best["option"]), amounts[str(reference["option"])]
    shares = {option: amount / base - 1 for option, amount in amounts.items()} if base > 0 else {}
    worked = (best.get("labour_hours"), reference.get("labour_hours"))
    return Place(
        size=size,
        winner=winner,
        probability=best.get("probability_cheapest"),
        npv=amounts[winner],
        difference=amounts[winner] - base,
        share=shares.get(winner),
        hours=None if None in worked else float(worked[0] or 0) - float(worked[1] or 0),
        shares=shares,
    )


def _npv(row: Mapping[str, Any]) -> float | None:
    """The mean present value over the draws; without draws, that of the point estimate."""
    value = row.get("npv_mean")
    value = row.get("npv_point") if value is None else value
    return None if value is None else float(value)


def portfolio(plan: Plan, journal: Journal, parquet: bool) -> str:
    """The page of a batch. parquet: whether the table of results is there as Parquet too."""
    ended = [(report, entry) for report in plan.reports if (entry := journal.entries.get(report.name)) is not None]
    made = [(report, places(entry.rows)) for report, entry in ended if entry.made]
    sizes = sorted({place.size for _, found in made for place in found})
    options = list(dict.fromkeys(option for _, found in made for place in found for option in place.shares))
    options += [place.winner for _, found in made for place in found if place.winner not in options]
    options = list(dict.fromkeys(options))
    scale = scale_of(place.shares.values() for _, found in made for place in found)
    script = (TEMPLATE / "index.js").read_text(encoding="utf-8")
    return str(
        template(TEMPLATE / "index.html.j2").render(
            title=plan.batch.name,
            description=plan.batch.description,
            facts=_facts(plan, len(made)),
            policy=policy([script]),
            style="\n".join(
                [
                    (REPORT_TEMPLATE / "page.css").read_text(encoding="utf-8"),
                    (TEMPLATE / "index.css").read_text(encoding="utf-8"),
                    _colours(),
                    _shown_size(len(sizes)),
                ]
            ),
            script=script,
            files=[results_table.CSV, *([results_table.PARQUET] if parquet else [])],
            sizes=sizes,
            usual=len(sizes) // 2,
            options=[{"name": option, "number": number % len(COLOURS)} for number, option in enumerate(options)],
            wins=_wins(made, options, sizes),
            filters=_filters(plan),
            axes=[
                {"name": axis.short.replace("_", " "), "numbers": all(_is_number(value) for value in axis.values)}
                for axis in plan.axes
            ],
            rows=[_row(plan, report, found, options, sizes, scale) for report, found in made[:MOST_LISTED]],
            listed=min(len(made), MOST_LISTED),
            made=len(made),
            failures=[_failure(report, entry) for report, entry in ended if not entry.made],
        )
    )


def _facts(plan: Plan, made: int) -> list[str]:
    """What the batch is, in few words."""
    facts = [f"{made:,} of {len(plan.reports):,} reports" if made < len(plan.reports) else f"{made:,} reports"]
    facts.append(f"{len(plan.scenarios):,} scenario{'s' * (len(plan.scenarios) > 1)}")
    facts += [
        f"{axis.short.replace('_', ' ')}: {formats.listed([str(name) for name in axis.values])}" for axis in plan.axes
    ]
    facts += [f"{name.replace('_', ' ')}: {value}" for name, value in plan.batch.parameters.items()]
    return facts


def _filters(plan: Plan) -> list[dict[str, Any]]:
    """What the table can be narrowed by: scenario, notebook and each axis, where there is more than one value."""
    choices = {"scenario": plan.scenarios, "notebook": plan.notebooks}
    found = [{"name": name, "key": name, "values": list(values)} for name, values in choices.items()]
    found += [
        {"name": axis.short.replace("_", " "), "key": f"axis{number}", "values": [str(value) for value in axis.values]}
        for number, axis in enumerate(plan.axes)
    ]
    return [one for one in found if len(one["values"]) > 1]


def _wins(
    made: Sequence[tuple[Planned, tuple[Place, ...]]], options: Sequence[str], sizes: Sequence[int]
) -> list[list[int]]:
    """In how many reports each option (row) is the cheapest at each fleet size (column)."""
    counts = {(option, size): 0 for option in options for size in sizes}
    for _, found in made:
        for place in found:
            counts[place.winner, place.size] += 1
    return [[counts[option, size] for size in sizes] for option in options]


def _row(
    plan: Plan,
    report: Planned,
    found: Sequence[Place],
    options: Sequence[str],
    sizes: Sequence[int],
    scale: Scale,
) -> dict[str, Any]:
    """A row of the table."""
    at = {place.size: place for place in found}
    numbers = {option: number for number, option in enumerate(options)}
    keys = {"scenario": report.source.scenario.name, "notebook": report.notebook.path.stem}
    keys |= {f"axis{number}": str(report.labels[axis.name]) for number, axis in enumerate(plan.axes)}
    name = quote(report.name)
    return {
        "name": report.name,
        "link": f"{name}/{name}.html",
        "scenario": report.source.scenario.name,
        "notebook": report.notebook.path.stem if len(plan.notebooks) > 1 else "",
        "keys": keys,
        "axes": [report.labels[axis.name] for axis in plan.axes],
        "winners": [numbers[at[size].winner] if size in at else -1 for size in sizes],
        "cells": [_cells(at.get(size), numbers) for size in sizes],
        "sparkline": sparkline(found, {option: number % len(COLOURS) for option, number in numbers.items()}, scale),
    }


def _cells(place: Place | None, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    """What the row says at one fleet size."""
    if place is None:
        return [
            {"key": key, "text": formats.MISSING, "value": ""} for key in ("winner", "sure", "npv", "saves", "hours")
        ]
    saved = formats.money(place.difference, signed=True) if place.difference else formats.MISSING
    share = f" ({'+' if place.share > 0 else ''}{formats.share(place.share)})" if place.share else ""
    hours = formats.number(place.hours) if place.hours else formats.MISSING
    return [
        {"key": "winner", "text": place.winner, "value": place.winner, "colour": numbers[place.winner] % len(COLOURS)},
        {"key": "sure", "text": formats.share(place.probability), "value": _plain(place.probability)},
        {"key": "npv", "text": formats.money(place.npv), "value": _plain(place.npv)},
        {"key": "saves", "text": f"{saved}{share}", "value": _plain(place.share)},
        {"key": "hours", "text": hours, "value": _plain(place.hours)},
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: float | None) -> str:
    return "" if value is None else repr(value)


def _failure(report: Planned, entry: Outcome) -> dict[str, str]:
    """A report that could not be made."""
    partial = partial_name(report.name)
    return {"name": report.name, "reason": entry.reason, "link": quote(partial) if partial in entry.files else ""}


def _colours() -> str:
    """The colours of the options by their position, for light and dark."""
    light = "".join(f".o{number}{{--option:{colour}}}" for number, colour in enumerate(COLOURS))
    twins = [palette.ON_DARK.get(colour, colour) for colour in COLOURS]
    dark = "".join(f".o{number}{{--option:{colour}}}" for number, colour in enumerate(twins))
    return f"{light}\n@media (prefers-color-scheme: dark) {{{dark}}}"


def _shown_size(sizes: int) -> str:
    """Of the cells for each fleet size, those of the chosen one are shown."""
    hidden = [f".at-{shown} .s{other}" for shown in range(sizes) for other in range(sizes) if other != shown]
    return f"{','.join(hidden)}{{display:none}}" if hidden else ""


def scale_of(shares: Iterable[Collection[float]]) -> Scale:
    """The lowest and highest share that any drawing shows, the reference's 0 among them; the same for all rows."""
    every = [min(max(share, -WIDEST), WIDEST) for some in shares for share in some]
    low, high = min(every, default=0.0), max(every, default=0.0)
    return (min(low, 0.0), max(high, 0.0)) if high > low else (-WIDEST, WIDEST)


def sparkline(places: Sequence[Place], colours: Mapping[str, int], scale: Scale) -> Markup:
    """Lines of the options against the reference at 0, a dot on the cheapest at each fleet size.

    colours: the number of each option's colour.
    """
    drawn = [place for place in places if place.shares]
    if not drawn:
        return Markup()
    parts = [f'<line class="zero" x1="0" x2="{WIDTH}" y1="{_y(0, scale)}" y2="{_y(0, scale)}"/>']
    for option, colour in colours.items():
        points = [f"{_x(place, drawn)},{_y(place.shares[option], scale)}" for place in drawn if option in place.shares]
        if len(points) > 1:
            parts.append(f'<polyline class="o{colour}" points="{" ".join(points)}"/>')
    parts += [
        f'<circle class="o{colours[place.winner]}" cx="{_x(place, drawn)}" cy="{_y(place.shares[place.winner], scale)}"'
        ' r="3"/>'
        for place in drawn
    ]
    said = "; ".join(f"{place.size:,} clusters: {_said(place.winner, place.shares)}" for place in drawn)
    head = f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"'
    return Markup(f'{head} aria-label="{formats.plain(said)}">{"".join(parts)}</svg>')  # noqa: S704 - numbers, escaped


def _said(winner: str, shares: Mapping[str, float]) -> str:
    """The cheapest option and what it costs against the reference."""
    share = shares[winner]
    return f"{winner} {'+' if share > 0 else ''}{formats.share(share)}"


def _x(place: Place, drawn: Sequence[Place]) -> str:
    steps = max(len(drawn) - 1, 1)
    start = WIDTH / 2 if len(drawn) == 1 else MARGIN
    return f"{start + drawn.index(place) * (WIDTH - 2 * MARGIN) / steps:.4g}"


def _y(share: float, scale: Scale) -> str:
    low, high = scale
    inside = min(max(share, low), high)
    return f"{MARGIN + (high - inside) / (high - low) * (HEIGHT - 2 * MARGIN):.4g}"
