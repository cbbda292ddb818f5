"""How many read or write units a call to DynamoDB (or Keyspaces) consumes, by the service's rounding rules.

`dynamodb_units` answers for one call; `read_units` and `write_units` for arrays of item sizes; `mean_units` for items
whose sizes vary, because the mean of the rounded sizes is not the rounded mean. The rules are those of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tco.errors import InputError, unknown

Numbers = NDArray[np.float64]

READ_UNIT_BYTES = 4096
"""A read unit covers 4 KB."""
WRITE_UNIT_BYTES = 1024
"""A write unit covers 1 KB."""
MAX_ITEM_BYTES = 400 * 1024
"""An item holds at most 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html."""
EVENTUAL_FACTOR = 0.5
"""An eventually consistent read takes half the units of a strongly consistent one."""
TRANSACTION_FACTOR = 2
"""A transactional call takes twice the units: every item is prepared and then committed."""

READS = ("get", "batch_get", "query", "scan", "transact_get")
WRITES = ("put", "update", "delete", "batch_write", "transact_write")
SUMMED = ("query", "scan")
"""Reads that round the sum of the items they evaluate; every other operation rounds each item."""
CONSISTENCIES = ("strong", "eventual")

EXACT_UNITS = 32
"""`mean_units` adds up this many unit boundaries one by one and treats the tail beyond as continuous."""
MIN_SPREAD = 1e-9
"""Below it all sizes are taken as equal."""
MAX_EXACT_SPREADS = 64
"""With more spreads, `mean_units` interpolates between tabulated ones (relative error below 1e-6)."""
KNOTS, MIN_SIGMA, MAX_SIGMA = 256, 0.09, 2
"""Tabulated sigmas of the lognormal in each unit, and the range in which they are dense enough."""
SIZES_AT_ONCE = 128
"""So many sizes are tabulated together, which bounds the memory that it takes."""
MANY = 1_000_000
"""Evaluations of the normal distribution from which on importing scipy saves time."""


def dynamodb_units(
    operation: str, item_bytes: float | Sequence[float], consistency: str = "strong", found: bool = True
) -> float:
    """Read or write units of one call (a read-request or write-request unit, or the capacity unit of one second).

    operation: get, batch_get, query, scan, transact_get, put, update, delete, batch_write or transact_write.
    item_bytes: size of the item, or a list of sizes for several items. A put, update or delete counts the larger of
    the item before and after; a query or scan counts what it evaluates, before filters and projections.
    consistency: `strong` or `eventual`; writes and transactions are the same under both.
    found: False when there is no such item. A read of nothing and a delete of nothing cost their minimum; a put
    or update then creates the item and costs its size.

    get, batch and transaction round each item up (4 KB for reads, 1 KB for writes); query and scan round the sum. A
    batch longer than one call allows counts the same however it is split, as does a query that goes on in pages of
    1 MB. A failed conditional write costs the units of the item that was there, at least 1 (`found=False` with
    `delete`); a failed transaction costs as much as a successful one.

    Raises InputError for an unknown operation or consistency, a size that is negative, not a number or beyond
    400 KB an item, and an empty list where items are needed.

    >>> dynamodb_units("get", 10_000)
    3.0
    >>> dynamodb_units("batch_write", [512, 3584])
    5.0
    >>> dynamodb_units("query", [512, 3584, 100], consistency="eventual")
    1.0
    """
    if not isinstance(operation, str) or operation not in (*READS, *WRITES):
        raise InputError(unknown("operation", operation, (*READS, *WRITES)), path="operation")
    if not isinstance(consistency, str) or consistency not in CONSISTENCIES:
        raise InputError(unknown("consistency", consistency, CONSISTENCIES), path="consistency")
    if not isinstance(found, (bool, np.bool_)):
        raise InputError("found is True or False", path="found", value=found)
    sizes = _sizes(operation, item_bytes)
    if not found and operation in (*READS, "delete"):
        sizes = [0.0] * len(sizes)
    if operation in SUMMED:
        sizes = [math.fsum(sizes)]
    step = READ_UNIT_BYTES if operation in READS else WRITE_UNIT_BYTES
    whole = float(sum(max(math.ceil(size / step), 1) for size in sizes))
    if operation in ("transact_get", "transact_write"):
        return whole * TRANSACTION_FACTOR
    if operation in READS and consistency == "eventual":
        return whole * EVENTUAL_FACTOR
    return whole


def read_units(item_bytes: Any) -> Numbers:
    """Units of a strongly consistent read of each item size: 1 per 4 KB, rounded up, at least 1."""
    return np.maximum(np.ceil(np.asarray(item_bytes, dtype=float) / READ_UNIT_BYTES), 1.0)


def write_units(item_bytes: Any) -> Numbers:
    """Units of a standard write of each item size: 1 per 1 KB, rounded up, at least 1."""
    return np.maximum(np.ceil(np.asarray(item_bytes, dtype=float) / WRITE_UNIT_BYTES), 1.0)


def read_mix(eventual_share: Numbers, transactional_share: Numbers) -> Numbers:
    """Units of an average read over those of a strongly consistent one: 0.5 where eventual, 2 in a transaction."""
    return 1 - (1 - EVENTUAL_FACTOR) * eventual_share + (TRANSACTION_FACTOR - 1) * transactional_share


def write_mix(transactional_share: Numbers) -> Numbers:
    """Units of an average write over those of a standard one: 2 in a transaction."""
    return 1 + (TRANSACTION_FACTOR - 1) * transactional_share


def mean_units(mean_bytes: Any, spread: Any, unit_bytes: float) -> Numbers:
    """Mean units of one item where sizes are lognormal: the mean of the rounded sizes, not the rounded mean.

    mean_bytes: mean item size, shape (..., G). spread: standard deviation divided by the mean, shape broadcastable
    with it, such as (draws, 1). unit_bytes: `READ_UNIT_BYTES` or `WRITE_UNIT_BYTES`.

    A size of S units needs ceil(S), whose mean is the sum over k >= 0 of P(S > k). The first 32 terms are added
    one by one; beyond, the steps are small compared with the size and the sum is the partial expectation of S.
    Without spread it is the plain rounded size. A mean of 1 KB with a spread of 1 gives 1.5 write units.

    >>> float(mean_units(1024, 0.0, WRITE_UNIT_BYTES)), round(float(mean_units(1024, 1.0, WRITE_UNIT_BYTES)), 2)
    (1.0, 1.53)
    """
    sizes = np.asarray(mean_bytes, dtype=float) / unit_bytes
    spreads = np.asarray(spread, dtype=float)
    if spreads.size <= MAX_EXACT_SPREADS or spreads.shape[-1:] != (1,) or sizes.size != sizes.shape[-1]:
        return _mean_of_ceiling(sizes, spreads)
    distinct, size_at = np.unique(sizes, return_inverse=True)
    units = _interpolated(tuple(distinct.tolist()), spreads[..., 0])[size_at.ravel()]
    return np.moveaxis(units, 0, -1)


def _interpolated(sizes: tuple[float, ...], spread: Numbers) -> Numbers:
    """E[ceil(S)] for many spreads, (sizes, ...): cubics through a table over sigma; directly outside it."""
    sigma = np.sqrt(np.log1p(spread**2))
    place = np.clip(sigma * KNOTS, 1, MAX_SIGMA * KNOTS - 2)
    knot = place.astype(np.intp)
    part = place - knot
    before, after = part + 1, 1 - part
    weights = (
        -part * after * (after + 1) / 6,
        before * after * (after + 1) / 2,
        before * part * (after + 1) / 2,
        -before * part * after / 6,
    )
    table = _table(sizes)
    units = sum(weight * table[:, knot + step] for step, weight in enumerate(weights, -1))
    outside = (sigma < MIN_SIGMA) | (sigma * KNOTS > MAX_SIGMA * KNOTS - 2)
    units = np.asarray(units)
    if outside.any():
        units[:, outside] = _mean_of_ceiling(np.array(sizes), spread[outside][:, None]).T
    return units


@lru_cache(maxsize=64)
def _table(sizes: tuple[float, ...]) -> Numbers:
    """E[ceil(S)] at each knot of sigma, (sizes, knots)."""
    spread = np.sqrt(np.expm1((np.arange(MAX_SIGMA * KNOTS + 1) / KNOTS) ** 2))[:, None]
    parts = [np.array(sizes[first : first + SIZES_AT_ONCE]) for first in range(0, len(sizes), SIZES_AT_ONCE)]
    return np.concatenate([_mean_of_ceiling(part, spread).T for part in parts])


def _mean_of_ceiling(size: Numbers, spread: Numbers) -> Numbers:
    """E[ceil(S)] for lognormal S with mean `size` and standard deviation `spread` x `size`."""
    size, spread = np.broadcast_arrays(size, spread)
    certain = (spread < MIN_SPREAD) | (size <= 0)
    sigma = np.sqrt(np.log1p(np.where(certain, 1.0, spread) ** 2))
    median_log = np.log(np.where(certain, 1.0, size)) - sigma**2 / 2
    boundaries = np.log(np.arange(1, EXACT_UNITS + 1))
    exceeded = _normal_share((median_log[..., None] - boundaries) / sigma[..., None]).sum(axis=-1)
    tail_from = EXACT_UNITS + 0.5
    high = (median_log - math.log(tail_from)) / sigma
    tail = size * _normal_share(high + sigma) - tail_from * _normal_share(high)
    return np.where(certain, np.maximum(np.ceil(size), 1.0), 1.0 + exceeded + np.maximum(tail, 0.0))


def _normal_share(quantile: Numbers) -> Numbers:
    """P(Z <= quantile) of a standard normal Z, element by element; for very many elements by scipy."""
    if quantile.size > MANY:
        from scipy.special import ndtr

        return np.asarray(ndtr(quantile))
    flat = (quantile * -math.sqrt(0.5)).ravel().tolist()
    return np.array([math.erfc(value) for value in flat], dtype=float).reshape(quantile.shape) / 2


def _sizes(operation: str, item_bytes: object) -> list[float]:
    """The sizes of one call as a list, checked."""
    several = isinstance(item_bytes, (Sequence, np.ndarray)) and not isinstance(item_bytes, (str, bytes))
    values: list[Any] = list(item_bytes) if several else [item_bytes]  # type: ignore[call-overload]
    if not values and operation not in SUMMED:
        raise InputError(f"{operation} needs at least one item", path="item_bytes", value=item_bytes)
    alone = operation in SUMMED and not several
    sizes = []
    for number, size in enumerate(values):
        path = f"item_bytes.{number}" if several else "item_bytes"
        if isinstance(size, (bool, np.bool_)) or not isinstance(size, (int, float, np.integer, np.floating)):
            raise InputError("an item size is a number of bytes, or a list of them", path=path, value=size)
        if not math.isfinite(size) or size < 0:
            raise InputError("an item size is a number of bytes, 0 or more", path=path, value=size)
        if size > MAX_ITEM_BYTES and not alone:
            raise InputError(f"an item holds at most {MAX_ITEM_BYTES} bytes (400 KB)", path=path, value=size)
        sizes.append(float(size))
    return sizes
