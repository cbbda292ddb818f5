"""The sentences of a report, from its numbers: each function takes frames and says what they mean.

Every sentence is Markdown in which names are escaped. A notebook shows the result of a call as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tco import formats
from tco.analysis import assumption_register
from tco.analysis.verdict import POINT_NOTICE, Verdict, upper_first
from tco.formats import count, listed, markdown, money, share_range

SENTENCES_WITH_HEADLINE = 3
"""How many of a verdict's sentences follow its headline; `details` has the others."""
MAX_NAMED = 3
"""How many assumptions, efforts or changes are named in a sentence."""
CLEARLY_MORE = 1.01
"""Times the reference's hours from which an option has more."""
MAX_FITTED = 5
"""How many fitted classes are named in a sentence; the table beside it has all."""
GROUP = re.compile(r"^fleet\.(.+?)\.\w+: ")
OF_GROUP = re.compile(r"^fleet\.(.+?)\.(?:workload|instance_class|storage_gb): ")
RATES = re.compile(r"(?:, at|;) sizing\.[^)]*")
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


def bullets(lines: Iterable[str]) -> Prose:
    """A list, one item a line."""
    return Prose("\n".join(f"- {line}" for line in lines))


def opening(scenario: Any, fleet_sizes: Sequence[int], today: str) -> Prose:
    """What is compared, over which time, at which prices; fleet_sizes: that of the scenario first."""
    own, *others = fleet_sizes
    context = f" (in the section on fleet size also for {listed(list(map(formats.grouped, others)))})" if others else ""
    return Prose(
        f"**{markdown(scenario.name)}.** {markdown(scenario.description)}\n\n"
        f"{len(scenario.options)} options over {scenario.months} months from {scenario.start}, for "
        f"{count(own, 'cluster')}{context}, at prices in force on {scenario.prices_as_of}. Differences are to "
        f"*{markdown(scenario.reference_option)}*. "
        f"Amounts are in US dollars and not discounted unless a heading says present value. Made on {today}."
    )


def more_drills(hours: Mapping[str, float], reference: str, years: float) -> Prose:
    """Why options have more hours of restore drills than the reference; nothing where none has.

    hours: of restore drills by option. years: for which archived backups are kept.
    """
    base = hours.get(reference, 0.0)
    more = [
        f"{markdown(option)} {formats.number(own)}"
        for option, own in hours.items()
        if own > base * CLEARLY_MORE and round(own) > round(base)
    ]
    if not more:
        return Prose("")
    return Prose(
        f"**More restore drills than {markdown(reference)}** ({formats.number(base)} hours): "
        f"{listed(more)}. After a move, backups in the versions that clusters ran before are kept for {years:g} years, "
        "so those versions are drilled beside the new platform."
    )


def verdict(size: int, verdicts: Mapping[int, Verdict]) -> Prose:
    """The answer at one fleet size and what would reverse it.

    verdicts: by fleet size. The first sentences are here, the others in `details`; `caveats` says that it is a point
    estimate.
    """
    one = verdicts[size]
    first = " ".join(_own_sentences(one)[:SENTENCES_WITH_HEADLINE])
    parts = [f"### {count(size, 'cluster')}", f"**{markdown(one.headline)}**", first]
    if one.reversals:
        parts += ["What would reverse it:", str(bullets(markdown(reversal) for reversal in one.reversals))]
    return Prose("\n\n".join(part for part in parts if part))


def details(verdicts: Mapping[int, Verdict]) -> Prose:
    """The sentences of the verdicts that `verdict` leaves out, a paragraph for each fleet size."""
    further = {size: " ".join(_own_sentences(one)[SENTENCES_WITH_HEADLINE:]) for size, one in verdicts.items()}
    parts = [f"**Details for {count(size, 'cluster')}.** {text}" for size, text in further.items() if text]
    return Prose("\n\n".join(parts))


def _own_sentences(one: Verdict) -> list[str]:
    """A verdict's sentences as Markdown, without what holds for every verdict."""
    return [markdown(sentence) for sentence in one.sentences if sentence != POINT_NOTICE]


def caveats(verdicts: Mapping[int, Verdict], judgement: float) -> Prose:
    """What holds at every fleet size, and how much of what moves the answer is judgement (a share; NaN: nothing moves).

    judgement: as of `tco.analysis.sensitivity.judgement_share`.
    """
    parts = [markdown(POINT_NOTICE)] if any(one.is_point_estimate for one in verdicts.values()) else []
    if judgement == judgement:
        parts.append(
            f"**How much of this rests on judgement.** Of what moves the gap between the two best options, "
            f"{formats.share(judgement)} comes from assumptions without a published source."
        )
    return Prose("\n\n".join(parts))


def old_prices(ages: pd.DataFrame, days: int) -> Prose:
    """A warning where prices were looked up more than so many days ago; empty where none was.

    ages: `age_days, cost, observed_on`, as of `tco.analysis.assumption_register.price_ages`.
    """
    sentence = assumption_register.old_prices(ages, days)
    return Prose(f"**Old prices.** {sentence}" if sentence else "")


