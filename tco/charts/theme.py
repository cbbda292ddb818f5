"""What every chart shares: the check of its frame, dashes, shapes, number labels and the configuration it carries.

Each category of cost has its own colour and each option the colour, dash and shape of its position in the scenario, in
every chart and every report; lines carry dash and shape besides.

A chart states no background of its own. Its colours are Vega expressions of the background it is rendered on: white in
a file and on a light page, dark in JupyterLab's dark theme, where each colour's twin for dark backgrounds is used.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from tco.charts.display import WIDTH, shown_offline
from tco.display import palette
from tco.errors import InputError

DARK = "luminance(background) < 0.5"
"""Vega expression: whether a chart is on a dark background."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
MAX_TITLE_LINE = 64
LEGEND_SYMBOL_WIDTH = 40
LETTER_WIDTH = 6.5
LEGEND_LINE = 600
"""The square of the length of a piece of line in a legend, in pixels."""
POINTER_AREA = 250
"""Square pixels around a point that is not seen, in which the pointer finds it."""
SEPARATOR = "  ·  "
"""Between what a bar is about and its number, in the text above the bar."""

NUMBER_LABEL = (
    "abs(datum.value) < 1 ? format(datum.value, '.3~r') : "
    "replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' M'), 'k', ' k')"
)
"""Vega expression that writes an axis value as `formats.number` does: 1200000 -> `1.2 M`, 0.5 -> `0.5`."""


def on(light: str, dark: str) -> dict[str, str]:
    """A colour for charts on a light background and one for those on a dark one."""
    return {"expr": f"{DARK} ? '{dark}' : '{light}'"}


def themed(colour: str) -> dict[str, str]:
    """A colour of the palette, or its twin on a dark background."""
    return on(colour, palette.ON_DARK[colour])


INK, FAINT, GRID, SHADE = (themed(colour) for colour in (palette.INK, palette.FAINT, palette.GRID, palette.SHADE))
PAPER = {"expr": "background"}
"""The colour between the parts of a stack."""


def checked(
    frame: pd.DataFrame, names: Sequence[str], numbers: Sequence[str] = (), *, some: bool = False
) -> pd.DataFrame:
    """The frame of a chart, from anywhere, with a plain index and its names as text.

    names: columns that name things. numbers: the other columns that the chart needs. some: whether it needs a row.
    Raises InputError for what is no DataFrame, for a missing column, and for a missing row.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a chart takes a DataFrame, not {type(frame).__name__}", path="frame")
    needed = [*names, *numbers]
    index_columns = {name for name in frame.index.names if name in needed and name not in frame.columns}
    plain = frame.reset_index(drop=not index_columns)
    missing = [name for name in needed if name not in plain.columns]
    if missing:
        present = ", ".join(map(str, plain.columns)) or "none"
        raise InputError(f"the columns {', '.join(missing)} are missing; there are {present}", path="frame")
    if some and plain.empty:
        raise InputError("there are no rows to draw", path="frame")
    text = [name for name in names if not pd.api.types.is_string_dtype(plain[name].dtype)]
    return plain.assign(**{name: plain[name].map(str) for name in text}) if text else plain


def order_of(values: Iterable[str]) -> list[str]:
    """Distinct names in the order in which they first appear."""
    return list(dict.fromkeys(str(value) for value in values))


def option_colour(options: Sequence[str], shown: Iterable[str] | None = None) -> alt.Color:
    """The colour channel of `options`, in the scenario's order. shown: those in the legend; default: all."""
    named = None if shown is None else order_of(shown)
    legend = alt.Undefined if named is None else alt.Legend(values=named, symbolOpacity=1) if named else None
    return alt.Color("option:N", scale=_scale(options, "colour"), title=None, legend=legend)


def option_dash(options: Sequence[str], in_legend: bool = True) -> alt.StrokeDash:
    """The dash channel of `options`, merged into the colour legend unless shapes are there, which dashes would blur."""
    scale = _scale(options, "dash")
    if in_legend:
        pieces = alt.Legend(symbolType="stroke", symbolSize=LEGEND_LINE, symbolOpacity=1)
        return alt.StrokeDash("option:N", scale=scale, title=None, legend=pieces)
    # Vega-Lite merges legends of equal domains, even one that is switched off.
    scale = alt.Scale(domain=scale.domain[::-1], range=scale.range[::-1])
    return alt.StrokeDash("option:N", scale=scale, title=None, legend=None)


def option_shape(options: Sequence[str]) -> alt.Shape:
    """The shape channel of `options`, merged into the colour legend."""
    return alt.Shape("option:N", scale=_scale(options, "shape"), title=None)


def where(test: str) -> dict[str, Any]:
    """Channels of points that are seen where an expression is true, and elsewhere only answer the pointer."""
    return {
        "opacity": alt.condition(test, alt.value(1), alt.value(0)),
        "size": alt.condition(test, alt.value(CONFIGURATION["point"]["size"]), alt.value(POINTER_AREA)),
    }


def pointed_at(encoded: alt.Chart, tooltip: Sequence[alt.Tooltip]) -> Any:
    """Points that are never seen and tell the pointer each row of a line, whose own tooltip tells only its first."""
    return encoded.mark_point(opacity=0, size=POINTER_AREA).encode(tooltip=tooltip)


def colour_scale(colours: Mapping[str, str]) -> alt.Scale:
    """The scale that gives each name its colour of the palette."""
    return alt.Scale(domain=list(colours), range=[themed(colour) for colour in colours.values()])


