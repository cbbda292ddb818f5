"""The one look of all charts: colours, dashes, shapes, number labels and the configuration every chart carries.

Each category of cost has its own colour and each option the colour, dash and shape of its position in the scenario, in
every chart and every report. Hues stay apart for colour-blind readers and differ in lightness, so that a
print in black and white keeps them apart too; lines carry dash and shape besides.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

INK = "#1b1f2a"
FAINT = "#5c6370"
GRID = "#e3e6ea"
PAPER = "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LONGEST_TITLE_LINE = 72
USUAL_WIDTH = 680
LEGEND_SYMBOL_WIDTH = 40
LETTER_WIDTH = 6.5

CATEGORY_COLOURS = {
    "infrastructure": "#123a6b",
    "version upkeep": "#b8431f",
    "operations": "#3f8fb5",
    "downtime": "#e0a336",
    "transition": "#c9d3bd",
}
OTHER_COLOURS = ("#123a6b", "#b8431f", "#3f8fb5", "#e0a336", "#c9d3bd", "#6d4a8c", "#7d8794", "#e3b7a0")


@dataclass(frozen=True)
class OptionStyle:
    """How the option at one position is drawn: colour, line dash and point shape."""

    colour: str
    dash: tuple[int, int]
    shape: str


OPTION_STYLES = (
    OptionStyle("#1b1f2a", (1, 0), "circle"),
    OptionStyle("#1f77b4", (7, 3), "square"),
    OptionStyle("#d1661c", (2, 2), "triangle-up"),
    OptionStyle("#2f9e77", (10, 3), "diamond"),
    OptionStyle("#a05195", (4, 2), "cross"),
    OptionStyle("#c9a227", (12, 6), "triangle-down"),
    OptionStyle("#6fa8dc", (1, 3), "triangle-right"),
    OptionStyle("#8a8f98", (6, 6), "triangle-left"),
)

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


def part_colours(parts: Sequence[str]) -> dict[str, str]:
    """A colour for each part of a stack: a category's own, else one by position."""
    spare = iter(OTHER_COLOURS * (1 + len(parts) // len(OTHER_COLOURS)))
    return {part: CATEGORY_COLOURS[part] if part in CATEGORY_COLOURS else next(spare) for part in parts}


def part_colour(parts: Sequence[str], field: str = "part", title: str | None = None) -> alt.Color:
    """The colour channel of the parts of a stack, in the order given."""
    colours = part_colours(parts)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, title=title, sort=list(colours))


def text_on(colour: str) -> str:
    """The text colour with the better contrast on `colour`, ink or paper (luminance and contrast of WCAG 2)."""
    ground = luminance(colour) + 0.05
    return INK if ground / (luminance(INK) + 0.05) > (luminance(PAPER) + 0.05) / ground else PAPER


def luminance(colour: str) -> float:
    """Relative luminance of a colour `#rrggbb`, 0 for black and 1 for white (https://www.w3.org/TR/WCAG22/)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
