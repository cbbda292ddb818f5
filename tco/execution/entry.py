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

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel that the notebook names, or `name`."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language that the notebook names, or `language`."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
