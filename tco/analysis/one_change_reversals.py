"""What happens if one assumption alone changes: the costs of such changes, and the smallest that reverses the verdict.

All else stays at its mean, and costs are scaled to the mean of the ledger's draws where it has some. Most assumptions
leave the upgrade calendar alone, so all their changes are rows of one design; each value of those that dates are
computed from (such as months of preparation) has a calendar of its own. The hours that an upgrade takes move dates
where a team is short: swings follow that (`hours_that_move_dates`); reversals do not, since that would be ten times the
work, and `tco.crossings` does it for one of them. How plausible a reversal is, is the probability that the assumption
lies beyond its value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tco.analysis.assumption_register import DISCOUNT_RATE
from tco.analysis.combined_designs import Part, differ_in_size, scaled_to, totals_of
from tco.errors import InputError, checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array
from tco.evaluation.totals import NPV, Query
from tco.model.fleet.scheduling import waves
from tco.model.lines import evaluate, lines_of
from tco.sampling.designs import Block, Design, point
from tco.scenario.assumptions import Assumption
from tco.scenario.scenario import month_after
from tco.units import MONTHS_PER_YEAR
from tco.upgrades.policies import WAITING_POLICIES

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

Places = NDArray[np.intp]

RATES = frozenset({DISCOUNT_RATE, *(f"finance.{kind}_inflation" for kind in ("labour", "cloud", "business"))})
"""Assumptions that change amounts month by month: in a design of their own they cost less than among many rows."""
MAX_QUANTILES = (0.01, 0.99)
"""Uncertain assumptions are moved between these quantiles of theirs, fixed ones between their low and high."""
USUAL_QUANTILES = (0.05, 0.95)
DRAWS_OF_HORIZONS = 250
HORIZONS = (36, 60, 84, 120)
"""Months over which options are compared beside the scenario's own."""
ROUNDS = (2, 32, 160)
"""Each round divides the interval that holds the first change into so many parts: 10,240 values in effect.

A change that is undone again before the middle of the way, or between the middle and the end, is missed.
"""
NOTICED = 0.05
"""Hours have calendars of their own where dates change an outcome by more than this share of its widest swing."""
ROUNDS_OF_DATES = (1, 8, 16, 16)
"""The same for what moves dates, where each value has an upgrade calendar of its own: first the ends alone."""
COLUMNS = "path label value mean end unit cheapest distance probability".split()


@dataclass(frozen=True)
class Changes:
    """Assumptions of a scenario that are changed one at a time, each through its own values.

    paths may repeat. tried: (paths, values).
    """

    scenario: Scenario
    paths: Sequence[str]
    tried: Array

    @classmethod
    def none(cls, scenario: Scenario) -> Changes:
        """No change at all: an assumption that no date is computed from, at its mean."""
        return cls(scenario, [DISCOUNT_RATE], np.array([[scenario.assumptions[DISCOUNT_RATE].mean]]))

    def design(self, chosen: Sequence[int]) -> Design:
        """One row for each value of the chosen paths, which that path then has; all others are at their means."""
        count = self.tried.shape[1]
        columns: dict[str, Array] = {}
        for row, place in enumerate(chosen):
            path = self.paths[place]
            if path not in columns:
                columns[path] = np.full(len(chosen) * count, self.scenario.assumption(path).mean)
            columns[path][row * count : (row + 1) * count] = self.tried[place]
        return Design("one change", len(chosen) * count, columns)


def paths_of_dates(*scenarios: Scenario) -> frozenset[str]:
    """The assumptions that dates of upgrades are computed from, in any of the scenarios."""
    paths: set[str] = set()
    seen: list[Scenario] = []
    for scenario in scenarios:
        if any(differ_in_size(other, scenario) for other in seen):
            continue
        seen.append(scenario)
        inputs = Inputs(scenario, Block(0, 1))
        if scenario.fits_classes:
            deque(lines_of(inputs), maxlen=0)
        for option in scenario.options:
            waves(inputs, option)
        paths.update(inputs.reads.dated)
    return frozenset(paths)


