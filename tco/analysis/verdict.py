"""The verdict in sentences: which option costs least, by how much, why, and what would reverse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from tco.analysis.comparison import FINISHED, compare, people
from tco.analysis.one_change_reversals import HORIZONS, horizons, reversals_of, short_of_hours
from tco.analysis.uncertainty import convergence, convergence_sentence, differences, ranking, results
from tco.formats import listed, money, quantity, saving, share, significant
from tco.model.components.version_upkeep import EXPOSURE

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

POINT_NOTICE = (
    "This is a point estimate: every assumption stands at its mean, so no probability can be given; near ties and "
    "skewed costs can turn the other way."
)
NEAR_TIE = 0.05
"""Present values whose difference is below this share of the lower one are called a near tie."""
MAX_REVERSALS = 3
NOTICEABLE_ERRORS = 2.0
"""Standard errors from which on mean and point estimate are said to differ."""
ROUNDING = 1e-9
SKEWED = 0.05
"""Share of the median from which on mean and median are said to differ."""


@dataclass(frozen=True)
class Verdict:
    """headline: one sentence. sentences: what supports it. cheapest: the option with the lowest NPV.

    reversals: sentences on the changes that would make another option cheapest, or that there are none.
    """

    headline: str
    sentences: tuple[str, ...]
    cheapest: str
    is_point_estimate: bool
    reversals: tuple[str, ...]


def verdict(ledger: Ledger, with_reversals: bool = True) -> Verdict:
    """The verdict of a ledger: with draws, its probability, median, range and mean, else a notice on point estimates.

    `with_reversals=False` leaves out the search for reversals (about a third of a second), and why mean and point
    differ.
    """
    return verdicts({0: ledger})[0] if with_reversals else _verdict(ledger, None)


def verdicts(ledgers: Mapping[int, Ledger]) -> dict[int, Verdict]:
    """The verdict of each ledger by its key, such as a fleet size; reversals of all are searched together.

    Other horizons and starts are tried only for the first fleet that has clusters.
    """
    with_clusters = {key: ledger for key, ledger in ledgers.items() if ledger.scenario.fleet_size}
    flips = dict(zip(with_clusters, reversals_of(list(with_clusters.values()), MAX_REVERSALS), strict=True))
    first = next(iter(with_clusters), None)
    return {key: _verdict(ledger, flips.get(key), with_horizons=key == first) for key, ledger in ledgers.items()}


def duration(months: int) -> str:
    """A number of months in words.

    >>> duration(60), duration(12), duration(18), duration(1)
    ('5 years', '1 year', '18 months', '1 month')
    """
    number, unit = (months, "month") if months % 12 else (months // 12, "year")
    return f"{number} {unit}" + ("" if number == 1 else "s")


def _verdict(ledger: Ledger, flips: pd.DataFrame | None, with_horizons: bool = False) -> Verdict:
    """flips: `reversals`; None leaves out these, other horizons, and why mean and point differ."""
    table = compare(ledger).set_index("option")
    ranked = table["npv"].sort_values(kind="stable")
    cheapest, months, size = str(ranked.index[0]), ledger.scenario.months, ledger.scenario.fleet_size
    is_point = ledger.design.rows == 1
    if not size:
        return Verdict("A fleet without clusters costs nothing under any option.", (), cheapest, is_point, ())
    scope = f"over {duration(months)} for {size:,} {'cluster' if size == 1 else 'clusters'}"
    if is_point:
        headline = f"{cheapest} costs least: {money(ranked.iloc[0])} present value {scope}."
        sentences = [_runner_up(ranked), *_against_reference(ledger, table, cheapest)]
    else:
        headline, *sentences = _sentences_of_draws(ledger, scope, with_reasons=flips is not None)
    left = _unfinished(table, cheapest)
    if table["unfinished"][cheapest] > FINISHED:
        headline, left = f"{left} With that, {headline}", ""
    sentences[:0] = left, _unpriced(ledger)
    sentences += [_effort(table, cheapest, ledger.reference), _people(ledger, cheapest)]
    if is_point:
        sentences.append(POINT_NOTICE)
    reversals = [] if flips is None else [*_reversal_sentences(flips), *_short_of_hours(ledger.scenario)]
    if flips is not None and with_horizons:
        reversals.append(_horizons(ledger))
    return Verdict(headline, tuple(filter(None, sentences)), cheapest, is_point, tuple(reversals))


def _unfinished(table: pd.DataFrame, cheapest: str) -> str:
    """The options that leave clusters unfinished, the cheapest first; empty if none."""
    left = table["unfinished"][lambda shares: shares > FINISHED].sort_index(key=lambda names: names != cheapest)
    parts = [f"{option} leaves {share(float(part))} of the clusters" for option, part in left.items()]
    owed = "the work still owed is booked in the last month, and no payback is claimed."
    return f"Unfinished at the end of the horizon: {', '.join(parts)}; {owed}" if parts else ""


def _unpriced(ledger: Ledger) -> str:
    """The options with unpriced cluster-months past all support; empty if none."""
    if ledger.scenario.assumptions[EXPOSURE].mean:
        return ""
    past = ledger.at_point.mean(["option", "line"], "cluster-month").xs("exposure past support", level="line")
    parts = [f"{option} has {months:,.0f}" for option, months in past.items() if months > 0]
    return f"Cluster-months past all support are not priced ({EXPOSURE} is 0): {', '.join(parts)}." if parts else ""


def _runner_up(ranked: pd.Series[float]) -> str:
    gap, second = ranked.iloc[1] - ranked.iloc[0], ranked.index[1]
    if gap == 0:
        return f"{second} costs exactly the same."
    relative = gap / abs(ranked.iloc[0]) if ranked.iloc[0] else float("inf")
    tie = ", a near tie" if relative < NEAR_TIE else ""
    return f"Next comes {second}, {money(gap)} ({share(relative)}) more{tie}."


def _against_reference(ledger: Ledger, table: pd.DataFrame, cheapest: str) -> list[str]:
    if cheapest == ledger.reference:
        return [
            f"It is the reference: no other option pays for itself within {ledger.scenario.months} months."
            if table["discounted_payback_months"].drop(cheapest).isna().all()
            else "It is the reference."
        ]
    months, saved = table["discounted_payback_months"][cheapest], -table["npv_difference"][cheapest]
    payback = ", from the first month on" if months == 0 else ""
    if months > 0:
        payback = f" and pays back in {months:.0f} months (discounted)"
    return [f"It saves {money(saved)} against the reference {ledger.reference}{payback}."]


def _people(ledger: Ledger, cheapest: str) -> str:
    """The people that the cheapest option needs, on average and in the busiest quarter, and then the others."""
    rows = {row["option"]: row for row in people(ledger).to_dict("records")}
    row = rows.pop(cheapest)
    others = "; ".join(f"{name} {other['people']:.1f} and {other['peak_people']:.1f}" for name, other in rows.items())
    return (
        f"That is the work of {row['people']:.1f} people on average, and of {row['peak_people']:.1f} in the busiest "
        f"quarter, {row['peak_quarter']}; for comparison: {others}."
    )


def _effort(table: pd.DataFrame, cheapest: str, reference: str) -> str:
    names = ["labour_hours", "downtime_minutes"]
    best, base = (list(map(significant, table.loc[name, names])) for name in (cheapest, reference))
    against = "" if cheapest == reference else f", against {base[0]} and {base[1]} of {reference}"
    return f"It takes {best[0]} labour hours and {best[1]} minutes of downtime, summed over its clusters{against}."


def _reversal_sentences(flips: pd.DataFrame) -> tuple[str, ...]:
    if flips.empty:
        return ("No single assumption, moved from its 1st to its 99th percentile, makes another option cheapest.",)
    sentences = []
    for row in flips.to_dict("records"):
        label, side = lower_first(str(row["label"])), "above" if row["value"] > row["mean"] else "below"
        known = row["probability"] == row["probability"]
        likely = (
            f"a chance of {share(float(row['probability']))}" if known else f"stated up to {significant(row['end'])}"
        )
        sentences.append(
            f"{row['cheapest']} would be cheapest if {label} were {side} {quantity(row['value'], row['unit'])} (mean "
            f"{significant(row['mean'])}, {likely})."
        )
    return tuple(sentences)


def _short_of_hours(scenario: Scenario) -> list[str]:
    """That reversals leave dates as they are, where a team has too few hours for them; else nothing."""
    short = short_of_hours(scenario)
    notice = (
        f"The hours of upgrades were changed without their dates, though under {listed(short)} the vendor forces some "
        "or they are not made: `tco crossing` moves the dates with the hours."
    )
    return [notice] if short else []


def _horizons(ledger: Ledger) -> str:
    """The cheapest options of other horizons or starts: on average over draws, or at the means of all assumptions."""
    table = horizons(ledger)
    basis = "At the assumptions' means" if ledger.design.rows == 1 else "On average"
    cheapest, others = table["cheapest"].iloc[0], table.iloc[1:]
    parts = [
        f"{row['cheapest']} from {row['start']} on"
        if row["start"] != ledger.scenario.start
        else f"{row['cheapest']} over {row['horizon_months']} months"
        for row in others[others["reverses"]].to_dict("records")
    ]
    if parts:
        return f"{basis}, {', '.join(parts)} would be cheapest instead of {cheapest}."
    months = [str(months) for months in HORIZONS if months != ledger.scenario.months]
    over = f"{', '.join(months[:-1])} or {months[-1]} months"
    return f"{basis}, {cheapest} would also be cheapest over {over}, and from a year later on."


def lower_first(text: str) -> str:
    """A label inside a sentence: its first letter small, unless it begins with an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """A clause as a sentence."""
    return text[:1].upper() + text[1:]


