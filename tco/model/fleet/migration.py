"""The move of an option's groups to other platforms: the work it takes, and its pace by month."""

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco import platforms
from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs, mean_over, over_groups
from tco.evaluation.ledger_line import ONE, ZERO, Array, Factors
from tco.model.fleet.designs import designs_by_group, shares_of
from tco.model.fleet.growth import CLUSTERS, grows, growth
from tco.model.fleet.learning_curve import LearningCurve
from tco.model.fleet.teams import MIGRATION_TEAM, hours_of_team
from tco.platforms.base import Platform

ROUNDING = 1e-12
"""Shares of a whole that differ from 1 by less add up to it."""
ROUNDS = 12
"""Of Newton's method, for how long a move takes whose clusters grow as it goes on."""
MIN_DURATION = 1e-6
"""Months: keeps the pace of a migration finite where nothing has to be done."""


@dataclass(frozen=True)
class Migration:
    """Who moves where in one option, and the hours a month that the option gives to it, if it says so.

    arrivals: names of platforms, each with the groups that move there.
    """

    arrivals: tuple[tuple[str, Groups], ...]
    hours_per_month: float | None


@dataclass(frozen=True, eq=False)
class Pace:
    """The pace of a migration in months from the start, for each draw.

    begin: months until the first cut-over. duration: months from the first to the last cut-over. months: those of the
    horizon. grown: what a cluster of the start has become in each month, None where none are added; after the horizon
    it stays. Shapes (draws or 1, 1, 1 or months).
    """

    begin: Array
    duration: Array
    months: Array
    grown: Array | None = None

    @cached_property
    def arrived(self) -> Array:
        """Mean share of clusters that has cut over, in each month; cut-overs are spread evenly over the duration."""
        return self._added(self._spent_at_ends)

    @cached_property
    def remaining(self) -> Array:
        """Mean share of clusters that has not cut over, in each month."""
        left = 1 - self.arrived
        return np.where(left > ROUNDING, left, 0.0)

    @cached_property
    def cut_over(self) -> Array:
        """Share of clusters that cuts over in each month."""
        return self._added(self._share_at_ends)

    def on_both(self, months: Array) -> Array:
        """Cluster-months in each month, per cluster, in which both platforms are paid: so many before each cut-over.

        Those before the start are paid in the first month.
        """
        ahead = self._spent(self._ends + months_first(months)) - self._spent_at_ends
        ahead[0] = 0
        return self._added(ahead, most=np.inf)

    def cut_over_by(self, months: Array) -> Array:
        """Share of clusters that has cut over before months, given by number from the start, (1, 1, months)."""
        return months_last(self._share_at_ends[months.ravel().astype(int)])

    @cached_property
    def work(self) -> Array:
        """Share of the re-modelling work done in each month: even from the start to the last cut-over."""
        done = self._ends / months_first(self.begin + self.duration)
        return self._added(np.minimum(done, 1, out=done))

    @cached_property
    def _ends(self) -> Array:
        """The start and the ends of the months, (months + 1, 1, 1)."""
        return months_first(np.concatenate([self.months, self.months[..., -1:] + 1], axis=2))

    @cached_property
    def _span(self) -> tuple[Array, Array]:
        """When cut-overs begin and how long they go on, on the clock of the move."""
        begin = months_first(self.begin)
        if self.grown is None:
            return begin, months_first(self.duration)
        began = clock(begin, self.grown)
        return began, clock(begin + months_first(self.duration), self.grown) - began

    @cached_property
    def _clock_at_ends(self) -> Array:
        """What the clock of the move shows at the start and at the ends of the months."""
        if self.grown is None:
            return self._ends
        return _summed_up(1 / months_first(self.grown))

    @cached_property
    def _share_at_ends(self) -> Array:
        """Share of clusters that has cut over by the start and the ends of the months, (months + 1, 1, draws or 1)."""
        begin, duration = self._span
        return np.clip((self._clock_at_ends - begin) / duration, 0, 1)

    @cached_property
    def _spent_at_ends(self) -> Array:
        """As `_spent`, by the start and the ends of the months."""
        spent = _area(self._clock_at_ends, *self._span)
        return spent if self.grown is None else _summed_up((spent[1:] - spent[:-1]) * months_first(self.grown))

    def _spent(self, time: Array) -> Array:
        """Cluster-months spent on the new platform by a time, per cluster that is there in each month."""
        if self.grown is None:
            return _area(time, *self._span)
        spent, last = ZERO, self.months.size - 1
        for month, size in enumerate(months_first(self.grown)):
            within = np.maximum(time - month, 0)
            shown = self._clock_at_ends[month] + (within if month == last else np.minimum(within, 1)) / size
            spent = (
                spent + (_area(shown, *self._span) - _area(self._clock_at_ends[month : month + 1], *self._span)) * size
            )
        return spent

    @staticmethod
    def _added(until: Array, most: float = 1) -> Array:
        """What is added in each month to an amount that is known until each of their ends."""
        added = until[1:] - until[:-1]
        return months_last(np.clip(added, 0, most, out=added))


