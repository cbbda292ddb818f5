"""`index.html` of a batch: which option is cheapest at each fleet size and how surely, in a table to sort and filter.

The page opens with whether the cheapest option depends on what was swept. It needs no other file and makes no
requests; its script is allowed by its hash. Each row has a small chart of the options' costs against the reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tco import formats
from tco.analysis.verdict import lower_first
from tco.batches.journal import Journal, ReportResult
from tco.batches.plan import Plan, PlannedReport
from tco.batches.sparklines import Scale, SizeResult, scale_of, signed_share, sparkline
from tco.batches.sweeps import Axis
from tco.display import palette
from tco.report.files import partial_name
from tco.report.page import TEMPLATE as REPORT_TEMPLATE
from tco.report.page import policy, template

TEMPLATE = Path(__file__).parent / "template"
MAX_LISTED = 5_000
"""Reports that the page lists; any further ones are only in the table of results."""
COLOURS = (*(style.colour for style in palette.OPTION_STYLES), *palette.OTHER_COLOURS)
"""Colours of options by position; more than in a report, because scenarios may have different options."""
CELLS = {
    "winner": "Cheapest",
    "sure": "Probability",
    "npv": "Present value",
    "saves": "Against the reference",
    "hours": "Labour hours against it",
}
"""The cells of a row for each fleet size, with their headings."""
AS_WRITTEN = "as written"


def size_results(rows: Iterable[Mapping[str, Any]]) -> tuple[SizeResult, ...]:
    """The results of one report by fleet size, in the order of its rows: the size as written first.

    rows: as of `tco.report.outputs`. The present value is the mean over the draws; without draws, that of the point
    estimate.
    """
    by_size: dict[int, dict[str, tuple[float, Mapping[str, Any]]]] = {}
    for row in rows:
        npv = row.get("npv_mean") if row.get("npv_mean") is not None else row.get("npv_point")
        if npv is not None:
            by_size.setdefault(int(row["fleet_size"]), {})[str(row["option"])] = float(npv), row
    return tuple(_size_result(size, options) for size, options in by_size.items())


def _size_result(size: int, options: Mapping[str, tuple[float, Mapping[str, Any]]]) -> SizeResult:
    """options: the present value and the row of each option."""
    winner, (npv, best) = min(options.items(), key=lambda entry: entry[1][0])
    references = [entry for entry in options.values() if entry[1].get("difference_point") == 0]
    base, reference = next(iter([*references, *options.values()]))
    shares = {option: amount / base - 1 for option, (amount, _) in options.items()} if base > 0 else {}
    hours = best.get("labour_hours"), reference.get("labour_hours")
    return SizeResult(
        size=size,
        winner=winner,
        probability=best.get("probability_cheapest"),
        npv=npv,
        difference=npv - base,
        share=shares.get(winner),
        hours=None if None in hours else float(hours[0] or 0) - float(hours[1] or 0),
        shares=shares,
    )


def index_html(plan: Plan, journal: Journal, tables: Sequence[str]) -> str:
    """The page of a batch. tables: the files that hold the table of all results."""
    ended = [(report, result) for report in plan.reports if (result := journal.results.get(report.name)) is not None]
    reports = [(report, size_results(_labelled(report, result))) for report, result in ended if result.made]
    results_of_sizes = [result for _, results in reports for result in results]
    columns = _columns(plan.batch.fleet_sizes, [results for _, results in reports if results])
    shown = [[_at(size, results) for size in columns] for _, results in reports]
    cheapest = [(report, row) for (report, _), row in zip(reports, shown, strict=True) if row and row[0] is not None]
    wins = Counter((result.winner, place) for row in shown for place, result in enumerate(row) if result is not None)
    named = [
        *(option for result in results_of_sizes for option in result.shares),
        *(result.winner for result in results_of_sizes),
    ]
    options = list(dict.fromkeys(named))
    scale = scale_of(result.shares.values() for result in results_of_sizes)
    script = (TEMPLATE / "index.js").read_text(encoding="utf-8")
    styles = [path.read_text("utf-8") for path in (REPORT_TEMPLATE / "page.css", TEMPLATE / "index.css")]
    return str(
        template(TEMPLATE / "index.html.j2").render(
            title=plan.batch.name,
            description=plan.batch.description,
            answer=_answer(plan, cheapest, columns),
            facts=_facts(plan, len(reports)),
            policy=policy([script]),
            style="\n".join([*styles, _colours(), _hidden_cells(len(columns))]),
            script=script,
            files=tables,
            sizes=[AS_WRITTEN if size is None else f"{size:,}" for size in columns],
            options=[
                {
                    "name": option,
                    "place": number,
                    "number": number % len(COLOURS),
                    "wins": [wins[option, place] for place in range(len(columns))],
                }
                for number, option in enumerate(options)
            ],
            drawn=any(result.probability is not None for result in results_of_sizes),
            measures=CELLS,
            filters=_filters(plan),
            sorts=[(choice["key"], choice["name"]) for choice in _filters(plan)],
            rows=[
                _row(plan, report, results, cells, options, scale)
                for (report, results), cells in zip(reports[:MAX_LISTED], shown, strict=False)
            ],
            listed=min(len(reports), MAX_LISTED),
            made=len(reports),
            failures=[_failure(result) for _, result in ended if not result.made],
        )
    )


def _labelled(report: PlannedReport, result: ReportResult) -> list[dict[str, Any]]:
    """The rows of a report with its options' labels, where files have the keys of the scenario file."""
    named = {key: option.label or key for key, option in report.source.scenario.options.items()}
    return [{**row, "option": named.get(row["option"], row["option"])} for row in result.rows]


