"""Uniform numbers between 0 and 1 for the columns of a design, any range of rows at a time, independent or correlated.

Each number is a function of seed, column and row, so that row 731 is the same in every block. A column of independent
numbers or a Latin hypercube depends on its name alone; one of a Sobol sequence depends on its position, too.

Sources: S. Joe and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci.
Comput. 30 (2008) 2635-2654 (`sobol.csv` has the first 1,111 dimensions of
https://web.maths.unsw.edu.au/~fkuo/sobol/new-joe-kuo-6.21201, 3-clause BSD); scrambling: J. Matousek, On the
L2-discrepancy for anchored boxes, J. Complexity 14 (1998) 527-556; Gaussian copula: R. B. Nelsen, An Introduction to
Copulas, 2nd edition, 2006, section 5.1.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError
from tco.scenario.scenario import Correlation
from tco.scenario.shapes import Array, standard_score

Whole = NDArray[np.uint32]

NUMBERS_PER_COUNT = 4
"""Philox makes four numbers at each count."""
MIN_UNIFORM, MAX_UNIFORM = 2.0**-54, 1 - 2.0**-53
"""Bounds that exclude 0 and 1, where quantiles may be infinite."""
ROUNDS = 4
"""Rounds after which a Feistel network of random functions is a pseudo-random permutation (Luby and Rackoff 1988)."""
MAX_STREAMS = 2**13
"""Columns whose keys and tables are kept from block to block: making them takes half the time of a short block."""
BITS = 32
MAX_ROWS = 2**31
TABLE_BITS = 12
TABLE = Path(__file__).with_name("sobol.csv")
NEGLIGIBLE = 1e-9
"""Variance below which a column is taken to be determined by those before it."""
NOTABLE = 0.05
"""Component of the direction of negative variance from which on an assumption is named as involved."""
Weights = Mapping[str, Mapping[str, float]]
"""For each correlated column, the weights of the scores of independent columns that it is mixed from."""


class ColumnSource(Protocol):
    """Columns by name, any range of rows at a time: of uniform numbers strictly between 0 and 1, or of a design."""

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column in `rows` rows from `first` on, (rows,)."""
        ...

    def together(self, names: tuple[str, ...], first: int, rows: int) -> Array:
        """Those of several columns, (names, rows)."""
        return np.stack([self.column(name, first, rows) for name in names])


class Independent(ColumnSource):
    """Independent random numbers, never 0."""

    def __init__(self, seed: int):
        self._seed = seed

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,); a row's number does not depend on `first`."""
        numbers: Array = self.together((name,), first, rows)[0]
        return numbers

    def together(self, names: tuple[str, ...], first: int, rows: int) -> Array:
        """Those of several columns, (names, rows): one generator for all, since making one takes longest."""
        stream = np.random.Philox(key=0)
        generator, state = np.random.Generator(stream), stream.state
        count, skipped = divmod(first, NUMBERS_PER_COUNT)
        state["state"]["counter"] = np.array([count, 0, 0, 0], dtype=np.uint64)
        numbers = np.empty((len(names), skipped + rows))
        for name, row in zip(names, numbers, strict=True):
            state["state"]["key"] = _key(self._seed, name)
            stream.state = state
            generator.random(out=row)
        return np.maximum(numbers[:, skipped:], MIN_UNIFORM)


class LatinHypercube(ColumnSource):
    """As many strata as rows in every column, each hit exactly once.

    The order is a pseudo-random permutation by formula, which needs no storage.
    """

    def __init__(self, rows: int, seed: int):
        self._rows, self._seed = rows, seed
        self._half_bits = max((rows - 1).bit_length() + 1, 2) // 2

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column, (rows,)."""
        numbers: Array = self.together((name,), first, rows)[0]
        return numbers

    def together(self, names: tuple[str, ...], first: int, rows: int) -> Array:
        """Those of several columns, (names, rows)."""
        tables = np.stack([_tables(self._seed, name, self._half_bits) for name in names])
        own = np.arange(len(names))[:, None] * tables[0].size
        strata: Whole = self._shuffled(np.arange(first, first + rows, dtype=np.uint32)[None], tables, own)
        while (outside := strata >= self._rows).any():
            strata[outside] = self._shuffled(strata[outside], tables, np.broadcast_to(own, strata.shape)[outside])
        placed: Array = (strata + Independent(self._seed).together(names, first, rows)) / self._rows
        return np.minimum(placed, MAX_UNIFORM)

    def _shuffled(self, numbers: Whole, tables: Whole, own: NDArray[np.intp]) -> Whole:
        """A permutation of all numbers of 2 x `_half_bits` bits, for each by the tables that begin at `own`."""
        bits = np.uint32(self._half_bits)
        left, right = numbers >> bits, numbers & ((np.uint32(1) << bits) - np.uint32(1))
        for first in range(0, ROUNDS << self._half_bits, 1 << self._half_bits):
            left, right = right, left ^ tables.ravel()[own + first + right]
        return (left << bits) | right


@lru_cache(maxsize=MAX_STREAMS)
def _key(seed: int, name: str) -> NDArray[np.uint64]:
    """The key of a column's stream of random numbers."""
    key: NDArray[np.uint64] = entropy(seed, name).generate_state(2, np.uint64).astype(np.uint64, copy=False)
    return key


