"""How an object of the core meets a person's eye: by what `tco.summaries` writes of it, loaded when it is looked at.

Nothing of the core needs charts, tables or HTML to compute; this is the one place that reaches for them, by name, and
only when a notebook or a terminal asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Shown:
    """An object that a notebook shows as HTML, a terminal as text and a debugger as one line."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle: dict[str, str] = import_module("tco.summaries").bundle(self)
        return bundle

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def __repr__(self) -> str:
        line: str = import_module("tco.summaries").one_line(self)
        return line