def _sentences_of_draws(ledger: Ledger, scope: str, with_reasons: bool) -> list[str]:
    """Headline, range, runner-up, reference, ranking, point and convergence, in this order.

    scope: horizon and fleet size. `with_reasons=False` leaves out why mean and point differ, which needs every line of
    the ledger.
    """
    ranked, table = ranking(ledger), results(ledger)
    best = str(ranked["option"].iloc[0])
    return [
        _headline(ranked.iloc[0], scope),
        _range(best, _numbers(table, best)),
        _chance_of_runner_up(ledger, ranked),
        *_rival(ranked),
        _difference_to_reference(ledger, best),
        _point(table),
        *([why_mean_and_point_differ(ledger, best, table)] if with_reasons else []),
        convergence_sentence(convergence(ledger), ledger.design.rows),
    ]


def _chance(probability: float, error: float) -> str:
    """A probability with the simulation's standard error: `64% (± 0.5)` percentage points."""
    return f"{share(probability)} (± {error * 100:.1f})"


def _headline(first: pd.Series[Any], scope: str) -> str:
    """Which option costs least on average and how likely it is the cheapest; first: the first row of `ranking`."""
    chance = _chance(float(first["probability_cheapest"]), float(first["standard_error"]))
    return (
        f"{first['option']} costs least on average, {money(float(first['mean']))} present value {scope}, and is the "
        f"cheapest option with a probability of {chance}."
    )


