"""What the options cost: year by year, by category, over time, and where a difference comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco import formats
from tco.charts import findings, theme
from tco.charts.display import layered, unchecked
from tco.charts.stacks import ROW_HEIGHT, stacked_rows
from tco.display import palette
from tco.errors import InputError, unknown

LINE_SHARE = 0.01
"""Smaller cost lines are shown together."""
OTHER_LINES = "all other lines"
LINE_HEIGHT = 36
"""Pixels that a cost line takes."""


@unchecked
def cost_by_year(
    frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = ""
) -> Any:
    """A line per option over the years.

    frame: `option, year, cost` (USD). options: the scenario's order, which fixes colours; default: as in the frame.
    """
    frame = theme.checked(frame, ["option"], ["year", "cost"])
    options = theme.order_of(options or frame["option"])
    data = frame.assign(label=[formats.money(cost) for cost in frame["cost"]])
    encoded = alt.Chart().encode(
        x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0)),
        y=alt.Y("cost:Q", axis=theme.number_axis("USD a year"), scale=alt.Scale(zero=True)),
        color=theme.option_colour(options),
    )
    lines = encoded.mark_line().encode(strokeDash=theme.option_dash(options, in_legend=False))
    points = encoded.mark_point(size=70).encode(
        shape=theme.option_shape(options), tooltip=theme.tooltip(option="Option", year="Year", label="Cost")
    )
    title = title or theme.headed(heading, findings.cost_by_year(frame))
    kind = "Line chart of the cost of each option per year"
    return theme.finished(
        layered(lines, points, data=data),
        title,
        kind,
        240,
        legend=options,
        definition="What each year costs, undiscounted: bills, labour and downtime.",
        table="cost_by_year",
    )


@unchecked
def cost_by_category(
    frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = ""
) -> Any:
    """A bar per option, divided into the categories of cost.

    frame: `option, category, cost` (USD, whole horizon), the cheapest on top. A negative cost (a credit) is left of
    zero.
    """
    frame = theme.checked(frame, ["option", "category"], ["cost"])
    categories = theme.order_of(frame["category"])
    totals = frame.groupby("option", sort=False)["cost"].sum()
    options = sorted(theme.order_of(options or frame["option"]), key=lambda option: float(totals.get(option, 0.0)))
    chart = stacked_rows(
        frame.rename(columns={"option": "row", "category": "part", "cost": "amount"}),
        rows=options,
        parts=categories,
        row_labels={option: f"{option}{theme.SEPARATOR}{formats.money(float(totals[option]))}" for option in options},
        amount_label=formats.number,
        axis_title="USD over the whole horizon",
    )
    return theme.finished(
        chart,
        title or theme.headed(heading, findings.cost_by_category(frame)),
        "Stacked bars of total cost by category, one per option",
        ROW_HEIGHT * len(options),
        legend=categories,
        definition="Cost of the whole horizon. Infrastructure: what the provider bills. "
        "Version upkeep: upgrades, patches and Extended Support. Transition: the move to another platform.",
        table="cost_by_category",
    )


@unchecked
def cost_by_line(frame: pd.DataFrame, *, option: str, maximum: float = 0.0, title: str = "", heading: str = "") -> Any:
    """A bar for each cost line of one option in the colour of its category, the largest on top.

    frame: `option, category, line, cost` (USD, whole horizon). maximum: where the axis ends, so that charts of several
    options can be compared. Lines below a hundredth of the option's cost are one bar, `all other lines`.
    """
    frame, option = theme.checked(frame, ["option", "category", "line"], ["cost"]), str(option)
    own = frame[frame["option"] == option]
    if own.empty:
        raise InputError(unknown("option", option, theme.order_of(frame["option"])), path="option")
    total = float(own["cost"].sum())
    shown = own[own["cost"].abs() >= LINE_SHARE * abs(total)].sort_values("cost", ascending=False, kind="stable")
    rest = total - float(shown["cost"].sum())
    bars = shown.rename(columns={"line": "row", "category": "part", "cost": "amount"})[["row", "part", "amount"]]
    if rest:
        bars = pd.concat([bars, pd.DataFrame({"row": [OTHER_LINES], "part": [OTHER_LINES], "amount": [rest]})])
    parts = [part for part in theme.order_of(frame["category"]) if part in set(bars["part"])] + [OTHER_LINES] * bool(
        rest
    )
    chart = stacked_rows(
        bars,
        rows=list(bars["row"]),
        parts=parts,
        row_labels={
            row: f"{row}{theme.SEPARATOR}{formats.money(float(amount))}"
            for row, amount in zip(bars["row"], bars["amount"], strict=True)
        },
        amount_label=lambda _: "",
        axis_title="USD over the whole horizon",
        maximum=maximum,
        row_height=LINE_HEIGHT,
    )
    return theme.finished(
        chart,
        title or theme.headed(heading or option, findings.cost_by_line(own)),
        f"Bars of the cost lines of {option} by size, coloured by category",
        LINE_HEIGHT * len(bars),
        legend=parts,
        definition="Cost of each line over the whole horizon, undiscounted.",
        table="cost_by_line",
    )


@unchecked
def difference_by_category(
    frame: pd.DataFrame, *, option: str, reference: str, title: str = "", heading: str = ""
) -> Any:
    """A waterfall from the reference's cost to the option's, one step a category, the largest first.

    frame: `option, category, cost, difference` (USD; difference to the reference). The axis is the difference, so
    that small steps between large totals stay visible; the totals are below the title.
    """
    frame = theme.checked(frame, ["option", "category"], ["cost", "difference"])
    option, reference = str(option), str(reference)
    if option not in set(frame["option"]):
        raise InputError(unknown("option", option, theme.order_of(frame["option"])), path="option")
    steps = _waterfall(frame, option)
    order = list(steps["step"])
    base = alt.Chart(steps).encode(
        y=theme.row_axis("step", order),
        tooltip=theme.tooltip(step="Step", label="Amount"),
    )
    colours = theme.colour_scale({"all": palette.FAINT, "more": palette.MORE, "less": palette.LESS})
    x_axis = theme.number_axis(f"USD against {reference}")
    bars = base.mark_bar(height=18, yOffset=9, stroke=theme.INK, strokeWidth=0.6).encode(
        x=alt.X("start:Q", axis=x_axis), x2=alt.X2("end:Q"), color=alt.Color("kind:N", scale=colours, legend=None)
    )
    names = theme.names_above(base, rise=11)
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=theme.INK).encode(x=alt.X("zero:Q"))
    own = frame[frame["option"] == option]
    total = float(own["cost"].sum())
    before = total - float(own["difference"].sum())
    return theme.finished(
        layered(bars, zero, *theme.rimmed(names)),
        title or theme.headed(heading, findings.difference_by_category(frame, option, reference)),
        f"Waterfall from the cost of {reference} to that of {option} by category",
        ROW_HEIGHT * len(order),
        subtitle=f"{reference} {formats.money(before)}, {option} {formats.money(total)}. Green: less. Orange: more.",
        definition=f"What {option} costs more or less than {reference} in each category, undiscounted.",
        table="cost_by_category",
    )


@unchecked
def cost_over_time(
    frame: pd.DataFrame, *, options: Sequence[str] | None = None, title: str = "", heading: str = ""
) -> Any:
    """Cumulative cost month by month, a line per option; where two cross, one has paid for itself.

    frame: `option, period, cost, cumulative` (period `YYYY-MM`, USD).
    """
    frame = theme.checked(frame, ["option", "period"], ["cumulative"])
    options = theme.order_of(options or frame["option"])
    periods = sorted(set(frame["period"]))
    data = frame.assign(
        month=pd.to_datetime(frame["period"]).dt.strftime("%Y-%m-%d"),
        label=[formats.money(cost) for cost in frame["cumulative"]],
        marked=frame["period"].isin(periods[11::12]),
    )
    encoded = alt.Chart().encode(
        x=theme.month_axis(),
        y=alt.Y("cumulative:Q", axis=theme.number_axis("USD since the start")),
        color=theme.option_colour(options, shown=frame["option"]),
    )
    lines = encoded.mark_line().encode(strokeDash=theme.option_dash(options, in_legend=False))
    points = encoded.mark_point().encode(
        shape=theme.option_shape(options),
        tooltip=theme.tooltip(option="Option", period="Month", label="Cost so far"),
        **theme.where("datum.marked"),
    )
    return theme.finished(
        layered(lines, points, data=data),
        title or theme.headed(heading, findings.cost_over_time(frame)),
        "Cumulative cost of each option month by month",
        260,
        legend=options,
        definition="All cost since the start, undiscounted. Where two lines cross, higher spending at the start is "
        "paid back.",
        table="cost_over_time",
    )


def _waterfall(frame: pd.DataFrame, option: str) -> pd.DataFrame:
    """Rows `step, start, end, kind, label, caption`: one step a category, then the whole difference."""
    of_option = frame[(frame["option"] == option) & (frame["difference"] != 0)]
    of_option = of_option.sort_values("difference", key=lambda amounts: -amounts.abs(), kind="stable")
    level = 0.0
    rows = []
    for category, difference in zip(of_option["category"], of_option["difference"], strict=True):
        kind = "more" if difference > 0 else "less"
        rows.append((str(category), level, level + difference, kind, formats.money(float(difference), signed=True)))
        level += float(difference)
    rows.append(("difference in all", 0.0, level, "all", formats.money(level, signed=True)))
    steps = pd.DataFrame(rows, columns=["step", "start", "end", "kind", "label"])
    return steps.assign(caption=steps["step"] + theme.SEPARATOR + steps["label"])
