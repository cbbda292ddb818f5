"""Who wins where two numbers vary at once, drawn as a map of fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tco import formats
from tco.charts import theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given
from tco.charts.uncertainty import ticks

CLEAR_LEAD = 0.3
"""From this lead on (a share of the cheapest option's cost) a field is drawn in full colour."""
FAINTEST = 0.35


@unchecked()
def cheapest_map(
    frame: pd.DataFrame,
    *,
    x_name: str,
    y_name: str,
    options: Sequence[str] | None = None,
    here: tuple[float, float] | None = None,
    title: str = "",
    heading: str = "",
) -> Any:
    """A field for each pair of values in the colour of the cheapest option, the paler the closer the second is.

    frame: `x, y, cheapest, second, lead, lead_share` on a grid with values above 0. here: where the scenario stands.
    """
    frame = given(frame, ["cheapest", "second"], ["x", "y", "lead_share"], some=True)
    options = theme.order_of(options or frame["cheapest"])
    lead = frame["lead_share"].fillna(0.0).clip(0, CLEAR_LEAD) / CLEAR_LEAD
    data = frame.assign(
        option=frame["cheapest"],
        strength=FAINTEST + (1 - FAINTEST) * lead,
        label=[formats.share(share) for share in frame["lead_share"]],
        **_edges(frame, "x"),
        **_edges(frame, "y"),
    )
    x_edges, y_edges = ((float(data[f"{axis}_from"].min()), float(data[f"{axis}_to"].max())) for axis in ("x", "y"))
    x_axis = theme.number_axis(x_name, values=ticks(*x_edges), grid=False)
    y_axis = theme.number_axis(y_name, values=ticks(*y_edges), grid=False)
    fields = (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X("x_from:Q", scale=alt.Scale(type="log", nice=False, domain=list(x_edges)), axis=x_axis),
            y=alt.Y("y_from:Q", scale=alt.Scale(type="log", nice=False, domain=list(y_edges)), axis=y_axis),
            x2=alt.X2("x_to:Q"),
            y2=alt.Y2("y_to:Q"),
            color=theme.option_colour(options),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("x:Q", title=x_name, format=",.3~g"),
                alt.Tooltip("y:Q", title=y_name, format=",.3~g"),
                alt.Tooltip("option:N", title="Cheapest"),
                alt.Tooltip("second:N", title="Next"),
                alt.Tooltip("label:N", title="Costs more by"),
            ],
        )
    )
    layers: list[alt.Chart] = [fields]
    if here is not None:
        spot = alt.Chart(pd.DataFrame({"x": [here[0]], "y": [here[1]], "name": ["this scenario"]}))
        placed = spot.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
        cross = placed.mark_point(shape="cross", size=120, filled=True, color=theme.INK, stroke=theme.PAPER)
        layers.append(cross)
        halo = placed.mark_text(align="left", dx=9, dy=-7, stroke=theme.PAPER, strokeWidth=3, strokeJoin="round")
        named = placed.mark_text(align="left", dx=9, dy=-7, color=theme.INK)
        layers += [mark.encode(text=alt.Text("name:N")) for mark in (halo, named)]
    finding = title or theme.headed(heading, map_finding(frame))
    description = f"A map of the cheapest option by {x_name} and {y_name}. {finding}."
    return theme.finished(layered(*layers), finding, description, 320, legend=options)


def map_finding(frame: pd.DataFrame) -> str:
    """How much of the map each winner holds."""
    shares = frame["cheapest"].value_counts(normalize=True)
    if len(shares) == 1:
        return f"{shares.index[0]} is cheapest everywhere on the map"
    parts = [f"{option} on {formats.share(float(share))}" for option, share in shares.items()]
    return f"Cheapest: {formats.listed(parts)} of the map"


def _edges(frame: pd.DataFrame, axis: str) -> dict[str, Any]:
    """The borders of each field, half way (in ratio) to its neighbours."""
    values = np.array(sorted(set(frame[axis])), dtype=float)
    if len(values) == 1:
        borders = np.array([values[0] / 2, values[0] * 2])
    else:
        middle = np.sqrt(values[1:] * values[:-1])
        borders = np.array([values[0] ** 2 / middle[0], *middle, values[-1] ** 2 / middle[-1]])
    places = np.searchsorted(values, frame[axis].to_numpy(float))
    return {f"{axis}_from": borders[places], f"{axis}_to": borders[places + 1]}
