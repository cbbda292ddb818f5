"""Some groups of a fleet, and what is counted of them: clusters, designs, and how they share what is done for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tco.evaluation.cache import cached
from tco.evaluation.inputs import Inputs
from tco.evaluation.ledger_line import Array, Factors
from tco.scenario.scenario import Group


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of a fleet by index. `groups_at` makes one object of the same indices.

    stated: as the scenario has them. positions: along the groups that they are a part of, or are themselves.
    """

    indices: NDArray[np.intp]
    names: tuple[str, ...]
    stated: tuple[Group, ...]
    positions: NDArray[np.intp]
    is_part: bool

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def production(self) -> NDArray[np.bool_]:
        """Which of them are production, (1, groups, 1)."""
        return np.array([group.environment == "production" for group in self.stated]).reshape(1, -1, 1)

    def of(self, *factors: Array) -> Factors:
        """What factors over the groups that these are a part of have for these."""
        if not self.is_part:
            return factors
        return tuple(factor[:, self.positions] if factor.shape[1] > 1 else factor for factor in factors)

    def pick(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The same of texts, one for each of the groups that these are a part of."""
        return tuple(texts[position] for position in self.positions) if self.is_part else texts


@cached
def groups_at(inputs: Inputs, indices: tuple[int, ...], positions: tuple[int, ...] | None = None) -> Groups:
    """The groups of these indices."""
    names, fleet = inputs.groups, tuple(inputs.scenario.fleet.values())
    return Groups(
        np.array(indices, dtype=np.intp),
        tuple(names[index] for index in indices),
        tuple(fleet[index] for index in indices),
        np.array(range(len(indices)) if positions is None else positions, dtype=np.intp),
        positions is not None,
    )


def part(inputs: Inputs, groups: Groups, positions: Sequence[int] | NDArray[np.intp]) -> Groups:
    """Some of the groups, by position among them."""
    chosen = tuple(int(position) for position in positions)
    if chosen == tuple(range(len(groups))):
        return groups
    return groups_at(inputs, tuple(groups.indices[list(chosen)].tolist()), chosen)


@cached
def clusters(inputs: Inputs, groups: Groups) -> Array:
    """Clusters of each group, (draws or 1, groups, 1), wherever they stand at the moment."""
    return inputs.clusters[:, groups.indices]


@cached
def total_clusters(inputs: Inputs, groups: Groups) -> Array:
    """Clusters of all groups together, (draws or 1, 1, 1)."""
    total: Array = clusters(inputs, groups).sum(axis=1, keepdims=True)
    return total


@cached
def cluster_shares(inputs: Inputs, groups: Groups) -> Array:
    """How what the groups share is split over them: by clusters, (draws or 1, groups, 1)."""
    total = total_clusters(inputs, groups)
    return clusters(inputs, groups) / np.where(total > 0, total, 1.0)


def designs(count: Array, per_cluster: Array) -> Array:
    """Distinct schema-and-application combinations of a count of clusters: max(1, clusters x designs per cluster).

    0 for no clusters; below one cluster (real-valued fleets) in proportion.
    """
    distinct: Array = np.maximum(1.0, count * per_cluster) * np.minimum(count, 1.0)
    return distinct
