"""How many designs groups bring: distinct schemas with their applications, which are tested and re-modelled.

Designs belong to production. Clusters of staging, development and test run production's, and bring none unless the
scenario says so or no production group has their engine.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Groups, Inputs, over_groups
from tco.evaluation.ledger_line import ONE, ZERO, Array
from tco.scenario.scenario import Group

PER_CLUSTER = "upgrades.designs_per_cluster"


def distinct(clusters: Array, per_cluster: Array) -> Array:
    """Designs of a count of clusters that bring them: max(1, clusters x designs per cluster).

    0 for no clusters; below one cluster (real-valued fleets) in proportion.
    """
    designs: Array = np.maximum(1.0, clusters * per_cluster) * np.minimum(clusters, 1.0)
    return designs


@cached
def _counting(inputs: Inputs) -> Array:
    """Which groups' designs follow from their clusters, (1, groups, 1): not where they are stated, or another group's.

    A group outside production counts, too, where a production group runs its designs.
    """
    fleet = inputs.scenario.fleet
    brought_by = {name: _who_brings(fleet, name) for name in fleet}
    production = [name for name, group in fleet.items() if group.environment == "production" and group.clusters]
    run_by_production = {brought_by[name] for name in production}
    engines = {fleet[name].engine for name in production}
    return np.array(
        [
            group.designs is None
            and brought_by[name] == name
            and (group.environment == "production" or name in run_by_production or group.engine not in engines)
            for name, group in fleet.items()
        ],
        dtype=float,
    ).reshape(1, -1, 1)


def _who_brings(fleet: Mapping[str, Group], name: str) -> str:
    """The group at the end of `design_of`; a group without clusters has no designs that others could run."""
    while (other := fleet[name].design_of) is not None and fleet[other].clusters:
        name = other
    return name


@cached
def counted_clusters(inputs: Inputs, groups: Groups) -> Array:
    """Clusters of each group whose designs follow from them, (draws or 1, groups, 1)."""
    counting: Array = _counting(inputs)[:, groups.indices]
    return inputs.clusters(groups) * counting


def designs_by_group(
    inputs: Inputs, groups: Groups, share: Array = ONE, beside: Sequence[tuple[Groups, Array]] = ()
) -> Array:
    """Designs that a share of each group's clusters brings, (draws or 1, groups, 1).

    Clusters that are counted bring those of all of them together, at their mean designs per cluster; these are split by
    clusters x designs per cluster. beside: other groups that are among them, with their shares. Stated designs go with
    the share, and are one at least.
    """
    counted = [counted_clusters(inputs, some) * here for some, here in ((groups, share), *beside)]
    if not counted[0].any():
        return stated_designs(inputs, groups, share)
    clusters: Array = sum(map(over_groups, counted), ZERO)
    own = [inputs[PER_CLUSTER, some] for some in (groups, *(some for some, _ in beside))]
    mean, weights, total = own[0], counted[0], clusters
    if any(per_cluster is not mean or per_cluster.shape[1] > 1 for per_cluster in own):
        brought = sum(map(over_groups, map(np.multiply, counted, own)), ZERO)
        mean = brought / np.where(clusters > 0, clusters, 1.0)
        weights, total = np.where(brought > 0, weights * own[0], weights), np.where(brought > 0, brought, total)
    followed = distinct(clusters, mean) * weights / np.where(total > 0, total, 1.0)
    return followed + stated_designs(inputs, groups, share)


def stated_designs(inputs: Inputs, groups: Groups, share: Array) -> Array:
    """Designs that groups state, for a share of their clusters, (draws or 1, groups, 1)."""
    stated = inputs.fleet_number("designs")[:, groups.indices]
    if not stated.any():
        return np.zeros((1, len(groups), 1))
    clusters = inputs.clusters(groups) * share
    some: Array = np.maximum(stated * inputs.fleet_scale * share, 1.0) * np.minimum(clusters, 1.0) * (stated > 0)
    return some


def shares_of(weights: Array, otherwise: Array) -> Array:
    """How something is split over groups: by weights, else (where all of them are 0) as given; one has all of it."""
    if weights.shape[1] == 1 and (otherwise == 1).all():
        return otherwise
    total = over_groups(weights)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), otherwise)
