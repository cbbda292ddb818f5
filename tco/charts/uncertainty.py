"""How sure a cost is: bands over time, the chance to exceed an amount, and what each assumption alone moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked
from tco.display import palette

BAND_OPACITY, INTERVAL_OPACITY = 0.16, 0.45
ROW_HEIGHT = 38
LOW_END, HIGH_END = "P10 of the assumption", "P90 of the assumption"


@unchecked
def intervals(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """A bar per option over the middle 80 % of draws, its median as a line, its mean as a dot; the lowest mean on top.

    frame: `option, p10, p50, mean, p90` (USD, present value). options: the scenario's order, which fixes colours.
    """
    frame = theme.checked(frame, ["option"], ["p10", "p50", "mean", "p90"]).sort_values("mean", kind="stable")
    options = theme.order_of(options or frame["option"])
    data = frame.assign(
        middle=frame["p50"].map(formats.money),
        range=frame["p10"].map(formats.money) + " to " + frame["p90"].map(formats.money),
        average=frame["mean"].map(formats.money),
    )
    data["caption"] = data["option"] + theme.SEPARATOR + data["average"]
    order = list(data["option"])
    tip = theme.tooltip(option="Option", average="Mean", middle="Median", range="P10 to P90")
    each = alt.Chart().encode(y=theme.row_axis("option", order), tooltip=tip)
    amount = theme.number_axis("USD, present value")
    color = theme.option_colour(options, shown=())
    bars = each.mark_bar(height=12, yOffset=8, opacity=INTERVAL_OPACITY).encode(
        x=alt.X("p10:Q", axis=amount, scale=alt.Scale(zero=True)), x2=alt.X2("p90:Q"), color=color
    )
    medians = each.mark_tick(thickness=2, height=12, yOffset=8, color=theme.INK).encode(x=alt.X("p50:Q"))
    means = each.mark_point(filled=True, size=60, yOffset=8, opacity=1, stroke=theme.PAPER).encode(
        x=alt.X("mean:Q"), color=color
    )
    names = theme.names_above(each)
    return theme.finished(
        layered(bars, medians, means, names, data=data),
        title or theme.headed(heading, findings.intervals(frame)),
        "Bars of each option's present value from P10 to P90, with median and mean",
        ROW_HEIGHT * len(order),
        subtitle="Bar: eight of ten draws (P10 to P90). Line: median. Dot: mean, named.",
        definition="Present value: all cost of the horizon, later cost counted less by the discount rate.",
        table="at_a_glance",
    )


@unchecked
def cost_bands(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """Cumulative cost month by month: the median as a line, the middle 80 % of draws as a band.

    frame: `option, period, p10, p50, p90` (period `YYYY-MM`, USD since the start). options: the scenario's order, which
    fixes colours. Bands of more than two or three options hide each other, so pass the rows of those that matter.
    """
    frame = theme.checked(frame, ["option", "period"], ["p10", "p50", "p90"])
    options = theme.order_of(options or frame["option"])
    data = frame.assign(
        month=pd.to_datetime(frame["period"]).dt.strftime("%Y-%m-%d"),
        label=[
            f"{formats.money(middle)} ({formats.money(low)} to {formats.money(high)})"
            for low, middle, high in zip(frame["p10"], frame["p50"], frame["p90"], strict=True)
        ],
    )
    encoded = alt.Chart().encode(
        x=theme.month_axis(),
        color=theme.option_colour(options, shown=frame["option"]),
    )
    y_axis = theme.number_axis("USD since the start")
    ribbons = encoded.mark_area(opacity=BAND_OPACITY).encode(y=alt.Y("p10:Q", axis=y_axis), y2=alt.Y2("p90:Q"))
    middle = encoded.encode(y=alt.Y("p50:Q", axis=y_axis))
    lines = middle.mark_line().encode(strokeDash=theme.option_dash(options))
    points = theme.pointed_at(middle, theme.tooltip(option="Option", period="Month", label="Median (P10 to P90)"))
    return theme.finished(
        layered(ribbons, lines, points, data=data),
        title or theme.headed(heading, findings.cost_bands(frame)),
        "Median of cumulative cost with the band from P10 to P90 of each option, month by month",
        260,
        legend=theme.order_of(frame["option"]),
        subtitle="Line: median. Shade: eight of ten draws (P10 to P90).",
        definition="All cost since the start, undiscounted.",
        table="cost_bands",
    )


@unchecked
def exceedance(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """The probability that an option costs more than an amount, a falling line per option.

    frame: `option, amount, probability` (USD).
    """
    frame = theme.checked(frame, ["option"], ["amount", "probability"])
    options = theme.order_of(options or frame["option"])
    data = frame.assign(label=[formats.money(amount) for amount in frame["amount"]])
    encoded = alt.Chart().encode(
        x=alt.X("amount:Q", axis=theme.number_axis("USD, present value"), scale=alt.Scale(zero=False, nice=False)),
        y=alt.Y(
            "probability:Q",
            axis=alt.Axis(title="probability to cost more", format=".0%"),
            scale=alt.Scale(domain=[0, 1]),
        ),
        color=theme.option_colour(options),
    )
    lines = encoded.mark_line(interpolate="monotone").encode(
        strokeDash=theme.option_dash(options), order=alt.Order("amount:Q")
    )
    chance = alt.Tooltip("probability:Q", title="Probability", format=".0%")
    points = theme.pointed_at(encoded, [*theme.tooltip(option="Option", label="More than"), chance])
    title = title or theme.headed(heading, findings.exceedance(frame))
    kind = "Falling lines: the probability that each option costs more than an amount"
    return theme.finished(
        layered(lines, points, data=data),
        title,
        kind,
        260,
        legend=options,
        definition="In what share of draws the present value is higher than an amount. Further left is cheaper, "
        "steeper is surer.",
        table="exceedance",
    )


@unchecked
def tornado(frame: pd.DataFrame, *, outcome: str, rows: int = 12, title: str = "", heading: str = "") -> Any:
    """A bar per assumption from the result at its 10th percentile to that at its 90th, the widest on top.

    frame: `label, unit, p10, p90, at_p10, at_p90, point, swing` (USD); `.attrs["note"]` goes under the chart. outcome:
    what the result is, for the axis.
    """
    frame = theme.checked(frame, ["label"], ["p10", "p90", "at_p10", "at_p90", "point", "swing"])
    note = f" {frame.attrs['note']}" if frame.attrs.get("note") else ""
    data = frame.head(rows).copy()
    point = float(frame["point"].iloc[0]) if len(frame) else 0.0
    # The unit is in the table behind the chart: on a phone there is no room for it here.
    ends = zip(data["label"], data["p10"], data["p90"], strict=True)
    order = [
        f"{label}{theme.SEPARATOR}{formats.significant(float(low))} to {formats.significant(float(high))}"
        for label, low, high in ends
    ]
    sides = {LOW_END: "at_p10", HIGH_END: "at_p90"}
    bars = pd.concat(
        [
            data.assign(row=order, end=data[column], side=side, start=point)[["row", "start", "end", "side"]]
            for side, column in sides.items()
        ],
        ignore_index=True,
    )
    bars["label"] = [formats.money(float(amount)) for amount in bars["end"]]
    row = theme.row_axis("row", order)
    colours = theme.colour_scale({LOW_END: palette.LOW, HIGH_END: palette.HIGH})
    swings = (
        alt.Chart(bars)
        .mark_bar(height=14, yOffset=8)
        .encode(
            y=row,
            x=alt.X("start:Q", axis=theme.number_axis(outcome), scale=alt.Scale(zero=False)),
            x2=alt.X2("end:Q"),
            color=alt.Color("side:N", scale=colours, title=None),
            tooltip=theme.tooltip(row="Assumption", side="At", label="Result"),
        )
    )
    names = theme.names_above(alt.Chart(bars.drop_duplicates("row")).encode(y=row), "row")
    centre = alt.Chart(pd.DataFrame({"point": [point]})).mark_rule(color=theme.INK).encode(x=alt.X("point:Q"))
    return theme.finished(
        layered(swings, centre, *theme.rimmed(names)),
        title or theme.headed(heading, findings.tornado(frame)),
        "Bars of how far each assumption alone moves the result between its P10 and P90",
        ROW_HEIGHT * max(len(order), 1),
        legend=list(sides),
        definition=f"{outcome}, as one assumption goes through eight tenths of its range and all others keep their "
        f"means. The upright line: the difference on average, to which the bars are scaled.{note}",
        table="tornado",
    )
