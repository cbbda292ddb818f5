"""How many minutes a cluster is down in a year, and by what."""

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
from tco.charts.stacks import ROW_HEIGHT, stacked_rows

PARTS = ("database", "application")
"""Parts of a line in the order they are drawn; others follow."""


@unchecked()
def downtime_by_line(
    frame: pd.DataFrame,
    *,
    options: Sequence[str] | None = None,
    band: tuple[float, float] | None = None,
    band_label: str = "",
    title: str = "",
    heading: str = "",
) -> Any:
    """A bar per option of downtime minutes per cluster and year, divided by line, database and application apart.

    frame: `option, line, part, minutes_per_cluster_year`. band: a published range of minutes drawn behind the bars,
    explained by band_label below the title.
    """
    frame = given(frame, ["option", "line", "part"], ["minutes_per_cluster_year"])
    options = theme.order_of(options or frame["option"])
    ordered = frame.iloc[_reading_order(frame)]
    parts = ordered.assign(
        part=[part_name(line, part) for line, part in zip(ordered["line"], ordered["part"], strict=True)]
    )
    present = parts.groupby("part", sort=False)["minutes_per_cluster_year"].sum()
    shown = [part for part in present.index if abs(present[part]) > 0]
    totals = frame.groupby("option", sort=False)["minutes_per_cluster_year"].sum()
    chart = stacked_rows(
        parts.rename(columns={"option": "row", "minutes_per_cluster_year": "amount"}),
        rows=options,
        parts=shown or list(present.index),
        row_labels={option: f"{option}  ·  {formats.minutes(float(totals.get(option, 0.0)))}" for option in options},
        amount_label=lambda amount: formats.minutes(amount).removesuffix(" min"),
        axis_title="minutes per cluster and year",
        maximum=1.05 * band[1] if band else 0.0,
    )
    if band:
        chart = layered(*_band(band), chart).resolve_scale(color="independent")
    finding = title or theme.headed(heading, findings.downtime_by_line(frame))
    description = f"Stacked bars of downtime per cluster and year, one per option. {finding}."
    return theme.finished(
        chart, finding, description, ROW_HEIGHT * len(options), legend=shown, subtitle=band_label if band else ""
    )


def _reading_order(frame: pd.DataFrame) -> list[int]:
    """Positions of the rows with each line's parts together, the database's minutes before the application's."""
    lines = theme.order_of(frame["line"])
    keys = [
        (lines.index(line), PARTS.index(part) if part in PARTS else len(PARTS))
        for line, part in zip(frame["line"], frame["part"], strict=True)
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def part_name(line: str, part: str) -> str:
    """How a part of the downtime is named in the legend: `planned downtime, database`."""
    return line if part in ("", "none") or part in line else f"{line}, {part}"


def _band(band: tuple[float, float]) -> list[alt.Chart]:
    low, high = band
    data = alt.Chart(pd.DataFrame({"low": [low], "high": [high]}))
    shade = data.mark_rect(color=theme.SHADE).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"))
    edges = [data.mark_rule(color=theme.FAINT, strokeDash=[3, 3]).encode(x=f"{side}:Q") for side in ("low", "high")]
    return [shade, *edges]
