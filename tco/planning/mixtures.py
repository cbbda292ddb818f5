"""Mixed options: every group of the fleet under one of the scenario's options, evaluated whole.

A mixture is an option like any other, so what its groups share (tooling, training, on-call, the learning curve, the
pace of a migration) is counted once for those that share it. A saving of one group is the difference of two mixtures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tco.errors import InputError, unknown
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger import Ledger
from tco.evaluation.ledger_line import Array, Line
from tco.evaluation.totals import NPV, Key, Query
from tco.model.lines import option_lines
from tco.sampling.designs import Design
from tco.scenario.scenario import Option, Scenario, Settings

Mixture = tuple[str, ...]
"""The option of every group, in the fleet's order."""
ROWS_AT_ONCE = 100_000
"""Mixtures times draws whose lines are held together."""
MOST_IN_REPORTS = 20
"""Groups that move by themselves of which a report seeks the cheapest mixture: some seconds of work."""
LIMITS = ("upgrade_hours_per_month", "migration_hours_per_month")
BY_OPTION = Query(("option",), "", NPV)


def checked_option(scenario: Scenario, option: str | None) -> str:
    """An option of the scenario; the reference where none is named. Raises InputError for an unknown one."""
    if option is not None and option not in scenario.options:
        raise InputError(unknown("option", option, scenario.options), path="option")
    return scenario.reference_option if option is None else option


def mixed(scenario: Scenario, mixture: Mixture) -> Option:
    """The option that treats each group as the option named for it does.

    Hours a month for upgrades and for migrations are the largest that the options in use state.
    """
    used = [scenario.options[name] for name in dict.fromkeys(mixture)]
    hours = {limit: max((getattr(one, limit) or 0.0 for one in used), default=0.0) or None for limit in LIMITS}
    own = {group: scenario.settings(name, group) for group, name in zip(scenario.fleet, mixture, strict=True)}
    return Option().model_copy(update={"groups": own, **hours})


def left_out_of_reports(scenario: Scenario) -> str:
    """Why a report seeks no cheapest mixture of the scenario, and what finds it; empty where it does."""
    count = len(units(scenario))
    if count <= MOST_IN_REPORTS:
        return ""
    return (
        f"The cheapest mixture by group is left out: the fleet has {count:,} groups that can move by themselves, of "
        f"which a report tries up to {MOST_IN_REPORTS}. `tco mix` finds it."
    )


def units(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """Groups that are moved together: each with those that run its designs after it, in the fleet's order."""
    followers: dict[str, list[str]] = {}
    for name, group in scenario.fleet.items():
        if group.design_of is not None:
            followers.setdefault(group.design_of, []).append(name)
    return tuple((name, *followers.get(name, ())) for name, group in scenario.fleet.items() if group.design_of is None)


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Evaluates mixtures of a scenario's options under a design. known: present values found so far, by mixture."""

    scenario: Scenario
    design: Design
    known: dict[Mixture, Array]

    @classmethod
    def of(cls, scenario: Scenario, design: Design) -> "Mixtures":
        """Without any mixture evaluated."""
        return cls(scenario, design, {})

    def pure(self, option: str) -> Mixture:
        """The mixture of one option alone."""
        return (option,) * len(self.scenario.fleet)

    def with_unit(self, mixture: Mixture, unit: Sequence[str], option: str) -> Mixture:
        """The same mixture with some groups under another option."""
        return tuple(
            option if group in unit else name for group, name in zip(self.scenario.fleet, mixture, strict=True)
        )

    def npv(self, mixtures: Sequence[Mixture]) -> Array:
        """Present values in USD, (mixtures, draws)."""
        alike = [self.alike(mixture) for mixture in mixtures]
        new = [mixture for mixture in dict.fromkeys(alike) if mixture not in self.known]
        totals = self.totals(new, [BY_OPTION])[BY_OPTION] if new else {}
        self.known.update(zip(new, (amounts.reshape(-1) for amounts in totals.values()), strict=True))
        return np.array([self.known[mixture] for mixture in alike])

    def means(self, mixtures: Sequence[Mixture]) -> list[float]:
        """Mean present values in USD over the draws."""
        return [float(mean) for mean in self.npv(mixtures).mean(axis=1)] if mixtures else []

    def totals(self, mixtures: Sequence[Mixture], queries: Sequence[Query]) -> dict[Query, dict[Key, Array]]:
        """Totals by labels of which the first is `option`: the place of the mixture, as text."""
        by_query: dict[Query, dict[Key, Array]] = {query: {} for query in queries}
        at_once = max(1, ROWS_AT_ONCE // self.design.rows)
        for first in range(0, len(mixtures), at_once):
            part = {str(first + place): mixture for place, mixture in enumerate(mixtures[first : first + at_once])}
            options = {name: mixed(self.scenario, mixture) for name, mixture in part.items()}
            for query, totals in self._totals_of(options, queries).items():
                by_query[query] |= totals
        return by_query

    def _totals_of(self, options: Mapping[str, Option], queries: Sequence[Query]) -> dict[Query, dict[Key, Array]]:
        """The totals of some options that the scenario itself does not have; its own say what groups run today."""
        # A name of a mixture is a number, which an option's may be, too: mixtures come last, and win.
        own = {f"{name} ": option for name, option in self.scenario.options.items()}
        reference = f"{self.scenario.reference_option} "
        several = self.scenario.model_copy(update={"options": {**own, **options}, "reference": reference})

        def lines(inputs: Inputs) -> Iterator[Line]:
            for name in options:
                yield from option_lines(inputs, name)

        ledger = Ledger(several, self.design, lines, requested=queries)
        return {query: ledger.totals(query) for query in queries}

    def alike(self, mixture: Mixture) -> Mixture:
        """The same mixture with the first of options that treat a group alike, so that it is evaluated once."""
        return tuple(self.first_alike(group, name) for group, name in zip(self.scenario.fleet, mixture, strict=True))

    def first_alike(self, group: str, option: str) -> str:
        """The first option that treats a group as this one does, with the same hours a month for the team."""
        return self._firsts[group, option]

    @cached_property
    def _firsts(self) -> dict[tuple[str, str], str]:
        firsts = {}
        for group in self.scenario.fleet:
            seen: dict[tuple[object, ...], str] = {}
            for option in self.scenario.options:
                firsts[group, option] = seen.setdefault(self._treats(group, option), option)
        return firsts

    def _treats(self, group: str, option: str) -> tuple[object, ...]:
        settings, chosen = self.scenario.settings(option, group), self.scenario.options[option]
        own = tuple(getattr(settings, name) for name in Settings.model_fields)
        return (*own, *(getattr(chosen, limit) for limit in LIMITS))
