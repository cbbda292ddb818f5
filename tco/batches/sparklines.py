"""Small drawings of a table's cell: what each option costs against the reference, across the fleet sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from tco import formats

if TYPE_CHECKING:
    from tco.batches.portfolio import Place

WIDTH, HEIGHT, MARGIN = 120, 40, 5
WIDEST = 0.5
"""Shares beyond this lie on the edge, so that an option far too dear does not flatten the others."""

Scale = tuple[float, float]


def scale_of(shares: Iterable[Collection[float]]) -> Scale:
    """The lowest and highest share that any drawing shows, the reference's 0 among them; the same for all rows."""
    every = [min(max(share, -WIDEST), WIDEST) for some in shares for share in some]
    low, high = min(every, default=0.0), max(every, default=0.0)
    return (min(low, 0.0), max(high, 0.0)) if high > low else (-WIDEST, WIDEST)


def sparkline(places: Sequence[Place], colours: Mapping[str, int], scale: Scale) -> Markup:
    """Lines of the options against the reference at 0, a dot on the cheapest at each fleet size.

    colours: the number of each option's colour.
    """
    drawn = [place for place in places if place.shares]
    if not drawn:
        return Markup()
    parts = [f'<line class="zero" x1="0" x2="{WIDTH}" y1="{_y(0, scale)}" y2="{_y(0, scale)}"/>']
    for option, colour in colours.items():
        points = [f"{_x(place, drawn)},{_y(place.shares[option], scale)}" for place in drawn if option in place.shares]
        if len(points) > 1:
            parts.append(f'<polyline class="o{colour}" points="{" ".join(points)}"/>')
    parts += [
        f'<circle class="o{colours[place.winner]}" cx="{_x(place, drawn)}" cy="{_y(place.shares[place.winner], scale)}"'
        ' r="3"/>'
        for place in drawn
    ]
    said = "; ".join(f"{place.size:,} clusters: {_said(place.winner, place.shares)}" for place in drawn)
    head = f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"'
    return Markup(f'{head} aria-label="{formats.plain(said)}">{"".join(parts)}</svg>')  # noqa: S704 - numbers, escaped


def _said(winner: str, shares: Mapping[str, float]) -> str:
    """The cheapest option and what it costs against the reference."""
    share = shares[winner]
    return f"{winner} {'+' if share > 0 else ''}{formats.share(share)}"


def _x(place: Place, drawn: Sequence[Place]) -> str:
    steps = max(len(drawn) - 1, 1)
    start = WIDTH / 2 if len(drawn) == 1 else MARGIN
    return f"{start + drawn.index(place) * (WIDTH - 2 * MARGIN) / steps:.4g}"


def _y(share: float, scale: Scale) -> str:
    low, high = scale
    inside = min(max(share, low), high)
    return f"{MARGIN + (high - inside) / (high - low) * (HEIGHT - 2 * MARGIN):.4g}"
