"""Comparison of the options: totals, present value, payback, effort, downtime, and the sources of differences.

Every function takes a `Ledger` and returns an index-free DataFrame. Amounts are means over draws, undiscounted unless
a name says otherwise; costs are positive, differences are option less reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tco.analysis.distribution import below_zero, shares_of_lowest
from tco.errors import checked
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import CATALOGUE, DOWNTIME, LABOUR, NONE, UNFINISHED, Array
from tco.evaluation.totals import COST, Key, Query
from tco.model.components.downtime import PLANNED
from tco.model.fleet.growth import CLUSTERS
from tco.model.fleet.migration import pace_of
from tco.model.fleet.placement import placements
from tco.notebook_repr import Displayed
from tco.scenario.scenario import own_path
from tco.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from tco.evaluation.ledger import Ledger
    from tco.scenario.scenario import Scenario

INFRASTRUCTURE = next(iter(CATALOGUE))
SIZES = ("instance_class", "instances", "acu")
"""Settings of an option that size a cluster."""
TRANSITION, STEADY = "transition", "steady state"
MONTHS_OF_QUARTER = 3
PRODUCTIVE_HOURS = "transition.productive_hours_per_month"
REGIONAL = "regional event"
COMMITMENTS = "commitments"
FINISHED = 0.005
"""An option with at most this share of unfinished clusters counts as finished."""
THREE_YEARS = "3yr_"
"""Part of the names of price rows of three-year terms."""
CLAIMED_LOW, CLAIMED_HIGH = 30.0, 60.0
"""Planned downtime minutes that a published article claims, per relational cluster and year."""
APPLICATION_PATH = "downtime.application_extra_minutes"


class DisplayedFrame(Displayed, pd.DataFrame):
    """A DataFrame with a display of its own; its copies and selections are plain DataFrames."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    __repr__ = Displayed.__str__


class Comparison(DisplayedFrame):
    """The frame of `compare`."""


@checked
def compare(ledger: Ledger) -> pd.DataFrame:
    """The options compared, one row per option in the scenario's order.

    Columns: option, total (USD), npv (USD), labour_hours, downtime_minutes, difference and npv_difference (option
    less reference, USD), payback_months and discounted_payback_months: the first month from whose end on the option has
    cost no more than the reference since the start; 0 if it never cost more; blank if never, for the reference, and if
    the option leaves clusters unfinished. unfinished: expected share of the fleet's clusters that should have moved or
    been upgraded by the end of the horizon and are not. With draws also chance_cheapest (equal costs share it),
    chance_below_reference (equal costs count half) and median_difference (USD), of present values.
    """
    totals = {measure: ledger.mean("option", measure) for measure in ("cost", "npv", LABOUR, DOWNTIME)}
    left = unfinished(ledger)
    paid = {measure: _paybacks(ledger, measure, left) for measure in ("cost", "npv")}
    reference = ledger.reference
    return Comparison(
        {
            "option": list(ledger.options),
            "total": totals["cost"].to_numpy(),
            "npv": totals["npv"].to_numpy(),
            "labour_hours": totals[LABOUR].to_numpy(),
            "downtime_minutes": totals[DOWNTIME].to_numpy(),
            "difference": (totals["cost"] - totals["cost"][reference]).to_numpy(),
            "npv_difference": (totals["npv"] - totals["npv"][reference]).to_numpy(),
            "payback_months": paid["cost"],
            "discounted_payback_months": paid["npv"],
            "unfinished": list(left.values()),
        }
        | (_chances(ledger) if ledger.design.rows > 1 else {})
    )


def questions() -> tuple[Query, ...]:
    """The totals that the tables of this module need besides the usual ones, to compute in the same pass over draws."""
    totals = (
        (("option", "category"), "", COST),
        (("option", "category", "line"), "", COST),
        (("option", "release"), "", COST),
        (("option", "release"), "", LABOUR),
        (("option", "line"), "", LABOUR),
        (("option", "line", "phase"), "", DOWNTIME),
        *((("option", "category"), "p", measure) for measure in (COST, LABOUR, DOWNTIME)),
    )
    return tuple(Query(labels, axes, measure, over_draws=True) for labels, axes, measure in totals)


def unfinished(ledger: Ledger) -> dict[str, float]:
    """Expected share of the fleet's clusters that should have moved or been upgraded by the horizon's end and are not.

    By option; 0 for a fleet without clusters.
    """
    left = ledger.means(["option"], UNFINISHED)
    size = ledger.scenario.fleet_size or 1
    return {option: left.get((option,), 0.0) / size for option in ledger.options}


def _paybacks(ledger: Ledger, measure: str, left: Mapping[str, float]) -> list[float]:
    cumulative = _cumulative(ledger, measure)
    extra = {option: cumulative[option] - cumulative[ledger.reference] for option in ledger.options}
    return [payback(extra[option]) if left[option] <= FINISHED else float("nan") for option in ledger.options]