def _range(best: str, row: Mapping[str, float]) -> str:
    return (
        f"Half of the draws of {best} lie below {money(row['p50'])}, eight of ten lie between {money(row['p10'])} and "
        f"{money(row['p90'])}."
    )


def _chance_of_runner_up(ledger: Ledger, ranked: pd.DataFrame) -> str:
    best, second = ranked.iloc[0], ranked.iloc[1]
    gap = float(second["mean"] - best["mean"])
    if gap == 0:
        return f"{second['option']} costs the same on average."
    totals = ledger.total("option", "npv")
    ahead = totals[best["option"]] < totals[second["option"]]
    return (
        f"Next comes {second['option']}, {money(gap)} more on average; {best['option']} beats it in "
        f"{share(float(ahead.mean()))} of draws."
    )


def _rival(ranked: pd.DataFrame) -> list[str]:
    """The option most likely to be cheapest besides the best, unless that is the runner-up or its chance is 0."""
    best, others = ranked.iloc[0], ranked.iloc[1:]
    rival = others.sort_values("probability_cheapest", ascending=False, kind="stable").iloc[0]
    name, chance = rival["option"], float(rival["probability_cheapest"])
    if chance > float(best["probability_cheapest"]):
        return [f"{name} is the cheapest more often ({share(chance)} of draws), but dearer by more where it is not."]
    if chance == 0 or name == others.iloc[0]["option"]:
        return []
    return [f"Its strongest rival is {name}, the cheapest with a probability of {share(chance)}."]


