"""The sentences of a verdict that rest on draws: how likely, between what and what, and why the point differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from tco.analysis.ranking import convergence, convergence_sentence, ranking, whole_ranking
from tco.analysis.uncertainty import differences, results
from tco.formats import money, share

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

NOTICEABLE = 2.0
"""Mean and point are told apart from this many standard errors on."""
ROUNDING = 1e-9
SKEWED = 0.05
"""Mean and median are told apart where they differ by this share of the median."""


def chance_words(chance: float, error: float) -> str:
    """A probability with the simulation's standard error: `64% (± 0.5)` percentage points."""
    return f"{share(chance)} (± {error * 100:.1f})"


def drawn_headline(ledger: Ledger, end: str) -> str:
    """Which option costs least on average and how likely it is the cheapest. end: for what and how long."""
    ranked = ranking(ledger)
    best = ranked.iloc[0]
    chance = chance_words(float(best["probability_cheapest"]), float(best["standard_error"]))
    return (
        f"{best['option']} costs least on average, {money(float(best['mean']))} present value {end}, and is the "
        f"cheapest option with a probability of {chance}."
    )


def drawn_sentences(ledger: Ledger, with_reasons: bool = True) -> list[str]:
    """Range, runner-up, reference, ranking, point and convergence, in this order.

    `with_reasons=False` leaves out why mean and point differ, which asks for every line of the ledger.
    """
    ranked, found = ranking(ledger), results(ledger)
    best = str(ranked["option"].iloc[0])
    return [
        _range(best, _numbers(found, best)),
        _runner_up(ledger, ranked),
        *_rival(ranked),
        *_against_reference(ledger, best),
        _whole_ranking(ledger),
        _point(found),
        *([_why_mean_and_point_differ(ledger, best, _numbers(found, best))] if with_reasons else []),
        convergence_sentence(convergence(ledger), ledger.design.rows),
    ]


def why_mean_and_point_differ(ledger: Ledger, option: str) -> str:
    """Why mean, median and point estimate of an option's NPV are three numbers, in a sentence or two."""
    return _why_mean_and_point_differ(ledger, option, _numbers(results(ledger), option))


def _why_mean_and_point_differ(ledger: Ledger, option: str, row: Mapping[str, float]) -> str:
    """row: the option's numbers of `results`."""
    mean, point, middle = row["mean"], row["point"], row["p50"]
    gap, said = mean - point, []
    if abs(gap) <= max(NOTICEABLE * row["standard_error"], ROUNDING * abs(point)):
        said.append(f"The mean of {option} agrees with the point estimate within the simulation's own error")
    else:
        line, part = _largest_gap(ledger, option, gap)
        word = "above" if gap > 0 else "below"
        said.append(
            f"The mean of {option} lies {money(abs(gap))} {word} the point estimate, because cost is not linear in "
            f"the assumptions: a product of two that vary, a floor or a queue has another mean than at the means "
            f"({line}: {money(part, signed=True)})"
        )
    if abs(mean - middle) > SKEWED * abs(middle):
        side, rare = ("below", "dearer") if middle < mean else ("above", "cheaper")
        said.append(f"the median lies {money(abs(mean - middle))} {side} the mean, since a few draws are far {rare}")
    return "; ".join(said) + "."


def _largest_gap(ledger: Ledger, option: str, gap: float) -> tuple[str, float]:
    """The ledger line with the largest difference between its mean and its point, in the direction of the whole."""
    means = ledger.mean(["option", "line"], "npv")
    points = ledger.at_point.mean(["option", "line"], "npv")
    by_line = (means - points).xs(option, level="option") * (1 if gap > 0 else -1)
    line = str(by_line.idxmax())
    return line, float(by_line.max() * (1 if gap > 0 else -1))


def _numbers(frame: pd.DataFrame, option: str) -> dict[str, float]:
    """The numbers of one option's row."""
    (row,) = frame[frame["option"] == option].drop(columns="option").to_dict("records")
    return {str(name): float(value) for name, value in row.items()}


def _range(best: str, row: Mapping[str, float]) -> str:
    return (
        f"Half of the draws of {best} lie below {money(row['p50'])}, eight in ten lie between {money(row['p10'])} and "
        f"{money(row['p90'])}."
    )


def _rival(ranked: pd.DataFrame) -> list[str]:
    """The option most likely to be cheapest besides the winner, unless it is the runner-up or never is."""
    best, others = ranked.iloc[0], ranked.iloc[1:]
    rival = others.sort_values("probability_cheapest", ascending=False, kind="stable").iloc[0]
    name, chance = rival["option"], float(rival["probability_cheapest"])
    if chance > float(best["probability_cheapest"]):
        return [f"{name} is the cheapest more often ({share(chance)} of draws), but dearer by more where it is not."]
    if chance == 0 or name == others.iloc[0]["option"]:
        return []
    return [f"Its strongest rival is {name}, the cheapest with a probability of {share(chance)}."]


def _runner_up(ledger: Ledger, ranked: pd.DataFrame) -> str:
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


def _against_reference(ledger: Ledger, best: str) -> list[str]:
    if best == ledger.reference:
        return [f"{best} is the reference: no other option costs less on average."]
    saved = {name: money(-number) for name, number in _numbers(differences(ledger), best).items()}
    sentence = (
        f"Against the reference {ledger.reference} it saves {saved['mean']} on average, {saved['p50']} at the median, "
        f"between {saved['p90']} and {saved['p10']} in eight draws of ten."
    )
    return [sentence]


def _whole_ranking(ledger: Ledger) -> str:
    right = whole_ranking(ledger)
    return f"The whole ranking of the options is right in {chance_words(right.share, right.standard_error)} of draws."


def _point(found: pd.DataFrame) -> str:
    """The point estimate beside the draws, and whether it names another winner."""
    points = found.set_index("option")["point"]
    winner, best = str(points.idxmin()), str(found.set_index("option")["mean"].idxmin())
    amount = money(float(points[best]))
    if winner == best:
        return f"With every assumption at its mean {best} would cost {amount}."
    return (
        f"With every assumption at its mean {winner} would seem cheapest, at {money(float(points[winner]))} against "
        f"{amount} of {best}: the point estimate misleads here."
    )
