"""Where papermill finds the engine `tco`: it loads this while it is imported itself, before the engine can be."""

from __future__ import annotations

from typing import Any


class PapermillEngine:
    """The engine of `tco.execution.engine`, imported when a notebook is run with it."""

    @classmethod
    def execute_notebook(cls, *arguments: Any, **options: Any) -> Any:
        """Run a notebook, as papermill asks engines to."""
        from tco.execution.engine import ForkedEngine

        return ForkedEngine.execute_notebook(*arguments, **options)
