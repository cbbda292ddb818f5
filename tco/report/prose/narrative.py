"""The sentences of a report, from its numbers: each function takes frames and says what they mean.

Every sentence is Markdown in which names are escaped. A notebook shows the result of a call as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.verdict import POINT_NOTICE

SENTENCES_WITH_HEADLINE = 3
"""How many of a verdict's sentences stand with its headline; the rest stands behind it."""
RELEASES = {
    "cashable": "can be cut from a budget",
    "redeployed": "goes to other work",
    "soft": "is relief without a budget line",
}


@dataclass(frozen=True)
class Prose:
    """Markdown that shows as text in a notebook."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def opening(scenario: Any, fleet_sizes: Sequence[int], today: str) -> Prose:
    """What is compared, over which time, at which prices."""
    described = formats.markdown(scenario.description)
    sizes = formats.listed([formats.grouped(size) for size in fleet_sizes])
    return Prose(
        f"**{formats.markdown(scenario.name)}.** {described}\n\n"
        f"{len(scenario.options)} options over {scenario.months} months from {scenario.start}, for {sizes} clusters, "
        f"at prices in force on {scenario.prices_as_of}. Differences are to *{_name(scenario.reference_option)}*. "
        f"Amounts are in US dollars and not discounted unless a heading says present value. Made on {today}."
    )


def verdict(size: int, verdicts: Mapping[int, Any]) -> Prose:
    """The answer at one fleet size and what would reverse it.

    verdicts: by fleet size, each with `headline`, `sentences` and `reversals`. The first sentences stand here, the
    rest in `behind`; that it is a point estimate is left to `caveats`.
    """
    one = verdicts[size]
    first = _own_sentences(one)[:SENTENCES_WITH_HEADLINE]
    parts = [f"### {_plural(size, 'cluster')}", f"**{formats.markdown(one.headline)}**", " ".join(first)]
    if one.reversals:
        parts.append("What would reverse it:")
        parts.append("\n".join(f"- {formats.markdown(reversal)}" for reversal in one.reversals))
    return Prose("\n\n".join(part for part in parts if part))


def behind(verdicts: Mapping[int, Any]) -> Prose:
    """What stands behind the verdicts: the sentences that `verdict` leaves out, a paragraph for each fleet size."""
    paragraphs = [
        f"**Behind {_plural(size, 'cluster')}.** {' '.join(rest)}"
        for size, one in verdicts.items()
        if (rest := _own_sentences(one)[SENTENCES_WITH_HEADLINE:])
    ]
    return Prose("\n\n".join(paragraphs))


def caveats(verdicts: Mapping[int, Any], judgement: pd.DataFrame) -> Prose:
    """What holds at every fleet size, and how much of each option's cost rests on judgement.

    judgement: `fleet_size, option, judgement_share`.
    """
    parts = [formats.markdown(POINT_NOTICE)] if any(one.is_point_estimate for one in verdicts.values()) else []
    if len(judgement):
        by_option = judgement.groupby("option", sort=False)["judgement_share"].agg(["min", "max"])
        shares = [f"{_name(option)} {_between(row['min'], row['max'])}" for option, row in by_option.iterrows()]
        parts.append(
            "**How much of this rests on judgement.** Share of cost in lines that read at least one assumption without "
            f"a published source: {formats.listed(shares)}."
        )
    return Prose("\n\n".join(parts))


def old_prices(ages: pd.DataFrame, days: int) -> Prose:
    """A warning where prices were looked up more than so many days ago; empty where none was.

    ages: `age_days, cost, observed_on`, as `tco.analysis.assumption_register.price_ages` gives it.
    """
    old = ages[ages["age_days"] > days]
    if old.empty:
        return Prose("")
    whole = float(ages["cost"].abs().sum())
    resting = (
        f", which {formats.share(float(old['cost'].abs().sum()) / whole)} of the priced cost rests on" if whole else ""
    )
    return Prose(
        f"**Old prices.** {len(old)} of the {_plural(len(ages), 'price')} used were last looked up more than "
        f"{_plural(days, 'day')} ago, the oldest on {old['observed_on'].iloc[0]}{resting}. "
        "`tco prices refresh` reads newer ones."
    )


def totals(compared: pd.DataFrame, reference: str) -> Prose:
    """How the options stand in total, and when one pays for itself.

    compared: `fleet_size, option, total, npv, payback_months`.
    """
    lines = []
    for size, rows in compared.groupby("fleet_size", sort=False):
        by_total, by_npv = (rows.sort_values(column, kind="stable") for column in ("total", "npv"))
        least, most = by_total.iloc[0], by_total.iloc[-1]
        line = f"- **{_plural(float(str(size)), 'cluster')}:** "
        if least["total"] == most["total"]:
            lines.append(f"{line}every option costs {formats.money(least['total'])}.")
            continue
        line += (
            f"{_name(least['option'])} costs least in total, {formats.money(least['total'])}, "
            f"{_name(most['option'])} most, {formats.money(most['total'])}."
        )
        if by_npv.iloc[0]["option"] != least["option"]:
            line += f" By present value it is {_name(by_npv.iloc[0]['option'])}, since later spending counts less."
        back = rows[(rows["payback_months"] > 0) & (rows["option"] != reference)]
        paid = [f"{_name(row['option'])} after {row['payback_months']:.0f} months" for _, row in back.iterrows()]
        lines.append(f"{line} {_paying_back(paid, reference)}".rstrip())
    return Prose("\n".join(lines))


def stages(frame: pd.DataFrame) -> Prose:
    """What moving takes and what it costs to run afterwards; frame: `option, stage, months, cost, cost_per_month`."""
    moving = frame[(frame["stage"] == "transition") & (frame["months"] > 0)].set_index("option")
    steady = frame[frame["stage"] == "steady state"].set_index("option")["cost_per_month"]
    if moving.empty:
        return Prose("No option moves to another platform, so there is no transition to pay for.")
    lines = [
        f"- **{_name(option)}** takes {row['months']:.0f} months and {formats.money(row['cost'])} until the last "
        f"cluster has moved, then costs {formats.money(steady.get(option, float('nan')))} a month."
        for option, row in moving.iterrows()
    ]
    staying = steady.drop(list(moving.index))
    if len(staying):
        shown = formats.listed([f"{_name(option)} {formats.money(cost)}" for option, cost in staying.items()])
        lines.append(f"- A month without a move costs: {shown}.")
    return Prose("\n".join(lines))


def labour(releases: pd.DataFrame, reference: str) -> Prose:
    """Whose hours differ from the reference's, and what the difference is worth; `option, release, labour_hours`."""
    if releases.empty:
        return Prose("No labour hours.")
    hours: dict[str, dict[str, float]] = {}
    for row in releases.to_dict("records"):
        hours.setdefault(str(row["option"]), {})[str(row["release"])] = float(row["labour_hours"])
    lines = [f"- **{_name(reference)}** takes {formats.hours(sum(hours[reference].values()))}."]
    for option, own in hours.items():
        if option == reference:
            continue
        change = {release: own.get(release, 0.0) - hours[reference].get(release, 0.0) for release in RELEASES}
        whole = sum(change.values())
        if abs(whole) < 1:
            lines.append(f"- **{_name(option)}** takes as many.")
        elif whole > 0:
            lines.append(f"- **{_name(option)}** takes {formats.hours(whole)} more.")
        else:
            parts = [f"{formats.hours(-change[release])} {meaning}" for release, meaning in RELEASES.items()]
            worth = f": {formats.listed(parts)}" if max(change.values()) <= 0 else ""
            lines.append(f"- **{_name(option)}** releases {formats.hours(-whole)}{worth}.")
    return Prose("\n".join(lines))


