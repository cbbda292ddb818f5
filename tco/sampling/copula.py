"""Correlation between assumptions: uniform numbers that are independent become uniform numbers that are not.

The Gaussian copula: standard scores of the columns are mixed so that they correlate, and turned back. What a scenario
states is the rank correlation (Spearman's), which does not depend on the shapes; the scores that have it correlate
with 2 sin(pi / 6 x rank correlation). Pairs that are not stated are independent.

Source: R. B. Nelsen, An Introduction to Copulas, 2nd edition, 2006, section 5.1; the relation for normal scores is
K. Pearson's of 1907.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.scenario.scenario import Correlation
from tco.scenario.shapes import standard_score

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-9
"""Variance below which a column is taken to follow from those before it."""
NOTABLE = 0.05
"""Part of the direction of negative variance from which an assumption is named as involved."""


@dataclass(frozen=True)
class Copula:
    """Columns that correlate. paths: their names. mixing: lower triangular, one row a column, rows of length 1."""

    paths: tuple[str, ...]
    mixing: Array

    def uniform(self, path: str, independent: Callable[[str], Array]) -> Array:
        """The column of `path`, uniform and correlated with the others, from independent uniform columns."""
        from scipy.special import ndtr

        place = self.paths.index(path)
        weights = self.mixing[place, : place + 1]
        if not weights[:-1].any():
            return independent(path)
        scores = sum(
            weight * standard_score(independent(name))
            for name, weight in zip(self.paths, weights.tolist(), strict=False)
            if weight
        )
        correlated: Array = ndtr(scores)
        return correlated


def copula(correlations: Sequence[Correlation], uncertain: Sequence[str]) -> Copula | None:
    """The copula of a scenario's correlations between those assumptions that are uncertain; None where there is none.

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
    if not paths:
        return None
    matrix = np.eye(len(paths))
    for pair, value in stated.items():
        one, other = (paths.index(path) for path in pair)
        matrix[one, other] = matrix[other, one] = 2 * math.sin(math.pi / 6 * value)
    variances, directions = np.linalg.eigh(matrix)
    if variances[0] < -NEGLIGIBLE * len(paths):
        raise InputError(_impossible(paths, directions[:, 0], stated), path="correlations")
    return Copula(paths, _mixing(matrix))


def _impossible(paths: Sequence[str], direction: Array, stated: dict[frozenset[str], float]) -> str:
    involved = {path for path, weight in zip(paths, np.abs(direction), strict=True) if weight > NOTABLE}
    pairs = [
        f"{' and '.join(sorted(pair, key=paths.index))} ({value:g})"
        for pair, value in stated.items()
        if pair <= involved
    ]
    return (
        "these correlations cannot hold together (the matrix is not positive semidefinite; a pair that is not stated "
        f"has 0): {', '.join(pairs)}"
    )


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
