"""What drives a result, drawn: the swing that each assumption alone brings about."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given
from tco.display import palette

ROW_HEIGHT = 38


@unchecked()
def tornado(frame: pd.DataFrame, *, outcome: str, rows: int = 12, title: str = "", heading: str = "") -> Any:
    """A bar per assumption from the result at its 10th percentile to that at its 90th, the widest on top.

    frame: `label, unit, p10, p90, at_p10, at_p90, point, swing` (USD). outcome: what the result is, for the axis.
    """
    frame = given(frame, ["label"], ["p10", "p90", "at_p10", "at_p90", "point", "swing"])
    data = frame.head(rows).copy()
    ends = [("P10 of the assumption", "at_p10"), ("P90 of the assumption", "at_p90")]
    point = float(frame["point"].iloc[0]) if len(frame) else 0.0
    # The unit stands in the table behind the chart: on a phone there is no room for it here.
    captions = zip(data["label"], data["p10"], data["p90"], strict=True)
    order = [f"{label}  ·  {swing_text(float(low), float(high))}" for label, low, high in captions]
    bars = pd.concat(
        [
            data.assign(row=order, end=data[column], side=side, start=point)[["row", "start", "end", "side"]]
            for side, column in ends
        ],
        ignore_index=True,
    )
    bars["label"] = [formats.money(float(amount)) for amount in bars["end"]]
    row = alt.Y("row:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0))
    colours = theme.colour_scale(dict(zip([side for side, _ in ends], (palette.LOW, palette.HIGH), strict=True)))
    drawn = (
        alt.Chart(bars)
        .mark_bar(height=14, yOffset=8)
        .encode(
            y=row,
            x=alt.X("start:Q", axis=theme.number_axis(outcome), scale=alt.Scale(zero=False)),
            x2=alt.X2("end:Q"),
            color=alt.Color("side:N", scale=colours, title=None),
            tooltip=[
                alt.Tooltip("row:N", title="Assumption"),
                alt.Tooltip("side:N", title="At"),
                alt.Tooltip("label:N", title="Result"),
            ],
        )
    )
    caption = alt.Chart(bars.drop_duplicates("row")).mark_text(align="left", dy=-9, clip=True)
    names = caption.encode(y=row, x=theme.x_pixel(0), text=alt.Text("row:N"))
    centre = alt.Chart(pd.DataFrame({"point": [point]})).mark_rule(color=theme.INK).encode(x=alt.X("point:Q"))
    finding = title or theme.headed(heading, tornado_finding(frame))
    description = f"Bars of how far each assumption alone moves the result between its P10 and P90. {finding}."
    return theme.finished(
        layered(drawn, centre, names),
        finding,
        description,
        max(ROW_HEIGHT * len(order), ROW_HEIGHT),
        legend=[side for side, _ in ends],
    )


def tornado_finding(frame: pd.DataFrame) -> str:
    """Which assumption moves the result most, and by how much; frame: `label, at_p10, at_p90, swing`."""
    if frame.empty:
        return "No assumption moves the result"
    first = frame.iloc[0]
    sentence = f"{first['label']} moves the result most, by {formats.money(abs(float(first['swing'])))}"
    if len(frame) == 1:
        return sentence
    return f"{sentence}; then {frame.iloc[1]['label'].lower()}, {formats.money(abs(float(frame.iloc[1]['swing'])))}"


def swing_text(low: float, high: float) -> str:
    """The two values of an assumption: `264 to 1,860`."""
    return f"{formats.number(low)} to {formats.number(high)}"
