"""Usage as a person gives it, checked against a platform's usage model and turned into columns: a mapping is
one bill; a mapping that holds arrays, a list of mappings or a DataFrame is many. Both ways obey the same
bounds.
"""

from __future__ import annotations

import typing
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tco.errors import InputError, Problem, shown, unknown
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
    """The columns of the given usage and the index of its bills; no index where it is one plain bill.

    Only fields that are given become columns. Raises InputError, which lists every fault at its field:
    unknown fields with the nearest known ones, wrong types, numbers out of bounds, NaN and infinite ones.
    """
    if isinstance(usage, Usage):
        usage = usage.model_dump(exclude_unset=True)
    if hasattr(usage, "columns") and hasattr(usage, "index"):  # a DataFrame, which need not be imported to be known
        _check_fields(model, usage.columns)
        return _many(model, {str(name): usage[name].to_numpy() for name in usage.columns}), list(usage.index)
    if isinstance(usage, Mapping):
        _check_fields(model, usage)
        sizes = {name: len(value) for name, value in usage.items() if _is_array(model.model_fields[name], value)}
        if not sizes:
            return _single(model, usage), None
        size = max(sizes.values())
        wrong = [Problem(f"has {n} values, another field {size}", path=name) for name, n in sizes.items() if n != size]
        if wrong:
            raise InputError(wrong)
        given = {name: value if name in sizes else _repeated(value, size) for name, value in usage.items()}
        return _many(model, given), range(size)
    if isinstance(usage, Sequence) and not isinstance(usage, str) and all(isinstance(bill, Mapping) for bill in usage):
        return _listed(model, usage), range(len(usage))
    raise InputError("usage is a mapping of fields, a list of such mappings or a DataFrame", value=usage)


def _check_fields(model: type[Usage], names: typing.Iterable[Any]) -> None:
    wrong = [Problem(unknown("field", name, model.model_fields)) for name in names if name not in model.model_fields]
    if wrong:
        raise InputError(wrong)


def _single(model: type[Usage], usage: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    try:
        checked = model.model_validate(dict(usage))
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            field = str(detail["loc"][0]) if detail["loc"] else ""
            value = usage.get(field)
            message = _sentence(model.model_fields[field], value, detail["msg"]) if field else detail["msg"]
            problems.append(Problem(message.removeprefix("Value error, "), path=field, value=shown(value)))
        raise InputError(dict.fromkeys(problems)) from None
    return {name: one(getattr(checked, name)) for name in usage}


def _listed(model: type[Usage], bills: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Columns of a list of bills, in which a field that one bill leaves out has its default there."""
    for bill in bills:
        _check_fields(model, bill)
    names = dict.fromkeys(name for bill in bills for name in bill)
    given = {}
    for name in names:
        default = model.model_fields[name].get_default()
        column = np.empty(len(bills), dtype=object)
        column[:] = [bill.get(name, default) for bill in bills]
        given[name] = column
    return _many(model, given)


def _many(model: type[Usage], given: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    problems: list[Problem] = []
    for name, values in given.items():
        try:
            columns[name] = _column(model.model_fields[name], values)
        except InputError as error:
            problems += error.located(path=name).problems
    if problems:
        raise InputError(problems)
    return columns


def _column(field: FieldInfo, values: Any) -> NDArray[Any]:
    array = values if isinstance(values, np.ndarray) else _as_array(values)
    if array.ndim != 1:
        raise InputError("is not a flat list of values", value=array.shape)
    if field.annotation in (float, int) and array.dtype.kind in "fiub":
        return _numbers(field, array.astype(np.float64))
    return _each_distinct(field, array)


def _numbers(field: FieldInfo, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers unchanged. Raises InputError at the first that the field's bounds refuse."""
    _refuse(numbers, np.isfinite(numbers), "Input should be a finite number")
    for bound in field.metadata:
        for attribute, (holds, words) in BOUNDS.items():
            if hasattr(bound, attribute):
                limit = float(getattr(bound, attribute))
                _refuse(numbers, holds(numbers, limit), f"Input should be {words} {limit:g}")
    if field.annotation is int:
        _refuse(numbers, numbers == np.floor(numbers), "Input should be a whole number")
    return numbers


def _refuse(values: NDArray[Any], right: Any, message: str) -> None:
    if not np.all(right):
        bill = int(np.argmin(right))
        raise InputError(f"{message} (bill {bill})", value=values[bill].item())


def _each_distinct(field: FieldInfo, array: NDArray[Any]) -> NDArray[Any]:
    """Names, switches and lists: each distinct value is checked once, by the field's own rules."""
    annotation: Any = typing.Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation, config={"allow_inf_nan": False})
    checked: dict[str, Any] = {}
    column = np.empty(len(array), dtype=object)
    for bill, value in enumerate(array.tolist()):
        key = value if isinstance(value, str) else repr(value)
        if key not in checked:
            try:
                checked[key] = adapter.validate_python(value)
            except ValidationError as error:
                message = _sentence(field, value, error.errors(include_url=False)[0]["msg"])
                raise InputError(f"{message} (bill {bill})", value=value) from None
        column[bill] = checked[key]
    return column.astype(np.float64) if field.annotation in (float, int) else column


def _sentence(field: FieldInfo, value: Any, message: str) -> str:
    if typing.get_origin(field.annotation) is typing.Literal:
        return unknown("name", value, typing.get_args(field.annotation))
    return message


def _is_array(field: FieldInfo, value: Any) -> bool:
    """Whether a value holds one entry a bill, rather than being one list (of Regions, of hourly values)."""
    if isinstance(value, np.ndarray) or (hasattr(value, "to_numpy") and hasattr(value, "index")):
        return True
    return isinstance(value, list) and field.annotation in (float, int, str, bool)


def _as_array(values: Any) -> NDArray[Any]:
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy())
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in array)
    return array.astype(np.float64) if numeric else array


def _repeated(value: Any, size: int) -> NDArray[Any]:
    column = np.empty(size, dtype=object)
    for bill in range(size):
        column[bill] = value
    return column