def clock(time: Array, grown: Array) -> Array:
    """A clock on which cut-overs of a growing fleet are even: month m takes 1 / grown(m) on it.

    Each cluster of the start has become grown(m) by then. time: months from the start, months first.
    """
    shown, months = ZERO, months_first(grown)
    for month, size in enumerate(months):
        within = np.maximum(time - month, 0)
        shown = shown + (within if month == len(months) - 1 else np.minimum(within, 1)) / size
    return shown


def _summed_up(values: Array) -> Array:
    """The sums of the first rows, from none to all."""
    sums = accumulate((values[row : row + 1] for row in range(len(values))), initial=ZERO * values[:1])
    return np.concatenate(list(sums))


def _area(time: Array, begin: Array, duration: Array) -> Array:
    """Cluster-months spent on the new platform until `time`, per cluster."""
    passed = np.maximum(time - begin, 0)
    ramp = np.minimum(passed, duration)
    area: Array = ramp * ramp
    area /= 2 * duration
    area += passed
    area -= ramp
    return area


def left_after(shares: Array) -> Array:
    """What is left of a whole after the shares of it that each month of the horizon sees, (draws or 1, 1, 1)."""
    left = 1 - shares.sum(axis=2, keepdims=True)
    return np.where(left > ROUNDING, left, 0.0)


def months_first(array: NDArray[Any]) -> NDArray[Any]:
    """The first and the last axis exchanged, a view: many draws against few months are fastest draw by draw."""
    return array.transpose(2, 1, 0)


months_last = months_first
"""The way back."""


@cached
def pace_of(inputs: Inputs, migration: Migration | None) -> Pace:
    """The pace of a migration. Raises ValueError for none: that of groups that stay.

    duration = hours of all arriving groups, whatever the work / hours a month: those that the option gives, else those
    of the migration team. So no month has more than these. Where clusters are added while the move goes on, as many of
    them cut over in each month of it, and it takes longer.
    """
    if migration is None:
        raise ValueError("groups that stay have no pace")
    hours = of_clusters = ZERO
    for platform, groups in migration.arrivals:
        for work, split in WORK_ON_DESIGNS:
            hours = hours + mean_over(work(inputs, platform, groups), partial(split, inputs, platform, groups))
        of_data = inputs.total_clusters(groups) * data_hours_of_cluster(inputs, groups)
        part = mean_over(of_data, partial(inputs.cluster_shares, groups))
        hours, of_clusters = hours + part, of_clusters + part
    stated = migration.hours_per_month
    capacity = hours_of_team(inputs, MIGRATION_TEAM) if stated is None else np.full((1, 1, 1), stated)
    begin, months = inputs["transition.start_lag_months"], inputs.month_numbers
    grown = _grown_to_move(inputs, migration)
    duration = np.maximum(hours / capacity, MIN_DURATION)
    if grown is not None:
        duration = _longer(duration, begin, grown, (hours - of_clusters) / capacity, of_clusters / capacity)
    return Pace(begin, duration, months, grown)


def _grown_to_move(inputs: Inputs, migration: Migration) -> Array | None:
    """Hours to move the data of the clusters of each month over those of the start, (draws or 1, 1, months).

    None where no clusters are added.
    """
    rates = [growth(inputs, CLUSTERS, groups) for _, groups in migration.arrivals if grows(inputs, groups, CLUSTERS)]
    if not rates:
        return None
    alike = all(rate.shape[1] == 1 and np.array_equal(rate, rates[0]) for rate in rates)
    if alike and len(rates) == len(migration.arrivals):
        return rates[0]
    at_start = by_month = ZERO
    for _, groups in migration.arrivals:
        hours = inputs.clusters(groups) * data_hours_of_cluster(inputs, groups)
        at_start = at_start + over_groups(hours)
        by_month = by_month + over_groups(hours * growth(inputs, CLUSTERS, groups))
    return np.where(at_start > 0, by_month / np.where(at_start > 0, at_start, 1.0), 1.0)


