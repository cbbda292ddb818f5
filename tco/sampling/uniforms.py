"""Uniform numbers between 0 and 1 for the columns of a design, any range of rows at a time.

A Latin hypercube and independent random numbers; `tco.sampling.sobol` has the third way. Each is a formula of seed,
column and row, so that row 731 is the same whatever block it is made in, and nothing is held but a small table. A
column here depends on its name and not on which others there are.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.uint32]

NUMBERS_PER_COUNT = 4
"""Philox makes four numbers at each count."""
MIN_UNIFORM, MAX_UNIFORM = 2.0**-54, 1 - 2.0**-53
"""No number is 0 or 1, where quantiles may be infinite."""
ROUNDS = 4
"""Rounds after which a Feistel network of random functions is a pseudo-random permutation (Luby and Rackoff 1988)."""


class ColumnSource(Protocol):
    """Columns by name, any range of rows at a time: of uniform numbers strictly between 0 and 1, or of a design."""

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column in `rows` rows from `first` on, (rows,)."""
        ...


class Independent:
    """Independent random numbers, never 0."""

    def __init__(self, seed: int):
        self._seed = seed

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,), the same for a row whatever the first one is."""
        stream = np.random.Philox(entropy(self._seed, name))
        stream.advance(first // NUMBERS_PER_COUNT)
        skipped = first % NUMBERS_PER_COUNT
        numbers = np.random.Generator(stream).random(skipped + rows)[skipped:]
        return np.maximum(numbers, MIN_UNIFORM)


class LatinHypercube:
    """As many strata as rows in every column, each hit exactly once, in an order of its own.

    The order is a pseudo-random permutation of the strata, so that it need not be held.
    """

    def __init__(self, rows: int, seed: int):
        self._rows, self._seed = rows, seed
        self._half_bits = max((rows - 1).bit_length() + 1, 2) // 2

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,)."""
        generator = np.random.default_rng(entropy(self._seed, name, "order"))
        tables = generator.integers(0, 1 << self._half_bits, (ROUNDS, 1 << self._half_bits), dtype=np.uint32)
        strata: Whole = self._shuffled(np.arange(first, first + rows, dtype=np.uint32), tables)
        while len(outside := np.flatnonzero(strata >= self._rows)):
            strata[outside] = self._shuffled(strata[outside], tables)
        placed: Array = (strata + Independent(self._seed).column(name, first, rows)) / self._rows
        return np.minimum(placed, MAX_UNIFORM)

    def _shuffled(self, numbers: Whole, tables: Whole) -> Whole:
        """A permutation of all numbers of twice the half's bits."""
        bits = np.uint32(self._half_bits)
        left, right = numbers >> bits, numbers & ((np.uint32(1) << bits) - np.uint32(1))
        for table in tables:
            left, right = right, left ^ table[right]
        return (left << bits) | right


def entropy(seed: int, *names: str) -> np.random.SeedSequence:
    """The start of a stream of random numbers of its own for a seed and names."""
    return np.random.SeedSequence([seed, *"\n".join(names).encode()])
