"""How charts show in notebooks without a network: by a picture that JupyterLab and the reports draw themselves.

JupyterLab draws the Vega-Lite version it brings with it, from the output itself; nbformat accepts the type, so
plain papermill runs too; the HTML report draws from the same output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from tco.charts.values import ALTAIRS_OWN, specification

CHART_TYPE = "application/vnd.vegalite.v5+json"
"""The newest Vega-Lite type that JupyterLab 4, Notebook 7 and VS Code draw without an extension."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
RENDERER = "tco"
WIDTH = 680
"""Pixels of a chart in a notebook."""
OF_THE_WHOLE = ("params", "height", "width", "view")
"""What altair moves from layers to the whole chart, copying each layer several times whenever the whole is copied."""


def show_offline() -> None:
    """Show all altair charts of this session offline, in JupyterLab and in reports alike.

    Charts of `tco.charts` do so by themselves, unless another renderer than altair's default has been enabled.
    """
    if RENDERER not in alt.renderers.names():
        alt.renderers.register(RENDERER, rendered)
    alt.renderers.enable(RENDERER)


def rendered(specification: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The notebook output of one chart: its specification, and its description where no chart can be shown.

    A chart as wide as its container gets a fixed width here, since JupyterLab 4.6 hangs on one that follows it;
    `usermeta` says so to pages that can do better.
    """
    drawn = specification | {"$schema": SCHEMA}
    if drawn.get("width") == "container":
        meta = drawn.get("usermeta", {})
        drawn |= {"width": WIDTH, "usermeta": meta | {"tco": meta.get("tco", {}) | {"follows_page": True}}}
    return {CHART_TYPE: drawn, "text/plain": str(specification.get("description", "A chart."))}


class _ShownOffline(alt.TopLevelMixin):
    """Shows as `rendered` says where nobody has chosen how altair's charts are shown.

    Without a check against Vega-Lite's schema, which takes longer than the rest: the charts here are the package's own,
    and its tests check them.
    """

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> Any:
        if alt.renderers.active in (ALTAIRS_OWN, RENDERER):
            return rendered(specification(self))
        return super()._repr_mimebundle_(*arguments, **options)


class Chart(_ShownOffline, alt.Chart):
    """An altair chart that shows without a network."""


class LayerChart(_ShownOffline, alt.LayerChart):
    """An altair chart of layers that shows without a network; `layered` makes one."""

    def __init__(self, data: Any = alt.Undefined, layer: Sequence[Any] = (), **properties: Any) -> None:
        if any(one._get(name) is not alt.Undefined for one in layer for name in OF_THE_WHOLE):  # noqa: SLF001 - as altair asks
            super().__init__(data=data, layer=layer, **properties)
        else:
            alt.TopLevelLayerSpec.__init__(self, data=data, layer=list(layer), **properties)


def layered(*charts: alt.Chart | LayerChart) -> LayerChart:
    """The charts above one another, the first at the bottom; data that all of them have become the whole chart's."""
    layers = [chart.copy() for chart in charts]  # which a caller may change without changing another
    shared = layers[0].data
    if shared is alt.Undefined or any(layer.data is not shared for layer in layers):
        return LayerChart(layer=layers)
    for layer in layers:
        layer.data = alt.Undefined
    return LayerChart(shared, layers)


def shown_offline(chart: Any) -> Any:
    """`chart` as one that shows without a network, whatever else is done to it."""
    if type(chart) is alt.Chart:
        object.__setattr__(chart, "__class__", Chart)
    return chart