def _longer(shortest: Array, begin: Array, grown: Array, fixed: Array, of_clusters: Array) -> Array:
    """How many months x a move takes whose clusters grow while it goes on: the least that is enough.

    x = fixed + of_clusters x (x / what the clock of the move shows of x months). shortest: without growth. fixed,
    of_clusters: months that the team works on what does not grow, and on the clusters of the start.
    """
    first, slow = months_first(begin), 1 / months_first(grown)
    months = np.arange(float(len(slow))).reshape(-1, 1, 1)
    fixed, each, x = (months_first(part) for part in (fixed, of_clusters, shortest))
    longest = np.maximum(fixed + each / slow[-1:], x)
    began = clock(first, grown)
    for _ in range(ROUNDS):
        end = first + x
        shown = clock(end, grown) - began
        speed = np.where((end >= months) & (end < months + 1), slow, 0.0).sum(axis=0, keepdims=True)
        speed = np.where(end >= len(months), slow[-1:], speed)
        left = x - fixed - each * x / shown
        slope = 1 - each * (shown - x * speed) / shown**2
        x = np.where(slope > 0, x - left / np.where(slope > 0, slope, 1.0), longest)
        x = np.minimum(np.maximum(x, months_first(shortest)), longest)
    return months_last(x)


@cached
def moving_designs(inputs: Inputs, platform: str, groups: Groups) -> tuple[Array, Array]:
    """Designs of each group that arrive on a platform: all, and weighted by how much of the re-modelling they need.

    A design that keeps its engine needs `transition.same_engine_share` of it. Shapes (draws or 1, groups, 1).
    """
    brought = designs_by_group(inputs, groups)
    return brought, brought * work_needed(inputs, platform, groups)


