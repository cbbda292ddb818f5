"""What a report says first: the answer on its opening screen, and the finding of each of its sections.

Each function takes frames and gives one Markdown text in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.comparison import FINISHED
from tco.analysis.verdict import NEAR_TIE, lower_first
from tco.formats import count, listed, markdown, money, share_range
from tco.report.prose.likelihoods import CLEAR_ERRORS
from tco.report.prose.narrative import MAX_NAMED, Prose, bullets

NO_CLUSTERS = Prose("**A fleet without clusters costs nothing under any option.**")
WORKING_DAY_HOURS = 8
"""What measuring takes at least: below the cost of an engineer for so long, nothing is said to be worth it."""
FORESEEN_MONTHS = 12
"""How far ahead of its date a report names forced upgrades."""


@dataclass(frozen=True)
class Answer:
    """What decides at one fleet size, with the names that readers see.

    best: the option that costs least. rival: the one that may win instead. reference: differences are to it. table: by
    name of option, `npv` (mean present value, USD), `unfinished`, and with draws `chance_cheapest`. difference: what
    the best costs more than the reference, `mean, p10, p90` (USD); empty at a point estimate and for the reference.
    scope: such as `5 years for 13 clusters`.
    """

    best: str
    rival: str
    reference: str
    table: pd.DataFrame
    difference: Mapping[str, float]
    scope: str


def recommendation(answer: Answer) -> Prose:
    """What to do, in two sentences: the option that costs least, or that two are too close to tell apart."""
    best, rival, reference = map(markdown, (answer.best, answer.rival, answer.reference))
    costs = answer.table["npv"]
    cost, gap = float(costs[answer.best]), float(costs[answer.rival] - costs[answer.best])
    left = float(answer.table["unfinished"][answer.best])
    parts = []
    if left > FINISHED:
        parts.append(
            f"**{best} does not finish:** at the end of the horizon {formats.share(left)} of the clusters have not "
            "moved or been upgraded; the work still owed is counted in the last month."
        )
    if gap < NEAR_TIE * abs(cost):
        parts.append(
            f"**A near tie: {best} and {rival} cost about the same**, {money(cost)} and {money(cost + gap)} present "
            f"value over {answer.scope}."
        )
    elif answer.best == answer.reference:
        parts.append(f"**No change pays: {best} costs least**, {money(cost)} present value over {answer.scope}.")
    else:
        parts.append(f"**Choose {best}.** It costs least, {money(cost)} present value over {answer.scope}.")
    if len(answer.difference):
        low, middle, high = (formats.saving(-answer.difference[name]) for name in ("p90", "mean", "p10"))
        high = f"a saving of {high}" if answer.difference["p90"] > 0 > answer.difference["p10"] else high
        parts.append(
            f"Against {reference} it saves {middle} on average, and between {low} and {high} in eight of ten draws."
        )
    if "chance_cheapest" in answer.table:
        chances = answer.table["chance_cheapest"]
        own, other = (formats.share(float(chances[name])) for name in (answer.best, answer.rival))
        subject = best if gap < NEAR_TIE * abs(cost) else "It"
        parts.append(f"{subject} is the cheapest option in {own} of draws, {rival} in {other}.")
    else:
        parts.append("This is a point estimate, so no probability can be given.")
    return Prose(" ".join(parts))


def people(frame: pd.DataFrame, best: str) -> Prose:
    """Who does the work; frame: `people, peak_people, peak_quarter` by name of option."""
    row = frame.loc[best]
    return Prose(
        f"**People.** {markdown(best)} takes {row['people']:.1f} people on average, {row['peak_people']:.1f} in "
        f"{row['peak_quarter']}, its busiest quarter."
    )


def due_soon(due: pd.DataFrame, option: str, today: str) -> Prose:
    """The upgrades that support forces on a fleet within 12 months from the date of a report.

    due: `group, date, from_version, to_version, clusters, reason` of one option. option: its name.
    """
    last = pd.Timestamp(today) + pd.DateOffset(months=FORESEEN_MONTHS)
    soon = due[(due["date"] <= last) & (due["reason"] != "policy")].sort_values("date", kind="stable")
    whole = {"clusters": ("clusters", "sum"), "date": ("date", "min"), "days": ("date", "nunique")}
    soon = soon.groupby(["group", "from_version", "to_version"], sort=False).agg(**whole).reset_index()
    head = f"**Due by {last:%Y-%m-%d} if you choose {markdown(option)}.**"
    if soon.empty:
        return Prose(f"{head} No major upgrade.")
    lines = [
        f"{markdown(row['group'])} ({count(row['clusters'], 'cluster')}) {markdown(row['from_version'])} to "
        f"{markdown(row['to_version'] or 'none')} {'from' if row['days'] > 1 else 'on'} {row['date']:%Y-%m-%d}"
        for row in soon.head(MAX_NAMED).to_dict("records")
    ]
    more = f"; and {len(soon) - MAX_NAMED} more" if len(soon) > MAX_NAMED else ""
    return Prose(f"{head} {'; '.join(lines)}{more}.")


def measure_next(worth: pd.DataFrame, engineer_rate: float) -> Prose:
    """What is worth most to measure before deciding, by one effort or alone; frame as of `worth_of_knowing`.

    engineer_rate: USD an hour. What is worth less than a day of an engineer is not worth measuring.
    """
    day = WORKING_DAY_HOURS * engineer_rate
    clear = worth[(worth["value"] > CLEAR_ERRORS * worth["standard_error"]) & (worth["value"] >= day)]
    parts, whole = clear[clear["kind"] != "everything"], clear.loc[clear["kind"] == "everything", "value"]
    if parts.empty:
        all_of_it = f" To know everything would be worth {money(whole.iloc[0])}." if len(whole) else ""
        return Prose(
            "**Measure next.** Nothing: no single measurement before deciding is worth an engineer's day "
            f"({money(day)}).{all_of_it}"
        )
    first = parts.sort_values("value", ascending=False, kind="stable").iloc[0]
    return Prose(
        f"**Measure next:** {markdown(lower_first(str(first['label'])))}. To know this before deciding is worth up to "
        f"{money(first['value'])}."
    )


def two_steps(steps: Any) -> Prose:
    """What part of the saving is size and what part is platform; empty where the cheapest option leaves the platform.

    steps: `tco.analysis.comparison.SizeAndPlatform` or None.
    """
    if steps is None:
        return Prose("")
    reference, staying, leaving = map(markdown, (steps.reference, steps.staying, steps.leaving))
    by_cost = sorted(steps.by_category.items(), key=lambda item: item[1], reverse=True)
    extremes = [(name, cost) for (name, cost), sign in ((by_cost[0], 1), (by_cost[-1], -1)) if cost * sign > 0]
    why = listed([f"{money(cost, signed=True)} {name}" for name, cost in extremes])
    step = f"costs {money(steps.move)} more than {staying}" + (f" ({why})" if why else "")
    if steps.staying == steps.reference:
        return Prose(f"**The present platform is cheapest.** The cheapest option that leaves it, {leaving}, {step}.")
    saved = f"{staying} stays on the present platform and saves {money(-steps.without_move)} against {reference}"
    title = "Most of the saving needs no move"
    if steps.size < 0:
        rest = steps.without_move - steps.size
        saved += f", {money(-steps.size)} by the size of what is rented"
        saved += f", while the rest costs {money(rest)} more" if rest > 0 else ""
        title = "Size matters more than platform"
    return Prose(f"**{title}.** {saved}. From there, the cheapest move away, {leaving}, {step}.")


def what_decides(swings: pd.DataFrame, best: str, rival: str) -> Prose:
    """The assumptions that most move the gap between the two options that may win.

    swings: `label, unit, p10, p90, swing` (USD), the widest first.
    """
    if swings.empty:
        return Prose("**What decides.** No uncertain assumption changes the gap between the options.")
    widest = [
        f"{markdown(lower_first(str(row['label'])))}, {formats.significant(row['p10'])} to "
        f"{markdown(formats.quantity(row['p90'], row['unit']))} ({money(abs(row['swing']))})"
        for row in swings.head(MAX_NAMED).to_dict("records")
    ]
    return Prose(
        f"**What decides between {markdown(best)} and {markdown(rival)}:** {'; '.join(widest)}. In brackets: how "
        "far it alone moves the difference."
    )


def badges(badge: Any, judgement: float, ages: pd.DataFrame, draws: int) -> Prose:
    """What the answer rests on, in a few words that link to the sections that say more.

    badge: `short`, how many published figures lie inside, are missed, or are not testable. judgement: share of what
    moves the gap between the two best options that is judgement. ages: `observed_on` of each price.
    """
    linked = {
        badge.short: "held-against-published-cases",
        f"{formats.share(judgement)} of what could change the answer is judgement": "what-it-rests-on",
        f"prices looked up on {ages['observed_on'].min()} or later" if len(ages) else "no prices": "what-it-rests-on",
        f"{formats.grouped(draws)} draws" if draws else "a point estimate": "how-sure-is-this",
    }
    return bullets(f"[{words}](#{anchor})" for words, anchor in linked.items())


def side_by_side(compared: pd.DataFrame) -> Prose:
    """How far apart the options lie at each fleet size; frame: `fleet_size, option, npv` (USD)."""
    parts = [
        f"{money(npv.min())} to {money(npv.max())} for {count(float(str(size)), 'cluster')}"
        for size, npv in compared.groupby("fleet_size", sort=False)["npv"]
    ]
    return Prose(f"Present values: {'; '.join(parts)}")


def how_sure(ranked: pd.DataFrame, results: pd.DataFrame, size: int, best: str) -> Prose:
    """How often the option that costs least on average is the cheapest, and how wide its cost may lie."""
    often = share_range(ranked.loc[ranked["rank"] == 1, "probability_cheapest"])
    row = results[(results["fleet_size"] == size) & (results["option"] == best)].iloc[0]
    return Prose(
        f"The option that costs least on average is the cheapest in {often} of draws; at {count(size, 'cluster')} "
        f"{markdown(best)} costs {money(row['p10'])} to {money(row['p90'])} in eight of ten"
    )


def drivers(swings: pd.DataFrame, worth: pd.DataFrame | None, best: str, rival: str) -> Prose:
    """What moves the gap between two options most, and what knowing everything is worth; worth: None without draws."""
    parts = []
    if len(swings):
        widest = swings.iloc[0]
        gap = f"{markdown(rival)} less {markdown(best)}"
        parts.append(f"{markdown(widest['label'])} moves {gap} most, by {money(abs(widest['swing']))}")
    if worth is not None:
        everything = worth.loc[worth["kind"] == "everything", "value"].iloc[0]
        parts.append(f"to know every assumption before deciding is worth {money(everything)}")
    return Prose("; ".join(parts))


def hours(compared: pd.DataFrame, size: int) -> Prose:
    """The options that take fewest and most labour hours; frame: `fleet_size, option, labour_hours`."""
    own = compared[compared["fleet_size"] == size].sort_values("labour_hours", kind="stable")
    ends = own.iloc[[0, -1]].to_dict("records")
    least, most = (f"{formats.hours(row['labour_hours'])} with {markdown(row['option'])}" for row in ends)
    return Prose(f"From {least} to {most}, at {count(size, 'cluster')}")


def rests_on(assumptions: pd.DataFrame, prices: pd.DataFrame, judgement: float) -> Prose:
    """How many assumptions and prices were used, and how much of what moves the answer is judgement (a share)."""
    return Prose(
        f"{len(assumptions)} assumptions and {len(prices)} prices; {formats.share(judgement)} of what could change the "
        "answer has no published source"
    )


def finding(sentence: object, heading: str = "") -> Prose:
    """A sentence with unescaped names, such as a chart's finding, behind the subject that it is about."""
    return Prose(markdown(f"{heading}: {sentence}" if heading else sentence))
