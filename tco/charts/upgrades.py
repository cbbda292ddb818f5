"""When which clusters must move to which version."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from tco.charts import findings, theme
from tco.charts.building import unchecked
from tco.charts.display import layered
from tco.charts.frame_checks import given
from tco.display import palette

ROW_HEIGHT = 34


@unchecked()
def upgrade_timeline(frame: pd.DataFrame, *, start: str = "", end: str = "", title: str = "", heading: str = "") -> Any:
    """A row per cluster group with a mark for each major upgrade, labelled with the version it leads to.

    frame: `date, from_version, to_version, path, reason, group, clusters` of one option; an empty `to_version` is a
    stranded cluster; `projected`, if there, marks dates that nobody has announced. start, end: what the time axis
    shows (`YYYY-MM-DD`); default: the events' own range.
    """
    frame = given(frame, ["to_version", "reason", "group"], ["date", "path", "clusters"])
    data = _events(frame)
    domain = [value for value in (start, end) if value]
    reasons = [reason for reason in palette.REASONS if reason in set(data["reason"])]
    shapes = alt.Scale(domain=reasons, range=[palette.REASONS[reason][0] for reason in reasons])
    colours = theme.colour_scale({reason: palette.REASONS[reason][1] for reason in reasons})
    rows = theme.order_of(data["group"])
    base = alt.Chart(data).encode(
        x=alt.X(
            "day:T",
            axis=alt.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": 1}, labelFlush=False),
            scale=alt.Scale(domain=domain) if len(domain) == 2 else alt.Scale(nice=True),
        ),
        y=alt.Y("group:N", sort=rows, axis=alt.Axis(title=None, grid=True, ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("group:N", title="Group"),
            alt.Tooltip("date:N", title="Date"),
            alt.Tooltip("path:N", title="Path"),
            alt.Tooltip("reason:N", title="Reason"),
            alt.Tooltip("clusters:Q", title="Clusters", format=","),
        ],
    )
    points = base.mark_point(size=95, opacity=1).encode(
        shape=alt.Shape("reason:N", scale=shapes, title=None),
        color=alt.Color("reason:N", scale=colours, title=None),
    )
    labels = base.mark_text(dy=-12, fontSize=11, clip=False).encode(text=alt.Text("label:N"))
    finding = title or theme.headed(heading, findings.upgrade_timeline(frame))
    note = "* projected from the engine's own cadence" if any(_mark(frame) == "*") else ""
    description = f"Timeline of major version upgrades, a row per cluster group. {finding}."
    return theme.finished(
        layered(points, labels), finding, description, ROW_HEIGHT * len(rows), legend=reasons, subtitle=note
    )


def _mark(frame: pd.DataFrame) -> pd.Series[str]:
    """What stands behind the version of an upgrade whose date is projected."""
    projected = frame["projected"] if "projected" in frame else pd.Series(False, index=frame.index)
    return projected.map({True: "*", False: ""})


def _events(frame: pd.DataFrame) -> pd.DataFrame:
    """The upgrades as drawn: date as text, path written out, what stands at the mark."""
    stranded = frame["to_version"] == ""
    return pd.DataFrame(
        {
            "day": [str(date)[:10] for date in frame["date"]],
            "date": [str(date)[:10] for date in frame["date"]],
            "group": frame["group"].astype(str),
            "path": [path if isinstance(path, str) else " > ".join(path) for path in frame["path"]],
            "reason": frame["reason"].where(~stranded, "stranded"),
            "clusters": frame["clusters"],
            "label": (frame["to_version"] + _mark(frame)).where(~stranded, "stranded"),
        }
    )