def short_of_hours(scenario: Scenario) -> list[str]:
    """The options whose team has too few hours for upgrades: the vendor forces some, or they are not made."""
    inputs = Inputs(scenario, point(scenario).row(0))
    return [
        option
        for option in scenario.options
        if any(
            wave.unfinished
            or (wave.forced and wave.cohort.policy not in WAITING_POLICIES and wave.upgrade.date > scenario.first_day)
            for wave in waves(inputs, option)
        )
    ]


def hours_that_move_dates(
    scenario: Scenario,
    ends: Mapping[str, Sequence[float]],
    outcome: Callable[[Array], Array],
    widest: float,
    options: Sequence[str],
) -> frozenset[str]:
    """The assumptions whose values need upgrade calendars of their own because a team has too few hours for them.

    All that the hours of upgrades are made of is moved to one end together, then to the other: once with the dates of
    the means, once with the dates that follow. Where the two outcomes differ by more than `NOTICED` of the widest swing
    of a single assumption, these are all of them, else none. ends: the lowest and the highest value of each assumption
    that is moved, without those of `paths_of_dates`. outcome: what is looked at, of the NPV of the options.
    """
    inputs = Inputs(scenario, point(scenario).row(0))
    for option in scenario.options:
        waves(inputs, option)
    hours = frozenset(inputs.reads.dated).intersection(ends)
    if not hours:
        return hours
    together = Design("one change", 2, {path: np.array(ends[path]) for path in sorted(hours)})
    parts = [Part(scenario, design) for design in (together, replace(together, moves_dates=True))]
    standing, moved = (outcome(totals[NPV]) for totals in totals_of(parts, options=options))
    return hours if (np.abs(moved - standing) > NOTICED * widest).any() else frozenset()


def costs_of_changes(
    changes: Sequence[Changes],
    dated: Container[str] | None = None,
    apart: Container[str] = (),
    options: Sequence[str] = (),
) -> list[Array]:
    """NPV of the options where each path alone has each of its values: (paths, values, options).

    One array for each of `changes`. dated: `paths_of_dates`, where it is known already. apart: paths whose changes are
    evaluated on their own. options: as of `totals_of`.
    """
    if dated is None:
        dated = paths_of_dates(*(one.scenario for one in changes))
    # Parts that are evaluated together, each with where its totals belong: number of the changes, rows, columns.
    together: list[tuple[Part, int, Places, Places]] = []
    on_their_own = together.copy()
    own_calendars: dict[tuple[str, float], list[tuple[int, int, int]]] = {}
    for number, one in enumerate(changes):
        for batch, is_apart in ((together, False), (on_their_own, True)):
            undated = [at for at, path in enumerate(one.paths) if path not in dated and (path in apart) == is_apart]
            if undated:
                rows, columns = np.array(undated, dtype=np.intp)[:, None], np.arange(one.tried.shape[1])[None]
                batch.append((Part(one.scenario, one.design(undated)), number, rows, columns))
        for place, path in enumerate(one.paths):
            for column, value in enumerate(one.tried[place].tolist() if path in dated else ()):
                own_calendars.setdefault((path, value), []).append((number, place, column))
    for (path, value), cells in own_calendars.items():
        design = Design("one change", 1, {path: np.array([value])}, moves_dates=True)
        for number, place, column in cells:
            part = Part(changes[number].scenario, design)
            together.append((part, number, np.array([[place]]), np.array([[column]])))
    costs = [np.zeros((*one.tried.shape, len(options or one.scenario.options))) for one in changes]
    for batch in (together, on_their_own):
        totals_of_batch = totals_of([part for part, *_ in batch], options=options)
        for (_, number, rows, columns), totals in zip(batch, totals_of_batch, strict=True):
            costs[number][rows, columns] = totals[NPV].reshape(len(rows), columns.shape[1], -1)
    return costs


@dataclass(frozen=True)
class Interval:
    """Values on the way from an assumption's mean to one of its ends, between which the cheapest option changes.

    left: nearer to the mean. number: of the scenario. winner: the option cheapest at the right, as a place among its
    options; -1 before it is known.
    """

    number: int
    path: str
    left: float
    right: float
    winner: int = -1


