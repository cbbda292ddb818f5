"""Which groups of an option run on which platform, and the share of their clusters that is there in each month.

An option keeps a group on today's platform, or moves it: then the group leaves one `Placement` and arrives in another,
cluster by cluster, at the pace that the capacity given to the migration allows. Costs of a platform are multiplied by
the share of clusters on it in a month, so savings start at cut-over and no line knows about migrations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tco import platforms
from tco.evaluation.cache import cached, unique
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import ONE, Array, Factors
from tco.model.fleet.growth import CLUSTERS, grows, growth
from tco.model.fleet.migration import Migration, pace_of
from tco.platforms.base import Platform
from tco.scenario.scenario import Group, Settings

Stage = Literal["stays", "leaves", "arrives"]
STAGES: tuple[Stage, ...] = get_args(Stage)

DEFAULT_SETTINGS: Mapping[str, str] = {
    "deployment": "single_az",
    "reader_deployment": "",
    "capacity": "on_demand",
    "table_class": "standard",
    "storage_config": "standard",
    "storage_type": "gp3",
    "term": "on_demand",
    "licence": "",
}
"""What the ordinary bill of a platform has where neither option nor group says otherwise."""
UPGRADE_SETTINGS = frozenset({"policy", "method"})
"""What the option says of a group even where it is about to leave: upgrade first, or wait."""


@dataclass(frozen=True, eq=False)
class Stay:
    """Groups on one platform for the same reason, whatever an option chooses for them there.

    stage: they stay, leave (to the option's platform) or arrive (from today's). migration: theirs, unless they stay.
    Options with equal parts have one object in common, and with it the results that follow from it (`unique`).
    """

    platform_name: str
    stage: Stage
    groups: Groups
    migration: Migration | None

    @property
    def platform(self) -> Platform:
        """The platform they are on."""
        return platforms.platform(self.platform_name)


@dataclass(frozen=True, eq=False)
class Placement(Stay):
    """The groups of one option on one platform, with what the option chooses for each of them.

    stay: the same without the option. settings: those in force here: where clusters are about to leave, those of the
    reference option, if it keeps the group on today's platform, else of the first option that does. upgrade_settings:
    the option's own.
    """

    stay: Stay
    option: str
    settings: tuple[Settings, ...]
    upgrade_settings: tuple[Settings, ...]


@cached
def placements(inputs: Inputs, option: str) -> tuple[Placement, ...]:
    """Where the groups of an option are: those that stay, those that leave and those that arrive."""
    scenario = inputs.scenario
    indices_at: dict[tuple[str, Stage], list[int]] = {}
    chosen = [scenario.settings(option, group) for group in inputs.groups]
    for index, (group, settings) in enumerate(zip(inputs.groups, chosen, strict=True)):
        today, target = scenario.todays_platform(group), str(settings.platform)
        if today == target or scenario.fleet[group].is_new:
            indices_at.setdefault((target, "stays"), []).append(index)
        else:
            indices_at.setdefault((today, "leaves"), []).append(index)
            indices_at.setdefault((target, "arrives"), []).append(index)
    groups = {place: inputs.groups_at(tuple(indices)) for place, indices in indices_at.items()}
    arrivals = tuple((platform, groups[platform, stage]) for platform, stage in indices_at if stage == "arrives")
    migration = Migration(arrivals, scenario.options[option].migration_hours_per_month)
    placed = []
    for (platform, stage), indices in indices_at.items():
        parts = (platform, stage, groups[platform, stage], None if stage == "stays" else migration)
        own = in_force = tuple(chosen[index] for index in indices)
        if stage == "leaves":
            in_force = tuple(_settings_today(inputs, platform, inputs.groups[index]) for index in indices)
        placed.append(Placement(*parts, unique(inputs, Stay, *parts), option, in_force, own))
    return tuple(placed)


def stays(inputs: Inputs, option: str) -> tuple[Stay, ...]:
    """The same without the option."""
    return tuple(placement.stay for placement in placements(inputs, option))


def _settings_today(inputs: Inputs, platform: str, group: str) -> Settings:
    """What holds for a group on today's platform until it leaves."""
    scenario = inputs.scenario
    chosen = (scenario.settings(option, group) for option in (scenario.reference_option, *scenario.options))
    return next((settings for settings in chosen if settings.platform == platform), Settings())


@cached
def setting(_inputs: Inputs, placement: Placement, name: str) -> tuple[Any, ...]:
    """One setting of every group: the option's, or the group's own, or the ordinary one."""
    chosen = placement.upgrade_settings if name in UPGRADE_SETTINGS else placement.settings
    default, of_group = DEFAULT_SETTINGS.get(name), name in Group.model_fields
    return tuple(
        value if (value := getattr(settings, name)) is not None else (of_group and getattr(group, name)) or default
        for settings, group in zip(chosen, placement.groups.stated, strict=True)
    )


def share(inputs: Inputs, stay: Stay) -> Array:
    """Share of the groups' clusters that is here in each month, (draws or 1, 1, months or 1)."""
    if stay.migration is None:
        return ONE
    pace = pace_of(inputs, stay.migration)
    return pace.arrived if stay.stage == "arrives" else pace.remaining


@cached
def present(inputs: Inputs, stay: Stay, groups: Groups | None = None) -> Array:
    """Clusters of each group (or of some) that are here in each month over those at the start.

    `share` of a number that may grow, (draws or 1, groups or 1, months or 1).
    """
    return growing(inputs, share(inputs, stay), groups or stay.groups)


def present_together(inputs: Inputs, stay: Stay, of_groups: Array) -> Array:
    """Something of each group's clusters, of those that are here in each month, summed over groups."""
    here = present(inputs, stay)
    return over_groups(of_groups) * here if here.shape[1] == 1 else over_groups(of_groups * here)


def growing(inputs: Inputs, here: Array, groups: Groups) -> Array:
    """A share of the clusters of groups in each month, over those at the start."""
    return here * growth(inputs, CLUSTERS, groups) if grows(inputs, groups, CLUSTERS) else here


def standing(inputs: Inputs, stay: Stay, groups: Groups | None = None) -> Factors:
    """Clusters of each group (or of some of them) that are here in each month, as factors."""
    return inputs.clusters(groups or stay.groups), present(inputs, stay, groups)


@cached
def on_both(inputs: Inputs, stay: Stay) -> Array:
    """Cluster-months by month, per cluster that arrives at last, in which its old platform is paid, too."""
    months = pace_of(inputs, stay.migration).on_both(inputs["transition.dual_running_months", stay.groups])
    return growing(inputs, months, stay.groups)


@cached
def moved(inputs: Inputs, stay: Stay) -> Factors:
    """Clusters of each group that cut over to another platform in each month, as factors."""
    return inputs.clusters(stay.groups), growing(inputs, pace_of(inputs, stay.migration).cut_over, stay.groups)
