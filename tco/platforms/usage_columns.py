"""Checks the usage that a caller gives against a platform's usage model and turns it into columns.

A mapping is one bill; a mapping that holds arrays, a list of mappings, or a DataFrame is many. The bounds are the same.
"""

from __future__ import annotations

import typing
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tco.catalog.prices import factors
from tco.errors import InputError, Problem, shown, unknown
from tco.platforms import engine_named
from tco.platforms.base import Usage, one

Index = Sequence[Hashable]

#: The bounds that a field may state, by the name of the attribute that holds the limit.
BOUNDS = {
    "ge": (np.greater_equal, "greater than or equal to"),
    "gt": (np.greater, "greater than"),
    "le": (np.less_equal, "less than or equal to"),
    "lt": (np.less, "less than"),
}


def usage_columns(model: type[Usage], usage: Any) -> tuple[dict[str, NDArray[Any]], Index | None]:
    """The columns of a usage and the index of its bills; no index for one plain bill.

    Only stated fields become columns, of one entry if all bills share it. Raises InputError, which lists every fault by
    field: unknown fields with the nearest known ones, wrong types, numbers out of bounds, NaN and infinite ones.
    """
    if isinstance(usage, Usage):
        usage = usage.model_dump(exclude_unset=True)
    if hasattr(usage, "columns") and hasattr(usage, "index"):  # a DataFrame, which need not be imported to be known
        _check_fields(model, usage.columns)
        return _many(model, {str(name): usage[name].to_numpy() for name in usage.columns}), list(usage.index)
    if isinstance(usage, Mapping):
        _check_fields(model, usage)
        arrays = {name: _as_array(value) for name, value in usage.items() if _is_array(model.model_fields[name], value)}
        if not arrays:
            return _single(model, usage), None
        size = len(next(iter(arrays.values())))
        wrong = [
            Problem(f"has {len(a)} values, another field {size}", path=n) for n, a in arrays.items() if len(a) != size
        ]
        if wrong:
            raise InputError(wrong)
        return _many(model, {name: arrays.get(name, one(value)) for name, value in usage.items()}), range(size)
    if isinstance(usage, Sequence) and not isinstance(usage, str) and all(isinstance(bill, Mapping) for bill in usage):
        return _listed(model, usage), range(len(usage))
    raise InputError("usage is a mapping of fields, a list of such mappings or a DataFrame", value=usage)


def _check_fields(model: type[Usage], names: Iterable[Any]) -> None:
    wrong = [
        Problem(f"unknown field {name!r}; here it is {model.elsewhere[name]!r}")
        if name in model.elsewhere
        else Problem(unknown("field", name, model.model_fields))
        for name in names
        if name not in model.model_fields
    ]
    if wrong:
        raise InputError(wrong)


def _single(model: type[Usage], usage: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    try:
        checked = model.model_validate(dict(usage))
    except ValidationError as error:
        details = error.errors()
        raise InputError(dict.fromkeys(_problem(model, detail, usage) for detail in details)) from None
    return {name: one(getattr(checked, name)) for name in usage}


def _problem(model: type[Usage], detail: ErrorDetails, usage: Mapping[str, Any]) -> Problem:
    """One fault that pydantic found, at its field and with the nearest valid name."""
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if not detail["loc"]:
        return Problem(message)
    field = str(detail["loc"][0])
    value = usage.get(field)
    annotation = model.model_fields[field].annotation
    if field == "engine" and isinstance(value, str) and (meant := engine_named(value))[1]:
        message = f"{value!r} is {meant[0]} on {' or '.join(meant[1])}"
    elif detail["type"] == "literal_error":
        message = unknown(field.replace("_", " "), value, [name for name in typing.get_args(annotation) if name])
    return Problem(message, path=field, value=shown(value))


def _listed(model: type[Usage], bills: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Columns of a list of bills, in which a field that one bill leaves out has its default there."""
    for bill in bills:
        _check_fields(model, bill)
    names = dict.fromkeys(name for bill in bills for name in bill)
    return _many(
        model,
        {name: _as_array([bill.get(name, model.model_fields[name].get_default()) for bill in bills]) for name in names},
    )


def _many(model: type[Usage], arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    problems: list[Problem] = []
    for name, values in arrays.items():
        try:
            columns[name] = _column(model, name, values)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return columns


def _column(model: type[Usage], name: str, array: NDArray[Any]) -> NDArray[Any]:
    field = model.model_fields[name]
    if array.ndim != 1:
        raise InputError("should be a flat list of values", path=name, value=array.shape)
    if field.annotation not in (float, int):
        return _each_distinct(model, name, array)
    if array.dtype.kind not in "fiu":
        array = _each_distinct(model, name, array)
    return _numbers(name, field, array.astype(np.float64))


def _numbers(name: str, field: FieldInfo, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers unchanged. Raises InputError at the first that the field's bounds refuse."""
    _refuse(name, numbers, np.isfinite(numbers), "should be a finite number")
    for bound in field.metadata:
        for attribute, (holds, words) in BOUNDS.items():
            if hasattr(bound, attribute):
                limit = float(getattr(bound, attribute))
                _refuse(name, numbers, holds(numbers, limit), f"should be {words} {limit:g}")
    if field.annotation is int:
        _refuse(name, numbers, numbers == np.floor(numbers), "should be a whole number")
    return numbers


def _refuse(name: str, values: NDArray[Any], right: Any, message: str) -> None:
    if not np.all(right):
        bill = int(np.argmin(right))
        raise InputError(f"{message} (bill {bill})", path=name, value=values[bill].item())


def _each_distinct(model: type[Usage], name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Names, switches and lists: each distinct value is checked once, by the field's own rules."""
    try:
        values, codes = factors(array)
    except TypeError:  # lists have no hash
        values, codes = array.tolist(), np.arange(len(array))
    checked = np.empty(len(values), dtype=object)
    for number, value in enumerate(values):
        try:
            checked[number] = getattr(model.model_validate({name: value}), name)
        except ValidationError as error:
            problem = _problem(model, error.errors()[0], {name: value})
            bill = int(np.argmax(codes == number))
            raise InputError(replace(problem, message=f"{problem.message} (bill {bill})", path=name)) from None
    return checked[codes]


def _is_array(field: FieldInfo, value: Any) -> bool:
    """Whether a value holds one entry per bill, rather than being one list (of Regions, of hourly values)."""
    one_value = field.annotation in (float, int, str, bool) or typing.get_origin(field.annotation) is typing.Literal
    if isinstance(value, np.ndarray):
        return one_value or value.dtype == object
    return hasattr(value, "to_numpy") or (isinstance(value, list) and one_value)


def _as_array(values: Any) -> NDArray[Any]:
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy())
    if isinstance(values, np.ndarray):
        return values
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        with suppress(OverflowError):  # a whole number of hundreds of digits is refused with its place
            return np.array(values, dtype=np.float64)
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return array
