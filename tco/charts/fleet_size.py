"""What a cluster costs in fleets of different size, and where the cheapest option changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given


@unchecked()
def cost_by_fleet_size(
    frame: pd.DataFrame,
    crossings: pd.DataFrame,
    *,
    options: Sequence[str] | None = None,
    sizes: Sequence[int] = (),
    title: str = "",
    heading: str = "",
) -> Any:
    """Present value per cluster against fleet size, both axes logarithmic, a line per option.

    frame: `value, option, npv_per_cluster` (value: clusters, above 0). crossings: `value, cheapest_below,
    cheapest_above`, ascending, drawn as vertical rules. sizes: fleet sizes the report is about, marked on the axis.
    """
    frame = given(frame, ["option"], ["value", "npv_per_cluster"], some=True)
    crossings = given(crossings, ["cheapest_below", "cheapest_above"], ["value"])
    options = theme.order_of(options or frame["option"])
    data = frame[(frame["value"] > 0) & (frame["npv_per_cluster"] > 0)]
    data = data.assign(label=[formats.money(cost) for cost in data["npv_per_cluster"]])
    low, high = float(data["value"].min()), float(data["value"].max())
    labels = _round_values(data["npv_per_cluster"])
    x = alt.X(
        "value:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(title="clusters in the fleet", values=_decades(low, high), labelExpr="format(datum.value, ',')"),
    )
    encoded = alt.Chart(data).encode(
        x=x,
        y=alt.Y(
            "npv_per_cluster:Q",
            scale=alt.Scale(type="log", nice=False, domain=[labels[0], labels[-1]]),
            axis=theme.number_axis("USD per cluster, present value", values=labels),
        ),
        color=theme.option_colour(options),
        tooltip=[
            alt.Tooltip("option:N", title="Option"),
            alt.Tooltip("value:Q", title="Clusters", format=",.0f"),
            alt.Tooltip("label:N", title="Per cluster"),
        ],
    )
    lines = encoded.mark_line().encode(strokeDash=theme.option_dash(options))
    points = encoded.mark_point().encode(shape=theme.option_shape(options))
    layers: list[alt.Chart] = [lines, points]
    if len(crossings):
        layers = [*_crossing_marks(crossings), *layers]
    if len(sizes):
        marked = alt.Chart(pd.DataFrame({"value": [size for size in sizes if low <= size <= high]}))
        layers.append(
            marked.mark_point(shape="triangle-up", size=90, color=theme.INK, filled=True).encode(
                x=alt.X("value:Q"),
                y=theme.y_pixel(alt.ExprRef("height - 5")),
                tooltip=[alt.Tooltip("value:Q", title="Reported size")],
            )
        )
    cheapest = str(data.sort_values(["value", "npv_per_cluster"], kind="stable").iloc[0]["option"])
    finding = title or theme.headed(heading, findings.cost_by_fleet_size(crossings, cheapest, low, high))
    description = f"Lines of present value per cluster against fleet size, logarithmic. {finding}."
    return theme.finished(layered(*layers), finding, description, 320, legend=options)


def _crossing_marks(crossings: pd.DataFrame) -> list[alt.Chart]:
    """A dotted rule at each crossing, with the fleet size beside it."""
    labels = [findings.clusters(value) for value in crossings["value"]]
    marks = alt.Chart(crossings[["value"]].assign(label=labels)).encode(x=alt.X("value:Q"))
    return [
        marks.mark_rule(strokeDash=[2, 3], color=theme.FAINT, strokeWidth=1.5),
        marks.mark_text(align="left", dx=4, fontSize=11).encode(y=theme.y_pixel(8), text=alt.Text("label:N")),
    ]


def _round_values(amounts: pd.Series[float]) -> list[float]:
    """Round numbers from just below to just above the amounts, five a decade: the labels of a logarithmic axis."""
    rounds = [step * 10.0**power for power in range(-3, 14) for step in (1, 2, 3, 5, 7)]
    first = max(place for place, value in enumerate(rounds) if value <= max(float(amounts.min()), rounds[0]))
    last = min(place for place, value in enumerate(rounds) if value >= min(float(amounts.max()), rounds[-1]))
    return rounds[first : last + 1]


def _decades(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(-1, 9) if low <= 10.0**power <= high]
