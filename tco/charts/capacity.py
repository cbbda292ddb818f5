"""Where a table's capacity modes cost the same: the price of a unit against how well provisioned capacity is used."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tco.charts import theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given

HIGHEST = 3.0
"""Costs beyond this multiple of the on-demand price lie outside the picture."""


@unchecked()
def cost_by_utilisation(frame: pd.DataFrame, *, kind: str = "writes", title: str = "", heading: str = "") -> Any:
    """Cost of a million units against average utilisation, a line a capacity mode, the crossings marked.

    frame: `kind, mode, utilisation, cost, crossing` as `tco.analysis.capacity.mode_costs` gives it; kind: which of the
    two to draw.
    """
    frame = given(frame, ["kind", "mode"], ["utilisation", "cost", "crossing"], some=True)
    data = frame[frame["kind"] == kind].assign(option=lambda rows: rows["mode"])
    modes = theme.order_of(data["mode"])
    highest = HIGHEST * float(data.loc[data["mode"] == modes[0], "cost"].max())
    at = data.drop_duplicates("mode").dropna(subset=["crossing"])
    at = at[at["crossing"] <= 1].assign(label=[f"{value:.0%}" for value in at.loc[at["crossing"] <= 1, "crossing"]])
    lines = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=alt.X("utilisation:Q", axis=alt.Axis(title="average utilisation of the capacity", format="%")),
            y=alt.Y("cost:Q", axis=theme.number_axis(f"USD a million {kind}"), scale=alt.Scale(domain=[0, highest])),
            color=theme.option_colour(modes),
            strokeDash=theme.option_dash(modes),
            tooltip=[
                alt.Tooltip("mode:N", title="Mode"),
                alt.Tooltip("utilisation:Q", title="Utilisation", format=".0%"),
                alt.Tooltip("cost:Q", title="USD a million", format=".4f"),
            ],
        )
    )
    rules = alt.Chart(at).mark_rule(strokeDash=[2, 2]).encode(x=alt.X("crossing:Q"))
    labels = alt.Chart(at).mark_text(align="left", dx=4, baseline="top").encode(
        x=alt.X("crossing:Q"), y=theme.y_pixel(4), text=alt.Text("label:N")
    )  # fmt: skip
    finding = title or theme.headed(heading, _finding(at, kind))
    return theme.finished(
        layered(lines, rules, labels),
        finding,
        f"Lines of the cost of a million {kind} in each capacity mode against average utilisation. {finding}.",
        280,
        legend=modes,
    )


def _finding(at: pd.DataFrame, kind: str) -> str:
    said = [f"{row.mode} from {row.label} utilisation" for row in at.itertuples()]
    return f"{kind.capitalize()} are cheaper {', '.join(said)} than on demand" if said else f"{kind} stay on demand"