def upgrades(calendar: pd.DataFrame, options: Sequence[str]) -> Prose:
    """How many upgrades each option has; frame: `option, to_version, clusters, hours, projected` of one fleet size."""
    done = calendar[calendar["clusters"] > 0]
    lines = []
    for option in options:
        own = done[done["option"] == option]
        if own.empty:
            lines.append(f"- **{_name(option)}**: no major upgrade falls due.")
            continue
        moved = own[own["to_version"] != ""]
        line = (
            f"- **{_name(option)}**: {formats.grouped(float(moved['clusters'].sum()))} cluster upgrades, "
            f"{formats.hours(float(moved['hours'].sum()))} of work"
        )
        projected = int(moved["projected"].sum()) if "projected" in moved else 0
        if projected:
            line += f"; {projected} of {len(moved)} dates are projected from the engine's own cadence"
        stranded = own[own["to_version"] == ""]
        if len(stranded):
            line += f"; {formats.grouped(float(stranded['clusters'].sum()))} clusters are stranded, no path leads on"
        lines.append(f"{line}.")
    return Prose("\n".join(lines))


def downtime(planned: pd.DataFrame, band: tuple[float, float], claim: str) -> Prose:
    """Planned minutes, database and application apart, held against a published claim.

    planned: `option, database_minutes, application_minutes, planned_minutes, claim, explanation` (per cluster and
    year). band: the claimed minutes. claim: who claims them, to follow the word "that".
    """
    lines = [
        f"- **{_name(row['option'])}**: {formats.minutes(row['planned_minutes'])} planned per cluster and year, "
        f"{formats.minutes(row['database_minutes'])} of the database and "
        f"{formats.minutes(row['application_minutes'])} of the application, {row['claim']} the claim: "
        f"{formats.markdown(row['explanation'])}."
        for row in planned.to_dict("records")
    ]
    return Prose(
        f"The claim is {band[0]:g} to {band[1]:g} minutes or more of planned downtime per relational cluster and year, "
        f"as {formats.markdown(claim)}. It is held against the result here and is no input of it.\n\n"
        + "\n".join(lines)
    )


def fleet_sizes(ranges: pd.DataFrame) -> Prose:
    """Who is cheapest between which fleet sizes; frame: `low, high, cheapest`, ascending."""
    if len(ranges) == 1:
        only = ranges.iloc[0]
        return Prose(
            f"**{_name(only['cheapest'])}** is cheapest from {_clusters(only['low'])} to {_clusters(only['high'])} "
            "clusters: no crossing in range."
        )
    lines = [
        f"- **{_clusters(row['low'])} to {_clusters(row['high'])} clusters:** {_name(row['cheapest'])}"
        for row in ranges.to_dict("records")
    ]
    return Prose("\n".join(lines))


def _own_sentences(one: Any) -> list[str]:
    """A verdict's sentences as Markdown, without what holds for every verdict."""
    return [formats.markdown(sentence) for sentence in one.sentences if sentence != POINT_NOTICE]


def _between(low: float, high: float) -> str:
    least, most = formats.share(float(low)), formats.share(float(high))
    return least if least == most else f"{least} to {most}"


def _plural(count: float, noun: str) -> str:
    return f"{formats.grouped(count)} {noun}" if count == 1 else f"{formats.grouped(count)} {noun}s"


def _paying_back(paid: Sequence[str], reference: str) -> str:
    if not paid:
        return ""
    return f"Against {_name(reference)} the higher spending at the start is back with {formats.listed(list(paid))}."


def _clusters(value: Any) -> str:
    number = float(value)
    return formats.grouped(number, 1 if number < 10 and number != int(number) else 0)


def _name(name: Any) -> str:
    return formats.markdown(name)
