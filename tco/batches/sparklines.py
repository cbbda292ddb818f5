"""The result of a report at a fleet size, and the small chart of the results at all its sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tco import formats

WIDTH, HEIGHT, MARGIN = 150, 62, 6
LEFT, BOTTOM, LETTERS = 34, 14, 9
"""Of a chart, in pixels: its size, the margin, the room for the labels of both axes, the height of a label."""
MAX_LABELS = 3
"""Of the fleet sizes of a chart; of more only the first and the last are labelled."""
MAX_SHARE = 0.5
"""Larger differences are drawn at the edge, so that one expensive option does not flatten the other lines."""

Scale = tuple[float, float]


@dataclass(frozen=True)
class SizeResult:
    """A report's result at one fleet size.

    winner: the option of the lowest mean present value. probability: of its being the cheapest; None without draws.
    npv: its mean present value in USD. difference, share: against the reference, in USD and as a share of it. hours:
    its labour hours less those of the reference. shares: `share` of every option.
    """

    size: int
    winner: str
    probability: float | None
    npv: float
    difference: float
    share: float | None
    hours: float | None
    shares: Mapping[str, float]


def signed_share(share: float) -> str:
    """A share as per cent with its sign."""
    return f"{'+' if share > 0 else ''}{formats.share(share)}"


def scale_of(shares: Iterable[Collection[float]]) -> Scale:
    """The lowest and highest share in any line chart, including the reference's 0; the same for all rows."""
    within = [min(max(share, -MAX_SHARE), MAX_SHARE) for some in shares for share in some]
    low, high = min(within, default=0.0), max(within, default=0.0)
    return (min(low, 0.0), max(high, 0.0)) if high > low else (-MAX_SHARE, MAX_SHARE)


def sparkline(results: Sequence[SizeResult], colours: Mapping[str, int], scale: Scale) -> Markup:
    """A chart of the options' cost against the reference by fleet size, with axes and a dot on the cheapest.

    One fleet size has a dot for each option. colours: the number of each option's colour.
    """
    shown = sorted((result for result in results if result.shares), key=lambda result: result.size)
    if not shown:
        return Markup()
    steps = max(len(shown) - 1, 1)
    start = (LEFT + WIDTH) / 2 if len(shown) == 1 else LEFT + MARGIN
    x = {
        result.size: f"{start + number * (WIDTH - LEFT - 2 * MARGIN) / steps:.4g}"
        for number, result in enumerate(shown)
    }
    low, high = scale

    def y(share: float) -> float:
        within = min(max(share, low), high)
        return MARGIN + (high - within) / (high - low) * (HEIGHT - BOTTOM - 2 * MARGIN)

    parts = [f'<line class="zero" x1="{LEFT}" x2="{WIDTH}" y1="{y(0):.4g}" y2="{y(0):.4g}"/>']
    parts += [f'<path class="axis" d="M{LEFT} {MARGIN}V{HEIGHT - BOTTOM}H{WIDTH}"/>']
    ticks = [0.0, *(end for end in scale if abs(y(end) - y(0)) >= LETTERS)]
    parts += [
        f'<text x="{LEFT - 3}" y="{y(tick) + 3:.4g}" text-anchor="end">{signed_share(tick)}</text>' for tick in ticks
    ]
    labelled = shown if len(shown) <= MAX_LABELS else [shown[0], shown[-1]]
    for result in labelled:
        anchor = (
            "middle"
            if result not in (shown[0], shown[-1]) or len(shown) == 1
            else "start"
            if result is shown[0]
            else "end"
        )
        at = {"start": str(LEFT), "end": str(WIDTH), "middle": x[result.size]}[anchor]
        parts.append(f'<text x="{at}" y="{HEIGHT - 3}" text-anchor="{anchor}">{result.size:,}</text>')
    for option, colour in colours.items():
        points = [(x[result.size], y(result.shares[option])) for result in shown if option in result.shares]
        if len(points) > 1:
            line = " ".join(f"{across},{down:.4g}" for across, down in points)
            parts.append(f'<polyline class="o{colour}" points="{line}"/>')
        else:
            parts += [f'<circle class="o{colour}" cx="{across}" cy="{down:.4g}" r="2"/>' for across, down in points]
    spoken = []
    for result in shown:
        share = result.shares[result.winner]
        parts.append(f'<circle class="o{colours[result.winner]}" cx="{x[result.size]}" cy="{y(share):.4g}" r="3.5"/>')
        spoken.append(f"{result.size:,} clusters: {result.winner} {signed_share(share)}")
    head = f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"'
    label = formats.plain("; ".join(spoken))
    return Markup(f'{head} aria-label="{label}">{"".join(parts)}</svg>')  # noqa: S704 - numbers, escaped