def _chances(ledger: Ledger) -> dict[str, Array]:
    """The chances of each option to be cheapest and cheaper than the reference, and the median of their difference."""
    values = ledger.total("option", "npv")[list(ledger.options)].to_numpy(float)
    reference = ledger.options.index(ledger.reference)
    gaps = values - values[:, [reference]]
    below = below_zero(gaps)
    below[:, reference] = np.nan
    return {
        "chance_cheapest": shares_of_lowest(values).mean(axis=0),
        "chance_below_reference": below.mean(axis=0),
        "median_difference": np.median(gaps, axis=0),
    }


def payback(extra: Array) -> float:
    """Months until an investment has paid for itself, from the cumulative extra cost at the end of each month.

    One month after the last month-end at which more had been spent than with the reference; 0 if that never happened;
    NaN if it is the last month (no payback), and if nothing differs.

    >>> payback(np.array([5.0, 3.0, -1.0, -2.0]))
    3.0
    """
    behind = np.flatnonzero(extra > 0)
    if not extra.any() or (len(behind) and behind[-1] == len(extra) - 1):
        return float("nan")
    return float(behind[-1] + 2) if len(behind) else 0.0


def _cumulative(ledger: Ledger, measure: str) -> dict[str, Array]:
    means = ledger.means(["option", "period"], measure)
    by_month = np.array(list(means.values())).reshape(len(ledger.options), -1)
    return dict(zip(ledger.options, by_month.cumsum(axis=1), strict=True))


