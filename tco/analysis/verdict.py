"""The verdict in plain words: which option costs least, by how much, on what it rests and what would reverse it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from tco.analysis.assumption_register import judgement_share
from tco.analysis.comparison import compare
from tco.analysis.drawn_verdict import drawn_headline, drawn_sentences
from tco.analysis.reversal import reversals_of
from tco.formats import share

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

POINT_NOTICE = (
    "This is a point estimate: every assumption stands at its mean, so no probability can be given; near ties and "
    "skewed costs can turn the other way."
)
NEAR_TIE = 0.05
"""Present values closer than this share of the cheaper one are called a near tie."""
MOST_REVERSALS = 3


@dataclass(frozen=True)
class Verdict:
    """headline: one sentence. sentences: what stands behind it. cheapest: the option with the lowest NPV.

    reversals: what would make another option win, as sentences; one that says so where there is nothing.
    """

    headline: str
    sentences: tuple[str, ...]
    cheapest: str
    is_point_estimate: bool
    reversals: tuple[str, ...]


def verdict(ledger: Ledger, with_reversals: bool = True) -> Verdict:
    """What the ledger says; with draws its probability, median, range and mean, else that it is a point estimate.

    `with_reversals=False` leaves out the search for what would reverse it (about a third of a second), and why mean and
    point differ.
    """
    return verdicts({0: ledger})[0] if with_reversals else _verdict(ledger, None)


def verdicts(ledgers: Mapping[int, Ledger]) -> dict[int, Verdict]:
    """The verdict of each ledger by its key, such as a fleet size; what would reverse them is searched together."""
    some = [ledger for ledger in ledgers.values() if ledger.scenario.fleet_size]
    found = dict(zip(map(id, some), reversals_of(some, MOST_REVERSALS), strict=True))
    return {key: _verdict(ledger, found.get(id(ledger))) for key, ledger in ledgers.items()}


def _verdict(ledger: Ledger, flips: pd.DataFrame | None) -> Verdict:
    """flips: `reversals`; None where nothing is to be said of them, nor of why mean and point differ."""
    table = compare(ledger).set_index("option")
    ranked = table["npv"].sort_values(kind="stable")
    cheapest = str(ranked.index[0])
    is_point = ledger.design.rows == 1
    if ledger.scenario.fleet_size == 0:
        return Verdict("A fleet without clusters costs nothing under any option.", (), cheapest, is_point, ())
    found = () if flips is None else _reversal_sentences(flips)
    years, size = ledger.scenario.months / 12, ledger.scenario.fleet_size
    end = f"over {years:g} years for {size:,} {'cluster' if size == 1 else 'clusters'}"
    if is_point:
        headline = f"{cheapest} costs least: {usd(ranked.iloc[0])} present value {end}."
        sentences = [_runner_up(ranked), *_against_reference(ledger, table, cheapest)]
    else:
        headline = drawn_headline(ledger, end)
        sentences = drawn_sentences(ledger, with_reasons=flips is not None)
    sentences += [_effort(table, cheapest, ledger.reference), _judgement(ledger, cheapest)]
    if is_point:
        sentences.append(POINT_NOTICE)
    return Verdict(headline, tuple(filter(None, sentences)), cheapest, is_point, found)


def _runner_up(ranked: pd.Series[float]) -> str:
    gap, second = ranked.iloc[1] - ranked.iloc[0], ranked.index[1]
    if gap == 0:
        return f"{second} costs exactly the same."
    share = gap / abs(ranked.iloc[0]) if ranked.iloc[0] else float("inf")
    tie = ", a near tie" if share < NEAR_TIE else ""
    return f"Next comes {second}, {usd(gap)} ({share:.0%}) more{tie}."


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
    return [f"It saves {usd(saved)} against the reference {ledger.reference}{payback}."]


def _effort(table: pd.DataFrame, cheapest: str, reference: str) -> str:
    row, base = table.loc[cheapest], table.loc[reference]
    hours, minutes = f"{row['labour_hours']:,.0f} labour hours", f"{row['downtime_minutes']:,.0f} cluster-minutes"
    if cheapest == reference:
        return f"It takes {hours} and {minutes} of downtime."
    return (
        f"It takes {hours} and {minutes} of downtime, against {base['labour_hours']:,.0f} and "
        f"{base['downtime_minutes']:,.0f} of {reference}."
    )


def _judgement(ledger: Ledger, cheapest: str) -> str:
    """What part of the cost rests on judgement, at the means of all assumptions."""
    (share,) = judgement_share(ledger.at_point, cheapest)["judgement_share"]
    return f"{share:.0%} of its cost comes from lines that read at least one assumption resting on judgement."


def _reversal_sentences(found: pd.DataFrame) -> tuple[str, ...]:
    if found.empty:
        return ("No single assumption, moved from its 1st to its 99th percentile, makes another option cheapest.",)
    return tuple(
        f"{row['cheapest']} would be cheapest if {lower_first(str(row['label']))} were "
        f"{'above' if row['value'] > row['mean'] else 'below'} {row['value']:,.3g} ({row['unit']}; mean "
        f"{row['mean']:,.3g}, {_plausible(row)})."
        for row in found.to_dict("records")
    )


def _plausible(row: Mapping[Hashable, Any]) -> str:
    """How likely the assumption lies beyond the value at which the verdict flips; its end where that is not stated."""
    if row["probability"] != row["probability"]:
        return f"stated up to {row['end']:,.3g}"
    return f"a chance of {share(float(row['probability']))}"


def lower_first(text: str) -> str:
    """A label inside a sentence: its first letter small, unless it begins with an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def usd(amount: float) -> str:
    """An amount of money for a sentence: 1.23 M USD, 45 k USD, 678 USD."""
    size = abs(amount)
    for limit, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= limit:
            return f"{amount / limit:,.3g} {letter} USD"
    return f"{amount:,.0f} USD"
