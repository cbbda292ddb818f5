"""The strongest honest case for each of two options, made of evidence that the other side accepts.

An assumption is accepted by the other side unless it was paid for by the side that it helps: a provider's or a vendor's
own figures do not count in its favour. Judgement counts, and says that it is judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tco.analysis.comparison import compare
from tco.errors import InputError, unknown
from tco.evaluation.ledger import Ledger
from tco.formats import share
from tco.model.lines import evaluate
from tco.sampling.designs import Design, one_at_a_time
from tco.sampling.monte_carlo import monte_carlo
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import Scenario

NEUTRAL = ("", "none", "independent")
PROVIDERS = ("aws", "microsoft", "google", "mongodb")
"""Words in the sponsor of a source by which a provider of a service is told."""
MOST_LINES = 10
WIDENED = 2.0
"""What a sponsor has paid for may be wrong by so many times either way: a judgement."""
DRAWS = 1000


@dataclass(frozen=True)
class Argument:
    """One line of a case. path: of the assumption; moved: the gap in USD at the end of its range that helps."""

    path: str
    end: float
    moved: float


def without_sponsor(scenario: Scenario, sponsor: str) -> tuple[Scenario, list[str]]:
    """The scenario with what a sponsor has paid for widened to half the low and twice the high, and their paths.

    sponsor: a word in the sponsor of a source, such as `vendor` or `AWS`. Raises InputError where no source has it.
    """
    word = sponsor.strip().casefold() if isinstance(sponsor, str) else ""
    paid = {
        path: entry for path, entry in scenario.assumptions.items() if word and word in entry.source.sponsor.casefold()
    }
    if not paid:
        sponsors = {entry.source.sponsor for entry in scenario.assumptions.values()} - set(NEUTRAL)
        raise InputError(unknown("sponsor", sponsor, sponsors), path="without-sponsor")
    wider = {path: _wider(entry) for path, entry in paid.items()}
    return scenario.model_copy(update={"assumptions": {**scenario.assumptions, **wider}}), list(paid)


def _wider(entry: Assumption) -> Assumption:
    ends = [number for _, part in entry.ranges for number in (part.low, part.high, part.mean) if number is not None]
    low = max(min(ends) / WIDENED, entry.at_least)
    high = min(max(ends) * WIDENED, entry.largest)
    return entry.replaced({"low": low, "high": high, "shape": "uniform"}) if low < high else entry


def steelman(
    scenario: Scenario,
    options: tuple[str, str] | None = None,
    sponsor: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> str:
    """Markdown: the strongest honest case for each of two options, line by line, with the gap between.

    options: the two; else the reference and the cheapest of the others. sponsor: widen what it has paid for, see
    `without_sponsor`. draws, seed: of the chance that each is the cheaper. Raises InputError.
    """
    widened: list[str] = []
    if sponsor is not None:
        scenario, widened = without_sponsor(scenario, sponsor)
    ledger = evaluate(scenario)
    first, second = options or (ledger.reference, _rival(ledger))
    for name in (first, second):
        if name not in scenario.options:
            raise InputError(unknown("option", name, scenario.options), path="options")
    if first == second:
        raise InputError("two different options have a case each", path="options", value=first)
    gap = _gaps(ledger, first, second)[0]
    design = one_at_a_time(scenario)
    paths = [path for path in design.paths if scenario.assumptions[path].is_uncertain]
    moved = _gaps(ledger.under(one_at_a_time(scenario, paths)), first, second)
    arguments = {
        name: _arguments(scenario, paths, sign * (moved - gap), ledger, name)
        for name, sign in ((first, -1.0), (second, 1.0))
    }
    ends = {name: _gaps(ledger.under(_at_ends(scenario, moves)), first, second)[0] for name, moves in arguments.items()}
    drawn = ledger.under(monte_carlo(scenario, draws, seed)).total("option", "npv")
    chance = float((drawn[first] < drawn[second]).mean() + (drawn[first] == drawn[second]).mean() / 2)
    lines = [f"# {first} or {second}: the strongest honest case for each", ""]
    lines.append(
        f"As written, {_cheaper(first, second, gap)} (present value, {scenario.months} months). Over {draws:,} draws "
        f"{first} is the cheaper in {share(chance)}. Each case moves assumptions to the end of their range that helps "
        "it, as far as the other side accepts the source: what a side's own provider or vendor has paid for is left "
        "out.\n"
    )
    if widened:
        listed = ", ".join(f"`{path}`" for path in widened)
        lines += [f"Without what {sponsor} has paid for: {listed} may be half the low or twice the high.", ""]
    for name in (first, second):
        lines += _case(scenario, name, second if name == first else first, arguments[name], ends[name], (first, second))
    lines += ["## The gap between", ""]
    lines.append(
        f"In the case for {first}, {_cheaper(first, second, ends[first])}; in the case for {second}, "
        f"{_cheaper(first, second, ends[second])}. The two are {abs(ends[first] - ends[second]):,.0f} USD apart. "
        "All lines of a case at once are far less likely than each of them.\n"
    )
    shared = [argument.path for argument in arguments[first] if argument.path in {a.path for a in arguments[second]}]
    if shared:
        listed = ", ".join(f"`{path}`" for path in shared)
        lines += [f"Both cases rest on {listed}: measuring these settles most of the dispute.", ""]
    return "\n".join(lines)


def _rival(ledger: Ledger) -> str:
    """The option other than the reference with the lowest present value."""
    frame = compare(ledger)
    others = frame[frame["option"] != ledger.reference]
    return str(others.sort_values("npv", kind="stable")["option"].iloc[0])


def _gaps(ledger: Ledger, first: str, second: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """What the first option costs more than the second, one number a row of the design, USD of present value."""
    values = ledger.total("option", "npv")
    return (values[first] - values[second]).to_numpy(float)


def accepted(entry: Assumption, families: Mapping[str, str], helped: str) -> bool:
    """Whether the side that an assumption does not help accepts its source.

    families: by option, who does its database work. A provider's figures do not count for an option that buys its
    versionless service; a vendor's on own servers do not count for these; figures of `either side` count for none.
    """
    sponsor = entry.source.sponsor.casefold().strip()
    if sponsor in NEUTRAL or "documentation" in sponsor:
        return True
    if any(word in sponsor for word in PROVIDERS):
        return families[helped] == "self_managed"
    return False


def _arguments(
    scenario: Scenario,
    paths: list[str],
    gains: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ledger: Ledger,
    helped: str,
) -> list[Argument]:
    """The lines of a case, the strongest first: gains are by low and high of each path."""
    families = {name: _family(ledger, name) for name in scenario.options}
    arguments = []
    for place, path in enumerate(paths):
        entry, best = scenario.assumptions[path], int(np.argmax(gains[2 * place : 2 * place + 2]))
        gain = float(gains[2 * place + best])
        if gain > 1.0 and accepted(entry, families, helped):
            end = entry.high if best else entry.low
            arguments.append(Argument(path, float(end or 0.0), gain))
    return sorted(arguments, key=lambda argument: -argument.moved)[:MOST_LINES]


def _family(ledger: Ledger, option: str) -> str:
    from tco.platforms import platform

    return platform(str(ledger.scenario.settings(option, ledger.groups[0]).platform)).family


def _at_ends(scenario: Scenario, arguments: list[Argument]) -> Design:
    """One row: the assumptions of a case at their ends, everything else at its mean."""
    columns = {argument.path: np.array([argument.end]) for argument in arguments}
    if not columns:
        path = next(iter(scenario.assumptions))
        columns = {path: np.array([scenario.assumptions[path].mean])}
    return Design("sweep", 1, columns, moves_dates=True)


def _cheaper(first: str, second: str, gap: float) -> str:
    name, other = (second, first) if gap > 0 else (first, second)
    return f"{name} costs {abs(gap):,.0f} USD less than {other}" if gap else f"{first} and {second} cost the same"


def _case(
    scenario: Scenario,
    name: str,
    other: str,
    arguments: list[Argument],
    gap: float,
    pair: tuple[str, str],
) -> list[str]:
    lines = [f"## The case for {name}", ""]
    if not arguments:
        return [*lines, f"Nothing that {other} accepts speaks for it beyond the numbers as written.", ""]
    lines += [f"| evidence that {other} accepts | as written | in this case | helps by, USD | source |"]
    lines += ["|---|---:|---:|---:|---|"]
    for argument in arguments:
        entry = scenario.assumptions[argument.path]
        source = f"{entry.source.title} ({entry.source.kind}, {entry.source.as_of})".replace("|", "/")
        lines.append(
            f"| {entry.label} (`{argument.path}`, {entry.unit}) | {entry.mean:,.4g} | {argument.end:,.4g} | "
            f"{argument.moved:,.0f} | {source} |"
        )
    judged = sum(scenario.assumptions[argument.path].source.kind == "judgement" for argument in arguments)
    return [*lines, "", f"All together: {_cheaper(*pair, gap)}. {judged} of {len(arguments)} lines are judgement.", ""]