@cached
def work_needed(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """Share of a whole re-modelling that each group needs, (draws or 1, groups or 1, 1)."""
    same_engine = keeping_engine(inputs, platform, groups)
    if not same_engine.any():
        return ONE
    ends = [(inputs.scenario.todays_platform(name), platform) for name in groups.names]
    imitated = [
        only_imitated(group.engine, *map(platforms.platform, both))
        for group, both in zip(groups.stated, ends, strict=True)
    ]
    return np.where(same_engine, share_where_kept(inputs, groups, np.array(imitated)), 1.0)


def only_imitated(engine: str, here: Platform, there: Platform) -> bool:
    """Whether one of two platforms speaks an engine's protocol without being it, and the other is no service alike."""
    alike = here.lifecycle_engines.get(engine) == there.lifecycle_engines.get(engine) is not None
    return not alike and engine in here.only_compatible | there.only_compatible


def share_where_kept(inputs: Inputs, groups: Groups, imitated: NDArray[np.bool_]) -> Array:
    """Share of a re-modelling where the engine stays, or at least its protocol (imitated, of each group)."""
    if not imitated.any():
        return inputs["transition.same_engine_share", groups]
    paths = ("transition.compatible_engine_share", "transition.same_engine_share")
    return np.where(imitated.reshape(1, -1, 1), *(inputs[path, groups] for path in paths))


def split_by_designs(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """How work on designs that arrive is split over their groups, (draws or 1, groups, 1)."""
    brought, needed = moving_designs(inputs, platform, groups)
    return shares_of(needed, shares_of(brought, inputs.cluster_shares(groups)))


@cached
def keeping_engine(inputs: Inputs, platform: str, groups: Groups) -> NDArray[np.bool_]:
    """Which groups keep their engine on a platform that they move to, so that little is re-modelled, (1, groups, 1).

    Both platforms must run it or speak its protocol: what leaves a key-value service has been re-modelled for it.
    """
    there, same_engine = platforms.platform(platform).speaks, []
    for name, group in zip(groups.names, groups.stated, strict=True):
        here = platforms.platform(inputs.scenario.todays_platform(name)).speaks
        same_engine.append(group.engine in here and group.engine in there)
    return np.reshape(same_engine, (1, -1, 1))


@cached
def need_elsewhere(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """Share of a whole re-modelling where groups must leave for a platform not known yet, (draws or 1, groups, 1).

    Little where another platform hosts their engine as this one does, else all of it.
    """
    here, others = platforms.platform(platform), [name for name in platforms.platform_names() if name != platform]
    elsewhere = frozenset().union(*(platforms.platform(name).speaks for name in others))
    same_engine = [group.engine in here.speaks & elsewhere for group in groups.stated]
    imitated = np.array([group.engine in here.only_compatible for group in groups.stated])
    return np.where(np.reshape(same_engine, (1, -1, 1)), share_where_kept(inputs, groups, imitated), 1.0)


@cached
def modelling_hours(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """Hours of re-modelling and code change for all designs arriving on a platform, with learning from one to the next.

    Sum over designs j of max(first x j**log2(rate), floor share x first), times the share that is needed: mean over the
    groups' designs, or clusters where none has any. Shape (draws or 1, 1, 1); (draws or 1, groups, 1), as if all were
    like that group, where groups have hours of their own.
    """
    brought, _ = moving_designs(inputs, platform, groups)
    weights = shares_of(brought, inputs.cluster_shares(groups))
    needed = over_groups(weights * work_needed(inputs, platform, groups))
    return learnt_modelling(inputs, groups, over_groups(brought)) * needed


def learnt_modelling(inputs: Inputs, groups: Groups, count: Array) -> Array:
    """Hours to re-model so many designs whole, one after the other, at the hours of some groups."""
    first = inputs["transition.modelling_hours_per_design", groups]
    floor = first * inputs["transition.modelling_floor_share", groups]
    return LearningCurve.of(inputs["transition.modelling_learning_rate"]).hours(first, floor, count)


@cached
def tooling_hours(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """Hours to build the tooling of the move, once for a platform, for the group that needs most; 0 for no clusters.

    It is whole where any cluster is re-modelled, and `transition.same_engine_share` of that where all keep their
    engines. Below one cluster (real-valued fleets) in proportion.
    """
    clusters, need = inputs.clusters(groups), work_needed(inputs, platform, groups)
    keeping = clusters * keeping_engine(inputs, platform, groups)
    remodelled, all_keeping = (clusters - keeping).sum(axis=1, keepdims=True), keeping.sum(axis=1, keepdims=True)
    whole = np.minimum(remodelled, 1.0)
    little = (keeping * need).sum(axis=1, keepdims=True) / np.where(all_keeping > 0, all_keeping, 1.0)
    hours: Array = inputs["transition.tooling_hours"] * (whole + np.minimum(all_keeping, 1.0 - whole) * little)
    return hours


def split_by_need(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """How the tooling is split over the groups that arrive, (draws or 1, groups, 1): by clusters x need."""
    return shares_of(inputs.clusters(groups) * work_needed(inputs, platform, groups), inputs.cluster_shares(groups))


def training_hours_by_group(inputs: Inputs, platform: str, groups: Groups) -> Factors:
    """Hours of training for the designs of each group that arrives, as factors: designs x people x hours of one.

    People of a design: its developers, at most `transition.engineers_per_design_max`; of a design that keeps its
    engine, `transition.same_engine_share` of them.
    """
    _, needed = moving_designs(inputs, platform, groups)
    people = np.minimum(inputs["upgrades.developers_per_design", groups], inputs["transition.engineers_per_design_max"])
    return needed, people, inputs["transition.training_hours_per_engineer"]


def training_hours(inputs: Inputs, platform: str, groups: Groups) -> Array:
    """The same of all groups together."""
    designs, people, hours = training_hours_by_group(inputs, platform, groups)
    return over_groups(designs) * people * hours


def data_hours_of_cluster(inputs: Inputs, groups: Groups) -> Array:
    """Hours to move the data of a cluster, with those of a cut-over that goes wrong, (draws or 1, groups or 1, 1)."""
    failed = (
        inputs["downtime.incident_probability_migration", groups] * inputs["upgrades.incident_labour_hours", groups]
    )
    return inputs["transition.data_move_hours_per_cluster", groups] + failed


WORK_ON_DESIGNS = (
    (modelling_hours, split_by_designs),
    (tooling_hours, split_by_need),
    (training_hours, split_by_designs),
)
"""What a move takes besides its data: hours of all groups that arrive on a platform, and how these are split over them.

Where groups have assumptions of their own, hours are (draws or 1, groups, 1): as if all were like that group.
"""
