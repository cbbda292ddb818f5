"""The script that draws charts in a page, and the proof that each chart of a report can be drawn."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from tco.execution import companion, job
from tco.report.chart_kinds import kind
from tco.report.notebook_run import ReportError

DRAWER = f"{__name__}:drawer"
"""What makes the companion of a nursery of reports."""
DRAWN, NOT_DRAWN = b"drawn", b"not drawn"
PATIENCE_SECONDS = 60.0
"""How long a report waits for the companion; it may have to draw another report's charts first."""
DRAWING_SECONDS = 300.0
"""How long a job may take to have its charts drawn; it takes one or two where no chart is out of the common."""
CHECKED_WIDTH = 600
BUNDLE_EXPORTS = "window.vegaEmbed = vegaEmbed;"
BUNDLING = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle(sys.argv[1]).encode())"
MARK_GROUP = re.compile(
    r'<g class="mark-(?:rect|line|symbol|area|rule|arc|text)[^"]* role-mark[^>]*(?<!/)>(.*?)</g>', re.DOTALL
)
WITHOUT_LETTERING: Mapping[str, Mapping[str, int]] = {
    "axis": {"labelFontSize": 0, "titleFontSize": 0},
    "header": {"labelFontSize": 0, "titleFontSize": 0},
    "legend": {"labelFontSize": 0, "titleFontSize": 0},
    "text": {"fontSize": 0},
    "title": {"fontSize": 0, "subtitleFontSize": 0},
}
"""A configuration under which no text is measured, which takes two thirds of the time that a chart takes to draw."""
DRAWN_MARK = re.compile(r'<(?:path|line|text)\b[^>]*\b(?:d="M|x2=|y2=|transform=)')


def javascript_bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script; made once per version and kept in the user's cache folder."""
    cached = _cache_folder() / f"vega-embed-{importlib.metadata.version('vl-convert-python')}.js"
    try:
        return cached.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    bundle = "(() => {" + _bundled().replace("</script", "<\\/script") + "\n})();"
    _keep(cached, bundle)
    return bundle


@cache
def _bundled() -> str:
    """The script as vl-convert makes it, in a process of its own: making it leaves threads behind."""
    made = subprocess.run([sys.executable, "-c", BUNDLING, BUNDLE_EXPORTS], stdout=subprocess.PIPE, check=True)  # noqa: S603 - no input of anybody
    return made.stdout.decode()


def check_drawn(charts: Sequence[dict[str, Any]]) -> None:
    """Raise ReportError when one of the Vega-Lite specifications cannot be drawn, or draws no mark.

    Asks the companion of the nursery, whose engine runs already; where it does not say that all are drawn, they are
    drawn in this process, and what comes of that counts.
    """
    job.stage("the drawing of its charts", seconds=DRAWING_SECONDS)
    if charts and companion.ask(json.dumps(charts).encode(), PATIENCE_SECONDS) != DRAWN:
        _check_drawn_here(charts)
    job.stage("the end of its report", timed=False)


def drawer() -> companion.Answering:
    """The companion that draws charts: starts the engine, and gives the function that answers `check_drawn`.

    Of charts of one kind (`tco.report.chart_kinds`) it draws one: most charts of a batch's reports differ only in texts
    and in how large their numbers are.
    """
    drawn_marks({"data": {"values": [{}]}, "mark": "point"})
    known: set[bytes] = set()

    def answer(question: bytes) -> bytes:
        charts = {kind(chart): chart for chart in json.loads(question)}
        try:
            _check_drawn_here([chart for its_kind, chart in charts.items() if its_kind not in known])
        except ReportError:
            return NOT_DRAWN
        known.update(charts)
        return DRAWN

    return answer


def _check_drawn_here(charts: Sequence[dict[str, Any]]) -> None:
    """Raise ReportError as `check_drawn` does, with the engine of this process."""
    for number, specification in enumerate(charts, start=1):
        if not _draws_quickly(specification) and not drawn_marks(specification, number):
            raise ReportError(f"the chart {_name(specification, number)!r} drew no mark")


def drawn_marks(specification: dict[str, Any], number: int = 1) -> int:
    """How many marks the chart draws; raises ReportError when it cannot be drawn at all.

    number: what a chart without a title is called by.
    """
    try:
        return _marks(specification)
    except ValueError as error:
        lines = map(str.strip, str(error).strip().splitlines())
        said = " ".join(takewhile(lambda line: not line.startswith("at "), lines))
        raise ReportError(f"the chart {_name(specification, number)!r} cannot be drawn: {said}") from error


def _draws_quickly(specification: dict[str, Any]) -> bool:
    """Whether the chart draws marks with letters of size 0; where not, only a full drawing can tell."""
    light = _without_letter_sizes(specification)
    settings = dict(light.get("config", {}))
    for part, sizes in WITHOUT_LETTERING.items():
        settings[part] = {**settings.get(part, {}), **sizes}
    try:
        return _marks({**light, "config": settings, "autosize": {"type": "none"}}) > 0
    except ValueError:
        return False


def _without_letter_sizes(part: Any) -> Any:
    """A part of a specification with every size of letters, but not the data, set to 0."""
    if isinstance(part, list):
        return [_without_letter_sizes(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        key: 0
        if key.lower().endswith("fontsize") and isinstance(value, int | float)
        else value
        if key in ("data", "datasets")
        else _without_letter_sizes(value)
        for key, value in part.items()
    }


def _marks(specification: dict[str, Any]) -> int:
    """How many marks the chart draws. Raises ValueError when it cannot be drawn."""
    import vl_convert

    sized = {key: value for key, value in specification.items() if key not in ("$schema", "width")}
    svg = str(vl_convert.vegalite_to_svg({**sized, "width": CHECKED_WIDTH}))
    return sum(len(DRAWN_MARK.findall(group)) for group in MARK_GROUP.findall(svg))


def _name(specification: dict[str, Any], number: int) -> str:
    """The title of a chart, else its number in the report."""
    title = specification.get("title") or ""
    text = (title.get("text") or "") if isinstance(title, dict) else title
    return (text if isinstance(text, str) else " ".join(text)) or str(number)


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tco"


def _keep(path: Path, text: str) -> None:
    """Write the cache file whole or not at all; a cache that cannot be written is only slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as temporary:
            temporary.write(text)
        Path(temporary.name).replace(path)
    except OSError:
        return
