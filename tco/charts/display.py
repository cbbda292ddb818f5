"""How a chart leaves Python: as a notebook output that needs no network, or as an SVG, PNG or PDF file.

JupyterLab renders the Vega-Lite version it brings with it, from the output itself; nbformat accepts the type, so plain
papermill runs too; the HTML report renders the same output. Beside it is a picture, which nbconvert and pages that
run no Vega-Lite show.
"""

from __future__ import annotations

import math
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from tco.errors import InputError, unknown
from tco.notebook_repr import PICTURES

CHART_TYPE = "application/vnd.vegalite.v5+json"
"""The newest Vega-Lite type that JupyterLab 4, Notebook 7 and VS Code render without an extension."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
NAMED = re.compile(r'(\bid="|url\(#|href="#)')
RENDERER = "tco"
ALTAIR_DEFAULT = "default"
"""The name of altair's own renderer and of its own data transformer."""
WIDTH = 680
"""Pixels of a chart in a notebook or a file."""
FORMS = ("svg", "png", "pdf")
PNG_SCALE = 2.0
"""Pixels of a PNG for each of the chart's."""
MAX_ROWS = 5000
"""altair refuses longer frames."""
TEXT = {str, type(None)}
PLAIN = TEXT | {float, int, bool}
unchecked = debug_mode(False)
"""Decorator of functions that make charts: altair checks none of their parts.

altair checks each axis, scale and channel against Vega-Lite's schema when it is made, and again within whatever it
becomes a part of, which takes longer than all else. A chart asked for as a whole (`to_dict`) is checked as ever.
"""
WHOLE_CHART_PROPERTIES = ("params", "height", "width", "view")
"""What altair moves from layers to the whole chart, copying each layer several times whenever the whole is copied."""


def show_offline() -> None:
    """Show all altair charts of this session offline, in JupyterLab and in reports alike.

    Charts of `tco.charts` do so by themselves, unless another renderer than altair's default has been enabled.
    """
    if RENDERER not in alt.renderers.names():
        alt.renderers.register(RENDERER, rendered)
    alt.renderers.enable(RENDERER)


def rendered(specification: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The notebook output of one chart: its specification, a picture for pages that cannot draw it, its description.

    A chart as wide as its container gets a fixed width here, since JupyterLab 4.6 hangs on one that follows it;
    `usermeta` says so to pages that can do better.
    """
    output = specification | {"$schema": SCHEMA}
    if output.get("width") == "container":
        meta = output.get("usermeta", {})
        output |= {"width": WIDTH, "usermeta": meta | {"tco": meta.get("tco", {}) | {"follows_page": True}}}
    return {CHART_TYPE: output, **_picture(output), "text/plain": str(specification.get("description", "A chart."))}


def _picture(specification: dict[str, Any]) -> dict[str, str]:
    """The chart as SVG by MIME type, its names unlike those of other charts on a page; nothing where it fails."""
    if os.environ.get(PICTURES) == "no":
        return {}
    try:
        drawn = image(specification, "svg").decode()
    except ValueError:
        return {}
    return {"image/svg+xml": NAMED.sub(rf"\1c{zlib.crc32(drawn.encode()):x}-", drawn)}


def image(chart: Any, form: str, width: int = WIDTH) -> bytes:
    """The content of an image file of a chart, or of its Vega-Lite specification.

    form: `svg`, `png` or `pdf`; width: in pixels, of the plot. Raises InputError for another form.
    """
    import vl_convert

    if form not in FORMS:
        raise InputError(unknown("form", form, FORMS), path="form")
    sized = _sized(chart if isinstance(chart, dict) else chart.to_dict(), width)
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(sized)).encode()
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(sized, scale=PNG_SCALE))
    return bytes(vl_convert.vegalite_to_pdf(sized))


def save(chart: Any, path: str | Path, width: int = WIDTH) -> Path:
    """Write a chart to a file whose ending says the form: .svg, .png or .pdf. Raises InputError for another ending."""
    target = Path(path)
    target.write_bytes(image(chart, target.suffix.removeprefix(".").lower(), width))
    return target


def _sized(specification: Any, width: int) -> Any:
    """The specification with a width in pixels wherever it follows a page, which a file does not have."""
    if isinstance(specification, list):
        return [_sized(part, width) for part in specification]
    if isinstance(specification, dict):
        sized = {key: _sized(value, width) for key, value in specification.items() if key != "autosize"}
        return sized | {"width": width} if sized.get("width") == "container" else sized
    return specification


@unchecked
def specification(chart: Any) -> dict[str, Any]:
    """What `chart.to_dict(validate=False)` gives, in less time."""
    if alt.data_transformers.active != ALTAIR_DEFAULT or alt.data_transformers.options:
        return dict(chart.to_dict(validate=False))
    with alt.data_transformers.enable(RENDERER):
        return dict(chart.to_dict(validate=False))


def _values(data: Any) -> Any:
    """A data transformer of altair: frames of numbers and text are written out as they are, others by altair itself.

    altair's own copies each frame and has pandas look at each column several times.
    """
    values = records(data) if isinstance(data, pd.DataFrame) else None
    return alt.default_data_transformer(data) if values is None else {"values": values}


alt.data_transformers.register(RENDERER, _values)


def records(frame: pd.DataFrame) -> list[dict[str, Any]] | None:
    """The rows of a frame as altair writes them into a chart; None for a frame of more than numbers and text."""
    names = list(frame.columns)
    if len(frame) > MAX_ROWS or isinstance(frame.index, pd.MultiIndex) or len(set(names)) < len(names):
        return None
    columns = [values for name in names if isinstance(name, str) and (values := _plain(frame[name])) is not None]
    if len(columns) < len(names):
        return None
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any] | None:
    """The values of a column, None for missing and infinite ones; None in all where a value is not plain."""
    values = column.tolist()
    kinds = {type(value) for value in values}
    if float in kinds:
        values = [None if type(value) is float and not math.isfinite(value) else value for value in values]
    return values if kinds <= (TEXT if column.dtype == object else PLAIN) else None


class _ShownOffline(alt.TopLevelMixin):
    """Shows as `rendered` says unless the user has chosen another renderer.

    Without a check against Vega-Lite's schema, which takes longer than the rest: the charts here are the package's own,
    and its tests check them.
    """

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> Any:
        if alt.renderers.active in (ALTAIR_DEFAULT, RENDERER):
            return rendered(specification(self))
        return super()._repr_mimebundle_(*arguments, **options)


class Chart(_ShownOffline, alt.Chart):
    """An altair chart that shows without a network."""


class LayerChart(_ShownOffline, alt.LayerChart):
    """An altair chart of layers that shows without a network; `layered` makes one."""

    def __init__(self, data: Any = alt.Undefined, layer: Sequence[Any] = (), **properties: Any) -> None:
        if any(one._get(name) is not alt.Undefined for one in layer for name in WHOLE_CHART_PROPERTIES):  # noqa: SLF001 - as altair asks
            super().__init__(data=data, layer=layer, **properties)
        else:
            alt.TopLevelLayerSpec.__init__(self, data=data, layer=list(layer), **properties)


def layered(*charts: alt.Chart | LayerChart, data: Any = alt.Undefined) -> LayerChart:
    """The charts above one another, the first at the bottom. data: of every chart that has none of its own."""
    return LayerChart(data, [chart.copy() for chart in charts])  # a caller may change one layer without another


def shown_offline(chart: Any) -> Any:
    """`chart` as one that shows without a network, whatever else is done to it."""
    if type(chart) is alt.Chart:
        object.__setattr__(chart, "__class__", Chart)
    return chart