def unread_prices(sentences: Sequence[str]) -> Prose:
    """A warning of own prices that no bill reads; empty where there is none.

    sentences: as of `tco.analysis.assumption_register.unread_prices`.
    """
    if not sentences:
        return Prose("")
    return Prose(f"**Own prices that change nothing.** {'. '.join(markdown(sentence) for sentence in sentences)}.")


def overloads(sentences: Sequence[str]) -> Prose:
    """A warning of loads that today's instances cannot carry, of several in one sentence; empty where there is none.

    sentences: as of `tco.analysis.capacity.overloads`.
    """
    if not sentences:
        return Prose("")
    if len(sentences) == 1:
        return Prose(f"**Loads that do not fit.** {markdown(_without_paths(sentences[0]))}.")
    groups = list(dict.fromkeys(found[1] for found in map(GROUP.match, sentences) if found))
    more = [f"{len(groups) - MAX_NAMED} more"] if len(groups) > MAX_NAMED else []
    named = [*map(markdown, groups[:MAX_NAMED]), *more]
    return Prose(
        f"**Loads that do not fit.** The load or the data of {listed(named)} outgrow instances of some options, and no "
        f"cost of that is counted. *The options side by side* has {len(sentences)} warnings, which say when and what "
        "would help."
    )


def overloads_in_detail(sentences: Sequence[str]) -> Prose:
    """The warnings that `overloads` puts into one sentence; empty where there are fewer than two."""
    if len(sentences) < 2:
        return Prose("")
    return Prose(
        f"**Loads that do not fit.**\n\n{bullets(f'{markdown(_without_paths(sentence))}.' for sentence in sentences)}"
    )


def _without_paths(sentence: str) -> str:
    """A sentence on an input as a report says it: the group for its path, settings in words."""
    shorter = OF_GROUP.sub(r"\1: ", RATES.sub("", sentence))
    return shorter.replace("`", "").replace("_", " ") if shorter != sentence else sentence


def totals(compared: pd.DataFrame, reference: str) -> Prose:
    """The total cost of the options, and when one pays for itself.

    compared: `fleet_size, option, total, npv, payback_months`.
    """
    lines = []
    for size, rows in compared.groupby("fleet_size", sort=False):
        by_total, by_npv = (rows.sort_values(column, kind="stable") for column in ("total", "npv"))
        least, most = by_total.iloc[0], by_total.iloc[-1]
        line = f"**{count(float(str(size)), 'cluster')}:** "
        if least["total"] == most["total"]:
            lines.append(f"{line}every option costs {money(least['total'])}.")
            continue
        line += (
            f"{markdown(least['option'])} costs least in total, {money(least['total'])}, "
            f"{markdown(most['option'])} most, {money(most['total'])}."
        )
        if by_npv.iloc[0]["option"] != least["option"]:
            line += f" By present value it is {markdown(by_npv.iloc[0]['option'])}, since later spending counts less."
        back = rows[(rows["payback_months"] > 0) & (rows["option"] != reference)]
        if len(back):
            paid = [f"{markdown(row['option'])} after {row['payback_months']:.0f} months" for _, row in back.iterrows()]
            line += f" Against {markdown(reference)}, higher spending at the start is paid back by {listed(paid)}."
        lines.append(line)
    return bullets(lines)


def stages(frame: pd.DataFrame) -> Prose:
    """What moving takes and what it costs to run afterwards; frame: `option, stage, months, cost, cost_per_month`."""
    moving = frame[(frame["stage"] == "transition") & (frame["months"] > 0)].set_index("option")
    steady = frame[frame["stage"] == "steady state"].set_index("option")["cost_per_month"]
    if moving.empty:
        return Prose("No option moves to another platform, so there is no transition to pay for.")
    lines = [
        f"**{markdown(option)}** takes {row['months']:.0f} months and {money(row['cost'])} until the last "
        f"cluster has moved, then costs {money(steady.get(option, float('nan')))} a month."
        for option, row in moving.iterrows()
    ]
    staying = steady.drop(list(moving.index))
    if len(staying):
        costs = listed([f"{markdown(option)} {money(cost)}" for option, cost in staying.items()])
        lines.append(f"A month without a move costs: {costs}.")
    return bullets(lines)


def labour(releases: pd.DataFrame, reference: str) -> Prose:
    """How many hours each option takes against the reference, and what released hours are worth.

    releases: `option, release, labour_hours`.
    """
    if releases.empty:
        return Prose("No labour hours.")
    hours = releases.pivot_table("labour_hours", "option", "release", aggfunc="sum", sort=False)
    hours = hours.reindex(columns=list(RELEASES)).fillna(0.0)
    lines = [f"**{markdown(reference)}** takes {formats.hours(hours.sum(axis=1)[reference])}."]
    for option, change in (hours - hours.loc[reference]).drop(reference).iterrows():
        whole = change.sum()
        if abs(whole) < 1:
            lines.append(f"**{markdown(option)}** takes as many hours.")
        elif whole > 0:
            lines.append(f"**{markdown(option)}** takes {formats.hours(whole)} more.")
        else:
            parts = [f"{formats.hours(-change[release])} {meaning}" for release, meaning in RELEASES.items()]
            worth = f": {listed(parts)}" if change.max() <= 0 else ""
            lines.append(f"**{markdown(option)}** releases {formats.hours(-whole)}{worth}.")
    return bullets(lines)


