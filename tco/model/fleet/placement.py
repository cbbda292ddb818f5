"""Who stands where, and when: the groups of an option on a platform, and the share of their clusters that is there.

An option keeps a group on today's platform, or moves it: then the group leaves one `Hosting` and arrives in another,
cluster by cluster, at the pace that the capacity given to the move allows. Costs of a platform are multiplied by the
share of clusters standing on it in a month, so savings start at cut-over and no line knows about moving.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tco import platforms
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import ONE, Line
from tco.model.fleet.learning_curve import learning_hours
from tco.model.fleet.migration import Move
from tco.platforms.base import Platform
from tco.scenario.scenario import Group, Settings

Array = NDArray[np.float64]
Stage = Literal["stays", "leaves", "arrives"]
Family = Literal["self_managed", "managed", "versionless"]

DEFAULT_SETTINGS: Mapping[str, str] = {
    "deployment": "single_az",
    "reader_deployment": "",
    "capacity": "on_demand",
    "table_class": "standard",
    "storage_config": "standard",
    "storage_type": "gp3",
    "term": "on_demand",
}
"""What the ordinary bill of a platform has where neither option nor group says otherwise."""
UPGRADE_SETTINGS = frozenset({"policy", "method"})
"""What the option says of a group even where it is about to leave: upgrade first, or wait."""
SMALLEST_DURATION = 1e-6
"""Months: keeps the pace of a move finite where nothing has to be done."""


class Members(ABC):
    """Groups of a fleet that share what is done for them."""

    @property
    @abstractmethod
    def clusters(self) -> Array:
        """Clusters of each member, (draws or 1, members, 1), wherever they stand at the moment."""

    @cached_property
    def whole(self) -> Array:
        """Clusters of all members together, (draws or 1, 1, 1)."""
        clusters: Array = self.clusters.sum(axis=1, keepdims=True)
        return clusters

    @cached_property
    def split(self) -> Array:
        """How what they share is split over the members: by clusters, (draws or 1, members, 1)."""
        return self.clusters / np.where(self.whole > 0, self.whole, 1.0)


@dataclass(frozen=True, eq=False)
class Hosting(Members):
    """The groups of one option that stand on one platform for the same reason.

    stage: they stay, leave (to the option's platform) or arrive (from today's). members: indices of the groups.
    settings: what the option chooses for each member.
    """

    inputs: Inputs
    option: str
    platform: Platform
    stage: Stage
    members: NDArray[np.intp]
    settings: tuple[Settings, ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The members' groups as the scenario states them."""
        fleet = tuple(self.inputs.scenario.fleet.values())
        return tuple(fleet[index] for index in self.members)

    @cached_property
    def clusters(self) -> Array:
        """Clusters of each member, (draws or 1, members, 1), wherever they stand at the moment."""
        return self.inputs.clusters[:, self.members]

    @cached_property
    def place(self) -> str:
        """Who stands here and when, as a name: the same in options that have this in common.

        What follows from it alone is kept under such a name, and computed once for all of these options.
        """
        return f"{self.named} {'' if self.stage == 'stays' else move_name(self.inputs, self.option)}"

    @cached_property
    def named(self) -> str:
        """Who stands here, as a name."""
        return f"{self.platform.name} {self.stage} {blake2b(self.members.tobytes(), digest_size=8).hexdigest()}"

    @property
    def share(self) -> Array:
        """Share of the members' clusters that stands here in each month, (draws or 1, 1, months or 1)."""
        if self.stage == "stays":
            return ONE
        move = move_of(self.inputs, self.option)
        return move.arrived if self.stage == "arrives" else move.remaining

    @property
    def family(self) -> Family:
        """Who does the database work: the team, the provider of instances, or nobody for want of versions."""
        if not self.platform.lifecycle_engines:
            return "versionless"
        return "self_managed" if self.platform.self_managed else "managed"

    @property
    def is_versioned(self) -> bool:
        """True where an engine with versions runs on machines, which are patched and replaced."""
        return self.family != "versionless"

    @property
    def is_instances(self) -> bool:
        """True where capacity is instances, which are resized by hand."""
        return self.platform.capacity_model == "instances"

    @property
    def production(self) -> NDArray[np.bool_]:
        """Which members are production, (1, members, 1)."""
        return np.array([group.environment == "production" for group in self.groups]).reshape(1, -1, 1)

    def lifecycle_engine(self, member: int) -> str | None:
        """The lifecycle engine whose releases force upgrades of a member here; None where versionless."""
        return self.platform.lifecycle_engines.get(self.groups[member].engine) or next(
            iter(self.platform.lifecycle_engines.values()), None
        )

    @cached_property
    def _chosen(self) -> tuple[Settings, ...]:
        """The settings that hold here: where clusters are about to leave, those they run under today.

        These are the reference option's, if it keeps the group on today's platform, else those of the first option
        that does.
        """
        if self.stage != "leaves":
            return self.settings
        scenario = self.inputs.scenario
        names = [scenario.reference_option, *scenario.options]
        found = []
        for member in self.members:
            chosen = (scenario.settings(name, self.inputs.groups[member]) for name in names)
            found.append(next((own for own in chosen if own.platform == self.platform.name), Settings()))
        return tuple(found)

    @cached_property
    def _settings_read(self) -> dict[str, list[Any]]:
        return {}

    def setting(self, name: str) -> list[Any]:
        """One setting of every member: the option's, or the group's own, or the ordinary one."""
        if name not in self._settings_read:
            chosen = self.settings if name in UPGRADE_SETTINGS else self._chosen
            default = DEFAULT_SETTINGS.get(name)
            self._settings_read[name] = [
                value if (value := getattr(settings, name)) is not None else getattr(group, name, None) or default
                for settings, group in zip(chosen, self.groups, strict=True)
            ]
        return self._settings_read[name]

    def line(
        self,
        category: str,
        line: str,
        unit: str,
        quantity: tuple[Array, ...],
        unit_price: tuple[Array, ...],
        **labels: Any,
    ) -> Line:
        """A ledger line over this hosting's members."""
        return Line(category, line, unit, quantity, unit_price, labels.pop("members", self.members), **labels)


