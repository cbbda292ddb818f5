"""What the options take besides money: upgrades by date, hours of labour by quarter, minutes of downtime in a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked
from tco.charts.stacks import ROW_HEIGHT, stacked_rows
from tco.display import palette, words

PARTS = ("database", "application")
"""Parts of a line of downtime in the order of the stack; others follow."""
TIMELINE_ROW_HEIGHT = 38
NARROWEST = 330
"""Pixels of a plot on a phone, on which labels have to find room."""
MARK_WIDTH = 18
"""Pixels of a mark and of the gaps on both its sides."""
LANES = {"middle": 8, "above": 0, "below": 10}
"""Pixels below the middle of a row at which marks stand: those that would cover each other one above the other."""
MOST_VERSIONS = 3
"""Versions that one label names; of more, the first and the last."""
YEAR_AT_FIRST_QUARTER = "slice(datum.label, -2) == 'Q1' ? slice(datum.label, 0, 4) : ''"


@unchecked
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
    frame, option = theme.checked(frame, ["option", "quarter", "role"], ["labour_hours"]), str(option)
    own = frame[frame["option"] == option]
    data = own.assign(
        label=[formats.hours(value) for value in own["labour_hours"]],
        stack=[roles.index(str(role)) for role in own["role"]],
    )
    years = alt.Axis(title=None, labelAngle=0, labelOverlap=False, labelExpr=YEAR_AT_FIRST_QUARTER)
    scale = alt.Scale(domain=[0, maximum], nice=True) if maximum else alt.Scale(nice=True)
    chart = (
        alt.Chart(data)
        .mark_bar(stroke=theme.PAPER, strokeWidth=0.7)
        .encode(
            x=alt.X("quarter:O", axis=years),
            y=alt.Y("labour_hours:Q", axis=theme.number_axis("hours a quarter"), scale=scale),
            color=theme.part_colour(roles, "role"),
            order=alt.Order("stack:Q"),
            tooltip=theme.tooltip(quarter="Quarter", role="Role", label="Hours"),
        )
    )
    return theme.finished(
        chart,
        title or theme.headed(heading or option, findings.labour_by_quarter(own)),
        f"Stacked columns of labour hours of {option} by quarter and role",
        180,
        legend=roles,
        definition="Hours of people by the quarter in which they are worked.",
        table="labour_by_quarter",
    )


@unchecked
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

    frame: `option, line, part, minutes_per_cluster_year`, the shortest bar on top. band: a published range of minutes
    of planned downtime behind the bars, which then show planned downtime alone; band_label explains it.
    """
    frame = theme.checked(frame, ["option", "line", "part"], ["minutes_per_cluster_year"])
    options = theme.order_of(options or frame["option"])
    finding = findings.downtime_by_line(frame) if band else findings.downtime_in_all(frame)
    if band:
        frame = frame[frame["line"] == findings.PLANNED]
    ordered = frame.iloc[_reading_order(frame)]
    parts = ordered.assign(
        part=[part_name(line, part) for line, part in zip(ordered["line"], ordered["part"], strict=True)]
    )
    present = parts.groupby("part", sort=False)["minutes_per_cluster_year"].sum()
    shown = [part for part in present.index if abs(present[part]) > 0]
    totals = frame.groupby("option", sort=False)["minutes_per_cluster_year"].sum()
    options = sorted(options, key=lambda option: float(totals.get(option, 0.0)))
    chart = stacked_rows(
        parts.rename(columns={"option": "row", "minutes_per_cluster_year": "amount"}),
        rows=options,
        parts=shown or list(present.index),
        row_labels={
            option: f"{option}{theme.SEPARATOR}{formats.minutes(float(totals.get(option, 0.0)))}" for option in options
        },
        amount_label=lambda amount: formats.minutes(amount).removesuffix(" min"),
        axis_title="minutes per cluster and year",
        maximum=1.05 * band[1] if band else 0.0,
    )
    return theme.finished(
        layered(*_band(band), chart).resolve_scale(color="independent") if band else chart,
        title or theme.headed(heading, finding),
        "Stacked bars of downtime per cluster and year, one per option",
        ROW_HEIGHT * len(options),
        legend=shown,
        subtitle=band_label if band else "",
        definition="Minutes in which a cluster (database) or its application cannot be used, an average cluster and "
        "year.",
        table="downtime",
    )


