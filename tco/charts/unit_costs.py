"""What a unit costs at different scale: a cluster in fleets of different size, a request at different utilisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked

MAX_COST_RATIO = 3.0
"""Costs beyond this multiple of the on-demand price lie outside the picture."""


@unchecked
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
    cheapest_above`, ascending, shown as vertical rules. sizes: fleet sizes the report is about, marked on the axis.
    """
    frame = theme.checked(frame, ["option"], ["value", "npv_per_cluster"], some=True)
    crossings = theme.checked(crossings, ["cheapest_below", "cheapest_above"], ["value"])
    options = theme.order_of(options or frame["option"])
    data = frame[(frame["value"] > 0) & (frame["npv_per_cluster"] > 0)]
    data = data.assign(label=[formats.money(cost) for cost in data["npv_per_cluster"]])
    low, high = float(data["value"].min()), float(data["value"].max())
    decades = [10.0**power for power in range(-1, 9) if low <= 10.0**power <= high]
    x = alt.X(
        "value:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=theme.number_axis("clusters in the fleet", values=decades),
    )
    levels = _round_values(data["npv_per_cluster"])
    y = alt.Y(
        "npv_per_cluster:Q",
        scale=alt.Scale(type="log", nice=False, domain=[levels[0], levels[-1]]),
        axis=theme.number_axis("USD per cluster, present value", values=levels),
    )
    encoded = alt.Chart().encode(
        x=x,
        y=y,
        color=theme.option_colour(options, shown=frame["option"]),
    )
    lines = encoded.mark_line().encode(strokeDash=theme.option_dash(options, in_legend=False))
    points = encoded.mark_point().encode(
        shape=theme.option_shape(options),
        tooltip=[
            alt.Tooltip("option:N", title="Option"),
            alt.Tooltip("value:Q", title="Clusters", format=",.0f"),
            alt.Tooltip("label:N", title="Per cluster"),
        ],
    )
    layers = [*_crossing_marks(crossings), lines, points] if len(crossings) else [lines, points]
    if len(sizes):
        reported = [size for size in sizes if low <= size <= high]
        marked = alt.Chart(pd.DataFrame({"value": reported})).encode(x=alt.X("value:Q"))
        layers += [
            marked.mark_rule(strokeWidth=1),
            marked.mark_point(shape="triangle-up", size=90, color=theme.INK).encode(
                y=theme.y_pixel(alt.ExprRef("height - 5")),
                tooltip=[alt.Tooltip("value:Q", title="Fleet size", format=",")],
            ),
        ]
    cheapest = str(data.sort_values(["value", "npv_per_cluster"], kind="stable").iloc[0]["option"])
    return theme.finished(
        layered(*layers, data=data),
        title or theme.headed(heading, findings.cost_by_fleet_size(crossings, cheapest, low, high)),
        "Lines of present value per cluster against fleet size, logarithmic",
        320,
        legend=options,
        definition="Present value for each cluster in fleets of the same make-up. Upright lines: sizes of this report; "
        "dotted: where the cheapest option changes.",
        table="cost_by_fleet_size",
    )


@unchecked
def cost_by_utilisation(frame: pd.DataFrame, *, kind: str = "writes", title: str = "", heading: str = "") -> Any:
    """Cost of a million units against average utilisation, a line a capacity mode, the crossings marked.

    frame: `kind, mode, utilisation, cost, crossing` as `tco.analysis.capacity.mode_costs` gives it; kind: which of
    `reads` and `writes` to show.
    """
    frame = theme.checked(frame, ["kind", "mode"], ["utilisation", "cost", "crossing"], some=True)
    data = frame[frame["kind"] == kind].assign(option=lambda rows: rows["mode"])
    modes = theme.order_of(data["mode"])
    highest = MAX_COST_RATIO * float(data.loc[data["mode"] == modes[0], "cost"].max())
    crossings = data.drop_duplicates("mode").dropna(subset=["crossing"]).query("crossing <= 1")
    crossings = crossings.assign(label=[f"{value:.0%}" for value in crossings["crossing"]])
    encoded = alt.Chart(data).encode(
        x=alt.X("utilisation:Q", axis=alt.Axis(title="average utilisation of the capacity", format="%")),
        y=alt.Y("cost:Q", axis=theme.number_axis(f"USD a million {kind}"), scale=alt.Scale(domain=[0, highest])),
        color=theme.option_colour(modes),
    )
    lines = encoded.mark_line(clip=True).encode(strokeDash=theme.option_dash(modes))
    fields = [
        alt.Tooltip("mode:N", title="Mode"),
        alt.Tooltip("utilisation:Q", title="Utilisation", format=".0%"),
        alt.Tooltip("cost:Q", title="USD a million", format=".4f"),
    ]
    points = theme.pointed_at(encoded.transform_filter(f"datum.cost <= {highest}"), fields)
    marks = alt.Chart(crossings).encode(x=alt.X("crossing:Q"))
    rules = marks.mark_rule(strokeDash=[2, 2])
    labels = marks.mark_text(align="left", dx=4, baseline="top").encode(y=theme.y_pixel(4), text=alt.Text("label:N"))
    return theme.finished(
        layered(lines, points, rules, labels),
        title or theme.headed(heading, findings.cost_by_utilisation(crossings, kind)),
        f"Lines of the cost of a million {kind} in each capacity mode against average utilisation",
        280,
        legend=modes,
        definition="Average use of the capacity that is paid for. Dotted: above this use a mode costs less than paying "
        "for each request.",
    )


def _crossing_marks(crossings: pd.DataFrame) -> list[alt.Chart]:
    """A dotted rule at each crossing, with the fleet size beside it, every other one a line lower."""
    labels = [findings.clusters(value) for value in crossings["value"]]
    lines = [place % 2 for place in range(len(crossings))]
    marks = alt.Chart(crossings[["value"]].assign(label=labels, line=lines)).encode(x=alt.X("value:Q"))
    return [
        marks.mark_rule(strokeDash=[2, 3], color=theme.FAINT, strokeWidth=1.5),
        *(
            marks.transform_filter(f"datum.line == {line}")
            .mark_text(align="left", dx=4, fontSize=11)
            .encode(y=theme.y_pixel(8 + 12 * line), text=alt.Text("label:N"))
            for line in (0, 1)
        ),
    ]


def _round_values(amounts: pd.Series[float]) -> list[float]:
    """Round numbers from just below to just above the amounts, five a decade: the labels of a logarithmic axis."""
    rounds = [step * 10.0**power for power in range(-3, 14) for step in (1, 2, 3, 5, 7)]
    first = max(place for place, value in enumerate(rounds) if value <= max(float(amounts.min()), rounds[0]))
    last = min(place for place, value in enumerate(rounds) if value >= min(float(amounts.max()), rounds[-1]))
    return rounds[first : last + 1]
