"""The explorer where no kernel answers: headline, picture and comparison, as nbconvert and papermill keep them.

The picture is drawn here rather than by Vega, whose start would take seconds before the page of a live explorer.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tco import formats
from tco.analysis.comparison import compare, cost_by_category
from tco.analysis.verdict import verdict
from tco.display.palette import CATEGORY_COLOURS
from tco.display.summaries import compared

if TYPE_CHECKING:
    import pandas as pd

    from tco.evaluation.ledger import Ledger

NOTICE = "A point estimate, every assumption at its mean. The controls of the explorer need a running kernel."
BARS, RIGHT, ROW, NAME, BAR = 580, 90, 42, 16, 18
"""Of the picture, in pixels: room for bars and amounts; the height of a row, of the name in it and of its bar."""


def still(ledger: Ledger) -> str:
    """The answer of a ledger as HTML that needs no script."""
    headline = escape(verdict(ledger, with_reversals=False).headline)
    picture, table = bars(cost_by_category(ledger, "npv")), compared(compare(ledger)).html()
    return f'<div class="tco-still"><p><b>{headline}</b></p>{picture}{table}<p>{NOTICE}</p></div>'


def bars(frame: pd.DataFrame) -> str:
    """An SVG with a bar an option, of its costs by category. frame: option, category, cost (USD)."""
    positive = frame[frame["cost"] > 0]
    totals = frame.groupby("option", sort=False)["cost"].sum()
    scale = BARS / max(float(positive.groupby("option")["cost"].sum().max()), 1.0) if len(positive) else 0.0
    categories = [name for name in CATEGORY_COLOURS if name in set(positive["category"])]
    parts = []
    for row, (option, total) in enumerate(totals.items()):
        top, left = row * ROW + NAME, 0.0
        parts.append(f'<text x="0" y="{top - 4}">{escape(str(option))}</text>')
        own = positive[positive["option"] == option].set_index("category")["cost"]
        for category in categories:
            if width := float(own.get(category, 0.0)) * scale:
                fill = CATEGORY_COLOURS[category]
                parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{fill}"/>')
                left += width
        parts.append(f'<text x="{left + 6:.1f}" y="{top + BAR - 4}">{formats.money(total)}</text>')
    key, top = 0, len(totals) * ROW + 4
    for category in categories:
        parts.append(f'<rect x="{key}" y="{top}" width="10" height="10" fill="{CATEGORY_COLOURS[category]}"/>')
        parts.append(f'<text x="{key + 14}" y="{top + 9}">{category}</text>')
        key += 30 + 7 * len(category)
    width, height = BARS + RIGHT, top + 16
    said = escape(
        "Present value by category: " + "; ".join(f"{name} {formats.money(cost)}" for name, cost in totals.items())
    )
    size = f'viewBox="0 0 {width} {height}" style="max-width:{width}px;width:100%"'
    look = 'font-family="sans-serif" font-size="12" fill="currentColor"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{said}" {look}>{"".join(parts)}</svg>'
    )