@checked
def reversals(ledger: Ledger, most: int | None = None) -> pd.DataFrame:
    """The single changes of one assumption that make another option cheapest (by NPV), the most plausible first.

    Columns: path, label, value (where it flips), mean, end (the 5th or 95th percentile on that side; low or high of a
    fixed one), unit, cheapest (beyond the value), distance (from the mean to the value, as a share of that to the
    end), probability (of lying beyond the value; NaN for a fixed assumption). Empty where no single assumption reverses
    the verdict. most: so many rows at most; the others are then not narrowed down. The hours that upgrades take leave
    their dates as they are at the means; where a team is too short for them, `crossings` says where they decide.
    """
    if most is not None and most < 1:
        raise InputError("is a number of rows from 1", path="most", value=most)
    return reversals_of([ledger], most)[0]


def horizons(ledger: Ledger) -> pd.DataFrame:
    """The cheapest option (by NPV) over other horizons and from another start: on average over draws, or at the means.

    Columns: horizon_months, start, cheapest, reverses (whether it is another than for the scenario as written, which
    is the first row). Of draws the first few hundred are evaluated, and scaled to the mean of all. A start at which a
    stated version does not exist yet is left out.
    """
    scenario, cheapest = ledger.scenario, str(ledger.mean("option", NPV).idxmin())
    later = f"{month_after(scenario.first_day, round(MONTHS_PER_YEAR)):%Y-%m}"
    rows = [(scenario.months, scenario.start, cheapest)]
    others = [*((months, scenario.start) for months in HORIZONS if months != scenario.months), (scenario.months, later)]
    design = ledger.design.head(DRAWS_OF_HORIZONS) if ledger.design.rows > 1 else None
    few = ledger.total("option", NPV).to_numpy(float)[:DRAWS_OF_HORIZONS].mean(axis=0)
    scale = scaled_to(ledger, few)
    for months, start in others:
        other = scenario.model_copy(update={"months": months, "start": start})
        try:
            npv = evaluate(other, design, [Query(("option",), "", NPV)]).mean("option", NPV)
        except InputError:
            continue
        rows.append((months, start, str((npv * scale).idxmin())))
    frame = pd.DataFrame(rows, columns=["horizon_months", "start", "cheapest"])
    return frame.assign(reverses=frame["cheapest"] != frame["cheapest"].iloc[0])


def reversals_of(ledgers: Sequence[Ledger], most: int | None = None) -> list[pd.DataFrame]:
    """`reversals` of each ledger; those of fleets that differ in size alone are evaluated together."""
    scenarios = [ledger.scenario for ledger in ledgers]
    scales = [scaled_to(one, one.at_point.total("option", NPV).to_numpy(float)[0]) for one in ledgers]
    cheapest_now = [int(one.mean("option", NPV).to_numpy().argmin()) for one in ledgers]
    dated = paths_of_dates(*scenarios)
    intervals = [
        Interval(number, path, entry.mean, end)
        for number, scenario in enumerate(scenarios)
        for path, entry in {**scenario.assumptions, **scenario.own_assumptions}.items()
        for end in _ends(entry)
        if end != entry.mean
    ]
    for turn in range(max(len(ROUNDS), len(ROUNDS_OF_DATES))):
        intervals = _narrowed(scenarios, intervals, cheapest_now, scales, turn, dated)
        if most is not None:
            intervals = [
                interval
                for number, scenario in enumerate(scenarios)
                for interval in _likeliest(scenario, [own for own in intervals if own.number == number], most)
            ]
    frames = []
    for number, scenario in enumerate(scenarios):
        rows = [_row(scenario, interval) for interval in intervals if interval.number == number]
        frame = pd.DataFrame(rows, columns=COLUMNS).sort_values("distance", kind="stable")
        frame = frame.sort_values("probability", ascending=False, na_position="last", kind="stable")
        frames.append(frame.drop_duplicates("path", ignore_index=True).head(len(frame) if most is None else most))
    return frames


