"""What a report says first: the answer on its opening screen, and what each of its sections finds.

Each function takes frames and gives one Markdown text in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis.verdict import lower_first
from tco.report.prose.narrative import Prose

MOST_NAMED = 3


def answer(cheapest: Mapping[int, str], ranked: pd.DataFrame | None = None) -> Prose:
    """Which option costs least at which fleet size, and how likely it is the cheapest there.

    cheapest: the option by fleet size. ranked: `fleet_size, option, probability_cheapest`; None without draws.
    """
    winners: dict[str, list[int]] = {}
    for size, option in cheapest.items():
        if size:
            winners.setdefault(option, []).append(size)
    if not winners:
        return Prose("**A fleet without clusters costs nothing under any option.**")
    (winner, where), *others = [(_name(option), _clusters(sizes)) for option, sizes in winners.items()]
    first = f"**{winner} costs least {where}{''.join(f', {option} {there}' for option, there in others)}**"
    if ranked is None:
        return Prose(f"{first}. This is a point estimate: nothing was drawn, so no probability can be given.")
    chances = ranked.set_index(["fleet_size", "option"])["probability_cheapest"]
    shares = formats.listed([formats.share(float(chances[size, option])) for size, option in cheapest.items() if size])
    return Prose(f"{first}, and is the cheapest with a probability of {shares}.")


def two_steps(found: Any) -> Prose:
    """What is size and what is platform where the cheapest option stays; empty where it does not.

    found: `tco.analysis.comparison.SizeAndPlatform` or None.
    """
    if found is None:
        return Prose("")
    reference, staying, leaving = map(_name, (found.reference, found.staying, found.leaving))
    dearer, cheaper = _extremes(found.by_category)
    why = formats.listed(
        [f"{formats.money(amount, signed=True)} {name}" for name, amount in (dearer, cheaper) if amount]
    )
    step = f"costs {formats.money(found.move)} more than {staying}" + (f" ({why})" if why else "")
    if found.staying == found.reference:
        return Prose(f"**The present platform is cheapest.** The cheapest option that leaves it, {leaving}, {step}.")
    saved = (
        f"{staying} stays on the present platform and saves {formats.money(-found.without_move)} against {reference}"
    )
    if found.size < 0:
        saved += f", {formats.money(-found.size)} by the size of what is rented"
    title = "Size matters more than platform" if found.size < 0 else "Most can be had without a move"
    return Prose(f"**{title}.** {saved}. From there, the cheapest move away, {leaving}, {step}.")


def what_decides(swings: pd.DataFrame, best: str, rival: str, reversals: Sequence[str]) -> Prose:
    """The assumptions that most move the gap between the two options that may win, and what would reverse the verdict.

    swings: `label, swing` (USD), the widest first.
    """
    named = [
        f"{formats.markdown(lower_first(str(row['label'])))} ({formats.money(abs(float(row['swing'])))})"
        for row in swings.head(MOST_NAMED).to_dict("records")
    ]
    if not named:
        return Prose("**What matters most.** Nothing that is uncertain tells the options apart.")
    flips = f" {formats.markdown(reversals[0])}" if reversals else ""
    return Prose(
        f"**What matters most.** The gap between {_name(best)} and {_name(rival)} moves most with "
        f"{formats.listed(named)}.{flips}"
    )


def badges(badge: Any, judgement: float, ages: pd.DataFrame, draws: int) -> Prose:
    """What the answer stands on, in a few words that lead to the sections that say more.

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
    return Prose("\n".join(f"- [{words}](#{anchor})" for words, anchor in linked.items()))


def side_by_side(compared: pd.DataFrame) -> Prose:
    """How far apart the options lie at each fleet size; frame: `fleet_size, option, npv` (USD)."""
    parts = []
    for size, rows in compared.groupby("fleet_size", sort=False):
        least, most = float(rows["npv"].min()), float(rows["npv"].max())
        parts.append(f"{formats.money(least)} to {formats.money(most)} at {formats.grouped(float(str(size)))}")
    return Prose(f"Present values from {formats.listed(parts)} clusters, every assumption at its mean")


def how_sure(ranked: pd.DataFrame, results: pd.DataFrame, size: int, best: str) -> Prose:
    """How often the option that costs least on average is the cheapest, and how wide its cost may lie."""
    first = ranked[ranked["rank"] == 1]["probability_cheapest"]
    low, high = formats.share(float(first.min())), formats.share(float(first.max()))
    often = low if low == high else f"{low} to {high}"
    row = results[(results["fleet_size"] == size) & (results["option"] == best)].iloc[0]
    between = f"{formats.money(float(row['p10']))} to {formats.money(float(row['p90']))}"
    return Prose(
        f"The option that costs least on average is the cheapest in {often} of draws; {_clusters([size])} "
        f"{_name(best)} costs {between} in eight of ten"
    )


def drivers(swings: pd.DataFrame, worth: pd.DataFrame | None, best: str, rival: str) -> Prose:
    """What moves the gap between two options most, and what knowing everything is worth; worth: None without draws."""
    parts = []
    if len(swings):
        label, swing = formats.markdown(swings.iloc[0]["label"]), formats.money(abs(float(swings.iloc[0]["swing"])))
        parts.append(f"{label} moves {_name(rival)} less {_name(best)} most, by {swing}")
    if worth is not None:
        everything = formats.money(float(worth.loc[worth["kind"] == "everything", "value"].iloc[0]))
        parts.append(f"to know every assumption before deciding is worth {everything}")
    return Prose("; ".join(parts))


def hours(compared: pd.DataFrame, size: int) -> Prose:
    """The options that take fewest and most labour hours; frame: `fleet_size, option, labour_hours`."""
    own = compared[compared["fleet_size"] == size].sort_values("labour_hours", kind="stable")
    least, most = own.iloc[0], own.iloc[-1]
    return Prose(
        f"From {formats.hours(float(least['labour_hours']))} with {_name(least['option'])} to "
        f"{formats.hours(float(most['labour_hours']))} with {_name(most['option'])}, {_clusters([size])}"
    )


def rests_on(assumptions: pd.DataFrame, prices: pd.DataFrame, judgement: pd.DataFrame) -> Prose:
    """How many assumptions and prices were read, and how much cost reads judgement; frame: `judgement_share`."""
    low, high = (formats.share(float(bound(judgement["judgement_share"]))) for bound in (min, max))
    return Prose(
        f"{len(assumptions)} assumptions and {len(prices)} prices; {low if low == high else f'{low} to {high}'} of an "
        "option's cost reads at least one assumption without a published source"
    )


def said(sentence: str, heading: str = "") -> Prose:
    """A sentence that names options as they are, such as a chart's finding, with what it is about before it."""
    return Prose(formats.markdown(f"{heading}: {sentence}" if heading else sentence))


def _extremes(by_category: Mapping[str, float]) -> list[tuple[str, float]]:
    """The category that costs most more, and the one that saves most, each with 0 where there is none."""
    dearest = max(by_category.items(), key=lambda item: item[1])
    cheapest = min(by_category.items(), key=lambda item: item[1])
    return [(dearest[0], max(dearest[1], 0.0)), (cheapest[0], min(cheapest[1], 0.0))]


def _clusters(sizes: Sequence[int]) -> str:
    noun = "cluster" if list(sizes) == [1] else "clusters"
    return f"at {formats.listed([formats.grouped(size) for size in sizes])} {noun}"


def _name(name: Any) -> str:
    return formats.markdown(name)