def _difference_to_reference(ledger: Ledger, best: str) -> str:
    if best == ledger.reference:
        return f"{best} is the reference: no other option costs less on average."
    saved = {name: saving(-number) for name, number in _numbers(differences(ledger), best).items()}
    return (
        f"The saving against the reference {ledger.reference} is {saved['mean']} on average and {saved['p50']} at the "
        f"median. In eight of ten draws it lies between {saved['p90']} and {saved['p10']}."
    )


def _point(table: pd.DataFrame) -> str:
    """The point estimate of the best option, and whether another option is cheapest by it; table: `results`."""
    points = table.set_index("option")["point"]
    winner, best = str(points.idxmin()), str(table.set_index("option")["mean"].idxmin())
    amount = money(float(points[best]))
    if winner == best:
        return f"With every assumption at its mean {best} would cost {amount}."
    return (
        f"With every assumption at its mean {winner} would seem cheapest, at {money(float(points[winner]))} against "
        f"{amount} of {best}: the point estimate misleads here."
    )


def why_mean_and_point_differ(ledger: Ledger, option: str, found: pd.DataFrame | None = None) -> str:
    """Why mean, median and point estimate of an option's NPV are three numbers, in a sentence or two.

    found: `results` of the ledger, where they are known already.
    """
    row = _numbers(results(ledger) if found is None else found, option)
    mean, point, median = row["mean"], row["point"], row["p50"]
    gap, clauses = mean - point, []
    if abs(gap) <= max(NOTICEABLE_ERRORS * row["standard_error"], ROUNDING * abs(point)):
        clauses.append(f"The mean of {option} agrees with the point estimate within the simulation's own error")
    else:
        line, part = _largest_gap(ledger, option, gap)
        word = "above" if gap > 0 else "below"
        clauses.append(
            f"The mean of {option} lies {money(abs(gap))} {word} the point estimate. Where two uncertain numbers are "
            f"multiplied, or work waits in a queue, average cost is not cost at average numbers (most of it in "
            f"{line}: {money(part, signed=True)})"
        )
    if abs(mean - median) > SKEWED * abs(median):
        side, rare = ("below", "dearer") if median < mean else ("above", "cheaper")
        clauses.append(f"The median lies {money(abs(mean - median))} {side} the mean, since a few draws are far {rare}")
    return ". ".join(clauses) + "."


def _largest_gap(ledger: Ledger, option: str, gap: float) -> tuple[str, float]:
    """The ledger line with the largest difference between its mean and its point, in the direction of the whole."""
    means, points = (one.mean(["option", "line"], "npv") for one in (ledger, ledger.at_point))
    by_line = (means - points).xs(option, level="option")
    line = str(by_line.idxmax() if gap > 0 else by_line.idxmin())
    return line, float(by_line[line])


def _numbers(frame: pd.DataFrame, option: str) -> dict[str, float]:
    """The numbers of one option's row."""
    (row,) = frame[frame["option"] == option].drop(columns="option").to_dict("records")
    return {str(name): float(value) for name, value in row.items()}