@unchecked
def upgrade_timeline(frame: pd.DataFrame, *, start: str = "", end: str = "", title: str = "", heading: str = "") -> Any:
    """A row per cluster group with a mark for each major upgrade, labelled with the version it leads to.

    frame: `date, from_version, to_version, path, reason, group, clusters` of one option; an empty `to_version` is a
    stranded cluster; `projected`, if there, marks dates that are not announced. start, end: what the time axis
    shows (`YYYY-MM-DD`); default: the events' own range.
    """
    frame = theme.checked(frame, ["to_version", "reason", "group"], ["date", "path", "clusters"])
    domain = [value for value in (start, end) if value]
    data = _with_room(_events(frame), domain)
    styles = {words.said(words.REASONS, reason): style for reason, style in palette.REASONS.items()}
    reasons = [reason for reason in styles if reason in set(data["reason"])]
    shapes = alt.Scale(domain=reasons, range=[styles[reason][0] for reason in reasons])
    colours = theme.colour_scale({reason: styles[reason][1] for reason in reasons})
    rows = theme.order_of(frame["group"])
    base = alt.Chart().encode(
        x=alt.X(
            "day:T",
            axis=alt.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": 1}, labelFlush=False),
            scale=alt.Scale(domain=domain) if len(domain) == 2 else alt.Scale(nice=True),
        ),
        y=alt.Y("group:N", sort=rows, axis=None, scale=alt.Scale(domain=rows, paddingInner=0)),
        tooltip=[
            alt.Tooltip("group:N", title="Group"),
            alt.Tooltip("date:N", title="Date"),
            alt.Tooltip("path:N", title="Path"),
            alt.Tooltip("reason:N", title="Reason"),
            alt.Tooltip("clusters:Q", title="Clusters", format=","),
        ],
    )
    marks = base.encode(
        shape=alt.Shape("reason:N", scale=shapes, title=None), color=alt.Color("reason:N", scale=colours, title=None)
    )
    points = [
        marks.transform_filter(f"datum.lane == '{lane}'").mark_point(size=95, opacity=1, yOffset=down)
        for lane, down in LANES.items()
        if lane in set(data["lane"])
    ]
    text = base.encode(text=alt.Text("label:N"))
    beside = [
        text.transform_filter("datum.side == 'left'").mark_text(align="left", dx=MARK_WIDTH / 2, yOffset=8),
        text.transform_filter("datum.side == 'right'").mark_text(align="right", dx=-MARK_WIDTH / 2, yOffset=8),
    ]
    row = alt.Chart(pd.DataFrame({"group": rows})).encode(y=alt.Y("group:N", sort=rows, axis=None))
    ends = {"x": alt.XValue(0), "x2": alt.X2Value("width")}  # type: ignore[no-untyped-call]
    lines = row.mark_rule(color=theme.GRID, yOffset=8).encode(**ends)
    names = theme.names_above(row, "group", rise=8)
    return theme.finished(
        layered(lines, *points, *beside, names, data=data),
        title or theme.headed(heading, findings.upgrade_timeline(frame)),
        "Timeline of major version upgrades, a row per cluster group",
        TIMELINE_ROW_HEIGHT * len(rows),
        legend=reasons,
        subtitle="* expected from the engine's past releases, not announced" if any(_mark(frame) == "*") else "",
        definition="Major upgrades of each group: at a mark, its clusters change to the version beside it.",
        table="calendar",
    )


