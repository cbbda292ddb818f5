"""Where the cheapest option (by NPV) changes as one number changes: on average, in every draw, and by two numbers.

Values are real but for fleet sizes, at which each group has whole clusters; between sizes tried that are further apart
a crossing is estimated. All crossings in a range are reported; none gives an empty table. In draws, events are at
their expectation: a break-even is about a decision, and chance events come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from tco.analysis.combined_designs import Part, Picked, scaled_to, totals_of
from tco.analysis.comparison import COMMITMENTS, INFRASTRUCTURE, TRANSITION
from tco.analysis.distribution import percentiles, share_error
from tco.analysis.fleet_inputs import columns_at, current_value
from tco.analysis.ranges import BAND, Places, band, costs_by_draw, intervals_of_change, narrowed
from tco.errors import InputError, checked, unknown
from tco.evaluation.inputs import FLEET_SIZE, Inputs
from tco.evaluation.ledger_line import Array
from tco.evaluation.totals import COST, NPV, Query
from tco.model.fleet.scheduling import waves
from tco.model.lines import evaluate
from tco.sampling.designs import Design
from tco.sampling.monte_carlo import monte_carlo
from tco.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario


STEPS, STEPS_IN_DRAWS, STEPS_OF_DATES = 200, 40, 25
"""Values tried between low and high before refining; two changes closer together than a step are missed.