@lru_cache(maxsize=MAX_STREAMS)
def _tables(seed: int, name: str, half_bits: int) -> Whole:
    """The random functions of a column's permutation, (ROUNDS, 2**half_bits)."""
    generator = np.random.default_rng(entropy(seed, name, "order"))
    return generator.integers(0, 1 << half_bits, (ROUNDS, 1 << half_bits), dtype=np.uint32)


class SobolSequence(ColumnSource):
    """Columns of a Sobol sequence, scrambled by a seed.

    names: the columns, the most important first. A column depends on its name and place alone.
    """

    def __init__(self, names: Sequence[str], rows: int, seed: int):
        self._arguments = tuple(names), rows, seed
        self._places = {name: place for place, name in enumerate(names)}
        directions = direction_numbers(max(len(names), 1))[:, : max((rows - 1).bit_length(), 1)]
        scrambling = np.array([_random_bits(seed, name) for name in names or [""]])
        self._directions = _scrambled(directions, scrambling)
        table: Whole = scrambling[:, BITS:]
        for direction in self._directions.T[:TABLE_BITS]:
            table = np.concatenate([table, table ^ direction[:, None]], axis=1)
        self._table = table

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the arguments instead of the tables (2 MB), which another process then computes once."""
        return _sequence, self._arguments

    def column(self, name: str, first: int, rows: int) -> Array:
        """The numbers of one column in `rows` rows from `first` on, strictly between 0 and 1, (rows,).

        Row n is the exclusive or of the direction numbers at the set bits of n; those of the low bits are tabulated.
        """
        place, size = self._places[name], self._table.shape[1]
        high = self._directions[place, TABLE_BITS:]
        numbers = np.empty(rows, dtype=np.uint32)
        done = 0
        while done < rows:
            begin, turn = (first + done) % size, (first + done) // size
            count = min(size - begin, rows - done)
            shift = np.bitwise_xor.reduce(high[[turn >> bit & 1 == 1 for bit in range(len(high))]], initial=0)
            numbers[done : done + count] = self._table[place, begin : begin + count] ^ shift
            done += count
        centred: Array = (numbers.astype(np.float64) + 0.5) * 2.0**-BITS
        return centred


@lru_cache(maxsize=2)
def _sequence(names: tuple[str, ...], rows: int, seed: int) -> SobolSequence:
    return SobolSequence(names, rows, seed)


def _random_bits(seed: int, name: str) -> Whole:
    """What a column is scrambled by: the rows of a matrix of bits, and a shift, (BITS + 1,)."""
    generator = np.random.default_rng(entropy(seed, name, "sobol"))
    return generator.integers(0, 2**BITS, BITS + 1, dtype=np.uint32)


def _scrambled(directions: Whole, scrambling: Whole) -> Whole:
    """Direction numbers times a random lower triangular matrix of bits with ones on its diagonal, one a column."""
    columns, count = directions.shape
    ones = np.uint32(1) << np.arange(BITS, dtype=np.uint32)
    scrambled = np.zeros((columns, count), dtype=np.uint32)
    for bit in range(BITS):
        above = scrambling[:, bit] & ~np.uint32(2 * int(ones[bit]) - 1)
        row = (above | ones[bit])[:, None]
        scrambled |= (np.bitwise_count(directions & row) & 1).astype(np.uint32) * ones[bit]
    return scrambled


@cache
def direction_numbers(columns: int) -> Whole:
    """The unscrambled direction numbers of the first dimensions, (columns, BITS), the highest bit standing for 1/2.

    v[i] = v[i-s] ^ (v[i-s] >> s) ^ the v[i-k] of the polynomial's coefficients, s its degree. Raises InputError for
    more columns than there are published numbers.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    if columns > len(published) + 1:
        raise InputError(f"a Sobol sequence has at most {len(published) + 1:,} columns", value=columns)
    numbers = np.empty((columns, BITS), dtype=np.uint32)
    numbers[0] = np.uint32(1) << np.arange(BITS, dtype=np.uint32)[::-1]
    for place, row in enumerate(published[: columns - 1], 1):
        degree, coefficients = int(row["degree"]), int(row["coefficients"])
        v = [int(number) << (BITS - 1 - bit) for bit, number in enumerate(row["initial_numbers"].split())]
        for bit in range(degree, BITS):
            number = v[bit - degree] ^ (v[bit - degree] >> degree)
            for back in range(1, degree):
                if coefficients >> (degree - 1 - back) & 1:
                    number ^= v[bit - back]
            v.append(number)
        numbers[place] = v
    return numbers


def entropy(seed: int, *names: str) -> np.random.SeedSequence:
    """The seed of an independent stream of random numbers for a seed and names: the same as of a list of their bytes.

    An array of words takes a tenth of the time of a list, which matters for fleets of many groups.
    """
    high, low = divmod(seed, 2**BITS)
    words = np.array([low, high] if high else [low], dtype=np.uint32)
    return np.random.SeedSequence(np.concatenate([words, np.frombuffer("\n".join(names).encode(), np.uint8)]))


@dataclass(frozen=True)
class Correlated(ColumnSource):
    """Correlated uniform columns, mixed from the independent ones of a source."""

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
    """The weights that follow from a scenario's correlations between uncertain assumptions; empty without any.

    Standard scores with a rank correlation (Spearman's) r correlate with 2 sin(pi / 6 x r) (K. Pearson, 1907). Pairs
    that are not stated are independent.

    Raises InputError for a pair that is stated twice or with itself, and for correlations that cannot hold together.
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
