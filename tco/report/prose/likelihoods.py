"""The sentences of a report on how sure its numbers are: luck and ignorance, tails, break-even, worth of measuring.

Each function takes frames of `tco.analysis` and gives Markdown in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from tco import formats
from tco.report.prose.narrative import Prose

MOST_NAMED = 3
CLEAR_ERRORS = 3.0
"""A value of information below this many standard errors is not told from nothing."""


def luck(minutes: pd.DataFrame, costs: pd.DataFrame, option: str) -> Prose:
    """How much of the spread of one option is luck, by fleet size, of downtime minutes and of present value.

    minutes, costs: `fleet_size, option, luck_share, regional_luck_share`.
    """
    own = minutes[(minutes["option"] == option) & minutes["luck_share"].notna()]
    if own.empty:
        return Prose("Nothing is uncertain here.")
    single = own["luck_share"] - own["regional_luck_share"]
    sizes = [formats.grouped(float(size)) for size in own["fleet_size"]]
    value = costs.loc[costs["option"] == option, "luck_share"]
    return Prose(
        f"**Luck and ignorance.** Of the variance of {formats.markdown(option)}'s downtime minutes, the luck of single "
        f"clusters (which cut-over fails, which instance) makes up {_by_size(single, sizes)}: it averages out over a "
        f"large fleet. Regional events make up {_by_size(own['regional_luck_share'], sizes)}: they hit all clusters at "
        "once, so their luck does not average out. The rest is not knowing the assumptions, which measuring reduces. "
        f"Of the variance of the present value luck makes up {formats.share(float(value.min()))} to "
        f"{formats.share(float(value.max()))}."
    )


def _by_size(shares: pd.Series[float], sizes: Sequence[str]) -> str:
    """Shares by fleet size: `7% at 1, 1% at 10 and under 1% at 1,000 clusters`."""
    parts = [f"{formats.share(float(share))} at {size}" for share, size in zip(shares, sizes, strict=True)]
    return f"{formats.listed(parts)} clusters"


def tails(frame: pd.DataFrame) -> Prose:
    """What downtime costs in the worst twentieth of draws; frame: `option, mean, tail_mean`."""
    parts = [
        f"{formats.markdown(row['option'])} {formats.money(float(row['tail_mean']))} (mean "
        f"{formats.money(float(row['mean']))})"
        for row in frame.to_dict("records")
    ]
    return Prose(
        f"**Bad cases of downtime.** In the worst 5% of draws downtime costs on average: {formats.listed(parts)}."
    )


def break_even(patterns: pd.DataFrame, quantiles: pd.DataFrame, what: str, low: float, high: float) -> Prose:
    """How often the cheapest option changes with one number, and where.

    patterns: `pattern, share, standard_error`. quantiles: `cheapest_below, cheapest_above, share, p10, p50, p90`.
    what: what the number is, in the plural, such as `clusters`.
    """
    span = f"between {formats.grouped(low)} and {formats.grouped(high)} {what}"
    never = patterns[patterns["pattern"].str.startswith("never")]
    lines = [
        f"- {formats.markdown(row['pattern'])}: {formats.share(float(row['share']))} of draws"
        for row in patterns.to_dict("records")
    ]
    none = formats.share(float(never["share"].sum()))
    opening = f"In {none} of draws the cheapest option is the same at every size {span}: no break-even in range."
    places = [_place(row, what) for row in quantiles.to_dict("records")]
    return Prose("\n".join([opening, "", *lines, "", *(f"- {place}" for place in places[:MOST_NAMED])]).rstrip())


def worth(frame: pd.DataFrame) -> Prose:
    """What knowing would be worth before deciding; frame: `label, kind, value, standard_error, share`."""
    everything = frame[frame["kind"] == "everything"].iloc[0]
    opening = (
        "**What measuring is worth.** Knowing every assumption before deciding would save "
        f"{_with_error(everything)} on average. Luck is left out: it cannot be bought off."
    )
    lines = []
    for kind, words in (("group", "By effort of measuring"), ("assumption", "By single assumption")):
        rows = frame[(frame["kind"] == kind) & (frame["value"] > CLEAR_ERRORS * frame["standard_error"])]
        named = [
            f"{formats.markdown(row['label'])} {_with_error(row)}" for row in rows.head(MOST_NAMED).to_dict("records")
        ]
        lines.append(
            f"- {words}: {formats.listed(named)}." if named else f"- {words}: nothing that can be told from 0."
        )
    return Prose("\n".join([opening, "", *lines]))


def published_cases(badge: Any, checks: pd.DataFrame) -> Prose:
    """How many published cases the model reproduces, and which it misses and why.

    badge: its text is the count. checks: `title, figure, outcome, reason`.
    """
    missed = checks[checks["outcome"] == "miss"]
    lines = [
        f"- {formats.markdown(row['title'])}, {formats.markdown(str(row['figure']).replace('_', ' '))}: "
        f"{formats.markdown(row['reason'])}."
        for row in missed.to_dict("records")
    ]
    return Prose("\n".join([f"**{formats.markdown(badge)}.** Missed:", "", *lines]))


def learnt(frame: pd.DataFrame, log: str) -> Prose:
    """What an upgrade log changed; frame: `label, unit, upgrades, prior_mean, posterior_mean`."""
    if frame.empty:
        return Prose(f"The upgrade log {formats.markdown(log)} says nothing of what is uncertain here.")
    parts = [
        f"- {formats.markdown(row['label'])}: {formats.number(row['prior_mean'])} to "
        f"**{formats.number(row['posterior_mean'])}**{_in_unit(row['unit'])}, from {_upgrades(row['upgrades'])}"
        for row in frame.to_dict("records")
    ]
    return Prose("\n".join([f"**Learnt from {formats.markdown(log)}** (means before and after):", "", *parts]))


def _in_unit(unit: str) -> str:
    return "" if unit == "1" else f" {formats.markdown(unit)}"


def _upgrades(count: int) -> str:
    return "1 upgrade" if count == 1 else f"{count} upgrades"


def decided_between(ranked: pd.DataFrame) -> Sequence[str]:
    """The option that costs least on average and the one most likely to be cheapest instead; `ranking` of one size."""
    best = ranked.iloc[0]["option"]
    others = ranked.iloc[1:].sort_values("probability_cheapest", ascending=False, kind="stable")
    return str(best), str(others.iloc[0]["option"])


def _place(row: Mapping[Hashable, Any], what: str) -> str:
    below, above = formats.markdown(row["cheapest_below"]), formats.markdown(row["cheapest_above"])
    low, middle, high = (formats.number(float(row[name])) for name in ("p10", "p50", "p90"))
    return (
        f"Where it changes once, from {below} to {above} ({formats.share(float(row['share']))} of draws), it does so "
        f"at {middle} {what} in the median, {low} to {high} in eight cases of ten."
    )


def _with_error(row: Mapping[Hashable, Any] | pd.Series[Any]) -> str:
    return f"{formats.money(float(row['value']))} (± {formats.money(float(row['standard_error']), 2)})"
