"""What decides whether a chart can be drawn, apart from what does not: texts, and how large its numbers are.

Two charts of one kind have the same marks, fields, scales and settings; in each field of their data the same names, and
numbers of the same signs, missing ones among them or not. If one of them draws marks, so does the other. Names and
texts may differ in the numbers that stand in them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

NUMBER = re.compile(r"[-+−]?\d[\d.,]*")
TEXTS = frozenset({"title", "subtitle", "description", "text"})
"""Keys of what is written, not drawn by."""
UNORDERED = frozenset({"domain", "sort"})
"""Keys of names whose order decides where marks stand, not whether they do."""
IGNORED = frozenset({"usermeta", "datasets"})
SEVERAL = 2
"""Rows of data from which on their number decides nothing."""


def kind(chart: Mapping[str, Any]) -> bytes:
    """A key that charts of one kind have in common; a chart that filters or computes its data is of its own kind."""
    try:
        whole: Any = _Reading(chart.get("datasets", {})).whole(chart)
    except _Transformed:
        whole = chart
    return hashlib.sha256(json.dumps(whole).encode()).digest()


class _Transformed(Exception):
    """The chart filters or computes its data."""


class _Reading:
    """One chart, with data by name. Names of data, which tell their content, become their order of use."""

    def __init__(self, datasets: Mapping[str, Any]) -> None:
        self._datasets = datasets
        self._places: dict[str, int] = {}

    def whole(self, chart: Mapping[str, Any]) -> Any:
        """All that decides whether the chart can be drawn. Raises _Transformed."""
        return [self._part(chart, ""), [_rows(self._datasets[name]) for name in self._places]]

    def _part(self, part: Any, key: str) -> Any:
        if isinstance(part, Mapping):
            return self._mapping(part, key)
        if isinstance(part, list):
            return self._list(part, key)
        return "text" if key in TEXTS and isinstance(part, str) and part else part

    def _mapping(self, part: Mapping[str, Any], key: str) -> Any:
        if "transform" in part:
            raise _Transformed
        if key == "data":
            others = {name: value for name, value in sorted(part.items()) if name not in ("values", "name")}
            if part.get("name") in self._datasets:
                return [self._places.setdefault(part["name"], len(self._places)), others]
            return [part.get("name"), others, _rows(part["values"]) if "values" in part else None]
        return {name: self._part(part[name], name) for name in sorted(part) if name not in IGNORED}

    def _list(self, part: list[Any], key: str) -> Any:
        if part and all(isinstance(one, str) for one in part):
            names = ["text"] if key in TEXTS and any(part) else [_without_numbers(one) for one in part]
            return sorted(names) if key in UNORDERED else names
        if all(isinstance(one, int | float) for one in part):
            return [[_sign(one) for one in part], [after > before for before, after in pairwise(part)]]
        return [self._part(one, key) for one in part]


def _rows(rows: Any) -> Any:
    """What there is in each field of some rows of data, and whether there are several of them."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return rows
    found: dict[str, set[str]] = {}
    for row in rows:
        for field, value in row.items():
            found.setdefault(field, set()).add(_value(value))
    missing = {field: any(field not in row for row in rows) for field in found}
    return [min(len(rows), SEVERAL), [[field, missing[field], sorted(found[field])] for field in sorted(found)]]


def _value(value: Any) -> str:
    if isinstance(value, bool | None):
        return str(value)
    if isinstance(value, int | float):
        return _sign(value)
    return f"'{_without_numbers(value)}" if isinstance(value, str) else json.dumps(value)


def _sign(number: float) -> str:
    return "+" if number > 0 else "-" if number < 0 else "0" if number == 0 else "no number"


def _without_numbers(text: str) -> str:
    return NUMBER.sub("#", text)
