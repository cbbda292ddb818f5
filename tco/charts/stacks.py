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
MIN_LABELLED_SHARE = 0.14
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
    row_height: int = ROW_HEIGHT,
) -> Any:
    """Layers of one bar a row; positive parts run right of zero, negative ones left.

    frame: `row, part, amount`. row_labels: the text above each bar. maximum: the axis reaches at least this far.
    row_height: pixels of a row, of which its bar takes two fifths.
    """
    segments = stacked_segments(frame, rows, parts)
    longest = max(maximum, float(segments["end"].max())) or 1.0
    segments["label"] = [amount_label(amount) for amount in segments["amount"]]
    segments["inside"] = segments["label"].where(segments["amount"].abs() >= MIN_LABELLED_SHARE * longest, "")
    segments["caption"] = segments["row"].map(dict(row_labels)).where(~segments["row"].duplicated(), "")
    row = alt.Y("row:N", sort=list(rows), axis=None, scale=alt.Scale(paddingInner=0, domain=list(rows)))
    scale = alt.Scale(domain=[min(0.0, float(segments["start"].min())), longest], nice=False)
    length = alt.X("start:Q", axis=theme.number_axis(axis_title), scale=scale)
    each = alt.Chart().encode(y=row)
    thickness, below = 0.4 * row_height, 0.18 * row_height
    bars = each.mark_bar(height=thickness, yOffset=below, stroke=theme.PAPER, strokeWidth=1).encode(
        x=length,
        x2=alt.X2("end:Q"),
        color=theme.part_colour(parts),
        tooltip=theme.tooltip(row="Option", part="Part", label="Amount"),
    )
    amounts = each.mark_text(yOffset=below, fontSize=11).encode(
        x=alt.X("middle:Q"), text=alt.Text("inside:N"), color=theme.text_on_parts(parts)
    )
    captions = theme.names_above(each, rise=0.22 * row_height)
    named = theme.rimmed(captions.transform_filter("datum.caption"))
    layers = layered(bars, amounts.transform_filter("datum.inside"), *named, data=segments)
    return layers.resolve_scale(color="independent")


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