def part_colour(parts: Sequence[str], field: str = "part") -> alt.Color:
    """The colour channel of the parts of a stack, in the order given."""
    colours = palette.part_colours(parts)
    return alt.Color(f"{field}:N", scale=colour_scale(colours), title=None, sort=list(colours))


def text_on_parts(parts: Sequence[str]) -> alt.Color:
    """The colour channel of text on the parts of a stack."""
    colours = palette.part_colours(parts)
    readable = [on(palette.text_on(one), palette.text_on(palette.ON_DARK[one])) for one in colours.values()]
    return alt.Color("part:N", scale=alt.Scale(domain=list(colours), range=readable), legend=None)


def number_axis(title: str | None, **options: Any) -> alt.Axis:
    """An axis of amounts with SI prefixes."""
    return alt.Axis(title=title, labelExpr=NUMBER_LABEL, **options)


def rimmed(text: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """Text over a rim in the colour of the page, so that no line behind runs through its letters."""
    rim = text.copy(deep=False)
    rim.mark = text.mark.copy(deep=False)
    rim.mark.stroke, rim.mark.strokeWidth, rim.mark.strokeJoin = PAPER, 3, "round"
    return rim, text


def row_axis(field: str, order: Sequence[str]) -> alt.Y:
    """Rows in this order, without an axis: the name of each stands above its marks."""
    return alt.Y(f"{field}:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0))


def names_above(rows: alt.Chart, field: str = "caption", rise: float = 9) -> Any:
    """The text of a field at the left of each row, `rise` pixels above its middle."""
    left = alt.XValue(0)  # type: ignore[no-untyped-call]
    return rows.mark_text(align="left", dy=-rise, clip=True).encode(x=left, text=alt.Text(f"{field}:N"))


def month_axis() -> alt.X:
    """Months from left to right, of which the years are named."""
    return alt.X("month:T", axis=alt.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": 1}))


def y_pixel(place: Any) -> alt.YValue:
    """The same place for every mark, in pixels from the top of the plot."""
    return alt.YValue(place)  # type: ignore[no-untyped-call]


def tooltip(**titles: str) -> list[alt.Tooltip]:
    """The lines that appear at a mark, each a column of text with its title; `option="Option", label="Cost"`."""
    return [alt.Tooltip(f"{column}:N", title=title) for column, title in titles.items()]


def headed(heading: str, finding: str) -> str:
    """A finding with what it is about before it: `100 clusters: stay costs least`."""
    return f"{heading}: {finding}" if heading else finding


def finished(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart,
    title: str,
    kind: str,
    height: int,
    *,
    legend: Sequence[str] = (),
    subtitle: str = "",
    definition: str = "",
    table: str = "",
) -> Any:
    """`chart` with a title, a text alternative, a width that follows the page and the theme.

    kind: what sort of chart it is, for its text alternative. legend: the names in it; how much room the longest takes
    is noted in `usermeta`, so that a page which knows its width can choose the number of columns. definition: what is
    shown, for a page to say below the picture. table: the report's table that has the numbers.
    """
    entry = LEGEND_SYMBOL_WIDTH + round(LETTER_WIDTH * max((len(name) for name in legend), default=0))
    columns = max(1, min(len(legend), WIDTH // entry))
    chart.title = alt.TitleParams(
        textwrap.wrap(title, MAX_TITLE_LINE, break_on_hyphens=False) or [""],
        subtitle=textwrap.wrap(subtitle, MAX_TITLE_LINE, break_on_hyphens=False) if subtitle else alt.Undefined,
    )
    chart.description = f"{kind}. {title}."
    chart.width = "container"
    chart.height = height
    chart.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    chart.usermeta = {"tco": {"legend_entry_width": entry, "definition": definition, "table": table}}
    chart.config = alt.Config(**CONFIGURATION | {"legend": CONFIGURATION["legend"] | {"columns": columns}})
    return shown_offline(chart)


def _scale(options: Sequence[str], field: str) -> alt.Scale:
    styles = [palette.OPTION_STYLES[position % len(palette.OPTION_STYLES)] for position in range(len(options))]
    ranges: dict[str, list[Any]] = {
        "colour": [themed(style.colour) for style in styles],
        "dash": [list(style.dash) for style in styles],
        "shape": [style.shape for style in styles],
    }
    return alt.Scale(domain=list(options), range=ranges[field])


CONFIGURATION: dict[str, Any] = {
    "font": FONT,
    "padding": {"left": 2, "right": 8, "top": 4, "bottom": 2},
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 15,
        "fontWeight": 600,
        "color": INK,
        "offset": 12,
        "lineHeight": 19,
        "subtitleColor": FAINT,
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
    },
    "axis": {
        "labelColor": FAINT,
        "titleColor": FAINT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": FAINT,
        "tickColor": GRID,
        "gridColor": GRID,
        "labelLimit": 150,
        "titlePadding": 8,
    },
    "axisX": {"labelOverlap": True, "labelSeparation": 8, "tickCount": 5},
    "axisY": {"tickCount": 5, "labelLimit": 220},
    "legend": {
        "orient": "top",
        "direction": "horizontal",
        "labelColor": INK,
        "titleColor": FAINT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
        "symbolSize": 90,
        "symbolStrokeWidth": 2,
        "offset": 10,
        "rowPadding": 4,
        "columnPadding": 12,
    },
    "line": {"strokeWidth": 2.2},
    "point": {"size": 60, "filled": True, "opacity": 1},
    "rule": {"color": INK},
    "text": {"fontSize": 12, "color": INK},
}
