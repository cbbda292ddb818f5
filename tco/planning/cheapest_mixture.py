"""The cheapest mixture of a scenario's options by group, what it saves against each of them, and how sure that is.

The search begins with the cheapest option of each group by what the ledger counts for the group itself, and changes one
unit's option, or all that gain at once, until no change of one unit saves. What groups share makes the difference
between two options of one group depend on where the others are. It is found with all others under each option in turn;
an option that is dearer than another in all of these surroundings is ruled out for the group, and the surroundings
follow until nothing more is ruled out. What is left is tried out whole where that is few enough; else the bound says
how much lower the cheapest could be. Where the hours of a team are stated, groups are in each other's way and no option
can be ruled out: then the search begins from each option, and changes two units at a time, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.errors import checked
from tco.evaluation.totals import NPV, Query
from tco.notebook_repr import Displayed
from tco.planning.mixtures import BY_OPTION, LIMITS, Mixture, Mixtures, units
from tco.sampling.monte_carlo import design_of_draws
from tco.scenario.scenario import Scenario

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger

MOST_TRIED = 240
"""Mixtures that are tried out one by one: about ten seconds of a small fleet."""
MOST_TRIED_QUICKLY = 2
"""Options of a group that a quick search tries."""
MARGIN = 1e-9
"""Share of the cost by which an option has to be dearer to be ruled out: equal ones stay."""
BY_GROUP = Query(("option",), "g", NPV, over_draws=True)
Unit = tuple[str, ...]
Choices = dict[Unit, list[str]]
OwnCosts = dict[str, dict[str, float]]
"""By option and group."""


class Mix(Displayed, pd.DataFrame):
    """The frame of `best_mix`; its copies and selections are plain DataFrames.

    npv: present value of the mixture, USD. npv_by_option: of each option by itself. regret: how much dearer each
    option is than the mixture. bound: no mixture costs less than this (the npv, where it is known to be the cheapest).
    notes: sentences on what the mixture pulls apart.
    """

    _metadata = ["npv", "npv_by_option", "regret", "bound", "notes"]  # noqa: RUF012  pandas reads it so
    npv: float
    npv_by_option: pd.Series[float]
    regret: pd.Series[float]
    bound: float
    notes: tuple[str, ...]

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    __repr__ = Displayed.__str__


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
    options treat it alike). Attributes: npv, npv_by_option, regret, bound; see `Mix`. Groups with `design_of` are
    where the group is whose designs they run. The mixture is the cheapest of all where bound equals npv, provided that
    a group's difference between two options is largest and smallest with the others under one option: so it is where
    sharing makes things cheaper, and a team has time for all that moves. Where options state hours, groups are in each
    other's way, and nothing is ruled out: bound is then npv where all mixtures are few enough to be tried out, else
    minus infinity. In any case no change of one group saves. quick: of each group only those two options are tried
    whose own lines cost least, and no bound is sought, in a fraction of the time. known: a ledger of the scenario with
    more draws, from whose mean costs of the options the saving of the mixture, which few draws tell well, is taken.
    """
    mixtures = Mixtures.of(scenario, design_of_draws(scenario, draws, seed))
    choices = {unit: _distinct(mixtures, unit) for unit in units(scenario)}
    own_costs = _own_costs(mixtures)
    if quick:
        choices = {unit: sorted(left, key=partial(_own_cost, own_costs, unit))[:MOST_TRIED_QUICKLY]
                   for unit, left in choices.items()}  # fmt: skip
    best, lowest, exact = _search(mixtures, choices, own_costs, bounded=not quick)
    (npv,) = mixtures.means([best])
    frame = Mix(_rows(mixtures, choices, best, with_chances=bool(draws)))
    pure = mixtures.means([mixtures.pure(option) for option in scenario.options])
    frame.npv_by_option = pd.Series(pure, index=pd.Index(list(scenario.options), name="option"), name="npv")
    if known is not None:
        of_few, frame.npv_by_option = frame.npv_by_option, known.mean("option", NPV).rename("npv")
        single = str(frame.npv_by_option.idxmin())
        npv += float(frame.npv_by_option[single] - of_few[single])
    frame.npv, frame.regret = npv, (frame.npv_by_option - npv).rename("regret")
    frame.bound = npv if exact and not quick else min(lowest, npv)
    frame.notes = tuple(_pulled_apart(scenario, best))
    return frame


