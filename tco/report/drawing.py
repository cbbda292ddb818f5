"""The script that draws charts in a page, and the proof that each chart of a report can be drawn."""

from __future__ import annotations

import importlib.metadata
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tco.report.running import ReportError

CHECKED_WIDTH = 600
BUNDLE_EXPORTS = "window.vegaEmbed = vegaEmbed;"
MARK_GROUP = re.compile(
    r'<g class="mark-(?:rect|line|symbol|area|rule|arc|text)[^"]* role-mark[^>]*(?<!/)>(.*?)</g>', re.DOTALL
)
DRAWN_MARK = re.compile(r'<(?:path|line|text)\b[^>]*\b(?:d="M|x2=|y2=|transform=)')


def javascript_bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script; made once per version and kept in the user's cache folder."""
    import vl_convert

    cached = _cache_folder() / f"vega-embed-{importlib.metadata.version('vl-convert-python')}.js"
    try:
        return cached.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    bundle = "(() => {" + vl_convert.javascript_bundle(BUNDLE_EXPORTS).replace("</script", "<\\/script") + "\n})();"
    _keep(cached, bundle)
    return bundle


def check_drawn(charts: Sequence[dict[str, Any]]) -> None:
    """Raise ReportError when one of the Vega-Lite specifications cannot be drawn, or draws no mark."""
    for number, specification in enumerate(charts, start=1):
        marks = drawn_marks(specification)
        if not marks:
            title = " ".join(_title_lines(specification)) or str(number)
            raise ReportError(f"the chart {title!r} drew no mark")


def drawn_marks(specification: dict[str, Any]) -> int:
    """How many marks the chart draws; raises ReportError when it cannot be drawn at all."""
    import vl_convert

    sized = {key: value for key, value in specification.items() if key not in ("$schema", "width")}
    try:
        svg = str(vl_convert.vegalite_to_svg({**sized, "width": CHECKED_WIDTH}))
    except ValueError as error:
        first_line = str(error).strip().splitlines()[0]
        raise ReportError(
            f"the chart {' '.join(_title_lines(specification))!r} cannot be drawn: {first_line}"
        ) from error
    return sum(len(DRAWN_MARK.findall(group)) for group in MARK_GROUP.findall(svg))


def _title_lines(specification: dict[str, Any]) -> list[str]:
    title = specification.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return [text] if isinstance(text, str) else list(text)


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