def cost_over_time(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, period (YYYY-MM), cost (USD of the month), cumulative (USD since the start)."""
    frame = _tidy(ledger.means(["option", "period"]), ["option", "period"], "cost")
    frame["cumulative"] = frame.groupby("option", sort=False)["cost"].cumsum()
    return frame


def cost_by_year(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, year, cost (USD of the calendar year)."""
    means = ledger.means(["option", "period"])
    rows = [(option, int(period[:4]), cost) for (option, period), cost in means.items()]
    return _summed(rows, ["option", "year"], "cost")


def cost_by_category(ledger: Ledger, measure: str = "cost") -> pd.DataFrame:
    """Columns: option, category, cost, difference (to the reference's cost of the same category).

    measure: `npv` for present values.
    """
    return _with_difference(ledger, ["category"], measure)


def cost_by_line(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, category, line, cost, difference (to the reference's cost of the same line)."""
    return _with_difference(ledger, ["category", "line"], "cost")


def _with_difference(ledger: Ledger, labels: list[str], measure: str) -> pd.DataFrame:
    means = ledger.means(["option", *labels], measure)
    frame = _tidy(means, ["option", *labels], "cost")
    frame["difference"] = [
        cost - means.get((ledger.reference, *key), float("nan")) for (_, *key), cost in means.items()
    ]
    return frame


def amortised(ledger: Ledger, draw: int = 0) -> pd.DataFrame:
    """Upfront fees by option and month: paid, and spread evenly over the months of their term.

    Columns: option, period, paid, amortised, prepaid (USD). `paid` is the fee in the ledger, in full when a term begins
    and at each renewal; `amortised` a twelfth of a one-year fee, or a thirty-sixth of a three-year one, in each month
    of its term; `prepaid` the part paid and not yet amortised at the end of the month. In every month, fees paid so far
    = amortised so far + prepaid. Amounts of one draw, not discounted. Empty if no option pays a fee.
    """
    table = ledger.table(draw)
    fees = table[(table["line"] == COMMITMENTS) & (table["cost"] != 0)]
    places = {period: place for place, period in enumerate(ledger.periods)}
    frames = []
    for option in [name for name in ledger.options if (fees["option"] == name).any()]:
        rows = fees[fees["option"] == option]
        paid, used = np.zeros(len(places)), np.zeros(len(places))
        for period, cost, names in zip(rows["period"], rows["cost"], rows["assumptions"], strict=True):
            first = places[period]
            term = round(MONTHS_PER_YEAR) * (3 if THREE_YEARS in names else 1)
            paid[first] += cost
            used[first : first + term] += cost / term
        amounts = {"paid": paid, "amortised": used, "prepaid": np.cumsum(paid) - np.cumsum(used)}
        frames.append(pd.DataFrame({"option": option, "period": list(places), **amounts}))
    columns = ["option", "period", "paid", "amortised", "prepaid"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class SizeAndPlatform:
    """The two steps from the reference to the cheapest option on another platform: without a move, then the move.

    Present values in USD, means over draws; negative for savings. staying: the cheapest option of all, which keeps
    every group on its platform. leaving: the cheapest one that moves a group. without_move: staying less reference;
    size: its part in infrastructure if the two rent different sizes, else 0. move: leaving less staying; by_category:
    the same by category of cost.
    """

    reference: str
    staying: str
    leaving: str
    without_move: float
    size: float
    move: float
    by_category: dict[str, float]


def size_and_platform(ledger: Ledger) -> SizeAndPlatform | None:
    """The parts of a saving that come from the rented size and from the platform.

    None if the cheapest option leaves today's platform, if no option leaves it, and without clusters.
    """
    scenario = ledger.scenario
    if not scenario.fleet_size:
        return None
    npv = ledger.mean("option", "npv")
    staying = str(npv.idxmin())
    leaving = [option for option in ledger.options if not _stays(scenario, option)]
    if not _stays(scenario, staying) or not leaving:
        return None
    nearest = str(npv[leaving].idxmin())
    parts = ledger.mean(["option", "category"], "npv")
    resized = _sizes(scenario, staying) != _sizes(scenario, ledger.reference)
    return SizeAndPlatform(
        reference=ledger.reference,
        staying=staying,
        leaving=nearest,
        without_move=float(npv[staying] - npv[ledger.reference]),
        size=float(parts[staying, INFRASTRUCTURE] - parts[ledger.reference, INFRASTRUCTURE]) if resized else 0.0,
        move=float(npv[nearest] - npv[staying]),
        by_category={name: float(parts[nearest, name] - parts[staying, name]) for name in CATALOGUE},
    )


def _stays(scenario: Scenario, option: str) -> bool:
    """Whether an option keeps every group on its present platform."""
    return all(scenario.settings(option, group).platform == scenario.todays_platform(group) for group in scenario.fleet)


def _sizes(scenario: Scenario, option: str) -> list[list[object]]:
    """The sizes that an option rents for each group: its own settings, else those of the group."""
    chosen = [(scenario.settings(option, name), group) for name, group in scenario.fleet.items()]
    return [[getattr(settings, field) or getattr(group, field, None) for field in SIZES] for settings, group in chosen]


def stages(ledger: Ledger) -> pd.DataFrame:
    """Cost, hours and downtime of the transition to another platform, and of the steady state after it.

    Transition is every month until the last cut-over of the option, and all lines of that category; the rest is
    steady state. Columns: option, stage, months, cost, labour_hours, downtime_minutes, cost_per_month.
    """
    shape = (len(ledger.options), len(CATALOGUE), len(ledger.periods))
    tables = [
        np.array(list(ledger.means(["option", "category", "period"], measure).values())).reshape(shape)
        for measure in ("cost", LABOUR, DOWNTIME)
    ]
    rows = []
    for place, option in enumerate(ledger.options):
        months = transition_months(ledger, option)
        moving = np.zeros(shape[1:], dtype=bool)
        moving[:, :months] = True
        moving[list(CATALOGUE).index(TRANSITION)] = True
        for stage, length, belongs in ((TRANSITION, months, moving), (STEADY, shape[2] - months, ~moving)):
            amounts = [float(table[place][belongs].sum()) for table in tables]
            rows.append([option, stage, length, *amounts, amounts[0] / length if length else 0.0])
    columns = "option stage months cost labour_hours downtime_minutes cost_per_month".split()
    return pd.DataFrame(rows, columns=columns)


def transition_months(ledger: Ledger, option: str) -> int:
    """Months until the last cut-over of an option, with every assumption at its mean; 0 if nothing moves."""
    inputs = Inputs(ledger.scenario, ledger.at_point.design.row(0))
    moving = next((placement for placement in placements(inputs, option) if placement.migration), None)
    if moving is None:
        return 0
    end = pace_of(inputs, moving.migration).begin + pace_of(inputs, moving.migration).duration
    return int(min(np.ceil(end.max()), len(ledger.periods)))


def labour_by_quarter(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, quarter (such as `2027 Q1`), role, labour_hours."""
    hours = ledger.means(["option", "role", "period"], LABOUR)
    roles = sorted({role for _, role, _ in hours} - {NONE})
    rows = [
        (option, _quarter(period), role, hours[option, role, period])
        for option, period, role in product(ledger.options, ledger.periods, roles)
        if (option, role, period) in hours
    ]
    return _summed(rows, ["option", "quarter", "role"], "labour_hours")


def people(ledger: Ledger) -> pd.DataFrame:
    """The hours of each option in people, at the mean of `transition.productive_hours_per_month`.

    Columns: option, people (on average), peak_people, peak_quarter (such as `2027 Q1`, the first of equal ones).
    """
    productive = ledger.scenario.assumptions[PRODUCTIVE_HOURS].mean
    by_quarter = labour_by_quarter(ledger).groupby(["option", "quarter"], sort=False)["labour_hours"].sum() / productive
    months = pd.Series([_quarter(period) for period in ledger.periods]).value_counts()
    rows = []
    for option in ledger.options:
        hours = by_quarter.loc[option]
        average, peaks = hours.sum() / len(ledger.periods), hours / months[hours.index]
        rows.append((option, float(average), float(peaks.max()), str(peaks.idxmax())))
    return pd.DataFrame(rows, columns=["option", "people", "peak_people", "peak_quarter"])


def _quarter(period: str) -> str:
    """The quarter of a month: `2027 Q1` of `2027-02`."""
    return f"{period[:4]} Q{(int(period[5:]) - 1) // MONTHS_OF_QUARTER + 1}"


def labour_by_release(ledger: Ledger) -> pd.DataFrame:
    """Labour by kind of release.

    Columns: option, release (cashable, redeployed or soft), labour_hours, cost (USD, standby pay among the cashable).
    """
    hours = _tidy(ledger.means(["option", "release"], LABOUR), ["option", "release"], "labour_hours")
    hours["cost"] = list(ledger.means(["option", "release"]).values())
    return hours[hours["release"] != NONE].reset_index(drop=True)


def downtime_by_line(ledger: Ledger) -> pd.DataFrame:
    """Downtime by line and part.

    Columns: option, line, part (database, application, incident or regional), downtime_minutes (cluster-minutes of the
    whole fleet over the horizon), minutes_per_cluster_year.
    """
    rows = [
        (option, line, "regional" if phase == REGIONAL else phase.rpartition(": ")[2], minutes)
        for (option, line, phase), minutes in ledger.means(["option", "line", "phase"], DOWNTIME).items()
        if phase == REGIONAL or ": " in phase
    ]
    frame = _summed(rows, ["option", "line", "part"], "downtime_minutes")
    frame["minutes_per_cluster_year"] = frame["downtime_minutes"] / cluster_years(ledger)
    return frame


def planned_downtime(ledger: Ledger) -> pd.DataFrame:
    """Columns: option, database_minutes, application_minutes, planned_minutes (each per cluster and year of the
    horizon), events (per cluster and year), claim (`below`, `within` or `above` the claimed 30 to 60 minutes),
    explanation.

    The explanation names the application minutes per event that would bring the option into the claimed band.
    """
    lines = downtime_by_line(ledger)
    minutes = lines[lines["line"] == PLANNED].set_index(["option", "part"])["minutes_per_cluster_year"].fillna(0.0)
    extra = ledger.scenario.assumptions[APPLICATION_PATH].mean
    rows = []
    for option in ledger.options:
        database, application = (float(minutes.get((option, part), 0.0)) for part in ("database", "application"))
        planned = database + application
        events = application / extra if extra else 0.0
        claim = "below" if planned < CLAIMED_LOW else "above" if planned > CLAIMED_HIGH else "within"
        explanation = "a fleet without clusters has no downtime"
        if ledger.scenario.fleet_size:
            explanation = _explanation(database, events, extra, claim)
        rows.append((option, database, application, planned, events, claim, explanation))
    columns = "option database_minutes application_minutes planned_minutes events claim explanation".split()
    return pd.DataFrame(rows, columns=columns)


def _explanation(database: float, events: float, extra: float, claim: str) -> str:
    if claim == "within":
        return f"{events:.1f} planned events a year stop the application for {extra:.1f} minutes each"
    if events == 0:
        return "no planned event touches a cluster"
    bound = CLAIMED_LOW if claim == "below" else CLAIMED_HIGH
    needed = (bound - database) / events
    if needed < 0:
        return f"the database alone is down {database:.0f} minutes: method and deployment explain it"
    return (
        f"{events:.1f} planned events a year stop the application for {extra:.1f} minutes each; {bound:.0f} minutes in "
        f"all would take {needed:.1f} each"
    )


def cluster_years(ledger: Ledger) -> float:
    """Cluster-years of the scenario at mean growth; NaN for none."""
    scenario = ledger.scenario
    months = 0.0
    for name, group in scenario.fleet.items():
        rate = scenario.own_assumptions.get(own_path(name, CLUSTERS), scenario.assumptions[CLUSTERS]).mean
        months += group.clusters * sum((1 + rate) ** (month / MONTHS_PER_YEAR) for month in range(scenario.months))
    return months / MONTHS_PER_YEAR or float("nan")


def _summed(rows: list[tuple[Any, ...]], labels: list[str], value: str) -> pd.DataFrame:
    """Rows of labels and a value, summed by labels in the order of their first row."""
    return pd.DataFrame(rows, columns=[*labels, value]).groupby(labels, sort=False)[value].sum().reset_index()


def _tidy(means: dict[Key, float], labels: list[str], value: str) -> pd.DataFrame:
    """Mean totals as one row per combination of labels, with the amounts in a column `value`."""
    columns = dict(zip(labels, zip(*means, strict=True), strict=True))
    return pd.DataFrame({**columns, value: list(means.values())})
