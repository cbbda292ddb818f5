"""The sentences of a report on how sure its numbers are: spread, tails, break-even, value of measuring, evidence.

Each function takes frames of `tco.analysis` and gives Markdown in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.break_even import SEVERAL
from tco.formats import count, listed, markdown, money
from tco.report.prose.narrative import MAX_NAMED, Prose, bullets

CLEAR_ERRORS = 3.0
"""A value of information below this many standard errors is not distinguishable from 0."""


def decided_between(ranked: pd.DataFrame) -> tuple[str, str]:
    """The option that costs least on average and the one most likely to be cheapest instead; `ranking` of one size."""
    others = ranked.iloc[1:].sort_values("probability_cheapest", ascending=False, kind="stable")
    return str(ranked.iloc[0]["option"]), str(others.iloc[0]["option"])


def chance_events(minutes: pd.DataFrame, costs: pd.DataFrame, option: str) -> Prose:
    """How much of the spread of one option comes from chance events, by fleet size, of minutes and of present value.

    minutes, costs: `fleet_size, option, luck_share, regional_luck_share`.
    """
    own = minutes[(minutes["option"] == option) & minutes["luck_share"].notna()]
    if own.empty:
        return Prose("Nothing is uncertain here.")

    def by_size(shares: pd.Series[float]) -> str:
        pairs = zip(shares, own["fleet_size"], strict=True)
        return f"{listed([f'{formats.share(part)} at {formats.grouped(size)}' for part, size in pairs])} clusters"

    value = costs.loc[costs["option"] == option, "luck_share"]
    return Prose(
        "**Chance events and unknown assumptions.** Part of the spread is chance: which cut-over fails, when a Region "
        "stops. The rest comes from not knowing the assumptions, which measuring reduces. Of the variance of "
        f"{markdown(option)}'s downtime, events of single clusters make up "
        f"{by_size(own['luck_share'] - own['regional_luck_share'])}. These average out in a large fleet. Regional "
        f"events hit all clusters at once and make up {by_size(own['regional_luck_share'])}. Of the variance of the "
        f"present value, chance makes up {formats.share(value.min())} to {formats.share(value.max())}."
    )


def tails(frame: pd.DataFrame) -> Prose:
    """What downtime costs in the worst twentieth of draws; frame: `option, mean, tail_mean`."""
    parts = [
        f"{markdown(row['option'])} {money(row['tail_mean'])} (mean {money(row['mean'])})"
        for row in frame.to_dict("records")
    ]
    return Prose(f"**Bad cases of downtime.** In the worst 5% of draws downtime costs on average: {'; '.join(parts)}.")


def break_even(patterns: pd.DataFrame, quantiles: pd.DataFrame, what: str, low: float, high: float) -> Prose:
    """How often the cheapest option changes with one number, and where.

    patterns: `pattern, share, standard_error`. quantiles: `cheapest_below, cheapest_above, share, p10, p50, p90`.
    what: what the number is, in the plural, such as `clusters`.
    """
    never = formats.share(patterns.loc[patterns["pattern"].str.startswith("never"), "share"].sum())
    places = {}
    for row in quantiles.head(MAX_NAMED).to_dict("records"):
        at_low, median, at_high = (formats.significant(row[name], 2) for name in ("p10", "p50", "p90"))
        places[f"{row['cheapest_below']}, then {row['cheapest_above']}"] = (
            f"; half of these change below {median} {what}, eight of ten between {at_low} and {at_high}"
        )
    lines = []
    for row in patterns.to_dict("records"):
        how = str(row["pattern"]).removeprefix("never: ").removeprefix("once: ")
        how = "one option and another by turns" if how == SEVERAL else how
        lines.append(f"{markdown(how)}: {formats.share(row['share'])} of draws{places.get(how, '')}.")
    return Prose(
        f"In {never} of draws the cheapest option is the same from {formats.grouped(low)} to {formats.grouped(high)} "
        f"{what}. As their number grows, the cheapest is:\n\n{bullets(lines)}"
    )


def value_of_information(frame: pd.DataFrame) -> Prose:
    """What knowing would be worth before deciding; frame: `label, kind, value, standard_error, share`."""
    lines = []
    for kind, words in (("group", "By effort of measuring"), ("assumption", "By single assumption")):
        rows = frame[(frame["kind"] == kind) & (frame["value"] > CLEAR_ERRORS * frame["standard_error"])]
        named = [f"{markdown(row['label'])} {_with_error(row)}" for row in rows.head(MAX_NAMED).to_dict("records")]
        lines.append(f"{words}: {'; '.join(named) if named else 'nothing distinguishable from 0'}.")
    (everything,) = frame[frame["kind"] == "everything"].to_dict("records")
    return Prose(
        "**What measuring is worth.** Knowing every assumption before deciding would save "
        f"{_with_error(everything)} on average. Chance events are left out: no measurement can foresee them.\n\n"
        f"{bullets(lines)}"
    )


def _with_error(row: Mapping[Hashable, Any]) -> str:
    return f"{money(row['value'])} (± {money(row['standard_error'], 2)})"


def published_cases(badge: Any, checks: pd.DataFrame) -> Prose:
    """How many published figures the model has inside, and which it misses and why.

    badge: its text is the count. checks: `title, figure, outcome, reason`.
    """
    lines = [
        f"{markdown(row['title'])}, {markdown(str(row['figure']).replace('_', ' '))}: {markdown(row['reason'])}."
        for row in checks[checks["outcome"] == "missed"].to_dict("records")
    ]
    return Prose(f"**{markdown(badge)}.** Missed:\n\n{bullets(lines)}")


def learned(frame: pd.DataFrame, log: str) -> Prose:
    """What an upgrade log changed; frame: `label, unit, upgrades, prior_mean, posterior_mean`."""
    if frame.empty:
        return Prose(f"The upgrade log {markdown(log)} says nothing about what is uncertain here.")
    lines = []
    for row in frame.to_dict("records"):
        unit = markdown(formats.unit(row["unit"]))
        before, after = formats.significant(row["prior_mean"]), formats.significant(row["posterior_mean"])
        used = count(row["upgrades"], "upgrade")
        lines.append(f"{markdown(row['label'])}: {before} to {f'**{after}** {unit}'.strip()}, from {used}")
    return Prose(f"**Learned from {markdown(log)}** (means before and after):\n\n{bullets(lines)}")