def hostings(inputs: Inputs, option: str) -> tuple[Hosting, ...]:
    """Where the groups of an option stand: those that stay, those that leave and those that arrive."""
    return inputs.keep(("hostings", option), lambda: _hostings(inputs, option))


def _hostings(inputs: Inputs, option: str) -> tuple[Hosting, ...]:
    scenario = inputs.scenario
    places: dict[tuple[str, Stage], list[int]] = {}
    chosen = [scenario.settings(option, group) for group in inputs.groups]
    for index, (group, settings) in enumerate(zip(inputs.groups, chosen, strict=True)):
        today, target = scenario.todays_platform(group), str(settings.platform)
        if today == target:
            places.setdefault((target, "stays"), []).append(index)
        else:
            places.setdefault((today, "leaves"), []).append(index)
            places.setdefault((target, "arrives"), []).append(index)
    return tuple(
        Hosting(
            inputs,
            option,
            platforms.platform(name),
            stage,
            np.array(members, dtype=np.intp),
            tuple(chosen[index] for index in members),
        )
        for (name, stage), members in places.items()
    )


def keeps_engine(hosting: Hosting, place: int) -> bool:
    """True where an arriving member keeps its engine, so that little has to be re-modelled.

    Both platforms must run it as it is: what leaves a key-value service has been re-modelled for it.
    """
    scenario = hosting.inputs.scenario
    engine = hosting.groups[place].engine
    today = platforms.platform(scenario.todays_platform(hosting.inputs.groups[hosting.members[place]]))
    return all(hosts is not None and engine in hosts for hosts in (today.hosts, hosting.platform.hosts))


def move_name(inputs: Inputs, option: str) -> str:
    """All that tells one option's move from another's: who arrives where, and the hours given to it."""
    arriving = [hosting.named for hosting in hostings(inputs, option) if hosting.stage == "arrives"]
    return f"move {arriving} {inputs.scenario.options[option].migration_hours_per_month}"


def move_of(inputs: Inputs, option: str) -> Move:
    """The pace of the option's move: hours of all arriving groups over the capacity given to it."""
    name = inputs.keep(("move", option), lambda: move_name(inputs, option))
    return inputs.keep(name, lambda: _move(inputs, option))


def _move(inputs: Inputs, option: str) -> Move:
    arriving = [hosting for hosting in hostings(inputs, option) if hosting.stage == "arrives"]
    hours = sum((modelling_hours(hosting)[0] for hosting in arriving), np.zeros((1, 1, 1)))
    people = sum((moving_designs(hosting)[0] for hosting in arriving), np.zeros((1, 1, 1)))
    capacity = people * (
        inputs["upgrades.developers_per_design"]
        * inputs["transition.developer_share"]
        * inputs["transition.productive_hours_per_month"]
    )
    if (given := inputs.scenario.options[option].migration_hours_per_month) is not None:
        capacity = np.full((1, 1, 1), given)
    duration = np.maximum(hours / np.where(capacity > 0, capacity, 1.0), SMALLEST_DURATION)
    return Move(hours, inputs["transition.start_lag_months"], duration, inputs.month_numbers)


def designs(clusters: Array, per_cluster: Array) -> Array:
    """Distinct schema-and-application combinations of some clusters: max(1, clusters x designs per cluster).

    0 for no clusters; below one cluster (real-valued fleets) in proportion.
    """
    count: Array = np.maximum(1.0, clusters * per_cluster) * np.minimum(clusters, 1.0)
    return count


def moving_designs(hosting: Hosting) -> tuple[Array, Array]:
    """Designs that arrive on a platform: all of them, and weighted by how much of the re-modelling they need.

    A design that keeps its engine needs `transition.same_engine_share` of it. Shapes (draws or 1, 1, 1).
    """
    inputs, clusters = hosting.inputs, hosting.clusters
    kept = np.array([keeps_engine(hosting, place) for place in range(len(hosting.groups))]).reshape(1, -1, 1)
    whole = hosting.whole
    count = designs(whole, inputs["upgrades.designs_per_cluster"])
    kept_share = (clusters * kept).sum(axis=1, keepdims=True) / np.where(whole > 0, whole, 1.0)
    need = (1 - kept_share) + kept_share * inputs["transition.same_engine_share"] if kept.any() else ONE
    return count, count * need


def modelling_hours(hosting: Hosting) -> tuple[Array, Array]:
    """Hours of re-modelling and code change for all designs arriving here, with learning from design to design.

    Sum over designs j of max(first x j**log2(rate), floor share x first), times the share that is needed; and the
    number of designs. Shapes (draws or 1, 1, 1).
    """
    return hosting.inputs.keep(f"re-modelling at {hosting.named}", lambda: _modelling_hours(hosting))


def _modelling_hours(hosting: Hosting) -> tuple[Array, Array]:
    inputs = hosting.inputs
    count, needed = moving_designs(hosting)
    first = inputs["transition.modelling_hours_per_design"]
    whole = learning_hours(
        first,
        first * inputs["transition.modelling_floor_share"],
        0.0,
        count,
        inputs["transition.modelling_learning_rate"],
    )
    return whole * (needed / np.where(count > 0, count, 1.0)), count