def _answer(
    plan: Plan,
    cheapest: Sequence[tuple[PlannedReport, Sequence[SizeResult | None]]],
    columns: Sequence[int | None],
) -> str:
    """Whether the cheapest option depends on what was swept, and which it is; empty without results.

    cheapest: the results of each report in the page's columns, of which the first decides.
    """
    winners = [(report, cells[0].winner) for report, cells in cheapest if cells[0] is not None]
    if not winners:
        return ""
    (first, most), *others = Counter(winner for _, winner in winners).most_common()
    sentence = f"{first} is the cheapest option" + (
        f" in {most:,} of {len(winners):,} reports" if len(winners) > 1 else ""
    )
    sentence += "".join(f", {option} in {number:,}" for option, number in others)
    changing = _deciding(plan, winners)
    swept = [_name(plan, axis) for axis in plan.axes if len(axis.values) > 1]
    if len(columns) > 1:
        swept.append("fleet size")
        if any(len({cell.winner for cell in cells if cell is not None}) > 1 for _, cells in cheapest):
            changing.append("fleet size")
            sentence += ", for the fleets as written" if columns[0] is None else f", with {columns[0]:,} clusters"
    if not swept:
        return f"{sentence}."
    if not changing:
        return f"No: {sentence}, whatever the {formats.listed(swept)}."
    idle = [name for name in swept if name not in changing]
    without = f", not with {formats.listed(idle)}" if idle else ""
    return f"Yes: {sentence}. It changes with {formats.listed(changing)}{without}."


def _deciding(plan: Plan, found: Sequence[tuple[PlannedReport, str]]) -> list[str]:
    """The axes that the cheapest option depends on: of reports that differ in this alone, it is not the same."""
    deciding = []
    for axis in plan.axes:
        alike: dict[tuple[Any, ...], set[str]] = {}
        for report, winner in found:
            rest = tuple(value for name, value in report.place.items() if name != axis.name)
            alike.setdefault(rest, set()).add(winner)
        if any(len(winners) > 1 for winners in alike.values()):
            deciding.append(_name(plan, axis))
    return deciding


def _columns(further: Sequence[int], reports: Sequence[Sequence[SizeResult]]) -> list[int | None]:
    """The fleet sizes that the page has columns for; None: the size that each scenario states.

    It has a column of its own unless it is one of the further sizes in every report.
    """
    sizes = sorted(set(further))
    stated = any(results[0].size not in sizes for results in reports)
    return [None, *sizes] if stated else [*sizes] if reports else []


def _at(size: int | None, results: Sequence[SizeResult]) -> SizeResult | None:
    """The result at a size, or at that which the scenario states; None where the report has none."""
    candidates = results if size is None else [result for result in results if result.size == size]
    return next(iter(candidates), None)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _name(plan: Plan, axis: Axis) -> str:
    """What an axis sweeps, in words: the label of an assumption, else the last word of the path."""
    entry = plan.reports[0].source.scenario.assumptions.get(axis.name)
    return lower_first(entry.label) if entry else _words(axis.short)


def _value(plan: Plan, axis: Axis, label: object) -> str:
    """A value of an axis as readers see it: the number of an assumption with its unit, a share as per cent."""
    entry = plan.reports[0].source.scenario.assumptions.get(axis.name)
    if entry is None or not formats.is_number(label):
        return str(label)
    number = float(str(label))
    if entry.unit.partition("/")[0] == "1":
        return f"{formats.significant(100 * number)}% {formats.unit(entry.unit)}".strip()
    return formats.quantity(number, entry.unit)