The second in draws, the third where each value has an upgrade calendar of its own, and so a pass of its own.
"""
SEVERAL = "several times"
HIGHEST = 10_000.0
"""The highest value tried, unless the caller states another."""
YEARS_OF_FEES = 3
"""The longest term of an upfront fee."""
Measure = Literal["all", "infrastructure"]


def cost_by(
    scenario: Scenario,
    path: str = "fleet_size",
    values: Sequence[float] = (),
    *,
    draws: int | None = None,
    seed: int = 0,
    known: Ledger | None = None,
) -> pd.DataFrame:
    """What every option costs at each value of one numeric input: on average over draws, or at the means.

    Columns: value, option, total, npv (USD) and npv_per_cluster. path: an assumption, a number of the fleet, or
    `fleet_size`. draws: none, or a path that moves dates: the point estimate. known: a ledger of the scenario with
    more draws, to whose mean present values the costs are scaled at the scenario's own value. Raises InputError for a
    path that is not a number.
    """
    tried = np.asarray(values, dtype=float)
    if path == FLEET_SIZE:
        tried = np.unique(np.round(tried))
    own = [] if known is None else [current_value(scenario, path)]
    design, shape = _design_of_draws(scenario, path, draws, seed)(np.append(tried, own))
    (measured,) = totals_of([Part(scenario, design)], (COST, NPV))
    totals, npv = (measured[of].reshape(*shape, -1).mean(axis=1) for of in (COST, NPV))
    scale = scaled_to(known, npv[-1])
    totals, npv = totals[: len(tried)] * scale, npv[: len(tried)] * scale
    clusters = tried if path == FLEET_SIZE else np.full(len(tried), scenario.fleet_size)
    options = list(scenario.options)
    return pd.DataFrame(
        {
            "value": np.repeat(tried, len(options)),
            "option": options * len(tried),
            "total": totals.ravel(),
            "npv": npv.ravel(),
            "npv_per_cluster": (npv / np.where(clusters > 0, clusters, np.nan)[:, None]).ravel(),
        }
    )


@checked
def crossings(
    scenario: Scenario,
    over: str = "fleet_size",
    low: float = 1,
    high: float | None = None,
    *,
    measure: Measure = "all",
    steady_state: bool = False,
    draws: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """The values between low and high at which the cheapest option (by NPV) changes, ascending.

    over: an assumption, a number of the fleet, `fleet_size`, or one of the whole fleet such as `requests_per_second`
    (`tco.analysis.fleet_inputs`). high: without one 10,000, or the most that the assumption can be. measure:
    `infrastructure` compares bills alone. steady_state: compares the cost of a year once all have moved: the last
    twelve months without transition, undiscounted, and of upfront fees a third of those of the last 36 months. draws:
    options are compared by their mean over so many; without, and over a number that moves dates, at the means of
    assumptions (`attrs["draws"]` is then 0). Columns: value, cheapest_below, cheapest_above; with draws p10 and p90, of
    the value at which these two cost the same in single draws, and share, of draws in which they do within the range.
    Empty: none in range. Raises InputError for a path that is no number, an unknown measure, unless 0 <= low < high.
    """
    ends = range_of(scenario, over, low, high)
    return crossings_between(cheapest_in_ranges(scenario, over, *ends, measure, steady_state, draws=draws, seed=seed))


def range_of(scenario: Scenario, over: str, low: float, high: float | None) -> tuple[float, float]:
    """The range that is tried: where no high is named, up to 10,000, or the most that an assumption can be."""
    if high is not None:
        return low, high
    most = min(HIGHEST, scenario.assumptions[over].largest) if over in scenario.assumptions else HIGHEST
    return (low if low < most else 0.0), most


def crossings_between(ranges: pd.DataFrame) -> pd.DataFrame:
    """The `crossings` between ranges as of `cheapest_in_ranges`."""
    frame = pd.DataFrame(
        {
            "value": ranges["low"].iloc[1:].to_numpy(),
            "cheapest_below": ranges["cheapest"].iloc[:-1].to_numpy(),
            "cheapest_above": ranges["cheapest"].iloc[1:].to_numpy(),
        }
        | {name: ranges[name].iloc[1:].to_numpy() for name in BAND if name in ranges}
    )
    frame.attrs.update(ranges.attrs)
    return frame


def cheapest_in_ranges(
    scenario: Scenario,
    path: str = "fleet_size",
    low: float = 1,
    high: float = 10_000,
    measure: Measure = "all",
    steady_state: bool = False,
    *,
    draws: int | None = None,
    seed: int = 0,
    known: Ledger | None = None,
) -> pd.DataFrame:
    """Which option is cheapest from where to where. Columns: low, high, cheapest; the ranges cover low to high.

    With draws p10, p90 and share of the crossing at low, as of `crossings`. known: a ledger of the scenario with more
    draws, to whose mean present values costs are scaled, so that its cheapest option is cheapest at the scenario's own
    value. Raises InputError as `crossings`.
    """
    if measure not in get_args(Measure):
        raise InputError(unknown("measure", measure, get_args(Measure)), path="measure")
    own = () if known is None else (current_value(scenario, path),)
    tried = _values_between(path, low, high, STEPS_IN_DRAWS if draws else STEPS, own)
    design_of = _design_of_draws(scenario, path, draws, seed, high)
    scale = np.ones(len(scenario.options))

    def by_draw(values: Array) -> Array:
        design, shape = design_of(values)
        ledger = evaluate(scenario, design, [_query(measure, steady_state)])
        return _compared(ledger, measure, steady_state).reshape(*shape, -1) * scale

    def costs(_: Places, values: Array) -> Array:
        average: Array = by_draw(values).mean(axis=1)
        return average

    if _moves_dates(scenario, path, high):
        tried = _values_between(path, low, high, STEPS_OF_DATES, own)
    found = by_draw(np.append(tried, own))
    if known is not None and measure == "all" and not steady_state:
        scale = scaled_to(known, found[-1].mean(axis=0))
    found = found[: len(tried)] * scale
    npv = found.mean(axis=1)
    intervals = intervals_of_change(tried, npv[:, None])
    if found.shape[1] == 1:  # a mean over draws is not known as closely as a step
        intervals = narrowed(intervals, costs)
    rows = np.arange(len(intervals.draw))
    # Where both cost the same at the left, as all do for a fleet of 0, nothing has changed.
    changes = intervals.at(intervals.left_costs[rows, intervals.above] > intervals.left_costs.min(axis=1))
    edges = [low, *_first_at(path, changes.value), high]
    winners = [*changes.below[:1], *changes.above] or [npv[-1].argmin()]
    names = [list(scenario.options)[place] for place in winners]
    frame = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "cheapest": names})
    frame.attrs["draws"] = found.shape[1] if found.shape[1] > 1 else 0
    if frame.attrs["draws"]:
        bands = [(np.nan,) * len(BAND), *(band(tried, found, *pair) for pair in pairwise(winners))]
        frame[list(BAND)] = np.array(bands)
    return frame


def _design_of_draws(
    scenario: Scenario, path: str, draws: int | None, seed: int, highest: float | None = None
) -> Callable[[Array], tuple[Design, tuple[int, int]]]:
    """Makes the design of some values in every draw, value by value, and says how many of both there are.

    One draw, the means, where none are asked for and where the values (up to the highest) move dates.
    """
    if not draws or _moves_dates(scenario, path, current_value(scenario, path) if highest is None else highest):
        return lambda values: (_design_over(scenario, path, values), (len(values), 1))
    design = monte_carlo(scenario, draws, seed, luck=False)
    drawn = design.block(0, design.rows).columns

    def of(values: Array) -> tuple[Design, tuple[int, int]]:
        rows = np.tile(np.arange(draws), len(values))
        return _with_values(scenario, drawn, path, rows, np.repeat(values, draws)), (len(values), draws)

    return of


def _moves_dates(scenario: Scenario, path: str, value: float) -> bool:
    """Whether each value has an upgrade calendar of its own, and so needs a pass of its own."""
    design = _design_over(scenario, path, np.array([value]))
    inputs = Inputs(scenario, design.row(0))
    for option in scenario.options:
        waves(inputs, option)
    return not inputs.reads.dated.keys().isdisjoint(design.paths)


def _design_over(scenario: Scenario, path: str, values: Array) -> Design:
    """One row a value of a numeric input, everything else at its mean."""
    return Design("sweep", len(values), columns_at(scenario, path, values), moves_dates=True)


def _query(measure: Measure, steady_state: bool) -> Query:
    if steady_state:
        return Query(("option", "category", "line"), "p", COST)
    return Query(("option",), "", NPV) if measure == "all" else Query(("option", "category"), "", NPV)


def _compared(ledger: Ledger, measure: Measure, steady_state: bool) -> Array:
    """What options are compared by at each value, (values, options): NPV, or USD of a year in the steady state."""
    costs = np.zeros((ledger.design.rows, len(ledger.options)))
    for (option, *labels), amounts in ledger.totals(_query(measure, steady_state)).items():
        category = labels[0] if labels else ""
        if (measure == INFRASTRUCTURE and category != INFRASTRUCTURE) or (steady_state and category == TRANSITION):
            continue
        if steady_state:
            years = YEARS_OF_FEES if labels[1] == COMMITMENTS else 1
            recent = amounts[:, -years * round(MONTHS_PER_YEAR) :]
            amounts = recent.sum(axis=1) * round(MONTHS_PER_YEAR) / recent.shape[1]
        costs[:, ledger.options.index(option)] += amounts.reshape(-1)
    return costs


def _values_between(path: str, low: float, high: float, count: int, further: Sequence[float] = ()) -> Array:
    """Values from low to high, in equal ratios where low is above 0, else in equal steps, and further ones between.

    Raises InputError for a bad range.
    """
    if not 0 <= low < high < float("inf"):
        raise InputError("a range goes from a low of 0 or more to a higher high", path=path, value=(low, high))
    tried = np.geomspace(low, float(high), count) if low > 0 else np.linspace(low, float(high), count)
    tried = np.round(tried) if path == FLEET_SIZE else tried
    between = [value for value in further if low < value < high]
    return np.sort(np.append(tried, between)) if between else tried


def _first_at(path: str, values: Array) -> Array:
    """Where a change shows first: of a fleet size at the next whole number."""
    first: Array = np.ceil(values) if path == FLEET_SIZE else values
    return first


@checked
def two_way_map(
    scenario: Scenario,
    x: str,
    y: str,
    x_values: Sequence[float],
    y_values: Sequence[float],
    known: Ledger | None = None,
) -> pd.DataFrame:
    """The cheapest option (by NPV, everything else at its mean) for each pair of values of two numeric inputs.

    known: a ledger of the scenario with draws, to whose mean present values the costs are scaled at its own values.
    x, y: paths as of `tco.analysis.fleet_inputs`, such as `fleet_size` and `requests_per_second`. Columns: x, y,
    cheapest, second, lead (USD by which the second costs more), lead_share (of the cheapest's NPV). Raises InputError
    for a path that is no number, and where both paths touch the same number.
    """
    across, up = np.meshgrid(np.asarray(x_values, dtype=float), np.asarray(y_values, dtype=float), indexing="ij")
    columns, further = columns_at(scenario, x, across.ravel()), columns_at(scenario, y, up.ravel())
    if both := sorted(set(columns) & set(further)):
        raise InputError(f"both inputs of the map change {both[0]}", path=y, value=x)
    # Row by row of y: instance classes are fitted anew where a load changes, and y is mostly the load.
    tried = np.arange(across.size).reshape(across.shape).ravel(order="F")
    values = {path: column[tried] for path, column in {**columns, **further}.items()}
    design = Design("map", across.size, values, moves_dates=scenario.fits_classes)
    totals = evaluate(scenario, design).total("option", "npv")
    npv = totals.to_numpy(float)[np.argsort(tried)]
    if known is not None:
        npv = npv * scaled_to(known, known.at_point.total("option", NPV).to_numpy(float)[0])
    order = np.argsort(npv, axis=1, kind="stable")
    best, second = (np.take_along_axis(npv, order[:, [place]], axis=1)[:, 0] for place in (0, 1))
    names = np.array(totals.columns, dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(best != 0, (second - best) / np.abs(best), np.nan)
    return pd.DataFrame(
        {
            "x": across.ravel(),
            "y": up.ravel(),
            "cheapest": names[order[:, 0]],
            "second": names[order[:, 1]],
            "lead": second - best,
            "lead_share": share,
        }
    )


@dataclass(frozen=True)
class BreakEven:
    """Where the cheapest option changes along a path, draw by draw.

    options: those compared, in the scenario's order. tried: the values tried in every draw. cheapest: the cheapest
    option, as a place in `options`, by (value tried, draw). changes: one row a change, in order of the draws: draw,
    value, cheapest_below, cheapest_above.
    """

    path: str
    options: tuple[str, ...]
    tried: Array
    cheapest: Places
    changes: pd.DataFrame

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return int(self.cheapest.shape[1])

    def patterns(self) -> pd.DataFrame:
        """How the draws behave between the lowest and the highest value, the most frequent first.

        Columns: pattern (`never: stay throughout`, `once: stay, then dynamodb`, `several times`), share (of draws),
        standard_error.
        """
        counts = np.bincount(self.changes["draw"].to_numpy(dtype=int), minlength=self.draws)
        first = self.changes.drop_duplicates("draw")
        names = np.array([f"never: {option} throughout" for option in self.options], dtype=object)[self.cheapest[0]]
        names[first["draw"].to_numpy(dtype=int)] = (
            "once: " + first["cheapest_below"] + ", then " + first["cheapest_above"]
        )
        names[counts > 1] = SEVERAL
        shares = pd.Series(names).value_counts(normalize=True, sort=True)
        errors = [share_error(float(share), self.draws) for share in shares]
        return pd.DataFrame({"pattern": list(shares.index), "share": shares.to_numpy(), "standard_error": errors})

    def quantiles(self) -> pd.DataFrame:
        """Where the change is in the draws that change once, by what changes into what.

        Columns: cheapest_below, cheapest_above, share (of all draws), p10, p50, p90 (of the value).
        """
        once = self.changes[~self.changes["draw"].duplicated(keep=False)]
        rows = []
        for (below, above), values in once.groupby(["cheapest_below", "cheapest_above"], sort=False)["value"]:
            rows.append((below, above, len(values) / self.draws, *percentiles(values.to_numpy(), (0.1, 0.5, 0.9))))
        columns = ["cheapest_below", "cheapest_above", "share", "p10", "p50", "p90"]
        return pd.DataFrame(rows, columns=columns).sort_values("share", ascending=False, ignore_index=True)

    def probabilities(self) -> pd.DataFrame:
        """The share of draws in which each option is cheapest, at each value tried.

        Columns: value, option, probability.
        """
        shares = np.stack([(self.cheapest == place).mean(axis=1) for place in range(len(self.options))], axis=1)
        return pd.DataFrame(
            {
                "value": np.repeat(self.tried, len(self.options)),
                "option": list(self.options) * len(self.tried),
                "probability": shares.ravel(),
            }
        )


@checked
def crossings_by_draw(
    scenario: Scenario,
    path: str = "fleet_size",
    low: float = 1,
    high: float = 10_000,
    *,
    between: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
) -> BreakEven:
    """The break-even of a numeric input with its distribution, from draws that all values and options share.

    path: an assumption, `fleet_size`, a number of the fleet, or one of the whole fleet (`requests_per_second`).
    between: the options to compare; without any, all. Raises InputError for an unknown path or option and unless
    0 <= low < high.
    """
    options = _options(scenario, between)
    tried = _values_between(path, low, high, STEPS_IN_DRAWS)
    design = monte_carlo(scenario, draws, seed, luck=False)
    costs = partial(_costs, scenario, design.block(0, design.rows).columns, path, options)
    known = costs_by_draw(tried, draws, costs)
    intervals = narrowed(intervals_of_change(tried, known), costs)
    names = np.array(options, dtype=object)
    below, above = names[intervals.below], names[intervals.above]
    columns = {
        "draw": intervals.draw,
        "value": _first_at(path, intervals.value),
        "cheapest_below": below,
        "cheapest_above": above,
    }
    apart = np.unique(tried, return_index=True)[1]  # small fleet sizes are tried more than once
    return BreakEven(path, options, tried[apart], known[apart].argmin(axis=2), pd.DataFrame(columns))


def _options(scenario: Scenario, between: Sequence[str]) -> tuple[str, ...]:
    for name in between:
        if name not in scenario.options:
            raise InputError(unknown("option", name, scenario.options), path="between")
    chosen = tuple(name for name in scenario.options if name in between or not between)
    if len(chosen) < 2:
        raise InputError("a break-even is between two or more options", path="between", value=list(between))
    return chosen


def _with_values(scenario: Scenario, drawn: Mapping[str, Array], path: str, rows: Places, values: Array) -> Design:
    """The draws `rows` with an input at `values`."""
    columns = columns_at(scenario, path, values)
    others = tuple(name for name in drawn if name not in columns)
    return Design("break-even", len(rows), columns, Picked(drawn, rows), others)


def _costs(
    scenario: Scenario, drawn: Mapping[str, Array], path: str, options: Sequence[str], rows: Places, values: Array
) -> Array:
    """NPV of the options, (rows, options): in the draws `rows`, with the input at `values`."""
    (totals,) = totals_of([Part(scenario, _with_values(scenario, drawn, path, rows, values))], options=options)
    return totals[NPV]