def _narrowed(
    scenarios: Sequence[Scenario],
    intervals: Sequence[Interval],
    cheapest_now: Sequence[int],
    scales: Sequence[Array],
    turn: int,
    dated: frozenset[str],
) -> list[Interval]:
    """Of each interval the part in which the cheapest option changes first; without those in which it never does.

    cheapest_now: the cheapest option of each scenario, with every assumption at its mean. scales: as of `scaled_to`.
    """
    by_parts: dict[tuple[int, int], list[Interval]] = {}
    narrowed: list[Interval] = []
    for interval in intervals:
        rounds = ROUNDS_OF_DATES if interval.path in dated else ROUNDS
        if turn < len(rounds):
            by_parts.setdefault((interval.number, rounds[turn]), []).append(interval)
        else:
            narrowed.append(interval)
    edges = {}
    for (number, parts), own in by_parts.items():
        left, right = (np.array([[getattr(interval, side)] for interval in own]) for side in ("left", "right"))
        edges[number, parts] = left + (right - left) * np.linspace(0, 1, parts + 1)
    known = 1 if turn else 0  # the right end of an interval has been tried, once there has been a round
    changes = [
        Changes(scenarios[number], [one.path for one in by_parts[number, parts]], tried[:, 1 : parts + 1 - known])
        for (number, parts), tried in edges.items()
    ]
    costs_of_all = costs_of_changes(changes, dated, apart=RATES)
    for ((number, parts), own), costs in zip(by_parts.items(), costs_of_all, strict=True):
        cheapest = (costs * scales[number]).argmin(axis=2)
        if known:
            cheapest = np.column_stack([cheapest, [interval.winner for interval in own]])
        for interval, tried, winners in zip(own, edges[number, parts], cheapest, strict=True):
            changed = np.flatnonzero(winners != cheapest_now[number])
            if len(changed):
                at = changed[0]
                narrowed.append(
                    replace(interval, left=float(tried[at]), right=float(tried[at + 1]), winner=int(winners[at]))
                )
    return narrowed


def _likeliest(scenario: Scenario, intervals: Sequence[Interval], most: int) -> list[Interval]:
    """The intervals that may hold one of the `most` likeliest reversals; fixed assumptions where others are few.

    A reversal is at least as likely as its interval's right end, and at most as likely as its left.
    """
    uncertain = [interval for interval in intervals if scenario.assumption(interval.path).is_uncertain]
    least: dict[str, float] = {}
    for one in uncertain:
        least[one.path] = max(least.get(one.path, 0.0), _beyond(scenario.assumption(one.path), one, one.right))
    if len(least) < most:
        return list(intervals)
    enough = sorted(least.values(), reverse=True)[most - 1]
    return [one for one in uncertain if _beyond(scenario.assumption(one.path), one, one.left) >= enough]


def _ends(entry: Assumption) -> tuple[float, ...]:
    """How far down and up an assumption is moved; nowhere where it has no range."""
    if entry.is_uncertain:
        return tuple(entry.quantile(np.array(MAX_QUANTILES)).tolist())
    if entry.low is not None and entry.high is not None:
        return entry.low, entry.high
    return ()


def _beyond(entry: Assumption, interval: Interval, value: float) -> float:
    """The probability that an uncertain assumption is beyond a value, on the side of the interval."""
    shares = np.linspace(0.001, 0.999, 999)
    below = float(np.interp(value, entry.quantile(shares), shares))
    return 1 - below if interval.right > entry.mean else below


def _row(scenario: Scenario, interval: Interval) -> tuple[object, ...]:
    """The values of `COLUMNS`."""
    entry = scenario.assumption(interval.path)
    value = (interval.left + interval.right) / 2
    above = value > entry.mean
    if entry.is_uncertain:
        end = float(entry.quantile(np.array(USUAL_QUANTILES))[int(above)])
        probability = _beyond(entry, interval, value)
    else:
        end, probability = float((entry.high if above else entry.low) or 0.0), float("nan")
    distance = abs(value - entry.mean) / abs(end - entry.mean) if end != entry.mean else float("inf")
    winner = list(scenario.options)[interval.winner]
    return interval.path, entry.label, value, entry.mean, end, entry.unit, winner, distance, probability
