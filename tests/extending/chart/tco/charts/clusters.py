"""What a cluster costs a month, option by option."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import theme
from tco.charts.display import unchecked


@unchecked
def cost_per_cluster(frame: pd.DataFrame, *, title: str = "", heading: str = "") -> Any:
    """A bar per option: what a cluster costs a month.

    frame: `option, cost_per_cluster_month` (USD).
    """
    frame = theme.checked(frame, ["option"], ["cost_per_cluster_month"], some=True)
    options = theme.order_of(frame["option"])
    data = frame.assign(label=[formats.money(cost) for cost in frame["cost_per_cluster_month"]])
    chart = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("cost_per_cluster_month:Q", axis=theme.number_axis("USD a cluster and month")),
            y=alt.Y("option:N", sort=options, axis=None),
            color=theme.option_colour(options),
            tooltip=theme.tooltip(option="Option", label="Cost"),
        )
    )
    cheapest = data.loc[data["cost_per_cluster_month"].idxmin()]
    finding = f"A cluster costs least with {cheapest['option']}: {cheapest['label']} a month"
    kind = "Bars of the cost of a cluster and month, one per option"
    return theme.finished(chart, title or theme.headed(heading, finding), kind, 30 * len(options), legend=options)