def _facts(plan: Plan, made: int) -> list[str]:
    """The batch in a few words."""
    planned, scenarios = len(plan.reports), len(plan.scenarios)
    return [
        f"{made:,} of {planned:,} reports" if made < planned else f"{made:,} reports",
        f"{scenarios:,} scenario{'s' * (scenarios > 1)}",
        *(
            f"{_name(plan, axis)}: {formats.listed([_value(plan, axis, label) for label in axis.values])}"
            for axis in plan.axes
        ),
        *(f"{_words(name)}: {value}" for name, value in plan.batch.parameters.items()),
    ]


def _filters(plan: Plan) -> list[dict[str, Any]]:
    """What the table can be filtered by, if it has more than one value: scenario, notebook, each axis.

    values: the text of each by what the rows hold.
    """
    scenarios, notebooks = ({name: name for name in names} for names in (plan.scenarios, plan.notebooks))
    choices = [("scenario", "scenario", scenarios), ("notebook", "notebook", notebooks)]
    for number, axis in enumerate(plan.axes):
        values = {str(label): _value(plan, axis, label) for label in axis.values}
        choices.append((_name(plan, axis), f"axis{number}", values))
    return [{"name": name, "key": key, "values": values} for name, key, values in choices if len(values) > 1]


def _row(
    plan: Plan,
    report: PlannedReport,
    results: Sequence[SizeResult],
    cells: Sequence[SizeResult | None],
    options: Sequence[str],
    scale: Scale,
) -> dict[str, Any]:
    """A row of the table. results: of all sizes; cells: those of the page's columns."""
    numbers = {option: number for number, option in enumerate(options)}
    place, name = report.place, quote(report.name)
    keys = {"report": report.name, "scenario": place["scenario"], "notebook": place["notebook"]}
    keys |= {f"axis{number}": place[axis.name] for number, axis in enumerate(plan.axes)}
    return {
        "link": f"{name}/{name}.html",
        "title": _title(plan, report),
        "keys": keys,
        "winners": [-1 if cell is None else numbers[cell.winner] for cell in cells],
        "cells": [_cells(cell, numbers) for cell in cells],
        "sparkline": sparkline(results, {option: number % len(COLOURS) for option, number in numbers.items()}, scale),
    }


def _title(plan: Plan, report: PlannedReport) -> str:
    """What the report differs in from the others: scenario and notebook where there are several, the swept values."""
    place = report.place
    parts = [
        str(place[key]) for key, several in (("scenario", plan.scenarios), ("notebook", plan.notebooks)) if several[1:]
    ]
    parts += [f"{_name(plan, axis)} {_value(plan, axis, place[axis.name])}" for axis in plan.axes]
    return ", ".join(parts) or str(place["scenario"])


def _cells(result: SizeResult | None, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    """The cells of a row for one fleet size: what they show, and the value that they are sorted by."""
    if result is None:
        return [{"key": key, "text": formats.MISSING, "value": ""} for key in CELLS]
    saved = formats.money(result.difference, signed=True) if result.difference else formats.MISSING
    texts = {
        "winner": result.winner,
        "sure": formats.share(result.probability),
        "npv": formats.money(result.npv),
        "saves": saved + (f" ({signed_share(result.share)})" if result.share else ""),
        "hours": formats.number(result.hours) if result.hours else formats.MISSING,
    }
    values = (result.winner, result.probability, result.npv, result.share, result.hours)
    cells: list[dict[str, Any]] = [
        {"key": key, "text": texts[key], "value": "" if value is None else value}
        for key, value in zip(CELLS, values, strict=True)
    ]
    cells[0]["colour"] = numbers[result.winner] % len(COLOURS)
    return cells


def _failure(result: ReportResult) -> dict[str, str]:
    """A report that failed, with a link to its partial notebook."""
    partial = partial_name(result.name)
    return {"name": result.name, "reason": result.reason, "link": quote(partial) if partial in result.files else ""}


def _colours() -> str:
    """Style rules for the colours of the options by position, for light and dark."""
    light = "".join(f".o{number}{{--option:{colour}}}" for number, colour in enumerate(COLOURS))
    on_dark = [palette.ON_DARK.get(colour, colour) for colour in COLOURS]
    dark = "".join(f".o{number}{{--option:{colour}}}" for number, colour in enumerate(on_dark))
    return f"{light}\n@media (prefers-color-scheme: dark) {{{dark}}}"


def _hidden_cells(sizes: int) -> str:
    """A style rule that hides the cells of all fleet sizes but the chosen one."""
    hidden = [f"#portfolio.at-{shown} .s{other}" for shown in range(sizes) for other in range(sizes) if other != shown]
    return f"{','.join(hidden)}{{display:none}}" if hidden else ""
