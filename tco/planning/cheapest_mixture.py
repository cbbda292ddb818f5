"""The cheapest mixture of a scenario's options by group, what it saves against each of them, and how sure that is.

Few mixtures are all tried out. Of many, a search changes one unit's option, or all that gain at once, then those of two
units, until no change saves. What groups share (tooling, the hours of a team) makes the difference between two options
of one group depend on where the others are. The least of these differences in what was tried bounds what the cheapest
could cost, as far as no difference is less elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from tco.analysis.comparison import DisplayedFrame
from tco.errors import checked
from tco.evaluation.totals import NPV, Query
from tco.formats import money
from tco.planning.mixtures import BY_OPTION, Mixture, Mixtures, units
from tco.platforms import platform
from tco.sampling.monte_carlo import design_of_draws
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

MOST_TRIED = 256
"""Mixtures that are tried out one by one: about ten seconds of a small fleet."""
MOST_TRIED_QUICKLY = 2
"""Options of a group that a quick search tries."""
Basis = Literal["all tried", "as far as tried", "quick search"]
"""How sure it is that a mixture is the cheapest."""
NONE = 1e-9
"""So small a share of a cost is none."""
BY_GROUP = Query(("option",), "g", NPV, over_draws=True)
Unit = tuple[str, ...]
Choices = dict[Unit, list[str]]
OwnCosts = dict[str, dict[str, float]]
"""By option and group."""


class Mix(DisplayedFrame):
    """The frame of `best_mix`.

    npv: present value of the mixture, USD. npv_by_option: of each option by itself. regret: how much dearer each
    option is than the mixture. tried, possible: mixtures that were evaluated, and that there are. bound: no mixture
    costs less than this; the npv where all were tried. Else it rests on the least that a change of one group brought in
    those tried, and holds as far as none brings less elsewhere; a quick search has minus infinity.
    proof: the sentence that says so. notes: sentences on what the mixture pulls apart.
    """

    _metadata = [  # noqa: RUF012  pandas reads it so
        "npv", "npv_by_option", "regret", "tried", "possible", "bound", "proof", "notes",
    ]  # fmt: skip
    npv: float
    npv_by_option: pd.Series[float]
    regret: pd.Series[float]
    tried: int
    possible: int
    bound: float
    proof: str
    notes: tuple[str, ...]


@checked
def best_mix(
    scenario: Scenario,
    draws: int | None = None,
    seed: int = 0,
    *,
    quick: bool = False,
    known: Ledger | None = None,
) -> Mix:
    """The option of each group in the cheapest mixture of the scenario's options (by NPV, mean over draws).

    Columns: group, option, chance (share of draws in which no other option is cheaper for the group, all others as in
    the mixture; blank without draws), margin (USD by which the group's next best option is dearer; blank where all
    options treat it alike), basis (`all tried`: the mixture is the cheapest of all; `as far as tried`: it is the
    cheapest that a search from each option found, and no change of one group saves; `quick search`). Attributes: npv,
    npv_by_option, regret, tried, possible, bound, proof; see `Mix`. Groups with `design_of` are where the group is
    whose designs they run. quick: of each group only those two options are tried whose own lines cost least, and no
    bound is sought, in a fraction of the time. known: a ledger of the scenario with more draws, from whose mean costs
    of the options the saving of the mixture, which few draws tell well, is taken.
    """
    mixtures = Mixtures.of(scenario, design_of_draws(scenario, draws, seed))
    choices = {unit: _distinct(mixtures, unit) for unit in units(scenario)}
    count = prod(len(options) for options in choices.values())
    own_costs = _own_costs(mixtures)
    if quick:
        choices = {unit: sorted(left, key=partial(_own_cost, own_costs, unit))[:MOST_TRIED_QUICKLY]
                   for unit, left in choices.items()}  # fmt: skip
    best, bound = _search(mixtures, choices, own_costs, quick), float("-inf")
    if not quick and not _few(choices):
        best, bound = _narrowed(mixtures, choices, best)
    best = _left_in_place(mixtures, choices, best)
    (npv,) = mixtures.means([best])
    bound = min(bound, npv)
    rows = _rows(mixtures, choices, best, with_chances=bool(draws))
    basis: Basis = "quick search" if quick else "as far as tried"
    frame = Mix(rows)
    frame.tried, frame.possible = len(mixtures.known), count
    if frame.tried == count:
        basis, bound = "all tried", npv
    frame["basis"] = basis
    pure = mixtures.means([mixtures.pure(option) for option in scenario.options])
    frame.npv_by_option = pd.Series(pure, index=pd.Index(list(scenario.options), name="option"), name="npv")
    if known is not None:
        of_few, frame.npv_by_option = frame.npv_by_option, known.mean("option", NPV).rename("npv")
        single = str(frame.npv_by_option.idxmin())
        moved = float(frame.npv_by_option[single] - of_few[single])
        npv, bound = npv + moved, bound + moved
    frame.npv, frame.bound, frame.regret = npv, bound, (frame.npv_by_option - npv).rename("regret")
    frame.proof = _proof(frame, basis)
    frame.notes = tuple(_pulled_apart(scenario, best))
    return frame


def _search(mixtures: Mixtures, choices: Choices, own_costs: OwnCosts, quick: bool) -> Mixture:
    """The cheapest mixture that is found: of all, where they are few, else by changes from several ones on."""
    if _few(choices):
        return _cheapest(mixtures, list(_all(mixtures, choices)))
    pure = [mixtures.pure(option) for option in mixtures.scenario.options]
    cheapest = {unit: min(left, key=partial(_own_cost, own_costs, unit)) for unit, left in choices.items()}
    starts = [*pure, _mixture(mixtures, cheapest)]
    if quick:
        return _improved(mixtures, choices, _cheapest(mixtures, starts))
    ends = [_improved(mixtures, choices, start) for start in starts]
    return _improved_by_pairs(mixtures, choices, _cheapest(mixtures, ends))


def _left_in_place(mixtures: Mixtures, choices: Choices, best: Mixture) -> Mixture:
    """The mixture, or a cheaper option alone, with each unit under the reference wherever that costs no more."""
    best = _cheapest(mixtures, [best, *map(mixtures.pure, mixtures.scenario.options)])
    for unit in choices:
        back = mixtures.with_unit(best, unit, mixtures.scenario.reference_option)
        there, here = mixtures.means([back, best])
        best = back if there <= here + NONE * abs(here) else best
    return best


def _narrowed(mixtures: Mixtures, choices: Choices, best: Mixture) -> tuple[Mixture, float]:
    """The best mixture, or a cheaper one, and a bound from the least that each change brought in all that were tried.

    A mixture with an option that never saved is no cheaper than with the best mixture's. So what is left of the others
    is tried out whole where that is few enough, until nothing new is found.
    """
    while True:
        least = _least_changes(mixtures, choices, best)
        here, known = dict(zip(mixtures.scenario.fleet, best, strict=True)), len(mixtures.known)
        left = {unit: [here[unit[0]], *(option for option, change in changes.items() if change < 0)]
                for unit, changes in least.items()}  # fmt: skip
        (npv,) = mixtures.means([best])
        if not _few(left):
            return best, npv + sum(min(0.0, *changes.values()) for changes in least.values() if changes)
        better = _improved(mixtures, choices, _cheapest(mixtures, [best, *_all(mixtures, left)]))
        if better == best and len(mixtures.known) == known:
            return best, npv
        best = better


def _least_changes(mixtures: Mixtures, choices: Choices, best: Mixture) -> dict[Unit, dict[str, float]]:
    """By unit and other option than in the best mixture: the least that the change to it brought wherever tried."""
    known = {mixture: float(costs.mean()) for mixture, costs in mixtures.known.items()}
    base, groups, least = mixtures.alike(best), list(mixtures.scenario.fleet), {}
    for unit in choices:
        there, changes = groups.index(unit[0]), dict[str, float]()
        for mixture, cost in known.items():
            beside = known.get(mixtures.alike(mixtures.with_unit(mixture, unit, base[there])))
            if mixture[there] != base[there] and beside is not None:
                option = mixture[there]
                changes[option] = min(cost - beside, changes.get(option, cost - beside))
        least[unit] = changes
    return least


def _proof(found: Mix, basis: Basis) -> str:
    """How sure it is that a mixture is the cheapest, in a sentence."""
    if basis == "all tried":
        return f"It is the cheapest of all {found.possible:,} mixtures."
    tried = (
        f"It is the cheapest of {found.tried:,} mixtures that were tried, of {found.possible:,}; no change of one "
        "group saves."
    )
    if basis == "quick search":
        return tried
    less = "none costs less" if found.bound >= found.npv * (1 - NONE) else f"none costs less than {money(found.bound)}"
    return (
        f"{tried} As far as a group's change never brings less than it did in those, {less}: groups share tooling and "
        "a team, so that what one saves depends on where the others are."
    )


def _own_costs(mixtures: Mixtures) -> OwnCosts:
    """What the ledger counts for each group under each option by itself, USD."""
    pure = {option: mixtures.pure(option) for option in mixtures.scenario.options}
    totals = mixtures.totals(list(pure.values()), [BY_OPTION, BY_GROUP])
    costs_by_option = {}
    for place, (option, mixture) in enumerate(pure.items()):
        mixtures.known[mixtures.alike(mixture)] = totals[BY_OPTION][(str(place),)].reshape(-1)
        costs = totals[BY_GROUP][(str(place),)].reshape(-1).tolist()
        costs_by_option[option] = dict(zip(mixtures.scenario.fleet, costs, strict=True))
    return costs_by_option


def _own_cost(own_costs: OwnCosts, unit: Unit, option: str) -> float:
    return sum(own_costs[option][group] for group in unit)


def _few(choices: Choices) -> bool:
    """Whether all mixtures of the choices can be tried out."""
    return prod(len(options) for options in choices.values()) <= MOST_TRIED


def _distinct(mixtures: Mixtures, unit: Unit) -> list[str]:
    """The options that treat a unit differently, the first of those that treat it alike."""
    by_treatment: dict[Mixture, str] = {}
    for option in mixtures.scenario.options:
        by_treatment.setdefault(tuple(mixtures.first_alike(group, option) for group in unit), option)
    return list(by_treatment.values())


def _mixture(mixtures: Mixtures, chosen: dict[Unit, str]) -> Mixture:
    of_group = {group: option for unit, option in chosen.items() for group in unit}
    return tuple(of_group[group] for group in mixtures.scenario.fleet)


def _all(mixtures: Mixtures, choices: Choices) -> Iterator[Mixture]:
    """Every mixture of the options that are left."""
    for options in product(*choices.values()):
        yield _mixture(mixtures, dict(zip(choices, options, strict=True)))


def _cheapest(mixtures: Mixtures, tried: Sequence[Mixture]) -> Mixture:
    return tried[int(np.argmin(mixtures.means(tried)))]


def _improved(mixtures: Mixtures, choices: Choices, best: Mixture) -> Mixture:
    """From one mixture on, the change of one unit that saves most, or all that save at once, until none saves."""
    while True:
        changed = {unit: [mixtures.with_unit(best, unit, option) for option in left] for unit, left in choices.items()}
        mixtures.means([mixture for several in changed.values() for mixture in several])
        steps = {unit: _cheapest(mixtures, [best, *several]) for unit, several in changed.items()}
        together = dict(zip(mixtures.scenario.fleet, best, strict=True))
        for unit, step in steps.items():
            there = dict(zip(mixtures.scenario.fleet, step, strict=True))
            together |= {group: there[group] for group in unit}
        better = _cheapest(mixtures, [best, *steps.values(), tuple(together.values())])
        if better == best:
            return best
        best = better


def _improved_by_pairs(mixtures: Mixtures, choices: Choices, best: Mixture) -> Mixture:
    """The same with changes of two units at a time, as long as those are few enough to be tried out."""
    while True:
        here = dict(zip(mixtures.scenario.fleet, best, strict=True))
        changed = [
            mixtures.with_unit(mixtures.with_unit(best, one, option), other, another)
            for one, other in combinations(choices, 2) for option in choices[one] for another in choices[other]
            if option != here[one[0]] and another != here[other[0]]
        ]  # fmt: skip
        if len(changed) > MOST_TRIED:
            return best
        better = _improved(mixtures, choices, _cheapest(mixtures, [best, *changed]))
        if better == best:
            return best
        best = better


def _pulled_apart(scenario: Scenario, best: Mixture) -> Iterator[str]:
    """A sentence for each group that is not production and lands where no production group of its engine does."""
    places = {
        group: scenario.settings(option, group).platform for group, option in zip(scenario.fleet, best, strict=True)
    }
    for name, group in scenario.fleet.items():
        alike = [other for other, its in scenario.fleet.items()
                 if its.engine == group.engine and its.environment == "production"]  # fmt: skip
        if group.environment == "production" or group.design_of or not alike:
            continue
        if places[name] not in {places[other] for other in alike}:
            yield (
                f"{name} ({group.environment}) would be on {platform(places[name]).title} and {', '.join(alike)} not: "
                f"state design_of, so that it goes where the group goes whose designs it runs."
            )


def _rows(mixtures: Mixtures, choices: Choices, best: Mixture, with_chances: bool) -> pd.DataFrame:
    """One row a group, in the order of the fleet."""
    here = dict(zip(mixtures.scenario.fleet, best, strict=True))
    (costs,) = mixtures.npv([best])
    rows = {}
    for unit, options in choices.items():
        others = [option for option in options if option != here[unit[0]]]
        chance, margin = (1.0 if with_chances else float("nan")), float("nan")
        if others:
            table = mixtures.npv([mixtures.with_unit(best, unit, option) for option in others])
            margin = float((table.mean(axis=1) - costs.mean()).min())
            chance = float((costs <= table.min(axis=0)).mean()) if with_chances else chance
        for group in unit:
            rows[group] = {"group": group, "option": here[group], "chance": chance, "margin": margin}
    return pd.DataFrame([rows[group] for group in mixtures.scenario.fleet])
