"""A difference as a comment of a pull request, and whether it is more than a reviewer allows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from tco.errors import InputError

ALIASES = {"cost": "total", "hours": "labour_hours", "minutes": "downtime_minutes"}
UNITS = {"total": "USD", "npv": "USD", "price": "USD", "labour_hours": "h", "downtime_minutes": "min"}
LIMIT = re.compile(
    r"\s*(?:(?P<option>.+)\.)?(?P<measure>\w+)\s*(?P<sign>[<>])"
    r"\s*(?P<number>[-+]?\d+\.?\d*)\s*(?P<share>%?)\s*$"
)

HEADLINES = {"npv": "Total cost of ownership (present value)", "total": "Cost", "price": "Prices"}
"""What a comment begins with: the first of these measures that there is."""
MOST_SAID = 8
"""Options, or prices, that the one line names."""


def totals(differences: pd.DataFrame) -> pd.DataFrame:
    """The bridges of `tco.diff` from end to end: measure, option, before, after, difference; one row each."""
    grouped = differences.groupby(["measure", "option"], sort=False)
    frame = grouped.agg(before=("before", lambda s: s.iloc[0]), after=("after", lambda s: s.iloc[-1])).reset_index()
    frame["difference"] = frame["after"] - frame["before"]
    return frame


def exceeded(differences: pd.DataFrame, limits: Iterable[str], labels: Mapping[str, str] | None = None) -> list[str]:
    """Sentences about what is beyond limits such as `npv>5%`, `stay.labour_hours>100` or `total<-10%`.

    A limit is on the change of a result from before to after: a share of what it was (`%`), or in its own unit; of
    every option, or of the one named, by its key or its label. labels: what sentences call an option, by key. Raises
    InputError for a limit that is not of this form.
    """
    ends, sentences, shown = totals(differences), [], dict(labels or {})
    keys = {label: key for key, label in shown.items()}
    for limit in limits:
        parts = LIMIT.match(limit)
        measure = ALIASES.get(parts["measure"], parts["measure"]) if parts else ""
        options, wanted = set(ends["option"]), parts["option"] if parts else None
        wanted = wanted if wanted in options else keys.get(str(wanted), wanted)
        if not parts or measure not in set(ends["measure"]) or (wanted and wanted not in options):
            raise InputError(
                f"a limit is written npv>5%, stay.hours>100 or total<-10%, of {', '.join(ends['measure'].unique())}, "
                f"and of an option on both sides ({', '.join(map(str, sorted(options)[:MOST_SAID]))})",
                path="fail-if",
                value=limit,
            )
        for row in _rows(ends[ends["measure"] == measure]):
            if wanted not in (None, row.option) or math.isnan(row.difference):
                continue
            moved = _share(row.before, row.difference) if parts["share"] else row.difference
            if moved > float(parts["number"]) if parts["sign"] == ">" else moved < float(parts["number"]):
                by = f"{moved:+.1f}%" if parts["share"] else f"{moved:+,.0f} {UNITS.get(measure, '')}".rstrip()
                sentences.append(
                    f"{shown.get(row.option, row.option)}: {measure} moves by {by}, beyond {limit.strip()}"
                )
    return sentences


def _rows(frame: pd.DataFrame) -> list[Any]:
    """The rows, whose columns are attributes."""
    return list(frame.itertuples(index=False))


def _share(before: float, difference: float) -> float:
    """Percent; infinite where there was nothing before."""
    return 100 * difference / abs(before) if before else math.copysign(math.inf, difference) if difference else 0.0


def largest_share(differences: pd.DataFrame) -> float:
    """The largest change of an option's present value, in percent; infinite where options come or go."""
    ends = totals(differences)
    shares = [
        math.inf if math.isnan(row.difference) else abs(_share(row.before, row.difference))
        for row in _rows(ends[ends["measure"] == _headline(ends)])
    ]
    return max(shares, default=0.0)


def _headline(ends: pd.DataFrame) -> str:
    return next(measure for measure in HEADLINES if measure in set(ends["measure"]))


def headline(differences: pd.DataFrame) -> str:
    """One line: by how much the cost of each option moves, or each price."""
    ends = totals(differences)
    measure = _headline(ends)
    changes = [
        f"{row.option} {_signed(row.difference, measure)} ({_share(row.before, row.difference):+.1f}%)"
        if not math.isnan(row.difference)
        else f"{row.option} {'is new' if math.isnan(row.before) else 'is gone'}"
        for row in _rows(ends[ends["measure"] == measure])
    ]
    more = f"; and {len(changes) - MOST_SAID} more" if len(changes) > MOST_SAID else ""
    return f"{HEADLINES[measure]}: {'; '.join(changes[:MOST_SAID])}{more}"


def markdown(differences: pd.DataFrame, silent_below: float = 0.0) -> str:
    """A comment: one line, with the bridges folded below it; empty where no present value moves by `silent_below` %."""
    ends = totals(differences)
    if largest_share(differences) < silent_below:
        return ""
    lines = [re.sub(r"^[^:(]*\w", r"**\g<0>**", headline(differences)), ""]
    lines += ["<details><summary>What moved, and why</summary>", ""]
    for row in _rows(ends):
        own = differences[(differences["measure"] == row.measure) & (differences["option"] == row.option)]
        moved = own[own["difference"] != 0]
        if moved.empty:
            continue
        unit = UNITS.get(row.measure, "")
        lines += [
            f"**{row.option}, {row.measure.replace('_', ' ')}**: {_plain(row.before)} → {_plain(row.after)} {unit}",
            "",
        ]
        lines += ["| change | moves | to |", "|---|---:|---:|"]
        lines += [
            f"| {_cell(each.cause)} | {_signed(each.difference, row.measure)} | {_plain(each.after)} |"
            for each in _rows(moved)
        ]
        lines.append("")
    idle = without_effect(differences)
    if idle:
        lines += ["Without effect on any result: " + "; ".join(_cell(text) for text in idle), ""]
    return "\n".join([*lines, "</details>", ""])


def without_effect(differences: pd.DataFrame) -> list[str]:
    """The changes of inputs that move nothing."""
    moves = (differences["difference"].fillna(1) != 0).groupby(differences["cause"], sort=False).any()
    return [str(cause) for cause, moved in moves.items() if not moved and len(moves) > 1]


def _signed(value: float, measure: str) -> str:
    if math.isnan(value):
        return ""
    digits = 3 if measure not in UNITS else 0
    return f"{value:+,.{digits}f} {UNITS.get(measure, '')}".rstrip()


def _plain(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 1 else f"{value:.3g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