def part_name(line: str, part: str) -> str:
    """How a part of the downtime is named in the legend: `planned downtime, database`."""
    return line if part in ("", "none") or part in line else f"{line}, {part}"


def _reading_order(frame: pd.DataFrame) -> list[int]:
    """Positions of the rows with each line's parts together, the database's minutes before the application's."""
    lines = theme.order_of(frame["line"])
    keys = [
        (lines.index(line), PARTS.index(part) if part in PARTS else len(PARTS))
        for line, part in zip(frame["line"], frame["part"], strict=True)
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _band(band: tuple[float, float]) -> list[alt.Chart]:
    low, high = band
    data = alt.Chart(pd.DataFrame({"low": [low], "high": [high]}))
    shade = data.mark_rect(color=theme.SHADE).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"))
    edges = [data.mark_rule(color=theme.FAINT, strokeDash=[3, 3]).encode(x=f"{side}:Q") for side in ("low", "high")]
    return [shade, *edges]


def _with_room(events: pd.DataFrame, domain: Sequence[str]) -> pd.DataFrame:
    """The events by day, with the `label` and its `side` that have room on a narrow page.

    Marks of a row that stand too close for a label each share one, beside the last of them: its text is set flush
    `left` there, or flush `right` before the first of them where the time axis ends.
    """
    ordered = events.sort_values("day", kind="stable", ignore_index=True)
    days = pd.to_datetime(ordered["day"])
    ends = pd.to_datetime(pd.Series(domain)) if len(domain) > 1 else days
    pixel = max((ends.max() - ends.min()).days, 1) / NARROWEST if len(ends) else 1
    labels, sides = [""] * len(ordered), [""] * len(ordered)
    lanes = ["middle"] * len(ordered)
    for places in ordered.groupby("group", sort=False).groups.values():
        together: list[int] = []
        for place, after in zip(places, [*places[1:], None], strict=True):
            together.append(place)
            if len(together) > 1 and (days[place] - days[together[-2]]).days < MARK_WIDTH / 2 * pixel:
                before = together[-2]
                if ordered["reason"].iloc[before] == ordered["reason"].iloc[place]:
                    lanes[place] = lanes[before]  # of the same reason they read as one
                else:
                    lanes[before] = "above" if lanes[before] == "middle" else lanes[before]
                    lanes[place] = "below" if lanes[before] == "above" else "above"
            versions = list(dict.fromkeys(ordered["label"].iloc[together]))
            text = ", ".join(versions) if len(versions) <= MOST_VERSIONS else f"{versions[0]} … {versions[-1]}"
            needed = (theme.LETTER_WIDTH * len(text) + MARK_WIDTH) * pixel
            if after is not None and (days[after] - days[place]).days < needed:
                continue
            at_end = (ends.max() - days[place]).days < needed
            shown = together[0] if at_end else place
            labels[shown], sides[shown] = text, "right" if at_end else "left"
            together = []
    return ordered.assign(label=labels, side=sides, lane=lanes)


def _mark(frame: pd.DataFrame) -> pd.Series[str]:
    """An asterisk for each upgrade whose date is projected."""
    projected = frame["projected"] if "projected" in frame else pd.Series(False, index=frame.index)
    return projected.map({True: "*", False: ""})


def _events(frame: pd.DataFrame) -> pd.DataFrame:
    """The upgrades as shown: date as text, path written out, the label of the mark."""
    stranded = frame["to_version"] == ""
    return pd.DataFrame(
        {
            "day": [str(date)[:10] for date in frame["date"]],
            "date": [str(date)[:10] for date in frame["date"]],
            "group": frame["group"].astype(str),
            "path": [path if isinstance(path, str) else " > ".join(path) for path in frame["path"]],
            "reason": [
                words.said(words.REASONS, reason) for reason in frame["reason"].where(~stranded, "stranded").map(str)
            ],
            "clusters": frame["clusters"],
            "label": (frame["to_version"] + _mark(frame)).where(~stranded, "stranded"),
        }
    )
