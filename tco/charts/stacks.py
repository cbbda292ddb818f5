"""Horizontal bars divided into parts, each row's name above its bar so that a phone shows long names too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco.charts import theme
from tco.charts.display import layered

ROW_HEIGHT = 50
"""Pixels a row takes: the name, its bar and the space between."""
SMALLEST_LABELLED_SHARE = 0.14
"""Parts narrower than this share of the longest bar carry no number: it would not fit."""


def stacked_rows(
    frame: pd.DataFrame,
    *,
    rows: Sequence[str],
    parts: Sequence[str],
    row_labels: Mapping[str, str],
    amount_label: Callable[[float], str],
    axis_title: str,
    maximum: float = 0.0,
) -> Any:
    """Layers of one bar a row; positive parts run right of zero, negative ones left.

    frame: `row, part, amount`. row_labels: the text above each bar. maximum: the axis reaches at least this far.
    """
    segments = stacked_segments(frame, rows, parts)
    segments["label"] = [amount_label(amount) for amount in segments["amount"]]
    segments["caption"] = segments["row"].map(dict(row_labels))
    longest = max(maximum, float(segments["end"].max()))
    labelled = segments[segments["amount"].abs() >= SMALLEST_LABELLED_SHARE * (longest or 1.0)]
    row = alt.Y("row:N", sort=list(rows), axis=None, scale=alt.Scale(paddingInner=0, domain=list(rows)))
    domain = alt.Scale(domain=[min(0.0, float(segments["start"].min())), longest or 1.0], nice=False)
    length = alt.X("start:Q", axis=theme.number_axis(axis_title), scale=domain)
    tooltip = [
        alt.Tooltip("row:N", title="Option"),
        alt.Tooltip("part:N", title="Part"),
        alt.Tooltip("label:N", title="Amount"),
    ]
    bars = (
        alt.Chart(segments)
        .mark_bar(height=20, yOffset=9, stroke=theme.PAPER, strokeWidth=1)
        .encode(y=row, x=length, x2=alt.X2("end:Q"), color=theme.part_colour(parts), tooltip=tooltip)
    )
    amounts = (
        alt.Chart(labelled)
        .mark_text(yOffset=9, fontSize=11)
        .encode(y=row, x=alt.X("middle:Q"), text=alt.Text("label:N"), color=theme.text_on_parts(parts))
    )
    captions = (
        alt.Chart(segments.drop_duplicates("row"))
        .mark_text(align="left", dy=-11, clip=True)
        .encode(y=row, x=theme.x_pixel(0), text=alt.Text("caption:N"))
    )
    return layered(bars, amounts, captions).resolve_scale(color="independent")


def stacked_segments(frame: pd.DataFrame, rows: Sequence[str], parts: Sequence[str]) -> pd.DataFrame:
    """`row, part, amount, start, middle, end` of each part: negative ones to the left of zero, in the order given."""
    amounts = frame.groupby(["row", "part"], sort=False)["amount"].sum()
    segments = []
    for row in rows:
        right = left = 0.0
        for part in parts:
            amount = float(amounts.get((row, part), 0.0))
            start, end = (right, right + amount) if amount >= 0 else (left + amount, left)
            right, left = (end, left) if amount >= 0 else (right, start)
            segments.append((row, part, amount, start, (start + end) / 2, end))
    return pd.DataFrame(segments, columns=["row", "part", "amount", "start", "middle", "end"])
