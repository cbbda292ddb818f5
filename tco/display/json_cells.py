"""What the cells of a frame hold, as JSON can hold it: quick for text and numbers, which most cells hold."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The frame's rows: no digit lost, what is missing or infinite None, a day its ISO text, a list joined by ` > `."""
    columns = [[_json_value(value) for value in frame.iloc[:, place].tolist()] for place in range(frame.shape[1])]
    return [list(row) for row in zip(*columns, strict=True)] or [[] for _ in frame.index]


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    kind = type(value)
    if kind is float:
        return math.isnan(value)
    if kind is str or kind is int:
        return False
    return value is None or (not isinstance(value, str | list | tuple) and bool(pd.isna(value)))


def _json_value(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is str or kind is int or kind is bool:
        return value
    if isinstance(value, list | tuple):
        return " > ".join(str(part) for part in value)
    if is_missing(value):
        return None
    if hasattr(value, "item"):
        return _json_value(value.item())
    return json.loads(json.dumps(value)) if isinstance(value, str | int) else str(value)[:10]