def upgrades(calendar: pd.DataFrame, options: Sequence[str]) -> Prose:
    """How many upgrades each option has; frame: `option, to_version, clusters, hours, projected` of one fleet size."""
    done = calendar[calendar["clusters"] > 0]
    lines = []
    for option in options:
        own = done[done["option"] == option]
        moved, stranded = own[own["to_version"] != ""], own[own["to_version"] == ""]
        line = f"{count(moved['clusters'].sum(), 'cluster upgrade')}, {formats.hours(moved['hours'].sum())} of work"
        if own.empty:
            line = "no major upgrade is due at the means of assumptions"
        if projected := int(moved["projected"].sum()):
            line += f"; {projected} of {len(moved)} dates are expected from the engine's past releases"
        if len(stranded):
            line += f"; {count(stranded['clusters'].sum(), 'cluster')} stranded without an upgrade path"
        lines.append(f"**{markdown(option)}**: {line}.")
    return bullets(lines)


def downtime(planned: pd.DataFrame, band: tuple[float, float], claim: str) -> Prose:
    """Planned minutes, of database and application, compared with a published claim.

    planned: `option, database_minutes, application_minutes, planned_minutes, claim, explanation` (per cluster and
    year). band: the claimed minutes. claim: who claims them, to follow the word "as".
    """
    options_by_sentence: dict[str, list[str]] = {}
    for row in planned.to_dict("records"):
        sentence = (
            f"{formats.minutes(row['planned_minutes'])} planned per cluster and year, {row['claim']} the claim: "
            f"{formats.minutes(row['database_minutes'])} of the database and "
            f"{formats.minutes(row['application_minutes'])} of the application. "
            f"{markdown(upper_first(row['explanation']))}."
        )
        options_by_sentence.setdefault(sentence, []).append(markdown(row["option"]))
    lines = [f"**{listed(options)}**: {sentence}" for sentence, options in options_by_sentence.items()]
    return Prose(
        f"The claim is {band[0]:g} to {band[1]:g} minutes or more of planned downtime per relational cluster and year, "
        f"as {markdown(claim)}. It is compared with the result here and is no input of it.\n\n{bullets(lines)}"
    )


def fleet_sizes(ranges: pd.DataFrame) -> Prose:
    """Which option is cheapest between which fleet sizes; frame: `low, high, cheapest`, ascending."""
    note = ", no crossing in range" if len(ranges) == 1 else ""
    return bullets(
        f"**{_clusters(row['low'])} to {_clusters(row['high'])} clusters:** {markdown(row['cheapest'])}{note}"
        for row in ranges.to_dict("records")
    )


def _clusters(number: float) -> str:
    return formats.grouped(number, 1 if number < 10 and number != int(number) else 0)


def fitted_classes(sized: pd.DataFrame, utilization: float) -> Prose:
    """Which instance classes an option's `fit` chooses, and for what load; empty where nothing is fitted.

    sized: as of `tco.analysis.capacity.fitted`. utilization: allowed in the busiest hour.
    """
    if sized.empty:
        return Prose("")
    different = sized.drop_duplicates(["group", "instance_class"])
    classes = [
        f"{row.instance_class} for {markdown(row.group)} ({row.peak_reads_per_second:,.0f} reads and "
        f"{row.peak_writes_per_second:,.0f} writes a second, {row.needed_memory_gib:,.0f} GiB)"
        for row in different.head(MAX_FITTED).itertuples()
    ]
    more = f", and {len(different) - MAX_FITTED} more" if len(different) > MAX_FITTED else ""
    return Prose(
        f"**Sized for the load.** Where an option says `fit`, an instance is the smallest of its family that serves "
        f"the busiest hour with {formats.share(utilization)} of its processors and holds the data in use in memory: "
        f"{'; '.join(classes)}{more}."
    )


def capacity_modes(crossings: pd.DataFrame) -> Prose:
    """Where provisioned capacity of DynamoDB is cheaper than on demand; empty where no option is on DynamoDB.

    crossings: as of `tco.analysis.capacity.mode_crossings`.
    """
    if crossings.empty:
        return Prose("")
    by_group = crossings.drop_duplicates(["group", "kind"])
    cheaper = by_group.groupby("group", sort=False)["cheaper"].agg(lambda modes: " and ".join(dict.fromkeys(modes)))
    counts = [
        f"{str(mode).replace('_', ' ')} for {count(number, 'group')}"
        for mode, number in cheaper.value_counts(sort=False).items()
    ]
    return Prose(
        f"**Capacity modes of DynamoDB.** An hour of provisioned capacity costs as much as what it serves on demand "
        f"where {share_range(by_group['crossing'])} of it is in use on average; above that it is cheaper. Following "
        f"the load, auto scaling has {share_range(by_group['utilisation'])} in use, which by itself favours "
        f"{listed(counts)}."
    )
