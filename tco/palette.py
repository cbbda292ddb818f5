"""The colours of every picture: fixed ones for each category of cost and each position of an option.

Hues stay apart for colour-blind readers and differ in lightness, so that a print in black and white keeps them apart
too. Each colour has a twin for dark backgrounds: the same hue, light enough to be seen there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INK = "#1b1f2a"
FAINT = "#5c6370"
GRID = "#e3e6ea"
PAPER = "#ffffff"

CATEGORY_COLOURS = {
    "infrastructure": "#123a6b",
    "version upkeep": "#b8431f",
    "operations": "#3f8fb5",
    "downtime": "#e0a336",
    "transition": "#c9d3bd",
}
OTHER_COLOURS = ("#123a6b", "#b8431f", "#3f8fb5", "#e0a336", "#c9d3bd", "#6d4a8c", "#7d8794", "#e3b7a0")
ON_DARK = {
    "#123a6b": "#7aa5e6",
    "#b8431f": "#e0623a",
    "#3f8fb5": "#2f7f9f",
    "#e0a336": "#f0b94a",
    "#c9d3bd": "#e4ead9",
    "#6d4a8c": "#b08fd8",
    "#7d8794": "#7d8794",
    "#e3b7a0": "#e3b7a0",
    "#1b1f2a": "#f2f4f7",
    "#1f77b4": "#62a8e5",
    "#d1661c": "#f08a4b",
    "#2f9e77": "#4fc79a",
    "#a05195": "#d583c4",
    "#c9a227": "#e3c04f",
    "#6fa8dc": "#9cc4ee",
    "#8a8f98": "#a9afb9",
}
"""Each colour's twin on a dark background."""


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


def part_colours(parts: Sequence[str]) -> dict[str, str]:
    """A colour for each part of a stack: a category's own, else one by position."""
    spare = iter(OTHER_COLOURS * (1 + len(parts) // len(OTHER_COLOURS)))
    return {part: CATEGORY_COLOURS[part] if part in CATEGORY_COLOURS else next(spare) for part in parts}


def text_on(colour: str) -> str:
    """The text colour with the better contrast on `colour`, ink or paper (luminance and contrast of WCAG 2)."""
    ground = luminance(colour) + 0.05
    return INK if ground / (luminance(INK) + 0.05) > (luminance(PAPER) + 0.05) / ground else PAPER


def luminance(colour: str) -> float:
    """Relative luminance of a colour `#rrggbb`, 0 for black and 1 for white (https://www.w3.org/TR/WCAG22/)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
