"""Where papermill finds the engine `tco`: it loads this while it is imported itself, before the engine can be."""

from __future__ import annotations

from typing import Any


class _LazyEngine:
    """The engine of `tco.execution.engine`, imported when a notebook is run with it."""

    def __getattr__(self, name: str) -> Any:
        """What the engine has under a name."""
        from tco.execution.engine import ForkedEngine

        return getattr(ForkedEngine, name)


PapermillEngine = _LazyEngine()
