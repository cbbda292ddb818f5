"""Which distinct combinations of names occur among many bills, so that each is looked up once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: From this many entries on, pandas tells values apart faster than a dict does.
MANY = 1000

#: One name for all bills, or an array of names, one a bill.
Names = str | NDArray[Any]


def distinct(columns: Sequence[Names]) -> tuple[list[tuple[Any, ...]], NDArray[np.intp]]:
    """The distinct combinations of several columns, and for each bill the place of its own among them.

    Columns are strings or arrays of shape (N,) or (1,). The second array has shape (N,), or (1,) where no
    column is longer.
    """
    varying: list[tuple[int, NDArray[Any]]] = []
    first: list[Any] = []
    for position, column in enumerate(columns):
        if isinstance(column, str):
            first.append(column)
            continue
        array = np.asarray(column)
        first.append(str(array[0]) if array.size else "")
        if array.size != 1:
            varying.append((position, array))
    size = max((len(array) for _, array in varying), default=1)
    varying = [(position, array) for position, array in varying if not bool((array == array[:1]).all())]
    if not varying or size == 0:
        return [tuple(first)], np.zeros(size, dtype=np.intp)
    names: list[list[Any]] = []
    codes = np.zeros(size, dtype=np.intp)
    for _, array in varying:
        values, code = factors(array)
        codes = codes * len(values) + code
        names.append(values)
    present, place = np.unique(codes, return_inverse=True)
    combinations = []
    for code in present.tolist():
        combination = list(first)
        for (position, _), values in zip(reversed(varying), reversed(names), strict=True):
            code, chosen = divmod(code, len(values))
            combination[position] = values[chosen]
        combinations.append(tuple(combination))
    return combinations, place.astype(np.intp)


def factors(array: NDArray[Any]) -> tuple[list[Any], NDArray[np.intp]]:
    """The distinct values of a column in order of appearance, and each entry's place among them."""
    if len(array) > MANY:
        import pandas as pd

        codes, values = pd.factorize(array.astype(object), use_na_sentinel=False)
        return values.tolist(), codes.astype(np.intp)
    places: dict[Any, int] = {}
    listed = array.tolist()
    codes = np.fromiter((places.setdefault(value, len(places)) for value in listed), dtype=np.intp, count=len(listed))
    return list(places), codes
