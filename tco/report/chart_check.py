"""The proof that each chart of a report can be rendered: Vega does it without a browser, and its marks are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

from tco.execution import worker
from tco.report.notebook_run import ReportError

SECONDS = 300
"""How long the charts of a report may take to be rendered; it takes one or two where no chart is out of the common."""
WIDTH = 480
"""Of the marks alone: to fit a picture with its labels into a width, Vega would lay it out twice."""
MARK_GROUP = re.compile(
    r'<g class="mark-(?:rect|line|symbol|area|rule|arc|text)[^"]* role-mark[^>]*(?<!/)>(.*?)</g>', re.DOTALL
)
MARK = re.compile(r'<(?:path|line|text)\b[^>]*\b(?:d="M|x2=|y2=|transform=)')
TAG = re.compile(r"<[^>]*>")
FOR_SCRIPTS = re.compile(r' (?:aria-[a-z]+|role|pointer-events|class)="[^"]*"')
UNSEEN = re.compile(r'<path [^>]*(?<![-\w])opacity="0"[^>]*/?>(?:</path>)?')
NAMED = re.compile(r'(\bid="|url\(#)')
DIGITS = re.compile(r"(\.\d)\d+")
"""A tenth of a pixel is enough for a picture."""
WITHOUT_LETTERING: Mapping[str, Mapping[str, int]] = {
    "axis": {"labelFontSize": 0, "titleFontSize": 0},
    "header": {"labelFontSize": 0, "titleFontSize": 0},
    "legend": {"labelFontSize": 0, "titleFontSize": 0},
    "text": {"fontSize": 0},
    "title": {"fontSize": 0, "subtitleFontSize": 0},
}
"""A configuration under which no text is measured, which takes two thirds of the time that a chart takes to render."""


def check_charts(charts: Sequence[dict[str, Any]]) -> None:
    """Raise ReportError when one of the Vega-Lite specifications cannot be rendered, or has no mark."""
    worker.limit_time(SECONDS)
    for number, specification in enumerate(charts, start=1):
        if not _renders_quickly(specification) and not count_marks(specification, number):
            raise ReportError(f"the chart {_name(specification, number)!r} has no mark")
    worker.limit_time(0)


class Pictures:
    """A notebook's charts as SVG elements for a page where scripts are off, made in a thread beside its later cells."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._begun: dict[int, tuple[dict[str, Any], Future[str]]] = {}

    def begin(self, charts: Iterable[dict[str, Any]]) -> None:
        """Begin those of some specifications, whose objects are the keys: a chart that is replaced later is another."""
        for specification in charts:
            if id(specification) not in self._begun:
                plain = {key: value for key, value in specification.items() if key != "title"}
                self._begun[id(specification)] = specification, self._thread.submit(_picture, plain)

    def drawn(self, charts: Sequence[dict[str, Any]]) -> list[str]:
        """The picture of each chart of the page, in order; checked as by `check_charts`."""
        worker.limit_time(SECONDS)
        self.begin(charts)
        found = []
        for number, specification in enumerate(charts, start=1):
            with _named(specification, number):
                picture = self._begun[id(specification)][1].result()
            if not _marks(picture):
                raise ReportError(f"the chart {_name(specification, number)!r} has no mark")
            found.append(_lean(picture, number))
        worker.limit_time(0)
        return found


def _lean(picture: str, number: int) -> str:
    """An SVG without what only scripts and pointers use; number: keeps its names apart from those of other pictures."""

    def lean(tag: re.Match[str]) -> str:
        kept = FOR_SCRIPTS.sub("", tag.group())
        return DIGITS.sub(r"\1", NAMED.sub(rf"\1picture{number}-", kept))

    return UNSEEN.sub("", TAG.sub(lean, picture)).replace("<svg ", '<svg role="presentation" ', 1)


def count_marks(specification: dict[str, Any], number: int = 1) -> int:
    """How many marks the chart has; raises ReportError when it cannot be rendered at all.

    number: what a chart without a title is called by.
    """
    with _named(specification, number):
        return _marks(_picture(specification))


@contextmanager
def _named(specification: dict[str, Any], number: int) -> Iterator[None]:
    """A chart that cannot be rendered inside, as a ReportError that names it."""
    try:
        yield
    except ValueError as error:
        lines = map(str.strip, str(error).strip().splitlines())
        message = " ".join(takewhile(lambda line: not line.startswith("at "), lines))
        raise ReportError(f"the chart {_name(specification, number)!r} cannot be rendered: {message}") from error


def _renders_quickly(specification: dict[str, Any]) -> bool:
    """Whether the chart has marks with letters of size 0; where not, only a full rendering can tell."""
    light = _without_letter_sizes(specification)
    settings = dict(light.get("config", {}))
    for part, sizes in WITHOUT_LETTERING.items():
        settings[part] = {**settings.get(part, {}), **sizes}
    try:
        return _marks(_picture({**light, "config": settings})) > 0
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


def _picture(specification: dict[str, Any]) -> str:
    """The chart as an SVG. Raises ValueError when it cannot be rendered."""
    import vl_convert

    sized = {key: value for key, value in specification.items() if key not in ("$schema", "width")}
    return str(vl_convert.vegalite_to_svg({**sized, "autosize": "pad", "width": WIDTH}))


def _marks(svg: str) -> int:
    """How many marks a picture has."""
    return sum(len(MARK.findall(group)) for group in MARK_GROUP.findall(svg))


def _name(specification: dict[str, Any], number: int) -> str:
    """The title of a chart, else its number in the report."""
    title = specification.get("title") or ""
    text = (title.get("text") or "") if isinstance(title, dict) else title
    return (text if isinstance(text, str) else " ".join(text)) or str(number)
