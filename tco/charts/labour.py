"""Whose hours an option takes, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.building import unchecked
from tco.charts.frame_checks import given


@unchecked()
def labour_by_quarter(
    frame: pd.DataFrame,
    *,
    option: str,
    roles: Sequence[str] | None = None,
    maximum: float = 0.0,
    title: str = "",
    heading: str = "",
) -> Any:
    """Stacked columns of one option's labour hours, a column a quarter, divided by role.

    frame: `option, quarter, role, labour_hours` (quarter such as `2027 Q1`). roles: the order that fixes colours;
    maximum: where the axis ends, so that charts of several options can be compared; default: its own.
    """
    roles = list(roles or theme.order_of(frame["role"]))
    frame, option = given(frame, ["option", "quarter", "role"], ["labour_hours"]), str(option)
    of_option = frame[frame["option"] == option]
    data = of_option.assign(
        label=[formats.hours(value) for value in of_option["labour_hours"]],
        stack=[roles.index(str(role)) for role in of_option["role"]],
    )
    scale = alt.Scale(domain=[0, maximum], nice=True) if maximum else alt.Scale(nice=True)
    chart = (
        alt.Chart(data)
        .mark_bar(stroke=theme.PAPER, strokeWidth=0.7)
        .encode(
            x=alt.X(
                "quarter:O",
                axis=alt.Axis(
                    title=None,
                    labelAngle=0,
                    labelOverlap=False,
                    labelExpr="slice(datum.label, -2) == 'Q1' ? slice(datum.label, 0, 4) : ''",
                ),
            ),
            y=alt.Y("labour_hours:Q", axis=theme.number_axis("hours a quarter"), scale=scale),
            color=theme.part_colour(roles, "role"),
            order=alt.Order("stack:Q"),
            tooltip=[
                alt.Tooltip("quarter:N", title="Quarter"),
                alt.Tooltip("role:N", title="Role"),
                alt.Tooltip("label:N", title="Hours"),
            ],
        )
    )
    finding = title or theme.headed(heading or option, findings.labour_by_quarter(of_option))
    description = f"Stacked columns of labour hours of {option} by quarter and role. {finding}."
    return theme.finished(chart, finding, description, 180, legend=roles)
