"""Which option is cheapest: how often as one number changes, and where on a map of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked

CLEAR_LEAD = 0.3
"""From this lead on (a share of the cheapest option's cost) a field has its full colour."""
MIN_STRENGTH = 0.35
MIN_TICKS = 4
VISIBLE = 0.01
"""From this probability on an area can be seen, and has a legend."""


@unchecked
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
    frame = theme.checked(frame, ["option"], ["value", "probability"], some=True)
    options = theme.order_of(options or frame["option"])
    low, high = float(frame["value"].min()), float(frame["value"].max())
    scale = alt.Scale(type="log" if low > 0 else "linear", domain=[low, high], nice=False)
    places = {option: place for place, option in enumerate(options)}
    data = frame.assign(place=frame["option"].map(places), label=[formats.share(p) for p in frame["probability"]])
    encoded = alt.Chart().encode(
        x=alt.X("value:Q", scale=scale, axis=theme.number_axis(what, values=ticks(low, high))),
        y=alt.Y(
            "probability:Q",
            stack="zero",
            axis=alt.Axis(title="probability to be cheapest", format=".0%"),
            scale=alt.Scale(domain=[0, 1]),
        ),
        color=theme.option_colour(options, shown=_winning(options, frame.query("probability >= @VISIBLE")["option"])),
        order=alt.Order("place:Q"),
    )
    option, share = theme.tooltip(option="Option", label="Cheapest in")
    areas = encoded.mark_area(stroke=theme.PAPER, strokeWidth=0.6).encode(tooltip=[option])
    points = theme.pointed_at(encoded, [option, alt.Tooltip("value:Q", title=what, format=",.3~r"), share])
    title = title or theme.headed(heading, findings.chance_by_value(frame, what))
    kind = f"Stacked areas: the probability that each option is cheapest, by {what}"
    return theme.finished(
        layered(areas, points, data=data),
        title,
        kind,
        260,
        legend=options,
        definition=f"In what share of draws each option is the cheapest, by {what}.",
        table="chance_by_value",
    )


@unchecked
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

    frame: `x, y, cheapest, second, lead, lead_share` on a grid with values above 0. here: the place of the scenario.
    """
    frame = theme.checked(frame, ["cheapest", "second"], ["x", "y", "lead_share"], some=True)
    options = theme.order_of(options or frame["cheapest"])
    lead = frame["lead_share"].fillna(0.0).clip(0, CLEAR_LEAD) / CLEAR_LEAD
    data = frame.assign(
        option=frame["cheapest"],
        strength=MIN_STRENGTH + (1 - MIN_STRENGTH) * lead,
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
            color=theme.option_colour(options, shown=_winning(options, frame["cheapest"])),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("x:Q", title=x_name, format=",.3~r"),
                alt.Tooltip("y:Q", title=y_name, format=",.3~r"),
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
        to_the_right = here[0] < float(frame["x"].median())  # where there is room for it
        side: Literal["left", "right"] = "left" if to_the_right else "right"
        away = 9 if to_the_right else -9
        named = placed.mark_text(align=side, dx=away, dy=-7, color=theme.INK).encode(text=alt.Text("name:N"))
        layers += theme.rimmed(named)
    return theme.finished(
        layered(*layers),
        title or theme.headed(heading, findings.cheapest_map(frame)),
        f"A map of the cheapest option by {x_name} and {y_name}",
        320,
        legend=options,
        subtitle=f"Full colour: the cheapest leads by {formats.share(CLEAR_LEAD)} or more. The paler, the closer.",
        definition="The option of the lowest present value at these two numbers, at the means of assumptions scaled to "
        "what each option costs on average at the fleet's own place.",
        table="map",
    )


def _winning(options: Sequence[str], winners: pd.Series[Any]) -> list[str]:
    """The options that are the cheapest anywhere, in their order: only these need a legend."""
    distinct = set(winners)
    return [option for option in options if option in distinct]


def ticks(low: float, high: float) -> list[float]:
    """Round values for a logarithmic axis: powers of ten, and where these are few, 2 and 5 times them too.

    >>> ticks(1, 10_000), ticks(3, 40)
    ([1.0, 10.0, 100.0, 1000.0, 10000.0], [5.0, 10.0, 20.0])
    """
    steps = [(factor, 10.0**power) for power in range(-3, 10) for factor in (1, 2, 5)]
    every = [factor * size for factor, size in steps if low <= factor * size <= high]
    decades = [size for factor, size in steps if factor == 1 and low <= size <= high]
    return decades if len(decades) >= MIN_TICKS else every


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
