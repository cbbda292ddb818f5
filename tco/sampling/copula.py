"""Correlation between assumptions: uniform numbers that are independent become uniform numbers that are not.

The Gaussian copula: standard scores of the columns are mixed so that they correlate, and turned back. What a scenario
states is the rank correlation (Spearman's), which does not depend on the shapes; the scores that have it correlate
with 2 sin(pi / 6 x rank correlation). Pairs that are not stated are independent.

Source: R. B. Nelsen, An Introduction to Copulas, 2nd edition, 2006, section 5.1; the relation for normal scores is
K. Pearson's of 1907.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.sampling.uniforms import ColumnSource
from tco.scenario.scenario import Correlation
from tco.scenario.shapes import standard_score

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-9
"""Variance below which a column is taken to follow from those before it."""
NOTABLE = 0.05
"""Part of the direction of negative variance from which an assumption is named as involved."""


Weights = Mapping[str, Mapping[str, float]]
"""Of each column that follows from others too, those of the scores of independent columns behind it."""


@dataclass(frozen=True)
class Correlated:
    """Uniform columns that correlate, made of the independent ones of a source."""

    weights: Weights
    source: ColumnSource

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,)."""
        from scipy.special import ndtr

        if name not in self.weights:
            return self.source.column(name, first, rows)
        behind = self.weights[name].items()
        scores = sum(weight * standard_score(self.source.column(other, first, rows)) for other, weight in behind)
        correlated: Array = ndtr(scores)
        return correlated


def copula(correlations: Sequence[Correlation], uncertain: Sequence[str]) -> Weights:
    """The weights that a scenario's correlations give to those assumptions that are uncertain; none without any.

    Raises InputError where a pair is stated twice or with itself, and where no quantities can correlate in this way,
    naming the correlations that cannot hold together.
    """
    stated: dict[frozenset[str], float] = {}
    for number, correlation in enumerate(correlations):
        pair = frozenset(correlation.between)
        if len(pair) == 1:
            raise InputError("a correlation is between two assumptions", path=f"correlations.{number}.between")
        if stated.setdefault(pair, correlation.value) != correlation.value:
            raise InputError(
                f"the correlation of {' and '.join(correlation.between)} is stated twice, as {stated[pair]:g} and as "
                f"{correlation.value:g}",
                path=f"correlations.{number}.value",
            )
    stated = {pair: value for pair, value in stated.items() if value and pair <= set(uncertain)}
    paths = tuple(path for path in uncertain if any(path in pair for pair in stated))
    matrix = np.eye(len(paths))
    for pair, value in stated.items():
        one, other = (paths.index(path) for path in pair)
        matrix[one, other] = matrix[other, one] = 2 * math.sin(math.pi / 6 * value)
    variances, directions = np.linalg.eigh(matrix)
    if paths and variances[0] < -NEGLIGIBLE * len(paths):
        involved = {path for path, weight in zip(paths, np.abs(directions[:, 0]), strict=True) if weight > NOTABLE}
        named = {
            " and ".join(sorted(pair, key=paths.index)): value for pair, value in stated.items() if pair <= involved
        }
        raise InputError(
            "these correlations cannot hold together (the matrix is not positive semidefinite; a pair that is not "
            f"stated has 0): {', '.join(f'{pair} ({value:g})' for pair, value in named.items())}",
            path="correlations",
        )
    rows = (dict(zip(paths, row, strict=True)) for row in _mixing(matrix).tolist())
    mixed = {
        path: {other: weight for other, weight in row.items() if weight} for path, row in zip(paths, rows, strict=True)
    }
    return {path: row for path, row in mixed.items() if set(row) - {path}}


def _mixing(matrix: Array) -> Array:
    """The lower triangular square root of a positive semidefinite matrix, its rows scaled to length 1."""
    size = len(matrix)
    root = np.zeros((size, size))
    for column in range(size):
        rest = matrix[column:, column] - root[column:, :column] @ root[column, :column]
        if rest[0] > NEGLIGIBLE:
            root[column:, column] = rest / math.sqrt(rest[0])
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    return root
