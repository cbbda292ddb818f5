"""The one look of all charts: dashes, shapes, number labels and the configuration every chart carries.

Each category of cost has its own colour and each option the colour, dash and shape of its position in the scenario, in
every chart and every report. Hues stay apart for colour-blind readers and differ in lightness, so that a
print in black and white keeps them apart too; lines carry dash and shape besides.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from tco import palette

INK, FAINT, GRID, PAPER = palette.INK, palette.FAINT, palette.GRID, palette.PAPER
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LONGEST_TITLE_LINE = 64
USUAL_WIDTH = 680
LEGEND_SYMBOL_WIDTH = 40
LETTER_WIDTH = 6.5

CATEGORY_COLOURS, OTHER_COLOURS, OPTION_STYLES = (
    palette.CATEGORY_COLOURS,
    palette.OTHER_COLOURS,
    palette.OPTION_STYLES,
)
part_colours, text_on, luminance = palette.part_colours, palette.text_on, palette.luminance

NUMBER_LABEL = "replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' M'), 'k', ' k')"
"""Vega expression that writes an axis value as `formats.number` does: 1200000 -> `1.2 M`."""


def order_of(values: Iterable[str]) -> list[str]:
    """Distinct names in the order in which they first appear."""
    return list(dict.fromkeys(str(value) for value in values))


def option_colour(options: Sequence[str], title: str | None = None) -> alt.Color:
    """The colour channel of `options`, in the scenario's order."""
    return alt.Color("option:N", scale=_scale(options, "colour"), title=title)


def option_dash(options: Sequence[str]) -> alt.StrokeDash:
    """The dash channel of `options`, merged into the colour legend."""
    return alt.StrokeDash("option:N", scale=_scale(options, "dash"), title=None)


def option_shape(options: Sequence[str]) -> alt.Shape:
    """The shape channel of `options`, merged into the colour legend."""
    return alt.Shape("option:N", scale=_scale(options, "shape"), title=None)


def part_colour(parts: Sequence[str], field: str = "part", title: str | None = None) -> alt.Color:
    """The colour channel of the parts of a stack, in the order given."""
    colours = part_colours(parts)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, title=title, sort=list(colours))


def number_axis(title: str | None, **options: Any) -> alt.Axis:
    """An axis of amounts with SI prefixes."""
    return alt.Axis(title=title, labelExpr=NUMBER_LABEL, **options)


def headed(heading: str, finding: str) -> str:
    """A finding with what it is about before it: `100 clusters: stay costs least`."""
    return f"{heading}: {finding}" if heading else finding


def finished(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart,
    title: str,
    description: str,
    height: int,
    *,
    legend: Sequence[str] = (),
    subtitle: str = "",
) -> Any:
    """`chart` with its finding as title, a text alternative, a width that follows the page and the theme.

    legend: the names in it; how much room the longest takes is noted in `usermeta`, so that a page which knows its
    width can choose the number of columns.
    """
    entry = LEGEND_SYMBOL_WIDTH + round(LETTER_WIDTH * max((len(name) for name in legend), default=0))
    sized = chart.properties(
        title=alt.TitleParams(
            textwrap.wrap(title, LONGEST_TITLE_LINE) or [""],
            subtitle=textwrap.wrap(subtitle, LONGEST_TITLE_LINE) if subtitle else alt.Undefined,
        ),
        description=description,
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        usermeta={"tco": {"legend_entry_width": entry}},
    )
    columns = max(1, min(len(legend), USUAL_WIDTH // entry))
    return sized.configure(**CONFIGURATION | {"legend": CONFIGURATION["legend"] | {"columns": columns}})


def _scale(options: Sequence[str], field: str) -> alt.Scale:
    styles = [OPTION_STYLES[position % len(OPTION_STYLES)] for position in range(len(options))]
    values = [getattr(style, field) for style in styles]
    return alt.Scale(domain=list(options), range=[list(value) if field == "dash" else value for value in values])


CONFIGURATION: dict[str, Any] = {
    "background": PAPER,
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
    "axisX": {"labelOverlap": True, "tickCount": 5},
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
    "point": {"size": 60, "filled": True},
    "text": {"fontSize": 12, "color": INK},
}
