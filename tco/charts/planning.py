"""What to do with each group: savings, upgrades against their deadlines, hours against capacity, what-ifs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked
from tco.display import palette

ROW_HEIGHT, PLAN_ROW_HEIGHT = 38, 30
RANGE_OPACITY = 0.45
IN_TIME, LATE, FORCED = "in time", "after its deadline", "forced by the vendor"
STATES = {IN_TIME: palette.REASONS["policy"], LATE: palette.REASONS["slipped"], FORCED: palette.REASONS["forced"]}
"""Shape and colour of a cut-over by how it goes."""
BELOW_TEXT, ROOM, MARK, NEAR = 27.0, 16.0, 8.0, 0.013
"""Pixels from the top of a row to its marks, that marks of equal amounts may take, and of one; the part of the axis
within which amounts are equal."""
TICKS_BY_DAY = 150
"""An axis of fewer days has several ticks a month, which name their day."""
MOST_ROWS = 30
"""Groups that a chart shows; of more, those in front."""


@unchecked
def savings_by_group(
    frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = ""
) -> Any:
    """A bar per group that moves: what moving it saves, over the middle 80 % of draws where there are any.

    frame: `group, option, saving, p10, p90` (USD, present value; p10 and p90 blank without draws), the first to move on
    top; groups without a saving are kept and not drawn. options: the scenario's order, which fixes colours.
    """
    frame = theme.checked(frame, ["group", "option"], ["saving", "p10", "p90"], some=True)
    options = theme.order_of(options or frame["option"])
    data = frame[frame["saving"].notna()].head(MOST_ROWS)
    data = data.assign(
        low=data["p10"].fillna(data["saving"].clip(upper=0.0)),
        high=data["p90"].fillna(data["saving"].clip(lower=0.0)),
        mean=data["saving"].map(formats.money),
    )
    data["range"] = data["low"].map(formats.money) + " to " + data["high"].map(formats.money)
    # What may be cut off where a page is narrow comes last.
    data["caption"] = data["group"] + theme.SEPARATOR + data["mean"] + " (" + data["option"] + ")"
    order = list(data["group"])
    tip = theme.tooltip(group="Group", option="Option", mean="Saving", range="From, to")
    each = alt.Chart().encode(y=theme.row_axis("group", order), tooltip=tip)
    amount = theme.number_axis("USD saved, present value")
    color = theme.option_colour(options, shown=())
    bars = each.mark_bar(height=12, yOffset=8, opacity=RANGE_OPACITY).encode(
        x=alt.X("low:Q", axis=amount, scale=alt.Scale(zero=True)), x2=alt.X2("high:Q"), color=color
    )
    dots = each.mark_point(filled=True, size=60, yOffset=8, opacity=1, stroke=theme.PAPER).encode(
        x=alt.X("saving:Q"), color=color
    )
    names = theme.names_above(each)
    drawn = bool(frame["p10"].notna().any())
    return theme.finished(
        layered(bars, dots, names, data=data),
        title or theme.headed(heading, findings.savings_by_group(frame)),
        "Bars of what moving each group saves",
        ROW_HEIGHT * max(len(order), 1),
        subtitle="Bar: eight of ten draws (P10 to P90). Dot: mean, named." if drawn else "",
        definition="What moving a group saves over the horizon once those above it have moved; what groups share is "
        "counted for the first.",
    )


@unchecked
def upgrade_plan(frame: pd.DataFrame, *, title: str = "", heading: str = "") -> Any:
    """A Gantt chart: a row per group, a bar from the start of work to the last cut-over, each cut-over, the deadline.

    frame: `group, cluster, from_version, to_version, start, cut_over, deadline, slips, forced` of `tco.plan`.
    """
    frame = theme.checked(frame, ["group", "cluster"], ["start", "cut_over", "deadline", "slips", "forced"], some=True)
    rows = theme.order_of(frame["group"])[:MOST_ROWS]
    frame = frame[frame["group"].isin(rows)]
    state = pd.Series(IN_TIME, index=frame.index).mask(frame["slips"], LATE).mask(frame["forced"], FORCED)
    dates = {name: pd.to_datetime(frame[name]).dt.strftime("%Y-%m-%d") for name in ("start", "cut_over", "deadline")}
    each = pd.DataFrame({"group": frame["group"], "cluster": frame["cluster"], "state": state, **dates})
    each["path"] = frame["from_version"].astype(str) + " to " + frame["to_version"].astype(str)
    marks = each.groupby(["group", "cut_over", "state", "deadline", "path"], sort=False, as_index=False).agg(
        clusters=("cluster", "size")
    )
    spans = each.groupby("group", sort=False, as_index=False).agg(
        start=("start", "min"), end=("cut_over", "max"), deadline=("deadline", "min"), path=("path", "first")
    )
    spans["label"] = spans["group"] + theme.SEPARATOR + spans["path"]
    y = alt.Y("group:N", sort=rows, axis=None, scale=alt.Scale(domain=rows, paddingInner=0))
    days = pd.to_datetime(pd.concat([spans["start"], spans["end"], spans["deadline"]]))
    by_day = (days.max() - days.min()).days < TICKS_BY_DAY
    x_axis = alt.Axis(title=None, format="%-d %b %Y" if by_day else "%b %Y", labelAngle=0, tickCount=5)
    begun = alt.Chart(spans).encode(y=y)
    bars = begun.mark_bar(height=8, yOffset=8, color=theme.FAINT, opacity=RANGE_OPACITY).encode(
        x=alt.X("start:T", axis=x_axis), x2=alt.X2("end:T"),
        tooltip=theme.tooltip(group="Group", start="Work begins", end="Last cut-over", deadline="Free patches end"),
    )  # fmt: skip
    ends = begun.mark_tick(thickness=2, height=14, yOffset=8, color=theme.INK).encode(x=alt.X("deadline:T"))
    present = [name for name in STATES if name in set(marks["state"])]
    shapes = alt.Scale(domain=present, range=[STATES[name][0] for name in present])
    points = alt.Chart(marks).mark_point(size=70, opacity=1, filled=True, yOffset=8).encode(
        y=y, x=alt.X("cut_over:T"),
        shape=alt.Shape("state:N", scale=shapes, title=None),
        color=alt.Color("state:N", scale=theme.colour_scale({name: STATES[name][1] for name in present}), title=None),
        tooltip=[
            *theme.tooltip(group="Group", cut_over="Cut-over", path="Versions", deadline="Free patches end"),
            alt.Tooltip("clusters:Q", title="Clusters", format=","),
        ],
    )  # fmt: skip
    names = theme.names_above(begun, "label", rise=8)
    return theme.finished(
        layered(bars, ends, points, names),
        title or theme.headed(heading, findings.upgrade_plan(frame)),
        "Gantt chart of the upgrade plan, a row per group",
        ROW_HEIGHT * len(rows),
        legend=present,
        subtitle="Bar: from the start of work to the last cut-over. Upright line: free patches end.",
        definition="One upgrade of each cluster whose free patches end within the horizon. Mark: a cluster changes to "
        "the version named.",
    )


@unchecked
def load_against_capacity(frame: pd.DataFrame, *, title: str = "", heading: str = "") -> Any:
    """Columns of planned hours by month with the team's capacity as a line.

    frame: `month, hours, capacity` (month `YYYY-MM`).
    """
    frame = theme.checked(frame, ["month"], ["hours", "capacity"], some=True)
    data = frame.assign(
        day=frame["month"] + "-01",
        spent=frame["hours"].map(formats.hours),
        available=frame["capacity"].map(formats.hours),
    )
    shown = theme.tooltip(month="Month", spent="Planned", available="Available")
    months = alt.X(
        "yearmonth(day):T", axis=alt.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": 1})
    )
    each = alt.Chart().encode(x=months)
    columns = each.mark_bar(color=theme.themed(palette.REASONS["policy"][1])).encode(
        y=alt.Y("hours:Q", axis=theme.number_axis("hours a month")), tooltip=shown
    )
    limit = each.mark_line(interpolate="step", color=theme.INK, strokeDash=[4, 3]).encode(y=alt.Y("capacity:Q"))
    points = each.mark_point(opacity=0, size=theme.POINTER_AREA, color=theme.INK).encode(
        y=alt.Y("capacity:Q"), tooltip=shown
    )
    return theme.finished(
        layered(columns, limit, points, data=data),
        title or theme.headed(heading, findings.load_against_capacity(frame)),
        "Columns of planned hours by month, and a line of the hours that the team has",
        180,
        subtitle="Dashed: the hours that the team has for upgrades.",
        definition="Hours of people for the upgrades of the plan, by the month in which they are worked.",
    )


@unchecked
def what_ifs(frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = "") -> Any:
    """A row per what-if with the present value of each option as a dot.

    frame: `what_if, option, npv` (USD), the scenario as written first. options: the scenario's order, for colours.
    """
    frame = theme.checked(frame, ["what_if", "option"], ["npv"], some=True)
    options = theme.order_of(options or frame["option"])
    rows = theme.order_of(frame["what_if"])
    data = frame.assign(label=frame["npv"].map(formats.money))
    best = data.iloc[data.groupby("what_if", sort=False)["npv"].idxmin()]
    data["shift"] = _apart(data)
    data["caption"] = ""
    cheapest = {case: formats.listed(findings.cheapest_alike(each)) for case, each in data.groupby("what_if")}
    data.loc[best.index, "caption"] = (
        best["what_if"] + theme.SEPARATOR + best["what_if"].map(cheapest) + " " + best["label"]
    )
    each = alt.Chart().encode(y=alt.Y("what_if:N", sort=rows, axis=None, scale=alt.Scale(type="band", padding=0)))
    dots = each.mark_point(filled=True, size=70, opacity=1).encode(
        yOffset=alt.YOffset("shift:Q", scale=None),
        x=alt.X("npv:Q", axis=theme.number_axis("USD, present value"), scale=alt.Scale(zero=False)),
        color=theme.option_colour(options),
        shape=theme.option_shape(options),
        tooltip=theme.tooltip(what_if="What if", option="Option", label="Present value"),
    )
    names = theme.names_above(each)
    return theme.finished(
        layered(dots, names.transform_filter("datum.caption"), data=data),
        title or theme.headed(heading, findings.what_ifs(frame)),
        "Dots of the present value of each option, a row per what-if",
        ROW_HEIGHT * len(rows),
        legend=options,
        subtitle="A mark for each option; the cheapest is named.",
        definition="Present value: all cost of the horizon, later cost counted less by the discount rate.",
    )


def _apart(data: pd.DataFrame) -> list[float]:
    """How far below the top of its row each mark is, in pixels: those of equal amounts one below the other."""
    near, shifts = NEAR * float(data["npv"].max() - data["npv"].min()), dict.fromkeys(data.index, BELOW_TEXT)
    for _, row in data.sort_values("npv", kind="stable").groupby("what_if", sort=False):
        for _, alike in row.groupby((row["npv"].diff() > near).cumsum()):
            step = min(MARK, ROOM / max(len(alike) - 1, 1))
            top = BELOW_TEXT - step * (len(alike) - 1) / 2
            shifts |= {mark: top + step * place for place, mark in enumerate(alike.index)}
    return list(shifts.values())
