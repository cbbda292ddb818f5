"""What a report says first: the answer on its opening screen, and the finding of each of its sections.

Each function takes frames and gives one Markdown text in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.verdict import lower_first
from tco.formats import count, listed, markdown, money, share_range
from tco.report.prose.narrative import MAX_NAMED, Prose, bullets


def answer(cheapest: Mapping[int, str], ranked: pd.DataFrame | None = None) -> Prose:
    """Which option costs least at which fleet size, and how likely it is the cheapest there.

    cheapest: the option by fleet size. ranked: `fleet_size, option, probability_cheapest`; None without draws.
    """
    winners: dict[str, list[int]] = {}
    for size, option in cheapest.items():
        if size:
            winners.setdefault(markdown(option), []).append(size)
    if not winners:
        return Prose("**A fleet without clusters costs nothing under any option.**")
    parts: list[str] = []
    for option, sizes in winners.items():
        verb, noun = "" if parts else " costs least", "cluster" if sizes == [1] else "clusters"
        parts.append(f"{option}{verb} at {listed([formats.grouped(size) for size in sizes])} {noun}")
    if ranked is None:
        return Prose(f"**{', '.join(parts)}**. This is a point estimate, so no probability can be given.")
    chances = ranked.set_index(["fleet_size", "option"])["probability_cheapest"]
    shares = listed([formats.share(chances[size, option]) for size, option in cheapest.items() if size])
    return Prose(f"**{', '.join(parts)}**, and is the cheapest with a probability of {shares}.")


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
        saved += f", {money(-steps.size)} by the size of what is rented"
        title = "Size matters more than platform"
    return Prose(f"**{title}.** {saved}. From there, the cheapest move away, {leaving}, {step}.")


def what_decides(swings: pd.DataFrame, best: str, rival: str, reversals: Sequence[str]) -> Prose:
    """The assumptions that most move the gap between the two options that may win, and what would reverse the verdict.

    swings: `label, swing` (USD), the widest first.
    """
    if swings.empty:
        return Prose("**What matters most.** No uncertain assumption changes the gap between the options.")
    widest = [
        f"{markdown(lower_first(str(row['label'])))} ({money(abs(row['swing']))})"
        for row in swings.head(MAX_NAMED).to_dict("records")
    ]
    flips = f" {markdown(reversals[0])}" if reversals else ""
    return Prose(
        f"**What matters most.** The gap between {markdown(best)} and {markdown(rival)} moves most with "
        f"{listed(widest)}.{flips}"
    )


def badges(badge: Any, judgement: float, ages: pd.DataFrame, draws: int) -> Prose:
    """What the answer rests on, in a few words that link to the sections that say more.

    badge: how many published cases are reproduced and missed. judgement: share of the cheapest option's cost that
    reads judgement. ages: `observed_on` of each price.
    """
    reproduced = f"{badge.reproduced} of {badge.cases} published cases reproduced, {badge.missed} missed"
    linked = {
        reproduced: "held-against-published-cases",
        f"{formats.share(judgement)} of its cost reads judgement": "what-it-rests-on",
        f"prices looked up on {ages['observed_on'].min()} or later" if len(ages) else "no prices": "what-it-rests-on",
        f"{formats.grouped(draws)} draws" if draws else "a point estimate": "how-sure-is-this",
    }
    return bullets(f"[{words}](#{anchor})" for words, anchor in linked.items())


def side_by_side(compared: pd.DataFrame) -> Prose:
    """How far apart the options lie at each fleet size; frame: `fleet_size, option, npv` (USD)."""
    parts = [
        f"{money(npv.min())} to {money(npv.max())} at {formats.grouped(float(str(size)))}"
        for size, npv in compared.groupby("fleet_size", sort=False)["npv"]
    ]
    return Prose(f"Present values from {listed(parts)} clusters, every assumption at its mean")


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


def rests_on(assumptions: pd.DataFrame, prices: pd.DataFrame, judgement: pd.DataFrame) -> Prose:
    """How many assumptions and prices were read, and how much cost reads judgement; frame: `judgement_share`."""
    return Prose(
        f"{len(assumptions)} assumptions and {len(prices)} prices; {share_range(judgement['judgement_share'])} of an "
        "option's cost reads at least one assumption without a published source"
    )


def finding(sentence: object, heading: str = "") -> Prose:
    """A sentence with unescaped names, such as a chart's finding, behind the subject that it is about."""
    return Prose(markdown(f"{heading}: {sentence}" if heading else sentence))
