"""The specification of a chart, its data written out here where altair's own way takes most of the time.

altair copies a frame and has pandas look at each column several times. Columns of numbers and of text need none of it.
"""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from tco.charts.building import unchecked

ALTAIRS_OWN = "default"
"""The name of what altair offers where nobody has chosen otherwise."""
MOST_ROWS = 5000
"""altair refuses to draw longer frames."""
TEXT = {str, type(None)}
PLAIN = TEXT | {float, int, bool}


@unchecked()
def specification(chart: Any) -> dict[str, Any]:
    """What `chart.to_dict(validate=False)` gives."""
    if alt.data_transformers.active == ALTAIRS_OWN and not alt.data_transformers.options:
        try:
            return dict(_written_out(chart).to_dict(validate=False))
        except (TypeError, ValueError):  # a channel whose type altair finds in the frame alone
            pass
    return dict(chart.to_dict(validate=False))


def _written_out(chart: Any) -> Any:
    """A copy of the chart that holds values in place of every frame whose columns are plain."""
    copy = chart.copy(deep=False)
    if isinstance(copy.data, pd.DataFrame) and (values := records(copy.data)) is not None:
        copy.data = {"values": values}
    if isinstance(copy, alt.LayerChart):
        copy.layer = [_written_out(layer) for layer in copy.layer]
    return copy


def records(frame: pd.DataFrame) -> list[dict[str, Any]] | None:
    """The rows of a frame as altair writes them into a chart; None for one with more in it than numbers and text."""
    names = list(frame.columns)
    if len(frame) > MOST_ROWS or isinstance(frame.index, pd.MultiIndex) or len(set(names)) < len(names):
        return None
    columns = [values for name in names if isinstance(name, str) and (values := _plain(frame[name])) is not None]
    if len(columns) < len(names):
        return None
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any] | None:
    """The values of a column, None for those that are missing or infinite; nothing where they are not all plain."""
    values = column.tolist()
    kinds = {type(value) for value in values}
    if float in kinds:
        values = [None if type(value) is float and not math.isfinite(value) else value for value in values]
    return values if kinds <= (TEXT if column.dtype == object else PLAIN) else None
