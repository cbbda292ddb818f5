"""Rich display of core objects: HTML in a notebook, text in a terminal, one line in a debugger.

The core computes without charts, tables or HTML. `tco/__init__.py`, which knows every module, registers a function
that loads the renderer; it runs when an object is first displayed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

PICTURES = "TCO_PICTURES"
"""Environment variable: charts leave their pictures out of outputs where it is `no`, as in reports, which draw them."""


class Renderer(Protocol):
    """What writes an object out."""

    def bundle(self, shown: Any) -> dict[str, str]:
        """The object by MIME type."""

    def one_line(self, shown: Any) -> str:
        """What the object is, in one line."""


_loaders: list[Callable[[], Any]] = []


def register_renderer(load: Callable[[], Any]) -> None:
    """Register the function that loads the renderer; the last one registered is used."""
    _loaders.append(load)


def _renderer() -> Renderer:
    renderer: Renderer = _loaders[-1]()
    return renderer


class Displayed:
    """An object that a notebook shows as HTML, a terminal as text and a debugger as one line."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _renderer().bundle(self)

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def __repr__(self) -> str:
        return _renderer().one_line(self)