def _search(mixtures: Mixtures, choices: Choices, own_costs: OwnCosts, bounded: bool) -> tuple[Mixture, float, bool]:
    """The cheapest mixture that is found, a lower bound, and whether it is the cheapest of all.

    Where a change of one unit, to an option that had been ruled out, is cheaper yet, the search begins again with that
    mixture among the surroundings.
    """
    unbounded = float("-inf")
    pure = [mixtures.pure(option) for option in mixtures.scenario.options]
    cheapest = {unit: min(left, key=partial(_own_cost, own_costs, unit)) for unit, left in choices.items()}
    starts = [*pure, _mixture(mixtures, cheapest)]
    if any(getattr(option, limit) for option in mixtures.scenario.options.values() for limit in LIMITS):
        if _few(choices):
            return _cheapest(mixtures, list(_all(mixtures, choices))), unbounded, True
        ends = [_improved(mixtures, choices, start) for start in starts]
        return _improved_by_pairs(mixtures, choices, _cheapest(mixtures, ends)), unbounded, False
    found = _improved(mixtures, choices, _cheapest(mixtures, starts))
    if not bounded:
        return found, unbounded, False
    further: list[Mixture] = []
    while True:
        left = dict(choices)
        lowest = _rule_out(mixtures, left, further)
        start = _cheapest(mixtures, [found, *(_all(mixtures, left) if _few(left) else _surroundings(mixtures, left))])
        best = _improved(mixtures, choices, start)
        if best == start or not _few(left):
            return best, lowest, _few(left)
        further.append(best)


def _own_costs(mixtures: Mixtures) -> OwnCosts:
    """What the ledger counts for each group under each option by itself, USD."""
    pure = {option: mixtures.pure(option) for option in mixtures.scenario.options}
    totals = mixtures.totals(list(pure.values()), [BY_OPTION, BY_GROUP])
    found = {}
    for place, (option, mixture) in enumerate(pure.items()):
        mixtures.known[mixtures.alike(mixture)] = totals[BY_OPTION][(str(place),)].reshape(-1)
        costs = totals[BY_GROUP][(str(place),)].reshape(-1).tolist()
        found[option] = dict(zip(mixtures.scenario.fleet, costs, strict=True))
    return found


def _own_cost(own_costs: OwnCosts, unit: Unit, option: str) -> float:
    return sum(own_costs[option][group] for group in unit)


def _few(choices: Choices) -> bool:
    """Whether all mixtures of the choices can be tried out."""
    return prod(len(options) for options in choices.values()) <= MOST_TRIED


def _distinct(mixtures: Mixtures, unit: Unit) -> list[str]:
    """The options that treat a unit differently, the first of those that treat it alike."""
    found: dict[Mixture, str] = {}
    for option in mixtures.scenario.options:
        found.setdefault(tuple(mixtures.first_alike(group, option) for group in unit), option)
    return list(found.values())


def _mixture(mixtures: Mixtures, chosen: dict[Unit, str]) -> Mixture:
    of_group = {group: option for unit, option in chosen.items() for group in unit}
    return tuple(of_group[group] for group in mixtures.scenario.fleet)


def _all(mixtures: Mixtures, choices: Choices) -> Iterator[Mixture]:
    """Every mixture of the options that are left."""
    for options in product(*choices.values()):
        yield _mixture(mixtures, dict(zip(choices, options, strict=True)))


def _cheapest(mixtures: Mixtures, tried: Sequence[Mixture]) -> Mixture:
    return tried[int(np.argmin(mixtures.means(tried)))]


def _rule_out(mixtures: Mixtures, choices: Choices, further: Sequence[Mixture]) -> float:
    """Take options out of the choices that are dearer than another wherever the others are; return a lower bound.

    further: surroundings besides those of one option. The bound adds to the cost of one mixture the least that each
    unit can bring in any of the surroundings.
    """
    while True:
        surroundings = [*_surroundings(mixtures, choices), *further]
        costs = {unit: _costs(mixtures, surroundings, unit, options) for unit, options in choices.items()}
        ruled_out = False
        for unit, table in costs.items():
            slack = MARGIN * np.abs(table).max()
            dearer = (table[:, :, None] > table[:, None, :] + slack).all(axis=0).any(axis=1)
            if dearer.any():
                choices[unit] = [option for option, out in zip(choices[unit], dearer, strict=True) if not out]
                ruled_out = True
        if not ruled_out:
            (lowest,) = mixtures.means(surroundings[:1])
            here = dict(zip(mixtures.scenario.fleet, surroundings[0], strict=True))
            of_base = {unit: options.index(here[unit[0]]) for unit, options in choices.items()}
            return lowest + sum(float((table - table[:, [of_base[unit]]]).min()) for unit, table in costs.items())


def _costs(
    mixtures: Mixtures, surroundings: Sequence[Mixture], unit: Unit, options: Sequence[str]
) -> NDArray[np.float64]:
    """What the fleet costs with a unit under each option in each of the surroundings, (surroundings, options)."""
    tried = [mixtures.with_unit(around, unit, option) for around in surroundings for option in options]
    return np.array(mixtures.means(tried)).reshape(len(surroundings), len(options))


def _surroundings(mixtures: Mixtures, choices: Choices) -> list[Mixture]:
    """The mixtures in which all units are under one option, where it is left to them, else the first that is."""
    found = []
    for option in mixtures.scenario.options:
        chosen = {unit: option if option in left else left[0] for unit, left in choices.items()}
        found.append(_mixture(mixtures, chosen))
    return list(dict.fromkeys(found))


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
        changed = [
            mixtures.with_unit(mixtures.with_unit(best, one, option), other, another)
            for one, other in combinations(choices, 2) for option in choices[one] for another in choices[other]
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
                f"{name} ({group.environment}) would be on {places[name]} and {', '.join(alike)} not: "
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
