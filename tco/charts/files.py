"""A chart as a file of its own: SVG, PNG or PDF, made without a browser and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tco.charts import theme
from tco.errors import InputError, unknown

FORMS = ("svg", "png", "pdf")
SHARPNESS = 2.0
"""Pixels of a PNG for each of the chart's."""


def image(chart: Any, form: str, width: int = theme.USUAL_WIDTH) -> bytes:
    """The content of an image file of a chart, or of its Vega-Lite specification.

    form: `svg`, `png` or `pdf`; width: in pixels, of the plot. Raises InputError for another form.
    """
    import vl_convert

    if form not in FORMS:
        raise InputError(unknown("form", form, FORMS), path="form")
    specification = _sized(chart if isinstance(chart, dict) else chart.to_dict(), width)
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(specification)).encode()
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(specification, scale=SHARPNESS))
    return bytes(vl_convert.vegalite_to_pdf(specification))


def save(chart: Any, path: str | Path, width: int = theme.USUAL_WIDTH) -> Path:
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
