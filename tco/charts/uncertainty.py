"""How sure a cost is, drawn: bands over time, the chance to exceed an amount, and who is cheapest how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given

BAND_OPACITY = 0.16
ENOUGH_TICKS = 4


@unchecked()
def cost_bands(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """Cumulative cost month by month: the median as a line, the middle 80 % of draws as a band.

    frame: `option, period, p10, p50, p90` (period `YYYY-MM`, USD since the start). options: the scenario's order, which
    fixes colours. Bands of more than two or three options hide each other, so pass the rows of those that matter.
    """
    frame = given(frame, ["option", "period"], ["p10", "p50", "p90"])
    options = theme.order_of(options or frame["option"])
    data = frame.assign(
        month=pd.to_datetime(frame["period"]).dt.strftime("%Y-%m-%d"),
        label=[
            f"{formats.money(middle)} ({formats.money(low)} to {formats.money(high)})"
            for low, middle, high in zip(frame["p10"], frame["p50"], frame["p90"], strict=True)
        ],
    )
    encoded = alt.Chart(data).encode(
        x=alt.X("month:T", axis=alt.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": 1})),
        color=theme.option_colour(options).legend(symbolOpacity=1, values=theme.order_of(frame["option"])),
        tooltip=[
            alt.Tooltip("option:N", title="Option"),
            alt.Tooltip("period:N", title="Month"),
            alt.Tooltip("label:N", title="Median (P10 to P90)"),
        ],
    )
    y_axis = theme.number_axis("USD since the start")
    ribbons = encoded.mark_area(opacity=BAND_OPACITY).encode(y=alt.Y("p10:Q", axis=y_axis), y2=alt.Y2("p90:Q"))
    lines = encoded.mark_line().encode(y=alt.Y("p50:Q", axis=y_axis), strokeDash=theme.option_dash(options))
    finding = title or theme.headed(heading, bands_finding(frame))
    description = f"Median of cumulative cost with the band from P10 to P90 of each option, month by month. {finding}."
    return theme.finished(layered(ribbons, lines), finding, description, 260, legend=theme.order_of(frame["option"]))


@unchecked()
def exceedance(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """The probability that an option costs more than an amount, a falling line per option.

    frame: `option, amount, probability` (USD).
    """
    frame = given(frame, ["option"], ["amount", "probability"])
    options = theme.order_of(options or frame["option"])
    data = frame.assign(label=[formats.money(amount) for amount in frame["amount"]])
    chart = (
        alt.Chart(data)
        .mark_line(interpolate="monotone")
        .encode(
            x=alt.X("amount:Q", axis=theme.number_axis("USD, present value"), scale=alt.Scale(zero=False, nice=False)),
            y=alt.Y(
                "probability:Q",
                axis=alt.Axis(title="probability to cost more", format=".0%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=theme.option_colour(options),
            strokeDash=theme.option_dash(options),
            order=alt.Order("amount:Q"),
            tooltip=[
                alt.Tooltip("option:N", title="Option"),
                alt.Tooltip("label:N", title="More than"),
                alt.Tooltip("probability:Q", title="Probability", format=".0%"),
            ],
        )
    )
    finding = title or theme.headed(heading, exceedance_finding(frame))
    description = f"Falling lines: the probability that each option costs more than an amount. {finding}."
    return theme.finished(chart, finding, description, 260, legend=options)


@unchecked()
def chance_by_value(
    frame: pd.DataFrame,
    *,
    what: str,
    options: Sequence[str] | None = None,
    title: str = "",
    heading: str = "",
) -> Any:
    """How often each option is cheapest as one number changes, stacked to 1.

    frame: `value, option, probability` (value above 0 for a logarithmic axis). what: what the number is, for the axis.
    """
    frame = given(frame, ["option"], ["value", "probability"], some=True)
    options = theme.order_of(options or frame["option"])
    low, high = float(frame["value"].min()), float(frame["value"].max())
    scale = alt.Scale(type="log" if low > 0 else "linear", domain=[low, high], nice=False)
    places = {option: place for place, option in enumerate(options)}
    data = frame.assign(place=frame["option"].map(places), label=[formats.share(p) for p in frame["probability"]])
    chart = (
        alt.Chart(data)
        .mark_area(stroke=theme.PAPER, strokeWidth=0.6)
        .encode(
            x=alt.X("value:Q", scale=scale, axis=theme.number_axis(what, values=ticks(low, high))),
            y=alt.Y(
                "probability:Q",
                stack="zero",
                axis=alt.Axis(title="probability to be cheapest", format=".0%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=theme.option_colour(options),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("option:N", title="Option"),
                alt.Tooltip("value:Q", title=what, format=",.3~g"),
                alt.Tooltip("label:N", title="Cheapest in"),
            ],
        )
    )
    finding = title or theme.headed(heading, chance_finding(frame, what))
    description = f"Stacked areas: the probability that each option is cheapest, by {what}. {finding}."
    return theme.finished(chart, finding, description, 260, legend=options)


def bands_finding(frame: pd.DataFrame) -> str:
    """What the options have cost by the end, in the middle 80 % of draws."""
    if frame.empty:
        return "No costs"
    last = frame[frame["period"] == frame["period"].max()].sort_values("p50", kind="stable").iloc[0]
    return (
        f"By {last['period']} {last['option']} has cost {formats.money(float(last['p10']))} to "
        f"{formats.money(float(last['p90']))} in 80% of draws, {formats.money(float(last['p50']))} at the median"
    )


def exceedance_finding(frame: pd.DataFrame) -> str:
    """The amounts that are exceeded in one case of ten, of the option that is safest there and of the riskiest."""
    if frame.empty:
        return "No costs"
    nearest = frame.assign(gap=(frame["probability"] - 0.1).abs()).sort_values("gap", kind="stable")
    one_in_ten = nearest.drop_duplicates("option").sort_values("amount", kind="stable")
    safest, riskiest = one_in_ten.iloc[0], one_in_ten.iloc[-1]
    sentence = f"One time in ten {safest['option']} costs more than {formats.money(float(safest['amount']))}"
    if len(one_in_ten) == 1:
        return sentence
    return f"{sentence}, {riskiest['option']} more than {formats.money(float(riskiest['amount']))}"


def chance_finding(frame: pd.DataFrame, what: str) -> str:
    """Who is the likeliest winner at the lowest and at the highest value."""
    ends = []
    for value in (frame["value"].min(), frame["value"].max()):
        best = frame[frame["value"] == value].sort_values("probability", ascending=False, kind="stable").iloc[0]
        ends.append((formats.number(float(value)), str(best["option"]), formats.share(float(best["probability"]))))
    (low, first, chance), (high, last, other) = ends
    if first == last:
        return f"{first} is likeliest to be cheapest at {low} ({chance}) and at {high} ({other}) {what}"
    return f"{first} is likeliest to be cheapest at {low} ({chance}), {last} at {high} {what} ({other})"


def ticks(low: float, high: float) -> list[float]:
    """Round values for a logarithmic axis: powers of ten, and where these are few, 2 and 5 times them too.

    >>> ticks(1, 10_000), ticks(3, 40)
    ([1.0, 10.0, 100.0, 1000.0, 10000.0], [5.0, 10.0, 20.0])
    """
    steps = [(factor, 10.0**power) for power in range(-3, 10) for factor in (1, 2, 5)]
    every = [factor * size for factor, size in steps if low <= factor * size <= high]
    decades = [size for factor, size in steps if factor == 1 and low <= size <= high]
    return decades if len(decades) >= ENOUGH_TICKS else every
