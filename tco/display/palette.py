"""The colours of every picture: fixed ones for each category of cost and each position of an option.

Hues stay apart for colour-blind readers. Each colour has a twin for dark backgrounds, of the same hue. A mark differs
from its background by a contrast of at least 3 and text by at least 4.5 (https://www.w3.org/TR/WCAG22/), on white and
on the dark backgrounds of JupyterLab and of the reports alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INK = "#1b1f2a"
FAINT = "#5c6370"
GRID = "#e3e6ea"
SHADE = "#eceff3"
PAPER = "#ffffff"

CATEGORY_COLOURS = {
    "infrastructure": "#1a2750",
    "version upkeep": "#e4652c",
    "operations": "#1b77ad",
    "downtime": "#6b3b12",
    "transition": "#64937e",
}
OTHER_COLOURS = ("#1a2750", "#e4652c", "#1b77ad", "#6b3b12", "#64937e", "#8a3a6e", "#8494a8", "#5a4bb8")
LOW, HIGH = "#1b77ad", "#e4652c"
"""Where an assumption is at the low and at the high end of its range."""
LESS, MORE = "#2f9e77", "#e4652c"
"""What costs less and what costs more than the reference."""
REASONS = {
    "deadline": ("circle", "#1a2750"),
    "policy": ("square", "#1b77ad"),
    "forced": ("triangle-up", "#e4652c"),
    "slipped": ("diamond", "#978a1f"),
    "stranded": ("cross", "#1b1f2a"),
    "unfinished": ("triangle-down", "#8c3a92"),
}
"""Shape and colour of each reason for an upgrade."""
ON_DARK = {
    INK: "#f2f4f7",
    FAINT: "#c0c5ce",
    GRID: "#4b515c",
    SHADE: "#474d58",
    "#1a2750": "#6a98f5",
    "#e4652c": "#e8632c",
    "#1b77ad": "#8fd3f5",
    "#6b3b12": "#f3dc9b",
    "#64937e": "#7d9f8b",
    "#8a3a6e": "#f7bccb",
    "#8494a8": "#92a2b6",
    "#5a4bb8": "#9a7fd0",
    "#1f77b4": "#62a8e5",
    "#d1661c": "#f08a4b",
    "#2f9e77": "#4fc79a",
    "#8c3a92": "#d583c4",
    "#978a1f": "#e6d63e",
    "#7a3d20": "#c97f66",
    "#88929c": "#9fabb8",
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
    OptionStyle("#8c3a92", (4, 2), "cross"),
    OptionStyle("#978a1f", (12, 6), "triangle-down"),
    OptionStyle("#7a3d20", (1, 3), "triangle-right"),
    OptionStyle("#88929c", (6, 6), "triangle-left"),
)


def part_colours(parts: Sequence[str]) -> dict[str, str]:
    """A colour for each part of a stack: a category's own, else one by position that is no category's beside them."""
    used = set(CATEGORY_COLOURS.values()) if CATEGORY_COLOURS.keys() & set(parts) else set()
    others = [colour for colour in OTHER_COLOURS if colour not in used]
    spare = iter(others * (1 + len(parts) // len(others)))
    return {part: CATEGORY_COLOURS[part] if part in CATEGORY_COLOURS else next(spare) for part in parts}


def text_on(colour: str) -> str:
    """The text colour with the better contrast on `colour`, ink or paper."""
    return INK if contrast(colour, INK) > contrast(colour, PAPER) else PAPER


def contrast(one: str, other: str) -> float:
    """How far two colours `#rrggbb` are apart in lightness, from 1 to 21 (https://www.w3.org/TR/WCAG22/)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of a colour `#rrggbb`, 0 for black and 1 for white (https://www.w3.org/TR/WCAG22/)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
